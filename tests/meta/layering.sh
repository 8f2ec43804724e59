#!/usr/bin/env bash
# Which stratum includes which, and that no company is named inside the library. usage: layering.sh SOURCE
# shellcheck source=tests/meta/common.sh
. "$(dirname "$0")/common.sh"
cd "$src"

# stratum | quoted and <belgoauth/...> includes it may have | system headers it may not have, as extended expressions
rules() {
	cat <<'R'
include/belgoauth|public|curl/|libsecret/|glib|jansson|openssl/|cjose/
base|base/ public|curl/|libsecret/|glib|cjose/
jose|jose/ base/ public|curl/|libsecret/|glib
proto|proto/ jose/ base/ public|curl/|libsecret/|glib|time\.h|unistd\.h|fcntl\.h|sys/|netinet/|arpa/|netdb\.h|pthread|openssl/rand
flow|flow/ proto/ jose/ base/ public|curl/|libsecret/|glib|openssl/|cjose/|sys/socket|fcntl\.h
run|run/ flow/ base/guard.h base/error.h base/mem.h public|curl/|libsecret/|glib|openssl/|cjose/|jansson
io|io/ base/ public|cjose/
R
}

check_include() { # file, line, header, allowed, denied
	local h=$3 a
	case $h in
	'<belgoauth/'*)
		return ;;
	'<'*)
		h=${h#<} h=${h%>}
		if [ -n "$5" ] && grep -qE "^($5)" <<<"$h"; then fault "$1:$2 includes <$h>"; fi
		return ;;
	esac
	h=${h#\"} h=${h%\"}
	for a in $4; do
		case $a in
		public) ;;
		*/) [[ $h == "$a"* ]] && return ;;
		*) [ "$h" = "$a" ] && return ;;
		esac
	done
	fault "$1:$2 includes \"$h\""
}

walk() { # directory, allowed, denied
	local f n h
	while IFS= read -r -d '' f; do
		while IFS=: read -r n h; do
			check_include "$f" "$n" "$h" "$2" "$3"
		done < <(sed -nE '/^[ \t]*#[ \t]*include[ \t]*/{s/^[ \t]*#[ \t]*include[ \t]*([<"][^>"]+[>"]).*/\1/;=;p}' "$f" | paste -d: - -)
	done < <(find "$1" -type f \( -name '*.c' -o -name '*.h' \) -print0)
}

while IFS='|' read -r dir allowed denied; do
	walk "libbelgoauth/$dir" "$allowed" "$denied"
done < <(rules)
# providers: the public headers, the hook tables of proto/provider.h, their own strategy.h, and the JSON and error helpers.
walk providers "strategy.h proto/provider.h base/json.h base/error.h base/guard.h base/mem.h base/text.h base/url.h providers/ providers.h registry.h public" 'curl/|libsecret/|glib|openssl/|cjose/'
# the CLI lives on the public headers; the fast path alone may look at the access cache.
while IFS= read -r -d '' f; do
	inside=$(sed -nE 's/^[ \t]*#[ \t]*include[ \t]*"((base|jose|proto|flow|io|run)\/[^"]+)".*/\1/p' "$f")
	for h in $inside; do
		if [ "$f" != cli/fast.c ] || [ "$h" != io/access_cache.h ]; then fault "$f includes \"$h\", which is inside the library"; fi
	done
done < <(find cli -type f \( -name '*.c' -o -name '*.h' \) -print0)

# In code nowhere; in a comment only where a public header gives an example.
company='(google|microsoft|github|entra|azure)'
names=$(find libbelgoauth -name '*.[ch]' -print0 | while IFS= read -r -d '' f; do
	case $f in
	libbelgoauth/include/*) perl -0777 -pe 's{/\*.*?\*/}{(my $n = $&) =~ s/[^\n]//g; $n}gse' "$f" ;;
	*) cat "$f" ;;
	esac | grep -niE "$company" | sed "s|^|$f:|" || true
done)
if [ -n "$names" ]; then
	fault "a company is named inside libbelgoauth/:"
	printf '%s\n' "$names" >&2
fi
words=$(find libbelgoauth/flow libbelgoauth/proto libbelgoauth/run -name '*.[ch]' -print0 | while IFS= read -r -d '' f; do
	strip_c <"$f" | grep -nE '\b(curl_|CURL|secret_service|secret_password|GError|getenv|keyctl)' | sed "s|^|$f:|" || true
done)
if [ -n "$words" ]; then
	fault "a name of io's libraries stands in a stratum that may not know it:"
	printf '%s\n' "$words" >&2
fi
finish "every include is allowed, no company is named inside the library"
