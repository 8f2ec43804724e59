/*
 * A store over a backend. Answers for what a rotating refresh token needs: what is put is durable somewhere
 * before the backend is asked, and found again whatever happened to the backend meanwhile. Knows nothing of
 * tokens.
 */
#include "io/backend.h"

#include "base/error.h"
#include "base/mem.h"
#include "io/file.h"
#include "io/lock.h"
#include "io/record_seen.h"
#include "io/recovery.h"

#include <belgoauth/env.h>

#include <pthread.h>
#include <string.h>

struct records {
	struct belgo_store *self;
	struct bg_backend backend;
	struct bg_recovery *recovery; /* NULL: nothing outlives this process */
	struct bg_lock_table *table;  /* instead of files, where recovery is NULL */
	char *state_dir;
	pthread_mutex_t mutex;
	struct bg_seen *seen;
};

static void
unlock_mutex(pthread_mutex_t **mutex)
{
	(void)pthread_mutex_unlock(*mutex);
}

#define HOLD(records)                                                                                        \
	BG_AUTO(unlock_mutex) pthread_mutex_t *hold_ = &(records)->mutex;                                    \
	(void)pthread_mutex_lock(hold_)

int
bg_store_key_is_valid(const char *key)
{
	size_t word = key == NULL ? 0 : strspn(key, "abcdefghijklmnopqrstuvwxyz");

	return word > 0 && word <= 16 && key[word] == '/' &&
	       strspn(key + word + 1, "0123456789abcdef") == 64 && key[word + 65] == '\0';
}

void
bg_store_key_file_name(char out[BG_KEY_SIZE], const char *key)
{
	size_t i;

	for (i = 0; i < BG_KEY_SIZE - 1 && key[i] != '\0'; i++)
		out[i] = key[i];
	out[i] = '\0';
	if (memchr(out, '/', i) != NULL)
		out[strcspn(out, "/")] = '-';
}

static belgo_rc
check_key(const char *key, struct belgo_error *err)
{
	return bg_store_key_is_valid(key)
		   ? BELGO_OK
		   : bg_fail(err, BELGO_EINVAL, "the key of a record is not well formed");
}

/* Reads the backend and remembers what it says; BELGO_ENOTFOUND is remembered too. */
static belgo_rc
load(struct records *records, const char *key, struct bg_envelope *out, struct belgo_error *err)
{
	BG_AUTO(belgo_blob_done) struct belgo_blob blob = {0};
	BG_AUTO(bg_envelope_done) struct bg_envelope envelope = {0};
	belgo_rc rc = records->backend.get(records->backend.ctx, key, &blob, err);

	if (rc == BELGO_OK)
		rc = bg_envelope_read(&envelope, &blob, "the stored record", err);
	if (rc != BELGO_OK && rc != BELGO_ENOTFOUND) {
		bg_seen_forget(&records->seen, key);
		return rc;
	}
	BG_TRY(bg_seen_remember(&records->seen, key, &envelope, err));
	*out = envelope;
	envelope.payload = (struct belgo_blob){0};
	return rc;
}

/* *out: the stored record of key; its seq is 0 where there is none. */
static belgo_rc
look(struct bg_seen **out, struct records *records, const char *key, struct belgo_error *err)
{
	BG_AUTO(bg_envelope_done) struct bg_envelope envelope = {0};
	struct belgo_error local = {0};
	belgo_rc rc = BELGO_OK;

	if (bg_seen_find(records->seen, key) == NULL)
		rc = load(records, key, &envelope, &local);
	if (rc != BELGO_OK && rc != BELGO_ENOTFOUND)
		return bg_fail(err, rc, "%s", local.text);
	*out = bg_seen_find(records->seen, key);
	return BELGO_OK;
}

/* BELGO_ENOTFOUND where no recovery record follows the stored one. */
static belgo_rc
recovered(struct records *records, const char *key, const struct bg_envelope *stored, struct belgo_blob *out,
	  struct belgo_error *err)
{
	if (records->recovery == NULL)
		return BELGO_ENOTFOUND;
	return bg_recovery_read(records->recovery, key, stored, out, err);
}

static belgo_rc
records_get(void *ctx, const char *key, struct belgo_blob *out, struct belgo_error *err)
{
	struct records *records = ctx;
	BG_AUTO(bg_envelope_done) struct bg_envelope envelope = {0};
	struct belgo_blob newer = {0};
	belgo_rc rc;
	HOLD(records);

	BG_TRY(check_key(key, err));
	BG_TRY(load(records, key, &envelope, err));
	rc = recovered(records, key, &envelope, &newer, err);
	if (rc != BELGO_OK && rc != BELGO_ENOTFOUND)
		return rc;
	if (rc == BELGO_OK) {
		*out = newer;
		return BELGO_OK;
	}
	*out = envelope.payload;
	envelope.payload = (struct belgo_blob){0};
	return BELGO_OK;
}

static belgo_rc
first_put(struct records *records, const char *key, const char *label, const void *data, size_t len,
	  struct belgo_error *err)
{
	const struct belgo_system *sys = belgo_system_default();
	BG_AUTO(belgo_blob_done) struct belgo_blob blob = {0};
	BG_AUTO(bg_envelope_done) struct bg_envelope fresh = {.seq = 1};
	belgo_rc rc;

	BG_TRY(sys->random(sys->ctx, fresh.recovery_key, sizeof(fresh.recovery_key), err));
	BG_TRY(bg_envelope_write(&blob, fresh.seq, fresh.recovery_key, data, len, err));
	if ((rc = records->backend.put(records->backend.ctx, key, label, &blob, err)) != BELGO_OK) {
		bg_seen_forget(&records->seen, key);
		return rc;
	}
	/* A record that was removed and is made again has another key: what was kept for the old one is dead.
	 */
	if (records->recovery != NULL)
		(void)!bg_recovery_drop(records->recovery, key, NULL);
	return bg_seen_remember(&records->seen, key, &fresh, err);
}

/* A recovery record that cannot be written is no reason not to try the backend. */
static belgo_rc
next_put(struct records *records, struct bg_seen *seen, const char *label, const void *data, size_t len,
	 struct belgo_error *err)
{
	const char *key = seen->key;
	BG_AUTO(belgo_blob_done) struct belgo_blob blob = {0};
	struct belgo_error local = {0};
	int kept;
	belgo_rc rc;

	BG_TRY(bg_envelope_write(&blob, seen->record.seq + 1, seen->record.recovery_key, data, len, err));
	kept = records->recovery != NULL &&
	       bg_recovery_write(records->recovery, key, &seen->record, data, len, NULL) == BELGO_OK;
	rc = records->backend.put(records->backend.ctx, key, label, &blob, &local);
	if (rc != BELGO_OK) {
		/* Whether a put that failed took effect after all is not known: look again before the next
		 * one. */
		bg_seen_forget(&records->seen, key);
		records->self->in_recovery = kept;
		return kept ? BELGO_OK : bg_fail(err, rc, "%s", local.text);
	}
	seen->record.seq++;
	belgo_blob_done(&seen->set_aside);
	/* One that stays behind has been overtaken, and get() will see that. */
	if (kept)
		(void)!bg_recovery_drop(records->recovery, key, NULL);
	return BELGO_OK;
}

static belgo_rc
records_put(void *ctx, const char *key, const char *label, const void *data, size_t len,
	    struct belgo_error *err)
{
	struct records *records = ctx;
	struct bg_seen *seen;
	HOLD(records);

	records->self->in_recovery = 0;
	BG_TRY(check_key(key, err));
	BG_TRY(look(&seen, records, key, err));
	return seen->record.seq == 0 ? first_put(records, key, label, data, len, err)
				     : next_put(records, seen, label, data, len, err);
}

static belgo_rc
records_remove(void *ctx, const char *key, struct belgo_error *err)
{
	struct records *records = ctx;
	belgo_rc rc;
	HOLD(records);

	BG_TRY(check_key(key, err));
	rc = records->backend.remove(records->backend.ctx, key, err);
	bg_seen_forget(&records->seen, key);
	/* Its key went with the record, so that a recovery record that cannot be removed is unreadable for
	 * ever. */
	if ((rc == BELGO_OK || rc == BELGO_ENOTFOUND) && records->recovery != NULL)
		(void)!bg_recovery_drop(records->recovery, key, NULL);
	return rc;
}

struct listed {
	char *key;
	struct belgo_blob payload;
	struct listed *next;
};

struct listing {
	struct records *records;
	struct listed *first;
	belgo_rc rc; /* the first failure */
	struct belgo_error *err;
};

static void
listing_done(struct listing *listing)
{
	for (struct listed *at = listing->first, *next; at != NULL; at = next) {
		next = at->next;
		bg_str_free(&at->key);
		belgo_blob_done(&at->payload);
		bg_free(&at);
	}
}

static belgo_rc
add_listed(struct listing *listing, const char *key, const struct belgo_blob *blob, struct belgo_error *err)
{
	BG_AUTO(bg_envelope_done) struct bg_envelope envelope = {0};
	struct belgo_blob newer = {0};
	struct listed *entry;
	belgo_rc rc;

	BG_TRY(bg_envelope_read(&envelope, blob, "a stored record", err));
	rc = recovered(listing->records, key, &envelope, &newer, err);
	if (rc != BELGO_OK && rc != BELGO_ENOTFOUND)
		return rc;
	if (rc == BELGO_OK) {
		belgo_blob_done(&envelope.payload);
		envelope.payload = newer;
	}
	if ((entry = bg_calloc(1, sizeof(*entry))) == NULL || (entry->key = bg_strdup(key)) == NULL) {
		bg_free(&entry);
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	}
	entry->payload = envelope.payload;
	envelope.payload = (struct belgo_blob){0};
	entry->next = listing->first;
	listing->first = entry;
	return BELGO_OK;
}

static int
collect(void *arg, const char *key, const struct belgo_blob *blob)
{
	struct listing *listing = arg;
	belgo_rc rc;

	if (!bg_store_key_is_valid(key))
		return 0;
	rc = add_listed(listing, key, blob, listing->err);
	if (listing->rc == BELGO_OK)
		listing->rc = rc;
	return rc == BELGO_ENOMEM;
}

static void
collect_all(struct listing *listing, const char *prefix, struct belgo_error *err)
{
	struct records *records = listing->records;
	belgo_rc rc;
	HOLD(records);

	rc = records->backend.list(records->backend.ctx, prefix, collect, listing, err);
	if (listing->rc == BELGO_OK)
		listing->rc = rc;
}

/* each() is called with nothing held, so that it may use the store. */
static belgo_rc
records_list(void *ctx, const char *prefix,
	     int (*each)(void *arg, const char *key, const struct belgo_blob *blob), void *arg,
	     struct belgo_error *err)
{
	BG_AUTO(listing_done) struct listing listing = {.records = ctx, .err = err};

	collect_all(&listing, prefix == NULL ? "" : prefix, err);
	for (const struct listed *at = listing.first; at != NULL; at = at->next)
		if (each(arg, at->key, &at->payload) != 0)
			return BELGO_OK;
	return listing.rc;
}

static belgo_rc
records_probe(void *ctx, const char *key, struct belgo_error *err)
{
	struct records *records = ctx;
	struct bg_seen *seen;
	HOLD(records);

	if (key == NULL)
		return records->backend.probe(records->backend.ctx, NULL, err);
	BG_TRY(check_key(key, err));
	BG_TRY(records->backend.probe(records->backend.ctx, key, err));
	BG_TRY(look(&seen, records, key, err));
	return records->recovery == NULL ? BELGO_OK : bg_recovery_reserve(records->recovery, key, err);
}

/*
 * Where the stored record is followed by a recovery record already (an earlier put() ended there), that one
 * is the account's present: it is held in memory meanwhile, so that unstage() can bring it back.
 */
static belgo_rc
records_stage(void *ctx, const char *key, const void *data, size_t len, struct belgo_error *err)
{
	struct records *records = ctx;
	struct belgo_blob present = {0};
	struct bg_seen *seen;
	belgo_rc rc;
	HOLD(records);

	BG_TRY(check_key(key, err));
	BG_TRY(look(&seen, records, key, err));
	if (seen->record.seq == 0)
		return bg_fail(err, BELGO_ENOTFOUND,
			       "there is no stored record beside which another could be kept");
	if (seen->set_aside.data == NULL) {
		rc = recovered(records, key, &seen->record, &present, err);
		if (rc != BELGO_OK && rc != BELGO_ENOTFOUND)
			return rc;
		seen->set_aside = present;
	}
	return bg_recovery_write(records->recovery, key, &seen->record, data, len, err);
}

static belgo_rc
records_unstage(void *ctx, const char *key, struct belgo_error *err)
{
	struct records *records = ctx;
	struct bg_seen *seen;
	HOLD(records);

	BG_TRY(check_key(key, err));
	if ((seen = bg_seen_find(records->seen, key)) == NULL || seen->set_aside.data == NULL)
		return bg_recovery_drop(records->recovery, key, err);
	BG_TRY(bg_recovery_write(records->recovery, key, &seen->record, seen->set_aside.data,
				 seen->set_aside.len, err));
	belgo_blob_done(&seen->set_aside);
	return BELGO_OK;
}

/* What was seen before the lock was had may have changed since. */
static belgo_rc
records_lock(void *ctx, const char *key, struct belgo_lock **out, long *holder, struct belgo_error *err)
{
	struct records *records = ctx;
	HOLD(records);

	BG_TRY(check_key(key, err));
	if (records->table != NULL)
		BG_TRY(bg_lock_table_try(out, holder, records->table, key, err));
	else
		BG_TRY(bg_lock_try(out, holder, records->state_dir, key, err));
	bg_seen_forget(&records->seen, key);
	return BELGO_OK;
}

/*
 * An event loop comes here and must not wait for a call that another operation is making: what cannot be
 * tidied up now is found by the next holder. Before the lock is given back, since then all of it is the next
 * holder's.
 */
static void
records_unlock(void *ctx, struct belgo_lock *lock)
{
	struct records *records = ctx;

	if (pthread_mutex_trylock(&records->mutex) == 0) {
		bg_seen_forget(&records->seen, bg_lock_key(lock));
		if (records->recovery != NULL)
			bg_recovery_release(records->recovery, bg_lock_key(lock));
		(void)pthread_mutex_unlock(&records->mutex);
	}
	bg_lock_free(&lock);
}

static void
records_free(void *ctx)
{
	struct records *records = ctx;

	if (records->backend.free != NULL)
		records->backend.free(records->backend.ctx);
	while (records->seen != NULL)
		bg_seen_forget(&records->seen, records->seen->key);
	bg_recovery_free(&records->recovery);
	bg_lock_table_free(&records->table);
	bg_str_free(&records->state_dir);
	(void)pthread_mutex_destroy(&records->mutex);
	bg_free(&records);
}

static belgo_rc
fill_store(struct belgo_store *store, struct records *records, const char *uri, const char *identity,
	   struct belgo_error *err)
{
	*store = (struct belgo_store){.ctx = records,
				      .get = records_get,
				      .put = records_put,
				      .remove = records_remove,
				      .list = records_list,
				      .probe = records_probe,
				      .lock = records_lock,
				      .unlock = records_unlock,
				      .free = records_free};
	records->self = store;
	if ((store->uri = bg_strdup(uri)) == NULL || (store->identity = bg_strdup(identity)) == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	if (records->state_dir == NULL)
		return bg_lock_table_new(&records->table) == BELGO_OK
			   ? BELGO_OK
			   : bg_fail(err, BELGO_ENOMEM, "out of memory");
	store->stage = records_stage;
	store->unstage = records_unstage;
	return bg_recovery_new(&records->recovery, records->state_dir, identity, err);
}

belgo_rc
bg_record_store(struct belgo_store **out, struct bg_backend backend, const char *state_dir, const char *uri,
		const char *identity, struct belgo_error *err)
{
	BG_AUTO(belgo_store_free) struct belgo_store *store = bg_calloc(1, sizeof(*store));
	struct records *records = bg_calloc(1, sizeof(*records));

	if (store == NULL || records == NULL || pthread_mutex_init(&records->mutex, NULL) != 0) {
		backend.free(backend.ctx);
		bg_free(&records);
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	}
	records->backend = backend;
	store->ctx = records;
	store->free = records_free;
	if (state_dir != NULL && (records->state_dir = bg_strdup(state_dir)) == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	BG_TRY(fill_store(store, records, uri, identity, err));
	*out = BG_TAKE(store);
	return BELGO_OK;
}
