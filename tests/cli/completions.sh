#!/usr/bin/env bash
# The completions: as the tables have them now, and what they offer in bash.
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"

for pair in bash:oauthctl.bash zsh:_oauthctl fish:oauthctl.fish; do
	run __complete "${pair%%:*}"
	check "${pair#*:} is what the tables say (else: build the target completions)" test "$OUT" = "$(cat "$SRC/completions/${pair#*:}")"
done
for shell in zsh fish; do
	file=oauthctl.fish
	if [ $shell = zsh ]; then file=_oauthctl; fi
	if command -v $shell >/dev/null; then
		check "$shell can read it" $shell -n "$SRC/completions/$file"
	else
		skip "$shell is not installed"
	fi
done
run __complete providers
check "the ids of providers" out_has google
run __complete tcsh
check_fails "no such shell" 2

mkdir -p "$XDG_STATE_HOME/oauthctl"
printf 'oauthctl-index\t1\nconfig\t\t0\t-1\naccount\tgoogle:ada@example.org\tk\tc\tgoogle\ti\te\tfile:/x\ts\naccount\twork\tk\tc\t\ti\te\tfile:/x\ts\n' \
	>"$XDG_STATE_HOME/oauthctl/index"
PATH=$BIN:$PATH
# shellcheck source=completions/oauthctl.bash
. "$SRC/completions/oauthctl.bash"
offered() {
	COMP_LINE=$1 COMP_POINT=${#1} COMPREPLY=()
	_oauthctl 2>/dev/null
	OUT=${COMPREPLY[*]}
}
offered 'oauthctl log'
check "verbs" out 'login logout'
offered 'oauthctl --json log'
check "verbs after a global option" out 'login logout'
offered 'oauthctl --store file log'
check "verbs after a global option with a value" out 'login logout'
offered 'oauthctl provider '
check "verbs of provider" out 'list show discover check set remove'
offered 'oauthctl client '
check "verbs of another group" out 'register show update delete list metadata'
offered 'oauthctl client update --auth'
check "options of its verbs" out '--auth-method'
offered 'oauthctl token --min'
check "options" out '--min-valid'
offered 'oauthctl provider set --client-s'
check "options of provider set" out '--client-secret-file'
offered 'oauthctl show '
check "accounts" out 'google:ada@example.org work'
offered 'oauthctl token --account w'
check "accounts as a value" out work
offered 'oauthctl token --account google:a'
check "after a colon, what readline wants" out 'ada@example.org'
offered 'oauthctl login gitl'
check "providers" out gitlab
offered 'oauthctl token --min-valid '
check "nothing where nothing is known" out ''

# A provider chooses the e-mail address that a name is made of, and bash expands what completion functions hand it.
# shellcheck disable=SC2016
printf 'account\t%s\tk\tc\t\ti\te\tfile:/x\ts\n' \
	'evil:$(touch${IFS}'"$XDG_STATE_HOME"'/ran)@x' 'evil:`touch${IFS}'"$XDG_STATE_HOME"'/ran`' 'evil:;touch' \
	>>"$XDG_STATE_HOME/oauthctl/index"
offered 'oauthctl token --account '
check "a name is never run as a command" test ! -e "$XDG_STATE_HOME/ran"
for word in "${COMPREPLY[@]}"; do
	eval "set -- $word"
	check "a name on the line is one word: $1" test $# -eq 1
done
check "a name on the line is not run either" test ! -e "$XDG_STATE_HOME/ran"
finish
