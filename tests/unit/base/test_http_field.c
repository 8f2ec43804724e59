/* Cache-Control and Content-Type. */
#include "base/http1.h"

#include "harness/test.h"

/* @spec RFC 9111 section 5.2.2, 1.2.2 */
static void
test_http_field__reads_the_age(void **state)
{
	static const struct {
		const char *text;
		int64_t want;
	} rows[] = {
	    {"max-age=3600", 3600},
	    {"public, MAX-AGE=60 ,must-revalidate", 60},
	    {"max-age=\"60\"", 60},
	    {"max-age=0", 0},
	    {"max-age=60, max-age=90", 60},
	    {", ,max-age=5,", 5},
	    {"max-age=99999999999999999999999", 2147483648},
	    {"no-store", 0},
	    {"max-age=60, No-Cache", 0},
	    {"no-cache=\"set-cookie, x\", max-age=60", 0},
	    {"private=\"a, max-age=7\", max-age=60", 60},
	    {"", -1},
	    {"public", -1},
	    {"max-age", -1},
	    {"max-age=", -1},
	    {"max-age=1e99", -1},
	    {"max-age=-1", -1},
	    {"max-age=60s", -1},
	    {"max-age=1.5", -1},
	    {"s-maxage=60", -1},
	    {"x-max-age=60", -1},
	    {"max-age=60 garbage", -1},
	    {"max-age=\"60", -1},
	    {"a=\"\\\"\", max-age=60", -1},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++)
		assert_row(rows[i].text, bg_http_max_age(rows[i].text) == rows[i].want);
	assert_int_equal(bg_http_max_age(NULL), -1);
}

/* @spec RFC 9110 section 8.3.1 */
static void
test_http_field__knows_the_media_type(void **state)
{
	static const struct {
		const char *text;
		int want;
	} rows[] = {
	    {"application/json", 1},
	    {"Application/JSON", 1},
	    {" application/json ", 1},
	    {"application/json;charset=utf-8", 1},
	    {"application/json ; Charset=\"UTF-8\"", 1},
	    {"application/json;", 1},
	    {"application/json; ;charset=utf-8", 1},
	    {"application/json; charset=latin1", 0},
	    {"application/json; charset=utf-16", 0},
	    {"application/json; charset", 0},
	    {"application/json; charset=\"utf-8", 0},
	    {"application/json; profile=x", 0},
	    {"application/json; =x", 0},
	    {"application/json, text/html", 0},
	    {"application/json text/html", 0},
	    {"application/jsonx", 0},
	    {"application/jso", 0},
	    {"application/json=x", 0},
	    {"application/problem+json", 0},
	    {"text/plain", 0},
	    {"", 0},
	    {NULL, 0},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++)
		assert_row(rows[i].text == NULL ? "NULL" : rows[i].text,
			   bg_http_is_media_type(rows[i].text, "application/json") == rows[i].want);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_http_field__reads_the_age),
	    cmocka_unit_test(test_http_field__knows_the_media_type),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
