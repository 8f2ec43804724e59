#!/usr/bin/env bash
# Further access tokens of one account, for scopes and resources of their own; tokens without a user follow the same lines.
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"

start_issuer --auto-approve ada --access-ttl 300
api=https://api.example.org/v1
run login "$ISSUER" --client-id demo --browser 'curl -sSL -o /dev/null' --account ada \
	--scope 'openid email offline_access api.read api.write'
check "login" out ada
run token
own=$OUT
refreshes() { issuer_count 'POST /token refresh_token 200'; }
# A claim of the JWT on stdout.
claim() { cut -d. -f2 "$BASE/out" | tr '_-' '/+' | base64 -d 2>/dev/null | jq -r "$1"; }
at_userinfo() { curl -sS -m 20 -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $1" "$ISSUER/userinfo"; }

# @spec RFC 8707 section 2.2
run token --resource "$api"
check "for a resource: exit 0" status 0
check "for a resource: bound to it" test "$(claim '.aud[0]')" = "$api"
check "for a resource: with the scopes of the login" test "$(claim .scope)" = 'openid email offline_access api.read api.write'
bound=$OUT
check "the issuer takes it for what it is" test "$(at_userinfo "$bound")" = 401
run token
check "the account's own token is as it was" out "$own"
check "and good" test "$(at_userinfo "$own")" = 200
run token --resource "$api"
check "it is kept" out "$bound"
check "by one refresh" test "$(refreshes)" = 1

# @spec RFC 6749 section 6
run token --json --resource "$api" --resource urn:example:b --scope 'api.read'
check "fewer scopes, two resources" json_is '.scopes | join(" ")' api.read
jq -r .access_token "$BASE/out" >"$BASE/jwt"
mv "$BASE/jwt" "$BASE/out"
check "both are the audience" test "$(claim '.aud | join(" ")')" = "$api urn:example:b"
run token --resource urn:example:b --scope api.read --resource "$api"
check "their order is nobody's business" test "$(refreshes)" = 2
run header --scope api.read
check "header: fewer scopes" out_matches '^Authorization: Bearer .+$'
scoped=${OUT#Authorization: Bearer }
check "header: another token" test "$scoped" != "$own"
# shellcheck disable=SC2016 # the child's variable
run exec --scope api.read -- sh -c 'printf %s "$ACCESS_TOKEN"'
check "exec: the same selection" out "$scoped"
check "three refreshes in all" test "$(refreshes)" = 3
run token --refresh --resource "$api"
check "--refresh gets another" another_than "$bound"
check "by a refresh" test "$(refreshes)" = 4
run token --min-valid 10m --scope api.read
check "--min-valid counts for it too" test "$(refreshes)" = 5

run show ada
check "show: the resource" out_has "$api"
check "show: the scopes" out_matches '^ +scopes +api\.read$'
check "show: no token" out_lacks "$bound"
check "show: none at all" test "$(grep -c "$own" "$BASE/out")" = 0
run --json show ada
check "show as JSON: three of them" json_is '.further | length' 3
check "show as JSON: what they are for" json_is '.further | map(.resources | length) | sort | join(" ")' '0 1 2'
check "show as JSON: the account's own scopes" json_is '.scopes | length' 5

# What is refused changes nothing.
before=$(refreshes)
run token --resource https://nowhere.invalid/
check_fails "an unknown resource" 6
check "an unknown resource: says what" err_has 'invalid_target'
run token --scope admin
check_fails "a scope that was never granted" 6
check "a scope that was never granted: says what" err_has 'invalid_scope'
run token --resource /relative
check_fails "a relative resource" 2
run token --resource "$api#fragment"
check_fails "a resource with a fragment" 2
check "nothing was refreshed" test "$(refreshes)" = "$before"
run token
check "the account is as it was" out "$own"
run --json accounts
check "and needs no login" json_is '.[0].needs_login' false

# However many ask at once for the same, one refresh happens, and of different ones none is lost.
waiting=()
for n in 1 2 3 4; do
	"$BIN/oauthctl" token --resource "https://at-once.example/$((n % 2))" >"$BASE/par.$n" 2>"$BASE/par.err.$n" &
	waiting+=($!)
done
good=0
for pid in "${waiting[@]}"; do if wait "$pid"; then good=$((good + 1)); fi; done
check "four at once: all succeed" test "$good" = 4
check "four at once: two refreshes" test "$(($(refreshes) - before))" = 2
check "four at once: two tokens" test "$(cat "$BASE"/par.[1-4] | sort -u | wc -l)" = 2
run token --refresh
check "the refresh token that all of them rotated is the stored one" status 0
own=$OUT

# The quick path has the account's own token and no other.
export OAUTHCTL_ACCESS_CACHE=on
run token --refresh
own=$OUT
if keeps_keys; then
	run token --resource "$api"
	check "cached: a further token is another" another_than "$own"
	OAUTHCTL_KEY_FILE=$HOME/nowhere run token
	check "cached: the account's own" out "$own"
	OAUTHCTL_KEY_FILE=$HOME/nowhere run token --resource "$api"
	check_fails "cached: no further one" 8
	OAUTHCTL_KEY_FILE=$HOME/nowhere run token --scope=api.read
	check_fails "cached: no further one by scope" 8
else
	skip "the quick path: the kernel keeps no keys for this user"
fi
export OAUTHCTL_ACCESS_CACHE=off

run login "$ISSUER" --client-id demo --browser 'curl -sSL -o /dev/null' --account ada
run --json show ada
check "another login has none of them" json_is '.further | length' 0
run logout ada
check "logout" status 0
finish
