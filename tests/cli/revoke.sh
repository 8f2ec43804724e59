#!/usr/bin/env bash
# introspect and revoke: what the provider makes of a token, and its end.
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"

start_issuer --auto-approve ada --client conf:s3cret
run login "$ISSUER" --client-id demo --browser 'curl -sSL -o /dev/null'
name=$OUT
token=$("$BIN/oauthctl" token)

run introspect
check "introspect" status 0
check "introspect: active" out_matches '^active: true$'
check "introspect: times are for people too" out_matches '^exp: [0-9]+ \([0-9]{4}-[0-9]{2}-[0-9]{2} '
check "introspect: no token" out_lacks "$token"
run --json introspect --account "$name"
check "introspect as JSON" out_matches '^\{"version":1,"claims":\{"active":true,.*"token_type":"Bearer"'
run --json introspect --refresh-token
check "introspect: the refresh token" json_is .claims.active true
check "introspect: which is of no type" json_is .claims.token_type null
check "introspect: asked three times" test "$(issuer_count 'POST /introspect - 200')" -eq 3
run -v introspect
check "introspect: -v shows no token" err_lacks "$token"
run introspect --account nobody
check_fails "introspect: no such account" 3

run revoke
check "revoke" out "$name: revoked at the provider; the account is kept and needs a login"
check "revoke: was told" test "$(issuer_count 'POST /revoke - 200 revoked')" -eq 1
run accounts --json
check "revoke: the account is kept" json_is '.[0].name' "$name"
check "revoke: and needs a login" json_is '.[0].needs_login' true
run token
check_fails "revoke: no token is left" 4
check "revoke: a login is advised" err_has "oauthctl login $ISSUER --account $name"
run introspect
check_fails "revoke: nothing to introspect" 4

# Carried to another machine it is what it is here: an account that needs a login.
printf 'correct horse\n' >"$BASE/passphrase"
run export --passphrase-file "$BASE/passphrase"
check "revoke: export of what is left" status 0
cp "$BASE/out" "$BASE/sealed"
(
	new_home
	timeout -k 5 60 "$BIN/oauthctl" import --passphrase-file "$BASE/passphrase" <"$BASE/sealed" &&
		timeout 30 "$BIN/oauthctl" accounts --json </dev/null >"$BASE/there" || exit 1
	timeout 30 "$BIN/oauthctl" token </dev/null >"$BASE/token" 2>/dev/null
	printf '%d\n' $? >>"$BASE/token"
) >"$BASE/imported" 2>"$BASE/imported.err"
check "revoke: import elsewhere" test "$(cat "$BASE/imported")" = "$name"
check "revoke: which needs a login there" test "$(jq -r '.[0].needs_login' "$BASE/there")" = true
check "revoke: and has no token there" test "$(cat "$BASE/token")" = 4

run revoke
check "revoke again" status 0
check "revoke again: nobody is asked" test "$(issuer_count 'POST /revoke')" -eq 1
run login "$ISSUER" --client-id demo --browser 'curl -sSL -o /dev/null'
check "a login mends it" out "$name"
run token
check "and there is a token" status 0
run --json revoke
check "revoke as JSON: the account" json_is .needs_login true
check "revoke as JSON: no end of a token that is gone" json_is .access_expires_at null
run logout
check "logout of what is revoked" status 0
check "logout: nobody was asked again" test "$(issuer_count 'POST /revoke')" -eq 2

# The quick path must not go on with what it remembers.
export OAUTHCTL_ACCESS_CACHE=on
run login "$ISSUER" --client-id demo --browser 'curl -sSL -o /dev/null'
run token
run revoke
run token
check_fails "revoke: the quick path forgets too" 4
export OAUTHCTL_ACCESS_CACHE=off
run logout

printf 's3cret\n' >"$HOME/secret"
run login "$ISSUER" --client-id conf --client-secret-file "$HOME/secret" --browser 'curl -sSL -o /dev/null'
run introspect
check "introspect: a client with a secret" out_matches '^active: true$'
printf 'wrong\n' | "$BIN/oauthctl" provider set "$ISSUER" --client-id conf --client-secret-file - 2>"$BASE/set"
run introspect
check_fails "introspect: a wrong secret" 6
check "introspect: is named" err_has invalid_client
run --json revoke
check_fails "revoke: a wrong secret" 6
run accounts --json
check "revoke: a refusal changes nothing" json_is '.[0].needs_login' false
stop_peer "$ISSUER_PID"
run revoke
check_fails "revoke: nobody there" 5
run accounts --json
check "revoke: silence changes nothing" json_is '.[0].needs_login' false
run introspect
check_fails "introspect: nobody there" 5

new_home
start_issuer --auto-approve ada --sign-answers --alg ES256
run login "$ISSUER" --client-id demo --browser 'curl -sSL -o /dev/null'
run --json introspect
check "introspect: a signed answer" json_is .claims.active true
stop_peer "$ISSUER_PID"

run introspect --bogus
check_fails "introspect: an unknown option" 2
finish
