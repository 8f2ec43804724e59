/* Revocation that keeps the account: what the provider is told, and what is left here. */
#include "fixture.h"

static belgo_rc
revoke(struct world *w, const struct planted *a, int *needs_login, struct belgo_error *err)
{
	struct belgo_op *op = NULL;
	belgo_rc rc;

	assert_int_equal(belgo_revoke_op(&op, world_client(w), a->key, NULL), BELGO_OK);
	rc = world_finish(op, err);
	*needs_login = belgo_op_account(op) != NULL && belgo_op_account(op)->needs_login;
	assert_null(belgo_op_token(op));
	belgo_op_free(&op);
	return rc;
}

/* @spec RFC 7009 section 2.1 */
static void
test_revoke__keeps_the_account_and_none_of_its_tokens(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, 3600);
	struct belgo_error err = {0};
	int needs_login = 0;

	(void)state;
	assert_int_equal(get_token_rc(w, &a, NULL), BELGO_OK);
	assert_non_null(world_cached_token(w));
	world_journal_clear(w);
	world_answer(w, WORLD_REVOKE, 200, "");
	assert_int_equal(revoke(w, &a, &needs_login, NULL), BELGO_OK);
	assert_true(needs_login);
	assert_string_equal(world_journal(w), "lock\nget\nprobe\nGET " WORLD_METADATA
					      "\nget\nget\nPOST " WORLD_REVOKE "\nput\nunlock\n");
	assert_string_equal(world_sent(w, WORLD_REVOKE),
			    "token=" RT1 "&token_type_hint=refresh_token&client_id=" WORLD_CLIENT);
	assert_false(stored_has(w, &a, RT1) || stored_has(w, &a, AT1));
	assert_true(stored_has(w, &a, "\"needs_login\":1"));
	assert_null(world_cached_token(w));
	assert_int_equal(get_token_rc(w, &a, &err), BELGO_ELOGIN);
	assert_null(world_cached_token(w));
	world_free(&w);
}

/* RFC 7009 section 2.1: they were got by the refresh token that is ended, and end with it. */
static void
test_revoke__further_access_tokens_go_with_it(void **state)
{
	static const char *const api[] = {"https://api.example/"};
	const struct belgo_token_params further = {.resources = api, .n_resources = 1};
	struct world *w = provider_up();
	struct planted a = plant_alice(w, 3600);
	char *token = NULL;
	int needs_login = 0;

	(void)state;
	answer_token(w, AT2, NULL, NULL);
	assert_int_equal(get_token(w, &a, &further, &token, NULL), BELGO_OK);
	assert_string_equal(token, AT2);
	free(token);
	assert_true(stored_has(w, &a, AT2));
	world_answer(w, WORLD_REVOKE, 200, "");
	assert_int_equal(revoke(w, &a, &needs_login, NULL), BELGO_OK);
	assert_false(stored_has(w, &a, AT2) || stored_has(w, &a, WORLD_SECRET));
	assert_int_equal(get_token(w, &a, &further, &token, NULL), BELGO_ELOGIN);
	world_free(&w);
}

static void
test_revoke__without_refresh_token_the_access_token_is_revoked(void **state)
{
	struct world *w = provider_up();
	struct planted a = {.expires_at = WORLD_NOW + 3600};
	int needs_login = 0;

	(void)state;
	plant(w, &a);
	world_answer(w, WORLD_REVOKE, 200, "");
	assert_int_equal(revoke(w, &a, &needs_login, NULL), BELGO_OK);
	assert_string_equal(world_sent(w, WORLD_REVOKE),
			    "token=" AT1 "&token_type_hint=access_token&client_id=" WORLD_CLIENT);
	assert_int_equal(get_token_rc(w, &a, NULL), BELGO_ELOGIN);
	world_free(&w);
}

static void
test_revoke__again_asks_nobody(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, 3600);
	int needs_login = 0;

	(void)state;
	world_answer(w, WORLD_REVOKE, 200, "");
	assert_int_equal(revoke(w, &a, &needs_login, NULL), BELGO_OK);
	assert_int_equal(revoke(w, &a, &needs_login, NULL), BELGO_OK);
	assert_true(needs_login);
	assert_int_equal(world_count(w, "POST " WORLD_REVOKE), 1);
	world_free(&w);
}

/* @spec RFC 7009 section 2.2, 2.2.1 */
static void
test_revoke__what_the_provider_did_not_take_is_kept(void **state)
{
	static const struct {
		const char *name, *metadata;
		int status;
		const char *body;
		belgo_rc want;
	} rows[] = {
	    {"503", NULL, 503, "{}", BELGO_EUNAVAILABLE},
	    {"429", NULL, 429, "{}", BELGO_EUNAVAILABLE},
	    {"silence", NULL, 0, "", BELGO_EUNAVAILABLE},
	    {"refused", NULL, 401, "{\"error\":\"invalid_client\"}", BELGO_EDENIED},
	    {"unsupported type", NULL, 400, "{\"error\":\"unsupported_token_type\"}", BELGO_EDENIED},
	    {"a redirect", NULL, 302, "", BELGO_EPROTO},
	    {"no endpoint",
	     "{\"issuer\":\"" WORLD_ISSUER "\",\"authorization_endpoint\":\"" WORLD_ISSUER
	     "/a\",\"token_endpoint\":\"" WORLD_TOKEN "\"}",
	     200, "", BELGO_ENOTFOUND},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = world_new();
		struct planted a = plant_alice(w, 3600);
		struct belgo_error err = {0};
		int needs_login = 0;

		if (rows[i].metadata == NULL)
			world_metadata(w, "");
		else
			world_answer(w, WORLD_METADATA, 200, rows[i].metadata);
		if (rows[i].status == 0) {
			world_no_answer(w, WORLD_REVOKE, BELGO_EUNAVAILABLE);
		} else {
			world_answer(w, WORLD_REVOKE, rows[i].status, rows[i].body);
			world_answer_header(w, "retry-after", "7");
		}
		assert_row(rows[i].name, revoke(w, &a, &needs_login, &err) == rows[i].want);
		assert_row(rows[i].name, rows[i].status != 503 || err.retry_after == 7);
		assert_row(rows[i].name, stored_has(w, &a, RT1) && stored_has(w, &a, AT1));
		assert_row(rows[i].name, stored_has(w, &a, "\"needs_login\":0"));
		assert_row(rows[i].name, world_count(w, "put") == 0 && world_locks_taken(w) == 0);
		world_free(&w);
	}
}

/* The provider has taken it: nothing quick may go on handing it out. */
static void
test_revoke__store_that_fails_then_leaves_no_token_in_the_cache(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, 3600);
	int needs_login = 0;

	(void)state;
	assert_int_equal(get_token_rc(w, &a, NULL), BELGO_OK);
	world_answer(w, WORLD_REVOKE, 200, "");
	world_store_fails(w, BG_STORE_PUT, BELGO_ESTORE, 1);
	assert_int_equal(revoke(w, &a, &needs_login, NULL), BELGO_ESTORE);
	assert_null(world_cached_token(w));
	world_free(&w);
}

/* The ID token of a set that was never judged goes with the set. */
/* What is revoked and cannot be forgotten would be handed out still. */
static void
test_revoke__store_that_cannot_be_written_is_known_before(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, 60);
	int needs_login = 0;

	(void)state;
	world_store_fails(w, BG_STORE_PROBE, BELGO_ESTORE, 1);
	assert_int_equal(revoke(w, &a, &needs_login, NULL), BELGO_ESTORE);
	assert_int_equal(world_count(w, "POST "), 0);
	assert_true(stored_has(w, &a, RT1));
	world_free(&w);
}

static void
test_revoke__set_that_was_not_judged_leaves_nothing(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, 3600);
	struct planted fresh = {
	    .access_token = AT2, .refresh_token = RT2, .id_token = "unjudged", .pending = 1};
	int needs_login = 0;

	(void)state;
	plant_staged(w, &fresh);
	world_answer(w, WORLD_REVOKE, 200, "");
	assert_int_equal(revoke(w, &a, &needs_login, NULL), BELGO_OK);
	assert_non_null(strstr(world_sent(w, WORLD_REVOKE), "token=" RT2));
	assert_false(stored_has(w, &a, "unjudged") || stored_has(w, &a, RT1) || stored_has(w, &a, RT2));
	assert_null(world_store_staged(w, a.store_key));
	world_free(&w);
}

static void
test_revoke__key_is_checked(void **state)
{
	struct world *w = world_new();
	struct belgo_op *op = NULL;

	(void)state;
	assert_int_equal(belgo_revoke_op(&op, world_client(w), "x", NULL), BELGO_EINVAL);
	assert_null(op);
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_revoke__keeps_the_account_and_none_of_its_tokens),
	    cmocka_unit_test(test_revoke__further_access_tokens_go_with_it),
	    cmocka_unit_test(test_revoke__without_refresh_token_the_access_token_is_revoked),
	    cmocka_unit_test(test_revoke__again_asks_nobody),
	    cmocka_unit_test(test_revoke__what_the_provider_did_not_take_is_kept),
	    cmocka_unit_test(test_revoke__store_that_fails_then_leaves_no_token_in_the_cache),
	    cmocka_unit_test(test_revoke__store_that_cannot_be_written_is_known_before),
	    cmocka_unit_test(test_revoke__set_that_was_not_judged_leaves_nothing),
	    cmocka_unit_test(test_revoke__key_is_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
