/* The hooks of a program: what they may add and rewrite, and what is refused whoever says it. */
#include "base/limits.h"
#include "base/mem.h"
#include "harness/failalloc.h"
#include "proto/program_hooks.h"
#include "proto/token.h"
#include "proto/userinfo.h"
#include "unit/proto/answer.h"

#define TOO_LONG 256

/* What the hooks say in a test, and what they were told. */
struct script {
	belgo_rc rc;
	const char *says; /* NULL: leaves *out alone */
	const char *param, *value;
	const char *header, *header_value;
	struct belgo_profile profile; /* borrowed members */
	char *heard;
	belgo_rc added;
};

static char issuer[] = "https://op.example", id[] = "op", endpoint[] = "https://op.example/token";
static const struct bg_metadata metadata = {.endpoints = {.token = endpoint}};

static belgo_rc
say(char **out, const char *text)
{
	*out = text == NULL ? NULL : strdup(text);
	return text == NULL || *out != NULL ? BELGO_OK : BELGO_ENOMEM;
}

static belgo_rc
hear(struct script *s, const char *text)
{
	bg_str_free(&s->heard);
	return say(&s->heard, text);
}

/* What was refused does not stop it: the library must. */
static belgo_rc
fix_request(void *arg, struct belgo_token_request *request, const char *grant_type, struct belgo_error *err)
{
	struct script *s = arg;

	BG_TRY(hear(s, grant_type));
	if (s->param != NULL || s->value != NULL)
		s->added = belgo_token_request_add_param(request, s->param, s->value, err);
	if (s->header != NULL)
		s->added = belgo_token_request_add_header(request, s->header, s->header_value, err);
	return s->rc;
}

static belgo_rc
rewrite(void *arg, char **out, const char *text, struct belgo_error *err)
{
	struct script *s = arg;

	(void)err;
	BG_TRY(hear(s, text));
	BG_TRY(say(out, s->says));
	return s->rc;
}

static belgo_rc
tell_profile(void *arg, struct belgo_profile *out, const char *claims, struct belgo_error *err)
{
	struct script *s = arg;

	(void)err;
	BG_TRY(hear(s, claims));
	BG_TRY(say(&out->subject, s->profile.subject));
	BG_TRY(say(&out->email, s->profile.email));
	BG_TRY(say(&out->name, s->profile.name));
	BG_TRY(say(&out->picture, s->profile.picture));
	out->email_verified = s->profile.email_verified;
	return s->rc;
}

/* A provider whose hooks all follow the script. */
static struct belgo_provider
scripted(struct script *s)
{
	return (struct belgo_provider){.hooks = &bg_hooks_none,
				       .program = {.arg = s,
						   .fix_token_request = fix_request,
						   .fix_token_reply = rewrite,
						   .get_userinfo = rewrite,
						   .map_profile = tell_profile}};
}

static void
test_program_hooks__copy_has_them_and_the_original_has_not(void **state)
{
	static const struct bg_hooks strategy = {0};
	struct script s = {0};
	const struct belgo_provider_hooks hooks = scripted(&s).program, none = {0};
	const struct belgo_provider plain = {.id = id, .issuer = issuer, .hooks = &strategy};
	const struct belgo_provider bare = {.issuer = issuer, .hooks = &bg_hooks_none};
	BG_AUTO(belgo_provider_free) struct belgo_provider *p = NULL;
	BG_AUTO(belgo_provider_free) struct belgo_provider *again = NULL;
	struct belgo_provider *refused = NULL;

	(void)state;
	assert_int_equal(belgo_provider_with_hooks(&p, &plain, &hooks, NULL), BELGO_OK);
	assert_ptr_equal(p->program.arg, &s);
	assert_ptr_equal(p->hooks, &strategy);
	assert_null(plain.program.map_profile);
	assert_int_equal(belgo_provider_with_hooks(&again, p, &none, NULL), BELGO_OK);
	assert_null(again->program.map_profile);
	assert_int_equal(belgo_provider_with_hooks(&refused, &plain, NULL, NULL), BELGO_EINVAL);
	assert_int_equal(belgo_provider_with_hooks(&refused, &bare, &hooks, NULL), BELGO_EINVAL);
	assert_null(refused);
}

static const char preset[] = "{\"id\":\"op\",\"issuer\":\"https://op.example/{tenant}\",\"tenant\":{}}";

static void
test_program_hooks__stay_when_a_tenant_is_put_in_place(void **state)
{
	struct script s = {0};
	const struct belgo_provider_hooks hooks = scripted(&s).program;
	BG_AUTO(belgo_provider_free) struct belgo_provider *p = NULL;
	BG_AUTO(belgo_provider_free) struct belgo_provider *hooked = NULL;
	BG_AUTO(belgo_provider_free) struct belgo_provider *placed = NULL;

	(void)state;
	assert_int_equal(belgo_provider_from_json(&p, preset, strlen(preset), "test", NULL), BELGO_OK);
	assert_int_equal(belgo_provider_with_hooks(&hooked, p, &hooks, NULL), BELGO_OK);
	assert_int_equal(belgo_provider_with_tenant(&placed, hooked, "a.example", NULL), BELGO_OK);
	assert_ptr_equal(placed->program.arg, &s);
}

static belgo_rc
make_code(struct belgo_http_request *req, struct script *s, struct belgo_error *err)
{
	const struct belgo_provider provider = scripted(s);
	const struct bg_code_exchange in = {
	    .provider = &provider,
	    .metadata = &metadata,
	    .auth = {.method = BG_AUTH_POST, .client_id = "app", .client_secret = "pw"},
	    .code = "c"};

	return bg_code_request(req, &in, err);
}

static belgo_rc
make_refresh(struct belgo_http_request *req, struct script *s, struct belgo_error *err)
{
	const struct belgo_provider provider = scripted(s);
	const struct bg_refresh in = {.provider = &provider,
				      .metadata = &metadata,
				      .auth = {.method = BG_AUTH_NONE, .client_id = "app"},
				      .refresh_token = "rt"};

	return bg_refresh_request(req, &in, err);
}

static void
test_program_hooks__request_gets_a_parameter_and_a_header(void **state)
{
	struct script s = {.param = "audience", .value = "a b", .header = "X-Version", .header_value = "1"};
	BG_AUTO(belgo_http_request_done) struct belgo_http_request code = {0};
	BG_AUTO(belgo_http_request_done) struct belgo_http_request refresh = {0};

	(void)state;
	assert_int_equal(make_code(&code, &s, NULL), BELGO_OK);
	assert_string_equal(s.heard, "authorization_code");
	assert_string_equal(
	    code.body, "grant_type=authorization_code&code=c&audience=a+b&client_id=app&client_secret=pw");
	assert_int_equal(code.body_len, strlen(code.body));
	assert_string_equal(sent_header(&code, "X-Version"), "1");
	assert_string_equal(sent_header(&code, "Accept"), "application/json");
	assert_int_equal(make_refresh(&refresh, &s, NULL), BELGO_OK);
	assert_string_equal(s.heard, "refresh_token");
	assert_string_equal(refresh.body,
			    "grant_type=refresh_token&refresh_token=rt&audience=a+b&client_id=app");
	assert_string_equal(sent_header(&refresh, "X-Version"), "1");
	bg_str_free(&s.heard);
}

/* @spec RFC 6749 section 3.2; RFC 9110 section 5.1 */
static void
test_program_hooks__request_keeps_what_is_the_librarys(void **state)
{
	static const struct {
		const char *param, *value, *header, *header_value;
		belgo_rc want;
	} rows[] = {
	    {"audience", "", NULL, NULL, BELGO_OK},
	    {"grant_type", "password", NULL, NULL, BELGO_EINVAL},
	    {"code", "d", NULL, NULL, BELGO_EINVAL},
	    {"client_id", "other", NULL, NULL, BELGO_EINVAL},
	    {"client_secret", "x", NULL, NULL, BELGO_EINVAL},
	    {"client_assertion", "x", NULL, NULL, BELGO_EINVAL},
	    {"refresh_token", "x", NULL, NULL, BELGO_EINVAL},
	    {"code_verifier", "x", NULL, NULL, BELGO_EINVAL},
	    {"", "x", NULL, NULL, BELGO_EINVAL},
	    {"a", NULL, NULL, NULL, BELGO_EINVAL},
	    {NULL, "x", NULL, NULL, BELGO_EINVAL},
	    {"a", "\xff", NULL, NULL, BELGO_EINVAL},
	    {NULL, NULL, "x-version", "2026-01-01 b", BELGO_OK},
	    {NULL, NULL, "authorization", "Bearer x", BELGO_EINVAL},
	    {NULL, NULL, "Content-Type", "text/plain", BELGO_EINVAL},
	    {NULL, NULL, "content-length", "0", BELGO_EINVAL},
	    {NULL, NULL, "Transfer-Encoding", "chunked", BELGO_EINVAL},
	    {NULL, NULL, "HOST", "evil.example", BELGO_EINVAL},
	    {NULL, NULL, "DPoP", "x", BELGO_EINVAL},
	    {NULL, NULL, "", "x", BELGO_EINVAL},
	    {NULL, NULL, "X:Y", "x", BELGO_EINVAL},
	    {NULL, NULL, "X Y", "x", BELGO_EINVAL},
	    {NULL, NULL, "X-Y", "x\r\nHost: evil.example", BELGO_EINVAL},
	    {NULL, NULL, "X-Y", NULL, BELGO_EINVAL},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct script s = {.param = rows[i].param,
				   .value = rows[i].value,
				   .header = rows[i].header,
				   .header_value = rows[i].header_value};
		BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};
		struct belgo_error err = {0};
		char row[64];

		(void)snprintf(row, sizeof(row), "%zu %s", i, rows[i].param != NULL ? rows[i].param : "");
		assert_row(row, make_code(&req, &s, &err) == rows[i].want);
		assert_row(row, s.added == rows[i].want && err.rc == rows[i].want);
		assert_row(row, (req.body != NULL) == (rows[i].want == BELGO_OK));
		bg_str_free(&s.heard);
	}
}

static belgo_rc
add_twice(void *arg, struct belgo_token_request *request, const char *grant_type, struct belgo_error *err)
{
	const char *header = arg;

	(void)grant_type;
	if (header != NULL) {
		BG_TRY(belgo_token_request_add_header(request, header, "1", err));
		return belgo_token_request_add_header(request, "x-a", "2", err);
	}
	BG_TRY(belgo_token_request_add_param(request, "a", "1", err));
	return belgo_token_request_add_param(request, "a", "2", err);
}

/* @spec RFC 6749 section 3.2 */
static void
test_program_hooks__request_has_nothing_twice(void **state)
{
	static char header[] = "X-A";
	char *const args[] = {NULL, header};

	(void)state;
	for (size_t i = 0; i < BG_LEN(args); i++) {
		const struct belgo_provider p = {.hooks = &bg_hooks_none,
						 .program = {.arg = args[i], .fix_token_request = add_twice}};
		const struct bg_refresh in = {.provider = &p,
					      .metadata = &metadata,
					      .auth = {.method = BG_AUTH_NONE, .client_id = "app"},
					      .refresh_token = "rt"};
		struct belgo_http_request req = {0};

		assert_int_equal(bg_refresh_request(&req, &in, NULL), BELGO_EINVAL);
		assert_null(req.body);
	}
}

static belgo_rc
judge(struct belgo_token **out, struct script *s, const char *body, struct belgo_error *err)
{
	const struct belgo_provider provider = scripted(s);
	BG_AUTO(belgo_http_response_done) struct belgo_http_response res = answer(200, JSON_TYPE, body);

	return bg_token_response(out, &provider, BG_GRANT_CODE, BG_TOKEN_BEARER, &res, 1000, NULL, err);
}

#define REPLY "{\"access_token\":\"at\",\"token_type\":\"Bearer\"}"

static void
test_program_hooks__reply_is_rewritten_and_then_judged(void **state)
{
	static const struct {
		const char *name, *body, *says;
		belgo_rc rc, want;
	} rows[] = {
	    {"unwrapped", "{\"data\":{}}", REPLY, BELGO_OK, BELGO_OK},
	    {"left alone", REPLY, NULL, BELGO_OK, BELGO_OK},
	    {"left alone and wrong", "{\"data\":{}}", NULL, BELGO_OK, BELGO_EPROTO},
	    {"nothing", REPLY, "", BELGO_OK, BELGO_EPROTO},
	    {"rubbish", REPLY, "rubbish", BELGO_OK, BELGO_EPROTO},
	    {"an array", REPLY, "[]", BELGO_OK, BELGO_EPROTO},
	    {"a member twice", REPLY, "{\"access_token\":\"a\",\"access_token\":\"b\"}", BELGO_OK,
	     BELGO_EPROTO},
	    {"no token", REPLY, "{\"token_type\":\"Bearer\"}", BELGO_OK, BELGO_EPROTO},
	    {"another type", REPLY, "{\"access_token\":\"a\",\"token_type\":\"mac\"}", BELGO_OK,
	     BELGO_EPROTO},
	    {"a refusal", REPLY, "{\"error\":\"access_denied\"}", BELGO_OK, BELGO_EDENIED},
	    {"failing", REPLY, REPLY, BELGO_EUNAVAILABLE, BELGO_EUNAVAILABLE},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(belgo_token_free) struct belgo_token *token = NULL;
		struct script s = {.rc = rows[i].rc, .says = rows[i].says};
		struct belgo_error err = {0};

		assert_row(rows[i].name, judge(&token, &s, rows[i].body, &err) == rows[i].want);
		assert_row(rows[i].name, err.rc == rows[i].want && strcmp(s.heard, rows[i].body) == 0);
		assert_row(rows[i].name, (token != NULL) == (rows[i].want == BELGO_OK));
		bg_str_free(&s.heard);
	}
}

static belgo_rc
who(json_t **out, struct script *s, char *type, const char *subject)
{
	static char at[] = "at";
	const struct belgo_provider provider = scripted(s);
	const struct belgo_token token = {.access_token = at, .token_type = type};

	return bg_program_userinfo(out, &provider, &token, subject, NULL);
}

/* @spec OpenID Connect Core section 5.3.2 */
static void
test_program_hooks__userinfo_is_judged_like_an_answer(void **state)
{
	static const struct {
		const char *says, *subject;
		belgo_rc rc, want;
	} rows[] = {
	    {"{\"sub\":\"al\"}", "al", BELGO_OK, BELGO_OK},
	    {"{\"id\":42}", NULL, BELGO_OK, BELGO_OK},
	    {"{\"sub\":\"mallory\"}", "al", BELGO_OK, BELGO_ECLAIM},
	    {"{\"id\":42}", "al", BELGO_OK, BELGO_ECLAIM},
	    {NULL, "al", BELGO_OK, BELGO_EPROTO},
	    {"al", "al", BELGO_OK, BELGO_EPROTO},
	    {"{\"sub\":\"al\"} {}", "al", BELGO_OK, BELGO_EPROTO},
	    {"{\"sub\":\"al\"}", "al", BELGO_ELOGIN, BELGO_ELOGIN},
	};
	static char bearer[] = "Bearer", dpop[] = "DPoP";

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(bg_json_free) json_t *claims = NULL;
		struct script s = {.rc = rows[i].rc, .says = rows[i].says};
		char row[8];

		(void)snprintf(row, sizeof(row), "%zu", i);
		assert_row(row, who(&claims, &s, bearer, rows[i].subject) == rows[i].want);
		assert_row(row, (claims != NULL) == (rows[i].want == BELGO_OK));
		assert_string_equal(s.heard, "at");
		bg_str_free(&s.heard);
		assert_row(row, who(&claims, &s, dpop, rows[i].subject) == BELGO_EINVAL);
		assert_null(s.heard);
	}
}

static char al[] = "al", mallory[] = "mallory", empty[] = "", two_lines[] = "a\nb", not_utf8[] = "\xff";
static char long_subject[TOO_LONG + 1];

/* Where the subject is signed it stays; where it is not, the program names one that can be a key. */
static void
test_program_hooks__profile_is_told_but_a_signed_subject_stays(void **state)
{
	static const struct {
		const char *name;
		int is_verified;
		struct belgo_profile profile;
		belgo_rc rc, want;
	} rows[] = {
	    {"signed, not named", 1, {.email = al}, BELGO_OK, BELGO_OK},
	    {"signed, repeated", 1, {.subject = al}, BELGO_OK, BELGO_OK},
	    {"signed, changed", 1, {.subject = mallory}, BELGO_OK, BELGO_ECLAIM},
	    {"signed, emptied", 1, {.subject = empty}, BELGO_OK, BELGO_ECLAIM},
	    {"named", 0, {.subject = al}, BELGO_OK, BELGO_OK},
	    {"named anew", 0, {.subject = mallory}, BELGO_OK, BELGO_OK},
	    {"not named", 0, {.email = al}, BELGO_OK, BELGO_ECLAIM},
	    {"empty", 0, {.subject = empty}, BELGO_OK, BELGO_ECLAIM},
	    {"too long", 0, {.subject = long_subject}, BELGO_OK, BELGO_ECLAIM},
	    {"two lines", 0, {.subject = two_lines}, BELGO_OK, BELGO_EPROTO},
	    {"no text", 0, {.subject = not_utf8}, BELGO_OK, BELGO_EPROTO},
	    {"name of two lines", 1, {.name = two_lines}, BELGO_OK, BELGO_EPROTO},
	    {"e-mail no text", 1, {.email = not_utf8}, BELGO_OK, BELGO_EPROTO},
	    {"picture no text", 1, {.picture = not_utf8}, BELGO_OK, BELGO_EPROTO},
	    {"verified of no meaning", 1, {.email_verified = (enum belgo_verified)7}, BELGO_OK, BELGO_EPROTO},
	    {"failing", 1, {.subject = al}, BELGO_EDENIED, BELGO_EDENIED},
	};
	BG_AUTO(bg_json_free) json_t *claims = json_pack("{s:s}", "sub", "al");

	(void)state;
	memset(long_subject, 'a', TOO_LONG);
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(bg_profile_done) struct bg_profile profile = {0};
		struct script s = {.rc = rows[i].rc, .profile = rows[i].profile};
		const struct belgo_provider p = scripted(&s);
		const char *subject = rows[i].is_verified ? al : rows[i].profile.subject;

		assert_row(rows[i].name, bg_profile_identify(&profile, &p, claims, rows[i].is_verified,
							     NULL) == rows[i].want);
		assert_row(rows[i].name, strcmp(s.heard, "{\"sub\":\"al\"}") == 0);
		if (rows[i].want != BELGO_OK)
			assert_row(rows[i].name, profile.subject == NULL && profile.email == NULL);
		else
			assert_row(rows[i].name, strcmp(profile.subject, subject) == 0);
		bg_str_free(&s.heard);
	}
}

static belgo_rc
copy(const struct belgo_provider_hooks *hooks)
{
	const struct belgo_provider plain = {.id = id, .issuer = issuer, .hooks = &bg_hooks_none};
	BG_AUTO(belgo_provider_free) struct belgo_provider *p = NULL;

	return belgo_provider_with_hooks(&p, &plain, hooks, NULL);
}

static belgo_rc
request(void)
{
	struct script s = {.param = "audience", .value = "a", .header = "X-Version", .header_value = "1"};
	BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};
	belgo_rc rc = make_code(&req, &s, NULL);

	bg_str_free(&s.heard);
	return rc;
}

static belgo_rc
userinfo(void)
{
	static char bearer[] = "Bearer";
	struct script s = {.says = "{\"sub\":\"al\"}"};
	BG_AUTO(bg_json_free) json_t *claims = NULL;
	belgo_rc rc = who(&claims, &s, bearer, "al");

	bg_str_free(&s.heard);
	return rc;
}

static belgo_rc
reply(void)
{
	struct script s = {.says = REPLY};
	const struct belgo_provider p = scripted(&s);
	BG_AUTO(bg_json_free) json_t *document = json_object();
	belgo_rc rc = document == NULL ? BELGO_ENOMEM : bg_program_fix_reply(document, &p, NULL);

	bg_str_free(&s.heard);
	return rc;
}

static belgo_rc
identify(const json_t *claims)
{
	struct script s = {.profile = {.subject = al, .email = al}};
	const struct belgo_provider p = scripted(&s);
	BG_AUTO(bg_profile_done) struct bg_profile profile = {0};
	belgo_rc rc = bg_profile_identify(&profile, &p, claims, 1, NULL);

	bg_str_free(&s.heard);
	return rc;
}

static void
test_program_hooks__report_lack_of_memory(void **state)
{
	const struct belgo_provider_hooks hooks = {.fix_token_reply = rewrite};
	BG_AUTO(bg_json_free) json_t *claims = json_pack("{s:s}", "sub", "al");

	(void)state;
	FAILALLOC_EACH(copy(&hooks));
	FAILALLOC_EACH(request());
	FAILALLOC_EACH(reply());
	FAILALLOC_EACH(userinfo());
	FAILALLOC_EACH(identify(claims));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_program_hooks__copy_has_them_and_the_original_has_not),
	    cmocka_unit_test(test_program_hooks__stay_when_a_tenant_is_put_in_place),
	    cmocka_unit_test(test_program_hooks__request_gets_a_parameter_and_a_header),
	    cmocka_unit_test(test_program_hooks__request_keeps_what_is_the_librarys),
	    cmocka_unit_test(test_program_hooks__request_has_nothing_twice),
	    cmocka_unit_test(test_program_hooks__reply_is_rewritten_and_then_judged),
	    cmocka_unit_test(test_program_hooks__userinfo_is_judged_like_an_answer),
	    cmocka_unit_test(test_program_hooks__profile_is_told_but_a_signed_subject_stays),
	    cmocka_unit_test(test_program_hooks__report_lack_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
