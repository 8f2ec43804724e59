/* Each allocation of this stratum fails in turn: it is reported, nothing leaks, no output is touched. */
#include "base/base64url.h"
#include "base/buf.h"
#include "base/form.h"
#include "base/http1.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/url.h"
#include "harness/failalloc.h"

#include <belgoauth/claims.h>

static belgo_rc
url_run(void)
{
	BG_AUTO(bg_url_done) struct bg_url url = {0};

	BG_TRY(bg_url_parse(&url, "https://u@op.example:8443/a?b#c"));
	bg_url_done(&url);
	return bg_url_parse(&url, "https://[::1]/");
}

static belgo_rc
url_query_run(void)
{
	BG_AUTO(bg_str_free) char *a = bg_url_with_query("https://op.example", "x=1");
	BG_AUTO(bg_str_free) char *b = bg_url_with_query("https://op.example", "");

	return (a != NULL && b != NULL) ? BELGO_OK : BELGO_ENOMEM;
}

static belgo_rc
form_run(void)
{
	static const char text[] = "a=1&b&c=%20";
	BG_AUTO(bg_buf_free) struct bg_buf buf = BG_BUF(1000);
	BG_AUTO(bg_form_done) struct bg_form form = {0};

	BG_TRY(bg_form_add(&buf, "name",
			   "a value that makes the buffer grow beyond its first sixty-four bytes"));
	BG_TRY(bg_form_encode(&buf, " "));
	BG_TRY(bg_buf_addf(&buf, "%0200d", 1));
	return bg_form_parse(&form, text, strlen(text));
}

static belgo_rc
http1_run(void)
{
	static const char data[] = "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n\r\n";
	BG_AUTO(bg_http1_done) struct bg_http1_request req = {0};
	size_t head_len;
	int status = 0;

	if (bg_http1_parse(&req, &head_len, &status, data, strlen(data)) == BG_HTTP1_REQUEST)
		return BELGO_OK;
	return status == 503 ? BELGO_ENOMEM : BELGO_EPROTO;
}

static belgo_rc
json_run(void)
{
	static const char text[] = "{\"a\":[\"x\",1.5,1e999],\"b\":{\"c\":\"d\"}}";
	BG_AUTO(bg_json_free) json_t *json = NULL;
	BG_AUTO(bg_str_free) char *dump = NULL, *copy = NULL;

	BG_TRY(bg_json_object(&json, text, strlen(text), 1000, BG_JSON_NUMBERS_DEFUSE, "doc", NULL));
	BG_TRY(bg_json_set_str(json, "e", "f"));
	BG_TRY(bg_json_set_int(json, "g", 1));
	BG_TRY(bg_json_str_dup(&copy, json, "e", BG_REQUIRED, "doc", NULL));
	return bg_json_dump(&dump, json);
}

static belgo_rc
claims_run(void)
{
	BG_AUTO(bg_str_free) char *text = NULL;
	int64_t n;

	BG_TRY(belgo_claims_string(&text, "{\"a\":\"b\",\"n\":1}", "a", NULL));
	return belgo_claims_integer(&n, "{\"n\":1}", "n", NULL);
}

static belgo_rc
text_run(void)
{
	BG_AUTO(bg_str_free) char *sum = NULL, *rest = NULL, *url = NULL, *made = NULL;
	BG_AUTO(bg_free) unsigned char *bytes = NULL;
	size_t len;

	BG_TRY(bg_scope_union(&sum, "a b", "b c"));
	BG_TRY(bg_scope_minus(&rest, "", ""));
	BG_TRY(bg_base64url_encode(&url, "abc", 3));
	BG_TRY(bg_base64url_decode(&bytes, &len, url, strlen(url)));
	return (made = bg_strf("%d", 1)) == NULL ? BELGO_ENOMEM : BELGO_OK;
}

static belgo_rc
check_run(void)
{
	BG_TRY(bg_url_check_issuer("https://op.example", "issuer", NULL));
	return bg_url_check_endpoint("https://op.example/t", "https://op.example", "endpoint", NULL);
}

static void
test_failalloc__every_failure_is_reported(void **state)
{
	(void)state;
	FAILALLOC_EACH(url_run());
	FAILALLOC_EACH(url_query_run());
	FAILALLOC_EACH(check_run());
	FAILALLOC_EACH(form_run());
	FAILALLOC_EACH(http1_run());
	FAILALLOC_EACH(json_run());
	FAILALLOC_EACH(claims_run());
	FAILALLOC_EACH(text_run());
}

static void
test_failalloc__str_set_keeps_the_old_value(void **state)
{
	char *s = NULL;
	belgo_rc rc;

	(void)state;
	assert_int_equal(bg_str_set(&s, "old"), BELGO_OK);
	failalloc_begin(1, 0);
	rc = bg_str_set(&s, "new");
	assert_int_equal(failalloc_end(), 1);
	assert_int_equal(rc, BELGO_ENOMEM);
	assert_string_equal(s, "old");
	bg_str_free(&s);
}

static void
test_failalloc__a_buffer_that_cannot_grow_is_unchanged(void **state)
{
	struct bg_buf buf = BG_BUF(1000);
	belgo_rc rc;

	(void)state;
	assert_int_equal(bg_buf_add_str(&buf, "old"), BELGO_OK);
	failalloc_begin(1, 0);
	rc = bg_buf_addf(&buf, "%0500d", 1);
	(void)failalloc_end();
	assert_int_equal(rc, BELGO_ENOMEM);
	assert_true(failalloc_has_failed());
	assert_false(failalloc_was_jansson());
	assert_string_equal(buf.data, "old");
	bg_buf_free(&buf);
}

/* Swallows a failure: the strict loop would refuse it. */
static belgo_rc
careless_run(void)
{
	BG_AUTO(bg_str_free) char *s = bg_strdup("x");

	return BELGO_OK;
}

static void
test_failalloc__tolerant_loop_lets_a_call_go_on(void **state)
{
	(void)state;
	FAILALLOC_EACH_TOLERANT(careless_run());
	failalloc_begin(1, 0);
	(void)careless_run();
	(void)failalloc_end();
	assert_true(failalloc_has_failed());
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_failalloc__every_failure_is_reported),
	    cmocka_unit_test(test_failalloc__str_set_keeps_the_old_value),
	    cmocka_unit_test(test_failalloc__a_buffer_that_cannot_grow_is_unchanged),
	    cmocka_unit_test(test_failalloc__tolerant_loop_lets_a_call_go_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
