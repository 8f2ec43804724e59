#!/usr/bin/env bash
# import --from, against oidc-provider, which replaces a refresh token at each use and takes the second use of one for theft.
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"
need_node_modules

CALLBACK=http://127.0.0.1:9/callback
VERIFIER=$(printf 'v%.0s' {1..50})
CHALLENGE=$(printf %s "$VERIFIER" | openssl dgst -sha256 -binary | openssl base64 -A | tr '+/' '-_' | tr -d =)

refresh_token() { # as another program would come to one: refresh_token SCOPE
	local url code
	url=$(curl -sS -m 20 -o /dev/null -w '%{url_effective}' -G "$OP/auth" --data-urlencode "scope=$1" -d client_id=native -d response_type=code \
		-d "redirect_uri=$CALLBACK" -d state=st -d nonce=no -d prompt=consent -d "code_challenge=$CHALLENGE" -d code_challenge_method=S256)
	code=$(LOGIN_STOP=1 "$(node_bin)" "$SRC/tests/interop/login.mjs" "$url" | sed -nE 's/.*[?&]code=([^&]*).*/\1/p')
	curl -sS -m 20 "$OP/token" -d client_id=native -d grant_type=authorization_code -d "redirect_uri=$CALLBACK" -d "code_verifier=$VERIFIER" \
		--data-urlencode "code=$code" | jq -r .refresh_token
}
piped() { # oauthctl import, its file from standard input
	timeout -k 5 60 "$BIN/oauthctl" import --account moved "$@" >"$BASE/out" 2>"$BASE/err"
	STATUS=$?
	OUT=$(cat "$BASE/out")
	ERR=$(cat "$BASE/err")
}
mutt() { # REFRESH_TOKEN
	jq -n --arg token "$1" '{registration: "mail", authflow: "authcode", email: "ada@example.org", access_token: "a",
		access_token_expiration: "2026-11-21T10:00:00", refresh_token: $token, client_id: "native", client_secret: ""}'
}
git_lines() { # REFRESH_TOKEN
	printf '%s\n' "protocol=${OP%%://*}" "host=${OP#*://}" username=oauth2 password=a password_expiry_utc=1795258800 "oauth_refresh_token=$1"
}

start_op
mkdir -p "$XDG_CONFIG_HOME/oauthctl/providers"
jq -n --arg iss "$OP" '{id: "mail", issuer: $iss}' >"$XDG_CONFIG_HOME/oauthctl/providers/mail.json"
token=$(refresh_token 'openid email offline_access')
check "another program has a refresh token" test "${#token}" -gt 10
piped --from mutt_oauth2 < <(mutt "$token")
check "mutt_oauth2" out moved
run --json show moved
check "it is the user's" json_is .subject ada
check "by the preset" json_is .provider mail
run token --account moved --refresh
check "it refreshes by what came" status 0
run token --account moved --refresh
check "and again" status 0

token=$(refresh_token 'openid email offline_access')
piped --from git-credential --client-id es256 < <(git_lines "$token")
check_fails "git-credential, another client's token" 7
check "for the name is taken" err_has --replace
piped --replace --from git-credential --client-id native < <(git_lines "$token")
check "git-credential" out moved
run token --account moved --refresh
check "git-credential: it refreshes" status 0
piped --replace --from git-credential --client-id native < <(git_lines "$token")
check_fails "git-credential: the spent token" 4
finish
