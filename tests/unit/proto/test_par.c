/* Pushed authorization requests: what is sent, and what of the answer is believed. */
#include "base/form.h"
#include "base/mem.h"
#include "harness/failalloc.h"
#include "proto/par.h"
#include "unit/proto/answer.h"

#define ISSUER "https://op.example"
#define VERIFIER "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#define URN "urn:ietf:params:oauth:request_uri:6esc_11ACC5bwc014ltc14eY22c"

static char issuer[] = ISSUER, par_endpoint[] = ISSUER "/par", authorize_endpoint[] = ISSUER "/authorize";
static const struct belgo_provider plain = {.issuer = issuer, .hooks = &bg_hooks_none};
static const struct bg_metadata metadata = {
    .issuer = issuer,
    .endpoints = {.authorization = authorize_endpoint, .pushed_authorization_request = par_endpoint}};

static struct bg_authorize
request_of(const struct bg_metadata *m)
{
	return (struct bg_authorize){.provider = &plain,
				     .metadata = m,
				     .client_id = "app",
				     .redirect_uri = "http://127.0.0.1:1/callback",
				     .scope = "openid",
				     .state = "STATE",
				     .code_verifier = VERIFIER,
				     .max_age = -1};
}

/* @spec RFC 9126 section 2.1; RFC 6749 section 3.2 (no parameter more than once) */
static void
test_par__request_carries_all_parameters_and_client_id_once(void **state)
{
	static const struct {
		const char *name;
		struct bg_client_auth auth;
		const char *authorization;
		const char *secret;
	} rows[] = {
	    {"public", {.method = BG_AUTH_NONE, .client_id = "app"}, NULL, NULL},
	    {"basic",
	     {.method = BG_AUTH_BASIC, .client_id = "app", .client_secret = "s"},
	     "Basic YXBwOnM=",
	     NULL},
	    {"post", {.method = BG_AUTH_POST, .client_id = "app", .client_secret = "s"}, NULL, "s"},
	};
	struct bg_authorize in = request_of(&metadata);

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};
		BG_AUTO(bg_form_done) struct bg_form form = {0};
		size_t n;

		assert_row(rows[i].name, bg_par_request(&req, &in, &rows[i].auth, NULL) == BELGO_OK);
		assert_string_equal(req.method, "POST");
		assert_string_equal(req.url, par_endpoint);
		assert_row(rows[i].name,
			   bg_str_equal(sent_header(&req, "Authorization"), rows[i].authorization));
		assert_int_equal(bg_form_parse(&form, req.body, req.body_len), BELGO_OK);
		assert_row(rows[i].name, bg_str_equal(bg_form_get(&form, "client_id", &n), "app") && n == 1);
		assert_row(rows[i].name,
			   bg_str_equal(bg_form_get(&form, "client_secret", NULL), rows[i].secret));
		assert_string_equal(bg_form_get(&form, "response_type", NULL), "code");
		assert_string_equal(bg_form_get(&form, "state", NULL), "STATE");
		assert_string_equal(bg_form_get(&form, "code_challenge_method", NULL), "S256");
		assert_null(bg_form_get(&form, "code_verifier", NULL));
		assert_null(bg_form_get(&form, "request_uri", NULL));
	}
}

static void
test_par__no_request_is_made_without_an_endpoint(void **state)
{
	static const struct bg_metadata none = {.issuer = issuer,
						.endpoints = {.authorization = authorize_endpoint}};
	const struct bg_client_auth auth = {.method = BG_AUTH_NONE, .client_id = "app"};
	struct bg_authorize in = request_of(&none);
	struct belgo_http_request req = {0};
	struct belgo_error err = {0};

	(void)state;
	assert_int_equal(bg_par_request(&req, &in, &auth, &err), BELGO_EPROTO);
	assert_non_null(strstr(err.text, "pushed_authorization_request_endpoint"));
	assert_null(req.url);
}

/* @spec RFC 9126 section 5, section 6 */
static void
test_par__is_required_by_metadata_or_preset(void **state)
{
	static const struct bg_metadata says_so = {.require_par = 1};
	static const struct belgo_provider wants_it = {.require_par = 1};

	(void)state;
	assert_false(bg_par_is_required(&plain, &metadata));
	assert_true(bg_par_is_required(&plain, &says_so));
	assert_true(bg_par_is_required(&wants_it, &metadata));
}

/* @spec RFC 9126 section 4 */
static void
test_par__url_holds_client_id_and_request_uri_and_nothing_else(void **state)
{
	BG_AUTO(bg_str_free) char *url = NULL;
	struct bg_authorize in = request_of(&metadata);

	(void)state;
	in.request_uri = URN;
	assert_int_equal(bg_authorize_url(&url, &in, NULL), BELGO_OK);
	assert_string_equal(url, ISSUER "/authorize?client_id=app&request_uri=urn%3Aietf%3Aparams%3Aoauth%3A"
					"request_uri%3A6esc_11ACC5bwc014ltc14eY22c");
}

static belgo_rc
judge(struct bg_pushed *out, int status, const char *type, const char *body, struct belgo_error *err)
{
	static const char *const secrets[] = {"STATE-SECRET", NULL};
	BG_AUTO(belgo_http_response_done) struct belgo_http_response res = answer(status, type, body);
	belgo_rc rc = bg_par_response(out, &plain, &res, secrets, err);

	assert_int_equal(err->rc, rc);
	return rc;
}

/* @spec RFC 9126 section 2.2 */
static void
test_par__a_sound_answer_is_taken(void **state)
{
	static const struct {
		const char *name;
		const char *body;
		int64_t expires_in;
	} rows[] = {
	    {"as in the RFC", "{\"request_uri\":\"" URN "\",\"expires_in\":60}", 60},
	    {"https", "{\"request_uri\":\"https://op.example/r/1\",\"expires_in\":1}", 1},
	    {"cut to an hour", "{\"request_uri\":\"" URN "\",\"expires_in\":1000000000}", 3600},
	    {"further members", "{\"request_uri\":\"" URN "\",\"expires_in\":90,\"x\":[null]}", 90},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(bg_pushed_done) struct bg_pushed pushed = {0};
		struct belgo_error err = {0};

		assert_row(rows[i].name, judge(&pushed, 201, JSON_TYPE, rows[i].body, &err) == BELGO_OK);
		assert_row(rows[i].name, pushed.request_uri != NULL);
		assert_row(rows[i].name, pushed.expires_in == rows[i].expires_in);
	}
}

/* @spec RFC 9126 section 2.2, section 2.3 */
static void
test_par__whatever_else_comes_is_refused(void **state)
{
	static const char good[] = "{\"request_uri\":\"" URN "\",\"expires_in\":60}";
	static const struct {
		const char *name;
		int status;
		const char *type;
		const char *body;
		belgo_rc want;
	} rows[] = {
	    {"200", 200, JSON_TYPE, good, BELGO_EPROTO},
	    {"202", 202, JSON_TYPE, good, BELGO_EPROTO},
	    {"a redirect", 307, JSON_TYPE, good, BELGO_EPROTO},
	    {"error", 400, JSON_TYPE, "{\"error\":\"invalid_request\"}", BELGO_EDENIED},
	    {"401", 401, JSON_TYPE, "{\"error\":\"invalid_client\"}", BELGO_EDENIED},
	    {"404 without JSON", 404, "text/html", "<p>", BELGO_EDENIED},
	    {"413", 413, "text/plain", "", BELGO_EDENIED},
	    {"429", 429, JSON_TYPE, good, BELGO_EUNAVAILABLE},
	    {"503", 503, JSON_TYPE, good, BELGO_EUNAVAILABLE},
	    {"no JSON type", 201, "text/html", good, BELGO_EPROTO},
	    {"no type", 201, NULL, good, BELGO_EPROTO},
	    {"empty", 201, JSON_TYPE, "", BELGO_EPROTO},
	    {"an array", 201, JSON_TYPE, "[]", BELGO_EPROTO},
	    {"no request_uri", 201, JSON_TYPE, "{\"expires_in\":60}", BELGO_EPROTO},
	    {"empty request_uri", 201, JSON_TYPE, "{\"request_uri\":\"\",\"expires_in\":60}", BELGO_EPROTO},
	    {"null request_uri", 201, JSON_TYPE, "{\"request_uri\":null,\"expires_in\":60}", BELGO_EPROTO},
	    {"a number", 201, JSON_TYPE, "{\"request_uri\":7,\"expires_in\":60}", BELGO_EPROTO},
	    {"a blank", 201, JSON_TYPE, "{\"request_uri\":\"urn:a b\",\"expires_in\":60}", BELGO_EPROTO},
	    {"an escape", 201, JSON_TYPE, "{\"request_uri\":\"urn:\\u001b[2J\",\"expires_in\":60}",
	     BELGO_EPROTO},
	    {"no ASCII", 201, JSON_TYPE, "{\"request_uri\":\"urn:\\u00e4\",\"expires_in\":60}", BELGO_EPROTO},
	    {"two of them", 201, JSON_TYPE,
	     "{\"request_uri\":\"urn:a\",\"request_uri\":\"urn:b\",\"expires_in\":60}", BELGO_EPROTO},
	    {"no expires_in", 201, JSON_TYPE, "{\"request_uri\":\"" URN "\"}", BELGO_EPROTO},
	    {"expires_in 0", 201, JSON_TYPE, "{\"request_uri\":\"" URN "\",\"expires_in\":0}", BELGO_EPROTO},
	    {"negative", 201, JSON_TYPE, "{\"request_uri\":\"" URN "\",\"expires_in\":-1}", BELGO_EPROTO},
	    {"a string", 201, JSON_TYPE, "{\"request_uri\":\"" URN "\",\"expires_in\":\"60\"}", BELGO_EPROTO},
	    {"1e999", 201, JSON_TYPE, "{\"request_uri\":\"" URN "\",\"expires_in\":1e999}", BELGO_EPROTO},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct bg_pushed pushed = {0};
		struct belgo_error err = {0};

		assert_row(rows[i].name,
			   judge(&pushed, rows[i].status, rows[i].type, rows[i].body, &err) == rows[i].want);
		assert_null(pushed.request_uri);
	}
}

static void
test_par__request_uri_has_a_ceiling(void **state)
{
	static const struct {
		size_t len;
		belgo_rc want;
	} rows[] = {{2048, BELGO_OK}, {2049, BELGO_EPROTO}};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(bg_pushed_done) struct bg_pushed pushed = {0};
		BG_AUTO(bg_str_free)
		char *body = bg_strf("{\"request_uri\":\"%0*d\",\"expires_in\":60}", (int)rows[i].len, 0);
		struct belgo_error err = {0};

		assert_int_equal(judge(&pushed, 201, JSON_TYPE, body, &err), rows[i].want);
	}
}

/* A server that quotes what it was sent must not have us show it. */
static void
test_par__a_refusal_shows_no_secret(void **state)
{
	struct bg_pushed pushed = {0};
	struct belgo_error err = {0};

	(void)state;
	assert_int_equal(judge(&pushed, 400, JSON_TYPE,
			       "{\"error\":\"invalid_request\",\"error_description\":\"bad STATE-SECRET\"}",
			       &err),
			 BELGO_EDENIED);
	assert_string_equal(err.oauth_error, "invalid_request");
	assert_null(strstr(err.oauth_error_description, "STATE-SECRET"));
}

static belgo_rc
push(void)
{
	const struct bg_client_auth auth = {
	    .method = BG_AUTH_BASIC, .client_id = "app", .client_secret = "s"};
	struct bg_authorize in = request_of(&metadata);
	BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};

	return bg_par_request(&req, &in, &auth, NULL);
}

static belgo_rc
read_answer(const struct belgo_http_response *res)
{
	BG_AUTO(bg_pushed_done) struct bg_pushed pushed = {0};

	return bg_par_response(&pushed, &plain, res, NULL, NULL);
}

static void
test_par__reports_lack_of_memory(void **state)
{
	BG_AUTO(belgo_http_response_done)
	struct belgo_http_response res =
	    answer(201, JSON_TYPE, "{\"request_uri\":\"urn:1\",\"expires_in\":60}");

	(void)state;
	FAILALLOC_EACH(push());
	FAILALLOC_EACH_TOLERANT(read_answer(&res));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_par__request_carries_all_parameters_and_client_id_once),
	    cmocka_unit_test(test_par__no_request_is_made_without_an_endpoint),
	    cmocka_unit_test(test_par__is_required_by_metadata_or_preset),
	    cmocka_unit_test(test_par__url_holds_client_id_and_request_uri_and_nothing_else),
	    cmocka_unit_test(test_par__a_sound_answer_is_taken),
	    cmocka_unit_test(test_par__whatever_else_comes_is_refused),
	    cmocka_unit_test(test_par__request_uri_has_a_ceiling),
	    cmocka_unit_test(test_par__a_refusal_shows_no_secret),
	    cmocka_unit_test(test_par__reports_lack_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
