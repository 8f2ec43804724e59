/* A backend that forgets everything at its end: for tests, and for programs that keep their tokens elsewhere.
 */
#include "io/backend.h"

#include "base/error.h"
#include "base/mem.h"
#include "io/file.h"

#include <pthread.h>

struct entry {
	char *key;
	struct belgo_blob blob;
	struct entry *next;
};

struct memory {
	pthread_mutex_t mutex;
	struct entry *entries;
};

static void
entry_free(struct entry **entry)
{
	if (*entry == NULL)
		return;
	bg_str_free(&(*entry)->key);
	belgo_blob_done(&(*entry)->blob);
	bg_free(entry);
}

/* The place that points to the entry, or to the NULL at the end. */
static struct entry **
find(struct memory *memory, const char *key)
{
	struct entry **at = &memory->entries;

	while (*at != NULL && !bg_str_equal((*at)->key, key))
		at = &(*at)->next;
	return at;
}

static belgo_rc
memory_get(void *ctx, const char *key, struct belgo_blob *out, struct belgo_error *err)
{
	struct memory *memory = ctx;
	const struct entry *entry;
	belgo_rc rc = BELGO_ENOTFOUND;

	(void)pthread_mutex_lock(&memory->mutex);
	if ((entry = *find(memory, key)) != NULL)
		rc = bg_blob_set(out, entry->blob.data, entry->blob.len);
	(void)pthread_mutex_unlock(&memory->mutex);
	return rc == BELGO_OK ? rc : bg_fail(err, rc, "the memory store has no such record");
}

static belgo_rc
memory_put(void *ctx, const char *key, const char *label, const struct belgo_blob *blob,
	   struct belgo_error *err)
{
	struct memory *memory = ctx;
	BG_AUTO(entry_free) struct entry *fresh = bg_calloc(1, sizeof(*fresh));
	struct entry **at, *old;

	(void)label;
	if (fresh == NULL || (fresh->key = bg_strdup(key)) == NULL ||
	    bg_blob_set(&fresh->blob, blob->data, blob->len) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	(void)pthread_mutex_lock(&memory->mutex);
	at = find(memory, key);
	old = *at;
	fresh->next = old == NULL ? NULL : old->next;
	*at = BG_TAKE(fresh);
	(void)pthread_mutex_unlock(&memory->mutex);
	entry_free(&old);
	return BELGO_OK;
}

static belgo_rc
memory_remove(void *ctx, const char *key, struct belgo_error *err)
{
	struct memory *memory = ctx;
	struct entry **at, *old;

	(void)pthread_mutex_lock(&memory->mutex);
	at = find(memory, key);
	if ((old = *at) != NULL)
		*at = old->next;
	(void)pthread_mutex_unlock(&memory->mutex);
	if (old == NULL)
		return bg_fail(err, BELGO_ENOTFOUND, "the memory store has no such record");
	entry_free(&old);
	return BELGO_OK;
}

static belgo_rc
memory_list(void *ctx, const char *prefix,
	    int (*each)(void *arg, const char *key, const struct belgo_blob *blob), void *arg,
	    struct belgo_error *err)
{
	struct memory *memory = ctx;

	(void)err;
	(void)pthread_mutex_lock(&memory->mutex);
	for (const struct entry *entry = memory->entries; entry != NULL; entry = entry->next)
		if (bg_str_begins(entry->key, prefix) && each(arg, entry->key, &entry->blob) != 0)
			break;
	(void)pthread_mutex_unlock(&memory->mutex);
	return BELGO_OK;
}

static belgo_rc
memory_probe(void *ctx, const char *key, struct belgo_error *err)
{
	(void)ctx;
	(void)key;
	(void)err;
	return BELGO_OK;
}

static void
memory_free(void *ctx)
{
	struct memory *memory = ctx;

	for (struct entry *entry = memory->entries, *next; entry != NULL; entry = next) {
		next = entry->next;
		entry_free(&entry);
	}
	(void)pthread_mutex_destroy(&memory->mutex);
	bg_free(&memory);
}

belgo_rc
bg_backend_memory(struct bg_backend *out, struct belgo_error *err)
{
	struct memory *memory = bg_calloc(1, sizeof(*memory));

	if (memory == NULL || pthread_mutex_init(&memory->mutex, NULL) != 0) {
		bg_free(&memory);
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	}
	*out = (struct bg_backend){.ctx = memory,
				   .get = memory_get,
				   .put = memory_put,
				   .remove = memory_remove,
				   .list = memory_list,
				   .probe = memory_probe,
				   .free = memory_free};
	return BELGO_OK;
}
