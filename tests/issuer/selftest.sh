#!/usr/bin/env bash
# The development issuer by curl alone: what it must refuse, for a peer that accepts everything judges nothing.
. "$SRC/tests/cli/lib.sh"

CALLBACK=http://127.0.0.1:9/callback
VERIFIER=$(printf 'v%.0s' {1..50})
CHALLENGE=$(printf %s "$VERIFIER" | openssl dgst -sha256 -binary | openssl base64 -A | tr '+/' '-_' | tr -d =)

get() { run_program curl -sS -m 20 -o "$BASE/body" -w '%{http_code} %{redirect_url}' "$@"; BODY=$(cat "$BASE/body"); }
parameter() { sed -nE "s/.*[?&]$1=([^&]*).*/\1/p" <<<"$OUT"; }
member() { jq -r ".$1 // empty" <<<"$BODY"; }
authorize() { # extra parameters; later ones of a name replace earlier ones
	local -A p=([client_id]=demo [response_type]=code [redirect_uri]=$CALLBACK [scope]='openid email offline_access' [state]=st [nonce]=no
		[code_challenge]=$CHALLENGE [code_challenge_method]=S256)
	local a args=()
	for a in "$@"; do p[${a%%=*}]=${a#*=}; done
	for a in "${!p[@]}"; do
		if [ -n "${p[$a]}" ]; then args+=(--data-urlencode "$a=${p[$a]}"); fi
	done
	get -G "${args[@]}" "$ISSUER/authorize"
}
token() {
	local a args=()
	for a in "$@"; do args+=(--data-urlencode "$a"); done
	get "${args[@]}" "$ISSUER/token"
}
by_code() { token grant_type=authorization_code client_id=demo "redirect_uri=$CALLBACK" "code_verifier=$VERIFIER" "code=$1" "${@:2}"; }
by_refresh() { token grant_type=refresh_token client_id=demo "refresh_token=$1" "${@:2}"; }
body_is() { [ "$(member "$1")" = "$2" ]; }
body_has() { [[ $BODY == *"$1"* ]]; }

start_issuer --auto-approve ada --client 'conf:s3cr+t/%x' --resource-server conf

get "$ISSUER/.well-known/openid-configuration"
check "discovery names the issuer" body_is issuer "$ISSUER"
get "$ISSUER/.well-known/oauth-authorization-server"
check "the RFC 8414 document too" body_is issuer "$ISSUER"
get "$ISSUER/token"
check "GET at the token endpoint is 405" out_has 405
get "$ISSUER/nothing"
check "an unknown path is 404" out_has 404

# @spec RFC 6749 section 3.1.2.4
authorize redirect_uri=https://evil.example/
check "a foreign redirect_uri is not redirected to" out '400 '
authorize redirect_uri=http://127.0.0.1.evil.example/
check "nor one that only begins like loopback" out '400 '
authorize client_id=
check "nor a request without client" out '400 '
authorize code_challenge=
check "PKCE is required" out_has error=invalid_request
authorize code_challenge_method=plain
check "plain PKCE is refused" out_has error=invalid_request
authorize response_type=token
check "the implicit grant is refused" out_has error=unsupported_response_type
authorize scope='openid everything'
check "an unknown scope is refused" out_has error=invalid_scope

# @spec RFC 9207 section 2
authorize
check "the answer repeats state" test "$(parameter state)" = st
check "and names the issuer" test "$(parameter iss)" = "${ISSUER//:/%3A}" -o "$(parameter iss)" = "$(jq -rn --arg i "$ISSUER" '$i|@uri')"
code=$(parameter code)
# @spec RFC 7636 section 4.6
by_code "$code" code_verifier="$(printf 'w%.0s' {1..50})"
check "a repeated parameter is refused" body_is error invalid_request
token grant_type=authorization_code client_id=demo redirect_uri=$CALLBACK code_verifier="$(printf 'w%.0s' {1..50})" code="$code"
check "a wrong verifier is refused" body_is error invalid_grant
by_code "$code"
check "and has spent the code" body_is error invalid_grant

authorize
code=$(parameter code)
token grant_type=authorization_code client_id=other redirect_uri=$CALLBACK code_verifier="$VERIFIER" code="$code"
check "another client cannot use the code" body_is error invalid_grant
by_code "$code"
check "its own client can" body_is token_type Bearer
check "offline_access gives a refresh token" test -n "$(member refresh_token)"
access=$(member access_token)
claims=$(member id_token | cut -d. -f2 | tr '_-' '/+' | { cat; printf '=='; } | base64 -d 2>/dev/null)
check "the ID token repeats the nonce" test "$(jq -r .nonce <<<"$claims")" = no
get -H "Authorization: Bearer $access" "$ISSUER/userinfo"
check "userinfo is of the same user" body_is sub "$(jq -r .sub <<<"$claims")"
by_code "$code"
check "a code works once" body_is error invalid_grant
get -H "Authorization: Bearer $access" "$ISSUER/userinfo"
check "and its second use revokes the tokens" body_is error invalid_token

authorize
by_code "$(parameter code)"
first=$(member refresh_token)
by_refresh "$first" scope='openid email offline_access api.write'
check "a refresh cannot widen the scope" body_is error invalid_scope
by_refresh "$first" scope=openid
check "it can narrow it" body_is scope openid
second=$(member refresh_token)
check "refresh tokens rotate" test -n "$second" -a "$second" != "$first"
by_refresh "$first"
check "an old one is refused" body_is error invalid_grant
by_refresh "$second"
check "and has ended its family" body_is error invalid_grant

# @spec RFC 7009 section 2.1; RFC 7662 section 2.2
authorize
by_code "$(parameter code)"
refresh=$(member refresh_token) access=$(member access_token)
get -d client_id=demo -d "token=$access" "$ISSUER/introspect"
check "introspection knows a token" body_is active true
check "and whose it is" body_is username ada
get -d client_id=other -d "token=$access" "$ISSUER/introspect"
check "of another client it says nothing" test "$BODY" = '{"active":false}'
get -u 'conf:s3cr%2Bt%2F%25x' -d "token=$access" "$ISSUER/introspect"
check "but to a resource server" body_is client_id demo
get -u 'conf:s3cr%2Bt%2F%25x' -d "token=$refresh" "$ISSUER/introspect"
check "which learns of no refresh token" test "$BODY" = '{"active":false}'
get -d client_id=demo "$ISSUER/introspect"
check "introspection of nothing is refused" body_is error invalid_request
get -d client_id=other -d "token=$refresh" "$ISSUER/revoke"
by_refresh "$refresh"
check "another client's revocation does nothing" body_is token_type Bearer
refresh=$(member refresh_token)
get -d client_id=demo -d "token=$refresh" "$ISSUER/revoke"
check "revocation is 200" out '200 '
by_refresh "$refresh"
check "a revoked token is refused" body_is error invalid_grant
get -H "Authorization: Bearer $access" "$ISSUER/userinfo"
check "with all of its family" body_is error invalid_token
get -d client_id=demo -d "token=$access" "$ISSUER/introspect"
check "and introspection knows it" test "$BODY" = '{"active":false}'

# @spec RFC 6749 section 2.3.1
get -u 'conf:s3cr%2Bt%2F%25x' -d grant_type=refresh_token -d refresh_token=x "$ISSUER/token"
check "Basic credentials are form-decoded" body_is error invalid_grant
get -u 'conf:s3cr+t/%x' -d grant_type=refresh_token -d refresh_token=x "$ISSUER/token"
check "raw ones are refused" body_is error invalid_client
token grant_type=refresh_token refresh_token=x client_id=conf
check "a confidential client must authenticate" body_is error invalid_client
token grant_type=refresh_token refresh_token=x client_id=demo client_secret=x
check "a public client must not" body_is error invalid_client

# @spec RFC 7591 section 2, 3.2.1, 3.2.2; RFC 7592 section 2, 3
register() { get -H 'Content-Type: application/json' -d "$1" "$ISSUER/register"; }
manage() { get -X "$1" -H "Authorization: Bearer $bearer" -H 'Content-Type: application/json' "${@:2}" "$uri"; }
native='"redirect_uris":["http://127.0.0.1/own"],"token_endpoint_auth_method":"none"'
for bad in '{}' '[]' '{' '{"redirect_uris":["https://elsewhere.example/"]}' '{"redirect_uris":"http://127.0.0.1/own"}' \
	'{'"$native"',"grant_types":["implicit"]}' '{'"$native"',"response_types":["token"]}' '{'"$native"',"scope":"root"}' \
	'{'"$native"',"token_endpoint_auth_method":1}' '{'"$native"',"application_type":"web"}' '{'"$native"',"subject_type":"pairwise"}' '{'"$native"',"software_statement":"a.b.c"}'; do
	register "$bad"
	check "registration: $bad is refused" out '400 '
done
get -d "{$native}" "$ISSUER/register"
check "registration: JSON alone is read" out '400 '
register "{$native,\"grant_types\":[\"authorization_code\"],\"subject_type\":\"public\",\"post_logout_redirect_uris\":[\"https://app.example/bye\"]}"
check "registration" out '201 '
check "registration: a native client needs no secret" body_is client_secret ''
id=$(member client_id) uri=$(member registration_client_uri) bearer=$(member registration_access_token)
authorize client_id="$id" redirect_uri=http://127.0.0.1:9/own
check "a registered client is redirected to its own URI, at any port" out_has 'code='
token grant_type=authorization_code client_id="$id" redirect_uri=http://127.0.0.1:9/own "code_verifier=$VERIFIER" "code=$(parameter code)"
check "and gets its tokens" body_is token_type Bearer
refresh=$(member refresh_token) hint=$(member id_token)
authorize client_id="$id"
check "to no other URI" out '400 '
get -G --data-urlencode "id_token_hint=$hint" -d post_logout_redirect_uri=http://127.0.0.1:9/bye "$ISSUER/end-session"
check "nor after a logout" out '400 '
get -G --data-urlencode "id_token_hint=$hint" -d post_logout_redirect_uri=https://app.example/bye "$ISSUER/end-session"
check "but where it was registered for" out '303 https://app.example/bye'
token grant_type=refresh_token client_id="$id" "refresh_token=$refresh"
check "no grant but its own" body_is error unauthorized_client
stale=$bearer
manage GET
check "management: it is described" body_is client_id "$id"
bearer=$(member registration_access_token)
manage PUT -d "{$native,\"client_id\":\"$id\",\"registration_access_token\":\"$bearer\"}"
check "management: what is the server's to say is refused" out '400 '
manage PUT -d "{$native,\"client_id\":\"other\"}"
check "management: another's id is refused" out '400 '
manage PUT -d "{$native,\"client_id\":\"$id\",\"token_endpoint_auth_method\":\"client_secret_post\"}"
check "management: a name is not given twice" out '400 '
manage PUT -d "{\"redirect_uris\":[\"http://127.0.0.1/own\"],\"token_endpoint_auth_method\":\"client_secret_post\",\"client_id\":\"$id\"}"
check "management: a change" out '200 '
bearer=$(member registration_access_token) secret=$(member client_secret)
get -u "$id:$secret" -d grant_type=authorization_code -d code=x "$ISSUER/token"
check "a secret goes by the method that was registered" body_is error invalid_client
token grant_type=authorization_code client_id="$id" client_secret="$secret" code=x
check "and by no other" body_is error invalid_grant
fresh=$bearer bearer=$stale
manage DELETE
check "management: an old token is refused" out '401 '
get -X DELETE -H "Authorization: Bearer $fresh" "$uri"
check "management: the end" out '204 '
authorize client_id="$id" redirect_uri=http://127.0.0.1:9/own
check "of a client that is gone" out '400 '
token grant_type=refresh_token client_id="$id" refresh_token=x
check "and may nothing" body_is error invalid_client

# @spec OpenID Connect RP-Initiated Logout 1.0 section 2, 3
sign_in() { # SCOPE; sets hint and access
	authorize scope="$1"
	by_code "$(parameter code)"
	hint=$(member id_token) access=$(member access_token)
}
end_session() { # PARAMETER...
	local a args=()
	for a in "$@"; do args+=(--data-urlencode "$a"); done
	get -G "${args[@]}" "$ISSUER/end-session"
}
dead() { ! alive; }
alive() { get -H "Authorization: Bearer $access" "$ISSUER/userinfo" && [[ $OUT == 200* ]]; }
sign_in openid
end_session
check "logout without a hint" out '200 '
check "logout without a hint ends nothing" alive
end_session "id_token_hint=${hint}x"
check "logout with a foreign hint" out '400 '
end_session "id_token_hint=$hint" client_id=other
check "logout with another client's hint" out '400 '
end_session client_id=demo post_logout_redirect_uri=http://127.0.0.1:9/bye
check "logout with a redirect and no hint" out '400 '
end_session "id_token_hint=$hint" post_logout_redirect_uri=https://evil.example/
check "logout with a foreign redirect" out '400 '
check "none of it ends anything" alive
end_session "id_token_hint=$hint" client_id=demo post_logout_redirect_uri=http://127.0.0.1:9/bye 'state=a b'
check "logout goes back with state" out '303 http://127.0.0.1:9/bye?state=a%20b'
check "and ends the tokens" dead
sign_in 'openid offline_access'
get --data-urlencode "id_token_hint=$hint" "$ISSUER/end-session"
check "logout by POST" out '200 '
check "offline access stays" alive

authorize response_mode=form_post
check "form_post answers with a form" body_has "<form method=post action='$CALLBACK'>"
check "the log counts requests" test "$(issuer_count 'POST /token refresh_token 200')" -ge 2
check "the log holds no token" bash -c '! grep -qF -e "$1" -e "$2" "$3"' _ "$refresh" "$code" "$ISSUER_LOG"
stop_peer "$ISSUER_PID"

start_issuer
authorize login_hint='<b>"x'
check "the page shows the hint escaped" body_has 'value='\''&#60;b&#62;&#34;x'\'
request=$(sed -nE "s/.*name=request value='([^']+)'.*/\1/p" <<<"$BODY")
get -d "request=$request" -d login=ada -d scope=offline_access -d scope=api.write -d action=approve "$ISSUER/decide"
by_code "$(parameter code)"
check "only what was asked and ticked is granted" body_is scope 'openid offline_access'
get -d "request=$request" -d login=ada -d action=approve "$ISSUER/decide"
check "a page can be answered once" out '400 '
authorize
request=$(sed -nE "s/.*name=request value='([^']+)'.*/\1/p" <<<"$BODY")
get -d "request=$request" -d login=ada -d action=deny "$ISSUER/decide"
check "no is access_denied" out_has error=access_denied
authorize prompt=none
check "prompt=none asks nobody" out_has error=login_required
stop_peer "$ISSUER_PID"

# @spec OpenID Connect Core section 8.1
subject() { # CLIENT_ID: whom that client sees
	authorize client_id="$1"
	token grant_type=authorization_code client_id="$1" redirect_uri=$CALLBACK code_verifier="$VERIFIER" code="$(parameter code)"
	get -H "Authorization: Bearer $(member access_token)" "$ISSUER/userinfo"
	member sub
}

# The user's answer without a page.
start_issuer --auto-deny
authorize
check "--auto-deny says no" out_has error=access_denied
stop_peer "$ISSUER_PID"
start_issuer --auto-approve ada --grant 'openid email api.write'
authorize
by_code "$(parameter code)"
check "--grant gives no more, and nothing that was not asked for" body_is scope 'openid email'
check "and no refresh token without offline_access" test -z "$(member refresh_token)"
public=$(subject one)
check "a public subject is the same to all clients" test "$public" = "$(subject two)"
stop_peer "$ISSUER_PID"
run_program "$BIN/belgo-issuer" --grant openid
check "--grant without --auto-approve" status 1
run_program "$BIN/belgo-issuer" --auto-approve ada --auto-deny
check "yes and no" status 1

start_issuer --auto-approve ada --pairwise salt
get "$ISSUER/.well-known/openid-configuration"
check "metadata say pairwise" body_is 'subject_types_supported[0]' pairwise
mine=$(subject one)
check "a pairwise subject is a client's own" test "$mine" != "$(subject two)"
check "and none but the public one" test "$mine" != "$public"
check "it stays" test "$mine" = "$(subject one)"
stop_peer "$ISSUER_PID"
start_issuer --auto-approve ada --pairwise salt
check "at the next start too" test "$mine" = "$(subject one)"
stop_peer "$ISSUER_PID"
start_issuer --auto-approve ada --pairwise pepper
check "but for another salt" test "$mine" != "$(subject one)"
finish
