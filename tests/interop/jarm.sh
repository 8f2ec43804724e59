#!/usr/bin/env bash
# Signed answers (JARM) of oidc-provider: in each mode, by each algorithm, good and bad news; and what becomes of one that was changed.
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"
need_node_modules

export CLIENT_JWK_OUT=$BASE/client.jwk
start_op
# @spec JARM section 2.3
for mode in jwt query.jwt form_post.jwt; do
	new_home
	login_by_script "$OP" --client-id native --response-mode "$mode"
	check "$mode" out '127.0.0.1:ada@example.test'
	run token --refresh
	check "$mode: a refresh" status 0
	new_home
	LOGIN_ACTION=deny login_by_script "$OP" --client-id native --response-mode "$mode"
	check_nothing_stored "$mode: the user says no" 9
done
for client in es256 ps256 eddsa; do
	new_home
	login_by_script "$OP" --client-id "$client" --response-mode jwt
	check "signed with $client" out '127.0.0.1:ada@example.test'
done
new_home
login_by_script "$OP" --client-id native --response-mode jwt --prompt none
check_nothing_stored "another refusal" 6
check "is told by its name" err_has login_required
new_home
login_by_script "$OP" --client-id paronly --response-mode jwt --par
check "asked for by a pushed request" status 0

# @spec JARM section 4, RFC 8725 section 3.1: this client had its answers signed with its secret.
new_home
printf '%s\n' answers-signed-with-this-secret-32 >"$HOME/secret"
login_by_script "$OP" --client-id hs256 --client-secret-file "$HOME/secret" --response-mode jwt
check_nothing_stored "signed with a client's secret" 7
check "names the algorithm" err_has HS256

# Somebody between provider and listener, with the provider's true answer in hand.
cat >"$BASE/between" <<'EOF'
#!/usr/bin/env bash
url=$(LOGIN_STOP=1 "$NODE" "$SRC/tests/interop/login.mjs" "$1")
to=${url%%\?*} jwt=${url#*response=}
IFS=. read -r head body sig <<<"$jwt"
claims=$(tr '_-' '/+' <<<"$body" | base64 -d 2>/dev/null)
forged() { printf %s "$1" | base64 -w0 | tr '+/' '-_' | tr -d =; }
case $CHANGE in
nothing) query="response=$jwt" ;;
code) query="response=$head.$(forged "$(jq -c '.code = "mine"' <<<"$claims")").$sig" ;;
signature) query="response=$head.$body.${sig%????????}AAAAAAAA" ;;
none) query="response=$(forged '{"alg":"none"}').$body." ;;
plain) query="code=$(jq -r .code <<<"$claims")&state=$(jq -r .state <<<"$claims")" ;;
esac
curl -sS -m 20 -o /dev/null "$to?$query"
printf '%s' "$jwt" >"$KEPT"
EOF
chmod +x "$BASE/between"
NODE=$(node_bin)
export NODE SRC KEPT=$BASE/kept
for change in code signature none plain; do
	new_home
	CHANGE=$change run login "$OP" --client-id native --response-mode jwt --browser "$BASE/between"
	check_nothing_stored "changed: $change" 7
done
new_home
CHANGE=nothing run login "$OP" --client-id native --response-mode jwt --browser "$BASE/between"
check "not changed" out '127.0.0.1:ada@example.test'
cat >"$BASE/again" <<'EOF'
#!/usr/bin/env bash
to=$(sed 's/.*redirect_uri=\([^&]*\).*/\1/; s/%3A/:/g; s/%2F/\//g' <<<"$1")
curl -sS -m 20 -o /dev/null -w '%{http_code}' "$to?response=$(cat "$KEPT")" >"$KEPT.status"
EOF
chmod +x "$BASE/again"
new_home
run login "$OP" --client-id native --response-mode jwt --browser "$BASE/again" --timeout 15s
check_nothing_stored "the answer to another login" 9
check "is nobody's" test "$(cat "$KEPT.status")" = 400

# @spec FAPI 2.0 Message Signing sections 5.3.2, 5.4.2: request and answer signed, both held to the profile's algorithms.
stop_peer "$OP_PID"
FAPI=1 PORT=${OP##*:} start_op
new_home
run provider set "$OP" --client-id fapi --client-key-file "$CLIENT_JWK_OUT"
login_by_script "$OP" --client-id fapi --profile fapi2 --jar --response-mode jwt
check "with the FAPI 2.0 profile, signed both ways" status 0
check "pushed" err_matches '/auth\?client_id=fapi&request_uri=[^&]*$'
run token --refresh
check "and refreshed" status 0

# @spec FAPI 2.0 Security Profile section 5.4.1: an RSA key, which would sign by RS256 elsewhere.
new_home
run provider set "$OP" --client-id fapi-rsa --client-key-file "$CLIENT_JWK_OUT.rsa"
login_by_script "$OP" --client-id fapi-rsa --profile fapi2 --jar --response-mode jwt
check "with an RSA key" status 0
run token --refresh
check "with an RSA key: refreshed" status 0
new_home
jq '.alg = "RS256"' "$CLIENT_JWK_OUT.rsa" >"$BASE/rs256.jwk"
run provider set "$OP" --client-id fapi-rsa --client-key-file "$BASE/rs256.jwk"
login_by_script "$OP" --client-id fapi-rsa --profile fapi2 --jar --response-mode jwt
check_nothing_stored "with an RSA key for RS256" 2
check "what it would take is named" err_has 'PS256, ES256 and EdDSA'
finish
