/* The log: one printable line, or silence. */
#include "base/log.h"

#include "harness/test.h"

struct seen {
	int calls;
	enum belgo_log_level level;
	char text[1000];
};

static void
see(void *ctx, enum belgo_log_level level, const char *text)
{
	struct seen *seen = ctx;

	seen->calls++;
	seen->level = level;
	(void)snprintf(seen->text, sizeof(seen->text), "%s", text);
}

static void
test_log__hands_over_one_printable_line(void **state)
{
	struct seen seen = {0};
	const struct belgo_log log = {.ctx = &seen, .write = see};

	(void)state;
	bg_log(&log, BELGO_LOG_WARNING, "step %s\n%d", "two", 3);
	assert_int_equal(seen.calls, 1);
	assert_int_equal(seen.level, BELGO_LOG_WARNING);
	assert_string_equal(seen.text, "step two?3");
	bg_log(&log, BELGO_LOG_DEBUG, "%0900d", 1);
	assert_int_equal(strlen(seen.text), 511);
}

static void
test_log__is_silent_without_a_log(void **state)
{
	struct seen seen = {0};
	const struct belgo_log mute = {.ctx = &seen};

	(void)state;
	bg_log(NULL, BELGO_LOG_INFO, "nobody");
	bg_log(&mute, BELGO_LOG_INFO, "nobody");
	assert_int_equal(seen.calls, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_log__hands_over_one_printable_line),
	    cmocka_unit_test(test_log__is_silent_without_a_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
