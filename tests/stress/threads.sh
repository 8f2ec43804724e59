#!/usr/bin/env bash
# Many threads of one process at one expired token, through the shared library: one refresh, whoever owns store and client.
# ACTOR: another build of the program (sanitizers), instead of the one beside herd.
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"
# shellcheck source=tests/stress/lib.sh
. "$SRC/tests/stress/lib.sh"
actor=${ACTOR:-$STRESS/actor}
act() { run_program timeout -k 5 100 "$actor" "$1" "$XDG_STATE_HOME/oauthctl" "$OAUTHCTL_KEY_FILE" "${@:2}"; }

start_issuer --auto-approve ada --first-ttl 1 --access-ttl 3600
check_one_refresh() { # NAME BEFORE
	check "$1: exit 0" status 0
	check "$1: all have one and the same token" out_matches '^32 0 [A-Za-z0-9_-]+$'
	check "$1: and nothing else came of it" test "$(wc -l <"$BASE/out")" -eq 1
	check "$1: one refresh" test "$(($(refreshes) - $2))" -eq 1
	check "$1: nothing on stderr" test ! -s "$BASE/err"
}

for mode in shared own; do
	new_home
	sign_in
	check "$mode: login" out ada
	before=$(refreshes)
	act "$mode" 32
	check_one_refresh "$mode" "$before"
	token=${OUT##* }
	run token
	check "$mode: another process reads the same" out "$token"
done

before=$(refreshes)
act memory 32 "$ISSUER"
check_one_refresh memory "$before"

# A cancelled operation has either been in time or has ended; what it was doing is not half done.
act cancel 32
check "cancel: exit 0" status 0
check "cancel: every end is one of the two" test "$(grep -cvE '^[0-9]+ (0|130) ' "$BASE/out")" -eq 0
check "cancel: everyone ended" test "$(awk '{n += $1} END {print n}' "$BASE/out")" -eq 32
run token --refresh
check "cancel: the refresh token in the store is the live one" status 0
check "no refresh token was sent twice" test "$(issuer_count 'POST /token refresh_token 4')" -eq 0
finish
