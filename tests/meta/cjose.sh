#!/usr/bin/env bash
# cjose signs what is ours, and nothing that was received comes near it: one file touches it, that file has no function of it that reads or
# decrypts a token, and who may have something signed is listed here. usage: cjose.sh SOURCE LIBRARY
# shellcheck source=tests/meta/common.sh
. "$(dirname "$0")/common.sh"
library=$2
cd "$src"

sign=libbelgoauth/jose/sign.c
touching=$(grep -rlE 'cjose' libbelgoauth providers cli --include='*.[ch]' | while IFS= read -r f; do
	if strip_c <"$f" | grep -E '\bcjose(_|\.|/)' >/dev/null; then printf '%s\n' "$f"; fi
done)
if [ "$touching" != "$sign" ]; then fault "cjose is touched by: $(xargs <<<"$touching")"; fi

allowed='header_new header_release header_set header_set_raw jwk_import jwk_release jws_export jws_release jws_sign'
used=$(sed -nE 's/^\tX\(([a-z_]+)\).*/\1/p' "$sign" | sort | xargs)
if [ "$used" != "$allowed" ]; then fault "$sign loads other functions of cjose than were thought over: $used"; fi
stray=$(strip_c <"$sign" | grep -oE '\bcjose_[a-z_]+\(' | grep -vE '^cjose_(failed|header_free|jwk_free|jws_free)\(' | xargs || true)
if [ -n "$stray" ]; then fault "$sign calls past its table: $stray"; fi

callers=$(grep -rlE '\bbg_jws_sign\(' libbelgoauth providers --include='*.c' | grep -vxF "$sign" | sort | xargs)
if [ "$callers" != "libbelgoauth/jose/private_key.c libbelgoauth/proto/assertion.c libbelgoauth/proto/dpop.c libbelgoauth/proto/request_object.c" ]; then fault "something else is signed by: $callers"; fi

dynamic=$(readelf -d "$library")
if grep -q 'NEEDED.*libcjose' <<<"$dynamic"; then fault "$(basename "$library") is linked with cjose"; fi
finish "cjose signs, and does nothing else"
