/* HTTP dates in their three forms. */
#include "base/http1.h"

#include "harness/test.h"

/* @spec RFC 9110 section 5.6.7 */
static void
test_httpdate__reads_the_three_forms(void **state)
{
	static const struct {
		const char *text;
		int64_t want;
	} rows[] = {
	    {"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
	    {"Sunday, 06-Nov-94 08:49:37 GMT", 784111777},
	    {"Sun Nov  6 08:49:37 1994", 784111777},
	    {"Wed Nov 16 08:49:37 1994", 784975777},
	    {"Thu, 01 Jan 1970 00:00:00 GMT", 0},
	    {"Tue, 29 Feb 2000 12:00:00 GMT", 951825600},
	    {"Thu, 29 Feb 2024 23:59:59 GMT", 1709251199},
	    {"Fri, 31 Dec 1999 23:59:60 GMT", 946684800},
	    {"Tue, 19 Jan 2038 03:14:08 GMT", 2147483648},
	    {"Mon, 01 Mar 2100 00:00:00 GMT", 4107542400},
	    {"Fri, 31 Dec 9999 23:59:59 GMT", 253402300799},
	    {"Saturday, 01-Jan-00 00:00:00 GMT", 946684800},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++)
		assert_row(rows[i].text, bg_http_date(rows[i].text) == rows[i].want);
}

static void
test_httpdate__rejects_everything_else(void **state)
{
	static const char *const rows[] = {
	    "",
	    "0",
	    "-1",
	    "now",
	    "1994-11-06T08:49:37Z",
	    "Sun, 06 Nov 1994 08:49:37",
	    "Sun, 06 Nov 1994 08:49:37 UTC",
	    "Sun, 06 Nov 1994 08:49:37 GMT ",
	    " Sun, 06 Nov 1994 08:49:37 GMT",
	    "Sun, 6 Nov 1994 08:49:37 GMT",
	    "Xyz, 06 Nov 1994 08:49:37 GMT",
	    "Sun, 06 Foo 1994 08:49:37 GMT",
	    "Sun, 06 nov 1994 08:49:37 GMT",
	    "Sun, 00 Nov 1994 08:49:37 GMT",
	    "Sun, 31 Nov 1994 08:49:37 GMT",
	    "Thu, 29 Feb 2100 08:49:37 GMT",
	    "Tue, 29 Feb 2023 08:49:37 GMT",
	    "Sun, 06 Nov 1994 24:00:00 GMT",
	    "Sun, 06 Nov 1994 08:60:00 GMT",
	    "Sun, 06 Nov 1994 08:49:61 GMT",
	    "Sun, 06 Nov 1969 08:49:37 GMT",
	    "Sun, 06 Nov 94 08:49:37 GMT",
	    "Sun, +6 Nov 1994 08:49:37 GMT",
	    "Sunday, 06-Nov-9 08:49:37 GMT",
	    "Sun Nov  06 08:49:37 1994",
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++)
		assert_row(rows[i], bg_http_date(rows[i]) == -1);
	assert_int_equal(bg_http_date(NULL), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_httpdate__reads_the_three_forms),
	    cmocka_unit_test(test_httpdate__rejects_everything_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
