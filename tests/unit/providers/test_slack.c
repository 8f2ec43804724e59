/* The slack preset and strategy: the replies that its documents show, and beside them what stays forbidden.
 */
#include "base/mem.h"
#include "harness/test.h"
#include "proto/token.h"
#include "unit/proto/answer.h"

#include <belgoauth/provider.h>

static const struct belgo_provider *
slack(void)
{
	const struct belgo_provider *p = belgo_provider_builtin("slack");

	assert_non_null(p);
	return p;
}

static belgo_rc
judge(struct belgo_token **out, const struct belgo_provider *p, const char *body, struct belgo_error *err)
{
	BG_AUTO(belgo_http_response_done) struct belgo_http_response res = answer(200, JSON_TYPE, body);

	return bg_token_response(out, p, BG_GRANT_CODE, BG_TOKEN_BEARER, &res, RECEIVED_AT, NULL, err);
}

#define FLAT                                                                                                 \
	"{\"ok\":true,\"access_token\":\"xoxe.xoxp-1\",\"token_type\":\"user\",\"scope\":\"users:read,chat:" \
	"write\","                                                                                           \
	"\"expires_in\":43200,\"refresh_token\":\"xoxe-1\"}"
#define NESTED                                                                                               \
	"{\"ok\":true,\"access_token\":\"xoxb-bot\",\"token_type\":\"bot\",\"scope\":\"commands\","          \
	"\"expires_in\":1,"                                                                                  \
	"\"refresh_token\":\"xoxe-bot\",\"authed_user\":{\"id\":\"U1\",\"access_token\":\"xoxp-1\",\"token_" \
	"type\":"                                                                                            \
	"\"user\",\"scope\":\"users:read\"}}"

static void
test_slack__user_token_is_a_bearer_token(void **state)
{
	BG_AUTO(belgo_token_free) struct belgo_token *t = NULL;

	(void)state;
	assert_int_equal(judge(&t, slack(), FLAT, NULL), BELGO_OK);
	assert_string_equal(t->access_token, "xoxe.xoxp-1");
	assert_string_equal(t->token_type, "Bearer");
	assert_string_equal(t->scope, "users:read chat:write");
	assert_string_equal(t->refresh_token, "xoxe-1");
	assert_int_equal(t->expires_at, RECEIVED_AT + 43200);
}

/* Nothing of the bot's stays behind with the user's token. */
static void
test_slack__nested_user_token_goes_before_the_bots(void **state)
{
	BG_AUTO(belgo_token_free) struct belgo_token *t = NULL;

	(void)state;
	assert_int_equal(judge(&t, slack(), NESTED, NULL), BELGO_OK);
	assert_string_equal(t->access_token, "xoxp-1");
	assert_string_equal(t->scope, "users:read");
	assert_null(t->refresh_token);
	assert_int_equal(t->expires_at, 0);
}

/* The words of one provider are no words of another's. */
static void
test_slack__other_token_types_stay_refused(void **state)
{
	static const struct {
		const char *provider, *type;
	} rows[] = {
	    {"slack", "bot"}, {"slack", "USER"}, {"slack", "mac"}, {"github", "user"}, {"google", "user"}};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(bg_str_free)
		char *body = bg_strf("{\"access_token\":\"x\",\"token_type\":\"%s\"}", rows[i].type);
		struct belgo_token *t = NULL;

		assert_row(rows[i].type,
			   judge(&t, belgo_provider_builtin(rows[i].provider), body, NULL) == BELGO_EPROTO);
		assert_null(t);
	}
}

static void
test_slack__errors_come_with_200(void **state)
{
	struct belgo_token *t = NULL;
	struct belgo_error err = {0};

	(void)state;
	assert_int_equal(judge(&t, slack(), "{\"ok\":false,\"error\":\"invalid_code\"}", &err),
			 BELGO_EDENIED);
	assert_string_equal(err.oauth_error, "invalid_code");
	assert_int_equal(judge(&t, slack(), "{\"ok\":false}", NULL), BELGO_EPROTO);
	assert_null(t);
}

static void
test_slack__strategy_serves_no_other_host(void **state)
{
	static const char preset[] =
	    "{\"id\":\"x\",\"issuer\":\"https://slack.com.example\",\"strategy\":\"slack\"}";
	struct belgo_provider *p = NULL;

	(void)state;
	assert_int_equal(belgo_provider_from_json(&p, preset, strlen(preset), "x.json", NULL), BELGO_EINVAL);
	assert_null(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_slack__user_token_is_a_bearer_token),
	    cmocka_unit_test(test_slack__nested_user_token_goes_before_the_bots),
	    cmocka_unit_test(test_slack__other_token_types_stay_refused),
	    cmocka_unit_test(test_slack__errors_come_with_200),
	    cmocka_unit_test(test_slack__strategy_serves_no_other_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
