/* When a token is handed out as it lies in the store, and when it is not. */
#include "fixture.h"

static void
test_tokens__valid_token_comes_from_the_store_without_lock_and_network(void **state)
{
	struct world *w = world_new();
	struct planted a = plant_alice(w, 3600);
	char *token = NULL;

	(void)state;
	assert_int_equal(get_token(w, &a, NULL, &token, NULL), BELGO_OK);
	assert_string_equal(token, AT1);
	assert_string_equal(world_journal(w), "get\n");
	assert_string_equal(world_cached_token(w), AT1);
	free(token);
	world_free(&w);
}

static void
test_tokens__result_is_the_whole_account(void **state)
{
	struct world *w = world_new();
	struct planted a = plant_alice(w, 3600);
	struct belgo_token_params params = {.account_key = a.key};
	struct belgo_op *op = NULL;

	(void)state;
	assert_int_equal(belgo_token_op(&op, world_client(w), &params, NULL), BELGO_OK);
	assert_int_equal(world_finish(op, NULL), BELGO_OK);
	assert_string_equal(belgo_op_account(op)->key, a.key);
	assert_string_equal(belgo_op_account(op)->name, "alice");
	assert_int_equal(belgo_op_account(op)->access_expires_at, WORLD_NOW + 3600);
	assert_int_equal(belgo_op_account(op)->refreshed_at, WORLD_NOW - 3600);
	assert_true(belgo_op_account(op)->has_refresh_token);
	assert_string_equal(belgo_op_token(op)->refresh_token, RT1);
	belgo_op_free(&op);
	world_free(&w);
}

/* Whether the network is asked shows at the request for metadata, which here is never answered. */
static void
test_tokens__min_valid_and_mode_decide(void **state)
{
	static const struct {
		const char *name;
		int64_t expires_at;
		struct belgo_token_params params;
		int refreshes;
	} rows[] = {
	    {"valid", WORLD_NOW + 100, {0}, 0},
	    {"valid to the second", WORLD_NOW + 100, {.min_valid = 100}, 0},
	    {"not valid for long enough", WORLD_NOW + 100, {.min_valid = 101}, 1},
	    {"expires now", WORLD_NOW, {.min_valid = 1}, 1},
	    {"expired", WORLD_NOW - 1, {0}, 1},
	    {"unknown expiry counts as valid", 0, {.min_valid = 86400}, 0},
	    {"unknown expiry, asked to refresh", 0, {.mode = BELGO_REFRESH_NOW}, 1},
	    {"valid, asked to refresh", WORLD_NOW + 100, {.mode = BELGO_REFRESH_NOW}, 1},
	    {"refreshed after the call began",
	     WORLD_NOW + 100,
	     {.mode = BELGO_REFRESH_NOW, .began_at_ms = (WORLD_NOW - 3600) * 1000},
	     0},
	    {"refreshed just before the call began",
	     WORLD_NOW + 100,
	     {.mode = BELGO_REFRESH_NOW, .began_at_ms = (WORLD_NOW - 3600) * 1000 + 1},
	     1},
	    {"refreshed after the call began, but shorter than asked",
	     WORLD_NOW + 100,
	     {.min_valid = 500, .began_at_ms = (WORLD_NOW - 3600) * 1000},
	     0},
	    {"refreshed after the call began, but expired since",
	     WORLD_NOW - 1,
	     {.began_at_ms = (WORLD_NOW - 3600) * 1000},
	     1},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = world_new();
		struct planted a = plant_alice(w, rows[i].expires_at - WORLD_NOW);
		char *token = NULL;
		belgo_rc rc;

		if (rows[i].expires_at == 0) {
			a.expires_at = 0;
			plant(w, &a);
		}
		world_no_answer(w, WORLD_METADATA, BELGO_EUNAVAILABLE);
		rc = get_token(w, &a, &rows[i].params, &token, NULL);
		assert_row(rows[i].name, rc == (rows[i].refreshes ? BELGO_EUNAVAILABLE : BELGO_OK));
		assert_row(rows[i].name, world_count(w, "GET " WORLD_METADATA) == (size_t)rows[i].refreshes);
		free(token);
		world_free(&w);
	}
}

static void
test_tokens__bad_parameters_are_refused(void **state)
{
	static const struct {
		const char *name;
		struct belgo_token_params params;
	} rows[] = {
	    {"no key", {0}},
	    {"a short key", {.account_key = "abc"}},
	    {"no hexadecimal key",
	     {.account_key = "../../../../../../../../../../../../../../../../../../etc/passwdd"}},
	    {"a negative min_valid",
	     {.account_key = "0000000000000000000000000000000000000000000000000000000000000000",
	      .min_valid = -1}},
	};
	struct world *w = world_new();

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct belgo_op *op = NULL;
		struct belgo_error err = {0};

		assert_row(rows[i].name,
			   belgo_token_op(&op, world_client(w), &rows[i].params, &err) == BELGO_EINVAL);
		assert_row(rows[i].name, op == NULL && err.text[0] != '\0');
	}
	world_free(&w);
}

static void
test_tokens__unknown_account_is_not_found(void **state)
{
	struct world *w = world_new();
	struct planted a = {0};
	struct belgo_error err = {0};

	(void)state;
	planted_name(&a);
	assert_int_equal(get_token_rc(w, &a, &err), BELGO_ENOTFOUND);
	assert_string_equal(err.text, "the store holds no such account");
	world_free(&w);
}

static void
test_tokens__failing_store_is_told_as_it_is(void **state)
{
	static const belgo_rc rows[] = {BELGO_ELOCKED, BELGO_ENOSTORE, BELGO_ESTORE, BELGO_EVERSION};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = world_new();
		struct planted a = plant_alice(w, 3600);

		world_store_fails(w, BG_STORE_GET, rows[i], 0);
		assert_int_equal(get_token_rc(w, &a, NULL), rows[i]);
		world_free(&w);
	}
}

static void
test_tokens__dead_or_missing_refresh_token_needs_a_login(void **state)
{
	static const struct {
		const char *name;
		const char *refresh_token;
		int needs_login;
		const char *text;
	} rows[] = {
	    {"marked", RT1, 1, "the account alice needs a login: its refresh token is no longer accepted"},
	    {"none", NULL, 0,
	     "the account alice needs a login: it has no refresh token, and its access token does not last"},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = world_new();
		struct planted a = {.refresh_token = rows[i].refresh_token,
				    .needs_login = rows[i].needs_login,
				    .expires_at = WORLD_NOW - 1};
		struct belgo_error err = {0};

		plant(w, &a);
		assert_row(rows[i].name, get_token_rc(w, &a, &err) == BELGO_ELOGIN);
		assert_row(rows[i].name, strcmp(err.text, rows[i].text) == 0);
		assert_row(rows[i].name, strcmp(world_journal(w), "get\nlock\nget\nunlock\n") == 0);
		world_free(&w);
	}
}

static void
test_tokens__busy_lock_names_the_process(void **state)
{
	struct world *w = world_new();
	struct planted a = plant_alice(w, -1);
	struct belgo_token_params params = {.account_key = a.key};
	struct belgo_error err = {0};
	struct belgo_op *op = NULL;

	(void)state;
	world_hold_locks(w, 4711);
	assert_int_equal(belgo_token_op(&op, world_client(w), &params, NULL), BELGO_OK);
	assert_int_equal(world_drive(w, op, &err), BELGO_EBUSY);
	assert_non_null(strstr(err.text, "process 4711"));
	belgo_op_free(&op);
	world_free(&w);
}

static void
refresh_elsewhere(struct world *w, void *arg)
{
	struct planted *a = arg;

	a->access_token = AT2;
	a->refresh_token = RT2;
	a->expires_at = WORLD_NOW + 3600;
	a->refreshed_at_ms = world_now_ms(w) + 1;
	plant(w, a);
}

static void
test_tokens__refresh_of_whoever_held_the_lock_is_taken_over(void **state)
{
	struct world *w = world_new();
	struct planted a = plant_alice(w, -1);
	char *token = NULL;

	(void)state;
	world_store_before(w, BG_STORE_LOCK, refresh_elsewhere, &a);
	assert_int_equal(
	    get_token(w, &a, &(struct belgo_token_params){.mode = BELGO_REFRESH_NOW}, &token, NULL),
	    BELGO_OK);
	assert_string_equal(token, AT2);
	assert_string_equal(world_journal(w), "get\nlock\nget\nunlock\n");
	free(token);
	world_free(&w);
}

static void
remove_elsewhere(struct world *w, void *arg)
{
	const struct planted *a = arg;

	world_store_set(w, a->store_key, NULL);
}

static void
test_tokens__account_removed_meanwhile_is_not_found(void **state)
{
	struct world *w = world_new();
	struct planted a = plant_alice(w, -1);

	(void)state;
	world_store_before(w, BG_STORE_LOCK, remove_elsewhere, &a);
	assert_int_equal(get_token_rc(w, &a, NULL), BELGO_ENOTFOUND);
	assert_null(world_store_value(w, a.store_key));
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_tokens__valid_token_comes_from_the_store_without_lock_and_network),
	    cmocka_unit_test(test_tokens__result_is_the_whole_account),
	    cmocka_unit_test(test_tokens__min_valid_and_mode_decide),
	    cmocka_unit_test(test_tokens__bad_parameters_are_refused),
	    cmocka_unit_test(test_tokens__unknown_account_is_not_found),
	    cmocka_unit_test(test_tokens__failing_store_is_told_as_it_is),
	    cmocka_unit_test(test_tokens__dead_or_missing_refresh_token_needs_a_login),
	    cmocka_unit_test(test_tokens__busy_lock_names_the_process),
	    cmocka_unit_test(test_tokens__refresh_of_whoever_held_the_lock_is_taken_over),
	    cmocka_unit_test(test_tokens__account_removed_meanwhile_is_not_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
