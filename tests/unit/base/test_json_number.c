/* Numbers at the JSON gate: range, fractions, and the host program's locale. */
#include "base/json.h"

#include "harness/test.h"

#include <locale.h>

static belgo_rc
gate(json_t **out, const char *number, enum bg_json_numbers numbers)
{
	char text[3000];
	int len = snprintf(text, sizeof(text), "{\"s\":\"%s\",\"n\":%s}", "1e999 \\\" 2", number);

	assert_true(len > 0 && (size_t)len < sizeof(text));
	return bg_json_object(out, text, (size_t)len, sizeof(text), numbers, "doc", NULL);
}

/* @spec RFC 7519 section 2, RFC 7493 section 2.2 */
static void
test_json_number__floors_and_keeps_the_range(void **state)
{
	static const struct {
		const char *text;
		belgo_rc rc;
		int64_t want;
	} rows[] = {
	    {"0", BELGO_OK, 0},
	    {"-0", BELGO_OK, 0},
	    {"1700000000", BELGO_OK, 1700000000},
	    {"1700000000.9", BELGO_OK, 1700000000},
	    {"1.7e9", BELGO_OK, 1700000000},
	    {"-0.5", BELGO_OK, -1},
	    {"-3.0", BELGO_OK, -3},
	    {"0.99999", BELGO_OK, 0},
	    {"1e-400", BELGO_OK, 0},
	    {"0e999", BELGO_OK, 0},
	    {"0.000e999", BELGO_OK, 0},
	    {"0.0001e4", BELGO_OK, 1},
	    {"9007199254740992", BELGO_OK, 9007199254740992},
	    {"-9007199254740992", BELGO_OK, -9007199254740992},
	    {"9007199254740993", BELGO_EPROTO, 0},
	    {"-9007199254740993", BELGO_EPROTO, 0},
	    {"9007199254740994", BELGO_EPROTO, 0},
	    {"9223372036854775807", BELGO_EPROTO, 0},
	    {"-9223372036854775808", BELGO_EPROTO, 0},
	    {"1e20", BELGO_EPROTO, 0},
	    {"-1e307", BELGO_EPROTO, 0},
	    {"\"1\"", BELGO_EPROTO, 0},
	    {"true", BELGO_EPROTO, 0},
	    {"null", BELGO_EPROTO, 0},
	    {"[1]", BELGO_EPROTO, 0},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		json_t *json = NULL;
		int64_t n = -77;

		assert_row(rows[i].text, gate(&json, rows[i].text, BG_JSON_NUMBERS_STRICT) == BELGO_OK);
		assert_row(rows[i].text,
			   bg_json_number(&n, json, "n", BG_REQUIRED, "doc", NULL) == rows[i].rc);
		assert_row(rows[i].text, n == (rows[i].rc == BELGO_OK ? rows[i].want : -77));
		bg_json_free(&json);
	}
}

static void
test_json_number__absent_leaves_the_output(void **state)
{
	json_t *json = json_object();
	int64_t n = 42;

	(void)state;
	assert_int_equal(bg_json_number(&n, json, "n", BG_OPTIONAL, "doc", NULL), BELGO_OK);
	assert_int_equal(n, 42);
	assert_int_equal(bg_json_number(&n, json, "n", BG_REQUIRED, "doc", NULL), BELGO_EPROTO);
	bg_json_free(&json);
}

static const char *const too_large[] = {
    "1e999",
    "-1e999",
    "1E+309",
    "1e308",
    "1.5e308",
    "9223372036854775808",
    "-9223372036854775809",
    "18446744073709551616",
    "10000000000000000000",
    "0.001e400",
    "123456789e305",
    "1e99999999999999999999999999",
};

static void
test_json_number__too_large_is_malformed_when_strict(void **state)
{
	json_t *json = NULL;

	(void)state;
	for (size_t i = 0; i < BG_LEN(too_large); i++)
		assert_row(too_large[i], gate(&json, too_large[i], BG_JSON_NUMBERS_STRICT) == BELGO_EPROTO);
}

static void
test_json_number__too_large_becomes_null_when_defused(void **state)
{
	(void)state;
	for (size_t i = 0; i < BG_LEN(too_large); i++) {
		json_t *json = NULL;

		assert_row(too_large[i], gate(&json, too_large[i], BG_JSON_NUMBERS_DEFUSE) == BELGO_OK);
		assert_row(too_large[i], json_is_null(json_object_get(json, "n")));
		assert_string_equal(json_string_value(json_object_get(json, "s")), "1e999 \" 2");
		bg_json_free(&json);
	}
}

static void
test_json_number__defusing_mends_nothing_else(void **state)
{
	static const char *const rows[] = {"1e999.5", "01e999", "1e999e1",
					   "1e999x",  "+1e999", "1e999 1",
					   "1e",      "-",      "18446744073709551616 18446744073709551616"};
	json_t *json = NULL;

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++)
		assert_row(rows[i], gate(&json, rows[i], BG_JSON_NUMBERS_DEFUSE) == BELGO_EPROTO);
	assert_int_equal(gate(&json, "[1e999,9223372036854775807,1e307]", BG_JSON_NUMBERS_DEFUSE), BELGO_OK);
	assert_true(json_is_null(json_array_get(json_object_get(json, "n"), 0)));
	assert_int_equal(json_integer_value(json_array_get(json_object_get(json, "n"), 1)), INT64_MAX);
	assert_true(json_is_real(json_array_get(json_object_get(json, "n"), 2)));
	bg_json_free(&json);
}

static void
test_json_number__two_thousand_digits_are_one_number(void **state)
{
	static char digits[2001];
	json_t *json = NULL;

	(void)state;
	memset(digits, '9', sizeof(digits) - 1);
	assert_int_equal(gate(&json, digits, BG_JSON_NUMBERS_STRICT), BELGO_EPROTO);
	assert_int_equal(gate(&json, digits, BG_JSON_NUMBERS_DEFUSE), BELGO_OK);
	assert_true(json_is_null(json_object_get(json, "n")));
	bg_json_free(&json);
}

/* LOCPATH may name a directory with such a locale where the machine has none. */
static void
test_json_number__reads_the_same_with_a_decimal_comma(void **state)
{
	static const char *const names[] = {"de_DE.UTF-8", "nl_BE.UTF-8", "fr_FR.UTF-8", "fr_BE.UTF-8"};
	size_t i = 0;
	json_t *json = NULL;
	int64_t n = 0;

	(void)state;
	while (i < BG_LEN(names) && setlocale(LC_NUMERIC, names[i]) == NULL)
		i++;
	if (i == BG_LEN(names))
		skip();
	assert_string_equal(localeconv()->decimal_point, ",");
	assert_int_equal(gate(&json, "1700000000.9", BG_JSON_NUMBERS_STRICT), BELGO_OK);
	assert_int_equal(bg_json_number(&n, json, "n", BG_REQUIRED, "doc", NULL), BELGO_OK);
	assert_int_equal(n, 1700000000);
	bg_json_free(&json);
	assert_int_equal(gate(&json, "1,5", BG_JSON_NUMBERS_STRICT), BELGO_EPROTO);
	(void)setlocale(LC_NUMERIC, "C");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_json_number__floors_and_keeps_the_range),
	    cmocka_unit_test(test_json_number__absent_leaves_the_output),
	    cmocka_unit_test(test_json_number__too_large_is_malformed_when_strict),
	    cmocka_unit_test(test_json_number__too_large_becomes_null_when_defused),
	    cmocka_unit_test(test_json_number__defusing_mends_nothing_else),
	    cmocka_unit_test(test_json_number__two_thousand_digits_are_one_number),
	    cmocka_unit_test(test_json_number__reads_the_same_with_a_decimal_comma),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
