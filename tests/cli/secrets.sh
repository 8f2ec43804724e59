#!/usr/bin/env bash
# No secret outlives its use: whatever went over the wire (the issuer notes it) is looked for in every log, message and file that
# oauthctl wrote, and in what the browser was started with.
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"
secret=hush-Nf83kd02ms-hush
printf %s "$secret" >"$BASE/client-secret"
runs=0

# Runs oauthctl with -v and keeps its stderr.
loud() {
	run -v "$@"
	runs=$((runs + 1))
	cp "$BASE/err" "$HOME/log.$runs"
}
# The same; its stdout is none that may hold a token, and is kept too.
quiet() {
	loud "$@"
	cp "$BASE/out" "$HOME/answer.$runs"
}
# What must be nowhere else: KIND VALUE, one a line.
secrets() {
	sed -nE 's/^form (code|code_verifier|refresh_token|token) (.+)/\1 \2/p; s/^authorization [A-Za-z]+ (.+)/authorization \1/p' "$BASE/wire"
	sed -n 's/^reply //p' "$BASE/wire" |
		jq -r 'to_entries[] | select(.key | IN("access_token", "refresh_token", "id_token")) | "\(.key) \(.value)"'
	printf 'client_secret %s\n' "$secret"
}
# lies_in FILE-OR-DIRECTORY...: prints the kinds of secrets that are found there.
lies_in() {
	local kind value
	while read -r kind value; do
		if grep -rqaF -- "$value" "$@"; then printf '%s\n' "$kind"; fi
	done <"$BASE/secrets" | sort -u | xargs
}
check_none() { # WHAT FILE-OR-DIRECTORY...
	local what=$1 found
	shift
	found=$(lies_in "$@")
	check "no secret in $what" test -z "$found"
}

start_issuer --client "confidential:$secret" --access-ttl 300 --wire "$BASE/wire"
# The script stands in for the browser, and notes what a program that is started sees of the one that starts it.
cat >"$BASE/browser" <<'B'
#!/bin/sh
tr '\0' '\n' </proc/$$/cmdline >"$1/cmdline"
tr '\0' '\n' </proc/$$/environ >"$1/environ"
exec bash "$SRC/tests/issuer/approve.sh" "$2"
B
mkdir "$HOME/browser"
login=(login "$ISSUER" --client-id confidential --client-secret-file "$BASE/client-secret" --account me
	--browser "sh $BASE/browser $HOME/browser")
quiet "${login[@]}"
check "login" out me
loud token
cp "$BASE/out" "$BASE/token"
loud token --refresh
check "a refresh" status 0
# A preset is found by its id, and a secret in the environment by the same: neither may lead anywhere else.
mkdir -p "$XDG_CONFIG_HOME/oauthctl/providers"
preset() { printf '{"id":"own","name":"Own","kind":"oidc","issuer":"%s"}' "$1" >"$XDG_CONFIG_HOME/oauthctl/providers/own.json"; }
preset "$ISSUER"
quiet login own --client-id confidential --client-secret-file "$BASE/client-secret" --account by-preset \
	--browser "env APPROVE_USER=eve sh $BASE/browser $HOME/browser"
check "login by a preset" out by-preset
OAUTHCTL_OWN_CLIENT_ID=other OAUTHCTL_OWN_CLIENT_SECRET=of-another-client loud token --refresh --account by-preset
check "the secret of another client is not sent" status 0
preset "${ISSUER/127.0.0.1/localhost}"
loud token --refresh --account by-preset
check "a preset that changed its issuer does not get the tokens" status 7
preset "$ISSUER"
loud token --refresh --account by-preset
check "its own issuer does" status 0
quiet logout by-preset
check "logout" status 0

for verb in userinfo accounts whoami refresh; do
	quiet --json "$verb"
	check "$verb" status 0
done
OAUTHCTL_OTHER_CLIENT_SECRET=$secret quiet login "$ISSUER" --client-id demo --account other \
	--browser "env APPROVE_USER=eve sh $BASE/browser $HOME/browser"
check "another login" out other
quiet logout other
check "logout" status 0

# What goes wrong is told, not shown: a wrong client secret, and an issuer that is gone.
printf %s "${secret/hush/wrong}" >"$BASE/client-secret"
quiet "${login[@]}"
check "a wrong client secret" test "$STATUS" -ne 0
stop_peer "$ISSUER_PID"
quiet token --refresh
check "a refresh without an issuer" test "$STATUS" -ne 0

secrets | sort -u >"$BASE/secrets"
for kind in code code_verifier refresh_token token access_token id_token authorization client_secret; do
	check "the wire had: $kind" grep -q "^$kind ." "$BASE/secrets"
done
check "the search finds what is there" test "$(lies_in "$BASE/token")" = access_token

check_none "a log" "$HOME"/log.*
check "the logs tell of the requests" grep -q POST "$HOME/log.1"
check_none "an answer that is no token" "$HOME"/answer.*
check_none "the state, the cache, the configuration" "$XDG_STATE_HOME" "$XDG_CACHE_HOME" "$XDG_CONFIG_HOME" "$XDG_RUNTIME_DIR"
check "there is a state" test -n "$(find "$XDG_STATE_HOME" -type f)"
check "there is a cache" test -n "$(find "$XDG_CACHE_HOME" -type f)"
check_none "the browser's arguments and environment" "$HOME/browser"
check "the browser was started with the URL" grep -q code_challenge= "$HOME/browser/cmdline"
check_none "the whole home" "$HOME"
check "nobody else may read what was written" test -z "$(find "$XDG_STATE_HOME/oauthctl" "$XDG_CACHE_HOME/oauthctl" -perm /077)"
finish
