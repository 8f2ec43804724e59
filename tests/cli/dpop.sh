#!/usr/bin/env bash
# login --dpop, and what carries a token that is bound to a key: header, dpop, userinfo. @spec RFC 9449
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"

start_issuer --auto-approve ada --access-ttl 300 --dpop-nonce
sign_in() { run login "$ISSUER" --client-id demo --browser 'curl -sSL -o /dev/null' --account ada "$@"; }
head_of() { # what curl is told when it asks with the headers on stdout
	curl -sS -m 20 -D - -o /dev/null -H @- "$ISSUER/userinfo" <"$BASE/out" >"$BASE/head"
	sed -n '1s/^[^ ]* \([0-9]*\).*/\1/p' "$BASE/head"
}

sign_in --dpop
check "login" out ada
check "the nonce was asked for once" test "$(issuer_count 'POST /token authorization_code 400 use_dpop_nonce')" = 1
run token --json
check "the token is bound" json_is .token_type DPoP
run token
token=$OUT
check "token prints it" status 0
run header
check_fails "header without a request" 2
check "says how to name it" err_has --url
run header --url "$ISSUER/userinfo?x=1"
check "header: two of them" test "$(wc -l <"$BASE/out")" = 2
check "header: its scheme" out_has "Authorization: DPoP $token"
check "another program is told of the nonce" test "$(head_of)" = 401
nonce=$(tr -d '\r' <"$BASE/head" | sed -n 's/^DPoP-Nonce: //Ip')
run header --url "$ISSUER/userinfo" --nonce "$nonce"
check "and gets in with it" test "$(head_of)" = 200
check "a proof serves once" test "$(head_of)" = 401
run header --url "$ISSUER/userinfo" --method POST --nonce "$nonce"
check "and for its own method" test "$(head_of)" = 401
run header --url "$ISSUER/elsewhere" --nonce "$nonce"
check "and its own place" test "$(head_of)" = 401
printf 'Authorization: Bearer %s\n' "$token" >"$BASE/out"
check "without its key the token is worth nothing" test "$(head_of)" = 401
run header --json --url "$ISSUER/userinfo"
check "header as JSON" json_is '.value | startswith("DPoP ")' true
check "header as JSON: the proof" json_is '.dpop | split(".") | length' 3
run dpop --url "$ISSUER/userinfo" --method POST
check "dpop" out_matches '^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$'
run dpop
check_fails "dpop without a request" 2
run dpop --url /userinfo
check_fails "dpop for no URL" 2
run dpop --url "$ISSUER/userinfo" --nonce 'a b'
check_fails "dpop with no nonce of any server" 2
run userinfo --json
check "userinfo" json_is .claims.email ada@example.org
run -v token --refresh
check "refresh" status 0
check "-v shows no proof" err_lacks eyJ
check "the refresh token was not spent for want of a nonce" test "$(issuer_count 'POST /token refresh_token 200')" = 1

sign_in
check "renewed by its name" out ada
run token --json
check "it stays bound" json_is .token_type DPoP
run logout
check "logout" status 0

new_home
sign_in
run token --json
check "not asked for, not bound" json_is .token_type Bearer
token=$(json .access_token)
run dpop --url "$ISSUER/userinfo"
check_fails "no proof goes with such a token" 3
run header --url "$ISSUER/userinfo"
check "header prints it as ever" out "Authorization: Bearer $token"
finish
