/* How a client says who it is. */
#include "base/form.h"
#include "base/limits.h"
#include "base/mem.h"
#include "harness/failalloc.h"
#include "harness/jose_make.h"
#include "proto/client_auth.h"
#include "proto/reply.h"
#include "unit/proto/answer.h"

static char none[] = "none", basic[] = "client_secret_basic", post[] = "client_secret_post",
	    jwt[] = "private_key_jwt", secret_jwt[] = "client_secret_jwt", tls[] = "tls_client_auth",
	    self_signed[] = "self_signed_tls_client_auth", unknown[] = "client_notarized_jwt";
static const char *p256; /* a private JWK */
static char *no_methods[] = {NULL};
static char *both[] = {post, basic, NULL};
static char *only_post[] = {none, post, NULL};
static char *only_jwt[] = {jwt, NULL};
static char *only_secret_jwt[] = {secret_jwt, NULL};
static char *all[] = {none, basic, post, secret_jwt, jwt, NULL};
static char *only_none[] = {none, NULL};
static char *with_tls[] = {jwt, basic, tls, NULL};
static char *with_self_signed[] = {basic, self_signed, NULL};

/* @spec OpenID Connect Core section 9 */
static void
test_client_auth__knows_its_methods_by_name(void **state)
{
	static const struct {
		const char *name;
		belgo_rc want;
		enum bg_auth_method method;
	} rows[] = {
	    {"none", BELGO_OK, BG_AUTH_NONE},
	    {"client_secret_basic", BELGO_OK, BG_AUTH_BASIC},
	    {"client_secret_post", BELGO_OK, BG_AUTH_POST},
	    {"client_secret_jwt", BELGO_OK, BG_AUTH_SECRET_JWT},
	    {"private_key_jwt", BELGO_OK, BG_AUTH_PRIVATE_KEY_JWT},
	    {"tls_client_auth", BELGO_OK, BG_AUTH_TLS},
	    {"self_signed_tls_client_auth", BELGO_OK, BG_AUTH_SELF_SIGNED_TLS},
	    {"client_notarized_jwt", BELGO_EINVAL, BG_AUTH_NONE},
	    {"Client_Secret_Basic", BELGO_EINVAL, BG_AUTH_NONE},
	    {"", BELGO_EINVAL, BG_AUTH_NONE},
	};
	enum bg_auth_method method;

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		method = BG_AUTH_NONE;
		assert_row(rows[i].name, bg_auth_method_parse(&method, rows[i].name, NULL) == rows[i].want);
		assert_row(rows[i].name, method == rows[i].method);
		if (rows[i].want == BELGO_OK)
			assert_string_equal(bg_auth_method_name(method), rows[i].name);
	}
	assert_int_equal(bg_auth_method_parse(&method, NULL, NULL), BELGO_EINVAL);
}

#define LONG "0123456789abcdef0123456789abcdef"

/* @spec RFC 8414 section 2; RFC 6749 section 2.3 */
static void
test_client_auth__chooses_by_question_preset_and_metadata(void **state)
{
	static const struct {
		const char *name, *asked, *secret;
		const char *const *key;
		char *preset;
		char **listed;
		belgo_rc want;
		enum bg_auth_method method;
	} rows[] = {
	    {"nothing listed", NULL, "s", NULL, NULL, NULL, BELGO_OK, BG_AUTH_BASIC},
	    {"basic before post", NULL, "s", NULL, NULL, both, BELGO_OK, BG_AUTH_BASIC},
	    {"post where basic is not listed", NULL, "s", NULL, NULL, only_post, BELGO_OK, BG_AUTH_POST},
	    {"nothing fits", NULL, "s", NULL, NULL, only_jwt, BELGO_EPROTO, BG_AUTH_NONE},
	    {"only none listed", NULL, "s", NULL, NULL, only_none, BELGO_EPROTO, BG_AUTH_NONE},
	    {"an empty list", NULL, "s", NULL, NULL, no_methods, BELGO_EPROTO, BG_AUTH_NONE},
	    {"preset before metadata", NULL, "s", NULL, post, both, BELGO_OK, BG_AUTH_POST},
	    {"preset unknown", NULL, "s", NULL, unknown, both, BELGO_EINVAL, BG_AUTH_NONE},
	    {"preset that wants what is not there", NULL, "s", NULL, jwt, both, BELGO_OK, BG_AUTH_BASIC},
	    {"asked before preset", "client_secret_basic", "s", NULL, post, only_post, BELGO_OK,
	     BG_AUTH_BASIC},
	    {"asked for none though a secret is there", "none", "s", NULL, post, both, BELGO_OK,
	     BG_AUTH_NONE},
	    {"asked for the unknown", "client_notarized_jwt", "s", NULL, NULL, both, BELGO_EINVAL,
	     BG_AUTH_NONE},
	    {"no secret", NULL, NULL, NULL, NULL, both, BELGO_OK, BG_AUTH_NONE},
	    {"no secret whatever the preset says", NULL, NULL, NULL, post, only_post, BELGO_OK, BG_AUTH_NONE},
	    {"an empty secret is none", NULL, "", NULL, NULL, both, BELGO_OK, BG_AUTH_NONE},
	    {"asked for basic without a secret", "client_secret_basic", NULL, NULL, NULL, both, BELGO_EINVAL,
	     BG_AUTH_NONE},
	    {"asked for post with an empty secret", "client_secret_post", "", NULL, NULL, both, BELGO_EINVAL,
	     BG_AUTH_NONE},
	    {"a key where keys are taken", NULL, NULL, &p256, NULL, all, BELGO_OK, BG_AUTH_PRIVATE_KEY_JWT},
	    {"a key before a secret", NULL, LONG, &p256, NULL, all, BELGO_OK, BG_AUTH_PRIVATE_KEY_JWT},
	    {"a secret where keys are not taken", NULL, LONG, &p256, NULL, both, BELGO_OK, BG_AUTH_BASIC},
	    {"a key where they are not taken", NULL, NULL, &p256, NULL, both, BELGO_EPROTO, BG_AUTH_NONE},
	    {"a key where nothing is listed", NULL, NULL, &p256, NULL, NULL, BELGO_EPROTO, BG_AUTH_NONE},
	    {"asked for a key's method", "private_key_jwt", NULL, &p256, NULL, NULL, BELGO_OK,
	     BG_AUTH_PRIVATE_KEY_JWT},
	    {"asked for it without a key", "private_key_jwt", LONG, NULL, NULL, all, BELGO_EINVAL,
	     BG_AUTH_NONE},
	    {"preset's key", NULL, LONG, &p256, jwt, both, BELGO_OK, BG_AUTH_PRIVATE_KEY_JWT},
	    {"preset's secret though a key is there", NULL, LONG, &p256, post, all, BELGO_OK, BG_AUTH_POST},
	    {"preset of none though a key is there", NULL, NULL, &p256, none, all, BELGO_OK, BG_AUTH_NONE},
	    {"asked for an assertion of the secret", "client_secret_jwt", LONG, NULL, NULL, both, BELGO_OK,
	     BG_AUTH_SECRET_JWT},
	    {"asked for it with a key alone", "client_secret_jwt", NULL, &p256, NULL, all, BELGO_EINVAL,
	     BG_AUTH_NONE},
	    {"asked for it with a short secret", "client_secret_jwt", "short", NULL, NULL, all, BELGO_EINVAL,
	     BG_AUTH_NONE},
	    {"an assertion of the secret where nothing else is listed", NULL, LONG, NULL, NULL,
	     only_secret_jwt, BELGO_OK, BG_AUTH_SECRET_JWT},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		const struct belgo_provider provider = {
		    .token_endpoint_auth_method = rows[i].preset,
		    .hooks = &bg_hooks_none,
		};
		const struct bg_metadata metadata = {.token_endpoint_auth_methods_supported = rows[i].listed};
		struct bg_client_auth auth = {.client_id = "app",
					      .client_secret = rows[i].secret,
					      .private_key = rows[i].key != NULL ? *rows[i].key : NULL};
		struct belgo_error err = {0};

		assert_row(rows[i].name, bg_client_auth_choose(&auth, &provider, &metadata, rows[i].asked,
							       &err) == rows[i].want);
		assert_row(rows[i].name, auth.method == rows[i].method);
		assert_row(rows[i].name, (auth.alg != NULL) == bg_auth_method_signs(rows[i].method));
		assert_row(rows[i].name, err.rc == rows[i].want);
	}
}

/* @spec RFC 8705 section 2.1.1, 2.2.1 */
static void
test_client_auth__certificate_is_used_where_it_is_taken(void **state)
{
	static const struct {
		const char *name, *asked, *certificate;
		char *preset;
		char **listed;
		belgo_rc want;
		enum bg_auth_method method;
	} rows[] = {
	    {"before all else", NULL, "pem", NULL, with_tls, BELGO_OK, BG_AUTH_TLS},
	    {"self-signed", NULL, "pem", NULL, with_self_signed, BELGO_OK, BG_AUTH_SELF_SIGNED_TLS},
	    {"asked for", tls, "pem", NULL, both, BELGO_OK, BG_AUTH_TLS},
	    {"asked for without one", tls, NULL, NULL, with_tls, BELGO_EINVAL, BG_AUTH_NONE},
	    {"preset's", NULL, "pem", self_signed, both, BELGO_OK, BG_AUTH_SELF_SIGNED_TLS},
	    {"preset's without one", NULL, NULL, tls, with_tls, BELGO_OK, BG_AUTH_PRIVATE_KEY_JWT},
	    {"none where it is not taken", NULL, "pem", NULL, both, BELGO_OK, BG_AUTH_BASIC},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		const struct belgo_provider provider = {.token_endpoint_auth_method = rows[i].preset,
							.hooks = &bg_hooks_none};
		const struct bg_metadata metadata = {.token_endpoint_auth_methods_supported = rows[i].listed};
		struct bg_client_auth auth = {.client_id = "app",
					      .client_secret = LONG,
					      .private_key = p256,
					      .certificate = rows[i].certificate};

		assert_row(rows[i].name, bg_client_auth_choose(&auth, &provider, &metadata, rows[i].asked,
							       NULL) == rows[i].want);
		assert_row(rows[i].name, auth.method == rows[i].method);
	}
}

/* @spec RFC 8705 section 2 */
static void
test_client_auth__certificate_goes_beside_the_request_and_not_into_it(void **state)
{
	BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};
	BG_AUTO(bg_buf_free) struct bg_buf form = BG_BUF(BG_MAX_FORM);
	const struct bg_client_auth auth = {
	    .method = BG_AUTH_TLS, .client_id = "app", .client_secret = "s", .certificate = "pem"};

	(void)state;
	assert_int_equal(bg_client_auth_apply(&req, &form, &auth, NULL), BELGO_OK);
	assert_string_equal(form.data, "client_id=app");
	assert_string_equal(req.client_certificate, "pem");
	assert_int_equal(req.n_headers, 0);
}

/* A preset says so of a server that decodes nothing. @spec RFC 6749 section 2.3.1; RFC 7617 section 2 */
static void
test_client_auth__basic_is_encoded_unless_a_preset_knows_better(void **state)
{
	static const struct {
		const char *name, *id, *secret;
		enum bg_basic_encoding encoding;
		const char *want; /* NULL: it cannot be said */
	} rows[] = {
	    {"form", "a:b", "c+d", BG_BASIC_FORM, "Basic YSUzQWI6YyUyQmQ="},
	    {"raw", "ab", "c+d:e", BG_BASIC_RAW, "Basic YWI6YytkOmU="},
	    {"raw with a colon in the id", "a:b", "c", BG_BASIC_RAW, NULL},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};
		BG_AUTO(bg_buf_free) struct bg_buf form = BG_BUF(BG_MAX_FORM);
		const struct belgo_provider provider = {.basic_encoding = rows[i].encoding,
							.hooks = &bg_hooks_none};
		const struct bg_metadata metadata = {.issuer = NULL};
		struct bg_client_auth auth = {.client_id = rows[i].id, .client_secret = rows[i].secret};

		assert_int_equal(bg_client_auth_choose(&auth, &provider, &metadata, NULL, NULL), BELGO_OK);
		assert_row(rows[i].name, bg_client_auth_apply(&req, &form, &auth, NULL) ==
					     (rows[i].want != NULL ? BELGO_OK : BELGO_EINVAL));
		if (rows[i].want != NULL)
			assert_string_equal(sent_header(&req, "Authorization"), rows[i].want);
		else
			assert_int_equal(req.n_headers, 0);
	}
}

/* @spec RFC 8414 section 2 (token_endpoint_auth_signing_alg_values_supported) */
static void
test_client_auth__algorithm_fits_the_key_and_the_list(void **state)
{
	static char es256[] = "ES256", es384[] = "ES384", hs512[] = "HS512", rs256[] = "RS256";
	static char *with_es256[] = {rs256, es256, hs512, NULL};
	static char *without[] = {es384, rs256, hs512, NULL};
	static const struct {
		const char *name, *asked, *secret;
		char **listed;
		belgo_rc want;
		const char *alg;
	} rows[] = {
	    {"key, nothing listed", "private_key_jwt", NULL, NULL, BELGO_OK, "ES256"},
	    {"key, listed", "private_key_jwt", NULL, with_es256, BELGO_OK, "ES256"},
	    {"key, not listed", "private_key_jwt", NULL, without, BELGO_EPROTO, NULL},
	    {"secret, nothing listed", "client_secret_jwt", LONG, NULL, BELGO_OK, "HS256"},
	    {"secret, too short for the one that is listed", "client_secret_jwt", LONG, with_es256,
	     BELGO_EINVAL, NULL},
	    {"secret, long enough for it", "client_secret_jwt", LONG LONG, without, BELGO_OK, "HS512"},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		const struct belgo_provider provider = {.hooks = &bg_hooks_none};
		const struct bg_metadata metadata = {.token_endpoint_auth_signing_alg_values_supported =
							 rows[i].listed};
		struct bg_client_auth auth = {
		    .client_id = "app", .client_secret = rows[i].secret, .private_key = p256};

		assert_row(rows[i].name, bg_client_auth_choose(&auth, &provider, &metadata, rows[i].asked,
							       NULL) == rows[i].want);
		assert_row(rows[i].name, bg_str_equal(auth.alg != NULL ? auth.alg->name : NULL, rows[i].alg));
	}
}

/* @spec FAPI 2.0 Security Profile section 5.4.1 */
static void
test_client_auth__under_fapi_the_algorithm_is_one_that_it_allows(void **state)
{
	static char es256[] = "ES256", ps256[] = "PS256", rs256[] = "RS256", es384[] = "ES384";
	static char *strong[] = {rs256, ps256, es256, NULL}, *weak[] = {rs256, es384, NULL};
	static const struct {
		const char *key;
		char **listed;
		const char *alg; /* NULL: refused */
	} rows[] = {
	    {"{\"kty\":\"RSA\"}", NULL, "PS256"},
	    {"{\"kty\":\"RSA\"}", strong, "PS256"},
	    {"{\"kty\":\"RSA\"}", weak, NULL},
	    {"{\"kty\":\"RSA\",\"alg\":\"RS256\"}", strong, NULL},
	    {"{\"kty\":\"EC\",\"crv\":\"P-256\"}", strong, "ES256"},
	    {"{\"kty\":\"EC\",\"crv\":\"P-384\"}", weak, NULL},
	    {"{\"kty\":\"OKP\",\"crv\":\"Ed25519\"}", NULL, "EdDSA"},
	    {"{\"kty\":\"OKP\",\"crv\":\"Ed448\"}", NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		static char issuer[] = "https://op.example";
		const struct belgo_provider provider = {.hooks = &bg_hooks_none};
		const struct bg_metadata metadata = {
		    .issuer = issuer, .token_endpoint_auth_signing_alg_values_supported = rows[i].listed};
		struct bg_client_auth auth = {.client_id = "app", .private_key = rows[i].key, .is_fapi = 1};
		belgo_rc want = rows[i].alg != NULL ? BELGO_OK : BELGO_EINVAL;

		assert_row(rows[i].key, bg_client_auth_choose(&auth, &provider, &metadata, "private_key_jwt",
							      NULL) == want);
		assert_row(rows[i].key, bg_str_equal(auth.alg != NULL ? auth.alg->name : NULL, rows[i].alg));
	}
}

/* @spec RFC 7523 section 3 (aud) */
static void
test_client_auth__audience_is_the_issuer_unless_the_preset_says_otherwise(void **state)
{
	static char issuer[] = "https://op.example", token[] = "https://op.example/token";
	const struct bg_metadata metadata = {.issuer = issuer, .endpoints = {.token = token}};
	struct belgo_provider provider = {.hooks = &bg_hooks_none};
	struct bg_client_auth auth = {.client_id = "app", .private_key = p256};

	(void)state;
	assert_int_equal(bg_client_auth_choose(&auth, &provider, &metadata, "private_key_jwt", NULL),
			 BELGO_OK);
	assert_string_equal(auth.audience, issuer);
	provider.assertion_audience = BG_AUDIENCE_TOKEN_ENDPOINT;
	assert_int_equal(bg_client_auth_choose(&auth, &provider, &metadata, "private_key_jwt", NULL),
			 BELGO_OK);
	assert_string_equal(auth.audience, token);
}

/* @spec RFC 6749 section 2.3.1; B14: both are form-encoded before they are joined */
static void
test_client_auth__each_method_sends_itself_and_no_other(void **state)
{
	static const struct {
		const char *name;
		struct bg_client_auth auth;
		const char *header, *form;
	} rows[] = {
	    {"none",
	     {.method = BG_AUTH_NONE, .client_id = "my app", .client_secret = NULL},
	     NULL,
	     "a=b&client_id=my+app"},
	    {"none keeps a secret to itself",
	     {.method = BG_AUTH_NONE, .client_id = "app", .client_secret = "s"},
	     NULL,
	     "a=b&client_id=app"},
	    {"post",
	     {.method = BG_AUTH_POST, .client_id = "app", .client_secret = "s3cr+t/of conf"},
	     NULL,
	     "a=b&client_id=app&client_secret=s3cr%2Bt%2Fof+conf"},
	    /* my%3Aapp:s3cr%2Bt%2Fof+conf */
	    {"B14 basic",
	     {.method = BG_AUTH_BASIC, .client_id = "my:app", .client_secret = "s3cr+t/of conf"},
	     "Basic bXklM0FhcHA6czNjciUyQnQlMkZvZitjb25m",
	     "a=b"},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};
		BG_AUTO(bg_buf_free) struct bg_buf form = BG_BUF(BG_MAX_FORM);
		const char *header;

		assert_int_equal(bg_form_add(&form, "a", "b"), BELGO_OK);
		assert_row(rows[i].name, bg_client_auth_apply(&req, &form, &rows[i].auth, NULL) == BELGO_OK);
		header = sent_header(&req, "Authorization");
		assert_row(rows[i].name, bg_str_equal(header, rows[i].header));
		assert_string_equal(form.data, rows[i].form);
	}
}

static void
test_client_auth__refuses_what_is_incomplete(void **state)
{
	static const struct {
		const char *name;
		struct bg_client_auth auth;
	} rows[] = {
	    {"none without an id", {.method = BG_AUTH_NONE, .client_id = NULL, .client_secret = NULL}},
	    {"basic without a secret", {.method = BG_AUTH_BASIC, .client_id = "app", .client_secret = NULL}},
	    {"an assertion of no secret", {.method = BG_AUTH_SECRET_JWT, .client_id = "app"}},
	    {"an assertion without a key",
	     {.method = BG_AUTH_PRIVATE_KEY_JWT, .client_id = "app", .client_secret = LONG}},
	    {"a certificate that is not there", {.method = BG_AUTH_TLS, .client_id = "app"}},
	    {"post without a secret", {.method = BG_AUTH_POST, .client_id = "app", .client_secret = NULL}},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};
		BG_AUTO(bg_buf_free) struct bg_buf form = BG_BUF(BG_MAX_FORM);

		assert_row(rows[i].name,
			   bg_client_auth_apply(&req, &form, &rows[i].auth, NULL) == BELGO_EINVAL);
		assert_row(rows[i].name, req.n_headers == 0 && form.len == 0);
	}
}

static const struct bg_client_auth signing = {.client_id = "my app",
					      .client_secret = LONG,
					      .audience = "https://op.example",
					      .jti = "j1",
					      .now = 1700000000};

/* *out: the assertion of a request that auth makes; malloc'd. */
static void
assertion_of(char **out, struct bg_client_auth auth, const char *name)
{
	static const char prefix[] =
	    "a=b&client_id=my+app&client_assertion_type="
	    "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=";
	BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};
	BG_AUTO(bg_buf_free) struct bg_buf form = BG_BUF(BG_MAX_FORM);

	assert_int_equal(bg_form_add(&form, "a", "b"), BELGO_OK);
	assert_row(name, bg_client_auth_apply(&req, &form, &auth, NULL) == BELGO_OK);
	assert_row(name, req.n_headers == 0);
	assert_row(name, strncmp(form.data, prefix, strlen(prefix)) == 0);
	assert_row(name, strstr(form.data, LONG) == NULL && strchr(form.data + strlen(prefix), '&') == NULL);
	*out = strdup(form.data + strlen(prefix));
}

/* @spec RFC 7521 section 4.2; RFC 7523 section 2.2; OpenID Connect Core section 9 */
static void
test_client_auth__an_assertion_goes_in_place_of_the_secret(void **state)
{
	struct bg_client_auth auth = signing;
	char *assertion = NULL, *claims;

	(void)state;
	auth.method = BG_AUTH_SECRET_JWT;
	auth.alg = bg_alg_find("HS256");
	assertion_of(&assertion, auth, "client_secret_jwt");
	assert_true(jose_is_hmac("HS256", LONG, strlen(LONG), assertion));
	claims = jose_segment(assertion, 1);
	assert_non_null(strstr(claims, "\"sub\":\"my app\""));
	assert_non_null(strstr(claims, "\"jti\":\"j1\""));
	free(claims);
	free(assertion);

	auth.method = BG_AUTH_PRIVATE_KEY_JWT;
	auth.private_key = p256;
	auth.alg = bg_alg_find("ES256");
	assertion_of(&assertion, auth, "private_key_jwt");
	assert_true(jose_is_signed(jose_key("P-256", 0), "ES256", assertion));
	assert_false(jose_is_signed(jose_key("P-256", 1), "ES256", assertion));
	free(assertion);
}

static belgo_rc
apply(enum bg_auth_method method)
{
	BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};
	BG_AUTO(bg_buf_free) struct bg_buf form = BG_BUF(BG_MAX_FORM);
	struct bg_client_auth auth = signing;

	auth.method = method;
	auth.private_key = method == BG_AUTH_PRIVATE_KEY_JWT ? p256 : NULL;
	auth.alg = bg_alg_find(method == BG_AUTH_PRIVATE_KEY_JWT ? "ES256" : "HS256");
	return bg_client_auth_apply(&req, &form, &auth, NULL);
}

static belgo_rc
choose(const char *asked)
{
	const struct belgo_provider provider = {.hooks = &bg_hooks_none};
	const struct bg_metadata metadata = {0};
	struct bg_client_auth auth = signing;

	auth.private_key = p256;
	return bg_client_auth_choose(&auth, &provider, &metadata, asked, NULL);
}

static void
test_client_auth__reports_lack_of_memory(void **state)
{
	(void)state;
	FAILALLOC_EACH(apply(BG_AUTH_NONE));
	FAILALLOC_EACH(apply(BG_AUTH_BASIC));
	FAILALLOC_EACH(apply(BG_AUTH_POST));
	FAILALLOC_EACH(apply(BG_AUTH_SECRET_JWT));
	FAILALLOC_EACH(apply(BG_AUTH_PRIVATE_KEY_JWT));
	FAILALLOC_EACH(choose("client_secret_jwt"));
	/* jansson may drop a byte of the key, which shows when it signs */
	FAILALLOC_EACH_TOLERANT(choose("private_key_jwt"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_client_auth__knows_its_methods_by_name),
	    cmocka_unit_test(test_client_auth__chooses_by_question_preset_and_metadata),
	    cmocka_unit_test(test_client_auth__certificate_is_used_where_it_is_taken),
	    cmocka_unit_test(test_client_auth__certificate_goes_beside_the_request_and_not_into_it),
	    cmocka_unit_test(test_client_auth__basic_is_encoded_unless_a_preset_knows_better),
	    cmocka_unit_test(test_client_auth__algorithm_fits_the_key_and_the_list),
	    cmocka_unit_test(test_client_auth__under_fapi_the_algorithm_is_one_that_it_allows),
	    cmocka_unit_test(test_client_auth__audience_is_the_issuer_unless_the_preset_says_otherwise),
	    cmocka_unit_test(test_client_auth__an_assertion_goes_in_place_of_the_secret),
	    cmocka_unit_test(test_client_auth__each_method_sends_itself_and_no_other),
	    cmocka_unit_test(test_client_auth__refuses_what_is_incomplete),
	    cmocka_unit_test(test_client_auth__reports_lack_of_memory),
	};

	char *jwk = jose_private_jwk(jose_key("P-256", 0), NULL);
	int failed;

	p256 = jwk;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	free(jwk);
	return failed;
}
