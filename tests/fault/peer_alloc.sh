#!/usr/bin/env bash
# The allocations of libcurl and OpenSSL fail in turn while they serve us over TLS: see peer_alloc.c.
# usage: peer_alloc.sh [STEP [SECONDS]]: every STEP-th allocation of the start (default 1000), a hundred times as many of the
# rest; with SECONDS every one, until that time has passed
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"
"$SRC/tests/interop/mkca.sh" "$BASE/ca" || exit 1
mkdir -m 700 "$BASE/state"
start_issuer --auto-approve ada --lifetime 36000 --tls "$BASE/ca/server.pem" "$BASE/ca/server.key"
run_program "$BIN/../tests/peer_alloc" "$ISSUER" "$BASE/ca/ca.pem" "$BASE/state" "$HOME/key" "${1:-1000}" "${@:2}"
check "no failed allocation of a library costs more than its own operation" status 0
printf '%s\n' "$OUT"
finish
