/* jose/jwk.h: sets and the choice of a key; rows K02 to K06, K11 and K14 of the hostile list, B06 and B07. */
#include "harness/test.h"
#include "harness/jose_make.h"
#include "unit/jose/select.h"

static belgo_rc
parse_rc(const char *text)
{
	struct bg_jwks *set = NULL;
	struct belgo_error err = {0};
	belgo_rc rc = bg_jwks_parse(&set, text, strlen(text), &err);

	assert_int_equal(err.rc, rc);
	assert_true((rc == BELGO_OK) == (set != NULL));
	bg_jwks_free(&set);
	assert_null(set);
	return rc;
}

/* K11 */
static void
test_jwks_parse__refuses_what_is_no_set(void **state)
{
	static const struct {
		const char *name;
		const char *text;
	} rows[] = {
	    {"K11 an array", "[{\"kty\":\"RSA\"}]"},
	    {"K11 keys missing", "{}"},
	    {"K11 keys null", "{\"keys\":null}"},
	    {"K11 keys an object", "{\"keys\":{}}"},
	    {"K11 keys a string", "{\"keys\":\"x\"}"},
	    {"K11 an element null", "{\"keys\":[null]}"},
	    {"K11 an element that is an array", "{\"keys\":[[]]}"},
	    {"K11 a good element, then a string", "{\"keys\":[{\"kty\":\"RSA\"},\"x\"]}"},
	    {"duplicate keys", "{\"keys\":[],\"keys\":[]}"},
	    {"duplicate member in a key", "{\"keys\":[{\"kid\":\"a\",\"kid\":\"b\"}]}"},
	    {"empty text", ""},
	    {"trailing bytes", "{\"keys\":[]}x"},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++)
		assert_row(rows[i].name, parse_rc(rows[i].text) == BELGO_EPROTO);
	assert_int_equal(parse_rc("{\"keys\":[]}"), BELGO_OK);
}

static char *
set_of_many(int n, size_t padding)
{
	char *pad = calloc(1, padding + 1);
	char *text;
	size_t len;
	FILE *file = open_memstream(&text, &len);

	assert_non_null(pad);
	assert_non_null(file);
	memset(pad, 'A', padding);
	(void)fputs("{\"keys\":[", file);
	for (int i = 0; i < n; i++)
		(void)fprintf(file, "%s{\"kty\":\"RSA\",\"kid\":\"%d\",\"x5c\":[\"%s\"]}", i > 0 ? "," : "",
			      i, pad);
	(void)fputs("]}", file);
	assert_int_equal(fclose(file), 0);
	free(pad);
	return text;
}

/* K06 */
static void
test_jwks_parse__caps_keys_and_bytes(void **state)
{
	static const struct {
		const char *name;
		int keys;
		size_t padding;
		belgo_rc want;
	} rows[] = {
	    {"K06 100 keys", 100, 0, BELGO_OK},
	    {"K06 101 keys", 101, 0, BELGO_EPROTO},
	    {"K06 500 keys", 500, 0, BELGO_EPROTO},
	    {"K06 10000 keys", 10000, 0, BELGO_EPROTO},
	    {"K06 x5c of 400 KiB", 1, 400 * 1024, BELGO_OK},
	    {"K06 x5c of 1 MB", 1, 1000 * 1000, BELGO_EPROTO},
	    {"K06 a set of 1 MB", 50, 20000, BELGO_EPROTO},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		char *text = set_of_many(rows[i].keys, rows[i].padding);

		assert_row(rows[i].name, parse_rc(text) == rows[i].want);
		free(text);
	}
}

static void
test_jwks_has_kid__compares_whole_strings(void **state)
{
	static const char text[] = "{\"keys\":[{\"kid\":7},{\"kid\":\"a\"},{},{\"kid\":\"b\"}]}";
	struct bg_jwks *set = NULL;

	(void)state;
	assert_int_equal(bg_jwks_parse(&set, text, strlen(text), NULL), BELGO_OK);
	assert_true(bg_jwks_has_kid(set, "a"));
	assert_true(bg_jwks_has_kid(set, "b"));
	assert_false(bg_jwks_has_kid(set, "A"));
	assert_false(bg_jwks_has_kid(set, "ab"));
	assert_false(bg_jwks_has_kid(set, ""));
	assert_false(bg_jwks_has_kid(set, "7"));
	assert_false(bg_jwks_has_kid(set, NULL));
	bg_jwks_free(&set);
}

/* J05, J14 */
static void
test_jwks_select__takes_a_key_only_for_algorithms_of_its_type_and_curve(void **state)
{
	static const struct {
		const char *alg;
		const char *kind;
		belgo_rc want;
	} rows[] = {
	    {"RS256", "RSA-2048", BELGO_OK},        {"RS512", "RSA-2048", BELGO_OK},
	    {"PS384", "RSA-2048", BELGO_OK},        {"RS256", "RSA-3072", BELGO_OK},
	    {"ES256", "P-256", BELGO_OK},           {"ES384", "P-384", BELGO_OK},
	    {"ES512", "P-521", BELGO_OK},           {"EdDSA", "Ed25519", BELGO_OK},
	    {"EdDSA", "Ed448", BELGO_OK},           {"Ed25519", "Ed25519", BELGO_OK},
	    {"Ed25519", "Ed448", BELGO_ENOTFOUND},  {"ES256", "RSA-2048", BELGO_ENOTFOUND},
	    {"RS256", "P-256", BELGO_ENOTFOUND},    {"ES384", "P-256", BELGO_ENOTFOUND},
	    {"ES256", "P-521", BELGO_ENOTFOUND},    {"ES256", "secp256k1", BELGO_ENOTFOUND},
	    {"EdDSA", "X25519", BELGO_ENOTFOUND},   {"Ed25519", "X25519", BELGO_ENOTFOUND},
	    {"HS256", "RSA-2048", BELGO_ENOTFOUND}, {"HS512", "Ed25519", BELGO_ENOTFOUND},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		EVP_PKEY *want = jose_key(rows[i].kind, 0);

		assert_row(rows[i].alg,
			   select_key(set_of(rows[i].kind, NULL), rows[i].alg, NULL, want) == rows[i].want);
	}
}

/* K04, K05 */
static void
test_jwks_select__skips_keys_whose_members_forbid_the_use(void **state)
{
	static const struct {
		const char *name;
		const char *more;
		belgo_rc want;
	} rows[] = {
	    {"nothing said", NULL, BELGO_OK},
	    {"use sig", "\"use\":\"sig\"", BELGO_OK},
	    {"K04 use enc", "\"use\":\"enc\"", BELGO_ENOTFOUND},
	    {"K04 use null", "\"use\":null", BELGO_ENOTFOUND},
	    {"K04 use a list", "\"use\":[\"sig\"]", BELGO_ENOTFOUND},
	    {"key_ops verify", "\"key_ops\":[\"encrypt\",\"verify\"]", BELGO_OK},
	    {"K04 key_ops sign", "\"key_ops\":[\"sign\"]", BELGO_ENOTFOUND},
	    {"K04 key_ops empty", "\"key_ops\":[]", BELGO_ENOTFOUND},
	    {"K04 key_ops a string", "\"key_ops\":\"verify\"", BELGO_ENOTFOUND},
	    {"alg the same", "\"alg\":\"RS256\"", BELGO_OK},
	    {"K04 alg of another hash", "\"alg\":\"RS512\"", BELGO_ENOTFOUND},
	    {"K04 alg of another padding", "\"alg\":\"PS256\"", BELGO_ENOTFOUND},
	    {"K04 alg in another case", "\"alg\":\"rs256\"", BELGO_ENOTFOUND},
	    {"K04 alg a number", "\"alg\":256", BELGO_ENOTFOUND},
	    {"x5c, x5t, jku are not looked at", "\"x5c\":[\"MII\"],\"x5t\":7,\"x5u\":\"http://a\"", BELGO_OK},
	    {"K05 d", "\"d\":\"AQAB\"", BELGO_ENOTFOUND},
	    {"K05 p", "\"p\":\"AQAB\"", BELGO_ENOTFOUND},
	    {"K05 q", "\"q\":\"AQAB\"", BELGO_ENOTFOUND},
	    {"K05 dp", "\"dp\":\"AQAB\"", BELGO_ENOTFOUND},
	    {"K05 dq", "\"dq\":\"AQAB\"", BELGO_ENOTFOUND},
	    {"K05 qi", "\"qi\":\"AQAB\"", BELGO_ENOTFOUND},
	    {"K05 oth", "\"oth\":[]", BELGO_ENOTFOUND},
	    {"K05 k", "\"k\":\"AQAB\"", BELGO_ENOTFOUND},
	    {"K05 d null", "\"d\":null", BELGO_ENOTFOUND},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++)
		assert_row(rows[i].name,
			   select_key(set_of("RSA-2048", rows[i].more), "RS256", NULL, NULL) == rows[i].want);
}

/* K05, J03: a set never serves HMAC. */
static void
test_jwks_select__never_takes_a_symmetric_key(void **state)
{
	static const char *const algs[] = {"HS256", "HS384", "HS512", "RS256", "ES256", "EdDSA"};

	(void)state;
	for (size_t i = 0; i < BG_LEN(algs); i++) {
		char *set = format("{\"keys\":[{\"kty\":\"oct\",\"kid\":\"1\",\"k\":\"%064d\"}]}", 0);

		assert_row(algs[i], select_key(set, algs[i], "1", NULL) == BELGO_ENOTFOUND);
	}
}

/* B06: no kid in the header and one key, with and without a kid of its own. */
static void
test_jwks_select__without_kid_takes_the_only_key_that_fits(void **state)
{
	EVP_PKEY *want = jose_key("RSA-2048", 0);

	(void)state;
	assert_int_equal(select_key(set_of("RSA-2048", NULL), "RS256", NULL, want), BELGO_OK);
	assert_int_equal(select_key(set_of("RSA-2048", "\"kid\":\"1\""), "RS256", NULL, want), BELGO_OK);
	assert_int_equal(select_key(jose_jwks(jose_jwk(jose_key("P-256", 0), NULL), jose_jwk(want, NULL),
					      jose_jwk(jose_key("RSA-2048", 1), "\"use\":\"enc\""), NULL),
				    "RS256", NULL, want),
			 BELGO_OK);
	/* a weak key beside it makes nothing ambiguous */
	assert_int_equal(
	    select_key(jose_jwks(jose_jwk(jose_key("RSA-1024", 0), NULL), jose_jwk(want, NULL), NULL),
		       "RS256", NULL, want),
	    BELGO_OK);
}

static char *
three(const char *kind)
{
	char *all = NULL;
	char *keys[3];

	for (int i = 0; i < 3; i++)
		keys[i] = jose_jwk(jose_key(kind, i), NULL);
	all = format("%s,%s,%s", keys[0], keys[1], keys[2]);
	for (int i = 0; i < 3; i++)
		free(keys[i]);
	return all;
}

/* B07 */
static void
test_jwks_select__without_kid_refuses_to_guess_among_several(void **state)
{
	static const char *const algs[] = {"RS256", "PS512", "ES256", "EdDSA", "Ed25519"};
	char *rsa = three("RSA-2048"), *p256 = three("P-256"), *k1 = three("secp256k1"),
	     *okp = three("Ed25519");

	(void)state;
	for (size_t i = 0; i < BG_LEN(algs); i++) {
		char *set = format("{\"keys\":[%s,%s,%s,%s]}", rsa, p256, k1, okp);

		assert_row(algs[i], select_key(set, algs[i], NULL, NULL) == BELGO_ESIGNATURE);
	}
	free(rsa);
	free(p256);
	free(k1);
	free(okp);
}

/* K01, J07: a kid is an opaque text. */
static void
test_jwks_select__with_kid_takes_exactly_that_key(void **state)
{
	static const struct {
		const char *name;
		const char *kid;
		int want; /* which key, -1: none */
	} rows[] = {
	    {"first", "a", 0},           {"second", "b", 1},        {"path", "../../dev/null", 2},
	    {"K01 unknown", "c", -1},    {"other case", "A", -1},   {"empty", "", -1},
	    {"J07 SQL", "' OR 1=1", -1}, {"J07 shell", "| id", -1}, {"J07 URL", "https://good@evil/keys", -1},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		char *set = jose_jwks(jose_jwk(jose_key("RSA-2048", 0), "\"kid\":\"a\""),
				      jose_jwk(jose_key("RSA-2048", 1), "\"kid\":\"b\""),
				      jose_jwk(jose_key("RSA-2048", 2), "\"kid\":\"../../dev/null\""),
				      jose_jwk(jose_key("RSA-2048", 3), NULL), NULL);
		EVP_PKEY *want = rows[i].want >= 0 ? jose_key("RSA-2048", rows[i].want) : NULL;

		assert_row(rows[i].name, select_key(set, "RS256", rows[i].kid, want) ==
					     (want != NULL ? BELGO_OK : BELGO_ENOTFOUND));
	}
}

/* K02 */
static void
test_jwks_select__refuses_two_keys_of_one_kid(void **state)
{
	(void)state;
	assert_int_equal(select_key(jose_jwks(jose_jwk(jose_key("RSA-2048", 0), "\"kid\":\"1\""),
					      jose_jwk(jose_key("RSA-2048", 1), "\"kid\":\"1\""), NULL),
				    "RS256", "1", NULL),
			 BELGO_ESIGNATURE);
	assert_int_equal(
	    select_key(jose_jwks(jose_jwk(jose_key("RSA-2048", 0), "\"kid\":\"1\",\"alg\":\"PS256\""),
				 jose_jwk(jose_key("RSA-2048", 1), "\"kid\":\"1\",\"alg\":\"RS256\""), NULL),
		       "RS256", "1", jose_key("RSA-2048", 1)),
	    BELGO_OK);
}

/* K03 */
static void
test_jwks_select__tells_keys_of_one_kid_apart_by_type(void **state)
{
	static const struct {
		const char *alg;
		const char *kind;
	} rows[] = {{"RS256", "RSA-2048"}, {"ES256", "P-256"}, {"ES384", "P-384"}, {"Ed25519", "Ed25519"}};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		char *set = jose_jwks(jose_jwk(jose_key("RSA-2048", 0), "\"kid\":\"1\""),
				      jose_jwk(jose_key("P-256", 0), "\"kid\":\"1\""),
				      jose_jwk(jose_key("P-384", 0), "\"kid\":\"1\""),
				      jose_jwk(jose_key("Ed25519", 0), "\"kid\":\"1\""), NULL);

		assert_row(rows[i].alg,
			   select_key(set, rows[i].alg, "1", jose_key(rows[i].kind, 0)) == BELGO_OK);
	}
}

static void
test_jwks_select__says_whether_the_kid_or_the_key_is_at_fault(void **state)
{
	struct bg_jwks *set = NULL;
	struct bg_jwk *key = NULL;
	struct belgo_error unknown = {0}, weak = {0};
	char *text = set_of("RSA-1024", "\"kid\":\"1\"");

	(void)state;
	assert_int_equal(bg_jwks_parse(&set, text, strlen(text), NULL), BELGO_OK);
	assert_int_equal(bg_jwks_select(&key, set, bg_alg_find("RS256"), "2", &unknown), BELGO_ENOTFOUND);
	assert_non_null(strstr(unknown.text, "no key of the token's kid"));
	assert_int_equal(bg_jwks_select(&key, set, bg_alg_find("RS256"), "1", &weak), BELGO_ENOTFOUND);
	assert_non_null(strstr(weak.text, "no usable key for RS256"));
	bg_jwks_free(&set);
	free(text);
}

/* K14: the member is handed on; who compares it is the provider's strategy. */
static void
test_jwk_issuer__is_the_keys_own_member(void **state)
{
	static const struct {
		const char *more;
		const char *want;
	} rows[] = {
	    {NULL, NULL},
	    {"\"issuer\":7", NULL},
	    {"\"issuer\":\"https://a.example/{tenantid}/v2.0\"", "https://a.example/{tenantid}/v2.0"},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct bg_jwks *set = NULL;
		struct bg_jwk *key = NULL;
		char *text = set_of("P-256", rows[i].more);

		assert_int_equal(bg_jwks_parse(&set, text, strlen(text), NULL), BELGO_OK);
		assert_int_equal(bg_jwks_select(&key, set, bg_alg_find("ES256"), NULL, NULL), BELGO_OK);
		if (rows[i].want == NULL)
			assert_null(bg_jwk_issuer(key));
		else
			assert_string_equal(bg_jwk_issuer(key), rows[i].want);
		bg_jwk_free(&key);
		bg_jwks_free(&set);
		free(text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_jwks_parse__refuses_what_is_no_set),
	    cmocka_unit_test(test_jwks_parse__caps_keys_and_bytes),
	    cmocka_unit_test(test_jwks_has_kid__compares_whole_strings),
	    cmocka_unit_test(test_jwks_select__takes_a_key_only_for_algorithms_of_its_type_and_curve),
	    cmocka_unit_test(test_jwks_select__skips_keys_whose_members_forbid_the_use),
	    cmocka_unit_test(test_jwks_select__never_takes_a_symmetric_key),
	    cmocka_unit_test(test_jwks_select__without_kid_takes_the_only_key_that_fits),
	    cmocka_unit_test(test_jwks_select__without_kid_refuses_to_guess_among_several),
	    cmocka_unit_test(test_jwks_select__with_kid_takes_exactly_that_key),
	    cmocka_unit_test(test_jwks_select__refuses_two_keys_of_one_kid),
	    cmocka_unit_test(test_jwks_select__tells_keys_of_one_kid_apart_by_type),
	    cmocka_unit_test(test_jwks_select__says_whether_the_kid_or_the_key_is_at_fault),
	    cmocka_unit_test(test_jwk_issuer__is_the_keys_own_member),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
