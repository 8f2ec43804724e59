/*
 * The table of JWS algorithms. Answers for names, families and lengths; whether a token may use one is policy
 * of proto/.
 */
#include "jose/alg.h"

#include "base/mem.h"

/* @spec RFC 7518 section 3.1; RFC 8037 section 3.1; RFC 9864 section 2.2; at_hash under EdDSA: what providers
 * do, SHA-512 */
static const struct bg_alg algs[] = {
    {"RS256", BG_ALG_RSA_PKCS1, BG_KTY_RSA, NULL, BG_SHA256, 0},
    {"RS384", BG_ALG_RSA_PKCS1, BG_KTY_RSA, NULL, BG_SHA384, 0},
    {"RS512", BG_ALG_RSA_PKCS1, BG_KTY_RSA, NULL, BG_SHA512, 0},
    {"PS256", BG_ALG_RSA_PSS, BG_KTY_RSA, NULL, BG_SHA256, 0},
    {"PS384", BG_ALG_RSA_PSS, BG_KTY_RSA, NULL, BG_SHA384, 0},
    {"PS512", BG_ALG_RSA_PSS, BG_KTY_RSA, NULL, BG_SHA512, 0},
    {"ES256", BG_ALG_ECDSA, BG_KTY_EC, "P-256", BG_SHA256, 64},
    {"ES384", BG_ALG_ECDSA, BG_KTY_EC, "P-384", BG_SHA384, 96},
    {"ES512", BG_ALG_ECDSA, BG_KTY_EC, "P-521", BG_SHA512, 132},
    {"EdDSA", BG_ALG_EDDSA, BG_KTY_OKP, NULL, BG_SHA512, 0},
    {"Ed25519", BG_ALG_EDDSA, BG_KTY_OKP, "Ed25519", BG_SHA512, 64},
    {"HS256", BG_ALG_HMAC, BG_KTY_NONE, NULL, BG_SHA256, 32},
    {"HS384", BG_ALG_HMAC, BG_KTY_NONE, NULL, BG_SHA384, 48},
    {"HS512", BG_ALG_HMAC, BG_KTY_NONE, NULL, BG_SHA512, 64},
};

const struct bg_alg *
bg_alg_find(const char *name)
{
	for (size_t i = 0; name != NULL && i < BG_LEN(algs); i++)
		if (bg_str_equal(algs[i].name, name))
			return &algs[i];
	return NULL;
}

int
bg_alg_is_asymmetric(const struct bg_alg *alg)
{
	return alg->family != BG_ALG_HMAC;
}
