#!/usr/bin/env bash
# The certificates of tests/interop/mkca.sh, and two more that nobody may believe: self.pem, signed by itself, and old.pem, expired.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
bash "$here/../interop/mkca.sh" "$1"
cd "$1"
curve=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
openssl req -x509 "${curve[@]}" -keyout self.key -out self.pem -days 2 -subj /CN=localhost \
	-addext subjectAltName=DNS:localhost,IP:127.0.0.1 2>/dev/null
openssl req "${curve[@]}" -keyout old.key -out old.csr -subj /CN=localhost 2>/dev/null
mkdir signed
: >index.txt
echo 01 >serial
cat >ca.cnf <<'END'
[ca]
default_ca = throw_away
[throw_away]
database = index.txt
serial = serial
new_certs_dir = signed
default_md = sha256
policy = any
x509_extensions = server
[any]
commonName = supplied
[server]
subjectAltName = DNS:localhost,IP:127.0.0.1
END
openssl ca -batch -config ca.cnf -cert ca.pem -keyfile ca.key -in old.csr -out old.pem -notext \
	-startdate 20200101000000Z -enddate 20200201000000Z 2>/dev/null
