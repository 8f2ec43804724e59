/* Rich authorization requests: the form of what is asked for and of what was granted. */
#include "base/mem.h"
#include "harness/failalloc.h"
#include "proto/authorize.h"
#include "proto/details.h"
#include "proto/token.h"
#include "unit/proto/answer.h"

#define ONE "[{\"type\":\"a\",\"actions\":[\"read\"]}]"

static char issuer[] = "https://op.example", type_a[] = "a", type_b[] = "b";
static char *known[] = {type_a, type_b, NULL};
static const struct belgo_provider plain = {.issuer = issuer, .hooks = &bg_hooks_none};
static const struct bg_metadata silent = {.issuer = issuer};
static const struct bg_metadata listing = {.issuer = issuer, .authorization_details_types_supported = known};

/* @spec RFC 9396 section 2, section 10 */
static void
test_details__what_is_asked_for_is_an_array_of_known_types(void **state)
{
	static const struct {
		const char *text;
		const struct bg_metadata *metadata;
		belgo_rc want;
	} rows[] = {
	    {NULL, &listing, BELGO_OK},
	    {ONE, &silent, BELGO_OK},
	    {ONE, &listing, BELGO_OK},
	    {" \n[{\"type\":\"a\"},{\"type\":\"b\",\"x\":{\"y\":[1]}}]\n", &listing, BELGO_OK},
	    {"[{\"type\":\"c\"}]", &silent, BELGO_OK},
	    {"[{\"type\":\"c\"}]", &listing, BELGO_EINVAL},
	    {"[{\"type\":\"a\"},{\"type\":\"A\"}]", &listing, BELGO_EINVAL},
	    {"", &silent, BELGO_EINVAL},
	    {"[]", &silent, BELGO_EINVAL},
	    {"null", &silent, BELGO_EINVAL},
	    {"{\"type\":\"a\"}", &silent, BELGO_EINVAL},
	    {"[\"a\"]", &silent, BELGO_EINVAL},
	    {"[[{\"type\":\"a\"}]]", &silent, BELGO_EINVAL},
	    {"[{}]", &silent, BELGO_EINVAL},
	    {"[{\"type\":\"\"}]", &silent, BELGO_EINVAL},
	    {"[{\"type\":1}]", &silent, BELGO_EINVAL},
	    {"[{\"type\":null}]", &silent, BELGO_EINVAL},
	    {"[{\"type\":\"a\",\"type\":\"b\"}]", &silent, BELGO_EINVAL},
	    {ONE ",\"scope\":\"all\"", &silent, BELGO_EINVAL},
	    {ONE "}", &silent, BELGO_EINVAL},
	    {ONE " " ONE, &silent, BELGO_EINVAL},
	    {"[{\"type\":\"a\"}", &silent, BELGO_EINVAL},
	    {"[{\"type\":\"\xff\"}]", &silent, BELGO_EINVAL},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct belgo_error err = {0};

		assert_row(rows[i].text,
			   bg_details_check(rows[i].text, rows[i].metadata, &err) == rows[i].want);
		assert_row(rows[i].text, err.rc == rows[i].want);
	}
}

static void
test_details__stand_in_the_request_and_nowhere_twice(void **state)
{
	static const struct belgo_param extra = {"authorization_details", ONE};
	static char endpoint[] = "https://op.example/authorize";
	static const struct bg_metadata metadata = {.issuer = issuer,
						    .endpoints = {.authorization = endpoint}};
	BG_AUTO(bg_str_free) char *url = NULL;
	struct bg_authorize in = {.provider = &plain,
				  .metadata = &metadata,
				  .client_id = "app",
				  .redirect_uri = "http://127.0.0.1:1/callback",
				  .state = "s",
				  .code_verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
				  .max_age = -1,
				  .authorization_details = "[{\"type\":\"a\"}]"};

	(void)state;
	assert_int_equal(bg_authorize_url(&url, &in, NULL), BELGO_OK);
	assert_non_null(strstr(url, "authorization_details=%5B%7B%22type%22%3A%22a%22%7D%5D"));
	in.extra = &extra;
	in.n_extra = 1;
	bg_str_free(&url);
	assert_int_equal(bg_authorize_url(&url, &in, NULL), BELGO_EINVAL);
	assert_null(url);
}

static belgo_rc
read_reply(char **out, const char *member)
{
	BG_AUTO(bg_str_free)
	char *body = bg_strf("{\"access_token\":\"at\",\"token_type\":\"Bearer\"%s}", member);
	BG_AUTO(belgo_http_response_done) struct belgo_http_response res = answer(200, JSON_TYPE, body);
	BG_AUTO(belgo_token_free) struct belgo_token *token = NULL;
	struct belgo_error err = {0};
	belgo_rc rc =
	    bg_token_response(&token, &plain, BG_GRANT_CODE, BG_TOKEN_BEARER, &res, RECEIVED_AT, NULL, &err);

	assert_int_equal(err.rc, rc);
	if (rc == BELGO_OK)
		*out = BG_TAKE(token->authorization_details);
	return rc;
}

/* @spec RFC 9396 section 7 */
static void
test_details__what_was_granted_is_kept_as_it_came(void **state)
{
	static const struct {
		const char *member;
		const char *want;
	} rows[] = {
	    {"", NULL},
	    {",\"authorization_details\":" ONE, ONE},
	    {",\"authorization_details\": [ { \"type\" : \"other\" } ]", "[{\"type\":\"other\"}]"},
	    {",\"authorization_details\":[]", "[]"},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(bg_str_free) char *got = NULL;

		assert_row(rows[i].member, read_reply(&got, rows[i].member) == BELGO_OK);
		assert_row(rows[i].member, bg_str_equal(got, rows[i].want));
	}
}

static void
test_details__a_malformed_grant_is_refused(void **state)
{
	static const char *const rows[] = {"null",           "{}",    "\"a\"", "[\"a\"]", "[{}]",
					   "[{\"type\":7}]", "[null]"};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(bg_str_free) char *member = bg_strf(",\"authorization_details\":%s", rows[i]);
		char *got = NULL;

		assert_row(rows[i], read_reply(&got, member) == BELGO_EPROTO);
		assert_null(got);
	}
}

static void
test_details__a_grant_has_a_ceiling(void **state)
{
	static const struct {
		int len;
		belgo_rc want;
	} rows[] = {{64 * 1024 - 20, BELGO_OK}, {64 * 1024, BELGO_EPROTO}};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(bg_str_free)
		char *member = bg_strf(",\"authorization_details\":[{\"type\":\"%0*d\"}]", rows[i].len, 0);
		BG_AUTO(bg_str_free) char *got = NULL;

		assert_int_equal(read_reply(&got, member), rows[i].want);
	}
}

/* A refresh that says nothing of them leaves what was granted; one that does replaces it. */
static void
test_details__outlive_a_refresh(void **state)
{
	static const struct {
		const char *fresh;
		const char *want;
	} rows[] = {{NULL, "[1]"}, {"[2]", "[2]"}};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		char old_details[] = "[1]", at[] = "at";
		const struct belgo_token old = {.access_token = at, .authorization_details = old_details};
		BG_AUTO(belgo_token_free) struct belgo_token *fresh = bg_calloc(1, sizeof(*fresh));

		assert_non_null(fresh);
		assert_int_equal(bg_str_set(&fresh->authorization_details, rows[i].fresh), BELGO_OK);
		assert_int_equal(bg_token_merge(fresh, &old), BELGO_OK);
		assert_string_equal(fresh->authorization_details, rows[i].want);
	}
}

static void
test_details__reports_lack_of_memory(void **state)
{
	(void)state;
	FAILALLOC_EACH_TOLERANT(bg_details_check("[{\"type\":\"a\"}]", &listing, NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_details__what_is_asked_for_is_an_array_of_known_types),
	    cmocka_unit_test(test_details__stand_in_the_request_and_nowhere_twice),
	    cmocka_unit_test(test_details__what_was_granted_is_kept_as_it_came),
	    cmocka_unit_test(test_details__a_malformed_grant_is_refused),
	    cmocka_unit_test(test_details__a_grant_has_a_ceiling),
	    cmocka_unit_test(test_details__outlive_a_refresh),
	    cmocka_unit_test(test_details__reports_lack_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
