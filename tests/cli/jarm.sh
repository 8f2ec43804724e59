#!/usr/bin/env bash
# login --response-mode jwt and its kin: the answer comes as a JWT, or it is none.
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"

browser='curl -sSL -o /dev/null'
for alg in RS256 ES256 EdDSA; do
	start_issuer --auto-approve ada --alg "$alg"
	for mode in jwt query.jwt; do
		new_home
		run login "$ISSUER" --client-id demo --response-mode "$mode" --browser "$browser"
		check "$mode, signed with $alg" out '127.0.0.1:ada@example.org'
		check "$mode is asked for" err_has "response_mode=$mode&"
		run token --refresh
		check "$mode: refreshed like any other" status 0
	done
	stop_peer "$ISSUER_PID"
done

# A browser that posts the form of the provider's page.
cat >"$BASE/post" <<'EOF'
#!/usr/bin/env bash
page=$(curl -sS "$1")
action=$(sed -n "s/.*action='\([^']*\)'.*/\1/p" <<<"$page") response=$(sed -n "s/.*name='response' value='\([^']*\)'.*/\1/p" <<<"$page")
curl -sS -o "$PAGE" -d "response=$response" "$action"
EOF
chmod +x "$BASE/post"
export PAGE=$BASE/page
start_issuer --auto-approve ada
new_home
run login "$ISSUER" --client-id demo --response-mode form_post.jwt --browser "$BASE/post"
check "form_post.jwt" out '127.0.0.1:ada@example.org'
check "the page says so" grep -q 'Signed in' "$PAGE"
new_home
run login "$ISSUER" --client-id demo --response-mode jwt --par --browser "$browser"
check "asked for by a pushed request" status 0

new_home
run login "$ISSUER" --client-id demo --scope 'openid nonesuch' --response-mode jwt --browser "$browser"
check_nothing_stored "a signed refusal" 6
check "is shown as a plain one is" err_has invalid_scope

# Somebody between provider and listener changes the answer. Each leaves the state as it is, for else it is nobody's.
b64url() { base64 -w0 | tr '+/' '-_' | tr -d =; }
cat >"$BASE/between" <<'EOF'
#!/usr/bin/env bash
b64url() { base64 -w0 | tr '+/' '-_' | tr -d =; }
url=$(curl -sS -o /dev/null -w '%{redirect_url}' "$1")
to=${url%%\?*} jwt=${url#*response=}
IFS=. read -r head body sig <<<"$jwt"
claims=$(tr '_-' '/+' <<<"$body" | base64 -d 2>/dev/null)
state=$(jq -r .state <<<"$claims") code=$(jq -r .code <<<"$claims")
case $CHANGE in
plain) query="code=$code&state=$state&iss=$(jq -rn --arg v "$(jq -r .iss <<<"$claims")" '$v | @uri')" ;;
none) query="response=$(printf '{"alg":"none"}' | b64url).$body.AA" ;;
claims) query="response=$head.$(jq -cj '.code = "mine"' <<<"$claims" | b64url).$sig" ;;
signature) query="response=$head.$body.${sig%????}AAAA" ;;
twice) query="response=$jwt&response=$jwt" ;;
later)
	curl -sS -o /dev/null -w '%{http_code}\n' "$to?response=$head.$(jq -cj '.state = "x"' <<<"$claims" | b64url).$sig"
	curl -sS -o /dev/null -w '%{http_code}\n' "$to?code=$code&state=x"
	curl -sS -o /dev/null -w '%{http_code}\n' "$to?response=a.b.c.d.e"
	query="response=$jwt"
	;;
esac >"$TURNED_AWAY"
curl -sS -o /dev/null "$to?$query"
EOF
chmod +x "$BASE/between"
export TURNED_AWAY=$BASE/turned-away
before=$(issuer_count 'POST /token')
for change in plain none claims signature twice; do
	new_home
	CHANGE=$change run login "$ISSUER" --client-id demo --response-mode jwt --browser "$BASE/between"
	check_nothing_stored "$change" 7
	check "$change: it is the answer that is wrong" err_matches "^oauthctl: (the )?(authorization response|token's signature)"
done
check "no changed answer brought its code to the provider" test "$(issuer_count 'POST /token')" = "$before"
new_home
CHANGE=later run login "$ISSUER" --client-id demo --response-mode jwt --browser "$BASE/between"
check "what is not ours does not end it" status 0
check "and is answered 400 each" test "$(tr '\n' ' ' <"$TURNED_AWAY")" = '400 400 400 '
new_home
CHANGE=plain run login "$ISSUER" --client-id demo --browser "$browser"
check "without it a plain answer is one" status 0

# In a preset, for all logins.
printf '{"id":"signed","name":"Signed","issuer":"%s","response_mode":"query.jwt","client_id":"demo"}' "$ISSUER" >"$HOME/preset.json"
mkdir -p "$XDG_CONFIG_HOME/oauthctl/providers"
cp "$HOME/preset.json" "$XDG_CONFIG_HOME/oauthctl/providers/signed.json"
run login signed --browser "$browser"
check "a preset asks for it" err_has 'response_mode=query.jwt&'
check "and gets it" status 0
run login "$ISSUER" --client-id demo --response-mode fragment.jwt
check_fails "what comes behind a # is not heard" 2
finish
