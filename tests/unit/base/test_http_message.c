/* HTTP messages as values: found headers, and destructors that take anything. */
#include <belgoauth/transport.h>

#include "base/mem.h"
#include "harness/test.h"

static struct belgo_http_header *
headers(void)
{
	struct belgo_http_header *list = bg_calloc(2, sizeof(*list));

	assert_non_null(list);
	list[0] = (struct belgo_http_header){bg_strdup("content-type"), bg_strdup("a/b")};
	list[1] = (struct belgo_http_header){bg_strdup("content-type"), bg_strdup("c/d")};
	return list;
}

static void
test_http_message__finds_the_first_header_in_any_case(void **state)
{
	struct belgo_http_response res = {
	    .headers = headers(), .n_headers = 2, .body = bg_strdup("x"), .body_len = 1};

	(void)state;
	assert_string_equal(belgo_http_response_header(&res, "Content-Type"), "a/b");
	assert_null(belgo_http_response_header(&res, "content-typ"));
	belgo_http_response_done(&res);
	assert_null(res.headers);
	assert_null(res.body);
	belgo_http_response_done(&res);
	belgo_http_response_done(NULL);
}

static void
test_http_message__a_request_is_freed_whole(void **state)
{
	struct belgo_http_request req = {.method = "POST",
					 .url = bg_strdup("https://op.example/"),
					 .headers = headers(),
					 .n_headers = 2,
					 .body = bg_strdup("a=b"),
					 .body_len = 3};

	(void)state;
	belgo_http_request_done(&req);
	assert_null(req.url);
	assert_null(req.body);
	assert_int_equal(req.n_headers, 0);
	belgo_http_request_done(&req);
	belgo_http_request_done(NULL);
}

static void
count_free(void *ctx)
{
	++*(int *)ctx;
}

static void
test_http_message__a_transport_is_freed_once(void **state)
{
	int calls = 0;
	struct belgo_transport transport = {.ctx = &calls, .free = count_free};

	(void)state;
	belgo_transport_done(&transport);
	belgo_transport_done(&transport);
	belgo_transport_done(NULL);
	assert_int_equal(calls, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_http_message__finds_the_first_header_in_any_case),
	    cmocka_unit_test(test_http_message__a_request_is_freed_whole),
	    cmocka_unit_test(test_http_message__a_transport_is_freed_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
