/* A client's assertion: what it claims, and what it may not be made of. */
#include "base/mem.h"
#include "harness/failalloc.h"
#include "harness/jose_make.h"
#include "jose/private_key.h"
#include "proto/assertion.h"

#define NOW 1700000000

static json_t *
key_of(const char *more)
{
	char *jwk = jose_private_jwk(jose_key("P-256", 0), more);
	json_t *key = json_loads(jwk, 0, NULL);

	assert_non_null(key);
	free(jwk);
	return key;
}

static struct bg_assertion
params(const json_t *key)
{
	return (struct bg_assertion){.client_id = "my \"app\"",
				     .audience = "https://op.example/a",
				     .jti = "j-1",
				     .now = NOW,
				     .alg = bg_alg_find("ES256"),
				     .key = key};
}

static json_t *
segment(const char *compact, int i)
{
	char *text = jose_segment(compact, i);
	json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

	assert_non_null(json);
	free(text);
	return json;
}

static const char *
member(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

/* @spec OpenID Connect Core section 9; RFC 7523 section 3 */
static void
test_assertion__claims_say_who_to_whom_and_for_how_long(void **state)
{
	json_t *key = key_of(NULL), *claims;
	struct bg_assertion in = params(key);
	BG_AUTO(bg_str_free) char *jwt = NULL;

	(void)state;
	assert_int_equal(bg_assertion_make(&jwt, &in, NULL), BELGO_OK);
	claims = segment(jwt, 1);
	assert_int_equal(json_object_size(claims), 6);
	assert_string_equal(member(claims, "iss"), "my \"app\"");
	assert_string_equal(member(claims, "sub"), "my \"app\"");
	assert_string_equal(member(claims, "aud"), "https://op.example/a"); /* one, and no list */
	assert_string_equal(member(claims, "jti"), "j-1");
	assert_int_equal(json_integer_value(json_object_get(claims, "iat")), NOW);
	assert_int_equal(json_integer_value(json_object_get(claims, "exp")), NOW + 60);
	assert_true(jose_is_signed(jose_key("P-256", 0), "ES256", jwt));
	json_decref(claims);
	json_decref(key);
}

/* @spec RFC 7515 sections 4.1.4, 4.1.7 and 4.1.8 */
static void
test_assertion__header_names_the_key_as_the_key_does(void **state)
{
	json_t *bare = key_of(NULL),
	       *named = key_of("\"kid\":\"k\",\"x5t\":\"t\",\"x5t#S256\":\"T\",\"use\":\"sig\"");
	struct bg_assertion in = params(bare);
	char *jwt = NULL;
	json_t *header;

	(void)state;
	assert_int_equal(bg_assertion_make(&jwt, &in, NULL), BELGO_OK);
	header = segment(jwt, 0);
	assert_int_equal(json_object_size(header), 2);
	assert_string_equal(member(header, "alg"), "ES256");
	assert_string_equal(member(header, "typ"), "JWT");
	json_decref(header);
	bg_str_free(&jwt);

	in.key = named;
	assert_int_equal(bg_assertion_make(&jwt, &in, NULL), BELGO_OK);
	header = segment(jwt, 0);
	assert_int_equal(json_object_size(header), 5);
	assert_string_equal(member(header, "kid"), "k");
	assert_string_equal(member(header, "x5t"), "t");
	assert_string_equal(member(header, "x5t#S256"), "T");
	json_decref(header);
	bg_str_free(&jwt);
	json_decref(named);
	json_decref(bare);
}

static void
test_assertion__is_not_made_without_a_claim_or_a_key(void **state)
{
	json_t *key = key_of(NULL);
	struct bg_assertion rows[7];
	char *jwt = NULL;

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++)
		rows[i] = params(key);
	rows[0].client_id = NULL;
	rows[1].audience = NULL;
	rows[2].jti = NULL;
	rows[3].jti = "";
	rows[4].alg = NULL;
	rows[5].key = NULL;
	rows[6].alg = bg_alg_find("ES384");
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct belgo_error err = {0};

		assert_int_equal(bg_assertion_make(&jwt, &rows[i], &err), BELGO_EINVAL);
		assert_int_equal(err.rc, BELGO_EINVAL);
		assert_null(jwt);
	}
	json_decref(key);
}

static belgo_rc
make(const json_t *key, const char *alg)
{
	BG_AUTO(bg_str_free) char *jwt = NULL;
	struct bg_assertion in = params(key);

	in.alg = bg_alg_find(alg);
	return bg_assertion_make(&jwt, &in, NULL);
}

static belgo_rc
generate(void)
{
	BG_AUTO(bg_json_free) json_t *key = NULL;

	return bg_private_key_generate(&key, "ES256", NULL);
}

static belgo_rc
read_key(const char *text)
{
	BG_AUTO(bg_json_free) json_t *key = NULL;

	return bg_private_key_read(&key, text, strlen(text), NULL);
}

static void
test_assertion__reports_lack_of_memory(void **state)
{
	json_t *key = key_of("\"kid\":\"k\"");
	char *jwk = jose_private_jwk(jose_key("Ed25519", 0), NULL);
	char *pem = jose_pem(jose_key("P-256", 0), "PrivateKeyInfo", NULL);
	json_t *edwards = json_loads(jwk, 0, NULL);

	(void)state;
	FAILALLOC_EACH(make(key, "ES256"));
	FAILALLOC_EACH(make(edwards, "EdDSA"));
	FAILALLOC_EACH(read_key(jwk));
	FAILALLOC_EACH(read_key(pem));
	FAILALLOC_EACH(generate());
	json_decref(edwards);
	json_decref(key);
	free(pem);
	free(jwk);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_assertion__claims_say_who_to_whom_and_for_how_long),
	    cmocka_unit_test(test_assertion__header_names_the_key_as_the_key_does),
	    cmocka_unit_test(test_assertion__is_not_made_without_a_claim_or_a_key),
	    cmocka_unit_test(test_assertion__reports_lack_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
