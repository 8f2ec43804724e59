#!/usr/bin/env bash
# Functions and forms that the house rules refuse. usage: banned.sh SOURCE
# shellcheck source=tests/meta/common.sh
. "$(dirname "$0")/common.sh"
cd "$src"

check() { # expression, exempted files as one expression, reason, files...
	local expression=$1 exempt=$2 reason=$3 f hits
	shift 3
	for f in "$@"; do
		if [ -n "$exempt" ] && [[ $f =~ $exempt ]]; then continue; fi
		hits=$(strip_c <"$f" | grep -nE "$expression" || true)
		if [ -n "$hits" ]; then
			fault "$f: $reason"
			printf '%s\n' "$hits" >&2
		fi
	done
}

mapfile -d '' -t all < <(project_files | grep -zE '\.[ch]$')
mapfile -d '' -t shipped < <(project_files | grep -zE '^(libbelgoauth|providers|cli)/.*\.[ch]$')
if [ "${#shipped[@]}" -eq 0 ]; then fault "there is no code"; fi

check '\b(strcpy|strcat|sprintf|vsprintf|strtok|atoi|atol|gets|system|popen|abort|tmpnam|mktemp|alloca)[ ]*\(' '' 'a banned function' "${all[@]}"
# realloc() may leave an unwiped copy behind; reallocarray() is for arrays of pointers, which are no secret.
check '\brealloc[ ]*\(' '(^libbelgoauth/base/mem\.c|^tests/(fault|harness)/)' 'realloc: allocate, copy, wipe, free' "${shipped[@]}"
check '\bassert[ ]*\(' '' 'assert: peer data must fail by belgo_rc' "${shipped[@]}"
check '\bgoto\b' '' 'goto' "${all[@]}"
check '\b(time|clock_gettime|gettimeofday)[ ]*\(' '^(libbelgoauth/(io|run)|cli)/' 'the time is an argument here' "${shipped[@]}"
check '\b(secure_getenv|getenv)[ ]*\(' '^(cli|tests)/' 'getenv outside cli/' "${all[@]}"
check '\b(printf|puts|putchar|perror|exit|setlocale|atexit)[ ]*\(|\b(stdout|stderr)\b' '^cli/' 'the library owns no process state' "${shipped[@]}"
# A child must get back the signals that its parent ignored, before it becomes another program.
check '\b(signal|sigaction)[ ]*\(' '^(cli/|libbelgoauth/io/browser\.c)' 'signals belong to the process' "${shipped[@]}"
# Comments are of one kind; what looks like one inside a string is not looked at.
for f in "${all[@]}"; do
	hits=$(perl -0777 -pe 's{/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\x27(?:\\.|[^\x27\\\n])+\x27}{(my $n = $&) =~ s/[^\n]//g; $n}gse' "$f" | grep -nE '//' || true)
	if [ -n "$hits" ]; then fault "$f: a // comment, line ${hits%%:*}"; fi
done
finish "${#all[@]} files hold no banned function"
