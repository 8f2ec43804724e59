#!/usr/bin/env bash
# The clauses that code names with @spec, and which of them no test names. Only a malformed tag fails. usage: spec.sh SOURCE
# shellcheck source=tests/meta/common.sh
. "$(dirname "$0")/common.sh"
cd "$src"

# One "CLAUSE" a line: a tag may name several, with ";" between documents and "," between sections.
clauses() {
	grep -rhoE '@spec [^*]*' --include='*.c' --include='*.h' --include='*.sh' --include='*.mjs' --exclude-dir=meta --exclude-dir=node_modules "$@" 2>/dev/null | sed 's/[ \t]*$//' | sort -u
}
document='(RFC [0-9]{3,5}|FAPI 2\.0 (Security Profile|Message Signing)|JARM|OpenID Connect [A-Z][A-Za-z. -]*|OAuth 2\.[01][A-Za-z0-9. -]*|draft-[a-z0-9-]+|MCP [0-9-]+|FIPS [0-9-]+|(W3C )?[A-Z][A-Za-z ]+ Level [0-9]|WHATWG [A-Z][A-Za-z ]+|NIST SP [0-9A-Z-]+)'

while IFS= read -r tag; do
	if ! grep -qE "^@spec $document" <<<"$tag"; then fault "malformed: $tag"; fi
done < <(clauses libbelgoauth providers cli tests)

expand() { # one "DOCUMENT section N" a line
	perl -ne 's/^\@spec //; s/[:(].*//; for my $d (split /;/) { next unless $d =~ /^\s*(.*?)\s+sections?\s+(.*)$/; my $n = $1; for (split /,| and /, $2) { print "$n section $1\n" if /^\s*(?:section\s+)?([0-9A-Z][0-9A-Za-z.]*)/ } }' | sed 's/\.$//' | sort -u
}
in_code=$(clauses libbelgoauth providers cli | expand)
in_tests=$(clauses tests | expand)
untested=$(comm -23 <(printf '%s\n' "$in_code") <(printf '%s\n' "$in_tests"))
if [ -n "$untested" ]; then
	printf 'clauses with code and no test that names them:\n'
	printf '  %s\n' "${untested//$'\n'/$'\n  '}"
fi
finish "$(grep -c . <<<"$in_code" || true) clauses in code, $(grep -c . <<<"$untested" || true) of them named by no test"
