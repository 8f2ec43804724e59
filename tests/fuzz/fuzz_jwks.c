/* JWK Sets: a key that is chosen is of the kind and strength that its algorithm asks for, and the only one.
 */
#include "fuzz.h"

#include "jose/jwk.h"

#include <openssl/evp.h>
#include <stdlib.h>

static const char *const algs[] = {"RS256", "RS512", "PS256", "PS384",   "ES256",
				   "ES384", "ES512", "EdDSA", "Ed25519", "HS256"};
static const char *const kids[] = {NULL, "1", "", "a"};

static void
check_key(const struct bg_jwk *key, const struct bg_alg *alg)
{
	EVP_PKEY *pkey = bg_jwk_pkey(key);
	int bits = EVP_PKEY_get_bits(pkey);

	HOLDS(pkey != NULL && bg_jwk_alg(key) == alg);
	switch (alg->kty) {
	case BG_KTY_RSA:
		HOLDS(EVP_PKEY_is_a(pkey, "RSA") && bits >= 2048 && bits <= 8192);
		break;
	case BG_KTY_EC:
		HOLDS(EVP_PKEY_is_a(pkey, "EC") && bits >= 256);
		break;
	case BG_KTY_OKP:
		HOLDS(EVP_PKEY_is_a(pkey, "ED25519") || EVP_PKEY_is_a(pkey, "ED448"));
		break;
	default:
		HOLDS(alg->kty != BG_KTY_NONE); /* no key of a set is a secret */
	}
}

static void
select_all(const struct bg_jwks *set)
{
	for (size_t i = 0; i < BG_LEN(algs) * BG_LEN(kids); i++) {
		const struct bg_alg *alg = bg_alg_find(algs[i / BG_LEN(kids)]);
		const char *kid = kids[i % BG_LEN(kids)];
		BG_AUTO(bg_jwk_free) struct bg_jwk *key = NULL;
		struct belgo_error err = {0};
		belgo_rc rc = bg_jwks_select(&key, set, alg, kid, &err);

		HOLDS((rc == BELGO_OK) == (key != NULL));
		if (key != NULL) {
			HOLDS(kid == NULL || bg_jwks_has_kid(set, kid));
			check_key(key, alg);
			continue;
		}
		HOLDS(rc == BELGO_ENOTFOUND || rc == BELGO_ESIGNATURE);
		fuzz_check_error(rc, &err, NULL);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BG_AUTO(fuzz_free) char *text = fuzz_bytes(data, size);
	BG_AUTO(bg_jwks_free) struct bg_jwks *set = NULL;
	struct belgo_error err = {0};
	belgo_rc rc = bg_jwks_parse(&set, text, size, &err);

	HOLDS((rc == BELGO_OK) == (set != NULL));
	if (rc != BELGO_OK)
		fuzz_check_error(rc, &err, NULL);
	else
		select_all(set);
	return 0;
}
