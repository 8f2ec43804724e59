/* What all JSON answers have in common, and what a refusal says in whatever shape. */
#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "harness/failalloc.h"
#include "proto/reply.h"
#include "unit/proto/answer.h"

#define WHAT "test endpoint"

static const struct belgo_provider plain = {.hooks = &bg_hooks_none};

/* @spec RFC 9110 section 15 */
static void
test_reply__status_is_judged_before_the_body(void **state)
{
	static const struct {
		const char *name;
		int status;
		belgo_rc want;
	} rows[] = {
	    {"200", 200, BELGO_OK},
	    {"400 is for others to judge", 400, BELGO_OK},
	    {"401", 401, BELGO_OK},
	    {"E11 429", 429, BELGO_EUNAVAILABLE},
	    {"E11 500", 500, BELGO_EUNAVAILABLE},
	    {"E11 503", 503, BELGO_EUNAVAILABLE},
	    {"599", 599, BELGO_EUNAVAILABLE},
	    {"E01 301", 301, BELGO_EPROTO},
	    {"E01 302", 302, BELGO_EPROTO},
	    {"E01 303", 303, BELGO_EPROTO},
	    {"E01 307", 307, BELGO_EPROTO},
	    {"E01 308", 308, BELGO_EPROTO},
	    {"304 where nothing was kept", 304, BELGO_EPROTO},
	    {"100", 100, BELGO_EPROTO},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(belgo_http_response_done)
		struct belgo_http_response res =
		    answer(rows[i].status, JSON_TYPE, "{\"access_token\":\"x\"}");
		struct belgo_error err = {0};

		assert_row(rows[i].name, bg_reply_check_available(&res, WHAT, &err) == rows[i].want);
		assert_row(rows[i].name, err.rc == rows[i].want);
		assert_row(rows[i].name, err.http_status == (rows[i].want == BELGO_OK ? 0 : rows[i].status));
	}
}

static void
test_reply__failure_carries_the_facts_of_its_answer(void **state)
{
	BG_AUTO(belgo_http_response_done) struct belgo_http_response res = answer(503, NULL, "");
	struct belgo_error err = {0};

	(void)state;
	answer_header(&res, "retry-after", "1000000000");
	answer_header(&res, "date", "Tue, 14 Nov 2023 22:12:20 GMT");
	assert_int_equal(bg_reply_check_available(&res, WHAT, &err), BELGO_EUNAVAILABLE);
	assert_int_equal(err.http_status, 503);
	assert_int_equal(err.retry_after, 1000000000);
	assert_true(err.has_clock_skew);
	assert_int_equal(err.clock_skew, 60);
}

static void
test_reply__first_cause_keeps_its_facts(void **state)
{
	BG_AUTO(belgo_http_response_done) struct belgo_http_response res = answer(503, NULL, "");
	BG_AUTO(bg_json_free) json_t *json = NULL;
	struct belgo_error err = {.rc = BELGO_EIO, .http_status = 418};

	(void)state;
	assert_int_equal(bg_reply_check_available(&res, WHAT, &err), BELGO_EUNAVAILABLE);
	assert_int_equal(bg_reply_json(&json, &res, 10, BG_JSON_NUMBERS_STRICT, WHAT, &err), BELGO_EPROTO);
	assert_int_equal(bg_reply_refused(&plain, &res, WHAT, NULL, &err), BELGO_EDENIED);
	assert_int_equal(err.rc, BELGO_EIO);
	assert_int_equal(err.http_status, 418);
	assert_int_equal(bg_reply_unexpected(&res, WHAT, NULL), BELGO_EPROTO);
}

/* @spec RFC 9110 section 10.2.3 */
static void
test_reply__retry_after_is_seconds_or_a_date(void **state)
{
	static const struct {
		const char *name, *field, *value;
		int64_t want;
	} rows[] = {
	    {"seconds", "retry-after", "120", 120},
	    {"zero", "retry-after", "0", 0},
	    {"X-", "x-retry-after", "7", 7},
	    {"date", "retry-after", "Tue, 14 Nov 2023 22:14:20 GMT", 60},
	    {"past date", "retry-after", "Tue, 14 Nov 2023 22:12:20 GMT", 0},
	    {"negative", "retry-after", "-1", -1},
	    {"overflow", "retry-after", "99999999999999999999", -1},
	    {"garbage", "retry-after", "soon", -1},
	    {"other field", "age", "5", -1},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(belgo_http_response_done) struct belgo_http_response res = answer(429, NULL, "");

		answer_header(&res, rows[i].field, rows[i].value);
		assert_row(rows[i].name, bg_reply_retry_after(&res) == rows[i].want);
	}
}

static void
test_reply__clock_skew_needs_a_date(void **state)
{
	BG_AUTO(belgo_http_response_done) struct belgo_http_response res = answer(200, NULL, "");
	BG_AUTO(belgo_http_response_done) struct belgo_http_response bad = answer(200, NULL, "");
	BG_AUTO(belgo_http_response_done) struct belgo_http_response good = answer(200, NULL, "");
	int64_t skew = 42;

	(void)state;
	answer_header(&bad, "date", "yesterday");
	answer_header(&good, "date", "Tue, 14 Nov 2023 22:13:30 GMT");
	assert_false(bg_reply_clock_skew(&skew, &res));
	assert_false(bg_reply_clock_skew(&skew, &bad));
	assert_int_equal(skew, 42);
	assert_true(bg_reply_clock_skew(&skew, &good));
	assert_int_equal(skew, -10);
}

/* E03, E04 */
static void
test_reply__json_wants_its_media_type_and_passes_the_gate(void **state)
{
	static const struct {
		const char *name, *type, *body;
		belgo_rc want;
	} rows[] = {
	    {"json", JSON_TYPE, "{\"a\":1}", BELGO_OK},
	    {"charset utf-8", "application/json; charset=UTF-8", "{\"a\":1}", BELGO_OK},
	    {"E03 none", NULL, "{\"a\":1}", BELGO_EPROTO},
	    {"E03 text/plain", "text/plain", "{\"a\":1}", BELGO_EPROTO},
	    {"E03 html", "text/html", "<html>", BELGO_EPROTO},
	    {"E03 latin1", "application/json; charset=latin1", "{\"a\":1}", BELGO_EPROTO},
	    {"E03 +json", "application/problem+json", "{\"a\":1}", BELGO_EPROTO},
	    {"E03 form", "application/x-www-form-urlencoded", "a=1", BELGO_EPROTO},
	    {"E04 empty", JSON_TYPE, "", BELGO_EPROTO},
	    {"E04 null", JSON_TYPE, "null", BELGO_EPROTO},
	    {"E04 array", JSON_TYPE, "[{}]", BELGO_EPROTO},
	    {"E04 string", JSON_TYPE, "\"a\"", BELGO_EPROTO},
	    {"E04 number", JSON_TYPE, "1", BELGO_EPROTO},
	    {"E04 truncated", JSON_TYPE, "{\"a\":", BELGO_EPROTO},
	    {"E04 trailing", JSON_TYPE, "{\"a\":1}x", BELGO_EPROTO},
	    {"E04 BOM", JSON_TYPE, "\xef\xbb\xbf{\"a\":1}", BELGO_EPROTO},
	    {"E04 duplicate", JSON_TYPE, "{\"a\":1,\"a\":2}", BELGO_EPROTO},
	    {"E04 NUL", JSON_TYPE, "{\"a\":\"\\u0000\"}", BELGO_EPROTO},
	    {"E04 lone surrogate", JSON_TYPE, "{\"a\":\"\\ud800\"}", BELGO_EPROTO},
	    {"too large", JSON_TYPE, "{\"a\":\"0123456789012345678901234567890123456789\"}", BELGO_EPROTO},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(belgo_http_response_done)
		struct belgo_http_response res = answer(200, rows[i].type, rows[i].body);
		BG_AUTO(bg_json_free) json_t *json = NULL;
		struct belgo_error err = {0};

		assert_row(rows[i].name, bg_reply_json(&json, &res, 40, BG_JSON_NUMBERS_STRICT, WHAT, &err) ==
					     rows[i].want);
		assert_row(rows[i].name, (json != NULL) == (rows[i].want == BELGO_OK));
		assert_row(rows[i].name, err.http_status == (rows[i].want == BELGO_OK ? 0 : 200));
	}
}

/* @spec RFC 6749 section 5.2 */
static void
test_reply__refusal_is_read_in_every_shape_seen(void **state)
{
	static const struct {
		const char *name, *body, *code, *description, *uri;
	} rows[] = {
	    {"by the book",
	     "{\"error\":\"invalid_client\",\"error_description\":\"no\",\"error_uri\":\"https://e.example/"
	     "x\"}",
	     "invalid_client", "no", "https://e.example/x"},
	    {"A08 uri of another scheme", "{\"error\":\"x\",\"error_uri\":\"javascript:alert(1)\"}", "x", "",
	     ""},
	    {"A08 http uri", "{\"error\":\"x\",\"error_uri\":\"http://e.example\"}", "x", "", ""},
	    {"error_code", "{\"error_code\":\"rate_limit_exceeded\"}", "rate_limit_exceeded", "", ""},
	    {"status and message", "{\"status\":400,\"message\":\"invalid client\"}", "", "invalid client",
	     ""},
	    {"nested, code in words", "{\"error\":{\"code\":\"InvalidAuth\",\"message\":\"m\"}}",
	     "InvalidAuth", "m", ""},
	    {"nested, code a number",
	     "{\"error\":{\"code\":401,\"status\":\"UNAUTHENTICATED\",\"message\":\"m\"}}", "UNAUTHENTICATED",
	     "m", ""},
	    {"nested, type", "{\"error\":{\"type\":\"OAuthException\"}}", "OAuthException", "", ""},
	    {"nested, empty", "{\"error\":{}}", "", "", ""},
	    {"detail in words", "{\"detail\":\"Not here\"}", "", "Not here", ""},
	    {"detail as a list", "{\"detail\":[{\"loc\":[\"body\"],\"msg\":\"field required\"}]}", "",
	     "field required", ""},
	    {"errors as a list of objects", "{\"errors\":[{\"message\":\"bad\"}]}", "", "bad", ""},
	    {"errors as a list of strings", "{\"errors\":[\"bad\"]}", "", "bad", ""},
	    {"errors empty", "{\"errors\":[]}", "", "", ""},
	    {"error a number", "{\"error\":7}", "", "", ""},
	    {"not an object", "\"nope\"", "", "", ""},
	    {"broken", "{", "", "", ""},
	    {"empty", "", "", "", ""},
	    {"a number jansson cannot hold", "{\"error\":\"x\",\"n\":1e999}", "x", "", ""},
	    {"E18 escapes", "{\"error\":\"x\",\"error_description\":\"\\u001b[31mred\\n\\\"\\u202e\"}", "x",
	     "?[31mred?\"???", ""},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(belgo_http_response_done)
		struct belgo_http_response res = answer(400, JSON_TYPE, rows[i].body);
		struct belgo_error err = {.subject = "work"};

		assert_row(rows[i].name, bg_reply_refused(&plain, &res, WHAT, NULL, &err) == BELGO_EDENIED);
		assert_row(rows[i].name, err.rc == BELGO_EDENIED && err.http_status == 400);
		assert_string_equal(err.oauth_error, rows[i].code);
		assert_string_equal(err.oauth_error_description, rows[i].description);
		assert_string_equal(err.oauth_error_uri, rows[i].uri);
		assert_string_equal(err.subject, "work");
	}
}

static void
test_reply__refusal_without_json_names_the_status(void **state)
{
	BG_AUTO(belgo_http_response_done)
	struct belgo_http_response res = answer(403, "text/html", "{\"error\":\"invalid_client\"}");
	struct belgo_error err = {0};

	(void)state;
	assert_int_equal(bg_reply_refused(&plain, &res, WHAT, NULL, &err), BELGO_EDENIED);
	assert_string_equal(err.oauth_error, "");
	assert_non_null(strstr(err.text, "HTTP 403"));
	assert_non_null(strstr(err.text, WHAT));
}

static void
test_reply__refusal_that_will_pass_is_unavailable(void **state)
{
	static const struct {
		const char *code;
		belgo_rc want;
	} rows[] = {
	    {"temporarily_unavailable", BELGO_EUNAVAILABLE},
	    {"server_error", BELGO_EUNAVAILABLE},
	    {"invalid_grant", BELGO_EDENIED},
	    {"access_denied", BELGO_EDENIED},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(bg_str_free) char *body = bg_strf("{\"error\":\"%s\"}", rows[i].code);
		BG_AUTO(belgo_http_response_done)
		struct belgo_http_response res = answer(400, JSON_TYPE, body);

		assert_row(rows[i].code, bg_reply_refused(&plain, &res, WHAT, NULL, NULL) == rows[i].want);
	}
}

#define FIFTY "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwx"

/* E18 */
static void
test_reply__secrets_are_cut_out_of_whatever_is_shown(void **state)
{
	static const char *const secrets[] = {"s3cret", "", "n", "rt-1", NULL};
	static const struct {
		const char *name, *body, *code, *description;
	} rows[] = {
	    {"within", "{\"error\":\"x\",\"error_description\":\"token rt-1 of s3cret, rt-1\"}", "x",
	     "token [...] of [...], [...]"},
	    {"a secret of one letter", "{\"error\":\"authorization_pending\"}", "authorization_pending", ""},
	    {"the whole", "{\"error\":\"x\",\"error_description\":\"s3cret\"}", "x", "[...]"},
	    {"in the code", "{\"error\":\"bad s3cret\"}", "bad [...]", ""},
	    {"in the uri", "{\"error\":\"x\",\"error_uri\":\"https://e.example/?t=rt-1\"}", "x", ""},
	    {"across the cut at 200",
	     "{\"error\":\"x\",\"error_description\":\"" FIFTY FIFTY FIFTY
	     "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuv"
	     "s3cret\"}",
	     "x", FIFTY FIFTY FIFTY "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuv[."},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(belgo_http_response_done)
		struct belgo_http_response res = answer(400, JSON_TYPE, rows[i].body);
		struct belgo_error err = {0};

		assert_row(rows[i].name,
			   bg_reply_refused(&plain, &res, WHAT, secrets, &err) == BELGO_EDENIED);
		assert_string_equal(err.oauth_error, rows[i].code);
		assert_string_equal(err.oauth_error_description, rows[i].description);
		assert_string_equal(err.oauth_error_uri, "");
		assert_row(rows[i].name, strstr(err.text, "s3cret") == NULL);
	}
}

static void
sharpen(const struct belgo_provider *provider, const json_t *reply, struct belgo_error *err)
{
	(void)provider;
	if (json_integer_value(json_object_get(reply, "n")) != 50173)
		return;
	err->rc = BELGO_ELOGIN;
	memcpy(err->provider_code, "N50173", sizeof("N50173"));
}

static void
test_reply__provider_may_sharpen_a_refusal_by_numbers(void **state)
{
	static const struct bg_hooks hooks = {.map_error = sharpen};
	static const struct belgo_provider provider = {.hooks = &hooks};
	BG_AUTO(belgo_http_response_done)
	struct belgo_http_response res = answer(400, JSON_TYPE, "{\"error\":\"x\",\"n\":50173}");
	BG_AUTO(belgo_http_response_done)
	struct belgo_http_response other = answer(400, JSON_TYPE, "{\"error\":\"x\",\"n\":1}");
	BG_AUTO(belgo_http_response_done) struct belgo_http_response empty = answer(400, JSON_TYPE, "");
	struct belgo_error err = {0};

	(void)state;
	assert_int_equal(bg_reply_refused(&provider, &other, WHAT, NULL, NULL), BELGO_EDENIED);
	assert_int_equal(bg_reply_refused(&provider, &empty, WHAT, NULL, NULL), BELGO_EDENIED);
	assert_int_equal(bg_reply_refused(&provider, &res, WHAT, NULL, NULL), BELGO_ELOGIN);
	assert_int_equal(bg_reply_refused(&provider, &res, WHAT, NULL, &err), BELGO_ELOGIN);
	assert_int_equal(err.rc, BELGO_ELOGIN);
	assert_string_equal(err.provider_code, "N50173");
}

/* @spec RFC 9110 section 5.5 */
static void
test_reply__request_header_cannot_break_its_line(void **state)
{
	static const struct {
		const char *row, *name, *value;
		belgo_rc want;
	} rows[] = {
	    {"plain", "Accept", "application/json", BELGO_OK},
	    {"E05 CR LF", "Accept", "a\r\nX: y", BELGO_EINVAL},
	    {"not ASCII", "Accept", "\xc3\xa4", BELGO_EINVAL},
	    {"blank in the name", "A B", "c", BELGO_EINVAL},
	    {"no name", "", "c", BELGO_EINVAL},
	    {"no value", "A", NULL, BELGO_EINVAL},
	};
	BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++)
		assert_row(rows[i].row, bg_request_header(&req, rows[i].name, rows[i].value) == rows[i].want);
	assert_int_equal(req.n_headers, 1);
	assert_string_equal(sent_header(&req, "Accept"), "application/json");
}

static void
test_reply__request_begins_with_its_ceilings(void **state)
{
	BG_AUTO(belgo_http_request_done) struct belgo_http_request get = {0};
	BG_AUTO(belgo_http_request_done) struct belgo_http_request post = {0};

	(void)state;
	assert_int_equal(bg_request_begin(&get, "GET", "https://op.example/u", WHAT), BELGO_OK);
	assert_int_equal(bg_request_begin(&post, "POST", "https://op.example/t", WHAT), BELGO_OK);
	assert_string_equal(get.method, "GET");
	assert_string_equal(get.url, "https://op.example/u");
	assert_string_equal(get.what, WHAT);
	assert_int_equal(get.max_body, BG_MAX_REPLY);
	assert_int_equal(get.timeout_ms, BG_TIMEOUT_TOKEN_MS);
	assert_string_equal(sent_header(&get, "Accept"), "application/json");
	assert_string_equal(post.method, "POST");
	assert_null(sent_header(&get, "Content-Type"));
	assert_null(sent_header(&post, "Content-Type"));
}

static void
test_reply__body_brings_its_media_type(void **state)
{
	BG_AUTO(belgo_http_request_done) struct belgo_http_request form_req = {0}, json_req = {0};
	BG_AUTO(bg_buf_free) struct bg_buf form = BG_BUF(16);
	BG_AUTO(bg_json_free) json_t *json = json_pack("{s:i}", "a", 1);

	(void)state;
	assert_int_equal(bg_buf_add_str(&form, "a=1"), BELGO_OK);
	assert_int_equal(bg_request_take_form(&form_req, &form), BELGO_OK);
	assert_string_equal(sent_header(&form_req, "Content-Type"), "application/x-www-form-urlencoded");
	assert_string_equal(form_req.body, "a=1");
	assert_int_equal(bg_request_put_json(&json_req, json), BELGO_OK);
	assert_string_equal(sent_header(&json_req, "Content-Type"), "application/json");
	assert_string_equal(json_req.body, "{\"a\":1}");
	assert_int_equal(json_req.body_len, 7);
}

/* @spec RFC 6750 section 2.1 */
static void
test_reply__bearer_token_goes_into_one_header_line(void **state)
{
	BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};

	(void)state;
	assert_int_equal(bg_request_bearer(&req, "a b"), BELGO_EINVAL);
	assert_int_equal(bg_request_bearer(&req, "a\r\nb"), BELGO_EINVAL);
	assert_int_equal(bg_request_bearer(&req, ""), BELGO_EINVAL);
	assert_int_equal(req.n_headers, 0);
	assert_int_equal(bg_request_bearer(&req, "a.b"), BELGO_OK);
	assert_string_equal(sent_header(&req, "Authorization"), "Bearer a.b");
}

/* The refusal itself is what the caller wants to know: it counts as success here. */
static belgo_rc
refuse(const struct belgo_http_response *res)
{
	static const char *const secrets[] = {"s3cret", NULL};
	struct belgo_error err = {0};
	belgo_rc rc = bg_reply_refused(&plain, res, WHAT, secrets, &err);

	assert_int_equal(rc, err.rc);
	assert_null(strstr(err.oauth_error_description, "s3cret"));
	return rc == BELGO_EDENIED ? BELGO_OK : rc;
}

static belgo_rc
begin(void)
{
	BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};
	BG_AUTO(bg_buf_free) struct bg_buf form = BG_BUF(10);

	BG_TRY(bg_request_begin(&req, "POST", "https://op.example/t", WHAT));
	return bg_request_take_form(&req, &form);
}

static void
test_reply__reports_lack_of_memory(void **state)
{
	BG_AUTO(belgo_http_response_done)
	struct belgo_http_response res =
	    answer(400, JSON_TYPE,
		   "{\"error\":\"a\",\"error_description\":\"s3cret\",\"error_uri\":\"https://e.example\"}");

	(void)state;
	/* Where jansson cannot say why it failed, the body counts as unreadable and the refusal stands. */
	FAILALLOC_EACH_TOLERANT(refuse(&res));
	FAILALLOC_EACH(begin());
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_reply__status_is_judged_before_the_body),
	    cmocka_unit_test(test_reply__failure_carries_the_facts_of_its_answer),
	    cmocka_unit_test(test_reply__first_cause_keeps_its_facts),
	    cmocka_unit_test(test_reply__retry_after_is_seconds_or_a_date),
	    cmocka_unit_test(test_reply__clock_skew_needs_a_date),
	    cmocka_unit_test(test_reply__json_wants_its_media_type_and_passes_the_gate),
	    cmocka_unit_test(test_reply__refusal_is_read_in_every_shape_seen),
	    cmocka_unit_test(test_reply__refusal_without_json_names_the_status),
	    cmocka_unit_test(test_reply__refusal_that_will_pass_is_unavailable),
	    cmocka_unit_test(test_reply__secrets_are_cut_out_of_whatever_is_shown),
	    cmocka_unit_test(test_reply__provider_may_sharpen_a_refusal_by_numbers),
	    cmocka_unit_test(test_reply__request_header_cannot_break_its_line),
	    cmocka_unit_test(test_reply__request_begins_with_its_ceilings),
	    cmocka_unit_test(test_reply__body_brings_its_media_type),
	    cmocka_unit_test(test_reply__bearer_token_goes_into_one_header_line),
	    cmocka_unit_test(test_reply__reports_lack_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
