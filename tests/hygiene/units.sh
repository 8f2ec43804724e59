#!/usr/bin/env bash
# The example units: systemd finds no fault with them, and oauthctl lives with the system calls and the memory they leave it.
# No service is started.
: "${SRC:?}" "${BIN:?}"
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"
export ASAN_OPTIONS=detect_leaks=0 # it cannot look under strace
examples=$SRC/libbelgoauth/examples/systemd

if ! command -v systemd-analyze >/dev/null; then
	skip "systemd-analyze is missing"
	finish
fi

# With programs that are there: the units name those of an installation.
mkdir "$BASE/units"
for unit in "$examples"/user/* "$examples"/system/*; do
	name=$(basename "$unit")
	sed -E "s#^ExecStart=oauthctl#ExecStart=$BIN/oauthctl#; s#/usr/local/libexec/send-report#/bin/true#" "$unit" >"$BASE/units/${name/@/@work}"
done
check "there are units" test "$(find "$BASE/units" -type f | grep -c .)" = 3
# What a unit of Debian's own is told of does not count.
judge() { # NAME ARGUMENT...
	local name=$1
	shift
	run_program systemd-analyze "$@"
	check "$name: no fault" status 0
	check "$name: no word about it" test -z "$(grep -F "$BASE/units" "$BASE/out" "$BASE/err")"
}
judge "the job of a server" verify --man=no "$BASE/units/report.service"
judge "the account of a person" --user verify --man=no "$BASE/units/oauthctl-refresh@work.timer" "$BASE/units/oauthctl-refresh@work.service"
printf '[Service]\nExecStart=/nonexistent\n' >"$BASE/units/bad.service"
run_program systemd-analyze verify --man=no "$BASE/units/bad.service"
check "a unit that has one is told" test "$STATUS" -ne 0
# Exposure in tenths, of 100: what is left is the network, which it is for.
run_program systemd-analyze security --offline=true --threshold=15 "$BASE/units/report.service"
check "the job of a server is little exposed" status 0
run_program systemd-analyze --user security --offline=true --threshold=50 "$BASE/units/oauthctl-refresh@work.service"
check "the account of a person is little exposed" status 0

# The system calls of a login, a refresh and an exec against those that the units leave.
calls_of() { systemd-analyze syscall-filter "$1" | sed -nE 's/^ +([@a-z0-9_-]+)$/\1/p'; }
expand() {
	local item
	while read -r item; do
		if [[ $item == @* ]]; then calls_of "$item" | expand; else printf '%s\n' "$item"; fi
	done
}
echo @system-service | expand | sort -u >"$BASE/allowed"
printf '@privileged\n@resources\n' | expand | sort -u | comm -23 "$BASE/allowed" - >"$BASE/left"
check "the filter is understood" grep -qx openat "$BASE/left"
check "and takes something away" test "$(grep -c . "$BASE/left")" -lt "$(grep -c . "$BASE/allowed")"

start_issuer --auto-approve ada
run login "$ISSUER" --client-id demo --browser 'curl -sSL -o /dev/null' --account work
check "login" out work
cp "$HOME/key" "$BASE/oauthctl.key"
unset OAUTHCTL_KEY_FILE
export CREDENTIALS_DIRECTORY=$BASE OAUTHCTL_ACCESS_CACHE=on
traced() {
	run_program strace -f -qq -o "$BASE/trace" "$BIN/oauthctl" --no-input "$@"
	sed -nE 's/^[0-9]+ +([a-z0-9_]+)\(.*/\1/p' "$BASE/trace" | sort -u >"$BASE/used"
	check "$1: system calls were seen" grep -qx openat "$BASE/used"
	check "$1: none is forbidden" test -z "$(comm -13 "$BASE/left" "$BASE/used")"
}
if strace -o /dev/null true 2>/dev/null; then
	traced token --account work --min-valid 10m
	check "token: a token by the credential" status 0
	check "token: over the network" grep -qx connect "$BASE/used"
	traced exec --account work --env REPORT_TOKEN --min-valid 10m -- true
	check "exec: the job ran" status 0
else
	skip "strace may not look here"
fi

# MemoryDenyWriteExecute, as the kernel has it since 6.3.
deny() { perl -e 'syscall(157, 65, 1, 0, 0, 0) == 0 or exit 99; exec @ARGV' "$@"; }
deny true
if [ $? -eq 99 ] || [ "$(uname -m)" != x86_64 ]; then
	skip "this kernel does not deny writable code"
else
	run_program deny timeout 60 "$BIN/oauthctl" --no-input -q token --refresh --account work
	check "a refresh with memory that cannot be made code" status 0
fi
finish
