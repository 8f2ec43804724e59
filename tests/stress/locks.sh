#!/usr/bin/env bash
# A holder of the account's lock that is stopped, one that died, and five commands at once on one account.
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"
# shellcheck source=tests/stress/lib.sh
. "$SRC/tests/stress/lib.sh"
act() { run_program timeout -k 5 100 "$STRESS/actor" "$1" "$XDG_STATE_HOME/oauthctl" "$OAUTHCTL_KEY_FILE" "${@:2}"; }
lock_file() { find "$XDG_STATE_HOME/oauthctl/lock" -name 'account-*.lock'; }
names_holder() { [[ $(cat "$(lock_file)") = "$1" ]]; }
one_more_than() { [ "$(refreshes)" -gt "$1" ]; }

# Starts a refresh and stops it where its request was answered and the answer has not come; sets HOLDER.
stopped_holder() {
	local before
	before=$(refreshes)
	hold_tokens
	"$BIN/oauthctl" token --refresh >"$BASE/holder.out" 2>"$BASE/holder.err" </dev/null &
	HOLDER=$!
	check "the holder asks for a token" until_true 60 one_more_than "$before"
	kill -STOP "$HOLDER"
	let_go
}

start_issuer --auto-approve ada
sign_in
check "login" out ada
run token
token=$OUT

# A stopped holder. The command line waits for as long as it always does, meanwhile the library is asked with less patience.
stopped_holder
check "the lock's file names its holder" names_holder "$HOLDER"
began=$SECONDS
"$BIN/oauthctl" token --refresh >"$BASE/patient.out" 2>"$BASE/patient.err" </dev/null &
patient=$!
act wait 600
check "a token that is valid needs no lock" out "1 0 $token"
for n in 1 2; do
	SECONDS_BEFORE=$SECONDS
	act wait_now 600
	check "the library gives up, $n" out "1 5 process $HOLDER has been holding the account's lock for too long"
	check "the library does not wait for longer, $n" test $((SECONDS - SECONDS_BEFORE)) -le 20
done
run show ada
check "what needs no lock works meanwhile" status 0
wait "$patient"
STATUS=$?
cp "$BASE/patient.out" "$BASE/out" && cp "$BASE/patient.err" "$BASE/err"
OUT=$(cat "$BASE/out") ERR=$(cat "$BASE/err")
check_fails "the command line gives up" 5
check "and names the process" err_has "process $HOLDER has been holding"
check "after 45 seconds" test $((SECONDS - began)) -ge 44 -a $((SECONDS - began)) -le 85
check "it sent no request" test "$(refreshes)" -eq 1
kill -CONT "$HOLDER"
wait "$HOLDER"
check "the holder goes on where it was" test $? -eq 0
run token
check "and its token is the stored one" out "$(cat "$BASE/holder.out")"

# A holder that died in between left its name in the lock's file; the lock went with it.
stopped_holder
kill -KILL "$HOLDER"
wait "$HOLDER" 2>/dev/null
check "a dead holder's name stays" names_holder "$HOLDER"
act wait_now 600
check "a dead holder blocks nobody: the provider is asked" out_lacks "lock"
check "and it is the provider who says no to the spent token" out_matches '^1 4 '
stop_peer "$ISSUER_PID"

# Five commands at once on one account. Whatever comes out, the store and the index agree.
new_home
start_issuer --auto-approve ada
begin() { # VERB ARGUMENT...
	timeout -k 5 60 "$BIN/oauthctl" "$@" >/dev/null 2>"$BASE/err.${#verbs[@]}" </dev/null &
	verbs+=("$1") at_once+=($!)
}
declare -A done_by=()
for round in 1 2 3 4 5 6; do
	sign_in
	check "round $round: login" status 0
	verbs=() at_once=()
	begin login "$ISSUER" --client-id demo --browser 'curl -sSL -o /dev/null'
	begin rename ada eva
	begin token --refresh
	begin logout
	begin token --refresh
	for i in "${!verbs[@]}"; do
		wait "${at_once[i]}"
		STATUS=$?
		: >"$BASE/out"
		cp "$BASE/err.$i" "$BASE/err"
		if [ "$STATUS" -eq 0 ]; then done_by[${verbs[i]}]=1; fi
		check "round $round: ${verbs[i]} ends as documented ($STATUS)" test "$STATUS" -eq 0 -o "$STATUS" -eq 3 -o "$STATUS" -eq 4
	done
	run accounts --json
	check "round $round: the list can be read" status 0
	count=$(json length)
	check "round $round: there is one account or none" test "$count" -le 1
	check "round $round: there are as many records" test "$(find "$XDG_STATE_HOME/oauthctl/store" -name 'account-*.sealed' | wc -l)" -eq "$count"
	if [ "$count" -eq 1 ]; then
		name=$(json '.[0].name')
		run token --account "$name"
		check "round $round: the account that is left gives a token" status 0
		run logout "$name"
		check "round $round: and can be removed" status 0
	fi
	check "round $round: nothing half-written is left" test -z "$(find "$XDG_STATE_HOME" -name '*.tmp*' -size +0)"
done
check "not only logins had their way (${!done_by[*]})" test "${#done_by[@]}" -ge 2
finish
