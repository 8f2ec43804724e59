/* The two requests to the token endpoint, byte for byte. */
#include "base/base64url.h"
#include "base/limits.h"
#include "base/mem.h"
#include "harness/failalloc.h"
#include "proto/token.h"
#include "unit/proto/answer.h"

static char endpoint[] = "https://op.example/token";
static const struct belgo_provider plain = {.hooks = &bg_hooks_none};
static const struct belgo_provider with_scope = {.hooks = &bg_hooks_none,
						 .refresh_scope = BG_REFRESH_SCOPE_SEND};
static const struct bg_metadata metadata = {.endpoints = {.token = endpoint}};
static const struct bg_metadata no_endpoint = {0};
static const char *const resources[] = {"https://a.example/x", "https://b.example"};

static char issuer[] = "https://op.example";
static const struct belgo_provider for_endpoint = {.hooks = &bg_hooks_none,
						   .assertion_audience = BG_AUDIENCE_TOKEN_ENDPOINT};
static const struct bg_metadata with_issuer = {.issuer = issuer, .endpoints = {.token = endpoint}};

static const struct bg_code_exchange exchange = {
    .provider = &plain,
    .metadata = &metadata,
    .auth = {.method = BG_AUTH_NONE, .client_id = "app", .client_secret = NULL},
    .code = "SplxlOBeZQQYbYS6WxSbIA",
    .redirect_uri = "http://127.0.0.1:4711/callback",
    .code_verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
};
static const struct bg_refresh refresh = {
    .provider = &plain,
    .metadata = &metadata,
    .auth = {.method = BG_AUTH_NONE, .client_id = "app", .client_secret = NULL},
    .refresh_token = "rt 1",
    .scope = "openid email",
};

static void
assert_is_token_request(const struct belgo_http_request *req, const char *body)
{
	assert_string_equal(req->method, "POST");
	assert_string_equal(req->url, endpoint);
	assert_string_equal(req->what, "token endpoint");
	assert_int_equal(req->max_body, BG_MAX_REPLY);
	assert_int_equal(req->timeout_ms, BG_TIMEOUT_TOKEN_MS);
	assert_string_equal(sent_header(req, "Accept"), "application/json");
	assert_string_equal(sent_header(req, "Content-Type"), "application/x-www-form-urlencoded");
	assert_string_equal(req->body, body);
	assert_int_equal(req->body_len, strlen(body));
}

/* Is the payload of the assertion in the form this JSON? */
static int
has_payload(const char *body, const char *json)
{
	static const char begin[] =
	    "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=";
	BG_AUTO(bg_str_free) char *encoded = NULL;
	const char *payload;

	assert_int_equal(strncmp(body, begin, strlen(begin)), 0);
	payload = strchr(body + strlen(begin), '.');
	assert_non_null(payload);
	assert_int_equal(bg_base64url_encode(&encoded, json, strlen(json)), BELGO_OK);
	return strncmp(payload + 1, encoded, strlen(encoded)) == 0 && payload[1 + strlen(encoded)] == '.';
}

/* @spec RFC 6749 section 4.1.3; RFC 7636 section 4.5 */
static void
test_token_request__code_of_a_public_client(void **state)
{
	BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};

	(void)state;
	assert_int_equal(bg_code_request(&req, &exchange, NULL), BELGO_OK);
	assert_is_token_request(&req,
				"grant_type=authorization_code&code=SplxlOBeZQQYbYS6WxSbIA"
				"&redirect_uri=http%3A%2F%2F127.0.0.1%3A4711%2Fcallback"
				"&code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk&client_id=app");
	assert_null(sent_header(&req, "Authorization"));
}

/* @spec RFC 8707 section 2 */
static void
test_token_request__code_with_a_secret_and_resources(void **state)
{
	BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};
	struct bg_code_exchange in = exchange;

	(void)state;
	in.auth = (struct bg_client_auth){.method = BG_AUTH_BASIC, .client_id = "app", .client_secret = "pw"};
	in.code_verifier = NULL;
	in.resources = resources;
	in.n_resources = 2;
	assert_int_equal(bg_code_request(&req, &in, NULL), BELGO_OK);
	assert_is_token_request(&req,
				"grant_type=authorization_code&code=SplxlOBeZQQYbYS6WxSbIA"
				"&redirect_uri=http%3A%2F%2F127.0.0.1%3A4711%2Fcallback"
				"&resource=https%3A%2F%2Fa.example%2Fx&resource=https%3A%2F%2Fb.example");
	assert_string_equal(sent_header(&req, "Authorization"), "Basic YXBwOnB3");
}

/* @spec RFC 6749 section 6 */
static void
test_token_request__refresh_sends_scope_only_where_it_is_wanted(void **state)
{
	BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};
	BG_AUTO(belgo_http_request_done) struct belgo_http_request scoped = {0};
	struct bg_refresh in = refresh;

	(void)state;
	assert_int_equal(bg_refresh_request(&req, &in, NULL), BELGO_OK);
	assert_is_token_request(&req, "grant_type=refresh_token&refresh_token=rt+1&client_id=app");
	in.provider = &with_scope;
	assert_int_equal(bg_refresh_request(&scoped, &in, NULL), BELGO_OK);
	assert_is_token_request(
	    &scoped, "grant_type=refresh_token&refresh_token=rt+1&scope=openid+email&client_id=app");
}

static void
test_token_request__refresh_always_sends_a_scope_that_was_selected(void **state)
{
	static const struct belgo_provider *const providers[] = {&plain, &with_scope};

	(void)state;
	for (size_t i = 0; i < BG_LEN(providers); i++) {
		BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};
		struct bg_refresh in = refresh;

		in.provider = providers[i];
		in.selected_scope = "read";
		assert_int_equal(bg_refresh_request(&req, &in, NULL), BELGO_OK);
		assert_is_token_request(
		    &req, "grant_type=refresh_token&refresh_token=rt+1&scope=read&client_id=app");
	}
}

static void
test_token_request__refresh_repeats_redirect_uri_and_resources(void **state)
{
	BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};
	struct bg_refresh in = refresh;

	(void)state;
	in.redirect_uri = "http://[::1]/";
	in.resources = resources;
	in.n_resources = 1;
	in.auth = (struct bg_client_auth){.method = BG_AUTH_POST, .client_id = "app", .client_secret = "p w"};
	assert_int_equal(bg_refresh_request(&req, &in, NULL), BELGO_OK);
	assert_is_token_request(
	    &req, "grant_type=refresh_token&refresh_token=rt+1&redirect_uri=http%3A%2F%2F%5B%3A%3A1%5D%2F"
		  "&resource=https%3A%2F%2Fa.example%2Fx&client_id=app&client_secret=p+w");
}

/* @spec RFC 6749 section 4.4.2 */
static void
test_token_request__client_asks_for_itself_once_it_can_prove_who_it_is(void **state)
{
	BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};
	struct bg_client_grant in = {
	    .metadata = &metadata,
	    .auth = {.method = BG_AUTH_POST, .client_id = "app", .client_secret = "p w"},
	    .scope = "a b",
	    .resources = resources,
	    .n_resources = 2};

	(void)state;
	assert_int_equal(bg_client_grant_request(&req, &in, NULL), BELGO_OK);
	assert_is_token_request(&req, "grant_type=client_credentials&scope=a+b"
				      "&resource=https%3A%2F%2Fa.example%2Fx&resource=https%3A%2F%2Fb.example"
				      "&client_id=app&client_secret=p+w");
	belgo_http_request_done(&req);
	in.scope = "";
	in.n_resources = 0;
	assert_int_equal(bg_client_grant_request(&req, &in, NULL), BELGO_OK);
	assert_is_token_request(&req, "grant_type=client_credentials&client_id=app&client_secret=p+w");
	belgo_http_request_done(&req);
	in.auth.method = BG_AUTH_NONE;
	assert_int_equal(bg_client_grant_request(&req, &in, NULL), BELGO_ENOCLIENT);
	in.auth.method = BG_AUTH_POST;
	in.metadata = &no_endpoint;
	assert_int_equal(bg_client_grant_request(&req, &in, NULL), BELGO_EPROTO);
}

/* @spec RFC 7523 sections 2.1 and 3 */
static void
test_token_request__assertion_about_a_subject_is_the_clients(void **state)
{
	static const char key[] = "{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"k\","
				  "\"d\":\"870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE\","
				  "\"x\":\"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4\","
				  "\"y\":\"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM\"}";
	static const struct {
		const char *name, *private_key, *jti;
		const struct belgo_provider *provider;
		const char *claims; /* NULL: none is made */
		belgo_rc want;
	} rows[] = {
	    {"for the issuer", key, "j1", &plain,
	     "{\"iss\":\"app\",\"sub\":\"robot 7\",\"aud\":\"https://op.example\",\"jti\":\"j1\","
	     "\"iat\":1700000000,\"exp\":1700000060}",
	     BELGO_OK},
	    {"for the token endpoint", key, "j2", &for_endpoint,
	     "{\"iss\":\"app\",\"sub\":\"robot 7\",\"aud\":\"https://op.example/token\",\"jti\":\"j2\","
	     "\"iat\":1700000000,\"exp\":1700000060}",
	     BELGO_OK},
	    {"without a key", NULL, "j3", &plain, NULL, BELGO_ENOCLIENT},
	    {"without a jti", key, NULL, &plain, NULL, BELGO_EINVAL},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};
		struct bg_client_grant in = {
		    .provider = rows[i].provider,
		    .metadata = &with_issuer,
		    .auth = {.method = BG_AUTH_NONE, .client_id = "app", .private_key = rows[i].private_key},
		    .scope = "a",
		    .subject = "robot 7",
		    .jti = rows[i].jti,
		    .now = 1700000000};

		assert_row(rows[i].name, bg_client_grant_request(&req, &in, NULL) == rows[i].want);
		assert_row(rows[i].name, (req.body != NULL) == (rows[i].claims != NULL));
		if (req.body == NULL)
			continue;
		assert_row(rows[i].name, has_payload(req.body, rows[i].claims));
		assert_non_null(strstr(req.body, "&scope=a&client_id=app"));
		assert_null(strstr(req.body, "client_assertion"));
	}
}

static void
test_token_request__wants_an_endpoint_and_a_client(void **state)
{
	BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};
	struct bg_code_exchange code = exchange;
	struct bg_refresh fresh = refresh;
	struct belgo_error err = {0};

	(void)state;
	code.metadata = fresh.metadata = &no_endpoint;
	assert_int_equal(bg_code_request(&req, &code, &err), BELGO_EPROTO);
	assert_non_null(strstr(err.text, "token endpoint"));
	assert_int_equal(bg_refresh_request(&req, &fresh, NULL), BELGO_EPROTO);
	code.metadata = fresh.metadata = &metadata;
	code.auth.client_id = fresh.auth.client_id = NULL;
	assert_int_equal(bg_code_request(&req, &code, NULL), BELGO_EINVAL);
	assert_int_equal(bg_refresh_request(&req, &fresh, NULL), BELGO_EINVAL);
	assert_null(req.url);
	assert_null(req.body);
}

static void
test_token_request__is_no_larger_than_a_form_may_be(void **state)
{
	BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};
	BG_AUTO(bg_str_free) char *huge = bg_calloc(BG_MAX_FORM + 1, 1);
	struct bg_code_exchange code = exchange;
	struct bg_refresh fresh = refresh;
	struct belgo_error err = {0};

	(void)state;
	memset(huge, 'x', BG_MAX_FORM);
	code.code = fresh.refresh_token = huge;
	assert_int_equal(bg_code_request(&req, &code, &err), BELGO_EINVAL);
	assert_int_equal(bg_refresh_request(&req, &fresh, NULL), BELGO_EINVAL);
	assert_null(strstr(err.text, "xx"));
	assert_null(req.url);
}

static belgo_rc
make_code(void)
{
	BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};
	struct bg_code_exchange in = exchange;

	in.resources = resources;
	in.n_resources = 2;
	return bg_code_request(&req, &in, NULL);
}

static belgo_rc
make_refresh(void)
{
	BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};
	struct bg_refresh in = refresh;

	in.auth = (struct bg_client_auth){.method = BG_AUTH_BASIC, .client_id = "app", .client_secret = "pw"};
	return bg_refresh_request(&req, &in, NULL);
}

static void
test_token_request__reports_lack_of_memory(void **state)
{
	(void)state;
	FAILALLOC_EACH(make_code());
	FAILALLOC_EACH(make_refresh());
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_token_request__code_of_a_public_client),
	    cmocka_unit_test(test_token_request__code_with_a_secret_and_resources),
	    cmocka_unit_test(test_token_request__refresh_sends_scope_only_where_it_is_wanted),
	    cmocka_unit_test(test_token_request__refresh_always_sends_a_scope_that_was_selected),
	    cmocka_unit_test(test_token_request__refresh_repeats_redirect_uri_and_resources),
	    cmocka_unit_test(test_token_request__client_asks_for_itself_once_it_can_prove_who_it_is),
	    cmocka_unit_test(test_token_request__assertion_about_a_subject_is_the_clients),
	    cmocka_unit_test(test_token_request__wants_an_endpoint_and_a_client),
	    cmocka_unit_test(test_token_request__is_no_larger_than_a_form_may_be),
	    cmocka_unit_test(test_token_request__reports_lack_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
