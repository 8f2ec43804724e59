#!/usr/bin/env bash
# Sealed files of another hand: what Node opens and makes by oauthctl-export(5), and what it makes wrong. Whatever is refused has
# left nothing behind.
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"
sealed() { "$(node_bin)" "$SRC/tests/hostile/sealed.mjs" "$@"; }
if [ -z "$(node_bin)" ]; then
	skip "node is needed"
	finish
fi
import_file() { # FILE ARGUMENT...
	local file=$1
	shift
	timeout -k 5 60 "$BIN/oauthctl" import "$@" <"$file" >"$BASE/out" 2>"$BASE/err"
	STATUS=$?
	OUT=$(cat "$BASE/out")
	ERR=$(cat "$BASE/err")
}

start_issuer --auto-approve ada
run login "$ISSUER" --client-id demo --browser 'curl -sSL -o /dev/null'
check "login" status 0
name=$OUT
printf 'correct horse\n' >"$BASE/passphrase"
for curve in X25519 P-256; do
	options=(-algorithm "$curve")
	[ "$curve" = P-256 ] && options=(-algorithm EC -pkeyopt ec_paramgen_curve:P-256)
	openssl genpkey "${options[@]}" -out "$BASE/$curve.pem" 2>/dev/null
	openssl pkey -in "$BASE/$curve.pem" -pubout -out "$BASE/$curve.pub" 2>/dev/null
	run export --recipient "$BASE/$curve.pub"
	check "$curve: export" status 0
	cp "$BASE/out" "$BASE/$curve.sealed"
	sealed open "$BASE/$curve.sealed" "$BASE/$curve.pem" >"$BASE/$curve.plain"
	check "$curve: another implementation opens it" test "$(jq -r '.accounts[0].account.name' "$BASE/$curve.plain")" = "$name"
done
run export --passphrase-file "$BASE/passphrase"
check "passphrase: export" status 0
cp "$BASE/out" "$BASE/sealed"
sealed open "$BASE/sealed" 'correct horse' >"$BASE/plain"
check "passphrase: another implementation opens it" test "$(jq -r '.accounts[0].account.email' "$BASE/plain")" = ada@example.org

for with in X25519 P-256 passphrase; do
	new_home
	how=$BASE/$with.pub
	own=(--key-file "$BASE/$with.pem")
	if [ $with = passphrase ]; then how='correct horse' own=(--passphrase-file "$BASE/passphrase"); fi
	sealed seal "$BASE/plain" "$how" >"$BASE/theirs"
	import_file "$BASE/theirs" "${own[@]}"
	check "$with: what another implementation sealed is taken" out "$name"
	import_file "$BASE/theirs" "${own[@]}"
	check_fails "$with: but not twice" 7
done

new_home
while IFS= read -r case; do
	own=(--passphrase-file "$BASE/passphrase") from=$BASE/sealed
	case $case in *ephemeral* | *agreement*) own=(--key-file "$BASE/X25519.pem") from=$BASE/X25519.sealed ;; esac
	sealed break "$from" "$case" >"$BASE/broken"
	import_file "$BASE/broken" "${own[@]}"
	case $case in *'a newer version'*) check_nothing_stored "$case" 8 ;; *) check_nothing_stored "$case" 7 ;; esac
done < <(sealed breaks)
while IFS= read -r case; do
	sealed poison "$BASE/plain" "$case" >"$BASE/poisoned"
	sealed seal "$BASE/poisoned" "$BASE/X25519.pub" >"$BASE/theirs"
	import_file "$BASE/theirs" --key-file "$BASE/X25519.pem"
	case $case in
	*newer*) want=8 ;;
	*'nobody has'*) want=3 ;;
	*) want=7 ;;
	esac
	check_nothing_stored "$case" "$want"
	check "$case: no escape sequence is repeated" err_lacks $'\033[2J'
done < <(sealed poisons)
head -c 7000000 /dev/zero | tr '\0' ' ' >"$BASE/large"
import_file "$BASE/large" --passphrase-file "$BASE/passphrase"
check_nothing_stored "a file too large" 2
: >"$BASE/empty"
import_file "$BASE/empty" --passphrase-file "$BASE/passphrase"
check_nothing_stored "an empty file" 7
finish
