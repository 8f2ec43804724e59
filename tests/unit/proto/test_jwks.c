/* Fetching a key set. */
#include "base/limits.h"
#include "base/mem.h"
#include "harness/failalloc.h"
#include "proto/jwks.h"
#include "unit/proto/answer.h"

#define URI "https://op.example/keys"
#define SET "{\"keys\":[{\"kty\":\"EC\",\"kid\":\"k1\"}]}"

/* @spec RFC 7517 section 8.5.2; RFC 9110 section 13.1.2 */
static void
test_jwks__request_asks_for_json_and_validates_what_it_kept(void **state)
{
	static const struct {
		const char *name, *etag, *sent;
	} rows[] = {
	    {"none kept", NULL, NULL},
	    {"kept", "W/\"abc\"", "W/\"abc\""},
	    {"empty", "", NULL},
	    {"would break its line", "a\r\nX: y", NULL},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};

		assert_row(rows[i].name, bg_jwks_request(&req, URI, rows[i].etag, NULL) == BELGO_OK);
		assert_string_equal(req.method, "GET");
		assert_string_equal(req.url, URI);
		assert_string_equal(sent_header(&req, "Accept"),
				    "application/json, application/jwk-set+json");
		assert_row(rows[i].name, bg_str_equal(sent_header(&req, "If-None-Match"), rows[i].sent));
		assert_int_equal(req.max_body, BG_MAX_JWKS);
		assert_int_equal(req.timeout_ms, BG_TIMEOUT_METADATA_MS);
		assert_null(req.body);
	}
}

static void
test_jwks__request_wants_an_address(void **state)
{
	struct belgo_http_request req = {0};

	(void)state;
	assert_int_equal(bg_jwks_request(&req, NULL, NULL, NULL), BELGO_EPROTO);
	assert_null(req.url);
}

/* K12, E03. @spec OpenID Connect Discovery 1.0 section 3 */
static void
test_jwks__response_is_a_set_with_200_and_its_type(void **state)
{
	static const struct {
		const char *name;
		int status;
		const char *type, *body;
		belgo_rc want;
	} rows[] = {
	    {"json", 200, JSON_TYPE, SET, BELGO_OK},
	    {"jwk-set+json", 200, "application/jwk-set+json", SET, BELGO_OK},
	    {"E03 text", 200, "text/plain", SET, BELGO_EPROTO},
	    {"E03 none", 200, NULL, SET, BELGO_EPROTO},
	    {"K12 500", 500, JSON_TYPE, SET, BELGO_EUNAVAILABLE},
	    {"K12 429", 429, JSON_TYPE, SET, BELGO_EUNAVAILABLE},
	    {"K12 redirect", 302, JSON_TYPE, SET, BELGO_EPROTO},
	    {"K12 404", 404, JSON_TYPE, SET, BELGO_EPROTO},
	    {"203", 203, JSON_TYPE, SET, BELGO_EPROTO},
	    {"K11 no set", 200, JSON_TYPE, "{\"keys\":null}", BELGO_EPROTO},
	    {"K11 array", 200, JSON_TYPE, "[]", BELGO_EPROTO},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(belgo_http_response_done)
		struct belgo_http_response res = answer(rows[i].status, rows[i].type, rows[i].body);
		BG_AUTO(bg_jwks_free) struct bg_jwks *set = NULL;
		struct belgo_error err = {0};

		assert_row(rows[i].name, bg_jwks_response(&set, &res, &err) == rows[i].want);
		assert_row(rows[i].name, err.rc == rows[i].want);
		assert_row(rows[i].name, (set != NULL) == (rows[i].want == BELGO_OK));
		if (set != NULL)
			assert_row(rows[i].name, bg_jwks_has_kid(set, "k1"));
	}
}

static belgo_rc
request(void)
{
	BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};

	return bg_jwks_request(&req, URI, "\"e\"", NULL);
}

static belgo_rc
respond(const struct belgo_http_response *res)
{
	BG_AUTO(bg_jwks_free) struct bg_jwks *set = NULL;

	return bg_jwks_response(&set, res, NULL);
}

static void
test_jwks__reports_lack_of_memory(void **state)
{
	BG_AUTO(belgo_http_response_done) struct belgo_http_response res = answer(200, JSON_TYPE, SET);

	(void)state;
	FAILALLOC_EACH(request());
	FAILALLOC_EACH(respond(&res));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_jwks__request_asks_for_json_and_validates_what_it_kept),
	    cmocka_unit_test(test_jwks__request_wants_an_address),
	    cmocka_unit_test(test_jwks__response_is_a_set_with_200_and_its_type),
	    cmocka_unit_test(test_jwks__reports_lack_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
