#!/usr/bin/env bash
# login --jar: what the URL still says, what the signed object holds, and that nothing is sent unsigned instead.
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"

start_issuer --auto-approve ada
run_to_the_end login "$ISSUER" --client-id demo --jar --browser "touch $HOME/opened"
check_nothing_stored "without a key" 3
check "it is said that the key is missing" err_has 'private key'
check "no browser was opened" test ! -e "$HOME/opened"

run provider set "$ISSUER" --client-id demo --generate-client-key --token-endpoint-auth-method none
check "a key" status 0
run_to_the_end login "$ISSUER" --client-id demo --jar --scope openid --login-hint ada --timeout 4s --browser "touch $HOME/opened"
check_nothing_stored "a browser that never comes back" 9
check "leaves its trace, so that this test would see it" test -e "$HOME/opened"
check "the URL holds no parameter in the open" err_matches \
	'^  http://127\.0\.0\.1:[0-9]+/authorize\?client_id=demo&response_type=code&scope=openid(\+[a-z]+)*&request=[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$'
decode() { # SEGMENT
	local text
	text=$(grep -o 'request=[A-Za-z0-9_.-]*' <<<"$ERR" | cut -d= -f2 | cut -d. -f"$1" | tr '_-' '/+')
	OUT=$(printf '%s===' "$text" | head -c $(((${#text} + 3) / 4 * 4)) | base64 -d)
	printf '%s\n' "$OUT" >"$BASE/out"
}
decode 1
check "its type" json_is .typ oauth-authz-req+jwt
check "its algorithm" json_is .alg ES256
decode 2
check "who asks" json_is .iss demo
check "whom" json_is .aud "$ISSUER"
check "no subject" json_is .sub null
check "for how long" json_is '.exp - .iat' 300
check "not before" json_is '.nbf - .iat' 0
check "what for" json_is .login_hint ada
check "PKCE is inside" json_is .code_challenge_method S256
run_to_the_end login "$ISSUER" --client-id demo --jar --param 'aud=https://elsewhere.example' --browser "touch $HOME/opened2"
check_fails "a parameter that would change for whom it is" 2
for also in --device --client-credentials; do
	run_to_the_end login "$ISSUER" --client-id demo --jar "$also" --browser "touch $HOME/opened2"
	check_fails "not with $also" 2
done
check "no browser was opened for these" test ! -e "$HOME/opened2"
finish
