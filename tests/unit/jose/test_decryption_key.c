/* The keys a client decrypts with: which are taken, from JWK and PEM, and what of them is shown. */
#include "unit/jose/decrypt.h"

static belgo_rc
read_rc(const char *text)
{
	json_t *key = NULL;
	struct belgo_error err = {0};
	belgo_rc rc = bg_decryption_key_read(&key, text, strlen(text), &err);

	assert_int_equal(err.rc, rc);
	assert_true((rc == BELGO_OK) == (key != NULL));
	bg_json_free(&key);
	return rc;
}

/* As JWK and as PEM, which give the same key. */
static void
test_decryption_key__is_of_rsa_p256_p384_p521_or_x25519(void **state)
{
	static const struct {
		const char *kind;
		belgo_rc rc;
	} rows[] = {
	    {"RSA-2048", BELGO_OK},     {"RSA-3072", BELGO_OK},  {"RSA-1024", BELGO_EINVAL},
	    {"RSA-2040", BELGO_EINVAL}, {"P-256", BELGO_OK},     {"P-384", BELGO_OK},
	    {"P-521", BELGO_OK},        {"X25519", BELGO_OK},    {"secp256k1", BELGO_EINVAL},
	    {"Ed25519", BELGO_EINVAL},  {"Ed448", BELGO_EINVAL},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		char *jwk = jose_private_jwk(jose_key(rows[i].kind, 0), NULL);
		char *pem = jose_pem(jose_key(rows[i].kind, 0), "PrivateKeyInfo", NULL);

		assert_row(rows[i].kind, read_rc(jwk) == rows[i].rc);
		assert_row(rows[i].kind, read_rc(pem) == rows[i].rc);
		if (rows[i].rc == BELGO_OK) {
			json_t *one = NULL, *other = NULL;

			assert_int_equal(bg_decryption_key_read(&one, jwk, strlen(jwk), NULL), BELGO_OK);
			assert_int_equal(bg_decryption_key_read(&other, pem, strlen(pem), NULL), BELGO_OK);
			assert_row(rows[i].kind, json_equal(one, other));
			bg_json_free(&one);
			bg_json_free(&other);
		}
		free(jwk);
		free(pem);
	}
}

/* @spec RFC 7517 sections 4.2 and 4.3 */
static void
test_decryption_key__is_meant_for_that(void **state)
{
	static const struct {
		const char *more;
		belgo_rc rc;
	} rows[] = {
	    {"\"use\":\"enc\"", BELGO_OK},
	    {"\"use\":\"sig\"", BELGO_EINVAL},
	    {"\"key_ops\":[\"deriveBits\"]", BELGO_OK},
	    {"\"key_ops\":[\"deriveKey\"]", BELGO_OK},
	    {"\"key_ops\":[\"unwrapKey\",\"decrypt\"]", BELGO_OK},
	    {"\"key_ops\":[\"sign\"]", BELGO_EINVAL},
	    {"\"kid\":\"a\",\"alg\":\"ECDH-ES\"", BELGO_OK},
	    {"\"kid\":1", BELGO_EINVAL},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		char *jwk = jose_private_jwk(jose_key("P-256", 0), rows[i].more);

		assert_row(rows[i].more, read_rc(jwk) == rows[i].rc);
		free(jwk);
	}
}

static void
test_decryption_key__has_halves_that_belong_together(void **state)
{
	static const char *const kinds[] = {"P-256", "P-384", "P-521", "X25519", "RSA-2048"};

	(void)state;
	for (size_t i = 0; i < BG_LEN(kinds); i++) {
		char *one = jose_private_jwk(jose_key(kinds[i], 0), NULL);
		char *other = jose_private_jwk(jose_key(kinds[i], 1), NULL);
		json_t *mixed = json_loads(one, 0, NULL), *from = json_loads(other, 0, NULL);
		char *text;

		assert_row(kinds[i], read_rc(one) == BELGO_OK);
		assert_int_equal(json_object_set(mixed, "d", json_object_get(from, "d")), 0);
		text = json_dumps(mixed, 0);
		assert_row(kinds[i], read_rc(text) == BELGO_EINVAL);
		free(text);
		json_decref(mixed);
		json_decref(from);
		free(one);
		free(other);
	}
}

static void
test_decryption_key__is_private(void **state)
{
	char *public = jose_jwk(jose_key("P-256", 0), NULL);

	(void)state;
	assert_int_equal(read_rc(public), BELGO_EINVAL);
	assert_int_equal(read_rc("{\"kty\":\"oct\",\"k\":\"AAAA\"}"), BELGO_EINVAL);
	assert_int_equal(read_rc(""), BELGO_EINVAL);
	assert_int_equal(read_rc("{}"), BELGO_EINVAL);
	free(public);
}

/* A fresh one opens what is made for its public half, which shows nothing else. */
static void
test_decryption_key__shows_its_public_half_alone(void **state)
{
	BG_AUTO(bg_json_free) json_t *key = NULL;
	BG_AUTO(bg_json_free) json_t *set = NULL;
	const json_t *shown;

	(void)state;
	assert_int_equal(bg_decryption_key_generate(&key, NULL), BELGO_OK);
	assert_true(bg_jwe_alg_fits(bg_jwe_alg_find("ECDH-ES+A128KW"), key));
	assert_false(bg_jwe_alg_fits(bg_jwe_alg_find("RSA-OAEP"), key));
	assert_int_equal(bg_private_key_public_set(&set, key, BG_KEY_DECRYPTS), BELGO_OK);
	shown = json_array_get(json_object_get(set, "keys"), 0);
	assert_null(json_object_get(shown, "d"));
	assert_int_equal(json_object_size(shown), 6);
	assert_string_equal(json_string_value(json_object_get(shown, "use")), "enc");
	assert_string_equal(json_string_value(json_object_get(shown, "crv")), "P-256");
	assert_non_null(json_string_value(json_object_get(shown, "kid")));
}

/* A key that says which algorithm it is for serves no other. */
static void
test_decryption_key__serves_the_algorithm_it_names(void **state)
{
	static const struct {
		const char *kind, *more, *alg;
		int fits;
	} rows[] = {
	    {"P-256", NULL, "ECDH-ES", 1},
	    {"P-256", "\"alg\":\"ECDH-ES\"", "ECDH-ES", 1},
	    {"P-256", "\"alg\":\"ECDH-ES\"", "ECDH-ES+A128KW", 0},
	    {"X25519", NULL, "ECDH-ES+A256KW", 1},
	    {"X25519", NULL, "RSA-OAEP", 0},
	    {"RSA-2048", NULL, "RSA-OAEP-256", 1},
	    {"RSA-2048", "\"alg\":\"RSA-OAEP\"", "RSA-OAEP-256", 0},
	    {"RSA-2048", NULL, "ECDH-ES", 0},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		char *jwk = jose_private_jwk(jose_key(rows[i].kind, 0), rows[i].more);
		BG_AUTO(bg_json_free) json_t *key = NULL;

		assert_int_equal(bg_decryption_key_read(&key, jwk, strlen(jwk), NULL), BELGO_OK);
		assert_row(rows[i].alg, bg_jwe_alg_fits(bg_jwe_alg_find(rows[i].alg), key) == rows[i].fits);
		free(jwk);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_decryption_key__is_of_rsa_p256_p384_p521_or_x25519),
	    cmocka_unit_test(test_decryption_key__is_meant_for_that),
	    cmocka_unit_test(test_decryption_key__has_halves_that_belong_together),
	    cmocka_unit_test(test_decryption_key__is_private),
	    cmocka_unit_test(test_decryption_key__shows_its_public_half_alone),
	    cmocka_unit_test(test_decryption_key__serves_the_algorithm_it_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
