# Completion of oauthctl for bash. Written by `oauthctl __complete bash`: change the tables in cli/ instead.

_oauthctl_accounts() {
	local kind name rest index=${XDG_STATE_HOME:-$HOME/.local/state}/oauthctl/index
	[ -r "$index" ] || return 0
	while IFS=$'\t' read -r kind name rest; do
		if [ "$kind" = account ]; then printf '%s\n' "$name"; fi
	done <"$index"
}

_oauthctl_verbs() {
	case $1 in
	'') printf '%s\n' 'login token header dpop exec exchange accounts show whoami userinfo introspect refresh rename default revoke logout export import verify provider client help' ;;
	provider) printf '%s\n' 'list show discover check set remove' ;;
	client) printf '%s\n' 'register show update delete list metadata' ;;
	esac
}

_oauthctl_options() {
	printf '%s\n' '--json --quiet --verbose --no-input --store --config --version --help'
	case $1 in
	'login') printf '%s\n' '--account --scope --add-scope --device --client-credentials --jwt-bearer-subject --no-openid --client-id --client-secret-file --tenant --hd --login-hint --resource --param --prompt --authorization-details --acr-values --max-age --challenge --par --jar --profile --port --redirect-host --redirect-path --timeout --browser --no-browser --response-mode --existing-only --replace --dpop --ca-file' ;;
	'token') printf '%s\n' '--account --min-valid --scope --resource --refresh --no-newline' ;;
	'header') printf '%s\n' '--account --min-valid --scope --resource --method --url --nonce' ;;
	'dpop') printf '%s\n' '--account --min-valid --scope --resource --method --url --nonce' ;;
	'exec') printf '%s\n' '--account --env --min-valid --scope --resource' ;;
	'exchange') printf '%s\n' '--account --audience --resource --scope --requested-token-type --subject-token-type --actor --no-newline' ;;
	'userinfo') printf '%s\n' '--account --photo' ;;
	'introspect') printf '%s\n' '--account --refresh-token' ;;
	'revoke') printf '%s\n' '--account' ;;
	'logout') printf '%s\n' '--all --end-session --browser --no-browser' ;;
	'export') printf '%s\n' '--all --passphrase-file --recipient --with-client-secret' ;;
	'import') printf '%s\n' '--from --account --provider --client-id --client-secret-file --passphrase-file --key-file --replace' ;;
	'verify') printf '%s\n' '--issuer --audience --scope --client-id --alg --jwks --introspect-as --type --nonce' ;;
	'provider check') printf '%s\n' '--tenant' ;;
	'provider set') printf '%s\n' '--client-id --client-secret-file --client-key-file --client-certificate-file --generate-client-key --decryption-key-file --generate-decryption-key --id-token-encrypted-response-alg --id-token-encrypted-response-enc --userinfo-encrypted-response-alg --userinfo-encrypted-response-enc --introspection-encrypted-response-alg --introspection-encrypted-response-enc --from --token-endpoint-auth-method --tenant' ;;
	'client register') printf '%s\n' '--initial-access-token-file --software-statement-file --name --redirect-uri --scope --auth-method --grant' ;;
	'client update') printf '%s\n' '--name --redirect-uri --scope --auth-method --grant' ;;
	'client metadata') printf '%s\n' '--client-id --name --redirect-uri --scope --grant --jwks' ;;
	esac
}

# What the value of an option is filled with; nothing is printed for any other word.
_oauthctl_value() {
	case $1 in
	'login --account') echo nothing ;;
	'login --scope') echo nothing ;;
	'login --add-scope') echo nothing ;;
	'login --jwt-bearer-subject') echo nothing ;;
	'login --client-id') echo nothing ;;
	'login --client-secret-file') echo files ;;
	'login --tenant') echo nothing ;;
	'login --hd') echo nothing ;;
	'login --login-hint') echo nothing ;;
	'login --resource') echo nothing ;;
	'login --param') echo nothing ;;
	'login --prompt') echo nothing ;;
	'login --authorization-details') echo files ;;
	'login --acr-values') echo nothing ;;
	'login --max-age') echo nothing ;;
	'login --challenge') echo files ;;
	'login --profile') echo nothing ;;
	'login --port') echo nothing ;;
	'login --redirect-host') echo nothing ;;
	'login --redirect-path') echo nothing ;;
	'login --timeout') echo nothing ;;
	'login --browser') echo nothing ;;
	'login --response-mode') echo nothing ;;
	'login --ca-file') echo files ;;
	'token --account') echo accounts ;;
	'token --min-valid') echo nothing ;;
	'token --scope') echo nothing ;;
	'token --resource') echo nothing ;;
	'header --account') echo accounts ;;
	'header --min-valid') echo nothing ;;
	'header --scope') echo nothing ;;
	'header --resource') echo nothing ;;
	'header --method') echo nothing ;;
	'header --url') echo nothing ;;
	'header --nonce') echo nothing ;;
	'dpop --account') echo accounts ;;
	'dpop --min-valid') echo nothing ;;
	'dpop --scope') echo nothing ;;
	'dpop --resource') echo nothing ;;
	'dpop --method') echo nothing ;;
	'dpop --url') echo nothing ;;
	'dpop --nonce') echo nothing ;;
	'exec --account') echo accounts ;;
	'exec --env') echo nothing ;;
	'exec --min-valid') echo nothing ;;
	'exec --scope') echo nothing ;;
	'exec --resource') echo nothing ;;
	'exchange --account') echo accounts ;;
	'exchange --audience') echo nothing ;;
	'exchange --resource') echo nothing ;;
	'exchange --scope') echo nothing ;;
	'exchange --requested-token-type') echo nothing ;;
	'exchange --subject-token-type') echo nothing ;;
	'exchange --actor') echo accounts ;;
	'userinfo --account') echo accounts ;;
	'userinfo --photo') echo files ;;
	'introspect --account') echo accounts ;;
	'revoke --account') echo accounts ;;
	'logout --browser') echo nothing ;;
	'export --passphrase-file') echo files ;;
	'export --recipient') echo files ;;
	'import --from') echo nothing ;;
	'import --account') echo nothing ;;
	'import --provider') echo providers ;;
	'import --client-id') echo nothing ;;
	'import --client-secret-file') echo files ;;
	'import --passphrase-file') echo files ;;
	'import --key-file') echo files ;;
	'verify --issuer') echo providers ;;
	'verify --audience') echo nothing ;;
	'verify --scope') echo nothing ;;
	'verify --client-id') echo nothing ;;
	'verify --alg') echo nothing ;;
	'verify --jwks') echo files ;;
	'verify --introspect-as') echo nothing ;;
	'verify --type') echo nothing ;;
	'verify --nonce') echo nothing ;;
	'provider check --tenant') echo nothing ;;
	'provider set --client-id') echo nothing ;;
	'provider set --client-secret-file') echo files ;;
	'provider set --client-key-file') echo files ;;
	'provider set --client-certificate-file') echo files ;;
	'provider set --decryption-key-file') echo files ;;
	'provider set --id-token-encrypted-response-alg') echo nothing ;;
	'provider set --id-token-encrypted-response-enc') echo nothing ;;
	'provider set --userinfo-encrypted-response-alg') echo nothing ;;
	'provider set --userinfo-encrypted-response-enc') echo nothing ;;
	'provider set --introspection-encrypted-response-alg') echo nothing ;;
	'provider set --introspection-encrypted-response-enc') echo nothing ;;
	'provider set --from') echo files ;;
	'provider set --token-endpoint-auth-method') echo nothing ;;
	'provider set --tenant') echo nothing ;;
	'client register --initial-access-token-file') echo files ;;
	'client register --software-statement-file') echo files ;;
	'client register --name') echo nothing ;;
	'client register --redirect-uri') echo nothing ;;
	'client register --scope') echo nothing ;;
	'client register --auth-method') echo nothing ;;
	'client register --grant') echo nothing ;;
	'client update --name') echo nothing ;;
	'client update --redirect-uri') echo nothing ;;
	'client update --scope') echo nothing ;;
	'client update --auth-method') echo nothing ;;
	'client update --grant') echo nothing ;;
	'client metadata --client-id') echo nothing ;;
	'client metadata --name') echo nothing ;;
	'client metadata --redirect-uri') echo nothing ;;
	'client metadata --scope') echo nothing ;;
	'client metadata --grant') echo nothing ;;
	'client metadata --jwks') echo files ;;
	*' --store') echo nothing ;;
	*' --config') echo files ;;
	esac
}

_oauthctl_operand() {
	case $1 in
	'') echo verbs ;;
	provider) echo subverbs ;;
	client) echo subverbs ;;
	'login') echo providers ;;
	'show') echo accounts ;;
	'whoami') echo accounts ;;
	'refresh') echo accounts ;;
	'rename') echo accounts ;;
	'default') echo accounts ;;
	'logout') echo accounts ;;
	'export') echo accounts ;;
	'import') echo files ;;
	'provider show') echo providers ;;
	'provider discover') echo providers ;;
	'provider check') echo providers ;;
	'provider set') echo providers ;;
	'provider remove') echo providers ;;
	'client register') echo providers ;;
	'client show') echo providers ;;
	'client update') echo providers ;;
	'client delete') echo providers ;;
	'help') echo verbs ;;
	esac
}

# Readline cuts words at colons, and accounts and issuers hold them: the words are cut anew, at blanks alone.
_oauthctl() {
	local line=${COMP_LINE:0:COMP_POINT} cur='' verb='' previous='' before='' word kind words i
	local -a typed
	read -ra typed <<<"$line"
	if [[ $line != *[[:blank:]] ]]; then
		cur=${typed[${#typed[@]} - 1]}
		unset "typed[${#typed[@]} - 1]"
	fi
	for ((i = 1; i < ${#typed[@]}; i++)); do
		word=${typed[i]}
		if [[ $word == -* || $(_oauthctl_value "$verb ${typed[i - 1]}") != '' ]]; then continue; fi
		if [ -z "$verb" ]; then verb=$word; elif [ "$(_oauthctl_operand "$verb")" = subverbs ]; then
			verb="$verb $word"
		fi
	done
	if [ ${#typed[@]} -gt 1 ]; then previous=${typed[${#typed[@]} - 1]}; fi
	kind=$(_oauthctl_value "$verb $previous")
	if [ -z "$kind" ]; then
		if [[ $cur == -* ]]; then kind=options; else kind=$(_oauthctl_operand "$verb"); fi
	fi
	case $kind in
	accounts) words=$(_oauthctl_accounts) ;;
	providers) words=$(oauthctl __complete providers 2>/dev/null) ;;
	options) words=$(_oauthctl_options "$verb") ;;
	verbs) words=$(_oauthctl_verbs '') ;;
	subverbs) words=$(_oauthctl_verbs "$verb") ;;
	files) compopt -o default; COMPREPLY=(); return 0 ;;
	*) words= ;;
	esac
	if [[ $cur == *:* && $COMP_WORDBREAKS == *:* ]]; then before=${cur%"${cur##*:}"}; fi
	COMPREPLY=()
	# Neither compgen -W nor the line itself gets a word as it is: both would run $(...) in it.
	while read -r word; do
		if [[ $word == '' || $word != "$cur"* ]]; then continue; fi
		printf -v word %q "${word#"$before"}"
		COMPREPLY+=("$word")
	done <<<"${words// /$'\n'}"
}
complete -F _oauthctl oauthctl
