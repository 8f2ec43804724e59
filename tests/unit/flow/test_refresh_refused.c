/* Refreshes that the provider refuses, and what else may have happened meanwhile. */
#include "fixture.h"

/* Every answer that is no token set: the old refresh token stays, and is sent once. */
static void
test_refresh_refused__refused_or_broken_answers_keep_the_old_token(void **state)
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
	    {"no access token", 200, "{\"token_type\":\"Bearer\"}", BELGO_EPROTO},
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
test_refresh_refused__lost_answer_is_not_asked_for_again(void **state)
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

static void
test_refresh_refused__wait_of_the_provider_is_told(void **state)
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

/* @spec RFC 6749 section 5.2 */
static void
test_refresh_refused__invalid_grant_marks_the_account_and_is_not_tried_again(void **state)
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
test_refresh_refused__refusal_that_is_not_of_the_grant_marks_nothing(void **state)
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
test_refresh_refused__words_of_a_strategy_are_kept(void **state)
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
test_refresh_refused__mark_that_cannot_be_kept_changes_nothing_in_the_answer(void **state)
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
test_refresh_refused__invalid_grant_after_the_store_moved_on_adopts_what_is_there(void **state)
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
test_refresh_refused__adopted_set_that_is_too_old_is_refreshed(void **state)
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
test_refresh_refused__adopted_set_that_is_refused_too_is_marked(void **state)
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
test_refresh_refused__account_removed_while_it_was_refused_stays_removed(void **state)
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
test_refresh_refused__record_that_cannot_be_read_is_not_written_over(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, -1);
	char *token = NULL;

	(void)state;
	assert_int_equal(refused_while(w, &a, replace_by_newer_version, &token, NULL), BELGO_ELOGIN);
	assert_string_equal(world_store_value(w, a.store_key), "{\"version\":2}");
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_refresh_refused__refused_or_broken_answers_keep_the_old_token),
	    cmocka_unit_test(test_refresh_refused__lost_answer_is_not_asked_for_again),
	    cmocka_unit_test(test_refresh_refused__wait_of_the_provider_is_told),
	    cmocka_unit_test(test_refresh_refused__invalid_grant_marks_the_account_and_is_not_tried_again),
	    cmocka_unit_test(test_refresh_refused__refusal_that_is_not_of_the_grant_marks_nothing),
	    cmocka_unit_test(test_refresh_refused__words_of_a_strategy_are_kept),
	    cmocka_unit_test(test_refresh_refused__mark_that_cannot_be_kept_changes_nothing_in_the_answer),
	    cmocka_unit_test(
		test_refresh_refused__invalid_grant_after_the_store_moved_on_adopts_what_is_there),
	    cmocka_unit_test(test_refresh_refused__adopted_set_that_is_too_old_is_refreshed),
	    cmocka_unit_test(test_refresh_refused__adopted_set_that_is_refused_too_is_marked),
	    cmocka_unit_test(test_refresh_refused__account_removed_while_it_was_refused_stays_removed),
	    cmocka_unit_test(test_refresh_refused__record_that_cannot_be_read_is_not_written_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
