#!/usr/bin/env bash
# provider list, show, discover, set, remove; the configuration; presets of the user's own.
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"
config=$XDG_CONFIG_HOME/oauthctl/config.json

run provider list
check "list: google is built in" out_matches '^google +Google +no client id +built-in$'
run provider show google
check "show: says how to register" out_has 'provider set google'
run provider show nonesuch
check_fails "show: an unknown id" 3
check "show: the known ones are named" err_has google
run --json provider show google
check "show as JSON" out_matches '^\{"version":1,"provider":\{.*"id":"google".*\},"client_id":null,"redirect_uri":"http://127.0.0.1/callback","source":"built-in"\}$'
run provider show keycloak
check "show: where the tenant is open, so is the redirect URI" out_lacks 'redirect URI  '
run provider set keycloak --client-id demo --tenant sso.example.org/realms/staff
run provider show keycloak
check "show: the redirect URI of the tenant" out_has 'http://127.0.0.1/callback/keycloak/sso.example.org/realms/staff'
run provider remove keycloak

run login google
check_fails "a login without client id" 3
check "a login without client id: the very command" err_has 'oauthctl provider set google --client-id ID'

run provider set google --client-id one.example
check "set: exit 0" status 0
check "set: nothing on stdout" out_empty
check "set: mode 0600" test "$(stat -c %a "$config")" = 600
run provider list
check "set: the list says so" out_matches '^google .* ready '
OAUTHCTL_GOOGLE_CLIENT_ID=two.example run --json provider show google
check "the environment goes before the configuration" out_has '"client_id":"two.example"'

# The secret goes into the store, the configuration never sees it.
printf 'hunter2-the-secret\n' >"$HOME/secret"
run provider set google --client-secret-file "$HOME/secret"
check "set: a secret" status 0
run_program "$BIN/oauthctl" --json provider set google --client-id three.example --client-secret-file - <"$HOME/secret"
check "set: no secret at the end of input" status 2
check "the secret is in no file" test -z "$(grep -rl hunter2 "$XDG_CONFIG_HOME" "$XDG_STATE_HOME" "$XDG_CACHE_HOME")"
check "the store has it" test "$(find "$XDG_STATE_HOME/oauthctl/store" -name 'client-*' | grep -c .)" = 1

printf '{"installed":{"client_id":"four.example","client_secret":"hunter2-from-json"}}' >"$HOME/client.json"
run --json provider set google --from "$HOME/client.json"
check "set --from" out '{"version":1,"provider":"google","client_id":"four.example","client_secret_stored":true}'
check "set --from: two clients have secrets" test "$(find "$XDG_STATE_HOME/oauthctl/store" -name 'client-*' | grep -c .)" = 2
check "the secret of the file is in no file" test -z "$(grep -rl hunter2 "$XDG_CONFIG_HOME" "$XDG_STATE_HOME" "$XDG_CACHE_HOME")"
printf '{"web":{"client_id":"five.example"}}' >"$HOME/web.json"
run --json provider set google --from "$HOME/web.json"
check "set --from: a web client without secret" out_has '"client_id":"five.example","client_secret_stored":false'
printf '{"web":{}}' >"$HOME/empty.json"
before=$(cat "$config")
run provider set google --from "$HOME/empty.json"
check_fails "set --from: no client id" 2
check "set --from: nothing changed" test "$before" = "$(cat "$config")"
run provider set google
check_fails "set: nothing to set" 2
clients=$(($(find "$XDG_STATE_HOME/oauthctl/store" -name 'client-*' | grep -c .) + 1)) # the client of the next key has no secret
run provider set google --token-endpoint-auth-method magic
check_fails "set: an unknown method" 2
run provider set https://login.example.org --client-id six.example --token-endpoint-auth-method client_secret_post
check "set: an issuer" status 0
run --json provider show https://login.example.org
check "set: an issuer's client id" out_has '"client_id":"six.example"'

# The private key goes into the store beside the secret; only its public half is ever shown.
run provider set google --generate-client-key
check "set: a key is made" status 0
check "set: its public half is printed" test "$(json '.keys[0] | [.kty, .crv, .alg, .use] | join(" ")')" = 'EC P-256 ES256 sig'
check "set: and nothing else of it" json_is '.keys[0].d' null
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$HOME/rsa.pem" 2>/dev/null
run --json provider set google --client-key-file "$HOME/rsa.pem"
check "set: a key in PEM" json_is '.client_jwks.keys[0].kty' RSA
check "set: in the record of the secret" test "$(find "$XDG_STATE_HOME/oauthctl/store" -name 'client-*' | grep -c .)" = "$clients"
from_input() { "$BIN/oauthctl" provider set google --client-key-file - <"$1" >"$BASE/out" 2>"$BASE/err"; }
check "set: a key from standard input" from_input "$HOME/rsa.pem"
run provider set google --client-key-file -
check_fails "set: no key at the end of input" 2
openssl pkey -in "$HOME/rsa.pem" -aes256 -passout pass:x -out "$HOME/sealed.pem" 2>/dev/null
run provider set google --client-key-file "$HOME/sealed.pem"
check_fails "set: an encrypted key" 2
check "set: is called so" err_has encrypted
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out "$HOME/weak.pem" 2>/dev/null
run provider set google --client-key-file "$HOME/weak.pem"
check_fails "set: a weak key" 2
openssl pkey -in "$HOME/rsa.pem" -pubout -out "$HOME/public.pem"
run provider set google --client-key-file "$HOME/public.pem"
check_fails "set: a public key" 2
run provider set google --client-key-file "$HOME/nowhere"
check_fails "set: no such file" 3
run provider set google --client-key-file "$HOME/rsa.pem" --generate-client-key
check_fails "set: two keys at once" 2
run provider set https://nobody.example.org --generate-client-key
check_fails "set: a key of which client?" 2
run provider set https://login.example.org --token-endpoint-auth-method private_key_jwt
check "set: the method that signs" status 0
check "the key is in no file" test -z "$(grep -rlE 'PRIVATE KEY|"d":' "$XDG_CONFIG_HOME" "$XDG_STATE_HOME" "$XDG_CACHE_HOME")"

# A store that cannot be used leaves the configuration alone.
before=$(cat "$config")
OAUTHCTL_KEY_FILE=$HOME/nowhere run provider set google --client-id seven.example --client-secret-file "$HOME/secret"
check_fails "set: no key for the store" 8
check "set: the configuration is as it was" test "$before" = "$(cat "$config")"

# What oauthctl does not know in its configuration stays, and a link stays a link.
mv "$config" "$HOME/dotfile.json"
printf '{"version":1,"mine":[1,2],"clients":{"google":{"client_id":"x","note":"keep"}}}' >"$HOME/dotfile.json"
ln -s "$HOME/dotfile.json" "$config"
run provider set google --client-id eight.example
check "unknown members are kept" grep -q '"mine"' "$HOME/dotfile.json"
check "unknown members of a client too" grep -q '"note": "keep"' "$HOME/dotfile.json"
check "the new id is there" grep -q eight.example "$HOME/dotfile.json"
check "the link is still one" test -L "$config"

run provider remove google
check "remove: exit 0" status 0
check "remove: says what it did" err "google: forgotten; removed from $config"
run --json provider show google
check "remove: it is gone" out_has '"client_id":null'
run provider remove google
check_fails "remove: twice" 3

# A configuration that cannot be used is named, with its line, and left alone.
broken() { # TEXT, WHAT IS SAID
	printf '%s' "$1" >"$HOME/broken.json"
	run --config "$HOME/broken.json" accounts
	check_fails "configuration $1" 3
	check "configuration $1: the file is named" err_has "$HOME/broken.json"
	check "configuration $1: says why" err_has "$2"
	check "configuration $1: untouched" test "$(cat "$HOME/broken.json")" = "$1"
}
broken '{"version":1,
"store" "x"}' 'line 2'
broken '{"version":1,"version":1}' 'duplicate'
broken '[]' 'no JSON object'
broken '{"version":2}' 'newer'
broken '{"store":1}' '"store" is no string'
broken '{"store":"bogus"}' '"store" is no store'
broken '{"clients":{"google":1}}' 'no object'
broken '{"clients":{"google":{"client_secret":"x"}}}' 'does not belong here'
broken '{"clients":{"google":{"token_endpoint_auth_method":"bogus"}}}' 'is no method'
run --config "$HOME/broken.json" provider set google --client-id x
check_fails "a broken configuration is not written over" 3
printf '{"clients":{"google":{"client_id":"x","token_endpoint_auth_method":"self_signed_tls_client_auth"}}}' >"$HOME/sound.json"
run --config "$HOME/sound.json" --json accounts
check "a method with a certificate is one" out '[]'
run --config "$HOME/none.json" --json accounts
check "no configuration is an empty one" out '[]'

# Presets of the user's own: over the built-in ones; a broken one takes nothing else away.
mkdir -p "$XDG_CONFIG_HOME/oauthctl/providers"
printf '{"id":"mine","issuer":"https://login.example.net","scope":"openid","client_id":"public.example"}' \
	>"$XDG_CONFIG_HOME/oauthctl/providers/mine.json"
printf '{"id":"google","name":"Not Google","issuer":"https://login.example.com"}' \
	>"$XDG_CONFIG_HOME/oauthctl/providers/google.json"
printf '{"id":"broken","issuer":' >"$XDG_CONFIG_HOME/oauthctl/providers/broken.json"
run provider list
check "presets: the user's own" out_matches "^mine .* ready .*/providers/mine.json$"
check "presets: over the built-in one" out_matches '^google +Not Google'
check "presets: the others are there" out_matches '^gitlab '
check "presets: the broken one is warned about" err_has broken.json
run provider show broken
check_fails "presets: the broken one is not found" 3

start_issuer --alg RS256 --auto-approve ada
run --json provider discover "$ISSUER"
check "discover" out_matches "^\{\"version\":1,\"metadata\":\{.*\"issuer\":\"$ISSUER\""
run provider discover "$ISSUER"
check "discover: for people, on several lines" test "$(grep -c . <<<"$OUT")" -gt 10
run provider discover "$ISSUER/nothing"
check_fails "discover: no metadata there" 3
run provider discover http://127.0.0.1:1
check_fails "discover: nobody answers" 5
run provider discover http://login.example.org
check_fails "discover: not https" 2

# check: a preset beside what its issuer publishes. Nothing on stdout where a line fails.
preset() { printf '{"id":"mine","kind":"oidc","issuer":"%s","scope":"openid email","verified_on":"2026-11-21"%s}' "$ISSUER" "$1" >"$HOME/preset.json"; }
state() { json ".checks[] | select(.check == \"$1\") | .state"; }

preset ',"client_secret":"none"'
run --json provider check "$HOME/preset.json"
check "check: a preset that fits" status 0
check "check: no line fails" test "$(json '[.checks[] | select(.state == "fail")] | length')" = 0
check "check: the issuer" test "$(state issuer)" = ok
check "check: on this machine there is no TLS" test "$(state tls)" = warn
check "check: which the result says" json_is .result warn
check "check: PKCE" test "$(state pkce)" = ok
check "check: public clients are listed" test "$(state 'client authentication')" = ok
check "check: refreshing is listed" test "$(state 'refresh grant')" = ok
check "check: the scopes are known" test "$(state scopes)" = ok
run provider check "$HOME/preset.json"
check "check: for people, a line each" out_matches '^ok +pkce +S256$'
check "check: and the file" out_matches "^ok +preset +$HOME/preset.json, verified on 2026-11-21$"

preset ",\"scope\":\"openid\",\"token_endpoint\":\"$ISSUER/other\""
run provider check "$HOME/preset.json"
check_fails "check: a member twice" 7
preset ",\"token_endpoint\":\"$ISSUER/other\",\"revocation_endpoint\":\"$ISSUER/revoke\",\"token_endpoint_auth_method\":\"private_key_jwt\",\"login\":\"device\""
sed -i 's/openid email/openid nobody:knows/' "$HOME/preset.json"
run --json provider check "$HOME/preset.json"
check "check: what differs is no failure" status 0
check "check: another token endpoint" test "$(state token_endpoint)" = warn
check "check: the same revocation endpoint" test "$(state revocation_endpoint)" = ok
check "check: a method that is not listed" test "$(state 'client authentication')" = warn
check "check: a scope that nobody knows" test "$(state scopes)" = warn
check "check: is named" out_has 'nobody:knows'
check "check: the device grant is listed" test "$(state 'device grant')" = ok

preset ',"id_token_algs":["ES512"]'
run provider check "$HOME/preset.json"
check_fails "check: no algorithm in common" 7
check "check: the table goes to stderr" err_matches '^fail +ID tokens '
check "check: and the error says which" err_has '1 of '
run --json provider check "$HOME/preset.json"
check_fails "check: as JSON too" 7
check "check: no table then" test "$(grep -c . <<<"$ERR")" = 1

preset ',"discovery":"none","authorization_endpoint":"http://127.0.0.1:1/a","token_endpoint":"http://127.0.0.1:1/t","jwks_uri":"http://127.0.0.1:1/k"'
run --json provider check "$HOME/preset.json"
check "check: a preset without discovery is compared too" test "$(state authorization_endpoint)" = warn
check "check: with a warning" test "$(state metadata)" = warn
sed -i "s#$ISSUER#$ISSUER/nothing#" "$HOME/preset.json"
run --json provider check "$HOME/preset.json"
check "check: where nothing is published it is right" test "$(state metadata)" = ok
# Without an ID token, userinfo alone says who signed in.
sed -i 's/"kind":"oidc"/"kind":"oauth2"/' "$HOME/preset.json"
run provider check "$HOME/preset.json"
check_fails "check: nothing says who signed in" 7
check "check: and that is said" err_matches '^fail +userinfo_endpoint +neither published nor in the preset'
sed -i 's#"kind"#"userinfo_endpoint":"http://127.0.0.1:1/u","kind"#' "$HOME/preset.json"
run provider check "$HOME/preset.json"
check "check: but userinfo does" status 0

run --json provider check "$ISSUER"
check "check: a bare issuer" status 0
check "check: has no preset" json_is .provider null
printf '{"id":"mine","isuser":"x"}' >"$HOME/preset.json"
run provider check "$HOME/preset.json"
check_fails "check: a broken preset" 7
check "check: its member is named" err_has '"isuser"'
printf '{"id":"mine","issuer":' >"$HOME/preset.json"
run provider check "$HOME/preset.json"
check_fails "check: no JSON" 7
run provider check ./nowhere.json
check_fails "check: no such file" 3
run provider check "$ISSUER/nothing"
check_fails "check: no metadata there" 3
run provider check http://127.0.0.1:1
check_fails "check: nobody answers" 5
run provider check keycloak
check_fails "check: a template wants its tenant" 2
run provider check keycloak --tenant a/b
check_fails "check: and a sound one" 2

# A plain OAuth provider whose userinfo is a call, and whose users have a member of their own.
printf '{"id":"calls","kind":"oauth2","issuer":"%s","scope":"openid profile","subject_claim":"preferred_username","userinfo_method":"post_null"}' \
	"$ISSUER" >"$XDG_CONFIG_HOME/oauthctl/providers/calls.json"
run --json login calls --client-id demo --browser 'curl -sSL -o /dev/null'
check "login: by a call for userinfo" status 0
subject=$(json .subject)
run --json userinfo --account calls
check "login: the member of the preset names the user" test "$(json .claims.preferred_username)" = "$subject"
check "login: and not sub" test "$(json .claims.sub)" != "$subject"
check "login: userinfo was a POST" grep -q 'POST /userinfo' "$ISSUER_LOG"
finish
