/* The issuer's keys: made at start, published as a JWK Set, used to sign. They are never written anywhere. */
#include "issuer.h"

#include "text.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#define P256_BYTES 32

static void
set_number(json_t *jwk, const char *name, const EVP_PKEY *pkey, const char *param, int width)
{
	BIGNUM *bn = NULL;
	unsigned char bytes[512];
	char *text;
	int n;

	if (EVP_PKEY_get_bn_param(pkey, param, &bn) != 1)
		die("cannot read a public key");
	n = width > 0 ? width : BN_num_bytes(bn);
	if (n > (int)sizeof(bytes) || BN_bn2binpad(bn, bytes, n) != n)
		die("cannot write a public key");
	text = text_base64url(bytes, (size_t)n);
	json_object_set_new(jwk, name, json_string(text));
	free(text);
	BN_free(bn);
}

/* Only the members that RFC 7638 puts into a thumbprint. */
static json_t *
required_members(const struct key *key)
{
	json_t *jwk = json_object();

	if (strcmp(key->alg, "RS256") == 0) {
		json_object_set_new(jwk, "kty", json_string("RSA"));
		set_number(jwk, "n", key->pkey, OSSL_PKEY_PARAM_RSA_N, 0);
		set_number(jwk, "e", key->pkey, OSSL_PKEY_PARAM_RSA_E, 0);
	} else if (strcmp(key->alg, "ES256") == 0) {
		json_object_set_new(jwk, "kty", json_string("EC"));
		json_object_set_new(jwk, "crv", json_string("P-256"));
		set_number(jwk, "x", key->pkey, OSSL_PKEY_PARAM_EC_PUB_X, P256_BYTES);
		set_number(jwk, "y", key->pkey, OSSL_PKEY_PARAM_EC_PUB_Y, P256_BYTES);
	} else {
		unsigned char raw[32];
		size_t len = sizeof(raw);
		char *x;

		if (EVP_PKEY_get_raw_public_key(key->pkey, raw, &len) != 1)
			die("cannot read a public key");
		x = text_base64url(raw, len);
		json_object_set_new(jwk, "kty", json_string("OKP"));
		json_object_set_new(jwk, "crv", json_string("Ed25519"));
		json_object_set_new(jwk, "x", json_string(x));
		free(x);
	}
	return jwk;
}

/* @spec RFC 7638 section 3 */
static char *
thumbprint(const struct key *key)
{
	json_t *jwk = required_members(key);
	char *text = json_dumps(jwk, JSON_COMPACT | JSON_SORT_KEYS), *kid;
	unsigned char hash[32];

	if (text == NULL || EVP_Digest(text, strlen(text), hash, NULL, EVP_sha256(), NULL) != 1)
		die("cannot hash a public key");
	kid = text_base64url(hash, sizeof(hash));
	free(text);
	json_decref(jwk);
	return kid;
}

void
keys_generate(struct issuer *issuer)
{
	issuer->key[KEY_RS256].pkey = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
	issuer->key[KEY_ES256].pkey = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	issuer->key[KEY_EDDSA].pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	for (int i = 0; i < KEY_COUNT; i++) {
		if (issuer->key[i].pkey == NULL)
			die("cannot make a %s key", issuer->key[i].alg);
		issuer->key[i].kid = thumbprint(&issuer->key[i]);
	}
}

void
keys_done(struct issuer *issuer)
{
	for (int i = 0; i < KEY_COUNT; i++) {
		EVP_PKEY_free(issuer->key[i].pkey);
		free(issuer->key[i].kid);
	}
}

/* @spec RFC 7517 section 5 */
json_t *
keys_jwks(const struct issuer *issuer)
{
	json_t *keys = json_array();

	for (int i = 0; i < KEY_COUNT; i++) {
		json_t *jwk = required_members(&issuer->key[i]);

		json_object_set_new(jwk, "use", json_string("sig"));
		json_object_set_new(jwk, "alg", json_string(issuer->key[i].alg));
		json_object_set_new(jwk, "kid", json_string(issuer->key[i].kid));
		json_array_append_new(keys, jwk);
	}
	return json_pack("{s:o}", "keys", keys);
}

/* @spec RFC 7518 section 3.4: R and S one after the other, not the DER that OpenSSL gives. */
static unsigned char *
ecdsa_raw(const unsigned char *der, size_t der_len, size_t *len)
{
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)der_len);
	unsigned char *raw = must_alloc(2 * P256_BYTES);

	if (sig == NULL || BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, P256_BYTES) < 0 ||
	    BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + P256_BYTES, P256_BYTES) < 0)
		die("cannot sign");
	ECDSA_SIG_free(sig);
	*len = 2 * P256_BYTES;
	return raw;
}

unsigned char *
keys_sign(const struct key *key, const char *input, size_t *len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	const EVP_MD *md = EVP_PKEY_is_a(key->pkey, "ED25519") ? NULL : EVP_sha256();
	const unsigned char *in = (const unsigned char *)input;
	size_t in_len = strlen(input);
	unsigned char *sig;

	if (ctx == NULL || EVP_DigestSignInit(ctx, NULL, md, NULL, key->pkey) != 1 ||
	    EVP_DigestSign(ctx, NULL, len, in, in_len) != 1)
		die("cannot sign");
	sig = must_alloc(*len);
	if (EVP_DigestSign(ctx, sig, len, in, in_len) != 1)
		die("cannot sign");
	EVP_MD_CTX_free(ctx);
	if (EVP_PKEY_is_a(key->pkey, "EC")) {
		unsigned char *raw = ecdsa_raw(sig, *len, len);

		free(sig);
		return raw;
	}
	return sig;
}
