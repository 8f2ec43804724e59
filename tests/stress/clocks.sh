#!/usr/bin/env bash
# Two machines on one store (a home on the network) whose clocks are apart: neither hands out for valid what is not.
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"
# shellcheck source=tests/stress/lib.sh
. "$SRC/tests/stress/lib.sh"
# What a machine does whose clock is so many seconds off: it refreshes.
other_machine() { run_program timeout -k 5 60 "$STRESS/actor" clock "$XDG_STATE_HOME/oauthctl" "$OAUTHCTL_KEY_FILE" "$1"; }
expires_in() { run accounts --json; echo $(($(json '.[0].access_expires_at') - $(date +%s))); }

start_issuer --auto-approve ada --access-ttl 300
sign_in
check "login" out ada

other_machine 7200
check "a machine two hours ahead refreshes" out_matches '^1 0 [A-Za-z0-9_-]+$'
theirs=${OUT##* }
check "by its clock the token lasts for longer than it does" test "$(expires_in)" -gt 5000
before=$(refreshes)
run token
check "this machine does not believe that: exit 0" status 0
check "but has a token of its own" test "$OUT" != "$theirs" -a $(($(refreshes) - before)) -eq 1
token=$OUT
check "which lasts for as long as the provider said" test "$(expires_in)" -le 300
run token
check "and is good from then on" out "$token"

other_machine 7200
before=$(refreshes)
run token --refresh
check "a refresh that was asked for happens, though one was made in two hours" test $(($(refreshes) - before)) -eq 1
check "and gives its token" test "$STATUS/${OUT:+token}" = 0/token

other_machine -7200
check "a machine two hours behind refreshes" out_matches '^1 0 [A-Za-z0-9_-]+$'
run token
check "by its clock the token is over: this machine refreshes" test "$STATUS" -eq 0 -a "$OUT" != "${theirs}"
token=$OUT
run token
check "once" out "$token"

# Half a minute apart is no reason to do anything.
other_machine 30
theirs=${OUT##* }
before=$(refreshes)
run token
check "clocks half a minute apart: the other's token is taken" out "$theirs"
check "and nobody refreshed" test "$(refreshes)" -eq "$before"
check "no refresh token was sent twice" test "$(issuer_count 'POST /token refresh_token 4')" -eq 0
finish
