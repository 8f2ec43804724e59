#!/usr/bin/env bash
# login --profile fapi2: what it refuses, before a browser is opened. That it signs in is shown at oidc-provider.
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"

start_issuer --auto-approve ada
fapi() {
	run_to_the_end login "$ISSUER" --client-id demo --profile fapi2 --browser "touch $HOME/opened" "$@"
}
fapi
check_nothing_stored "a client without a key" 2
check "it is said what is missing" err_has private_key_jwt

run provider set "$ISSUER" --client-id demo --generate-client-key --token-endpoint-auth-method private_key_jwt
check "a key" status 0
fapi
check_nothing_stored "ID tokens by RS256" 7
check "they are named" err_has id_token_signing_alg_values_supported
check "nothing was pushed" test "$(issuer_count 'POST /par')" = 0

fapi --device
check_fails "not on another device" 2
fapi --client-credentials
check_fails "not for the client itself" 2
run_to_the_end login "$ISSUER" --client-id demo --profile fapi1 --browser "touch $HOME/opened"
check_fails "another profile" 2
check "no browser was opened" test ! -e "$HOME/opened"
finish
