#!/usr/bin/env bash
# Names that must not stand in the project: paths of one machine, hosts of package registries, left-over marks.
# The expressions are written so that they do not find themselves. usage: nonames.sh SOURCE
# shellcheck source=tests/meta/common.sh
. "$(dirname "$0")/common.sh"
cd "$src"

look() { # what, expression, path expression
	local hits
	hits=$(project_files | grep -zE "$3" | xargs -0 -r grep -nIE "$2" -- 2>/dev/null || true)
	if [ -n "$hits" ]; then
		fault "$1:"
		printf '%s\n' "$hits" | cut -c1-160 >&2
	fi
}

look 'a path of one machine' '(^|[^A-Za-z0-9_.])/(w[o]rk|h[o]me/[a-z]+|r[o]ot)/|/tmp/(b-|npm/)' '.'
look 'a host of a package registry' 'registry\.np[m]js|registry\.yarn|deb\.deb[i]an\.org|"resolved": *"https?:' '.'
look 'a left-over mark' '\b(TO[D]O|FIX[M]E|XX[X]|HA[C]K)\b|not imple[m]ented' '\.(c|h|sh|mjs|cmake|md|json|[1-8]|bash|fish|in)$|CMakeLists\.txt$|^dev$'
look 'an assertion of nothing' 'assert(_true)?\((true|1)\)' '\.[ch]$'
finish "no such name"
