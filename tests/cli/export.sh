#!/usr/bin/env bash
# export and import: from one home to another, with a passphrase and for a key.
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"
import_file() { # FILE ARGUMENT...
	local file=$1
	shift
	timeout -k 5 60 "$BIN/oauthctl" import "$@" <"$file" >"$BASE/out" 2>"$BASE/err"
	STATUS=$?
	OUT=$(cat "$BASE/out")
	ERR=$(cat "$BASE/err")
}

printf 'correct horse\n' >"$BASE/passphrase"
printf 'correct mule\n' >"$BASE/wrong"
printf 'dev-secret-1\n' >"$BASE/secret"
openssl genpkey -algorithm X25519 -out "$BASE/key.pem" 2>/dev/null
openssl pkey -in "$BASE/key.pem" -pubout -out "$BASE/public.pem" 2>/dev/null

run export --passphrase-file "$BASE/passphrase"
check_fails "export without an account" 3
start_issuer --auto-approve ada
run login "$ISSUER" --client-id demo --browser 'curl -sSL -o /dev/null'
check "login" status 0
name=$OUT
token=$("$BIN/oauthctl" token)
refresh_count=$(issuer_count 'POST /token refresh_token')

run export
check_fails "without a passphrase, and nobody to ask" 2
check "names the way" err_has '--passphrase-file'
run export --passphrase-file "$BASE/passphrase" --recipient "$BASE/public.pem"
check_fails "two ways at once" 2
run export --recipient "$BASE/passphrase"
check_fails "a recipient that is no key" 2
run export --all "$name"
check_fails "an account and --all" 2
run export --recipient "$BASE/public.pem" nobody
check_fails "an account that there is not" 3
# shellcheck disable=SC2016 # for the shell that script(1) starts
run_program timeout -k 5 30 script -qefc '"$BIN"/oauthctl export --passphrase-file "$BASE"/passphrase >/dev/tty' /dev/null
check "a terminal gets nothing" status 2
check "but the reason" out_has 'not written to a terminal'
check "and no token" out_lacks "$token"

run export --passphrase-file "$BASE/passphrase" "$name"
check "export with a passphrase" status 0
check "one JSON object" json_is .format oauthctl-export
check "its kdf" json_is '.kdf | "\(.name) \(.n) \(.r) \(.p)"' 'scrypt 131072 8 1'
check "no token in clear" out_lacks "$token"
check "no name in clear" out_lacks ada@example.org
check "warns of rotation" err_has 'it works in one place only'
check "stderr has no token" err_lacks "$token"
cp "$BASE/out" "$BASE/by-passphrase"
run_program env -u OAUTHCTL_NO_INPUT setsid -w timeout -k 5 60 "$BIN/oauthctl" export "$name"
check_fails "export: no passphrase and no terminal" 2
run export --all --recipient "$BASE/public.pem" --with-client-secret
check "export for a key" json_is '.recipient.alg' ECDH-ES+HKDF-SHA256
cp "$BASE/out" "$BASE/by-key"
check "the provider was not asked" test "$(issuer_count 'POST /token refresh_token')" = "$refresh_count"

new_home
import_file "$BASE/by-passphrase" --passphrase-file "$BASE/wrong"
check_nothing_stored "another passphrase" 7
check "says what it may be" err_has 'the passphrase is another one'
import_file "$BASE/by-passphrase"
check_nothing_stored "no passphrase, and nobody to ask" 2
import_file "$BASE/by-key"
check_nothing_stored "no key" 2
check "names the way" err_has '--key-file'
import_file "$BASE/by-key" --key-file "$BASE/public.pem"
check_nothing_stored "the public half" 2
# Without a terminal nobody can be asked.
STATUS=0
env -u OAUTHCTL_NO_INPUT setsid -w timeout -k 5 60 "$BIN/oauthctl" import <"$BASE/by-passphrase" >"$BASE/out" 2>"$BASE/err" || STATUS=$?
ERR=$(cat "$BASE/err")
check_fails "import: no passphrase and no terminal" 2
check "import: no passphrase and no terminal: what to do" err_has --passphrase-file
import_file "$BASE/by-passphrase" --passphrase-file -
check_nothing_stored "two things on standard input" 2
import_file "$BASE/passphrase" --passphrase-file "$BASE/passphrase"
check_nothing_stored "no sealed file" 7

import_file "$BASE/by-passphrase" --passphrase-file "$BASE/passphrase"
check "import" status 0
check "prints the names" out "$name"
run token
check "its token is the one" out "$token"
run token --refresh
check "it refreshes here" status 0
fresh=$OUT
import_file "$BASE/by-passphrase" --passphrase-file "$BASE/passphrase"
check_fails "the same again" 7
check "says so" err_has 'exists here already'
check "names the way" err_has 'oauthctl import --replace'
run token
check "and nothing has changed" out "$fresh"
import_file "$BASE/by-passphrase" --passphrase-file "$BASE/passphrase" --replace --json
check "--replace" json_is '.[0].name' "$name"
run token
check "has replaced it" out "$token"

new_home
import_file "$BASE/by-key" --key-file "$BASE/key.pem"
check "import with the key" out "$name"
run whoami --json
check "the same user" json_is .email ada@example.org
run import
check_fails "nothing on standard input" 7
finish
