#!/usr/bin/env bash
# A web program that signs its users in at oidc-provider: the example for embedders, its visitors, and the provider's pages.
# usage: web.sh DIRECTORY
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"
need_node_modules

start_op
serve "$1/weblogin" "$OP" native
at_provider() { # BROWSER: begins a login, signs in as LOGIN_USER, and says where the provider sends the browser
	local url
	url=$(curl -sS --max-time 60 -o /dev/null -b "$BASE/jar.$1" -c "$BASE/jar.$1" -w '%{redirect_url}' "${SITE}login")
	LOGIN_STOP=1 "$(node_bin)" "$SRC/tests/interop/login.mjs" "$url"
}

browse ada "$SITE"
check "nobody at first" out 'You are nobody: go to /login 200'
callback=$(at_provider ada)
check "the provider says who it is" test "${callback/iss=/}" != "$callback"
browse eve "$callback"
check "another browser cannot finish it" out_matches 403
browse ada "$callback"
check "the one that began can" out 'You are ada@example.test 200'
browse ada "$callback"
check "once" out_matches 403
browse ada "$SITE"
check "and is known from then on" out 'You are ada@example.test 200'
callback=$(LOGIN_USER=bob at_provider bob)
browse bob "$callback"
check "another user" out 'You are bob@example.test 200'
browse ada "$SITE"
check "beside the first" out 'You are ada@example.test 200'

callback=$(at_provider carol)
browse carol "${callback/code=/code=x}"
check "a code that the provider did not give" out_matches 403
callback=$(at_provider carol)
browse carol "$(sed 's/iss=[^&]*/iss=https%3A%2F%2Fevil.example/' <<<"$callback")"
check "an answer of another issuer" out_matches 403
callback=$(LOGIN_ACTION=deny at_provider carol)
browse carol "$callback"
check "a user who says no" out 'the login was declined at the provider 403'
browse carol "$SITE"
check "none of which signed anybody in" out 'You are nobody: go to /login 200'

callback=$(at_provider carol)
stop_peer "$OP_PID"
browse carol "$callback"
check "a provider that is down when it is asked" out_matches 'could not connect'
check "signs nobody in" out_matches '403$'
browse ada "$SITE"
check "those who are signed in stay so" out 'You are ada@example.test 200'
end_site
check "the program ends well" status 0
finish
