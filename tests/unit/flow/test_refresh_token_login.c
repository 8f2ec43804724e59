/* A login by a refresh token that another program was given: spent once, judged as a login, stored. */
#include "fixture.h"

#include "base/digest.h"
#include "harness/jose_make.h"

#define NAME "moved"

static struct belgo_login_params
moved_params(struct world *w)
{
	return (struct belgo_login_params){.provider = world_provider(w),
					   .client_id = WORLD_CLIENT,
					   .refresh_token = RT1,
					   .scope = "openid email",
					   .account_name = NAME};
}

static belgo_rc
sign_in(struct world *w, const struct belgo_login_params *params, struct belgo_error *err)
{
	struct belgo_op *op = NULL;

	assert_int_equal(belgo_refresh_token_login_op(&op, world_client(w), params, NULL), BELGO_OK);
	return world_run(op, err);
}

static struct planted
alice(void)
{
	struct planted a = {0};

	planted_name(&a);
	return a;
}

#define WITH_EMAIL ",\"email\":\"alice@op.example\""

/* @spec RFC 6749 section 6; OpenID Connect Core section 12.2 */
static void
test_refresh_token_login__stores_what_came_for_the_token(void **state)
{
	struct world *w = provider_up();
	struct belgo_login_params params = moved_params(w);
	struct belgo_op *op = NULL;
	const struct belgo_account *account;
	struct planted a = alice();

	(void)state;
	answer_token(w, AT1, RT2, id_token_of(w, "alice", WITH_EMAIL));
	assert_int_equal(belgo_refresh_token_login_op(&op, world_client(w), &params, NULL), BELGO_OK);
	assert_int_equal(world_finish(op, NULL), BELGO_OK);
	account = belgo_op_account(op);
	assert_string_equal(account->name, NAME);
	assert_string_equal(account->key, a.key);
	assert_string_equal(account->subject, "alice");
	assert_string_equal(account->email, "alice@op.example");
	assert_string_equal(account->scope, "openid email");
	assert_null(account->grant);
	assert_non_null(account->claims);
	assert_string_equal(world_sent(w, WORLD_TOKEN),
			    "grant_type=refresh_token&refresh_token=" RT1 "&client_id=" WORLD_CLIENT);
	assert_int_equal(world_count(w, "POST " WORLD_TOKEN), 1);
	assert_true(stored_has(w, &a, RT2));
	assert_false(stored_has(w, &a, RT1));
	assert_null(strstr(world_log(w), WORLD_SECRET));
	belgo_op_free(&op);
	world_free(&w);
}

static void
test_refresh_token_login__account_refreshes_like_any(void **state)
{
	struct world *w = provider_up();
	struct belgo_login_params params = moved_params(w);
	struct belgo_token_params now = {.mode = BELGO_REFRESH_NOW};
	struct planted a = alice();
	char *token = NULL;

	(void)state;
	answer_token(w, AT1, RT2, id_token_of(w, "alice", WITH_EMAIL));
	assert_int_equal(sign_in(w, &params, NULL), BELGO_OK);
	world_advance(w, 60);
	answer_token(w, AT2, RT3, id_token_of(w, "alice", ""));
	assert_int_equal(get_token(w, &a, &now, &token, NULL), BELGO_OK);
	assert_string_equal(token, AT2);
	assert_non_null(strstr(world_sent(w, WORLD_TOKEN), "refresh_token=" RT2));
	assert_true(stored_has(w, &a, RT3));
	free(token);
	world_free(&w);
}

static void
test_refresh_token_login__token_that_is_not_replaced_stays(void **state)
{
	struct world *w = provider_up();
	struct belgo_login_params params = moved_params(w);
	struct planted a = alice();

	(void)state;
	answer_token(w, AT1, NULL, id_token_of(w, "alice", WITH_EMAIL));
	assert_int_equal(sign_in(w, &params, NULL), BELGO_OK);
	assert_true(stored_has(w, &a, RT1));
	world_free(&w);
}

static void
test_refresh_token_login__userinfo_says_who_it_is_without_an_id_token(void **state)
{
	struct world *w = provider_up();
	struct belgo_login_params params = moved_params(w);
	struct planted a = alice();

	(void)state;
	answer_token(w, AT1, RT2, NULL);
	world_answer(w, WORLD_USERINFO, 200, "{\"sub\":\"alice\",\"email\":\"alice@op.example\"}");
	assert_int_equal(sign_in(w, &params, NULL), BELGO_OK);
	assert_true(stored_has(w, &a, RT2));
	assert_true(stored_has(w, &a, "alice@op.example"));
	world_free(&w);
}

/* What waits for the account to be stored; NULL: nothing. */
static const char *
waiting(const struct world *w)
{
	const char *parts[] = {"moved", WORLD_ISSUER, WORLD_CLIENT, RT1};
	char subject[BG_ID_SIZE], id[BG_ID_SIZE], key[BG_KEY_SIZE];

	assert_int_equal(bg_digest_id(subject, parts, BG_LEN(parts)), BELGO_OK);
	assert_int_equal(bg_account_key(id, WORLD_ISSUER, WORLD_CLIENT, subject, NULL), BELGO_OK);
	bg_store_key(key, "moved", id);
	return world_store_value(w, key);
}

/* Each reply to a token that is sent; no account is stored. What was not refused waits. NULL: no ID token. */
static void
test_refresh_token_login__answer_that_proves_nothing_is_refused(void **state)
{
	static const struct {
		const char *name;
		int status;
		const char *subject, *claims;
		const char *error;
		belgo_rc want;
		int waits;
	} rows[] = {
	    {"a spent token", 400, NULL, NULL, "invalid_grant", BELGO_ELOGIN, 0},
	    {"another client", 401, NULL, NULL, "invalid_client", BELGO_EDENIED, 0},
	    {"nobody says who it is", 200, NULL, NULL, NULL, BELGO_ELOGIN, 1},
	    {"another authorized party", 200, "alice", ",\"azp\":\"other\"", NULL, BELGO_ECLAIM, 0},
	    {"another access token", 200, "alice", ",\"at_hash\":\"AAAAAAAAAAAAAAAAAAAAAA\"", NULL,
	     BELGO_ECLAIM, 0},
	    {"not valid yet", 200, "alice", ",\"nbf\":9999999999", NULL, BELGO_ECLAIM, 0},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = provider_up();
		struct belgo_login_params params = moved_params(w);
		struct belgo_error err = {0};
		char body[64];
		belgo_rc rc;

		(void)snprintf(body, sizeof(body), "{\"error\":\"%s\"}", rows[i].error);
		if (rows[i].error != NULL)
			world_answer(w, WORLD_TOKEN, rows[i].status, body);
		else
			answer_token(w, AT1, RT2,
				     rows[i].subject != NULL ? id_token_of(w, rows[i].subject, rows[i].claims)
							     : NULL);
		world_answer(w, WORLD_USERINFO, 401, "{}");
		rc = sign_in(w, &params, &err);
		assert_row(rows[i].name, rc == rows[i].want && world_count(w, "lock") == 1 &&
					     (waiting(w) != NULL) == rows[i].waits &&
					     world_count(w, "POST " WORLD_TOKEN) == 1 &&
					     strstr(err.text, WORLD_SECRET) == NULL);
		world_free(&w);
	}
}

/* What can be known without the token is known before it is sent. */
static void
test_refresh_token_login__token_is_not_spent_for_a_name_that_is_taken(void **state)
{
	struct world *w = provider_up();
	struct belgo_login_params params = moved_params(w);
	struct planted bob = {.subject = "bob"}, a = alice();

	(void)state;
	plant(w, &bob);
	params.account_name = "bob";
	assert_int_equal(sign_in(w, &params, NULL), BELGO_EACCOUNT);
	assert_int_equal(world_count(w, "POST " WORLD_TOKEN), 0);
	params.replace = BELGO_REPLACE_ANY_USER;
	answer_token(w, AT1, RT2, id_token_of(w, "alice", WITH_EMAIL));
	assert_int_equal(sign_in(w, &params, NULL), BELGO_OK);
	assert_true(stored_has(w, &a, RT2));
	world_free(&w);
}

static void
test_refresh_token_login__usual_scopes_are_not_taken_for_granted(void **state)
{
	struct world *w = provider_up();
	struct belgo_login_params params = moved_params(w);
	struct belgo_op *op = NULL;

	(void)state;
	params.scope = NULL;
	answer_token(w, AT1, RT2, id_token_of(w, "alice", WITH_EMAIL));
	assert_int_equal(belgo_refresh_token_login_op(&op, world_client(w), &params, NULL), BELGO_OK);
	assert_int_equal(world_finish(op, NULL), BELGO_OK);
	assert_string_equal(belgo_op_account(op)->scope, "");
	assert_null(strstr(world_sent(w, WORLD_TOKEN), "scope="));
	belgo_op_free(&op);
	world_free(&w);
}

static void
test_refresh_token_login__what_no_refresh_can_carry_is_refused(void **state)
{
	static const struct {
		const char *name;
		struct belgo_login_params more;
	} rows[] = {
	    {"no name", {.refresh_token = RT1}},
	    {"no token", {.account_name = NAME}},
	    {"an empty token", {.account_name = NAME, .refresh_token = ""}},
	    {"a token with a line break", {.account_name = NAME, .refresh_token = "a\nb"}},
	    {"prompt", {.account_name = NAME, .refresh_token = RT1, .prompt = "login"}},
	    {"dpop", {.account_name = NAME, .refresh_token = RT1, .dpop = BELGO_DPOP_ON}},
	    {"subject", {.account_name = NAME, .refresh_token = RT1, .jwt_bearer_subject = "x"}},
	};
	struct world *w = provider_up();
	struct belgo_login_params client = moved_params(w);
	struct belgo_op *op = NULL;

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct belgo_login_params params = rows[i].more;

		params.provider = world_provider(w);
		params.client_id = WORLD_CLIENT;
		assert_row(rows[i].name, belgo_refresh_token_login_op(&op, world_client(w), &params, NULL) ==
						 BELGO_EINVAL &&
					     op == NULL);
	}
	assert_int_equal(belgo_client_login_op(&op, world_client(w), &client, NULL), BELGO_EINVAL);
	client.refresh_token = NULL;
	client.identity = BELGO_IDENTITY_OPTIONAL;
	assert_int_equal(belgo_client_login_op(&op, world_client(w), &client, NULL), BELGO_EINVAL);
	world_free(&w);
}

/* What the userinfo endpoint answers where there is no ID token: silence will do, what is not believed will
 * not. */
static void
test_refresh_token_login__account_may_be_nobodys_where_that_is_asked_for(void **state)
{
	static const struct {
		const char *name;
		int status;
		const char *body;
		belgo_rc want;
	} rows[] = {
	    {"a token that is not good for it", 401, "{}", BELGO_OK},
	    {"scopes that are not", 403, "{\"error\":\"insufficient_scope\"}", BELGO_OK},
	    {"a server that is down", 503, "", BELGO_OK},
	    {"an answer without a subject", 200, "{\"email\":\"alice@op.example\"}", BELGO_ECLAIM},
	    {"no JSON", 200, "alice", BELGO_EPROTO},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = provider_up();
		struct belgo_login_params params = moved_params(w);
		struct belgo_op *op = NULL;
		const struct belgo_account *account;
		belgo_rc rc;

		params.identity = BELGO_IDENTITY_OPTIONAL;
		answer_token(w, AT1, RT2, NULL);
		world_answer(w, WORLD_USERINFO, rows[i].status, rows[i].body);
		assert_int_equal(belgo_refresh_token_login_op(&op, world_client(w), &params, NULL), BELGO_OK);
		rc = world_finish(op, NULL);
		account = belgo_op_account(op);
		assert_row(rows[i].name,
			   rc == rows[i].want && world_count(w, "put") == 1u + (rc == BELGO_OK) &&
			       (waiting(w) == NULL) == (rc == BELGO_OK) &&
			       (rc != BELGO_OK || (strcmp(account->name, NAME) == 0 &&
						   strcmp(account->grant, "refresh_token") == 0 &&
						   strlen(account->subject) > 20 && account->email == NULL &&
						   account->claims == NULL && account->has_refresh_token &&
						   belgo_op_warning(op, 0) != NULL)));
		belgo_op_free(&op);
		world_free(&w);
	}
}

/* The subject is made up anew each time, so nobody's account is never taken for another. */
static void
test_refresh_token_login__accounts_of_nobody_are_not_each_others(void **state)
{
	struct world *w = provider_up();
	struct belgo_login_params params = moved_params(w);
	struct planted bob = {.subject = "bob", .refresh_token = "kept"};

	(void)state;
	plant(w, &bob);
	params.identity = BELGO_IDENTITY_OPTIONAL;
	world_answer(w, WORLD_USERINFO, 401, "{}");
	answer_token(w, AT1, RT2, NULL);
	assert_int_equal(sign_in(w, &params, NULL), BELGO_OK);
	params.account_name = "another";
	answer_token(w, AT2, RT3, NULL);
	assert_int_equal(sign_in(w, &params, NULL), BELGO_OK);
	assert_int_equal(world_count(w, "put"), 4);
	assert_true(stored_has(w, &bob, "kept"));
	world_free(&w);
}

static void
test_refresh_token_login__id_token_that_came_says_whose_it_is_all_the_same(void **state)
{
	struct world *w = provider_up();
	struct belgo_login_params params = moved_params(w);
	struct planted a = alice();

	(void)state;
	params.identity = BELGO_IDENTITY_OPTIONAL;
	answer_token(w, AT1, RT2, id_token_of(w, "alice", ",\"azp\":\"other\""));
	assert_int_equal(sign_in(w, &params, NULL), BELGO_ECLAIM);
	assert_int_equal(world_count(w, "lock"), 1); /* of what came, and no account's */
	answer_token(w, AT1, RT2, id_token_of(w, "alice", WITH_EMAIL));
	assert_int_equal(sign_in(w, &params, NULL), BELGO_OK);
	assert_true(stored_has(w, &a, RT2));
	world_free(&w);
}

/* @spec OpenID Connect Core section 12.2: it should have none, or else that of a login that was not here */
static void
test_refresh_token_login__nonce_of_the_other_programs_login_is_nobodys_to_know(void **state)
{
	struct world *w = provider_up();
	struct belgo_login_params params = moved_params(w);
	struct planted a = alice();

	(void)state;
	answer_token(w, AT1, RT2, id_token_of(w, "alice", WITH_EMAIL ",\"nonce\":\"n\""));
	assert_int_equal(sign_in(w, &params, NULL), BELGO_OK);
	assert_true(stored_has(w, &a, RT2) && waiting(w) == NULL);
	world_free(&w);
}

/* @spec OpenID Connect Core section 12.2: the original one, or none */
static void
test_refresh_token_login__nonce_that_came_is_the_one_of_later_refreshes(void **state)
{
	static const struct {
		const char *name, *claims;
		belgo_rc want;
	} rows[] = {{"the same", ",\"nonce\":\"n\"", BELGO_OK},
		    {"none", "", BELGO_OK},
		    {"another", ",\"nonce\":\"m\"", BELGO_ECLAIM}};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = provider_up();
		struct belgo_login_params params = moved_params(w);
		struct belgo_token_params now = {.mode = BELGO_REFRESH_NOW};
		struct planted a = alice();
		char *token = NULL;

		answer_token(w, AT1, RT2, id_token_of(w, "alice", WITH_EMAIL ",\"nonce\":\"n\""));
		assert_int_equal(sign_in(w, &params, NULL), BELGO_OK);
		world_advance(w, 60);
		answer_token(w, AT2, RT3, id_token_of(w, "alice", rows[i].claims));
		assert_row(rows[i].name, get_token(w, &a, &now, &token, NULL) == rows[i].want);
		free(token);
		world_free(&w);
	}
}

/* The Date of the token endpoint, as at a refresh; twice as far off it is the ID token that is wrong. */
static void
test_refresh_token_login__clock_that_is_wrong_here_costs_nothing(void **state)
{
	static const struct {
		const char *name;
		int64_t ahead;
		const char *date;
		belgo_rc want;
	} rows[] = {
	    {"it is right", 0, "Fri, 15 Jan 2027 08:00:00 GMT", BELGO_OK},
	    {"fast by two hours", 7200, "Fri, 15 Jan 2027 08:00:00 GMT", BELGO_OK},
	    {"slow by two hours", -7200, "Fri, 15 Jan 2027 08:00:00 GMT", BELGO_OK},
	    {"nobody says so", 7200, NULL, BELGO_ECLAIM},
	    {"by theirs it is too old as well", 0, "Fri, 15 Jan 2027 11:00:00 GMT", BELGO_ECLAIM},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = provider_up();
		struct belgo_login_params params = moved_params(w);
		struct planted a = alice();

		answer_token(w, AT1, RT2, id_token_of(w, "alice", WITH_EMAIL));
		if (rows[i].date != NULL)
			world_answer_header(w, "Date", rows[i].date);
		world_advance(w, rows[i].ahead);
		assert_row(rows[i].name, sign_in(w, &params, NULL) == rows[i].want);
		assert_row(rows[i].name, stored_has(w, &a, RT2) == (rows[i].want == BELGO_OK));
		world_free(&w);
	}
}

static void
userinfo_is_down(struct world *w)
{
	world_answer(w, WORLD_USERINFO, 503, "");
}

/* The set that was fetched before is not the one that the ID token is signed with. */
static void
keys_are_changed_and_away(struct world *w)
{
	char *others = world_key_set(1, "k2");

	world_forget_answers(w, WORLD_JWKS);
	world_answer(w, WORLD_JWKS, 200, others);
	world_answer(w, WORLD_JWKS, 503, "");
	free(others);
}

static void
account_fails_after_that(struct world *w, void *arg)
{
	(void)arg;
	world_store_fails(w, BG_STORE_PUT, BELGO_EIO, 1);
}

static void
lock_of_the_account_is_the_second(struct world *w, void *arg)
{
	(void)arg;
	world_store_before(w, BG_STORE_LOCK, account_fails_after_that, NULL);
}

static void
store_fails_at_the_account(struct world *w)
{
	world_store_before(w, BG_STORE_LOCK, lock_of_the_account_is_the_second, NULL);
}

/* The refresh token that was sent is spent: what came for it is not asked for again. */
static void
test_refresh_token_login__passing_failure_loses_nothing(void **state)
{
	static const struct {
		const char *name;
		void (*go_wrong)(struct world *);
		int has_id_token;
		belgo_rc want;
	} rows[] = {
	    {"userinfo is down", userinfo_is_down, 0, BELGO_EUNAVAILABLE},
	    {"the keys are away", keys_are_changed_and_away, 1, BELGO_EUNAVAILABLE},
	    {"the store fails", store_fails_at_the_account, 1, BELGO_EIO},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = provider_up();
		struct belgo_login_params params = moved_params(w);
		struct planted a = alice();
		char *id_token = rows[i].has_id_token ? id_token_of(w, "alice", WITH_EMAIL) : NULL;

		answer_token(w, AT1, RT2, id_token);
		rows[i].go_wrong(w);
		assert_row(rows[i].name, sign_in(w, &params, NULL) == rows[i].want);
		assert_row(rows[i].name, waiting(w) != NULL && strstr(waiting(w), RT2) != NULL);
		assert_row(rows[i].name, world_store_value(w, a.store_key) == NULL);
		world_restart(w);
		world_advance(w, 600);
		world_jwks(w);
		world_answer(w, WORLD_USERINFO, 200, "{\"sub\":\"alice\"}");
		assert_row(rows[i].name, sign_in(w, &params, NULL) == BELGO_OK);
		assert_row(rows[i].name, world_count(w, "POST " WORLD_TOKEN) == 1);
		assert_row(rows[i].name, stored_has(w, &a, RT2) && waiting(w) == NULL);
		world_free(&w);
	}
}

/* Later on it is the refresh token that came which is sent, and never the first one again. */
static void
test_refresh_token_login__what_waited_too_long_is_refreshed(void **state)
{
	struct world *w = provider_up();
	struct belgo_login_params params = moved_params(w);
	struct planted a = alice();

	(void)state;
	answer_token(w, AT1, RT2, NULL);
	userinfo_is_down(w);
	assert_int_equal(sign_in(w, &params, NULL), BELGO_EUNAVAILABLE);
	world_advance(w, 3600);
	world_no_answer(w, WORLD_TOKEN, BELGO_EUNAVAILABLE);
	assert_int_equal(sign_in(w, &params, NULL), BELGO_EUNAVAILABLE);
	assert_non_null(strstr(waiting(w), RT2));
	answer_token(w, AT2, RT3, id_token_of(w, "alice", WITH_EMAIL));
	assert_int_equal(sign_in(w, &params, NULL), BELGO_OK);
	assert_non_null(strstr(world_sent(w, WORLD_TOKEN), "refresh_token=" RT2));
	assert_true(stored_has(w, &a, RT3) && waiting(w) == NULL);
	world_free(&w);
}

/* Nothing is left of it then. */
static void
test_refresh_token_login__what_waited_and_is_refused_is_dropped(void **state)
{
	struct world *w = provider_up();
	struct belgo_login_params params = moved_params(w);

	(void)state;
	answer_token(w, AT1, RT2, NULL);
	userinfo_is_down(w);
	assert_int_equal(sign_in(w, &params, NULL), BELGO_EUNAVAILABLE);
	world_advance(w, 3600);
	world_answer(w, WORLD_TOKEN, 400, "{\"error\":\"invalid_grant\"}");
	assert_int_equal(sign_in(w, &params, NULL), BELGO_ELOGIN);
	assert_null(waiting(w));
	world_free(&w);
}

/* All of that is known before the token is sent. */
static void
test_refresh_token_login__token_is_not_spent_where_its_answer_could_not_be_kept(void **state)
{
	struct world *full = provider_up(), *locked_up = provider_up();
	struct belgo_login_params params = moved_params(full);

	(void)state;
	world_store_fails(full, BG_STORE_PROBE, BELGO_EIO, 0);
	assert_int_equal(sign_in(full, &params, NULL), BELGO_EIO);
	assert_int_equal(world_count(full, "POST " WORLD_TOKEN), 0);
	params = moved_params(locked_up);
	world_store_fails(locked_up, BG_STORE_GET, BELGO_ELOCKED, 0);
	assert_int_equal(sign_in(locked_up, &params, NULL), BELGO_ELOCKED);
	assert_int_equal(world_count(locked_up, "POST " WORLD_TOKEN), 0);
	world_free(&full);
	world_free(&locked_up);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_refresh_token_login__nonce_of_the_other_programs_login_is_nobodys_to_know),
	    cmocka_unit_test(test_refresh_token_login__nonce_that_came_is_the_one_of_later_refreshes),
	    cmocka_unit_test(test_refresh_token_login__clock_that_is_wrong_here_costs_nothing),
	    cmocka_unit_test(test_refresh_token_login__passing_failure_loses_nothing),
	    cmocka_unit_test(test_refresh_token_login__what_waited_too_long_is_refreshed),
	    cmocka_unit_test(test_refresh_token_login__what_waited_and_is_refused_is_dropped),
	    cmocka_unit_test(test_refresh_token_login__token_is_not_spent_where_its_answer_could_not_be_kept),
	    cmocka_unit_test(test_refresh_token_login__account_may_be_nobodys_where_that_is_asked_for),
	    cmocka_unit_test(test_refresh_token_login__accounts_of_nobody_are_not_each_others),
	    cmocka_unit_test(test_refresh_token_login__id_token_that_came_says_whose_it_is_all_the_same),
	    cmocka_unit_test(test_refresh_token_login__stores_what_came_for_the_token),
	    cmocka_unit_test(test_refresh_token_login__account_refreshes_like_any),
	    cmocka_unit_test(test_refresh_token_login__token_that_is_not_replaced_stays),
	    cmocka_unit_test(test_refresh_token_login__userinfo_says_who_it_is_without_an_id_token),
	    cmocka_unit_test(test_refresh_token_login__answer_that_proves_nothing_is_refused),
	    cmocka_unit_test(test_refresh_token_login__token_is_not_spent_for_a_name_that_is_taken),
	    cmocka_unit_test(test_refresh_token_login__usual_scopes_are_not_taken_for_granted),
	    cmocka_unit_test(test_refresh_token_login__what_no_refresh_can_carry_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
