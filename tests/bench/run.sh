#!/usr/bin/env bash
# oauthctl beside programs that do the least that could be done, in a keyring of its own. usage: run.sh BUILD [PAIRS]
# Durations are for people: no test fails by one. This ends with 1 where a median is above its limit.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
if [ "${1:-}" != inside ]; then
	build=$(readlink -f "${1:?usage: run.sh BUILD [PAIRS]}")
	exec "$here/../interop/keyring-run.sh" "$here/run.sh" inside "$build" "${2:-200}"
fi
programs=$2/bench pairs=$3
bus=$DBUS_SESSION_BUS_ADDRESS runtime=$XDG_RUNTIME_DIR
export SRC=${here%/tests/bench} BIN=$2/bin
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"
export DBUS_SESSION_BUS_ADDRESS=$bus XDG_RUNTIME_DIR=$runtime OAUTHCTL_STORE=keyring

worst=0
pair() {
	local status=0
	"$programs/bench_pair" "$@" || status=$?
	if [ "$status" -gt "$worst" ]; then worst=$status; fi
}

# sign_in USER: KEY is the attribute under which the keyring has the account's record.
sign_in() {
	run login "$ISSUER" --client-id bench --browser "env APPROVE_USER=$1 bash $SRC/tests/issuer/approve.sh"
	if [ "$STATUS" -ne 0 ]; then
		printf 'the login failed: %s\n' "$ERR" >&2
		exit 2
	fi
	KEY=account/$(awk -F '\t' -v name="$OUT" '$1 == "account" && $2 == name { print $3 }' "$XDG_STATE_HOME/oauthctl/index")
}

# keep NAME: for the programs beside which oauthctl is measured. With the name of their schema, so that what they store replaces it.
keep() { secret-tool store --label=bench xdg:schema org.belgoauth.Bench key "$1"; }
lacks_main() { [[ $(strace -f -qq -e trace=execve "$@" 2>&1 >/dev/null) != *oauthctl-main* ]]; }

start_issuer --lifetime 3600 --access-ttl 3600
sign_in ada
export OAUTHCTL_ACCOUNT=$OUT

printf 'A: oauthctl   B: the least that could be done   each a whole process, in turn; milliseconds are medians\n\n'
"$programs/bench_pair" --heading

# The kernel's keyring has the token.
export OAUTHCTL_ACCESS_CACHE=on
"$BIN/oauthctl" token >/dev/null
if lacks_main "$BIN/oauthctl" token; then
	pair "cached token" "$((pairs * 5))" 1.5 "$BIN/oauthctl" token -- "$programs/bench_empty"
else
	printf '%-16s not measured: the kernel keeps no keys for this user\n' "cached token"
fi

# Only the desktop's keyring has it. B reads a secret of the same length.
export OAUTHCTL_ACCESS_CACHE=off
secret-tool lookup key "$KEY" | keep record
pair "valid token" "$pairs" 1.25 "$BIN/oauthctl" token -- "$programs/bench_lookup" record

# Each refreshes an account of its own: the issuer rotates, and a refresh token that came twice would end its family.
sign_in eve
secret-tool lookup key "$KEY" | tail -n +2 | jq -j .token.refresh_token | keep refresh
endpoint=$(curl -fsS "$ISSUER/.well-known/openid-configuration" | jq -r .token_endpoint)
pair "refresh" "$pairs" 0 "$BIN/oauthctl" token --refresh -- "$programs/bench_refresh" refresh "$endpoint" bench
exit "$worst"
