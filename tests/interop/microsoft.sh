#!/usr/bin/env bash
# oauthctl login microsoft, against what the Microsoft identity platform's documents describe.
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"
need_node_modules
# shellcheck source=tests/interop/providers.sh
. "$SRC/tests/interop/providers.sh"
export OAUTHCTL_MICROSOFT_CLIENT_ID=00000000-0000-4000-8000-00000000c11e
work=72f988bf-0000-4000-8000-2d7cd011db47
other=aaaabbbb-0000-4000-8000-cccc1111dddd

login() { # SCENARIO [OPTION...]
	provider_home
	scenario "$1"
	login_by_script microsoft "${@:2}"
}

login microsoft
check "login" status 0
check "prints the account's name" out microsoft:ada@example.org
run accounts --json
check "the issuer is the tenant's, not the template" json_is '.[0].issuer' "https://login.microsoftonline.com/$work/v2.0"
subject=$(json '.[0].subject')
check "the key is tid and oid, not the pairwise sub" test "${subject#*690222be-0000-4000-8000-ca5d1b6a7c2e}" != "$subject"
run token --refresh
check "a refresh" status 0
check "repeats the scope" test "$(seen 'POST .*/oauth2/v2.0/token .*refresh_token,scope')" -ge 1
run token --refresh
check "and again" status 0
run userinfo --json
check "userinfo at Graph" json_is .claims.email ada@example.org

# The same e-mail address in another user's hands is another account.
scenario microsoft-other-user
login_by_script microsoft --account microsoft:ada@example.org
check_fails "another user with the same address under the name of the first" 7
check "changes nothing" test "$(account_count)" = 1
login_by_script microsoft --account second
check "is an account of its own under its own name" out second
check "and the first one stays" test "$(account_count)" = 2
run show second --json
check "they differ in their key" test "$(json .subject)" != "$subject"

run userinfo --account second --photo "$HOME/me.jpg"
check "the photo is fetched" status 0
check "and said to be a picture" out image/jpeg
check "as it was sent" test "$(head -c 3 "$HOME/me.jpg" | xxd -p)" = ffd8ff
run userinfo --account second --photo "$HOME/me.jpg" --json
check "a second time as JSON" test "$(json .bytes)" -gt 3

scenario microsoft-50076
run token --refresh --account second
check_fails "MFA is wanted" 4
check "the provider's number is shown" err_has AADSTS50076
run logout second
check "logout" status 0
check "says that it cannot revoke there" out_has 'no revocation'
check "and asks for no such thing" test "$(seen revoke)" -eq 0

login microsoft
scenario microsoft-700082
run token --refresh
check_fails "the refresh token expired" 4
check "with its number" err_has AADSTS700082

login microsoft --tenant "$work"
check "--tenant GUID, the user's own" status 0
login microsoft --tenant "$other"
check_nothing_stored "--tenant GUID, another one" 7
login microsoft-personal --tenant consumers
check "--tenant consumers, a personal account" status 0
login microsoft --tenant consumers
check_nothing_stored "--tenant consumers, a work account" 7
login microsoft-personal --tenant organizations
check_nothing_stored "--tenant organizations, a personal account" 7
for bad in microsoft-wrong-tid microsoft-no-tid microsoft-key-issuer microsoft-other-cloud; do
	login "$bad"
	check_nothing_stored "$bad" 7
done
login microsoft-edov
check "a verified address" status 0
check "no other host was asked" test "$(seen refused)" -eq 0
finish
