/* The answer in memory, and text that is safe on a terminal. */
#include "harness/test.h"

#include "output.h"

#include <fcntl.h>
#include <locale.h>
#include <unistd.h>

static void
test_output__writes_all_at_once_and_only_then(void **state)
{
	struct out out = {0};
	char got[64] = "";
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	out_printf(&out, "%s %d", "one", 2);
	out_add(&out, "\n", 1);
	assert_int_equal(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(read(fds[0], got, sizeof(got)), -1);
	assert_int_equal(out_commit(&out, fds[1], NULL), BELGO_OK);
	assert_int_equal(read(fds[0], got, sizeof(got)), 6);
	assert_memory_equal(got, "one 2\n", 6);
	out_done(&out);
	close(fds[0]);
	close(fds[1]);
}

static void
test_output__a_write_that_fails_is_a_failure(void **state)
{
	struct out out = {0};
	struct belgo_error err = {0};
	int full = open("/dev/full", O_WRONLY);

	(void)state;
	out_add(&out, "x", 1);
	assert_int_equal(out_commit(&out, full, &err), BELGO_EIO);
	assert_non_null(strstr(err.text, "No space left"));
	close(full);
	out_done(&out);
}

static void
test_output__what_is_incomplete_is_not_written(void **state)
{
	struct out out = {0};
	int null = open("/dev/null", O_WRONLY);

	(void)state;
	out_json(&out, NULL);
	assert_int_equal(out_commit(&out, null, NULL), BELGO_ENOMEM);
	close(null);
	out_done(&out);
}

static void
test_output__grows_over_many_pages(void **state)
{
	struct out out = {0};
	int i;

	(void)state;
	for (i = 0; i < 10000; i++)
		out_printf(&out, "%09d\n", i);
	assert_int_equal(out.len, 100000);
	assert_memory_equal(out.data + 99990, "000009999\n", 10);
	out_done(&out);
}

static void
test_output__json_is_one_line(void **state)
{
	AUTO(json_free_ptr) json_t *value = json_pack("{s:s, s:[i,n]}", "a", "x\ny", "b", 1);
	struct out out = {0};

	(void)state;
	out_json(&out, value);
	assert_memory_equal(out.data, "{\"a\":\"x\\ny\",\"b\":[1,null]}\n", out.len);
	out_done(&out);
}

/* Characters that drive a terminal or turn a line around come from providers, and --json is read by people
 * too. */
static void
test_output__json_is_ascii(void **state)
{
	AUTO(json_free_ptr)
	json_t *value = json_pack("[s]", "\xc2\x9b"
					 "2J\xe2\x80\xae\xc3\xab");
	struct out out = {0};

	(void)state;
	out_json(&out, value);
	assert_memory_equal(out.data, "[\"\\u009B2J\\u202E\\u00EB\"]\n", out.len);
	out_done(&out);
}

static void
test_output__shows_text_and_nothing_else(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {{"", ""},
		    {"plain", "plain"},
		    {"Zo\xc3\xab \xe6\x9d\x8e", "Zo\xc3\xab \xe6\x9d\x8e"},
		    {"a\x1b[31mb", "a?[31mb"},
		    {"a\nb\tc\rd", "a?b?c?d"},
		    {"a\x7f", "a?"},
		    {"\xc2\x9b"
		     "31m",
		     "?31m"},
		    {"bad \xff\xfe.", "bad ??."},
		    {"cut \xe6\x9d", "cut ??"},
		    {"over\xc0\xaf", "over??"},
		    {"rtl\xe2\x80\xaexyz", "rtl?xyz"},
		    {"iso\xe2\x81\xa6x", "iso?x"},
		    {"mark\xe2\x80\x8fx", "mark?x"}};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO(text_free) char *got = text_shown(rows[i].text);

		assert_string_equal(got, rows[i].want);
	}
}

static void
test_output__knows_how_wide_text_is(void **state)
{
	(void)state;
	assert_int_equal(text_width("plain"), 5);
	assert_int_equal(text_width("Zo\xc3\xab"), 3);
	assert_int_equal(text_width("\xe6\x9d\x8e"), 2);
	assert_int_equal(text_width("e\xcc\x81"), 1);
}

static void
test_output__colour_is_for_terminals_unless_said_otherwise(void **state)
{
	int fd = open("/dev/null", O_WRONLY);

	(void)state;
	unsetenv("NO_COLOR");
	unsetenv("CLICOLOR_FORCE");
	assert_false(colour_wanted(fd));
	setenv("CLICOLOR_FORCE", "1", 1);
	assert_true(colour_wanted(fd));
	setenv("CLICOLOR_FORCE", "0", 1);
	assert_false(colour_wanted(fd));
	setenv("CLICOLOR_FORCE", "1", 1);
	setenv("NO_COLOR", "1", 1);
	assert_false(colour_wanted(fd));
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_output__writes_all_at_once_and_only_then),
	    cmocka_unit_test(test_output__a_write_that_fails_is_a_failure),
	    cmocka_unit_test(test_output__what_is_incomplete_is_not_written),
	    cmocka_unit_test(test_output__grows_over_many_pages),
	    cmocka_unit_test(test_output__json_is_one_line),
	    cmocka_unit_test(test_output__json_is_ascii),
	    cmocka_unit_test(test_output__shows_text_and_nothing_else),
	    cmocka_unit_test(test_output__knows_how_wide_text_is),
	    cmocka_unit_test(test_output__colour_is_for_terminals_unless_said_otherwise),
	};
	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
