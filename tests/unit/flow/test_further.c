/* Further access tokens: by whose refresh token, beside what, how many, and what their refusal leaves alone.
 */
#include "fixture.h"

#include "flow/further.h"

#define API "https://api.example/"
#define AT_API "at-api." WORLD_SECRET

static const char *const api[] = {API};

static struct belgo_token_params
for_api(const char *scope)
{
	return (struct belgo_token_params){.scope = scope, .resources = api, .n_resources = 1};
}

static void
answer_further(struct world *w, const char *access_token, const char *refresh_token, const char *more)
{
	char *reply = token_reply(access_token, refresh_token, NULL, more);

	world_answer(w, WORLD_TOKEN, 200, reply);
	free(reply);
}

/* @spec RFC 8707 section 2.2; RFC 6749 section 6 */
static void
test_further__token_is_got_by_the_accounts_refresh_token_and_kept_beside_its_own(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, 3600);
	struct belgo_token_params params = for_api("read list");
	char *token = NULL;

	(void)state;
	answer_further(w, AT_API, RT2, ",\"expires_in\":600,\"scope\":\"list read\"");
	assert_int_equal(get_token(w, &a, &params, &token, NULL), BELGO_OK);
	assert_string_equal(token, AT_API);
	free(token);
	assert_string_equal(world_journal(w), "get\nlock\nget\nGET " WORLD_METADATA "\nGET " WORLD_JWKS
					      "\nget\nget\nprobe\nPOST " WORLD_TOKEN "\nput\nunlock\n");
	assert_non_null(strstr(world_sent(w, WORLD_TOKEN), "refresh_token=" RT1 "&scope=list+read&"));
	assert_non_null(strstr(world_sent(w, WORLD_TOKEN), "resource=https%3A%2F%2Fapi.example%2F"));
	assert_true(stored_has(w, &a, AT1) && stored_has(w, &a, AT_API));
	assert_true(stored_has(w, &a, RT2) && !stored_has(w, &a, RT1));
	assert_int_equal(get_token(w, &a, NULL, &token, NULL), BELGO_OK);
	assert_string_equal(token, AT1);
	free(token);
	world_free(&w);
}

/* Whoever asks the quick path for the account must not be handed a token of another audience. */
static void
test_further__token_never_lies_in_the_access_token_cache(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, 3600);
	struct belgo_token_params params = for_api(NULL);
	char *token = NULL;

	(void)state;
	answer_further(w, AT_API, NULL, ",\"expires_in\":600");
	assert_int_equal(get_token(w, &a, &params, &token, NULL), BELGO_OK);
	free(token);
	assert_null(world_cached_token(w));
	assert_int_equal(get_token_rc(w, &a, NULL), BELGO_OK);
	assert_string_equal(world_cached_token(w), AT1);
	assert_int_equal(get_token(w, &a, &params, &token, NULL), BELGO_OK);
	assert_string_equal(token, AT_API);
	assert_string_equal(world_cached_token(w), AT1);
	free(token);
	world_free(&w);
}

static void
test_further__same_selection_in_other_words_comes_from_the_store(void **state)
{
	static const char *const twice[] = {"urn:b", API, "urn:b"}, *const once[] = {API, "urn:b"};
	struct world *w = provider_up();
	struct planted a = plant_alice(w, 3600);
	struct belgo_token_params params = {.scope = "b a", .resources = once, .n_resources = 2};
	char *token = NULL;

	(void)state;
	answer_further(w, AT_API, NULL, ",\"expires_in\":600");
	assert_int_equal(get_token(w, &a, &params, &token, NULL), BELGO_OK);
	free(token);
	params = (struct belgo_token_params){.scope = " a  b a ", .resources = twice, .n_resources = 3};
	assert_int_equal(get_token(w, &a, &params, &token, NULL), BELGO_OK);
	assert_string_equal(token, AT_API);
	free(token);
	assert_int_equal(world_count(w, "POST " WORLD_TOKEN), 1);
	/* Another one is another token. */
	answer_further(w, AT3, NULL, ",\"expires_in\":600");
	params.n_resources = 2;
	params.scope = "a";
	assert_int_equal(get_token(w, &a, &params, &token, NULL), BELGO_OK);
	assert_string_equal(token, AT3);
	free(token);
	world_free(&w);
}

static void
test_further__token_that_has_grown_old_is_got_anew_in_its_place(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, 3600);
	struct belgo_token_params params = for_api(NULL);
	char *token = NULL;

	(void)state;
	answer_further(w, AT2, NULL, ",\"expires_in\":60");
	assert_int_equal(get_token(w, &a, &params, &token, NULL), BELGO_OK);
	free(token);
	world_advance(w, 61);
	answer_further(w, AT3, NULL, ",\"expires_in\":60");
	assert_int_equal(get_token(w, &a, &params, &token, NULL), BELGO_OK);
	assert_string_equal(token, AT3);
	free(token);
	assert_false(stored_has(w, &a, AT2));
	world_free(&w);
}

static void
test_further__result_has_neither_refresh_token_nor_id_token(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, 3600);
	struct belgo_token_params params = for_api(NULL);
	struct belgo_op *op = NULL;
	char *reply = token_reply(AT_API, RT2, "x.y.z", ",\"expires_in\":600,\"refresh_expires_in\":900");

	(void)state;
	world_answer(w, WORLD_TOKEN, 200, reply);
	free(reply);
	params.account_key = a.key;
	assert_int_equal(belgo_token_op(&op, world_client(w), &params, NULL), BELGO_OK);
	assert_int_equal(world_finish(op, NULL), BELGO_OK);
	assert_null(belgo_op_token(op)->refresh_token);
	assert_null(belgo_op_token(op)->id_token);
	assert_int_equal(belgo_op_token(op)->refresh_expires_at, 0);
	assert_int_equal(belgo_op_token(op)->expires_at, WORLD_NOW + 600);
	assert_string_equal(belgo_op_token(op)->scope, "openid email");
	assert_int_equal(belgo_op_account(op)->refresh_expires_at, WORLD_NOW + 900);
	assert_int_equal(belgo_op_account(op)->access_expires_at, WORLD_NOW + 3600);
	assert_string_equal(belgo_op_account(op)->further,
			    "[{\"resources\":[\"" API
			    "\"],\"granted\":\"openid email\",\"expires_at\":1800000600}]");
	belgo_op_free(&op);
	world_free(&w);
}

static void
test_further__less_than_was_asked_for_is_warned_of(void **state)
{
	static const struct {
		const char *name, *reply, *warning;
	} rows[] = {
	    {"less", ",\"scope\":\"read\"", "not granted: write"},
	    {"all", ",\"scope\":\"write read\"", NULL},
	    {"more", ",\"scope\":\"write read admin\"", NULL},
	    {"unsaid, which is all", "", NULL},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = provider_up();
		struct planted a = plant_alice(w, 3600);
		struct belgo_token_params params = {.account_key = a.key, .scope = "read write"};
		struct belgo_op *op = NULL;

		answer_further(w, AT2, NULL, rows[i].reply);
		assert_int_equal(belgo_token_op(&op, world_client(w), &params, NULL), BELGO_OK);
		assert_row(rows[i].name, world_finish(op, NULL) == BELGO_OK);
		assert_row(rows[i].name, rows[i].warning != NULL ? has_warning(op, rows[i].warning)
								 : belgo_op_warning(op, 0) == NULL);
		belgo_op_free(&op);
		world_free(&w);
	}
}

/* @spec RFC 8707 section 2; RFC 6749 section 5.2 */
static void
test_further__refused_selection_leaves_the_account_as_it_was(void **state)
{
	static const struct {
		const char *error;
		belgo_rc rc;
	} rows[] = {
	    {"invalid_target", BELGO_EDENIED},
	    {"invalid_scope", BELGO_EDENIED},
	    {"unauthorized_client", BELGO_EDENIED},
	    {"invalid_grant", BELGO_ELOGIN}, /* may speak of the selection alone */
	    {"consent_required", BELGO_ELOGIN},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = provider_up();
		struct planted a = plant_alice(w, 3600);
		struct belgo_token_params params = for_api(NULL);
		struct belgo_error err = {0};
		char *before, *token = NULL, body[80];

		assert_int_equal(get_token_rc(w, &a, NULL), BELGO_OK);
		before = strdup(world_store_value(w, a.store_key));
		(void)snprintf(body, sizeof(body), "{\"error\":\"%s\"}", rows[i].error);
		world_answer(w, WORLD_TOKEN, 400, body);
		assert_row(rows[i].error, get_token(w, &a, &params, &token, &err) == rows[i].rc);
		assert_row(rows[i].error, strcmp(err.oauth_error, rows[i].error) == 0);
		assert_row(rows[i].error, strcmp(world_store_value(w, a.store_key), before) == 0);
		assert_row(rows[i].error, strcmp(world_cached_token(w), AT1) == 0);
		assert_row(rows[i].error, get_token_rc(w, &a, NULL) == BELGO_OK);
		free(before);
		world_free(&w);
	}
}

static void
test_further__bad_selections_are_refused(void **state)
{
	static char long_uri[BG_MAX_SELECTION + 2];
	const struct {
		const char *name, *scope, *resource;
		belgo_rc rc;
	} rows[] = {
	    {"an https URI", NULL, API, BELGO_OK},
	    {"a URN", NULL, "urn:example:api", BELGO_OK},
	    {"a relative URI", NULL, "/api", BELGO_EINVAL},
	    {"no scheme", NULL, "api.example", BELGO_EINVAL},
	    {"a fragment", NULL, API "#x", BELGO_EINVAL},
	    {"a blank", NULL, API "a b", BELGO_EINVAL},
	    {"an empty one", NULL, "", BELGO_EINVAL},
	    {"a NULL", NULL, NULL, BELGO_EINVAL},
	    {"too long", NULL, long_uri, BELGO_EINVAL},
	    {"scopes", "a b", API, BELGO_OK},
	    {"a quotation mark in a scope", "a\"b", API, BELGO_EINVAL},
	    {"a backslash in a scope", "a\\b", API, BELGO_EINVAL},
	    {"a line feed in a scope", "a\nb", API, BELGO_EINVAL},
	    {"a letter beyond ASCII in a scope", "\xc3\xa4", API, BELGO_EINVAL},
	};

	(void)state;
	memset(long_uri, 'a', sizeof(long_uri) - 1);
	memcpy(long_uri, "urn:", 4);
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct bg_selection selection = {0};
		struct belgo_error err = {0};

		assert_row(rows[i].name, bg_selection_make(&selection, rows[i].scope, &rows[i].resource, 1,
							   &err) == rows[i].rc);
		assert_row(rows[i].name, (err.text[0] == '\0') == (rows[i].rc == BELGO_OK));
		assert_row(rows[i].name, bg_selection_is_empty(&selection) == (rows[i].rc != BELGO_OK));
		bg_selection_done(&selection);
	}
}

static void
test_further__blank_scope_selects_nothing(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, 3600);
	struct belgo_token_params params = {.scope = "  "};
	char *token = NULL;

	(void)state;
	assert_int_equal(get_token(w, &a, &params, &token, NULL), BELGO_OK);
	assert_string_equal(token, AT1);
	free(token);
	world_free(&w);
}

static void
keep(struct bg_record *r, const char *scope, size_t len)
{
	struct bg_selection selection = {0};
	struct belgo_token *token = bg_calloc(1, sizeof(*token));

	token->access_token = bg_calloc(1, len + 1);
	memset(token->access_token, 'a', len);
	token->token_type = bg_strdup("Bearer");
	assert_int_equal(bg_selection_make(&selection, scope, NULL, 0, NULL), BELGO_OK);
	assert_int_equal(bg_further_keep(r, &selection, &token, 1), BELGO_OK);
	assert_null(token);
	bg_selection_done(&selection);
}

static int
has(const struct bg_record *r, const char *scope)
{
	struct bg_selection selection = {0};
	int found;

	assert_int_equal(bg_selection_make(&selection, scope, NULL, 0, NULL), BELGO_OK);
	found = bg_further_find(r, &selection) != NULL;
	bg_selection_done(&selection);
	return found;
}

static void
test_further__seventeenth_takes_the_place_of_the_oldest(void **state)
{
	struct bg_record *r = bg_record_new();
	char scope[16];

	(void)state;
	for (int i = 0; i < BG_MAX_FURTHER; i++) {
		(void)snprintf(scope, sizeof(scope), "s%d", i);
		keep(r, scope, 10);
	}
	keep(r, "s0", 10); /* renewed: s1 is the oldest now */
	assert_int_equal(r->n_further, BG_MAX_FURTHER);
	keep(r, "one-more", 10);
	assert_int_equal(r->n_further, BG_MAX_FURTHER);
	assert_true(has(r, "s0") && has(r, "s2") && has(r, "one-more"));
	assert_false(has(r, "s1"));
	bg_record_free(&r);
}

/* A record that has grown too long could not be read again, and the account would be lost with it. */
static void
test_further__long_tokens_leave_no_room_for_older_ones(void **state)
{
	struct bg_record *r = bg_record_new();

	(void)state;
	keep(r, "a", 10);
	keep(r, "b", BG_MAX_FURTHER_SIZE / 2);
	keep(r, "c", BG_MAX_FURTHER_SIZE / 2 - 1000);
	assert_true(has(r, "a") && has(r, "b") && has(r, "c"));
	keep(r, "d", 2000);
	assert_true(has(r, "c") && has(r, "d"));
	assert_false(has(r, "a") || has(r, "b"));
	keep(r, "e", BG_MAX_FURTHER_SIZE);
	assert_int_equal(r->n_further, 0);
	bg_record_free(&r);
}

static void
test_further__refresh_of_the_account_keeps_them_and_another_login_does_not(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, 3600);
	struct belgo_token_params params = for_api(NULL), now = {.mode = BELGO_REFRESH_NOW};
	struct belgo_login_params login = login_params(w);
	char *token = NULL;

	(void)state;
	answer_further(w, AT_API, NULL, ",\"expires_in\":600");
	assert_int_equal(get_token(w, &a, &params, &token, NULL), BELGO_OK);
	free(token);
	world_advance(w, 1);
	answer_token(w, AT2, RT2, id_token_of(w, "alice", ""));
	assert_int_equal(get_token(w, &a, &now, &token, NULL), BELGO_OK);
	assert_string_equal(token, AT2);
	free(token);
	assert_true(stored_has(w, &a, AT_API));
	answer_login(w, "alice", RT3, "", "");
	world_redirect(w, "code=" CODE "&state={state}");
	assert_int_equal(world_run(login_of(w, &login), NULL), BELGO_OK);
	assert_true(stored_has(w, &a, RT3) && !stored_has(w, &a, AT_API));
	world_free(&w);
}

/* What an earlier call left staged is judged first, and its refresh token is the one that is spent. */
static void
test_further__staged_set_is_taken_up_before(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, 3600);
	struct belgo_token_params params = for_api(NULL), now = {.mode = BELGO_REFRESH_NOW};
	char *token = NULL;

	(void)state;
	answer_token(w, AT2, RT2, id_token_of(w, "alice", ""));
	world_store_fails(w, BG_STORE_PUT, BELGO_ESTORE, 1);
	assert_int_equal(get_token(w, &a, &now, &token, NULL), BELGO_ESTORE);
	answer_further(w, AT_API, RT3, ",\"expires_in\":600");
	assert_int_equal(get_token(w, &a, &params, &token, NULL), BELGO_OK);
	assert_string_equal(token, AT_API);
	free(token);
	assert_non_null(strstr(world_sent(w, WORLD_TOKEN), RT2));
	assert_true(stored_has(w, &a, AT2) && stored_has(w, &a, RT3) && stored_has(w, &a, AT_API));
	world_free(&w);
}

static void
refresh_elsewhere(struct world *w, void *arg)
{
	struct planted *a = arg;

	a->refresh_token = RT2;
	plant(w, a);
}

/* Another host rotated the refresh token between our look and the request: the store has the next one. */
static void
test_further__refresh_token_that_another_rotated_is_taken_from_the_store(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, 3600);
	struct belgo_token_params params = for_api(NULL);
	char *token = NULL;

	(void)state;
	world_store_before(w, BG_STORE_PROBE, refresh_elsewhere, &a);
	world_answer(w, WORLD_TOKEN, 400, "{\"error\":\"invalid_grant\"}");
	answer_further(w, AT_API, RT3, ",\"expires_in\":600");
	assert_int_equal(get_token(w, &a, &params, &token, NULL), BELGO_OK);
	assert_string_equal(token, AT_API);
	free(token);
	assert_true(stored_has(w, &a, RT3));
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		test_further__token_is_got_by_the_accounts_refresh_token_and_kept_beside_its_own),
	    cmocka_unit_test(test_further__token_never_lies_in_the_access_token_cache),
	    cmocka_unit_test(test_further__same_selection_in_other_words_comes_from_the_store),
	    cmocka_unit_test(test_further__token_that_has_grown_old_is_got_anew_in_its_place),
	    cmocka_unit_test(test_further__result_has_neither_refresh_token_nor_id_token),
	    cmocka_unit_test(test_further__less_than_was_asked_for_is_warned_of),
	    cmocka_unit_test(test_further__refused_selection_leaves_the_account_as_it_was),
	    cmocka_unit_test(test_further__bad_selections_are_refused),
	    cmocka_unit_test(test_further__blank_scope_selects_nothing),
	    cmocka_unit_test(test_further__seventeenth_takes_the_place_of_the_oldest),
	    cmocka_unit_test(test_further__long_tokens_leave_no_room_for_older_ones),
	    cmocka_unit_test(test_further__refresh_of_the_account_keeps_them_and_another_login_does_not),
	    cmocka_unit_test(test_further__staged_set_is_taken_up_before),
	    cmocka_unit_test(test_further__refresh_token_that_another_rotated_is_taken_from_the_store),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
