#!/usr/bin/env bash
# Every exported function has its place in section 3 with the very prototype of the header, every page passes the lint,
# and cross-references point to pages that exist; each member of what a function is asked with is spoken of. usage: man.sh SOURCE
# shellcheck source=tests/meta/common.sh
. "$(dirname "$0")/common.sh"
cd "$src"

shopt -s nullglob
pages=(man/*.[1-8])
section3=(man/*.3)
if [ "${#section3[@]}" -eq 0 ]; then fault "man/ holds no page of section 3"; fi
if ! command -v mandoc >/dev/null; then
	fault "mandoc is not installed"
	finish
fi

# Unknown pages of others are no fault of ours; our own are looked at below.
for page in "${pages[@]}"; do
	lint=$(mandoc -T lint -W warning "$page" 2>&1 | grep -vE 'referenced manual not found|STYLE:' || true)
	if [ -n "$lint" ]; then fault "$lint"; fi
	while read -r name section; do
		case $name in
		oauthctl* | belgo*) if [ ! -f "man/$name.$section" ] && ! grep -qE "^\.Nm $name( ,)?$" man/*."$section"; then fault "$page refers to $name($section), which does not exist"; fi ;;
		esac
	done < <(sed -nE 's/^\.Xr ([^ ]+) ([1-8]).*/\1 \2/p' "$page")
done

exported=$(exported_names)
squeeze() { tr -d ' \t\n\r'; }
synopses=$(for page in "${section3[@]}"; do mandoc -T ascii -O width=1000 "$page" 2>/dev/null | perl -pe '1 while s/.\x08//g'; done | squeeze)
names=$(sed -nE 's/^\.Nm (belgo_[a-z0-9_]+).*/\1/p' "${section3[@]}" /dev/null | sort -u)
headers=$(cat libbelgoauth/include/belgoauth/*.h | strip_c | tr '\n' ' ')
while IFS= read -r function; do
	if ! grep -qx "$function" <<<"$names"; then
		fault "$function has no page in section 3"
		continue
	fi
	prototype=$(grep -oE "BELGO_EXPORT [^;]*[ *]$function\([^;]*;" <<<"$headers" | sed 's/^BELGO_EXPORT //; s/__attribute__ *(([^)]*))//; s/(void)/(void)/' | squeeze)
	if [[ $synopses != *"$prototype"* ]]; then fault "$function: the manual's prototype differs from the header's"; fi
done <<<"$exported"
while IFS= read -r name; do
	if [ -n "$name" ] && ! grep -qx "$name" <<<"$exported"; then fault "the manual names $name, which no header declares"; fi
done <<<"$names"

# A member n_X or len counts another.
shown=$(grep -hE '^\.(It )?(Fa|Va) ' "${section3[@]}" | grep -v '"' | grep -oE '[a-z][a-z0-9_]+' | sort -u)
members() {
	awk '/^struct belgo_[a-z_]*_params \{/ { name = $2; on = 1; next } /^};/ { on = 0 } on { print name, $0 }' |
		sed -nE 's/^([a-z_]+) .*\(\*([a-z0-9_]+)\)\(.*/\1 \2/p; t; s/^([a-z_]+) .*[ *]([a-z0-9_]+)(\[[^]]*\])?;.*/\1 \2/p'
}
known=0
while read -r struct member; do
	known=$((known + 1))
	if ! grep -qx "$member" <<<"$shown"; then fault "no page in section 3 speaks of the member $member of struct $struct"; fi
done < <(for header in libbelgoauth/include/belgoauth/*.h; do strip_c <"$header" | members; done | grep -vE ' (n_.*|len)$')
if [ "$known" -lt 100 ]; then fault "only $known members of parameters were found"; fi
finish "${#pages[@]} pages, $known members of parameters"
