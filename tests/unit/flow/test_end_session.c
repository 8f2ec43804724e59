/* The end of a session at the provider: what the browser is given, and that nothing here changes. */
#include "fixture.h"

#define END "\"end_session_endpoint\":\"" WORLD_ISSUER "/end\","
#define ID_TOKEN "id." WORLD_SECRET ".x"

static belgo_rc
end_session(struct world *w, const struct planted *a, const char *redirect_uri, char **json,
	    struct belgo_error *err)
{
	struct belgo_end_session_params params = {.account_key = a->key,
						  .post_logout_redirect_uri = redirect_uri};
	struct belgo_op *op = NULL;
	belgo_rc rc;

	assert_int_equal(belgo_end_session_op(&op, world_client(w), &params, NULL), BELGO_OK);
	rc = world_finish(op, err);
	*json = belgo_op_json(op) == NULL ? NULL : strdup(belgo_op_json(op));
	belgo_op_free(&op);
	return rc;
}

static struct world *
ending(const char *members)
{
	struct world *w = world_new();

	world_metadata(w, members);
	return w;
}

/* @spec OpenID Connect RP-Initiated Logout 1.0 section 2 */
static void
test_end_session__url_carries_the_id_token_and_the_account_stays(void **state)
{
	struct world *w = ending(END);
	struct planted a = {.id_token = ID_TOKEN, .email = "ada@op.example", .refresh_token = RT1};
	char *json = NULL;

	(void)state;
	plant(w, &a);
	assert_int_equal(end_session(w, &a, NULL, &json, NULL), BELGO_OK);
	assert_string_equal(json,
			    "{\"url\":\"" WORLD_ISSUER "/end?id_token_hint=" ID_TOKEN
			    "&logout_hint=ada%40op.example&client_id=" WORLD_CLIENT "\",\"state\":null}");
	assert_string_equal(world_journal(w), "get\nGET " WORLD_METADATA "\n");
	assert_true(stored_has(w, &a, RT1));
	free(json);
	world_free(&w);
}

/* Also an ID token that came with a refresh and waits for its judgement. */
static void
test_end_session__without_a_judged_id_token_the_client_is_named_alone(void **state)
{
	static const struct planted rows[] = {{.refresh_token = RT1},
					      {.id_token = ID_TOKEN, .refresh_token = RT1, .pending = 1}};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = ending(END);
		struct planted a = rows[i];
		char *json = NULL;

		plant(w, &a);
		assert_int_equal(end_session(w, &a, NULL, &json, NULL), BELGO_OK);
		assert_string_equal(json, "{\"url\":\"" WORLD_ISSUER "/end?client_id=" WORLD_CLIENT
					  "\",\"state\":null}");
		free(json);
		world_free(&w);
	}
}

/* @spec OpenID Connect RP-Initiated Logout 1.0 section 3 */
static void
test_end_session__state_is_made_for_the_way_back(void **state)
{
	struct world *w = ending(END);
	struct planted a = plant_alice(w, 60);
	char *json = NULL, *made = world_foretell(w, 1), want[512];

	(void)state;
	assert_int_equal(end_session(w, &a, "https://app.example/out", &json, NULL), BELGO_OK);
	(void)snprintf(
	    want, sizeof(want),
	    "{\"url\":\"" WORLD_ISSUER "/end?client_id=" WORLD_CLIENT
	    "&post_logout_redirect_uri=https%%3A%%2F%%2Fapp.example%%2Fout&state=%s\",\"state\":\"%s\"}",
	    made, made);
	assert_string_equal(json, want);
	free(made);
	free(json);
	world_free(&w);
}

static void
test_end_session__what_it_cannot_do_it_says(void **state)
{
	static const struct {
		const char *name, *members, *redirect_uri;
		belgo_rc want;
	} rows[] = {
	    {"no endpoint", "", NULL, BELGO_ENOTFOUND},
	    {"L01 not secure", "\"end_session_endpoint\":\"http://op.example/end\",", NULL, BELGO_EPROTO},
	    {"a relative redirect URI", END, "/out", BELGO_EINVAL},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = ending(rows[i].members);
		struct planted a = {.id_token = ID_TOKEN};
		char *json = NULL;

		plant(w, &a);
		assert_row(rows[i].name,
			   end_session(w, &a, rows[i].redirect_uri, &json, NULL) == rows[i].want);
		assert_null(json);
		world_free(&w);
	}
}

static void
test_end_session__key_is_checked(void **state)
{
	struct world *w = world_new();
	struct belgo_end_session_params params = {.account_key = "x"};
	struct belgo_op *op = NULL;

	(void)state;
	assert_int_equal(belgo_end_session_op(&op, world_client(w), &params, NULL), BELGO_EINVAL);
	assert_null(op);
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_end_session__url_carries_the_id_token_and_the_account_stays),
	    cmocka_unit_test(test_end_session__without_a_judged_id_token_the_client_is_named_alone),
	    cmocka_unit_test(test_end_session__state_is_made_for_the_way_back),
	    cmocka_unit_test(test_end_session__what_it_cannot_do_it_says),
	    cmocka_unit_test(test_end_session__key_is_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
