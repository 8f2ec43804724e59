/* Claims for programs without a JSON library. */
#include <belgoauth/claims.h>

#include "base/mem.h"
#include "harness/test.h"

static const char claims[] =
    "{\"sub\":\"caf\\u00e9\",\"exp\":1700000000,\"f\":1.5,\"b\":true,\"n\":null,\"e\":\"\"}";

static void
test_claims__reads_one_member(void **state)
{
	char *text = NULL;
	int64_t n = 0;

	(void)state;
	assert_int_equal(belgo_claims_string(&text, claims, "sub", NULL), BELGO_OK);
	assert_string_equal(text, "caf\xc3\xa9");
	bg_str_free(&text);
	assert_int_equal(belgo_claims_string(&text, claims, "e", NULL), BELGO_OK);
	assert_string_equal(text, "");
	bg_str_free(&text);
	assert_int_equal(belgo_claims_integer(&n, claims, "exp", NULL), BELGO_OK);
	assert_int_equal(n, 1700000000);
}

static void
test_claims__another_type_is_not_found(void **state)
{
	static const char *const not_strings[] = {"exp", "f", "b", "n", "absent"};
	static const char *const not_integers[] = {"sub", "f", "b", "n", "absent"};
	char *text = NULL;
	int64_t n = -5;

	(void)state;
	for (size_t i = 0; i < BG_LEN(not_strings); i++) {
		struct belgo_error err = {0};

		assert_row(not_strings[i],
			   belgo_claims_string(&text, claims, not_strings[i], &err) == BELGO_ENOTFOUND);
		assert_row(not_strings[i], text == NULL && err.rc == BELGO_ENOTFOUND);
		assert_row(not_integers[i],
			   belgo_claims_integer(&n, claims, not_integers[i], NULL) == BELGO_ENOTFOUND);
		assert_row(not_integers[i], n == -5);
	}
}

static void
test_claims__what_is_no_object_is_malformed(void **state)
{
	static const char *const rows[] = {"", "[]", "{", "{\"a\":1,\"a\":1}", "null", NULL};
	char *text = NULL;
	int64_t n = -5;

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		const char *name = (rows[i] == NULL) ? "NULL" : rows[i];

		assert_row(name,
			   belgo_claims_string(&text, rows[i], "a", NULL) == BELGO_EPROTO && text == NULL);
		assert_row(name, belgo_claims_integer(&n, rows[i], "a", NULL) == BELGO_EPROTO && n == -5);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_claims__reads_one_member),
	    cmocka_unit_test(test_claims__another_type_is_not_found),
	    cmocka_unit_test(test_claims__what_is_no_object_is_malformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
