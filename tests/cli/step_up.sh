#!/usr/bin/env bash
# login --acr-values, --max-age, --challenge: what a protected resource demanded is asked for, what was granted is kept.
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"

start_issuer --auto-approve ada
browser='curl -sSL -o /dev/null'
run login "$ISSUER" --client-id demo --scope 'email offline_access' --acr-values bronze --acr-values 'silver gold' --max-age 1h \
	--browser "$browser"
check "a way to sign in" status 0
check "is asked for" err_has 'acr_values=bronze+silver+gold'
check "the time too" err_has 'max_age=3600'
check "it was met" err_lacks warning
run login "$ISSUER" --client-id demo --acr-values bronze --browser "$browser"
check "one that cannot be had" status 0
check "is warned of" err_matches '^warning: .*acr_values'

run login "$ISSUER" --client-id demo --scope 'email offline_access' --browser "$browser"
printf 'Bearer error="insufficient_user_authentication", acr_values="gold", max_age="5"\n' >"$HOME/challenge"
run login "$ISSUER" --client-id demo --challenge "$HOME/challenge" --browser "$browser"
check "a challenge of a file" status 0
check "its max_age is sent" err_has 'max_age=5'
check "its acr is had" err_lacks warning
run show --json
check "the scopes stay" json_is '.scopes | sort | join(" ")' 'email offline_access openid'
printf 'HTTP/1.1 403 Forbidden\r\nWWW-Authenticate: DPoP error="insufficient_scope", scope="api.read"\r\n\r\n' |
	"$BIN/oauthctl" login "$ISSUER" --client-id demo --challenge - --add-scope api.write --browser "$browser" >"$BASE/out" 2>"$BASE/err"
check "a head on standard input" test $? = 0
run show --json
check "scopes are added" json_is '.scopes | sort | join(" ")' 'api.read api.write email offline_access openid'

for bad in '' 'Bearer realm="x"' 'Bearer error="invalid_token"' 'Bearer error="insufficient_scope"' \
	'Bearer error="insufficient_user_authentication", max_age="soon"'; do
	printf '%s\n' "$bad" >"$HOME/challenge"
	run_to_the_end login "$ISSUER" --client-id demo --challenge "$HOME/challenge" --browser "touch $HOME/opened"
	check_fails "no demand: $bad" 2
done
printf 'Bearer error="insufficient_scope", scope="api.read"\n' >"$HOME/challenge"
for also in '--scope email' '--acr-values gold' '--max-age 1m' --device --client-credentials; do
	# shellcheck disable=SC2086 # an option and its value
	run_to_the_end login "$ISSUER" --client-id demo --challenge "$HOME/challenge" $also --browser "touch $HOME/opened"
	check_fails "not with $also" 2
done
run_to_the_end login "$ISSUER" --client-id demo --challenge "$HOME/nonesuch" --browser "touch $HOME/opened"
check "a file that is not there" test "$STATUS" -ne 0
check "no browser was opened" test ! -e "$HOME/opened"
new_home
printf 'Bearer error="insufficient_scope", scope="api.read"\n' >"$HOME/challenge"
run_to_the_end login "$ISSUER" --client-id demo --challenge "$HOME/challenge" --browser "touch $HOME/opened"
check_nothing_stored "no account to widen" 3
finish
