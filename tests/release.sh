#!/usr/bin/env bash
# Builds and installs a release below a build that is none, for the tests that judge one.
# usage: release.sh SOURCE BUILD CMAKE GENERATOR CC. Leaves BUILD/bin, BUILD/tests/hygiene_memory and BUILD/meta-prefix.
set -euo pipefail
src=$1 build=$2 cmake=$3 generator=$4 cc=$5

"$cmake" -S "$src" -B "$build" -G "$generator" -DCMAKE_C_COMPILER="$cc" -DCMAKE_BUILD_TYPE=RelWithDebInfo -DBELGOAUTH_WERROR=ON >/dev/null
"$cmake" --build "$build" --target oauthctl belgoauth belgoauth_static belgo-issuer hygiene_memory
"$cmake" --install "$build" --prefix "$build/meta-prefix" >/dev/null
