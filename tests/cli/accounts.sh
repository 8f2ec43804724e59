#!/usr/bin/env bash
# accounts, show, whoami, userinfo, rename, default, logout; which account is meant; the index.
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"
index=$XDG_STATE_HOME/oauthctl/index

run accounts
check "no account: exit 0" status 0
check "no account: nothing on stdout" out_empty
run show
check_fails "show without account" 3
check "show without account: what to do" err_has 'oauthctl login'

sign_in() { # USER LOGIN-ARGUMENT...
	local user=$1
	shift
	start_issuer --auto-approve "$user"
	run login "$ISSUER" --client-id demo --browser 'curl -sSL -o /dev/null' "$@"
}
sign_in ada
check "login: the name" out '127.0.0.1:ada@example.org'
name=$OUT
check "login: the index has it" grep -q "^account	$name	" "$index"
check "the index is 0600" test "$(stat -c %a "$index")" = 600
check "the index holds no token" test "$(grep -ciE 'token|refresh' "$index")" = 0

run --json accounts
check "accounts: an array of one, every member" out_matches \
	'^\[\{"version":1,"name":"127.0.0.1:ada@example.org","provider":null,"issuer":"http://127.0.0.1:[0-9]+","subject":"[^"]+","client_id":"demo","email":"ada@example.org","scopes":\[("[a-z_]+",?)+\],"store":"file:[^"]+","default":false,"access_expires_at":[0-9]+,"refresh_expires_at":null,"needs_login":false,"resource":null\}\]$'
one=$OUT
run --json show
check "show: the same object, its further tokens and details" out "$(sed 's/^\[//; s/}\]$/,"further":[],"authorization_details":null}/' <<<"$one")"
run --json whoami
check "whoami: the identity" out_matches '^\{"version":1,"name":"127.0.0.1:ada@example.org","provider":null,"issuer":"[^"]+","subject":"[^"]+","email":"ada@example.org"\}$'
run accounts
check "accounts: a table" out_matches '^127.0.0.1:ada@example.org +http://127.0.0.1:[0-9]+ +[0-9]+ min left +no end known +openid'
run show
check "show: for people" out_matches '^e-mail +ada@example.org$'
token=$("$BIN/oauthctl" token)
check "show: no secret" out_lacks "$token"
run userinfo
check "userinfo" out_matches '^email: ada@example.org$'
run --json userinfo
check "userinfo as JSON" out_matches '^\{"version":1,"claims":\{.*"sub":"[^"]+"'

# One account may go unnamed; it may be meant in four ways, and never by a part of a word.
for meant in "$name" ada@example.org "$ISSUER"; do
	run whoami "$meant"
	check "an account is meant by $meant" status 0
	run token --account "$meant"
	check "and by --account $meant" out "$token"
done
for not in ada example.org 127.0.0.1 "$ISSUER/" ADA@example.org; do
	run whoami "$not"
	check_fails "an account is not meant by $not" 3
done
OAUTHCTL_ACCOUNT=nobody run whoami
check_fails "OAUTHCTL_ACCOUNT names none" 3
OAUTHCTL_ACCOUNT=nobody run whoami "$name"
check "what stands on the line goes before it" status 0

run rename home
check "rename: prints the new name" out home
run show 127.0.0.1:ada@example.org
check_fails "rename: the old name is gone" 3
run rename home 'a b'
check_fails "rename: a blank" 2

stop_peer "$ISSUER_PID"
sign_in bob --account work
check "a second account" out work
run rename work home
check_fails "rename: a name that is taken" 2
run token
check_fails "two accounts and none named" 3
check "both are listed" err_has 'home, work'
run --json token
check "ambiguous, as JSON" err_has '"code":"ambiguous"'
run default
check_fails "no default" 3
run default work
check "default: prints the name" out work
run token
check "the default serves" status 0
run default
check "default: without operand" out work
run --json accounts
check "accounts: the default is marked" out_matches '"name":"work".*"default":true'
run rename work job
run default
check "rename: the default follows" out job
run login "$ISSUER" --client-id demo --browser 'curl -sSL -o /dev/null' --account post
run default
check "a login under another name: the default follows" out post
sed -i 's/"default_account": *"post"/"default_account": "nowhere"/' "$XDG_CONFIG_HOME/oauthctl/config.json"
run default
check_fails "default: one that is no account" 3
run default post
run rename post job
run default nobody
check_fails "default: no such account" 3

# The index is a hint: without it everything is found, and it is written again.
rm "$index"
run whoami home
check "without index" status 0
check "the index is there again" grep -q '^account	home	' "$index"
printf 'garbage' >"$index"
run whoami home
check "with a broken index" status 0
chmod 666 "$index"
run whoami job
check "with an index that others can write" status 0
# A name that the index has and the store has not.
sed -i 's/^account	job	\([0-9a-f]\{4\}\)[0-9a-f]\{4\}/account	job	\10000/' "$index" && chmod 600 "$index"
run whoami job
check_fails "an index that is wrong" 3
run whoami job
check "is mended" status 0

run --store "file:$HOME/other" --json accounts
check "another store is empty" out '[]'
run --json accounts
check "and the accounts of this one are still there" out_matches '"name":"home".*"name":"job"'

# A store that cannot be read is tried once, however many accounts the index has there: it may be one that hangs.
chmod 644 "$OAUTHCTL_KEY_FILE"
printf '{"store":"file"}' >"$HOME/config.json"
if strace -o /dev/null true 2>/dev/null; then
	run_program env -u OAUTHCTL_STORE OAUTHCTL_CONFIG="$HOME/config.json" ASAN_OPTIONS=detect_leaks=0 \
		strace -f -qq -e trace=openat -o "$BASE/trace" "$BIN/oauthctl" --no-input accounts
	check "a store that cannot be read" status 8
	check "it is told" err_has 'can be read by other users'
	check "the index has several accounts there" test "$(grep -c "^account" "$index")" -gt 1
	check "it was tried once" test "$(grep -cF "\"$OAUTHCTL_KEY_FILE\"" "$BASE/trace")" -eq 1
else
	skip "strace may not look here"
fi
chmod 600 "$OAUTHCTL_KEY_FILE"

run logout job
check "logout: exit 0" status 0
check "logout: says what happened where" out 'job: removed from the encrypted file store; revoked at the provider'
check "logout: the issuer was asked" test "$(issuer_count 'POST /revoke')" -ge 1
check "logout: the default is gone" test "$(grep -c default_account "$XDG_CONFIG_HOME/oauthctl/config.json")" = 0
run logout job
check_fails "logout: twice" 3
stop_peer "$ISSUER_PID"
run --json logout home
check "logout without the provider: exit 0" status 0
check "logout without the provider: says so" out_matches '^\{"version":1,"name":"home","removed":true,"revoked":"no","detail":"[^"]+","session":null\}$'
run --json accounts
check "nothing is left" out '[]'
run --json logout --all
check "logout --all of none" out '[]'
finish
