#!/usr/bin/env bash
# What a valid token costs that lies in the desktop's keyring: no library beyond libsecret's and the cryptography's, and no more
# calls on D-Bus than libsecret's own look-up makes. Runs under keyring-run.sh. usage: speed_keyring.sh LOOKUP_PROGRAM
bus=$DBUS_SESSION_BUS_ADDRESS
runtime=$XDG_RUNTIME_DIR
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"
export DBUS_SESSION_BUS_ADDRESS=$bus XDG_RUNTIME_DIR=$runtime OAUTHCTL_STORE=keyring
lookup=$1

wait_for() { # FILE TEXT
	if until_true 60 grep -qsF -- "$2" "$1"; then return 0; fi
	printf 'the bus does not show: %s\n' "$2" >&2
	return 1
}

# Runs a command and sets CALLS to the methods it called, one a line; to be found by the one who searched for items.
# The monitor has seen everything once it shows a signal that was sent after the command had ended.
count_calls() {
	local monitor client
	dbus-monitor --session >"$BASE/monitor" 2>&1 &
	monitor=$!
	pids+=("$monitor")
	wait_for "$BASE/monitor" NameLost || exit 1
	run_program "$@"
	dbus-send --session --type=signal / org.belgoauth.Test.End
	wait_for "$BASE/monitor" 'member=End' || exit 1
	stop_peer "$monitor"
	client=$(sed -nE 's/^method call .* sender=([^ ]+) .*member=SearchItems.*/\1/p' "$BASE/monitor" | head -1)
	CALLS=$(sed -nE "s/^method call .* sender=${client:-none} .*member=([A-Za-z]+).*/\1/p" "$BASE/monitor")
}
calls() { grep -c . <<<"$CALLS"; }
called() { grep -cxF -- "$1" <<<"$CALLS"; }

start_issuer --auto-approve ada --access-ttl 3600
run login "$ISSUER" --client-id demo --browser 'curl -sSLo /dev/null'
check "login" status 0
printf secret | secret-tool store --label=bench xdg:schema org.belgoauth.Bench key record

count_calls "$lookup" record
check "libsecret's own look-up" out secret
theirs=$(calls)
check "was seen on the bus" test "$theirs" -ge 3

count_calls "$BIN/oauthctl" token
check "a valid token from the keyring" status 0
ours=$(calls)
printf 'D-Bus calls: libsecret %s, oauthctl %s (%s)\n' "$theirs" "$ours" "$(xargs <<<"$CALLS")"
check "was seen on the bus too" test "$(called SearchItems)" -ge 1
check "costs no more calls than a look-up" test "$ours" -le "$theirs"
check "one search" test "$(called SearchItems)" -eq 1
check "one secret" test "$(called GetSecrets)" -eq 1
check "the secret does not cross the bus in plain" grep -qF 'string "dh-ietf1024-sha256-aes128-cbc-pkcs7"' "$BASE/monitor"
token=$OUT
sed -nE 's/^ +(([0-9a-f]{2} )*[0-9a-f]{2}) *$/\1/p' "$BASE/monitor" | xxd -r -p >"$BASE/bytes"
check "bytes crossed it" test -s "$BASE/bytes"
check "and the token is not among them" bash -c '! grep -qaF -- "$1" "$2" "$3"' _ "$token" "$BASE/monitor" "$BASE/bytes"

run_program env LD_DEBUG=files LD_DEBUG_OUTPUT="$BASE/ld" "$BIN/oauthctl" token
check "the token once more" out "$token"
check "libsecret is loaded" grep -qE 'file=libsecret-1' "$BASE"/ld.*
check "no network, no cjose" bash -c '! cat "$1"/ld.* | grep -qE "file=lib(curl|ssl|cjose)\."' _ "$BASE"

# OpenSSL is loaded and not started: that is a tenth of the time. With these settings it would start without a hash.
printf 'openssl_conf = init\n[init]\nproviders = list\n[list]\nbase = one\n[one]\nactivate = 1\n' >"$BASE/openssl.cnf"
run token --refresh
check "a refresh, after which there is a place for recovery records" test -d "$XDG_STATE_HOME/oauthctl/recovery"
token=$OUT
OPENSSL_CONF=$BASE/openssl.cnf run token
check "a valid token needs no working OpenSSL" out "$token"
OPENSSL_CONF=$BASE/openssl.cnf run token --refresh
check "a refresh does, so that this test would see it" test "$STATUS" -ne 0
finish
