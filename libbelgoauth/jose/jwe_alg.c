/* The tables of JWE algorithms. Which of them a token may use is agreed when a client is registered. */
#include "jose/jwe_alg.h"

#include "base/mem.h"

/* RSA1_5 is left out for good: whoever may ask whether a padding is right can decrypt.
 * @spec RFC 7518 section 4.1; RFC 8725 section 3.2 */
static const struct bg_jwe_alg algs[] = {
    {"RSA-OAEP", BG_JWE_RSA_OAEP, BG_SHA256, 1, 0},
    {"RSA-OAEP-256", BG_JWE_RSA_OAEP, BG_SHA256, 0, 0},
    {"RSA-OAEP-384", BG_JWE_RSA_OAEP, BG_SHA384, 0, 0},
    {"RSA-OAEP-512", BG_JWE_RSA_OAEP, BG_SHA512, 0, 0},
    {"ECDH-ES", BG_JWE_ECDH_ES, BG_SHA256, 0, 0},
    {"ECDH-ES+A128KW", BG_JWE_ECDH_ES, BG_SHA256, 0, 16},
    {"ECDH-ES+A192KW", BG_JWE_ECDH_ES, BG_SHA256, 0, 24},
    {"ECDH-ES+A256KW", BG_JWE_ECDH_ES, BG_SHA256, 0, 32},
};

/* @spec RFC 7518 sections 5.1, 5.2 and 5.3 */
static const struct bg_jwe_enc encs[] = {
    {"A128CBC-HS256", 32, 16, 16, 1, BG_SHA256}, {"A192CBC-HS384", 48, 16, 24, 1, BG_SHA384},
    {"A256CBC-HS512", 64, 16, 32, 1, BG_SHA512}, {"A128GCM", 16, 12, 16, 0, BG_SHA256},
    {"A192GCM", 24, 12, 16, 0, BG_SHA256},       {"A256GCM", 32, 12, 16, 0, BG_SHA256},
};

const struct bg_jwe_alg *
bg_jwe_alg_find(const char *name)
{
	for (size_t i = 0; name != NULL && i < BG_LEN(algs); i++)
		if (bg_str_equal(algs[i].name, name))
			return &algs[i];
	return NULL;
}

const struct bg_jwe_enc *
bg_jwe_enc_find(const char *name)
{
	for (size_t i = 0; name != NULL && i < BG_LEN(encs); i++)
		if (bg_str_equal(encs[i].name, name))
			return &encs[i];
	return NULL;
}

static const char *
text_of(const json_t *key, const char *name)
{
	return json_string_value(json_object_get(key, name));
}

int
bg_jwe_alg_fits(const struct bg_jwe_alg *alg, const json_t *key)
{
	const char *kty = text_of(key, "kty"), *own = text_of(key, "alg");

	if (own != NULL && !bg_str_equal(own, alg->name))
		return 0;
	if (alg->family == BG_JWE_RSA_OAEP)
		return bg_str_equal(kty, "RSA");
	return bg_str_equal(kty, "EC") ||
	       (bg_str_equal(kty, "OKP") && bg_str_equal(text_of(key, "crv"), "X25519"));
}
