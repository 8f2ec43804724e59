/* The github preset and strategy: what its documents say it answers, and beside it what stays forbidden. */
#include "base/mem.h"
#include "harness/test.h"
#include "proto/device.h"
#include "proto/userinfo.h"
#include "unit/proto/answer.h"

#include <belgoauth/provider.h>

static const struct belgo_provider *
github(void)
{
	const struct belgo_provider *p = belgo_provider_builtin("github");

	assert_non_null(p);
	return p;
}

static void
test_github__is_signed_in_to_by_device_and_without_a_secret(void **state)
{
	BG_AUTO(bg_metadata_free) struct bg_metadata *m = NULL;

	(void)state;
	assert_true(belgo_provider_prefers_device(github()));
	assert_false(belgo_provider_prefers_device(belgo_provider_builtin("google")));
	assert_string_equal(belgo_provider_client_secret(github()), "none");
	assert_int_equal(bg_metadata_manual(&m, github(), NULL), BELGO_OK);
	assert_int_equal(bg_metadata_check_device(m, github(), NULL), BELGO_OK);
	assert_string_equal(m->endpoints.device_authorization, "https://github.com/login/device/code");
}

/* The strategy is tied to its host, and another provider's commas stay what they are. */
static void
test_github__strategy_serves_no_other_host(void **state)
{
	static const char preset[] =
	    "{\"id\":\"x\",\"issuer\":\"https://github.example\",\"strategy\":\"github\"}";
	struct belgo_provider *p = NULL;
	struct belgo_error err = {0};

	(void)state;
	assert_int_equal(belgo_provider_from_json(&p, preset, strlen(preset), "x.json", &err), BELGO_EINVAL);
	assert_non_null(strstr(err.text, "strategy"));
	assert_null(p);
}

static void
test_github__commas_between_scopes_become_blanks(void **state)
{
	static const struct {
		const char *name, *scope, *want;
	} rows[] = {
	    {"two", "\"read:user,user:email\"", "read:user user:email"},
	    {"one", "\"read:user\"", "read:user"},
	    {"none", "\"\"", NULL},
	    {"absent", "null", NULL},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(bg_str_free)
		char *body = bg_strf("{\"access_token\":\"gho_x\",\"token_type\":\"bearer\",\"scope\":%s}",
				     rows[i].scope);
		BG_AUTO(belgo_http_response_done)
		struct belgo_http_response res = answer(200, "application/json; charset=utf-8", body);
		BG_AUTO(belgo_token_free) struct belgo_token *t = NULL;
		int64_t interval = 5;

		assert_row(rows[i].name, bg_device_token_response(&t, &interval, github(), BG_TOKEN_BEARER,
								  &res, RECEIVED_AT, NULL, NULL) == BELGO_OK);
		assert_row(rows[i].name, bg_str_equal(t->scope, rows[i].want));
		assert_row(rows[i].name, t->expires_at == 0 && t->refresh_token == NULL);
	}
}

/* D05: every error comes with HTTP 200 */
static void
test_github__errors_come_with_200(void **state)
{
	static const struct {
		const char *body;
		belgo_rc want;
		int64_t interval;
	} rows[] = {
	    {"{\"error\":\"authorization_pending\",\"error_description\":\"...\"}", BELGO_OK, 5},
	    {"{\"error\":\"slow_down\",\"interval\":10}", BELGO_OK, 10},
	    {"{\"error\":\"expired_token\"}", BELGO_ETIMEDOUT, 5},
	    {"{\"error\":\"access_denied\"}", BELGO_ECANCELLED, 5},
	    {"{\"error\":\"incorrect_device_code\"}", BELGO_EDENIED, 5},
	    {"{\"error\":\"incorrect_client_credentials\"}", BELGO_EDENIED, 5},
	    {"{\"error\":\"slow_down\",\"access_token\":\"x\",\"token_type\":\"bearer\"}", BELGO_OK, 10},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(belgo_http_response_done)
		struct belgo_http_response res = answer(200, JSON_TYPE, rows[i].body);
		struct belgo_token *t = NULL;
		int64_t interval = 5;

		assert_row(rows[i].body,
			   bg_device_token_response(&t, &interval, github(), BG_TOKEN_BEARER, &res,
						    RECEIVED_AT, NULL, NULL) == rows[i].want);
		assert_row(rows[i].body, t == NULL && interval == rows[i].interval);
	}
}

static void
test_github__user_is_known_by_a_number(void **state)
{
	static const struct {
		const char *name, *body, *subject; /* NULL: refused */
	} rows[] = {
	    {"a number", "{\"login\":\"ada\",\"id\":583231,\"name\":\"Ada\",\"email\":null}", "583231"},
	    {"a fraction", "{\"login\":\"ada\",\"id\":5.5}", NULL},
	    {"none", "{\"login\":\"ada\"}", NULL},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(bg_json_free) json_t *claims = json_loads(rows[i].body, 0, NULL);
		BG_AUTO(bg_profile_done) struct bg_profile profile = {0};

		assert_row(rows[i].name, bg_profile_map(&profile, github(), claims, NULL) ==
					     (rows[i].subject != NULL ? BELGO_OK : BELGO_ECLAIM));
		assert_row(rows[i].name, bg_str_equal(profile.subject, rows[i].subject));
		assert_row(rows[i].name, profile.email == NULL);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_github__is_signed_in_to_by_device_and_without_a_secret),
	    cmocka_unit_test(test_github__strategy_serves_no_other_host),
	    cmocka_unit_test(test_github__commas_between_scopes_become_blanks),
	    cmocka_unit_test(test_github__errors_come_with_200),
	    cmocka_unit_test(test_github__user_is_known_by_a_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
