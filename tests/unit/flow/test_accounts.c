/* What is in the store: listed, looked at, renamed. */
#include "fixture.h"

static struct belgo_op *
list_of(struct world *w)
{
	struct belgo_op *op = NULL;

	assert_int_equal(belgo_accounts_op(&op, world_client(w), NULL), BELGO_OK);
	return op;
}

static struct belgo_op *
rename_of(struct world *w, const struct planted *a, const char *name)
{
	struct belgo_op *op = NULL;

	assert_int_equal(belgo_rename_op(&op, world_client(w), a->key, name, NULL), BELGO_OK);
	return op;
}

static void
test_accounts__are_listed_by_name(void **state)
{
	struct planted z = {.subject = "1", .name = "zoe"}, a = {.subject = "2", .name = "amy"},
		       m = {.subject = "3", .name = "max"};
	struct world *w = world_new();
	struct belgo_op *op = NULL;

	(void)state;
	plant(w, &z);
	plant(w, &a);
	plant(w, &m);
	op = list_of(w);
	assert_int_equal(world_finish(op, NULL), BELGO_OK);
	assert_int_equal(belgo_op_accounts(op)->n, 3);
	assert_string_equal(belgo_op_accounts(op)->items[0]->name, "amy");
	assert_string_equal(belgo_op_accounts(op)->items[1]->name, "max");
	assert_string_equal(belgo_op_accounts(op)->items[2]->name, "zoe");
	assert_string_equal(world_journal(w), "list\n");
	belgo_op_free(&op);
	world_free(&w);
}

static void
test_accounts__empty_store_is_an_empty_list(void **state)
{
	struct world *w = world_new();
	struct belgo_op *op = list_of(w);

	(void)state;
	assert_int_equal(world_finish(op, NULL), BELGO_OK);
	assert_int_equal(belgo_op_accounts(op)->n, 0);
	belgo_op_free(&op);
	world_free(&w);
}

static void
test_accounts__damaged_record_does_not_hide_the_others(void **state)
{
	struct world *w = world_new();
	struct planted a = plant_alice(w, 60);
	struct belgo_op *op = NULL;

	(void)state;
	(void)a;
	world_store_set(w, "account/bad", "no record");
	world_store_set(w, "account/new", "{\"version\":2}");
	op = list_of(w);
	assert_int_equal(world_finish(op, NULL), BELGO_OK);
	assert_int_equal(belgo_op_accounts(op)->n, 1);
	assert_true(has_warning(op, "account/bad in the store is damaged"));
	assert_true(has_warning(op, "account/new was written by a newer version"));
	belgo_op_free(&op);
	world_free(&w);
}

static struct belgo_store inner;

static belgo_rc
list_with_an_empty_one(void *ctx, const char *prefix,
		       int (*each)(void *arg, const char *key, const struct belgo_blob *blob), void *arg,
		       struct belgo_error *err)
{
	const struct belgo_blob nothing = {0};

	(void)ctx;
	(void)each(arg, "account/nothing", &nothing);
	return inner.list(inner.ctx, prefix, each, arg, err);
}

/* A program's own store may hand out a record without a byte. */
static void
test_accounts__empty_record_does_not_hide_the_others(void **state)
{
	struct world *w = world_new();
	struct planted a = plant_alice(w, 60);
	struct belgo_op *op = NULL;

	(void)state;
	(void)a;
	inner = *world_store(w);
	world_store(w)->list = list_with_an_empty_one;
	op = list_of(w);
	assert_int_equal(world_finish(op, NULL), BELGO_OK);
	assert_int_equal(belgo_op_accounts(op)->n, 1);
	assert_true(has_warning(op, "account/nothing in the store is damaged"));
	belgo_op_free(&op);
	world_free(&w);
}

/* Such a store neither locks nor reserves. */
static void
test_accounts__store_without_locks_and_probes_serves(void **state)
{
	struct world *w = provider_up();
	struct planted a = plant_alice(w, -1);
	struct belgo_store *store = world_store(w);
	char *token = NULL;

	(void)state;
	store->lock = NULL;
	store->unlock = NULL;
	store->probe = NULL;
	store->stage = NULL;
	store->unstage = NULL;
	answer_token(w, AT2, RT2, NULL);
	assert_int_equal(get_token(w, &a, NULL, &token, NULL), BELGO_OK);
	assert_string_equal(token, AT2);
	assert_true(stored_has(w, &a, RT2));
	free(token);
	world_free(&w);
}

static void
test_accounts__store_that_reads_some_lists_those(void **state)
{
	static const belgo_rc rows[] = {BELGO_ESTORE, BELGO_EVERSION};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = world_new();
		struct planted a = plant_alice(w, 60);
		struct belgo_op *op = NULL;

		(void)a;
		world_store_fails(w, BG_STORE_LIST, rows[i], 0);
		op = list_of(w);
		assert_int_equal(world_finish(op, NULL), BELGO_OK);
		assert_int_equal(belgo_op_accounts(op)->n, 1);
		assert_true(has_warning(op, "the scripted store fails"));
		belgo_op_free(&op);
		world_free(&w);
	}
}

static void
test_accounts__store_that_reads_none_is_an_error(void **state)
{
	static const struct {
		belgo_rc rc;
		int planted;
	} rows[] = {{BELGO_ESTORE, 0}, {BELGO_ELOCKED, 1}};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = world_new();

		if (rows[i].planted)
			(void)plant_alice(w, 60);
		world_store_fails(w, BG_STORE_LIST, rows[i].rc, 0);
		assert_int_equal(world_run(list_of(w), NULL), rows[i].rc);
		world_free(&w);
	}
}

static void
test_accounts__one_is_looked_at_without_network(void **state)
{
	struct world *w = world_new();
	struct planted a = plant_alice(w, -60);
	struct belgo_op *op = NULL;

	(void)state;
	assert_int_equal(belgo_account_op(&op, world_client(w), a.key, NULL), BELGO_OK);
	assert_int_equal(world_finish(op, NULL), BELGO_OK);
	assert_string_equal(belgo_op_account(op)->name, "alice");
	assert_null(belgo_op_token(op));
	assert_string_equal(world_journal(w), "get\n");
	belgo_op_free(&op);
	world_store_set(w, a.store_key, NULL);
	assert_int_equal(belgo_account_op(&op, world_client(w), a.key, NULL), BELGO_OK);
	assert_int_equal(world_run(op, NULL), BELGO_ENOTFOUND);
	world_free(&w);
}

static void
test_accounts__keys_and_names_are_checked(void **state)
{
	struct world *w = world_new();
	struct planted a = {0};
	struct belgo_op *op = NULL;

	(void)state;
	planted_name(&a);
	assert_int_equal(belgo_account_op(&op, world_client(w), NULL, NULL), BELGO_EINVAL);
	assert_int_equal(belgo_account_op(&op, world_client(w), "abc", NULL), BELGO_EINVAL);
	assert_int_equal(belgo_rename_op(&op, world_client(w), "abc", "name", NULL), BELGO_EINVAL);
	assert_int_equal(belgo_rename_op(&op, world_client(w), a.key, "a b", NULL), BELGO_EINVAL);
	assert_int_equal(belgo_rename_op(&op, world_client(w), a.key, NULL, NULL), BELGO_EINVAL);
	assert_null(op);
	world_free(&w);
}

static void
test_accounts__names_are_printable_without_blank_and_slash(void **state)
{
	char longest[130];
	static const struct {
		const char *name;
		int valid;
	} rows[] = {
	    {"a", 1}, {"a:b@c", 1}, {"\xc3\xa4", 1}, {"", 0},     {"a b", 0},
	    {"/", 0}, {"a\n", 0},   {"\xc2\x9b", 0}, {"\xff", 0}, {"a\x7f", 0},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++)
		assert_row(rows[i].name, belgo_account_name_is_valid(rows[i].name) == rows[i].valid);
	assert_false(belgo_account_name_is_valid(NULL));
	memset(longest, 'x', sizeof(longest));
	longest[128] = '\0';
	assert_true(belgo_account_name_is_valid(longest));
	longest[128] = 'x';
	longest[129] = '\0';
	assert_false(belgo_account_name_is_valid(longest));
}

static void
test_accounts__rename_changes_the_name_alone(void **state)
{
	struct world *w = world_new();
	struct planted a = plant_alice(w, 60);
	struct belgo_op *op = NULL;

	(void)state;
	op = rename_of(w, &a, "work");
	assert_int_equal(world_finish(op, NULL), BELGO_OK);
	assert_string_equal(belgo_op_account(op)->name, "work");
	assert_true(stored_has(w, &a, "\"name\":\"work\""));
	assert_true(stored_has(w, &a, RT1));
	assert_string_equal(world_journal(w), "list\nlock\nget\nput\nunlock\n");
	belgo_op_free(&op);
	world_free(&w);
}

static void
test_accounts__rename_to_its_own_name_is_fine(void **state)
{
	struct world *w = world_new();
	struct planted a = plant_alice(w, 60);

	(void)state;
	assert_int_equal(world_run(rename_of(w, &a, "alice"), NULL), BELGO_OK);
	world_free(&w);
}

static void
test_accounts__rename_to_a_taken_name_is_refused(void **state)
{
	struct world *w = world_new();
	struct planted a = plant_alice(w, 60), b = {.subject = "bob", .name = "work"};
	struct belgo_error err = {0};

	(void)state;
	plant(w, &b);
	assert_int_equal(world_run(rename_of(w, &a, "work"), &err), BELGO_EINVAL);
	assert_string_equal(err.text, "another account is already called work");
	assert_true(stored_has(w, &a, "\"name\":\"alice\""));
	world_free(&w);
}

static void
test_accounts__rename_that_fails_leaves_the_old_name(void **state)
{
	static const struct {
		const char *name;
		enum bg_store_verb verb;
		belgo_rc rc;
	} rows[] = {
	    {"list", BG_STORE_LIST, BELGO_ELOCKED},
	    {"lock", BG_STORE_LOCK, BELGO_EIO},
	    {"get", BG_STORE_GET, BELGO_ENOTFOUND},
	    {"put", BG_STORE_PUT, BELGO_ESTORE},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct world *w = world_new();
		struct planted a = plant_alice(w, 60);

		world_store_fails(w, rows[i].verb, rows[i].rc, 0);
		assert_row(rows[i].name, world_run(rename_of(w, &a, "work"), NULL) == rows[i].rc);
		assert_row(rows[i].name, stored_has(w, &a, "\"name\":\"alice\""));
		world_free(&w);
	}
}

static void
test_accounts__rename_goes_past_records_that_cannot_be_read(void **state)
{
	struct world *w = world_new();
	struct planted a = plant_alice(w, 60);

	(void)state;
	world_store_set(w, "account/bad", "no record");
	world_store_fails(w, BG_STORE_LIST, BELGO_ESTORE, 0);
	assert_int_equal(world_run(rename_of(w, &a, "work"), NULL), BELGO_OK);
	world_free(&w);
}

/* A put would end the staging, and with it the way back to the record that is still good. */
static void
test_accounts__rename_waits_for_a_refresh_that_was_not_finished(void **state)
{
	struct world *w = world_new();
	struct planted a = plant_alice(w, 60), left;

	(void)state;
	left = a;
	left.pending = 1;
	plant_staged(w, &left);
	assert_int_equal(world_run(rename_of(w, &a, "work"), NULL), BELGO_EBUSY);
	assert_non_null(world_store_staged(w, a.store_key));
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_accounts__are_listed_by_name),
	    cmocka_unit_test(test_accounts__empty_store_is_an_empty_list),
	    cmocka_unit_test(test_accounts__damaged_record_does_not_hide_the_others),
	    cmocka_unit_test(test_accounts__empty_record_does_not_hide_the_others),
	    cmocka_unit_test(test_accounts__store_without_locks_and_probes_serves),
	    cmocka_unit_test(test_accounts__store_that_reads_some_lists_those),
	    cmocka_unit_test(test_accounts__store_that_reads_none_is_an_error),
	    cmocka_unit_test(test_accounts__one_is_looked_at_without_network),
	    cmocka_unit_test(test_accounts__keys_and_names_are_checked),
	    cmocka_unit_test(test_accounts__names_are_printable_without_blank_and_slash),
	    cmocka_unit_test(test_accounts__rename_changes_the_name_alone),
	    cmocka_unit_test(test_accounts__rename_to_its_own_name_is_fine),
	    cmocka_unit_test(test_accounts__rename_to_a_taken_name_is_refused),
	    cmocka_unit_test(test_accounts__rename_that_fails_leaves_the_old_name),
	    cmocka_unit_test(test_accounts__rename_goes_past_records_that_cannot_be_read),
	    cmocka_unit_test(test_accounts__rename_waits_for_a_refresh_that_was_not_finished),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
