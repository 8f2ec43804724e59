/* Token exchange: the request byte for byte, and what is believed of the answer. */
#include "base/mem.h"
#include "harness/failalloc.h"
#include "proto/token_exchange.h"
#include "unit/proto/answer.h"

#define URN "urn:ietf:params:oauth:token-type:"
#define SUBJECT "the-subject-token"
#define NOW 1700000100

static char endpoint[] = "https://op.example/token";
static const struct belgo_provider plain = {.hooks = &bg_hooks_none};
static const struct bg_metadata metadata = {.endpoints = {.token = endpoint}};
static const struct bg_metadata no_endpoint = {0};
static const char *const resources[] = {"https://a.example/x", "https://b.example"};
static const char *const audiences[] = {"one", "an other"};
static const char *const secrets[] = {SUBJECT, NULL};

static const struct bg_token_exchange least = {
    .metadata = &metadata,
    .auth = {.method = BG_AUTH_NONE, .client_id = "app"},
    .subject_token = SUBJECT,
    .subject_token_type = URN "access_token",
};
static const struct bg_token_exchange most = {
    .metadata = &metadata,
    .auth = {.method = BG_AUTH_BASIC, .client_id = "app", .client_secret = "pw"},
    .subject_token = SUBJECT,
    .subject_token_type = URN "id_token",
    .actor_token = "the-actor-token",
    .requested_token_type = URN "jwt",
    .scope = "a b",
    .resources = resources,
    .n_resources = 2,
    .audiences = audiences,
    .n_audiences = 2,
};

/* @spec RFC 8693 section 2.1 */
static void
test_token_exchange__request_says_what_is_given_and_what_is_wanted(void **state)
{
	BG_AUTO(belgo_http_request_done) struct belgo_http_request small = {0}, large = {0};

	(void)state;
	assert_int_equal(bg_exchange_request(&small, &least, NULL), BELGO_OK);
	assert_string_equal(small.method, "POST");
	assert_string_equal(small.url, endpoint);
	assert_string_equal(small.body,
			    "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange"
			    "&subject_token=" SUBJECT "&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3A"
			    "token-type%3Aaccess_token&client_id=app");
	assert_int_equal(bg_exchange_request(&large, &most, NULL), BELGO_OK);
	assert_string_equal(
	    large.body, "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange"
			"&subject_token=" SUBJECT "&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3A"
			"token-type%3Aid_token&actor_token=the-actor-token&actor_token_type=urn%3Aietf%3A"
			"params%3Aoauth%3Atoken-type%3Aaccess_token&requested_token_type=urn%3Aietf%3A"
			"params%3Aoauth%3Atoken-type%3Ajwt&audience=one&audience=an+other"
			"&resource=https%3A%2F%2Fa.example%2Fx&resource=https%3A%2F%2Fb.example&scope=a+b");
	assert_string_equal(sent_header(&large, "Authorization"), "Basic YXBwOnB3");
}

static void
test_token_exchange__request_wants_an_endpoint(void **state)
{
	struct belgo_http_request req = {0};
	struct bg_token_exchange in = least;

	(void)state;
	in.metadata = &no_endpoint;
	assert_int_equal(bg_exchange_request(&req, &in, NULL), BELGO_EPROTO);
	assert_null(req.url);
}

/* @spec RFC 8693 section 3 */
static void
test_token_exchange__types_are_words_or_uris(void **state)
{
	static const struct {
		const char *name, *want;
	} rows[] = {
	    {"access_token", URN "access_token"},
	    {"refresh_token", URN "refresh_token"},
	    {"id_token", URN "id_token"},
	    {"jwt", URN "jwt"},
	    {"saml1", URN "saml1"},
	    {"saml2", URN "saml2"},
	    {"https://example.org/type", "https://example.org/type"},
	    {"JWT", NULL},
	    {"access token", NULL},
	    {"", NULL},
	    {"urn:", NULL},
	    {"https://example.org/type#x", NULL},
	};
	const char *none = "x";

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		const char *found = NULL;
		belgo_rc rc = bg_token_type_uri(&found, rows[i].name, NULL);

		assert_row(rows[i].name, rc == (rows[i].want != NULL ? BELGO_OK : BELGO_EINVAL));
		assert_row(rows[i].name, bg_str_equal(found, rows[i].want));
	}
	assert_int_equal(bg_token_type_uri(&none, NULL, NULL), BELGO_OK);
	assert_null(none);
}

static belgo_rc
judge(const char *requested, int status, const char *body, struct belgo_token **token, char **issued,
      struct belgo_error *err)
{
	BG_AUTO(belgo_http_response_done) struct belgo_http_response res = answer(status, JSON_TYPE, body);
	struct bg_token_exchange in = least;

	in.requested_token_type = requested;
	return bg_exchange_response(token, issued, &plain, &in, &res, NOW, secrets, err);
}

#define ANSWER(token_type, issued)                                                                           \
	"{\"access_token\":\"new\",\"token_type\":\"" token_type "\",\"issued_token_type\":\"" issued "\"}"

/* @spec RFC 8693 section 2.2.1 */
static void
test_token_exchange__answer_says_what_was_issued(void **state)
{
	static const struct {
		const char *requested, *body;
		belgo_rc want;
	} rows[] = {
	    {NULL, ANSWER("Bearer", URN "access_token"), BELGO_OK},
	    {URN "access_token", ANSWER("bearer", URN "access_token"), BELGO_OK},
	    {URN "jwt", ANSWER("N_A", URN "jwt"), BELGO_OK},
	    {URN "jwt", ANSWER("n_a", URN "jwt"), BELGO_OK},
	    {URN "jwt", ANSWER("Bearer", URN "jwt"), BELGO_OK},
	    {NULL, ANSWER("N_A", URN "saml2"), BELGO_OK},
	    {NULL, ANSWER("N_A", "https://example.org/type"), BELGO_OK},
	    /* another than was asked for */
	    {URN "access_token", ANSWER("Bearer", URN "jwt"), BELGO_EPROTO},
	    {URN "jwt", ANSWER("Bearer", URN "access_token"), BELGO_EPROTO},
	    {URN "id_token", ANSWER("N_A", URN "refresh_token"), BELGO_EPROTO},
	    {URN "jwt", ANSWER("N_A", URN "JWT"), BELGO_EPROTO},
	    /* an access token that is none, and types that nobody asked for */
	    {NULL, ANSWER("N_A", URN "access_token"), BELGO_EPROTO},
	    {NULL, ANSWER("DPoP", URN "access_token"), BELGO_EPROTO},
	    {NULL, ANSWER("mac", URN "jwt"), BELGO_EPROTO},
	    /* nothing said, or nothing that is a type */
	    {NULL, "{\"access_token\":\"new\",\"token_type\":\"Bearer\"}", BELGO_EPROTO},
	    {NULL, "{\"access_token\":\"new\",\"issued_token_type\":\"" URN "access_token\"}", BELGO_EPROTO},
	    {NULL, "{\"token_type\":\"Bearer\",\"issued_token_type\":\"" URN "access_token\"}", BELGO_EPROTO},
	    {NULL, "{\"access_token\":\"new\",\"token_type\":\"Bearer\",\"issued_token_type\":1}",
	     BELGO_EPROTO},
	    {NULL, "{\"access_token\":\"new\",\"token_type\":\"Bearer\",\"issued_token_type\":null}",
	     BELGO_EPROTO},
	    {NULL, ANSWER("Bearer", ""), BELGO_EPROTO},
	    {NULL, ANSWER("Bearer", "access_token"), BELGO_EPROTO},
	    {NULL, ANSWER("Bearer", "urn:a\\u001b[2J"), BELGO_EPROTO},
	    {NULL, "{\"access_token\":\"a b\",\"token_type\":\"N_A\",\"issued_token_type\":\"" URN "jwt\"}",
	     BELGO_EPROTO},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(belgo_token_free) struct belgo_token *token = NULL;
		BG_AUTO(bg_str_free) char *issued = NULL;
		struct belgo_error err = {0};

		assert_row(rows[i].body, judge(rows[i].requested, 200, rows[i].body, &token, &issued, &err) ==
					     rows[i].want);
		assert_row(rows[i].body, err.rc == rows[i].want);
		assert_row(rows[i].body, (token != NULL) == (rows[i].want == BELGO_OK));
		assert_row(rows[i].body, (issued != NULL) == (rows[i].want == BELGO_OK));
		if (token != NULL)
			assert_string_equal(token->access_token, "new");
	}
}

/* N_A is a word of this exchange alone: elsewhere it is a type that is not known. */
static void
test_token_exchange__nothing_else_may_be_of_no_type(void **state)
{
	BG_AUTO(belgo_http_response_done)
	struct belgo_http_response res = answer(200, JSON_TYPE, ANSWER("N_A", URN "jwt"));
	struct belgo_token *token = NULL;

	(void)state;
	assert_int_equal(
	    bg_token_response(&token, &plain, BG_GRANT_REFRESH, BG_TOKEN_BEARER, &res, NOW, secrets, NULL),
	    BELGO_EPROTO);
	assert_null(token);
}

static void
test_token_exchange__token_comes_alone_with_its_lifetime_and_scope(void **state)
{
	BG_AUTO(belgo_token_free) struct belgo_token *token = NULL;
	BG_AUTO(bg_str_free) char *issued = NULL;

	(void)state;
	assert_int_equal(judge(NULL, 200,
			       "{\"access_token\":\"new\",\"token_type\":\"Bearer\",\"expires_in\":60,"
			       "\"issued_token_type\":\"" URN "access_token\",\"scope\":\"a\","
			       "\"refresh_token\":\"rt\",\"refresh_expires_in\":600,\"id_token\":\"x.y.z\"}",
			       &token, &issued, NULL),
			 BELGO_OK);
	assert_string_equal(issued, URN "access_token");
	assert_int_equal(token->expires_at, NOW + 60);
	assert_string_equal(token->scope, "a");
	assert_null(token->refresh_token);
	assert_null(token->id_token);
	assert_int_equal(token->refresh_expires_at, 0);
}

/* A refusal never asks for a login, never repeats a token, and may be one of a token that is too old.
 * @spec RFC 8693 section 2.2.2 */
static void
test_token_exchange__refusals_are_told_apart(void **state)
{
	static const struct {
		int status;
		const char *body;
		belgo_rc want;
		int may_be_stale;
	} rows[] = {
	    {400, "{\"error\":\"invalid_request\",\"error_description\":\"" SUBJECT "\"}", BELGO_EDENIED, 1},
	    {400, "{\"error\":\"invalid_grant\"}", BELGO_EDENIED, 1},
	    {401, "{\"error\":\"invalid_token\"}", BELGO_EDENIED, 1},
	    {401, "{}", BELGO_EDENIED, 1},
	    {401, "{\"error\":\"invalid_client\"}", BELGO_EDENIED, 0},
	    {400, "{\"error\":\"invalid_target\"}", BELGO_EDENIED, 0},
	    {400, "{\"error\":\"invalid_scope\"}", BELGO_EDENIED, 0},
	    {400, "{\"error\":\"unsupported_grant_type\"}", BELGO_EDENIED, 0},
	    {403, "{}", BELGO_EDENIED, 0},
	    {200, "{\"error\":\"access_denied\"}", BELGO_EDENIED, 0},
	    {503, "{\"error\":\"invalid_grant\"}", BELGO_EUNAVAILABLE, 0},
	    {302, "{}", BELGO_EPROTO, 0},
	    {201, ANSWER("Bearer", URN "access_token"), BELGO_EPROTO, 0},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct belgo_token *token = NULL;
		char *issued = NULL;
		struct belgo_error err = {0};

		assert_row(rows[i].body,
			   judge(NULL, rows[i].status, rows[i].body, &token, &issued, &err) == rows[i].want);
		assert_row(rows[i].body, bg_exchange_may_be_stale(&err) == rows[i].may_be_stale);
		assert_row(rows[i].body, strstr(err.oauth_error_description, SUBJECT) == NULL);
		assert_row(rows[i].body, token == NULL && issued == NULL);
	}
}

static belgo_rc
request(void)
{
	BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};

	return bg_exchange_request(&req, &most, NULL);
}

static belgo_rc
response(const struct belgo_http_response *res)
{
	BG_AUTO(belgo_token_free) struct belgo_token *token = NULL;
	BG_AUTO(bg_str_free) char *issued = NULL;

	return bg_exchange_response(&token, &issued, &plain, &most, res, NOW, secrets, NULL);
}

static void
test_token_exchange__reports_lack_of_memory(void **state)
{
	BG_AUTO(belgo_http_response_done)
	struct belgo_http_response res = answer(200, JSON_TYPE, ANSWER("N_A", URN "jwt"));

	(void)state;
	FAILALLOC_EACH(request());
	FAILALLOC_EACH(response(&res));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_token_exchange__request_says_what_is_given_and_what_is_wanted),
	    cmocka_unit_test(test_token_exchange__request_wants_an_endpoint),
	    cmocka_unit_test(test_token_exchange__types_are_words_or_uris),
	    cmocka_unit_test(test_token_exchange__answer_says_what_was_issued),
	    cmocka_unit_test(test_token_exchange__nothing_else_may_be_of_no_type),
	    cmocka_unit_test(test_token_exchange__token_comes_alone_with_its_lifetime_and_scope),
	    cmocka_unit_test(test_token_exchange__refusals_are_told_apart),
	    cmocka_unit_test(test_token_exchange__reports_lack_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
