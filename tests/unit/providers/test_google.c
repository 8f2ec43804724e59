/* The google strategy: each deviation that it allows, and beside it what stays forbidden. */
#include "base/mem.h"
#include "harness/test.h"
#include "proto/discovery.h"

#include <belgoauth/provider.h>

#define ISSUER "https://accounts.google.com"

static const struct belgo_provider *
google(void)
{
	const struct belgo_provider *p = belgo_provider_builtin("google");

	assert_non_null(p);
	return p;
}

static json_t *
fixture(const char *name)
{
	json_t *json = json_load_file(name, 0, NULL);

	assert_non_null(json);
	return json;
}

/* T01, A05, M01. @spec OpenID Connect Core section 3.1.3.7 (2); RFC 9207 section 2.4 */
static void
test_google__two_issuers_in_id_tokens_and_one_elsewhere_T01_A05_M01(void **state)
{
	static const struct {
		const char *found;
		belgo_rc in_id_token, elsewhere;
	} rows[] = {
	    {ISSUER, BELGO_OK, BELGO_OK},
	    {"accounts.google.com", BELGO_OK, BELGO_EISSUER},
	    {"http://accounts.google.com", BELGO_EISSUER, BELGO_EISSUER},
	    {ISSUER "/", BELGO_EISSUER, BELGO_EISSUER},
	    {"accounts.google.com/", BELGO_EISSUER, BELGO_EISSUER},
	    {"Accounts.google.com", BELGO_EISSUER, BELGO_EISSUER},
	    {"https://accounts.google.com.evil.example", BELGO_EISSUER, BELGO_EISSUER},
	    {"https://evil.example", BELGO_EISSUER, BELGO_EISSUER},
	    {"evil.example", BELGO_EISSUER, BELGO_EISSUER},
	    {"", BELGO_EISSUER, BELGO_EISSUER},
	};
	static const enum bg_issuer_place places[] = {BG_ISSUER_IN_ID_TOKEN, BG_ISSUER_IN_METADATA,
						      BG_ISSUER_IN_REDIRECT};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++)
		for (size_t j = 0; j < BG_LEN(places); j++) {
			struct bg_issuer_check check = {
			    .place = places[j], .expected = ISSUER, .found = rows[i].found};

			assert_row(rows[i].found, bg_provider_match_issuer(google(), &check, NULL) ==
						      (j == 0 ? rows[i].in_id_token : rows[i].elsewhere));
		}
}

/* T12 */
static void
test_google__hd_is_compared_with_the_claim_T12(void **state)
{
	static const struct {
		const char *name, *asked, *claim;
		belgo_rc want;
	} rows[] = {
	    {"not asked, none", NULL, NULL, BELGO_OK},
	    {"not asked, some", NULL, "\"example.org\"", BELGO_OK},
	    {"same", "example.org", "\"example.org\"", BELGO_OK},
	    {"any", "*", "\"example.org\"", BELGO_OK},
	    {"other", "example.org", "\"evil.example\"", BELGO_ECLAIM},
	    {"subdomain", "example.org", "\"a.example.org\"", BELGO_ECLAIM},
	    {"star in the claim", "example.org", "\"*\"", BELGO_ECLAIM},
	    {"none", "example.org", NULL, BELGO_ECLAIM},
	    {"any, none", "*", NULL, BELGO_ECLAIM},
	    {"any, empty", "*", "\"\"", BELGO_ECLAIM},
	    {"no string", "example.org", "[\"example.org\"]", BELGO_ECLAIM},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(bg_json_free) json_t *claims = json_object();
		struct belgo_error err = {0};

		if (rows[i].claim != NULL)
			assert_int_equal(json_object_set_new(
					     claims, "hd", json_loads(rows[i].claim, JSON_DECODE_ANY, NULL)),
					 0);
		assert_row(rows[i].name, google()->hooks->check_claims(google(), claims, rows[i].asked,
								       &err) == rows[i].want);
		assert_row(rows[i].name, (strstr(err.text, "\"hd\"") != NULL) == (rows[i].want != BELGO_OK));
	}
}

static void
test_google__short_scopes_are_met_by_long_ones(void **state)
{
#define AUTH "https://www.googleapis.com/auth/"
	static const struct {
		const char *asked, *granted;
		int want;
	} rows[] = {
	    {"email", "openid " AUTH "userinfo.email", 1},
	    {"profile", AUTH "userinfo.profile", 1},
	    {AUTH "userinfo.email", "email", 1},
	    {AUTH "drive", "x " AUTH "drive", 1},
	    {"email", "openid", 0},
	    {"email", AUTH "userinfo.profile", 0},
	    {AUTH "drive", AUTH "drive.file", 0},
	    {"openid", "", 0},
	    {"openid", NULL, 0},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++)
		assert_row(rows[i].asked,
			   google()->hooks->scope_is_granted(rows[i].asked, rows[i].granted) == rows[i].want);
}

static void
test_google__session_control_means_login(void **state)
{
	BG_AUTO(bg_json_free) json_t *reply = fixture(TEST_DATA "/providers/google/refused-rapt.json");
	struct belgo_error err = {.rc = BELGO_EDENIED};

	(void)state;
	google()->hooks->map_error(google(), reply, &err);
	assert_int_equal(err.rc, BELGO_ELOGIN);
	assert_string_equal(err.provider_code, "invalid_rapt");
	assert_string_equal(err.text, "Google refused: the organization wants the user to sign in anew");
	google()->hooks->map_error(google(), reply, NULL);
}

static void
test_google__errors_are_sharpened_or_left_alone(void **state)
{
	static const struct {
		const char *reply;
		belgo_rc want;
		const char *code;
	} rows[] = {
	    {"{\"error_code\":\"rate_limit_exceeded\"}", BELGO_EUNAVAILABLE, "rate_limit_exceeded"},
	    {"{\"error\":\"admin_policy_enforced\"}", BELGO_EDENIED, "admin_policy_enforced"},
	    {"{\"error\":\"org_internal\"}", BELGO_EDENIED, "org_internal"},
	    {"{\"error\":\"invalid_grant\"}", BELGO_ECANCELLED, ""},
	    {"{\"error\":{\"code\":401}}", BELGO_ECANCELLED, ""},
	    {"{}", BELGO_ECANCELLED, ""},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(bg_json_free) json_t *reply = json_loads(rows[i].reply, 0, NULL);
		struct belgo_error err = {.rc = BELGO_ECANCELLED, .text = "before"};

		google()->hooks->map_error(google(), reply, &err);
		assert_row(rows[i].reply,
			   err.rc == rows[i].want && strcmp(err.provider_code, rows[i].code) == 0);
		assert_row(rows[i].reply, (strcmp(err.text, "before") == 0) == (rows[i].code[0] == '\0'));
	}
}

static void
test_google__published_metadata_is_fit_for_login(void **state)
{
	BG_AUTO(bg_json_free) json_t *doc = fixture(TEST_DATA "/providers/google/openid-configuration.json");
	BG_AUTO(bg_str_free) char *text = NULL;
	BG_AUTO(bg_metadata_free) struct bg_metadata *m = NULL;
	struct belgo_error err = {0};

	(void)state;
	assert_int_equal(bg_json_dump(&text, doc), BELGO_OK);
	if (bg_metadata_parse(&m, google(), text, strlen(text), &err) != BELGO_OK)
		fail_msg("%s", err.text);
	assert_int_equal(bg_metadata_check_login(m, google(), NULL), BELGO_OK);
	assert_int_equal(m->iss_parameter_supported, 1);
}

/* A preset lends the strategy to no other host. @spec RFC 3986 section 6.2.1 */
static void
test_google__answers_for_its_host_only(void **state)
{
	static const char *const others[] = {"https://accounts.google.com.evil.example",
					     "https://evil.example/accounts.google.com",
					     "https://accounts.google.com:8443",
					     "https://accounts.google.com:443",
					     "http://accounts.google.com",
					     "https://u@accounts.google.com",
					     "https://ACCOUNTS.google.com",
					     "https://google.com",
					     "http://127.0.0.1",
					     ""};

	(void)state;
	assert_ptr_equal(bg_hooks_find("google", ISSUER), google()->hooks);
	assert_null(bg_hooks_find("Google", ISSUER));
	assert_null(bg_hooks_find("microsoft", ISSUER));
	for (size_t i = 0; i < BG_LEN(others); i++)
		assert_row(others[i], bg_hooks_find("google", others[i]) == NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_google__two_issuers_in_id_tokens_and_one_elsewhere_T01_A05_M01),
	    cmocka_unit_test(test_google__hd_is_compared_with_the_claim_T12),
	    cmocka_unit_test(test_google__short_scopes_are_met_by_long_ones),
	    cmocka_unit_test(test_google__session_control_means_login),
	    cmocka_unit_test(test_google__errors_are_sharpened_or_left_alone),
	    cmocka_unit_test(test_google__published_metadata_is_fit_for_login),
	    cmocka_unit_test(test_google__answers_for_its_host_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
