/* The ID token of a refresh: staged until it was judged, taken back where it is refused. */
#include "fixture.h"

/* @spec OpenID Connect Core section 12.2 */
static void
test_refresh_judged__refused_id_token_brings_the_old_record_back(void **state)
{
	static const struct {
		const char *name;
		const char *subject;
		const char *more;
		belgo_rc want;
	} rows[] = {
	    {"another subject", "mallory", "", BELGO_ECLAIM},
	    {"another nonce", "alice", ",\"nonce\":\"x\"", BELGO_ECLAIM},
	    {"another party", "alice", ",\"azp\":\"x\"", BELGO_ECLAIM},
	    {"another access token", "alice", ",\"at_hash\":\"x\"", BELGO_ECLAIM},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = provider_up();
		struct planted a = plant_alice(w, -1);
		struct belgo_error err = {0};

		answer_token(w, AT2, RT2, id_token_of(w, rows[i].subject, rows[i].more));
		assert_row(rows[i].name, get_token_rc(w, &a, &err) == rows[i].want);
		assert_row(rows[i].name, belgo_rc_exit(err.rc) == 7);
		assert_row(rows[i].name, world_came_before(w, "stage", "unstage"));
		assert_row(rows[i].name,
			   world_store_staged(w, a.store_key) == NULL && stored_has(w, &a, RT1));
		assert_row(rows[i].name, world_cached_token(w) == NULL);
		world_free(&w);
	}
}

static void
test_refresh_judged__id_token_that_is_wrong_at_first_sight_is_unstaged_too(void **state)
{
	static const struct {
		const char *name;
		const char *id_token;
		belgo_rc want;
	} rows[] = {
	    {"no token at all", "x", BELGO_EPROTO},
	    {"alg none", "eyJhbGciOiJub25lIn0.e30.", BELGO_EPROTO},
	    {"an algorithm that nobody agreed to", "eyJhbGciOiJFUzI1NiJ9.e30.AAAA", BELGO_ESIGNATURE},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = provider_up();
		struct planted a = plant_alice(w, -1);

		answer_token(w, AT2, RT2, strdup(rows[i].id_token));
		assert_row(rows[i].name,
			   belgo_rc_exit(get_token_rc(w, &a, NULL)) == belgo_rc_exit(rows[i].want));
		assert_row(rows[i].name, world_count(w, "unstage") == 1);
		assert_row(rows[i].name,
			   world_store_staged(w, a.store_key) == NULL && stored_has(w, &a, RT1));
		world_free(&w);
	}
}

static void
test_refresh_judged__store_that_cannot_unstage_still_says_why(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, -1);

	(void)state;
	answer_token(w, AT2, RT2, id_token_of(w, "mallory", ""));
	world_store_fails(w, BG_STORE_UNSTAGE, BELGO_EIO, 0);
	assert_int_equal(get_token_rc(w, &a, NULL), BELGO_ECLAIM);
	world_free(&w);
}

/* Not the token is at fault but what would judge it: nothing is lost. */
static void
test_refresh_judged__without_keys_the_set_stays_staged_and_is_judged_later(void **state)
{
	static const struct {
		const char *name;
		int status;
		const char *body;
		belgo_rc rc;
		belgo_rc want;
	} rows[] = {
	    {"no answer", 0, NULL, BELGO_EUNAVAILABLE, BELGO_EUNAVAILABLE},
	    {"no trust", 0, NULL, BELGO_ETLS, BELGO_ETLS},
	    {"unavailable", 503, "{}", BELGO_OK, BELGO_EUNAVAILABLE},
	    {"gone", 404, "{}", BELGO_OK, BELGO_EPROTO},
	    {"broken", 200, "<html>", BELGO_OK, BELGO_EPROTO},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = world_new();
		struct planted a = plant_alice(w, -1);
		char *token = NULL;

		world_metadata(w, "");
		for (int n = 0; n < 2; n++) /* once before the request, once after it */
			if (rows[i].rc != BELGO_OK)
				world_no_answer(w, WORLD_JWKS, rows[i].rc);
			else
				world_answer(w, WORLD_JWKS, rows[i].status, rows[i].body);
		world_jwks(w);
		answer_token(w, AT2, RT2, id_token_of(w, "alice", ""));
		assert_row(rows[i].name, get_token_rc(w, &a, NULL) == rows[i].want);
		assert_row(rows[i].name, world_count(w, "unstage") == 0);
		assert_row(rows[i].name, strstr(world_store_staged(w, a.store_key), RT2) != NULL);
		assert_row(rows[i].name, get_token(w, &a, NULL, &token, NULL) == BELGO_OK);
		assert_row(rows[i].name, strcmp(token, AT2) == 0);
		assert_row(rows[i].name, world_count(w, "POST " WORLD_TOKEN) == 1);
		assert_row(rows[i].name, stored_has(w, &a, RT2) && stored_has(w, &a, "\"pending\":0"));
		free(token);
		world_free(&w);
	}
}

/* What an earlier process staged before it died, with an ID token of that subject. */
static void
stage_as_left(struct world *w, struct planted *a, const char *subject)
{
	char *id_token = id_token_of(w, subject, "");
	struct planted left = *a;

	left.access_token = AT2;
	left.refresh_token = RT2;
	left.id_token = id_token;
	left.expires_at = WORLD_NOW + 3600;
	left.refreshed_at_ms = world_now_ms(w);
	left.pending = 1;
	plant_staged(w, &left);
	free(id_token);
}

static void
test_refresh_judged__what_an_earlier_call_left_is_judged_and_kept(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, -1);
	char *token = NULL;

	(void)state;
	stage_as_left(w, &a, "alice");
	assert_int_equal(get_token(w, &a, NULL, &token, NULL), BELGO_OK);
	assert_string_equal(token, AT2);
	assert_int_equal(world_count(w, "POST " WORLD_TOKEN), 0);
	assert_true(stored_has(w, &a, RT2));
	free(token);
	world_free(&w);
}

static void
test_refresh_judged__what_an_earlier_call_left_and_is_refused_is_unstaged(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, -1);

	(void)state;
	stage_as_left(w, &a, "mallory");
	assert_int_equal(get_token_rc(w, &a, NULL), BELGO_ECLAIM);
	assert_null(world_store_staged(w, a.store_key));
	assert_true(stored_has(w, &a, RT1));
	world_free(&w);
}

static void
test_refresh_judged__what_an_earlier_call_left_a_day_ago_is_good_and_then_refreshed(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, -1);
	char *token = NULL;

	(void)state;
	stage_as_left(w, &a, "alice");
	world_advance(w, 86400);
	answer_token(w, AT3, RT3, id_token_of(w, "alice", ""));
	assert_int_equal(get_token(w, &a, NULL, &token, NULL), BELGO_OK);
	assert_string_equal(token, AT3);
	assert_non_null(strstr(world_sent(w, WORLD_TOKEN), RT2));
	assert_true(stored_has(w, &a, RT3));
	free(token);
	world_free(&w);
}

static void
test_refresh_judged__claims_of_the_new_id_token_win_over_the_old_ones(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, -1);
	struct belgo_token_params params = {.account_key = a.key};
	struct belgo_op *op = NULL;
	int64_t iat = 0;

	(void)state;
	answer_token(w, AT2, RT2, id_token_of(w, "alice", ""));
	assert_int_equal(belgo_token_op(&op, world_client(w), &params, NULL), BELGO_OK);
	assert_int_equal(world_finish(op, NULL), BELGO_OK);
	assert_int_equal(belgo_claims_integer(&iat, belgo_op_account(op)->claims, "iat", NULL), BELGO_OK);
	assert_int_equal(iat, WORLD_NOW);
	belgo_op_free(&op);
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_refresh_judged__refused_id_token_brings_the_old_record_back),
	    cmocka_unit_test(test_refresh_judged__id_token_that_is_wrong_at_first_sight_is_unstaged_too),
	    cmocka_unit_test(test_refresh_judged__store_that_cannot_unstage_still_says_why),
	    cmocka_unit_test(test_refresh_judged__without_keys_the_set_stays_staged_and_is_judged_later),
	    cmocka_unit_test(test_refresh_judged__what_an_earlier_call_left_is_judged_and_kept),
	    cmocka_unit_test(test_refresh_judged__what_an_earlier_call_left_and_is_refused_is_unstaged),
	    cmocka_unit_test(
		test_refresh_judged__what_an_earlier_call_left_a_day_ago_is_good_and_then_refreshed),
	    cmocka_unit_test(test_refresh_judged__claims_of_the_new_id_token_win_over_the_old_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
