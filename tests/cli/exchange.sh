#!/usr/bin/env bash
# Token exchange (RFC 8693): other tokens for an account's token, and the account as it was.
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"

start_issuer --auto-approve ada --access-ttl 300 --client service:very-secret
api=https://api.example.org/v1
sign_in() { # ACCOUNT ARGUMENT...
	run login "$ISSUER" --browser 'curl -sSL -o /dev/null' --account "$@"
	check "login of $1" out "$1"
}
sign_in ada --client-id demo --scope 'openid email offline_access api.read api.write'
run token
own=$OUT
cp "$BASE/out" "$BASE/own"
exchanges() { issuer_count "POST /token urn:ietf:params:oauth:grant-type:token-exchange $1"; }
refreshes() { issuer_count 'POST /token refresh_token 200'; }
# A claim of the JWT on stdout.
claim() { cut -d. -f2 "$BASE/out" | tr '_-' '/+' | base64 -d 2>/dev/null | jq -r "$1"; }
at_userinfo() { curl -sS -m 20 -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $1" "$ISSUER/userinfo"; }
records() { find "$XDG_STATE_HOME" -type f -path '*store*' -exec sha256sum {} + | sort; }
before=$(records)

# @spec RFC 8693 section 2.1, 2.2.1
run exchange
check "exchange: exit 0" status 0
check "exchange: another token" another_than "$own"
check "exchange: one line" test "$(wc -l <"$BASE/out")" = 1
check "exchange: the issuer takes it" test "$(at_userinfo "$OUT")" = 200
run exchange -n
check "-n: no newline" test "$(wc -l <"$BASE/out")" = 0
run exchange --resource "$api" --audience backend --audience 'billing shop' --scope api.read
check "for an audience: bound to all" test "$(claim '.aud | join(" ")')" = "$api backend billing shop"
check "for an audience: fewer scopes" test "$(claim .scope)" = api.read
check "for an audience: about the same user" test "$(claim .act)" = null
run exchange --json --scope 'api.read api.write'
check "JSON: its members" json_is 'keys | join(" ")' 'access_token expires_at issued_token_type scopes token_type version'
check "JSON: what was issued" json_is .issued_token_type urn:ietf:params:oauth:token-type:access_token
check "JSON: its scopes" json_is '.scopes | join(" ")' 'api.read api.write'
for type in jwt id_token refresh_token urn:ietf:params:oauth:token-type:jwt; do
	run exchange --json --requested-token-type "$type"
	check "$type: was issued" json_is .issued_token_type "urn:ietf:params:oauth:token-type:${type##*:}"
	check "$type: is no access token" json_is .token_type N_A
done
for type in access_token id_token refresh_token; do
	run exchange --subject-token-type "$type"
	check "for an $type: exit 0" status 0
done
check "the account is as it was" test "$(records)" = "$before"
check "nothing was refreshed" test "$(refreshes)" = 0
run token
check "and its token too" out "$own"

# @spec RFC 8693 section 2.1 (actor_token), 4.1
printf 'very-secret\n' >"$HOME/secret"
run login "$ISSUER" --client-credentials --client-id service --client-secret-file "$HOME/secret" --account robot
check "login of robot" status 0
run exchange --account ada --actor robot --audience backend
check "an actor: exit 0" status 0
check "an actor: stands in the token" test "$(claim .act.sub)" = service

# A token that the provider does not take any more costs one refresh, and no more.
revoke() { curl -sS -m 20 -o /dev/null -d client_id=demo --data-urlencode "token@$BASE/own" "$ISSUER/revoke"; }
tr -d '\n' <"$BASE/own" >"$BASE/own.bare" && mv "$BASE/own.bare" "$BASE/own"
revoke
check "the token is dead" test "$(at_userinfo "$own")" = 401
good=$(exchanges 200)
bad=$(exchanges 400)
run exchange --account ada
check "a dead token: exit 0" status 0
check "a dead token: one refusal" test "$(($(exchanges 400) - bad))" = 1
check "a dead token: one refresh" test "$(refreshes)" = 1
check "a dead token: one more try" test "$(($(exchanges 200) - good))" = 1
run token --account ada
check "the account has the new token" another_than "$own"

# What is refused is told and changes nothing.
before=$(records)
bad=$(exchanges 400)
run exchange --account ada --resource https://nowhere.invalid/
check_fails "an unknown resource" 6
check "an unknown resource: says what" err_has invalid_target
run exchange --account ada --audience nobody.invalid
check_fails "an unknown audience" 6
run exchange --account ada --scope admin
check_fails "more scope than there is" 6
check "more scope than there is: says what" err_has invalid_scope
check "none of them is for the age of a token" test "$(refreshes)" = 1
check "each was asked once" test "$(($(exchanges 400) - bad))" = 3
run exchange --account ada --requested-token-type saml2
check_fails "a type that is not issued" 6
check "a type that is not issued: at most one refresh" test "$(refreshes)" = 2

# What cannot be asked is not sent.
all=$(exchanges '[0-9]+')
run exchange --account ada --requested-token-type nonsense
check_fails "no type" 2
run exchange --account ada --subject-token-type jwt
check_fails "no token of the account's" 2
run exchange --account ada --resource /relative
check_fails "a relative resource" 2
run exchange --account robot --subject-token-type refresh_token
check_fails "an account without a refresh token" 2
run exchange --account ada --actor nobody
check_fails "an actor who is nobody" 3
run exchange --account nobody
check_fails "a subject who is nobody" 3
check "none of these was sent" test "$(exchanges '[0-9]+')" = "$all"
OAUTHCTL_STORE="file:$HOME/other" sign_in elsewhere --client-id other
unset OAUTHCTL_STORE
run exchange --account ada --actor elsewhere
check_fails "an actor in another store" 2
export OAUTHCTL_STORE=file
first=$ISSUER
start_issuer --auto-approve eve
sign_in eve --client-id demo
run exchange --account ada --actor eve
check_fails "an actor of another issuer" 2
check "an actor of another issuer: his token went nowhere" test "$(issuer_count 'POST /token urn')" = 0
check "nothing was sent" test "$(grep -c token-exchange "$BASE/issuer.log")" = 0
ISSUER=$first
finish
