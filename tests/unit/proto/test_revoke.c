/* Revocation: row V01 of the hostile list. */
#include "base/mem.h"
#include "harness/failalloc.h"
#include "proto/revoke.h"
#include "unit/proto/answer.h"

static const struct belgo_provider plain = {.hooks = &bg_hooks_none};
static const struct bg_revoke params = {
    .provider = &plain,
    .endpoint = "https://op.example/revoke",
    .auth = {.method = BG_AUTH_NONE, .client_id = "app", .client_secret = NULL},
    .token = "r t",
    .token_type_hint = "refresh_token",
};

/* @spec RFC 7009 section 2.1 */
static void
test_revoke__request_names_token_hint_and_client(void **state)
{
	BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};
	BG_AUTO(belgo_http_request_done) struct belgo_http_request basic = {0};
	struct bg_revoke in = params;

	(void)state;
	assert_int_equal(bg_revoke_request(&req, &in, NULL), BELGO_OK);
	assert_string_equal(req.method, "POST");
	assert_string_equal(req.url, "https://op.example/revoke");
	assert_string_equal(req.what, "revocation endpoint");
	assert_string_equal(req.body, "token=r+t&token_type_hint=refresh_token&client_id=app");
	assert_null(sent_header(&req, "Authorization"));
	in.auth = (struct bg_client_auth){.method = BG_AUTH_BASIC, .client_id = "app", .client_secret = "pw"};
	in.token_type_hint = NULL;
	assert_int_equal(bg_revoke_request(&basic, &in, NULL), BELGO_OK);
	assert_string_equal(basic.body, "token=r+t");
	assert_string_equal(sent_header(&basic, "Authorization"), "Basic YXBwOnB3");
}

static void
test_revoke__request_wants_an_endpoint_and_a_client(void **state)
{
	struct belgo_http_request req = {0};
	struct bg_revoke in = params;

	(void)state;
	in.endpoint = NULL;
	assert_int_equal(bg_revoke_request(&req, &in, NULL), BELGO_EPROTO);
	in = params;
	in.auth.client_id = NULL;
	assert_int_equal(bg_revoke_request(&req, &in, NULL), BELGO_EINVAL);
	assert_null(req.url);
}

/* @spec RFC 7009 section 2.2, 2.2.1 */
static void
test_revoke__a_token_that_is_gone_is_revoked(void **state)
{
	static const struct {
		const char *name;
		int status;
		const char *type, *body;
		belgo_rc want;
	} rows[] = {
	    {"V01 200", 200, NULL, "", BELGO_OK},
	    {"200 with any body", 200, "text/plain", "bye", BELGO_OK},
	    {"V01 400 invalid_token", 400, JSON_TYPE, "{\"error\":\"invalid_token\"}", BELGO_OK},
	    {"401 invalid_token", 401, JSON_TYPE, "{\"error\":\"invalid_token\"}", BELGO_EDENIED},
	    {"400 invalid_request", 400, JSON_TYPE, "{\"error\":\"invalid_request\"}", BELGO_EDENIED},
	    {"400 in another type", 400, "text/plain", "{\"error\":\"invalid_token\"}", BELGO_EDENIED},
	    {"401 invalid_client", 401, JSON_TYPE, "{\"error\":\"invalid_client\"}", BELGO_EDENIED},
	    {"V01 404", 404, NULL, "", BELGO_EDENIED},
	    {"V01 503", 503, NULL, "", BELGO_EUNAVAILABLE},
	    {"429", 429, NULL, "", BELGO_EUNAVAILABLE},
	    {"302", 302, NULL, "", BELGO_EPROTO},
	    {"202", 202, NULL, "", BELGO_EPROTO},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(belgo_http_response_done)
		struct belgo_http_response res = answer(rows[i].status, rows[i].type, rows[i].body);
		struct belgo_error err = {0}, kept = {.rc = BELGO_EIO};

		assert_row(rows[i].name, bg_revoke_response(&plain, &res, NULL, &err) == rows[i].want);
		assert_row(rows[i].name, err.rc == rows[i].want);
		assert_row(rows[i].name, err.http_status == (rows[i].want == BELGO_OK ? 0 : rows[i].status));
		assert_row(rows[i].name, bg_revoke_response(&plain, &res, NULL, &kept) == rows[i].want);
		assert_row(rows[i].name, kept.rc == BELGO_EIO && kept.oauth_error[0] == '\0');
	}
}

/* E18 */
static void
test_revoke__refusal_echoes_no_secret(void **state)
{
	static const char *const secrets[] = {"r t 1", NULL};
	BG_AUTO(belgo_http_response_done)
	struct belgo_http_response res =
	    answer(400, JSON_TYPE, "{\"error\":\"x\",\"error_description\":\"unknown: r t 1\"}");
	struct belgo_error err = {0};

	(void)state;
	assert_int_equal(bg_revoke_response(&plain, &res, secrets, &err), BELGO_EDENIED);
	assert_string_equal(err.oauth_error_description, "unknown: [...]");
}

static belgo_rc
request(void)
{
	BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};

	return bg_revoke_request(&req, &params, NULL);
}

static void
test_revoke__reports_lack_of_memory(void **state)
{
	BG_AUTO(belgo_http_response_done)
	struct belgo_http_response res = answer(400, JSON_TYPE, "{\"error\":\"invalid_token\"}");

	(void)state;
	FAILALLOC_EACH(request());
	FAILALLOC_EACH(bg_revoke_response(&plain, &res, NULL, NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_revoke__request_names_token_hint_and_client),
	    cmocka_unit_test(test_revoke__request_wants_an_endpoint_and_a_client),
	    cmocka_unit_test(test_revoke__a_token_that_is_gone_is_revoked),
	    cmocka_unit_test(test_revoke__refusal_echoes_no_secret),
	    cmocka_unit_test(test_revoke__reports_lack_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
