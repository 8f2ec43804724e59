#!/usr/bin/env bash
# oauthctl with a real Secret Service, in each of its states. Runs under keyring-run.sh, which sets KEYRING_STATE.
bus=$DBUS_SESSION_BUS_ADDRESS
runtime=$XDG_RUNTIME_DIR
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"
export DBUS_SESSION_BUS_ADDRESS=$bus XDG_RUNTIME_DIR=$runtime OAUTHCTL_STORE=keyring
start_issuer
login() { run login "$ISSUER" --client-id demo --browser "bash $SRC/tests/issuer/approve.sh"; }
no_files() { [ -z "$(find "$XDG_STATE_HOME/oauthctl/store" -type f 2>/dev/null)" ]; }

case $KEYRING_STATE in
unlocked)
	login
	check "login" out '127.0.0.1:ada@example.org'
	check "writes no file store" no_files
	run token
	check "token" status 0
	token=$OUT
	check "no file holds it" bash -c '! grep -rqF "$1" "$2"' _ "$token" "$HOME"
	run token --refresh
	check "a refresh" status 0
	run token --refresh
	check "from the rotated refresh token" status 0
	run accounts --json
	check "is kept in the keyring" json_is '.[0].store' keyring

	eval "$KEYRING_LOCK"
	run token --refresh
	check_fails "a locked keyring" 8
	check "the reason is named" err_matches '[Ll]ocked'
	check "the refresh token was not spent" test "$(issuer_count 'POST /token refresh_token 200')" -eq 2
	run logout
	check "logout cannot remove from a locked keyring and says so" status 8
	eval "$KEYRING_UNLOCK"
	run token --refresh
	check "unlocked again, the account is there" status 0
	run logout
	check "logout" status 0
	check "leaves nothing" test "$(account_count)" = 0
	;;
locked)
	login
	check_fails "login with a locked keyring" 8
	check "the reason is named" err_matches '[Ll]ocked'
	check "no plaintext takes its place" no_files
	;;
none)
	login
	check_fails "login without a Secret Service" 8
	check "no file takes its place by itself" no_files
	export OAUTHCTL_STORE=file
	login
	check "the file store, when asked for" out '127.0.0.1:ada@example.org'
	;;
esac
finish
