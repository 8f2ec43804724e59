# For google.sh and microsoft.sh: the proxy behind which the providers' hosts are ours. Sourced, after need_node_modules.
# shellcheck shell=bash
providers=$SRC/tests/interop
PROXY_LOG=$BASE/proxy.log
read -ra provider_hosts < <("$(node_bin)" "$providers/proxy.mjs" --hosts)
"$providers/mkca.sh" "$BASE/ca" "${provider_hosts[@]}" || exit 1
: >"$PROXY_LOG"
LOG_FILE=$PROXY_LOG start_peer proxy "$(node_bin)" "$providers/proxy.mjs" "$BASE/ca"
PROXY=$PEER

# In a fresh home, with everything that lets oauthctl and the scripted user reach the proxy.
provider_home() {
	new_home
	export https_proxy=$PROXY SSL_CERT_FILE=$BASE/ca/ca.pem NODE_EXTRA_CA_CERTS=$BASE/ca/ca.pem NODE_USE_ENV_PROXY=1 NODE_NO_WARNINGS=1
	export no_proxy=127.0.0.1,localhost
}

scenario() {
	curl -sS -m 10 --noproxy '*' -X PUT --data "$1" "$PROXY/scenario"
}

# How many logged requests match an extended expression.
seen() {
	grep -cE -- "$1" "$PROXY_LOG" || true
}
