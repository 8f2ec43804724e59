/* A login and what follows it at a provider for which the program has hooks: who signed in, with what, and
 * what a hook cannot change. */
#include "fixture.h"

#define FORGE "https://forge.example"

/* What the hooks say; one test at a time. */
static const char *userinfo, *reply, *subject, *email;
static int asked;

static belgo_rc
say(char **out, const char *text)
{
	*out = text == NULL ? NULL : strdup(text);
	return BELGO_OK;
}

static belgo_rc
add_version(void *arg, struct belgo_token_request *request, const char *grant_type, struct belgo_error *err)
{
	(void)arg;
	BG_TRY(belgo_token_request_add_param(request, "flavour", grant_type, err));
	return belgo_token_request_add_header(request, "Forge-Version", "7", err);
}

static belgo_rc
fix_reply(void *arg, char **out, const char *text, struct belgo_error *err)
{
	(void)arg;
	(void)text;
	(void)err;
	return say(out, reply);
}

static belgo_rc
get_userinfo(void *arg, char **out, const char *access_token, struct belgo_error *err)
{
	(void)arg;
	(void)err;
	asked++;
	if (strcmp(access_token, AT1) != 0)
		return BELGO_EDENIED;
	return say(out, userinfo);
}

static belgo_rc
map_profile(void *arg, struct belgo_profile *out, const char *claims, struct belgo_error *err)
{
	(void)arg;
	(void)claims;
	(void)err;
	BG_TRY(say(&out->subject, subject));
	return say(&out->email, email);
}

/* A provider from a preset, with these hooks. */
static struct belgo_provider *
hooked(const char *preset, const struct belgo_provider_hooks *hooks)
{
	struct belgo_provider *plain = NULL, *p = NULL;

	assert_int_equal(belgo_provider_from_json(&plain, preset, strlen(preset), "test", NULL), BELGO_OK);
	assert_int_equal(belgo_provider_with_hooks(&p, plain, hooks, NULL), BELGO_OK);
	belgo_provider_free(&plain);
	userinfo = reply = subject = email = NULL;
	asked = 0;
	return p;
}

static const char forge[] =
    "{\"id\":\"forge\",\"kind\":\"oauth2\",\"issuer\":\"" FORGE "\",\"discovery\":\"none\","
    "\"authorization_endpoint\":\"" FORGE "/auth\",\"token_endpoint\":\"" FORGE "/token\","
    "\"scope\":\"read\",\"pkce\":\"assumed\"}";
static const char openid[] = "{\"id\":\"op\",\"kind\":\"oidc\",\"issuer\":\"" WORLD_ISSUER "\"}";

/* Neither endpoint nor reply nor claims are as in the specifications. */
static void
test_program_hooks__plain_oauth_login_with_all_four(void **state)
{
	static const struct belgo_provider_hooks hooks = {.fix_token_request = add_version,
							  .fix_token_reply = fix_reply,
							  .get_userinfo = get_userinfo,
							  .map_profile = map_profile};
	struct belgo_provider *p = hooked(forge, &hooks);
	struct world *w = world_new();
	struct belgo_login_params params = login_params(w);
	struct belgo_op *op = NULL;

	(void)state;
	params.provider = p;
	reply = "{\"access_token\":\"" AT1 "\",\"token_type\":\"Bearer\"}";
	userinfo = "{\"login\":\"al\"}";
	subject = "al";
	email = "al@forge.example";
	world_answer(w, FORGE "/token", 200, "{\"ok\":true}");
	world_redirect(w, "code=" CODE "&state={state}");
	op = login_of(w, &params);
	assert_int_equal(world_finish(op, NULL), BELGO_OK);
	assert_string_equal(belgo_op_account(op)->subject, "al");
	assert_string_equal(belgo_op_account(op)->name, "forge:al@forge.example");
	assert_string_equal(belgo_op_token(op)->access_token, AT1);
	assert_non_null(strstr(world_sent(w, FORGE "/token"), "&flavour=authorization_code&"));
	assert_non_null(strstr(world_sent_headers(w, FORGE "/token"), "Forge-Version: 7"));
	assert_int_equal(asked, 1);
	belgo_op_free(&op);
	world_free(&w);
	belgo_provider_free(&p);
}

static void
test_program_hooks__plain_oauth_login_whose_hook_says_rubbish_makes_no_account(void **state)
{
	static const struct belgo_provider_hooks hooks = {
	    .fix_token_reply = fix_reply, .get_userinfo = get_userinfo, .map_profile = map_profile};
	static const struct {
		const char *name, *reply, *userinfo, *subject;
		belgo_rc want;
	} rows[] = {
	    {"token reply", "rubbish", "{}", "al", BELGO_EPROTO},
	    {"userinfo", NULL, "rubbish", "al", BELGO_EPROTO},
	    {"no userinfo", NULL, NULL, "al", BELGO_EPROTO},
	    {"no subject", NULL, "{\"sub\":\"al\"}", NULL, BELGO_ECLAIM},
	    {"a token that userinfo does not know",
	     "{\"access_token\":\"" AT2 "\",\"token_type\":\"Bearer\"}", "{}", "al", BELGO_EDENIED},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct belgo_provider *p = hooked(forge, &hooks);
		struct world *w = world_new();
		struct belgo_login_params params = login_params(w);
		char *sent = token_reply(AT1, NULL, NULL, "");
		struct belgo_error err = {0};

		params.provider = p;
		reply = rows[i].reply;
		userinfo = rows[i].userinfo;
		subject = rows[i].subject;
		world_answer(w, FORGE "/token", 200, sent);
		world_redirect(w, "code=" CODE "&state={state}");
		assert_row(rows[i].name, world_run(login_of(w, &params), &err) == rows[i].want);
		assert_row(rows[i].name, world_count(w, "put") == 0);
		assert_row(rows[i].name, strstr(err.text, WORLD_SECRET) == NULL);
		free(sent);
		world_free(&w);
		belgo_provider_free(&p);
	}
}

/* @spec OpenID Connect Core section 3.1.3.7, 5.3.2 */
static void
test_program_hooks__subject_of_an_id_token_stays(void **state)
{
	static const struct belgo_provider_hooks hooks = {.get_userinfo = get_userinfo,
							  .map_profile = map_profile};
	static const struct {
		const char *name, *userinfo, *subject;
		int warned;
		belgo_rc want;
	} rows[] = {
	    {"not named", "{\"sub\":\"alice\"}", NULL, 0, BELGO_OK},
	    {"repeated", "{\"sub\":\"alice\"}", "alice", 0, BELGO_OK},
	    {"userinfo about another", "{\"sub\":\"mallory\"}", NULL, 1, BELGO_OK},
	    {"changed", "{\"sub\":\"alice\"}", "mallory", 0, BELGO_ECLAIM},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct belgo_provider *p = hooked(openid, &hooks);
		struct world *w = provider_up();
		struct belgo_login_params params = login_params(w);
		struct belgo_op *op;

		params.provider = p;
		userinfo = rows[i].userinfo;
		subject = rows[i].subject;
		answer_login(w, "alice", RT1, "", "");
		world_redirect(w, "code=" CODE "&state={state}");
		op = login_of(w, &params);
		assert_row(rows[i].name, world_finish(op, NULL) == rows[i].want);
		assert_row(rows[i].name, world_count(w, "put") == (rows[i].want == BELGO_OK));
		assert_row(rows[i].name, has_warning(op, "userinfo") == rows[i].warned);
		if (rows[i].want == BELGO_OK)
			assert_string_equal(belgo_op_account(op)->subject, "alice");
		assert_int_equal(world_count(w, "GET " WORLD_USERINFO), 0);
		belgo_op_free(&op);
		world_free(&w);
		belgo_provider_free(&p);
	}
}

/* A rewritten reply does not make another's ID token valid. */
static void
test_program_hooks__id_token_is_verified_whoever_puts_it_there(void **state)
{
	static const struct belgo_provider_hooks hooks = {.fix_token_reply = fix_reply};
	struct belgo_provider *p = hooked(openid, &hooks);
	struct world *w = provider_up();
	struct belgo_login_params params = login_params(w);

	(void)state;
	params.provider = p;
	reply = "{\"access_token\":\"" AT1
		"\",\"token_type\":\"Bearer\",\"id_token\":\"eyJhbGciOiJub25lIn0.e30.\"}";
	answer_login(w, "alice", RT1, "", "");
	world_redirect(w, "code=" CODE "&state={state}");
	assert_int_not_equal(world_run(login_of(w, &params), NULL), BELGO_OK);
	assert_int_equal(world_count(w, "put"), 0);
	world_free(&w);
	belgo_provider_free(&p);
}

static belgo_rc
find_hooked(void *arg, const char *id, struct belgo_provider **out, struct belgo_error *err)
{
	(void)err;
	assert_string_equal(id, "op");
	*out = hooked(openid, arg);
	userinfo = "{\"sub\":\"alice\"}";
	return BELGO_OK;
}

static void
test_program_hooks__account_finds_them_again_by_its_provider(void **state)
{
	static struct belgo_provider_hooks hooks = {.fix_token_request = add_version,
						    .get_userinfo = get_userinfo};
	struct world *w = world_new();
	struct planted a = {.provider = "op", .refresh_token = RT1, .expires_at = WORLD_NOW - 1};
	struct belgo_op *op = NULL;

	(void)state;
	world_params(w)->find_provider = find_hooked;
	world_params(w)->find_arg = &hooks;
	world_restart(w);
	world_metadata(w, "");
	world_jwks(w);
	plant(w, &a);
	answer_token(w, AT1, RT2, NULL);
	assert_int_equal(belgo_userinfo_op(&op, world_client(w), a.key, NULL), BELGO_OK);
	assert_int_equal(world_finish(op, NULL), BELGO_OK);
	assert_string_equal(belgo_op_json(op), "{\"sub\":\"alice\"}");
	assert_non_null(strstr(world_sent(w, WORLD_TOKEN), "&flavour=refresh_token&"));
	assert_non_null(strstr(world_sent_headers(w, WORLD_TOKEN), "Forge-Version: 7"));
	assert_int_equal(world_count(w, "GET " WORLD_USERINFO), 0);
	assert_int_equal(asked, 1);
	belgo_op_free(&op);
	world_free(&w);
}

static belgo_rc
overreach(void *arg, struct belgo_token_request *request, const char *grant_type, struct belgo_error *err)
{
	(void)arg;
	(void)grant_type;
	(void)belgo_token_request_add_param(request, "refresh_token", "x", err);
	return BELGO_OK;
}

static void
test_program_hooks__refresh_that_a_hook_spoils_costs_no_refresh_token(void **state)
{
	static struct belgo_provider_hooks hooks = {.fix_token_request = overreach};
	struct world *w = world_new();
	struct planted a = {.provider = "op", .refresh_token = RT1, .expires_at = WORLD_NOW - 1};

	(void)state;
	world_params(w)->find_provider = find_hooked;
	world_params(w)->find_arg = &hooks;
	world_restart(w);
	world_metadata(w, "");
	world_jwks(w);
	plant(w, &a);
	assert_int_equal(get_token_rc(w, &a, NULL), BELGO_EINVAL);
	assert_int_equal(world_count(w, "POST " WORLD_TOKEN), 0);
	assert_true(stored_has(w, &a, RT1));
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_program_hooks__plain_oauth_login_with_all_four),
	    cmocka_unit_test(test_program_hooks__plain_oauth_login_whose_hook_says_rubbish_makes_no_account),
	    cmocka_unit_test(test_program_hooks__subject_of_an_id_token_stays),
	    cmocka_unit_test(test_program_hooks__id_token_is_verified_whoever_puts_it_there),
	    cmocka_unit_test(test_program_hooks__account_finds_them_again_by_its_provider),
	    cmocka_unit_test(test_program_hooks__refresh_that_a_hook_spoils_costs_no_refresh_token),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
