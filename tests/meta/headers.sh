#!/usr/bin/env bash
# Each public header compiles alone: as C11 without extensions, and as C++. usage: headers.sh SOURCE CC
# shellcheck source=tests/meta/common.sh
. "$(dirname "$0")/common.sh"
cc=$2
cxx=
for candidate in g++ clang++; do
	if [ -z "$cxx" ] && command -v "$candidate" >/dev/null && echo 'int main() {}' | "$candidate" -x c++ -fsyntax-only - 2>/dev/null; then cxx=$candidate; fi
done
if [ -z "$cxx" ]; then fault "there is no C++ compiler"; fi

cd "$src/libbelgoauth/include"
n=0
for header in belgoauth/*.h; do
	n=$((n + 1))
	echo "#include <$header>" | "$cc" -std=c11 -Wall -Wextra -pedantic -Wstrict-prototypes -Wundef -Werror -I. -fsyntax-only -x c - || fault "$header: as C"
	if [ -n "$cxx" ]; then echo "#include <$header>" | "$cxx" -std=c++11 -Wall -Wextra -pedantic -Werror -I. -fsyntax-only -x c++ - || fault "$header: as C++"; fi
	if [ "$header" != belgoauth/belgoauth.h ] && ! grep -qF "#include <$header>" belgoauth/belgoauth.h; then fault "$header: belgoauth.h does not include it"; fi
done
if [ "$n" -lt 5 ]; then fault "only $n headers"; fi
finish "$n headers compile alone, as C and as C++"
