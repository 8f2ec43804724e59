#!/usr/bin/env bash
# threads.sh once more, with the library and its caller under ThreadSanitizer, in a build of their own.
# TSAN_BUILD: the directory of that build, CMAKE: the program that makes it.
set -uo pipefail
: "${SRC:?}" "${TSAN_BUILD:?}" "${CMAKE:?}"
mkdir -p "$TSAN_BUILD"
log=$TSAN_BUILD/build.log
if ! "$CMAKE" -S "$SRC" -B "$TSAN_BUILD" -DBELGOAUTH_SANITIZE=thread -DCMAKE_BUILD_TYPE=RelWithDebInfo >"$log" 2>&1 ||
	! "$CMAKE" --build "$TSAN_BUILD" --target actor -j 2 >>"$log" 2>&1; then
	tail -30 "$log"
	exit 1
fi
# A program that does nothing tells whether the sanitizer can run on this kernel at all.
if [[ $("$TSAN_BUILD/tests/actor" help 2>&1) != usage:* ]]; then
	echo "ThreadSanitizer does not run here"
	exit 77
fi
# Races inside libraries that were not built for it cannot be judged; those between their callers can. libcurl is not
# left out: a descriptor that it closed unseen would be taken for the one that another thread opened after it.
cat >"$TSAN_BUILD/suppressions" <<'S'
called_from_lib:libcrypto.so
called_from_lib:libssl.so
S
export TSAN_OPTIONS="halt_on_error=0 exitcode=66 suppressions=$TSAN_BUILD/suppressions"
export ACTOR=$TSAN_BUILD/tests/actor
exec bash "$SRC/tests/stress/threads.sh"
