/* What the token endpoint answers: rows E01 to E11 and E18 of the hostile list, and what an account keeps. */
#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "harness/failalloc.h"
#include "proto/token.h"
#include "unit/proto/answer.h"

#define NOW 1700000000
#define TEN_YEARS (10LL * 365 * 24 * 3600)
#define REPLY(members) "{\"access_token\":\"at\",\"token_type\":\"Bearer\"" members "}"

static char bearer[] = "bearer", mac[] = "mac";
static const struct belgo_provider plain = {.hooks = &bg_hooks_none};

static belgo_rc
judge_type(struct belgo_token **out, const struct belgo_provider *provider, enum bg_grant grant,
	   enum bg_token_type type, int status, const char *body, struct belgo_error *err)
{
	static const char *const secrets[] = {"s3cret", NULL};
	BG_AUTO(belgo_http_response_done) struct belgo_http_response res = answer(status, JSON_TYPE, body);

	return bg_token_response(out, provider, grant, type, &res, NOW, secrets, err);
}

static belgo_rc
judge(struct belgo_token **out, const struct belgo_provider *provider, enum bg_grant grant, int status,
      const char *body, struct belgo_error *err)
{
	return judge_type(out, provider, grant, BG_TOKEN_BEARER, status, body, err);
}

/* @spec RFC 6749 section 5.1 */
static void
test_token_response__reads_a_whole_token_set(void **state)
{
	BG_AUTO(belgo_token_free) struct belgo_token *t = NULL;
	struct belgo_error err = {0};

	(void)state;
	assert_int_equal(
	    judge(&t, &plain, BG_GRANT_CODE, 200,
		  "{\"access_token\":\"a.b~c/d+e=\",\"token_type\":\"bEARER\",\"expires_in\":3600,"
		  "\"refresh_token\":\"r t\",\"refresh_token_expires_in\":7200,\"id_token\":\"e30.e30.x\","
		  "\"scope\":\"openid email\",\"session_state\":\"x\",\"expires_at\":1}",
		  &err),
	    BELGO_OK);
	assert_string_equal(t->access_token, "a.b~c/d+e=");
	assert_string_equal(t->token_type, "bEARER");
	assert_string_equal(t->refresh_token, "r t");
	assert_string_equal(t->id_token, "e30.e30.x");
	assert_string_equal(t->scope, "openid email");
	assert_int_equal(t->expires_at, NOW + 3600);
	assert_int_equal(t->refresh_expires_at, NOW + 7200);
	assert_int_equal(t->obtained_at, NOW);
	assert_int_equal(err.rc, BELGO_OK);
	assert_int_equal(err.http_status, 0);
}

static void
test_token_response__only_access_token_and_type_are_required(void **state)
{
	BG_AUTO(belgo_token_free) struct belgo_token *t = NULL;

	(void)state;
	assert_int_equal(judge(&t, &plain, BG_GRANT_CODE, 200, REPLY(""), NULL), BELGO_OK);
	assert_null(t->refresh_token);
	assert_null(t->id_token);
	assert_null(t->scope);
	assert_int_equal(t->expires_at, 0);
	assert_int_equal(t->refresh_expires_at, 0);
}

/* F13, E06. @spec RFC 9449 section 5 */
static void
test_token_response__type_is_the_one_that_was_asked_for(void **state)
{
	static const struct {
		const char *name, *said;
		enum bg_token_type asked;
		belgo_rc want;
	} rows[] = {
	    {"Bearer for Bearer", "bEARER", BG_TOKEN_BEARER, BELGO_OK},
	    {"DPoP for DPoP", "dPoP", BG_TOKEN_DPOP, BELGO_OK},
	    {"DPoP unasked", "DPoP", BG_TOKEN_BEARER, BELGO_EPROTO},
	    {"downgraded", "Bearer", BG_TOKEN_DPOP, BELGO_EPROTO},
	    {"trailing blank", "DPoP ", BG_TOKEN_DPOP, BELGO_EPROTO},
	};
	static const struct belgo_provider lax = {.hooks = &bg_hooks_none, .token_type_default = bearer};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(belgo_token_free) struct belgo_token *t = NULL;
		char body[128];

		(void)snprintf(body, sizeof(body), "{\"access_token\":\"at\",\"token_type\":\"%s\"}",
			       rows[i].said);
		assert_row(rows[i].name, judge_type(&t, &plain, BG_GRANT_REFRESH, rows[i].asked, 200, body,
						    NULL) == rows[i].want);
		assert_row(rows[i].name, (t != NULL) == (rows[i].want == BELGO_OK));
		assert_row(rows[i].name,
			   t == NULL || bg_token_is_bound(t) == (rows[i].asked == BG_TOKEN_DPOP));
	}
	/* What a preset says of replies without a type says nothing of tokens that shall be bound. */
	{
		BG_AUTO(belgo_token_free) struct belgo_token *t = NULL;

		assert_int_equal(judge_type(&t, &lax, BG_GRANT_CODE, BG_TOKEN_DPOP, 200,
					    "{\"access_token\":\"at\"}", NULL),
				 BELGO_EPROTO);
		assert_int_equal(judge_type(&t, &lax, BG_GRANT_CODE, BG_TOKEN_BEARER, 200,
					    "{\"access_token\":\"at\"}", NULL),
				 BELGO_OK);
	}
}

static void
test_token_response__members_of_a_wrong_kind_are_refused(void **state)
{
	static const struct {
		const char *name, *body;
		belgo_rc want;
	} rows[] = {
	    {"twin", REPLY(""), BELGO_OK},
	    {"E05 missing", "{\"token_type\":\"Bearer\"}", BELGO_EPROTO},
	    {"E05 empty", "{\"access_token\":\"\",\"token_type\":\"Bearer\"}", BELGO_EPROTO},
	    {"E05 number", "{\"access_token\":1,\"token_type\":\"Bearer\"}", BELGO_EPROTO},
	    {"E05 null", "{\"access_token\":null,\"token_type\":\"Bearer\"}", BELGO_EPROTO},
	    {"E05 CR LF", "{\"access_token\":\"a\\r\\nX: y\",\"token_type\":\"Bearer\"}", BELGO_EPROTO},
	    {"E05 blank", "{\"access_token\":\"a b\",\"token_type\":\"Bearer\"}", BELGO_EPROTO},
	    {"E05 not ASCII", "{\"access_token\":\"\xc3\xa4\",\"token_type\":\"Bearer\"}", BELGO_EPROTO},
	    {"E04 NUL", "{\"access_token\":\"a\\u0000\",\"token_type\":\"Bearer\"}", BELGO_EPROTO},
	    {"E04 twice", "{\"access_token\":\"a\",\"access_token\":\"b\",\"token_type\":\"Bearer\"}",
	     BELGO_EPROTO},
	    {"E06 missing", "{\"access_token\":\"a\"}", BELGO_EPROTO},
	    {"E06 null", "{\"access_token\":\"a\",\"token_type\":null}", BELGO_EPROTO},
	    {"E06 mac", "{\"access_token\":\"a\",\"token_type\":\"mac\"}", BELGO_EPROTO},
	    {"E06 DPoP", "{\"access_token\":\"a\",\"token_type\":\"DPoP\"}", BELGO_EPROTO},
	    {"E06 array", "{\"access_token\":\"a\",\"token_type\":[\"Bearer\"]}", BELGO_EPROTO},
	    {"E06 trailing blank", "{\"access_token\":\"a\",\"token_type\":\"Bearer \"}", BELGO_EPROTO},
	    {"F13 bearer", "{\"access_token\":\"a\",\"token_type\":\"bearer\"}", BELGO_OK},
	    {"E08 id_token empty", REPLY(",\"id_token\":\"\""), BELGO_EPROTO},
	    {"E08 id_token number", REPLY(",\"id_token\":1"), BELGO_EPROTO},
	    {"E09 scope array", REPLY(",\"scope\":[\"a\"]"), BELGO_EPROTO},
	    {"E09 scope number", REPLY(",\"scope\":1"), BELGO_EPROTO},
	    {"E09 scope with a quotation mark", REPLY(",\"scope\":\"a\\\"b\""), BELGO_EPROTO},
	    {"E09 scope with a backslash", REPLY(",\"scope\":\"a\\\\b\""), BELGO_EPROTO},
	    {"E09 scope with a tab", REPLY(",\"scope\":\"a\\tb\""), BELGO_EPROTO},
	    {"E09 scope not ASCII", REPLY(",\"scope\":\"\xc3\xa4\""), BELGO_EPROTO},
	    {"E10 number", REPLY(",\"refresh_token\":1"), BELGO_EPROTO},
	    {"E10 array", REPLY(",\"refresh_token\":[]"), BELGO_EPROTO},
	    {"E10 control", REPLY(",\"refresh_token\":\"a\\nb\""), BELGO_EPROTO},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(belgo_token_free) struct belgo_token *t = NULL;
		struct belgo_error err = {0};

		assert_row(rows[i].name,
			   judge(&t, &plain, BG_GRANT_CODE, 200, rows[i].body, &err) == rows[i].want);
		assert_row(rows[i].name, err.rc == rows[i].want);
		assert_row(rows[i].name, (t != NULL) == (rows[i].want == BELGO_OK));
	}
}

/* E05 */
static void
test_token_response__tokens_have_a_ceiling(void **state)
{
	static const struct {
		const char *name, *format;
		size_t len;
		belgo_rc want;
	} rows[] = {
	    {"access token that just fits", "{\"access_token\":\"%s\",\"token_type\":\"Bearer\"}",
	     BG_MAX_ACCESS_TOKEN, BELGO_OK},
	    {"access token too long", "{\"access_token\":\"%s\",\"token_type\":\"Bearer\"}",
	     BG_MAX_ACCESS_TOKEN + 1, BELGO_EPROTO},
	    {"refresh token that just fits", REPLY(",\"refresh_token\":\"%s\""), BG_MAX_ACCESS_TOKEN,
	     BELGO_OK},
	    {"refresh token too long", REPLY(",\"refresh_token\":\"%s\""), BG_MAX_ACCESS_TOKEN + 1,
	     BELGO_EPROTO},
	    {"E09 scope of 64 KiB", REPLY(",\"scope\":\"%s\""), 64 * 1024, BELGO_OK},
	    {"E09 scope too long", REPLY(",\"scope\":\"%s\""), 64 * 1024 + 1, BELGO_EPROTO},
	    {"reply of 2 MB", REPLY(",\"x\":\"%s\""), 2000000, BELGO_EPROTO},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(belgo_token_free) struct belgo_token *t = NULL;
		BG_AUTO(bg_buf_free) struct bg_buf body = BG_BUF(4000000);
		size_t before = strcspn(rows[i].format, "%");

		assert_int_equal(bg_buf_add(&body, rows[i].format, before), BELGO_OK);
		for (size_t n = 0; n < rows[i].len; n++)
			assert_int_equal(bg_buf_add_char(&body, 'x'), BELGO_OK);
		assert_int_equal(bg_buf_add_str(&body, rows[i].format + before + 2), BELGO_OK);
		assert_row(rows[i].name,
			   judge(&t, &plain, BG_GRANT_CODE, 200, body.data, NULL) == rows[i].want);
	}
}

/* E07. @spec RFC 6749 appendix A.14 */
static void
test_token_response__lifetime_is_whole_seconds_or_unknown(void **state)
{
	static const struct {
		const char *value;
		int64_t access, refresh; /* 0: unknown */
	} rows[] = {
	    {"3600", NOW + 3600, NOW + 3600},
	    {"\"3600\"", NOW + 3600, NOW + 3600},
	    {"3600.0", NOW + 3600, NOW + 3600},
	    {"0", NOW, 0},
	    {"0.0", NOW, 0},
	    {"-1", 0, 0},
	    {"-1.0", 0, 0},
	    {"\"-1\"", 0, 0},
	    {"\"3600s\"", 0, 0},
	    {"\"\"", 0, 0},
	    {"\"99999999999999999999\"", 0, 0},
	    {"3600.7", 0, 0},
	    {"1e20", NOW + TEN_YEARS, NOW + TEN_YEARS},
	    {"315360000", NOW + TEN_YEARS, NOW + TEN_YEARS},
	    {"315360001", NOW + TEN_YEARS, NOW + TEN_YEARS},
	    {"9223372036854775807", NOW + TEN_YEARS, NOW + TEN_YEARS},
	    {"9223372036854775808", 0, 0},
	    {"18446744073709551616", 0, 0},
	    {"1e999", 0, 0},
	    {"null", 0, 0},
	    {"true", 0, 0},
	    {"[3600]", 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(bg_str_free)
		char *body =
		    bg_strf(REPLY(",\"refresh_token\":\"r\",\"expires_in\":%s,\"refresh_expires_in\":%s"),
			    rows[i].value, rows[i].value);
		BG_AUTO(belgo_token_free) struct belgo_token *t = NULL;

		assert_row(rows[i].value, judge(&t, &plain, BG_GRANT_CODE, 200, body, NULL) == BELGO_OK);
		assert_row(rows[i].value, t->expires_at == rows[i].access);
		assert_row(rows[i].value, t->refresh_expires_at == rows[i].refresh);
	}
}

static void
test_token_response__refresh_lifetime_has_two_names_and_needs_its_token(void **state)
{
	static const struct {
		const char *name, *body;
		int64_t want;
	} rows[] = {
	    {"one name", REPLY(",\"refresh_token\":\"r\",\"refresh_token_expires_in\":10"), NOW + 10},
	    {"other name", REPLY(",\"refresh_token\":\"r\",\"refresh_expires_in\":20"), NOW + 20},
	    {"both",
	     REPLY(",\"refresh_token\":\"r\",\"refresh_expires_in\":20,\"refresh_token_expires_in\":10"),
	     NOW + 10},
	    {"no token", REPLY(",\"refresh_token_expires_in\":10"), 0},
	    {"E10 empty token", REPLY(",\"refresh_token\":\"\",\"refresh_token_expires_in\":10"), 0},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(belgo_token_free) struct belgo_token *t = NULL;

		assert_row(rows[i].name,
			   judge(&t, &plain, BG_GRANT_REFRESH, 200, rows[i].body, NULL) == BELGO_OK);
		assert_row(rows[i].name, t->refresh_expires_at == rows[i].want);
	}
}

static void
test_token_response__null_and_empty_are_absence_for_some(void **state)
{
	static const char *const rows[] = {
	    REPLY(",\"scope\":null,\"refresh_token\":null,\"expires_in\":null,\"id_token\":null"),
	    REPLY(",\"scope\":\"\",\"refresh_token\":\"\""),
	    REPLY(",\"scope\":\"  \",\"error\":null"),
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(belgo_token_free) struct belgo_token *t = NULL;

		assert_row(rows[i], judge(&t, &plain, BG_GRANT_CODE, 200, rows[i], NULL) == BELGO_OK);
		assert_row(rows[i], t->scope == NULL && t->refresh_token == NULL && t->expires_at == 0 &&
					t->id_token == NULL);
	}
}

static void
test_token_response__preset_may_give_a_missing_type(void **state)
{
	static const struct belgo_provider lenient = {.hooks = &bg_hooks_none, .token_type_default = bearer};
	static const struct belgo_provider odd = {.hooks = &bg_hooks_none, .token_type_default = mac};
	BG_AUTO(belgo_token_free) struct belgo_token *t = NULL;
	BG_AUTO(belgo_token_free) struct belgo_token *none = NULL;

	(void)state;
	assert_int_equal(judge(&t, &lenient, BG_GRANT_CODE, 200, "{\"access_token\":\"a\"}", NULL), BELGO_OK);
	assert_string_equal(t->token_type, "bearer");
	assert_int_equal(judge(&none, &lenient, BG_GRANT_CODE, 200,
			       "{\"access_token\":\"a\",\"token_type\":\"mac\"}", NULL),
			 BELGO_EPROTO);
	assert_int_equal(
	    judge(&none, &lenient, BG_GRANT_CODE, 200, "{\"access_token\":\"a\",\"token_type\":null}", NULL),
	    BELGO_EPROTO);
	assert_int_equal(judge(&none, &odd, BG_GRANT_CODE, 200, "{\"access_token\":\"a\"}", NULL),
			 BELGO_EPROTO);
	assert_null(none);
}

/* E11. @spec RFC 6749 section 5.2 */
static void
test_token_response__refusals_by_grant_and_status(void **state)
{
	static const struct {
		const char *name;
		int status;
		const char *body;
		belgo_rc code, refresh;
	} rows[] = {
	    {"invalid_grant", 400, "{\"error\":\"invalid_grant\"}", BELGO_EDENIED, BELGO_ELOGIN},
	    {"interaction_required", 400, "{\"error\":\"interaction_required\"}", BELGO_EDENIED,
	     BELGO_ELOGIN},
	    {"login_required", 400, "{\"error\":\"login_required\"}", BELGO_EDENIED, BELGO_ELOGIN},
	    {"consent_required", 400, "{\"error\":\"consent_required\"}", BELGO_EDENIED, BELGO_ELOGIN},
	    {"invalid_client", 401, "{\"error\":\"invalid_client\"}", BELGO_EDENIED, BELGO_EDENIED},
	    {"access_denied", 400, "{\"error\":\"access_denied\"}", BELGO_EDENIED, BELGO_EDENIED},
	    {"invalid_code with 403", 403, "{\"error\":\"invalid_code\"}", BELGO_EDENIED, BELGO_EDENIED},
	    {"invalid_grant with 403", 403, "{\"error\":\"invalid_grant\"}", BELGO_EDENIED, BELGO_ELOGIN},
	    {"E11 200 with error", 200, "{\"error\":\"invalid_grant\"}", BELGO_EDENIED, BELGO_ELOGIN},
	    {"200 with error beside a token", 200, REPLY(",\"error\":\"x\""), BELGO_EDENIED, BELGO_EDENIED},
	    {"200 with an error that is no string", 200, REPLY(",\"error\":{}"), BELGO_EDENIED,
	     BELGO_EDENIED},
	    {"C4.2 200 with error at a refresh", 200, "{\"error\":\"bad_refresh_token\"}", BELGO_EDENIED,
	     BELGO_EDENIED},
	    {"E11 400 without error", 400, "{}", BELGO_EDENIED, BELGO_EDENIED},
	    {"400 with an empty body", 400, "", BELGO_EDENIED, BELGO_EDENIED},
	    {"422 detail", 422, "{\"detail\":[{\"msg\":\"field required\"}]}", BELGO_EDENIED, BELGO_EDENIED},
	    {"400 temporarily_unavailable", 400, "{\"error\":\"temporarily_unavailable\"}",
	     BELGO_EUNAVAILABLE, BELGO_EUNAVAILABLE},
	    {"E11 429 with invalid_grant", 429, "{\"error\":\"invalid_grant\"}", BELGO_EUNAVAILABLE,
	     BELGO_EUNAVAILABLE},
	    {"E11 500", 500, REPLY(""), BELGO_EUNAVAILABLE, BELGO_EUNAVAILABLE},
	    {"E01 307", 307, REPLY(""), BELGO_EPROTO, BELGO_EPROTO},
	    {"201", 201, REPLY(""), BELGO_EPROTO, BELGO_EPROTO},
	    {"204", 204, "", BELGO_EPROTO, BELGO_EPROTO},
	    {"E04 200 with an empty body", 200, "", BELGO_EPROTO, BELGO_EPROTO},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct belgo_token *t = NULL;
		struct belgo_error err = {.subject = "work"};

		assert_row(rows[i].name, judge(&t, &plain, BG_GRANT_CODE, rows[i].status, rows[i].body,
					       NULL) == rows[i].code);
		assert_row(rows[i].name, judge(&t, &plain, BG_GRANT_REFRESH, rows[i].status, rows[i].body,
					       &err) == rows[i].refresh);
		assert_row(rows[i].name, err.rc == rows[i].refresh && err.http_status == rows[i].status);
		assert_row(rows[i].name, strcmp(err.subject, "work") == 0);
		assert_row(rows[i].name, t == NULL);
	}
}

/* E03 */
static void
test_token_response__success_is_json_by_its_type(void **state)
{
	static const char *const types[] = {"text/html", "text/plain", "application/x-www-form-urlencoded",
					    NULL};

	(void)state;
	for (size_t i = 0; i < BG_LEN(types); i++) {
		BG_AUTO(belgo_http_response_done)
		struct belgo_http_response res = answer(200, types[i], REPLY(""));
		struct belgo_token *t = NULL;

		assert_int_equal(
		    bg_token_response(&t, &plain, BG_GRANT_CODE, BG_TOKEN_BEARER, &res, NOW, NULL, NULL),
		    BELGO_EPROTO);
		assert_null(t);
	}
}

/* E18 */
static void
test_token_response__refusal_echoes_no_secret(void **state)
{
	struct belgo_token *t = NULL;
	struct belgo_error err = {0};
	struct belgo_error kept = {.rc = BELGO_EIO};

	(void)state;
	assert_int_equal(
	    judge(&t, &plain, BG_GRANT_REFRESH, 400,
		  "{\"error\":\"invalid_grant\",\"error_description\":\"token s3cret is dead\\u001b[2J\"}",
		  &err),
	    BELGO_ELOGIN);
	assert_string_equal(err.oauth_error_description, "token [...] is dead?[2J");
	assert_int_equal(judge(&t, &plain, BG_GRANT_REFRESH, 400, "{\"error\":\"invalid_grant\"}", &kept),
			 BELGO_ELOGIN);
	assert_int_equal(kept.rc, BELGO_EIO);
	assert_string_equal(kept.oauth_error, "");
}

/* A reply in an envelope, with the scope as a list. */
static belgo_rc
unwrap(const struct belgo_provider *provider, json_t *reply, struct belgo_error *err)
{
	json_t *inner = json_object_get(reply, "body");

	(void)provider;
	if (inner == NULL)
		return bg_fail(err, BELGO_EPROTO, "no envelope");
	return json_object_update(reply, inner) == 0 ? BELGO_OK : bg_fail(err, BELGO_ENOMEM, "out of memory");
}

static void
test_token_response__provider_rewrites_before_the_judgement(void **state)
{
	static const struct bg_hooks hooks = {.fix_token_reply = unwrap};
	static const struct belgo_provider provider = {.hooks = &hooks};
	BG_AUTO(belgo_token_free) struct belgo_token *t = NULL;
	BG_AUTO(belgo_token_free) struct belgo_token *none = NULL;

	(void)state;
	assert_int_equal(judge(&t, &provider, BG_GRANT_CODE, 200, "{\"body\":" REPLY("") "}", NULL),
			 BELGO_OK);
	assert_string_equal(t->access_token, "at");
	assert_int_equal(judge(&none, &provider, BG_GRANT_CODE, 200, REPLY(""), NULL), BELGO_EPROTO);
	assert_int_equal(judge(&none, &provider, BG_GRANT_CODE, 200,
			       "{\"body\":{\"access_token\":\"a\\nb\",\"token_type\":\"Bearer\"}}", NULL),
			 BELGO_EPROTO);
	assert_null(none);
}

static void
wants_login(const struct belgo_provider *provider, const json_t *reply, struct belgo_error *err)
{
	(void)provider;
	(void)reply;
	err->rc = BELGO_ELOGIN;
}

static void
test_token_response__provider_sends_nobody_to_log_in_during_a_login(void **state)
{
	static const struct bg_hooks hooks = {.map_error = wants_login};
	static const struct belgo_provider provider = {.hooks = &hooks};
	struct belgo_token *t = NULL;
	struct belgo_error err = {0};

	(void)state;
	assert_int_equal(
	    judge(&t, &provider, BG_GRANT_REFRESH, 400, "{\"error\":\"bad_refresh_token\"}", NULL),
	    BELGO_ELOGIN);
	assert_int_equal(judge(&t, &provider, BG_GRANT_CODE, 400, "{\"error\":\"bad_refresh_token\"}", &err),
			 BELGO_EDENIED);
	assert_int_equal(err.rc, BELGO_EDENIED);
}

static char old_refresh[] = "old-rt", old_scope[] = "a b", old_id[] = "old-id", old_type[] = "Bearer",
	    old_access[] = "old-at";
static const struct belgo_token old = {.access_token = old_access,
				       .token_type = old_type,
				       .refresh_token = old_refresh,
				       .id_token = old_id,
				       .scope = old_scope,
				       .expires_at = 111,
				       .refresh_expires_at = 222,
				       .obtained_at = 100};

/* @spec RFC 6749 section 6 */
static void
test_token_response__merge_keeps_what_the_reply_left_out(void **state)
{
	BG_AUTO(belgo_token_free) struct belgo_token *t = NULL;

	(void)state;
	assert_int_equal(judge(&t, &plain, BG_GRANT_REFRESH, 200, REPLY(""), NULL), BELGO_OK);
	bg_str_free(&t->token_type);
	assert_int_equal(bg_token_merge(t, &old), BELGO_OK);
	assert_string_equal(t->access_token, "at");
	assert_string_equal(t->token_type, "Bearer");
	assert_string_equal(t->refresh_token, "old-rt");
	assert_string_equal(t->scope, "a b");
	assert_string_equal(t->id_token, "old-id");
	assert_int_equal(t->refresh_expires_at, 222);
	/* An old expiry beside a new access token would make every call refresh. */
	assert_int_equal(t->expires_at, 0);
	assert_int_equal(t->obtained_at, NOW);
}

static void
test_token_response__merge_keeps_nothing_that_was_replaced(void **state)
{
	BG_AUTO(belgo_token_free) struct belgo_token *t = NULL;

	(void)state;
	assert_int_equal(
	    judge(
		&t, &plain, BG_GRANT_REFRESH, 200,
		REPLY(
		    ",\"refresh_token\":\"new-rt\",\"scope\":\"a\",\"id_token\":\"new-id\",\"expires_in\":5"),
		NULL),
	    BELGO_OK);
	assert_int_equal(bg_token_merge(t, &old), BELGO_OK);
	assert_string_equal(t->refresh_token, "new-rt");
	assert_string_equal(t->scope, "a");
	assert_string_equal(t->id_token, "new-id");
	assert_int_equal(t->expires_at, NOW + 5);
	assert_int_equal(t->refresh_expires_at, 0);
}

static void
test_token_response__merge_with_an_old_set_without_refresh_token(void **state)
{
	static const struct belgo_token bare = {.access_token = old_access, .refresh_expires_at = 222};
	BG_AUTO(belgo_token_free) struct belgo_token *t = NULL;

	(void)state;
	assert_int_equal(judge(&t, &plain, BG_GRANT_REFRESH, 200, REPLY(""), NULL), BELGO_OK);
	assert_int_equal(bg_token_merge(t, &bare), BELGO_OK);
	assert_null(t->refresh_token);
	assert_null(t->scope);
	assert_int_equal(t->refresh_expires_at, 0);
}

static int
long_alias(const char *asked, const char *granted)
{
	return strcmp(asked, "email") == 0 && strstr(granted, "https://api.example/email") != NULL;
}

/* E09. @spec RFC 6749 section 5.1 */
static void
test_token_response__missing_scopes_are_told(void **state)
{
	static const struct bg_hooks hooks = {.scope_is_granted = long_alias};
	static const struct belgo_provider aliased = {.hooks = &hooks};
	static const struct {
		const char *name, *asked, *granted, *want, *want_aliased;
	} rows[] = {
	    {"all", "a b", "b a", "", ""},
	    {"none said", "a b", NULL, "", ""},
	    {"none asked", NULL, "a", "", ""},
	    {"broader", "a", "a b", "", ""},
	    {"narrower", "a b  c", "b", "a c", "a c"},
	    {"empty", "a b", "", "a b", "a b"},
	    {"alias", "openid email", "openid https://api.example/email", "email", ""},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(bg_str_free) char *missing = NULL;
		BG_AUTO(bg_str_free) char *still = NULL;

		assert_row(rows[i].name, bg_token_scope_missing(&missing, &plain, rows[i].asked,
								rows[i].granted) == BELGO_OK);
		assert_row(rows[i].name, bg_token_scope_missing(&still, &aliased, rows[i].asked,
								rows[i].granted) == BELGO_OK);
		assert_string_equal(missing, rows[i].want);
		assert_string_equal(still, rows[i].want_aliased);
	}
}

static int
named_otherwise(const char *asked, const char *granted)
{
	return strcmp(asked, "always") == 0 || (strcmp(asked, "short") == 0 && bg_scope_has(granted, "long"));
}

/* E09: a name that the provider has for what was asked for is nothing more. @spec RFC 6749 section 3.3 */
static void
test_token_response__scopes_beyond_those_asked_for_are_told(void **state)
{
	static const struct bg_hooks hooks = {.scope_is_granted = named_otherwise};
	static const struct belgo_provider aliased = {.hooks = &hooks};
	static const struct {
		const char *name, *asked, *granted, *want, *want_aliased;
	} rows[] = {
	    {"as asked", "a b", "b a", "", ""},
	    {"fewer", "a b", "a", "", ""},
	    {"more", "a b", "a c b d", "c d", "c d"},
	    {"others", "a", "c", "c", "c"},
	    {"not said", "a", NULL, "", ""},
	    {"the server's choice", "", "a b", "", ""},
	    {"nothing was asked", NULL, "a b", "", ""},
	    {"another name", "short a", "long a", "long", ""},
	    {"another name for what was not asked", "a", "long a", "long", "long"},
	    {"beside what is always granted", "always a", "a c", "c", "c"},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(bg_str_free) char *beyond = NULL;
		BG_AUTO(bg_str_free) char *still = NULL;

		assert_row(rows[i].name, bg_token_scope_beyond(&beyond, &plain, rows[i].asked,
							       rows[i].granted) == BELGO_OK);
		assert_row(rows[i].name, bg_token_scope_beyond(&still, &aliased, rows[i].asked,
							       rows[i].granted) == BELGO_OK);
		assert_string_equal(beyond, rows[i].want);
		assert_string_equal(still, rows[i].want_aliased);
	}
}

static belgo_rc
respond(const struct belgo_http_response *res)
{
	BG_AUTO(belgo_token_free) struct belgo_token *t = NULL;
	BG_AUTO(bg_str_free) char *missing = NULL;
	BG_AUTO(bg_str_free) char *beyond = NULL;

	BG_TRY(bg_token_response(&t, &plain, BG_GRANT_REFRESH, BG_TOKEN_BEARER, res, NOW, NULL, NULL));
	BG_TRY(bg_token_merge(t, &old));
	BG_TRY(bg_token_scope_beyond(&beyond, &plain, "a", t->scope));
	return bg_token_scope_missing(&missing, &plain, "a b", t->scope);
}

static belgo_rc
respond_with_an_array(const struct belgo_http_response *res)
{
	static const struct belgo_provider arrays = {.hooks = &bg_hooks_none, .scope_reply = BG_SCOPE_ARRAY};
	BG_AUTO(belgo_token_free) struct belgo_token *t = NULL;

	return bg_token_response(&t, &arrays, BG_GRANT_REFRESH, BG_TOKEN_BEARER, res, NOW, NULL, NULL);
}

/* Only where the preset says so; a word that is no scope spoils the whole. */
static void
test_token_response__array_of_scopes_is_the_presets_to_allow(void **state)
{
	static const struct {
		const char *scope;
		belgo_rc want;
	} rows[] = {
	    {"[\"a\",\"b:c\"]", BELGO_OK}, {"[]", BELGO_OK},         {"\"a b\"", BELGO_OK},
	    {"[\"a b\"]", BELGO_EPROTO},   {"[\"\"]", BELGO_EPROTO}, {"[\"a\",1]", BELGO_EPROTO},
	    {"{\"a\":1}", BELGO_EPROTO},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(bg_str_free)
		char *body =
		    bg_strf("{\"access_token\":\"a\",\"token_type\":\"Bearer\",\"scope\":%s}", rows[i].scope);
		BG_AUTO(belgo_http_response_done)
		struct belgo_http_response res = answer(200, JSON_TYPE, body);

		assert_row(rows[i].scope, respond_with_an_array(&res) == rows[i].want);
		assert_row(rows[i].scope, rows[i].scope[0] != '[' || respond(&res) == BELGO_EPROTO);
	}
}

static belgo_rc
refuse(const struct belgo_http_response *res)
{
	struct belgo_token *t = NULL;
	belgo_rc rc = bg_token_response(&t, &plain, BG_GRANT_REFRESH, BG_TOKEN_BEARER, res, NOW, NULL, NULL);

	assert_int_not_equal(rc, BELGO_OK);
	return rc == BELGO_ELOGIN ? BELGO_OK : rc;
}

static void
test_token_response__reports_lack_of_memory(void **state)
{
	BG_AUTO(belgo_http_response_done)
	struct belgo_http_response whole =
	    answer(200, JSON_TYPE,
		   REPLY(",\"refresh_token\":\"r\",\"id_token\":\"i\",\"scope\":\"a\",\"expires_in\":\"5\""));
	BG_AUTO(belgo_http_response_done)
	struct belgo_http_response array = answer(200, JSON_TYPE, REPLY(",\"scope\":[\"a\",\"b\"]"));
	BG_AUTO(belgo_http_response_done) struct belgo_http_response bare = answer(200, JSON_TYPE, REPLY(""));
	BG_AUTO(belgo_http_response_done)
	struct belgo_http_response no = answer(400, JSON_TYPE, "{\"error\":\"invalid_grant\"}");

	(void)state;
	FAILALLOC_EACH(respond(&whole));
	FAILALLOC_EACH(respond(&bare));
	FAILALLOC_EACH(respond_with_an_array(&array));
	FAILALLOC_EACH_TOLERANT(refuse(&no));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_token_response__reads_a_whole_token_set),
	    cmocka_unit_test(test_token_response__only_access_token_and_type_are_required),
	    cmocka_unit_test(test_token_response__type_is_the_one_that_was_asked_for),
	    cmocka_unit_test(test_token_response__members_of_a_wrong_kind_are_refused),
	    cmocka_unit_test(test_token_response__tokens_have_a_ceiling),
	    cmocka_unit_test(test_token_response__lifetime_is_whole_seconds_or_unknown),
	    cmocka_unit_test(test_token_response__refresh_lifetime_has_two_names_and_needs_its_token),
	    cmocka_unit_test(test_token_response__null_and_empty_are_absence_for_some),
	    cmocka_unit_test(test_token_response__preset_may_give_a_missing_type),
	    cmocka_unit_test(test_token_response__refusals_by_grant_and_status),
	    cmocka_unit_test(test_token_response__success_is_json_by_its_type),
	    cmocka_unit_test(test_token_response__refusal_echoes_no_secret),
	    cmocka_unit_test(test_token_response__provider_rewrites_before_the_judgement),
	    cmocka_unit_test(test_token_response__provider_sends_nobody_to_log_in_during_a_login),
	    cmocka_unit_test(test_token_response__merge_keeps_what_the_reply_left_out),
	    cmocka_unit_test(test_token_response__merge_keeps_nothing_that_was_replaced),
	    cmocka_unit_test(test_token_response__merge_with_an_old_set_without_refresh_token),
	    cmocka_unit_test(test_token_response__missing_scopes_are_told),
	    cmocka_unit_test(test_token_response__scopes_beyond_those_asked_for_are_told),
	    cmocka_unit_test(test_token_response__array_of_scopes_is_the_presets_to_allow),
	    cmocka_unit_test(test_token_response__reports_lack_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
