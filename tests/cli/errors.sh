#!/usr/bin/env bash
# The exit statuses, and that each failure names the command that mends it.
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"

start_issuer --auto-approve ada --client 'secret-app:s3cr3t'
browser=(--browser 'curl -sSL -o /dev/null')
run login "$ISSUER" --client-id demo "${browser[@]}" --account ada
check "login" out ada

# 3
run login nonesuch
check_fails "no such provider" 3
run login "$ISSUER"
check_fails "no client id" 3
check "no client id: the command" err_has "oauthctl provider set $ISSUER --client-id ID"
run login "$ISSUER" --account ada "${browser[@]}"
check "but an account knows its client" out ada
# What is not there is a file, an account, or something of the provider's: each has its own way on.
for option in --client-secret-file --challenge; do
	run login "$ISSUER" --client-id demo "$option" "$HOME/nowhere"
	check_fails "no file for $option" 3
	check "no file for $option: where to look" err_has 'Check the path.'
done
run provider check ./nowhere.json
check_fails "no preset there" 3
check "no preset there: where to look" err_has 'Check the path.'
run token --account nobody
check_fails "no such account" 3
check "no such account: the list" err_has 'oauthctl accounts'
run login "$ISSUER" --client-id demo --account nobody --existing-only "${browser[@]}"
check_fails "no account to renew" 3
check "no account to renew: the list" err_has 'oauthctl accounts'
run login "$ISSUER/nothing" --client-id demo "${browser[@]}"
check_fails "no metadata" 3
check "no metadata: what there is" err_has "oauthctl provider discover $ISSUER/nothing"
run userinfo --account ada --photo "$HOME/photo"
check_fails "no photo" 3
check "no photo: what else there is" err_has 'oauthctl userinfo --account ada'
run dpop --account ada --url https://api.example.org/
check_fails "no key that the token is bound to" 3
check "no key: how to get one" err_has "oauthctl login $ISSUER --account ada --dpop"

# The client is known, and lacks its key.
for option in --jar --jwt-bearer-subject=ada; do
	run login "$ISSUER" --client-id demo "$option"
	check_fails "no key for $option" 3
	check "no key for $option: the command" err_has "Run: oauthctl provider set $ISSUER --client-id demo --generate-client-key"
	check "no key for $option: a secret would not do" err_lacks --client-secret-file
done
run login "$ISSUER" --client-id demo --client-credentials
check_fails "nothing to sign in with as a client" 3
check "nothing to sign in with: the command" err_has \
	"Run: oauthctl provider set $ISSUER --client-id demo --generate-client-key   (or --client-secret-file FILE)"

# 2
OAUTHCTL_KEYRING_TIMEOUT=0 run token
check_fails "a keyring timeout of nothing" 2
check "a keyring timeout of nothing: the variable" err_has 'OAUTHCTL_KEYRING_TIMEOUT is no number of seconds from 1 to 60'
OAUTHCTL_KEYRING_TIMEOUT=60 run token
check "a keyring timeout of a minute" status 0

head -c 40000 /dev/zero | tr '\0' a >"$HOME/large"
for option in --client-secret-file --challenge; do
	run login "$ISSUER" --client-id demo "$option" "$HOME/large"
	check_fails "too large a file for $option" 2
	check "too large a file for $option: which, and how large it may be" err_matches "^oauthctl: $HOME/large is larger than [0-9]+ bytes$"
	check "too large a file for $option: where to read on" err_has 'See: oauthctl help login'
done
# 9 and 130
run login "$ISSUER" --client-id demo --no-browser --timeout 1s
check_fails "nobody answers the login" 9
check "nobody answers: more time" err_has '--timeout'
run login "$ISSUER" --client-id demo --device --timeout 1s
check_fails "nobody enters the code" 9
check "nobody enters the code: the same way again" err_has "oauthctl login $ISSUER --client-id demo --device --timeout 15m"
: >"$BASE/err" # the hint of the run before holds a URL too
"$BIN/oauthctl" login "$ISSUER" --client-id demo --no-browser >"$BASE/out" 2>"$BASE/err" </dev/null &
pid=$!
for ((n = 0; n < 1200; n++)); do
	if grep -q http "$BASE/err"; then break; fi
	sleep 0.05
done
# A shell's background jobs ignore SIGINT; SIGTERM takes the same way.
kill -TERM "$pid"
wait "$pid"
STATUS=$?
check "a login that is interrupted: 130" status 130
check "a login that is interrupted: nothing on stdout" out_empty

# 6: the client's secret is wrong; what the provider said is shown.
printf 'wrong\n' >"$HOME/wrong"
run login "$ISSUER" --client-id secret-app --client-secret-file "$HOME/wrong" "${browser[@]}"
check_fails "a wrong secret" 6
check "a wrong secret: what the provider said" err_has 'The provider said: invalid_client'
check "a wrong secret: the command" err_has 'oauthctl provider set'
run --json login "$ISSUER" --client-id secret-app --client-secret-file "$HOME/wrong" "${browser[@]}"
check "a wrong secret as JSON: the last line" test "$(tail -1 "$BASE/err" | grep -c '"oauth_error":"invalid_client".*"exit":6')" = 1
printf 's3cr3t\r\n' >"$HOME/right"
run login "$ISSUER" --client-id secret-app --client-secret-file "$HOME/right" "${browser[@]}" --account app
check "the right secret" out app
run refresh app
check "it is kept for refreshing" status 0
check "it is in no file" test -z "$(grep -rl s3cr3t "$XDG_CONFIG_HOME" "$XDG_STATE_HOME" "$XDG_CACHE_HOME")"

# 6: a scope that the account was not given.
run token --account ada --scope nonesuch
check_fails "a scope that there is not" 6
check "a scope that there is not: ask for it" err_has "oauthctl login $ISSUER --account ada --add-scope SCOPE"

# 7: a preset with a word that there is not.
printf '{"id":"mine","issuer":"https://login.example.net","scope":"openid","pkce":"maybe"}' >"$HOME/mine.json"
run provider check "$HOME/mine.json"
check_fails "a preset that does not read" 7
check "a preset that does not read: the page" err_has 'See: man belgoauth-preset'

# 7: somebody else signs in under a name that is taken.
stop_peer "$ISSUER_PID"
port=${ISSUER##*:}
start_issuer --auto-approve bob --port "$port" --client 'secret-app:s3cr3t'
run login "$ISSUER" --client-id demo "${browser[@]}" --account ada
check_fails "another user" 7
check "another user: what to do" err_has '--replace'
run login "$ISSUER" --client-id demo "${browser[@]}" --existing-only
check_fails "another user, and only an account that is there" 7
check "only an account that is there: what to do" err_has 'leave out --existing-only'
run --json show ada
check "another user: the account is as it was" out_has '"email":"ada@example.org"'

# Whoever takes the name over has it, and the commands that look it up say so at once.
run login "$ISSUER" --client-id demo "${browser[@]}" --account w
check "a name of one's own" out w
run login "$ISSUER" --client-id another "${browser[@]}" --account w --replace
check "is taken over by another account" out w
run token --account w
check "whose token it is from then on" status 0
run logout w
check "and which is found" status 0

# Two stores may have one name.
run --store "file:$HOME/second" login "$ISSUER" --client-id demo "${browser[@]}" --account app
check "the name in a second store" out app
OAUTHCTL_STORE='' run token --account app
check_fails "a name in two stores" 3
check "a name in two stores: which" err_has "file:$HOME/second"
check "a name in two stores: what to add" err_has '--store URI'
run --store "file:$HOME/second" logout app
for verb in show refresh logout; do
	run "$verb"
	check_fails "$verb: several accounts" 3
	check "$verb: several accounts: how one is named" err_has "oauthctl $verb NAME"
done

# A client that signs in by itself is signed in again in that way.
run login "$ISSUER" --client-id secret-app --client-credentials --account svc --scope api.read
check "a client's own account" out svc
run introspect --account svc --refresh-token
check_fails "which has no refresh token" 2
run exchange --account svc --subject-token-type refresh_token
check_fails "and can exchange none" 2
run revoke --account svc
run token --account svc
check_fails "its tokens were revoked" 4
check "its tokens were revoked: says so" err_has 'its tokens were revoked'
check "its tokens were revoked: the same way again" err_has "oauthctl login $ISSUER --account svc --client-credentials"
run show svc
check "it has no access token" out_matches '^access token +none$'
run login "$ISSUER" --client-id secret-app --account svc --client-credentials
check "the same way again" out svc
run logout svc

# 4: the issuer was started anew and knows the refresh token no more.
run token --account ada --refresh
check_fails "a refresh token that is dead" 4
check "a refresh token that is dead: the command" err_has "Run: oauthctl login $ISSUER --account ada"
run --json accounts
check "the list says so" out_matches '"name":"ada".*"needs_login":true'
run --json token --account ada --refresh
check "dead, as JSON" err_matches '"code":"login_needed".*"hint":"Run: oauthctl login .* --account ada".*"exit":4'

# 5
stop_peer "$ISSUER_PID"
run login http://127.0.0.1:1 --client-id demo "${browser[@]}"
check_fails "nobody is there" 5
check "nobody is there: what to add to the line" err_has 'To see each request, add -v.'
run refresh app
check_fails "nobody is there for a refresh" 5
check "nobody is there: stored tokens stay" err_has 'what is stored is untouched'

# 8
OAUTHCTL_KEY_FILE=$HOME/none run show ada
check_fails "no key" 8
head -c 32 /dev/urandom >"$HOME/key2"
chmod 600 "$HOME/key2"
OAUTHCTL_KEY_FILE=$HOME/key2 run token --account app
check_fails "the wrong key" 8
check "the wrong key: where to look" err_has OAUTHCTL_KEY_FILE
run show ada
check "and the right one still opens it" status 0

# 2, and nothing else said.
run --store floppy show ada
check "an unknown store" test "$STATUS" -ne 0
check "an unknown store: stdout is empty" out_empty
env -u HOME -u XDG_STATE_HOME -u XDG_CONFIG_HOME -u XDG_CACHE_HOME "$BIN/oauthctl" accounts >"$BASE/out" 2>"$BASE/err"
STATUS=$?
check "no home at all" test "$STATUS" -ne 0
check "no home at all: says so" grep -q HOME "$BASE/err"
finish
