/* The JWS algorithms and what each asks of a key: RFC 7518 section 3, RFC 8037, RFC 9864. */
#ifndef BG_JOSE_ALG_H
#define BG_JOSE_ALG_H

#include "base/digest.h"

enum bg_kty { BG_KTY_NONE, BG_KTY_RSA, BG_KTY_EC, BG_KTY_OKP };

enum bg_alg_family { BG_ALG_RSA_PKCS1, BG_ALG_RSA_PSS, BG_ALG_ECDSA, BG_ALG_EDDSA, BG_ALG_HMAC };

struct bg_alg {
	const char *name; /* "RS256" */
	enum bg_alg_family family;
	enum bg_kty kty;   /* NONE for HMAC: no key of a set ever fits it */
	const char *crv;   /* ECDSA and "Ed25519": the one curve. "EdDSA": NULL, any of Ed25519 and Ed448 */
	enum bg_hash hash; /* EdDSA: what at_hash uses, SHA-512 */
	size_t signature_len; /* exact; 0: the key's */
};

/* By its exact, case-sensitive name, or NULL. "none" is no algorithm. */
const struct bg_alg *bg_alg_find(const char *name);
/* One that a public key verifies (everything but HMAC). */
int bg_alg_is_asymmetric(const struct bg_alg *alg);

#endif
