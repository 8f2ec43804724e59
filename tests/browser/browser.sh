#!/usr/bin/env bash
# A login in a real browser: what the user sees, and what stays in the address bar.
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"
need_node_modules
if [ ! -x "${CHROMIUM:-/usr/bin/chromium}" ]; then
	skip "there is no Chromium"
	finish
fi
start_issuer
driver="$(node_bin) $SRC/tests/browser/browser.mjs"
browse() { # OPTIONS OF THE DRIVER, -- OPTIONS OF LOGIN
	local words=()
	while [ "$1" != -- ]; do
		words+=("$1")
		shift
	done
	shift
	rm -f "$BASE/page" "$BASE/trace"
	run login "$ISSUER" --client-id demo "$@" --browser "$driver ${words[*]} --page $BASE/page --trace $BASE/trace"
	# The program is done before the page is read.
	until_true 60 test -s "$BASE/trace"
}
page_has() { grep -qF -- "$1" "$BASE/page"; }
now() { sed -n 's/^now //p' "$BASE/trace"; }

browse -- --response-mode query
check "login" out '127.0.0.1:ada@example.org'
check "the page names the account" page_has ada@example.org
check "and where the tokens are" page_has file
check "the code has left the address bar" bash -c '[[ $1 == http://127.0.0.1:* && $1 != *code=* ]]' _ "$(now)"
run token --refresh
check "the tokens work" status 0

new_home
browse -- --response-mode form_post
check "form_post" out '127.0.0.1:ada@example.org'
check "its page" page_has ada@example.org
check "its address holds no code" bash -c '[[ $1 != *code=* ]]' _ "$(now)"

new_home
browse --deny -- --response-mode query
check_nothing_stored "the user says no" 9
check "the page says it too" test -s "$BASE/page"
check "without code or state in the address" bash -c '[[ $1 != *state=* ]]' _ "$(now)"
finish
