/* Forms: encoding as RFC 6749 appendix B has it, strict decoding. */
#include "base/form.h"

#include "base/limits.h"
#include "base/mem.h"
#include "harness/test.h"

/* @spec RFC 6749 appendix B */
static void
test_form__encodes_the_example_of_the_rfc(void **state)
{
	struct bg_buf buf = BG_BUF(100);

	(void)state;
	assert_int_equal(bg_form_encode(&buf, " %&+\xc2\xa3\xe2\x82\xac"), BELGO_OK);
	assert_string_equal(buf.data, "+%25%26%2B%C2%A3%E2%82%AC");
	bg_buf_free(&buf);
	assert_int_equal(bg_form_encode(&buf, "aZ09*-._~:"), BELGO_OK);
	assert_string_equal(buf.data, "aZ09*-._%7E%3A");
	bg_buf_free(&buf);
}

static void
test_form__joins_parameters_and_leaves_out_null(void **state)
{
	struct bg_buf buf = BG_BUF(100);

	(void)state;
	assert_int_equal(bg_form_add(&buf, "a", NULL), BELGO_OK);
	assert_int_equal(buf.len, 0);
	assert_int_equal(bg_form_add(&buf, "a", "1 2"), BELGO_OK);
	assert_int_equal(bg_form_add(&buf, "b", NULL), BELGO_OK);
	assert_int_equal(bg_form_add(&buf, "c&", ""), BELGO_OK);
	assert_string_equal(buf.data, "a=1+2&c%26=");
	bg_buf_free(&buf);
}

static void
test_form__adds_one_parameter_for_each_value(void **state)
{
	static const char *const values[] = {"https://a.example/", "b"};
	struct bg_buf buf = BG_BUF(40), small = BG_BUF(4);

	(void)state;
	assert_int_equal(bg_form_add_each(&buf, "r", values, 0), BELGO_OK);
	assert_int_equal(buf.len, 0);
	assert_int_equal(bg_form_add_each(&buf, "r", values, 2), BELGO_OK);
	assert_string_equal(buf.data, "r=https%3A%2F%2Fa.example%2F&r=b");
	assert_int_equal(bg_form_add_each(&small, "r", values, 2), BELGO_EINVAL);
	bg_buf_free(&buf);
}

static void
test_form__past_the_ceiling_nothing_is_added(void **state)
{
	struct bg_buf buf = BG_BUF(10);

	(void)state;
	assert_int_equal(bg_form_add(&buf, "a", "1"), BELGO_OK);
	assert_int_equal(bg_form_add(&buf, "b", "%%%"), BELGO_EINVAL);
	assert_int_equal(bg_form_add(&buf, "bbbbbbb", "1"), BELGO_EINVAL);
	assert_int_equal(bg_form_encode(&buf, "bbbbbbbb"), BELGO_EINVAL);
	assert_int_equal(bg_form_encode(&buf, "   aaaaaaaaaa"), BELGO_EINVAL);
	assert_string_equal(buf.data, "a=1");
	bg_buf_free(&buf);
}

static void
test_form__decodes_names_and_values(void **state)
{
	static const char text[] = "a=1+2&b=%C3%a9%2B&&c&=x&d=e=f&%61=again&";
	struct bg_form form = {0};
	size_t count = 9;

	(void)state;
	assert_int_equal(bg_form_parse(&form, text, strlen(text)), BELGO_OK);
	assert_int_equal(form.n, 6);
	assert_string_equal(bg_form_get(&form, "a", &count), "1 2");
	assert_int_equal(count, 2);
	assert_string_equal(bg_form_get(&form, "b", NULL), "\xc3\xa9+");
	assert_string_equal(bg_form_get(&form, "c", NULL), "");
	assert_string_equal(bg_form_get(&form, "", NULL), "x");
	assert_string_equal(bg_form_get(&form, "d", NULL), "e=f");
	assert_null(bg_form_get(&form, "A", &count));
	assert_int_equal(count, 0);
	bg_form_done(&form);
	assert_int_equal(form.n, 0);
}

static void
test_form__an_empty_text_has_no_parameters(void **state)
{
	struct bg_form form = {0};

	(void)state;
	assert_int_equal(bg_form_parse(&form, "", 0), BELGO_OK);
	assert_int_equal(form.n, 0);
	assert_null(bg_form_get(&form, "a", NULL));
	bg_form_done(&form);
}

static void
test_form__rejects_what_no_encoder_writes(void **state)
{
	static const struct {
		const char *name, *text;
		size_t len;
	} rows[] = {
	    {"bad triplet", "a=%zz", 5},
	    {"cut triplet", "a=%4", 4},
	    {"lone percent", "a=%", 3},
	    {"triplet over the ampersand", "a=%4&1=2", 8},
	    {"encoded NUL", "a=b%00", 6},
	    {"encoded NUL in a name", "%00=b", 5},
	    {"raw NUL", "a=\0", 3},
	    {"raw blank", "a=b c", 5},
	    {"raw tab", "a=\t", 3},
	    {"raw newline", "a=1\n", 4},
	    {"raw DEL", "a=\x7f", 3},
	    {"raw UTF-8", "a=\xc3\xa9", 4},
	    {"not UTF-8", "a=%ff", 5},
	    {"overlong slash", "a=%c0%af", 8},
	    {"overlong of three", "a=%e0%80%af", 11},
	    {"surrogate", "a=%ed%a0%80", 11},
	    {"beyond Unicode", "a=%f4%90%80%80", 14},
	    {"cut character", "a=%c3", 5},
	    {"bad name", "%c3=1", 5},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct bg_form form = {0};

		assert_row(rows[i].name, bg_form_parse(&form, rows[i].text, rows[i].len) == BELGO_EPROTO);
		assert_row(rows[i].name, form.params == NULL);
	}
}

static void
test_form__takes_just_its_ceilings(void **state)
{
	struct bg_form form = {0};
	char many[2 * (BG_MAX_FORM_PARAMS + 1)], *big = bg_calloc(BG_MAX_FORM + 1, 1);

	(void)state;
	assert_non_null(big);
	for (size_t i = 0; i < sizeof(many); i++)
		many[i] = (i % 2 == 0) ? 'a' : '&';
	assert_int_equal(bg_form_parse(&form, many, sizeof(many) - 2), BELGO_OK);
	assert_int_equal(form.n, BG_MAX_FORM_PARAMS);
	bg_form_done(&form);
	assert_int_equal(bg_form_parse(&form, many, sizeof(many)), BELGO_EPROTO);

	memset(big, 'a', BG_MAX_FORM + 1);
	assert_int_equal(bg_form_parse(&form, big, BG_MAX_FORM), BELGO_OK);
	assert_int_equal(strlen(form.params[0].name), BG_MAX_FORM);
	bg_form_done(&form);
	assert_int_equal(bg_form_parse(&form, big, BG_MAX_FORM + 1), BELGO_EPROTO);
	bg_free(&big);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_form__encodes_the_example_of_the_rfc),
	    cmocka_unit_test(test_form__joins_parameters_and_leaves_out_null),
	    cmocka_unit_test(test_form__adds_one_parameter_for_each_value),
	    cmocka_unit_test(test_form__past_the_ceiling_nothing_is_added),
	    cmocka_unit_test(test_form__decodes_names_and_values),
	    cmocka_unit_test(test_form__an_empty_text_has_no_parameters),
	    cmocka_unit_test(test_form__rejects_what_no_encoder_writes),
	    cmocka_unit_test(test_form__takes_just_its_ceilings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
