#!/usr/bin/env bash
# oauthctl as the token source of an MCP client, with servers made of the Model Context Protocol SDK's parts, which nobody
# here wrote. Rotation is watched: a refresh token that comes twice ends its grant.
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"
need_node_modules

start_mcp() {
	start_peer mcp "$(node_bin)" "$SRC/tests/interop/mcp.mjs"
	MCP=$PEER MCP_PID=$PEER_PID
	AS=$(sed -n 's/^issuer //p' "$BASE/mcp.out")
}
count_is() { [ "$(curl -sS -m 20 "$AS/counts" | jq -r ".$1")" = "$2" ]; }
call() { # URL TOOL: as an MCP client would
	run_program timeout -k 5 60 "$(node_bin)" "$SRC/tests/interop/mcp_call.mjs" "$1" "$1" "$2"
}

start_mcp
login_by_script "$MCP"
check "login at the resource's URL" status 0
check "the account is called after it" out '127.0.0.1:mcp'
check "it is said whose tokens it takes" err_has "$MCP takes tokens of $AS/."
run show --json
check "the resource is known" json_is .resource "$MCP"
check "the issuer is the server's own, slash and all" json_is .issuer "$AS/"
CLIENT=$(json .client_id)
check "a client was registered for it" count_is registered 1
check "the scope is the challenge's" json_is '.scopes | join(" ")' 'mcp.read offline_access'

call "$MCP" whoami
check "an MCP client works with its token" out "$CLIENT mcp.read offline_access"
run token --account "$MCP" --refresh
check "a refresh" status 0
run token --account "$MCP" --refresh
check "and one with the rotated refresh token" status 0
check "each refresh token came once" count_is reused 0
call "$MCP" whoami
check "what it gave works" out "$CLIENT mcp.read offline_access"

WRITE=${MCP%/mcp}/write
login_by_script "$WRITE"
check "the client serves the other resource too" count_is registered 1
check "another resource of the same server" out '127.0.0.1:write'
check "is another account" test "$(account_count)" = 2
call "$WRITE" whoami
check "with the scopes that it wants" out "$CLIENT mcp.read mcp.write offline_access"
run token --account "$MCP"
check "the first one keeps its own" status 0

login_by_script "$MCP" --add-scope mcp.write
check "a step up" out '127.0.0.1:mcp'
run show --json 127.0.0.1:mcp
check "is the union of both" json_is '.scopes | join(" ")' 'mcp.read offline_access mcp.write'

run logout "$WRITE"
check "logout by its URL" status 0
check "leaves the other" test "$(account_count)" = 1

# A client that the user has there is another matter than one that was registered for resources.
run provider set "$AS/" --client-id "$CLIENT"
run login "$WRITE" --no-browser
check "a resource gets no tokens of the user's own client unasked" status 2
check "it is said whose they are" err_has "where you have the client $CLIENT"
check "and how to have it so" err_has "oauthctl login $WRITE --client-id $CLIENT"
login_by_script "$MCP"
check "where there is an account already, it goes on" status 0
run provider remove "$AS/"

login_by_script "$AS" --scope mcp.read
check "the server itself is an issuer, typed without its slash, that names no user" status 7
run login "$MCP?tenant=1" --resource "$MCP"
check "--resource beside a resource's URL" status 2
run login "${MCP%/mcp}/nowhere/" --no-browser
check "a URL that is neither issuer nor resource" status 3
check "says so of the issuer" err_has 'publishes no metadata'

stop_peer "$MCP_PID"
run login "$MCP"
check "a server that is gone" status 5

# @spec MCP 2025-11-25: what RFC 8414 says of a server that a resource named comes before what OpenID says.
for kind in bare html; do
	new_home
	OPENID=$kind start_mcp
	login_by_script "$MCP"
	check "OpenID document: $kind: login" status 0
	run token --account "$MCP" --refresh
	check "OpenID document: $kind: refresh" status 0
	rm -rf "$XDG_CACHE_HOME"
	run token --account "$MCP" --refresh
	check "OpenID document: $kind: refresh without a cache" status 0
	check "OpenID document: $kind: a client was registered" count_is registered 1
	if [ "$kind" = html ]; then
		run login "${MCP%/mcp}/nowhere" --no-browser
		check "pages and nothing else" status 7
		check "what it is told for is the first page" err_has 'provider metadata'
	fi
	stop_peer "$MCP_PID"
done

# @spec MCP 2025-03-26: a server that publishes nothing is its own authorization server, at fixed paths.
new_home
SILENT=1 start_mcp
login_by_script "$MCP" --scope 'mcp.read'
check "a silent server: login" status 0
check "at its fixed path" err_has "$AS/authorize?"
check "it is said that the endpoints were assumed" err_has "$AS publishes nothing"
check "a client was registered there" count_is registered 1
run show --json
check "its origin is the issuer" json_is .issuer "$AS"
CLIENT=$(json .client_id)
call "$MCP" whoami
check "an MCP client works with its token" out "$CLIENT mcp.read"
run token --account "$MCP" --refresh
check "a refresh at its fixed path" status 0
check "says nothing more" err ''
check "each refresh token came once" count_is reused 0
login_by_script "$AS" --scope mcp.read
check "the origin itself is no resource and no issuer" status 3
stop_peer "$MCP_PID"
new_home
SILENT=broken start_mcp
login_by_script "$MCP" --scope 'mcp.read'
check_nothing_stored "a server that fails is not taken for a silent one" 5
check "nobody was registered at it" count_is registered 0
finish
