#!/usr/bin/env bash
# login on a terminal and without one: the URL, the browser, the pasted redirect URL, where things are kept.
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"

start_issuer --auto-approve ada
run login "$ISSUER" --client-id demo --browser 'curl -sSL -o /dev/null'
check "login: the name on stdout" out '127.0.0.1:ada@example.org'
check "login: the URL on stderr" err_matches '^  http://127\.0\.0\.1:[0-9]+/authorize\?'
check "login: an ssh line with the real port" err_matches 'ssh -N -L ([0-9]+):127\.0\.0\.1:\1 '
check "login: says where the tokens are" err_has 'encrypted in files'
check "login: no carriage return off a terminal" test "$(tr -cd '\r' <"$BASE/err" | wc -c)" = 0
run -q login "$ISSUER" --client-id demo --browser 'curl -sSL -o /dev/null'
check "-q: the URL is still printed" err_matches '/authorize\?'
check "-q: nothing about the store" err_lacks 'encrypted'
run --json login "$ISSUER" --client-id demo --browser 'curl -sSL -o /dev/null' --account me
check "login as JSON: the account, renamed" out_matches '^\{"version":1,"name":"me",.*"needs_login":false,"resource":null\}$'
run --json accounts
check "the same user is one account" test "$(grep -o '"name"' <<<"$OUT" | wc -l)" = 1

# BROWSER is honoured without a display; the first one that can be run is taken.
BROWSER="$HOME/nonesuch:curl -sSL -o /dev/null %s" run login "$ISSUER" --client-id demo
check "BROWSER" out me
# The browser gets no client secret in its environment.
# shellcheck disable=SC2016 # the script's own argument
printf '#!/bin/sh\nenv >"%s"\nls -l /proc/$$/fd >>"%s"\nexec curl -sSL -o /dev/null "$1"\n' "$HOME/seen" "$HOME/seen" >"$HOME/browser"
chmod +x "$HOME/browser"
OAUTHCTL_GOOGLE_CLIENT_SECRET=hunter2 OAUTHCTL_KEEP=yes run login "$ISSUER" --client-id demo --browser "$HOME/browser"
check "the browser's environment: the rest" grep -q OAUTHCTL_KEEP "$HOME/seen"
check "the browser gets no socket" test "$(grep -c 'socket:' "$HOME/seen")" = 0
check "the browser's environment: no secret" test "$(grep -c hunter2 "$HOME/seen")" = 0

# Scopes: fewer than were asked for are said; more can be added.
run --json login "$ISSUER" --client-id demo --scope 'openid email' --scope api.read --browser 'curl -sSL -o /dev/null'
check "--scope replaces" out_matches '"scopes":\["openid","email","api.read"\]'
check "the older refresh token stays, without the new scope" err_matches '^warning: .* the earlier login stays, and refreshes without: api.read$'
run token --account me --refresh
check "the older refresh token refreshes" status 0
check "and is the only one that was used" test "$(issuer_count 'POST /token refresh_token 200')" = 1
run --json show me
check "the scopes are what the refresh has brought" json_is '.scopes|join(" ")' 'openid email'
run -q logout me
run login "$ISSUER" --client-id demo --scope openid --scope api.read --browser 'curl -sSL -o /dev/null' --account me
check "no refresh token is warned about" err_matches '^warning: .* sent no refresh token: this login ends with its access token$'
run --json login "$ISSUER" --client-id demo --account me --add-scope api.write --browser 'curl -sSL -o /dev/null'
check "--add-scope adds" out_has '"api.read"'
check "--add-scope adds the new one" out_has '"api.write"'

run login "$ISSUER" --client-id demo --port "${ISSUER##*:}" --browser 'curl -sSL -o /dev/null'
check "a port that cannot be had: not 0" test "$STATUS" -ne 0
run login "$ISSUER" --client-id demo --existing-only --account other --browser 'curl -sSL -o /dev/null'
check "--existing-only with a new name" test "$STATUS" -ne 0

# On a terminal the redirect URL can be pasted, wrong ones do not end the login, and the end of input does not either.
unset OAUTHCTL_NO_INPUT
mkfifo "$BASE/keys"
script -qec "'$BIN/oauthctl' login '$ISSUER' --client-id demo --no-browser --timeout 3m" /dev/null <"$BASE/keys" >"$BASE/screen" 2>&1 &
pid=$!
exec 9>"$BASE/keys"
check "on a terminal: how else" until_true 60 grep -q 'paste' "$BASE/screen"
url=$(tr -d '\r' <"$BASE/screen" | sed -n 's/^  \(http.*authorize.*\)$/\1/p' | head -1)
check "on a terminal: the URL" test -n "$url" # which stands before that
answer=$(curl -sS -o /dev/null -w '%{redirect_url}' "$url")
check "the issuer sends back to the listener" grep -qE '^http://127\.0\.0\.1:[0-9]+/callback\?' <<<"$answer"
printf '%s\n' "${answer/state=/state=x}" >&9
check "a pasted URL of another login" until_true 60 grep -q 'not the URL of this login' "$BASE/screen"
printf '%s\n' "$answer" >&9
wait "$pid"
check "a pasted URL ends the login" test $? -eq 0
exec 9>&-
check "the status line is on the screen" grep -q 'Waiting for the browser' "$BASE/screen"
check "the name is on the screen" grep -q '^me' "$BASE/screen"
finish
