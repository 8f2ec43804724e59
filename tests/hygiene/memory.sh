#!/usr/bin/env bash
# What is left in the memory of a program that signed in, refreshed and freed everything. Of the library's own: nothing. Of the
# libraries it calls: what stands below by name, and in .github/SECURITY.md.
: "${SRC:?}" "${BIN:?}"
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"
memory=$BIN/../tests/hygiene_memory

# libcurl keeps a request in a buffer of its own and frees that as it is. What it sends is spent or public by then, but for a
# client secret and the refresh token of a provider that does not rotate them.
sent=(--allow libcurl.so:code --allow libcurl.so:code_verifier --allow 'libcurl.so:client secret' --allow 'libcurl.so:client secret as Basic'
	--allow 'libcurl.so:first refresh token')
# jansson's lexer keeps the last strings it read. A program may have them wiped for its whole process, as oauthctl does.
read_by_jansson=()
for secret in nonce 'access token' 'first refresh token' 'new refresh token' 'ID token' 'client secret'; do
	read_by_jansson+=(--allow "libjansson.so:$secret")
done

look() { # NAME OPTION...
	local name=$1
	shift
	run_program timeout -k 5 60 "$memory" "$@"
	check "$name" status 0
	check "$name: secrets were met" out_matches '^[0-9]+ secrets, [0-9]{4,} KiB looked at$'
	printf '%s\n' "$OUT" | sed 's/^/  /'
}

# The page posts itself with a browser; here a script does it.
cat >"$BASE/post" <<'B'
#!/usr/bin/env bash
set -euo pipefail
page=$(curl -fsSL "$1")
args=()
while IFS= read -r field; do args+=(--data-urlencode "$field"); done < <(grep -oE "name='[^']+' value='[^']*'" <<<"$page" | sed -E "s/name='([^']+)' value='([^']*)'/\1=\2/")
exec curl -fsS -o /dev/null -H "Origin: $(sed -E 's#^(https?://[^/]+).*#\1#' <<<"$1")" "${args[@]}" "$(grep -oE "action='[^']+'" <<<"$page" | cut -d\' -f2)"
B
client=(--auto-approve ada --client app:a-client-secret-of-42-characters-7h3Q9vXz0)
get=(--browser 'curl -sSL -o /dev/null')
files=(--store "file:$BASE/store" --state-dir "$BASE/state" --key-file "$HOME/key")
mkdir -m 700 "$BASE/state"

start_issuer "${client[@]}"
look "in any program" "${get[@]}" "${sent[@]}" "${read_by_jansson[@]}" "$ISSUER"
look "with JSON wiped" --wipe-json "${get[@]}" "${sent[@]}" "$ISSUER"
look "with Basic, form_post and files" --wipe-json --basic --form-post --browser "bash $BASE/post" "${files[@]}" "${sent[@]}" "$ISSUER"

# That a trace is seen and refused: the same without what is known to remain.
run_program timeout -k 5 60 "$memory" --wipe-json "${get[@]}" "$ISSUER"
check "what is not allowed is a fault" status 1
check "and is named" out_matches '^FOUND: code in libcurl\.so'
stop_peer "$ISSUER_PID"

# Over TLS nothing of an answer remains in OpenSSL's buffers.
"$SRC/tests/interop/mkca.sh" "$BASE/ca" || exit 1
start_issuer "${client[@]}" --tls "$BASE/ca/server.pem" "$BASE/ca/server.key"
look "over TLS" --wipe-json --ca-file "$BASE/ca/ca.pem" --browser "curl -sSL -o /dev/null --cacert $BASE/ca/ca.pem" "${sent[@]}" "$ISSUER"
stop_peer "$ISSUER_PID"

# The keyring of the test: libsecret and D-Bus carry the record.
if command -v gnome-keyring-daemon >/dev/null && command -v dbus-run-session >/dev/null; then
	start_issuer "${client[@]}"
	memory=$SRC/tests/interop/keyring-run.sh
	look "with a keyring" "$BIN/../tests/hygiene_memory" --wipe-json "${get[@]}" --store keyring --state-dir "$BASE/state" "${sent[@]}" "$ISSUER"
else
	skip "with a keyring: there is none"
fi
finish
