/* Accounts from one store into a sealed file and into another store: what goes along, what is refused, and
 * that all of it is stored or nothing. */
#include "fixture.h"

#define PUBLIC "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo\"}"
#define PRIVATE                                                                                              \
	"{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo\","         \
	"\"d\":\"dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCo\"}"

static belgo_rc
export_keys(struct world *w, const char *const *keys, size_t n, int with_secret, char **file,
	    struct belgo_error *err)
{
	const struct belgo_export_params params = {.account_keys = keys,
						   .n_account_keys = n,
						   .recipient = PUBLIC,
						   .with_client_secret = with_secret};
	struct belgo_op *op = NULL;
	belgo_rc rc;

	assert_int_equal(belgo_export_op(&op, world_client(w), &params, NULL), BELGO_OK);
	rc = world_finish(op, err);
	assert_true((rc == BELGO_OK) == (belgo_op_json(op) != NULL));
	*file = belgo_op_json(op) == NULL ? NULL : strdup(belgo_op_json(op));
	belgo_op_free(&op);
	return rc;
}

static struct belgo_op *
import_op(struct world *w, const char *file, enum belgo_import_mode mode)
{
	const struct belgo_import_params params = {
	    .file = file, .len = strlen(file), .private_key = PRIVATE, .mode = mode};
	struct belgo_op *op = NULL;

	assert_int_equal(belgo_import_op(&op, world_client(w), &params, NULL), BELGO_OK);
	return op;
}

static belgo_rc
import(struct world *w, const char *file, enum belgo_import_mode mode, struct belgo_error *err)
{
	return world_run(import_op(w, file, mode), err);
}

static void
keep_secret(struct world *w, const char *secret)
{
	struct belgo_op *op = NULL;

	assert_int_equal(
	    belgo_client_secret_op(&op, world_client(w), WORLD_ISSUER, WORLD_CLIENT, secret, NULL), BELGO_OK);
	assert_int_equal(world_run(op, NULL), BELGO_OK);
}

static const char *
stored_secret(struct world *w)
{
	char id[BG_ID_SIZE], key[BG_KEY_SIZE];

	assert_int_equal(bg_client_key(id, WORLD_ISSUER, WORLD_CLIENT), BELGO_OK);
	bg_store_key(key, "client", id);
	return world_store_value(w, key);
}

/* Alice and Bob in a world of their own, exported. */
static char *
file_of_two(struct planted *alice, struct planted *bob, int with_secret)
{
	struct world *w = provider_up();
	const char *keys[2] = {alice->key, bob->key};
	char *file = NULL;

	*alice = plant_alice(w, 60);
	*bob = (struct planted){.subject = "bob", .refresh_token = RT2};
	plant(w, bob);
	keep_secret(w, CLIENT_SECRET);
	world_journal_clear(w);
	assert_int_equal(export_keys(w, keys, 2, with_secret, &file, NULL), BELGO_OK);
	assert_int_equal(world_count(w, "put"), 0);
	assert_null(strstr(file, WORLD_SECRET));
	world_free(&w);
	return file;
}

static void
test_export__accounts_arrive_as_they_were(void **state)
{
	struct planted alice = {0}, bob = {0};
	char *file = file_of_two(&alice, &bob, 0);
	struct world *w = provider_up();
	struct belgo_op *op = import_op(w, file, BELGO_IMPORT_NEW);
	char *token = NULL;

	(void)state;
	assert_int_equal(world_finish(op, NULL), BELGO_OK);
	assert_int_equal(belgo_op_accounts(op)->n, 2);
	assert_string_equal(belgo_op_accounts(op)->items[1]->subject, "bob");
	belgo_op_free(&op);
	assert_true(stored_has(w, &alice, RT1) && stored_has(w, &bob, RT2));
	assert_int_equal(get_token(w, &alice, NULL, &token, NULL), BELGO_OK);
	assert_string_equal(token, AT1);
	assert_null(stored_secret(w));
	free(token);
	free(file);
	world_free(&w);
}

static void
test_export__client_secret_goes_along_only_where_that_was_asked_for(void **state)
{
	struct planted alice = {0}, bob = {0};
	char *file = file_of_two(&alice, &bob, 1);
	struct world *w = provider_up();

	(void)state;
	assert_int_equal(import(w, file, BELGO_IMPORT_NEW, NULL), BELGO_OK);
	assert_non_null(strstr(stored_secret(w), CLIENT_SECRET));
	free(file);
	world_free(&w);
}

static void
test_export__reads_each_account_under_its_lock(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, 60);
	const char *keys[] = {a.key};
	struct belgo_error err = {0};
	char *file = NULL;

	(void)state;
	assert_int_equal(export_keys(w, keys, 1, 0, &file, NULL), BELGO_OK);
	assert_string_equal(world_journal(w), "lock\nget\nunlock\n");
	free(file);
	a.pending = 1;
	a.id_token = "x";
	plant(w, &a);
	assert_int_equal(export_keys(w, keys, 1, 0, &file, &err), BELGO_EBUSY);
	assert_non_null(strstr(err.text, "a refresh to finish first"));
	world_store_set(w, a.store_key, NULL);
	assert_int_equal(export_keys(w, keys, 1, 0, &file, NULL), BELGO_ENOTFOUND);
	world_free(&w);
}

static void
test_export__arguments_are_judged_before_anything_is_read(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, 60);
	const char *once[] = {a.key}, *twice[] = {a.key, a.key}, *malformed[] = {"../x"};
	const struct {
		const char *name;
		struct belgo_export_params params;
	} rows[] = {
	    {"no account", {.recipient = PUBLIC}},
	    {"an account twice", {.account_keys = twice, .n_account_keys = 2, .recipient = PUBLIC}},
	    {"no account's key", {.account_keys = malformed, .n_account_keys = 1, .recipient = PUBLIC}},
	    {"nobody to open it", {.account_keys = once, .n_account_keys = 1}},
	    {"an empty passphrase", {.account_keys = once, .n_account_keys = 1, .passphrase = ""}},
	    {"both", {.account_keys = once, .n_account_keys = 1, .passphrase = "x", .recipient = PUBLIC}},
	};
	struct belgo_op *op = NULL;

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++)
		assert_row(rows[i].name,
			   belgo_export_op(&op, world_client(w), &rows[i].params, NULL) == BELGO_EINVAL);
	assert_null(op);
	world_free(&w);
}

static void
test_import__what_is_here_stays_unless_it_may_be_replaced(void **state)
{
	struct planted alice = {0}, bob = {0}, here;
	char *file = file_of_two(&alice, &bob, 1);
	struct world *w = provider_up();
	struct belgo_error err = {0};

	(void)state;
	here = (struct planted){.subject = "bob", .refresh_token = RT3};
	plant(w, &here);
	assert_int_equal(import(w, file, BELGO_IMPORT_NEW, &err), BELGO_EACCOUNT);
	assert_non_null(strstr(err.text, "exists here already"));
	assert_null(world_store_value(w, alice.store_key));
	assert_int_equal(world_count(w, "put"), 0);
	assert_int_equal(import(w, file, BELGO_IMPORT_REPLACE, NULL), BELGO_OK);
	assert_true(stored_has(w, &here, RT2));
	free(file);
	world_free(&w);
}

static void
test_import__another_secret_of_the_client_stays_unless_it_may_be_replaced(void **state)
{
	struct planted alice = {0}, bob = {0};
	char *file = file_of_two(&alice, &bob, 1);
	struct world *w = provider_up();

	(void)state;
	keep_secret(w, "another." WORLD_SECRET);
	world_journal_clear(w);
	assert_int_equal(import(w, file, BELGO_IMPORT_NEW, NULL), BELGO_EACCOUNT);
	assert_int_equal(world_count(w, "put"), 0);
	keep_secret(w, CLIENT_SECRET);
	assert_int_equal(import(w, file, BELGO_IMPORT_NEW, NULL), BELGO_OK);
	free(file);
	world_free(&w);
}

static void
test_import__name_of_another_user_is_taken_over_only_where_asked(void **state)
{
	struct planted alice = {0}, bob = {0},
		       carol = {.subject = "carol", .name = "alice", .refresh_token = RT3};
	char *file = file_of_two(&alice, &bob, 0);
	struct world *w = provider_up();
	struct belgo_error err = {0};

	(void)state;
	plant(w, &carol);
	assert_int_equal(import(w, file, BELGO_IMPORT_NEW, &err), BELGO_EACCOUNT);
	assert_non_null(strstr(err.text, "the account alice is carol here, and alice in the file"));
	assert_int_equal(world_count(w, "put"), 0);
	assert_int_equal(import(w, file, BELGO_IMPORT_REPLACE, NULL), BELGO_OK);
	assert_null(world_store_value(w, carol.store_key));
	assert_true(stored_has(w, &alice, RT1));
	free(file);
	world_free(&w);
}

/* The second put fails: the first account is as it was, whether there was one or not. */
static void
test_import__all_or_nothing(void **state)
{
	(void)state;
	for (int replaced = 0; replaced <= 1; replaced++) {
		struct planted alice = {0}, bob = {0}, here = {.refresh_token = RT3};
		char *file = file_of_two(&alice, &bob, 0);
		struct world *w = provider_up();
		struct belgo_error err = {0};
		struct belgo_op *op;

		if (replaced)
			plant(w, &here);
		op = import_op(w, file, BELGO_IMPORT_REPLACE);
		world_drive_until(w, op, "put");
		world_store_fails(w, BG_STORE_PUT, BELGO_ENOSTORE, 1);
		assert_int_equal(world_drive(w, op, &err), BELGO_ENOSTORE);
		belgo_op_free(&op);
		assert_null(world_store_value(w, bob.store_key));
		if (replaced)
			assert_true(stored_has(w, &here, RT3));
		else
			assert_null(world_store_value(w, alice.store_key));
		assert_int_equal(world_locks_taken(w), 0);
		free(file);
		world_free(&w);
	}
}

static void
test_import__record_that_cannot_be_read_is_not_written_over(void **state)
{
	static const struct {
		const char *value;
		belgo_rc want;
	} rows[] = {{"{\"version\":99}", BELGO_EVERSION}, {"damaged", BELGO_ESTORE}};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct planted alice = {0}, bob = {0};
		char *file = file_of_two(&alice, &bob, 0);
		struct world *w = provider_up();

		world_store_set(w, bob.store_key, rows[i].value);
		assert_int_equal(import(w, file, BELGO_IMPORT_REPLACE, NULL), rows[i].want);
		assert_string_equal(world_store_value(w, bob.store_key), rows[i].value);
		assert_null(world_store_value(w, alice.store_key));
		free(file);
		world_free(&w);
	}
}

static void
test_import__file_is_judged_before_there_is_an_operation(void **state)
{
	static const char *const files[] = {"", "{}", "x", "{\"format\":\"oauthctl-export\",\"version\":1}"};
	struct world *w = provider_up();
	struct belgo_op *op = NULL;

	(void)state;
	for (size_t i = 0; i < BG_LEN(files); i++) {
		const struct belgo_import_params params = {
		    .file = files[i], .len = strlen(files[i]), .private_key = PRIVATE};

		assert_row(files[i], belgo_import_op(&op, world_client(w), &params, NULL) == BELGO_EPROTO);
	}
	assert_int_equal(belgo_import_op(&op, world_client(w), &(struct belgo_import_params){0}, NULL),
			 BELGO_EINVAL);
	assert_null(op);
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_export__accounts_arrive_as_they_were),
	    cmocka_unit_test(test_export__client_secret_goes_along_only_where_that_was_asked_for),
	    cmocka_unit_test(test_export__reads_each_account_under_its_lock),
	    cmocka_unit_test(test_export__arguments_are_judged_before_anything_is_read),
	    cmocka_unit_test(test_import__what_is_here_stays_unless_it_may_be_replaced),
	    cmocka_unit_test(test_import__another_secret_of_the_client_stays_unless_it_may_be_replaced),
	    cmocka_unit_test(test_import__name_of_another_user_is_taken_over_only_where_asked),
	    cmocka_unit_test(test_import__all_or_nothing),
	    cmocka_unit_test(test_import__record_that_cannot_be_read_is_not_written_over),
	    cmocka_unit_test(test_import__file_is_judged_before_there_is_an_operation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
