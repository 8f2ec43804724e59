#!/usr/bin/env bash
# import --from: an account that another tool has, in the format of its file, by the refresh token in it.
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"

CALLBACK=http://127.0.0.1:9/callback
VERIFIER=$(printf 'v%.0s' {1..50})
CHALLENGE=$(printf %s "$VERIFIER" | openssl dgst -sha256 -binary | openssl base64 -A | tr '+/' '-_' | tr -d =)

refresh_token() { # as another tool would come to one: refresh_token SCOPE
	local code
	code=$(curl -sS -m 20 -o /dev/null -w '%{redirect_url}' -G "$ISSUER/authorize" --data-urlencode "scope=$1" -d client_id=conf -d response_type=code \
		-d redirect_uri=$CALLBACK -d state=st -d nonce=no -d "code_challenge=$CHALLENGE" -d code_challenge_method=S256 | sed -nE 's/.*[?&]code=([^&]*).*/\1/p')
	curl -sS -m 20 -u conf:dev-secret-2 "$ISSUER/token" -d grant_type=authorization_code -d redirect_uri=$CALLBACK -d "code_verifier=$VERIFIER" \
		--data-urlencode "code=$code" | jq -r .refresh_token
}
config() { # CLIENT_ID SECRET REFRESH_TOKEN: as `oidc-gen -p` prints it, with the slash that it adds
	jq -n --arg iss "$ISSUER/" --arg id "$1" --arg secret "$2" --arg token "$3" '{name: "n", client_name: "", issuer_url: $iss,
		device_authorization_endpoint: "", daeSetByUser: 0, client_id: $id, client_secret: $secret, refresh_token: $token, cert_path: "",
		scope: "openid email offline_access", redirect_uris: ["http://localhost:4242"], username: "", password: ""}'
}
from() { run import --from oidc-agent --account moved "$@"; }
spent() { issuer_count 'POST /token refresh_token'; }

start_issuer --auto-approve ada --client conf:dev-secret-2 --client other:dev-secret-3
FILE=$BASE/account.json
token=$(refresh_token 'openid email offline_access')
check "another tool has a refresh token" test "${#token}" -gt 10

config other dev-secret-3 "$token" >"$FILE"
from "$FILE"
check_nothing_stored "another client's token" 4
check "another client's token: names the way" err_has 'oauthctl login'
config conf wrong "$token" >"$FILE"
from "$FILE"
check_nothing_stored "a wrong secret" 6
config conf dev-secret-2 "" >"$FILE"
from "$FILE"
check_nothing_stored "no refresh token in it" 4
printf 'sealed' >"$FILE"
from "$FILE"
check_nothing_stored "no JSON" 7

token=$(refresh_token 'openid email offline_access')
config conf dev-secret-2 "$token" >"$FILE"
before=$(spent)
run import --from oidc-agent "$FILE"
check_fails "without a name" 2
check "without a name: says how" err_has '--account NAME'
run import --from thunderbird --account moved "$FILE"
check_fails "an unknown tool" 2
from --key-file "$FILE" "$FILE"
check_fails "sealed and not" 2
run import "$FILE"
check_fails "a sealed file that is named" 2
run import --account moved
check_fails "a name for a sealed file" 2
check "none of that spent the token" test "$(spent)" = "$before"

from "$FILE"
check "import" status 0
check "import: prints the name" out moved
check "import: warns of the other tool" err_has 'must not'
check "import: no secret is shown" err_lacks "$token"
check "import: the token was spent once" test "$(spent)" = "$((before + 1))"
run --json show moved
check "it is the user's" json_is .email ada@example.org
check "it can be renewed" json_is .needs_login false
run token --account moved --refresh
check "it refreshes, with the secret that came along" status 0
before=$(spent)
from "$FILE"
check_fails "the name is taken" 7
check "the name is taken: nothing was sent" test "$(spent)" = "$before"
check "the name is taken: says how" err_has --replace
from --replace "$FILE"
check_fails "the spent token" 4
check "the spent token: the account is still there" test "$(account_count)" = 1

new_home
token=$(refresh_token 'openid email offline_access')
config conf dev-secret-2 "$token" | timeout -k 5 60 "$BIN/oauthctl" import --from oidc-agent --account moved --json >"$BASE/out" 2>"$BASE/err"
STATUS=$?
check "from standard input" status 0
check "from standard input: JSON" json_is .name moved

# Nothing says who the user is: plain OAuth, and no userinfo for it.
new_home
token=$(refresh_token api.read)
config conf dev-secret-2 "$token" | jq '.scope = ""' >"$FILE"
from "$FILE"
check "without openid" status 0
check "without openid: warns" err_has 'does not say whose account this is'
run --json show moved
check "without openid: it is nobody's" json_is .email null
run show moved
check "without openid: which is shown" out_matches '^subject +unknown'
run token --account moved --refresh
check "without openid: it refreshes" status 0
run accounts
check "without openid: it has a refresh token" out_lacks 'not needed'

# mutt_oauth2.py: the preset is named by its id, the client by the file or the line.
new_home
mkdir -p "$XDG_CONFIG_HOME/oauthctl/providers"
jq -n --arg iss "$ISSUER" '{id: "mail", issuer: $iss}' >"$XDG_CONFIG_HOME/oauthctl/providers/mail.json"
mutt() { # REFRESH_TOKEN CLIENT_ID SECRET
	jq -n --arg token "$1" --arg id "$2" --arg secret "$3" '{registration: "mail", authflow: "authcode", email: "ada@example.org", access_token: "a",
		access_token_expiration: "2026-11-21T10:00:00", refresh_token: $token, client_id: $id, client_secret: $secret}'
}
piped() { # oauthctl import, its file from standard input
	timeout -k 5 60 "$BIN/oauthctl" import --account moved "$@" >"$BASE/out" 2>"$BASE/err"
	STATUS=$?
	OUT=$(cat "$BASE/out")
	ERR=$(cat "$BASE/err")
}
printf '%s\n' '-----BEGIN PGP MESSAGE-----' >"$FILE"
piped --from mutt_oauth2 <"$FILE"
check_fails "mutt_oauth2: encrypted" 7
check "mutt_oauth2: encrypted: says how" err_has 'gpg --decrypt'
before=$(spent)
mutt "" conf dev-secret-2 >"$FILE"
piped --from mutt_oauth2 <"$FILE"
check_fails "mutt_oauth2: an access token alone" 4
check "mutt_oauth2: an access token alone: names the way" err_has 'oauthctl login'
token=$(refresh_token 'openid email offline_access')
mutt "$token" "" "" >"$FILE"
piped --from mutt_oauth2 <"$FILE"
check_fails "mutt_oauth2: no client" 3
check "mutt_oauth2: no client: says how" err_has '--client-id ID'
piped --from mutt_oauth2 --client-id conf --client-secret-file - <"$FILE"
check_fails "mutt_oauth2: two on standard input" 2
check "mutt_oauth2: none of that spent the token" test "$(spent)" = "$before"
mutt "$token" conf dev-secret-2 >"$FILE"
piped --from mutt_oauth2 <"$FILE"
check "mutt_oauth2" status 0
run --json show moved
check "mutt_oauth2: it is the user's" json_is .email ada@example.org
check "mutt_oauth2: the preset's" json_is .provider mail

# What git's helpers print: the host is the issuer, the client stands on the line.
git_lines() { # REFRESH_TOKEN
	printf '%s\n' "protocol=${ISSUER%%://*}" "host=${ISSUER#*://}" username=oauth2 password=a password_expiry_utc=1795258800
	if [ -n "$1" ]; then printf 'oauth_refresh_token=%s\n' "$1"; fi
}
new_home
printf dev-secret-2 >"$BASE/secret"
token=$(refresh_token 'openid email offline_access')
before=$(spent)
piped --from git-credential --client-id conf < <(git_lines "")
check_fails "git-credential: an access token alone" 4
piped --from git-credential < <(git_lines "$token")
check_fails "git-credential: no client" 3
piped --from git-credential --client-id conf < <(printf 'oauth_refresh_token=%s\n' "$token")
check_fails "git-credential: no host" 2
check "git-credential: no host: says how" err_has '--provider'
run import --client-id conf
check_fails "a client for a sealed file" 2
check "git-credential: none of that spent the token" test "$(spent)" = "$before"
piped --from git-credential --client-id conf --client-secret-file "$BASE/secret" < <(git_lines "$token")
check "git-credential" status 0
check "git-credential: no secret is shown" err_lacks "$token"
run token --account moved --refresh
check "git-credential: it refreshes" status 0
token=$(refresh_token 'openid email offline_access')
piped --replace --from git-credential --provider "$ISSUER" --client-id conf --client-secret-file "$BASE/secret" < <(printf 'oauth_refresh_token=%s\n' "$token")
check "git-credential: the provider by the line" status 0
finish
