#!/usr/bin/env bash
# How the installed programs and the library were linked. usage: hardening.sh SOURCE PREFIX LIBDIR LIBEXECDIR SANITIZERS BUILD_TYPE
# shellcheck source=tests/meta/common.sh
. "$(dirname "$0")/common.sh"
prefix=$2 libdir=$3 libexecdir=$4 sanitize=${5:-} type=${6:-}

look_at() {
	local file=$1 name=${1#"$prefix"/} elf dynamic
	if [ ! -f "$file" ]; then
		fault "$name is missing"
		return
	fi
	elf=$(readelf -W -h -l "$file") dynamic=$(readelf -W -d "$file")
	grep -qE 'Type: +DYN' <<<"$elf" || fault "$name: not position independent"
	grep -q 'GNU_RELRO' <<<"$elf" || fault "$name: no RELRO"
	grep -qE '\((BIND_NOW|FLAGS(_1)?)\).*NOW|BIND_NOW' <<<"$dynamic" || fault "$name: symbols are bound lazily"
	if grep 'GNU_STACK' <<<"$elf" | grep -q 'RWE'; then fault "$name: executable stack"; fi
	if grep -E 'LOAD' <<<"$elf" | grep -q 'RWE'; then fault "$name: memory that is writable and executable"; fi
	if grep -q 'TEXTREL' <<<"$dynamic"; then fault "$name: text relocations"; fi
	# A relative path to the library beside it is what a private prefix needs; any other would be found by whoever writes there.
	if grep -E '\((RPATH|RUNPATH)\)' <<<"$dynamic" | grep -vE '\[\$ORIGIN(/[A-Za-z0-9._/-]*)?\]'; then fault "$name: RPATH"; fi
}

has_symbol() { nm -D "$1" | grep -qE "$2"; }

library=$(readlink -f "$prefix/$libdir/libbelgoauth.so")
programs=("$prefix/bin/oauthctl" "$prefix/$libexecdir/oauthctl/oauthctl-main")
for file in "${programs[@]}" "$library"; do look_at "$file"; done
# The sanitizers bring checks of their own in place of these, and fortified functions want optimisation.
if [ -z "$sanitize" ]; then
	for file in "$library" "${programs[1]}"; do
		if [ -f "$file" ]; then has_symbol "$file" '__stack_chk_fail' || fault "${file#"$prefix"/}: no stack protector"; fi
	done
	if [ "$type" != Debug ]; then has_symbol "$library" '_chk(@|$)' || fault "libbelgoauth.so: not fortified"; fi
fi
finish "position independent, RELRO, bound at start, no executable stack, no RPATH"
