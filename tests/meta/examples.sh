#!/usr/bin/env bash
# The examples for embedders do what they say, at the development issuer; and the README shows the first of them as it is.
# usage: examples.sh DIRECTORY
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"
examples=$1

# The user at the issuer's page: what is sent back when the user says no.
deny() {
	local request
	request=$(curl -sS --max-time 30 "$1" | sed -nE "s/.*name=request value='([^']+)'.*/\1/p")
	curl -sSL --max-time 30 -o /dev/null --data-urlencode "request=$request" -d login=ada -d action=deny "$ISSUER/decide"
}
allow() { curl -sSL --max-time 30 -o /dev/null "$1"; }
press_enter() { echo >&9; }

# Runs an example, and ACT with the URL that it shows, as a user would. example ACT NAME ARGUMENT...
example() {
	local act=$1 name=$2 url='' n pid
	shift 2
	rm -f "$BASE/in" && mkfifo "$BASE/in"
	timeout -k 5 60 "$examples/$name" "$@" <"$BASE/in" >"$BASE/out" 2>"$BASE/err" &
	pid=$!
	exec 9>"$BASE/in"
	for ((n = 0; n < 400; n++)); do
		url=$(sed -n 's/^Sign in at //p' "$BASE/err" 2>/dev/null)
		if [ -n "$url" ] || ! kill -0 "$pid" 2>/dev/null; then break; fi
		sleep 0.05
	done
	if [ -n "$url" ]; then "$act" "$url"; fi
	wait "$pid"
	STATUS=$?
	exec 9>&-
	OUT=$(cat "$BASE/out")
	ERR=$(cat "$BASE/err")
}

# The n-th C program of the README, exactly.
shown() {
	awk -v n="$1" '/^```c$/ { on = ++seen == n; next } /^```/ { on = 0 } on' "$SRC/README.md"
}
shown 1 >"$BASE/shown"
check "README.md shows signin.c" cmp -s "$SRC/libbelgoauth/examples/signin.c" "$BASE/shown"
loop=$(shown 2)
check "and the loop of eventloop.c" test -n "$loop"
check "as it is" bash -c '[[ $(cat "$1") == *"$2"* ]]' _ "$SRC/libbelgoauth/examples/eventloop.c" "$loop"

start_issuer --auto-approve ada
example allow signin "$ISSUER" demo
check "signin" status 0
check "says who it was" out 'Signed in as 127.0.0.1:ada@example.org'
example allow eventloop "$ISSUER" demo
check "eventloop" status 0
check "prints what userinfo answered" json_is .email ada@example.org
tokens=$(issuer_count 'POST /token')
example press_enter eventloop "$ISSUER" demo
check_fails "eventloop, called off" 130
check "asks for no token then" test "$(issuer_count 'POST /token')" -eq "$tokens"

stop_peer "$ISSUER_PID"
start_issuer
for name in signin eventloop; do
	example deny "$name" "$ISSUER" demo
	check_fails "$name, and the user says no" 9
	run_program "$examples/$name"
	check_fails "$name without arguments" 2
	run_program timeout -k 5 60 "$examples/$name" http://127.0.0.1:1 demo
	check_fails "$name, and no issuer there" 5
done
finish
