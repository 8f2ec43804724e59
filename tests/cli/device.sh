#!/usr/bin/env bash
# login --device: what is shown, that no browser is opened, and how it ends.
# shellcheck disable=SC2317 # called by name
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"

# A user on another device: waits for the URI on stderr, which APPROVE takes. Ends with the command's status.
approve_when_shown() { # COMMAND...
	local n uri
	for ((n = 0; n < 1200; n++)); do
		uri=$(sed -nE 's#^  (http://127\.0\.0\.1:[0-9]+/device)\r?$#\1#p' "$BASE/err" | head -1)
		code=$(sed -nE 's#^  ([A-Z]{4}-[A-Z]{4})\r?$#\1#p' "$BASE/err" | head -1)
		if [ -n "$uri" ] && [ -n "$code" ]; then
			"$@" "$uri?user_code=$code" >"$BASE/user" 2>&1
			return
		fi
		sleep 0.05
	done
	return 1
}
# Logs in with that user beside it.
device_login() { # USER-COMMAND... -- ARGUMENTS...
	local user=()
	while [ "$1" != -- ]; do
		user+=("$1")
		shift
	done
	shift
	: >"$BASE/err"
	approve_when_shown "${user[@]}" &
	run_to_the_end login "$@" --device
	wait $!
}
deny() {
	local page request
	page=$(curl -fsS "$1")
	request=$(sed -nE "s/.*name=request value='([^']+)'.*/\1/p" <<<"$page")
	curl -fsS --data-urlencode "request=$request" -d action=deny "${1%%/device*}/decide"
}
forms() { bash "$SRC/tests/issuer/approve.sh" "$1"; }

start_issuer --device-interval 1 --first-ttl 60
export BROWSER="touch $BASE/opened" DISPLAY=:77
device_login forms -- "$ISSUER" --client-id demo
check "login --device: the name on stdout" out '127.0.0.1:ada@example.org'
check "it succeeds" status 0
check "the host is named" err_has "open this page of ${ISSUER#http://} on any device"
check "the address stands alone" err_has "
  $ISSUER/device
"
check "so does the code" err_matches '^  [A-Z]{4}-[A-Z]{4}$'
check "off a terminal there is no QR code" err_lacks 'scan'
check "off a terminal there is no status line" test "$(tr -cd '\r' <"$BASE/err" | wc -c)" = 0
check "no browser was opened" test ! -e "$BASE/opened"
check "no authorization request was made" test "$(issuer_count ' /authorize ')" = 0
run whoami --json
check "the account is of the one who typed the code" json_is .email ada@example.org
run token --refresh
check "it is refreshed like any other" status 0
unset BROWSER DISPLAY

new_home
device_login forms -- "$ISSUER" --client-id demo --json
check "--json: the account" json_is .name '127.0.0.1:ada@example.org'
check "--json: the code on stderr" err_matches '^  [A-Z]{4}-[A-Z]{4}$'

new_home
device_login deny -- "$ISSUER" --client-id demo
check_nothing_stored "the user says no" 9
check "the user says no: it is said" err_has 'denied'
run login "$ISSUER" --client-id demo --device --timeout 2s
check_nothing_stored "nobody types the code" 9
for option in '--browser true' '--port 8400' '--redirect-host localhost' '--redirect-path /x' '--response-mode query' \
	'--prompt login' '--login-hint ada'; do
	# shellcheck disable=SC2086
	run login "$ISSUER" --client-id demo --device $option
	check_fails "--device with ${option%% *}" 2
done
run login "$ISSUER" --client-id demo --device --scope 'openid nonsense'
check_nothing_stored "a scope that is refused" 6
check "a scope that is refused: it is named" err_has invalid_scope
stop_peer "$ISSUER_PID"

# A provider that slows everybody down: 1 s at first, then 6.
new_home
start_issuer --device-interval 1 --device-slow-down 1
device_login forms -- "$ISSUER" --client-id demo
check "slowed down, it still succeeds" status 0
check "and asked once too early" test "$(issuer_count 'device_code 400 slow_down')" = 1
stop_peer "$ISSUER_PID"

new_home
start_issuer --device-interval 1 --device-ttl 2
run login "$ISSUER" --client-id demo --device
check_nothing_stored "the codes expire" 9
stop_peer "$ISSUER_PID"

# Metadata without the endpoint.
mkdir -p "$XDG_CONFIG_HOME/oauthctl/providers"
cat >"$XDG_CONFIG_HOME/oauthctl/providers/plain.json" <<T
{"id":"plain","issuer":"https://op.example","kind":"oauth2","discovery":"none",
 "authorization_endpoint":"https://op.example/a","token_endpoint":"https://op.example/t"}
T
run login plain --client-id demo --device
check_nothing_stored "no device endpoint" 3
check "no device endpoint: it is named" err_has device_authorization_endpoint

# A preset may make it the usual way.
new_home
start_issuer --device-interval 1
mkdir -p "$XDG_CONFIG_HOME/oauthctl/providers"
printf '{"id":"tv","issuer":"%s","login":"device"}\n' "$ISSUER" >"$XDG_CONFIG_HOME/oauthctl/providers/tv.json"
: >"$BASE/err"
approve_when_shown forms &
run login tv --client-id demo
wait $!
check "a preset that prefers it" out 'tv:ada@example.org'

# On a terminal: a QR code and the time that is left.
if command -v script >/dev/null; then
	new_home
	: >"$BASE/err"
	approve_when_shown forms &
	mkfifo "$BASE/keys"
	exec 9<>"$BASE/keys"
	TERM=xterm timeout 60 script -qec "stty cols 100; '$BIN/oauthctl' login '$ISSUER' --client-id demo --device" /dev/null \
		<&9 >"$BASE/err" 2>&1
	wait $!
	exec 9>&-
	check "on a terminal: a QR code" grep -q '▀▄\|▄▀\|█▀' "$BASE/err"
	check "on a terminal: the time left" grep -q 'Waiting for the code to be entered, [0-9]*:[0-9][0-9] left' "$BASE/err"
	check "on a terminal: the name" grep -q '127.0.0.1:ada@example.org' "$BASE/err"
else
	skip "script(1) is missing: no terminal"
fi
finish
