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

# A web program has many browsers, each with cookies of its own.
to_provider() { # BROWSER: begins a login, and says where the provider would send the browser
	local url
	url=$(curl -sS --max-time 60 -o /dev/null -b "$BASE/jar.$1" -c "$BASE/jar.$1" -w '%{redirect_url}' "${SITE}login")
	curl -sS --max-time 60 -o /dev/null -w '%{redirect_url}' "$url"
}
serve "$examples/weblogin" "$ISSUER" demo
browse ada "$SITE"
check "weblogin knows nobody" out 'You are nobody: go to /login 200'
browse ada "${SITE}login"
check "signs in" out 'You are ada@example.org 200'
browse ada "$SITE"
check "and remembers" out 'You are ada@example.org 200'
browse eve "$SITE"
check "this browser alone" out 'You are nobody: go to /login 200'
callback=$(to_provider ada)
browse eve "$callback"
check "another browser cannot finish a login" out_matches 403
browse eve "$SITE"
check "and is nobody" out 'You are nobody: go to /login 200'
cp "$BASE/jar.ada" "$BASE/jar.thief"
set_cookie=$(curl -sSi --max-time 60 "${SITE}login" | tr -d '\r' | sed -n 's/^Set-Cookie: \([^=]*\)=[^;]*/\1/p')
check "no other host can set its cookie" \
	test "$set_cookie" = '__Host-login; Max-Age=300; Path=/; Secure; HttpOnly; SameSite=Lax'
browse ada "$callback"
check "its own can" out 'You are ada@example.org 200'
browse thief "$callback"
check "once" out_matches 403
browse ada "${SITE}callback"
check "an answer without parameters" out_matches 403
browse eve "$SITE" -H 'Cookie: __Host-session=; __Host-session'
check "an empty session is nobody's" out 'You are nobody: go to /login 200'
browse ada "$SITE" -X POST
check "nothing but GET" out_matches 404
browse ada "${SITE}login/"
check "nothing but its pages" out_matches 404
curls=()
for name in one two three four; do
	curl -sSL --max-time 60 -b "$BASE/jar.$name" -c "$BASE/jar.$name" -o "$BASE/page.$name" "${SITE}login" &
	curls+=($!)
done
wait "${curls[@]}"
# All are ada, whose session is the last one's: another that looks after that has come is nobody's again.
check "four at once" test "$(cat "$BASE"/page.* | grep -c -e '^You are ada@' -e '^You are nobody')" -eq 4
check "and the last one stays" test "$(cat "$BASE"/page.* | grep -c '^You are ada@')" -ge 1
end_site
check "weblogin ends with its input" status 0

stop_peer "$ISSUER_PID"
start_issuer --auto-deny
serve "$examples/weblogin" "$ISSUER" demo
browse ada "${SITE}login"
check "weblogin, and the user says no" out 'the login was declined at the provider 403'
end_site
check "which is no failure of the program" status 0
run_program "$examples/weblogin"
check_fails "weblogin without arguments" 2
serve "$examples/weblogin" http://127.0.0.1:1 demo
browse ada "${SITE}login"
check "weblogin, and no issuer there" out_matches '403$'
check "is said" out_matches 127.0.0.1
end_site

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
