/* The device authorization grant: rows D01 to D05 of the hostile list. */
#include "base/mem.h"
#include "harness/failalloc.h"
#include "proto/device.h"
#include "unit/proto/answer.h"

#define ISSUER "https://op.example"
#define PENDING "{\"error\":\"authorization_pending\"}"

static char issuer[] = ISSUER, local_issuer[] = "http://127.0.0.1:8080";
static char device_endpoint[] = ISSUER "/device", token_endpoint[] = ISSUER "/token";
static const struct belgo_provider plain = {.issuer = issuer, .hooks = &bg_hooks_none};
static const struct belgo_provider local = {.issuer = local_issuer, .hooks = &bg_hooks_none};
static const struct bg_metadata metadata = {
    .endpoints = {.device_authorization = device_endpoint, .token = token_endpoint}};

/* @spec RFC 8628 section 3.1; RFC 8707 section 2 */
static void
test_device__request_names_client_scope_and_resources(void **state)
{
	static const char *const resources[] = {"https://a.example/", "https://b.example/"};
	static const struct belgo_param extra[] = {{"audience", "x y"}};
	BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};
	struct bg_device_authorize in = {
	    .provider = &plain,
	    .metadata = &metadata,
	    .auth = {.method = BG_AUTH_NONE, .client_id = "app", .client_secret = NULL},
	    .scope = "openid email",
	    .authorization_details = "[{\"type\":\"a\"}]",
	    .resources = resources,
	    .n_resources = 2,
	    .extra = extra,
	    .n_extra = 1};

	(void)state;
	assert_int_equal(bg_device_request(&req, &in, NULL), BELGO_OK);
	assert_string_equal(req.method, "POST");
	assert_string_equal(req.url, device_endpoint);
	assert_string_equal(req.body,
			    "scope=openid+email&authorization_details=%5B%7B%22type%22%3A%22a%22%7D%5D&"
			    "resource=https%3A%2F%2Fa.example%2F&"
			    "resource=https%3A%2F%2Fb.example%2F&audience=x+y&client_id=app");
	assert_string_equal(sent_header(&req, "Accept"), JSON_TYPE);
}

static void
test_device__request_is_not_made_of_what_breaks_it(void **state)
{
	static const struct {
		const char *name;
		struct belgo_param extra;
	} rows[] = {
	    {"reserved", {"client_id", "other"}},
	    {"a secret", {"client_secret", "x"}},
	    {"no name", {"", "x"}},
	    {"NULL name", {NULL, "x"}},
	    {"no value", {"audience", NULL}},
	    {"not UTF-8", {"audience", "\xff"}},
	};
	static const struct bg_metadata none = {.endpoints = {.token = token_endpoint}};
	struct bg_device_authorize in = {
	    .provider = &plain,
	    .metadata = &metadata,
	    .auth = {.method = BG_AUTH_NONE, .client_id = "app", .client_secret = NULL},
	    .n_extra = 1};
	struct belgo_http_request req = {0};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		in.extra = &rows[i].extra;
		assert_row(rows[i].name, bg_device_request(&req, &in, NULL) == BELGO_EINVAL);
	}
	in.n_extra = 0;
	in.metadata = &none;
	assert_int_equal(bg_device_request(&req, &in, NULL), BELGO_ENOTFOUND);
	assert_null(req.url);
}

/* @spec RFC 6749 section 3.1, 3.2 */
static void
test_device__further_parameters_are_sent_once_or_not_at_all(void **state)
{
	static const struct belgo_param twice[] = {{"audience", "x"}, {"audience", "x"}};
	static const struct belgo_param empty[] = {{"audience", ""}, {"ui_locales", "de"}};
	BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};
	struct bg_device_authorize in = {
	    .provider = &plain,
	    .metadata = &metadata,
	    .auth = {.method = BG_AUTH_NONE, .client_id = "app", .client_secret = NULL},
	    .extra = twice,
	    .n_extra = 2};
	struct belgo_error err = {0};

	(void)state;
	assert_int_equal(bg_device_request(&req, &in, &err), BELGO_EINVAL);
	assert_non_null(strstr(err.text, "is given twice"));
	assert_null(req.url);
	in.extra = empty;
	assert_int_equal(bg_device_request(&req, &in, NULL), BELGO_OK);
	assert_string_equal(req.body, "ui_locales=de&client_id=app");
}

static char *
answer_text(const char *user_code, const char *uri, const char *more)
{
	return bg_strf("{\"device_code\":\"dc\",\"user_code\":%s,%s,\"expires_in\":600%s}", user_code, uri,
		       more);
}

static belgo_rc
judge(struct bg_device *out, const struct belgo_provider *provider, int status, const char *body)
{
	BG_AUTO(belgo_http_response_done)
	struct belgo_http_response res = answer(status, JSON_TYPE, body);
	struct belgo_error err = {0};
	belgo_rc rc = bg_device_response(out, provider, &res, NULL, &err);

	assert_int_equal(err.rc, rc);
	return rc;
}

/* @spec RFC 8628 section 3.2 */
static void
test_device__codes_and_addresses_are_read(void **state)
{
	BG_AUTO(bg_device_done) struct bg_device d = {0};
	BG_AUTO(bg_str_free)
	char *body = answer_text("\"WDJB-MJHT\"", "\"verification_uri\":\"https://op.example/device\"",
				 ",\"verification_uri_complete\":\"https://op.example/device?c=WDJB\","
				 "\"interval\":7");

	(void)state;
	assert_int_equal(judge(&d, &plain, 200, body), BELGO_OK);
	assert_string_equal(d.device_code, "dc");
	assert_string_equal(d.user_code, "WDJB-MJHT");
	assert_string_equal(d.verification_uri, "https://op.example/device");
	assert_string_equal(d.verification_uri_complete, "https://op.example/device?c=WDJB");
	assert_int_equal(d.expires_in, 600);
	assert_int_equal(d.interval, 7);
}

static char *
long_uri(size_t len)
{
	char *text = bg_calloc(len + 1, 1);

	assert_non_null(text);
	memset(text, 'a', len);
	memcpy(text, "https://op.example/", strlen("https://op.example/"));
	return text;
}

static void
test_device__verification_uri_leads_where_a_browser_may_go(void **state)
{
	static const struct {
		const char *name;
		const struct belgo_provider *provider;
		const char *member;
		belgo_rc want;
	} rows[] = {
	    {"https", &plain, "\"verification_uri\":\"https://op.example/device\"", BELGO_OK},
	    {"another host", &plain, "\"verification_uri\":\"https://login.example/d\"", BELGO_OK},
	    {"D01 verification_url", &plain, "\"verification_url\":\"https://op.example/device\"", BELGO_OK},
	    {"D01 verification_uri goes first", &plain,
	     "\"verification_url\":\"http://x.example\",\"verification_uri\":\"https://op.example/d\"",
	     BELGO_OK},
	    {"D01 punycode", &plain, "\"verification_uri\":\"https://xn--pple-43d.com/\"", BELGO_OK},
	    {"D01 loopback of a loopback issuer", &local, "\"verification_uri\":\"http://127.0.0.1:8080/d\"",
	     BELGO_OK},
	    {"D01 loopback of another", &plain, "\"verification_uri\":\"http://127.0.0.1:8080/d\"",
	     BELGO_EPROTO},
	    {"D01 http", &plain, "\"verification_uri\":\"http://op.example/device\"", BELGO_EPROTO},
	    {"D01 http for a loopback issuer", &local, "\"verification_uri\":\"http://op.example/device\"",
	     BELGO_EPROTO},
	    {"D01 javascript", &plain, "\"verification_uri\":\"javascript:alert(1)\"", BELGO_EPROTO},
	    {"D01 CR LF", &plain, "\"verification_uri\":\"https://op.example/\\r\\nX: y\"", BELGO_EPROTO},
	    {"D01 homograph", &plain, "\"verification_uri\":\"https://\\u0430pple.com/\"", BELGO_EPROTO},
	    {"D01 userinfo", &plain, "\"verification_uri\":\"https://op.example@evil.example/\"",
	     BELGO_EPROTO},
	    {"empty", &plain, "\"verification_uri\":\"\"", BELGO_EPROTO},
	    {"a number", &plain, "\"verification_uri\":1", BELGO_EPROTO},
	    {"absent", &plain, "\"x\":1", BELGO_EPROTO},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(bg_device_done) struct bg_device d = {0};
		BG_AUTO(bg_str_free) char *body = answer_text("\"AB\"", rows[i].member, "");

		assert_row(rows[i].name, judge(&d, rows[i].provider, 200, body) == rows[i].want);
		assert_row(rows[i].name, (d.user_code != NULL) == (rows[i].want == BELGO_OK));
	}
}

/* D01: 8 KiB and not a byte more */
static void
test_device__verification_uri_has_an_end(void **state)
{
	static const size_t max = 8 * 1024;

	(void)state;
	for (size_t len = max; len <= max + 1; len++) {
		BG_AUTO(bg_device_done) struct bg_device d = {0};
		BG_AUTO(bg_str_free) char *uri = long_uri(len);
		BG_AUTO(bg_str_free) char *member = bg_strf("\"verification_uri\":\"%s\"", uri);
		BG_AUTO(bg_str_free) char *body = answer_text("\"AB\"", member, "");

		assert_int_equal(judge(&d, &plain, 200, body), len == max ? BELGO_OK : BELGO_EPROTO);
	}
}

#define X16 "0123456789abcdef"

static void
test_device__user_code_can_be_shown(void **state)
{
	static const struct {
		const char *name, *code;
		belgo_rc want;
	} rows[] = {
	    {"64 bytes", "\"" X16 X16 X16 X16 "\"", BELGO_OK},
	    {"D02 65 bytes", "\"" X16 X16 X16 X16 "x\"", BELGO_EPROTO},
	    {"D02 empty", "\"\"", BELGO_EPROTO},
	    {"D02 ANSI", "\"\\u001b[31mAB\"", BELGO_EPROTO},
	    {"D02 CSI in UTF-8", "\"\\u009b31mAB\"", BELGO_EPROTO},
	    {"D02 right to left", "\"\\u202eAB\"", BELGO_EPROTO},
	    {"a number", "1234", BELGO_EPROTO},
	    {"null", "null", BELGO_EPROTO},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(bg_device_done) struct bg_device d = {0};
		BG_AUTO(bg_str_free)
		char *body = answer_text(rows[i].code, "\"verification_uri\":\"https://op.example/d\"", "");

		assert_row(rows[i].name, judge(&d, &plain, 200, body) == rows[i].want);
	}
}

/* @spec RFC 8628 section 3.3.1 */
static void
test_device__complete_uri_shares_the_origin_or_is_ignored(void **state)
{
	static const struct {
		const char *name, *complete;
		int kept;
	} rows[] = {
	    {"the same", "\"https://op.example/d?c=AB\"", 1},
	    {"another case, port spelt out", "\"https://OP.example:443/d\"", 1},
	    {"D02 another host", "\"https://evil.example/d?c=AB\"", 0},
	    {"D02 a longer host", "\"https://op.example.evil.example/d\"", 0},
	    {"another port", "\"https://op.example:8443/d\"", 0},
	    {"http", "\"http://op.example/d\"", 0},
	    {"userinfo", "\"https://x@op.example/d\"", 0},
	    {"no URL", "\"javascript:alert(1)\"", 0},
	    {"a number", "7", 0},
	    {"null", "null", 0},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(bg_device_done) struct bg_device d = {0};
		BG_AUTO(bg_str_free)
		char *more = bg_strf(",\"verification_uri_complete\":%s", rows[i].complete);
		BG_AUTO(bg_str_free)
		char *body = answer_text("\"AB\"", "\"verification_uri\":\"https://op.example/d\"", more);

		assert_row(rows[i].name, judge(&d, &plain, 200, body) == BELGO_OK);
		assert_row(rows[i].name, (d.verification_uri_complete != NULL) == rows[i].kept);
	}
}

static void
test_device__times_are_bounded(void **state)
{
	static const struct {
		const char *name, *interval, *expires_in;
		int64_t want_interval, want_expires; /* 0: refused */
	} rows[] = {
	    {"as said", "7", "900", 7, 900},
	    {"D03 no interval", NULL, "900", 5, 900},
	    {"D03 interval 0", "0", "900", 1, 900},
	    {"D03 interval -1", "-1", "900", 1, 900},
	    {"D03 interval 1e9", "1e9", "900", 3600, 900},
	    {"D03 interval 61", "61", "900", 61, 900},
	    {"D03 interval as long as the code lives", "900", "900", 900, 900},
	    {"D03 interval beyond that", "901", "900", 901, 900},
	    {"D03 interval 1e999", "1e999", "900", 5, 900},
	    {"D03 interval 0.5", "0.5", "900", 1, 900},
	    {"D03 interval in a string", "\"8\"", "900", 8, 900},
	    {"D03 interval in words", "\"soon\"", "900", 5, 900},
	    {"D03 interval null", "null", "900", 5, 900},
	    {"D03 expires_in 0", "5", "0", 0, 0},
	    {"D03 expires_in -1", "5", "-1", 0, 0},
	    {"D03 expires_in 1e9", "5", "1e9", 5, 3600},
	    {"D03 expires_in 3601", "5", "3601", 5, 3600},
	    {"expires_in in a string", "5", "\"900\"", 5, 900},
	    {"expires_in in words", "5", "\"later\"", 0, 0},
	    {"expires_in absent", "5", NULL, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(bg_device_done) struct bg_device d = {0};
		BG_AUTO(bg_str_free)
		char *body = bg_strf("{\"device_code\":\"dc\",\"user_code\":\"AB\","
				     "\"verification_uri\":\"https://op.example/d\"%s%s%s%s}",
				     rows[i].interval != NULL ? ",\"interval\":" : "",
				     rows[i].interval != NULL ? rows[i].interval : "",
				     rows[i].expires_in != NULL ? ",\"expires_in\":" : "",
				     rows[i].expires_in != NULL ? rows[i].expires_in : "");

		assert_row(rows[i].name, judge(&d, &plain, 200, body) ==
					     (rows[i].want_expires > 0 ? BELGO_OK : BELGO_EPROTO));
		assert_row(rows[i].name,
			   d.interval == rows[i].want_interval && d.expires_in == rows[i].want_expires);
	}
}

static void
test_device__refused_codes_say_why(void **state)
{
	static const struct {
		const char *name;
		int status;
		const char *body;
		belgo_rc want;
	} rows[] = {
	    {"400", 400, "{\"error\":\"invalid_scope\"}", BELGO_EDENIED},
	    {"D05 200 with an error", 200, "{\"error\":\"device_flow_disabled\"}", BELGO_EDENIED},
	    {"403 with error_code", 403, "{\"error_code\":\"rate_limit_exceeded\"}", BELGO_EDENIED},
	    {"404", 404, "{\"error\":\"Not Found\"}", BELGO_EDENIED},
	    {"302", 302, "{}", BELGO_EPROTO},
	    {"201", 201, "{}", BELGO_EPROTO},
	    {"500", 500, "{}", BELGO_EUNAVAILABLE},
	    {"429", 429, "{}", BELGO_EUNAVAILABLE},
	    {"no codes", 200, "{}", BELGO_EPROTO},
	    {"no JSON", 200, "nothing", BELGO_EPROTO},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct bg_device d = {0};

		assert_row(rows[i].name, judge(&d, &plain, rows[i].status, rows[i].body) == rows[i].want);
		assert_row(rows[i].name, d.device_code == NULL);
	}
}

static const struct bg_device_exchange exchange = {
    .metadata = &metadata,
    .auth = {.method = BG_AUTH_BASIC, .client_id = "app", .client_secret = "pw"},
    .device_code = "d/c"};

/* @spec RFC 8628 section 3.4 */
static void
test_device__token_request_has_the_grant_type(void **state)
{
	static const struct bg_metadata none = {0};
	BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};
	struct bg_device_exchange in = exchange;
	struct belgo_http_request refused = {0};

	(void)state;
	assert_int_equal(bg_device_token_request(&req, &in, NULL), BELGO_OK);
	assert_string_equal(req.url, token_endpoint);
	assert_string_equal(
	    req.body, "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code=d%2Fc");
	assert_string_equal(sent_header(&req, "Authorization"), "Basic YXBwOnB3");
	in.metadata = &none;
	assert_int_equal(bg_device_token_request(&refused, &in, NULL), BELGO_EPROTO);
	assert_null(refused.url);
}

/* @spec RFC 8628 section 3.5 */
static void
test_device__poll_answers_are_judged_by_their_body(void **state)
{
	static const struct {
		const char *name;
		int status;
		const char *body;
		belgo_rc want;
		int64_t interval; /* from 5 */
	} rows[] = {
	    {"pending", 400, PENDING, BELGO_OK, 5},
	    {"D05 pending 200", 200, PENDING, BELGO_OK, 5},
	    {"D05 pending 401", 401, PENDING, BELGO_OK, 5},
	    {"D05 pending 403", 403, PENDING, BELGO_OK, 5},
	    {"D05 pending 428", 428, PENDING, BELGO_OK, 5},
	    {"D04 slow_down", 400, "{\"error\":\"slow_down\"}", BELGO_OK, 10},
	    {"D05 slow_down 403", 403, "{\"error\":\"slow_down\"}", BELGO_OK, 10},
	    {"slow_down with an interval", 200, "{\"error\":\"slow_down\",\"interval\":12}", BELGO_OK, 12},
	    {"slow_down with a shorter one", 400, "{\"error\":\"slow_down\",\"interval\":1}", BELGO_OK, 10},
	    {"slow_down with less than five more", 400, "{\"error\":\"slow_down\",\"interval\":7}", BELGO_OK,
	     10},
	    {"slow_down with a long one", 400, "{\"error\":\"slow_down\",\"interval\":600}", BELGO_OK, 600},
	    {"slow_down with a huge one", 400, "{\"error\":\"slow_down\",\"interval\":1e9}", BELGO_OK, 3600},
	    {"D04 503", 503, "", BELGO_OK, 10},
	    {"D04 429", 429, PENDING, BELGO_OK, 10},
	    {"temporarily_unavailable", 400, "{\"error\":\"temporarily_unavailable\"}", BELGO_OK, 10},
	    {"expired", 400, "{\"error\":\"expired_token\"}", BELGO_ETIMEDOUT, 5},
	    {"denied", 400, "{\"error\":\"access_denied\"}", BELGO_ECANCELLED, 5},
	    {"denied 403", 403, "{\"error\":\"access_denied\"}", BELGO_ECANCELLED, 5},
	    {"D05 declined", 400, "{\"error\":\"authorization_declined\"}", BELGO_ECANCELLED, 5},
	    {"D05 unknown code", 200, "{\"error\":\"bad_verification_code\"}", BELGO_EDENIED, 5},
	    {"invalid_grant", 400, "{\"error\":\"invalid_grant\"}", BELGO_EDENIED, 5},
	    {"invalid_client", 401, "{\"error\":\"invalid_client\"}", BELGO_EDENIED, 5},
	    {"login_required", 400, "{\"error\":\"login_required\"}", BELGO_EDENIED, 5},
	    {"no error at all", 400, "{}", BELGO_EDENIED, 5},
	    {"302", 302, PENDING, BELGO_EPROTO, 5},
	    {"200 without a token", 200, "{}", BELGO_EPROTO, 5},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(belgo_http_response_done)
		struct belgo_http_response res = answer(rows[i].status, JSON_TYPE, rows[i].body);
		struct belgo_error err = {0};
		struct belgo_token *token = NULL;
		int64_t interval = 5;

		assert_row(rows[i].name,
			   bg_device_token_response(&token, &interval, &plain, BG_TOKEN_BEARER, &res,
						    RECEIVED_AT, NULL, &err) == rows[i].want);
		assert_row(rows[i].name, err.rc == rows[i].want && token == NULL);
		assert_row(rows[i].name, interval == rows[i].interval);
	}
}

static void
test_device__retry_after_is_waited_for(void **state)
{
	static const struct {
		const char *after;
		int64_t want;
	} rows[] = {{"30", 30}, {"3", 10}, {"600", 600}, {"86400", 3600}};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(belgo_http_response_done)
		struct belgo_http_response res = answer(429, JSON_TYPE, "");
		struct belgo_token *token = NULL;
		int64_t interval = 5;

		answer_header(&res, "retry-after", rows[i].after);
		assert_int_equal(bg_device_token_response(&token, &interval, &plain, BG_TOKEN_BEARER, &res,
							  RECEIVED_AT, NULL, NULL),
				 BELGO_OK);
		assert_row(rows[i].after, interval == rows[i].want);
	}
}

/* D04: five seconds more each time, until no code lives that long; a pause that nobody asked for stays short
 */
static void
test_device__slowing_down_has_an_end(void **state)
{
	BG_AUTO(belgo_http_response_done)
	struct belgo_http_response res = answer(400, JSON_TYPE, "{\"error\":\"slow_down\"}");
	struct belgo_token *token = NULL;
	int64_t interval = 5, doubled = 5;

	(void)state;
	for (int i = 0; i < 20; i++) {
		assert_int_equal(bg_device_token_response(&token, &interval, &plain, BG_TOKEN_BEARER, &res,
							  RECEIVED_AT, NULL, NULL),
				 BELGO_OK);
		doubled = bg_device_backoff(doubled);
	}
	assert_int_equal(interval, 105);
	interval = 3599;
	assert_int_equal(bg_device_token_response(&token, &interval, &plain, BG_TOKEN_BEARER, &res,
						  RECEIVED_AT, NULL, NULL),
			 BELGO_OK);
	assert_int_equal(interval, 3600);
	assert_int_equal(doubled, 60);
	assert_int_equal(bg_device_backoff(5), 10);
	assert_int_equal(bg_device_backoff(31), 60);
	assert_int_equal(bg_device_backoff(300), 300);
}

static void
test_device__token_ends_the_asking(void **state)
{
	BG_AUTO(belgo_http_response_done)
	struct belgo_http_response res =
	    answer(200, JSON_TYPE, "{\"access_token\":\"at\",\"token_type\":\"bearer\",\"expires_in\":60}");
	BG_AUTO(belgo_token_free) struct belgo_token *token = NULL;
	int64_t interval = 5;

	(void)state;
	assert_int_equal(bg_device_token_response(&token, &interval, &plain, BG_TOKEN_BEARER, &res,
						  RECEIVED_AT, NULL, NULL),
			 BELGO_OK);
	assert_string_equal(token->access_token, "at");
	assert_int_equal(token->expires_at, RECEIVED_AT + 60);
}

/* E18 */
static void
test_device__refusal_echoes_no_device_code(void **state)
{
	static const char *const secrets[] = {"s3cret", NULL};
	BG_AUTO(belgo_http_response_done)
	struct belgo_http_response res =
	    answer(400, JSON_TYPE, "{\"error\":\"access_denied\",\"error_description\":\"no s3cret here\"}");
	struct belgo_error err = {0};
	struct belgo_token *token = NULL;
	int64_t interval = 5;

	(void)state;
	assert_int_equal(bg_device_token_response(&token, &interval, &plain, BG_TOKEN_BEARER, &res,
						  RECEIVED_AT, secrets, &err),
			 BELGO_ECANCELLED);
	assert_string_equal(err.oauth_error_description, "no [...] here");
	assert_null(strstr(err.text, "s3cret"));
}

static belgo_rc
request(void)
{
	static const char *const resources[] = {"https://a.example/"};
	static const struct belgo_param extra[] = {{"audience", "x"}};
	BG_AUTO(belgo_http_request_done) struct belgo_http_request first = {0};
	BG_AUTO(belgo_http_request_done) struct belgo_http_request second = {0};
	struct bg_device_authorize in = {
	    .provider = &plain,
	    .metadata = &metadata,
	    .auth = {.method = BG_AUTH_NONE, .client_id = "app", .client_secret = NULL},
	    .scope = "openid",
	    .resources = resources,
	    .n_resources = 1,
	    .extra = extra,
	    .n_extra = 1};

	BG_TRY(bg_device_request(&first, &in, NULL));
	return bg_device_token_request(&second, &exchange, NULL);
}

static belgo_rc
response(const struct belgo_http_response *res)
{
	BG_AUTO(bg_device_done) struct bg_device d = {0};

	return bg_device_response(&d, &plain, res, NULL, NULL);
}

static belgo_rc
token_response(const struct belgo_http_response *res)
{
	BG_AUTO(belgo_token_free) struct belgo_token *token = NULL;
	int64_t interval = 5;

	return bg_device_token_response(&token, &interval, &plain, BG_TOKEN_BEARER, res, RECEIVED_AT, NULL,
					NULL);
}

static void
test_device__reports_lack_of_memory(void **state)
{
	BG_AUTO(belgo_http_response_done)
	struct belgo_http_response codes =
	    answer(200, JSON_TYPE,
		   "{\"device_code\":\"dc\",\"user_code\":\"AB\",\"expires_in\":60,"
		   "\"verification_uri\":\"https://op.example/d\","
		   "\"verification_uri_complete\":\"https://op.example/d?c=AB\"}");
	BG_AUTO(belgo_http_response_done)
	struct belgo_http_response token =
	    answer(200, JSON_TYPE, "{\"access_token\":\"at\",\"token_type\":\"bearer\"}");
	BG_AUTO(belgo_http_response_done)
	struct belgo_http_response slow = answer(400, JSON_TYPE, "{\"error\":\"slow_down\",\"interval\":9}");

	(void)state;
	FAILALLOC_EACH(request());
	FAILALLOC_EACH(response(&codes));
	FAILALLOC_EACH(token_response(&token));
	FAILALLOC_EACH(token_response(&slow));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_device__request_names_client_scope_and_resources),
	    cmocka_unit_test(test_device__request_is_not_made_of_what_breaks_it),
	    cmocka_unit_test(test_device__further_parameters_are_sent_once_or_not_at_all),
	    cmocka_unit_test(test_device__codes_and_addresses_are_read),
	    cmocka_unit_test(test_device__verification_uri_leads_where_a_browser_may_go),
	    cmocka_unit_test(test_device__verification_uri_has_an_end),
	    cmocka_unit_test(test_device__user_code_can_be_shown),
	    cmocka_unit_test(test_device__complete_uri_shares_the_origin_or_is_ignored),
	    cmocka_unit_test(test_device__times_are_bounded),
	    cmocka_unit_test(test_device__refused_codes_say_why),
	    cmocka_unit_test(test_device__token_request_has_the_grant_type),
	    cmocka_unit_test(test_device__poll_answers_are_judged_by_their_body),
	    cmocka_unit_test(test_device__retry_after_is_waited_for),
	    cmocka_unit_test(test_device__slowing_down_has_an_end),
	    cmocka_unit_test(test_device__token_ends_the_asking),
	    cmocka_unit_test(test_device__refusal_echoes_no_device_code),
	    cmocka_unit_test(test_device__reports_lack_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
