#!/usr/bin/env bash
# login --authorization-details: from the line or a file, granted, kept through a refresh, shown.
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"

start_issuer --auto-approve ada
browser='curl -sSL -o /dev/null'
details='[{"type":"api_access","actions":["read"],"locations":["https://api.example/"]}]'
run login "$ISSUER" --client-id demo --authorization-details "$details" --browser "$browser"
check "details on the line" status 0
check "without a warning" err_lacks warning
run show
check "show names them" out_matches '^details +\[\{"type":"api_access"'
run show --json
check "show --json has them as JSON" json_is '.authorization_details[0].actions[0]' read
run token --refresh
check "a refresh" status 0
run show --json
check "they outlive it" json_is '.authorization_details[0].type' api_access

printf '%s\n' '[' '  {"type": "payment_initiation", "amount": "12.50"}' ']' >"$HOME/details.json"
run login "$ISSUER" --client-id demo --authorization-details "$HOME/details.json" --par --browser "$browser"
check "details of a file, pushed" status 0
run show --json
check "replace the others" json_is '.authorization_details[0].amount' 12.50

run login "$ISSUER" --client-id demo --browser "$browser"
check "a login without" status 0
run show --json
check "has none" json_is .authorization_details null

new_home
for bad in '[]' '["x"]' '[{"type":""}]' '[{"type":"api_access"}' '[{"type":"nonesuch"}]'; do
	run_to_the_end login "$ISSUER" --client-id demo --authorization-details "$bad" --browser "touch $HOME/opened"
	check_nothing_stored "$bad" 2
done
run_to_the_end login "$ISSUER" --client-id demo --authorization-details "$HOME/nonesuch" --browser "touch $HOME/opened"
check "a file that is not there" test "$STATUS" -ne 0
run_to_the_end login "$ISSUER" --client-id demo --param 'authorization_details=[]' --browser "touch $HOME/opened"
check_nothing_stored "by --param they are refused" 2
check "no browser was opened" test ! -e "$HOME/opened"
finish
