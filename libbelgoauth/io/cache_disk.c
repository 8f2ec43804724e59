/*
 * A cache of public documents in files: one a key, named by the key's SHA-256. Nothing is synced; instead
 * each file carries a hash of all that follows, so that one which a power cut has damaged is no answer. Trust
 * in what a document says is not decided here.
 */
#include <belgoauth/env.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/mem.h"
#include "io/file.h"

#include <stdio.h>
#include <string.h>

enum { FILE_MAX = 1024 * 1024, HEX = 64 };

static const char magic[] = "belgoauth-cache 1 ";

struct cache {
	char *path;
};

/* 64 digits and a NUL. */
static belgo_rc
hash_hex(char out[HEX + 1], const void *data, size_t len)
{
	unsigned char hash[BG_HASH_MAX];
	size_t hash_len = 0;

	BG_TRY(bg_digest(hash, &hash_len, BG_SHA256, data, len));
	for (size_t i = 0; i < hash_len && i < HEX / 2; i++)
		(void)snprintf(out + 2 * i, 3, "%02x", hash[i]);
	return BELGO_OK;
}

/* The file: magic, hash of what follows the first newline, newline, key, newline, value. NULL where it is
 * damaged or another's. */
static const char *
value_of(const struct belgo_blob *file, const char *key, size_t *len)
{
	const char *at = (const char *)file->data;
	size_t magic_len = sizeof(magic) - 1, key_len = strlen(key), head_len = magic_len + HEX + 1;
	char hash[HEX + 1];

	if (file->len < head_len + key_len + 1 || memcmp(at, magic, magic_len) != 0 ||
	    at[head_len - 1] != '\n')
		return NULL;
	if (hash_hex(hash, at + head_len, file->len - head_len) != BELGO_OK ||
	    memcmp(at + magic_len, hash, HEX) != 0)
		return NULL;
	at += head_len;
	if (memcmp(at, key, key_len) != 0 || at[key_len] != '\n')
		return NULL;
	*len = file->len - head_len - key_len - 1;
	return at + key_len + 1;
}

static belgo_rc
cache_get(void *ctx, const char *key, char **out, size_t *out_len)
{
	const struct cache *cache = ctx;
	BG_AUTO(bg_dir_done) struct bg_dir dir = BG_DIR_CLOSED;
	BG_AUTO(belgo_blob_done) struct belgo_blob file = {0};
	char name[HEX + 1], *copy;
	const char *value;
	size_t len = 0;

	if (hash_hex(name, key, strlen(key)) != BELGO_OK ||
	    bg_dir_open(&dir, cache->path, BG_DIR_MUST_EXIST, BG_DIR_OWN, NULL) != BELGO_OK ||
	    bg_file_read(&file, &dir, name, FILE_MAX, NULL) != BELGO_OK ||
	    (value = value_of(&file, key, &len)) == NULL || (copy = bg_calloc(len + 1, 1)) == NULL)
		return BELGO_ENOTFOUND;
	memcpy(copy, value, len);
	*out = copy;
	*out_len = len;
	return BELGO_OK;
}

/* The whole file as a string that the caller frees, or NULL. */
static char *
file_of(const char *key, const char *value, size_t len, size_t *file_len)
{
	size_t key_len = strlen(key), head_len = sizeof(magic) - 1 + HEX + 1, body_len = key_len + 1 + len;
	char *file, hash[HEX + 1];

	if (len > FILE_MAX || key_len > FILE_MAX || head_len + body_len > FILE_MAX ||
	    (file = bg_calloc(head_len + body_len, 1)) == NULL)
		return NULL;
	memcpy(file + head_len, key, key_len);
	file[head_len + key_len] = '\n';
	if (len > 0)
		memcpy(file + head_len + key_len + 1, value, len);
	if (hash_hex(hash, file + head_len, body_len) != BELGO_OK) {
		bg_free(&file);
		return NULL;
	}
	memcpy(file, magic, sizeof(magic) - 1);
	memcpy(file + sizeof(magic) - 1, hash, HEX);
	file[head_len - 1] = '\n';
	*file_len = head_len + body_len;
	return file;
}

static void
cache_put(void *ctx, const char *key, const char *value, size_t len)
{
	const struct cache *cache = ctx;
	BG_AUTO(bg_dir_done) struct bg_dir dir = BG_DIR_CLOSED;
	BG_AUTO(bg_temp_done) struct bg_temp temp = BG_TEMP_NONE;
	BG_AUTO(bg_free) char *file = NULL;
	char name[HEX + 1];
	size_t file_len = 0;

	if ((file = file_of(key, value, len, &file_len)) == NULL ||
	    hash_hex(name, key, strlen(key)) != BELGO_OK ||
	    bg_dir_open(&dir, cache->path, BG_DIR_MAKE, BG_DIR_OWN, NULL) != BELGO_OK ||
	    bg_temp_reserve(&temp, &dir, name, 0, NULL) != BELGO_OK)
		return;
	(void)!bg_temp_commit(&temp, name, file, file_len, BG_COMMIT_FAST, NULL);
}

static void
cache_remove(void *ctx, const char *key)
{
	const struct cache *cache = ctx;
	BG_AUTO(bg_dir_done) struct bg_dir dir = BG_DIR_CLOSED;
	char name[HEX + 1];

	if (hash_hex(name, key, strlen(key)) == BELGO_OK &&
	    bg_dir_open(&dir, cache->path, BG_DIR_MUST_EXIST, BG_DIR_OWN, NULL) == BELGO_OK)
		(void)!bg_file_remove(&dir, name, NULL);
}

static void
cache_free(void *ctx)
{
	struct cache *cache = ctx;

	bg_str_free(&cache->path);
	bg_free(&cache);
}

belgo_rc
belgo_cache_disk_new(struct belgo_cache *out, const char *dir, struct belgo_error *err)
{
	struct cache *cache;

	if (out == NULL || dir == NULL || dir[0] != '/')
		return bg_fail(err, BELGO_EINVAL, "the directory of a cache must be absolute");
	if ((cache = bg_calloc(1, sizeof(*cache))) == NULL || (cache->path = bg_strdup(dir)) == NULL) {
		bg_free(&cache);
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	}
	*out = (struct belgo_cache){
	    .ctx = cache, .get = cache_get, .put = cache_put, .remove = cache_remove, .free = cache_free};
	return BELGO_OK;
}

void
belgo_cache_done(struct belgo_cache *cache)
{
	if (cache == NULL)
		return;
	if (cache->free != NULL)
		cache->free(cache->ctx);
	*cache = (struct belgo_cache){0};
}
