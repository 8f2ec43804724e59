#!/usr/bin/env bash
# Every test that libbelgoauth/SPECIFICATIONS.md names is one that is run, and every row names one.
# usage: specifications.sh SOURCE BUILD
# shellcheck source=tests/meta/common.sh
. "$(dirname "$0")/common.sh"
table=$src/libbelgoauth/SPECIFICATIONS.md
known=$(ctest --test-dir "$2" -N | sed -n 's/^ *Test *#[0-9]*: //p')

rows=0
while IFS='|' read -r _ specification _ state names _; do
	rows=$((rows + 1))
	[ -n "${names// /}" ] || fault "row $rows ($specification) names no test: $state"
	for name in ${names//\`/ }; do
		grep -qxF -- "$name" <<<"$known" || fault "row $rows ($specification): there is no test $name"
	done
done < <(grep -E '^\|' "$table" | grep -vE '^\|(-| specification)')
[ "$rows" -gt 30 ] || fault "the table was not understood: $rows rows"
finish "$rows rows, each with tests that are run"
