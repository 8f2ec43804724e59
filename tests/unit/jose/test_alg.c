/* jose/alg.h */
#include "harness/test.h"

#include "jose/alg.h"

/* @spec RFC 7518 section 3.1; RFC 8037 section 3.1; RFC 9864 section 2.2 */
static void
test_alg__finds_every_algorithm_with_what_it_asks_of_a_key(void **state)
{
	static const struct {
		const char *name;
		enum bg_alg_family family;
		enum bg_kty kty;
		const char *crv;
		enum bg_hash hash;
		size_t signature_len;
	} rows[] = {
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

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		const struct bg_alg *alg = bg_alg_find(rows[i].name);

		assert_row(rows[i].name, alg != NULL && strcmp(alg->name, rows[i].name) == 0);
		assert_row(rows[i].name, alg->family == rows[i].family && alg->kty == rows[i].kty);
		assert_row(rows[i].name,
			   alg->crv == NULL ? rows[i].crv == NULL : strcmp(alg->crv, rows[i].crv) == 0);
		assert_row(rows[i].name,
			   alg->hash == rows[i].hash && alg->signature_len == rows[i].signature_len);
		assert_row(rows[i].name, bg_alg_is_asymmetric(alg) == (rows[i].name[0] != 'H'));
	}
}

/* J01, J05: names are case-sensitive, and "none" is no algorithm. */
static void
test_alg__finds_nothing_by_another_name(void **state)
{
	static const char *const rows[] = {"none",  "None",    "nOnE",   "",    "rs256",  "RS256 ",
					   "RS1",   "RS2566",  "RS",     "HS1", "ES256K", "Ed448",
					   "eddsa", "ED25519", "RSA1_5", "dir", "PS",     "HS256\n"};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++)
		assert_row(rows[i], bg_alg_find(rows[i]) == NULL);
	assert_null(bg_alg_find(NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_alg__finds_every_algorithm_with_what_it_asks_of_a_key),
	    cmocka_unit_test(test_alg__finds_nothing_by_another_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
