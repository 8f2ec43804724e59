/* The growing buffer: its ceiling, its NUL, and what it leaves behind. */
#include "base/buf.h"

#include "base/mem.h"
#include "harness/test.h"

static void
test_buf__grows_and_keeps_what_was_added(void **state)
{
	struct bg_buf buf = BG_BUF(100000);
	char *text;

	(void)state;
	for (int i = 0; i < 1000; i++)
		assert_int_equal(bg_buf_addf(&buf, "%d,", i % 10), BELGO_OK);
	assert_int_equal(bg_buf_add_char(&buf, '!'), BELGO_OK);
	assert_int_equal(bg_buf_add_str(&buf, "end"), BELGO_OK);
	assert_int_equal(buf.len, 2004);
	text = bg_buf_take(&buf);
	assert_int_equal(strlen(text), 2004);
	assert_memory_equal(text, "0,1,2,3,", 8);
	assert_string_equal(text + 2000, "!end");
	assert_null(buf.data);
	assert_int_equal(buf.len, 0);
	assert_int_equal(buf.max, 100000);
	bg_str_free(&text);
}

static void
test_buf__takes_just_its_ceiling_and_no_byte_more(void **state)
{
	struct bg_buf buf = BG_BUF(5);

	(void)state;
	assert_int_equal(bg_buf_add(&buf, "abcde", 5), BELGO_OK);
	assert_int_equal(bg_buf_add_char(&buf, 'f'), BELGO_EINVAL);
	assert_int_equal(bg_buf_addf(&buf, "%s", "f"), BELGO_EINVAL);
	assert_int_equal(bg_buf_add(&buf, "f", SIZE_MAX), BELGO_EINVAL);
	assert_string_equal(buf.data, "abcde");
	assert_int_equal(buf.len, 5);
	bg_buf_free(&buf);
	assert_int_equal(buf.max, 5);
	assert_int_equal(bg_buf_add(&buf, "abcdef", 6), BELGO_EINVAL);
	assert_null(buf.data);
}

static void
test_buf__refuses_to_grow_where_it_was_not_initialised(void **state)
{
	struct bg_buf buf = {0};

	(void)state;
	assert_int_equal(bg_buf_add_str(&buf, "a"), BELGO_EINVAL);
	assert_int_equal(bg_buf_add_str(&buf, NULL), BELGO_EINVAL);
	bg_buf_free(&buf);
}

static void
test_buf__nothing_added_is_an_empty_string(void **state)
{
	struct bg_buf never = BG_BUF(5), empty = BG_BUF(5);
	char *a = bg_buf_take(&never), *b;

	(void)state;
	assert_string_equal(a, "");
	assert_int_equal(bg_buf_add(&empty, NULL, 0), BELGO_OK);
	assert_string_equal(empty.data, "");
	b = bg_buf_take(&empty);
	assert_string_equal(b, "");
	bg_str_free(&a);
	bg_str_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_buf__grows_and_keeps_what_was_added),
	    cmocka_unit_test(test_buf__takes_just_its_ceiling_and_no_byte_more),
	    cmocka_unit_test(test_buf__refuses_to_grow_where_it_was_not_initialised),
	    cmocka_unit_test(test_buf__nothing_added_is_an_empty_string),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
