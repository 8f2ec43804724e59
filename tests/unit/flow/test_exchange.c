/* Token exchange of an account: which tokens go where, what is tried twice, and that nothing is kept. */
#include "fixture.h"

#define URN "urn:ietf:params:oauth:token-type:"
#define NEW "new." WORLD_SECRET
#define OTHER_ISSUER "https://other.example"

#define ISSUED(type, token_type)                                                                             \
	"{\"access_token\":\"" NEW "\",\"token_type\":\"" token_type "\",\"issued_token_type\":\"" URN type  \
	"\"}"

/* What an operation came to; free() both. */
struct got {
	char *token;
	char *json;
	struct belgo_error err;
};

static belgo_rc
exchange(struct world *w, const struct belgo_token_exchange_params *params, struct got *got)
{
	struct belgo_op *op = NULL;
	belgo_rc rc;

	*got = (struct got){0};
	assert_int_equal(belgo_token_exchange_op(&op, world_client(w), params, NULL), BELGO_OK);
	rc = world_finish(op, &got->err);
	assert_int_equal(belgo_op_token(op) != NULL, rc == BELGO_OK);
	if (rc == BELGO_OK) {
		assert_string_equal(belgo_op_account(op)->key, params->account_key);
		assert_null(belgo_op_token(op)->refresh_token);
		got->token = strdup(belgo_op_token(op)->access_token);
		got->json = strdup(belgo_op_json(op));
	}
	belgo_op_free(&op);
	return rc;
}

static void
got_done(struct got *got)
{
	free(got->token);
	free(got->json);
}

static void
test_exchange__live_token_is_sent_and_the_new_one_is_kept_nowhere(void **state)
{
	static const char *const audiences[] = {"backend"};
	static const char *const resources[] = {"https://api.example/"};
	struct world *w = provider_up();
	struct planted a = plant_alice(w, 3600);
	struct belgo_token_exchange_params params = {.account_key = a.key,
						     .requested_token_type = "jwt",
						     .audiences = audiences,
						     .n_audiences = 1,
						     .resources = resources,
						     .n_resources = 1,
						     .scope = "b a"};
	struct got got;

	(void)state;
	world_answer(w, WORLD_TOKEN, 200, ISSUED("jwt", "N_A"));
	assert_int_equal(exchange(w, &params, &got), BELGO_OK);
	assert_string_equal(got.token, NEW);
	assert_string_equal(got.json, "{\"issued_token_type\":\"" URN "jwt\"}");
	assert_non_null(strstr(world_sent(w, WORLD_TOKEN), "&subject_token=" AT1 "&"));
	assert_non_null(strstr(world_sent(w, WORLD_TOKEN),
			       "token-type%3Ajwt&audience=backend&resource=https%3A%2F%2Fapi.example%2F"
			       "&scope=a+b&client_id=" WORLD_CLIENT));
	assert_null(strstr(world_sent(w, WORLD_TOKEN), "actor_token"));
	assert_int_equal(world_count(w, "put"), 0);
	assert_false(stored_has(w, &a, NEW));
	assert_true(stored_has(w, &a, AT1));
	assert_true(world_cached_token(w) == NULL || strcmp(world_cached_token(w), NEW) != 0);
	got_done(&got);
	world_free(&w);
}

/* The account's own expiry decides, before anything is exchanged. */
static void
test_exchange__token_that_is_over_is_refreshed_first(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, 30);
	struct belgo_token_exchange_params params = {.account_key = a.key};
	struct got got;

	(void)state;
	answer_token(w, AT2, RT2, NULL);
	world_answer(w, WORLD_TOKEN, 200, ISSUED("access_token", "Bearer"));
	assert_int_equal(exchange(w, &params, &got), BELGO_OK);
	assert_non_null(strstr(world_sent(w, WORLD_TOKEN), "&subject_token=" AT2 "&"));
	assert_int_equal(world_count(w, "POST " WORLD_TOKEN), 2);
	assert_true(stored_has(w, &a, RT2) && !stored_has(w, &a, NEW));
	got_done(&got);
	world_free(&w);
}

/* @spec RFC 8693 section 3 */
static void
test_exchange__any_token_of_the_account_can_be_the_subject(void **state)
{
	static const struct {
		enum belgo_token_kind kind;
		const char *sent; /* NULL: it has none */
		const char *refresh_token, *id_token;
	} rows[] = {
	    {BELGO_ACCESS_TOKEN, "subject_token=" AT1, NULL, NULL},
	    {BELGO_REFRESH_TOKEN, "subject_token=" RT1, RT1, NULL},
	    {BELGO_ID_TOKEN, "subject_token=x.y.z", NULL, "x.y.z"},
	    {BELGO_REFRESH_TOKEN, NULL, NULL, "x.y.z"},
	    {BELGO_ID_TOKEN, NULL, RT1, NULL},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = provider_up();
		struct planted a = {.refresh_token = rows[i].refresh_token, .id_token = rows[i].id_token};
		struct belgo_token_exchange_params params = {.account_key = a.key,
							     .subject_token_type = rows[i].kind};
		struct got got;

		plant(w, &a);
		world_answer(w, WORLD_TOKEN, 200, ISSUED("access_token", "Bearer"));
		assert_int_equal(exchange(w, &params, &got), rows[i].sent != NULL ? BELGO_OK : BELGO_ELOGIN);
		assert_int_equal(world_sent(w, WORLD_TOKEN) == NULL, rows[i].sent == NULL);
		if (rows[i].sent != NULL)
			assert_non_null(strstr(world_sent(w, WORLD_TOKEN), rows[i].sent));
		got_done(&got);
		world_free(&w);
	}
}

static void
test_exchange__actor_of_the_same_issuer_goes_along(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, 3600);
	struct planted bob = {.subject = "bob", .access_token = AT3};
	struct belgo_token_exchange_params params = {.account_key = a.key, .actor_account_key = bob.key};
	struct got got;

	(void)state;
	plant(w, &bob);
	world_answer(w, WORLD_TOKEN, 200, ISSUED("access_token", "Bearer"));
	assert_int_equal(exchange(w, &params, &got), BELGO_OK);
	assert_non_null(strstr(world_sent(w, WORLD_TOKEN), "&subject_token=" AT1 "&"));
	assert_non_null(strstr(world_sent(w, WORLD_TOKEN),
			       "&actor_token=" AT3 "&actor_token_type=urn%3Aietf%3Aparams%3Aoauth%3A"
			       "token-type%3Aaccess_token"));
	got_done(&got);
	world_free(&w);
}

/* A token is shown to the issuer that made it and to nobody else. */
static void
test_exchange__actor_of_another_issuer_is_refused_before_anything_is_sent(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, 3600);
	struct planted bob = {.subject = "bob", .access_token = AT3, .issuer = OTHER_ISSUER};
	struct belgo_token_exchange_params params = {.account_key = a.key, .actor_account_key = bob.key};
	struct got got;

	(void)state;
	plant(w, &bob);
	world_answer_always(w, WORLD_TOKEN, 200, ISSUED("access_token", "Bearer"));
	assert_int_equal(exchange(w, &params, &got), BELGO_EINVAL);
	assert_null(world_sent(w, WORLD_TOKEN));
	got_done(&got);
	world_free(&w);
}

/* @spec RFC 8693 section 2.2.2 */
static void
test_exchange__token_that_is_refused_for_its_age_costs_one_refresh(void **state)
{
	static const struct {
		int status;
		const char *body;
		const char *refresh_token;
		int requests; /* the exchange, and where it is worth it the refresh and the exchange again */
	} rows[] = {
	    {400, "{\"error\":\"invalid_request\"}", RT1, 3},
	    {400, "{\"error\":\"invalid_grant\"}", RT1, 3},
	    {401, "{}", RT1, 3},
	    {400, "{\"error\":\"invalid_grant\"}", NULL, 1},
	    {400, "{\"error\":\"invalid_target\"}", RT1, 1},
	    {401, "{\"error\":\"invalid_client\"}", RT1, 1},
	    {503, "", RT1, 1},
	    {200, ISSUED("access_token", "N_A"), RT1, 1},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = provider_up();
		struct planted a = {.refresh_token = rows[i].refresh_token,
				    .expires_at = WORLD_NOW + 3600,
				    .refreshed_at_ms = (WORLD_NOW - 3600) * 1000};
		struct belgo_token_exchange_params params = {.account_key = a.key};
		struct got got;

		plant(w, &a);
		world_answer(w, WORLD_TOKEN, rows[i].status, rows[i].body);
		answer_token(w, AT2, RT2, NULL);
		world_answer(w, WORLD_TOKEN, 200, ISSUED("access_token", "Bearer"));
		assert_row(rows[i].body, (exchange(w, &params, &got) == BELGO_OK) == (rows[i].requests == 3));
		assert_row(rows[i].body, world_count(w, "POST " WORLD_TOKEN) == (size_t)rows[i].requests);
		assert_row(rows[i].body, stored_has(w, &a, AT2) == (rows[i].requests == 3));
		if (rows[i].requests == 3)
			assert_non_null(strstr(world_sent(w, WORLD_TOKEN), "&subject_token=" AT2 "&"));
		got_done(&got);
		world_free(&w);
	}
}

/* Refused again, it is not refreshed again; and no login would mend it. */
static void
test_exchange__second_refusal_is_the_last(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, 3600);
	struct belgo_token_exchange_params params = {.account_key = a.key};
	struct got got;

	(void)state;
	world_answer(w, WORLD_TOKEN, 400, "{\"error\":\"invalid_grant\"}");
	answer_token(w, AT2, RT2, NULL);
	world_answer_always(w, WORLD_TOKEN, 400,
			    "{\"error\":\"invalid_grant\",\"error_description\":\"no " AT2 "\"}");
	assert_int_equal(exchange(w, &params, &got), BELGO_EDENIED);
	assert_string_equal(got.err.oauth_error_description, "no [...]");
	assert_int_equal(world_count(w, "POST " WORLD_TOKEN), 3);
	assert_true(stored_has(w, &a, "\"needs_login\":0"));
	got_done(&got);
	world_free(&w);
}

static void
test_exchange__client_proves_itself_as_at_a_refresh(void **state)
{
	struct world *w = provider_up();
	struct planted a = {.refresh_token = RT1, .auth_method = "client_secret_post"};
	struct belgo_token_exchange_params params = {.account_key = a.key};
	struct belgo_op *op = NULL;
	struct got got;

	(void)state;
	plant(w, &a);
	assert_int_equal(
	    belgo_client_secret_op(&op, world_client(w), WORLD_ISSUER, WORLD_CLIENT, CLIENT_SECRET, NULL),
	    BELGO_OK);
	assert_int_equal(world_run(op, NULL), BELGO_OK);
	world_answer(w, WORLD_TOKEN, 200, ISSUED("access_token", "Bearer"));
	assert_int_equal(exchange(w, &params, &got), BELGO_OK);
	assert_non_null(strstr(world_sent(w, WORLD_TOKEN), "client_secret=" CLIENT_SECRET));
	got_done(&got);
	world_free(&w);
}

static void
test_exchange__scopes_that_were_not_granted_are_told(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, 3600);
	struct belgo_token_exchange_params params = {.account_key = a.key, .scope = "a b"};
	struct belgo_op *op = NULL;

	(void)state;
	world_answer(w, WORLD_TOKEN, 200,
		     "{\"access_token\":\"" NEW "\",\"token_type\":\"Bearer\",\"scope\":\"b\","
		     "\"issued_token_type\":\"" URN "access_token\"}");
	assert_int_equal(belgo_token_exchange_op(&op, world_client(w), &params, NULL), BELGO_OK);
	assert_int_equal(world_finish(op, NULL), BELGO_OK);
	assert_true(has_warning(op, "not granted: a"));
	belgo_op_free(&op);
	world_free(&w);
}

static void
test_exchange__parameters_are_checked(void **state)
{
	static const char *const relative[] = {"/api"}, *const empty[] = {""}, *const fine[] = {"urn:x"};
	static const char *const control[] = {"a\x1b[2J"};
	struct world *w = world_new();
	struct planted a = plant_alice(w, 60);
	const struct belgo_token_exchange_params rows[] = {
	    {.account_key = "x"},
	    {.account_key = NULL},
	    {.account_key = a.key, .actor_account_key = "../x"},
	    {.account_key = a.key, .subject_token_type = (enum belgo_token_kind)7},
	    {.account_key = a.key, .requested_token_type = "nonsense"},
	    {.account_key = a.key, .resources = relative, .n_resources = 1},
	    {.account_key = a.key, .audiences = empty, .n_audiences = 1},
	    {.account_key = a.key, .audiences = control, .n_audiences = 1},
	    {.account_key = a.key, .scope = "a\"b"},
	};
	const struct belgo_token_exchange_params good = {
	    .account_key = a.key, .resources = fine, .n_resources = 1, .audiences = fine, .n_audiences = 1};
	struct belgo_op *op = NULL;

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		assert_int_equal(belgo_token_exchange_op(&op, world_client(w), &rows[i], NULL), BELGO_EINVAL);
		assert_null(op);
	}
	assert_int_equal(belgo_token_exchange_op(&op, world_client(w), &good, NULL), BELGO_OK);
	belgo_op_free(&op);
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_exchange__live_token_is_sent_and_the_new_one_is_kept_nowhere),
	    cmocka_unit_test(test_exchange__token_that_is_over_is_refreshed_first),
	    cmocka_unit_test(test_exchange__any_token_of_the_account_can_be_the_subject),
	    cmocka_unit_test(test_exchange__actor_of_the_same_issuer_goes_along),
	    cmocka_unit_test(test_exchange__actor_of_another_issuer_is_refused_before_anything_is_sent),
	    cmocka_unit_test(test_exchange__token_that_is_refused_for_its_age_costs_one_refresh),
	    cmocka_unit_test(test_exchange__second_refusal_is_the_last),
	    cmocka_unit_test(test_exchange__client_proves_itself_as_at_a_refresh),
	    cmocka_unit_test(test_exchange__scopes_that_were_not_granted_are_told),
	    cmocka_unit_test(test_exchange__parameters_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
