#!/usr/bin/env bash
# oauthctl client against oidc-provider, which replaces the management token at each change and knows the old one no more.
# @spec RFC 7591 section 3; RFC 7592 section 2; OpenID Connect Dynamic Client Registration 1.0 section 2
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"
need_node_modules

start_op
at_userinfo() { [ "$(curl -sS -m 20 -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $1" "$OP/me")" = "$2" ]; }

run --json client register "$OP" --name first
check "register" status 0
check "without a secret" json_is .token_endpoint_auth_method none
check "as a native client" json_is .metadata.application_type native
check "for refresh tokens too" json_is '.metadata.grant_types | index("refresh_token") != null' true
id=$(json .client_id)
run --json client show "$OP"
check "show" json_is .client_id "$id"
login_by_script "$OP"
check "a login through it, unasked" out '127.0.0.1:ada@example.test'
run accounts --json
check "is of that client" json_is '.[0].client_id' "$id"
run token --refresh
check "a refresh" at_userinfo "$OUT" 200

run client update "$OP" --name 'second name' --redirect-uri http://127.0.0.1/elsewhere --redirect-uri 'http://[::1]/elsewhere'
check "update" out_matches '^client_name: second name$'
check "the token is another now, and is known" run client show "$OP"
check "what was changed is so at the provider" out_matches '^client_name: second name$'
check "and the redirect URIs" out_has '["http://127.0.0.1/elsewhere","http://[::1]/elsewhere"]'
run client update "$OP" --name 'third name'
check "update again" status 0
login_by_script "$OP"
check "a login where it may listen now" status 0
check "there" err_matches 'redirect_uri=http%3A%2F%2F127\.0\.0\.1%3A[0-9]+%2Felsewhere'
run token --refresh
check "and a refresh" at_userinfo "$OUT" 200
run client update "$OP" --scope nonesuch
check_fails "what the provider refuses" 6
check "is named" err_has invalid_client_metadata

run client delete "$OP"
check "delete" out "$OP: the client is removed from the store; deleted at the provider"
run client show "$OP"
check_fails "and gone" 3
run token --refresh
check_fails "for its accounts too" 6
check "as the provider says" err_has invalid_client

# Each way to authenticate: from what was registered, without a word about it.
for method in client_secret_basic client_secret_post client_secret_jwt private_key_jwt; do
	new_home
	run --json client register "$OP" --auth-method "$method"
	check "$method: register" json_is .token_endpoint_auth_method "$method"
	check "$method: no secret is printed" json_is '[.. | objects | has("client_secret") or has("d")] | any' false
	login_by_script "$OP"
	check "$method: login" status 0
	run token --refresh
	check "$method: refresh" at_userinfo "$OUT" 200
done
run client update "$OP" --auth-method client_secret_post
check "another method" out_matches '^token_endpoint_auth_method: client_secret_post$'
run token --refresh
check "serves the account that is there" at_userinfo "$OUT" 200
run logout
check "and its revocation" err_lacks revoke
stop_peer "$OP_PID"

new_home
INITIAL_ACCESS_TOKEN=initial-4jd83hd start_op
run client register "$OP"
check_fails "an initial access token is wanted" 6
check "and advised" err_has --initial-access-token-file
printf 'initial-4jd83hd\n' >"$HOME/token"
run client register "$OP" --initial-access-token-file "$HOME/token"
check "with it" status 0
login_by_script "$OP"
check "a login" status 0
run client delete "$OP"
check "and the end" out_has 'deleted at the provider'
finish
