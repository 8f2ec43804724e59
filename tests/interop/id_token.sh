#!/usr/bin/env bash
# An ID token that an app got from oidc-provider by itself, handed in: who has it may be let in if all of it fits.
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"
need_node_modules

jwt=$BASE/jwt
b64url() { base64 -w0 | tr '+/' '-_' | tr -d =; }
# The app signs its user in without oauthctl, with PKCE of its own.
id_token() { # CLIENT [NONCE]
	local verifier challenge code url
	verifier=$(head -c 32 /dev/urandom | b64url)
	challenge=$(printf %s "$verifier" | openssl dgst -sha256 -binary | b64url)
	url="$OP/auth?response_type=code&client_id=$1&redirect_uri=http%3A%2F%2F127.0.0.1%2Fcallback&scope=openid%20email&state=s"
	code=$(LOGIN_STOP=1 "$(node_bin)" "$SRC/tests/interop/login.mjs" "$url&code_challenge=$challenge&code_challenge_method=S256${2:+&nonce=$2}" |
		sed 's/.*[?&]code=\([^&]*\).*/\1/')
	curl -sS -m 20 -d "grant_type=authorization_code&client_id=$1&redirect_uri=http%3A%2F%2F127.0.0.1%2Fcallback" \
		--data-urlencode "code=$code" -d "code_verifier=$verifier" "$OP/token" | jq -r .id_token >"$jwt"
}
verify() {
	timeout -k 5 60 "$BIN/oauthctl" verify --type id --json "$@" <"$jwt" >"$BASE/out" 2>"$BASE/err"
	STATUS=$? OUT=$(cat "$BASE/out") ERR=$(cat "$BASE/err")
}

# @spec OpenID Connect Core section 3.1.3.7
start_op
for client in native es256 ps256 eddsa; do
	id_token "$client" "nonce-of-$client"
	verify --issuer "$OP" --audience "$client" --nonce "nonce-of-$client"
	check "$client" status 0
	check "$client: who it is" json_is .claims.sub ada
	check "$client: nothing is stored" test "$(account_count)" = 0
done
verify --issuer "$OP" --audience web --audience eddsa --nonce nonce-of-eddsa
check "one of several clients" status 0
verify --issuer "$OP" --audience eddsa --nonce nonce-of-native
check_fails "another nonce" 7
check "another nonce: says so" err_has nonce
verify --issuer "$OP" --audience eddsa
check_fails "a nonce that nobody gave" 7
verify --issuer "$OP" --audience native --nonce nonce-of-eddsa
check_fails "another client" 7
check "another client: says so" err_has audience
id_token native
verify --issuer "$OP" --audience native
check "without a nonce" status 0
verify --issuer "$OP" --audience native --nonce n
check_fails "a nonce is missing" 7
sed 's/^\([^.]*\)\.\(.\)/\1.f/' "$jwt" >"$BASE/changed"
cp "$jwt" "$BASE/good"
cp "$BASE/changed" "$jwt"
verify --issuer "$OP" --audience native
check_fails "changed" 7

# Another server has the same user and the same client, and other keys.
cp "$BASE/good" "$jwt"
first=$OP
start_op
verify --issuer "$OP" --audience native
check_fails "of another issuer" 7
CLOCK=-1000 start_op
id_token native
verify --issuer "$OP" --audience native
check_fails "expired" 7
check "expired: says so" err_has expired
CLOCK=-700 start_op
id_token native
verify --issuer "$OP" --audience native
check_fails "kept for eleven minutes" 7
check "kept for eleven minutes: says so" err_has issued
cp "$BASE/good" "$jwt"
verify --issuer "$first" --audience native
check "and the first is good still" status 0
finish
