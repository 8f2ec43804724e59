/* Which account a login makes or renews: names, other users, scopes, and providers without ID tokens. */
#include "fixture.h"

static struct belgo_op *
login_as(struct world *w, const char *subject, const struct belgo_login_params *params)
{
	char email[64];

	(void)snprintf(email, sizeof(email), ",\"email\":\"%s@op.example\"", subject);
	answer_login(w, subject, RT2, email, ",\"expires_in\":3600");
	world_redirect(w, "code=" CODE "&state={state}");
	return login_of(w, params);
}

static void
test_login_account__name_follows_user_and_provider(void **state)
{
	static const struct {
		const char *name;
		const char *claims;
		const char *want;
	} rows[] = {
	    {"e-mail", ",\"email\":\"a@b.example\"", "op.example:a@b.example"},
	    {"blanks and slashes", ",\"email\":\"a b/c@d.example\"", "op.example:a_b_c@d.example"},
	    {"words of a shell", ",\"email\":\"$(id)`;&|'a@d.example\"", "op.example:__id______a@d.example"},
	    {"not ASCII", ",\"email\":\"\\u00e4@d.example\"", "op.example:__@d.example"},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = provider_up();
		struct belgo_login_params params = login_params(w);
		struct belgo_op *op = NULL;

		answer_login(w, "alice", RT2, rows[i].claims, "");
		world_redirect(w, "code=" CODE "&state={state}");
		op = login_of(w, &params);
		assert_row(rows[i].name, world_finish(op, NULL) == BELGO_OK);
		assert_row(rows[i].name, strcmp(belgo_op_account(op)->name, rows[i].want) == 0);
		assert_row(rows[i].name, belgo_account_name_is_valid(belgo_op_account(op)->name));
		belgo_op_free(&op);
		world_free(&w);
	}
}

static void
test_login_account__renewal_keeps_name_and_time_of_creation(void **state)
{
	static const struct {
		const char *name;
		const char *asked;
		const char *want;
	} rows[] = {{"without a name", NULL, "work"},
		    {"with its name", "work", "work"},
		    {"with another", "home", "home"}};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = provider_up();
		struct belgo_login_params params = login_params(w);
		struct planted a = {.name = "work", .refresh_token = RT1, .needs_login = 1};
		struct belgo_op *op = NULL;

		plant(w, &a);
		params.account_name = rows[i].asked;
		op = login_as(w, "alice", &params);
		assert_row(rows[i].name, world_finish(op, NULL) == BELGO_OK);
		assert_row(rows[i].name, strcmp(belgo_op_account(op)->name, rows[i].want) == 0);
		assert_row(rows[i].name, belgo_op_account(op)->created_at == 1700000000);
		assert_row(rows[i].name, !belgo_op_account(op)->needs_login);
		assert_row(rows[i].name, stored_has(w, &a, RT2) && !stored_has(w, &a, RT1));
		belgo_op_free(&op);
		world_free(&w);
	}
}

static void
test_login_account__another_user_under_a_taken_name_is_refused(void **state)
{
	static const struct {
		const char *name;
		const char *email;
		const char *text;
	} rows[] = {
	    {"known by e-mail", "bob@op.example",
	     "you signed in as alice@op.example, but the account work is bob@op.example"},
	    {"known by subject", NULL, "you signed in as alice@op.example, but the account work is bob"},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = provider_up();
		struct belgo_login_params params = login_params(w);
		struct planted b = {
		    .subject = "bob", .name = "work", .email = rows[i].email, .refresh_token = RT1};
		struct belgo_error err = {0};

		plant(w, &b);
		params.account_name = "work";
		assert_row(rows[i].name, world_run(login_as(w, "alice", &params), &err) == BELGO_EACCOUNT);
		assert_row(rows[i].name, strcmp(err.text, rows[i].text) == 0);
		assert_row(rows[i].name, stored_has(w, &b, RT1) && world_count(w, "put") == 0);
		assert_row(rows[i].name, strcmp(world_page_message(w), rows[i].text) == 0);
		world_free(&w);
	}
}

static void
test_login_account__same_user_through_another_client_is_told_so(void **state)
{
	struct world *w = provider_up();
	struct belgo_login_params params = login_params(w);
	struct planted a = {.name = "work", .refresh_token = RT1};
	struct belgo_error err = {0};

	(void)state;
	plant(w, &a);
	params.account_name = "work";
	params.client_id = "client-2";
	params.extra_client_ids = (const char *const[]){WORLD_CLIENT};
	params.n_extra_client_ids = 1;
	assert_int_equal(world_run(login_as(w, "alice", &params), &err), BELGO_EACCOUNT);
	assert_string_equal(err.text, "the account work is this user's through another client id");
	assert_true(stored_has(w, &a, RT1));
	world_free(&w);
}

static void
test_login_account__another_user_replaces_where_that_was_asked(void **state)
{
	struct world *w = provider_up();
	struct belgo_login_params params = login_params(w);
	struct planted a = {0}, b = {.subject = "bob", .name = "work", .refresh_token = RT1};

	(void)state;
	planted_name(&a);
	plant(w, &b);
	params.account_name = "work";
	params.replace = BELGO_REPLACE_ANY_USER;
	assert_int_equal(world_run(login_as(w, "alice", &params), NULL), BELGO_OK);
	assert_true(stored_has(w, &a, RT2));
	assert_null(world_store_value(w, b.store_key));
	assert_true(world_came_before(w, "put", "remove"));
	assert_null(world_cached_token(w));
	world_free(&w);
}

/* Two accounts of one name would be worse than an old one whose lock was not had. */
static void
test_login_account__old_account_is_not_kept_by_whoever_holds_it(void **state)
{
	(void)state;
	for (int cancelled = 0; cancelled <= 1; cancelled++) {
		struct world *w = provider_up();
		struct belgo_login_params params = login_params(w);
		struct planted a = {0}, b = {.subject = "bob", .name = "work", .refresh_token = RT1};
		struct belgo_op *op = NULL;

		planted_name(&a);
		plant(w, &b);
		params.account_name = "work";
		params.replace = BELGO_REPLACE_ANY_USER;
		op = login_as(w, "alice", &params);
		world_drive_until(w, op, "put");
		world_hold_locks(w, 77);
		if (cancelled)
			belgo_op_cancel(op);
		world_let_time_pass(w);
		assert_int_equal(world_drive(w, op, NULL), BELGO_OK);
		assert_true(stored_has(w, &a, RT2));
		assert_null(world_store_value(w, b.store_key));
		belgo_op_free(&op);
		world_free(&w);
	}
}

static void
test_login_account__old_account_that_cannot_be_removed_is_warned_of(void **state)
{
	struct world *w = provider_up();
	struct belgo_login_params params = login_params(w);
	struct planted b = {.subject = "bob", .name = "work", .refresh_token = RT1};
	struct belgo_op *op = NULL;

	(void)state;
	plant(w, &b);
	params.account_name = "work";
	params.replace = BELGO_REPLACE_ANY_USER;
	world_store_fails(w, BG_STORE_REMOVE, BELGO_EIO, 0);
	op = login_as(w, "alice", &params);
	assert_int_equal(world_finish(op, NULL), BELGO_OK);
	assert_true(has_warning(op, "could not be removed"));
	belgo_op_free(&op);
	world_free(&w);
}

static void
test_login_account__renewing_alone_makes_no_account(void **state)
{
	static const struct {
		const char *name;
		const char *asked;
		enum belgo_scope_mode mode;
		const char *who;
		belgo_rc want;
		size_t prompts;
	} rows[] = {
	    {"no such name", "home", BELGO_SCOPE_REPLACE, "alice", BELGO_ENOTFOUND, 0},
	    {"no such name to widen", "home", BELGO_SCOPE_ADD, "alice", BELGO_ENOTFOUND, 0},
	    {"a user who has none", NULL, BELGO_SCOPE_REPLACE, "carol", BELGO_EACCOUNT, 1},
	    {"its user", "work", BELGO_SCOPE_REPLACE, "alice", BELGO_OK, 1},
	    {"its user, unnamed", NULL, BELGO_SCOPE_REPLACE, "alice", BELGO_OK, 1},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = provider_up();
		struct belgo_login_params params = login_params(w);
		struct planted a = {.name = "work", .refresh_token = RT1};

		plant(w, &a);
		params.account_name = rows[i].asked;
		params.existing = BELGO_EXISTING_ONLY;
		params.scope_mode = rows[i].mode;
		assert_row(rows[i].name, world_run(login_as(w, rows[i].who, &params), NULL) == rows[i].want);
		assert_row(rows[i].name, world_count(w, "prompt") == rows[i].prompts);
		world_free(&w);
	}
}

static void
test_login_account__scopes_are_added_to_what_one_account_has(void **state)
{
	struct planted alice = {.name = "work", .scope = "openid email", .refresh_token = RT1};
	struct planted bob = {.subject = "bob", .scope = "openid"};
	struct planted elsewhere = {.subject = "carol", .issuer = "https://other.example", .scope = "openid"};
	struct world *w = provider_up();
	struct belgo_login_params params = login_params(w);
	struct belgo_error err = {0};

	(void)state;
	plant(w, &elsewhere);
	params.scope = "files";
	params.scope_mode = BELGO_SCOPE_ADD;
	assert_int_equal(world_run(login_of(w, &params), &err), BELGO_ENOTFOUND);
	assert_non_null(strstr(err.text, "there is no account yet"));
	err = (struct belgo_error){0};
	plant(w, &alice);
	assert_int_equal(world_run(login_as(w, "alice", &params), NULL), BELGO_OK);
	assert_string_equal(world_url_param(w, "scope"), "openid email files");
	plant(w, &alice);
	plant(w, &bob);
	assert_int_equal(world_run(login_of(w, &params), &err), BELGO_EAMBIGUOUS);
	assert_string_equal(err.text, "scopes can only be added to one account: name it");
	params.account_name = "work";
	assert_int_equal(world_run(login_as(w, "alice", &params), NULL), BELGO_OK);
	assert_string_equal(world_url_param(w, "scope"), "openid email files");
	world_free(&w);
}

static void
test_login_account__details_of_the_login_are_kept_for_the_refresh(void **state)
{
	static const char *const resources[] = {"https://api.example/"}, *const more[] = {"other"};
	struct world *w = provider_up();
	struct belgo_login_params params = login_params(w);
	struct planted a = {0};

	(void)state;
	planted_name(&a);
	params.resources = resources;
	params.n_resources = 1;
	params.extra_client_ids = more;
	params.n_extra_client_ids = 1;
	params.client_secret = CLIENT_SECRET;
	params.token_endpoint_auth_method = "client_secret_basic";
	assert_int_equal(world_run(login_as(w, "alice", &params), NULL), BELGO_OK);
	assert_true(stored_has(w, &a, "\"resources\":[\"https://api.example/\"]"));
	assert_true(stored_has(w, &a, "\"client_ids\":[\"other\"]"));
	assert_true(stored_has(w, &a, "\"token_endpoint_auth_method\":\"client_secret_basic\""));
	assert_true(stored_has(w, &a, "\"redirect_uri\":\"http://127.0.0.1:40000/callback/"));
	assert_true(stored_has(w, &a, "\"nonce\":"));
	assert_false(stored_has(w, &a, CLIENT_SECRET));
	world_free(&w);
}

/* @spec RFC 6749 section 5.1: a scope that is not stated is the one that was asked for */
static void
test_login_account__scope_that_is_never_stated_outlives_a_refresh(void **state)
{
	struct world *w = provider_up();
	struct belgo_login_params params = login_params(w);
	struct belgo_token_params now = {.mode = BELGO_REFRESH_NOW};
	struct planted a = {0};
	char *token = NULL;

	(void)state;
	planted_name(&a);
	params.scope = "openid files";
	assert_int_equal(world_run(login_as(w, "alice", &params), NULL), BELGO_OK);
	assert_true(stored_has(w, &a, "\"scope\":\"openid files\""));
	world_advance(w, 60);
	answer_token(w, AT2, RT3, NULL);
	assert_int_equal(get_token(w, &a, &now, &token, NULL), BELGO_OK);
	assert_true(stored_has(w, &a, RT3) && stored_has(w, &a, "\"scope\":\"openid files\""));
	free(token);
	world_free(&w);
}

#define CHALLENGE                                                                                            \
	"Bearer error=\"insufficient_user_authentication\", acr_values=\"gold\", max_age=\"5\", "            \
	"scope=\"files\""

/* @spec RFC 9470 section 4; RFC 6750 section 3.1 */
static void
test_login_account__challenge_is_met_and_what_was_granted_is_kept(void **state)
{
	static const struct {
		const char *name, *challenge, *more, *scope, *acr_values, *max_age;
	} rows[] = {
	    {"all", CHALLENGE, NULL, "openid email files", "gold", "5"},
	    {"scopes besides", CHALLENGE, "notes files", "openid email notes files", "gold", "5"},
	    {"no scope", "DPoP error=\"insufficient_user_authentication\", max_age=0", NULL, "openid email",
	     NULL, "0"},
	    {"scope alone", "Bearer error=\"insufficient_scope\", scope=\"email files\"", NULL,
	     "openid email files", NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct planted alice = {.name = "work", .scope = "openid email", .refresh_token = RT1};
		struct world *w = provider_up();
		struct belgo_login_params params = login_params(w);

		plant(w, &alice);
		params.challenge = rows[i].challenge;
		params.scope = rows[i].more;
		params.scope_mode = rows[i].more != NULL ? BELGO_SCOPE_ADD : BELGO_SCOPE_REPLACE;
		world_redirect(w, "error=access_denied&state={state}");
		assert_row(rows[i].name, world_run(login_of(w, &params), NULL) == BELGO_ECANCELLED);
		assert_row(rows[i].name, bg_str_equal(world_url_param(w, "scope"), rows[i].scope));
		assert_row(rows[i].name, bg_str_equal(world_url_param(w, "acr_values"), rows[i].acr_values));
		assert_row(rows[i].name, bg_str_equal(world_url_param(w, "max_age"), rows[i].max_age));
		world_free(&w);
	}
}

static void
test_login_account__challenge_that_is_none_or_is_contradicted_is_refused(void **state)
{
	struct world *w = provider_up();
	struct belgo_login_params good = login_params(w), rows[4] = {good, good, good, good};
	struct belgo_op *op = NULL;

	(void)state;
	rows[0].acr_values = "tin";
	rows[1].max_age_set = 1;
	rows[2].scope = "openid";
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct belgo_error err = {0};

		rows[i].challenge = i < 3 ? CHALLENGE : "Bearer error=\"invalid_token\"";
		assert_int_equal(belgo_login_op(&op, world_client(w), &rows[i], &err), BELGO_EINVAL);
		assert_non_null(strstr(err.text, "challenge"));
	}
	assert_null(op);
	world_free(&w);
}

/* A plain OAuth server, all of it in a preset. */
static struct belgo_provider *
oauth_provider(const char *userinfo)
{
	struct belgo_provider *p = NULL;
	char preset[1024];

	(void)snprintf(
	    preset, sizeof(preset),
	    "{\"id\":\"forge\",\"name\":\"Forge\",\"kind\":\"oauth2\",\"issuer\":\"https://forge.example\","
	    "\"discovery\":\"none\",\"authorization_endpoint\":\"https://forge.example/auth\","
	    "\"token_endpoint\":\"https://forge.example/token\"%s,\"scope\":\"read\",\"pkce\":\"assumed\","
	    "\"redirect_host\":\"localhost\",\"redirect_path\":\"/cb\",\"redirect_ports\":[8001],"
	    "\"response_mode\":\"form_post\",\"client_id\":\"" WORLD_CLIENT "\"}",
	    userinfo);
	assert_int_equal(belgo_provider_from_json(&p, preset, strlen(preset), "test", NULL), BELGO_OK);
	return p;
}

static void
test_login_account__provider_without_openid_is_asked_who_it_was(void **state)
{
	struct belgo_provider *p = oauth_provider(",\"userinfo_endpoint\":\"https://forge.example/user\"");
	struct world *w = world_new();
	struct belgo_login_params params = login_params(w);
	struct belgo_op *op = NULL;
	char *unasked = id_token_of(w, "mallory", ""), *reply = token_reply(AT1, NULL, unasked, "");

	(void)state;
	params.provider = p;
	params.client_id = NULL;
	world_answer(w, "https://forge.example/token", 200, reply);
	world_answer(w, "https://forge.example/user", 200,
		     "{\"id\":42,\"name\":\"Al\",\"avatar_url\":\"https://p.example/\"}");
	world_redirect(w, "code=" CODE "&state={state}");
	op = login_of(w, &params);
	assert_int_equal(world_finish(op, NULL), BELGO_OK);
	assert_string_equal(belgo_op_account(op)->subject, "42");
	assert_string_equal(belgo_op_account(op)->name, "forge:42");
	assert_string_equal(belgo_op_account(op)->display_name, "Al");
	assert_string_equal(belgo_op_account(op)->provider, "forge");
	assert_string_equal(belgo_op_account(op)->issuer, "https://forge.example");
	assert_null(belgo_op_account(op)->claims);
	assert_null(belgo_op_token(op)->id_token);
	assert_null(world_url_param(w, "nonce"));
	assert_string_equal(world_url_param(w, "response_mode"), "form_post");
	assert_string_equal(world_url_param(w, "redirect_uri"), "http://localhost:8001/cb");
	assert_int_equal(world_listening(w)->mode, BELGO_RESPONSE_FORM_POST);
	assert_int_equal(world_count(w, "GET " WORLD_JWKS), 0);
	belgo_op_free(&op);
	free(unasked);
	free(reply);
	world_free(&w);
	belgo_provider_free(&p);
}

static void
test_login_account__user_that_nobody_names_is_no_account(void **state)
{
	static const struct {
		const char *name;
		const char *endpoint;
		const char *userinfo;
		belgo_rc want;
	} rows[] = {
	    {"no endpoint", "", NULL, BELGO_EPROTO},
	    {"no subject", ",\"userinfo_endpoint\":\"https://forge.example/user\"", "{\"name\":\"Al\"}",
	     BELGO_ECLAIM},
	    {"refused", ",\"userinfo_endpoint\":\"https://forge.example/user\"", NULL, BELGO_EDENIED},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct belgo_provider *p = oauth_provider(rows[i].endpoint);
		struct world *w = world_new();
		struct belgo_login_params params = login_params(w);
		char *reply = token_reply(AT1, NULL, NULL, "");

		params.provider = p;
		world_answer(w, "https://forge.example/token", 200, reply);
		if (rows[i].userinfo != NULL)
			world_answer(w, "https://forge.example/user", 200, rows[i].userinfo);
		world_redirect(w, "code=" CODE "&state={state}");
		assert_row(rows[i].name, world_run(login_of(w, &params), NULL) == rows[i].want);
		assert_row(rows[i].name, world_count(w, "put") == 0);
		free(reply);
		world_free(&w);
		belgo_provider_free(&p);
	}
}

static belgo_rc
map_no_subject(struct bg_profile *out, const struct belgo_provider *provider, const json_t *claims,
	       struct belgo_error *err)
{
	(void)out;
	(void)provider;
	(void)claims;
	(void)err;
	return BELGO_OK;
}

static void
test_login_account__strategy_that_finds_no_subject_makes_no_account(void **state)
{
	static const struct bg_hooks hooks = {.map_profile = map_no_subject};
	struct belgo_provider *p = oauth_provider(",\"userinfo_endpoint\":\"https://forge.example/user\"");
	struct world *w = world_new();
	struct belgo_login_params params = login_params(w);
	char *reply = token_reply(AT1, NULL, NULL, "");

	(void)state;
	p->hooks = &hooks;
	params.provider = p;
	world_answer(w, "https://forge.example/token", 200, reply);
	world_answer(w, "https://forge.example/user", 200, "{\"login\":\"al\"}");
	world_redirect(w, "code=" CODE "&state={state}");
	assert_int_equal(world_run(login_of(w, &params), NULL), BELGO_ECLAIM);
	free(reply);
	world_free(&w);
	belgo_provider_free(&p);
}

/* Its metadata knows neither the scope nor the algorithms of OpenID Connect. */
static void
test_login_account__bare_issuer_without_openid_needs_no_id_token(void **state)
{
	struct world *w = world_new();
	struct belgo_login_params params = login_params(w);
	struct belgo_op *op = NULL;

	(void)state;
	world_answer(
	    w, WORLD_METADATA, 200,
	    "{\"issuer\":\"" WORLD_ISSUER "\",\"authorization_endpoint\":\"" WORLD_ISSUER
	    "/auth\",\"token_endpoint\":\"" WORLD_TOKEN "\",\"userinfo_endpoint\":\"" WORLD_USERINFO
	    "\",\"response_types_supported\":[\"code\"],\"code_challenge_methods_supported\":[\"S256\"],"
	    "\"scopes_supported\":[\"read\"]}");
	answer_token(w, AT1, RT1, NULL);
	world_answer(w, WORLD_USERINFO, 200, "{\"sub\":\"alice\"}");
	world_redirect(w, "code=" CODE "&state={state}");
	op = login_of(w, &params);
	assert_int_equal(world_finish(op, NULL), BELGO_OK);
	assert_null(world_url_param(w, "scope"));
	assert_null(world_url_param(w, "nonce"));
	belgo_op_free(&op);
	world_free(&w);
}

static void
test_login_account__openid_can_be_left_out(void **state)
{
	struct world *w = provider_up();
	struct belgo_login_params params = login_params(w);

	(void)state;
	params.openid_mode = BELGO_OPENID_NEVER;
	answer_token(w, AT1, RT1, NULL);
	world_answer(w, WORLD_USERINFO, 200, "{\"sub\":\"alice\"}");
	world_redirect(w, "code=" CODE "&state={state}");
	assert_int_equal(world_run(login_of(w, &params), NULL), BELGO_OK);
	assert_null(world_url_param(w, "nonce"));
	assert_null(strstr(world_url_param(w, "scope"), "openid"));
	world_free(&w);
}

static void
test_login_account__page_says_where_it_is_kept(void **state)
{
	static char keyring[] = "keyring", file[] = "file:/home/a", memory[] = "memory";
	static const struct {
		char *uri;
		const char *want;
	} rows[] = {
	    {keyring, "the system keyring"}, {file, "the encrypted file store"}, {memory, "memory only"}};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = provider_up();
		struct belgo_login_params params = login_params(w);

		world_store(w)->uri = rows[i].uri;
		assert_int_equal(world_run(login_as(w, "alice", &params), NULL), BELGO_OK);
		assert_string_equal(world_page_stored_in(w), rows[i].want);
		world_free(&w);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_login_account__name_follows_user_and_provider),
	    cmocka_unit_test(test_login_account__renewal_keeps_name_and_time_of_creation),
	    cmocka_unit_test(test_login_account__another_user_under_a_taken_name_is_refused),
	    cmocka_unit_test(test_login_account__same_user_through_another_client_is_told_so),
	    cmocka_unit_test(test_login_account__another_user_replaces_where_that_was_asked),
	    cmocka_unit_test(test_login_account__old_account_is_not_kept_by_whoever_holds_it),
	    cmocka_unit_test(test_login_account__old_account_that_cannot_be_removed_is_warned_of),
	    cmocka_unit_test(test_login_account__renewing_alone_makes_no_account),
	    cmocka_unit_test(test_login_account__scopes_are_added_to_what_one_account_has),
	    cmocka_unit_test(test_login_account__scope_that_is_never_stated_outlives_a_refresh),
	    cmocka_unit_test(test_login_account__challenge_is_met_and_what_was_granted_is_kept),
	    cmocka_unit_test(test_login_account__challenge_that_is_none_or_is_contradicted_is_refused),
	    cmocka_unit_test(test_login_account__details_of_the_login_are_kept_for_the_refresh),
	    cmocka_unit_test(test_login_account__provider_without_openid_is_asked_who_it_was),
	    cmocka_unit_test(test_login_account__user_that_nobody_names_is_no_account),
	    cmocka_unit_test(test_login_account__strategy_that_finds_no_subject_makes_no_account),
	    cmocka_unit_test(test_login_account__bare_issuer_without_openid_needs_no_id_token),
	    cmocka_unit_test(test_login_account__openid_can_be_left_out),
	    cmocka_unit_test(test_login_account__page_says_where_it_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
