#!/usr/bin/env bash
# What makes oauthctl quick, as facts that no busy machine changes: which libraries are loaded for what, and where the
# certificates come from. The durations are measured by ./dev bench. usage: speed.sh; SRC and BIN as for tests/cli
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"
export ASAN_OPTIONS=detect_leaks=0 # it cannot look under strace

# A build with sanitizers loads their runtime too.
needed=$(readelf -d "$BIN/oauthctl" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | grep -vE '^lib(asan|ubsan|tsan)\.' | xargs)
check "oauthctl needs libc and nothing else" test "$needed" = libc.so.6

# LOADED: the shared objects that the dynamic loader maps, those that are loaded later too. libbelgoauth among them means
# that the full program ran.
loads() {
	rm -f "$BASE"/ld.*
	LD_DEBUG=files LD_DEBUG_OUTPUT=$BASE/ld run "$@"
	LOADED=$(cat "$BASE"/ld.* | sed -nE 's/.*file=([^ ]+) .*generating link map.*/\1/p' | sed 's#.*/##; s#\.so.*##' |
		sort -u | xargs)
}
loads_none_of() {
	local name
	for name in "$@"; do
		if [[ " $LOADED " == *" $name "* ]]; then
			printf '  loaded: %s\n' "$LOADED"
			return 1
		fi
	done
}
does_load() { ! loads_none_of "$1" >/dev/null; }

start_issuer --auto-approve ada --access-ttl 3600
run login "$ISSUER" --client-id demo --browser 'curl -sSLo /dev/null'
check "login" status 0

loads token
check "a stored token that is valid" status 0
check "is read by the full program" does_load libbelgoauth
check "without the network's libraries, and without cjose" loads_none_of libcurl libssl libcjose libnghttp2
loads token --refresh
check "a refresh" status 0
check "loads libcurl, so that this test would see it" does_load libcurl

export OAUTHCTL_ACCESS_CACHE=on
run token --refresh
token=$OUT
if ! keeps_keys; then
	skip "the kernel keeps no keys for this user"
else
	loads token
	check "a cached token" out "$token"
	check "costs no library but libc" loads_none_of libbelgoauth libcurl libssl libcrypto libcjose libjansson libsecret-1 \
		libglib-2.0 libgio-2.0 libgobject-2.0
	loads header
	check "a cached header" out "Authorization: Bearer $token"
	check "is as quick" loads_none_of libbelgoauth libcrypto libglib-2.0
	loads --json token
	check "what the quick path does not know is the full program's" does_load libbelgoauth
fi
export OAUTHCTL_ACCESS_CACHE=off

# Parsing the whole bundle is four fifths of a refresh; the hashed directory has the one certificate that is needed.
"$SRC/tests/interop/mkca.sh" "$BASE/ca" || exit 1
stop_peer "$ISSUER_PID"
start_issuer --auto-approve ada --tls "$BASE/ca/server.pem" "$BASE/ca/server.key"
bundle=/etc/ssl/certs/ca-certificates.crt
opened() {
	run_program strace -f -qq -e trace=openat,prctl -o "$BASE/trace" timeout -k 5 60 "$BIN/oauthctl" login "$ISSUER" \
		--client-id demo --no-browser "$@"
}
opened
# oauthctl closes itself to other processes: only root's strace still sees names, not just addresses.
if ! grep -q SUID_DUMP_DISABLE "$BASE/trace" || grep -qE 'openat\([^,]+, 0x' "$BASE/trace"; then
	skip "strace may not look here"
elif [ ! -f "$bundle" ] || ! compgen -G '/etc/ssl/certs/????????.0' >/dev/null; then
	skip "this system has no hashed directory of certificates"
else
	check_fails "a CA that nobody trusts" 5
	check "certificates come from the directory" grep -qE '"/etc/ssl/certs"' "$BASE/trace"
	check "the bundle is not parsed" bash -c '! grep -qF "$1" "$2"' _ "$bundle" "$BASE/trace"
	opened --ca-file "$bundle"
	check "unless it was named" grep -qF "$bundle" "$BASE/trace"
fi
finish
