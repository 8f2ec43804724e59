#!/usr/bin/env bash
# How the installed programs and the library of a release were compiled and linked. usage: hardening.sh SOURCE PREFIX LIBDIR LIBEXECDIR
# shellcheck source=tests/meta/common.sh
. "$(dirname "$0")/common.sh"
prefix=$2 libdir=$3 libexecdir=$4

look_at() {
	local file=$1 name=${1#"$prefix"/} elf dynamic
	if [ ! -f "$file" ]; then
		fault "$name is missing"
		return
	fi
	elf=$(readelf -W -h -l "$file") dynamic=$(readelf -W -d "$file")
	grep -qE 'Type: +DYN' <<<"$elf" || fault "$name: not position independent"
	grep -q 'GNU_RELRO' <<<"$elf" || fault "$name: no RELRO"
	grep -qE '\(FLAGS_1\).* NOW' <<<"$dynamic" || fault "$name: symbols are bound lazily"
	# Without the header the kernel gives an executable one.
	grep -qE 'GNU_STACK .* RW ' <<<"$elf" || fault "$name: executable stack"
	if grep -E 'LOAD' <<<"$elf" | grep -q 'RWE'; then fault "$name: memory that is writable and executable"; fi
	if grep -q 'TEXTREL' <<<"$dynamic"; then fault "$name: text relocations"; fi
	# A relative path to the library beside it is what a private prefix needs; any other would be found by whoever writes there.
	if grep -E '\((RPATH|RUNPATH)\)' <<<"$dynamic" | grep -vE '\[\$ORIGIN(/[A-Za-z0-9._/-]*)?\]'; then fault "$name: RPATH"; fi
}

# Where the compiler knows no size a fortified function is called by its plain name, so one that checks is what can be asked for.
look_into() {
	local file=$1 name=${1#"$prefix"/} imported
	if [ ! -f "$file" ]; then return; fi
	imported=$(nm -D --undefined-only "$file" | sed -E 's/^ *U //; s/@.*//')
	grep -qx __stack_chk_fail <<<"$imported" || fault "$name: no stack protector"
	grep -E '_chk$' <<<"$imported" | grep -qv stack_chk || fault "$name: not fortified"
}

library=$(readlink -f "$prefix/$libdir/libbelgoauth.so")
programs=("$prefix/bin/oauthctl" "$prefix/$libexecdir/oauthctl/oauthctl-main")
for file in "${programs[@]}" "$library"; do
	look_at "$file"
	look_into "$file"
done
for file in "${programs[@]}"; do
	grep -qE '\(FLAGS_1\).* PIE' <<<"$(readelf -W -d "$file")" || fault "${file#"$prefix"/}: no position independent program"
done
grep -qE '\(FLAGS_1\).* NODELETE' <<<"$(readelf -W -d "$library")" || fault "libbelgoauth.so: could be unloaded"

# Control-flow protection is a promise of every object together. The C library's start files may not give it, so that the linker
# drops the note; ours do.
archive=$prefix/$libdir/libbelgoauth.a
if [ "$(uname -m)" = x86_64 ]; then
	members=$(ar t "$archive" | grep -c .)
	marked=$(readelf -W -n "$archive" 2>/dev/null | grep -cE 'x86 feature: IBT, SHSTK' || true)
	if [ "$members" -lt 50 ] || [ "$marked" -ne "$members" ]; then fault "libbelgoauth.a: $marked of $members objects have control-flow protection"; fi
fi
finish "position independent, RELRO, bound at start, no executable stack, no RPATH, stack protector, fortified, control-flow protection"
