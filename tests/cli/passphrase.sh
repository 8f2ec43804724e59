#!/usr/bin/env bash
# A passphrase typed at a terminal: it is never seen there, a login takes it whole, and ^C leaves the terminal as it was.
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"
unset OAUTHCTL_KEY_FILE OAUTHCTL_NO_INPUT
export OAUTHCTL_STORE=file
start_issuer --auto-approve ada
mkfifo "$BASE/keys"

# on_terminal COMMAND: in the background, its keys from descriptor 9, what it shows in $BASE/screen, its status from `ended`.
on_terminal() {
	: >"$BASE/screen"
	timeout -k 5 60 script -qefc "$1" /dev/null <"$BASE/keys" >"$BASE/screen" 2>&1 &
	pid=$!
	pids+=("$pid")
	exec 9>"$BASE/keys"
}
shown() { # TEXT TIMES: waits until it stands there so often
	local n
	for ((n = 0; n < 600; n++)); do
		if [ "$(grep -oF -- "$1" "$BASE/screen" | wc -l)" -ge "$2" ]; then return 0; fi
		sleep 0.05
	done
	return 1
}
ended() {
	wait "$pid"
	STATUS=$?
	exec 9>&-
}
unseen() { ! grep -qE 'horse|hrse|corr|battery' "$BASE/screen"; }

words='correct horse battery'
on_terminal "'$BIN/oauthctl' login '$ISSUER' --client-id demo --account me --browser 'curl -sSL -o /dev/null'"
check "a new store asks for its passphrase" shown 'Passphrase for a new token store: ' 1
printf '%s\n' "$words" >&9
check "and for the same again" shown 'The same again: ' 1
printf '%s\n' "$words" >&9
ended
check "the login goes on" status 0
check "nothing of it was seen" unseen
check "it was asked for once" test "$(grep -c 'Passphrase' "$BASE/screen")" -eq 1
printf '%s\n' "$words" >"$HOME/words"
chmod 600 "$HOME/words"
OAUTHCTL_PASSPHRASE_FILE=$HOME/words run token --account me
check "it is the passphrase of the store" status 0

on_terminal "'$BIN/oauthctl' login '$ISSUER' --client-id demo --account me --browser 'curl -sSL -o /dev/null'"
check "the next login asks for it" shown 'Passphrase of the token store: ' 1
for n in 1 2; do
	printf 'correct mule\n' >&9
	check "a wrong one: asked again, $n" shown 'That does not open the token store. Its passphrase: ' "$n"
done
printf 'correct mule\n' >&9
ended
check "another one does not open the store" status 8
check "which is told" grep -qE 'passphrase is not the one|no passphrase was given that opens' "$BASE/screen"
check "three times and not more" test "$(grep -oE '[Pp]assphrase: |store: ' "$BASE/screen" | wc -l)" -eq 3
check "nobody was sent to a browser" test "$(grep -c browser "$BASE/screen")" -eq 0
check "nothing of it was seen either" unseen

on_terminal "'$BIN/oauthctl' login '$ISSUER' --client-id demo --account me --browser 'curl -sSL -o /dev/null'"
check "a third login asks" shown 'Passphrase of the token store: ' 1
printf 'correct mule\n' >&9
check "and asks again" shown 'That does not open the token store. Its passphrase: ' 1
printf '%s\n' "$words" >&9
ended
check "the right one at the second try" status 0
check "is asked for no more" test "$(grep -oE '[Pp]assphrase: |store: ' "$BASE/screen" | wc -l)" -eq 2

new_home
unset OAUTHCTL_KEY_FILE OAUTHCTL_NO_INPUT
on_terminal "'$BIN/oauthctl' login '$ISSUER' --client-id demo --no-browser"
check "asked again" shown 'Passphrase for a new token store: ' 1
printf '%s\n' "$words" >&9
check "asked for the same" shown 'The same again: ' 1
printf 'correct horse\n' >&9
ended
check "two that differ make no store" status 2
check "that they differ is told" grep -q 'the two passphrases differ' "$BASE/screen"
check "there is no store" test ! -e "$XDG_STATE_HOME/oauthctl/store/params.json"

# interrupted NAME COMMAND: ^C in the midst of the passphrase.
interrupted() {
	on_terminal "trap : INT; $2; echo \"status \$?\"; stty -a"
	check "$1: asked" shown 'Passphrase' 1
	printf 'corr\003' >&9
	ended
	check "$1: ^C ends it" grep -q '^status 130' "$BASE/screen"
	check "$1: the terminal shows what is typed again" grep -qE '(^|[ ;])echo( |;|$)' "$BASE/screen"
	check "$1: line by line" grep -qE '(^|[ ;])icanon( |;|$)' "$BASE/screen"
	check "$1: nothing was seen" unseen
}

# Stopped by ^Z and continued, it asks once more, and what comes of that is what is told.
on_terminal "bash -mc '\"$BIN/oauthctl\" login \"$ISSUER\" --client-id demo --no-browser; echo \"status \$?\"; fg; echo \"status \$?\"'"
check "to be stopped: asked" shown 'Passphrase for a new token store: ' 1
printf 'corr\032' >&9
check "continued: asked again" shown 'Passphrase for a new token store: ' 2
printf '%s\n' "$words" >&9
check "continued: and for the same" shown 'The same again: ' 1
printf 'correct mule\n' >&9
ended
check "continued: it was asked once more, not oftener" test "$(grep -oF 'Passphrase for a new' "$BASE/screen" | wc -l)" -eq 2
check "continued: why it failed is told" grep -q 'the two passphrases differ' "$BASE/screen"
check "continued: nothing was seen" unseen

interrupted login "'$BIN/oauthctl' login '$ISSUER' --client-id demo --no-browser"

new_home
unset OAUTHCTL_NO_INPUT
run login "$ISSUER" --client-id demo --account me --browser 'curl -sSL -o /dev/null'
check "an account to export" status 0
interrupted export "'$BIN/oauthctl' export me >'$BASE/sealed'"
check "nothing was written" test ! -s "$BASE/sealed"
on_terminal "'$BIN/oauthctl' export me >'$BASE/sealed'"
check "too long: asked" shown 'Passphrase' 1
printf '%01500d\n' 0 >&9
ended
check "a passphrase that is too long is refused, not cut" status 2
check "it says so" grep -q 'the passphrase is longer than 1024 bytes' "$BASE/screen"
finish
