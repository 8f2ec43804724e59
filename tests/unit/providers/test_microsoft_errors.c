/* What the numbers mean; and that words, which are translated, mean nothing. */
#include "base/mem.h"
#include "harness/test.h"
#include "proto/provider.h"

static void
map(struct belgo_error *err, const json_t *reply)
{
	const struct belgo_provider *p = belgo_provider_builtin("microsoft");

	assert_non_null(reply);
	*err = (struct belgo_error){.rc = BELGO_EINTERNAL, .text = "before"};
	p->hooks->map_error(p, reply, err);
}

static void
test_microsoft_errors__a_code_gives_rc_and_sentence(void **state)
{
	static const struct {
		int code;
		belgo_rc want;
	} rows[] = {
	    {50011, BELGO_EDENIED},   {50020, BELGO_EDENIED},      {50074, BELGO_ELOGIN},
	    {50076, BELGO_ELOGIN},    {50105, BELGO_EDENIED},      {50173, BELGO_ELOGIN},
	    {50194, BELGO_EDENIED},   {50196, BELGO_EUNAVAILABLE}, {53003, BELGO_ELOGIN},
	    {54005, BELGO_EDENIED},   {65001, BELGO_ELOGIN},       {65004, BELGO_ECANCELLED},
	    {70008, BELGO_ELOGIN},    {70011, BELGO_EDENIED},      {70043, BELGO_ELOGIN},
	    {90002, BELGO_EDENIED},   {90033, BELGO_EUNAVAILABLE}, {501481, BELGO_EDENIED},
	    {700016, BELGO_EDENIED},  {700025, BELGO_EDENIED},     {700082, BELGO_ELOGIN},
	    {700084, BELGO_ELOGIN},   {7000218, BELGO_EDENIED},    {9002313, BELGO_EDENIED},
	    {9002327, BELGO_EDENIED},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(bg_json_free)
		json_t *reply =
		    json_pack("{s:s,s:[i]}", "error", "invalid_grant", "error_codes", rows[i].code);
		struct belgo_error err;
		char name[32], head[64];

		snprintf(name, sizeof(name), "AADSTS%d", rows[i].code);
		snprintf(head, sizeof(head), "Microsoft refused, %s: ", name);
		map(&err, reply);
		assert_row(name, err.rc == rows[i].want && strcmp(err.provider_code, name) == 0);
		assert_row(name,
			   strncmp(err.text, head, strlen(head)) == 0 && strlen(err.text) > strlen(head));
	}
}

static void
test_microsoft_errors__code_is_found_where_it_may_stand(void **state)
{
	static const struct {
		const char *name, *reply;
		belgo_rc want;
		const char *code;
	} rows[] = {
	    {"known after unknown", "{\"error_codes\":[1,50076]}", BELGO_ELOGIN, "AADSTS50076"},
	    {"unknown", "{\"error_codes\":[99999]}", BELGO_EINTERNAL, "AADSTS99999"},
	    {"description", "{\"error_description\":\"AADSTS700082: text\"}", BELGO_ELOGIN, "AADSTS700082"},
	    {"description, not at its head", "{\"error_description\":\"see AADSTS700082\"}", BELGO_EINTERNAL,
	     ""},
	    {"description, no digits", "{\"error_description\":\"AADSTS: x\"}", BELGO_EINTERNAL, ""},
	    {"description, too many digits", "{\"error_description\":\"AADSTS1234567890: x\"}",
	     BELGO_EINTERNAL, ""},
	    {"codes no list", "{\"error_codes\":50076}", BELGO_EINTERNAL, ""},
	    {"codes no numbers", "{\"error_codes\":[\"50076\",null,-1,0,99999999999]}", BELGO_EINTERNAL, ""},
	    {"words alone", "{\"error\":\"invalid_grant\",\"error_description\":\"multi-factor\"}",
	     BELGO_EINTERNAL, ""},
	    {"nested error object", "{\"error\":{\"code\":\"InvalidAuthenticationToken\"}}", BELGO_EINTERNAL,
	     ""},
	    {"empty", "{}", BELGO_EINTERNAL, ""},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(bg_json_free) json_t *reply = json_loads(rows[i].reply, 0, NULL);
		struct belgo_error err;

		map(&err, reply);
		assert_row(rows[i].name,
			   err.rc == rows[i].want && strcmp(err.provider_code, rows[i].code) == 0);
		assert_row(rows[i].name,
			   (strcmp(err.text, "before") == 0) == (rows[i].want == BELGO_EINTERNAL));
	}
}

static void
test_microsoft_errors__suberror_and_claims_count_without_a_known_code(void **state)
{
	static const struct {
		const char *reply;
		belgo_rc want;
	} rows[] = {
	    {"{\"error\":\"interaction_required\"}", BELGO_ELOGIN},
	    {"{\"error\":\"login_required\"}", BELGO_ELOGIN},
	    {"{\"error\":\"consent_required\"}", BELGO_ELOGIN},
	    {"{\"error\":\"invalid_grant\",\"suberror\":\"consent_required\"}", BELGO_ELOGIN},
	    {"{\"error\":\"invalid_grant\",\"suberror\":\"user_password_expired\"}", BELGO_ELOGIN},
	    {"{\"error\":\"invalid_grant\",\"suberror\":\"client_mismatch\"}", BELGO_EDENIED},
	    {"{\"error\":\"invalid_grant\",\"suberror\":\"protection_policy_required\"}", BELGO_EDENIED},
	    {"{\"error\":\"invalid_grant\",\"claims\":\"{}\"}", BELGO_ELOGIN},
	    {"{\"error\":\"invalid_grant\",\"claims\":{}}", BELGO_EINTERNAL},
	    {"{\"error\":\"invalid_grant\",\"suberror\":\"bad_token\"}", BELGO_EINTERNAL},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(bg_json_free) json_t *reply = json_loads(rows[i].reply, 0, NULL);
		struct belgo_error err;

		map(&err, reply);
		assert_row(rows[i].reply, err.rc == rows[i].want && err.provider_code[0] == '\0');
	}
}

static void
test_microsoft_errors__whole_answer_asks_for_a_second_factor(void **state)
{
	BG_AUTO(bg_json_free)
	json_t *reply = json_load_file(TEST_DATA "/providers/microsoft/refused-mfa.json", 0, NULL);
	struct belgo_error err;

	(void)state;
	map(&err, reply);
	assert_int_equal(err.rc, BELGO_ELOGIN);
	assert_string_equal(err.provider_code, "AADSTS50076");
	assert_string_equal(err.text,
			    "Microsoft refused, AADSTS50076: a second factor is required; log in again");
	belgo_provider_builtin("microsoft")->hooks->map_error(NULL, reply, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_microsoft_errors__a_code_gives_rc_and_sentence),
	    cmocka_unit_test(test_microsoft_errors__code_is_found_where_it_may_stand),
	    cmocka_unit_test(test_microsoft_errors__suberror_and_claims_count_without_a_known_code),
	    cmocka_unit_test(test_microsoft_errors__whole_answer_asks_for_a_second_factor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
