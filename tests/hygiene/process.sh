#!/usr/bin/env bash
# A running oauthctl is closed to every other process of its own user, root's capabilities aside. Needs a release: under the
# sanitizers the leak checker must look in. tests/cli/memory.sh shows that it leaves no core.
: "${SRC:?}" "${BIN:?}"
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"

# Root may look at everything, so the test goes on as somebody who may not, with programs where that one can read them.
as_user=()
programs=$BASE/programs
if [ "$(id -u)" -eq 0 ]; then
	as_user=(setpriv --reuid=65534 --regid=65534 --clear-groups --)
	if ! "${as_user[@]}" true 2>/dev/null; then
		skip "there is no user without rights here"
		finish
	fi
	chmod 711 "$BASE"
	mkdir -p "$programs/lib"
	cp -a "$BIN/../libexec" "$programs/"
	mkdir "$programs/bin"
	cp -a "$BIN/oauthctl" "$programs/bin/"
	cp -a "$BIN"/../lib/libbelgoauth.so* "$programs/lib/"
	chmod -R a+rX "$programs"
	export LD_LIBRARY_PATH=$programs/lib
	chown -R 65534:65534 "$HOME"
else
	programs=$BIN/..
fi

start_issuer --auto-approve ada
: >"$BASE/screen"
"${as_user[@]}" "$programs/bin/oauthctl" login "$ISSUER" --client-id demo --no-browser --timeout 3m >/dev/null 2>"$BASE/screen" &
pid=$!
"${as_user[@]}" sleep 180 &
open=$!
pids+=("$pid" "$open")
check "oauthctl waits for the browser" until_true 60 grep -q '/authorize?' "$BASE/screen"

# may WHO FILE: can another process of the same user read the first byte of it?
may_read() { "${as_user[@]}" dd if="/proc/$1/$2" of=/dev/null bs=1 count=1 2>/dev/null; }
may_not_read() { ! may_read "$@"; }
for file in environ auxv maps; do
	check "of any other process $file can be read" may_read "$open" "$file"
	check "of oauthctl it cannot: $file" may_not_read "$pid" "$file"
done
check "nor its memory" may_not_read "$pid" mem
check "nor where its descriptors lead" test -z "$("${as_user[@]}" ls "/proc/$pid/fd" 2>/dev/null)"
check "of any other process one can see that" test -n "$("${as_user[@]}" ls "/proc/$open/fd" 2>/dev/null)"
check "what it is belongs to root" test "$(stat -c %u "/proc/$pid/environ")" = 0
check "its cores are limited to nothing" grep -qE '^Max core file size +0 ' "/proc/$pid/limits"
if command -v strace >/dev/null; then
	run_program timeout 5 "${as_user[@]}" strace -p "$pid"
	check "it cannot be traced" err_matches 'ptrace.*(Operation not permitted|EPERM)'
fi
finish
