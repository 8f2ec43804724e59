#!/usr/bin/env bash
# A client that asks for a subject by assertions of its own (RFC 7523 section 2.1): its account, and how it comes to tokens.
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"

start_issuer --auto-approve ada --client-jwks "service:$HOME/jwks" --access-ttl 300
asked() { issuer_count 'POST /token urn:ietf:params:oauth:grant-type:jwt-bearer 200'; }
refused() { issuer_count 'POST /token urn:ietf:params:oauth:grant-type:jwt-bearer 400'; }
claim() { cut -d. -f2 "$BASE/out" | tr '_-' '/+' | base64 -d 2>/dev/null | jq -r "$1"; }
vouch() { run login "$ISSUER" --client-id service --jwt-bearer-subject "$@"; }
new_key() { run provider set "$ISSUER" --client-id service --token-endpoint-auth-method none --generate-client-key; }

vouch robot-7
check_nothing_stored "a client without a key" 3
check "a client without a key: nothing was asked" test "$(asked)$(refused)" = 00

new_key
check "a key" status 0
cp "$BASE/out" "$HOME/jwks"
vouch robot-7 --scope api.read
check "login: exit 0" status 0
check "login: prints the name" out '127.0.0.1:robot-7'
run --json show
check "the subject is the one that was vouched for" json_is .subject robot-7
check "it needs no login" json_is .needs_login false
run accounts
check "and none is needed" out_has 'not needed'

run token
check "token" status 0
token=$OUT
run token
check "token: the same" out "$token"
check "it was asked for once" test "$(asked)" = 1
run token --refresh
check "token: anew, by another assertion" another_than "$token"
check "it was asked for twice" test "$(asked)" = 2
run token --resource https://api.example.org/ --scope api.write
check "a further token is about the subject too" test "$(claim .sub)" = robot-7
check "and has the scope" test "$(claim .scope)" = api.write
vouch robot-8
check "another subject is another account" out '127.0.0.1:robot-8'
check "beside the first" test "$(account_count)" = 2

# A person's own account is not the client's to take.
run --json login "$ISSUER" --client-id service --browser 'curl -sSL -o /dev/null' --account ada
check "the person signs in" status 0
ada=$(json .subject)
vouch "$ada"
check_fails "vouching for somebody who is signed in" 7
check "it says why" err_has 'the account ada is signed in by its user'
run --json show ada
check "and the account is still hers" json_is .email ada@example.org
run -q logout ada

# The provider knows another key now: told, and the account is as it was.
cp "$HOME/jwks" "$HOME/jwks.good"
jq '.keys[0].x = .keys[0].y' "$HOME/jwks.good" >"$HOME/jwks"
run token --account 127.0.0.1:robot-7 --refresh
check_fails "another key" 6
check "another key: what the provider said" err_has invalid_grant
check "another key: asked once" test "$(refused)" = 1
cp "$HOME/jwks.good" "$HOME/jwks"
run token --account 127.0.0.1:robot-7 --refresh
check "the right one again" status 0

for option in '--client-credentials' '--device' '--hd x' '--login-hint x' '--prompt none' '--add-scope x' '--param a=b' '--port 80'; do
	# shellcheck disable=SC2086 # an option and its value
	vouch robot-7 $option
	check_fails "$option" 2
done
vouch ''
check_fails "no subject" 2
vouch "$(printf 'a\tb')"
check_fails "a subject with a tab" 2
finish
