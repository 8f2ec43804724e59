#!/usr/bin/env bash
# Answers that oidc-provider encrypts for the client: ID tokens, userinfo and introspection, by each kind of algorithm.
# shellcheck source=tests/cli/lib.sh
. "$SRC/tests/cli/lib.sh"
need_node_modules

keys=$BASE/keys
mkdir -p "$keys"
ENCRYPTED_OUT=$keys start_op
set_client() { # ID ALG ENC
	run provider set "$OP" --client-id "$1" --decryption-key-file "$keys/$1.jwk" \
		--id-token-encrypted-response-alg "$2" --id-token-encrypted-response-enc "$3" \
		--userinfo-encrypted-response-alg "$2" --userinfo-encrypted-response-enc "$3" \
		--introspection-encrypted-response-alg "$2" --introspection-encrypted-response-enc "$3"
}
segments() { curl -sS -m 20 "$@" | tr -cd . | wc -c; }

# @spec RFC 7516, RFC 7518 sections 4 and 5, OpenID Connect Core section 5.3.2, RFC 9701
opened() { # ID ALG ENC
	new_home
	set_client "$@"
	check "$1: set" status 0
	check "$1: the public key is printed" json_is '.keys[0].use' enc
	check "$1: and no more than that" json_is '.keys[0].d' null
	login_by_script "$OP" --client-id "$1"
	check "$1: login" status 0
	run show --json
	check "$1: who it is" json_is .subject ada
	run token --refresh
	check "$1: refreshed" status 0
	token=$OUT
	check "$1: userinfo does come encrypted" test "$(segments -H "Authorization: Bearer $token" "$OP/me")" = 4
	run --json userinfo
	check "$1: userinfo" json_is .claims.email ada@example.test
	check "$1: introspection does come encrypted" test "$(segments -d "client_id=$1&token=$token" \
		-H 'Accept: application/token-introspection+jwt' "$OP/token/introspection")" = 4
	run --json introspect
	check "$1: introspect" json_is .claims.active true
}
opened enc-rsa-oaep-256 RSA-OAEP-256 A256GCM
opened enc-rsa-oaep RSA-OAEP A128CBC-HS256
opened enc-ecdh-es ECDH-ES A128GCM
opened enc-ecdh-es-cbc ECDH-ES A256CBC-HS512
opened enc-a256kw ECDH-ES+A256KW A192CBC-HS384
opened enc-x25519 ECDH-ES+A128KW A192GCM

# The provider keeps to what was registered; a client that thinks otherwise takes nothing.
refused() { # WHAT WORDS, after a login
	check_nothing_stored "$1" 7
	check "$1: says so" err_has "$2"
}
new_home
login_by_script "$OP" --client-id enc-ecdh-es
refused "nothing agreed here" 'is encrypted (JWE), which was not agreed'
new_home
set_client enc-ecdh-es ECDH-ES A256GCM
login_by_script "$OP" --client-id enc-ecdh-es
refused "another enc agreed" 'is not encrypted with ECDH-ES and A256GCM'
new_home
cp "$keys/enc-ecdh-es.jwk" "$keys/native.jwk"
set_client native ECDH-ES A128GCM
login_by_script "$OP" --client-id native
refused "signed alone" 'is not encrypted, though that was agreed'
new_home
cp "$keys/enc-rsa-oaep-256.jwk" "$keys/enc-rsa-oaep.jwk"
set_client enc-rsa-oaep RSA-OAEP A128CBC-HS256
login_by_script "$OP" --client-id enc-rsa-oaep
refused "another key" 'does not decrypt'
finish
