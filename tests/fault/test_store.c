/*
 * The file store while each system call of each operation fails in turn. After a failure the store is opened
 * anew, as the next process would: what it finds must be the old record or the new one; after a success, the
 * new one. Nothing that may hold a rotated refresh token is ever passed over in silence.
 */
#include "fault.h"
#include "scratch.h"

#include <belgoauth/store.h>

#include <sys/stat.h>
#include <unistd.h>

static const char key[] = "account/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
static const char other[] = "account/bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

static struct belgo_store *
open_store(const struct scratch *scratch)
{
	struct belgo_store *store = NULL;
	char dir[512], uri[600], path[512];
	const struct belgo_store_params params = {
	    .uri = uri, .state_dir = scratch->path, .key_file = scratch_path(path, scratch, "key")};

	snprintf(uri, sizeof(uri), "file:%s", scratch_path(dir, scratch, "store"));
	if (access(path, F_OK) != 0)
		scratch_write(path, "0123456789abcdef0123456789abcdef", 32, 0600);
	assert_int_equal(belgo_store_open(&store, &params, NULL), BELGO_OK);
	return store;
}

static belgo_rc
put(struct belgo_store *store, const char *name, const char *text, struct belgo_error *err)
{
	return store->put(store->ctx, name, "label", text, strlen(text), err);
}

static belgo_rc
stage(struct belgo_store *store, const char *text, struct belgo_error *err)
{
	return store->stage(store->ctx, key, text, strlen(text), err);
}

/* What get() finds: its text, "" for no record, "?" for a failure. */
static const char *
found(struct belgo_store *store, const char *name, belgo_rc *rc, struct belgo_error *err)
{
	static char text[64];
	struct belgo_blob blob = {0};

	*rc = store->get(store->ctx, name, &blob, err);
	if (*rc != BELGO_OK) {
		assert_null(blob.data);
		return *rc == BELGO_ENOTFOUND ? "" : "?";
	}
	snprintf(text, sizeof(text), "%.*s", (int)blob.len, (const char *)blob.data);
	belgo_blob_done(&blob);
	return text;
}

/* What lies in the store before the operation. */
enum before {
	NOTHING,  /* not even a directory */
	OLD,      /* one record, "old" */
	STAGED,   /* "old", and "staged" beside it */
	RECOVERED /* "older", and "old" beside it, which a put() could not bring into the store */
};

static void
prepare(const struct scratch *scratch, struct belgo_store *store, enum before before)
{
	char dir[512];

	if (before == NOTHING)
		return;
	assert_int_equal(put(store, other, "other", NULL), BELGO_OK);
	assert_int_equal(put(store, key, before == RECOVERED ? "older" : "old", NULL), BELGO_OK);
	if (before == STAGED)
		assert_int_equal(stage(store, "staged", NULL), BELGO_OK);
	if (before != RECOVERED)
		return;
	assert_int_equal(chmod(scratch_path(dir, scratch, "store"), 0755), 0); /* which it does not accept */
	assert_int_equal(put(store, key, "old", NULL), BELGO_OK);
	assert_int_equal(store->in_recovery, 1);
	assert_int_equal(chmod(dir, 0700), 0);
}

struct operation {
	const char *name;
	enum before before;
	belgo_rc (*call)(struct belgo_store *store, struct belgo_error *err);
	const char *after;     /* what is found after it succeeded */
	const char *either[3]; /* what may be found after it failed */
};

static belgo_rc
put_new(struct belgo_store *store, struct belgo_error *err)
{
	return put(store, key, "new", err);
}

static belgo_rc
probe_and_put(struct belgo_store *store, struct belgo_error *err)
{
	belgo_rc rc = store->probe(store->ctx, key, err);

	return rc == BELGO_OK ? put(store, key, "new", err) : rc;
}

static belgo_rc
probe(struct belgo_store *store, struct belgo_error *err)
{
	return store->probe(store->ctx, key, err);
}

static belgo_rc
stage_new(struct belgo_store *store, struct belgo_error *err)
{
	return stage(store, "new", err);
}

static belgo_rc
stage_and_put(struct belgo_store *store, struct belgo_error *err)
{
	belgo_rc rc = stage(store, "new", err);

	return rc == BELGO_OK ? put(store, key, "new", err) : rc;
}

static belgo_rc
stage_and_unstage(struct belgo_store *store, struct belgo_error *err)
{
	belgo_rc rc = stage(store, "new", err);

	return rc == BELGO_OK ? store->unstage(store->ctx, key, err) : rc;
}

static belgo_rc
unstage(struct belgo_store *store, struct belgo_error *err)
{
	return store->unstage(store->ctx, key, err);
}

static belgo_rc
remove_it(struct belgo_store *store, struct belgo_error *err)
{
	return store->remove(store->ctx, key, err);
}

/* The answer is looked at here, for afterwards only the disk is. */
static belgo_rc
get_present(struct belgo_store *store, const char *want, struct belgo_error *err)
{
	belgo_rc rc;
	const char *text = found(store, key, &rc, err);

	if (rc == BELGO_OK && strcmp(text, want) != 0)
		fail_msg("get() answers \"%s\"", text);
	if (rc == BELGO_ENOTFOUND)
		fail_msg("get() finds nothing");
	return rc;
}

static belgo_rc
get_old(struct belgo_store *store, struct belgo_error *err)
{
	return get_present(store, "old", err);
}

static belgo_rc
get_staged(struct belgo_store *store, struct belgo_error *err)
{
	return get_present(store, "staged", err);
}

struct seen {
	int keys;
	int others;
};

static int
note(void *arg, const char *name, const struct belgo_blob *blob)
{
	struct seen *seen = arg;

	seen->keys += strcmp(name, key) == 0 && blob->len == 6 && memcmp(blob->data, "staged", 6) == 0;
	seen->others += strcmp(name, other) == 0;
	return 0;
}

static belgo_rc
list(struct belgo_store *store, struct belgo_error *err)
{
	struct seen seen = {0};
	belgo_rc rc = store->list(store->ctx, "account/", note, &seen, err);

	if (rc == BELGO_OK && (seen.keys != 1 || seen.others != 1))
		fail_msg("list() answers %d and %d records", seen.keys, seen.others);
	return rc;
}

static const struct operation operations[] = {
    {"first put", NOTHING, put_new, "new", {"", "new"}},
    {"put", OLD, put_new, "new", {"old", "new"}},
    {"probe, first put", NOTHING, probe_and_put, "new", {"", "new"}},
    {"probe, put", OLD, probe_and_put, "new", {"old", "new"}},
    {"put over staged", STAGED, put_new, "new", {"staged", "new"}},
    {"put over recovered", RECOVERED, put_new, "new", {"old", "new"}},
    {"probe", OLD, probe, "old", {"old"}},
    {"stage", OLD, stage_new, "new", {"old", "new"}},
    {"stage over recovered", RECOVERED, stage_new, "new", {"old", "new"}},
    {"stage, put", OLD, stage_and_put, "new", {"old", "new"}},
    {"stage, unstage", OLD, stage_and_unstage, "old", {"old", "new"}},
    {"stage, unstage over recovered", RECOVERED, stage_and_unstage, "old", {"old", "new"}},
    {"unstage", STAGED, unstage, "old", {"old", "staged"}},
    {"remove", OLD, remove_it, "", {"old", ""}},
    {"remove with staged", STAGED, remove_it, "", {"staged", ""}},
    {"get", OLD, get_old, "old", {"old"}},
    {"get staged", STAGED, get_staged, "staged", {"staged"}},
    {"list", STAGED, list, "staged", {"staged"}},
};

static int
is_either(const struct operation *operation, const char *text)
{
	for (size_t i = 0; i < 3; i++)
		if (operation->either[i] != NULL && strcmp(operation->either[i], text) == 0)
			return 1;
	return 0;
}

static void
check_disk(const struct scratch *scratch, const struct operation *operation, belgo_rc rc, const char *where)
{
	struct belgo_store *next = open_store(scratch);
	struct belgo_error err = {0};
	belgo_rc got;
	const char *text = found(next, key, &got, &err);

	if (rc == BELGO_OK ? strcmp(text, operation->after) != 0 : !is_either(operation, text))
		fail_msg("%s: rc %d, and then \"%s\" is found (%s)", where, (int)rc, text, err.text);
	if (operation->before != NOTHING && strcmp(found(next, other, &got, &err), "other") != 0)
		fail_msg("%s: another record is lost (%s)", where, err.text);
	/* And it goes on from there. */
	if (put(next, key, "next", &err) != BELGO_OK || strcmp(found(next, key, &got, &err), "next") != 0)
		fail_msg("%s: nothing can be put any more (%s)", where, err.text);
	belgo_store_free(&next);
}

/* Returns 0 where there were not so many calls. */
static int
run(const struct operation *operation, const struct fault *fault, size_t at)
{
	struct belgo_error err = {0};
	struct belgo_store *store;
	const char *hit;
	char where[256];
	void *scratch = NULL;
	int fds;
	belgo_rc rc;

	assert_int_equal(scratch_setup(&scratch), 0);
	fds = scratch_count("/proc/self/fd");
	store = open_store(scratch);
	prepare(scratch, store, operation->before);
	/* As a process that has not seen the record yet, every other time. */
	if (at % 2 == 0) {
		belgo_store_free(&store);
		store = open_store(scratch);
	}
	fault_begin(fault, at);
	rc = operation->call(store, &err);
	hit = fault_end();
	snprintf(where, sizeof(where), "%s: %s at call %zu (%s)", operation->name, fault->name, at,
		 hit != NULL ? hit : "none");
	if (hit == NULL && rc != BELGO_OK)
		fail_msg("%s: rc %d undisturbed (%s)", where, (int)rc, err.text);
	if (rc != BELGO_OK && (err.rc != rc || err.text[0] == '\0'))
		fail_msg("%s: rc %d, but the error says %d, \"%s\"", where, (int)rc, (int)err.rc, err.text);
	belgo_store_free(&store);
	check_disk(scratch, operation, rc, where);
	if (scratch_count("/proc/self/fd") != fds)
		fail_msg("%s: a descriptor is left open", where);
	assert_int_equal(scratch_teardown(&scratch), 0);
	return hit != NULL;
}

static void
test_store__loses_no_record_whichever_system_call_fails(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		for (const struct fault *fault = faults; fault->name != NULL; fault++)
			for (size_t at = 1; run(&operations[i], fault, at); at++)
				;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_store__loses_no_record_whichever_system_call_fails),
	};

	/* Thousands of directories are made; in memory that takes a tenth of the time. */
	if (access("/dev/shm", R_OK | W_OK | X_OK) == 0)
		(void)setenv("TMPDIR", "/dev/shm", 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
