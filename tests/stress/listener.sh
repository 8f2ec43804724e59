#!/usr/bin/env bash
# The loopback listener of a login under attack: nothing gets in, nothing but loopback gets near, and the true redirect is served.
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"
# shellcheck source=tests/stress/lib.sh
. "$SRC/tests/stress/lib.sh"
if ! node=$(node_bin); then skip "there is no node"; finish; fi

# Sets LOGIN (its process), URL and PORT.
begin_login() {
	: >"$BASE/login.err" # the URL of the login before would be taken for this one's
	"$BIN/oauthctl" login "$ISSUER" --client-id demo --no-browser --timeout 2m "$@" >"$BASE/login.out" 2>"$BASE/login.err" </dev/null &
	LOGIN=$!
	pids+=("$LOGIN")
	until_true 60 grep -q '^  http.*/authorize' "$BASE/login.err"
	URL=$(sed -n 's/^  \(http.*authorize.*\)$/\1/p' "$BASE/login.err" | head -1)
	PORT=$(sed -nE 's/.*redirect_uri=http%3A%2F%2F[^&]*%3A([0-9]+)%2F.*/\1/p' <<<"$URL")
}
high_water() { sed -nE 's/^VmHWM:[[:space:]]+([0-9]+) kB/\1/p' "/proc/$LOGIN/status"; }

# The addresses on which somebody listens at a port, as the kernel writes them.
listening() {
	awk -v port=":$(printf %04X "$1")$" '$4 == "0A" && $2 ~ port { sub(/:.*/, "", $2); print $2 }' /proc/net/tcp /proc/net/tcp6 | sort
}
ipv4=0100007F ipv6=00000000000000000000000001000000

start_issuer --auto-approve ada
begin_login --account ada
check "it listens on 127.0.0.1 and nowhere else" test "$(listening "$PORT")" = "$ipv4"

# From another host: a namespace with a wire to this one. The control is a server that does listen there.
net=bg-stress-$$
leave_net() {
	ip netns del "$net" 2>/dev/null
	ip link del "v$$" 2>/dev/null
	cleanup
}
if [ "$(id -u)" = 0 ] && ip netns add "$net" 2>/dev/null; then
	trap leave_net EXIT
	if ip link add "v$$" type veth peer name peer0 netns "$net" 2>/dev/null && ip addr add 203.0.113.1/30 dev "v$$" && ip link set "v$$" up &&
		ip -n "$net" addr add 203.0.113.2/30 dev peer0 && ip -n "$net" link set peer0 up; then
		start_peer control "$node" -e 'const s = require("node:http").createServer((q, r) => r.end("ok")).listen(0, "0.0.0.0", () => console.log(`ready ${s.address().port}`))'
		from_outside() { ip netns exec "$net" curl -s -o /dev/null -m 5 "http://203.0.113.1:$1/callback?code=c"; }
		check "another host reaches a server that listens for it" from_outside "$PEER"
		from_outside "$PORT"
		check "and is refused by the listener" test $? -eq 7
	else
		skip "no pair of virtual wires here"
	fi
else
	skip "no network namespaces here"
fi

before=$(high_water)
run_program timeout 100 "$node" "$SRC/tests/stress/attacker.mjs" "$URL" &
attack=$!
until_true 90 grep -qs "^flood" "$BASE/out"
during=$(high_water)
wait "$attack"
attack_status=$?
wait "$LOGIN"
login_status=$?
OUT=$(cat "$BASE/out")
cat "$BASE/out"
check "the attack ran to its end" test "$attack_status" -eq 0
check "the login went through" test "$login_status" -eq 0
check "with the account's name" test "$(cat "$BASE/login.out")" = ada
check "1000 wrong states: 400" out_matches '^wrong-state 1000 400$'
check "no state: 400" out_matches '^no-state 50 400$'
check "wrong hosts: 400" out_matches '^wrong-host 7 400$'
check "two hosts: 400" out_matches '^two-hosts 1 400$'
check "a foreign origin: 400" out_matches '^foreign-origin 1 400$'
check "other methods: 405" out_matches '^other-method 6 405$'
check "other paths: 404" out_matches '^other-path 5 (204 )?404$'
check "the absolute form: 400" out_matches '^absolute-form 1 400$'
check "huge heads: refused" out_matches '^huge-head 4 4[0-9]{2}( 4[0-9]{2})*$'
check "no HTTP: refused or closed" out_matches '^no-http 8( 0)? 4[0-9]{2}( 4[0-9]{2})*( 505)?$'
check "strange parameters: 400" out_matches '^parameters 6 4[0-9]{2}( 4[0-9]{2})*$'
check "the true redirect, in the middle of it: 200" out_matches '^redirect 200 '
check "and at once" test "$(sed -n 's/^redirect 200 //p' "$BASE/out")" -le 3500 # slow heads end after five seconds
check "the issuer got one code, the true one" test "$(issuer_count 'POST /token authorization_code')" -eq 1
if is_sanitized; then
	skip "memory under a sanitizer"
else
	printf 'memory of the login: %s KiB before, %s KiB under attack\n' "$before" "$during"
	check "its memory stays below 40 MB" test "$during" -lt 40000
	check "and does not grow with the attack" test $((during - before)) -lt 8000
fi

begin_login --account ada --redirect-host localhost
check "localhost: both families, nothing but loopback" test "$(listening "$PORT" | tr '\n' ' ')" = "$ipv6 $ipv4 "
kill -TERM "$LOGIN"
wait "$LOGIN"
check "interrupted: 130" test $? -eq 130
check "and the port is free again" test -z "$(listening "$PORT")"
finish
