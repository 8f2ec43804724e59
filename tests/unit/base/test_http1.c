/* Request heads: rows A14, A15, A16 and A22 of what a loopback listener meets. */
#include "base/http1.h"

#include "base/limits.h"
#include "base/mem.h"
#include "harness/test.h"

#define HOST "Host: 127.0.0.1:8400\r\n"

/* The verdict alone; status is 0 unless it is BAD. */
static enum bg_http1_verdict
judge(int *status, const char *data, size_t len)
{
	struct bg_http1_request req = {0};
	enum bg_http1_verdict verdict;
	size_t head_len = 0;

	*status = 0;
	verdict = bg_http1_parse(&req, &head_len, status, data, len);
	if (verdict != BG_HTTP1_REQUEST)
		assert_null(req.method);
	bg_http1_done(&req);
	return verdict;
}

static void
test_http1__gives_method_target_and_fields(void **state)
{
	static const char data[] =
	    "GET /cb?code=x&state=y HTTP/1.1\r\nhOST:127.0.0.1:8400\r\nX-A: \t a b\t \r\n"
	    "X-Empty:\r\nX-A: second\r\n\r\nbody";
	struct bg_http1_request req = {0};
	size_t head_len = 0;
	int status = 0;

	(void)state;
	assert_int_equal(bg_http1_parse(&req, &head_len, &status, data, strlen(data)), BG_HTTP1_REQUEST);
	assert_int_equal(head_len, strlen(data) - 4);
	assert_string_equal(req.method, "GET");
	assert_string_equal(req.target, "/cb?code=x&state=y");
	assert_int_equal(req.n_fields, 4);
	assert_int_equal(req.content_length, 0);
	assert_string_equal(bg_http1_field(&req, "host"), "127.0.0.1:8400");
	assert_string_equal(bg_http1_field(&req, "x-a"), "a b");
	assert_string_equal(bg_http1_field(&req, "x-empty"), "");
	assert_null(bg_http1_field(&req, "cookie"));
	bg_http1_done(&req);
	assert_null(req.fields);
}

static void
test_http1__reads_a_post_with_its_length(void **state)
{
	static const char data[] = "POST /cb HTTP/1.0\r\n" HOST "Content-Length: 65536\r\n\r\n";
	struct bg_http1_request req = {0};
	size_t head_len = 0;
	int status = 0;

	(void)state;
	assert_int_equal(bg_http1_parse(&req, &head_len, &status, data, strlen(data)), BG_HTTP1_REQUEST);
	assert_string_equal(req.method, "POST");
	assert_int_equal(req.content_length, BG_MAX_FORM);
	bg_http1_done(&req);
}

/* @spec RFC 9112 section 2.2, 3, 3.2, 5, 6.3 */
static void
test_http1__rejects_a_malformed_head(void **state)
{
	static const struct {
		const char *name, *data;
		int status;
	} rows[] = {
	    {"HTTP/0.9", "GET /\r\n", 400},
	    {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
	    {"TLS ClientHello", "\x16\x03\x01\x02", 400},
	    {"leading blank", " GET / HTTP/1.1\r\n", 400},
	    {"leading empty line", "\r\nGET / HTTP/1.1\r\n" HOST "\r\n", 400},
	    {"method of garbage", "(", 400},
	    {"endless method", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 400},
	    {"method without target", "GET\r\n", 400},
	    {"method and tab", "GET\t/ HTTP/1.1\r\n" HOST "\r\n", 400},
	    {"HEAD", "HEAD / HTTP/1.1\r\n" HOST "\r\n", 405},
	    {"OPTIONS", "OPTIONS /cb HTTP/1.1\r\n" HOST "\r\n", 405},
	    {"OPTIONS of the server", "OPTIONS * HTTP/1.1\r\n" HOST "\r\n", 405},
	    {"lower-case method", "get / HTTP/1.1\r\n" HOST "\r\n", 405},
	    {"two blanks", "GET  / HTTP/1.1\r\n" HOST "\r\n", 400},
	    {"two blanks before the version", "GET /  HTTP/1.1\r\n" HOST "\r\n", 400},
	    {"trailing blank", "GET / HTTP/1.1 \r\n" HOST "\r\n", 400},
	    {"absolute-form", "GET http://127.0.0.1/ HTTP/1.1\r\n" HOST "\r\n", 400},
	    {"asterisk-form", "GET * HTTP/1.1\r\n" HOST "\r\n", 400},
	    {"empty target", "GET  HTTP/1.1\r\n" HOST "\r\n", 400},
	    {"fragment", "GET /#code=x HTTP/1.1\r\n" HOST "\r\n", 400},
	    {"tab in target", "GET /\t HTTP/1.1\r\n" HOST "\r\n", 400},
	    {"non-ASCII target", "GET /\xc3\xa9 HTTP/1.1\r\n" HOST "\r\n", 400},
	    {"HTTP/1.2", "GET / HTTP/1.2\r\n" HOST "\r\n", 505},
	    {"HTTP/2.0", "GET / HTTP/2.0\r\n" HOST "\r\n", 505},
	    {"no version", "GET / HTTP\r\n" HOST "\r\n", 400},
	    {"lower-case version", "GET / http/1.1\r\n" HOST "\r\n", 400},
	    {"version of letters", "GET / HTTP/a.1\r\n" HOST "\r\n", 400},
	    {"bare LF", "GET / HTTP/1.1\n" HOST "\r\n", 400},
	    {"bare LF in a field", "GET / HTTP/1.1\r\nHost: x\n\r\n", 400},
	    {"bare CR", "GET / HTTP/1.1\r\nHost: x\ry\r\n\r\n", 400},
	    {"control in a field", "GET / HTTP/1.1\r\nHost: \x01\r\n\r\n", 400},
	    {"DEL in a field", "GET / HTTP/1.1\r\nHost: \x7f\r\n\r\n", 400},
	    {"folding", "GET / HTTP/1.1\r\n" HOST " more\r\n\r\n", 400},
	    {"folding with a tab", "GET / HTTP/1.1\r\n" HOST "\tmore\r\n\r\n", 400},
	    {"blank before the colon", "GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400},
	    {"no colon", "GET / HTTP/1.1\r\nHost\r\n\r\n", 400},
	    {"no name", "GET / HTTP/1.1\r\n: x\r\n\r\n", 400},
	    {"no Host", "GET / HTTP/1.1\r\nX: y\r\n\r\n", 400},
	    {"no Host, HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", 400},
	    {"two Hosts", "GET / HTTP/1.1\r\n" HOST HOST "\r\n", 400},
	    {"Transfer-Encoding", "POST / HTTP/1.1\r\n" HOST "tRANSFER-Encoding: chunked\r\n\r\n", 400},
	    {"both lengths",
	     "POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
	    {"two lengths", "POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nContent-Length: 1\r\n\r\n", 400},
	    {"list of lengths", "POST / HTTP/1.1\r\n" HOST "Content-Length: 1, 1\r\n\r\n", 400},
	    {"signed length", "POST / HTTP/1.1\r\n" HOST "Content-Length: +1\r\n\r\n", 400},
	    {"empty length", "POST / HTTP/1.1\r\n" HOST "Content-Length:\r\n\r\n", 400},
	    {"large length", "POST / HTTP/1.1\r\n" HOST "Content-Length: 65537\r\n\r\n", 413},
	    {"overflowing length", "POST / HTTP/1.1\r\n" HOST "Content-Length: 18446744073709551617\r\n\r\n",
	     413},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		int status;

		assert_row(rows[i].name, judge(&status, rows[i].data, strlen(rows[i].data)) == BG_HTTP1_BAD);
		assert_row(rows[i].name, status == rows[i].status);
	}
}

static void
test_http1__rejects_a_nul_anywhere(void **state)
{
	static const char *const places[] = {"^GET / HTTP/1.1\r\n", "GE^T / HTTP/1.1\r\n",
					     "GET /^ HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHo^st: x\r\n\r\n",
					     "GET / HTTP/1.1\r\nHost: x^\r\n\r\n"};

	(void)state;
	for (size_t i = 0; i < BG_LEN(places); i++) {
		char data[100];
		size_t len = strlen(places[i]);
		int status;

		(void)snprintf(data, sizeof(data), "%s", places[i]);
		data[strcspn(data, "^")] = '\0';
		assert_row(places[i], judge(&status, data, len) == BG_HTTP1_BAD && status == 400);
	}
}

/* Whatever the packets' boundaries, the verdict is the same. */
static void
test_http1__waits_for_the_rest_of_a_good_head(void **state)
{
	static const char data[] =
	    "POST /cb HTTP/1.1\r\n" HOST "Content-Length: 3\r\nCookie: caf\xc3\xa9\r\n\r\n";
	int status;

	(void)state;
	for (size_t n = 0; n < strlen(data); n++)
		assert_int_equal(judge(&status, data, n), BG_HTTP1_MORE);
	assert_int_equal(judge(&status, data, strlen(data)), BG_HTTP1_REQUEST);
}

/* A head whose target, or whose one long field, has n bytes of filling. */
static char *
head_of(const char *before, size_t n, const char *after)
{
	char *data = bg_calloc(strlen(before) + n + strlen(after) + 1, 1);

	assert_non_null(data);
	memcpy(data, before, strlen(before));
	memset(data + strlen(before), 'a', n);
	memcpy(data + strlen(before) + n, after, strlen(after));
	return data;
}

static void
check_size(const char *before, size_t n, const char *after, enum bg_http1_verdict want, int want_status)
{
	char *data = head_of(before, n, after);
	int status;

	assert_int_equal(judge(&status, data, strlen(data)), want);
	assert_int_equal(status, want_status);
	bg_str_free(&data);
}

static void
test_http1__takes_just_its_ceilings(void **state)
{
	const size_t line = BG_MAX_REQUEST_LINE - strlen("GET / HTTP/1.1");
	const size_t head = BG_MAX_REQUEST_HEAD - strlen("GET / HTTP/1.1\r\n" HOST "X: \r\n\r\n");

	(void)state;
	check_size("GET /", line, " HTTP/1.1\r\n" HOST "\r\n", BG_HTTP1_REQUEST, 0);
	check_size("GET /", line + 1, " HTTP/1.1\r\n" HOST "\r\n", BG_HTTP1_BAD, 414);
	check_size("GET /", BG_MAX_REQUEST_LINE, "", BG_HTTP1_BAD, 414);
	check_size("GET / HTTP/1.1\r\n" HOST "X: ", head, "\r\n\r\n", BG_HTTP1_REQUEST, 0);
	check_size("GET / HTTP/1.1\r\n" HOST "X: ", head + 1, "\r\n\r\n", BG_HTTP1_BAD, 431);
	check_size("GET / HTTP/1.1\r\n" HOST "X: ", head + 100, "\r\n\r\n", BG_HTTP1_BAD, 431);
	check_size("GET / HTTP/1.1\r\n" HOST "X: ", BG_MAX_REQUEST_HEAD, "", BG_HTTP1_BAD, 431);
}

static void
test_http1__takes_a_hundred_fields_and_no_more(void **state)
{
	char data[2000];
	size_t len = 0;
	int status;

	(void)state;
	len += (size_t)snprintf(data, sizeof(data), "GET / HTTP/1.1\r\n" HOST);
	for (int i = 1; i < BG_MAX_REQUEST_HEADERS; i++)
		len += (size_t)snprintf(data + len, sizeof(data) - len, "X-%d: y\r\n", i);
	(void)snprintf(data + len, sizeof(data) - len, "\r\n");
	assert_int_equal(judge(&status, data, len + 2), BG_HTTP1_REQUEST);
	len += (size_t)snprintf(data + len, sizeof(data) - len, "One: more\r\n\r\n");
	assert_int_equal(judge(&status, data, len), BG_HTTP1_BAD);
	assert_int_equal(status, 431);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_http1__gives_method_target_and_fields),
	    cmocka_unit_test(test_http1__reads_a_post_with_its_length),
	    cmocka_unit_test(test_http1__rejects_a_malformed_head),
	    cmocka_unit_test(test_http1__rejects_a_nul_anywhere),
	    cmocka_unit_test(test_http1__waits_for_the_rest_of_a_good_head),
	    cmocka_unit_test(test_http1__takes_just_its_ceilings),
	    cmocka_unit_test(test_http1__takes_a_hundred_fields_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
