#!/usr/bin/env bash
# A client that signs in as itself (RFC 6749 section 4.4): an account without a user, whose tokens are asked for when due.
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"

start_issuer --client 'service:s3cret-of-the-service' --access-ttl 300
printf '%s\n' s3cret-of-the-service >"$HOME/secret"
asked() { issuer_count 'POST /token client_credentials 200'; }
as_client() { run login "$ISSUER" --client-credentials --client-id service "$@"; }

as_client
check "without a secret: exit 3" status 3
check "without a secret: nothing is stored" test "$(account_count)" = 0
as_client --client-secret-file "$HOME/secret" --scope 'api.read'
check "login: exit 0" status 0
check "login: prints the name" out '127.0.0.1:service'
run --json show
check "the subject is the client" json_is .subject service
check "the scopes are what was asked for" json_is '.scopes | join(" ")' api.read
check "it needs no login" json_is .needs_login false
run show
check "show says so" out_matches '^refresh token +not needed'
run accounts
check "accounts too" out_has 'not needed'

run token
check "token" status 0
token=$OUT
run token
check "token: the same" out "$token"
check "it was asked for once" test "$(asked)" = 1
run token --min-valid 10m
check "token: anew where it does not last" another_than "$token"
check "it was asked for twice" test "$(asked)" = 2
waiting=()
hold_tokens
for n in 1 2 3 4; do
	"$BIN/oauthctl" token --refresh >"$BASE/par.$n" 2>"$BASE/par.err.$n" &
	waiting+=($!)
done
has_asked() { [ "$(asked)" = 3 ]; }
check "four at once: one asks" until_true 60 has_asked
sleep 3 # nobody sees the others wait
let_go
good=0
for pid in "${waiting[@]}"; do if wait "$pid"; then good=$((good + 1)); fi; done
check "four at once: all succeed" test "$good" = 4
check "four at once: asked for once" test "$(asked)" = 3
run token --resource https://api.example.org/ --scope api.write
check "a further token" out_matches '^[^.]+\.[^.]+\.[^.]+$'

# The account outlives whatever is wrong with its client: nobody has to sign in again for it.
printf '%s\n' wrong >"$HOME/wrong"
run provider set "$ISSUER" --client-id service --client-secret-file "$HOME/wrong"
run token --refresh
check_fails "a wrong secret" 6
check "a wrong secret: what the provider said" err_has invalid_client
check "a wrong secret: is not repeated" err_lacks wrong
run provider set "$ISSUER" --client-id service --client-secret-file "$HOME/secret"
run token --refresh
check "the right one again" status 0
as_client --client-secret-file "$HOME/secret" --scope admin
check_fails "a scope that no client has" 6
check "a scope that no client has: what the provider said" err_has invalid_scope

for option in '--device' '--hd x' '--login-hint x' '--prompt none' '--add-scope x' '--param a=b' '--port 80'; do
	# shellcheck disable=SC2086 # an option and its value
	as_client $option
	check_fails "$option" 2
done
run logout
check "logout" status 0
check "nothing is left" test "$(account_count)" = 0
finish
