/* A refresh: its order, what it keeps, and what failing leaves in the store. */
#include "fixture.h"

static void
test_refresh__all_that_it_needs_comes_before_the_token_is_spent(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, -1);
	char *token = NULL;

	(void)state;
	answer_token(w, AT2, RT2, id_token_of(w, "alice", ""));
	assert_int_equal(get_token(w, &a, NULL, &token, NULL), BELGO_OK);
	assert_string_equal(token, AT2);
	assert_string_equal(world_journal(w),
			    "get\nlock\nget\nGET " WORLD_METADATA "\nGET " WORLD_JWKS
			    "\nget\nget\nprobe\nPOST " WORLD_TOKEN "\nstage\nput\nunlock\n");
	assert_non_null(strstr(world_sent(w, WORLD_TOKEN), "grant_type=refresh_token"));
	assert_non_null(strstr(world_sent(w, WORLD_TOKEN), "refresh_token=" RT1));
	assert_non_null(strstr(world_sent(w, WORLD_TOKEN), "client_id=" WORLD_CLIENT));
	assert_true(stored_has(w, &a, RT2));
	assert_null(world_store_staged(w, a.store_key));
	assert_string_equal(world_cached_token(w), AT2);
	free(token);
	world_free(&w);
}

static void
test_refresh__without_id_token_the_set_is_put_at_once(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, -1);

	(void)state;
	answer_token(w, AT2, RT2, NULL);
	assert_int_equal(get_token_rc(w, &a, NULL), BELGO_OK);
	assert_true(world_came_before(w, "POST " WORLD_TOKEN, "put"));
	assert_true(world_came_before(w, "put", "unlock"));
	assert_int_equal(world_count(w, "stage"), 0);
	world_free(&w);
}

static int changes;

static void
note_change(void *arg, const struct belgo_account *account, const struct belgo_token *token)
{
	struct world *w = arg;
	struct planted a = {0};

	planted_name(&a);
	assert_string_equal(account->key, a.key);
	assert_string_equal(token->access_token, AT2);
	assert_int_equal(world_locks_taken(w), 1);
	assert_true(stored_has(w, &a, RT2));
	assert_null(world_cached_token(w));
	changes++;
}

static void
test_refresh__rotation_is_stored_before_anybody_hears_of_it(void **state)
{
	struct world *w = world_new();
	struct planted a;

	(void)state;
	changes = 0;
	world_params(w)->on_tokens_changed = note_change;
	world_params(w)->callback_arg = w;
	world_restart(w);
	world_metadata(w, "");
	world_jwks(w);
	a = plant_alice(w, -1);
	answer_token(w, AT2, RT2, id_token_of(w, "alice", ""));
	assert_int_equal(get_token_rc(w, &a, NULL), BELGO_OK);
	assert_int_equal(changes, 1);
	assert_int_equal(get_token_rc(w, &a, NULL), BELGO_OK);
	assert_int_equal(changes, 1);
	world_free(&w);
}

static void
test_refresh__what_the_reply_omits_is_kept_but_the_expiry_is_not(void **state)
{
	struct world *w = provider_up();
	struct planted a = {.refresh_token = RT1,
			    .expires_at = WORLD_NOW - 1,
			    .refresh_expires_at = WORLD_NOW + 9999,
			    .scope = "openid special"};
	struct belgo_token_params params = {.account_key = a.key};
	const struct belgo_token *t;
	struct belgo_op *op = NULL;

	(void)state;
	plant(w, &a);
	world_answer(w, WORLD_TOKEN, 200, "{\"access_token\":\"" AT2 "\",\"token_type\":\"Bearer\"}");
	assert_int_equal(belgo_token_op(&op, world_client(w), &params, NULL), BELGO_OK);
	assert_int_equal(world_finish(op, NULL), BELGO_OK);
	t = belgo_op_token(op);
	assert_string_equal(t->access_token, AT2);
	assert_string_equal(t->refresh_token, RT1);
	assert_string_equal(t->scope, "openid special");
	assert_int_equal(t->expires_at, 0);
	assert_int_equal(t->refresh_expires_at, WORLD_NOW + 9999);
	assert_int_equal(t->obtained_at, WORLD_NOW);
	assert_int_equal(belgo_op_account(op)->refreshed_at, WORLD_NOW);
	belgo_op_free(&op);
	world_free(&w);
}

static void
test_refresh__one_refresh_serves_two_operations(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, -1);
	struct belgo_token_params params = {
	    .account_key = a.key, .mode = BELGO_REFRESH_NOW, .began_at_ms = world_now_ms(w)};
	char *first = NULL, *second = NULL;

	(void)state;
	answer_token(w, AT2, RT2, NULL);
	assert_int_equal(get_token(w, &a, &params, &first, NULL), BELGO_OK);
	assert_int_equal(get_token(w, &a, &params, &second, NULL), BELGO_OK);
	assert_string_equal(first, second);
	assert_int_equal(world_count(w, "POST " WORLD_TOKEN), 1);
	free(first);
	free(second);
	world_free(&w);
}

static void
test_refresh__asked_for_again_later_it_happens_again(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, -1);
	struct belgo_token_params params = {.mode = BELGO_REFRESH_NOW};
	char *token = NULL;

	(void)state;
	answer_token(w, AT2, RT2, NULL);
	answer_token(w, AT3, RT3, NULL);
	assert_int_equal(get_token(w, &a, &params, &token, NULL), BELGO_OK);
	free(token);
	world_advance(w, 1);
	assert_int_equal(get_token(w, &a, &params, &token, NULL), BELGO_OK);
	assert_string_equal(token, AT3);
	assert_non_null(strstr(world_sent(w, WORLD_TOKEN), RT2));
	free(token);
	world_free(&w);
}

static void
test_refresh__failures_before_the_request_spend_nothing(void **state)
{
	static const struct {
		const char *name;
		enum bg_store_verb verb;
		belgo_rc rc;
		belgo_rc metadata;
		belgo_rc want;
	} rows[] = {
	    {"the probe fails", BG_STORE_PROBE, BELGO_ELOCKED, BELGO_OK, BELGO_ELOCKED},
	    {"no lock", BG_STORE_LOCK, BELGO_EIO, BELGO_OK, BELGO_EIO},
	    {"no metadata", BG_STORE_UNSTAGE, BELGO_OK, BELGO_EUNAVAILABLE, BELGO_EUNAVAILABLE},
	    {"no trust", BG_STORE_UNSTAGE, BELGO_OK, BELGO_ETLS, BELGO_ETLS},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = world_new();
		struct planted a = plant_alice(w, -1);

		if (rows[i].metadata != BELGO_OK)
			world_no_answer(w, WORLD_METADATA, rows[i].metadata);
		else
			world_metadata(w, "");
		world_store_fails(w, rows[i].verb, rows[i].rc, 0);
		assert_row(rows[i].name, get_token_rc(w, &a, NULL) == rows[i].want);
		assert_row(rows[i].name, world_count(w, "POST " WORLD_TOKEN) == 0);
		assert_row(rows[i].name, stored_has(w, &a, RT1));
		world_free(&w);
	}
}

static void
test_refresh__keys_that_do_not_come_are_nobodys_failure_yet(void **state)
{
	struct world *w = world_new();
	struct planted a = plant_alice(w, -1);

	(void)state;
	world_metadata(w, "");
	world_no_answer(w, WORLD_JWKS, BELGO_EUNAVAILABLE);
	world_jwks(w);
	answer_token(w, AT2, RT2, id_token_of(w, "alice", ""));
	assert_int_equal(get_token_rc(w, &a, NULL), BELGO_OK);
	assert_int_equal(world_count(w, "GET " WORLD_JWKS), 2);
	assert_true(world_came_before(w, "stage", "put"));
	world_free(&w);
}

static void
test_refresh__account_without_openid_asks_for_no_keys_and_keeps_no_id_token(void **state)
{
	struct world *w = provider_up();
	struct planted a = {.refresh_token = RT1, .expires_at = WORLD_NOW - 1, .is_oauth = 1};

	(void)state;
	plant(w, &a);
	answer_token(w, AT2, RT2, id_token_of(w, "mallory", ""));
	assert_int_equal(get_token_rc(w, &a, NULL), BELGO_OK);
	assert_int_equal(world_count(w, "GET " WORLD_JWKS), 0);
	assert_true(stored_has(w, &a, RT2));
	assert_false(stored_has(w, &a, "id_token"));
	world_free(&w);
}

/* E16: only what went out can have been acted on. */
static void
test_refresh__answer_that_broke_off_is_warned_of(void **state)
{
	for (int sent = 0; sent < 2; sent++) {
		struct world *w = provider_up();
		struct planted a = plant_alice(w, -1);
		struct belgo_token_params params = {.account_key = a.key};
		struct belgo_op *op = NULL;

		(void)state;
		if (sent)
			world_breaks_off(w, WORLD_TOKEN);
		else
			world_no_answer(w, WORLD_TOKEN, BELGO_EUNAVAILABLE);
		assert_int_equal(belgo_token_op(&op, world_client(w), &params, NULL), BELGO_OK);
		assert_int_equal(world_finish(op, NULL), BELGO_EUNAVAILABLE);
		assert_int_equal(has_warning(op, "may have reached"), sent);
		assert_true(stored_has(w, &a, RT1));
		belgo_op_free(&op);
		world_free(&w);
	}
}

#define BAD_REPLY(more) "{\"token_type\":\"Bearer\",\"refresh_token\":\"" RT2 "\"" more "}"

/* It was spent, whatever else the answer is good for; the one that came with it is kept. */
static void
test_refresh__refused_answer_does_not_cost_the_refresh_token(void **state)
{
	static const struct {
		const char *name, *body;
		int status;
		const char *kept;
		int is_warned;
	} rows[] = {
	    {"no access token", BAD_REPLY(""), 200, RT2, 0},
	    {"another type of token",
	     "{\"access_token\":\"" AT2 "\",\"token_type\":\"mac\",\"refresh_token\":\"" RT2 "\"}", 200, RT2,
	     0},
	    {"a scope that is none", BAD_REPLY(",\"access_token\":\"" AT2 "\",\"scope\":\"a\\\"b\""), 200,
	     RT2, 0},
	    {"an ID token that is none", BAD_REPLY(",\"access_token\":\"" AT2 "\",\"id_token\":1"), 200, RT2,
	     0},
	    {"details that are none", BAD_REPLY(",\"access_token\":\"" AT2 "\",\"authorization_details\":1"),
	     200, RT2, 0},
	    {"no new one", "{\"token_type\":\"Bearer\"}", 200, RT1, 1},
	    {"the old one", "{\"token_type\":\"Bearer\",\"refresh_token\":\"" RT1 "\"}", 200, RT1, 0},
	    {"one that cannot be sent", "{\"token_type\":\"Bearer\",\"refresh_token\":7}", 200, RT1, 1},
	    {"a page", "<html>", 200, RT1, 1},
	    {"a gateway's error", BAD_REPLY(""), 502, RT1, 1},
	    {"out of service", BAD_REPLY(""), 503, RT1, 0},
	    {"a refusal", BAD_REPLY(",\"error\":\"invalid_scope\""), 400, RT1, 0},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = provider_up();
		struct planted a = plant_alice(w, -1);
		struct belgo_token_params params = {.account_key = a.key};
		struct belgo_op *op = NULL;

		world_answer(w, WORLD_TOKEN, rows[i].status, rows[i].body);
		assert_int_equal(belgo_token_op(&op, world_client(w), &params, NULL), BELGO_OK);
		assert_row(rows[i].name, world_finish(op, NULL) != BELGO_OK);
		assert_row(rows[i].name, belgo_op_token(op) == NULL);
		assert_row(rows[i].name, stored_has(w, &a, rows[i].kept));
		assert_row(rows[i].name, has_warning(op, "may have reached") == rows[i].is_warned);
		assert_row(rows[i].name, world_locks_taken(w) == 0);
		belgo_op_free(&op);
		answer_token(w, AT2, RT3, NULL);
		assert_row(rows[i].name, get_token_rc(w, &a, NULL) == BELGO_OK);
		assert_row(rows[i].name, strstr(world_sent(w, WORLD_TOKEN), rows[i].kept) != NULL);
		world_free(&w);
	}
}

static void
test_refresh__what_a_refused_answer_brought_and_cannot_be_kept_is_warned_of(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, -1);
	struct belgo_token_params params = {.account_key = a.key};
	struct belgo_op *op = NULL;
	struct belgo_error err = {0};

	(void)state;
	world_answer(w, WORLD_TOKEN, 200, BAD_REPLY(""));
	world_store_fails(w, BG_STORE_PUT, BELGO_ESTORE, 1);
	assert_int_equal(belgo_token_op(&op, world_client(w), &params, NULL), BELGO_OK);
	assert_int_equal(world_finish(op, &err), BELGO_EPROTO);
	assert_non_null(strstr(err.text, "access_token"));
	assert_true(has_warning(op, "may have reached"));
	belgo_op_free(&op);
	world_free(&w);
}

static void
test_refresh__failing_put_ends_with_the_stores_error(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, -1);

	(void)state;
	answer_token(w, AT2, RT2, NULL);
	world_store_fails(w, BG_STORE_PUT, BELGO_ESTORE, 1);
	assert_int_equal(get_token_rc(w, &a, NULL), BELGO_ESTORE);
	assert_null(world_cached_token(w));
	assert_true(stored_has(w, &a, RT1));
	world_free(&w);
}

static void
test_refresh__staged_set_survives_a_failing_put(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, -1);
	char *token = NULL;

	(void)state;
	answer_token(w, AT2, RT2, id_token_of(w, "alice", ""));
	world_store_fails(w, BG_STORE_PUT, BELGO_ESTORE, 1);
	assert_int_equal(get_token_rc(w, &a, NULL), BELGO_ESTORE);
	assert_non_null(strstr(world_store_staged(w, a.store_key), RT2));
	assert_int_equal(get_token(w, &a, NULL, &token, NULL), BELGO_OK);
	assert_string_equal(token, AT2);
	assert_int_equal(world_count(w, "POST " WORLD_TOKEN), 1);
	assert_true(stored_has(w, &a, RT2));
	free(token);
	world_free(&w);
}

static void
test_refresh__store_that_cannot_stage_is_put_to_all_the_same(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, -1);

	(void)state;
	answer_token(w, AT2, RT2, id_token_of(w, "alice", ""));
	world_store_fails(w, BG_STORE_STAGE, BELGO_EIO, 0);
	assert_int_equal(get_token_rc(w, &a, NULL), BELGO_OK);
	assert_true(stored_has(w, &a, RT2));
	world_free(&w);
}

static void
test_refresh__set_kept_beside_the_store_is_warned_of(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, -1);
	struct belgo_token_params params = {.account_key = a.key};
	struct belgo_op *op = NULL;

	(void)state;
	answer_token(w, AT2, RT2, NULL);
	world_store(w)->in_recovery = 1;
	assert_int_equal(belgo_token_op(&op, world_client(w), &params, NULL), BELGO_OK);
	assert_int_equal(world_finish(op, NULL), BELGO_OK);
	assert_true(has_warning(op, "recovery record"));
	belgo_op_free(&op);
	world_free(&w);
}

static void
test_refresh__further_client_ids_and_resources_of_the_login_count(void **state)
{
	struct world *w = provider_up();
	struct planted a = {.refresh_token = RT1,
			    .expires_at = WORLD_NOW - 1,
			    .login = ",\"client_ids\":[\"other\"],\"resources\":[\"https://api.example/a\"],"
				     "\"redirect_uri\":\"http://127.0.0.1:1/cb\""};

	(void)state;
	plant(w, &a);
	answer_token(w, AT2, RT2, id_token_of(w, "alice", ""));
	assert_int_equal(get_token_rc(w, &a, NULL), BELGO_OK);
	assert_non_null(strstr(world_sent(w, WORLD_TOKEN), "resource=https%3A%2F%2Fapi.example%2Fa"));
	world_free(&w);
}

static belgo_rc
find_secret(void *arg, const char *provider_id, const char *issuer, const char *client_id, char **out,
	    struct belgo_error *err)
{
	(void)arg;
	(void)err;
	assert_null(provider_id);
	assert_string_equal(issuer, WORLD_ISSUER);
	assert_string_equal(client_id, WORLD_CLIENT);
	*out = strdup(CLIENT_SECRET);
	return BELGO_OK;
}

static void
test_refresh__client_secret_goes_the_way_of_the_login(void **state)
{
	struct world *w = world_new();
	struct planted a = {
	    .refresh_token = RT1, .expires_at = WORLD_NOW - 1, .auth_method = "client_secret_post"};

	(void)state;
	world_params(w)->find_secret = find_secret;
	world_restart(w);
	world_metadata(w, "");
	world_jwks(w);
	plant(w, &a);
	answer_token(w, AT2, RT2, NULL);
	assert_int_equal(get_token_rc(w, &a, NULL), BELGO_OK);
	assert_non_null(strstr(world_sent(w, WORLD_TOKEN), "client_secret=" CLIENT_SECRET));
	world_free(&w);
}

static void
test_refresh__metadata_without_token_endpoint_spends_nothing(void **state)
{
	struct world *w = world_new();
	struct planted a = plant_alice(w, -1);

	(void)state;
	world_answer(w, WORLD_METADATA, 200,
		     "{\"issuer\":\"" WORLD_ISSUER "\",\"authorization_endpoint\":\"" WORLD_ISSUER
		     "/auth\",\"jwks_uri\":\"" WORLD_JWKS "\"}");
	assert_int_equal(get_token_rc(w, &a, NULL), BELGO_EPROTO);
	assert_true(stored_has(w, &a, RT1));
	world_free(&w);
}

static void
test_refresh__cancel_waits_until_the_answer_is_stored(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, -1);
	struct belgo_token_params params = {.account_key = a.key};
	struct belgo_op *op = NULL;

	(void)state;
	answer_token(w, AT2, RT2, NULL);
	assert_int_equal(belgo_token_op(&op, world_client(w), &params, NULL), BELGO_OK);
	world_drive_until(w, op, "probe");
	world_hold_http(w, 1);
	world_drive_until(w, op, "POST " WORLD_TOKEN);
	belgo_op_cancel(op);
	assert_int_equal(belgo_op_dispatch(op), BELGO_OP_RUNNING);
	world_hold_http(w, 0);
	assert_int_equal(world_drive(w, op, NULL), BELGO_OK);
	assert_true(stored_has(w, &a, RT2));
	belgo_op_free(&op);
	world_free(&w);
}

static void
test_refresh__cancel_before_the_request_ends_at_once(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, -1);
	struct belgo_token_params params = {.account_key = a.key};
	struct belgo_op *op = NULL;

	(void)state;
	world_hold_http(w, 1);
	assert_int_equal(belgo_token_op(&op, world_client(w), &params, NULL), BELGO_OK);
	world_drive_until(w, op, "GET " WORLD_METADATA);
	belgo_op_cancel(op);
	assert_int_equal(belgo_op_dispatch(op), BELGO_OP_FAILED);
	assert_int_equal(belgo_op_result(op, NULL), BELGO_EINTR);
	assert_int_equal(world_count(w, "POST " WORLD_TOKEN), 0);
	assert_int_equal(world_locks_taken(w), 0);
	belgo_op_free(&op);
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_refresh__all_that_it_needs_comes_before_the_token_is_spent),
	    cmocka_unit_test(test_refresh__without_id_token_the_set_is_put_at_once),
	    cmocka_unit_test(test_refresh__rotation_is_stored_before_anybody_hears_of_it),
	    cmocka_unit_test(test_refresh__what_the_reply_omits_is_kept_but_the_expiry_is_not),
	    cmocka_unit_test(test_refresh__one_refresh_serves_two_operations),
	    cmocka_unit_test(test_refresh__asked_for_again_later_it_happens_again),
	    cmocka_unit_test(test_refresh__failures_before_the_request_spend_nothing),
	    cmocka_unit_test(test_refresh__keys_that_do_not_come_are_nobodys_failure_yet),
	    cmocka_unit_test(test_refresh__account_without_openid_asks_for_no_keys_and_keeps_no_id_token),
	    cmocka_unit_test(test_refresh__answer_that_broke_off_is_warned_of),
	    cmocka_unit_test(test_refresh__refused_answer_does_not_cost_the_refresh_token),
	    cmocka_unit_test(test_refresh__what_a_refused_answer_brought_and_cannot_be_kept_is_warned_of),
	    cmocka_unit_test(test_refresh__failing_put_ends_with_the_stores_error),
	    cmocka_unit_test(test_refresh__staged_set_survives_a_failing_put),
	    cmocka_unit_test(test_refresh__store_that_cannot_stage_is_put_to_all_the_same),
	    cmocka_unit_test(test_refresh__set_kept_beside_the_store_is_warned_of),
	    cmocka_unit_test(test_refresh__further_client_ids_and_resources_of_the_login_count),
	    cmocka_unit_test(test_refresh__client_secret_goes_the_way_of_the_login),
	    cmocka_unit_test(test_refresh__metadata_without_token_endpoint_spends_nothing),
	    cmocka_unit_test(test_refresh__cancel_waits_until_the_answer_is_stored),
	    cmocka_unit_test(test_refresh__cancel_before_the_request_ends_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
