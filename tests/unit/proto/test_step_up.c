/* What a protected resource demands of another login, and what is no such demand. */
#include "base/mem.h"
#include "harness/failalloc.h"
#include "harness/test.h"
#include "proto/step_up.h"

#define STRONGER "error=\"insufficient_user_authentication\""
#define WIDER "error=\"insufficient_scope\""

/* @spec RFC 9470 section 3; RFC 6750 section 3, section 3.1; RFC 9449 section 7.1 */
static void
test_step_up__demands_are_read(void **state)
{
	static const struct {
		const char *value, *acr_values, *scope;
		int64_t max_age;
	} rows[] = {
	    {"Bearer " STRONGER ", acr_values=\"gold silver\", max_age=\"5\"", "gold silver", NULL, 5},
	    {"Bearer " STRONGER ", acr_values=gold", "gold", NULL, -1},
	    {"Bearer " STRONGER ", max_age=0", NULL, NULL, 0},
	    {"Bearer " STRONGER ", max_age=\"999999999\", scope=\"a\"", NULL, "a", 999999999},
	    {"Bearer realm=\"x\", " WIDER ", scope=\"a b\"", NULL, "a b", -1},
	    {"DPoP " WIDER ", scope=\"a\"", NULL, "a", -1},
	    {"Bearer realm=\"x\", scope=\"z\", DPoP " STRONGER ", acr_values=\"gold\"", "gold", NULL, -1},
	    {"Bearer " WIDER ", scope=\"a\", DPoP error=\"invalid_token\"", NULL, "a", -1},
	    {"WWW-Authenticate: Bearer " WIDER ", scope=\"a\"\r\n", NULL, "a", -1},
	    {"HTTP/2 401 \r\ndate: today\r\nwww-authenticate: Bearer " WIDER ", scope=\"a\"\r\n", NULL, "a",
	     -1},
	    {"Bearer " STRONGER ", acr_values=\"gold\", acr_values=\"tin\"", "gold", NULL, -1},
	    {"Bearer " STRONGER ", acr_values=\"gold\", scope=\"\"", "gold", NULL, -1},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(bg_step_up_done) struct bg_step_up got = {0};

		assert_row(rows[i].value, bg_step_up_read(&got, rows[i].value, NULL) == BELGO_OK);
		assert_row(rows[i].value, bg_str_equal(got.acr_values, rows[i].acr_values));
		assert_row(rows[i].value, bg_str_equal(got.scope, rows[i].scope));
		assert_row(rows[i].value, got.max_age == rows[i].max_age);
	}
}

/* @spec RFC 9470 section 3; RFC 6750 section 3 */
static void
test_step_up__whatever_else_comes_is_refused(void **state)
{
	static const char *const rows[] = {
	    "",
	    "\r\n",
	    "gold",
	    "Bearer",
	    "Bearer realm=\"x\"",
	    "Bearer acr_values=\"gold\"",
	    "Bearer error=\"invalid_token\", acr_values=\"gold\"",
	    "Bearer error=\"INSUFFICIENT_SCOPE\", scope=\"a\"",
	    "Basic " STRONGER ", acr_values=\"gold\"",
	    "Bearer error=\"invalid_token\", DPoP " WIDER ", scope=\"a\"",
	    "Bearer " STRONGER,
	    "Bearer " WIDER,
	    "Bearer " WIDER ", scope=\"\"",
	    "Bearer " WIDER ", scope=\"  \"",
	    "Bearer " WIDER ", scope=\"a\tb\"",
	    "Bearer " WIDER ", scope=\"a\xc3\xa4\"",
	    "Bearer " STRONGER ", acr_values=\"\x1b[2J\"",
	    "Bearer " STRONGER ", acr_values=\"gold\", max_age=\"\"",
	    "Bearer " STRONGER ", max_age=\"-1\"",
	    "Bearer " STRONGER ", max_age=\"+1\"",
	    "Bearer " STRONGER ", max_age=\" 1\"",
	    "Bearer " STRONGER ", max_age=\"1.5\"",
	    "Bearer " STRONGER ", max_age=\"0x5\"",
	    "Bearer " STRONGER ", max_age=\"1000000000\"",
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(bg_step_up_done) struct bg_step_up got = {.max_age = 77};
		struct belgo_error err = {0};

		assert_row(rows[i], bg_step_up_read(&got, rows[i], &err) == BELGO_EINVAL);
		assert_row(rows[i], err.rc == BELGO_EINVAL);
		assert_row(rows[i], got.max_age == 77 && got.acr_values == NULL && got.scope == NULL);
	}
}

static void
test_step_up__refusal_repeats_nothing(void **state)
{
	BG_AUTO(bg_step_up_done) struct bg_step_up got = {0};
	struct belgo_error err = {0};

	(void)state;
	assert_int_equal(bg_step_up_read(&got, "Bearer error=\"tell-tale\", scope=\"tell-tale\"", &err),
			 BELGO_EINVAL);
	assert_null(strstr(err.text, "tell-tale"));
}

static belgo_rc
read_once(void)
{
	BG_AUTO(bg_step_up_done) struct bg_step_up got = {0};

	return bg_step_up_read(&got, "Bearer " STRONGER ", acr_values=\"gold\", scope=\"a\"", NULL);
}

static void
test_step_up__survives_every_failing_allocation(void **state)
{
	(void)state;
	FAILALLOC_EACH(read_once());
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_step_up__demands_are_read),
	    cmocka_unit_test(test_step_up__whatever_else_comes_is_refused),
	    cmocka_unit_test(test_step_up__refusal_repeats_nothing),
	    cmocka_unit_test(test_step_up__survives_every_failing_allocation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
