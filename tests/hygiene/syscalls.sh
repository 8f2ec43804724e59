#!/usr/bin/env bash
# Every system call of oauthctl in a login, a refresh and a refresh whose answer cannot be stored: a secret is in none of them but
# those that carry it over the network, that read it where the user put it, and that print the token which was asked for.
# What files hold at the end is tests/cli/secrets.sh; here are those too that were removed again.
: "${SRC:?}" "${BIN:?}"
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"
secret=hush-Nf83kd02ms-hush
printf %s "$secret" >"$BASE/client-secret"
if ! strace -o /dev/null true 2>/dev/null; then
	skip "strace may not look here"
	finish
fi

# One file a process, so that no call is split in two. TROUBLE: what strace is to do to it.
TROUBLE=()
traced() { # NAME ARGUMENT...
	local name=$1
	shift
	mkdir "$BASE/$name"
	run_program timeout -k 5 60 strace -ff -y -v -s 1000000 -qq "${TROUBLE[@]}" -o "$BASE/$name/t" "$BIN/oauthctl" -v "$@"
}

start_issuer --client "confidential:$secret" --auto-approve ada --wire "$BASE/wire"
# The browser only notes the URL; what fetches it is not traced.
cat >"$BASE/browser" <<'B'
#!/bin/sh
printf %s "$2" >"$1/url.new" && mv "$1/url.new" "$1/url"
B
(
	for ((n = 0; n < 1200; n++)); do
		if [ -s "$BASE/url" ]; then exec curl -sSLo /dev/null "$(cat "$BASE/url")"; fi
		sleep 0.05
	done
) &
pids+=($!)
OAUTHCTL_OTHER_CLIENT_SECRET=$secret traced login login "$ISSUER" --client-id confidential --client-secret-file "$BASE/client-secret" \
	--account me --browser "sh $BASE/browser $BASE"
check "login" out me
traced refresh token --refresh
check "a refresh" status 0
# The disk is full once the answer was staged: the new set stays beside the store.
renames=$(grep -hc '^renameat' "$BASE/refresh"/t.* | sort -n | tail -1)
TROUBLE=(-e inject=renameat:error=ENOSPC:when="$renames+")
traced kept token --refresh
check "a refresh that cannot be stored" status 0
check "it is kept in a recovery record" test -n "$(find "$XDG_STATE_HOME/oauthctl/recovery" -type f -size +0)"

{
	sed -nE 's/^form (code|code_verifier|refresh_token) (.+)/\1 \2/p; s/^authorization [A-Za-z]+ (.+)/authorization \1/p' "$BASE/wire"
	sed -n 's/^reply //p' "$BASE/wire" |
		jq -r 'to_entries[] | select(.key | IN("access_token", "refresh_token", "id_token")) | "\(.key) \(.value)"'
	printf 'client_secret %s\n' "$secret"
} | sort -u >"$BASE/secrets"
for kind in code code_verifier refresh_token access_token id_token authorization client_secret; do
	check "the wire had: $kind" grep -q "^$kind ." "$BASE/secrets"
done

network='^[a-z0-9_]+\([0-9]+<(TCP|TCPv6|socket):'
# lies_in NAME ALLOWED: the calls that hold a secret and are not allowed to, as KIND CALL
lies_in() {
	local kind value
	while read -r kind value; do
		grep -haF -- "$value" "$BASE/$1"/t.* | grep -avE -- "$network" | grep -avE -- "$2" | sed -E "s/^([a-z0-9_]+).*/$kind \1/"
	done <"$BASE/secrets" | sort -u
}
check_none() { # NAME ALLOWED
	local found
	found=$(lies_in "$1" "$2")
	check "$1: no secret in a system call" test -z "$found" || printf '%s\n' "$found"
}
# The environment of the two programs is what the user gave; the browser must not get it.
check_none login "^read\([0-9]+<$BASE/client-secret>|^execve\(\"[^\"]*/oauthctl(-main)?\""
check "login: the browser was started" grep -qE "^execve\(.*\"$BASE/browser\"" -r "$BASE/login"
check_none refresh '^write\(1<'
check_none kept '^write\(1<'
check "the search finds what is there" test "$(lies_in refresh '^$')" = 'access_token write'
check "and sees the network" grep -qaE "${network}.*refresh_token=" -r "$BASE/refresh" --no-filename
finish
