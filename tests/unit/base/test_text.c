/* Small questions about text. */
#include "base/text.h"

#include "harness/test.h"

#include <belgoauth/env.h>

/* @spec RFC 3629 section 4 */
static void
test_text__knows_utf8(void **state)
{
	static const struct {
		const char *name, *text;
		int want;
	} rows[] = {
	    {"empty", "", 1},
	    {"ASCII", "abc\x7f", 1},
	    {"two bytes, first", "\xc2\x80", 1},
	    {"two bytes, last", "\xdf\xbf", 1},
	    {"three bytes, first", "\xe0\xa0\x80", 1},
	    {"before the surrogates", "\xed\x9f\xbf", 1},
	    {"after the surrogates", "\xee\x80\x80", 1},
	    {"four bytes, first", "\xf0\x90\x80\x80", 1},
	    {"four bytes, middle", "\xf1\x80\x80\x80", 1},
	    {"last of all", "\xf4\x8f\xbf\xbf", 1},
	    {"lone continuation", "\x80", 0},
	    {"overlong C0", "\xc0\x80", 0},
	    {"overlong C1", "\xc1\xbf", 0},
	    {"overlong E0", "\xe0\x9f\xbf", 0},
	    {"overlong F0", "\xf0\x8f\xbf\xbf", 0},
	    {"first surrogate", "\xed\xa0\x80", 0},
	    {"beyond Unicode", "\xf4\x90\x80\x80", 0},
	    {"F5", "\xf5\x80\x80\x80", 0},
	    {"FF", "\xff", 0},
	    {"cut after one", "a\xc3", 0},
	    {"cut after two", "\xe2\x82", 0},
	    {"cut after three", "\xf0\x9f\x98", 0},
	    {"lead and letter",
	     "\xc3"
	     "a",
	     0},
	    {"bad third",
	     "\xe2\x82"
	     "a",
	     0},
	    {"bad fourth",
	     "\xf0\x9f\x98"
	     "a",
	     0},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++)
		assert_row(rows[i].name, bg_text_is_utf8(rows[i].text, strlen(rows[i].text)) == rows[i].want);
}

/* @spec RFC 6749 appendix A */
static void
test_text__knows_its_classes(void **state)
{
	static const struct {
		const char *name, *text;
		int vschar, nqchar, control;
	} rows[] = {
	    {"empty", "", 1, 1, 0},
	    {"letters", "a!~", 1, 1, 0},
	    {"blank", "a b", 1, 0, 0},
	    {"tab", "a\tb", 0, 0, 1},
	    {"newline", "a\n", 0, 0, 1},
	    {"escape", "\033[2J", 0, 0, 1},
	    {"DEL", "\x7f", 0, 0, 1},
	    {"UTF-8", "caf\xc3\xa9", 0, 0, 0},
	    {"C1, first", "\xc2\x80", 0, 0, 1},
	    {"C1, last", "\xc2\x9f", 0, 0, 1},
	    {"NBSP", "\xc2\xa0", 0, 0, 0},
	    {"cut lead", "\xc2", 0, 0, 0},
	    {"NULL", NULL, 0, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		assert_row(rows[i].name, bg_text_is_vschar(rows[i].text) == rows[i].vschar);
		assert_row(rows[i].name, bg_text_is_nqchar(rows[i].text) == rows[i].nqchar);
		assert_row(rows[i].name, bg_text_has_control(rows[i].text) == rows[i].control);
	}
}

static void
test_text__knows_a_guid(void **state)
{
	(void)state;
	assert_true(bg_text_is_guid("9188040d-6c67-4c5b-b112-36a304b66dad"));
	assert_true(bg_text_is_guid("9188040D-6C67-4C5B-B112-36A304B66DAD"));
	assert_false(bg_text_is_guid("9188040d-6c67-4c5b-b112-36a304b66da"));
	assert_false(bg_text_is_guid("9188040d-6c67-4c5b-b112-36a304b66dad0"));
	assert_false(bg_text_is_guid("9188040d-6c67-4c5b-b112-36a304b66dag"));
	assert_false(bg_text_is_guid("9188040d06c67-4c5b-b112-36a304b66dad"));
	assert_false(bg_text_is_guid("{188040d-6c67-4c5b-b112-36a304b66da}"));
	assert_false(bg_text_is_guid("9188040d-6c67-4c5b-b112-36a304b66-ad"));
	assert_false(bg_text_is_guid(NULL));
}

static void
test_text__reads_integers_of_digits(void **state)
{
	static const struct {
		const char *text;
		belgo_rc rc;
		int64_t want;
	} rows[] = {
	    {"0", BELGO_OK, 0},
	    {"3600", BELGO_OK, 3600},
	    {"007", BELGO_OK, 7},
	    {"9223372036854775807", BELGO_OK, INT64_MAX},
	    {"9223372036854775808", BELGO_EINVAL, -1},
	    {"99999999999999999999", BELGO_EINVAL, -1},
	    {"", BELGO_EINVAL, -1},
	    {"-1", BELGO_EINVAL, -1},
	    {"+1", BELGO_EINVAL, -1},
	    {" 1", BELGO_EINVAL, -1},
	    {"3600s", BELGO_EINVAL, -1},
	    {"1.5", BELGO_EINVAL, -1},
	    {NULL, BELGO_EINVAL, -1},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		const char *name = (rows[i].text == NULL) ? "NULL" : rows[i].text;
		int64_t n = -1;

		assert_row(name, bg_text_to_int(&n, rows[i].text) == rows[i].rc);
		assert_row(name, n == rows[i].want);
	}
}

static void
test_text__printable_hides_everything_else(void **state)
{
	char out[8] = "before";

	(void)state;
	belgo_text_printable(out, sizeof(out), "a\033\n\x7f\xc3\xa9~");
	assert_string_equal(out, "a?????~");
	belgo_text_printable(out, sizeof(out), "0123456789");
	assert_string_equal(out, "0123456");
	belgo_text_printable(out, 1, "x");
	assert_string_equal(out, "");
	out[0] = '!';
	belgo_text_printable(out, 0, "x");
	assert_int_equal(out[0], '!');
	belgo_text_printable(out, sizeof(out), NULL);
	assert_string_equal(out, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_text__knows_utf8),
	    cmocka_unit_test(test_text__knows_its_classes),
	    cmocka_unit_test(test_text__knows_a_guid),
	    cmocka_unit_test(test_text__reads_integers_of_digits),
	    cmocka_unit_test(test_text__printable_hides_everything_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
