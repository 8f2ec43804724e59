/* The userinfo endpoint: rows U01 to U03; challenges; claims as a profile. */
#include "base/limits.h"
#include "base/mem.h"
#include "harness/failalloc.h"
#include "proto/challenge.h"
#include "proto/userinfo.h"
#include "unit/proto/answer.h"

static const struct belgo_provider plain = {.hooks = &bg_hooks_none};
static const char *const secrets[] = {"the-token", NULL};

static char *algs[] = {(char *)(uintptr_t) "ES256", NULL};
static const struct bg_metadata usual = {.endpoints.userinfo = (char *)(uintptr_t) "https://op.example/me"};
static const struct bg_metadata signing = {.endpoints.userinfo = (char *)(uintptr_t) "https://op.example/me",
					   .userinfo_signing_alg_values_supported = algs};

/* @spec RFC 6750 section 2.1; OpenID Connect Core section 5.3.1 */
static void
test_userinfo__token_goes_into_a_header(void **state)
{
	BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};

	(void)state;
	assert_int_equal(
	    bg_userinfo_request(&req, &plain, &usual, TOKEN_OF("Bearer", "the-token"), NULL, NULL, NULL),
	    BELGO_OK);
	assert_string_equal(req.method, "GET");
	assert_string_equal(req.url, "https://op.example/me");
	assert_string_equal(sent_header(&req, "Authorization"), "Bearer the-token");
	assert_string_equal(sent_header(&req, "Accept"), "application/json");
	assert_null(req.body);
	belgo_http_request_done(&req);
	/* @spec RFC 9449 section 7.1: a token that is bound is shown under its own scheme, however it is
	 * written */
	assert_int_equal(
	    bg_userinfo_request(&req, &plain, &usual, TOKEN_OF("dPoP", "the-token"), NULL, NULL, NULL),
	    BELGO_OK);
	assert_string_equal(sent_header(&req, "Authorization"), "DPoP the-token");
}

/* @spec RFC 8705 section 3 */
static void
test_userinfo__certificate_goes_beside_the_token(void **state)
{
	BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};

	(void)state;
	assert_int_equal(bg_userinfo_request(&req, &plain, &usual, TOKEN_OF("Bearer", "t"), NULL, NULL, NULL),
			 BELGO_OK);
	assert_null(req.client_certificate);
	belgo_http_request_done(&req);
	assert_int_equal(
	    bg_userinfo_request(&req, &plain, &usual, TOKEN_OF("Bearer", "t"), "pem", NULL, NULL), BELGO_OK);
	assert_string_equal(req.client_certificate, "pem");
	assert_string_equal(sent_header(&req, "Authorization"), "Bearer t");
}

/* @spec OpenID Connect Discovery 1.0 section 3 (userinfo_signing_alg_values_supported) */
static void
test_userinfo__signed_answer_is_welcome_where_there_are_any(void **state)
{
	BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};

	(void)state;
	assert_int_equal(
	    bg_userinfo_request(&req, &plain, &signing, TOKEN_OF("Bearer", "the-token"), NULL, NULL, NULL),
	    BELGO_OK);
	assert_string_equal(sent_header(&req, "Accept"), "application/json, application/jwt;q=0.9");
}

/* A preset's own member stands in for `sub` and `id`, which then name nobody. */
static void
test_userinfo__preset_may_name_the_subjects_claim(void **state)
{
	static const struct belgo_provider own = {.hooks = &bg_hooks_none,
						  .subject_claim = (char *)(uintptr_t) "account_id"};
	static const struct {
		const char *claims, *subject; /* NULL: refused */
	} rows[] = {
	    {"{\"account_id\":\"a\",\"sub\":\"s\",\"id\":\"i\"}", "a"},
	    {"{\"account_id\":7}", "7"},
	    {"{\"sub\":\"s\",\"id\":\"i\"}", NULL},
	    {"{\"account_id\":null,\"sub\":\"s\"}", NULL},
	    {"{\"account_id\":\"\"}", NULL},
	    {"{\"account_id\":1.5}", NULL},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(bg_json_free) json_t *claims = json_loads(rows[i].claims, 0, NULL);
		BG_AUTO(bg_profile_done) struct bg_profile profile = {0};

		assert_row(rows[i].claims, bg_profile_map(&profile, &own, claims, NULL) ==
					       (rows[i].subject != NULL ? BELGO_OK : BELGO_ECLAIM));
		assert_row(rows[i].claims, bg_str_equal(profile.subject, rows[i].subject));
	}
}

/* Where a resource of others is a call of theirs, the call has JSON's null for its arguments. */
static void
test_userinfo__may_be_a_call(void **state)
{
	static const struct belgo_provider calls = {.hooks = &bg_hooks_none,
						    .userinfo_method = BG_USERINFO_POST_NULL};
	BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};

	(void)state;
	assert_int_equal(
	    bg_userinfo_request(&req, &calls, &usual, TOKEN_OF("Bearer", "the-token"), NULL, NULL, NULL),
	    BELGO_OK);
	assert_string_equal(req.method, "POST");
	assert_string_equal(sent_header(&req, "Content-Type"), "application/json");
	assert_string_equal(sent_header(&req, "Authorization"), "Bearer the-token");
	assert_string_equal(req.body, "null");
}

/* E05 */
static void
test_userinfo__request_wants_an_endpoint_and_a_token_that_fits(void **state)
{
	static const char *const tokens[] = {NULL, "", "a b", "a\r\nX: y", "\xc3\xa4"};
	static const struct bg_metadata without = {.endpoints = {0}};
	struct belgo_http_request req = {0};

	(void)state;
	assert_int_equal(
	    bg_userinfo_request(&req, &plain, &without, TOKEN_OF("Bearer", "t"), NULL, NULL, NULL),
	    BELGO_EPROTO);
	for (size_t i = 0; i < BG_LEN(tokens); i++)
		assert_int_equal(bg_userinfo_request(&req, &plain, &usual, TOKEN_OF("Bearer", tokens[i]),
						     NULL, NULL, NULL),
				 BELGO_EINVAL);
	assert_null(req.url);
}

/* @spec OpenID Connect Core section 5.3.2, 5.3.4 */
static void
test_userinfo__answer_is_about_the_same_user_or_nothing(void **state)
{
	static const struct {
		const char *name;
		int status;
		const char *type, *body, *subject;
		belgo_rc want;
	} rows[] = {
	    {"same", 200, JSON_TYPE, "{\"sub\":\"u1\",\"email\":\"a@b\"}", "u1", BELGO_OK},
	    {"U01, B11 other", 200, JSON_TYPE, "{\"sub\":\"u1invalid\"}", "u1", BELGO_ECLAIM},
	    {"U01 other case", 200, JSON_TYPE, "{\"sub\":\"U1\"}", "u1", BELGO_ECLAIM},
	    {"U01 missing", 200, JSON_TYPE, "{\"email\":\"a@b\"}", "u1", BELGO_ECLAIM},
	    {"U01 array", 200, JSON_TYPE, "{\"sub\":[\"u1\"]}", "u1", BELGO_ECLAIM},
	    {"U01 number", 200, JSON_TYPE, "{\"sub\":1}", "1", BELGO_ECLAIM},
	    {"U01 twice", 200, JSON_TYPE, "{\"sub\":\"u1\",\"sub\":\"u1\"}", "u1", BELGO_EPROTO},
	    {"none to compare", 200, JSON_TYPE, "{\"id\":7}", NULL, BELGO_OK},
	    {"a claim named error", 200, JSON_TYPE, "{\"sub\":\"u1\",\"error\":\"x\"}", "u1", BELGO_OK},
	    {"C4.2 200 with error", 200, JSON_TYPE, "{\"ok\":false,\"error\":\"invalid_auth\"}", NULL,
	     BELGO_EDENIED},
	    {"200 with a nested error", 200, JSON_TYPE, "{\"error\":{\"code\":\"x\"}}", "u1", BELGO_EDENIED},
	    {"U02 jwt, where JSON is read", 200, "application/jwt", "{\"sub\":\"u1\"}", "u1", BELGO_EPROTO},
	    {"text", 200, "text/plain", "{\"sub\":\"u1\"}", "u1", BELGO_EPROTO},
	    {"number that does not fit", 200, JSON_TYPE, "{\"sub\":\"u1\",\"n\":1e999}", "u1", BELGO_EPROTO},
	    {"U03 401", 401, NULL, "", "u1", BELGO_ELOGIN},
	    {"U03 403", 403, NULL, "", "u1", BELGO_EDENIED},
	    {"400 invalid_scope", 400, JSON_TYPE, "{\"error\":\"invalid_scope\"}", "u1", BELGO_EDENIED},
	    {"U03 302", 302, JSON_TYPE, "{\"sub\":\"u1\"}", "u1", BELGO_EPROTO},
	    {"204", 204, NULL, "", "u1", BELGO_EPROTO},
	    {"503", 503, NULL, "", "u1", BELGO_EUNAVAILABLE},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(belgo_http_response_done)
		struct belgo_http_response res = answer(rows[i].status, rows[i].type, rows[i].body);
		BG_AUTO(bg_json_free) json_t *claims = NULL;
		struct belgo_error err = {.subject = "work"};

		assert_row(rows[i].name, bg_userinfo_response(&claims, &plain, &res, rows[i].subject, secrets,
							      &err) == rows[i].want);
		assert_row(rows[i].name, err.rc == rows[i].want);
		assert_row(rows[i].name, (claims != NULL) == (rows[i].want == BELGO_OK));
		assert_row(rows[i].name, strcmp(err.subject, "work") == 0);
	}
}

/* @spec OpenID Connect Core section 5.3.2 */
static void
test_userinfo__signed_answer_is_an_untyped_jwt_of_an_advertised_algorithm(void **state)
{
	struct bg_signed_answer expect = bg_userinfo_signed(&plain, &signing, "app", NULL);

	(void)state;
	assert_string_equal(expect.media_type, "application/jwt");
	assert_int_equal(expect.typ, BG_JWS_TYP_JWT);
	assert_int_equal(expect.iat, BG_ANSWER_IAT_OPTIONAL);
	assert_ptr_equal(expect.algs, algs);
	assert_ptr_equal(expect.metadata, &signing);
	assert_string_equal(expect.client_id, "app");
}

/* @spec OpenID Connect Core section 5.3.2, 5.3.4 */
static void
test_userinfo__signed_claims_are_about_the_same_user_or_nothing(void **state)
{
	static const struct {
		const char *claims, *subject;
		belgo_rc want;
	} rows[] = {
	    {"{\"sub\":\"u1\"}", "u1", BELGO_OK},       {"{\"iss\":\"x\"}", NULL, BELGO_OK},
	    {"{\"sub\":\"u2\"}", "u1", BELGO_ECLAIM},   {"{\"iss\":\"x\"}", "u1", BELGO_ECLAIM},
	    {"{\"sub\":[\"u1\"]}", "u1", BELGO_ECLAIM},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(bg_json_free) json_t *claims = json_loads(rows[i].claims, 0, NULL);
		BG_AUTO(bg_json_free) json_t *out = NULL;

		assert_row(rows[i].claims,
			   bg_userinfo_claims(&out, claims, rows[i].subject, NULL) == rows[i].want);
		assert_row(rows[i].claims, (out != NULL) == (rows[i].want == BELGO_OK));
	}
}

/* @spec RFC 6750 section 3, 3.1 */
static void
test_userinfo__refusal_is_told_by_body_else_by_challenge(void **state)
{
	static const struct {
		const char *name;
		int status;
		const char *challenge, *body;
		belgo_rc want;
		const char *code, *description;
	} rows[] = {
	    {"challenge", 401, "Bearer error=\"invalid_token\", error_description=\"expired\"", "",
	     BELGO_ELOGIN, "invalid_token", "expired"},
	    {"body", 401, "Bearer realm=\"x\"", "{\"error\":\"invalid_token\"}", BELGO_ELOGIN,
	     "invalid_token", ""},
	    {"neither", 401, NULL, "", BELGO_ELOGIN, "", ""},
	    {"403", 403, "Bearer error=insufficient_scope", "", BELGO_EDENIED, "insufficient_scope", ""},
	    {"F14 403 of a bound token", 403, "dPoP error=\"insufficient_scope\"", "", BELGO_EDENIED,
	     "insufficient_scope", ""},
	    {"both schemes", 401, "Bearer realm=\"x\", DPoP error=\"invalid_token\"", "", BELGO_ELOGIN,
	     "invalid_token", ""},
	    {"E17 the proof, not the token", 401, "DPoP error=\"use_dpop_nonce\"", "", BELGO_EDENIED,
	     "use_dpop_nonce", ""},
	    {"E17 the proof is wrong", 401, "DPoP error=\"invalid_dpop_proof\"", "", BELGO_EDENIED,
	     "invalid_dpop_proof", ""},
	    {"E18 the token echoed", 401,
	     "Bearer error=\"invalid_token\", error_description=\"the-token is old\"", "", BELGO_ELOGIN,
	     "invalid_token", "[...] is old"},
	    {"E18 echoed in the body", 403, NULL, "{\"error\":\"x\",\"error_description\":\"the-token\"}",
	     BELGO_EDENIED, "x", "[...]"},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(belgo_http_response_done)
		struct belgo_http_response res = answer(rows[i].status, JSON_TYPE, rows[i].body);
		json_t *claims = NULL;
		struct belgo_error err = {0}, kept = {.rc = BELGO_EIO};

		if (rows[i].challenge != NULL)
			answer_header(&res, "www-authenticate", rows[i].challenge);
		assert_row(rows[i].name,
			   bg_userinfo_response(&claims, &plain, &res, "u1", secrets, &err) == rows[i].want);
		assert_string_equal(err.oauth_error, rows[i].code);
		assert_string_equal(err.oauth_error_description, rows[i].description);
		assert_row(rows[i].name, err.rc == rows[i].want && err.http_status == rows[i].status);
		assert_row(rows[i].name,
			   bg_userinfo_response(&claims, &plain, &res, "u1", secrets, &kept) == rows[i].want);
		assert_row(rows[i].name, kept.rc == BELGO_EIO && kept.oauth_error[0] == '\0');
	}
}

/* @spec RFC 9110 section 11.6.1 */
static void
test_userinfo__challenges_are_read_as_servers_write_them(void **state)
{
	static const struct {
		const char *name, *first, *second, *error, *description, *uri;
	} rows[] = {
	    {"by the book",
	     "Bearer realm=\"r\", error=\"e\", error_description=\"d\", error_uri=\"https://u\"", NULL, "e",
	     "d", "https://u"},
	    {"any order", "Bearer error_description=\"d\",error=\"e\"", NULL, "e", "d", NULL},
	    {"F14 any case", "bEARER ERROR=\"e\"", NULL, "e", NULL, NULL},
	    {"tokens", "Bearer error=e", NULL, "e", NULL, NULL},
	    {"blanks about the sign", "Bearer error = \"e\"", NULL, "e", NULL, NULL},
	    {"comma after the scheme", "Bearer, realm=\"r\", error=\"e\"", NULL, "e", NULL, NULL},
	    {"several in one", "Basic realm=\"b\", error=\"not this\", Bearer error=\"e\"", NULL, "e", NULL,
	     NULL},
	    {"Bearer first", "Bearer error=\"e\", DPoP error=\"other\", algs=\"ES256\"", NULL, "e", NULL,
	     NULL},
	    {"two fields", "DPoP error=\"other\"", "Bearer error=\"e\"", "e", NULL, NULL},
	    {"first of its name", "Bearer error=\"e\", error=\"f\"", "Bearer error=\"g\"", "e", NULL, NULL},
	    {"escapes", "Bearer error_description=\"a \\\"b\\\\, c\", error=e", NULL, "e", "a \"b\\, c",
	     NULL},
	    {"an empty string", "Bearer error=\"\"", NULL, "", NULL, NULL},
	    {"never closed", "Bearer error=\"e", NULL, "e", NULL, NULL},
	    {"escape at the end", "Bearer error=\"e\\", NULL, "e\\", NULL, NULL},
	    {"token68", "Negotiate YII/+ab==, Bearer error=e", NULL, "e", NULL, NULL},
	    {"no scheme", "error=\"e\"", NULL, NULL, NULL, NULL},
	    {"other scheme", "Basic error=\"e\"", NULL, NULL, NULL, NULL},
	    {"nothing", "", NULL, NULL, NULL, NULL},
	    {"garbage", "\"\"=,,;\\(", NULL, NULL, NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(belgo_http_response_done) struct belgo_http_response res = answer(401, NULL, "");
		BG_AUTO(bg_challenge_done) struct bg_challenge challenge = {0};

		answer_header(&res, "www-authenticate", rows[i].first);
		if (rows[i].second != NULL)
			answer_header(&res, "WWW-Authenticate", rows[i].second);
		assert_row(rows[i].name, bg_challenge_bearer(&challenge, &res) == BELGO_OK);
		assert_row(rows[i].name, bg_str_equal(challenge.error, rows[i].error));
		assert_row(rows[i].name, bg_str_equal(challenge.error_description, rows[i].description));
		assert_row(rows[i].name, bg_str_equal(challenge.error_uri, rows[i].uri));
	}
}

/* @spec OpenID Connect Core section 5.1 */
static void
test_userinfo__profile_of_standard_claims(void **state)
{
	static const struct {
		const char *name, *claims, *subject, *email, *display, *picture;
		enum belgo_verified verified;
	} rows[] = {
	    {"all",
	     "{\"sub\":\"u1\",\"id\":\"other\",\"email\":\"a@b\",\"email_verified\":true,\"name\":\"N\","
	     "\"picture\":\"p\"}",
	     "u1", "a@b", "N", "p", BELGO_VERIFIED_YES},
	    {"not verified", "{\"sub\":\"u1\",\"email_verified\":false}", "u1", NULL, NULL, NULL,
	     BELGO_VERIFIED_NO},
	    {"C4.17 verified in words", "{\"sub\":\"u1\",\"email_verified\":\"true\"}", "u1", NULL, NULL,
	     NULL, BELGO_VERIFIED_YES},
	    {"not verified in words", "{\"sub\":\"u1\",\"email_verified\":\"false\"}", "u1", NULL, NULL, NULL,
	     BELGO_VERIFIED_NO},
	    {"T12 verified as a number", "{\"sub\":\"u1\",\"email_verified\":1}", "u1", NULL, NULL, NULL,
	     BELGO_VERIFIED_UNKNOWN},
	    {"T12 verified in other words", "{\"sub\":\"u1\",\"email_verified\":\"TRUE\"}", "u1", NULL, NULL,
	     NULL, BELGO_VERIFIED_UNKNOWN},
	    {"id in place of sub", "{\"id\":\"i7\",\"avatar_url\":\"a\"}", "i7", NULL, NULL, "a",
	     BELGO_VERIFIED_UNKNOWN},
	    {"id as a number", "{\"id\":583231}", "583231", NULL, NULL, NULL, BELGO_VERIFIED_UNKNOWN},
	    {"display claims of a wrong kind",
	     "{\"sub\":\"u1\",\"email\":1,\"name\":null,\"picture\":[],\"avatar_url\":{}}", "u1", NULL, NULL,
	     NULL, BELGO_VERIFIED_UNKNOWN},
	    {"display claims that are empty or not plain",
	     "{\"sub\":\"u1\",\"email\":\"\",\"name\":\"a\\u001bb\"}", "u1", NULL, NULL, NULL,
	     BELGO_VERIFIED_UNKNOWN},
	    {"T02 unicode stays as it is", "{\"sub\":\"\xc3\xa4\",\"name\":\"a\xcc\x88\"}", "\xc3\xa4", NULL,
	     "a\xcc\x88", NULL, BELGO_VERIFIED_UNKNOWN},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(bg_json_free) json_t *claims = json_loads(rows[i].claims, 0, NULL);
		BG_AUTO(bg_profile_done) struct bg_profile profile = {0};

		assert_row(rows[i].name, bg_profile_map(&profile, &plain, claims, NULL) == BELGO_OK);
		assert_row(rows[i].name, bg_str_equal(profile.subject, rows[i].subject));
		assert_row(rows[i].name, bg_str_equal(profile.email, rows[i].email));
		assert_row(rows[i].name, bg_str_equal(profile.name, rows[i].display));
		assert_row(rows[i].name, bg_str_equal(profile.picture, rows[i].picture));
		assert_row(rows[i].name, profile.email_verified == rows[i].verified);
	}
}

/* T02. @spec OpenID Connect Core section 2 (sub) */
static void
test_userinfo__profile_wants_a_subject_that_can_be_a_key(void **state)
{
	static const char *const rows[] = {
	    "{}",
	    "{\"sub\":\"\"}",
	    "{\"sub\":7}",
	    "{\"sub\":null,\"id\":\"i\"}",
	    "{\"sub\":[\"u\"]}",
	    "{\"sub\":\"a\\u0007b\"}",
	    "{\"id\":true}",
	    "{\"id\":1.5}",
	};
	struct belgo_error err = {0};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(bg_json_free) json_t *claims = json_loads(rows[i], 0, NULL);
		struct bg_profile profile = {0};

		assert_row(rows[i], bg_profile_map(&profile, &plain, claims, &err) == BELGO_ECLAIM);
		assert_row(rows[i], profile.subject == NULL);
	}
}

static void
test_userinfo__subject_has_at_most_255_bytes(void **state)
{
	(void)state;
	for (size_t len = BG_MAX_SUBJECT; len <= BG_MAX_SUBJECT + 1; len++) {
		BG_AUTO(bg_str_free) char *sub = bg_calloc(len + 1, 1);
		BG_AUTO(bg_json_free) json_t *claims = json_object();
		BG_AUTO(bg_profile_done) struct bg_profile profile = {0};

		memset(sub, 'x', len);
		assert_int_equal(bg_json_set_str(claims, "sub", sub), BELGO_OK);
		assert_int_equal(bg_profile_map(&profile, &plain, claims, NULL),
				 len == BG_MAX_SUBJECT ? BELGO_OK : BELGO_ECLAIM);
	}
}

static belgo_rc
map_oid(struct bg_profile *out, const struct belgo_provider *provider, const json_t *claims,
	struct belgo_error *err)
{
	(void)provider;
	return bg_json_str_dup(&out->subject, claims, "oid", BG_REQUIRED, "claims", err);
}

static void
test_userinfo__provider_may_map_its_own_claims(void **state)
{
	static const struct bg_hooks hooks = {.map_profile = map_oid};
	static const struct belgo_provider provider = {.hooks = &hooks};
	BG_AUTO(bg_json_free) json_t *claims = json_pack("{s:s,s:s}", "sub", "s", "oid", "o");
	BG_AUTO(bg_json_free) json_t *bad = json_pack("{s:s}", "sub", "s");
	BG_AUTO(bg_profile_done) struct bg_profile profile = {0};

	(void)state;
	assert_int_equal(bg_profile_map(&profile, &provider, bad, NULL), BELGO_EPROTO);
	assert_null(profile.subject);
	assert_int_equal(bg_profile_map(&profile, &provider, claims, NULL), BELGO_OK);
	assert_string_equal(profile.subject, "o");
}

static belgo_rc
request(void)
{
	BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};

	return bg_userinfo_request(&req, &plain, &signing, TOKEN_OF("Bearer", "the-token"), "pem", NULL,
				   NULL);
}

static belgo_rc
respond(const struct belgo_http_response *res)
{
	BG_AUTO(bg_json_free) json_t *claims = NULL;
	BG_AUTO(bg_profile_done) struct bg_profile profile = {0};

	BG_TRY(bg_userinfo_response(&claims, &plain, res, NULL, NULL, NULL));
	return bg_profile_map(&profile, &plain, claims, NULL);
}

static belgo_rc
refuse(const struct belgo_http_response *res)
{
	json_t *claims = NULL;
	belgo_rc rc = bg_userinfo_response(&claims, &plain, res, NULL, secrets, NULL);

	assert_int_not_equal(rc, BELGO_OK);
	return rc == BELGO_ELOGIN ? BELGO_OK : rc;
}

static void
test_userinfo__reports_lack_of_memory(void **state)
{
	BG_AUTO(belgo_http_response_done)
	struct belgo_http_response yes =
	    answer(200, JSON_TYPE, "{\"sub\":\"u\",\"email\":\"e\",\"name\":\"n\",\"picture\":\"p\"}");
	BG_AUTO(belgo_http_response_done)
	struct belgo_http_response id = answer(200, JSON_TYPE, "{\"id\":7}");
	BG_AUTO(belgo_http_response_done) struct belgo_http_response no = answer(401, NULL, "");
	BG_AUTO(belgo_http_response_done) struct belgo_http_response blank = answer(401, NULL, "");

	(void)state;
	answer_header(&no, "www-authenticate",
		      "Bearer error=e, error_description=\"the-token\", error_uri=\"u\"");
	answer_header(&blank, "www-authenticate", "Bearer error=\"\"");
	FAILALLOC_EACH(request());
	FAILALLOC_EACH(respond(&yes));
	FAILALLOC_EACH(respond(&id));
	FAILALLOC_EACH(refuse(&no));
	FAILALLOC_EACH(refuse(&blank));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_userinfo__token_goes_into_a_header),
	    cmocka_unit_test(test_userinfo__certificate_goes_beside_the_token),
	    cmocka_unit_test(test_userinfo__may_be_a_call),
	    cmocka_unit_test(test_userinfo__preset_may_name_the_subjects_claim),
	    cmocka_unit_test(test_userinfo__request_wants_an_endpoint_and_a_token_that_fits),
	    cmocka_unit_test(test_userinfo__answer_is_about_the_same_user_or_nothing),
	    cmocka_unit_test(test_userinfo__signed_answer_is_welcome_where_there_are_any),
	    cmocka_unit_test(test_userinfo__signed_answer_is_an_untyped_jwt_of_an_advertised_algorithm),
	    cmocka_unit_test(test_userinfo__signed_claims_are_about_the_same_user_or_nothing),
	    cmocka_unit_test(test_userinfo__refusal_is_told_by_body_else_by_challenge),
	    cmocka_unit_test(test_userinfo__challenges_are_read_as_servers_write_them),
	    cmocka_unit_test(test_userinfo__profile_of_standard_claims),
	    cmocka_unit_test(test_userinfo__profile_wants_a_subject_that_can_be_a_key),
	    cmocka_unit_test(test_userinfo__subject_has_at_most_255_bytes),
	    cmocka_unit_test(test_userinfo__provider_may_map_its_own_claims),
	    cmocka_unit_test(test_userinfo__reports_lack_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
