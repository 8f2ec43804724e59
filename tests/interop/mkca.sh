#!/usr/bin/env bash
# A throw-away CA and server certificates signed by it. usage: mkca.sh DIR [NAME...]
# DIR/ca.pem is what a client trusts; DIR/server.pem and DIR/server.key serve 127.0.0.1, [::1], localhost and the NAMEs.
# DIR/client.pem is a certificate of that CA for CN=client with its key, DIR/imposter.pem one that the stranger signed.
# DIR/stranger.pem is a CA that signed nothing here, and DIR/other.pem serves a name that nobody asks for.
set -euo pipefail
dir=$1
shift
mkdir -p "$dir"
chmod 700 "$dir"
cd "$dir"
curve=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)

authority() { # file, name
	openssl req -x509 "${curve[@]}" -keyout "$1.key" -out "$1.pem" -days 2 -subj "/CN=$2" \
		-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign 2>/dev/null
}

server() { # file, subjectAltName
	openssl req "${curve[@]}" -keyout "$1.key" -out "$1.csr" -subj '/CN=loopback test server' 2>/dev/null
	openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -out "$1.pem" -days 2 \
		-extfile <(printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth\nkeyUsage=digitalSignature\n' "$2") 2>/dev/null
	rm -f "$1.csr"
}

client() { # file, authority
	openssl req "${curve[@]}" -keyout "$1.key" -out "$1.csr" -subj '/CN=client' 2>/dev/null
	openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" -CAcreateserial -out "$1.crt" -days 2 \
		-extfile <(printf 'extendedKeyUsage=clientAuth\nkeyUsage=digitalSignature\n') 2>/dev/null
	cat "$1.crt" "$1.key" >"$1.pem"
	rm -f "$1.csr" "$1.crt" "$1.key"
}

names='DNS:localhost,IP:127.0.0.1,IP:::1'
for name in "$@"; do names+=",DNS:$name"; done
authority ca 'throw-away test CA'
authority stranger 'throw-away CA of a stranger'
server server "$names"
server other DNS:other.test
client client ca
client imposter stranger
openssl verify -CAfile ca.pem server.pem >/dev/null
