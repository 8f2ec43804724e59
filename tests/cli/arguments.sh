#!/usr/bin/env bash
# The line: verbs, options, help, and how mistakes are answered. Nothing here needs an issuer.
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"

run --version
check "the version" out_matches '^oauthctl [0-9]+\.[0-9]+\.[0-9]+$'
run --json --version
check "the version as JSON" out_matches '^\{"version":1,"oauthctl":"[0-9.]+"\}$'
run
check_fails "no verb" 2
check "no verb: the hint" err_has 'See: oauthctl help'

run help
check "the overview: exit 0" status 0
verbs=$(sed -nE 's/^  ([a-z]+) .*/\1/p' <<<"$OUT")
check "the overview names the verbs" test "$(grep -c . <<<"$verbs")" -ge 14
for verb in $verbs; do
	run help "$verb"
	check "help $verb: exit 0" status 0
	check "help $verb: its usage" out_has "Usage: oauthctl $verb"
	run "$verb" --help
	check "$verb --help: on stdout, exit 0" status 0
	check "$verb --help: its usage" out_has "Usage: oauthctl $verb"
done
for topic in environment exit-codes headless providers; do
	run help "$topic"
	check "help $topic: exit 0" status 0
	check "help $topic: several lines" test "$(grep -c . <<<"$OUT")" -gt 5
done
run help provider set
check "help provider set" out_has 'Usage: oauthctl provider set'
run help nonesuch
check_fails "help on nothing" 2

# What is wrong is named, and nothing is done.
table() { # WHAT IS SAID, ARGUMENTS...
	local said=$1
	shift
	run "$@"
	check_fails "$*" 2
	check "$*: says why" err_has "$said"
}
table 'did you mean "login"' lgoin google
table 'did you mean "token"' tokne
table 'there is no verb "zzzzzzzz"' zzzzzzzz
table 'did you mean "list"' provider lsit
table 'wants one of its verbs' provider
table 'token has no option --acount' token --acount x
table 'token has no option -x' token -x
table 'verb'"'"'s own options follow the verb' --account x token
table '--account wants a value' token --account
table '--account is empty' token --account=
table '--refresh takes no value' token --refresh=yes
table 'is no duration' token --min-valid 5x
table 'is no duration' token --min-valid ''
table 'is no duration' token --min-valid -1
table 'one word too many' token x
table 'one word too many' accounts x
table 'login wants PROVIDER' login
table 'exec wants' exec
table 'is no port' login google --port 0
table 'is no port' login google --port 8080,65536
table 'is no name of a variable' exec --env 1X -- true
table 'exclude each other' login google --scope a --add-scope b
table 'exclude each other' login google --browser x --no-browser
table '--redirect-host is one of' login google --redirect-host example.org
table '--response-mode is one of' login google --response-mode fragment
table 'begins with a slash' login google --redirect-path callback
table '--timeout is between' login google --timeout 0
table 'without blanks and slashes' login google --account a/b
table '--param wants NAME=VALUE' login google --client-id x --param novalue

# A secret in the arguments is refused and not repeated.
run login google --client-secret hunter2
check_fails "a secret as argument" 2
check "a secret as argument: what to do instead" err_has --client-secret-file
check "a secret as argument: not repeated" err_lacks hunter2
run login google --client-secret=hunter2
check_fails "a secret behind =" 2
check "a secret behind =: not repeated" err_lacks hunter2
run token --client-secret=hunter2
check "an unknown option's value is not repeated" err_lacks hunter2

# Options stand anywhere; -- ends them.
run --no-input --json accounts -q
check "global options around the verb" out '[]'
run accounts --json
check "and after it" out '[]'
run -qv --json accounts
check "letters together" out '[]'
run token -- -x
check_fails "-- ends the options" 2
check "-- ends the options: -x is a word" err_has '"-x" is one word too many'

# The error as JSON: one line, the last, with every member.
run --json token --account nobody
check_fails "an error as JSON" 3
check "an error as JSON: one line" test "$(wc -l <"$BASE/err")" = 1
check "an error as JSON: its members" err_matches \
	'^\{"version":1,"error":\{"code":"not_found","message":"[^"]+","hint":"[^"]+","oauth_error":null,"oauth_error_description":null,"http_status":null,"retry_after":null,"exit":3\}\}$'
run --json login
check "a wrong line as JSON" err_matches '"code":"usage".*"exit":2'

# Descriptors that are closed are not taken by files: the answer must not end up in one of them.
"$BIN/oauthctl" --version >&- 2>"$BASE/err"
check "no stdout: exit 1" test $? -eq 1
check "reading has made no directory" test ! -e "$XDG_CONFIG_HOME/oauthctl"
finish
