#!/usr/bin/env bash
# provider set and what is encrypted for the client: made, registered, opened, and never taken in the open again.
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"

start_issuer --auto-approve ada --client-jwks "app:$BASE/app.jwks" --sign-answers --alg ES256 --access-ttl 300
all=(--id-token-encrypted-response-alg ECDH-ES --id-token-encrypted-response-enc A256GCM
	--userinfo-encrypted-response-alg ECDH-ES --userinfo-encrypted-response-enc A256GCM
	--introspection-encrypted-response-alg ECDH-ES --introspection-encrypted-response-enc A256GCM)
set_client() { run provider set "$ISSUER" --client-id app "$@"; }
in_the_open() { mv "$BASE/app.jwks" "$BASE/kept.jwks"; } # the issuer knows of no key any more

set_client --generate-decryption-key "${all[@]}"
check "set: it is said what is kept" err_has 'kept in the token store: decryption key'
check "set: the public key" json_is '.keys[0].use' enc
check "set: and nothing more" json_is '.keys[0].d' null
cp "$BASE/out" "$BASE/app.jwks"
login_by_script "$ISSUER" --client-id app
check "login" status 0
run --json userinfo
check "userinfo" json_is .claims.email ada@example.org
run --json introspect
check "introspect" json_is .claims.active true
run token --refresh
check "refresh" status 0

# What comes in the open is refused now, whoever sends it.
in_the_open
run userinfo
check_fails "userinfo in the open" 7
check "userinfo in the open: says so" err_has 'is not encrypted, though that was agreed'
run introspect
check_fails "introspection in the open" 7
run token --refresh
check_fails "a refresh in the open" 7
mv "$BASE/kept.jwks" "$BASE/app.jwks"

# Two keys in one command are one set; each set takes the place of the last.
new_home
set_client --token-endpoint-auth-method none --generate-client-key --generate-decryption-key --id-token-encrypted-response-alg ECDH-ES
check "two keys" json_is '[.keys[].use]|join(" ")' 'sig enc'
set_client --generate-decryption-key "${all[@]}"
cp "$BASE/out" "$BASE/app.jwks"
login_by_script "$ISSUER" --client-id app
check "the last one counts" status 0

# From a file, and only what fits.
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$HOME/ec.pem" 2>/dev/null
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$HOME/rsa.pem" 2>/dev/null
openssl genpkey -algorithm ED25519 -out "$HOME/ed.pem" 2>/dev/null
run --json provider set "$ISSUER" --client-id app --decryption-key-file "$HOME/ec.pem" "${all[@]}"
check "a key in PEM" json_is '.client_jwks.keys[0].kty' EC
jq -c .client_jwks "$BASE/out" >"$BASE/app.jwks"
login_by_script "$ISSUER" --client-id app
check "opens" status 0
set_client --decryption-key-file "$HOME/rsa.pem" --id-token-encrypted-response-alg RSA-OAEP-256
check "RSA" json_is '.keys[0].kty' RSA
wrong() { # NAME WORDS OPTION...
	local name=$1 words=$2
	set_client "${@:3}"
	check_fails "$name" 2
	check "$name: says so" err_has "$words"
}
wrong "RSA for ECDH-ES" 'does not fit' --decryption-key-file "$HOME/rsa.pem" --id-token-encrypted-response-alg ECDH-ES
wrong "a key that only signs" 'RSA (2048 bits or more), P-256' --decryption-key-file "$HOME/ed.pem" --id-token-encrypted-response-alg ECDH-ES
wrong "RSA1_5" 'is RSA-OAEP' --decryption-key-file "$HOME/rsa.pem" --id-token-encrypted-response-alg RSA1_5
wrong "an unknown enc" 'is A128CBC-HS256' --generate-decryption-key --id-token-encrypted-response-alg ECDH-ES --id-token-encrypted-response-enc none
wrong "an enc alone" 'says nothing without' --generate-decryption-key --userinfo-encrypted-response-enc A256GCM
wrong "no key" 'needs a key' --id-token-encrypted-response-alg ECDH-ES
wrong "a key for nothing" 'say what' --generate-decryption-key
wrong "two keys for one" 'leave' --generate-decryption-key --decryption-key-file "$HOME/ec.pem" --id-token-encrypted-response-alg ECDH-ES

# Gone with the client.
run provider remove "$ISSUER"
check "removed" status 0
login_by_script "$ISSUER" --client-id app
check_fails "and nothing opens it" 7
check "it is said that it is encrypted" err_has 'is encrypted (JWE), which was not agreed'
finish
