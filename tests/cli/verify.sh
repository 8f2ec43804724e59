#!/usr/bin/env bash
# verify: which tokens a resource server lets in, and why it refuses the others. The token is never shown.
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"

api=https://api.example.org/v1
jwt=$BASE/jwt
verify() {
	timeout -k 5 60 "$BIN/oauthctl" verify "$@" <"$jwt" >"$BASE/out" 2>"$BASE/err"
	STATUS=$? OUT=$(cat "$BASE/out") ERR=$(cat "$BASE/err")
}
refused() { # NAME REASON OPTION...
	local name=$1 reason=$2
	shift 2
	verify "$@"
	check_fails "$name" 7
	check "$name: says why" err_has "$reason"
	check "$name: in our words" err_lacks 'The provider said'
	check "$name: the token is not shown" err_lacks "$(cut -d. -f2 "$jwt")"
}

# @spec RFC 9068 section 4: what another hand issues, its keys fetched.
start_issuer --auto-approve ada --client 'api-server:api-server-secret' --resource-server api-server
run login "$ISSUER" --client-id demo --browser 'curl -sSL -o /dev/null' --account ada \
	--scope 'openid offline_access api.read api.write'
run token --resource "$api" --scope api.read
check "a token for the resource" status 0
cp "$BASE/out" "$jwt"
ours=(--issuer "$ISSUER" --audience "$api")
verify "${ours[@]}"
check "it is let in" status 0
check "its claims, one a line" out_matches '^client_id: demo$'
check "times are for people too" out_matches '^exp: [0-9]+ \([0-9]{4}-'
verify --json "${ours[@]}" --audience urn:other --scope api.read --client-id other --client-id demo
check "as JSON" json_is '[.version, .claims.iss, .claims.scope] | join(" ")' "1 $ISSUER api.read"
verify -v "${ours[@]}"
check "-v shows no token" err_lacks "$(cut -d. -f3 "$jwt")"
verify "${ours[@]}" --jwks "$ISSUER/jwks"
check "the keys at a URL" status 0
curl -sS "$ISSUER/jwks" >"$BASE/jwks"
verify "${ours[@]}" --jwks "$BASE/jwks"
check "the keys in a file" status 0

refused "for another server" 'not meant for this resource server' --issuer "$ISSUER" --audience https://other.example.org/
refused "a scope that is not granted" 'does not grant the scope "api.write"' "${ours[@]}" --scope 'api.read api.write'
refused "a client that is not accepted" 'not accepted' "${ours[@]}" --client-id other
refused "no plain JWT" 'typ' "${ours[@]}" --type jwt
refused "another issuer's" 'issuer' --issuer https://op.example.org --audience "$api" --jwks "$BASE/jwks"
verify --json "${ours[@]}" --scope admin
check "as JSON: no provider spoke" test "$(tail -1 "$BASE/err" | jq -r '.error | [.oauth_error, .exit] | @csv')" = ',7'
sed 's/.\{9\}$/AAAAAAAAA/' "$jwt" >"$BASE/forged"
cp "$jwt" "$BASE/good"
cp "$BASE/forged" "$jwt"
refused "a forged signature" 'signature' "${ours[@]}"
run token
cp "$BASE/out" "$jwt"
refused "an opaque token" 'access token' "${ours[@]}"

# @spec RFC 7662: the issuer is asked, by the server that was shown the token.
asked=(--issuer "$ISSUER" --introspect-as api-server)
verify "${asked[@]}"
check_fails "asked by nobody known" 6
check "says what" err_has invalid_client
check "says how the server proves itself" err_has "oauthctl provider set $ISSUER --client-id ID --client-secret-file FILE"
printf '%s\n' api-server-secret >"$HOME/server-secret"
run provider set "$ISSUER" --client-id api-server --client-secret-file "$HOME/server-secret"
verify "${asked[@]}" --scope openid --client-id demo
check "an opaque token: its issuer is asked" status 0
check "what it says" out_matches '^active: yes$|^active: true$'
check "without the token" out_lacks "$(cat "$jwt")"
refused "a scope that its issuer did not grant" 'does not grant the scope "admin"' "${asked[@]}" --scope admin
refused "of a client that is not accepted, as its issuer says" 'not accepted' "${asked[@]}" --client-id other
refused "meant for nobody, where this server is named" 'not meant for this resource server' "${asked[@]}" --audience "$api"
sed 's/.$/_/' "$jwt" >"$BASE/forged"
cp "$BASE/forged" "$jwt"
refused "an opaque token that is none of the issuer's" 'not active' "${asked[@]}"
cp "$BASE/good" "$jwt"
verify "${asked[@]}" --audience "$api" --scope api.read
check "a JWT: its issuer is asked" status 0
check "for whom it is" out_has "${api}"
refused "a JWT for another server, as its issuer says" 'not meant for this resource server' "${asked[@]}" --audience https://other.example.org/
verify "${asked[@]}" --jwks "$ISSUER/jwks"
check_fails "by its issuer or by keys" 2
run provider set "$ISSUER" --client-id api-server --client-secret-file "$HOME/server-secret" --token-endpoint-auth-method client_secret_post
verify "${asked[@]}" --audience "$api"
check "by the method that was set" status 0
run provider set "$ISSUER" --client-id api-server --client-secret-file "$HOME/server-secret" --token-endpoint-auth-method none
verify "${asked[@]}" --audience "$api"
check_fails "which is told on" 6
OAUTHCTL_STORE=keyring DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent verify "${asked[@]}" --audience "$api"
check_fails "without a keyring" 8
check "without a keyring: what to do" err_has 'encrypted files: see oauthctl help headless'
verify "${asked[@]}" --type jwt
check_fails "by its issuer or as a JWT" 2
issuer_pid=$ISSUER_PID first_issuer=$ISSUER
start_issuer --auto-approve ada --client 'api-server:api-server-secret' --sign-answers
run provider set "$ISSUER" --client-id api-server --client-secret-file "$HOME/server-secret"
refused "an issuer that tells this server nothing, and signs it" 'not active' --issuer "$ISSUER" --introspect-as api-server
stop_peer "$ISSUER_PID"
ISSUER_PID=$issuer_pid ISSUER=$first_issuer

# @spec OpenID Connect Core section 3.1.3.7: an ID token that another component got, as an app hands it in.
b64url() { base64 -w0 | tr '+/' '-_' | tr -d =; }
id_token() { # CLIENT [NONCE]
	local verifier challenge code url
	verifier=$(head -c 32 /dev/urandom | b64url)
	challenge=$(printf %s "$verifier" | openssl dgst -sha256 -binary | b64url)
	url="$ISSUER/authorize?response_type=code&client_id=$1&redirect_uri=http://127.0.0.1:1/&scope=openid%20email&state=s"
	code=$(curl -sS -m 20 -o /dev/null -w '%{redirect_url}' "$url&code_challenge=$challenge&code_challenge_method=S256${2:+&nonce=$2}" |
		sed 's/.*[?&]code=\([^&]*\).*/\1/')
	curl -sS -m 20 -d "grant_type=authorization_code&client_id=$1&redirect_uri=http://127.0.0.1:1/&code=$code&code_verifier=$verifier" \
		"$ISSUER/token" | jq -r .id_token >"$jwt"
}
id=(--type id --issuer "$ISSUER" --audience web)
id_token web n-1
verify "${id[@]}" --nonce n-1
check "an ID token" status 0
check "its claims" out_matches '^email: ada@example.org$'
verify --json "${id[@]}" --nonce n-1
check "as JSON" json_is '.claims.aud' web
check "nobody is signed in by it" test "$(account_count)" = 1
refused "another nonce" 'nonce' "${id[@]}" --nonce n-2
refused "a nonce that nobody gave" 'nonce' "${id[@]}"
refused "of another client" 'audience' "${id[@]:0:4}" --audience other --nonce n-1
refused "no access token" 'typ' "${ours[@]}"
id_token phone
verify "${id[@]}" --audience phone
check "by a further client id" status 0
refused "by none of ours" 'audience' "${id[@]}"
refused "for which a nonce was given" 'nonce' "${id[@]}" --audience phone --nonce n-1
sed 's/.\{9\}$/AAAAAAAAA/' "$jwt" >"$BASE/forged"
cp "$BASE/forged" "$jwt"
refused "a forged ID token" 'signature' "${id[@]}" --audience phone
cp "$BASE/good" "$jwt"
refused "an access token for an ID token" 'typ' "${id[@]}"

# Whose keys are given is asked nothing.
openssl genrsa -out "$BASE/rsa.pem" 2048 2>/dev/null
modulus=$(openssl rsa -in "$BASE/rsa.pem" -noout -modulus | cut -d= -f2 | xxd -r -p | b64url)
printf '{"keys":[{"kty":"RSA","use":"sig","kid":"own","n":"%s","e":"AQAB"}]}' "$modulus" >"$BASE/own.jwks"
mint() { # TYP CLAIMS
	local input
	input=$(printf '{"alg":"RS256","kid":"own","typ":"%s"}' "$1" | b64url).$(printf %s "$2" | b64url)
	printf '%s.%s\r\n' "$input" "$(printf %s "$input" | openssl dgst -sha256 -sign "$BASE/rsa.pem" | b64url)" >"$jwt"
}
now=$(date +%s)
own=(--issuer https://op.invalid --audience "$api" --jwks "$BASE/own.jwks")
claims() { # EXP [MORE]
	printf '{"iss":"https://op.invalid","aud":"%s","sub":"ada","client_id":"c","jti":"1","iat":%d,"exp":%d%s}' \
		"$api" $((now - 400)) "$1" "${2:-}"
}
mint at+jwt "$(claims $((now + 300)))"
verify "${own[@]}"
check "own keys, no network" status 0
mint JWT "$(claims $((now + 300)))"
verify "${own[@]}" --type jwt
check "a plain JWT" status 0
refused "which is none of RFC 9068" 'typ' "${own[@]}"
check "and how it is asked for" err_has 'see --type jwt'
mint at+jwt "$(claims $((now - 100)))"
refused "expired" 'expired' "${own[@]}"
mint at+jwt "$(claims $((now + 300)) ',"cnf":{"jkt":"0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}')"
refused "bound to a key" 'DPoP' "${own[@]}"
mint at+jwt "$(claims $((now + 300)))"
refused "signed by nobody known" 'given key set' "${own[@]:0:4}" --jwks "$BASE/jwks"
check "and which keys those are" err_has "$BASE/jwks"

# @spec RFC 8725 sections 2.1 and 3.1: what an attacker writes into the header.
forge() { # HEADER SIGN...: the claims are right, SIGN writes the signature
	local input
	input=$(printf %s "$1" | b64url).$(claims $((now + 300)) | b64url)
	shift
	printf '%s.%s\n' "$input" "$(printf %s "$input" | "$@" | b64url)" >"$jwt"
}
forge '{"alg":"none","typ":"at+jwt"}' echo x
refused "no algorithm" 'no signature algorithm' "${own[@]}"
openssl rsa -in "$BASE/rsa.pem" -pubout -out "$BASE/rsa.pub" 2>/dev/null
forge '{"alg":"HS256","typ":"at+jwt","kid":"own"}' openssl dgst -sha256 -hmac "$(cat "$BASE/rsa.pub")" -binary
refused "the public key as a secret" 'HS256' "${own[@]}"
openssl genrsa -out "$BASE/evil.pem" 2048 2>/dev/null
evil=$(openssl rsa -in "$BASE/evil.pem" -noout -modulus | cut -d= -f2 | xxd -r -p | b64url)
forge '{"alg":"RS256","typ":"at+jwt","kid":"own","jwk":{"kty":"RSA","n":"'"$evil"'","e":"AQAB"}}' \
	openssl dgst -sha256 -sign "$BASE/evil.pem"
refused "a key that it brings along" 'signature' "${own[@]}"
forge '{"alg":"RS256","typ":"at+jwt","kid":"own","jku":"'"$ISSUER"'/jwks-of-mine"}' openssl dgst -sha256 -sign "$BASE/evil.pem"
refused "an address of keys that it brings along" 'signature' "${own[@]}"
check "which nobody asks" test "$(issuer_count 'GET /jwks-of-mine')" = 0
forge '{"alg":"RS256","typ":"at+jwt","kid":"own","crit":["exp"]}' openssl dgst -sha256 -sign "$BASE/rsa.pem"
refused "what must be understood and is not" 'crit' "${own[@]}"
printf '%s\n' 'eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.AA.AA.AA.AA' >"$jwt"
verify "${own[@]}"
check_fails "encrypted" 7
check "encrypted: says so" err_has 'is encrypted (JWE), which was not agreed'

mint at+jwt "$(claims $((now + 300)) ",\"x\":\"$(head -c 70000 /dev/zero | tr '\0' a)\"")"
verify "${own[@]}"
check_fails "too long" 7
check "too long: says so" err_has 'longer than'
mint at+jwt "$(claims $((now + 300)))"

# What is not the token's fault is another exit status.
verify --audience "$api"
check_fails "no issuer" 2
verify --issuer "$ISSUER"
check_fails "no audience" 2
verify "${own[@]}" --type other
check_fails "an unknown type" 2
verify "${own[@]}" --type id
check_fails "an ID token by given keys" 2
verify "${own[@]:0:4}" --type id --scope read
check_fails "an ID token that grants something" 2
verify "${own[@]}" --nonce n-1
check_fails "a nonce of an access token" 2
verify "${own[@]:0:4}" --jwks -
check_fails "keys on standard input" 2
verify "${own[@]:0:4}" --jwks "$BASE/nowhere"
check_fails "no such file" 3
verify "${own[@]:0:4}" --jwks "$BASE/rsa.pem"
check_fails "a file that is no key set" 2
verify "${own[@]:0:4}" --jwks http://op.invalid/jwks
check_fails "keys in the open" 2
verify "${own[@]}" token
check_fails "a token on the command line" 2
cat "$jwt" "$BASE/good" >"$BASE/two"
cp "$BASE/two" "$jwt"
verify "${own[@]}"
check_fails "two tokens" 2
printf 'a.b.c\0d' >"$jwt"
verify "${own[@]}"
check_fails "a NUL" 2
: >"$jwt"
verify "${own[@]}"
check_fails "nothing" 2
cp "$BASE/good" "$jwt"
stop_peer "$ISSUER_PID"
new_home
verify "${ours[@]}"
check_fails "the issuer is down" 5
finish
