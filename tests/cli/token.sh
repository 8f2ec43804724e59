#!/usr/bin/env bash
# token, header, exec, refresh; one refresh for all; the quick path from the kernel's keyring.
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"

start_issuer --auto-approve ada --access-ttl 900
run login "$ISSUER" --client-id demo --browser 'curl -sSL -o /dev/null' --account ada
check "login" out ada
refreshes() { issuer_count 'POST /token refresh_token 200'; }

run token
check "token: exit 0" status 0
check "token: one line" test "$(wc -l <"$BASE/out")" = 1
check "token: nothing on stderr" test ! -s "$BASE/err"
token=$OUT
check "token: no refresh was needed" test "$(refreshes)" = 0
run token -n
check "token -n: no newline" test "$(wc -l <"$BASE/out")" = 0
check "token -n: the same token" out "$token"
run header # @spec RFC 6750 section 2.1
check "header" out "Authorization: Bearer $token"
run --json token
check "token as JSON" out_matches "^\{\"version\":1,\"access_token\":\"$token\",\"token_type\":\"[Bb]earer\",\"expires_at\":[0-9]+,\"scopes\":\[.*\]\}$"
run --json header
check "header as JSON" out_matches "^\{\"version\":1,\"name\":\"Authorization\",\"value\":\"Bearer $token\",\"expires_at\":[0-9]+\}$"

# shellcheck disable=SC2016 # the child's variables
run exec -- sh -c 'printf %s "$ACCESS_TOKEN"; exit 7'
check "exec: the command's status" status 7
check "exec: the token" out "$token"
# shellcheck disable=SC2016
run exec --env MINE -- sh -c 'printf %s "$MINE$ACCESS_TOKEN"'
check "exec --env" out "$token"
# shellcheck disable=SC2016
run exec sh -c 'printf "%s|" "$@"' _ --json -q a
check "exec: the command's own options" out '--json|-q|a|'
run exec -- sh -c 'kill -s PIPE $$'
check "exec: the command dies of SIGPIPE as it always did" status 141
run exec -- "$HOME/nonesuch"
check "exec: no such command" status 127
run exec -- "$HOME"
check "exec: cannot be run" status 126

# A token that is valid for too short a time is refreshed; one whose lifetime is shorter than that, once.
run token --min-valid 4m
check "--min-valid within the lifetime" out "$token"
run token --min-valid 1h
check "--min-valid beyond it: another token" another_than "$token"
check "--min-valid beyond it: one refresh" test "$(refreshes)" = 1
token=$OUT
run token
check "the new one is stored" out "$token"
run token --refresh
check "--refresh" another_than "$token"
check "--refresh: two refreshes" test "$(refreshes)" = 2
run refresh ada
check "refresh: prints no token" out_matches '^ada: refreshed; valid until .* \([0-9]+ min left\)$'
run --json refresh
check "refresh as JSON: the account" out_matches '^\{"version":1,"name":"ada",.*"access_expires_at":[0-9]+'
# shellcheck disable=SC2016
run exec --min-valid 1h -- sh -c 'ls -l /proc/$$/fd'
check "exec after a refresh: no socket is handed on" out_lacks 'socket:'

has_asked() { [ "$(refreshes)" -gt "$1" ]; }
# However many ask at once, one refresh happens.
before=$(refreshes)
waiting=()
hold_tokens
for n in 1 2 3 4 5 6; do
	"$BIN/oauthctl" token --refresh >"$BASE/par.$n" 2>"$BASE/par.err.$n" &
	waiting+=($!)
done
check "six at once: one asks" until_true 60 has_asked "$before"
sleep 3 # nobody sees the others wait
let_go
good=0
for pid in "${waiting[@]}"; do if wait "$pid"; then good=$((good + 1)); fi; done
check "six at once: all succeed" test "$good" = 6
check "six at once: one refresh" test "$(($(refreshes) - before))" = 1
check "six at once: one token" test "$(cat "$BASE"/par.[1-6] | sort -u | wc -l)" = 1

# What cannot be written is no success.
run_full() { "$BIN/oauthctl" "$@" >/dev/full 2>"$BASE/err"; STATUS=$?; }
run_full token
check "a full disk: exit 1" status 1
check "a full disk: says so" grep -q 'standard output' "$BASE/err"
"$BIN/oauthctl" help 2>"$BASE/err" | true
check "a reader that has gone is no signal" test "${PIPESTATUS[0]}" -le 1

# -v shows each request and no secret.
run -v token --refresh
check "-v: the request" err_has 'POST'
check "-v: no token" err_lacks "$OUT"
check "-v: no code, verifier or refresh token" err_lacks 'refresh_token='

# The quick path: where the token lies in the kernel's keyring, neither store nor key is looked at.
export OAUTHCTL_ACCESS_CACHE=on
run token --refresh
token=$OUT
if keeps_keys; then
	OAUTHCTL_KEY_FILE=$HOME/nowhere run token
	check "cached: the token" out "$token"
	OAUTHCTL_KEY_FILE=$HOME/nowhere run -q header --account ada@example.org --min-valid=2m --no-input
	check "cached: the header" out "Authorization: Bearer $token"
	OAUTHCTL_KEY_FILE=$HOME/nowhere run token -n --store file
	check "cached: the same store by name" out "$token"
	OAUTHCTL_KEY_FILE=$HOME/nowhere run token --min-valid 1h
	check_fails "cached: not valid for long enough" 8
	OAUTHCTL_KEY_FILE=$HOME/nowhere run token --json
	check_fails "cached: JSON is the full program's" 8
	OAUTHCTL_KEY_FILE=$HOME/nowhere run token --store "file:$HOME/other"
	check "cached: not for another store" test "$STATUS" -ne 0
	OAUTHCTL_ACCESS_CACHE=off OAUTHCTL_KEY_FILE=$HOME/nowhere run token
	check_fails "cached: turned off" 8
	run_full token
	check "cached: a full disk" status 1
	# A configuration that changed since then is the full program's to read.
	mkdir -p "$XDG_CONFIG_HOME/oauthctl"
	printf '{"version":1,"default_account":"nobody"}' >"$XDG_CONFIG_HOME/oauthctl/config.json"
	OAUTHCTL_KEY_FILE=$HOME/nowhere run token
	check_fails "cached: the configuration was edited" 8
	rm "$XDG_CONFIG_HOME/oauthctl/config.json"
	cp -r "$XDG_STATE_HOME/oauthctl" "$HOME/before"
	OAUTHCTL_ACCESS_CACHE=off run logout
	run token
	check_fails "cached: gone with the logout" 3
	rm -r "$XDG_STATE_HOME/oauthctl"
	mv "$HOME/before" "$XDG_STATE_HOME/oauthctl"
	OAUTHCTL_KEY_FILE=$HOME/nowhere run token
	check_fails "cached: taken out even where the cache is turned off" 8
else
	skip "the quick path: the kernel keeps no keys for this user"
fi
finish
