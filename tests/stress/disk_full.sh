#!/usr/bin/env bash
# The disk of the file store runs full: before a refresh, then nothing is sent; between the provider's answer and the write, then the
# room that was reserved beforehand holds the new tokens. Needs a small file system of its own.
# shellcheck source=tests/cli/lib.sh
if [ -z "${DISK_FULL_INSIDE:-}" ]; then
	for how in "unshare -m" "unshare -rm"; do
		# shellcheck disable=SC2086
		if $how mount -t tmpfs -o size=1m tmpfs /mnt 2>/dev/null; then DISK_FULL_INSIDE=1 exec $how bash "$0"; fi
	done
fi
. "$SRC/tests/cli/lib.sh"
# shellcheck source=tests/stress/lib.sh
. "$SRC/tests/stress/lib.sh"
if [ -z "${DISK_FULL_INSIDE:-}" ]; then
	skip "no file system can be mounted here"
	finish
fi
one_more_than() { [ "$(refreshes)" -gt "$1" ]; }
fill_up() { cat /dev/zero >"$disk/ballast" 2>/dev/null; [ "$(df --output=avail "$disk" | tail -1)" -eq 0 ]; }
make_room() { rm -f "$disk/ballast"; }
tokens_held() { find "$disk" -name '*.sealed' -size +0 | wc -l; }

disk=$XDG_STATE_HOME/oauthctl
mkdir -p "$disk"
mount -t tmpfs -o size=4m,mode=700 tmpfs "$disk" || exit 1
start_issuer --auto-approve ada

fill_up
run login "$ISSUER" --client-id demo --browser 'curl -sSL -o /dev/null' --account ada
check_fails "a full disk: login" 8
check "a full disk: login: says so" err_has 'No space left on device'
check "a full disk: login: no code was asked for" test "$(issuer_count 'GET /authorize')" -eq 0
make_room
sign_in
check "room again: login" out ada
run token
token=$OUT

fill_up
run token
check "a full disk: a token that is valid can be read" out "$token"
run token --refresh
check_fails "a full disk: a refresh" 8
check "a full disk: a refresh: says so" err_has 'No space left on device'
check "a full disk: the refresh token was not sent" test "$(refreshes)" -eq 0
check "a full disk: the account is whole" test "$(account_count)" = 1
run logout nobody
check_fails "a full disk: an account that is not there" 3
make_room
run token --refresh
check "room again: the refresh" status 0

for round in 1 2; do
	before=$(refreshes)
	hold_tokens
	"$BIN/oauthctl" token --refresh >"$BASE/out" 2>"$BASE/err" </dev/null &
	pid=$!
	check "midway, $round: the request was sent" until_true 60 one_more_than "$before"
	check "midway, $round: the disk is full" fill_up
	check "midway, $round: before the answer came" is_running "$pid"
	let_go
	wait "$pid"
	STATUS=$? OUT=$(cat "$BASE/out") ERR=$(cat "$BASE/err")
	check "midway, $round: the token is handed out" status 0
	token=$OUT
	run token
	check "midway, $round: it is what is stored" out "$token"
	fill_up # what had been reserved is free again
	run token --refresh
	check_fails "midway, $round: on the full disk no other refresh is begun" 8
	make_room
	run token --refresh
	check "midway, $round: the refresh token beside it is live" status 0
	check "midway, $round: no refresh token was sent twice" test "$(issuer_count 'POST /token refresh_token 4')" -eq 0
done

# A limit on the size of files is met before anything is sent, and kills nobody.
before=$(refreshes)
run_program bash -c 'ulimit -f 16 && exec "$@"' _ "$BIN/oauthctl" token --refresh
check_fails "a limit on files: a refresh" 8
check "a limit on files: the refresh token was not sent" test "$(refreshes)" -eq "$before"
run exec -- sh -c 'kill -s XFSZ $$'
check "a limit on files: a command of exec meets it as ever" status 153

# Logging out needs no room.
fill_up
run logout
check "a full disk: logout" status 0
check "a full disk: logout: nothing of it is left" test "$(tokens_held)" -eq 0
make_room
check "no account is left" test "$(account_count)" = 0
umount "$disk"
finish
