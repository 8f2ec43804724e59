/* Introspection: row I01 of the hostile list. */
#include "base/mem.h"
#include "harness/failalloc.h"
#include "proto/introspect.h"
#include "unit/proto/answer.h"

#define TOKEN "the-token"

static const struct belgo_provider plain = {.hooks = &bg_hooks_none};
static const struct bg_metadata metadata = {.endpoints.introspection =
						(char *)(uintptr_t) "https://op.example/introspect"};
static const struct bg_introspect params = {
    .metadata = &metadata,
    .auth = {.method = BG_AUTH_NONE, .client_id = "app"},
    .token = "r t",
    .token_type_hint = "refresh_token",
};
static const char *const secrets[] = {TOKEN, NULL};

/* @spec RFC 7662 section 2.1 */
static void
test_introspect__request_names_token_hint_and_client(void **state)
{
	BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};
	BG_AUTO(belgo_http_request_done) struct belgo_http_request basic = {0};
	struct bg_introspect in = params;

	(void)state;
	assert_int_equal(bg_introspect_request(&req, &in, NULL), BELGO_OK);
	assert_string_equal(req.method, "POST");
	assert_string_equal(req.url, "https://op.example/introspect");
	assert_string_equal(req.body, "token=r+t&token_type_hint=refresh_token&client_id=app");
	assert_string_equal(sent_header(&req, "Accept"), "application/json");
	assert_null(sent_header(&req, "Authorization"));
	in.auth = (struct bg_client_auth){.method = BG_AUTH_BASIC, .client_id = "app", .client_secret = "pw"};
	assert_int_equal(bg_introspect_request(&basic, &in, NULL), BELGO_OK);
	assert_string_equal(basic.body, "token=r+t&token_type_hint=refresh_token");
	assert_string_equal(sent_header(&basic, "Authorization"), "Basic YXBwOnB3");
}

/* @spec RFC 9701 section 4 */
static void
test_introspect__signed_answer_is_asked_for_where_there_are_any(void **state)
{
	static char *algs[] = {(char *)(uintptr_t) "RS256", NULL};
	BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};
	struct bg_metadata m = metadata;
	struct bg_introspect in = params;

	(void)state;
	m.introspection_signing_alg_values_supported = algs;
	in.metadata = &m;
	assert_int_equal(bg_introspect_request(&req, &in, NULL), BELGO_OK);
	assert_string_equal(sent_header(&req, "Accept"),
			    "application/token-introspection+jwt, application/json;q=0.9");
	assert_ptr_equal(bg_introspect_signed(&plain, &m, "app", NULL).algs, algs);
}

static void
test_introspect__request_wants_an_endpoint_and_a_client(void **state)
{
	static const struct bg_metadata without = {0};
	struct belgo_http_request req = {0};
	struct bg_introspect in = params;

	(void)state;
	in.metadata = &without;
	assert_int_equal(bg_introspect_request(&req, &in, NULL), BELGO_EPROTO);
	in = params;
	in.auth.client_id = NULL;
	assert_int_equal(bg_introspect_request(&req, &in, NULL), BELGO_EINVAL);
	assert_null(req.url);
}

/* @spec RFC 7662 section 2.2, 2.3 */
static void
test_introspect__answer_says_active_or_not_and_nothing_else_will_do(void **state)
{
	static const struct {
		const char *name;
		int status;
		const char *type, *body;
		belgo_rc want;
	} rows[] = {
	    {"active", 200, JSON_TYPE, "{\"active\":true,\"scope\":\"a b\",\"exp\":1.5e9,\"aud\":[\"x\"]}",
	     BELGO_OK},
	    {"one audience", 200, JSON_TYPE, "{\"active\":true,\"aud\":\"x\",\"own\":{\"a\":[1]}}", BELGO_OK},
	    {"not active", 200, JSON_TYPE, "{\"active\":false}", BELGO_OK},
	    {"I01 active is a string", 200, JSON_TYPE, "{\"active\":\"true\"}", BELGO_EPROTO},
	    {"I01 active is a number", 200, JSON_TYPE, "{\"active\":1}", BELGO_EPROTO},
	    {"I01 active is null", 200, JSON_TYPE, "{\"active\":null}", BELGO_EPROTO},
	    {"I01 active is missing", 200, JSON_TYPE, "{\"scope\":\"a\"}", BELGO_EPROTO},
	    {"I01 active twice", 200, JSON_TYPE, "{\"active\":false,\"active\":true}", BELGO_EPROTO},
	    {"scope is a list", 200, JSON_TYPE, "{\"active\":true,\"scope\":[\"a\"]}", BELGO_EPROTO},
	    {"sub is a number", 200, JSON_TYPE, "{\"active\":true,\"sub\":1}", BELGO_EPROTO},
	    {"exp is a string", 200, JSON_TYPE, "{\"active\":true,\"exp\":\"1\"}", BELGO_EPROTO},
	    {"aud is a list of numbers", 200, JSON_TYPE, "{\"active\":true,\"aud\":[1]}", BELGO_EPROTO},
	    {"a list", 200, JSON_TYPE, "[{\"active\":true}]", BELGO_EPROTO},
	    {"another type", 200, "text/html", "{\"active\":true}", BELGO_EPROTO},
	    {"201", 201, JSON_TYPE, "{\"active\":true}", BELGO_EPROTO},
	    {"302", 302, JSON_TYPE, "{\"active\":true}", BELGO_EPROTO},
	    {"401", 401, JSON_TYPE, "{\"error\":\"invalid_client\"}", BELGO_EDENIED},
	    {"400 although it says active", 400, JSON_TYPE, "{\"active\":true}", BELGO_EDENIED},
	    {"503", 503, JSON_TYPE, "{\"active\":true}", BELGO_EUNAVAILABLE},
	    {"429", 429, NULL, "", BELGO_EUNAVAILABLE},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(belgo_http_response_done)
		struct belgo_http_response res = answer(rows[i].status, rows[i].type, rows[i].body);
		BG_AUTO(bg_json_free) json_t *found = NULL;
		struct belgo_error err = {0};

		assert_row(rows[i].name,
			   bg_introspect_response(&found, &plain, &res, secrets, &err) == rows[i].want);
		assert_row(rows[i].name, err.rc == rows[i].want);
		assert_row(rows[i].name, (found != NULL) == (rows[i].want == BELGO_OK));
	}
}

/* E18 */
static void
test_introspect__token_is_cut_out_wherever_it_is_repeated(void **state)
{
	BG_AUTO(belgo_http_response_done)
	struct belgo_http_response res =
	    answer(200, JSON_TYPE,
		   "{\"active\":true,\"token\":\"" TOKEN "\",\"own\":[{\"t\":\"x" TOKEN
		   "\",\"a\":1},\"y\"],\"<" TOKEN ">\":1}");
	BG_AUTO(belgo_http_response_done)
	struct belgo_http_response refused =
	    answer(400, JSON_TYPE, "{\"error\":\"x\",\"error_description\":\"unknown: " TOKEN "\"}");
	BG_AUTO(bg_json_free) json_t *found = NULL;
	BG_AUTO(bg_str_free) char *text = NULL;
	struct belgo_error err = {0};

	(void)state;
	assert_int_equal(bg_introspect_response(&found, &plain, &res, secrets, NULL), BELGO_OK);
	assert_int_equal(bg_introspect_cut(found, TOKEN, NULL), BELGO_OK);
	assert_int_equal(bg_json_dump(&text, found), BELGO_OK);
	assert_string_equal(
	    text, "{\"active\":true,\"token\":\"[...]\",\"own\":[{\"t\":\"[...]\",\"a\":1},\"y\"]}");
	bg_json_free(&found);
	assert_int_equal(bg_introspect_response(&found, &plain, &refused, secrets, &err), BELGO_EDENIED);
	assert_string_equal(err.oauth_error_description, "unknown: [...]");
}

/* @spec RFC 9701 section 5 */
static void
test_introspect__signed_answer_lies_within_its_claim(void **state)
{
	static const struct {
		const char *claims, *want;
	} rows[] = {
	    {"{\"active\":false,\"token_introspection\":{\"active\":true,\"x\":1}}",
	     "{\"active\":true,\"x\":1}"},
	    {"{\"active\":true}", NULL},
	    {"{\"token_introspection\":true}", NULL},
	    {"{\"token_introspection\":{\"active\":\"true\"}}", NULL},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(bg_json_free) json_t *claims = json_loads(rows[i].claims, 0, NULL), *found = NULL;
		BG_AUTO(bg_str_free) char *text = NULL;
		belgo_rc rc = bg_introspect_claims(&found, claims, NULL);

		assert_row(rows[i].claims, rc == (rows[i].want != NULL ? BELGO_OK : BELGO_EPROTO));
		assert_row(rows[i].claims, (found != NULL) == (rows[i].want != NULL));
		if (found != NULL)
			assert_int_equal(bg_json_dump(&text, found), BELGO_OK);
		assert_row(rows[i].claims, bg_str_equal(text, rows[i].want));
	}
}

static belgo_rc
request(void)
{
	BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};

	return bg_introspect_request(&req, &params, NULL);
}

static belgo_rc
response(const struct belgo_http_response *res)
{
	BG_AUTO(bg_json_free) json_t *found = NULL;

	return bg_introspect_response(&found, &plain, res, secrets, NULL);
}

static void
test_introspect__reports_lack_of_memory(void **state)
{
	BG_AUTO(belgo_http_response_done)
	struct belgo_http_response res = answer(200, JSON_TYPE, "{\"active\":true,\"x\":\"" TOKEN "\"}");

	(void)state;
	FAILALLOC_EACH(request());
	FAILALLOC_EACH(response(&res));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_introspect__request_names_token_hint_and_client),
	    cmocka_unit_test(test_introspect__signed_answer_is_asked_for_where_there_are_any),
	    cmocka_unit_test(test_introspect__request_wants_an_endpoint_and_a_client),
	    cmocka_unit_test(test_introspect__answer_says_active_or_not_and_nothing_else_will_do),
	    cmocka_unit_test(test_introspect__token_is_cut_out_wherever_it_is_repeated),
	    cmocka_unit_test(test_introspect__signed_answer_lies_within_its_claim),
	    cmocka_unit_test(test_introspect__reports_lack_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
