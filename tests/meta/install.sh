#!/usr/bin/env bash
# `cmake --install` to an empty prefix gives what a user needs: the README's C program builds against it by find_package
# and by pkg-config, and the installed oauthctl runs. usage: install.sh SOURCE BUILD PREFIX CC LIBDIR SANITIZERS
# shellcheck source=tests/meta/common.sh
. "$(dirname "$0")/common.sh"
build=$2 prefix=$3 cc=$4 libdir=$5 sanitize=${6:-}
flags=()
if [ -n "$sanitize" ]; then flags=("-fsanitize=$sanitize"); fi

case $prefix in "$build"/?*) rm -rf "$prefix" ;; *) fault "the prefix must lie in the build directory"; finish ;; esac
cmake --install "$build" --prefix "$prefix" >/dev/null || fault "cmake --install failed"

for path in bin/oauthctl include/belgoauth/belgoauth.h "$libdir/libbelgoauth.so" "$libdir/libbelgoauth.a" "$libdir/pkgconfig/belgoauth.pc" \
	share/man/man1/oauthctl.1 share/bash-completion/completions/oauthctl share/zsh/site-functions/_oauthctl \
	share/fish/vendor_completions.d/oauthctl.fish share/oauthctl/providers; do
	if [ ! -e "$prefix/$path" ]; then fault "$path was not installed"; fi
done
if grep -rIl -- "$src" "$prefix" 2>/dev/null | grep -v '\.a$'; then fault "an installed text file names the source directory"; fi

work=$(mktemp -d "$build/meta-install.XXXXXX")
trap 'rm -rf "$work"' EXIT
awk '/^```c$/ { on = 1; next } /^```/ { if (on) exit } on' "$src/README.md" >"$work/example.c"
if ! grep -q 'belgoauth' "$work/example.c"; then fault "README.md shows no C program"; fi
if ! grep -q 'main' "$work/example.c"; then fault "README.md's C program has no main()"; fi

cat >"$work/CMakeLists.txt" <<'C'
cmake_minimum_required(VERSION 3.22)
project(example C)
find_package(belgoauth 0.1 REQUIRED COMPONENTS static)
add_executable(shared example.c)
target_link_libraries(shared PRIVATE belgoauth::belgoauth)
add_executable(static example.c)
target_link_libraries(static PRIVATE belgoauth::belgoauth_static)
C
{
	cmake -S "$work" -B "$work/b" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_COMPILER="$cc" -DCMAKE_C_FLAGS="-Wall -Werror ${flags[*]}" &&
		cmake --build "$work/b"
} >"$work/log" 2>&1 || { fault "the README's program does not build by find_package:"; tail -20 "$work/log" >&2; }

export PKG_CONFIG_PATH=$prefix/$libdir/pkgconfig
read -ra pc < <(pkg-config --cflags --libs belgoauth) || fault "pkg-config does not find belgoauth"
"$cc" -Wall -Werror "${flags[@]}" "$work/example.c" "${pc[@]}" -o "$work/by-pc" || fault "the README's program does not build by pkg-config"
loaded=$(LD_LIBRARY_PATH=$prefix/$libdir ldd "$work/by-pc" 2>&1)
if [ -x "$work/by-pc" ] && [[ $loaded != *"$prefix/$libdir/libbelgoauth.so"* ]]; then
	fault "the program does not load the installed library"
fi
# The prefix was chosen after the build, so the loader must be told where the library is.
version=$(LD_LIBRARY_PATH=$prefix/$libdir "$prefix/bin/oauthctl" --version) || fault "the installed oauthctl does not run"
if [[ $version != *"$(pkg-config --modversion belgoauth)"* ]]; then fault "oauthctl --version says $version"; fi
finish "installed, and the README's program builds against it"
