#!/usr/bin/env bash
# Access tokens for resources (RFC 8707) and in exchange (RFC 8693), against oidc-provider, which binds them and rotates the refresh token each time.
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"
need_node_modules

export CLIENT_JWK_OUT=$BASE/client.jwk
start_op
api=https://api.example.test/v1
at_userinfo() { [ "$(curl -sS -m 20 -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $1" "$OP/me")" = "$2" ]; }
claim() { cut -d. -f2 "$BASE/out" | tr '_-' '/+' | base64 -d 2>/dev/null | jq -r "$1"; }

login_by_script "$OP" --client-id native --scope 'openid email offline_access api.read api.write' --resource "$api"
check "login for a resource" status 0
run token --min-valid 10
check "the account's own token" status 0
own=$OUT
run token --min-valid 10 --resource "$api" --scope api.read
check "a further token" status 0
check "is bound to the resource" test "$(claim .aud)" = "$api"
check "has the scope that was asked for" test "$(claim .scope)" = api.read
further=$OUT
check "is no good elsewhere" at_userinfo "$further" 401
run token --min-valid 10 --scope api.read --resource "$api"
check "is kept" out "$further"

# @spec RFC 9068 section 4: the resource's side of it, with the keys that this provider publishes.
verify() {
	printf '%s\n' "$further" | timeout -k 5 60 "$BIN/oauthctl" verify --json --issuer "$OP" "$@" >"$BASE/out" 2>"$BASE/err"
	STATUS=$? OUT=$(cat "$BASE/out") ERR=$(cat "$BASE/err")
}
verify --audience "$api" --scope api.read --client-id native
check "verify: it is let in" status 0
check "verify: with its claims" json_is '.claims | .sub + " " + .client_id + " " + .scope' 'ada native api.read'
verify --audience "$OP"
check_fails "verify: not elsewhere" 7
verify --audience "$api" --scope api.write
check_fails "verify: not for what was not granted" 7
verify --audience "$api" --client-id dpop
check_fails "verify: not for another client" 7
verify --audience "$api" --jwks "$OP/jwks"
check "verify: keys at a URL" status 0
run token --min-valid 10
check "beside the account's own" out "$own"
run token --min-valid 10 --resource "$api" --scope api.write
check "another one" another_than "$further"
run token --scope nothing.of.the.kind
check_fails "a scope that was not granted" 6
check "says what" err_has invalid_scope
run token --refresh
check "the refresh token that was rotated three times is the stored one" status 0

# @spec RFC 7662: the resource's side of an opaque one, by asking the provider as a client of its own.
new_home
opaque=https://api.example.test/opaque
printf '%s\n' service-secret-service-secret-32 >"$HOME/secret"
login_by_script "$OP" --client-id native --scope 'openid offline_access api.read' --resource "$opaque"
run token --min-valid 10 --resource "$opaque" --scope api.read
check "opaque: a token" status 0
further=$OUT
check "opaque: no JWT" test "$further" = "${further//./}"
verify --introspect-as service --audience "$opaque"
check_fails "opaque: the resource is to prove itself" 6
run provider set "$OP" --client-id service --client-secret-file "$HOME/secret"
verify --introspect-as service --audience "$opaque" --scope api.read --client-id native
check "opaque: it is let in" status 0
check "opaque: as the provider says" json_is '.claims | [.active, .sub, .client_id, .aud, .scope, .token_type] | map(tostring) | join(" ")' "true ada native $opaque api.read Bearer"
check "opaque: the token is not shown" out_lacks "$further"
verify --introspect-as service --audience "$api"
check_fails "opaque: not elsewhere" 7
verify --introspect-as service --audience "$opaque" --scope api.write
check_fails "opaque: not for what was not granted" 7
verify --audience "$opaque"
check_fails "opaque: no key says anything of it" 7
verify --introspect-as service
check "opaque: whom it is for may be left to the provider" status 0
verify --introspect-as native --audience "$opaque" --scope api.read
check "opaque: a public client may ask of its own" status 0
curl -sS -m 20 -o /dev/null -d client_id=native -d "token=$further" "$OP/token/revocation"
verify --introspect-as service --audience "$opaque"
check_fails "opaque: revoked" 7
check "opaque: says so" err_has 'is not active'

# @spec RFC 6749 section 4.4
new_home
printf '%s\n' service-secret-service-secret-32 >"$HOME/secret"
run login "$OP" --client-credentials --client-id service --client-secret-file "$HOME/secret" --scope api.read --resource "$api"
check "a client signs in as itself" out '127.0.0.1:service'
run token --min-valid 10
check "its token" status 0
check "is its own" test "$(claim .client_id)" = service
check "for the resource" test "$(claim .aud)" = "$api"
check "with the scope" test "$(claim .scope)" = api.read
first=$OUT
run token --refresh
check "another one" another_than "$first"
run token --scope api.write
check "a further one" test "$(claim .scope)" = api.write
run token --resource https://other.example.test/
check_fails "for a resource that the provider does not have" 6
printf '%s\n' wrong >"$HOME/secret"
run provider set "$OP" --client-id service --client-secret-file "$HOME/secret"
run token --refresh
check_fails "a wrong secret" 6
check "says what" err_has invalid_client

# @spec RFC 7523 section 2.1
new_home
run provider set "$OP" --client-id vouching --client-key-file "$CLIENT_JWK_OUT"
run login "$OP" --client-id vouching --jwt-bearer-subject robot-7 --scope api.read --resource "$api"
check "a client vouches for a subject" out '127.0.0.1:robot-7'
run token --min-valid 10
check "whose token it gets" status 0
check "is the subject's" test "$(claim .sub)" = robot-7
check "for the resource" test "$(claim .aud)" = "$api"
first=$OUT
run token --refresh
check "another one, by another assertion" another_than "$first"
run token --resource https://other.example.test/
check_fails "not for a resource that the provider does not have" 6
run provider set "$OP" --client-id vouching --generate-client-key
run token --refresh
check_fails "by a key that the provider does not know" 6

# @spec RFC 8693 section 2
new_home
login_by_script "$OP" --client-id native --scope 'openid email offline_access'
run token --min-valid 10
own=$OUT
run exchange --json --scope openid
check "exchange: exit 0" status 0
check "exchange: what was issued" json_is .issued_token_type urn:ietf:params:oauth:token-type:access_token
check "exchange: fewer scopes" json_is '.scopes | join(" ")' openid
exchanged=$(json .access_token)
check "exchange: another token" test "$exchanged" != "$own"
check "exchange: the provider takes it" at_userinfo "$exchanged" 200
run exchange --resource "$api"
check "exchange: for a resource" test "$(claim .aud)" = "$api"
run exchange --resource https://other.example.test/
check_fails "exchange: for a resource that the provider does not have" 6
check "exchange: says what" err_has invalid_target
run exchange --scope 'openid profile'
check_fails "exchange: more scope than there is" 6
run exchange --requested-token-type saml2
check_fails "exchange: a type that it has not" 6

# It revokes the refresh token along with an access token, so the one refresh that an exchange may cost brings the truth to light.
run token --min-valid 10
own=$OUT
curl -sS -m 20 -o /dev/null -d client_id=native -d "token=$own" "$OP/token/revocation"
check "exchange: a revoked token" at_userinfo "$own" 401
run exchange
check_fails "exchange: of a revoked login" 4

# This provider counts a refresh token as used before it looks at the resource, so it must not rotate here.
stop_peer "$OP_PID"
new_home
ROTATE=0 start_op
login_by_script "$OP" --client-id native --scope 'openid email offline_access api.read' --resource "$api"
run token --resource https://other.example.test/
check_fails "a resource that the provider does not have" 6
check "says what" err_has invalid_target
run token --refresh
check "the account is as it was" status 0
run accounts --json
check "and nobody has to log in" json_is '.[0].needs_login' false
finish
