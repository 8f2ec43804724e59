#!/usr/bin/env bash
# However many processes find the access token expired at the same moment: one refresh, one token for all, and no browser.
# With a Secret Service (under keyring-run.sh) the accounts lie in the keyring, else in the file store.
bus=${DBUS_SESSION_BUS_ADDRESS:-} runtime=${XDG_RUNTIME_DIR:-}
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"
# shellcheck source=tests/stress/lib.sh
. "$SRC/tests/stress/lib.sh"
in_keyring() { [ -n "${KEYRING_STATE:-}" ]; }

# Whoever opens a browser after the login leaves a trace.
watch_browser() {
	unset OAUTHCTL_NO_INPUT
	mkdir -p "$BASE/bin"
	printf '#!/bin/sh\necho "$@" >>"%s/browser"\n' "$BASE" >"$BASE/bin/xdg-open"
	chmod +x "$BASE/bin/xdg-open"
	export PATH=$BASE/bin:$PATH BROWSER=$BASE/bin/xdg-open DISPLAY=:99
}

start_issuer --auto-approve ada --first-ttl 1 --access-ttl 3600
for n in 50 200; do
	new_home
	if in_keyring; then export DBUS_SESSION_BUS_ADDRESS=$bus XDG_RUNTIME_DIR=$runtime OAUTHCTL_STORE=keyring; fi
	sign_in
	check "$n: login" out ada
	watch_browser
	before=$(refreshes)
	herd "$n" "$BIN/oauthctl" token
	printf '%s processes: %s ms\n' "$n" "$WALL"
	check "$n: all exit 0" test "$OK/$FAILED" = "$n/0"
	check "$n: one refresh" test "$(($(refreshes) - before))" -eq 1
	check "$n: no refresh was refused" test "$(issuer_count 'POST /token refresh_token 4')" -eq 0
	check "$n: one token for all" test "$(cat "$HERD"/out.* | sort -u | wc -l)/$(cat "$HERD"/out.* | wc -l)" = "1/$n"
	check "$n: nothing on stderr" test -z "$ERR"
	check "$n: nobody opened a browser" test ! -e "$BASE/browser"
	token=$OUT
	check "$n: it is a token of the issuer" test "$(curl -s -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $token" "$ISSUER/userinfo")" = 200
	run token
	check "$n: it is the one that is stored" out "$token"
	run token --refresh
	check "$n: and the refresh token beside it is live" status 0
	run logout
	check "$n: logout" status 0
done
finish
