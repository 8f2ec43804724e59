#!/usr/bin/env bash
# client register, show, update, delete, list: a client from its registration to its end, and what must not be told of it.
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"

browser='curl -sSL -o /dev/null'
wire=$BASE/wire
start_issuer --auto-approve ada --wire "$wire"
# All that a reply handed out in confidence.
handed_out() {
	sed -n 's/^reply //p' "$wire" | jq -r '.registration_access_token // empty, .client_secret // empty'
	sed -nE 's/^authorization Bearer (.+)/\1/p' "$wire"
}
check_tells_no_secret() {
	handed_out >"$BASE/secrets"
	check "$1: there are secrets" test -s "$BASE/secrets"
	check "$1: none is on either stream" bash -c '! grep -qaFf "$1" "$2" "$3"' _ "$BASE/secrets" "$BASE/out" "$BASE/err"
}

run login "$ISSUER" --browser "$browser"
check_fails "without a client" 3
check "without a client: registering is advised" err_has "oauthctl client register $ISSUER"
run client show "$ISSUER"
check_fails "show: there is none" 3
check "show: registering is advised" err_has "oauthctl client register $ISSUER"
run --json client list
check "list: none" out '[]'

run client register "$ISSUER"
check "register" status 0
check "register: the client id" out_matches '^client_id: registered-'
check "register: it has no secret" out_matches '^token_endpoint_auth_method: none$'
check "register: for a redirect URI that no other issuer shares" out_matches 'redirect_uris: \["http://127.0.0.1/callback/[0-9a-f]{16}"\]'
check "register: for all that a login uses" out_has 'grant_types: ["authorization_code","refresh_token","urn:ietf:params:oauth:grant-type:device_code"]'
check "register: what comes next" err_has "oauthctl login $ISSUER"
run -v client show "$ISSUER"
check "show" out_matches '^client_name: oauthctl$'
check "show: nothing that never expires" out_lacks client_secret_expires_at
check_tells_no_secret "show -v"
run --json client show "$ISSUER"
check "show as JSON" json_is .version 1
check "show as JSON: the issuer" json_is .issuer "$ISSUER"
check "show as JSON: what was asked for" json_is .metadata.application_type native
check_tells_no_secret "show as JSON"
id=$(json .client_id)
check "each answer rotates the token, and the next request knows it" test "$(issuer_count "GET /register/$id - 200")" = 2
run --json client list
check "list" json_is '.[0].client_id' "$id"
run client list
check "list for people" out_matches "^$ISSUER +$id$"

run client update "$ISSUER" --name 'Ada'\''s backup' --redirect-uri http://127.0.0.1/elsewhere --redirect-uri http://localhost/too
check "update" out_matches "^client_name: Ada's backup$"
check "update: the redirect URIs" out_has 'redirect_uris: ["http://127.0.0.1/elsewhere","http://localhost/too"]'
check "update: the rest stays" out_matches "^scope: openid profile email offline_access$"
run login "$ISSUER" --browser "$browser"
check "login: through it, unasked" status 0
check "login: through no other" err_matches "client_id=$id$"
check "login: where it was registered" err_matches 'redirect_uri=http%3A%2F%2F127\.0\.0\.1%3A[0-9]+%2Felsewhere'
run token --refresh
check "login: a refresh" status 0
run client update "$ISSUER" --auth-method client_secret_post
check "update: another authentication" out_matches '^token_endpoint_auth_method: client_secret_post$'
check_tells_no_secret "update"
run token --refresh
check "the account knows the secret that it was given" status 0
check "and posts it" grep -q '^form client_secret ' "$wire"
run client update "$ISSUER"
check_fails "update: nothing to change" 2
run client update "$ISSUER" --redirect-uri https://elsewhere.example/
check_fails "update: not on loopback" 2
run client update "$ISSUER" --initial-access-token-file x
check_fails "update: takes no token" 2
run client update "$ISSUER" --scope 'openid nonesuch'
check_fails "update: a scope that is refused" 6
check "update: its error is named" err_has invalid_client_metadata
run client show "$ISSUER"
check "update: a refusal changes nothing" out_has 'scope: openid profile email offline_access'

run client delete "$ISSUER"
check "delete" out "$ISSUER: the client is removed from the store; deleted at the provider"
check "delete: once" test "$(issuer_count "DELETE /register/$id - 204")" = 1
run client show "$ISSUER"
check_fails "delete: and gone" 3
run token --refresh
check_fails "delete: its accounts end with it" 6
run client delete "$ISSUER"
check_fails "delete: nothing" 3
run client show "$ISSUER" extra
check_fails "a word too many" 2
run client forget "$ISSUER"
check_fails "an unknown verb" 2
check "an unknown verb: of which group" err_has 'no client verb "forget"'

# What is lost at the provider.
run client register "$ISSUER" --name first
first=$(sed -n 's/^client_id: //p' "$BASE/out")
run client register "$ISSUER" --name second --auth-method client_secret_basic
check "register again" out_matches '^client_name: second$'
check "register again: another client" out_lacks "$first"
check_tells_no_secret "register"
run client register "$ISSUER" --redirect-uri http://127.0.0.1.example/callback
check_fails "register: a host that only looks like loopback" 2
run client register "$ISSUER" --auth-method private_key_jwt
check_fails "register: a method that the provider does not take" 6
run client register "$ISSUER" --grant client_credentials
check_fails "register: a grant that it does not take" 6
run --json client show "$ISSUER"
check "register: a refusal keeps the old client" json_is .metadata.client_name second
stop_peer "$ISSUER_PID"
run client delete "$ISSUER"
check_fails "delete: nobody there" 5
start_issuer --auto-approve ada --port "${ISSUER##*:}"
run client show "$ISSUER"
check_fails "show: the provider has forgotten it" 6
check "show: registering anew is advised" err_has "oauthctl client register $ISSUER"
run --json client delete "$ISSUER"
check "delete: what the provider has forgotten" json_is .deleted no
check "delete: and what it said" test -n "$(json '.detail // empty')"
run --json client list
check "delete: the store forgets it too" out '[]'
stop_peer "$ISSUER_PID"

# @spec RFC 7591 section 3: a provider that registers for its own people only.
new_home
start_issuer --auto-approve ada --initial-access-token initial-Hs73kd-token
run client register "$ISSUER"
check_fails "initial access token: none" 6
check "initial access token: is advised" err_has "--initial-access-token-file FILE"
printf 'wrong\n' >"$HOME/token"
run client register "$ISSUER" --initial-access-token-file "$HOME/token"
check_fails "initial access token: a wrong one" 6
printf 'initial-Hs73kd-token\n' >"$HOME/token"
run -v client register "$ISSUER" --initial-access-token-file "$HOME/token"
check "initial access token" status 0
check "initial access token: is not shown" err_lacks initial-Hs73kd
check "initial access token: and not kept" test -z "$(grep -rlaF initial-Hs73kd "$XDG_CONFIG_HOME" "$XDG_STATE_HOME" "$XDG_CACHE_HOME")"
printf 'header.vouches.signature\n' >"$HOME/statement"
run client register "$ISSUER" --initial-access-token-file "$HOME/token" --software-statement-file "$HOME/statement"
check_fails "software statement: refused" 6
check "software statement: its error is named" err_has unapproved_software_statement
run client register "$ISSUER" --initial-access-token initial-Hs73kd-token
check_fails "initial access token: never on the line" 2
check "initial access token: how else" err_has --initial-access-token-file

# draft-ietf-oauth-client-id-metadata-document
run client metadata --client-id https://app.example/oauth.json --name App
check "metadata" json_is .client_id https://app.example/oauth.json
check "metadata: the name" json_is .client_name App
check "metadata: where logins listen" json_is '.redirect_uris[0]' http://127.0.0.1/callback
check "metadata: public" json_is .token_endpoint_auth_method none
run provider set "$ISSUER" --client-id https://app.example/oauth.json --generate-client-key
printf '%s\n' "$OUT" >"$HOME/jwks.json"
run client metadata --client-id https://app.example/oauth.json --jwks "$HOME/jwks.json"
check "metadata: with a key" json_is .token_endpoint_auth_method private_key_jwt
check "metadata: the key" test "$(json '.jwks | tojson')" = "$(jq -c . "$HOME/jwks.json")"
run client metadata --client-id https://app.example/oauth.json --jwks https://app.example/jwks.json
check "metadata: with keys elsewhere" json_is .jwks_uri https://app.example/jwks.json
printf '{"keys":[{"kty":"oct","k":"AAAA"}]}' >"$HOME/jwks.json"
run client metadata --client-id https://app.example/oauth.json --jwks "$HOME/jwks.json"
check_fails "metadata: a secret key" 2
run provider remove "$ISSUER"
run client metadata
check_fails "metadata: of which URL" 2
run client metadata --client-id https://app.example/
check_fails "metadata: no path" 2
run client metadata --client-id https://app.example/oauth.json --redirect-uri https://app.example/back
check_fails "metadata: redirected elsewhere" 2
run_to_the_end login "$ISSUER" --client-id https://app.example/oauth.json --browser "touch $HOME/opened"
check_nothing_stored "a client id that is a URL, where none is taken" 2
check "is told why" err_has client_id_metadata_document_supported
check "before the browser is opened" test ! -e "$HOME/opened"
finish
