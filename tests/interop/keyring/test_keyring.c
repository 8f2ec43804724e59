/*
 * The keyring store against a real Secret Service, one group of tests for each state it can be in.
 * with_keyring.sh makes the state; its name is the only argument.
 */
#include "harness/test.h"

#include <belgoauth/store.h>

#include <signal.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define ID_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define ID_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
/* What a service that answers may take for it, on a machine that has much else to do. */
#define AMPLE_MS 30000
static const char key_a[] = "account/" ID_A;
static const char key_b[] = "account/" ID_B;
static const char key_client[] = "client/" ID_A;

static struct belgo_store *
open_store(enum belgo_prompt prompt, int budget_ms)
{
	char dir[512];
	struct belgo_store *store = NULL;
	struct belgo_store_params params = {.uri = "keyring", .prompt = prompt, .budget_ms = budget_ms};

	snprintf(dir, sizeof(dir), "%s/state", getenv("XDG_DATA_HOME"));
	params.state_dir = dir;
	assert_int_equal(belgo_store_open(&store, &params, NULL), BELGO_OK);
	return store;
}

static belgo_rc
put(struct belgo_store *store, const char *key, const char *text, struct belgo_error *err)
{
	return store->put(store->ctx, key, "OAuth tokens of a test", text, strlen(text), err);
}

static void
assert_get(struct belgo_store *store, const char *key, const char *want)
{
	struct belgo_blob blob = {0};
	struct belgo_error err = {0};

	if (store->get(store->ctx, key, &blob, &err) != BELGO_OK)
		fail_msg("get: %s", err.text);
	assert_int_equal(blob.len, strlen(want));
	assert_memory_equal(blob.data, want, blob.len);
	belgo_blob_done(&blob);
}

static int
count_all(void *arg, const char *key, const struct belgo_blob *blob)
{
	int *n = arg;

	assert_non_null(key);
	assert_true(blob->len > 0);
	++*n;
	return 0;
}

/* What each function answers where the service cannot be used. */
static void
assert_all_fail(struct belgo_store *store, belgo_rc want, const char *text)
{
	struct belgo_blob blob = {0};
	struct belgo_error err[5] = {{0}};
	int n = 0;

	assert_int_equal(store->get(store->ctx, key_a, &blob, &err[0]), want);
	assert_int_equal(put(store, key_a, "secret", &err[1]), want);
	assert_int_equal(store->remove(store->ctx, key_a, &err[2]), want);
	assert_int_equal(store->list(store->ctx, "account/", count_all, &n, &err[3]), want);
	assert_int_equal(store->probe(store->ctx, key_a, &err[4]), want);
	assert_int_equal(n, 0);
	assert_null(blob.data);
	assert_int_equal(store->in_recovery, 0);
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(err[i].rc, want);
		if (strstr(err[i].text, text) == NULL)
			fail_msg("error %zu: \"%s\" does not say \"%s\"", i, err[i].text, text);
		assert_null(strstr(err[i].text, "secret\""));
	}
}

static void
test_keyring__what_was_put_is_found_by_another_store_and_gone_after_remove(void **state)
{
	struct belgo_store *one = open_store(BELGO_PROMPT_NEVER, AMPLE_MS),
			   *two = open_store(BELGO_PROMPT_NEVER, AMPLE_MS);
	struct belgo_blob blob = {0};
	int n = 0;

	(void)state;
	assert_int_equal(one->probe(one->ctx, key_a, NULL), BELGO_OK);
	assert_int_equal(put(one, key_a, "first", NULL), BELGO_OK);
	assert_int_equal(put(one, key_b, "other", NULL), BELGO_OK);
	assert_int_equal(put(one, key_client, "client", NULL), BELGO_OK);
	assert_get(two, key_a, "first");
	assert_int_equal(put(two, key_a, "second", NULL), BELGO_OK);
	assert_int_equal(two->in_recovery, 0);
	assert_get(one, key_a, "second");
	assert_int_equal(one->list(one->ctx, "account/", count_all, &n, NULL), BELGO_OK);
	assert_int_equal(n, 2);
	assert_int_equal(one->remove(one->ctx, key_a, NULL), BELGO_OK);
	assert_int_equal(two->get(two->ctx, key_a, &blob, NULL), BELGO_ENOTFOUND);
	assert_int_equal(two->remove(two->ctx, key_a, NULL), BELGO_ENOTFOUND);
	assert_get(two, key_b, "other");
	assert_int_equal(two->remove(two->ctx, key_b, NULL), BELGO_OK);
	assert_int_equal(two->remove(two->ctx, key_client, NULL), BELGO_OK);
	belgo_store_free(&one);
	belgo_store_free(&two);
}

static void
test_keyring__a_record_of_120_kilobytes_with_every_byte_comes_back(void **state)
{
	struct belgo_store *store = open_store(BELGO_PROMPT_NEVER, AMPLE_MS);
	static unsigned char data[120 * 1024];
	struct belgo_blob blob = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (unsigned char)(i * 7 + i / 256);
	assert_int_equal(store->put(store->ctx, key_a, "large", data, sizeof(data), NULL), BELGO_OK);
	assert_int_equal(store->get(store->ctx, key_a, &blob, NULL), BELGO_OK);
	assert_int_equal(blob.len, sizeof(data));
	assert_memory_equal(blob.data, data, sizeof(data));
	belgo_blob_done(&blob);
	assert_int_equal(store->remove(store->ctx, key_a, NULL), BELGO_OK);
	belgo_store_free(&store);
}

static pid_t
daemon_pid(void)
{
	const char *text = getenv("KEYRING_PID");

	assert_non_null(text);
	return (pid_t)strtol(text, NULL, 10);
}

/* The budget decides, not the clock of this test: the second call must fail though the service would answer
 * it. */
static void
test_keyring__a_service_that_hangs_costs_one_budget_and_no_token(void **state)
{
	struct belgo_store *store = open_store(BELGO_PROMPT_NEVER, 4000),
			   *after = open_store(BELGO_PROMPT_NEVER, AMPLE_MS);
	struct belgo_blob blob = {0};
	struct belgo_error err = {0}, again = {0};

	(void)state;
	assert_int_equal(put(store, key_a, "old", NULL), BELGO_OK);
	assert_get(store, key_a, "old");
	assert_int_equal(kill(daemon_pid(), SIGSTOP), 0);
	assert_int_equal(put(store, key_a, "rotated", NULL), BELGO_OK);
	assert_int_equal(store->in_recovery, 1);
	assert_int_equal(store->get(store->ctx, key_a, &blob, &err), BELGO_ESTORE);
	assert_string_equal(err.text, "the keyring did not answer within 4 s");
	assert_int_equal(kill(daemon_pid(), SIGCONT), 0);
	assert_int_equal(store->probe(store->ctx, key_a, &again), BELGO_ESTORE);
	assert_string_equal(again.text, err.text);
	assert_get(after, key_a, "rotated");
	assert_int_equal(put(after, key_a, "next", NULL), BELGO_OK);
	assert_int_equal(after->in_recovery, 0);
	assert_get(after, key_a, "next");
	assert_int_equal(after->remove(after->ctx, key_a, NULL), BELGO_OK);
	belgo_store_free(&store);
	belgo_store_free(&after);
}

static void
run(const char *line)
{
	pid_t child = fork();
	int status = -1;

	if (child == 0) {
		execl("/bin/sh", "sh", "-c", line, (char *)NULL);
		_exit(127);
	}
	assert_true(child > 0);
	assert_true(waitpid(child, &status, 0) == child && status == 0);
}

static void
test_keyring__a_service_that_dies_midway_comes_back_locked_and_loses_nothing(void **state)
{
	struct belgo_store *store = open_store(BELGO_PROMPT_NEVER, AMPLE_MS), *after;
	struct belgo_blob blob = {0};
	struct belgo_error err = {0};

	(void)state;
	assert_int_equal(put(store, key_a, "old", NULL), BELGO_OK);
	assert_get(store, key_a, "old");
	assert_int_equal(kill(daemon_pid(), SIGKILL), 0);
	assert_int_equal(put(store, key_a, "rotated", NULL), BELGO_OK);
	assert_int_equal(store->in_recovery, 1);
	assert_int_equal(store->get(store->ctx, key_a, &blob, &err), BELGO_ELOCKED);
	assert_null(blob.data);
	run(getenv("KEYRING_REOPEN"));
	assert_get(store, key_a, "rotated");
	assert_int_equal(put(store, key_a, "home", NULL), BELGO_OK);
	assert_int_equal(store->in_recovery, 0);
	after = open_store(BELGO_PROMPT_NEVER, AMPLE_MS);
	assert_get(after, key_a, "home");
	assert_int_equal(after->remove(after->ctx, key_a, NULL), BELGO_OK);
	belgo_store_free(&store);
	belgo_store_free(&after);
}

static void
test_keyring__locked_is_never_taken_for_not_there(void **state)
{
	struct belgo_store *store = open_store(BELGO_PROMPT_NEVER, AMPLE_MS);

	(void)state;
	assert_all_fail(store, BELGO_ELOCKED, "locked");
	belgo_store_free(&store);
}

static void
test_keyring__a_prompt_that_nobody_can_show_ends_as_locked(void **state)
{
	struct belgo_store *store = open_store(BELGO_PROMPT_ALLOWED, AMPLE_MS);

	(void)state;
	assert_all_fail(store, BELGO_ELOCKED, "locked");
	belgo_store_free(&store);
}

/* Nothing can be stored in a keyring that does not exist yet, so a look-up may say so; a put must not
 * pretend. */
static void
test_keyring__without_a_default_collection_nothing_is_found_and_nothing_put(void **state)
{
	struct belgo_store *store = open_store(BELGO_PROMPT_NEVER, AMPLE_MS);
	struct belgo_blob blob = {0};
	struct belgo_error err = {0}, probe = {0};
	int n = 0;

	(void)state;
	assert_int_equal(store->get(store->ctx, key_a, &blob, NULL), BELGO_ENOTFOUND);
	assert_int_equal(store->remove(store->ctx, key_a, NULL), BELGO_ENOTFOUND);
	assert_int_equal(store->list(store->ctx, "account/", count_all, &n, NULL), BELGO_OK);
	assert_int_equal(n, 0);
	assert_int_equal(store->probe(store->ctx, key_a, &probe), BELGO_ENOSTORE);
	assert_string_equal(probe.text, "the keyring has no default collection");
	assert_int_equal(put(store, key_a, "secret", &err), BELGO_ENOSTORE);
	assert_string_equal(err.text, "the keyring has no default collection");
	belgo_store_free(&store);
}

static void
test_keyring__a_bus_without_the_service_is_said_to_be_one(void **state)
{
	struct belgo_store *store = open_store(BELGO_PROMPT_ALLOWED, AMPLE_MS);

	(void)state;
	assert_all_fail(store, BELGO_ENOSTORE, "no Secret Service runs on the session bus");
	belgo_store_free(&store);
}

static void
test_keyring__no_bus_or_a_stale_one_is_said_to_be_missing(void **state)
{
	struct belgo_store *store = open_store(BELGO_PROMPT_ALLOWED, AMPLE_MS);

	(void)state;
	assert_all_fail(store, BELGO_ENOSTORE, "there is no D-Bus session bus");
	belgo_store_free(&store);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest unlocked[] = {
	    cmocka_unit_test(test_keyring__what_was_put_is_found_by_another_store_and_gone_after_remove),
	    cmocka_unit_test(test_keyring__a_record_of_120_kilobytes_with_every_byte_comes_back),
	    cmocka_unit_test(test_keyring__a_service_that_hangs_costs_one_budget_and_no_token),
	    cmocka_unit_test(test_keyring__a_service_that_dies_midway_comes_back_locked_and_loses_nothing),
	};
	const struct CMUnitTest locked[] = {
	    cmocka_unit_test(test_keyring__locked_is_never_taken_for_not_there),
	    cmocka_unit_test(test_keyring__a_prompt_that_nobody_can_show_ends_as_locked),
	};
	const struct CMUnitTest empty[] = {
	    cmocka_unit_test(test_keyring__without_a_default_collection_nothing_is_found_and_nothing_put),
	};
	const struct CMUnitTest none[] = {
	    cmocka_unit_test(test_keyring__a_bus_without_the_service_is_said_to_be_one),
	};
	const struct CMUnitTest no_bus[] = {
	    cmocka_unit_test(test_keyring__no_bus_or_a_stale_one_is_said_to_be_missing),
	};
	const char *state = argc > 1 ? argv[1] : "";

	if (strcmp(state, "unlocked") == 0)
		return cmocka_run_group_tests(unlocked, NULL, NULL);
	if (strcmp(state, "locked") == 0)
		return cmocka_run_group_tests(locked, NULL, NULL);
	if (strcmp(state, "empty") == 0)
		return cmocka_run_group_tests(empty, NULL, NULL);
	if (strcmp(state, "none") == 0)
		return cmocka_run_group_tests(none, NULL, NULL);
	if (strcmp(state, "nobus") == 0 || strcmp(state, "stale") == 0)
		return cmocka_run_group_tests(no_bus, NULL, NULL);
	fprintf(stderr, "usage: with_keyring.sh STATE %s STATE\n", argv[0]);
	return 2;
}
