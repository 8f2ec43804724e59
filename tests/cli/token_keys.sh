#!/usr/bin/env bash
# Keys over the tokens in the store: written under the first, read under any, refused without.
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"

new_key() { head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n' && echo; }
umask 077
new_key >"$BASE/first"
new_key >"$BASE/second"
cat "$BASE/second" "$BASE/first" >"$BASE/both"

start_issuer --auto-approve ada
browser=(--browser 'curl -sSL -o /dev/null')
run login "$ISSUER" --client-id demo "${browser[@]}" --account ada
check "login without a token key" status 0
run token
token=$OUT
export OAUTHCTL_TOKEN_KEY_FILE=$BASE/first
run token
check "what is not encrypted is read" out "$token"
run token --refresh
check "a refresh with a token key" status 0
token=$OUT
run token
check "what is encrypted is read" out "$token"

record=$(find "$XDG_STATE_HOME/oauthctl/store" -type f -newer "$BASE/first" -exec sha256sum {} + | sort)
for keys in second none; do
	for verb in token 'token --refresh' 'rename ada other' 'logout ada'; do
		# shellcheck disable=SC2086 # a verb and its arguments
		OAUTHCTL_TOKEN_KEY_FILE=$BASE/$keys run $verb
		check "$verb, keys: $keys" test "$STATUS" -ne 0
		check "$verb, keys: $keys: nothing on stdout" out_empty
	done
done
OAUTHCTL_TOKEN_KEY_FILE=$BASE/second run token --account ada
check_fails "another key" 8
check "another key: says so" err_has 'is not at hand; the record is left as it is'
OAUTHCTL_TOKEN_KEY_FILE='' run token --account ada
check_fails "no key" 8
check "no key: not a matter of a login" err_lacks 'oauthctl login'
OAUTHCTL_TOKEN_KEY_FILE=$BASE/none run token --account ada
check_fails "no such file" 8
check "no such file: names it" err_has "$BASE/none"
mkfifo "$BASE/fifo"
cp "$BASE/first" "$BASE/foreign"
cp "$BASE/first" "$BASE/open" && chmod 644 "$BASE/open"
for file in "$BASE/fifo:is not a regular file" "$BASE/foreign:belongs to another user" \
	"$BASE/open:can be read by other users" "-:cannot be read"; do
	if [ "${file%%:*}" = "$BASE/foreign" ] && ! chown 12345 "$BASE/foreign" 2>/dev/null; then
		skip "only root can give a file away"
		continue
	fi
	OAUTHCTL_TOKEN_KEY_FILE=${file%%:*} run token --account ada
	check_fails "a key in ${file%%:*}" 8
	check "a key in ${file%%:*}: why not" err_has "${file#*:}"
done
OAUTHCTL_TOKEN_KEY_FILE=$BASE/second run login "$ISSUER" --client-id demo "${browser[@]}" --account ada
check_fails "a login over what another key encrypted" 8
check "nothing was written" test "$record" = "$(find "$XDG_STATE_HOME/oauthctl/store" -type f -newer "$BASE/first" -exec sha256sum {} + | sort)"
run token
check "and the right key still opens it" out "$token"

OAUTHCTL_TOKEN_KEY_FILE=$BASE/both run token --refresh
check "a new key before the old one" status 0
token=$OUT
OAUTHCTL_TOKEN_KEY_FILE=$BASE/second run token --account ada
check "from then on the new one is enough" out "$token"
run token --account ada
check_fails "and the old one opens nothing" 8

# Exported under a passphrase alone: another home needs no token key.
printf 'correct horse\n' >"$BASE/passphrase"
OAUTHCTL_TOKEN_KEY_FILE=$BASE/second run export --passphrase-file "$BASE/passphrase" ada
check "export" status 0
cp "$BASE/out" "$BASE/exported"
OAUTHCTL_TOKEN_KEY_FILE=$BASE/first run login "$ISSUER" --client-id demo "${browser[@]}" --account ada --replace
check "a login that replaces gives up what it cannot read" status 0
run token --account ada
check "it is written under this key" status 0

new_home
unset OAUTHCTL_TOKEN_KEY_FILE
timeout 60 "$BIN/oauthctl" import --passphrase-file "$BASE/passphrase" <"$BASE/exported" >"$BASE/out" 2>"$BASE/err"
check "import where there is no token key" test $? = 0
run token
check "its token" out "$token"
mkdir -p "$XDG_CONFIG_HOME/oauthctl"
printf '{"version":1,"token_key_file":"%s"}\n' "$BASE/second" >"$XDG_CONFIG_HOME/oauthctl/config.json"
run token --refresh
check "the key that the configuration names" status 0
token=$OUT
mkdir "$BASE/credentials"
cp "$BASE/first" "$BASE/credentials/oauthctl.token-key"
CREDENTIALS_DIRECTORY=$BASE/credentials run token
check_fails "a credential goes before the configuration" 8
run token
check "the configuration's key opens it" out "$token"
finish
