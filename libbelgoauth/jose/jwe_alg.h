/* The JWE algorithms that are taken and what each asks of key and token: RFC 7518 sections 4 and 5. */
#ifndef BG_JOSE_JWE_ALG_H
#define BG_JOSE_JWE_ALG_H

#include "base/digest.h"

#include <jansson.h>

enum bg_jwe_family { BG_JWE_RSA_OAEP, BG_JWE_ECDH_ES };

/* How the content's key comes. */
struct bg_jwe_alg {
	const char *name; /* "ECDH-ES+A256KW" */
	enum bg_jwe_family family;
	enum bg_hash hash; /* RSA-OAEP: unless is_sha1 */
	int is_sha1;
	size_t wrap_len; /* of the key that wraps the content's, in bytes; 0: it is not wrapped */
};

/* How the content is encrypted. */
struct bg_jwe_enc {
	const char *name; /* "A128CBC-HS256" */
	size_t key_len;
	size_t iv_len;
	size_t tag_len;
	int is_cbc;
	enum bg_hash hash; /* of the MAC that goes with CBC */
};
#define BG_JWE_KEY_MAX 64

/* By its exact, case-sensitive name, or NULL. RSA1_5, PBES2, dir and what needs a shared secret are none. */
const struct bg_jwe_alg *bg_jwe_alg_find(const char *name);
const struct bg_jwe_enc *bg_jwe_enc_find(const char *name);
/* May this client's key, private or public, serve alg? By kty, crv and its own alg. */
int bg_jwe_alg_fits(const struct bg_jwe_alg *alg, const json_t *key);

#endif
