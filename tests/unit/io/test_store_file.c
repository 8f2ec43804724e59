/* The store of sealed files: keys, permissions, damage, a full disk. */
#include "scratch.h"

#include <belgoauth/store.h>

#include <signal.h>
#include <dirent.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define ID "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HEX64 "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
static const char key[] = "account/" ID;
static const char other[] = "account/bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

/* A store in scratch/store, with scratch/key as its key file unless params says otherwise. */
static struct belgo_store *
open_with(const struct scratch *scratch, struct belgo_store_params params)
{
	struct belgo_store *store = NULL;
	char dir[512], uri[600];

	snprintf(uri, sizeof(uri), "file:%s", scratch_path(dir, scratch, "store"));
	params.uri = uri;
	params.state_dir = scratch->path;
	assert_int_equal(belgo_store_open(&store, &params, NULL), BELGO_OK);
	return store;
}

static struct belgo_store *
open_store(const struct scratch *scratch)
{
	char path[512];

	scratch_write(scratch_path(path, scratch, "key"), HEX64 "\n", 65, 0600);
	return open_with(scratch, (struct belgo_store_params){.key_file = path});
}

static belgo_rc
put(struct belgo_store *store, const char *name, const char *text, struct belgo_error *err)
{
	return store->put(store->ctx, name, "label", text, strlen(text), err);
}

static void
assert_get(struct belgo_store *store, const char *want)
{
	struct belgo_blob blob = {0};
	struct belgo_error err = {0};

	if (store->get(store->ctx, key, &blob, &err) != BELGO_OK)
		fail_msg("get: %s", err.text);
	assert_int_equal(blob.len, strlen(want));
	assert_memory_equal(blob.data, want, blob.len);
	belgo_blob_done(&blob);
}

static void
assert_get_fails(struct belgo_store *store, belgo_rc want, const char *text)
{
	struct belgo_blob blob = {0};
	struct belgo_error err = {0};

	assert_int_equal(store->get(store->ctx, key, &blob, &err), want);
	if (strstr(err.text, text) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", err.text, text);
	assert_null(blob.data);
}

static const char *
record_path(char out[512], const struct scratch *scratch)
{
	return scratch_path(out, scratch, "store/account-" ID ".sealed");
}

static int
count(void *arg, const char *name, const struct belgo_blob *blob)
{
	int *n = arg;

	assert_true(strcmp(name, key) == 0 || strcmp(name, other) == 0);
	assert_true(blob->len > 0);
	++*n;
	return 0;
}

static void
test_store_file__finds_what_was_put_until_it_is_removed(void **state)
{
	struct belgo_store *store = open_store(*state), *again;
	struct belgo_blob blob = {0};
	int n = 0;

	assert_int_equal(store->get(store->ctx, key, &blob, NULL), BELGO_ENOTFOUND);
	assert_int_equal(store->remove(store->ctx, key, NULL), BELGO_ENOTFOUND);
	assert_int_equal(store->list(store->ctx, "account/", count, &n, NULL), BELGO_OK);
	assert_int_equal(n, 0);
	assert_int_equal(put(store, key, "one", NULL), BELGO_OK);
	assert_int_equal(put(store, key, "two", NULL), BELGO_OK);
	assert_int_equal(put(store, other, "three", NULL), BELGO_OK);
	again = open_store(*state);
	assert_get(again, "two");
	assert_int_equal(again->list(again->ctx, "account/", count, &n, NULL), BELGO_OK);
	assert_int_equal(n, 2);
	assert_int_equal(again->list(again->ctx, "client/", count, &n, NULL), BELGO_OK);
	assert_int_equal(n, 2);
	assert_int_equal(store->remove(store->ctx, key, NULL), BELGO_OK);
	assert_int_equal(again->get(again->ctx, key, &blob, NULL), BELGO_ENOTFOUND);
	belgo_store_free(&store);
	belgo_store_free(&again);
}

static void
test_store_file__reading_creates_nothing(void **state)
{
	const struct scratch *scratch = *state;
	struct belgo_store *store = open_with(scratch, (struct belgo_store_params){0});
	struct belgo_blob blob = {0};
	int n = 0;

	assert_int_equal(store->get(store->ctx, key, &blob, NULL), BELGO_ENOTFOUND);
	assert_int_equal(store->list(store->ctx, "", count, &n, NULL), BELGO_OK);
	assert_int_equal(store->remove(store->ctx, key, NULL), BELGO_ENOTFOUND);
	assert_int_equal(scratch_count(scratch->path), 0);
	belgo_store_free(&store);
}

static void
test_store_file__writes_no_plaintext_and_lets_nobody_look(void **state)
{
	const struct scratch *scratch = *state;
	struct belgo_store *store = open_store(scratch);
	char dir[512], file[512];
	struct stat st;

	assert_int_equal(put(store, key, "refresh-token-1", NULL), BELGO_OK);
	assert_int_equal(put(store, key, "refresh-token-2", NULL), BELGO_OK);
	assert_int_equal(scratch_holds(scratch->path, "refresh-token"), 0);
	assert_int_equal(scratch_holds(scratch->path, "belgoauth-record"), 0);
	assert_int_equal(stat(scratch_path(dir, scratch, "store"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(stat(record_path(file, scratch), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_true(st.st_size < 1024);          /* the surplus of the reservation is gone */
	assert_int_equal(scratch_count(dir), 2); /* the record and params.json */
	belgo_store_free(&store);
}

/* Takes away what was reserved in the store, as another process does that finds it a day later; how much. */
static int
sweep(const struct scratch *scratch)
{
	char path[512];
	DIR *dir = opendir(scratch_path(path, scratch, "store"));
	const struct dirent *entry;
	int n = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL)
		if (strstr(entry->d_name, ".tmp") != NULL)
			n += unlinkat(dirfd(dir), entry->d_name, 0) == 0;
	(void)closedir(dir);
	return n;
}

static void
test_store_file__a_reservation_that_is_gone_is_made_anew(void **state)
{
	const struct scratch *scratch = *state;
	struct belgo_store *store = open_store(scratch);

	assert_int_equal(put(store, key, "x", NULL), BELGO_OK);
	assert_int_equal(store->probe(store->ctx, key, NULL), BELGO_OK);
	assert_int_equal(sweep(scratch), 1);
	assert_int_equal(store->probe(store->ctx, key, NULL), BELGO_OK);
	assert_int_equal(sweep(scratch), 1);
	assert_int_equal(put(store, key, "y", NULL), BELGO_OK);
	assert_false(store->in_recovery);
	assert_get(store, "y");
	belgo_store_free(&store);
}

static void
test_store_file__without_a_key_there_is_no_store(void **state)
{
	const struct scratch *scratch = *state;
	struct belgo_store *store = open_with(scratch, (struct belgo_store_params){0});
	struct belgo_error probe = {0}, err = {0};

	assert_int_equal(store->probe(store->ctx, key, &probe), BELGO_ENOSTORE);
	assert_string_equal(probe.text,
			    "the file store needs a key file or a passphrase, and was given neither");
	assert_int_equal(put(store, key, "x", &err), BELGO_ENOSTORE);
	assert_int_equal(scratch_holds(scratch->path, "x"), 0);
	belgo_store_free(&store);
}

static void
test_store_file__takes_a_key_of_32_bytes_or_64_digits_and_no_other(void **state)
{
	static const struct {
		const char *name, *content;
		size_t len;
		unsigned mode;
		belgo_rc want;
	} rows[] = {
	    {"32 bytes", "0123456789abcdef\0\n23456789abcdef!", 32, 0600, BELGO_OK},
	    {"64 digits", HEX64, 64, 0600, BELGO_OK},
	    {"64 digits and newline", HEX64 "\n", 65, 0400, BELGO_OK},
	    {"64 digits and blank", HEX64 " ", 65, 0600, BELGO_ESTORE},
	    {"63 digits", HEX64, 63, 0600, BELGO_ESTORE},
	    {"no digits", "xx112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", 64, 0600,
	     BELGO_ESTORE},
	    {"two newlines", HEX64 "\n\n", 66, 0600, BELGO_ESTORE},
	    {"much too long", HEX64 HEX64, 128, 0600, BELGO_ESTORE},
	    {"31 bytes", "0123456789abcdef0123456789abcde", 31, 0600, BELGO_ESTORE},
	    {"empty", "", 0, 0600, BELGO_ESTORE},
	    {"world may read", HEX64, 64, 0604, BELGO_ESTORE},
	    {"group may write", HEX64, 64, 0620, BELGO_ESTORE},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		void *own = NULL;
		struct belgo_store *store;
		char path[512];

		(void)state;
		assert_int_equal(scratch_setup(&own), 0);
		scratch_write(scratch_path(path, own, "k"), rows[i].content, rows[i].len, rows[i].mode);
		store = open_with(own, (struct belgo_store_params){.key_file = path});
		assert_row(rows[i].name, put(store, key, "x", NULL) == rows[i].want);
		belgo_store_free(&store);
		assert_int_equal(scratch_teardown(&own), 0);
	}
}

static void
test_store_file__names_a_key_file_that_is_not_there(void **state)
{
	struct belgo_store *store =
	    open_with(*state, (struct belgo_store_params){.key_file = "/nonexistent/key"});
	struct belgo_error err = {0};

	assert_int_equal(put(store, key, "x", &err), BELGO_ESTORE);
	assert_string_equal(err.text, "/nonexistent/key: No such file or directory");
	belgo_store_free(&store);
}

static void
test_store_file__a_wrong_key_is_told_from_damage(void **state)
{
	const struct scratch *scratch = *state;
	struct belgo_store *store = open_store(scratch), *wrong;
	struct belgo_error err = {0};
	char path[512];

	assert_int_equal(put(store, key, "x", NULL), BELGO_OK);
	scratch_write(scratch_path(path, scratch, "other-key"), "0123456789abcdef0123456789abcdef", 32, 0600);
	wrong = open_with(scratch, (struct belgo_store_params){.key_file = path});
	assert_get_fails(wrong, BELGO_ESTORE, "is not the one that the store");
	assert_int_equal(put(wrong, key, "y", &err), BELGO_ESTORE);
	assert_get(store, "x");
	belgo_store_free(&store);
	belgo_store_free(&wrong);
}

static int asked, asked_for[BELGO_ASK_NEW + 1];
static char passphrase[] = "correct horse", wrong_passphrase[] = "correct mule";

static belgo_rc
answer(void *arg, enum belgo_ask why, char **out, struct belgo_error *err)
{
	(void)err;
	asked++;
	asked_for[why]++;
	*out = strdup(arg);
	return BELGO_OK;
}

static belgo_rc
decline(void *arg, enum belgo_ask why, char **out, struct belgo_error *err)
{
	(void)arg;
	(void)why;
	(void)out;
	(void)err;
	return BELGO_ECANCELLED;
}

static void
test_store_file__derives_its_key_from_a_passphrase_once(void **state)
{
	const struct scratch *scratch = *state;
	struct belgo_store_params asking = {.ask_passphrase = answer, .ask_arg = passphrase};
	struct belgo_store_params wrong = {.ask_passphrase = answer, .ask_arg = wrong_passphrase};
	struct belgo_store *store = open_with(scratch, asking), *other_store;
	char path[512];

	asked = 0;
	memset(asked_for, 0, sizeof(asked_for));
	assert_int_equal(put(store, key, "x", NULL), BELGO_OK);
	assert_get(store, "x");
	assert_int_equal(asked, 1);
	assert_int_equal(asked_for[BELGO_ASK_NEW], 1);
	assert_int_equal(scratch_holds(scratch->path, "correct horse"), 0);
	belgo_store_free(&store);

	scratch_write(scratch_path(path, scratch, "pass"), "correct horse\n", 14, 0600);
	store = open_with(scratch, (struct belgo_store_params){.passphrase_file = path});
	assert_get(store, "x");
	other_store = open_with(scratch, wrong);
	assert_get_fails(other_store, BELGO_ESTORE, "the passphrase is not the one");
	assert_int_equal(asked, 4);
	assert_int_equal(asked_for[BELGO_ASK_OPEN], 1);
	assert_int_equal(asked_for[BELGO_ASK_AGAIN], 2);
	belgo_store_free(&other_store);
	other_store = open_store(scratch);
	assert_get_fails(other_store, BELGO_ESTORE, "was made with a passphrase");
	belgo_store_free(&other_store);
	belgo_store_free(&store);
}

static void
test_store_file__a_passphrase_that_is_empty_or_withheld_makes_no_store(void **state)
{
	const struct scratch *scratch = *state;
	struct belgo_store *store =
	    open_with(scratch, (struct belgo_store_params){.ask_passphrase = decline});
	char path[512];

	assert_int_equal(put(store, key, "x", NULL), BELGO_ECANCELLED);
	belgo_store_free(&store);
	scratch_write(scratch_path(path, scratch, "pass"), "\n", 1, 0600);
	store = open_with(scratch, (struct belgo_store_params){.passphrase_file = path});
	assert_int_equal(put(store, key, "x", NULL), BELGO_ESTORE);
	belgo_store_free(&store);
	assert_int_equal(scratch_count(scratch_path(path, scratch, "store")), 0);
}

static void
test_store_file__params_out_of_bounds_are_refused(void **state)
{
	static const struct {
		const char *name, *json;
		belgo_rc want;
	} rows[] = {
	    {"newer", "{\"version\":2}", BELGO_EVERSION},
	    {"weak",
	     "{\"version\":1,\"kdf\":\"scrypt\",\"n\":2,\"salt\":\"AAAAAAAAAAAAAAAAAAAAAA\",\"check\":\"x\"}",
	     BELGO_ESTORE},
	    {"huge",
	     "{\"version\":1,\"kdf\":\"scrypt\",\"n\":1073741824,\"salt\":\"AAAAAAAAAAAAAAAAAAAAAA\","
	     "\"check\":\"x\"}",
	     BELGO_ESTORE},
	    {"no power of two",
	     "{\"version\":1,\"kdf\":\"scrypt\",\"n\":65537,\"salt\":\"AAAAAAAAAAAAAAAAAAAAAA\",\"check\":"
	     "\"x\"}",
	     BELGO_ESTORE},
	    {"short salt", "{\"version\":1,\"kdf\":\"scrypt\",\"n\":65536,\"salt\":\"AAAA\",\"check\":\"x\"}",
	     BELGO_ESTORE},
	    {"another kdf", "{\"version\":1,\"kdf\":\"md5\",\"check\":\"x\"}", BELGO_ESTORE},
	    {"no check", "{\"version\":1,\"kdf\":\"none\"}", BELGO_ESTORE},
	    {"no JSON", "version 1", BELGO_ESTORE},
	    {"empty", "", BELGO_ESTORE},
	};
	const struct scratch *scratch = *state;
	struct belgo_store *store =
	    open_with(scratch, (struct belgo_store_params){.ask_passphrase = answer, .ask_arg = passphrase});
	char path[512], params[512];

	assert_int_equal(mkdir(scratch_path(path, scratch, "store"), 0700), 0);
	(void)scratch_path(params, scratch, "store/params.json");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		scratch_write(params, rows[i].json, strlen(rows[i].json), 0600);
		assert_row(rows[i].name, put(store, key, "x", NULL) == rows[i].want);
		assert_row(rows[i].name, scratch_holds(params, rows[i].json) == 1);
	}
	belgo_store_free(&store);
}

static void
test_store_file__a_record_cut_at_any_length_is_named_and_left_alone(void **state)
{
	const struct scratch *scratch = *state;
	struct belgo_store *store = open_store(scratch);
	unsigned char *whole, *after;
	size_t len, after_len;
	char path[512];

	assert_int_equal(put(store, key, "x", NULL), BELGO_OK);
	whole = scratch_read(record_path(path, scratch), &len);
	for (size_t cut = 0; cut < len; cut++) {
		scratch_write(path, whole, cut, 0600);
		assert_get_fails(store, BELGO_ESTORE, "account-" ID ".sealed is damaged");
		assert_int_equal(put(store, key, "y", NULL), BELGO_ESTORE);
		after = scratch_read(path, &after_len);
		assert_true(after_len == cut && memcmp(after, whole, cut) == 0);
		free(after);
	}
	scratch_write(path, whole, len, 0600);
	assert_get(store, "x");
	free(whole);
	belgo_store_free(&store);
}

static void
test_store_file__a_damaged_record_hides_no_other_and_can_be_removed(void **state)
{
	const struct scratch *scratch = *state;
	struct belgo_store *store = open_store(scratch);
	struct belgo_error err = {0};
	char path[512];
	int n = 0;

	assert_int_equal(put(store, key, "x", NULL), BELGO_OK);
	assert_int_equal(put(store, other, "y", NULL), BELGO_OK);
	scratch_write(record_path(path, scratch), "rubbish", 7, 0600);
	assert_int_equal(store->list(store->ctx, "account/", count, &n, &err), BELGO_ESTORE);
	assert_int_equal(n, 1);
	assert_non_null(strstr(err.text, "account-" ID));
	assert_int_equal(store->remove(store->ctx, key, NULL), BELGO_OK);
	assert_int_equal(store->list(store->ctx, "account/", count, &n, NULL), BELGO_OK);
	assert_int_equal(n, 2);
	belgo_store_free(&store);
}

static void
test_store_file__a_record_under_another_name_does_not_open(void **state)
{
	const struct scratch *scratch = *state;
	struct belgo_store *store = open_store(scratch);
	char from[512], to[512];

	assert_int_equal(put(store, other, "another's", NULL), BELGO_OK);
	(void)scratch_path(
	    from, scratch,
	    "store/account-bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.sealed");
	assert_int_equal(rename(from, record_path(to, scratch)), 0);
	assert_get_fails(store, BELGO_ESTORE, "damaged");
	belgo_store_free(&store);
}

static void
test_store_file__a_newer_format_is_left_untouched(void **state)
{
	const struct scratch *scratch = *state;
	struct belgo_store *store = open_store(scratch);
	unsigned char *whole;
	char path[512];
	size_t len;

	assert_int_equal(put(store, key, "x", NULL), BELGO_OK);
	whole = scratch_read(record_path(path, scratch), &len);
	whole[6] = 9;
	scratch_write(path, whole, len, 0600);
	belgo_store_free(&store);
	store = open_store(scratch);
	assert_get_fails(store, BELGO_EVERSION, "newer version");
	assert_int_equal(put(store, key, "y", NULL), BELGO_EVERSION);
	whole[6] = 1;
	scratch_write(path, whole, len, 0600);
	assert_get(store, "x");
	free(whole);
	belgo_store_free(&store);
}

static void
test_store_file__trusts_no_open_directory_and_no_link(void **state)
{
	const struct scratch *scratch = *state;
	struct belgo_store *store = open_store(scratch);
	char dir[512], aside[512], file[512], file_aside[512];

	assert_int_equal(put(store, key, "x", NULL), BELGO_OK);
	assert_int_equal(chmod(scratch_path(dir, scratch, "store"), 0750), 0);
	assert_get_fails(store, BELGO_ESTORE, "is open to other users (mode 750)");
	assert_int_equal(chmod(dir, 0700), 0);
	assert_get(store, "x");

	assert_int_equal(rename(dir, scratch_path(aside, scratch, "aside")), 0);
	assert_int_equal(symlink(aside, dir), 0);
	assert_get_fails(store, BELGO_ESTORE, dir);
	assert_int_equal(unlink(dir), 0);
	assert_int_equal(rename(aside, dir), 0);

	(void)scratch_path(file_aside, scratch, "record");
	assert_int_equal(rename(record_path(file, scratch), file_aside), 0);
	assert_int_equal(symlink(file_aside, file), 0);
	assert_get_fails(store, BELGO_ESTORE, "account-" ID);
	assert_int_equal(unlink(file), 0);
	assert_int_equal(mkfifo(file, 0600), 0);
	assert_get_fails(store, BELGO_ESTORE, "is not a regular file");
	belgo_store_free(&store);
}

/* Before a refresh token is spent, not after. */
static void
test_store_file__a_full_disk_shows_at_probe(void **state)
{
	const struct scratch *scratch = *state;
	struct belgo_store *store;
	struct belgo_error err = {0};
	char dir[512], filler[600];

	assert_int_equal(mkdir(scratch_path(dir, scratch, "store"), 0700), 0);
	if (mount("none", dir, "tmpfs", 0, "size=1024k,mode=700") != 0)
		skip();
	store = open_store(scratch);
	assert_int_equal(put(store, key, "old", NULL), BELGO_OK);
	assert_int_equal(store->probe(store->ctx, key, NULL), BELGO_OK);
	assert_int_equal(put(store, key, "new", NULL), BELGO_OK);
	for (int i = 0; i < 400; i++) {
		static const char page[4096];
		FILE *file;

		snprintf(filler, sizeof(filler), "%s/filler%d", dir, i);
		if ((file = fopen(filler, "w")) == NULL)
			break;
		(void)fwrite(page, 1, sizeof(page), file);
		(void)fclose(file);
	}
	assert_int_equal(store->probe(store->ctx, key, &err), BELGO_ESTORE);
	assert_non_null(strstr(err.text, dir));
	assert_non_null(strstr(err.text, "No space left on device"));
	assert_get(store, "new");
	assert_int_equal(put(store, key, "kept beside", NULL), BELGO_OK);
	assert_int_equal(store->in_recovery, 1);
	assert_get(store, "kept beside");
	belgo_store_free(&store);
	assert_int_equal(umount2(dir, MNT_DETACH), 0);
}

/* The same where no file system can be mounted: a limit on the size of files takes the disk's part. */
static void
test_store_file__a_file_that_may_not_grow_shows_at_probe(void **state)
{
	const struct scratch *scratch = *state;
	struct belgo_store *store = open_store(scratch);
	struct belgo_error err = {0};
	struct rlimit limit, small;
	void (*old)(int) = signal(SIGXFSZ, SIG_IGN);
	belgo_rc rc;

	assert_int_equal(put(store, key, "old", NULL), BELGO_OK);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	small = (struct rlimit){.rlim_cur = 4096, .rlim_max = limit.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	rc = store->probe(store->ctx, key, &err);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	(void)signal(SIGXFSZ, old);
	assert_int_equal(rc, BELGO_ESTORE);
	assert_non_null(strstr(err.text, "File too large"));
	assert_int_equal(store->probe(store->ctx, key, NULL), BELGO_OK);
	assert_get(store, "old");
	belgo_store_free(&store);
}

#define WITH_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_SCRATCH(test_store_file__finds_what_was_put_until_it_is_removed),
	    WITH_SCRATCH(test_store_file__reading_creates_nothing),
	    WITH_SCRATCH(test_store_file__writes_no_plaintext_and_lets_nobody_look),
	    WITH_SCRATCH(test_store_file__a_reservation_that_is_gone_is_made_anew),
	    WITH_SCRATCH(test_store_file__without_a_key_there_is_no_store),
	    cmocka_unit_test(test_store_file__takes_a_key_of_32_bytes_or_64_digits_and_no_other),
	    WITH_SCRATCH(test_store_file__names_a_key_file_that_is_not_there),
	    WITH_SCRATCH(test_store_file__a_wrong_key_is_told_from_damage),
	    WITH_SCRATCH(test_store_file__derives_its_key_from_a_passphrase_once),
	    WITH_SCRATCH(test_store_file__a_passphrase_that_is_empty_or_withheld_makes_no_store),
	    WITH_SCRATCH(test_store_file__params_out_of_bounds_are_refused),
	    WITH_SCRATCH(test_store_file__a_record_cut_at_any_length_is_named_and_left_alone),
	    WITH_SCRATCH(test_store_file__a_damaged_record_hides_no_other_and_can_be_removed),
	    WITH_SCRATCH(test_store_file__a_record_under_another_name_does_not_open),
	    WITH_SCRATCH(test_store_file__a_newer_format_is_left_untouched),
	    WITH_SCRATCH(test_store_file__trusts_no_open_directory_and_no_link),
	    WITH_SCRATCH(test_store_file__a_full_disk_shows_at_probe),
	    WITH_SCRATCH(test_store_file__a_file_that_may_not_grow_shows_at_probe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
