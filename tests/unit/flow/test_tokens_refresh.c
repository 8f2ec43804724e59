/* A refresh: its order, what it keeps, and what every way of failing leaves in the store. */
#include "fixture.h"

static struct world *
provider_up(void)
{
	struct world *w = world_new();

	world_metadata(w, "");
	world_jwks(w);
	return w;
}

static void
test_tokens_refresh__all_that_it_needs_comes_before_the_token_is_spent(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, -1);
	char *token = NULL;

	(void)state;
	answer_token(w, AT2, RT2, id_token_of(w, "alice", ""));
	assert_int_equal(get_token(w, &a, NULL, &token, NULL), BELGO_OK);
	assert_string_equal(token, AT2);
	assert_string_equal(world_journal(w), "get\nlock\nget\nGET " WORLD_METADATA "\nGET " WORLD_JWKS
					      "\nget\nprobe\nPOST " WORLD_TOKEN "\nstage\nput\nunlock\n");
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
test_tokens_refresh__without_id_token_the_set_is_put_at_once(void **state)
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
test_tokens_refresh__rotation_is_stored_before_anybody_hears_of_it(void **state)
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
test_tokens_refresh__what_the_reply_omits_is_kept_but_the_expiry_is_not(void **state)
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
test_tokens_refresh__one_refresh_serves_two_operations(void **state)
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
test_tokens_refresh__asked_for_again_later_it_happens_again(void **state)
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
test_tokens_refresh__failures_before_the_request_spend_nothing(void **state)
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
test_tokens_refresh__keys_that_do_not_come_are_nobodys_failure_yet(void **state)
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
test_tokens_refresh__account_without_openid_asks_for_no_keys_and_keeps_no_id_token(void **state)
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

/* Every answer that is no token set: the old refresh token stays, and is sent once. */
static void
test_tokens_refresh__refused_or_broken_answers_keep_the_old_token(void **state)
{
	static const struct {
		const char *name;
		int status;
		const char *body;
		belgo_rc want;
	} rows[] = {
	    {"unavailable", 503, "{}", BELGO_EUNAVAILABLE},
	    {"too many requests", 429, "{}", BELGO_EUNAVAILABLE},
	    {"another refusal", 400, "{\"error\":\"invalid_scope\"}", BELGO_EDENIED},
	    {"invalid client", 401, "{\"error\":\"invalid_client\"}", BELGO_EDENIED},
	    {"a redirect", 302, "{}", BELGO_EPROTO},
	    {"no JSON", 200, "<html>", BELGO_EPROTO},
	    {"no access token", 200, "{\"token_type\":\"Bearer\",\"refresh_token\":\"" RT2 "\"}",
	     BELGO_EPROTO},
	    {"another token type", 200, "{\"access_token\":\"" AT2 "\",\"token_type\":\"mac\"}",
	     BELGO_EPROTO},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = provider_up();
		struct planted a = plant_alice(w, -1);

		world_answer(w, WORLD_TOKEN, rows[i].status, rows[i].body);
		assert_row(rows[i].name, get_token_rc(w, &a, NULL) == rows[i].want);
		assert_row(rows[i].name, world_count(w, "POST " WORLD_TOKEN) == 1);
		assert_row(rows[i].name, world_count(w, "put") == 0 && stored_has(w, &a, RT1));
		world_free(&w);
	}
}

static void
test_tokens_refresh__lost_answer_is_not_asked_for_again(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, -1);

	(void)state;
	world_no_answer(w, WORLD_TOKEN, BELGO_EUNAVAILABLE);
	assert_int_equal(get_token_rc(w, &a, NULL), BELGO_EUNAVAILABLE);
	assert_int_equal(world_count(w, "POST " WORLD_TOKEN), 1);
	assert_true(stored_has(w, &a, RT1));
	world_free(&w);
}

/* E16: only what went out can have been acted on. */
static void
test_tokens_refresh__answer_that_broke_off_is_warned_of(void **state)
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

static void
test_tokens_refresh__wait_of_the_provider_is_told(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, -1);
	struct belgo_error err = {0};

	(void)state;
	world_answer(w, WORLD_TOKEN, 503, "{}");
	world_answer_header(w, "retry-after", "17");
	assert_int_equal(get_token_rc(w, &a, &err), BELGO_EUNAVAILABLE);
	assert_int_equal(err.retry_after, 17);
	assert_int_equal(err.http_status, 503);
	world_free(&w);
}

static void
test_tokens_refresh__failing_put_ends_with_the_stores_error(void **state)
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
test_tokens_refresh__staged_set_survives_a_failing_put(void **state)
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
test_tokens_refresh__store_that_cannot_stage_is_put_to_all_the_same(void **state)
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
test_tokens_refresh__set_kept_beside_the_store_is_warned_of(void **state)
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

/* @spec RFC 6749 section 5.2 */
static void
test_tokens_refresh__invalid_grant_marks_the_account_and_is_not_tried_again(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, -1);
	struct belgo_error err = {0};

	(void)state;
	world_answer_always(w, WORLD_TOKEN, 400,
			    "{\"error\":\"invalid_grant\",\"error_description\":\"" RT1 " is gone\"}");
	assert_int_equal(get_token_rc(w, &a, &err), BELGO_ELOGIN);
	assert_string_equal(
	    err.text, "the account alice needs a login: the provider no longer accepts its refresh token");
	assert_string_equal(err.oauth_error, "invalid_grant");
	assert_int_equal(err.http_status, 400);
	assert_true(stored_has(w, &a, "\"needs_login\":1"));
	assert_true(stored_has(w, &a, RT1));
	assert_null(world_cached_token(w));
	world_journal_clear(w);
	assert_int_equal(get_token_rc(w, &a, NULL), BELGO_ELOGIN);
	assert_string_equal(world_journal(w), "get\nlock\nget\nunlock\n");
	world_free(&w);
}

/* A policy that a new login meets may also be lifted: the refresh token is not dead.
 * @spec OpenID Connect Core section 3.1.2.6 */
static void
test_tokens_refresh__refusal_that_is_not_of_the_grant_marks_nothing(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, -1);
	struct belgo_error err = {0};

	(void)state;
	world_answer(w, WORLD_TOKEN, 400, "{\"error\":\"interaction_required\"}");
	answer_token(w, AT2, RT2, NULL);
	assert_int_equal(get_token_rc(w, &a, &err), BELGO_ELOGIN);
	assert_string_equal(err.oauth_error, "interaction_required");
	assert_false(stored_has(w, &a, "\"needs_login\":1"));
	assert_int_equal(get_token_rc(w, &a, NULL), BELGO_OK);
	world_free(&w);
}

static void
read_a_code(const struct belgo_provider *provider, const json_t *reply, struct belgo_error *err)
{
	(void)provider;
	(void)reply;
	err->rc = BELGO_OK;
	(void)snprintf(err->provider_code, sizeof(err->provider_code), "X1");
	(void)bg_fail(err, BELGO_ELOGIN, "the password was changed");
}

static belgo_rc
find_provider_with_codes(void *arg, const char *id, struct belgo_provider **out, struct belgo_error *err)
{
	static const struct bg_hooks hooks = {.map_error = read_a_code};
	static const char preset[] =
	    "{\"id\":\"coded\",\"name\":\"C\",\"kind\":\"oidc\",\"issuer\":\"" WORLD_ISSUER "\"}";

	(void)arg;
	assert_string_equal(id, "coded");
	assert_int_equal(belgo_provider_from_json(out, preset, strlen(preset), "test", err), BELGO_OK);
	(*out)->hooks = &hooks;
	return BELGO_OK;
}

static void
test_tokens_refresh__words_of_a_strategy_are_kept(void **state)
{
	struct world *w = world_new();
	struct planted a = {.provider = "coded", .refresh_token = RT1, .expires_at = WORLD_NOW - 1};
	struct belgo_error err = {0};

	(void)state;
	world_params(w)->find_provider = find_provider_with_codes;
	world_restart(w);
	world_metadata(w, "");
	world_jwks(w);
	plant(w, &a);
	world_answer(w, WORLD_TOKEN, 400, "{\"error\":\"invalid_grant\"}");
	assert_int_equal(get_token_rc(w, &a, &err), BELGO_ELOGIN);
	assert_string_equal(err.text, "the password was changed");
	assert_string_equal(err.provider_code, "X1");
	assert_true(stored_has(w, &a, "\"needs_login\":1"));
	world_free(&w);
}

static void
test_tokens_refresh__mark_that_cannot_be_kept_changes_nothing_in_the_answer(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, -1);

	(void)state;
	world_answer_always(w, WORLD_TOKEN, 400, "{\"error\":\"invalid_grant\"}");
	world_store_fails(w, BG_STORE_PUT, BELGO_ESTORE, 0);
	assert_int_equal(get_token_rc(w, &a, NULL), BELGO_ELOGIN);
	world_free(&w);
}

struct elsewhere {
	struct planted *account;
	int gets; /* before it happens */
	void (*fn)(struct world *w, struct planted *account);
};

static void
count_down(struct world *w, void *arg)
{
	struct elsewhere *e = arg;

	if (e->gets-- > 0)
		world_store_before(w, BG_STORE_GET, count_down, e);
	else
		e->fn(w, e->account);
}

static void
refresh_there(struct world *w, struct planted *a)
{
	a->access_token = AT2;
	a->refresh_token = RT2;
	a->expires_at = WORLD_NOW + 3600;
	plant(w, a);
}

static void
refresh_there_but_expired(struct world *w, struct planted *a)
{
	a->refresh_token = RT2;
	plant(w, a);
}

static void
remove_there(struct world *w, struct planted *a)
{
	world_store_set(w, a->store_key, NULL);
}

static void
replace_by_newer_version(struct world *w, struct planted *a)
{
	world_store_set(w, a->store_key, "{\"version\":2}");
}

/* The third look at the store is the one after invalid_grant, besides that for a client secret. */
static belgo_rc
refused_while(struct world *w, struct planted *a, void (*fn)(struct world *, struct planted *), char **token,
	      struct belgo_error *err)
{
	struct elsewhere e = {.account = a, .gets = 3, .fn = fn};

	world_answer(w, WORLD_TOKEN, 400, "{\"error\":\"invalid_grant\"}");
	world_store_before(w, BG_STORE_GET, count_down, &e);
	return get_token(w, a, NULL, token, err);
}

static void
test_tokens_refresh__invalid_grant_after_the_store_moved_on_adopts_what_is_there(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, -1);
	char *token = NULL;

	(void)state;
	assert_int_equal(refused_while(w, &a, refresh_there, &token, NULL), BELGO_OK);
	assert_string_equal(token, AT2);
	assert_int_equal(world_count(w, "POST " WORLD_TOKEN), 1);
	assert_int_equal(world_count(w, "put"), 0);
	free(token);
	world_free(&w);
}

static void
test_tokens_refresh__adopted_set_that_is_too_old_is_refreshed(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, -1);
	char *token = NULL;

	(void)state;
	world_answer(w, WORLD_TOKEN, 400, "{\"error\":\"invalid_grant\"}");
	answer_token(w, AT3, RT3, NULL);
	assert_int_equal(refused_while(w, &a, refresh_there_but_expired, &token, NULL), BELGO_OK);
	assert_string_equal(token, AT3);
	assert_non_null(strstr(world_sent(w, WORLD_TOKEN), RT2));
	assert_true(stored_has(w, &a, RT3));
	free(token);
	world_free(&w);
}

static void
test_tokens_refresh__adopted_set_that_is_refused_too_is_marked(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, -1);
	char *token = NULL;

	(void)state;
	world_answer_always(w, WORLD_TOKEN, 400, "{\"error\":\"invalid_grant\"}");
	assert_int_equal(refused_while(w, &a, refresh_there_but_expired, &token, NULL), BELGO_ELOGIN);
	assert_int_equal(world_count(w, "POST " WORLD_TOKEN), 2);
	assert_true(stored_has(w, &a, "\"needs_login\":1"));
	assert_true(stored_has(w, &a, RT2));
	world_free(&w);
}

static void
test_tokens_refresh__account_removed_while_it_was_refused_stays_removed(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, -1);
	char *token = NULL;

	(void)state;
	assert_int_equal(refused_while(w, &a, remove_there, &token, NULL), BELGO_ENOTFOUND);
	assert_null(world_store_value(w, a.store_key));
	world_free(&w);
}

static void
test_tokens_refresh__record_that_cannot_be_read_is_not_written_over(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, -1);
	char *token = NULL;

	(void)state;
	assert_int_equal(refused_while(w, &a, replace_by_newer_version, &token, NULL), BELGO_ELOGIN);
	assert_string_equal(world_store_value(w, a.store_key), "{\"version\":2}");
	world_free(&w);
}

/* @spec OpenID Connect Core section 12.2 */
static void
test_tokens_refresh__refused_id_token_brings_the_old_record_back(void **state)
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
test_tokens_refresh__id_token_that_is_wrong_at_first_sight_is_unstaged_too(void **state)
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
test_tokens_refresh__store_that_cannot_unstage_still_says_why(void **state)
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
test_tokens_refresh__without_keys_the_set_stays_staged_and_is_judged_later(void **state)
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
test_tokens_refresh__what_an_earlier_call_left_is_judged_and_kept(void **state)
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
test_tokens_refresh__what_an_earlier_call_left_and_is_refused_is_unstaged(void **state)
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
test_tokens_refresh__what_an_earlier_call_left_a_day_ago_is_good_and_then_refreshed(void **state)
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
test_tokens_refresh__claims_of_the_new_id_token_win_over_the_old_ones(void **state)
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

static void
test_tokens_refresh__further_client_ids_and_resources_of_the_login_count(void **state)
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
test_tokens_refresh__client_secret_goes_the_way_of_the_login(void **state)
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
test_tokens_refresh__metadata_without_token_endpoint_spends_nothing(void **state)
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
test_tokens_refresh__cancel_waits_until_the_answer_is_stored(void **state)
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
test_tokens_refresh__cancel_before_the_request_ends_at_once(void **state)
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
	    cmocka_unit_test(test_tokens_refresh__all_that_it_needs_comes_before_the_token_is_spent),
	    cmocka_unit_test(test_tokens_refresh__without_id_token_the_set_is_put_at_once),
	    cmocka_unit_test(test_tokens_refresh__rotation_is_stored_before_anybody_hears_of_it),
	    cmocka_unit_test(test_tokens_refresh__what_the_reply_omits_is_kept_but_the_expiry_is_not),
	    cmocka_unit_test(test_tokens_refresh__one_refresh_serves_two_operations),
	    cmocka_unit_test(test_tokens_refresh__asked_for_again_later_it_happens_again),
	    cmocka_unit_test(test_tokens_refresh__failures_before_the_request_spend_nothing),
	    cmocka_unit_test(test_tokens_refresh__keys_that_do_not_come_are_nobodys_failure_yet),
	    cmocka_unit_test(
		test_tokens_refresh__account_without_openid_asks_for_no_keys_and_keeps_no_id_token),
	    cmocka_unit_test(test_tokens_refresh__refused_or_broken_answers_keep_the_old_token),
	    cmocka_unit_test(test_tokens_refresh__lost_answer_is_not_asked_for_again),
	    cmocka_unit_test(test_tokens_refresh__answer_that_broke_off_is_warned_of),
	    cmocka_unit_test(test_tokens_refresh__wait_of_the_provider_is_told),
	    cmocka_unit_test(test_tokens_refresh__failing_put_ends_with_the_stores_error),
	    cmocka_unit_test(test_tokens_refresh__staged_set_survives_a_failing_put),
	    cmocka_unit_test(test_tokens_refresh__store_that_cannot_stage_is_put_to_all_the_same),
	    cmocka_unit_test(test_tokens_refresh__set_kept_beside_the_store_is_warned_of),
	    cmocka_unit_test(test_tokens_refresh__invalid_grant_marks_the_account_and_is_not_tried_again),
	    cmocka_unit_test(test_tokens_refresh__refusal_that_is_not_of_the_grant_marks_nothing),
	    cmocka_unit_test(test_tokens_refresh__words_of_a_strategy_are_kept),
	    cmocka_unit_test(test_tokens_refresh__mark_that_cannot_be_kept_changes_nothing_in_the_answer),
	    cmocka_unit_test(
		test_tokens_refresh__invalid_grant_after_the_store_moved_on_adopts_what_is_there),
	    cmocka_unit_test(test_tokens_refresh__adopted_set_that_is_too_old_is_refreshed),
	    cmocka_unit_test(test_tokens_refresh__adopted_set_that_is_refused_too_is_marked),
	    cmocka_unit_test(test_tokens_refresh__account_removed_while_it_was_refused_stays_removed),
	    cmocka_unit_test(test_tokens_refresh__record_that_cannot_be_read_is_not_written_over),
	    cmocka_unit_test(test_tokens_refresh__refused_id_token_brings_the_old_record_back),
	    cmocka_unit_test(test_tokens_refresh__id_token_that_is_wrong_at_first_sight_is_unstaged_too),
	    cmocka_unit_test(test_tokens_refresh__store_that_cannot_unstage_still_says_why),
	    cmocka_unit_test(test_tokens_refresh__without_keys_the_set_stays_staged_and_is_judged_later),
	    cmocka_unit_test(test_tokens_refresh__what_an_earlier_call_left_is_judged_and_kept),
	    cmocka_unit_test(test_tokens_refresh__what_an_earlier_call_left_and_is_refused_is_unstaged),
	    cmocka_unit_test(
		test_tokens_refresh__what_an_earlier_call_left_a_day_ago_is_good_and_then_refreshed),
	    cmocka_unit_test(test_tokens_refresh__claims_of_the_new_id_token_win_over_the_old_ones),
	    cmocka_unit_test(test_tokens_refresh__further_client_ids_and_resources_of_the_login_count),
	    cmocka_unit_test(test_tokens_refresh__client_secret_goes_the_way_of_the_login),
	    cmocka_unit_test(test_tokens_refresh__metadata_without_token_endpoint_spends_nothing),
	    cmocka_unit_test(test_tokens_refresh__cancel_waits_until_the_answer_is_stored),
	    cmocka_unit_test(test_tokens_refresh__cancel_before_the_request_ends_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
