/* Durations: what people may write, and how they are written back. */
#include "harness/test.h"

#include "duration.h"

static void
test_duration__reads_each_unit(void **state)
{
	static const struct {
		const char *text;
		int64_t want;
	} rows[] = {{"90", 90},
		    {"90s", 90},
		    {"0", 0},
		    {"5m", 300},
		    {"2h", 7200},
		    {"1d", 86400},
		    {"007", 7},
		    {"3650d", DURATION_MAX_S},
		    {"315360000", DURATION_MAX_S}};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t got = -1;

		assert_row(rows[i].text, duration_parse(&got, rows[i].text) == 0 && got == rows[i].want);
	}
}

static void
test_duration__refuses_all_else(void **state)
{
	static const char *const rows[] = {"",
					   "s",
					   "m5",
					   "5x",
					   "5mm",
					   "5 m",
					   " 5",
					   "-5",
					   "+5",
					   "1.5h",
					   "5S",
					   "0x10",
					   "3651d",
					   "315360001",
					   "99999999999999999999",
					   "9223372036854775807d"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t got = 42;

		assert_row(rows[i], duration_parse(&got, rows[i]) == -1 && got == 42);
	}
}

static void
test_duration__is_written_in_its_two_largest_units(void **state)
{
	static const struct {
		int64_t seconds;
		const char *want;
	} rows[] = {
	    {0, "0 s"},    {59, "59 s"},        {60, "1 min"},  {3599, "59 min"},
	    {3600, "1 h"}, {3660, "1 h 1 min"}, {86400, "1 d"}, {86400 * 3 + 3600 * 4 + 59, "3 d 4 h"}};
	char got[32];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		duration_text(got, sizeof(got), rows[i].seconds);
		assert_string_equal(got, rows[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_duration__reads_each_unit),
	    cmocka_unit_test(test_duration__refuses_all_else),
	    cmocka_unit_test(test_duration__is_written_in_its_two_largest_units),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
