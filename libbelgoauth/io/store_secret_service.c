/*
 * A backend in the desktop's keyring: one item a record in the default collection. "Locked" is never taken
 * for "not there", whatever libsecret makes of it. Nothing here asks the user unless the store was opened so.
 */
#include "io/backend.h"

#include "base/error.h"
#include "base/mem.h"
#include "io/file.h"
#include "io/keyring_calls.h"

#include <string.h>

static void
free_gchar(gchar **text)
{
	g_free(*text);
}

/* Is the default collection there and open, after a prompt perhaps? BELGO_ENOSTORE where there is none. */
static belgo_rc
open_collection(struct bg_keyring *keyring, struct belgo_error *err)
{
	BG_AUTO(free_gchar) gchar *path = NULL;
	const gchar *paths[] = {NULL, NULL};
	gboolean locked = TRUE;

	BG_TRY(bg_keyring_collection(&path, keyring, err));
	if (path == NULL)
		return bg_fail(err, BELGO_ENOSTORE, "the keyring has no default collection");
	BG_TRY(bg_keyring_is_locked(&locked, keyring, path, err));
	paths[0] = path;
	return locked ? bg_keyring_unlock(keyring, paths, err) : BELGO_OK;
}

/*
 * Looks for the item of key, or for any of ours where key is NULL; out->unlocked has it then. Where nothing
 * is found and the collection is locked, nothing is known; where there is no collection at all, nothing can
 * be in it.
 */
static belgo_rc
find_item(struct bg_keyring_found *out, struct bg_keyring *keyring, const char *key, struct belgo_error *err)
{
	struct belgo_error local = {0};
	belgo_rc rc;

	BG_TRY(bg_keyring_search(out, keyring, key, err));
	if (out->unlocked[0] != NULL)
		return BELGO_OK;
	if (out->locked[0] != NULL) {
		BG_TRY(bg_keyring_unlock(keyring, (const gchar *const *)out->locked, err));
	} else {
		rc = open_collection(keyring, &local);
		if (rc != BELGO_OK && rc != BELGO_ENOSTORE)
			return bg_fail(err, rc, "%s", local.text);
	}
	bg_keyring_found_done(out);
	BG_TRY(bg_keyring_search(out, keyring, key, err));
	return out->unlocked[0] != NULL ? BELGO_OK
					: bg_fail(err, BELGO_ENOTFOUND, "the keyring has no such record");
}

static belgo_rc
get_once(struct bg_keyring *keyring, const char *key, struct belgo_blob *out, struct belgo_error *err)
{
	BG_AUTO(bg_keyring_found_done) struct bg_keyring_found found = {0};

	BG_TRY(find_item(&found, keyring, key, err));
	return bg_keyring_secret(out, keyring, found.unlocked[0], err);
}

/* libsecret would make a missing collection and needs a prompt for that: when it may not, that looks like
 * "locked". */
static belgo_rc
put_once(struct bg_keyring *keyring, const char *key, const char *label, const struct belgo_blob *blob,
	 struct belgo_error *err)
{
	struct belgo_error local = {0}, missing = {0};
	belgo_rc rc = bg_keyring_create(keyring, key, label, blob, &local);

	if (rc == BELGO_ELOCKED && !bg_keyring_may_prompt(keyring) &&
	    open_collection(keyring, &missing) == BELGO_ENOSTORE)
		return bg_fail(err, BELGO_ENOSTORE, "%s", missing.text);
	return rc == BELGO_OK ? rc : bg_fail(err, rc, "%s", local.text);
}

static belgo_rc
remove_once(struct bg_keyring *keyring, const char *key, struct belgo_error *err)
{
	BG_AUTO(bg_keyring_found_done) struct bg_keyring_found found = {0};

	BG_TRY(find_item(&found, keyring, key, err));
	/* A copy in another collection that stays locked would come back to life. */
	if (found.locked[0] != NULL)
		BG_TRY(bg_keyring_unlock(keyring, (const gchar *const *)found.locked, err));
	for (gchar **path = found.unlocked; *path != NULL; path++)
		BG_TRY(bg_keyring_delete(keyring, *path, err));
	for (gchar **path = found.locked; *path != NULL; path++)
		BG_TRY(bg_keyring_delete(keyring, *path, err));
	return BELGO_OK;
}

static void
unref_items(GList **items)
{
	g_list_free_full(*items, g_object_unref);
}

/* Calls each() for one item if it is one of ours; BELGO_EINTR where the walk is to end. */
static belgo_rc
visit(SecretItem *item, const char *prefix,
      int (*each)(void *arg, const char *key, const struct belgo_blob *blob), void *arg,
      struct belgo_error *err)
{
	BG_AUTO(bg_keyring_table_free) GHashTable *attributes = secret_item_get_attributes(item);
	BG_AUTO(bg_keyring_value_free) SecretValue *value = secret_item_get_secret(item);
	BG_AUTO(belgo_blob_done) struct belgo_blob blob = {0};
	const char *key = attributes == NULL ? NULL : g_hash_table_lookup(attributes, "key");
	const gchar *data;
	gsize len = 0;

	if (key == NULL || !bg_str_begins(key, prefix))
		return BELGO_OK;
	if (secret_item_get_locked(item) || value == NULL)
		return bg_fail(err, BELGO_ELOCKED, "the keyring is locked");
	data = secret_value_get(value, &len);
	if (bg_blob_set(&blob, data, len) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	return each(arg, key, &blob) == 0 ? BELGO_OK : BELGO_EINTR;
}

/* Not one of each() is called before all is known to be readable, so that a second try cannot show anything
 * twice. */
static belgo_rc
list_once(struct bg_keyring *keyring, GList **out, struct belgo_error *err)
{
	BG_AUTO(bg_keyring_found_done) struct bg_keyring_found found = {0};
	struct belgo_error local = {0};
	belgo_rc rc = find_item(&found, keyring, NULL, &local);

	if (rc == BELGO_ENOTFOUND)
		return BELGO_OK;
	if (rc != BELGO_OK)
		return bg_fail(err, rc, "%s", local.text);
	if (found.locked[0] != NULL)
		BG_TRY(bg_keyring_unlock(keyring, (const gchar *const *)found.locked, err));
	return bg_keyring_items(out, keyring, err);
}

/*
 * A service that was alive at an earlier call and died since (an update, a new login session) is met with a
 * new connection, once. Locked is an answer, not a death; and after a service that hangs, no budget is left
 * for a second try.
 */
static int
try_again(struct bg_keyring *keyring, belgo_rc rc)
{
	int dead = rc == BELGO_ESTORE || rc == BELGO_ENOSTORE;
	int again = dead && bg_keyring_is_old(keyring);

	if (dead)
		bg_keyring_disconnect(keyring);
	else
		bg_keyring_touch(keyring);
	return again;
}

static belgo_rc
settle(belgo_rc rc, const struct belgo_error *local, struct belgo_error *err)
{
	return rc == BELGO_OK ? rc : bg_fail(err, rc, "%s", local->text);
}

static belgo_rc
keyring_get(void *ctx, const char *key, struct belgo_blob *out, struct belgo_error *err)
{
	struct belgo_error local = {0};
	belgo_rc rc = get_once(ctx, key, out, &local);

	if (try_again(ctx, rc)) {
		local = (struct belgo_error){0};
		rc = get_once(ctx, key, out, &local);
		(void)try_again(ctx, rc);
	}
	return settle(rc, &local, err);
}

static belgo_rc
keyring_put(void *ctx, const char *key, const char *label, const struct belgo_blob *blob,
	    struct belgo_error *err)
{
	struct belgo_error local = {0};
	belgo_rc rc = put_once(ctx, key, label, blob, &local);

	if (try_again(ctx, rc)) {
		local = (struct belgo_error){0};
		rc = put_once(ctx, key, label, blob, &local);
		(void)try_again(ctx, rc);
	}
	return settle(rc, &local, err);
}

static belgo_rc
keyring_remove(void *ctx, const char *key, struct belgo_error *err)
{
	struct belgo_error local = {0};
	belgo_rc rc = remove_once(ctx, key, &local);

	if (try_again(ctx, rc)) {
		local = (struct belgo_error){0};
		rc = remove_once(ctx, key, &local);
		(void)try_again(ctx, rc);
	}
	return settle(rc, &local, err);
}

static belgo_rc
keyring_list(void *ctx, const char *prefix,
	     int (*each)(void *arg, const char *key, const struct belgo_blob *blob), void *arg,
	     struct belgo_error *err)
{
	BG_AUTO(unref_items) GList *items = NULL;
	struct belgo_error local = {0};
	belgo_rc rc = list_once(ctx, &items, &local), first = BELGO_OK;

	if (try_again(ctx, rc)) {
		local = (struct belgo_error){0};
		rc = list_once(ctx, &items, &local);
		(void)try_again(ctx, rc);
	}
	BG_TRY(settle(rc, &local, err));
	for (GList *at = items; at != NULL && rc != BELGO_EINTR; at = at->next) {
		rc = visit(at->data, prefix, each, arg, err);
		if (first == BELGO_OK && rc != BELGO_EINTR)
			first = rc;
	}
	return first;
}

static belgo_rc
keyring_probe(void *ctx, const char *key, struct belgo_error *err)
{
	struct belgo_error local = {0};
	belgo_rc rc = open_collection(ctx, &local);

	(void)key;
	if (try_again(ctx, rc)) {
		local = (struct belgo_error){0};
		rc = open_collection(ctx, &local);
		(void)try_again(ctx, rc);
	}
	return settle(rc, &local, err);
}

static void
keyring_free(void *ctx)
{
	struct bg_keyring *keyring = ctx;

	bg_keyring_free(&keyring);
}

belgo_rc
bg_backend_secret_service(struct bg_backend *out, const struct belgo_store_params *params,
			  struct belgo_error *err)
{
	struct bg_keyring *keyring = NULL;

	BG_TRY(bg_keyring_new(&keyring, params->budget_ms, params->prompt, err));
	*out = (struct bg_backend){.ctx = keyring,
				   .get = keyring_get,
				   .put = keyring_put,
				   .remove = keyring_remove,
				   .list = keyring_list,
				   .probe = keyring_probe,
				   .free = keyring_free};
	return BELGO_OK;
}
