#!/usr/bin/env bash
# Certificates: only what the named CA signed, and only for the name that was asked for.
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"
need_node_modules

ca=$BASE/ca
"$SRC/tests/interop/mkca.sh" "$ca" || exit 1
export NODE_EXTRA_CA_CERTS=$ca/ca.pem
TLS_CERT=$ca/server.pem TLS_KEY=$ca/server.key start_op

login_by_script "$OP" --client-id native
check_nothing_stored "an unknown CA" 5
login_by_script "$OP" --client-id native --ca-file "$ca/stranger.pem"
check_nothing_stored "another CA" 5
check "the refusal speaks of the certificate" err_matches '[Cc]ertificate|TLS'
login_by_script "$OP" --client-id native --ca-file "$HOME/missing.pem"
check "a CA file that is not there: not 0" test "$STATUS" -ne 0
check "a CA file that is not there: nothing is stored" test "$(account_count)" = 0
login_by_script "$OP" --client-id native --ca-file "$ca/ca.pem"
check "the right CA" out '127.0.0.1:ada@example.test'
export SSL_CERT_FILE=$ca/ca.pem
run token --refresh
check "SSL_CERT_FILE serves a refresh" status 0
export SSL_CERT_FILE=$ca/stranger.pem
run token --refresh
check_fails "a refresh at a server that is not trusted" 5
export SSL_CERT_FILE=$ca/ca.pem
run token --refresh
check "and the account outlives it" status 0
stop_peer "$OP_PID"

new_home
export SSL_CERT_FILE=$ca/ca.pem
TLS_CERT=$ca/other.pem TLS_KEY=$ca/other.key start_op
login_by_script "$OP" --client-id native
check_nothing_stored "a certificate for another name" 5

# What userinfo says to the bare token: the HTTP status.
ask_me() {
	curl -sS -m 20 -o "$BASE/me" -w '%{http_code}' --cacert "$ca/ca.pem" -H "$header" "$@" "$mtls_me"
}

# @spec RFC 8705 section 2.1, 3, 5: a client that shows a certificate
new_home
export SSL_CERT_FILE=$ca/ca.pem
CLIENT_CA=$ca/ca.pem TLS_CERT=$ca/server.pem TLS_KEY=$ca/server.key start_op
login_by_script "$OP" --client-id mtls
check_nothing_stored "tls_client_auth without a certificate" 6
run provider set "$OP" --client-id mtls --client-certificate-file "$ca/imposter.pem"
login_by_script "$OP" --client-id mtls
check_nothing_stored "a certificate of another authority" 6
run provider set "$OP" --client-id mtls --client-certificate-file "$ca/client.pem"
login_by_script "$OP" --client-id mtls
check "the right certificate" out '127.0.0.1:ada@example.test'
run token --refresh
check "serves a refresh too" status 0
run userinfo
check "the token is taken at userinfo, from whoever shows the certificate" out_has ada@example.test
mtls_me=$(curl -sS -m 20 --cacert "$ca/ca.pem" "$OP/.well-known/openid-configuration" | jq -r .mtls_endpoint_aliases.userinfo_endpoint)
header=$("$BIN/oauthctl" header)
check "and from nobody else" test "$(ask_me)" = 401
check "but as that client" test "$(ask_me --cert "$ca/client.pem")" = 200
run logout
check "and the revocation at logout" err_lacks 'not revoked'

# @spec RFC 8705 section 3: where the ID token has no e-mail address, the login itself asks
login_by_script "$OP" --client-id mtls --scope openid
check "userinfo at the login" status 0
check "is shown the certificate" err_lacks 'of no use'

# @spec draft-ietf-oauth-client-id-metadata-document section 3, 4: the provider fetches who the client is
new_home
export SSL_CERT_FILE=$ca/ca.pem
mkdir "$HOME/documents"
CLIENT_DOCUMENTS=$HOME/documents TLS_CERT=$ca/server.pem TLS_KEY=$ca/server.key start_op
id=$(sed -n 's/^documents //p' "$BASE/op.out")/oauth.json
run client metadata --client-id "$id" --name App
printf '%s\n' "$OUT" >"$HOME/documents/oauth.json"
login_by_script "$OP" --client-id "${id%/*}/missing.json" --timeout 5s
check_nothing_stored "a client id with no document" 9
login_by_script "$OP" --client-id "$id"
check "a client id that is a URL" out '127.0.0.1:ada@example.test'
run accounts --json
check "is the account's" json_is '.[0].client_id' "$id"
run token --refresh
check "serves a refresh too" status 0
run logout
id=${id%/*}/keyed.json
run provider set "$OP" --client-id "$id" --generate-client-key
printf '%s\n' "$OUT" >"$HOME/documents/jwks.json"
run client metadata --client-id "$id" --jwks "$HOME/documents/jwks.json"
printf '%s\n' "$OUT" >"$HOME/documents/keyed.json"
login_by_script "$OP" --client-id "$id"
check "one with a key" out '127.0.0.1:ada@example.test'
run token --refresh
check "signs at a refresh too" status 0
run provider set "$OP" --client-id "$id" --generate-client-key
run token --refresh
check_fails "with another key than it publishes: a refresh" 6
login_by_script "$OP" --client-id "$id" --account other
check_fails "and a login" 6
id=${id%/*}/elsewhere.json
run provider set "$OP" --client-id "$id" --generate-client-key
printf '%s\n' "$OUT" >"$HOME/documents/jwks.json"
run client metadata --client-id "$id" --jwks "${id%/*}/jwks.json"
printf '%s\n' "$OUT" >"$HOME/documents/elsewhere.json"
login_by_script "$OP" --client-id "$id" --account elsewhere
check "one whose keys lie elsewhere" out elsewhere
stop_peer "$OP_PID"

# @spec RFC 6749 section 3.1.2.1: plain http is for loopback only
login_by_script http://issuer.example --client-id native
check "http to a host that is not loopback is refused" test "$STATUS" -ne 0
check "without asking it" err_lacks 'resolve'
finish
