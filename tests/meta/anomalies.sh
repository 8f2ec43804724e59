#!/usr/bin/env bash
# The table of anomalies in tests/data/providers/README.md: twenty rows, each with a fixture and a test that are there
# and that belong together. usage: anomalies.sh SOURCE
# shellcheck source=tests/meta/common.sh
. "$(dirname "$0")/common.sh"
cd "$src"

tests=tests/unit/providers/test_anomalies.c
rows=0
while IFS='|' read -r _ number _ fixture test _; do
	number=${number// /} fixture=${fixture//[\` ]/} test=${test//[\` ]/}
	rows=$((rows + 1))
	[ "$number" = "$rows" ] || fault "row $rows of the anomalies is numbered $number"
	[ -s "tests/data/providers/$fixture" ] || fault "anomaly $number: there is no fixture $fixture"
	grep -q "^$test(void" "$tests" && grep -q "cmocka_unit_test($test)" "$tests" ||
		fault "anomaly $number: there is no test $test, or nobody runs it"
	awk -v test="$test" -v fixture="$fixture" -v id="\"${fixture%%/*}\"" '
		index($0, test "(void") == 1 {on = 1}
		on && (index($0, fixture) || index($0, id)) {found = 1}
		on && /^}/ {exit}
		END {exit !found}' "$tests" || fault "anomaly $number: $test does not read $fixture"
done < <(grep -E '^\| [0-9]+ \|' tests/data/providers/README.md)
[ "$rows" = 20 ] || fault "there are $rows anomalies in the table, not 20"
finish "twenty anomalies have their fixtures and tests"
