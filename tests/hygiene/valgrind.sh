#!/usr/bin/env bash
# The stories of a day under valgrind: no invalid access, nothing lost. On the file store; with KEYRING=1, inside
# tests/interop/keyring-run.sh, on the keyring, where libsecret itself loses 64 bytes a connection.
# shellcheck source=tests/cli/lib.sh
bus=${DBUS_SESSION_BUS_ADDRESS:-}
. "$SRC/tests/cli/lib.sh"
if ! command -v valgrind >/dev/null; then
	skip "valgrind is missing: ./dev setup"
	finish
fi
leaks=(--leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite)
if [ -n "${KEYRING:-}" ]; then
	export DBUS_SESSION_BUS_ADDRESS=$bus OAUTHCTL_STORE=keyring
	leaks=()
fi

watched() {
	run_program timeout -k 5 240 valgrind -q "${leaks[@]}" --error-exitcode=99 "$BIN/../libexec/oauthctl/oauthctl-main" "$@"
	check "$1 $2: exit 0" status 0
	check "$1 $2: valgrind is silent" err_lacks '=='
}

start_issuer --auto-approve ada
watched login "$ISSUER" --client-id demo --browser 'curl -sLo /dev/null'
watched token --min-valid=10
watched token --refresh
watched accounts --json
watched show --json
watched userinfo --json
watched rename other
watched logout --json
finish
