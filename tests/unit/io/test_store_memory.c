/* The memory store, and what opening a store accepts. */
#include "harness/test.h"

#include <belgoauth/store.h>

#include <unistd.h>

#define ID "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static struct belgo_store *
open_memory(void)
{
	struct belgo_store *store = NULL;
	struct belgo_store_params params = {.uri = "memory"};

	assert_int_equal(belgo_store_open(&store, &params, NULL), BELGO_OK);
	return store;
}

static int
count(void *arg, const char *key, const struct belgo_blob *blob)
{
	int *n = arg;

	assert_non_null(key);
	assert_non_null(blob->data);
	return ++*n == 2;
}

static void
test_store_memory__finds_what_was_put_until_it_is_removed(void **state)
{
	struct belgo_store *store = open_memory();
	struct belgo_blob blob = {0};

	(void)state;
	assert_int_equal(store->get(store->ctx, "account/" ID, &blob, NULL), BELGO_ENOTFOUND);
	assert_int_equal(store->probe(store->ctx, "account/" ID, NULL), BELGO_OK);
	assert_int_equal(store->put(store->ctx, "account/" ID, "l", "one", 3, NULL), BELGO_OK);
	assert_int_equal(store->put(store->ctx, "account/" ID, "l", "t\0o", 3, NULL), BELGO_OK);
	assert_int_equal(store->get(store->ctx, "account/" ID, &blob, NULL), BELGO_OK);
	assert_int_equal(blob.len, 3);
	assert_memory_equal(blob.data, "t\0o", 3);
	belgo_blob_done(&blob);
	assert_int_equal(store->remove(store->ctx, "account/" ID, NULL), BELGO_OK);
	assert_int_equal(store->remove(store->ctx, "account/" ID, NULL), BELGO_ENOTFOUND);
	assert_int_equal(store->get(store->ctx, "account/" ID, &blob, NULL), BELGO_ENOTFOUND);
	belgo_store_free(&store);
	assert_null(store);
}

static void
test_store_memory__lists_by_prefix_and_stops_when_told(void **state)
{
	struct belgo_store *store = open_memory();
	char key[96];
	int n = 0;

	(void)state;
	for (int i = 0; i < 5; i++) {
		snprintf(key, sizeof(key), "%s/%064x", i < 3 ? "account" : "client", (unsigned)i);
		assert_int_equal(store->put(store->ctx, key, "l", "x", 1, NULL), BELGO_OK);
	}
	assert_int_equal(store->list(store->ctx, "account/", count, &n, NULL), BELGO_OK);
	assert_int_equal(n, 2);
	n = 10;
	assert_int_equal(store->list(store->ctx, "account/", count, &n, NULL), BELGO_OK);
	assert_int_equal(n, 13);
	assert_int_equal(store->list(store->ctx, "client/", count, &n, NULL), BELGO_OK);
	assert_int_equal(n, 15);
	assert_int_equal(store->list(store->ctx, "other/", count, &n, NULL), BELGO_OK);
	assert_int_equal(n, 15);
	belgo_store_free(&store);
}

static void
test_store_memory__locks_within_the_process(void **state)
{
	struct belgo_store *store = open_memory();
	struct belgo_lock *one = NULL, *two = NULL;
	long holder = 0;

	(void)state;
	assert_int_equal(store->lock(store->ctx, "account/" ID, &one, &holder, NULL), BELGO_OK);
	assert_int_equal(store->lock(store->ctx, "account/" ID, &two, &holder, NULL), BELGO_EBUSY);
	assert_int_equal(holder, getpid());
	assert_int_equal(store->lock(store->ctx, "client/" ID, &two, &holder, NULL), BELGO_OK);
	store->unlock(store->ctx, two);
	store->unlock(store->ctx, one);
	assert_int_equal(store->lock(store->ctx, "account/" ID, &one, &holder, NULL), BELGO_OK);
	store->unlock(store->ctx, one);
	belgo_store_free(&store);
}

static void
test_store_memory__is_like_no_other(void **state)
{
	struct belgo_store *one = open_memory(), *two = open_memory();
	struct belgo_blob blob = {0};

	(void)state;
	assert_string_equal(one->uri, "memory");
	assert_string_not_equal(one->identity, two->identity);
	assert_null(one->stage);
	assert_null(one->unstage);
	assert_int_equal(one->put(one->ctx, "account/" ID, "l", "x", 1, NULL), BELGO_OK);
	assert_int_equal(two->get(two->ctx, "account/" ID, &blob, NULL), BELGO_ENOTFOUND);
	belgo_store_free(&one);
	belgo_store_free(&two);
}

static void
test_store__opens_the_uris_it_knows_and_no_other(void **state)
{
	static const struct {
		const char *name, *uri, *state_dir, *want_uri, *want_identity;
		belgo_rc want;
	} rows[] = {
	    {"keyring", "keyring", "/s", "keyring", "keyring:/s", BELGO_OK},
	    {"file", "file", "/s", "file:/s/store", "file:/s/store", BELGO_OK},
	    {"file with directory", "file:/d/", "/s", "file:/d", "file:/d", BELGO_OK},
	    {"file, relative", "file:d", "/s", NULL, NULL, BELGO_EINVAL},
	    {"file, empty", "file:", "/s", NULL, NULL, BELGO_EINVAL},
	    {"no state directory", "keyring", NULL, NULL, NULL, BELGO_EINVAL},
	    {"relative state directory", "file", "s", NULL, NULL, BELGO_EINVAL},
	    {"unknown", "sqlite", "/s", NULL, NULL, BELGO_EINVAL},
	    {"nearly", "keyrings", "/s", NULL, NULL, BELGO_EINVAL},
	    {"upper case", "FILE", "/s", NULL, NULL, BELGO_EINVAL},
	    {"empty", "", "/s", NULL, NULL, BELGO_EINVAL},
	    {"none", NULL, "/s", NULL, NULL, BELGO_EINVAL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct belgo_store_params params = {.uri = rows[i].uri, .state_dir = rows[i].state_dir};
		struct belgo_store *store = NULL;

		assert_row(rows[i].name, belgo_store_open(&store, &params, NULL) == rows[i].want);
		assert_row(rows[i].name, (store != NULL) == (rows[i].want == BELGO_OK));
		if (store == NULL)
			continue;
		assert_string_equal(store->uri, rows[i].want_uri);
		assert_string_equal(store->identity, rows[i].want_identity);
		belgo_store_free(&store);
	}
	assert_int_equal(access("/s", F_OK), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_store_memory__finds_what_was_put_until_it_is_removed),
	    cmocka_unit_test(test_store_memory__lists_by_prefix_and_stops_when_told),
	    cmocka_unit_test(test_store_memory__locks_within_the_process),
	    cmocka_unit_test(test_store_memory__is_like_no_other),
	    cmocka_unit_test(test_store__opens_the_uris_it_knows_and_no_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
