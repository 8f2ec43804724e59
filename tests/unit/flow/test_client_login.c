/* A client that signs in as itself: its account, and how that comes to fresh tokens. */
#include "fixture.h"

#include "base/limits.h"
#include "harness/jose_make.h"
#include "proto/token.h"

static const char *const api[] = {"https://api.example/"};

static struct belgo_login_params
client_params(struct world *w)
{
	return (struct belgo_login_params){.provider = world_provider(w),
					   .client_id = WORLD_CLIENT,
					   .client_secret = CLIENT_SECRET,
					   .token_endpoint_auth_method = "client_secret_post",
					   .scope = "read",
					   .resources = api,
					   .n_resources = 1};
}

static struct belgo_op *
client_login_of(struct world *w, const struct belgo_login_params *params)
{
	struct belgo_op *op = NULL;

	assert_int_equal(belgo_client_login_op(&op, world_client(w), params, NULL), BELGO_OK);
	return op;
}

static belgo_rc
find_secret(void *arg, const char *provider_id, const char *issuer, const char *client_id, char **out,
	    struct belgo_error *err)
{
	(void)arg;
	(void)provider_id;
	(void)issuer;
	(void)client_id;
	(void)err;
	*out = strdup(CLIENT_SECRET);
	return BELGO_OK;
}

static struct world *
provider_with_secret(void)
{
	struct world *w = world_new();

	world_params(w)->find_secret = find_secret;
	world_restart(w);
	world_metadata(w, "");
	return w;
}

/* The account of the client, with AT1 of `left` seconds. */
static struct planted
plant_clients(struct world *w, int64_t left)
{
	struct planted a = {.subject = WORLD_CLIENT,
			    .scope = "read",
			    .auth_method = "client_secret_post",
			    .login = ",\"resources\":[\"https://api.example/\"]",
			    .grant = "client_credentials",
			    .is_oauth = 1,
			    .expires_at = WORLD_NOW + left,
			    .refreshed_at_ms = (WORLD_NOW - 3600) * 1000};

	plant(w, &a);
	return a;
}

/* @spec RFC 6749 section 4.4.2, 4.4.3 */
static void
test_client_login__account_is_the_clients_and_has_no_refresh_token(void **state)
{
	struct world *w = provider_up();
	struct belgo_login_params params = client_params(w);
	struct belgo_op *op = client_login_of(w, &params);
	const struct belgo_account *a;

	(void)state;
	world_answer(w, WORLD_TOKEN, 200,
		     "{\"access_token\":\"" AT1 "\",\"token_type\":\"Bearer\",\"expires_in\":60,"
		     "\"refresh_token\":\"" RT1 "\",\"id_token\":\"x.y.z\"}");
	assert_int_equal(world_finish(op, NULL), BELGO_OK);
	a = belgo_op_account(op);
	assert_string_equal(a->subject, WORLD_CLIENT);
	assert_string_equal(a->client_id, WORLD_CLIENT);
	assert_string_equal(a->name, "op.example:" WORLD_CLIENT);
	assert_string_equal(a->grant, "client_credentials");
	assert_string_equal(a->scope, "read");
	assert_null(a->claims);
	assert_false(a->has_refresh_token);
	assert_null(belgo_op_token(op)->refresh_token);
	assert_null(belgo_op_token(op)->id_token);
	assert_null(belgo_op_warning(op, 0));
	assert_string_equal(world_sent(w, WORLD_TOKEN),
			    "grant_type=client_credentials&scope=read&resource=https%3A%2F%2Fapi.example%2F"
			    "&client_id=" WORLD_CLIENT "&client_secret=" CLIENT_SECRET);
	assert_int_equal(world_count(w, "GET " WORLD_USERINFO), 0);
	belgo_op_free(&op);
	world_free(&w);
}

static void
test_client_login__usual_scopes_of_users_are_not_asked_for(void **state)
{
	struct world *w = provider_up();
	struct belgo_login_params params = client_params(w);

	(void)state;
	params.scope = NULL;
	params.n_resources = 0;
	answer_token(w, AT1, NULL, NULL);
	assert_int_equal(world_run(client_login_of(w, &params), NULL), BELGO_OK);
	assert_null(strstr(world_sent(w, WORLD_TOKEN), "scope="));
	world_free(&w);
}

static void
test_client_login__client_without_credentials_asks_for_nothing(void **state)
{
	struct world *w = provider_up();
	struct belgo_login_params params = client_params(w);

	(void)state;
	params.client_secret = NULL;
	params.token_endpoint_auth_method = NULL;
	assert_int_equal(world_run(client_login_of(w, &params), NULL), BELGO_ENOCLIENT);
	assert_int_equal(world_count(w, "POST " WORLD_TOKEN), 0);
	world_free(&w);
}

static void
test_client_login__what_only_a_user_has_is_refused(void **state)
{
	static const struct belgo_param extra = {"a", "b"};
	static const struct {
		const char *name;
		struct belgo_login_params more;
	} rows[] = {
	    {"prompt", {.prompt = "consent"}},
	    {"login_hint", {.login_hint = "x"}},
	    {"hd", {.hd = "x"}},
	    {"access_type", {.access_type = "offline"}},
	    {"claims", {.claims = "{}"}},
	    {"acr_values", {.acr_values = "gold"}},
	    {"challenge", {.challenge = "Bearer error=insufficient_scope, scope=a"}},
	    {"max_age", {.max_age_set = 1}},
	    {"extra", {.extra = &extra, .n_extra = 1}},
	    {"jar", {.jar = BELGO_JAR_ALWAYS}},
	    {"par", {.par = BELGO_PAR_ALWAYS}},
	    {"added scopes", {.scope_mode = BELGO_SCOPE_ADD}},
	};
	struct world *w = provider_up();

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct belgo_login_params params = rows[i].more;
		struct belgo_op *op = NULL;

		params.provider = world_provider(w);
		assert_row(rows[i].name,
			   belgo_client_login_op(&op, world_client(w), &params, NULL) == BELGO_EINVAL);
	}
	world_free(&w);
}

static void
test_client_login__refusals_store_nothing(void **state)
{
	static const char *const rows[] = {"invalid_client", "unauthorized_client", "invalid_scope",
					   "invalid_target", "invalid_grant"};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = provider_up();
		struct belgo_login_params params = client_params(w);
		char body[80];

		(void)snprintf(body, sizeof(body), "{\"error\":\"%s\"}", rows[i]);
		world_answer(w, WORLD_TOKEN, 400, body);
		assert_row(rows[i], world_run(client_login_of(w, &params), NULL) == BELGO_EDENIED);
		assert_row(rows[i], world_count(w, "put") == 0);
		world_free(&w);
	}
}

static void
test_client_login__token_is_asked_for_anew_whenever_one_is_due(void **state)
{
	struct world *w = provider_with_secret();
	struct planted a = plant_clients(w, 60);
	char *token = NULL;

	(void)state;
	assert_int_equal(get_token(w, &a, NULL, &token, NULL), BELGO_OK);
	assert_string_equal(token, AT1);
	free(token);
	world_advance(w, 61);
	answer_token(w, AT2, RT2, NULL);
	assert_int_equal(get_token(w, &a, NULL, &token, NULL), BELGO_OK);
	assert_string_equal(token, AT2);
	free(token);
	assert_string_equal(world_sent(w, WORLD_TOKEN),
			    "grant_type=client_credentials&scope=read&resource=https%3A%2F%2Fapi.example%2F"
			    "&client_id=" WORLD_CLIENT "&client_secret=" CLIENT_SECRET);
	assert_true(stored_has(w, &a, AT2) && !stored_has(w, &a, RT2));
	assert_true(stored_has(w, &a, "\"grant\":\"client_credentials\""));
	assert_string_equal(world_cached_token(w), AT2);
	world_free(&w);
}

static void
test_client_login__further_tokens_are_asked_for_likewise(void **state)
{
	struct world *w = provider_with_secret();
	struct planted a = plant_clients(w, 60);
	struct belgo_token_params params = {.scope = "write"};
	char *token = NULL;

	(void)state;
	answer_token(w, AT2, NULL, NULL);
	assert_int_equal(get_token(w, &a, &params, &token, NULL), BELGO_OK);
	assert_string_equal(token, AT2);
	free(token);
	assert_non_null(
	    strstr(world_sent(w, WORLD_TOKEN), "scope=write&resource=https%3A%2F%2Fapi.example%2F"));
	assert_true(stored_has(w, &a, AT1));
	world_free(&w);
}

static void
test_client_login__refusal_never_marks_the_account(void **state)
{
	static const char *const rows[] = {"invalid_client", "invalid_grant", "invalid_scope"};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = provider_with_secret();
		struct planted a = plant_clients(w, -1);
		char body[80];

		(void)snprintf(body, sizeof(body), "{\"error\":\"%s\"}", rows[i]);
		world_answer(w, WORLD_TOKEN, 400, body);
		assert_row(rows[i], get_token_rc(w, &a, NULL) == BELGO_EDENIED);
		assert_row(rows[i], stored_has(w, &a, "\"needs_login\":0"));
		answer_token(w, AT2, NULL, NULL);
		assert_row(rows[i], get_token_rc(w, &a, NULL) == BELGO_OK);
		world_free(&w);
	}
}

/* The secret is all that is there to be echoed. */
static void
test_client_login__echoed_secret_is_masked(void **state)
{
	struct world *w = provider_with_secret();
	struct planted a = plant_clients(w, -1);
	struct belgo_error err = {0};

	(void)state;
	world_answer(w, WORLD_TOKEN, 401,
		     "{\"error\":\"invalid_client\",\"error_description\":\"no " CLIENT_SECRET " here\"}");
	assert_int_equal(get_token_rc(w, &a, &err), BELGO_EDENIED);
	assert_null(strstr(err.oauth_error_description, WORLD_SECRET));
	world_free(&w);
}

/* Nothing is spent, so nothing is lost and nothing is to be warned of. */
static void
test_client_login__broken_off_answer_costs_nothing(void **state)
{
	struct world *w = provider_with_secret();
	struct planted a = plant_clients(w, -1);
	struct belgo_token_params params = {.account_key = a.key};
	struct belgo_op *op = NULL;

	(void)state;
	world_breaks_off(w, WORLD_TOKEN);
	assert_int_equal(belgo_token_op(&op, world_client(w), &params, NULL), BELGO_OK);
	assert_int_equal(world_finish(op, NULL), BELGO_EUNAVAILABLE);
	assert_null(belgo_op_warning(op, 0));
	belgo_op_free(&op);
	world_free(&w);
}

/* A client whose key lies in the store. */
static struct world *
provider_with_key(void)
{
	struct world *w = provider_up();
	char *key = jose_private_jwk(jose_key("P-256", 0), "\"kid\":\"k\"");
	struct belgo_op *op = NULL;

	assert_int_equal(belgo_client_key_op(&op, world_client(w), WORLD_ISSUER, WORLD_CLIENT, key, NULL),
			 BELGO_OK);
	assert_int_equal(world_run(op, NULL), BELGO_OK);
	free(key);
	return w;
}

static struct belgo_login_params
vouching_params(struct world *w)
{
	return (struct belgo_login_params){.provider = world_provider(w),
					   .client_id = WORLD_CLIENT,
					   .token_endpoint_auth_method = "none",
					   .scope = "read",
					   .jwt_bearer_subject = "robot"};
}

static const char jwt_bearer[] =
    "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=ey";

/* @spec RFC 7523 section 2.1 */
static void
test_client_login__subject_is_whom_the_client_vouches_for(void **state)
{
	struct world *w = provider_with_key();
	struct belgo_login_params params = vouching_params(w);
	struct belgo_op *op = client_login_of(w, &params);
	const struct belgo_account *a;
	struct planted stored = {.subject = "robot"};
	char *first, *token = NULL;

	(void)state;
	answer_token(w, AT1, RT1, NULL);
	assert_int_equal(world_finish(op, NULL), BELGO_OK);
	a = belgo_op_account(op);
	assert_string_equal(a->subject, "robot");
	assert_string_equal(a->name, "op.example:robot");
	assert_string_equal(a->grant, "urn:ietf:params:oauth:grant-type:jwt-bearer");
	assert_false(a->has_refresh_token);
	assert_int_equal(strncmp(world_sent(w, WORLD_TOKEN), jwt_bearer, strlen(jwt_bearer)), 0);
	assert_non_null(strstr(world_sent(w, WORLD_TOKEN), "&scope=read&client_id=" WORLD_CLIENT));
	first = strdup(world_sent(w, WORLD_TOKEN));
	belgo_op_free(&op);

	/* another one whenever one is due, by an assertion of its own */
	planted_name(&stored);
	world_advance(w, 3601);
	answer_token(w, AT2, NULL, NULL);
	assert_int_equal(get_token(w, &stored, NULL, &token, NULL), BELGO_OK);
	assert_string_equal(token, AT2);
	assert_int_equal(strncmp(world_sent(w, WORLD_TOKEN), jwt_bearer, strlen(jwt_bearer)), 0);
	assert_string_not_equal(world_sent(w, WORLD_TOKEN), first);
	assert_true(stored_has(w, &stored, "\"assertion_subject\":\"robot\""));
	free(token);
	free(first);
	world_free(&w);
}

/* Nothing but the grant tells the two apart: what is stored stays, unless it was asked to give way. */
static void
test_client_login__neither_client_nor_user_takes_the_others_account(void **state)
{
	static const char *const grants[] = {NULL, "client_credentials", BG_GRANT_JWT_BEARER};

	(void)state;
	for (size_t i = 0; i < BG_LEN(grants); i++) {
		struct world *w = provider_with_key();
		struct belgo_login_params vouched = vouching_params(w), user = login_params(w);
		struct planted robot = {.subject = "robot", .refresh_token = RT1, .grant = grants[i]};
		int is_users = grants[i] == NULL, is_vouched = bg_str_equal(grants[i], BG_GRANT_JWT_BEARER);
		struct belgo_error err = {0};

		user.token_endpoint_auth_method = "none";
		plant(w, &robot);
		answer_token(w, AT2, NULL, NULL);
		assert_int_equal(world_run(client_login_of(w, &vouched), &err),
				 is_vouched ? BELGO_OK : BELGO_EACCOUNT);
		assert_int_equal(stored_has(w, &robot, RT1), !is_vouched);
		assert_true(is_vouched || strstr(err.text, "and would then be by a client that vouches"));
		plant(w, &robot);
		answer_login(w, "robot", RT2, "", "");
		world_redirect(w, "code=" CODE "&state={state}");
		assert_int_equal(world_run(login_of(w, &user), NULL), is_users ? BELGO_OK : BELGO_EACCOUNT);
		assert_int_equal(stored_has(w, &robot, RT1), !is_users);
		plant(w, &robot);
		vouched.replace = BELGO_REPLACE_ANY_USER;
		answer_token(w, AT3, NULL, NULL);
		assert_int_equal(world_run(client_login_of(w, &vouched), NULL), BELGO_OK);
		assert_true(stored_has(w, &robot, AT3) && !stored_has(w, &robot, RT1));
		world_free(&w);
	}
}

/* Refused by the provider, it is not marked; without a key nothing is asked. */
static void
test_client_login__who_vouches_needs_a_key_that_the_provider_takes(void **state)
{
	struct world *w = provider_with_key(), *without = provider_up();
	struct belgo_login_params params = vouching_params(w), keyless = vouching_params(without);

	(void)state;
	world_answer(w, WORLD_TOKEN, 400, "{\"error\":\"invalid_grant\"}");
	assert_int_equal(world_run(client_login_of(w, &params), NULL), BELGO_EDENIED);
	assert_int_equal(world_run(client_login_of(without, &keyless), NULL), BELGO_ENOCLIENT);
	assert_int_equal(world_count(without, "POST " WORLD_TOKEN), 0);
	world_free(&w);
	world_free(&without);
}

static void
test_client_login__subjects_are_checked_and_no_users(void **state)
{
	static const char *const bad[] = {"", "a\tb", "\xc3\xa9"};
	struct world *w = provider_up();
	struct belgo_login_params params = vouching_params(w);
	struct belgo_op *op = NULL;
	char longest[BG_MAX_SUBJECT + 2];

	(void)state;
	memset(longest, 'a', sizeof(longest));
	longest[BG_MAX_SUBJECT] = '\0';
	params.jwt_bearer_subject = longest;
	assert_int_equal(belgo_client_login_op(&op, world_client(w), &params, NULL), BELGO_OK);
	belgo_op_free(&op);
	longest[BG_MAX_SUBJECT] = 'a';
	longest[BG_MAX_SUBJECT + 1] = '\0';
	assert_int_equal(belgo_client_login_op(&op, world_client(w), &params, NULL), BELGO_EINVAL);
	for (size_t i = 0; i < BG_LEN(bad); i++) {
		params.jwt_bearer_subject = bad[i];
		assert_row(bad[i],
			   belgo_client_login_op(&op, world_client(w), &params, NULL) == BELGO_EINVAL);
	}
	params = login_params(w);
	params.jwt_bearer_subject = "robot";
	assert_int_equal(belgo_login_op(&op, world_client(w), &params, NULL), BELGO_EINVAL);
	assert_int_equal(belgo_device_login_op(&op, world_client(w), &params, NULL), BELGO_EINVAL);
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_client_login__account_is_the_clients_and_has_no_refresh_token),
	    cmocka_unit_test(test_client_login__usual_scopes_of_users_are_not_asked_for),
	    cmocka_unit_test(test_client_login__client_without_credentials_asks_for_nothing),
	    cmocka_unit_test(test_client_login__what_only_a_user_has_is_refused),
	    cmocka_unit_test(test_client_login__refusals_store_nothing),
	    cmocka_unit_test(test_client_login__token_is_asked_for_anew_whenever_one_is_due),
	    cmocka_unit_test(test_client_login__further_tokens_are_asked_for_likewise),
	    cmocka_unit_test(test_client_login__refusal_never_marks_the_account),
	    cmocka_unit_test(test_client_login__echoed_secret_is_masked),
	    cmocka_unit_test(test_client_login__broken_off_answer_costs_nothing),
	    cmocka_unit_test(test_client_login__subject_is_whom_the_client_vouches_for),
	    cmocka_unit_test(test_client_login__neither_client_nor_user_takes_the_others_account),
	    cmocka_unit_test(test_client_login__who_vouches_needs_a_key_that_the_provider_takes),
	    cmocka_unit_test(test_client_login__subjects_are_checked_and_no_users),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
