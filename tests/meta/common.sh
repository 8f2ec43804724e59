# For the scripts beside it: `fault TEXT` notes what is wrong, `finish WHAT` ends with 1 if anything was. Sourced.
# shellcheck shell=bash
set -euo pipefail
export LC_ALL=C
src=$1
faults=0

fault() {
	printf '%s: %s\n' "$(basename "$0" .sh)" "$*" >&2
	faults=$((faults + 1))
}

finish() {
	if [ "$faults" -gt 0 ]; then
		printf '%s: %d faults\n' "$(basename "$0" .sh)" "$faults" >&2
		exit 1
	fi
	printf '%s: %s\n' "$(basename "$0" .sh)" "$*"
}

# The project's files, NUL separated; of a tree without git, all that is no build product.
project_files() {
	if git -C "$src" rev-parse --git-dir >/dev/null 2>&1; then
		(cd "$src" && git ls-files -z -co --exclude-standard "$@" | while IFS= read -r -d '' f; do
			if [ -f "$f" ]; then printf '%s\0' "$f"; fi
		done)
	else
		(cd "$src" && find . -name node_modules -prune -o -name 'build*' -type d -prune -o -type f -printf '%P\0')
	fi
}

# The C code of stdin without comments, strings and character constants; lines keep their numbers.
strip_c() {
	perl -0777 -pe 's{/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\x27(?:\\.|[^\x27\\\n])+\x27}{my $m = $&; (my $n = $m) =~ s/[^\n]//g; $m =~ m{^/} ? " $n" : $m =~ /^"/ ? "\"\"$n" : "0$n"}gse'
}

# The names of the functions that the public headers export, one a line.
exported_names() {
	cat "$src"/libbelgoauth/include/belgoauth/*.h | strip_c | tr '\n' ' ' |
		grep -oE 'BELGO_EXPORT [^;{]*;' | sed -E 's/.*[ *](belgo_[a-z0-9_]+)\(.*/\1/; t; s/.*/MALFORMED &/' | sort
}
