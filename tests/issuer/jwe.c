/* What a client is answered in JWTs, encrypted to its key where it registered one for that: ECDH-ES on P-256,
 * A256GCM. */
#include "issuer.h"

#include "text.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#define ENC "A256GCM"
#define POINT 65
#define SECRET 32
#define NONCE 12
#define TAG 16

/* @spec RFC 7518 section 4.6.1 */
static char *
make_header(EVP_PKEY *fresh, const json_t *key)
{
	unsigned char point[POINT];
	char *x, *y, *text, *header;
	size_t len = 0;
	json_t *json;

	if (EVP_PKEY_get_octet_string_param(fresh, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point), &len) !=
		1 ||
	    len != POINT)
		die("cannot read a fresh key");
	x = text_base64url(point + 1, 32);
	y = text_base64url(point + 33, 32);
	json = json_pack("{s:s, s:s, s:s, s:O*, s:{s:s, s:s, s:s, s:s}}", "alg", "ECDH-ES", "enc", ENC, "cty",
			 "JWT", "kid", json_object_get(key, "kid"), "epk", "kty", "EC", "crv", "P-256", "x",
			 x, "y", y);
	if ((text = json_dumps(json, JSON_COMPACT)) == NULL)
		die("out of memory");
	header = text_base64url((const unsigned char *)text, strlen(text));
	json_decref(json);
	free(text);
	free(x);
	free(y);
	return header;
}

/* @spec RFC 7518 section 4.6.2: one round, nobody is named, 256 bits */
static void
agree(unsigned char out[SECRET], EVP_PKEY *fresh, EVP_PKEY *theirs)
{
	static const unsigned char info[] = {0, 0, 0, 7, 'A', '2', '5', '6', 'G', 'C', 'M', 0,
					     0, 0, 0, 0, 0,   0,   0,   0,   0,   1,   0};
	unsigned char in[4 + SECRET + sizeof(info)] = {0, 0, 0, 1};
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(fresh, NULL);
	size_t len = SECRET;

	if (ctx == NULL || EVP_PKEY_derive_init(ctx) != 1 || EVP_PKEY_derive_set_peer(ctx, theirs) != 1 ||
	    EVP_PKEY_derive(ctx, in + 4, &len) != 1)
		die("cannot agree on a key");
	EVP_PKEY_CTX_free(ctx);
	memcpy(in + 4 + SECRET, info, sizeof(info));
	if (EVP_Digest(in, sizeof(in), out, NULL, EVP_sha256(), NULL) != 1)
		die("cannot hash");
}

/* @spec RFC 7516 section 7.1: without an encrypted key, for the agreed one is the content's */
static char *
seal(const char *header, const unsigned char *key, const char *jwt)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	unsigned char nonce[NONCE], tag[TAG], *text = must_alloc(strlen(jwt) + 1);
	char *iv, *content, *last, *jwe;
	int n, len;

	if (RAND_bytes(nonce, sizeof(nonce)) != 1 || ctx == NULL ||
	    EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, nonce) != 1 ||
	    EVP_EncryptUpdate(ctx, NULL, &n, (const unsigned char *)header, (int)strlen(header)) != 1 ||
	    EVP_EncryptUpdate(ctx, text, &len, (const unsigned char *)jwt, (int)strlen(jwt)) != 1 ||
	    EVP_EncryptFinal_ex(ctx, text + len, &n) != 1 ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG, tag) != 1)
		die("cannot encrypt");
	EVP_CIPHER_CTX_free(ctx);
	iv = text_base64url(nonce, sizeof(nonce));
	content = text_base64url(text, (size_t)len);
	last = text_base64url(tag, sizeof(tag));
	jwe = text_format("%s..%s.%s.%s", header, iv, content, last);
	free(iv);
	free(content);
	free(last);
	free(text);
	return jwe;
}

char *
jwe_for(const struct issuer *issuer, const char *client_id, const char *jwt)
{
	json_t *key = clients_key(issuer, client_id, "enc");
	EVP_PKEY *theirs = key != NULL ? p256_key(key) : NULL, *fresh;
	unsigned char secret[SECRET];
	char *header, *jwe;

	if (theirs == NULL) {
		json_decref(key);
		return text_copy(jwt);
	}
	if ((fresh = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256")) == NULL)
		die("cannot make a key");
	header = make_header(fresh, key);
	agree(secret, fresh, theirs);
	jwe = seal(header, secret, jwt);
	free(header);
	EVP_PKEY_free(fresh);
	EVP_PKEY_free(theirs);
	json_decref(key);
	return jwe;
}
