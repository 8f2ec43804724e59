#!/usr/bin/env bash
# What stands in the memory of oauthctl at its very end, after a login and after a refresh: of each secret that went over the wire
# (the issuer notes it), of the client's own and of its key, every piece of 16 characters is looked for. What may be found is the
# few things below, which .github/SECURITY.md names.
: "${SRC:?}" "${BIN:?}" "${EXITDUMP:?}"
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"
secret=hush-Nf83kd02ms-hush-Zq71
printf %s "$secret" >"$BASE/client-secret"

# pieces VALUE: all of 16 characters of what is secret in it; of a JWT the signature alone, for its claims are printed and cached.
pieces() {
	local value=${1##*.} n
	for ((n = 0; n + 16 <= ${#value}; n++)); do printf '%s\n' "${value:n:16}"; done
}
# What went over the wire since line $1: KIND VALUE, one a line.
wired() {
	tail -n "+$(($1 + 1))" "$BASE/wire" >"$BASE/wired"
	sed -nE 's/^form (code|code_verifier|refresh_token|client_assertion) (.+)/sent_\1 \2/p; s/^authorization Basic (.+)/basic \1/p' "$BASE/wired"
	sed -n 's/^reply //p' "$BASE/wired" |
		jq -r 'to_entries[] | select(.key | IN("access_token", "refresh_token", "id_token")) | "\(.key) \(.value)"'
}
dump_of() { # DIRECTORY COMMAND...
	mkdir "$1"
	run_program "$EXITDUMP" "$@"
}
lies_there() { # DIRECTORY VALUE
	pieces "$2" >"$BASE/pieces"
	grep -rqaFf "$BASE/pieces" "$1"
}
# The number of a private key, of which half is enough, as bytes from either end. HEX: its 64 digits.
number_lies_there() { # DIRECTORY HEX
	local ahead='' back='' n
	for ((n = 0; n < 32; n += 2)); do
		ahead+="\\x${2:n:2}"
		back="\\x${2:n:2}$back"
	done
	LC_ALL=C grep -rqaP "$ahead|$back" "$1"
}
KEY=
# Set: the stack is not looked at. The dynamic linker saves the processor's registers there, and with them what was copied last.
BUT_STACK=
# ends_with NAME COMMAND...: runs it and sets FOUND to the kinds of secrets that lie in its memory at the end, MET to those that
# there were.
ends_with() {
	local name=$1 before kind value
	shift
	before=$(wc -l <"$BASE/wire")
	dump_of "$BASE/$name" "$BIN/oauthctl" "$@"
	if [ -n "$BUT_STACK" ]; then rm -f "$BASE/$name"/*'[stack]'; fi
	{
		wired "$before"
		cat "$BASE/own"
	} | sort -u >"$BASE/secrets"
	MET=$(cut -d' ' -f1 "$BASE/secrets" | sort -u | xargs)
	FOUND=$(while read -r kind value; do
		if lies_there "$BASE/$name" "$value"; then printf '%s\n' "$kind"; fi
	done <"$BASE/secrets" | sort -u | xargs)
	if [ -n "$KEY" ] && number_lies_there "$BASE/$name" "$KEY"; then FOUND+=" client_key"; fi
	check "$name" status 0
	check "$name: its memory was seen" test "$(du -sk "$BASE/$name" | cut -f1)" -gt 200
	printf '  met: %s; found: %s\n' "$MET" "$FOUND"
	rm -rf "${BASE:?}/$name"
}
# only KIND...: nothing else was found.
only() { [ -z "$(comm -23 <(tr ' ' '\n' <<<"$FOUND" | sort -u) <({ printf '%s\n' "$@" ''; } | sort -u))" ]; }
met_all() { [ -z "$(comm -13 <(tr ' ' '\n' <<<"$MET" | sort -u) <(printf '%s\n' "$@" | sort -u))" ]; }

# libcurl keeps requests as they were sent, where the memory has not been used again.
sent=(basic client_secret sent_code sent_code_verifier sent_refresh_token sent_client_assertion)

start_issuer --client "confidential:$secret" --auto-approve ada --access-ttl 300 --wire "$BASE/wire"
printf 'client_secret %s\n' "$secret" >"$BASE/own"
ends_with login login "$ISSUER" --client-id confidential --client-secret-file "$BASE/client-secret" --browser 'curl -sSLo /dev/null'
check "login: every kind of secret was there" met_all access_token basic client_secret id_token refresh_token sent_code sent_code_verifier
check "login: no token and no more than requests is left" only "${sent[@]}"
ends_with refresh token --refresh
check "refresh: every kind of secret was there" met_all access_token basic client_secret id_token refresh_token sent_refresh_token
check "refresh: no token and no more than requests is left" only "${sent[@]}"
# The environment of a program is in its memory: were nothing looked at, this would not be found either.
dump_of "$BASE/control" "$(command -v env)" "HUSH=$secret" "$(command -v true)"
check "what does lie there is found" lies_there "$BASE/control" "$secret"
stop_peer "$ISSUER_PID"

# A key: its PEM, its number as text, and as bytes in either order. The issuer takes any client assertion.
new_home
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$BASE/key.pem" 2>/dev/null
hex=$(openssl pkey -in "$BASE/key.pem" -noout -text | sed -n '/^priv:/,/^pub:/p' | tr -cd '0-9a-f\n:' | grep '^[0-9a-f][0-9a-f]:' | tr -d ':\n')
hex=${hex: -64}
{
	sed -n 's/^[A-Za-z0-9+\/=]\{24,\}$/client_key &/p' "$BASE/key.pem" | head -2
	printf 'client_key %s\n' "$(xxd -r -p <<<"$hex" | base64 -w0 | tr '+/' '-_' | tr -d =)"
} >"$BASE/own"
check "the key is known in three texts" test "$(wc -l <"$BASE/own")" = 3
start_issuer --auto-approve ada --access-ttl 300 --wire "$BASE/wire"
run provider set "$ISSUER" --client-id demo --client-key-file "$BASE/key.pem" --token-endpoint-auth-method private_key_jwt
check "a client with a key" status 0
mkdir "$BASE/number"
xxd -r -p <<<"$hex" >"$BASE/number/ahead"
check "its number is found as bytes" number_lies_there "$BASE/number" "$hex"
KEY=$hex
ends_with key_login login "$ISSUER" --client-id demo --browser 'curl -sSLo /dev/null'
check "private_key_jwt: every kind of secret was there" met_all access_token client_key id_token refresh_token sent_client_assertion sent_code
check "private_key_jwt: neither key nor token is left" only "${sent[@]}"
stop_peer "$ISSUER_PID"

# The same key, to decrypt with: what it opened is no longer there either.
new_home
start_issuer --auto-approve ada --access-ttl 300 --wire "$BASE/wire" --client-jwks "app:$BASE/app.jwks"
run provider set "$ISSUER" --client-id app --decryption-key-file "$BASE/key.pem" \
	--id-token-encrypted-response-alg ECDH-ES --id-token-encrypted-response-enc A256GCM
check "a client that decrypts" status 0
cp "$BASE/out" "$BASE/app.jwks"
ends_with decrypting_login login "$ISSUER" --client-id app --browser 'curl -sSLo /dev/null'
check "decryption: every kind of secret was there" met_all access_token client_key id_token refresh_token sent_code
check "decryption: neither key nor token is left" only "${sent[@]}"
stop_peer "$ISSUER_PID"
KEY=

# A key when it is read: OpenSSL's PEM reader frees its bytes as they are, so it is only as text that nothing may remain. Of an RSA
# key what comes first in the file is public.
new_home
BUT_STACK=1
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$BASE/rsa.pem" 2>/dev/null
sed -n 's/^[A-Za-z0-9+\/=]\{24,\}$/pem &/p' "$BASE/rsa.pem" | tail -n +8 >"$BASE/own"
check "an RSA key is known by its text" test "$(wc -l <"$BASE/own")" -ge 15
ends_with rsa_read provider set https://login.example.org --client-id demo --client-key-file "$BASE/rsa.pem"
check "an RSA key that was read: no text of it is left" only

# A certificate with its key, shown to a provider: libcurl keeps the certificate, and of the key nothing that could be read as text.
if [ -d "$SRC/tests/interop/node_modules/oidc-provider" ]; then
	new_home
	"$SRC/tests/interop/mkca.sh" "$BASE/ca" || exit 1
	export NODE_EXTRA_CA_CERTS=$BASE/ca/ca.pem SSL_CERT_FILE=$BASE/ca/ca.pem
	CLIENT_CA=$BASE/ca/ca.pem TLS_CERT=$BASE/ca/server.pem TLS_KEY=$BASE/ca/server.key start_op
	# The number of a P-256 key ends in the second line of its PEM, where the public half begins, which the certificate has too.
	sed -n '/PRIVATE KEY/,/PRIVATE KEY/s/^[A-Za-z0-9+\/=]\{24,\}$/pem &/p' "$BASE/ca/client.pem" | sed -n '2s/^\(.\{30\}\).*/\1/p' >"$BASE/own"
	sed -n '/CERTIFICATE/,/CERTIFICATE/s/^[A-Za-z0-9+\/=]\{24,\}$/certificate &/p' "$BASE/ca/client.pem" >>"$BASE/own"
	ends_with certificate_read provider set "$OP" --client-id mtls --client-certificate-file "$BASE/ca/client.pem"
	check "a certificate that was read: no text of its key is left" only certificate
	BUT_STACK=
	ends_with certificate_login login "$OP" --client-id mtls --browser "$(node_bin) $SRC/tests/interop/login.mjs"
	check "a certificate that was shown is there, so its key would be found" met_all certificate pem
	check "a certificate that was shown: no text of its key is left" only certificate
	ends_with certificate_refresh token --refresh
	check "a certificate at a refresh: no text of its key is left" only certificate
	stop_peer "$OP_PID"
else
	skip "a client's certificate: the npm packages are missing: ./dev setup"
fi
finish
