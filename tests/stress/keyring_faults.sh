#!/usr/bin/env bash
# A Secret Service that fails in every way, before a command and in the middle of it. Runs under keyring-run.sh.
bus=$DBUS_SESSION_BUS_ADDRESS runtime=$XDG_RUNTIME_DIR
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"
# shellcheck source=tests/stress/lib.sh
. "$SRC/tests/stress/lib.sh"
export DBUS_SESSION_BUS_ADDRESS=$bus XDG_RUNTIME_DIR=$runtime OAUTHCTL_STORE=keyring
kept() { find "$XDG_STATE_HOME/oauthctl/recovery" -type f ! -name '*.tmp' 2>/dev/null | wc -l; }
one_more_than() { [ "$(refreshes)" -gt "$1" ]; }
daemon() {
	dbus-send --session --print-reply --dest=org.freedesktop.DBus /org/freedesktop/DBus \
		org.freedesktop.DBus.GetConnectionUnixProcessID string:org.freedesktop.secrets 2>/dev/null | sed -n 's/.*uint32 //p'
}
unlock() {
	eval "$KEYRING_UNLOCK"
	until_true 20 is_there
}
is_there() { [ -n "$(daemon)" ]; }

start_issuer --auto-approve ada
sign_in
check "unlocked: login" out ada
run token --refresh
check "unlocked: a refresh" status 0

# Before the command: each state with its own words, and never a spent refresh token.
spent=$(refreshes)
check_state() { # NAME WORDS
	local began=$SECONDS
	run token --refresh
	check_fails "$1: token" 8
	check "$1: the words" err_matches "$2"
	check "$1: within 20 s" test $((SECONDS - began)) -le 20
	run login "$ISSUER" --client-id demo --browser 'curl -sSL -o /dev/null' --account other
	check_fails "$1: login" 8
	check "$1: login: the words" err_matches "$2"
	check "$1: no file takes its place" test ! -e "$XDG_STATE_HOME/oauthctl/store"
	check "$1: no refresh token was sent" test "$(refreshes)" -eq "$spent"
}
eval "$KEYRING_LOCK"
check_state "locked" 'locked'
unlock
hung=$(daemon)
kill -STOP "$hung"
OAUTHCTL_KEYRING_TIMEOUT=2 check_state "hung" 'did not answer within 2 s'
printf '{"keyring_timeout":1}' >"$HOME/slow.json"
OAUTHCTL_KEYRING_TIMEOUT='' OAUTHCTL_CONFIG=$HOME/slow.json check_state "hung, by the configuration" 'did not answer within 1 s'
OAUTHCTL_KEYRING_TIMEOUT='' check_state "hung, by nobody's wish" 'did not answer within 3 s'
kill -CONT "$hung"
DBUS_SESSION_BUS_ADDRESS=unix:path=$HOME/nobody check_state "a stale bus" 'no D-Bus session bus'
DBUS_SESSION_BUS_ADDRESS='' XDG_RUNTIME_DIR=$HOME check_state "no bus" 'no D-Bus session bus'
mkfifo "$HOME/silent"
OAUTHCTL_KEYRING_TIMEOUT=2 DBUS_SESSION_BUS_ADDRESS=unix:path=$HOME/silent check_state "a bus that is no socket" 'D-Bus|bus'
run token --refresh
check "the keyring is back: the account is as it was" status 0

# In the middle: between the provider's answer, which spent the old refresh token, and the write of the new one.
midway() { # NAME COMMAND-THAT-BREAKS COMMAND-THAT-MENDS
	local before token
	before=$(refreshes)
	hold_tokens
	"$BIN/oauthctl" token --refresh >"$BASE/out" 2>"$BASE/err" </dev/null &
	pid=$!
	check "$1: the request was sent" until_true 60 one_more_than "$before"
	eval "$2" 2>/dev/null
	let_go
	wait "$pid"
	STATUS=$? OUT=$(cat "$BASE/out") ERR=$(cat "$BASE/err")
	token=$OUT
	check "$1: the token is handed out" status 0
	check "$1: and it is one" out_matches '^[A-Za-z0-9_-]{20,}$'
	check "$1: stderr says where it lies" err_matches 'recovery record'
	check "$1: there is one recovery record" test "$(kept)" -eq 1
	check "$1: which cannot be read by itself" bash -c '! grep -rqF "$1" "$2"' _ "$token" "$XDG_STATE_HOME"
	eval "$3"
	run token
	check "$1, mended: the same token" out "$token"
	run token --refresh
	check "$1, mended: the new refresh token is the one that is used" status 0
	check "$1, mended: no recovery record is left" test "$(kept)" -eq 0
	check "$1: no refresh token was sent twice" test "$(issuer_count 'POST /token refresh_token 4')" -eq 0
}
midway "locked midway" "$KEYRING_LOCK" unlock
midway "killed midway" 'kill -KILL "$(daemon)"' unlock
hung=$(daemon)
export OAUTHCTL_KEYRING_TIMEOUT=8 # what is asked of it before it hangs has to fit as well
midway "hung midway" 'kill -STOP "$hung"' 'kill -CONT "$hung"'

export OAUTHCTL_KEYRING_TIMEOUT=60

# The recovery record without the keyring helps nobody, and an account that is removed takes it along.
before=$(refreshes)
hold_tokens
"$BIN/oauthctl" token --refresh >/dev/null 2>&1 </dev/null &
pid=$!
check "once more: the request was sent" until_true 60 one_more_than "$before"
eval "$KEYRING_LOCK"
let_go
wait "$pid"
check "once more: kept beside the keyring" test "$(kept)" -eq 1
run token
check_fails "the keyring is still locked: token" 8
unlock
run logout
check "logout" status 0
check "revokes what the recovery record held" test "$(issuer_count 'POST /revoke .* revoked')" -ge 1
check "and leaves nothing of it" test "$(kept)/$(account_count)" = 0/0
finish
