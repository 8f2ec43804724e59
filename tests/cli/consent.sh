#!/usr/bin/env bash
# What the user may do about a login besides saying yes: no, less, and being another to each client.
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"

BROWSER_BY_CURL='curl -sSL -o /dev/null'
login_as() { run login "$ISSUER" --client-id "$1" --browser "$BROWSER_BY_CURL" "${@:2}"; } # CLIENT_ID ARGUMENT...

# @spec RFC 6749 section 4.1.2.1; RFC 8628 section 3.5
start_issuer --auto-deny --device-interval 1
login_as demo
check_nothing_stored "the user says no" 9
check "the user says no: it is said" err_has access_denied
check "the user says no: no token is asked for" test "$(issuer_count 'POST /token')" = 0
cat >"$BASE/device" <<'EOF'
#!/bin/bash
# Types the code as soon as it is shown on the stream $1.
for ((n = 0; n < 400; n++)); do
	code=$(sed -nE 's#^  ([A-Z]{4}-[A-Z]{4})\r?$#\1#p' "$1" | head -1)
	if [ -n "$code" ]; then exec curl -sS -o /dev/null -G --data-urlencode "user_code=$code" "$2/device"; fi
	sleep 0.05
done
EOF
device_login() { # CLIENT_ID ARGUMENT...
	: >"$BASE/err"
	bash "$BASE/device" "$BASE/err" "$ISSUER" &
	run login "$ISSUER" --client-id "$1" --device "${@:2}"
	wait $!
}
device_login demo
check_nothing_stored "no to a device" 9
stop_peer "$ISSUER_PID"

# @spec RFC 6749 section 3.3
start_issuer --auto-approve ada --grant 'openid email offline_access' --device-interval 1
run --json login "$ISSUER" --client-id demo --browser "$BROWSER_BY_CURL" --scope 'openid email offline_access api.read api.write'
check "less than was asked for" status 0
check "less: it is told" err_has 'not granted: api.read api.write'
check "less: the account has what was granted" json_is '.scopes|join(" ")' 'openid email offline_access'
run token --refresh
check "less: it can be renewed all the same" status 0
device_login demo --scope 'openid email offline_access api.read'
check "less on a device" status 0
check "less on a device: it is told" err_has 'not granted: api.read'
stop_peer "$ISSUER_PID"

# @spec OpenID Connect Core section 8: to each client the user is another, and so is the account.
new_home
start_issuer --auto-approve ada --pairwise salt --device-interval 1
login_as one --account first
check "pairwise: the first client" status 0
login_as two --account first
check_fails "pairwise: the second client under the same name" 7
check "pairwise: both subjects are told" err_matches 'signed in as [A-Za-z0-9_-]{20}, but the account first is [A-Za-z0-9_-]{20}'
login_as two --account second
check "pairwise: the second client under another name" status 0
check "pairwise: two accounts" test "$(account_count)" = 2
run --json accounts
first=$(json '.[]|select(.name=="first").subject') second=$(json '.[]|select(.name=="second").subject')
check "pairwise: of two subjects" test -n "$first" -a -n "$second" -a "$first" != "$second"
check "pairwise: and one address" json_is '[.[].email]|unique|length' 1
for name in first second; do
	run token --account "$name" --refresh
	check "pairwise: $name refreshes, with its own subject" status 0
	run --json userinfo --account "$name"
	check "pairwise: userinfo is about $name" json_is .claims.sub "${!name}"
	run --json introspect --account "$name"
	check "pairwise: introspection is, too" out_has "${!name}"
done
device_login one --account first
check "pairwise: a device is the same client" status 0
check "pairwise: and renews the account" test "$(account_count)" = 2
finish
