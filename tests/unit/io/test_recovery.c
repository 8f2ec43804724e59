/*
 * What the record store promises over any backend: put() loses nothing whatever the backend does, get() finds
 * the newest record that is durable anywhere, and nothing of a newer version is touched. The backend here
 * fails on command.
 */
#include "scratch.h"

#include "base/limits.h"
#include "io/backend.h"
#include "io/recovery.h"

#include <sys/stat.h>
#include <unistd.h>

static const char key[] = "account/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
static const char other[] = "account/bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

/* One record, kept by the test so that several stores can come and go over it. */
struct shelf {
	struct belgo_blob blob;
	int has;
	belgo_rc fail_put;
	belgo_rc fail_get;
	int put_takes_effect; /* although it reports a failure, as after a time-out */
	int gets;
};

static belgo_rc
shelf_get(void *ctx, const char *name, struct belgo_blob *out, struct belgo_error *err)
{
	struct shelf *shelf = ctx;

	(void)name;
	(void)err;
	shelf->gets++;
	if (shelf->fail_get != BELGO_OK)
		return shelf->fail_get;
	if (!shelf->has)
		return BELGO_ENOTFOUND;
	*out = (struct belgo_blob){.data = malloc(shelf->blob.len + 1), .len = shelf->blob.len};
	memcpy(out->data, shelf->blob.data, shelf->blob.len);
	return BELGO_OK;
}

static void
shelf_set(struct shelf *shelf, const void *data, size_t len)
{
	belgo_blob_done(&shelf->blob);
	shelf->blob = (struct belgo_blob){.data = malloc(len + 1), .len = len};
	memcpy(shelf->blob.data, data, len);
	shelf->has = 1;
}

static belgo_rc
shelf_put(void *ctx, const char *name, const char *label, const struct belgo_blob *blob,
	  struct belgo_error *err)
{
	struct shelf *shelf = ctx;

	(void)name;
	(void)label;
	(void)err;
	if (shelf->fail_put == BELGO_OK || shelf->put_takes_effect)
		shelf_set(shelf, blob->data, blob->len);
	return shelf->fail_put;
}

static belgo_rc
shelf_remove(void *ctx, const char *name, struct belgo_error *err)
{
	struct shelf *shelf = ctx;

	(void)name;
	(void)err;
	shelf->has = 0;
	return BELGO_OK;
}

static belgo_rc
shelf_list(void *ctx, const char *prefix,
	   int (*each)(void *arg, const char *name, const struct belgo_blob *blob), void *arg,
	   struct belgo_error *err)
{
	struct shelf *shelf = ctx;

	(void)prefix;
	(void)err;
	if (shelf->has)
		(void)each(arg, key, &shelf->blob);
	return BELGO_OK;
}

static belgo_rc
shelf_probe(void *ctx, const char *name, struct belgo_error *err)
{
	(void)ctx;
	(void)name;
	(void)err;
	return BELGO_OK;
}

static void
shelf_free(void *ctx)
{
	(void)ctx;
}

static struct belgo_store *
open_store(struct shelf *shelf, const struct scratch *scratch)
{
	struct belgo_store *store = NULL;
	struct bg_backend backend = {.ctx = shelf,
				     .get = shelf_get,
				     .put = shelf_put,
				     .remove = shelf_remove,
				     .list = shelf_list,
				     .probe = shelf_probe,
				     .free = shelf_free};

	assert_int_equal(bg_record_store(&store, backend, scratch->path, "test", "test:1", NULL), BELGO_OK);
	return store;
}

static belgo_rc
put(struct belgo_store *store, const char *text)
{
	return store->put(store->ctx, key, "label", text, strlen(text), NULL);
}

static belgo_rc
stage(struct belgo_store *store, const char *text)
{
	return store->stage(store->ctx, key, text, strlen(text), NULL);
}

static void
assert_get(struct belgo_store *store, const char *want)
{
	struct belgo_blob blob = {0};

	assert_int_equal(store->get(store->ctx, key, &blob, NULL), BELGO_OK);
	assert_int_equal(blob.len, strlen(want));
	assert_memory_equal(blob.data, want, blob.len);
	belgo_blob_done(&blob);
}

/* As another process would see it. */
static void
assert_found(struct shelf *shelf, const struct scratch *scratch, const char *want)
{
	struct belgo_store *store = open_store(shelf, scratch);

	assert_get(store, want);
	belgo_store_free(&store);
}

static int
recovery_files(const struct scratch *scratch)
{
	char dir[512];

	return scratch_count(scratch_path(dir, scratch, "recovery"));
}

static void
test_recovery__a_put_that_the_backend_takes_leaves_nothing_beside_it(void **state)
{
	const struct scratch *scratch = *state;
	struct shelf shelf = {0};
	struct belgo_store *store = open_store(&shelf, scratch);

	assert_int_equal(put(store, "one"), BELGO_OK);
	assert_int_equal(recovery_files(scratch), -1);
	assert_int_equal(put(store, "two"), BELGO_OK);
	assert_int_equal(store->in_recovery, 0);
	assert_int_equal(recovery_files(scratch), 0);
	belgo_store_free(&store);
	assert_found(&shelf, scratch, "two");
	belgo_blob_done(&shelf.blob);
}

static void
test_recovery__a_put_that_the_backend_refuses_is_found_and_comes_home_later(void **state)
{
	static const belgo_rc failures[] = {BELGO_ELOCKED, BELGO_ESTORE, BELGO_ENOSTORE, BELGO_ENOMEM};
	const struct scratch *scratch = *state;

	for (size_t i = 0; i < BG_LEN(failures); i++) {
		struct shelf shelf = {0};
		struct belgo_store *store = open_store(&shelf, scratch);

		assert_int_equal(put(store, "old"), BELGO_OK);
		shelf.fail_put = failures[i];
		assert_int_equal(put(store, "rotated secret"), BELGO_OK);
		assert_int_equal(store->in_recovery, 1);
		assert_int_equal(scratch_holds(scratch->path, "rotated secret"), 0);
		assert_found(&shelf, scratch, "rotated secret");
		assert_int_equal(put(store, "rotated again"), BELGO_OK);
		assert_int_equal(store->in_recovery, 1);
		assert_found(&shelf, scratch, "rotated again");
		shelf.fail_put = BELGO_OK;
		assert_int_equal(put(store, "home"), BELGO_OK);
		assert_int_equal(store->in_recovery, 0);
		assert_int_equal(recovery_files(scratch), 0);
		belgo_store_free(&store);
		assert_found(&shelf, scratch, "home");
		belgo_blob_done(&shelf.blob);
	}
}

/* The recovery key was read with the record: the backend need not answer any more when it is wanted. */
static void
test_recovery__a_backend_that_is_gone_after_get_costs_nothing(void **state)
{
	const struct scratch *scratch = *state;
	struct shelf shelf = {0};
	struct belgo_store *store = open_store(&shelf, scratch);

	assert_int_equal(put(store, "old"), BELGO_OK);
	assert_get(store, "old");
	shelf.fail_put = shelf.fail_get = BELGO_ENOSTORE;
	shelf.gets = 0;
	assert_int_equal(put(store, "rotated"), BELGO_OK);
	assert_int_equal(shelf.gets, 0);
	assert_int_equal(store->in_recovery, 1);
	belgo_store_free(&store);
	shelf.fail_get = BELGO_OK;
	assert_found(&shelf, scratch, "rotated");
	belgo_blob_done(&shelf.blob);
}

/* A client may refresh several accounts at once. */
static void
test_recovery__another_record_in_between_costs_neither_key_nor_room(void **state)
{
	const struct scratch *scratch = *state;
	struct shelf shelf = {0};
	struct belgo_store *store = open_store(&shelf, scratch);
	struct belgo_lock *lock = NULL, *other_lock = NULL;
	struct belgo_blob blob = {0};

	assert_int_equal(put(store, "old"), BELGO_OK);
	assert_int_equal(store->lock(store->ctx, key, &lock, NULL, NULL), BELGO_OK);
	assert_int_equal(store->lock(store->ctx, other, &other_lock, NULL, NULL), BELGO_OK);
	assert_int_equal(store->probe(store->ctx, key, NULL), BELGO_OK);
	assert_int_equal(store->get(store->ctx, other, &blob, NULL), BELGO_OK);
	belgo_blob_done(&blob);
	assert_int_equal(store->probe(store->ctx, other, NULL), BELGO_OK);
	assert_int_equal(recovery_files(scratch), 2);
	store->unlock(store->ctx, other_lock);
	assert_int_equal(recovery_files(scratch), 1);
	shelf.fail_put = shelf.fail_get = BELGO_ENOSTORE;
	assert_int_equal(put(store, "rotated"), BELGO_OK);
	assert_int_equal(store->in_recovery, 1);
	store->unlock(store->ctx, lock);
	belgo_store_free(&store);
	shelf.fail_get = BELGO_OK;
	assert_found(&shelf, scratch, "rotated");
	belgo_blob_done(&shelf.blob);
}

static void
test_recovery__a_first_put_that_fails_is_an_error_and_leaves_nothing(void **state)
{
	const struct scratch *scratch = *state;
	struct shelf shelf = {.fail_put = BELGO_ELOCKED};
	struct belgo_store *store = open_store(&shelf, scratch);
	struct belgo_blob blob = {0};

	assert_int_equal(put(store, "one"), BELGO_ELOCKED);
	assert_int_equal(store->in_recovery, 0);
	assert_int_equal(recovery_files(scratch), -1);
	assert_int_equal(store->get(store->ctx, key, &blob, NULL), BELGO_ENOTFOUND);
	belgo_store_free(&store);
}

/* After a time-out nobody knows whether the service stored it; both answers must lead to the same token. */
static void
test_recovery__a_put_that_took_effect_although_it_failed_is_no_harm(void **state)
{
	const struct scratch *scratch = *state;
	struct shelf shelf = {0};
	struct belgo_store *store = open_store(&shelf, scratch);

	assert_int_equal(put(store, "old"), BELGO_OK);
	shelf.fail_put = BELGO_ESTORE;
	shelf.put_takes_effect = 1;
	assert_int_equal(put(store, "rotated"), BELGO_OK);
	assert_int_equal(store->in_recovery, 1);
	assert_found(&shelf, scratch, "rotated");
	shelf.fail_put = BELGO_OK;
	shelf.put_takes_effect = 0;
	assert_int_equal(put(store, "again"), BELGO_OK);
	assert_int_equal(store->in_recovery, 0);
	assert_found(&shelf, scratch, "again");
	assert_int_equal(recovery_files(scratch), 0);
	belgo_store_free(&store);
	belgo_blob_done(&shelf.blob);
}

static void
test_recovery__where_both_fail_the_error_is_the_backends(void **state)
{
	const struct scratch *scratch = *state;
	struct shelf shelf = {0};
	struct belgo_store *store = open_store(&shelf, scratch);
	char dir[512];

	assert_int_equal(put(store, "old"), BELGO_OK);
	scratch_write(scratch_path(dir, scratch, "recovery"), "", 0,
		      0600); /* a file where the directory should be */
	shelf.fail_put = BELGO_ELOCKED;
	assert_int_equal(put(store, "lost"), BELGO_ELOCKED);
	assert_int_equal(store->in_recovery, 0);
	assert_int_equal(unlink(dir), 0);
	shelf.fail_put = BELGO_OK;
	assert_found(&shelf, scratch, "old");
	belgo_store_free(&store);
	belgo_blob_done(&shelf.blob);
}

static void
test_recovery__a_backend_that_works_needs_no_recovery_directory(void **state)
{
	const struct scratch *scratch = *state;
	struct shelf shelf = {0};
	struct belgo_store *store = open_store(&shelf, scratch);
	char dir[512];

	scratch_write(scratch_path(dir, scratch, "recovery"), "", 0, 0600);
	assert_int_equal(put(store, "one"), BELGO_OK);
	assert_int_equal(put(store, "two"), BELGO_OK);
	assert_int_equal(unlink(dir), 0);
	assert_get(store, "two");
	belgo_store_free(&store);
	belgo_blob_done(&shelf.blob);
}

static void
test_recovery__a_staged_record_is_answered_until_it_is_unstaged(void **state)
{
	const struct scratch *scratch = *state;
	struct shelf shelf = {0};
	struct belgo_store *store = open_store(&shelf, scratch);

	assert_int_equal(stage(store, "none yet"), BELGO_ENOTFOUND);
	assert_int_equal(put(store, "old"), BELGO_OK);
	assert_int_equal(stage(store, "unproven"), BELGO_OK);
	assert_found(&shelf, scratch, "unproven");
	assert_int_equal(store->unstage(store->ctx, key, NULL), BELGO_OK);
	assert_found(&shelf, scratch, "old");
	assert_int_equal(store->unstage(store->ctx, key, NULL), BELGO_OK);
	assert_int_equal(stage(store, "proven"), BELGO_OK);
	assert_int_equal(put(store, "proven"), BELGO_OK);
	assert_int_equal(recovery_files(scratch), 0);
	assert_found(&shelf, scratch, "proven");
	belgo_store_free(&store);
	belgo_blob_done(&shelf.blob);
}

static void
test_recovery__unstage_brings_back_what_an_earlier_put_kept_there(void **state)
{
	const struct scratch *scratch = *state;
	struct shelf shelf = {0};
	struct belgo_store *store = open_store(&shelf, scratch);

	assert_int_equal(put(store, "old"), BELGO_OK);
	shelf.fail_put = BELGO_ELOCKED;
	assert_int_equal(put(store, "present"), BELGO_OK);
	assert_get(store, "present");
	assert_int_equal(stage(store, "unproven"), BELGO_OK);
	assert_int_equal(stage(store, "unproven too"), BELGO_OK);
	assert_found(&shelf, scratch, "unproven too");
	assert_int_equal(store->unstage(store->ctx, key, NULL), BELGO_OK);
	assert_found(&shelf, scratch, "present");
	belgo_store_free(&store);
	belgo_blob_done(&shelf.blob);
}

/* Each way in which a file in recovery/ can be the wrong one. */
static void
test_recovery__a_stale_or_foreign_record_is_never_answered(void **state)
{
	const struct scratch *scratch = *state;
	struct shelf shelf = {0};
	struct belgo_store *store = open_store(&shelf, scratch);
	char dir[512], file[512];
	unsigned char *kept;
	size_t len;

	assert_int_equal(put(store, "first"), BELGO_OK);
	assert_int_equal(stage(store, "second, staged"), BELGO_OK);
	scratch_only_entry(file, scratch_path(dir, scratch, "recovery"));
	kept = scratch_read(file, &len);
	assert_int_equal(put(store, "second, put"), BELGO_OK);

	scratch_write(file, kept, len, 0600); /* of the sequence number that is stored now */
	assert_found(&shelf, scratch, "second, put");
	assert_int_equal(access(file, F_OK), 0); /* a reader holds no lock, and so removes nothing */

	assert_int_equal(store->remove(store->ctx, key, NULL), BELGO_OK);
	assert_int_equal(put(store, "first of another"), BELGO_OK);
	scratch_write(file, kept, len, 0600); /* right number, but sealed for a record that was removed */
	assert_found(&shelf, scratch, "first of another");
	assert_int_equal(access(file, F_OK), 0);
	assert_int_equal(put(store, "second of another"), BELGO_OK);
	assert_int_equal(access(file, F_OK), -1);
	free(kept);
	belgo_store_free(&store);
	belgo_blob_done(&shelf.blob);
}

static void
test_recovery__a_record_ahead_by_two_is_not_answered(void **state)
{
	const struct scratch *scratch = *state;
	struct shelf shelf = {0}, earlier = {0};
	struct belgo_store *store = open_store(&shelf, scratch);

	assert_int_equal(put(store, "first"), BELGO_OK);
	shelf_set(&earlier, shelf.blob.data, shelf.blob.len);
	assert_int_equal(put(store, "second"), BELGO_OK);
	assert_int_equal(stage(store, "third"), BELGO_OK);
	assert_found(&shelf, scratch, "third");
	assert_found(&earlier, scratch, "first"); /* a backup of the keyring, brought back */
	assert_found(&shelf, scratch, "third");
	belgo_store_free(&store);
	belgo_blob_done(&shelf.blob);
	belgo_blob_done(&earlier.blob);
}

static void
test_recovery__one_cut_at_any_length_leaves_the_stored_record(void **state)
{
	const struct scratch *scratch = *state;
	struct shelf shelf = {0};
	struct belgo_store *store = open_store(&shelf, scratch);
	char dir[512], file[512];
	unsigned char *whole;
	size_t len;

	assert_int_equal(put(store, "stored"), BELGO_OK);
	assert_int_equal(stage(store, "newer"), BELGO_OK);
	scratch_only_entry(file, scratch_path(dir, scratch, "recovery"));
	whole = scratch_read(file, &len);
	for (size_t cut = 0; cut < len; cut++) {
		scratch_write(file, whole, cut, 0600);
		assert_get(store, "stored");
	}
	scratch_write(file, whole, len, 0600);
	assert_get(store, "newer");
	free(whole);
	belgo_store_free(&store);
	belgo_blob_done(&shelf.blob);
}

/* The old record might hold a refresh token that was rotated; so a recovery record that cannot be judged
 * stops everything. */
static void
test_recovery__one_of_a_newer_version_or_unreadable_is_an_error(void **state)
{
	const struct scratch *scratch = *state;
	struct shelf shelf = {0};
	struct belgo_store *store = open_store(&shelf, scratch);
	struct belgo_blob blob = {0};
	char dir[512], file[512];
	unsigned char *whole;
	size_t len;

	assert_int_equal(put(store, "stored"), BELGO_OK);
	assert_int_equal(stage(store, "newer"), BELGO_OK);
	scratch_only_entry(file, scratch_path(dir, scratch, "recovery"));
	whole = scratch_read(file, &len);
	whole[6] = 2;
	scratch_write(file, whole, len, 0600);
	assert_int_equal(store->get(store->ctx, key, &blob, NULL), BELGO_EVERSION);
	assert_int_equal(chmod(dir, 0755), 0);
	assert_int_equal(store->get(store->ctx, key, &blob, NULL), BELGO_ESTORE);
	assert_int_equal(chmod(dir, 0700), 0);
	assert_int_equal(unlink(file), 0);
	assert_int_equal(mkdir(file, 0700), 0);
	assert_int_equal(store->get(store->ctx, key, &blob, NULL), BELGO_ESTORE);
	assert_null(blob.data);
	free(whole);
	belgo_store_free(&store);
	belgo_blob_done(&shelf.blob);
}

static void
test_recovery__a_record_of_a_newer_version_is_left_untouched(void **state)
{
	static const char newer[] = "belgoauth-record 2 from the future";
	const struct scratch *scratch = *state;
	struct shelf shelf = {0};
	struct belgo_store *store = open_store(&shelf, scratch);
	struct belgo_blob blob = {0};

	shelf_set(&shelf, newer, sizeof(newer));
	assert_int_equal(store->get(store->ctx, key, &blob, NULL), BELGO_EVERSION);
	assert_int_equal(put(store, "older"), BELGO_EVERSION);
	assert_int_equal(stage(store, "older"), BELGO_EVERSION);
	assert_int_equal(store->probe(store->ctx, key, NULL), BELGO_EVERSION);
	assert_memory_equal(shelf.blob.data, newer, sizeof(newer));
	assert_int_equal(store->remove(store->ctx, key, NULL), BELGO_OK);
	assert_int_equal(put(store, "mine"), BELGO_OK);
	belgo_store_free(&store);
	belgo_blob_done(&shelf.blob);
}

static void
test_recovery__another_store_of_the_same_state_directory_sees_none_of_it(void **state)
{
	const struct scratch *scratch = *state;
	struct bg_recovery *one = NULL, *two = NULL;
	struct bg_envelope stored = {.seq = 4, .recovery_key = "k"};
	struct belgo_blob blob = {0};

	assert_int_equal(bg_recovery_new(&one, scratch->path, "store:1", NULL), BELGO_OK);
	assert_int_equal(bg_recovery_new(&two, scratch->path, "store:2", NULL), BELGO_OK);
	assert_int_equal(bg_recovery_read(one, key, &stored, &blob, NULL), BELGO_ENOTFOUND);
	assert_int_equal(bg_recovery_drop(one, key, NULL), BELGO_OK);
	assert_int_equal(recovery_files(scratch), -1);
	assert_int_equal(bg_recovery_write(one, key, &stored, "x", 1, NULL), BELGO_OK);
	assert_int_equal(bg_recovery_read(two, key, &stored, &blob, NULL), BELGO_ENOTFOUND);
	assert_int_equal(bg_recovery_drop(two, key, NULL), BELGO_OK);
	assert_int_equal(bg_recovery_read(one, key, &stored, &blob, NULL), BELGO_OK);
	assert_int_equal(blob.len, 1);
	belgo_blob_done(&blob);
	bg_recovery_free(&one);
	bg_recovery_free(&two);
}

static void
test_recovery__probe_reserves_the_disk_and_leaves_no_trace(void **state)
{
	const struct scratch *scratch = *state;
	struct shelf shelf = {0};
	struct belgo_store *store = open_store(&shelf, scratch);
	char dir[512], file[512];
	struct stat st;

	assert_int_equal(store->probe(store->ctx, key, NULL), BELGO_OK);
	scratch_only_entry(file, scratch_path(dir, scratch, "recovery"));
	assert_int_equal(stat(file, &st), 0);
	assert_true(st.st_size >= BG_MAX_RECORD && st.st_blocks * 512 >= BG_MAX_RECORD);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(store->probe(store->ctx, key, NULL), BELGO_OK);
	assert_int_equal(recovery_files(scratch), 1);
	belgo_store_free(&store);
	assert_int_equal(recovery_files(scratch), 0);
}

/* Another process takes it for a leftover after a day. */
static void
test_recovery__reservation_that_is_gone_is_made_anew(void **state)
{
	const struct scratch *scratch = *state;
	struct shelf shelf = {0};
	struct belgo_store *store = open_store(&shelf, scratch);
	char dir[512], file[512];

	assert_int_equal(put(store, "old"), BELGO_OK);
	assert_int_equal(store->probe(store->ctx, key, NULL), BELGO_OK);
	scratch_only_entry(file, scratch_path(dir, scratch, "recovery"));
	assert_int_equal(unlink(file), 0);
	shelf.fail_put = BELGO_ENOSTORE;
	assert_int_equal(put(store, "new"), BELGO_OK);
	assert_int_equal(store->in_recovery, 1);
	assert_get(store, "new");
	belgo_store_free(&store);
	belgo_blob_done(&shelf.blob);
}

struct seen {
	char text[64];
	int n;
};

static int
note(void *arg, const char *name, const struct belgo_blob *blob)
{
	struct seen *seen = arg;

	assert_string_equal(name, key);
	snprintf(seen->text, sizeof(seen->text), "%.*s", (int)blob->len, (const char *)blob->data);
	seen->n++;
	return 0;
}

static void
test_recovery__list_answers_the_newer_record_too(void **state)
{
	const struct scratch *scratch = *state;
	struct shelf shelf = {0};
	struct belgo_store *store = open_store(&shelf, scratch);
	struct seen seen = {0};

	assert_int_equal(put(store, "old"), BELGO_OK);
	shelf.fail_put = BELGO_ESTORE;
	assert_int_equal(put(store, "rotated"), BELGO_OK);
	assert_int_equal(store->list(store->ctx, "account/", note, &seen, NULL), BELGO_OK);
	assert_int_equal(seen.n, 1);
	assert_string_equal(seen.text, "rotated");
	shelf_set(&shelf, "garbage", 7);
	assert_int_equal(store->list(store->ctx, "account/", note, &seen, NULL), BELGO_ESTORE);
	assert_int_equal(seen.n, 1);
	belgo_store_free(&store);
	belgo_blob_done(&shelf.blob);
}

static void
test_recovery__keys_that_are_none_are_refused(void **state)
{
	static const char *const keys[] = {
	    "",
	    "account/",
	    "account/abc",
	    "../../../../etc/passwd",
	    "ACCOUNT/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	    "account/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/",
	    "account/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
	const struct scratch *scratch = *state;
	struct shelf shelf = {0};
	struct belgo_store *store = open_store(&shelf, scratch);

	for (size_t i = 0; i < BG_LEN(keys); i++) {
		struct belgo_lock *lock = NULL;
		struct belgo_blob blob = {0};

		assert_row(keys[i], store->get(store->ctx, keys[i], &blob, NULL) == BELGO_EINVAL);
		assert_row(keys[i], store->put(store->ctx, keys[i], "l", "x", 1, NULL) == BELGO_EINVAL);
		assert_row(keys[i], store->remove(store->ctx, keys[i], NULL) == BELGO_EINVAL);
		assert_row(keys[i], store->lock(store->ctx, keys[i], &lock, NULL, NULL) == BELGO_EINVAL);
	}
	assert_int_equal(scratch_count(scratch->path), 0);
	belgo_store_free(&store);
}

static void
test_recovery__a_record_above_the_ceiling_is_refused_and_the_old_one_kept(void **state)
{
	static char large[BG_MAX_RECORD + 1];
	const struct scratch *scratch = *state;
	struct shelf shelf = {0};
	struct belgo_store *store = open_store(&shelf, scratch);

	assert_int_equal(put(store, "old"), BELGO_OK);
	assert_int_equal(store->put(store->ctx, key, "l", large, sizeof(large), NULL), BELGO_EINVAL);
	assert_int_equal(store->put(store->ctx, key, "l", large, sizeof(large) - 200, NULL), BELGO_OK);
	assert_int_equal(put(store, "small"), BELGO_OK);
	assert_found(&shelf, scratch, "small");
	belgo_store_free(&store);
	belgo_blob_done(&shelf.blob);
}

#define WITH_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_SCRATCH(test_recovery__a_put_that_the_backend_takes_leaves_nothing_beside_it),
	    WITH_SCRATCH(test_recovery__a_put_that_the_backend_refuses_is_found_and_comes_home_later),
	    WITH_SCRATCH(test_recovery__a_backend_that_is_gone_after_get_costs_nothing),
	    WITH_SCRATCH(test_recovery__another_record_in_between_costs_neither_key_nor_room),
	    WITH_SCRATCH(test_recovery__a_first_put_that_fails_is_an_error_and_leaves_nothing),
	    WITH_SCRATCH(test_recovery__a_put_that_took_effect_although_it_failed_is_no_harm),
	    WITH_SCRATCH(test_recovery__where_both_fail_the_error_is_the_backends),
	    WITH_SCRATCH(test_recovery__a_backend_that_works_needs_no_recovery_directory),
	    WITH_SCRATCH(test_recovery__a_staged_record_is_answered_until_it_is_unstaged),
	    WITH_SCRATCH(test_recovery__unstage_brings_back_what_an_earlier_put_kept_there),
	    WITH_SCRATCH(test_recovery__a_stale_or_foreign_record_is_never_answered),
	    WITH_SCRATCH(test_recovery__a_record_ahead_by_two_is_not_answered),
	    WITH_SCRATCH(test_recovery__one_cut_at_any_length_leaves_the_stored_record),
	    WITH_SCRATCH(test_recovery__one_of_a_newer_version_or_unreadable_is_an_error),
	    WITH_SCRATCH(test_recovery__a_record_of_a_newer_version_is_left_untouched),
	    WITH_SCRATCH(test_recovery__another_store_of_the_same_state_directory_sees_none_of_it),
	    WITH_SCRATCH(test_recovery__reservation_that_is_gone_is_made_anew),
	    WITH_SCRATCH(test_recovery__probe_reserves_the_disk_and_leaves_no_trace),
	    WITH_SCRATCH(test_recovery__list_answers_the_newer_record_too),
	    WITH_SCRATCH(test_recovery__keys_that_are_none_are_refused),
	    WITH_SCRATCH(test_recovery__a_record_above_the_ceiling_is_refused_and_the_old_one_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
