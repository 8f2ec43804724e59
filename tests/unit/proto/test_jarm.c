/* The authorization response as a JWT: rows F16 of the hostile list. */
#include "base/mem.h"
#include "harness/failalloc.h"
#include "harness/jose_make.h"
#include "harness/json_text.h"
#include "harness/test.h"
#include "proto/jarm.h"

#define STATE "af0ifjsldkj"
#define ISSUER "https://op.example"
#define NOW 1700000000
#define HEADER "{\"alg\":\"RS256\"}"
#define OURS "\"state\":\"" STATE "\""

static char issuer[] = ISSUER, jwks_uri[] = ISSUER "/jwks";
static const struct belgo_provider plain = {.hooks = &bg_hooks_none, .issuer = issuer};
static const struct bg_metadata metadata = {.issuer = issuer, .iss_parameter_supported = 1};
static const struct bg_redirect_expect usual = {&plain, &metadata, STATE};

/* Nobody's signature. */
static char *
unsigned_jwt(const char *payload)
{
	return jose_compact("{\"alg\":\"none\"}", payload, "x", 1);
}

/* "{0}" stands for the first payload as a JWT, "{1}" for the second. */
static char *
params_of(const char *pattern, const char *const payloads[2])
{
	char *text = bg_strdup(pattern);

	for (int i = 0; i < 2; i++) {
		const char mark[] = {'{', (char)('0' + i), '}', '\0'};
		char *at = strstr(text, mark), *jwt, *longer;

		if (at == NULL || payloads[i] == NULL)
			continue;
		jwt = unsigned_jwt(payloads[i]);
		*at = '\0';
		longer = bg_strf("%s%s%s", text, jwt, at + 3);
		free(jwt);
		bg_str_free(&text);
		text = longer;
	}
	return text;
}

/* @spec JARM section 2.4 (2): the state is looked at before anything else */
static void
test_jarm__whose_it_is_shows_before_it_is_verified(void **state)
{
	static const struct {
		const char *name, *params;
		const char *payloads[2];
		enum bg_redirect_verdict verdict;
		belgo_rc rc;
	} rows[] = {
	    {"ours", "response={0}", {"{" OURS "}"}, BG_REDIRECT_SIGNED, BELGO_OK},
	    {"ours, beside what is not read",
	     "x=y&response={0}&iss=z&code=c0de",
	     {"{" OURS "}"},
	     BG_REDIRECT_SIGNED,
	     BELGO_OK},
	    {"F16 another state",
	     "response={0}",
	     {"{\"state\":\"other\"}"},
	     BG_REDIRECT_IGNORE,
	     BELGO_ESTATE},
	    {"F16 no state", "response={0}", {"{}"}, BG_REDIRECT_IGNORE, BELGO_ESTATE},
	    {"F16 a state that is no string",
	     "response={0}",
	     {"{\"state\":[\"" STATE "\"]}"},
	     BG_REDIRECT_IGNORE,
	     BELGO_ESTATE},
	    {"F16 a state twice",
	     "response={0}",
	     {"{\"state\":\"x\"," OURS "}"},
	     BG_REDIRECT_IGNORE,
	     BELGO_EPROTO},
	    {"F16 no JWT", "response=e30", {NULL}, BG_REDIRECT_IGNORE, BELGO_EPROTO},
	    {"F16 without a signature",
	     "response=e30.eyJzdGF0ZSI6ImFmMGlmanNsZGtqIn0.",
	     {NULL},
	     BG_REDIRECT_SIGNED,
	     BELGO_OK},
	    {"F16 encrypted", "response=e30.AA.AA.AA.AA", {NULL}, BG_REDIRECT_IGNORE, BELGO_EPROTO},
	    {"F16 not base64url", "response=e30.e30%3D.AA", {NULL}, BG_REDIRECT_IGNORE, BELGO_EPROTO},
	    {"F16 empty", "response=", {NULL}, BG_REDIRECT_IGNORE, BELGO_EPROTO},
	    {"nothing", "", {NULL}, BG_REDIRECT_IGNORE, BELGO_ESTATE},
	    {"not well-formed", "response=%zz", {NULL}, BG_REDIRECT_IGNORE, BELGO_EPROTO},
	    {"A01 plain, with another state", "code=c0de&state=x", {NULL}, BG_REDIRECT_IGNORE, BELGO_ESTATE},
	    {"F16 plain", "code=c0de&state=" STATE, {NULL}, BG_REDIRECT_REFUSED, BELGO_EPROTO},
	    {"F16 a plain error",
	     "error=access_denied&state=" STATE,
	     {NULL},
	     BG_REDIRECT_REFUSED,
	     BELGO_EPROTO},
	    {"F16 plain, beside another's",
	     "code=c0de&state=" STATE "&response={0}",
	     {"{\"state\":\"other\"}"},
	     BG_REDIRECT_REFUSED,
	     BELGO_EPROTO},
	    {"F16 ours twice",
	     "response={0}&response={1}",
	     {"{" OURS "}", "{" OURS "}"},
	     BG_REDIRECT_REFUSED,
	     BELGO_EPROTO},
	    {"F16 ours and another's",
	     "response={0}&response={1}",
	     {"{" OURS "}", "{\"state\":\"x\"}"},
	     BG_REDIRECT_REFUSED,
	     BELGO_EPROTO},
	    {"F16 two of others",
	     "response={0}&response={1}",
	     {"{\"state\":\"y\"}", "{\"state\":\"x\"}"},
	     BG_REDIRECT_IGNORE,
	     BELGO_ESTATE},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(bg_str_free) char *params = params_of(rows[i].params, rows[i].payloads);
		BG_AUTO(bg_str_free) char *response = NULL;
		struct belgo_error err = {0};
		belgo_rc rc = BELGO_EINTERNAL;
		enum bg_redirect_verdict verdict =
		    bg_jarm_judge(&response, &rc, STATE, params, strlen(params), &err);

		assert_row(rows[i].name, verdict == rows[i].verdict && err.rc == rows[i].rc);
		assert_row(rows[i].name,
			   rc == (verdict == BG_REDIRECT_REFUSED ? rows[i].rc : BELGO_EINTERNAL));
		assert_row(rows[i].name, (response != NULL) == (verdict == BG_REDIRECT_SIGNED));
		assert_row(rows[i].name, strstr(err.text, STATE) == NULL && err.oauth_error[0] == '\0');
	}
}

static void
test_jarm__no_state_of_ours_matches_nothing(void **state)
{
	BG_AUTO(bg_str_free) char *params = params_of("response={0}", (const char *const[2]){"{}"});
	char *response = NULL;
	belgo_rc rc = BELGO_OK;

	(void)state;
	assert_int_equal(bg_jarm_judge(&response, &rc, NULL, params, strlen(params), NULL),
			 BG_REDIRECT_IGNORE);
	assert_null(response);
}

/* For who must first find what an answer belongs to. */
static void
test_jarm__state_is_found_before_it_is_verified(void **state)
{
	static const struct {
		const char *name, *params;
		const char *payloads[2];
		belgo_rc want;
		const char *found;
	} rows[] = {
	    {"signed", "response={0}", {"{" OURS "}"}, BELGO_OK, STATE},
	    {"beside another", "state=x&response={0}", {"{" OURS "}"}, BELGO_OK, STATE},
	    {"plain", "code=c0de&state=" STATE, {NULL}, BELGO_OK, STATE},
	    {"plain, beside what says none",
	     "state=" STATE "&response={0}",
	     {"{\"state\":1}"},
	     BELGO_OK,
	     STATE},
	    {"none", "response={0}", {"{}"}, BELGO_ESTATE, NULL},
	    {"no JWT", "response=x", {NULL}, BELGO_ESTATE, NULL},
	    {"nothing", "", {NULL}, BELGO_ESTATE, NULL},
	    {"not well-formed", "response=%zz", {NULL}, BELGO_EPROTO, NULL},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(bg_str_free) char *params = params_of(rows[i].params, rows[i].payloads);
		BG_AUTO(bg_str_free) char *found = NULL;
		struct belgo_error err = {0};

		assert_row(rows[i].name, bg_jarm_state(&found, params, strlen(params), &err) == rows[i].want);
		assert_row(rows[i].name, err.rc == rows[i].want && bg_str_equal(found, rows[i].found));
	}
}

/* @spec JARM section 2.4 (3) to (6), 4; RFC 8725 section 3.1 */
static void
test_jarm__is_verified_as_signed_answers_are_and_must_expire(void **state)
{
	static const struct {
		const char *name, *alg, *header, *payload;
		int key;
		belgo_rc want;
	} rows[] = {
	    {"as it should be", "RS256", HEADER,
	     JSON({"iss" : "https://op.example", "aud" : "app", "exp" : 1700000600}), 0, BELGO_OK},
	    {"with a type", "RS256", "{\"alg\":\"RS256\",\"typ\":\"JWT\"}",
	     JSON({"iss" : "https://op.example", "aud" : ["app"], "exp" : 1700000600}), 0, BELGO_OK},
	    {"F16 no iss", "RS256", HEADER, JSON({"aud" : "app", "exp" : 1700000600}), 0, BELGO_EPROTO},
	    {"F16 another iss", "RS256", HEADER,
	     JSON({"iss" : "https://op.example/", "aud" : "app", "exp" : 1700000600}), 0, BELGO_EISSUER},
	    {"F16 no aud", "RS256", HEADER, JSON({"iss" : "https://op.example", "exp" : 1700000600}), 0,
	     BELGO_ECLAIM},
	    {"F16 another aud", "RS256", HEADER,
	     JSON({"iss" : "https://op.example", "aud" : "other", "exp" : 1700000600}), 0, BELGO_ECLAIM},
	    {"F16 no exp", "RS256", HEADER, JSON({"iss" : "https://op.example", "aud" : "app"}), 0,
	     BELGO_EPROTO},
	    {"F16 expired", "RS256", HEADER,
	     JSON({"iss" : "https://op.example", "aud" : "app", "exp" : 1699999940}), 0, BELGO_ECLAIM},
	    {"F16 another key", "RS256", HEADER,
	     JSON({"iss" : "https://op.example", "aud" : "app", "exp" : 1700000600}), 1, BELGO_ESIGNATURE},
	    {"F16 alg none", "RS256", "{\"alg\":\"none\"}",
	     JSON({"iss" : "https://op.example", "aud" : "app", "exp" : 1700000600}), 0, BELGO_ESIGNATURE},
	    {"F16 HMAC", "RS256", "{\"alg\":\"HS256\"}",
	     JSON({"iss" : "https://op.example", "aud" : "app", "exp" : 1700000600}), 0, BELGO_ESIGNATURE},
	    {"F16 an algorithm that is not advertised", "PS256", "{\"alg\":\"PS256\"}",
	     JSON({"iss" : "https://op.example", "aud" : "app", "exp" : 1700000600}), 0, BELGO_ESIGNATURE},
	    {"F16 an access token", "RS256", "{\"alg\":\"RS256\",\"typ\":\"at+jwt\"}",
	     JSON({"iss" : "https://op.example", "aud" : "app", "exp" : 1700000600}), 0, BELGO_EPROTO},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct bg_signed_answer expect = bg_jarm_expect(&usual, "app");
		BG_AUTO(bg_jws_done) struct bg_jws jws = {0};
		BG_AUTO(bg_jwks_free) struct bg_jwks *set = NULL;
		BG_AUTO(bg_jwk_free) struct bg_jwk *key = NULL;
		BG_AUTO(bg_json_free) json_t *claims = NULL;
		char *keys = jose_jwks(jose_jwk(jose_key("RSA-2048", rows[i].key), NULL), (char *)NULL);
		char *jwt = jose_sign(jose_key("RSA-2048", 0), rows[i].alg, rows[i].header, rows[i].payload);
		belgo_rc rc = bg_signed_answer_parse_jwt(&jws, jwt, &expect, NULL);

		expect.now = NOW;
		expect.tolerance = 60;
		assert_int_equal(bg_jwks_parse(&set, keys, strlen(keys), NULL), BELGO_OK);
		if (rc == BELGO_OK) {
			assert_int_equal(bg_jwks_select(&key, set, jws.alg, NULL, NULL), BELGO_OK);
			rc = bg_signed_answer_validate(&claims, &jws, key, &expect, NULL);
		}
		assert_row(rows[i].name, rc == rows[i].want && (claims != NULL) == (rc == BELGO_OK));
		free(keys);
		free(jwt);
	}
}

/* @spec FAPI 2.0 Security Profile section 5.4.1 */
static void
test_jarm__fapi_takes_no_weaker_algorithm_though_it_is_advertised(void **state)
{
	static char *const lists[] = {(char *)(uintptr_t) "RS256", (char *)(uintptr_t) "PS256", NULL};
	static const struct {
		const char *alg, *header;
		int is_fapi;
		belgo_rc want;
	} rows[] = {
	    {"RS256", HEADER, 0, BELGO_OK},
	    {"RS256", HEADER, 1, BELGO_ESIGNATURE},
	    {"PS256", "{\"alg\":\"PS256\"}", 1, BELGO_OK},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct bg_signed_answer expect = bg_jarm_expect(&usual, "app");
		BG_AUTO(bg_jws_done) struct bg_jws jws = {0};
		char *jwt = jose_sign(jose_key("RSA-2048", 0), rows[i].alg, rows[i].header, "{}");

		expect.algs = lists;
		expect.is_fapi = rows[i].is_fapi;
		assert_int_equal(bg_signed_answer_parse_jwt(&jws, jwt, &expect, NULL), rows[i].want);
		free(jwt);
	}
}

/* @spec JARM section 2.1; RFC 6749 section 4.1.2.1 */
static void
test_jarm__what_it_says_is_judged_as_if_it_came_plain(void **state)
{
	static const struct {
		const char *name, *claims;
		belgo_rc want;
		const char *code, *error, *description;
	} rows[] = {
	    {"a code", "{" OURS ",\"iss\":\"" ISSUER "\",\"code\":\"c0de\",\"exp\":1,\"aud\":[\"app\"]}",
	     BELGO_OK, "c0de", "", ""},
	    {"the user said no", "{" OURS ",\"iss\":\"" ISSUER "\",\"error\":\"access_denied\"}",
	     BELGO_ECANCELLED, NULL, "access_denied", ""},
	    {"another error",
	     "{" OURS ",\"iss\":\"" ISSUER
	     "\",\"error\":\"invalid_scope\",\"error_description\":\"no\\u001b[2J\"}",
	     BELGO_EDENIED, NULL, "invalid_scope", "no?[2J"},
	    {"both", "{" OURS ",\"iss\":\"" ISSUER "\",\"error\":\"x\",\"code\":\"c0de\"}", BELGO_EPROTO,
	     NULL, "", ""},
	    {"neither", "{" OURS ",\"iss\":\"" ISSUER "\"}", BELGO_EPROTO, NULL, "", ""},
	    {"another state", "{\"state\":\"x\",\"iss\":\"" ISSUER "\",\"code\":\"c0de\"}", BELGO_EPROTO,
	     NULL, "", ""},
	    {"no state", "{\"iss\":\"" ISSUER "\",\"code\":\"c0de\"}", BELGO_EPROTO, NULL, "", ""},
	    {"another issuer", "{" OURS ",\"iss\":\"https://evil.example\",\"error\":\"x\"}", BELGO_EISSUER,
	     NULL, "", ""},
	    {"no issuer", "{" OURS ",\"code\":\"c0de\"}", BELGO_EISSUER, NULL, "", ""},
	    {"a code that is no string", "{" OURS ",\"iss\":\"" ISSUER "\",\"code\":7}", BELGO_EPROTO, NULL,
	     "", ""},
	    {"an empty code", "{" OURS ",\"iss\":\"" ISSUER "\",\"code\":\"\"}", BELGO_EPROTO, NULL, "", ""},
	    {"a code of two lines", "{" OURS ",\"iss\":\"" ISSUER "\",\"code\":\"c0\\nde\"}", BELGO_EPROTO,
	     NULL, "", ""},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(bg_json_free) json_t *claims = json_loads(rows[i].claims, 0, NULL);
		BG_AUTO(bg_str_free) char *code = NULL;
		struct belgo_error err = {0};
		belgo_rc rc = bg_jarm_code(&code, &usual, claims, &err);

		assert_row(rows[i].name, rc == rows[i].want && err.rc == rows[i].want);
		assert_row(rows[i].name, bg_str_equal(code, rows[i].code));
		assert_row(rows[i].name, strcmp(err.oauth_error, rows[i].error) == 0);
		assert_row(rows[i].name, strcmp(err.oauth_error_description, rows[i].description) == 0);
		assert_row(rows[i].name, strstr(err.text, STATE) == NULL && strstr(err.text, "c0de") == NULL);
	}
}

/* @spec JARM section 4 (response_modes_supported) */
static void
test_jarm__is_asked_for_where_the_provider_offers_it(void **state)
{
	static char *with[] = {(char *)(uintptr_t) "query", (char *)(uintptr_t) "query.jwt", NULL};
	static char *without[] = {(char *)(uintptr_t) "query", (char *)(uintptr_t) "form_post", NULL};
	static const struct {
		const char *name, *mode;
		char **offered;
		char *keys;
		belgo_rc want;
	} rows[] = {
	    {"offered", "query.jwt", with, jwks_uri, BELGO_OK},
	    {"not said", "jwt", NULL, jwks_uri, BELGO_OK},
	    {"another", "form_post.jwt", with, jwks_uri, BELGO_EPROTO},
	    {"none", "query.jwt", without, jwks_uri, BELGO_EPROTO},
	    {"no keys", "query.jwt", with, NULL, BELGO_EPROTO},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct bg_metadata m = metadata;

		m.response_modes_supported = rows[i].offered;
		m.endpoints.jwks_uri = rows[i].keys;
		assert_row(rows[i].name, bg_jarm_check_offered(rows[i].mode, &m, NULL) == rows[i].want);
	}
	assert_true(bg_jarm_is_mode("jwt") && bg_jarm_is_mode("query.jwt") &&
		    bg_jarm_is_mode("form_post.jwt"));
	assert_false(bg_jarm_is_mode(NULL) || bg_jarm_is_mode("query") || bg_jarm_is_mode("fragment.jwt"));
}

static belgo_rc
judge_ours(const char *params)
{
	BG_AUTO(bg_str_free) char *response = NULL;
	belgo_rc rc = BELGO_OK;

	if (bg_jarm_judge(&response, &rc, STATE, params, strlen(params), NULL) == BG_REDIRECT_SIGNED)
		return BELGO_OK;
	return rc != BELGO_OK ? rc : BELGO_ESTATE;
}

static belgo_rc
state_of(const char *params)
{
	BG_AUTO(bg_str_free) char *found = NULL;

	return bg_jarm_state(&found, params, strlen(params), NULL);
}

static belgo_rc
code_of(const json_t *claims)
{
	BG_AUTO(bg_str_free) char *code = NULL;

	return bg_jarm_code(&code, &usual, claims, NULL);
}

/* Out of memory is nobody's fault, and no reason to go on waiting for an answer that was here. */
static void
test_jarm__reports_each_allocation_that_fails(void **state)
{
	BG_AUTO(bg_str_free) char *params = params_of("response={0}", (const char *const[2]){"{" OURS "}"});
	BG_AUTO(bg_json_free)
	json_t *claims = json_loads("{" OURS ",\"iss\":\"" ISSUER "\",\"code\":\"c0de\"}", 0, NULL);

	(void)state;
	FAILALLOC_EACH(judge_ours(params));
	FAILALLOC_EACH(state_of(params));
	FAILALLOC_EACH(code_of(claims));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_jarm__whose_it_is_shows_before_it_is_verified),
	    cmocka_unit_test(test_jarm__no_state_of_ours_matches_nothing),
	    cmocka_unit_test(test_jarm__state_is_found_before_it_is_verified),
	    cmocka_unit_test(test_jarm__is_verified_as_signed_answers_are_and_must_expire),
	    cmocka_unit_test(test_jarm__fapi_takes_no_weaker_algorithm_though_it_is_advertised),
	    cmocka_unit_test(test_jarm__what_it_says_is_judged_as_if_it_came_plain),
	    cmocka_unit_test(test_jarm__is_asked_for_where_the_provider_offers_it),
	    cmocka_unit_test(test_jarm__reports_each_allocation_that_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
