#!/usr/bin/env bash
# The shared library exports what the headers declare, no more and no less. usage: exports.sh SOURCE LIBRARY
# shellcheck source=tests/meta/common.sh
. "$(dirname "$0")/common.sh"
library=$2

declared=$(exported_names)
exported=$(nm -D --defined-only "$library" | awk '{ print $3 }' | sed 's/@.*//' | grep -vE '^(BELGOAUTH_[0-9.]+|_init|_fini)$' | sort)
while IFS= read -r name; do
	case $name in
	'') ;;
	MALFORMED*) fault "cannot read this declaration: $name" ;;
	*) fault "$name is declared and not exported" ;;
	esac
done < <(comm -23 <(printf '%s\n' "$declared") <(printf '%s\n' "$exported"))
while IFS= read -r name; do
	if [ -n "$name" ]; then fault "$name is exported and stands in no public header"; fi
done < <(comm -13 <(printf '%s\n' "$declared") <(printf '%s\n' "$exported"))
finish "$(grep -c . <<<"$exported") functions, all declared"
