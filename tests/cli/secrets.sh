#!/usr/bin/env bash
# No secret outlives its use: whatever went over the wire (seen by strace, for the issuer here speaks plain http) is looked for
# in every log, message and file that oauthctl wrote, and in the arguments of every process that it started.
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"
export ASAN_OPTIONS=detect_leaks=0 # it cannot look under strace
secret=hush-Nf83kd02ms-hush
printf %s "$secret" >"$BASE/client-secret"
traces=0

# Runs oauthctl with -v under strace. stderr is kept; stdout as well, under the name of what was run.
traced() {
	traces=$((traces + 1))
	run_program strace -f -qq -s 65536 -e trace=network,read,write,execve -o "$BASE/trace.$traces" \
		timeout -k 5 60 "$BIN/oauthctl" -v "$@"
	cp "$BASE/err" "$HOME/log.$traces"
}
# What of it must be nowhere else, from the requests and the replies of all traces: NAME VALUE, one a line.
secrets() {
	local name
	for name in code code_verifier refresh_token token; do
		sed -nE "s/.*[&\" ]$name=([A-Za-z0-9._~%+-]{16,}).*/$name \\1/p; s/.*\\\\n$name=([A-Za-z0-9._~%+-]{16,}).*/$name \\1/p" "$BASE"/trace.*
	done
	for name in access_token refresh_token id_token; do
		grep -ohE "\\\\\"$name\\\\\": *\\\\\"[^\"\\\\]+" "$BASE"/trace.* | sed -E "s/.*\"(.*)/$name \\1/"
	done
	sed -nE 's/.*Authorization: (Basic|Bearer) ([A-Za-z0-9+/=._~-]+).*/authorization \2/p' "$BASE"/trace.*
	printf 'client_secret %s\n' "$secret"
}
# lies_in FILE...: prints the kinds of secrets that are found there. FILE may be a directory.
lies_in() {
	local kind value
	while read -r kind value; do
		if grep -rqaF -- "$value" "$@"; then printf '%s\n' "$kind"; fi
	done <"$BASE/secrets" | sort -u | xargs
}
knows() { grep -q "^$1 " "$BASE/secrets"; }

start_issuer --client "confidential:$secret" --access-ttl 300
# The script stands in for the browser, and notes what an application that is started sees of the one that starts it.
cat >"$BASE/browser" <<'B'
#!/bin/sh
tr '\0' '\n' </proc/$$/cmdline >"$1/cmdline"
tr '\0' '\n' </proc/$$/environ >"$1/environ"
exec bash "$SRC/tests/issuer/approve.sh" "$2"
B
mkdir "$HOME/seen"
login=(login "$ISSUER" --client-id confidential --client-secret-file "$BASE/client-secret" --account me --browser "sh $BASE/browser $HOME/seen")
traced "${login[@]}"
check "login" out me
if [ ! -s "$BASE/trace.1" ]; then
	skip "strace may not look here"
	finish
fi
cp "$BASE/out" "$HOME/stdout.login"
traced token
cp "$BASE/out" "$BASE/token"
traced token --refresh
check "a refresh" status 0
traced userinfo
check "userinfo" status 0
cp "$BASE/out" "$HOME/stdout.userinfo"
for verb in accounts whoami refresh; do
	traced --json "$verb"
	check "$verb" status 0
	cp "$BASE/out" "$HOME/stdout.$verb"
done
traced login "$ISSUER" --client-id demo --account other --browser "env APPROVE_USER=eve bash $SRC/tests/issuer/approve.sh"
check "another login" out other
traced logout other
check "logout" status 0

# What goes wrong is told, not shown: a wrong client secret, and an issuer that is gone.
printf %s "${secret/hush/wrong}" >"$BASE/client-secret"
traced "${login[@]}"
check "a wrong client secret" test "$STATUS" -ne 0
printf %s "$secret" >"$BASE/client-secret"
stop_peer "$ISSUER_PID"
traced token --refresh
check "a refresh without an issuer" test "$STATUS" -ne 0

secrets | sort -u >"$BASE/secrets"
for kind in code code_verifier refresh_token access_token id_token authorization client_secret; do
	check "strace saw: $kind" knows "$kind"
done
check "the search finds what is there" test "$(lies_in "$BASE/token")" = access_token
grep -h ' execve(' "$BASE"/trace.* >"$BASE/started"
check "strace saw the browser start" grep -qF approve.sh "$BASE/started"

check "no secret in a log" test -z "$(lies_in "$HOME"/log.*)"
check "the logs tell of the requests" grep -q POST "$HOME/log.1"
check "no secret in an answer that is no token" test -z "$(lies_in "$HOME"/stdout.*)"
check "no secret in the state, the cache, the configuration" test -z "$(lies_in "$XDG_STATE_HOME" "$XDG_CACHE_HOME" "$XDG_CONFIG_HOME" "$XDG_RUNTIME_DIR")"
check "there is a state and a cache" test -n "$(find "$XDG_STATE_HOME" -type f)" -a -n "$(find "$XDG_CACHE_HOME" -type f)"
check "no secret in the browser's arguments and environment" test -z "$(lies_in "$HOME/seen")"
check "no secret in the arguments of any process" test -z "$(lies_in "$BASE/started")"
check "no secret anywhere in the home" test -z "$(lies_in "$HOME")"
check "nobody else may read what was written" test -z "$(find "$XDG_STATE_HOME/oauthctl" "$XDG_CACHE_HOME/oauthctl" -perm /077)"
finish
