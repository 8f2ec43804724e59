#!/usr/bin/env bash
# What becomes of tokens and of the user's session at oidc-provider: introspection, userinfo, revocation, plain and signed.
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"
need_node_modules

start_op
at_userinfo() { [ "$(curl -sS -m 20 -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $1" "$OP/me")" = "$2" ]; }
media_type() { curl -sS -m 20 -o /dev/null -w '%{content_type}' "$@"; }

# @spec RFC 7662, RFC 9701, OpenID Connect Core section 5.3.2: the same commands, whichever way the client is answered.
asked_and_answered() { # CLIENT
	login_by_script "$OP" --client-id "$1"
	run token --min-valid 10
	token=$OUT
	run --json introspect
	check "$1: introspect" json_is .claims.active true
	check "$1: introspect: the client" json_is .claims.client_id "$1"
	check "$1: introspect: the user" json_is .claims.sub ada
	check "$1: introspect: no token" out_lacks "$token"
	run --json introspect --refresh-token
	check "$1: introspect: the refresh token" json_is .claims.active true
	check "$1: introspect: of which no type is said" json_is '.claims | [.token_type, .aud] | tostring' '[null,null]'
	run --json userinfo
	check "$1: userinfo" json_is .claims.email ada@example.test
	run revoke
	check "$1: revoke" out_matches 'revoked at the provider; the account is kept and needs a login$'
	check "$1: revoke: the token is dead" at_userinfo "$token" 401
	run introspect
	check_fails "$1: revoke: nothing to introspect" 4
	run accounts --json
	check "$1: revoke: the account is kept" json_is '.[0].needs_login' true
	login_by_script "$OP" --client-id "$1"
	check "$1: a login mends it" status 0
	run token
	check "$1: and the token works" at_userinfo "$OUT" 200
}
asked_and_answered native
new_home
asked_and_answered signed
run token
check "signed: userinfo is signed" test "$(media_type -H "Authorization: Bearer $OUT" "$OP/me")" = 'application/jwt; charset=utf-8'
check "signed: introspection is signed" test "$(media_type -d "client_id=signed&token=$OUT" -H 'Accept: application/token-introspection+jwt' \
	"$OP/token/introspection")" = 'application/token-introspection+jwt; charset=utf-8'

# @spec OpenID Connect RP-Initiated Logout 1.0: one browser, whose session at the provider ends with the logout, and not before.
jar_login() { LOGIN_JAR=$HOME/jar login_by_script "$OP" --client-id native "$@"; }
new_home
jar_login
check "session: login" status 0
run logout
check "session: a logout" status 0
jar_login --prompt none # which this provider allows no native client, but it says first that it knows nobody
check "session: leaves the session at the provider" err_has interaction_required
jar_login
LOGIN_JAR=$HOME/jar LOGIN_OUT=$HOME/left run -v logout --end-session --browser "$(node_bin) $SRC/tests/interop/login.mjs"
check "session: logout --end-session" out_matches 'revoked at the provider; the browser was opened to end the session there$'
check "session: no ID token is shown" err_lacks eyJ
check "session: the provider says goodbye" until_true 60 grep -qs 'Sign-out Success' "$HOME/left" # the browser is not waited for
jar_login --prompt none
check_nothing_stored "session: it is over" 6
check "session: by name" err_has login_required

new_home
login_by_script "$OP" --client-id signed
run token
# A token that was ended behind our back is an answer too.
curl -sS -m 20 -d "client_id=signed&token=$OUT" "$OP/token/revocation"
run --json introspect
check "a token that somebody else ended" status 0
check "is no longer active" json_is .claims.active false
finish
