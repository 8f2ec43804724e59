/* Signed authorization requests: what they claim, and where they stand. */
#include "base/form.h"
#include "base/mem.h"
#include "harness/failalloc.h"
#include "harness/jose_make.h"
#include "jose/private_key.h"
#include "proto/par.h"
#include "proto/request_object.h"
#include "unit/proto/answer.h"

#define ISSUER "https://op.example"
#define NOW 1700000000

static char issuer[] = ISSUER, par_endpoint[] = ISSUER "/par", authorize_endpoint[] = ISSUER "/authorize";
static const struct belgo_provider plain = {.issuer = issuer, .hooks = &bg_hooks_none};
static const struct bg_metadata metadata = {
    .issuer = issuer,
    .endpoints = {.authorization = authorize_endpoint, .pushed_authorization_request = par_endpoint}};

static struct bg_authorize
request_of(void)
{
	return (struct bg_authorize){.provider = &plain,
				     .metadata = &metadata,
				     .client_id = "app",
				     .redirect_uri = "http://127.0.0.1:1/callback",
				     .scope = "openid email",
				     .state = "STATE",
				     .nonce = "NONCE",
				     .code_verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
				     .max_age = -1};
}

static json_t *
key_of(void)
{
	char *jwk = jose_private_jwk(jose_key("P-256", 0), "\"kid\":\"k\"");
	json_t *key = json_loads(jwk, 0, NULL);

	assert_non_null(key);
	free(jwk);
	return key;
}

static belgo_rc
make(char **out, const struct bg_authorize *request, const char *alg, struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *key = key_of();
	const struct bg_request_object in = {
	    .request = request, .jti = "j-1", .now = NOW, .alg = bg_alg_find(alg), .key = key};

	return bg_request_object_make(out, &in, err);
}

static json_t *
segment(const char *compact, int i)
{
	char *text = jose_segment(compact, i);
	json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

	assert_non_null(json);
	free(text);
	return json;
}

/* The claims of a request, but for the challenge, which depends on the verifier alone. */
static void
assert_claims(const struct bg_authorize *request, const char *want)
{
	BG_AUTO(bg_str_free) char *jwt = NULL;
	BG_AUTO(bg_json_free) json_t *claims = NULL;
	BG_AUTO(bg_json_free) json_t *wanted = json_loads(want, 0, NULL);

	assert_int_equal(make(&jwt, request, "ES256", NULL), BELGO_OK);
	assert_true(jose_is_signed(jose_key("P-256", 0), "ES256", jwt));
	claims = segment(jwt, 1);
	assert_string_equal(json_string_value(json_object_get(claims, "code_challenge")),
			    "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
	json_object_del(claims, "code_challenge");
	assert_non_null(wanted);
	assert_row(want, json_equal(claims, wanted));
}

#define COMMON                                                                                               \
	"\"iss\":\"app\",\"client_id\":\"app\",\"aud\":\"" ISSUER                                            \
	"\",\"jti\":\"j-1\",\"iat\":1700000000,\"nbf\":1700000000,\"exp\":1700000300,"                       \
	"\"response_type\":\"code\",\"redirect_uri\":\"http://127.0.0.1:1/callback\","                       \
	"\"scope\":\"openid "                                                                                \
	"email\",\"state\":\"STATE\",\"nonce\":\"NONCE\",\"code_challenge_method\":\"S256\""

/* @spec RFC 9101 section 4, section 10.8; OpenID Connect Core section 6.1; RFC 9396 section 3; RFC 8707
 * section 2 */
static void
test_request_object__claims_are_the_parameters_and_who_signed_for_whom(void **state)
{
	static const char *const resources[] = {"https://a.example/", "https://b.example/",
						"https://c.example/"};
	struct bg_authorize in = request_of();

	(void)state;
	assert_claims(&in, "{" COMMON "}");
	in.max_age = 60;
	in.login_hint = "a \"b\" & c=d";
	in.claims = "{\"id_token\":{\"acr\":{\"essential\":true}}}";
	in.authorization_details = "[{\"type\":\"a\",\"n\":1}]";
	in.resources = resources;
	in.n_resources = 1;
	assert_claims(&in, "{" COMMON ",\"max_age\":60,\"login_hint\":\"a \\\"b\\\" & c=d\","
			   "\"claims\":{\"id_token\":{\"acr\":{\"essential\":true}}},"
			   "\"authorization_details\":[{\"type\":\"a\",\"n\":1}],"
			   "\"resource\":\"https://a.example/\"}");
	in = request_of();
	in.resources = resources;
	in.n_resources = 3;
	assert_claims(
	    &in, "{" COMMON
		 ",\"resource\":[\"https://a.example/\",\"https://b.example/\",\"https://c.example/\"]}");
}

/* @spec RFC 9101 section 10.8 (explicit typing); RFC 7515 section 4.1.4 */
static void
test_request_object__header_says_what_it_is_and_names_the_key(void **state)
{
	struct bg_authorize in = request_of();
	BG_AUTO(bg_str_free) char *jwt = NULL;
	BG_AUTO(bg_json_free) json_t *header = NULL;
	BG_AUTO(bg_json_free)
	json_t *want =
	    json_loads("{\"alg\":\"ES256\",\"typ\":\"oauth-authz-req+jwt\",\"kid\":\"k\"}", 0, NULL);

	(void)state;
	assert_int_equal(make(&jwt, &in, "ES256", NULL), BELGO_OK);
	header = segment(jwt, 0);
	assert_true(json_equal(header, want));
}

/* A parameter may not become a registered claim: JAR. @spec RFC 9101 section 10.8 */
static void
test_request_object__is_not_made_of_what_would_change_its_meaning(void **state)
{
	static const char *const names[] = {"iss", "sub", "aud",         "exp",    "nbf",
					    "iat", "jti", "request_uri", "request"};
	BG_AUTO(bg_str_free) char *jwt = NULL;

	(void)state;
	for (size_t i = 0; i < BG_LEN(names); i++) {
		const struct belgo_param extra = {names[i], "x"};
		struct bg_authorize in = request_of();
		struct belgo_error err = {0};

		in.extra = &extra;
		in.n_extra = 1;
		assert_row(names[i], make(&jwt, &in, "ES256", &err) == BELGO_EINVAL);
		assert_row(names[i], err.rc == BELGO_EINVAL && jwt == NULL);
	}
	for (int i = 0; i < 2; i++) {
		struct bg_authorize in = request_of();

		if (i == 0)
			in.state = NULL;
		assert_int_equal(make(&jwt, &in, i == 0 ? "ES256" : "RS256", NULL), BELGO_EINVAL);
		assert_null(jwt);
	}
}

/* @spec RFC 9101 section 5; OpenID Connect Core section 6.1; RFC 9126 section 3, section 4 */
static void
test_request_object__stands_for_all_of_the_request(void **state)
{
	const struct bg_client_auth auth = {.method = BG_AUTH_NONE, .client_id = "app"};
	BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};
	struct bg_authorize in = request_of();
	BG_AUTO(bg_str_free) char *url = NULL;

	(void)state;
	in.request = "a.b.c";
	assert_int_equal(bg_authorize_url(&url, &in, NULL), BELGO_OK);
	assert_string_equal(url, ISSUER
			    "/authorize?client_id=app&response_type=code&scope=openid+email&request=a.b.c");
	in.nonce = NULL;
	bg_str_free(&url);
	assert_int_equal(bg_authorize_url(&url, &in, NULL), BELGO_OK);
	assert_string_equal(url, ISSUER "/authorize?client_id=app&request=a.b.c");
	in.request_uri = "urn:x";
	bg_str_free(&url);
	assert_int_equal(bg_authorize_url(&url, &in, NULL), BELGO_OK);
	assert_string_equal(url, ISSUER "/authorize?client_id=app&request_uri=urn%3Ax");
	assert_int_equal(bg_par_request(&req, &in, &auth, NULL), BELGO_OK);
	assert_string_equal(req.body, "request=a.b.c&client_id=app");
}

static belgo_rc
make_once(const json_t *key)
{
	BG_AUTO(bg_str_free) char *jwt = NULL;
	const struct bg_authorize request = request_of();
	const struct bg_request_object in = {
	    .request = &request, .jti = "j-1", .now = NOW, .alg = bg_alg_find("ES256"), .key = key};

	return bg_request_object_make(&jwt, &in, NULL);
}

static void
test_request_object__survives_every_failing_allocation(void **state)
{
	BG_AUTO(bg_json_free) json_t *key = key_of();

	(void)state;
	FAILALLOC_EACH_TOLERANT(make_once(key));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_request_object__claims_are_the_parameters_and_who_signed_for_whom),
	    cmocka_unit_test(test_request_object__header_says_what_it_is_and_names_the_key),
	    cmocka_unit_test(test_request_object__is_not_made_of_what_would_change_its_meaning),
	    cmocka_unit_test(test_request_object__stands_for_all_of_the_request),
	    cmocka_unit_test(test_request_object__survives_every_failing_allocation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
