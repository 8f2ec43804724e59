#!/usr/bin/env bash
# logout --end-session: what the browser is sent to, what is shown of it, and that the account goes in any case.
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"

cat >"$BASE/browser" <<'END'
#!/bin/sh
printf '%s\n' "$1" >"${0%/*}/visited.new" && mv "${0%/*}/visited.new" "${0%/*}/visited"
END
chmod +x "$BASE/browser"
visited() { # EXPRESSION; the browser is not waited for
	until_true 60 test -s "$BASE/visited"
	grep -qE -- "$1" "$BASE/visited"
}
sign_in() {
	rm -f "$BASE/visited"
	run login "$ISSUER" --client-id demo --browser 'curl -sSL -o /dev/null'
	name=$OUT
}

start_issuer --auto-approve ada
sign_in
run logout --end-session
check_fails "no browser anywhere" 2
check "says what to do" err_has 'oauthctl logout --end-session --no-browser'
run logout --browser "$BASE/browser"
check_fails "a browser for nothing" 2
run logout --no-browser
check_fails "no browser for nothing" 2
run logout --end-session --no-browser --browser "$BASE/browser"
check_fails "a browser and none" 2
check "none of it has cost the account" test "$(account_count)" = 1

run -v logout --end-session --browser "$BASE/browser"
check "logout --end-session" out "$name: removed from the encrypted file store; revoked at the provider; the browser was opened to end the session there"
check "is the user's" visited "^$ISSUER/end-session\\?id_token_hint=eyJ[A-Za-z0-9_.-]+&logout_hint=ada%40example\\.org&client_id=demo\$"
check "shows no ID token" err_lacks eyJ
check "the account is gone" test "$(account_count)" = 0

sign_in
run logout --end-session --no-browser "$name"
check "--no-browser" out_matches 'the URL that ends the session there was printed$'
check "--no-browser: on stderr, where a login's is" err_matches "^  $ISSUER/end-session\\?id_token_hint=eyJ"
check "--no-browser: and nowhere else" out_lacks eyJ
check "--no-browser: with a warning" err_has 'show it to nobody'

sign_in
run logout --end-session --json --browser "$BASE/browser"
check "as JSON" json_is .session opened
check "as JSON: the rest is as it was" json_is .revoked yes
check "as JSON: no ID token" out_lacks eyJ
sign_in
run logout --json
check "without it nothing is said of a session" json_is .session null

sign_in
run logout --end-session --json --browser "$BASE/nowhere"
check "a browser that does not start" json_is .session no
check "is told" err_has 'The browser could not be opened'
check "its URL is not" err_lacks eyJ
check "and the account is gone" test "$(account_count)" = 0

sign_in
stop_peer "$ISSUER_PID"
rm -rf "$XDG_CACHE_HOME/oauthctl"
run_to_the_end logout --end-session --json --browser "$BASE/browser"
check "a provider that is down" json_is .session no
check "is told once more" json_is .revoked no
check "and the account is gone all the same" test "$(account_count)" = 0
check "no browser was opened" test ! -e "$BASE/visited"
finish
