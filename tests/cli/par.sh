#!/usr/bin/env bash
# login --par: what the URL still says, what the provider was told, and that nothing goes in the open where it fails.
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"

wire=$BASE/wire
start_issuer --auto-approve ada --client 'c:s3cret-of-c' --wire "$wire"
browser='curl -sSL -o /dev/null'
run login "$ISSUER" --client-id demo --par --browser "$browser"
check "--par: the name on stdout" out '127.0.0.1:ada@example.org'
check "the URL holds client_id and request_uri alone" err_matches \
	'^  http://127\.0\.0\.1:[0-9]+/authorize\?client_id=demo&request_uri=urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3A[A-Za-z0-9_-]+$'
check "it says how long that can be opened" err_has 'It can be opened for 60 s only.'
check "the request was pushed once" test "$(issuer_count ' POST /par - 201 ')" = 1
check "with its state" grep -qE '^form state [A-Za-z0-9_-]{43}$' "$wire"
check "and the challenge" grep -qE '^form code_challenge [A-Za-z0-9_-]{43}$' "$wire"
run token --refresh
check "it is refreshed like any other" status 0
run --json show
check "the scope is what was pushed" json_is '.scopes[0]' openid

run login "$ISSUER" --client-id demo --browser "$browser"
check "without --par: nothing is pushed" test "$(issuer_count ' POST /par ')" = 1
check "and no time is named" err_lacks 'can be opened for'

new_home
printf 's3cret-of-c\n' >"$HOME/secret"
run login "$ISSUER" --client-id c --client-secret-file "$HOME/secret" --par --browser "$browser"
check "a client with a secret" status 0
new_home
printf 'wrong\n' >"$HOME/secret"
run_to_the_end login "$ISSUER" --client-id c --client-secret-file "$HOME/secret" --par --browser "touch $HOME/opened"
check_nothing_stored "a wrong secret" 6
check "is named" err_has invalid_client
check "before the browser is opened" test ! -e "$HOME/opened"
run_to_the_end login "$ISSUER" --client-id demo --par --scope 'openid nonesuch' --browser "touch $HOME/opened"
check_nothing_stored "a scope that is refused" 6
check "is refused at the push" err_has invalid_scope
check "and no browser is opened" test ! -e "$HOME/opened"
run login "$ISSUER" --client-id demo --device --par
check_fails "a device login has nothing to push" 2
stop_peer "$ISSUER_PID"

# A provider that takes nothing else, and says so.
new_home
start_issuer --auto-approve ada --require-par
run login "$ISSUER" --client-id demo --browser "$browser"
check "where it is required it is done unasked" status 0
check "once" test "$(issuer_count ' POST /par - 201 ')" = 1
page=$(curl -sS -o /dev/null -w '%{http_code}' "$ISSUER/authorize?client_id=demo&request_uri=urn:x")
check "the issuer takes no other request_uri" test "$page" = 400
finish
