/* Client secrets: asked of the program, then of the store; kept for all accounts of a client. */
#include "fixture.h"

static char secret_key[80];

static const char *
key_of_secret(void)
{
	char id[65];

	assert_int_equal(bg_client_key(id, WORLD_ISSUER, WORLD_CLIENT), BELGO_OK);
	(void)snprintf(secret_key, sizeof(secret_key), "client/%s", id);
	return secret_key;
}

static belgo_rc
keep(struct world *w, const char *secret)
{
	struct belgo_op *op = NULL;

	assert_int_equal(
	    belgo_client_secret_op(&op, world_client(w), WORLD_ISSUER, WORLD_CLIENT, secret, NULL), BELGO_OK);
	return world_run(op, NULL);
}

static struct world *
provider_with(struct planted *a)
{
	struct world *w = provider_up();

	*a = (struct planted){
	    .refresh_token = RT1, .expires_at = WORLD_NOW - 1, .auth_method = "client_secret_post"};
	plant(w, a);
	return w;
}

static void
test_secret__is_kept_and_sent_from_then_on(void **state)
{
	struct planted a;
	struct world *w = provider_with(&a);

	(void)state;
	assert_int_equal(keep(w, CLIENT_SECRET), BELGO_OK);
	assert_string_equal(world_journal(w), "lock\nget\nput\nunlock\n");
	assert_non_null(strstr(world_store_value(w, key_of_secret()), CLIENT_SECRET));
	answer_token(w, AT2, RT2, NULL);
	assert_int_equal(get_token_rc(w, &a, NULL), BELGO_OK);
	assert_non_null(strstr(world_sent(w, WORLD_TOKEN), "client_secret=" CLIENT_SECRET));
	world_free(&w);
}

static void
test_secret__is_removed_and_may_have_been_gone(void **state)
{
	struct world *w = world_new();

	(void)state;
	assert_int_equal(keep(w, CLIENT_SECRET), BELGO_OK);
	assert_int_equal(keep(w, NULL), BELGO_OK);
	assert_null(world_store_value(w, key_of_secret()));
	assert_int_equal(keep(w, NULL), BELGO_OK);
	world_free(&w);
}

static void
test_secret__failing_store_is_told_as_it_is(void **state)
{
	static const struct {
		const char *name;
		enum bg_store_verb verb;
		const char *secret;
		belgo_rc rc;
	} rows[] = {
	    {"lock", BG_STORE_LOCK, CLIENT_SECRET, BELGO_EIO},
	    {"get", BG_STORE_GET, CLIENT_SECRET, BELGO_ELOCKED},
	    {"put", BG_STORE_PUT, CLIENT_SECRET, BELGO_ESTORE},
	    {"put, as if nothing were there", BG_STORE_PUT, CLIENT_SECRET, BELGO_ENOTFOUND},
	    {"remove", BG_STORE_REMOVE, NULL, BELGO_ELOCKED},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = world_new();

		world_store_fails(w, rows[i].verb, rows[i].rc, 0);
		assert_row(rows[i].name, keep(w, rows[i].secret) == rows[i].rc);
		world_free(&w);
	}
}

static void
test_secret__damaged_ones_stop_a_refresh_before_anything_is_spent(void **state)
{
	static const struct {
		const char *name;
		const char *value;
		belgo_rc want;
	} rows[] = {
	    {"no JSON", "x", BELGO_ESTORE},
	    {"no version", "{\"client_secret\":\"x\"}", BELGO_ESTORE},
	    {"newer", "{\"version\":2,\"client_secret\":\"x\"}", BELGO_EVERSION},
	    {"no secret", "{\"version\":1}", BELGO_ESTORE},
	    {"no string", "{\"version\":1,\"client_secret\":7}", BELGO_ESTORE},
	    {"no key", "{\"version\":1,\"client_secret\":\"x\",\"private_key\":7}", BELGO_ESTORE},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct planted a;
		struct world *w = provider_with(&a);

		world_store_set(w, key_of_secret(), rows[i].value);
		assert_row(rows[i].name, get_token_rc(w, &a, NULL) == rows[i].want);
		assert_row(rows[i].name, world_count(w, "POST " WORLD_TOKEN) == 0);
		world_free(&w);
	}
}

static belgo_rc answer_of_program;

static belgo_rc
find_secret(void *arg, const char *provider_id, const char *issuer, const char *client_id, char **out,
	    struct belgo_error *err)
{
	(void)arg;
	assert_null(provider_id);
	assert_string_equal(issuer, WORLD_ISSUER);
	assert_string_equal(client_id, WORLD_CLIENT);
	if (answer_of_program != BELGO_OK)
		return bg_fail(err, answer_of_program, "the program has none");
	*out = strdup("of-the-program." WORLD_SECRET);
	return BELGO_OK;
}

static void
test_secret__program_is_asked_before_the_store(void **state)
{
	static const struct {
		const char *name;
		belgo_rc program;
		belgo_rc want;
		const char *sent;
	} rows[] = {
	    {"it knows", BELGO_OK, BELGO_OK, "client_secret=of-the-program"},
	    {"it does not know", BELGO_ENOTFOUND, BELGO_OK, "client_secret=" CLIENT_SECRET},
	    {"it fails", BELGO_EIO, BELGO_EIO, NULL},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct planted a;
		struct world *w = provider_with(&a);

		answer_of_program = rows[i].program;
		world_params(w)->find_secret = find_secret;
		world_restart(w);
		assert_int_equal(keep(w, CLIENT_SECRET), BELGO_OK);
		answer_token(w, AT2, RT2, NULL);
		assert_row(rows[i].name, get_token_rc(w, &a, NULL) == rows[i].want);
		assert_row(rows[i].name,
			   rows[i].sent == NULL || strstr(world_sent(w, WORLD_TOKEN), rows[i].sent) != NULL);
		world_free(&w);
	}
}

static void
test_secret__secret_that_came_after_the_login_is_used_unless_another_way_was_named(void **state)
{
	static const struct {
		const char *name, *method;
		int is_sent;
	} rows[] = {{"no method was named", NULL, 1}, {"none was", "none", 0}};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = world_new();
		struct planted a = {
		    .refresh_token = RT1, .expires_at = WORLD_NOW - 1, .auth_method = rows[i].method};

		world_metadata(w, "");
		plant(w, &a);
		assert_int_equal(keep(w, CLIENT_SECRET), BELGO_OK);
		answer_token(w, AT2, RT2, NULL);
		assert_row(rows[i].name, get_token_rc(w, &a, NULL) == BELGO_OK);
		assert_row(rows[i].name, (strstr(world_sent_headers(w, WORLD_TOKEN),
						 "Authorization: Basic") != NULL) == rows[i].is_sent);
		world_free(&w);
	}
}

static void
test_secret__issuer_and_client_are_required(void **state)
{
	struct world *w = world_new();
	struct belgo_op *op = NULL;

	(void)state;
	assert_int_equal(belgo_client_secret_op(&op, world_client(w), NULL, WORLD_CLIENT, "x", NULL),
			 BELGO_EINVAL);
	assert_int_equal(belgo_client_secret_op(&op, world_client(w), WORLD_ISSUER, NULL, "x", NULL),
			 BELGO_EINVAL);
	assert_null(op);
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_secret__is_kept_and_sent_from_then_on),
	    cmocka_unit_test(test_secret__is_removed_and_may_have_been_gone),
	    cmocka_unit_test(test_secret__failing_store_is_told_as_it_is),
	    cmocka_unit_test(test_secret__damaged_ones_stop_a_refresh_before_anything_is_spent),
	    cmocka_unit_test(test_secret__program_is_asked_before_the_store),
	    cmocka_unit_test(
		test_secret__secret_that_came_after_the_login_is_used_unless_another_way_was_named),
	    cmocka_unit_test(test_secret__issuer_and_client_are_required),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
