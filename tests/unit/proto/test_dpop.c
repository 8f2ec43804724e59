/* Proofs of possession: what stands in one, what none is made of, and what a server says of them. */
#include "base/base64url.h"
#include "base/limits.h"
#include "base/mem.h"
#include "harness/failalloc.h"
#include "harness/jose_make.h"
#include "harness/json_text.h"
#include "jose/private_key.h"
#include "proto/dpop.h"
#include "unit/proto/answer.h"

#define NOW 1700000000
#define URL "https://rs.example:8443/a/b"

static json_t *
key_of(const char *kind)
{
	char *jwk = jose_private_jwk(jose_key(kind, 0), "\"kid\":\"k\",\"x5t\":\"t\"");
	json_t *key = json_loads(jwk, 0, NULL);

	assert_non_null(key);
	free(jwk);
	return key;
}

static struct bg_dpop_proof
params(const json_t *key)
{
	return (struct bg_dpop_proof){.key = key, .method = "POST", .url = URL, .jti = "j-1", .now = NOW};
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

/* @spec RFC 9449 section 4.2 */
static void
test_dpop__header_has_the_public_half_and_nothing_else_of_the_key(void **state)
{
	static const struct {
		const char *kind, *alg;
		size_t n_members;
	} rows[] = {{"P-256", "ES256", 4}, {"Ed25519", "EdDSA", 3}, {"RSA-2048", "RS256", 3}};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(bg_json_free) json_t *key = key_of(rows[i].kind);
		BG_AUTO(bg_str_free) char *jwt = NULL;
		struct bg_dpop_proof in = params(key);
		json_t *header, *jwk;

		assert_row(rows[i].kind, bg_dpop_proof_make(&jwt, &in, NULL) == BELGO_OK);
		header = segment(jwt, 0);
		jwk = json_object_get(header, "jwk");
		assert_int_equal(json_object_size(header), 3);
		assert_string_equal(member(header, "typ"), "dpop+jwt");
		assert_string_equal(member(header, "alg"), rows[i].alg);
		assert_row(rows[i].kind, json_object_size(jwk) == rows[i].n_members);
		assert_null(json_object_get(jwk, "d"));
		assert_row(rows[i].kind, jose_is_signed(jose_key(rows[i].kind, 0), rows[i].alg, jwt));
		json_decref(header);
	}
}

/* @spec RFC 9449 section 4.2 */
static void
test_dpop__claims_bind_it_to_one_request(void **state)
{
	BG_AUTO(bg_json_free) json_t *key = key_of("P-256");
	BG_AUTO(bg_str_free) char *jwt = NULL;
	struct bg_dpop_proof in = params(key);
	json_t *claims;

	(void)state;
	assert_int_equal(bg_dpop_proof_make(&jwt, &in, NULL), BELGO_OK);
	claims = segment(jwt, 1);
	assert_int_equal(json_object_size(claims), 4);
	assert_string_equal(member(claims, "jti"), "j-1");
	assert_string_equal(member(claims, "htm"), "POST");
	assert_string_equal(member(claims, "htu"), URL);
	assert_int_equal(json_integer_value(json_object_get(claims, "iat")), NOW);
	json_decref(claims);
}

/* @spec RFC 9449 section 4.2 (ath, nonce), section 7.1 (the token of the example) */
static void
test_dpop__token_and_nonce_go_along_where_there_are_any(void **state)
{
	BG_AUTO(bg_json_free) json_t *key = key_of("P-256");
	BG_AUTO(bg_str_free) char *jwt = NULL;
	struct bg_dpop_proof in = params(key);
	json_t *claims;

	(void)state;
	in.access_token = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU";
	in.nonce = "eyJ7S_zG.eyJH0-Z.HX4w-7v";
	assert_int_equal(bg_dpop_proof_make(&jwt, &in, NULL), BELGO_OK);
	claims = segment(jwt, 1);
	assert_string_equal(member(claims, "ath"), "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo");
	assert_string_equal(member(claims, "nonce"), "eyJ7S_zG.eyJH0-Z.HX4w-7v");
	json_decref(claims);
}

/* @spec RFC 9449 section 4.2 (htu without query and fragment) */
static void
test_dpop__url_is_cut_after_its_path(void **state)
{
	static const struct {
		const char *url, *want; /* NULL: refused */
	} rows[] = {
	    {URL, URL},
	    {URL "?a=1&b=2", URL},
	    {URL "#x", URL},
	    {URL "?a=/b#c?d", URL},
	    {"http://127.0.0.1:1/", "http://127.0.0.1:1/"},
	    {"ftp://rs.example/", NULL},
	    {"https://u:p@rs.example/", NULL},
	    {"https://rs.example/a b", NULL},
	    {"/a", NULL},
	    {"", NULL},
	};
	BG_AUTO(bg_json_free) json_t *key = key_of("P-256");

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(bg_str_free) char *jwt = NULL;
		struct bg_dpop_proof in = params(key);
		json_t *claims;

		in.url = rows[i].url;
		assert_row(rows[i].url, bg_dpop_proof_make(&jwt, &in, NULL) ==
					    (rows[i].want != NULL ? BELGO_OK : BELGO_EINVAL));
		if (rows[i].want == NULL) {
			assert_null(jwt);
			continue;
		}
		claims = segment(jwt, 1);
		assert_string_equal(member(claims, "htu"), rows[i].want);
		json_decref(claims);
	}
}

static void
test_dpop__nothing_is_made_of_too_little(void **state)
{
	BG_AUTO(bg_json_free) json_t *key = key_of("P-256");
	BG_AUTO(bg_json_free) json_t *secret = NULL;
	struct bg_dpop_proof rows[8];
	char *jwt = NULL;

	(void)state;
	assert_int_equal(bg_secret_key(&secret, "0123456789abcdef0123456789abcdef"), BELGO_OK);
	for (size_t i = 0; i < BG_LEN(rows); i++)
		rows[i] = params(key);
	rows[0].key = NULL;
	rows[1].key = secret;
	rows[2].method = NULL;
	rows[3].method = "";
	rows[4].method = "GET /\r\nX: y";
	rows[5].url = NULL;
	rows[6].jti = NULL;
	rows[7].jti = "";
	for (size_t i = 0; i < BG_LEN(rows); i++)
		assert_int_equal(bg_dpop_proof_make(&jwt, &rows[i], NULL), BELGO_EINVAL);
	assert_null(jwt);
}

/* @spec RFC 9449 section 5.1 */
static void
test_dpop__algorithm_is_one_that_the_provider_takes(void **state)
{
	static char es256[] = "ES256", eddsa[] = "EdDSA", ps256[] = "PS256", none[] = "none";
	static char *both[] = {eddsa, es256, NULL}, *edwards[] = {ps256, eddsa, NULL},
		    *neither[] = {ps256, none, NULL};

	(void)state;
	assert_string_equal(bg_dpop_alg(NULL), "ES256");
	assert_string_equal(bg_dpop_alg(both), "ES256");
	assert_string_equal(bg_dpop_alg(edwards), "EdDSA");
	assert_null(bg_dpop_alg(neither));
}

/* E17. @spec RFC 9449 section 8.1 */
static void
test_dpop__nonce_is_taken_only_as_the_grammar_has_it(void **state)
{
	static char longest[BG_MAX_DPOP_NONCE + 1], too_long[BG_MAX_DPOP_NONCE + 2];
	const struct {
		const char *name, *value;
		int is_taken;
	} rows[] = {
	    {"plain", "eyJ7S_zG.eyJH0-Z.HX4w-7v", 1},
	    {"every kind of character", "!#[]~AZaz09", 1},
	    {"longest", longest, 1},
	    {"too long", too_long, 0},
	    {"empty", "", 0},
	    {"blank", "a b", 0},
	    {"line break", "a\r\nX: y", 0},
	    {"quotation mark", "a\"b", 0},
	    {"backslash", "a\\b", 0},
	    {"not ASCII", "a\xc3\xa9", 0},
	};

	(void)state;
	memset(longest, 'n', sizeof(longest) - 1);
	memset(too_long, 'n', sizeof(too_long) - 1);
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(belgo_http_response_done)
		struct belgo_http_response res = answer(200, JSON_TYPE, "{}");

		assert_null(bg_dpop_nonce(&res));
		answer_header(&res, "DPoP-Nonce", rows[i].value);
		assert_row(rows[i].name, (bg_dpop_nonce(&res) != NULL) == rows[i].is_taken);
	}
}

/* @spec RFC 9110 section 5.3 */
static void
test_dpop__of_two_nonces_neither_is_taken(void **state)
{
	BG_AUTO(belgo_http_response_done) struct belgo_http_response res = answer(200, JSON_TYPE, "{}");

	(void)state;
	answer_header(&res, "DPoP-Nonce", "first");
	assert_string_equal(bg_dpop_nonce(&res), "first");
	answer_header(&res, "dpop-nonce", "second");
	assert_null(bg_dpop_nonce(&res));
}

/* @spec RFC 9449 section 5, 8 */
static void
test_dpop__token_endpoint_complains_in_its_body(void **state)
{
	static const struct {
		const char *name, *body, *nonce;
		int status;
		enum bg_dpop_complaint want;
	} rows[] = {
	    {"nonce", JSON({"error" : "use_dpop_nonce"}), "n", 400, BG_DPOP_WANTS_NONCE},
	    {"nonce, 401", JSON({"error" : "use_dpop_nonce"}), "n", 401, BG_DPOP_WANTS_NONCE},
	    {"none given", JSON({"error" : "use_dpop_nonce"}), NULL, 400, BG_DPOP_FINE},
	    {"one that no proof carries", JSON({"error" : "use_dpop_nonce"}), "a b", 400, BG_DPOP_FINE},
	    {"proof", JSON({"error" : "invalid_dpop_proof"}), "n", 400, BG_DPOP_BAD_PROOF},
	    {"another error", JSON({"error" : "invalid_grant"}), "n", 400, BG_DPOP_FINE},
	    {"another kind", JSON({"error" : 1}), "n", 400, BG_DPOP_FINE},
	    {"no JSON", "use_dpop_nonce", "n", 400, BG_DPOP_FINE},
	    {"success", JSON({"error" : "use_dpop_nonce"}), "n", 200, BG_DPOP_FINE},
	    {"server error", JSON({"error" : "use_dpop_nonce"}), "n", 503, BG_DPOP_FINE},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(belgo_http_response_done)
		struct belgo_http_response res = answer(rows[i].status, JSON_TYPE, rows[i].body);
		enum bg_dpop_complaint found = BG_DPOP_BAD_PROOF;

		if (rows[i].nonce != NULL)
			answer_header(&res, "dpop-nonce", rows[i].nonce);
		assert_row(rows[i].name, bg_dpop_token_complaint(&found, &res) == BELGO_OK);
		assert_row(rows[i].name, found == rows[i].want);
	}
}

/* F14. @spec RFC 9449 section 7.1, 9 */
static void
test_dpop__resource_complains_in_its_challenge(void **state)
{
	static const struct {
		const char *name, *challenge;
		int status;
		enum bg_dpop_complaint want;
	} rows[] = {
	    {"nonce", "DPoP error=\"use_dpop_nonce\", error_description=\"x\"", 401, BG_DPOP_WANTS_NONCE},
	    {"scheme in another case", "dpop algs=\"ES256\", error=\"use_dpop_nonce\"", 401,
	     BG_DPOP_WANTS_NONCE},
	    {"behind a Bearer challenge", "Bearer error=\"invalid_token\", DPoP error=\"use_dpop_nonce\"",
	     401, BG_DPOP_WANTS_NONCE},
	    {"proof", "DPoP error=\"invalid_dpop_proof\"", 401, BG_DPOP_BAD_PROOF},
	    {"of Bearer alone", "Bearer error=\"use_dpop_nonce\"", 401, BG_DPOP_FINE},
	    {"token", "DPoP error=\"invalid_token\"", 401, BG_DPOP_FINE},
	    {"no challenge", "", 401, BG_DPOP_FINE},
	    {"forbidden", "DPoP error=\"use_dpop_nonce\"", 403, BG_DPOP_FINE},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(belgo_http_response_done)
		struct belgo_http_response res = answer(rows[i].status, JSON_TYPE, "{}");
		enum bg_dpop_complaint found = BG_DPOP_BAD_PROOF;

		answer_header(&res, "WWW-Authenticate", rows[i].challenge);
		answer_header(&res, "DPoP-Nonce", "n");
		assert_row(rows[i].name, bg_dpop_resource_complaint(&found, &res) == BELGO_OK);
		assert_row(rows[i].name, found == rows[i].want);
	}
}

/* By keys of both kinds: one is signed with cjose, the other with libcrypto. */
static belgo_rc
all_of_it(void *arg)
{
	BG_AUTO(bg_str_free) char *jwt = NULL;
	struct bg_dpop_proof in = params(arg);

	in.access_token = "at";
	in.nonce = "n";
	return bg_dpop_proof_make(&jwt, &in, NULL);
}

static belgo_rc
token_complaint(const struct belgo_http_response *res)
{
	enum bg_dpop_complaint found;

	return bg_dpop_token_complaint(&found, res);
}

static belgo_rc
resource_complaint(const struct belgo_http_response *res)
{
	enum bg_dpop_complaint found;

	return bg_dpop_resource_complaint(&found, res);
}

static void
test_dpop__reports_lack_of_memory(void **state)
{
	BG_AUTO(bg_json_free) json_t *edwards = key_of("Ed25519");
	BG_AUTO(bg_json_free) json_t *key = key_of("P-256");
	BG_AUTO(belgo_http_response_done)
	struct belgo_http_response res = answer(401, JSON_TYPE, "{\"error\":\"x\"}");

	(void)state;
	answer_header(&res, "WWW-Authenticate", "DPoP error=\"use_dpop_nonce\"");
	FAILALLOC_EACH_TOLERANT(all_of_it(edwards)); /* the JSON gate asks twice for memory */
	FAILALLOC_EACH_TOLERANT(all_of_it(key));
	FAILALLOC_EACH(resource_complaint(&res));
	FAILALLOC_EACH_TOLERANT(token_complaint(&res)); /* a body that jansson cannot read is no complaint */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_dpop__header_has_the_public_half_and_nothing_else_of_the_key),
	    cmocka_unit_test(test_dpop__claims_bind_it_to_one_request),
	    cmocka_unit_test(test_dpop__token_and_nonce_go_along_where_there_are_any),
	    cmocka_unit_test(test_dpop__url_is_cut_after_its_path),
	    cmocka_unit_test(test_dpop__nothing_is_made_of_too_little),
	    cmocka_unit_test(test_dpop__algorithm_is_one_that_the_provider_takes),
	    cmocka_unit_test(test_dpop__nonce_is_taken_only_as_the_grammar_has_it),
	    cmocka_unit_test(test_dpop__of_two_nonces_neither_is_taken),
	    cmocka_unit_test(test_dpop__token_endpoint_complains_in_its_body),
	    cmocka_unit_test(test_dpop__resource_complains_in_its_challenge),
	    cmocka_unit_test(test_dpop__reports_lack_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
