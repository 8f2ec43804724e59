/* A client's key: read from JWK and PEM, made, and its public half. */
#include "unit/jose/select.h"

#include "base/mem.h"
#include "jose/private_key.h"
#include "jose/sign.h"

/* text is taken. *out (may be NULL): the key, the caller's. */
static belgo_rc
read_key(json_t **out, char *text)
{
	json_t *key = NULL;
	struct belgo_error err = {0};
	belgo_rc rc = bg_private_key_read(&key, text, strlen(text), &err);

	assert_int_equal(err.rc, rc);
	assert_true((rc == BELGO_OK) == (key != NULL));
	assert_true(rc == BELGO_OK || err.text[0] != '\0');
	assert_int_equal(ERR_peek_error(), 0);
	if (out != NULL)
		*out = key;
	else
		json_decref(key);
	free(text);
	return rc;
}

/* Signs as the key does it of itself, and libcrypto verifies. */
static int
is_key_of(const json_t *key, EVP_PKEY *pkey)
{
	const struct bg_alg *alg = bg_private_key_alg(key, NULL);
	json_t *payload = json_object();
	char *compact = NULL;
	int right;

	assert_non_null(alg);
	assert_int_equal(bg_jws_sign(&compact, alg, NULL, payload, key, NULL), BELGO_OK);
	right = jose_is_signed(pkey, alg->name, compact);
	bg_str_free(&compact);
	json_decref(payload);
	return right;
}

static const char *const kinds[] = {"RSA-2048", "P-256", "P-384", "P-521", "Ed25519", "Ed448"};

/* @spec RFC 7517 section 4; RFC 5958; RFC 5915; RFC 8017 appendix A.1.2 */
static void
test_private_key__jwk_and_pem_come_to_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < BG_LEN(kinds); i++) {
		EVP_PKEY *pkey = jose_key(kinds[i], 0);
		json_t *jwk = NULL, *pkcs8 = NULL, *own = NULL;
		int has_own = EVP_PKEY_is_a(pkey, "RSA") || EVP_PKEY_is_a(pkey, "EC");

		assert_row(kinds[i], read_key(&jwk, jose_private_jwk(pkey, NULL)) == BELGO_OK);
		assert_row(kinds[i], read_key(&pkcs8, jose_pem(pkey, "PrivateKeyInfo", NULL)) == BELGO_OK);
		assert_row(kinds[i], is_key_of(jwk, pkey) && !is_key_of(jwk, jose_key(kinds[i], 1)));
		assert_row(kinds[i], json_equal(jwk, pkcs8));
		if (has_own)
			assert_row(kinds[i],
				   read_key(&own, jose_pem(pkey, "type-specific", NULL)) == BELGO_OK &&
				       json_equal(jwk, own));
		json_decref(own);
		json_decref(pkcs8);
		json_decref(jwk);
	}
}

/* @spec RFC 7517 sections 4.2 to 4.9 */
static void
test_private_key__keeps_what_names_it_and_nothing_else(void **state)
{
	json_t *key = NULL;

	(void)state;
	assert_int_equal(
	    read_key(&key,
		     jose_private_jwk(jose_key("P-256", 0),
				      "\"kid\":\"k\",\"alg\":\"ES256\",\"x5t\":\"t\",\"x5t#S256\":\"T\","
				      "\"use\":\"sig\",\"key_ops\":[\"sign\"],\"ext\":true,\"x5c\":[\"c\"]")),
	    BELGO_OK);
	assert_int_equal(json_object_size(key), 5 + 4);
	assert_string_equal(json_string_value(json_object_get(key, "kid")), "k");
	assert_string_equal(json_string_value(json_object_get(key, "alg")), "ES256");
	assert_string_equal(json_string_value(json_object_get(key, "x5t")), "t");
	assert_string_equal(json_string_value(json_object_get(key, "x5t#S256")), "T");
	json_decref(key);
}

static void
test_private_key__refuses_what_is_not_for_signing(void **state)
{
	static const struct {
		const char *kind;
		const char *more;
	} rows[] = {
	    {"P-256", "\"use\":\"enc\""},
	    {"P-256", "\"use\":7"},
	    {"P-256", "\"key_ops\":[\"verify\"]"},
	    {"P-256", "\"key_ops\":\"sign\""},
	    {"P-256", "\"alg\":\"ECDH-ES\""},
	    {"P-256", "\"alg\":\"ES384\""},
	    {"P-256", "\"kid\":7"},
	    {"P-256", "\"kty\":\"EC\""}, /* twice */
	    {"RSA-2048", "\"oth\":[]"},
	    {"RSA-2048", "\"alg\":\"RSA-OAEP\""},
	    {"RSA-1024", NULL},
	    {"secp256k1", NULL},
	    {"X25519", NULL},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		EVP_PKEY *pkey = jose_key(rows[i].kind, 0);

		assert_row(rows[i].more != NULL ? rows[i].more : rows[i].kind,
			   read_key(NULL, jose_private_jwk(pkey, rows[i].more)) == BELGO_EINVAL);
		if (rows[i].more == NULL)
			assert_row(rows[i].kind,
				   read_key(NULL, jose_pem(pkey, "PrivateKeyInfo", NULL)) == BELGO_EINVAL);
	}
}

static void
test_private_key__refuses_what_is_no_private_key(void **state)
{
	static const char *const rows[] = {
	    "",
	    "s3cret",
	    "{",
	    "{}",
	    "[]",
	    "{\"kty\":\"oct\",\"k\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
	    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"d\":\"AAAA\"}",
	    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AAAA\",\"y\":\"AAAA\",\"d\":\"AAAA\"}",
	    "{\"kty\":\"RSA\",\"n\":\"AAAA\",\"e\":\"AQAB\",\"d\":\"AAAA\"}",
	    "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
	    "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++)
		assert_row(rows[i], read_key(NULL, strdup(rows[i])) == BELGO_EINVAL);
	for (size_t i = 0; i < BG_LEN(kinds); i++) {
		char *pub = jose_jwk(jose_key(kinds[i], 0), NULL);

		assert_row(kinds[i], read_key(NULL, pub) == BELGO_EINVAL);
	}
}

/* cjose ends the process by assert() at a character that is none of base64url. @spec RFC 7515 section 2 */
static void
test_private_key__private_member_that_is_not_base64url_is_refused(void **state)
{
	static const struct {
		const char *kind, *member;
	} rows[] = {{"P-256", "d"},     {"RSA-2048", "d"},  {"RSA-2048", "p"}, {"RSA-2048", "q"},
		    {"RSA-2048", "dp"}, {"RSA-2048", "dq"}, {"RSA-2048", "qi"}};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++)
		for (const char *bad = "=]+\xc3 "; *bad != '\0'; bad++) {
			char *text = jose_private_jwk(jose_key(rows[i].kind, 0), NULL), start[16];

			(void)snprintf(start, sizeof(start), "\"%s\":\"", rows[i].member);
			strstr(text, start)[strlen(start) + 17] = *bad;
			assert_row(rows[i].member, read_key(NULL, text) == BELGO_EINVAL);
		}
}

/* libcrypto would ask on the terminal. */
static void
test_private_key__encrypted_pem_is_refused_by_name_and_nobody_is_asked(void **state)
{
	char *pem = jose_pem(jose_key("P-256", 0), "EncryptedPrivateKeyInfo", "passphrase");
	struct belgo_error err = {0};
	json_t *key = NULL;

	(void)state;
	assert_int_equal(bg_private_key_read(&key, pem, strlen(pem), &err), BELGO_EINVAL);
	assert_non_null(strstr(err.text, "encrypted"));
	assert_null(key);
	free(pem);
}

/* A file as large as this is none. */
static void
test_private_key__refuses_more_than_its_ceiling(void **state)
{
	char *jwk = jose_private_jwk(jose_key("P-256", 0), NULL);
	char *pem = jose_pem(jose_key("P-256", 0), "PrivateKeyInfo", NULL);

	(void)state;
	assert_int_equal(read_key(NULL, format("%s%*s", jwk, BG_MAX_PRIVATE_KEY, "")), BELGO_EINVAL);
	assert_int_equal(read_key(NULL, format("%s%*s", pem, BG_MAX_PRIVATE_KEY, "")), BELGO_EINVAL);
	assert_int_equal(read_key(NULL, format("%s%*s", pem, 100, "")), BELGO_OK);
	free(pem);
	free(jwk);
}

static void
test_private_key__public_half_tells_nothing_of_the_other(void **state)
{
	static const char *const secret[] = {"d", "p", "q", "dp", "dq", "qi", "k"};

	(void)state;
	for (size_t i = 0; i < BG_LEN(kinds); i++) {
		json_t *key = NULL, *set = NULL, *half;
		char *text;

		assert_int_equal(read_key(&key, jose_private_jwk(jose_key(kinds[i], 0), "\"kid\":\"k\"")),
				 BELGO_OK);
		assert_int_equal(bg_private_key_public_set(&set, key, BG_KEY_SIGNS), BELGO_OK);
		assert_int_equal(json_array_size(json_object_get(set, "keys")), 1);
		half = json_array_get(json_object_get(set, "keys"), 0);
		for (size_t n = 0; n < BG_LEN(secret); n++)
			assert_row(secret[n], json_object_get(half, secret[n]) == NULL);
		text = json_dumps(set, 0);
		assert_row(kinds[i], select_key(text, bg_private_key_alg(key, NULL)->name, "k",
						jose_key(kinds[i], 0)) == BELGO_OK);
		json_decref(set);
		json_decref(key);
	}
}

static void
test_private_key__secret_has_no_public_half(void **state)
{
	json_t *key = NULL, *set = NULL;

	(void)state;
	assert_int_equal(bg_secret_key(&key, "0123456789abcdef0123456789abcdef"), BELGO_OK);
	assert_int_equal(bg_private_key_public_set(&set, key, BG_KEY_SIGNS), BELGO_EINVAL);
	assert_null(set);
	json_decref(key);
}

/* The thumbprint, by libcrypto. @spec RFC 7638 section 3.1 */
static char *
thumbprint(const json_t *key)
{
	char *input = format("{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"%s\",\"y\":\"%s\"}",
			     json_string_value(json_object_get(key, "x")),
			     json_string_value(json_object_get(key, "y")));
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned int len = 0;

	assert_int_equal(EVP_Digest(input, strlen(input), md, &len, EVP_sha256(), NULL), 1);
	free(input);
	return jose_b64(md, len);
}

static void
test_private_key__fresh_ones_differ_and_are_named_by_their_thumbprint(void **state)
{
	json_t *one = NULL, *two = NULL;
	char *kid;

	(void)state;
	assert_int_equal(bg_private_key_generate(&one, "EdDSA", NULL), BELGO_OK);
	assert_string_equal(json_string_value(json_object_get(one, "crv")), "Ed25519");
	assert_int_equal(read_key(NULL, json_dumps(one, 0)), BELGO_OK);
	json_decref(one);
	one = NULL;
	assert_int_equal(bg_private_key_generate(&one, "ES256", NULL), BELGO_OK);
	assert_int_equal(bg_private_key_generate(&two, "ES256", NULL), BELGO_OK);
	assert_string_not_equal(json_string_value(json_object_get(one, "d")),
				json_string_value(json_object_get(two, "d")));
	kid = thumbprint(one);
	assert_string_equal(json_string_value(json_object_get(one, "kid")), kid);
	assert_string_equal(json_string_value(json_object_get(one, "alg")), "ES256");
	assert_int_equal(read_key(NULL, json_dumps(one, 0)), BELGO_OK);
	free(kid);
	json_decref(two);
	json_decref(one);
}

static void
test_private_key__none_is_made_for_another_algorithm(void **state)
{
	static const char *const rows[] = {"", "RS256", "es256", "none"};
	json_t *key = NULL;

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++)
		assert_row(rows[i], bg_private_key_generate(&key, rows[i], NULL) == BELGO_EINVAL);
	assert_int_equal(bg_private_key_generate(&key, NULL, NULL), BELGO_EINVAL);
	assert_null(key);
}

/* @spec RFC 8414 section 2 (token_endpoint_auth_signing_alg_values_supported) */
static void
test_private_key__algorithm_is_the_first_that_fits_and_is_allowed(void **state)
{
	static char rs256[] = "RS256", ps256[] = "PS256", es384[] = "ES384", ed[] = "Ed25519",
		    ps512[] = "PS512";
	static char *rsa_both[] = {ps256, rs256, NULL};
	static char *pss[] = {es384, ps512, NULL};
	static char *ec_only[] = {es384, NULL};
	static char *specified[] = {ed, NULL};
	static char *none[] = {NULL};
	static const struct {
		const char *name, *kind, *more;
		char *const *allowed;
		const char *want;
	} rows[] = {
	    {"RSA, anything", "RSA-2048", NULL, NULL, "RS256"},
	    {"RSA, both", "RSA-2048", NULL, rsa_both, "RS256"},
	    {"RSA, PSS alone", "RSA-2048", NULL, pss, "PS512"},
	    {"RSA, none of its", "RSA-2048", NULL, ec_only, NULL},
	    {"RSA, by its own word", "RSA-2048", "\"alg\":\"PS256\"", rsa_both, "PS256"},
	    {"RSA, its own word not allowed", "RSA-2048", "\"alg\":\"PS256\"", pss, NULL},
	    {"EC by its curve", "P-521", NULL, NULL, "ES512"},
	    {"EC, another curve alone", "P-256", NULL, ec_only, NULL},
	    {"Edwards", "Ed25519", NULL, NULL, "EdDSA"},
	    {"Edwards, fully specified", "Ed25519", NULL, specified, "Ed25519"},
	    {"the other Edwards curve", "Ed448", NULL, specified, NULL},
	    {"an empty list", "P-256", NULL, none, NULL},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		json_t *key = NULL;
		const struct bg_alg *alg;

		assert_row(rows[i].name, read_key(&key, jose_private_jwk(jose_key(rows[i].kind, 0),
									 rows[i].more)) == BELGO_OK);
		alg = bg_private_key_alg(key, rows[i].allowed);
		assert_row(rows[i].name, bg_str_equal(alg != NULL ? alg->name : NULL, rows[i].want));
		json_decref(key);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_private_key__jwk_and_pem_come_to_the_same),
	    cmocka_unit_test(test_private_key__keeps_what_names_it_and_nothing_else),
	    cmocka_unit_test(test_private_key__refuses_what_is_not_for_signing),
	    cmocka_unit_test(test_private_key__refuses_what_is_no_private_key),
	    cmocka_unit_test(test_private_key__private_member_that_is_not_base64url_is_refused),
	    cmocka_unit_test(test_private_key__encrypted_pem_is_refused_by_name_and_nobody_is_asked),
	    cmocka_unit_test(test_private_key__refuses_more_than_its_ceiling),
	    cmocka_unit_test(test_private_key__public_half_tells_nothing_of_the_other),
	    cmocka_unit_test(test_private_key__secret_has_no_public_half),
	    cmocka_unit_test(test_private_key__fresh_ones_differ_and_are_named_by_their_thumbprint),
	    cmocka_unit_test(test_private_key__none_is_made_for_another_algorithm),
	    cmocka_unit_test(test_private_key__algorithm_is_the_first_that_fits_and_is_allowed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
