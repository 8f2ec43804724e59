#!/usr/bin/env bash
# A refresh killed at each of its system calls, at an issuer that rotates and revokes the whole family when an old refresh
# token comes back. After each death the account must still yield tokens, unless the answer never became ours to keep.
# usage: kill_points.sh [STEP [OPTION...]]: every STEP-th point (default 25), and each one around the answer's way to the disk;
# options of the `token` that is killed, in place of --refresh.
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"
export ASAN_OPTIONS=detect_leaks=0 # it cannot look under ptrace
step=${1:-25}
selection=("${@:2}")
[ "${#selection[@]}" -gt 0 ] || selection=(--refresh)
report=$BASE/report

start_issuer --auto-approve ada --access-ttl 3600
port=${ISSUER##*:}

# A home with one account whose metadata and keys are cached, so that the refresh connects to the token endpoint alone.
fresh_grant() {
	new_home
	run login "$ISSUER" --client-id demo --browser "curl -sLo /dev/null"
	[ "$STATUS" -eq 0 ]
}

# Sets these from the report.
calls=0 killed_in=0 answered=0 durable=0 answered_at=0 durable_at=0
killed_at() {
	"$BIN/killat" "$port" "$1" "$report" "$BIN/oauthctl" token "${selection[@]}" >"$BASE/out" 2>"$BASE/err"
	eval "$(tr ' ' '\n' <"$report")"
}

fresh_grant
killed_at 0
check "the run that is not disturbed becomes durable" test "$durable" = 1
total=$calls
first=$answered_at
last=$durable_at
printf 'a refresh makes %d system calls from its connect on; the answer comes with the %dth and is durable with the %dth\n' \
	"$total" "$first" "$last"

points=()
for ((n = 1; n <= total; n++)); do
	if [ $((n % step)) -eq 0 ] || { [ "$n" -ge $((first - 2)) ] && [ "$n" -le $((last + 2)) ]; }; then points+=("$n"); fi
done

survived=0 unanswered=0 window=0
for n in "${points[@]}"; do
	if ! fresh_grant; then
		check "login before point $n" status 0
		break
	fi
	before=$(issuer_count 'POST /token refresh_token 200')
	killed_at "$n"
	run token --refresh
	# counted now, for the issuer may have been at work when the other died; a refusal here adds none
	committed=$(($(issuer_count 'POST /token refresh_token 200') - before))
	if [ "$STATUS" -eq 0 ]; then
		survived=$((survived + 1))
	elif [ "$STATUS" -eq 4 ] && [ "$committed" -ge 1 ] && [ "$durable" = 0 ]; then
		if [ "$answered" = 1 ]; then window=$((window + 1)); else unanswered=$((unanswered + 1)); fi
		[[ $ERR == *login* ]] || check "point $n: the message says what to do" err_has login
	else
		check "point $n (call $killed_in, committed $committed, answered $answered, durable $durable)" status 0
	fi
	leftovers=$(find "$XDG_STATE_HOME" -name '*.tmp*' -size +0 | wc -l)
	[ "$leftovers" -le 2 ] || check "point $n leaves no heap of temporary files" test "$leftovers" -le 2
done
printf '%d points: %d still yield tokens, %d died before the answer, %d between the answer and the disk\n' \
	"${#points[@]}" "$survived" "$unanswered" "$window"
check "every death after the record was durable cost nothing" test "$survived" -ge 1
check "the way from the answer to the disk is short" test "$window" -le $((last - first + 2))
finish
