#!/usr/bin/env bash
# Whatever a provider sends: a refresh and a login stay below 40 MB, end within the time that the manual states, and print nothing.
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"
# shellcheck source=tests/stress/lib.sh
. "$SRC/tests/stress/lib.sh"
if ! node=$(node_bin); then skip "there is no node"; finish; fi
start_peer rogue "$node" "$SRC/tests/stress/rogue.mjs"
rogue=$PEER
browser='curl -sSL -m 60 -o /dev/null'

login_at() { herd 1 "$BIN/oauthctl" login "$rogue/$1" --client-id demo --account ada --browser "$browser" "${@:2}"; }
check_small() { # NAME
	if ! is_sanitized; then
		check "$1: below 40 MB ($RSS KiB)" test "$RSS" -lt 40000
	fi
}
check_bounded() { # NAME LEAST_MS MOST_MS
	check "$1: exit 5 or 7" test "$STATUS" -eq 5 -o "$STATUS" -eq 7
	check "$1: nothing on stdout" out_empty
	check "$1: stderr says why" test -s "$BASE/err"
	check "$1: ends in time ($WALL ms)" test "$WALL" -ge "$2" -a "$WALL" -le "$3"
	check_small "$1"
}
# What is too much is refused for that, long before its time is over.
check_refused() { # NAME
	check_bounded "$1" 0 25000
	check "$1: not for its time" err_lacks 'in time'
}

login_at nowhere-fine
check "the provider that is nowhere bad: login" out ada
check_small "a login"
herd 1 "$BIN/oauthctl" token --refresh
check "and a refresh" status 0
check_small "a refresh"
herd 1 "$BIN/oauthctl" userinfo --json
check "and userinfo" status 0
printf 'a refresh takes %s KiB\n' "$RSS"

# What never ends by itself runs beside all the rest: it takes the whole of its time.
slow() ( # WHERE-HOW LEAST_MS MOST_MS
	where=${1%-*} pids=()
	trap - EXIT
	BASE=$(mktemp -d "$BASE/slow.XXXXXX")
	new_home
	if [ "$where" = refresh ]; then
		login_at "$1"
		herd 1 "$BIN/oauthctl" token --refresh
	else
		login_at "$1" --timeout 2m
	fi
	check_bounded "$1" "$2" "$3"
	printf 'counts %d %d\n' "$passed" "$failed"
)
waiting=()
while read -r scene least most; do
	slow "$scene" "$least" "$most" >"$BASE/slow-$scene.log" 2>&1 &
	waiting+=($!)
done <<-SCENES
	discovery-mute 14000 28000
	discovery-steady 14000 28000
	discovery-drip 9000 28000
	refresh-mute 29000 55000
	refresh-steady 29000 55000
	refresh-drip 9000 28000
	code-mute 29000 55000
	code-steady 29000 55000
	jwks-mute 14000 28000
SCENES

for how in endless big headers deep; do
	for where in discovery jwks code; do
		new_home
		login_at "$where-$how"
		check_refused "$where-$how"
		check "$where-$how: no account came of it" test "$(account_count)" = 0
	done
	new_home
	login_at "refresh-$how"
	check "refresh-$how: login" out ada
	herd 1 "$BIN/oauthctl" token --refresh
	check_refused "refresh-$how"
	run token
	check "refresh-$how: the token that is valid still is there" status 0
	new_home
	login_at "userinfo-$how"
	herd 1 "$BIN/oauthctl" userinfo
	check_refused "userinfo-$how"
done

# Clocks apart. An ID token says when it was made, by the provider's clock; an access token only how long it lasts.
for how in ahead behind; do
	new_home
	login_at "nowhere-$how"
	check_fails "a provider two hours $how: login" 7
	check "a provider two hours $how: the clock is named" err_matches '[Cc]lock'
done

for pid in "${waiting[@]}"; do wait "$pid"; done
for log in "$BASE"/slow-*.log; do
	grep -v '^counts' "$log"
	read -r _ p f < <(grep '^counts' "$log")
	check "$(basename "$log" .log) ran" test -n "${p:-}"
	passed=$((passed + ${p:-0})) failed=$((failed + ${f:-0}))
done
finish
