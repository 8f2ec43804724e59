#!/usr/bin/env bash
# oauthctl login google, against what Google's documents describe.
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"
need_node_modules
# shellcheck source=tests/interop/providers.sh
. "$SRC/tests/interop/providers.sh"
export OAUTHCTL_GOOGLE_CLIENT_ID=g.apps.example

login() { # SCENARIO [OPTION...]
	provider_home
	scenario "$1"
	login_by_script google "${@:2}"
}

login google
check "login" status 0
check "prints the account's name" out google:ada@example.org
check "asks for offline access the provider's way" test "$(seen ' /o/oauth2/v2/auth access_type,')" -ge 1
check "and sends no secret where there is none" test "$(seen 'POST oauth2.googleapis.com /token [^ ]*client_secret')" -eq 0
run accounts --json
check "the issuer is the documented one" json_is '.[0].issuer' https://accounts.google.com
check "the key is sub" json_is '.[0].subject' 110169484474386276334
run token --refresh
check "a refresh" status 0
run token --refresh
check "keeps the refresh token that was not sent again" status 0
run userinfo --json
check "userinfo on its own host" json_is .claims.sub 110169484474386276334
scenario google-invalid-grant
run token --refresh
check_fails "a dead refresh token" 4
run accounts --json
check "the account says that it needs a login" json_is '.[0].needs_login' true
run logout
check "logout" status 0
check "asks the provider to revoke" test "$(seen 'POST oauth2.googleapis.com /revoke .*token')" -ge 1
check "and leaves no account" test "$(account_count)" = 0

login google
scenario google-revoke-unknown
run logout
check "a 400 from the revocation endpoint does not keep the account" status 0

login google-legacy-iss
check "the issuer without scheme, which Google documents" status 0
login google-hd-other
check "hd is not looked at unless asked for" status 0
login google --hd example.org
check "--hd, when the claim fits" status 0
for bad in google-hd-none google-hd-other; do
	login "$bad" --hd example.org
	check_nothing_stored "--hd, $bad" 7
done
for bad in google-other-iss google-no-iss google-wrong-iss google-wrong-aud google-azp google-at-hash; do
	login "$bad"
	check_nothing_stored "$bad" 7
done
check "no other host was asked" test "$(seen refused)" -eq 0
finish
