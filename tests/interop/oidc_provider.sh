#!/usr/bin/env bash
# oauthctl against oidc-provider, which ends a whole grant when a refresh token comes twice and reads secrets by the RFC.
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"
need_node_modules

export CLIENT_JWK_OUT=$BASE/client.jwk
start_op
at_userinfo() { [ "$(curl -sS -m 20 -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $1" "$OP/me")" = "$2" ]; }
secret_file() {
	printf '%s\n' "$1" >"$HOME/secret"
	printf '%s' "$HOME/secret"
}

login_by_script "$OP" --client-id native
check "login" status 0
check "prints the account's name" out '127.0.0.1:ada@example.test'
run accounts --json
check "one account" json_is length 1
check "of that issuer" json_is '.[0].issuer' "$OP"
check "of that user" json_is '.[0].subject' ada
check "of that client" json_is '.[0].client_id' native
check "with a scope that allows refresh" json_is '.[0].needs_login' false
run whoami --json
check "whoami needs no network" json_is .subject ada
run userinfo --json
check "userinfo" json_is .claims.email ada@example.test

# What the provider publishes, beside a preset.
run --json provider check "$OP"
check "provider check: nothing fails" status 0
check "provider check: PKCE" json_is '.checks[] | select(.check == "pkce") | .state' ok
printf '{"id":"mine","issuer":"%s","id_token_algs":["ES512"]}' "$OP" >"$HOME/preset.json"
run provider check "$HOME/preset.json"
check_fails "provider check: an algorithm that is not offered" 7

run token --min-valid 10 # its tokens live for a minute
check "token" status 0
first=$OUT
check "works at the provider" at_userinfo "$first" 200
run token --min-valid 10
check "is the stored one" out "$first"
run -v token --refresh
check "a refresh" status 0
check "gives another" out_lacks "$first"
check "-v shows no token" err_lacks "$OUT"
run token --refresh
check "the rotated refresh token was stored" status 0
check "and what it gave works" at_userinfo "$OUT" 200

# Three at once without a lock: the provider would end the grant.
racers=()
for i in 1 2 3 4; do
	timeout 60 "$BIN/oauthctl" token --refresh >"$BASE/race.$i" 2>"$BASE/race.$i.err" </dev/null &
	racers+=("$!")
done
lost=0
for pid in "${racers[@]}"; do wait "$pid" || lost=$((lost + 1)); done
check "four refreshes at once all succeed" test "$lost" -eq 0
run token --refresh
check "and the grant lives" status 0
last=$OUT

# Carried to another machine, the refresh token goes on rotating there. @spec RFC 9700 section 4.14.2
printf 'correct horse\n' >"$BASE/passphrase"
run export --passphrase-file "$BASE/passphrase"
check "export" status 0
cp "$BASE/out" "$BASE/sealed"
(
	new_home
	timeout -k 5 60 "$BIN/oauthctl" import --passphrase-file "$BASE/passphrase" <"$BASE/sealed" >"$BASE/imported" 2>/dev/null &&
		timeout 60 "$BIN/oauthctl" token --refresh </dev/null >"$BASE/there" && timeout 60 "$BIN/oauthctl" token --refresh </dev/null >"$BASE/there"
)
check "import elsewhere, and two refreshes there" at_userinfo "$(cat "$BASE/there")" 200
run token --refresh
check "the old refresh token here ends the grant" status 4
check "for both" at_userinfo "$(cat "$BASE/there")" 401
login_by_script "$OP" --client-id native
run token --refresh
last=$OUT

run logout
check "logout" status 0
check "leaves no account" test "$(account_count)" = 0
check "and no live token" at_userinfo "$last" 401

for client in es256 ps256 eddsa; do
	new_home
	login_by_script "$OP" --client-id "$client"
	check "an ID token signed with $client" status 0
done
new_home
login_by_script "$OP" --client-id native --response-mode form_post
check "form_post" out '127.0.0.1:ada@example.test'
new_home
login_by_script "$OP" --client-id pairwise --client-secret-file "$(secret_file pairwise-secret-pairwise-secret)"
run whoami --json
check "a pairwise subject" json_is .subject pairwise-pairwise-ada

# @spec RFC 6749 section 2.3.1: the secret is form-encoded before it is base64'd
new_home
login_by_script "$OP" --client-id basic --client-secret-file "$(secret_file 'one+two/%three :four=')"
check "client_secret_basic with every odd character" status 0
run token --refresh
check "at a refresh too" status 0
check "the secret is not repeated" err_lacks 'one+two'
new_home
login_by_script "$OP" --client-id basic --client-secret-file "$(secret_file wrong)"
check_nothing_stored "a wrong secret" 6
check "its error is named" err_has invalid_client

# By device code: the user goes through the provider's pages with a browser elsewhere.
device_login() {
	: >"$BASE/err"
	node_bin=$(node_bin) && "$node_bin" "$SRC/tests/interop/device.mjs" "$BASE/err" "$@" >"$BASE/user" 2>&1 &
	run login "$OP" --client-id native --device
	wait $!
}
new_home
device_login approve
check "login --device" out '127.0.0.1:ada@example.test'
run token --refresh
check "login --device: a refresh" status 0
check "login --device: what it gave works" at_userinfo "$OUT" 200
new_home
device_login deny
check_nothing_stored "login --device, and the user says no" 9
run login "$OP" --client-id es256 --device
check_nothing_stored "login --device for a client that may not" 6

# @spec OpenID Connect Core section 9 (client_secret_jwt, private_key_jwt): a login, two refreshes and a revocation, each
# with an assertion of its own, for this provider takes none twice.
signs_itself_in() { # CLIENT
	login_by_script "$OP" --client-id "$1"
	check "$1: login" status 0
	run token
	check "$1: the token works" at_userinfo "$OUT" 200
	run token --refresh
	check "$1: refresh" status 0
	run token --refresh
	check "$1: another" status 0
	last=$OUT
	run logout
	check "$1: logout" status 0
	check "$1: the provider was told" err_lacks revoke
	check "$1: and the token is dead" at_userinfo "$last" 401
}
new_home
run provider set "$OP" --client-id csjwt --client-secret-file "$(secret_file signing-secret-signing-secret-32)" \
	--token-endpoint-auth-method client_secret_jwt
check "a secret that signs" status 0
signs_itself_in csjwt
new_home
run provider set "$OP" --client-id csjwt --client-secret-file "$(secret_file signing-secret-signing-secret-33)" \
	--token-endpoint-auth-method client_secret_jwt
login_by_script "$OP" --client-id csjwt
check_nothing_stored "a wrong secret signs wrongly" 6

new_home
run provider set "$OP" --client-id pkjwt --client-key-file "$CLIENT_JWK_OUT"
check "a private key" status 0
check "its public half is printed" out_has '"kid":"client-key"'
check "and nothing of the other" out_lacks '"d":'
signs_itself_in pkjwt
new_home
run provider set "$OP" --client-id pkjwt --generate-client-key
login_by_script "$OP" --client-id pkjwt
check_nothing_stored "a key that is not registered" 6

# @spec RFC 9126: pushed requests, of a public client, by secret and by assertion.
new_home
login_by_script "$OP" --client-id paronly
check "a client that must push" status 6
login_by_script "$OP" --client-id paronly --par
check "pushed" out '127.0.0.1:ada@example.test'
check "the URL hides the request" err_matches '/auth\?client_id=paronly&request_uri=urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3A[^&]*$'
run token --refresh
check "pushed: a refresh" status 0
login_by_script "$OP" --client-id nobody --par
check_fails "pushed: a client that the provider does not know is told at once" 6
check "pushed: by name" err_has invalid_client
new_home
login_by_script "$OP" --client-id basic --client-secret-file "$(secret_file 'one+two/%three :four=')" --par
check "pushed by client_secret_basic" status 0
new_home
run provider set "$OP" --client-id pkjwt --client-key-file "$CLIENT_JWK_OUT"
login_by_script "$OP" --client-id pkjwt --par
check "pushed by private_key_jwt" status 0

# @spec RFC 9449: tokens bound to a key, with the nonces of a server that insists on them and of one that does not.
bound() { # BEARER-STATUS
	check "dpop: login" out '127.0.0.1:ada@example.test'
	run userinfo --json
	check "dpop: userinfo" json_is .claims.email ada@example.test
	run token --json
	check "dpop: the token is bound" json_is .token_type DPoP
	run token
	check "dpop: as a Bearer token it is worth nothing" at_userinfo "$OUT" 401
	run header
	check_fails "dpop: no header without a request" 2
	run dpop --url "$OP/me" --json
	check "dpop: a proof" json_is '.dpop | split(".") | length' 3
	run token --refresh
	check "dpop: refresh" status 0
	run token --refresh
	check "dpop: another" status 0
	run userinfo --json
	check "dpop: userinfo after it" json_is .claims.sub ada
}
proved_at_userinfo() { # [OPTION…]: the status that curl gets with what header prints; the answer's head is in $BASE/head
	run header --url "$OP/me" "$@"
	printf '%s\n' "$OUT" | curl -sS -m 20 -o /dev/null -D "$BASE/head" -w '%{http_code}' -H @- "$OP/me"
}
new_home
login_by_script "$OP" --client-id dpop
check_nothing_stored "dpop: a client that must bind its tokens" 6
login_by_script "$OP" --client-id dpop --dpop
bound
check "dpop: another program's request" test "$(proved_at_userinfo)" = 200
check "dpop: for another method the proof is worth nothing" test "$(proved_at_userinfo --method PUT)" = 401
login_by_script "$OP" --client-id dpop --dpop --par
check "dpop: pushed" status 0
stop_peer "$OP_PID"
DPOP_NONCE=1 PORT=${OP##*:} start_op
new_home
login_by_script "$OP" --client-id dpop --dpop
bound
check "dpop: the server wants its nonce of another program too" test "$(proved_at_userinfo)" = 401
nonce=$(sed -n 's/^dpop-nonce: *\([^[:space:]]*\).*/\1/Ip' "$BASE/head")
check "dpop: and is given it" test "$(proved_at_userinfo --nonce "$nonce")" = 200
# @spec RFC 9396: what was asked for beyond scopes is granted, and outlives a refresh.
new_home
login_by_script "$OP" --client-id native --scope 'openid email offline_access api.read' --resource https://api.example.test/v1 \
	--authorization-details '[{"type":"account","actions":["list"]}]'
check "authorization details" status 0
check "are granted" err_lacks 'which authorization details'
run show --json
check "and kept" json_is '.authorization_details[0].actions[0]' list
run token --refresh
run show --json
check "after a refresh too" json_is '.authorization_details[0].type' account
login_by_script "$OP" --client-id native --authorization-details '[{"type":"nonesuch"}]'
check_fails "a type that is not listed is not asked for" 2

# @spec RFC 9101: a client whose requests must be signed, in the URL and pushed.
new_home
run provider set "$OP" --client-id jar --client-key-file "$CLIENT_JWK_OUT"
login_by_script "$OP" --client-id jar
check_nothing_stored "a request that must be signed" 6
login_by_script "$OP" --client-id jar --jar
check "signed" status 0
check "the URL shows who asks, and little else" err_matches '/auth\?client_id=jar&response_type=code&scope=[a-z_+]*&request=[A-Za-z0-9_.-]*$'
run token --refresh
check "signed: a refresh" status 0
login_by_script "$OP" --client-id jar --jar --par --max-age 1h --resource https://api.example.test/v1 --resource https://api.example.test/v2 \
	--scope 'openid offline_access api.read' --authorization-details '[{"type":"account"}]'
check "signed and pushed, with all that is no string" status 0
new_home
run provider set "$OP" --client-id jar --generate-client-key
login_by_script "$OP" --client-id jar --jar --timeout 5s
check_nothing_stored "signed with another key: the provider sends nobody back" 9

# @spec FAPI 2.0 Security Profile section 5.3.2, 5.3.3: the provider holds these clients to it too.
stop_peer "$OP_PID"
FAPI=1 PORT=${OP##*:} start_op
new_home
run provider set "$OP" --client-id fapi --client-key-file "$CLIENT_JWK_OUT"
login_by_script "$OP" --client-id fapi --profile fapi2
check "fapi: login" status 0
check "fapi: the request was pushed" err_matches '/auth\?client_id=fapi&request_uri=[^&]*$'
run header --url "$OP/me" --json
check "fapi: the token is bound" out_has DPoP
run token --refresh
check "fapi: a refresh" status 0
run provider remove "$OP"
run token --refresh
check_fails "fapi: a refresh without the key" 2
check "fapi: is not asked for" err_has 'FAPI 2.0'
run provider set "$OP" --client-id fapi --client-key-file "$CLIENT_JWK_OUT"
run token --refresh
check "fapi: nothing was lost" status 0
login_by_script "$OP" --client-id fapi
check "fapi: the provider takes no less" test "$STATUS" -ne 0
new_home
run provider set "$OP" --client-id pkjwt --client-key-file "$CLIENT_JWK_OUT"
login_by_script "$OP" --client-id pkjwt --profile fapi2
check_nothing_stored "fapi: an ID token by RS256" 7
new_home
login_by_script "$OP" --client-id native --profile fapi2
check_nothing_stored "fapi: a client without a key" 2

# @spec RFC 9470 section 4: a resource wants a better login; the scopes that the account has stay.
new_home
login_by_script "$OP" --client-id native --scope 'openid email offline_access' --acr-values 'silver gold' --max-age 1h
check "acr_values" status 0
check "are met" err_lacks '(acr_values)'
login_by_script "$OP" --client-id native --scope 'openid email offline_access' --acr-values tin
check "one that the provider does not have is warned of" err_has '(acr_values)'
printf 'www-authenticate: Bearer error="insufficient_user_authentication", acr_values="gold", max_age="5", scope="profile"\r\n' >"$BASE/challenge"
login_by_script "$OP" --client-id native --challenge "$BASE/challenge"
check "a challenge" status 0
check "is met" err_lacks '(acr_values)'
run show --json
check "nothing granted is lost" json_is '.scopes | sort | join(" ")' 'email offline_access openid profile'

# A key that oauthctl made, registered from what it printed; the provider starts anew under the same issuer for it.
new_home
run provider set "$OP" --client-id pkown --generate-client-key
check "a key is made" status 0
printf '%s\n' "$OUT" >"$BASE/own.jwks"
stop_peer "$OP_PID"
CLIENT_JWKS=$BASE/own.jwks PORT=${OP##*:} start_op
signs_itself_in pkown

new_home
export LOGIN_ACTION=deny
login_by_script "$OP" --client-id native
check_nothing_stored "the user says no" 9
unset LOGIN_ACTION
login_by_script "$OP" --client-id nobody --timeout 3s
check_nothing_stored "a client that the provider does not know never comes back" 9
login_by_script "$OP/nowhere" --client-id native
check_nothing_stored "no metadata at the issuer" 3
stop_peer "$OP_PID"
new_home
login_by_script "$OP" --client-id native
check_nothing_stored "no server" 5
finish
