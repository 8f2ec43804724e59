/* Logging out: what the provider is told, and that the account goes whatever it says. */
#include "fixture.h"

#include "harness/seams_stub.h"

/* *json: what it said, malloc'd, or NULL. */
static belgo_rc
log_out(struct world *w, const struct planted *a, char **json, struct belgo_error *err)
{
	struct belgo_op *op = NULL;
	belgo_rc rc;

	assert_int_equal(belgo_logout_op(&op, world_client(w), a->key, NULL), BELGO_OK);
	rc = world_finish(op, err);
	*json = belgo_op_json(op) == NULL ? NULL : strdup(belgo_op_json(op));
	belgo_op_free(&op);
	return rc;
}

/* @spec RFC 7009 section 2.1 */
static void
test_logout__revokes_the_refresh_token_and_removes_the_account(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, 60);
	char *json = NULL;

	(void)state;
	world_answer(w, WORLD_REVOKE, 200, "");
	assert_int_equal(get_token_rc(w, &a, NULL), BELGO_OK);
	assert_non_null(world_cached_token(w));
	world_journal_clear(w);
	assert_int_equal(log_out(w, &a, &json, NULL), BELGO_OK);
	assert_string_equal(json, "{\"revoked\":\"yes\",\"detail\":null}");
	assert_string_equal(world_journal(w), "lock\nget\nGET " WORLD_METADATA
					      "\nget\nget\nPOST " WORLD_REVOKE "\nremove\nunlock\n");
	assert_non_null(strstr(world_sent(w, WORLD_REVOKE), "token=" RT1));
	assert_non_null(strstr(world_sent(w, WORLD_REVOKE), "token_type_hint=refresh_token"));
	assert_null(world_store_value(w, a.store_key));
	assert_null(world_cached_token(w));
	free(json);
	world_free(&w);
}

static void
test_logout__without_refresh_token_the_access_token_is_revoked(void **state)
{
	struct world *w = provider_up();
	struct planted a = {0};
	char *json = NULL;

	(void)state;
	plant(w, &a);
	world_answer(w, WORLD_REVOKE, 200, "");
	assert_int_equal(log_out(w, &a, &json, NULL), BELGO_OK);
	assert_non_null(strstr(world_sent(w, WORLD_REVOKE), "token=" AT1));
	free(json);
	world_free(&w);
}

static void
test_logout__account_goes_whatever_the_provider_says(void **state)
{
	static const struct {
		const char *name;
		const char *url;
		int status;
		const char *body;
		belgo_rc rc;
		const char *json; /* the beginning */
	} rows[] = {
	    {"down", WORLD_REVOKE, 0, "", BELGO_EUNAVAILABLE,
	     "{\"revoked\":\"no\",\"detail\":\"no answer from the scripted world\"}"},
	    {"refused", WORLD_REVOKE, 400, "{\"error\":\"unsupported_token_type\"}", BELGO_OK,
	     "{\"revoked\":\"no\",\"detail\":\"revocation endpoint: refused with"},
	    {"unavailable", WORLD_REVOKE, 503, "{}", BELGO_OK,
	     "{\"revoked\":\"no\",\"detail\":\"revocation endpoint: not available"},
	    {"no metadata", WORLD_METADATA, 0, "", BELGO_ETLS,
	     "{\"revoked\":\"no\",\"detail\":\"no answer from the scripted world\"}"},
	    {"unsupported", WORLD_METADATA, 200,
	     "{\"issuer\":\"" WORLD_ISSUER "\",\"authorization_endpoint\":\"" WORLD_ISSUER
	     "/a\",\"token_endpoint\":\"" WORLD_TOKEN "\"}",
	     BELGO_OK, "{\"revoked\":\"unsupported\",\"detail\":null}"},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = world_new();
		struct planted a = plant_alice(w, 60);
		char *json = NULL;

		if (rows[i].rc != BELGO_OK)
			world_no_answer(w, rows[i].url, rows[i].rc);
		else
			world_answer(w, rows[i].url, rows[i].status, rows[i].body);
		if (strcmp(rows[i].url, WORLD_METADATA) != 0)
			world_metadata(w, "");
		assert_row(rows[i].name, log_out(w, &a, &json, NULL) == BELGO_OK);
		assert_row(rows[i].name, strncmp(json, rows[i].json, strlen(rows[i].json)) == 0);
		assert_row(rows[i].name, world_store_value(w, a.store_key) == NULL);
		free(json);
		world_free(&w);
	}
}

static void
test_logout__client_secret_goes_with_it(void **state)
{
	struct world *w = provider_up();
	struct planted a = {.refresh_token = RT1, .auth_method = "client_secret_post"};
	struct belgo_op *op = NULL;
	char *json = NULL;

	(void)state;
	plant(w, &a);
	assert_int_equal(
	    belgo_client_secret_op(&op, world_client(w), WORLD_ISSUER, WORLD_CLIENT, CLIENT_SECRET, NULL),
	    BELGO_OK);
	assert_int_equal(world_run(op, NULL), BELGO_OK);
	world_answer(w, WORLD_REVOKE, 200, "");
	assert_int_equal(log_out(w, &a, &json, NULL), BELGO_OK);
	assert_non_null(strstr(world_sent(w, WORLD_REVOKE), "client_secret=" CLIENT_SECRET));
	free(json);
	world_free(&w);
}

static void
test_logout__client_secret_that_cannot_be_read_keeps_nobody_logged_in(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, 60);
	char id[65], key[80], *json = NULL;

	(void)state;
	assert_int_equal(bg_client_key(id, WORLD_ISSUER, WORLD_CLIENT), BELGO_OK);
	(void)snprintf(key, sizeof(key), "client/%s", id);
	world_store_set(w, key, "damaged");
	assert_int_equal(log_out(w, &a, &json, NULL), BELGO_OK);
	assert_non_null(strstr(json, "the client's secret or key in the store is damaged"));
	assert_null(world_store_value(w, a.store_key));
	free(json);
	world_free(&w);
}

static void
test_logout__provider_that_is_unknown_by_now_keeps_nobody_logged_in(void **state)
{
	struct world *w = world_new();
	struct planted a = {.provider = "gone", .refresh_token = RT1};
	char *json = NULL;

	(void)state;
	plant(w, &a);
	assert_int_equal(log_out(w, &a, &json, NULL), BELGO_OK);
	assert_string_equal(json, "{\"revoked\":\"no\",\"detail\":\"there is no provider gone\"}");
	assert_null(world_store_value(w, a.store_key));
	free(json);
	world_free(&w);
}

static void
test_logout__preset_says_how_to_revoke_by_hand(void **state)
{
	static const char preset[] =
	    "{\"id\":\"builtin\",\"name\":\"B\",\"kind\":\"oauth2\",\"issuer\":\"" WORLD_ISSUER
	    "\",\"discovery\":\"none\","
	    "\"authorization_endpoint\":\"" WORLD_ISSUER "/a\",\"token_endpoint\":\"" WORLD_TOKEN "\","
	    "\"revocation_note\":\"Open the settings.\"}";
	struct belgo_provider *p = NULL;
	struct world *w = world_new();
	struct planted a = {.provider = "builtin", .refresh_token = RT1};
	char *json = NULL;

	(void)state;
	assert_int_equal(belgo_provider_from_json(&p, preset, strlen(preset), "test", NULL), BELGO_OK);
	seams_builtin = p;
	plant(w, &a);
	assert_int_equal(log_out(w, &a, &json, NULL), BELGO_OK);
	assert_string_equal(json, "{\"revoked\":\"unsupported\",\"detail\":\"Open the settings.\"}");
	free(json);
	seams_builtin = NULL;
	world_free(&w);
	belgo_provider_free(&p);
}

static void
test_logout__damaged_record_is_removed_and_its_token_purged(void **state)
{
	struct world *w = world_new();
	struct planted a = plant_alice(w, 60);
	struct belgo_op *op = NULL;

	(void)state;
	assert_int_equal(get_token_rc(w, &a, NULL), BELGO_OK);
	world_store_set(w, a.store_key, "damaged");
	assert_int_equal(belgo_logout_op(&op, world_client(w), a.key, NULL), BELGO_OK);
	assert_int_equal(world_finish(op, NULL), BELGO_OK);
	assert_non_null(strstr(belgo_op_json(op), "is damaged"));
	assert_null(belgo_op_account(op));
	assert_null(world_store_value(w, a.store_key));
	assert_null(world_cached_token(w));
	belgo_op_free(&op);
	world_free(&w);
}

static void
test_logout__what_it_cannot_do_it_says(void **state)
{
	static const struct {
		const char *name;
		enum bg_store_verb verb;
		belgo_rc rc;
	} rows[] = {
	    {"locked", BG_STORE_LOCK, BELGO_EIO},
	    {"no such account", BG_STORE_GET, BELGO_ENOTFOUND},
	    {"a newer version's", BG_STORE_GET, BELGO_EVERSION},
	    {"not to be removed", BG_STORE_REMOVE, BELGO_ESTORE},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = world_new();
		struct planted a = plant_alice(w, 60);
		char *json = NULL;

		world_store_fails(w, rows[i].verb, rows[i].rc, 0);
		assert_row(rows[i].name, log_out(w, &a, &json, NULL) == rows[i].rc);
		assert_row(rows[i].name, json == NULL && stored_has(w, &a, RT1));
		world_free(&w);
	}
}

static void
test_logout__key_is_checked(void **state)
{
	struct world *w = world_new();
	struct belgo_op *op = NULL;

	(void)state;
	assert_int_equal(belgo_logout_op(&op, world_client(w), NULL, NULL), BELGO_EINVAL);
	assert_null(op);
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_logout__revokes_the_refresh_token_and_removes_the_account),
	    cmocka_unit_test(test_logout__without_refresh_token_the_access_token_is_revoked),
	    cmocka_unit_test(test_logout__account_goes_whatever_the_provider_says),
	    cmocka_unit_test(test_logout__client_secret_goes_with_it),
	    cmocka_unit_test(test_logout__client_secret_that_cannot_be_read_keeps_nobody_logged_in),
	    cmocka_unit_test(test_logout__provider_that_is_unknown_by_now_keeps_nobody_logged_in),
	    cmocka_unit_test(test_logout__preset_says_how_to_revoke_by_hand),
	    cmocka_unit_test(test_logout__damaged_record_is_removed_and_its_token_purged),
	    cmocka_unit_test(test_logout__what_it_cannot_do_it_says),
	    cmocka_unit_test(test_logout__key_is_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
