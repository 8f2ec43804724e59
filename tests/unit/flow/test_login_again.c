/* Logging in again at a provider that issues a refresh token at the first consent only: the one that is
 * stored is worth more than the access token that came. */
#include "fixture.h"

#define BOUND ",\"dpop_key\":\"{}\""

/* Signs alice in; the ID token has that auth_time and the nonce that is sent. */
static struct belgo_op *
sign_in(struct world *w, const char *scope, const char *refresh_token, const char *auth_time)
{
	struct belgo_login_params params = login_params(w);
	struct belgo_op *op;
	char claims[64];

	params.scope = scope;
	(void)snprintf(claims, sizeof(claims), ",\"auth_time\":%s", auth_time);
	answer_login(w, "alice", refresh_token, claims, ",\"expires_in\":3600");
	world_redirect(w, "code=" CODE "&state={state}");
	op = login_of(w, &params);
	assert_int_equal(world_finish(op, NULL), BELGO_OK);
	return op;
}

/* alice, who signed in with RT1 at consent and then without any; *nonce: of the first login, malloc'd. */
static struct planted
sign_in_twice(struct world *w, const char *first, const char *second, char **nonce)
{
	struct planted a = {0};
	struct belgo_op *op;

	planted_name(&a);
	*nonce = world_foretell(w, 3);
	op = sign_in(w, first, RT1, "1799999990");
	belgo_op_free(&op);
	world_advance(w, 60);
	op = sign_in(w, second, NULL, "1800000050");
	assert_true(belgo_op_account(op)->has_refresh_token);
	assert_string_equal(belgo_op_token(op)->refresh_token, RT1);
	assert_int_equal(has_warning(op, "refreshes without: files"), strstr(second, "files") != NULL);
	assert_false(has_warning(op, "this login ends"));
	belgo_op_free(&op);
	assert_true(stored_has(w, &a, RT1));
	return a;
}

/* Refreshes now; the ID token continues the login that the refresh token is of. */
static void
refresh(struct world *w, const struct planted *a, const char *nonce, const char *sent)
{
	struct belgo_token_params now = {.mode = BELGO_REFRESH_NOW};
	char claims[160], *token = NULL;

	world_advance(w, 60); /* a younger one is fresh already */
	(void)snprintf(claims, sizeof(claims), ",\"nonce\":\"%s\",\"auth_time\":1799999990", nonce);
	answer_token(w, AT2, sent[0] == '1' ? RT2 : RT3, id_token_of(w, "alice", claims));
	assert_int_equal(get_token(w, a, &now, &token, NULL), BELGO_OK);
	assert_string_equal(token, AT2);
	assert_non_null(strstr(world_sent(w, WORLD_TOKEN), sent + 1));
	free(token);
}

/* @spec RFC 6749 section 6; OpenID Connect Core section 12.2 */
static void
test_login_again__refresh_token_of_the_first_login_stays_and_refreshes(void **state)
{
	static const struct {
		const char *name, *first, *second, *sent, *scope;
	} rows[] = {
	    {"the same", "openid email", "email openid", "", "\"scope\":\"openid email\""},
	    {"narrower", "openid email", "openid", "&scope=openid&", "\"scope\":\"openid\""},
	    {"wider", "openid email", "openid email files", "&scope=openid+email&",
	     "\"scope\":\"openid email\""},
	    {"other", "openid email", "openid files", "&scope=openid&", "\"scope\":\"openid\""},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = provider_up();
		char *nonce = NULL, first[80], second[80];
		struct planted a = sign_in_twice(w, rows[i].first, rows[i].second, &nonce);

		(void)snprintf(first, sizeof(first), "1refresh_token=" RT1 "%s", rows[i].sent);
		(void)snprintf(second, sizeof(second), "2refresh_token=" RT2 "%s", rows[i].sent);
		refresh(w, &a, nonce, first);
		assert_row(rows[i].name, stored_has(w, &a, RT2) && stored_has(w, &a, rows[i].scope));
		refresh(w, &a, nonce, second);
		assert_row(rows[i].name, stored_has(w, &a, RT3) && stored_has(w, &a, rows[i].scope));
		assert_row(rows[i].name, (strstr(world_sent(w, WORLD_TOKEN), "scope=") != NULL) ==
					     (rows[i].sent[0] != '\0'));
		free(nonce);
		world_free(&w);
	}
}

static void
test_login_again__new_refresh_token_takes_the_place_of_the_old_one(void **state)
{
	struct world *w = provider_up();
	char *nonce = NULL;
	struct planted a = sign_in_twice(w, "openid email", "openid", &nonce);
	struct belgo_op *op;

	(void)state;
	free(nonce);
	assert_true(stored_has(w, &a, "refresh_scope"));
	nonce = world_foretell(w, 3);
	op = sign_in(w, "openid files", RT2, "1799999990");
	belgo_op_free(&op);
	assert_true(stored_has(w, &a, RT2) && !stored_has(w, &a, RT1));
	assert_false(stored_has(w, &a, "refresh_scope"));
	refresh(w, &a, nonce, "2refresh_token=" RT2);
	assert_null(strstr(world_sent(w, WORLD_TOKEN), "scope="));
	free(nonce);
	world_free(&w);
}

/* What does not refresh, or not with what the account holds from now on, is not kept. */
static void
test_login_again__refresh_token_that_would_not_do_is_not_kept(void **state)
{
	static const struct {
		const char *name;
		struct planted old;
		int want;
	} rows[] = {
	    {"it lives", {.refresh_token = RT1, .refresh_expires_at = WORLD_NOW + 1}, 1},
	    {"it is over", {.refresh_token = RT1, .refresh_expires_at = WORLD_NOW}, 0},
	    {"it was refused", {.refresh_token = RT1, .needs_login = 1}, 0},
	    {"it is bound to another key", {.refresh_token = RT1, .login = BOUND}, 0},
	    {"there is none", {0}, 0},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = provider_up();
		struct planted a = rows[i].old;
		struct belgo_op *op;

		plant(w, &a);
		op = sign_in(w, "openid email", NULL, "1800000000");
		assert_row(rows[i].name, belgo_op_account(op)->has_refresh_token == rows[i].want);
		assert_row(rows[i].name, stored_has(w, &a, RT1) == rows[i].want);
		assert_row(rows[i].name, has_warning(op, "this login ends") == !rows[i].want);
		assert_row(rows[i].name, !stored_has(w, &a, "dpop_key"));
		belgo_op_free(&op);
		world_free(&w);
	}
}

static void
make_damaged(struct world *w, void *arg)
{
	const struct planted *a = arg;

	world_store_set(w, a->store_key, "{");
}

static void
make_rotated(struct world *w, void *arg)
{
	struct planted *a = arg;

	a->refresh_token = RT2;
	plant(w, a);
}

/* What lies there is read under the lock: it may have changed while the user signed in. */
static void
test_login_again__token_that_is_kept_is_the_one_that_lies_there_now(void **state)
{
	static const struct {
		const char *name;
		void (*meanwhile)(struct world *, void *);
		const char *want;
	} rows[] = {{"rotated", make_rotated, RT2}, {"damaged", make_damaged, NULL}};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = provider_up();
		struct planted a = {.refresh_token = RT1};
		struct belgo_op *op;

		plant(w, &a);
		world_store_before(w, BG_STORE_LOCK, rows[i].meanwhile, &a);
		op = sign_in(w, "openid email", NULL, "1800000000");
		assert_row(rows[i].name, bg_str_equal(belgo_op_token(op)->refresh_token, rows[i].want));
		assert_row(rows[i].name, stored_has(w, &a, AT1) && !stored_has(w, &a, RT1));
		belgo_op_free(&op);
		world_free(&w);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_login_again__refresh_token_of_the_first_login_stays_and_refreshes),
	    cmocka_unit_test(test_login_again__new_refresh_token_takes_the_place_of_the_old_one),
	    cmocka_unit_test(test_login_again__refresh_token_that_would_not_do_is_not_kept),
	    cmocka_unit_test(test_login_again__token_that_is_kept_is_the_one_that_lies_there_now),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
