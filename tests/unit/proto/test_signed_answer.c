/* Answers in a JWT: rows U02 and I02 of the hostile list. */
#include "base/mem.h"
#include "harness/jose_make.h"
#include "proto/signed_answer.h"
#include "unit/proto/answer.h"

#define ISSUER "https://op.example"
#define NOW 1700000000
#define TYPE "application/token-introspection+jwt"
#define HEADER "{\"alg\":\"RS256\",\"typ\":\"token-introspection+jwt\"}"
#define PAYLOAD "{\"iss\":\"" ISSUER "\",\"aud\":\"app\",\"iat\":1700000000}"

static const struct belgo_provider plain = {.hooks = &bg_hooks_none, .issuer = (char *)(uintptr_t)ISSUER};
static const struct bg_metadata metadata = {.issuer = (char *)(uintptr_t)ISSUER};
static const struct bg_signed_answer usual = {.what = "the answer",
					      .media_type = TYPE,
					      .typ = BG_JWS_TYP_INTROSPECTION,
					      .iat = BG_ANSWER_IAT_FRESH,
					      .provider = &plain,
					      .metadata = &metadata,
					      .client_id = "app",
					      .now = NOW,
					      .tolerance = 60};

static struct belgo_http_response
signed_answer(const char *alg, const char *header, const char *payload)
{
	const char *kind = strncmp(alg, "ES", 2) == 0 ? "P-256" : "RSA-2048";
	char *jwt = jose_sign(jose_key(kind, 0), alg, header, payload);
	struct belgo_http_response res = answer(200, TYPE, jwt);

	free(jwt);
	return res;
}

/* With the key that the i-th RSA or P-256 key is. */
static belgo_rc
judge(const struct belgo_http_response *res, const struct bg_signed_answer *expect, const char *kind, int i,
      json_t **claims, struct belgo_error *err)
{
	BG_AUTO(bg_jws_done) struct bg_jws jws = {0};
	BG_AUTO(bg_jwks_free) struct bg_jwks *set = NULL;
	BG_AUTO(bg_jwk_free) struct bg_jwk *key = NULL;
	char *text = jose_jwks(jose_jwk(jose_key(kind, i), NULL), (char *)NULL);
	belgo_rc rc = bg_signed_answer_parse(&jws, res, expect, err);

	assert_int_equal(bg_jwks_parse(&set, text, strlen(text), NULL), BELGO_OK);
	free(text);
	if (rc != BELGO_OK)
		return rc;
	assert_int_equal(bg_jwks_select(&key, set, jws.alg, NULL, NULL), BELGO_OK);
	return bg_signed_answer_validate(claims, &jws, key, expect, err);
}

/* @spec OpenID Connect Core section 5.3.2; RFC 9701 section 5 */
static void
test_signed_answer__is_one_by_status_and_media_type(void **state)
{
	static const struct {
		int status;
		const char *type;
		int want;
	} rows[] = {
	    {200, TYPE, 1},
	    {200, "Application/Token-Introspection+JWT; charset=utf-8", 1},
	    {200, "application/jwt", 0},
	    {200, JSON_TYPE, 0},
	    {200, NULL, 0},
	    {400, TYPE, 0},
	    {201, TYPE, 0},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(belgo_http_response_done)
		struct belgo_http_response res = answer(rows[i].status, rows[i].type, "");

		assert_int_equal(bg_signed_answer_is(&res, &usual), rows[i].want);
	}
}

/* @spec RFC 8725 section 3.1, 3.8, 3.9, 3.11 */
static void
test_signed_answer__is_the_providers_and_for_this_client_and_of_now(void **state)
{
	static const struct {
		const char *name, *header, *payload;
		belgo_rc want;
	} rows[] = {
	    {"as it should be", HEADER, PAYLOAD, BELGO_OK},
	    {"several audiences", HEADER,
	     "{\"iss\":\"" ISSUER "\",\"aud\":[\"x\",\"app\"],\"iat\":1700000000}", BELGO_OK},
	    {"a clock that is a little off", HEADER,
	     "{\"iss\":\"" ISSUER
	     "\",\"aud\":\"app\",\"iat\":1700000060,\"nbf\":1700000060,\"exp\":1699999941}",
	     BELGO_OK},
	    {"another issuer", HEADER, "{\"iss\":\"" ISSUER "/\",\"aud\":\"app\",\"iat\":1700000000}",
	     BELGO_EISSUER},
	    {"no issuer", HEADER, "{\"aud\":\"app\",\"iat\":1700000000}", BELGO_EPROTO},
	    {"an issuer that is no string", HEADER,
	     "{\"iss\":[\"" ISSUER "\"],\"aud\":\"app\",\"iat\":1700000000}", BELGO_EPROTO},
	    {"another audience", HEADER, "{\"iss\":\"" ISSUER "\",\"aud\":\"App\",\"iat\":1700000000}",
	     BELGO_ECLAIM},
	    {"other audiences", HEADER,
	     "{\"iss\":\"" ISSUER "\",\"aud\":[\"x\",[\"app\"]],\"iat\":1700000000}", BELGO_ECLAIM},
	    {"no audience", HEADER, "{\"iss\":\"" ISSUER "\",\"iat\":1700000000}", BELGO_ECLAIM},
	    {"an audience that is an object", HEADER,
	     "{\"iss\":\"" ISSUER "\",\"aud\":{\"app\":\"app\"},\"iat\":1700000000}", BELGO_ECLAIM},
	    {"no time", HEADER, "{\"iss\":\"" ISSUER "\",\"aud\":\"app\"}", BELGO_EPROTO},
	    {"a time that is no number", HEADER,
	     "{\"iss\":\"" ISSUER "\",\"aud\":\"app\",\"iat\":\"1700000000\"}", BELGO_EPROTO},
	    {"of the future", HEADER, "{\"iss\":\"" ISSUER "\",\"aud\":\"app\",\"iat\":1700000061}",
	     BELGO_ECLAIM},
	    {"made long ago", HEADER, "{\"iss\":\"" ISSUER "\",\"aud\":\"app\",\"iat\":1699999339}",
	     BELGO_ECLAIM},
	    {"not long ago", HEADER, "{\"iss\":\"" ISSUER "\",\"aud\":\"app\",\"iat\":1699999340}", BELGO_OK},
	    {"not yet", HEADER,
	     "{\"iss\":\"" ISSUER "\",\"aud\":\"app\",\"iat\":1700000000,\"nbf\":1700000061}", BELGO_ECLAIM},
	    {"expired", HEADER,
	     "{\"iss\":\"" ISSUER "\",\"aud\":\"app\",\"iat\":1700000000,\"exp\":1699999940}", BELGO_ECLAIM},
	    {"no type", "{\"alg\":\"RS256\"}", PAYLOAD, BELGO_EPROTO},
	    {"an ID token's type", "{\"alg\":\"RS256\",\"typ\":\"JWT\"}", PAYLOAD, BELGO_EPROTO},
	    {"none", "{\"alg\":\"none\",\"typ\":\"token-introspection+jwt\"}", PAYLOAD, BELGO_ESIGNATURE},
	    {"an algorithm that was not agreed", "{\"alg\":\"PS256\",\"typ\":\"token-introspection+jwt\"}",
	     PAYLOAD, BELGO_ESIGNATURE},
	    {"HMAC", "{\"alg\":\"HS256\",\"typ\":\"token-introspection+jwt\"}", PAYLOAD, BELGO_ESIGNATURE},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(belgo_http_response_done)
		struct belgo_http_response res = signed_answer("RS256", rows[i].header, rows[i].payload);
		BG_AUTO(bg_json_free) json_t *claims = NULL;
		struct belgo_error err = {0};

		assert_row(rows[i].name, judge(&res, &usual, "RSA-2048", 0, &claims, &err) == rows[i].want);
		assert_row(rows[i].name, err.rc == rows[i].want);
		assert_row(rows[i].name, (claims != NULL) == (rows[i].want == BELGO_OK));
	}
}

static void
test_signed_answer__signature_is_of_the_key(void **state)
{
	BG_AUTO(belgo_http_response_done)
	struct belgo_http_response res = signed_answer("RS256", HEADER, PAYLOAD);
	json_t *claims = NULL;

	(void)state;
	assert_int_equal(judge(&res, &usual, "RSA-2048", 1, &claims, NULL), BELGO_ESIGNATURE);
	assert_null(claims);
}

/* @spec RFC 9701 section 7 (introspection_signing_alg_values_supported) */
static void
test_signed_answer__algorithm_is_advertised_else_rs256_and_never_hmac(void **state)
{
	static char *es[] = {(char *)(uintptr_t) "ES256", (char *)(uintptr_t) "HS256", NULL};
	struct bg_signed_answer expect = usual;
	BG_AUTO(belgo_http_response_done)
	struct belgo_http_response good =
	    signed_answer("ES256", "{\"alg\":\"ES256\",\"typ\":\"token-introspection+jwt\"}", PAYLOAD);
	BG_AUTO(belgo_http_response_done)
	struct belgo_http_response rs = signed_answer("RS256", HEADER, PAYLOAD);
	char *hmac = jose_hmac("HS256", "a secret of thirty-two bytes.....", 32,
			       "{\"alg\":\"HS256\",\"typ\":\"token-introspection+jwt\"}", PAYLOAD);
	BG_AUTO(belgo_http_response_done) struct belgo_http_response hs = answer(200, TYPE, hmac);
	BG_AUTO(bg_json_free) json_t *claims = NULL;
	json_t *none = NULL;

	(void)state;
	free(hmac);
	assert_int_equal(judge(&good, &expect, "P-256", 0, &none, NULL), BELGO_ESIGNATURE);
	expect.algs = es;
	assert_int_equal(judge(&good, &expect, "P-256", 0, &claims, NULL), BELGO_OK);
	assert_int_equal(judge(&rs, &expect, "RSA-2048", 0, &none, NULL), BELGO_ESIGNATURE);
	assert_int_equal(judge(&hs, &expect, "RSA-2048", 0, &none, NULL), BELGO_ESIGNATURE);
	assert_null(none);
}

/* Userinfo's: any time will do, as long as none speaks against it. */
static void
test_signed_answer__may_do_without_a_time(void **state)
{
	struct bg_signed_answer expect = usual;
	BG_AUTO(belgo_http_response_done)
	struct belgo_http_response res = signed_answer(
	    "RS256", "{\"alg\":\"RS256\"}", "{\"iss\":\"" ISSUER "\",\"aud\":\"app\",\"sub\":\"u1\"}");
	BG_AUTO(belgo_http_response_done)
	struct belgo_http_response future = signed_answer(
	    "RS256", "{\"alg\":\"RS256\"}", "{\"iss\":\"" ISSUER "\",\"aud\":\"app\",\"iat\":1700000061}");
	BG_AUTO(bg_json_free) json_t *claims = NULL;
	json_t *none = NULL;

	(void)state;
	expect.typ = BG_JWS_TYP_JWT;
	expect.iat = BG_ANSWER_IAT_OPTIONAL;
	assert_int_equal(judge(&res, &expect, "RSA-2048", 0, &claims, NULL), BELGO_OK);
	assert_string_equal(json_string_value(json_object_get(claims, "sub")), "u1");
	assert_int_equal(judge(&future, &expect, "RSA-2048", 0, &none, NULL), BELGO_ECLAIM);
}

static void
test_signed_answer__what_is_no_jwt_is_refused(void **state)
{
	static const char *const bodies[] = {"",      "{\"active\":true}", "a.b",
					     "a.b.c", "a.b.c.d.e",         "e30.e30.x\n"};
	BG_AUTO(belgo_http_response_done)
	struct belgo_http_response nul = signed_answer("RS256", HEADER, PAYLOAD);
	json_t *claims = NULL;

	(void)state;
	for (size_t i = 0; i < BG_LEN(bodies); i++) {
		BG_AUTO(belgo_http_response_done)
		struct belgo_http_response res = answer(200, TYPE, bodies[i]);

		assert_row(bodies[i], judge(&res, &usual, "RSA-2048", 0, &claims, NULL) == BELGO_EPROTO);
	}
	nul.body_len++; /* the NUL that ends it, and so one within the answer */
	assert_int_equal(judge(&nul, &usual, "RSA-2048", 0, &claims, NULL), BELGO_EPROTO);
	assert_null(claims);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_signed_answer__is_one_by_status_and_media_type),
	    cmocka_unit_test(test_signed_answer__is_the_providers_and_for_this_client_and_of_now),
	    cmocka_unit_test(test_signed_answer__signature_is_of_the_key),
	    cmocka_unit_test(test_signed_answer__algorithm_is_advertised_else_rs256_and_never_hmac),
	    cmocka_unit_test(test_signed_answer__may_do_without_a_time),
	    cmocka_unit_test(test_signed_answer__what_is_no_jwt_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
