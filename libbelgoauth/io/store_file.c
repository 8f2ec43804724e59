/*
 * A backend of sealed files: one record a file, named by its key, AES-256-GCM with the key bound in. No
 * plaintext is ever written, and without a key there is no store.
 */
#include "io/backend.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "io/file.h"
#include "io/store_key.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { RESERVED = BG_MAX_RECORD + BG_SEAL_OVERHEAD };

struct files {
	char *path;
	struct bg_store_key *key;
	struct bg_dir dir; /* of reserved, which borrows it */
	struct bg_temp reserved;
	char reserved_key[BG_KEY_SIZE];
};

static const char suffix[] = ".sealed";

static void
file_name(char out[BG_KEY_SIZE], const char *key)
{
	bg_store_key_file_name(out, key);
	memcpy(out + strlen(out), suffix, sizeof(suffix));
}

/* The key that a file name stands for; 0 where it is none of ours. */
static int
key_of(char out[BG_KEY_SIZE], const char *name)
{
	size_t len = strlen(name), end = len < sizeof(suffix) ? 0 : len - (sizeof(suffix) - 1);

	if (end == 0 || end >= BG_KEY_SIZE || strcmp(name + end, suffix) != 0)
		return 0;
	memcpy(out, name, end);
	out[end] = '\0';
	if (strchr(out, '-') != NULL)
		*strchr(out, '-') = '/';
	return bg_store_key_is_valid(out);
}

static belgo_rc
read_sealed(struct belgo_blob *out, struct files *files, const struct bg_dir *dir, const char *key,
	    struct belgo_error *err)
{
	BG_AUTO(belgo_blob_done) struct belgo_blob sealed = {0};
	BG_AUTO(bg_str_free) char *what = NULL;
	const unsigned char *seal_key;
	char name[BG_KEY_SIZE];

	file_name(name, key);
	if ((what = bg_strf("%s/%s", dir->path, name)) == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	BG_TRY(bg_file_read(&sealed, dir, name, BG_MAX_RECORD + BG_SEAL_OVERHEAD, err));
	BG_TRY(bg_store_key_get(&seal_key, files->key, dir, BG_DIR_MUST_EXIST, err));
	return bg_unseal(out, seal_key, key, &sealed, what, err);
}

static belgo_rc
files_get(void *ctx, const char *key, struct belgo_blob *out, struct belgo_error *err)
{
	struct files *files = ctx;
	BG_AUTO(bg_dir_done) struct bg_dir dir = BG_DIR_CLOSED;

	BG_TRY(bg_dir_open(&dir, files->path, BG_DIR_MUST_EXIST, BG_DIR_PRIVATE, err));
	return read_sealed(out, files, &dir, key, err);
}

/* key NULL: could any record be written? */
static belgo_rc
files_probe(void *ctx, const char *key, struct belgo_error *err)
{
	struct files *files = ctx;
	const unsigned char *seal_key;
	char name[BG_KEY_SIZE] = "probe";

	if (key != NULL)
		file_name(name, key);
	if (files->reserved.fd >= 0 && bg_str_equal(files->reserved_key, key) &&
	    bg_temp_renew(&files->reserved))
		return BELGO_OK;
	bg_temp_done(&files->reserved);
	bg_dir_done(&files->dir);
	BG_TRY(bg_dir_open(&files->dir, files->path, BG_DIR_SETTLE, BG_DIR_PRIVATE, err));
	BG_TRY(bg_store_key_get(&seal_key, files->key, &files->dir, BG_DIR_MAKE, err));
	BG_TRY(bg_temp_reserve(&files->reserved, &files->dir, name, RESERVED, err));
	if (key == NULL)
		bg_temp_done(&files->reserved);
	else
		memcpy(files->reserved_key, key, strlen(key) + 1);
	return BELGO_OK;
}

static belgo_rc
files_put(void *ctx, const char *key, const char *label, const struct belgo_blob *blob,
	  struct belgo_error *err)
{
	struct files *files = ctx;
	BG_AUTO(belgo_blob_done) struct belgo_blob sealed = {0};
	const unsigned char *seal_key;
	char name[BG_KEY_SIZE];

	(void)label;
	file_name(name, key);
	BG_TRY(files_probe(files, key, err));
	BG_TRY(bg_store_key_get(&seal_key, files->key, &files->dir, BG_DIR_MAKE, err));
	BG_TRY(bg_seal(&sealed, seal_key, key, blob->data, blob->len, err));
	return bg_temp_commit(&files->reserved, name, sealed.data, sealed.len, BG_COMMIT_DURABLE, err);
}

static belgo_rc
files_remove(void *ctx, const char *key, struct belgo_error *err)
{
	struct files *files = ctx;
	BG_AUTO(bg_dir_done) struct bg_dir dir = BG_DIR_CLOSED;
	char name[BG_KEY_SIZE];

	file_name(name, key);
	BG_TRY(bg_dir_open(&dir, files->path, BG_DIR_MUST_EXIST, BG_DIR_PRIVATE, err));
	return bg_file_remove(&dir, name, err);
}

static void
close_entries(DIR **entries)
{
	if (*entries != NULL)
		(void)closedir(*entries);
}

static belgo_rc
open_entries(DIR **out, const struct bg_dir *dir, struct belgo_error *err)
{
	int fd = openat(dir->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0 && (*out = fdopendir(fd)) != NULL)
		return BELGO_OK;
	(void)bg_fail(err, BELGO_ESTORE, "%s: %s", dir->path, bg_errno_text(errno));
	if (fd >= 0)
		(void)close(fd);
	return BELGO_ESTORE;
}

/* NULL at the end, errno then 0; and where the rest cannot be read, which must not pass for the end. */
static const struct dirent *
next_entry(DIR *entries)
{
	errno = 0;
	return readdir(entries);
}

static belgo_rc
walk(struct files *files, const struct bg_dir *dir, const char *prefix,
     int (*each)(void *arg, const char *key, const struct belgo_blob *blob), void *arg,
     struct belgo_error *err)
{
	BG_AUTO(close_entries) DIR *entries = NULL;
	const unsigned char *seal_key;
	belgo_rc first = BELGO_OK;

	BG_TRY(open_entries(&entries, dir, err));
	for (const struct dirent *entry; (entry = next_entry(entries)) != NULL;) {
		BG_AUTO(belgo_blob_done) struct belgo_blob blob = {0};
		struct belgo_error local = {0};
		char key[BG_KEY_SIZE];
		belgo_rc rc;

		if (!key_of(key, entry->d_name) || !bg_str_begins(key, prefix))
			continue;
		/* Without it none opens, and each would ask for it. */
		BG_TRY(bg_store_key_get(&seal_key, files->key, dir, BG_DIR_MUST_EXIST, err));
		rc = read_sealed(&blob, files, dir, key, &local);
		if (rc == BELGO_ENOTFOUND) /* removed since the directory was read */
			continue;
		if (rc == BELGO_OK && each(arg, key, &blob) != 0)
			return first;
		if (rc != BELGO_OK && first == BELGO_OK)
			first = bg_fail(err, rc, "%s", local.text);
	}
	if (errno != 0 && first == BELGO_OK)
		first = bg_fail(err, BELGO_ESTORE, "%s: %s", dir->path, bg_errno_text(errno));
	return first;
}

static belgo_rc
files_list(void *ctx, const char *prefix,
	   int (*each)(void *arg, const char *key, const struct belgo_blob *blob), void *arg,
	   struct belgo_error *err)
{
	struct files *files = ctx;
	BG_AUTO(bg_dir_done) struct bg_dir dir = BG_DIR_CLOSED;
	struct belgo_error local = {0};
	belgo_rc rc = bg_dir_open(&dir, files->path, BG_DIR_MUST_EXIST, BG_DIR_PRIVATE, &local);

	if (rc == BELGO_ENOTFOUND)
		return BELGO_OK;
	return rc == BELGO_OK ? walk(files, &dir, prefix, each, arg, err)
			      : bg_fail(err, rc, "%s", local.text);
}

static void
files_free(void *ctx)
{
	struct files *files = ctx;

	bg_temp_done(&files->reserved);
	bg_dir_done(&files->dir);
	bg_store_key_free(&files->key);
	bg_str_free(&files->path);
	bg_free(&files);
}

belgo_rc
bg_backend_file(struct bg_backend *out, const char *dir, const struct belgo_store_params *params,
		struct belgo_error *err)
{
	struct files *files = bg_calloc(1, sizeof(*files));

	if (files == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	files->dir = BG_DIR_CLOSED;
	files->reserved = BG_TEMP_NONE;
	if ((files->path = bg_strdup(dir)) == NULL ||
	    bg_store_key_new(&files->key, params, err) != BELGO_OK) {
		files_free(files);
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	}
	*out = (struct bg_backend){.ctx = files,
				   .get = files_get,
				   .put = files_put,
				   .remove = files_remove,
				   .list = files_list,
				   .probe = files_probe,
				   .free = files_free};
	return BELGO_OK;
}
