#!/usr/bin/env bash
# Functions and forms that the house rules refuse. usage: banned.sh SOURCE
# shellcheck source=tests/meta/common.sh
. "$(dirname "$0")/common.sh"
cd "$src"

# The code without comments and strings, once, in a tree of its own; and with comments where // is looked for.
bare=$(mktemp -d)
trap 'rm -rf "$bare"' EXIT
project_files '*.c' '*.h' | grep -zE '\.[ch]$' >"$bare/.files"
mapfile -d '' -t all <"$bare/.files"
perl -0 -MFile::Path=make_path -MFile::Basename -ne '
	BEGIN { $to = shift @ARGV; }
	chomp;
	my $text = do { local $/; open my $f, "<", $_ or die "$_: $!\n"; <$f> };
	(my $slashes = $text) =~ s{/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\x27(?:\\.|[^\x27\\\n])+\x27}{(my $n = $&) =~ s/[^\n]//g; $n}gse;
	print "$_: a // comment\n" if $slashes =~ m{//};
	(my $code = $slashes) =~ s{//[^\n]*}{}g;
	make_path(dirname("$to/$_"));
	open my $o, ">", "$to/$_" or die "$to/$_: $!\n";
	print $o $code;
' "$bare" "$bare/.files" >"$bare/.slashes"
while IFS= read -r line; do fault "$line"; done <"$bare/.slashes"

check() { # reason, expression, files to look at, files exempted, both as expressions
	local hits
	hits=$(cd "$bare" && grep -zE -- "$3" .files | grep -zvE -- "${4:-^$}" | xargs -0 -r grep -nE -- "$2" /dev/null || true)
	if [ -n "$hits" ]; then
		fault "$1:"
		printf '%s\n' "$hits" >&2
	fi
}

shipped='^(libbelgoauth|providers|cli)/'
library='^(libbelgoauth/(base|jose|proto|flow|run|io)|providers)/'
if ! grep -qzE "$shipped" "$bare/.files"; then fault "there is no code"; fi
check 'a banned function' '\b(strcpy|strcat|sprintf|vsprintf|strtok|atoi|atol|gets|system|popen|abort|tmpnam|mktemp|alloca)[ ]*\(' .
# realloc() may leave an unwiped copy behind; reallocarray() is for arrays of pointers, which are no secret.
check 'realloc: allocate, copy, wipe, free' '\brealloc[ ]*\(' "$shipped" '^libbelgoauth/base/mem\.c'
check 'assert: peer data must fail by belgo_rc' '\bassert[ ]*\(' "$shipped"
check 'goto' '\bgoto\b' .
check 'the time is an argument here' '\b(time|clock_gettime|gettimeofday)[ ]*\(' "$shipped" '^(libbelgoauth/(io|run)|cli)/'
check 'getenv outside cli/' '\b(secure_getenv|getenv)[ ]*\(' . '^(cli|tests|libbelgoauth/examples)/'
check 'the library owns no process state' '\b(printf|puts|putchar|perror|exit|setlocale|atexit)[ ]*\(|\b(stdout|stderr)\b' "$library"
# A child must get back the signals that its parent ignored, before it becomes another program.
check 'signals belong to the process' '\b(signal|sigaction)[ ]*\(' "$library" '^libbelgoauth/io/browser\.c'
finish "${#all[@]} files hold no banned function"
