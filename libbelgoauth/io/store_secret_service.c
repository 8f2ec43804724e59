/*
 * A backend in the desktop's keyring: one item a record in the default collection. "Locked" is never taken for "not there", whatever
 * libsecret makes of it. Nothing here asks the user unless the store was opened so.
 */
#include "io/backend.h"

#include "base/error.h"
#include "base/mem.h"
#include "io/file.h"
#include "io/keyring.h"

#include <string.h>

static const char default_label[] = "OAuth tokens";
static const char alias_path[] = "/org/freedesktop/secrets/aliases/default";
static const char content_type[] = "application/octet-stream";

static const SecretSchema schema = {.name = "org.belgoauth.Token",
				    .flags = SECRET_SCHEMA_NONE,
				    .attributes = {{"key", SECRET_SCHEMA_ATTRIBUTE_STRING},
						   {"kind", SECRET_SCHEMA_ATTRIBUTE_STRING}}};

/* Where an item was found: at most one of the two lists matters, for the same attributes replace each other. */
struct found {
	gchar **unlocked;
	gchar **locked;
};

static void
found_done(struct found *found)
{
	g_strfreev(found->unlocked);
	g_strfreev(found->locked);
	*found = (struct found){0};
}

static void
unref_value(SecretValue **value)
{
	if (*value != NULL)
		secret_value_unref(*value);
}

static void
unref_table(GHashTable **table)
{
	if (*table != NULL)
		g_hash_table_unref(*table);
}

static void
free_gchar(gchar **text)
{
	g_free(*text);
}

/* NULL key: no attribute but the schema's own. GLib ends the program where there is no memory; see the manual. */
static GHashTable *
attributes_new(const char *key)
{
	GHashTable *table = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);

	if (key == NULL)
		return table;
	g_hash_table_insert(table, g_strdup("key"), g_strdup(key));
	g_hash_table_insert(table, g_strdup("kind"), g_strndup(key, strcspn(key, "/")));
	return table;
}

static belgo_rc
search(struct found *out, struct bg_keyring *keyring, const char *key, struct belgo_error *err)
{
	BG_AUTO(unref_table) GHashTable *attributes = attributes_new(key);
	struct bg_keyring_wait wait;
	GCancellable *cancellable;
	SecretService *service;
	GAsyncResult *result;
	GError *error = NULL;
	gboolean ok;

	BG_TRY(bg_keyring_service(&service, keyring, err));
	BG_TRY(bg_keyring_begin(&wait, keyring, &cancellable, err));
	secret_service_search_for_dbus_paths(service, &schema, attributes, cancellable, bg_keyring_done, &wait);
	result = bg_keyring_await(&wait);
	ok = secret_service_search_for_dbus_paths_finish(service, result, &out->unlocked, &out->locked, &error);
	g_object_unref(result);
	return ok ? BELGO_OK : bg_keyring_fail(keyring, error, err);
}

/* BELGO_ELOCKED where the user may not be asked, says no, or cannot be reached. */
static belgo_rc
unlock(struct bg_keyring *keyring, const gchar *const *paths, struct belgo_error *err)
{
	struct bg_keyring_wait wait;
	GCancellable *cancellable;
	SecretService *service;
	GAsyncResult *result;
	GError *error = NULL;
	gint unlocked;

	if (!bg_keyring_may_prompt(keyring))
		return bg_fail(err, BELGO_ELOCKED, "the keyring is locked");
	BG_TRY(bg_keyring_service(&service, keyring, err));
	BG_TRY(bg_keyring_begin(&wait, keyring, &cancellable, err));
	/* The prototype lacks a const that the function keeps. */
	secret_service_unlock_dbus_paths(service, (const gchar **)(guintptr)paths, cancellable, bg_keyring_done, &wait);
	result = bg_keyring_await(&wait);
	unlocked = secret_service_unlock_dbus_paths_finish(service, result, NULL, &error);
	g_object_unref(result);
	if (error != NULL)
		return bg_keyring_fail(keyring, error, err);
	return unlocked > 0 ? BELGO_OK : bg_fail(err, BELGO_ELOCKED, "the keyring is locked and was not unlocked");
}

/* *out: the path of the default collection, or NULL where there is none. */
static belgo_rc
default_collection(gchar **out, struct bg_keyring *keyring, struct belgo_error *err)
{
	struct bg_keyring_wait wait;
	GCancellable *cancellable;
	SecretService *service;
	GAsyncResult *result;
	GError *error = NULL;

	BG_TRY(bg_keyring_service(&service, keyring, err));
	BG_TRY(bg_keyring_begin(&wait, keyring, &cancellable, err));
	secret_service_read_alias_dbus_path(service, SECRET_COLLECTION_DEFAULT, cancellable, bg_keyring_done, &wait);
	result = bg_keyring_await(&wait);
	*out = secret_service_read_alias_dbus_path_finish(service, result, &error);
	g_object_unref(result);
	return error == NULL ? BELGO_OK : bg_keyring_fail(keyring, error, err);
}

static belgo_rc
read_locked(gboolean *out, struct bg_keyring *keyring, const gchar *path, struct belgo_error *err)
{
	struct bg_keyring_wait wait;
	GCancellable *cancellable;
	SecretService *service;
	GDBusConnection *bus;
	GAsyncResult *result;
	GError *error = NULL;
	GVariant *answer, *value = NULL;

	BG_TRY(bg_keyring_service(&service, keyring, err));
	BG_TRY(bg_keyring_begin(&wait, keyring, &cancellable, err));
	bus = g_dbus_proxy_get_connection(G_DBUS_PROXY(service));
	g_dbus_connection_call(bus, g_dbus_proxy_get_name(G_DBUS_PROXY(service)), path,
			       "org.freedesktop.DBus.Properties", "Get",
			       g_variant_new("(ss)", "org.freedesktop.Secret.Collection", "Locked"),
			       G_VARIANT_TYPE("(v)"), G_DBUS_CALL_FLAGS_NONE, -1, cancellable, bg_keyring_done, &wait);
	result = bg_keyring_await(&wait);
	answer = g_dbus_connection_call_finish(bus, result, &error);
	g_object_unref(result);
	if (answer == NULL)
		return bg_keyring_fail(keyring, error, err);
	g_variant_get(answer, "(v)", &value);
	/* Anything but a plain "no" counts as locked. */
	*out = !g_variant_is_of_type(value, G_VARIANT_TYPE_BOOLEAN) || g_variant_get_boolean(value);
	g_variant_unref(value);
	g_variant_unref(answer);
	return BELGO_OK;
}

/* BELGO_OK: the default collection is there and unlocked, after a prompt perhaps. BELGO_ENOSTORE: there is none. */
static belgo_rc
open_collection(struct bg_keyring *keyring, struct belgo_error *err)
{
	BG_AUTO(free_gchar) gchar *path = NULL;
	const gchar *paths[] = {NULL, NULL};
	gboolean locked = TRUE;

	BG_TRY(default_collection(&path, keyring, err));
	if (path == NULL)
		return bg_fail(err, BELGO_ENOSTORE, "the keyring has no default collection");
	BG_TRY(read_locked(&locked, keyring, path, err));
	paths[0] = path;
	return locked ? unlock(keyring, paths, err) : BELGO_OK;
}

/*
 * Looks for the item of key, or for any of ours where key is NULL; out->unlocked has it then. Where nothing is found and the collection is locked, nothing is known;
 * where there is no collection at all, nothing can be in it.
 */
static belgo_rc
find_item(struct found *out, struct bg_keyring *keyring, const char *key, struct belgo_error *err)
{
	struct belgo_error local = {0};
	belgo_rc rc;

	BG_TRY(search(out, keyring, key, err));
	if (out->unlocked[0] != NULL)
		return BELGO_OK;
	if (out->locked[0] != NULL) {
		BG_TRY(unlock(keyring, (const gchar *const *)out->locked, err));
	} else {
		rc = open_collection(keyring, &local);
		if (rc != BELGO_OK && rc != BELGO_ENOSTORE)
			return bg_fail(err, rc, "%s", local.text);
	}
	found_done(out);
	BG_TRY(search(out, keyring, key, err));
	return out->unlocked[0] != NULL ? BELGO_OK : bg_fail(err, BELGO_ENOTFOUND, "the keyring has no such record");
}

static belgo_rc
read_secret(struct belgo_blob *out, struct bg_keyring *keyring, const gchar *path, struct belgo_error *err)
{
	BG_AUTO(unref_value) SecretValue *value = NULL;
	struct bg_keyring_wait wait;
	GCancellable *cancellable;
	SecretService *service;
	GAsyncResult *result;
	GError *error = NULL;
	const gchar *data;
	gsize len = 0;

	BG_TRY(bg_keyring_service(&service, keyring, err));
	BG_TRY(bg_keyring_begin(&wait, keyring, &cancellable, err));
	secret_service_get_secret_for_dbus_path(service, path, cancellable, bg_keyring_done, &wait);
	result = bg_keyring_await(&wait);
	value = secret_service_get_secret_for_dbus_path_finish(service, result, &error);
	g_object_unref(result);
	/* NULL without an error: it was locked or removed since it was found. */
	if (value == NULL)
		return error == NULL ? bg_fail(err, BELGO_ELOCKED, "the keyring was locked just now")
				     : bg_keyring_fail(keyring, error, err);
	data = secret_value_get(value, &len);
	return bg_blob_set(out, data, len) == BELGO_OK ? BELGO_OK : bg_fail(err, BELGO_ENOMEM, "out of memory");
}

static belgo_rc
get_once(struct bg_keyring *keyring, const char *key, struct belgo_blob *out, struct belgo_error *err)
{
	BG_AUTO(found_done) struct found found = {0};

	BG_TRY(find_item(&found, keyring, key, err));
	return read_secret(out, keyring, found.unlocked[0], err);
}

/* libsecret would make a missing collection and needs a prompt for that: when it may not, that looks like "locked". */
static belgo_rc
put_failed(struct bg_keyring *keyring, GError *error, struct belgo_error *err)
{
	struct belgo_error local = {0}, missing = {0};
	belgo_rc rc = bg_keyring_fail(keyring, error, &local);

	if (rc == BELGO_ELOCKED && !bg_keyring_may_prompt(keyring) &&
	    open_collection(keyring, &missing) == BELGO_ENOSTORE)
		return bg_fail(err, BELGO_ENOSTORE, "%s", missing.text);
	return bg_fail(err, rc, "%s", local.text);
}

static belgo_rc
put_once(struct bg_keyring *keyring, const char *key, const char *label, const struct belgo_blob *blob,
	 struct belgo_error *err)
{
	BG_AUTO(unref_table) GHashTable *attributes = attributes_new(key);
	BG_AUTO(unref_value) SecretValue *value = NULL;
	struct bg_keyring_wait wait;
	GCancellable *cancellable;
	SecretService *service;
	GAsyncResult *result;
	GError *error = NULL;
	gboolean ok;

	BG_TRY(bg_keyring_service(&service, keyring, err));
	value = secret_value_new((const gchar *)blob->data, (gssize)blob->len, content_type);
	BG_TRY(bg_keyring_begin(&wait, keyring, &cancellable, err));
	secret_service_store(service, &schema, attributes, alias_path, label == NULL ? default_label : label, value,
			     cancellable, bg_keyring_done, &wait);
	result = bg_keyring_await(&wait);
	ok = secret_service_store_finish(service, result, &error);
	g_object_unref(result);
	return ok ? BELGO_OK : put_failed(keyring, error, err);
}

static belgo_rc
delete_item(struct bg_keyring *keyring, const gchar *path, struct belgo_error *err)
{
	struct bg_keyring_wait wait;
	GCancellable *cancellable;
	SecretService *service;
	GAsyncResult *result;
	GError *error = NULL;
	gboolean gone;

	BG_TRY(bg_keyring_service(&service, keyring, err));
	BG_TRY(bg_keyring_begin(&wait, keyring, &cancellable, err));
	secret_service_delete_item_dbus_path(service, path, cancellable, bg_keyring_done, &wait);
	result = bg_keyring_await(&wait);
	gone = secret_service_delete_item_dbus_path_finish(service, result, &error);
	g_object_unref(result);
	if (error != NULL)
		return bg_keyring_fail(keyring, error, err);
	return gone ? BELGO_OK : bg_fail(err, BELGO_ELOCKED, "the keyring did not let go of the record: it is locked");
}

static belgo_rc
remove_once(struct bg_keyring *keyring, const char *key, struct belgo_error *err)
{
	BG_AUTO(found_done) struct found found = {0};

	BG_TRY(find_item(&found, keyring, key, err));
	/* A copy in another collection that stays locked would come back to life. */
	if (found.locked[0] != NULL)
		BG_TRY(unlock(keyring, (const gchar *const *)found.locked, err));
	for (gchar **path = found.unlocked; *path != NULL; path++)
		BG_TRY(delete_item(keyring, *path, err));
	for (gchar **path = found.locked; *path != NULL; path++)
		BG_TRY(delete_item(keyring, *path, err));
	return BELGO_OK;
}

static belgo_rc
load_items(GList **out, struct bg_keyring *keyring, struct belgo_error *err)
{
	BG_AUTO(unref_table) GHashTable *attributes = attributes_new(NULL);
	struct bg_keyring_wait wait;
	GCancellable *cancellable;
	SecretService *service;
	GAsyncResult *result;
	GError *error = NULL;

	BG_TRY(bg_keyring_service(&service, keyring, err));
	BG_TRY(bg_keyring_begin(&wait, keyring, &cancellable, err));
	secret_service_search(service, &schema, attributes, SECRET_SEARCH_ALL | SECRET_SEARCH_LOAD_SECRETS, cancellable,
			      bg_keyring_done, &wait);
	result = bg_keyring_await(&wait);
	*out = secret_service_search_finish(service, result, &error);
	g_object_unref(result);
	return error == NULL ? BELGO_OK : bg_keyring_fail(keyring, error, err);
}

static void
unref_items(GList **items)
{
	g_list_free_full(*items, g_object_unref);
}

/* Calls each() for one item if it is one of ours; BELGO_EINTR where the walk is to end. */
static belgo_rc
visit(SecretItem *item, const char *prefix, int (*each)(void *arg, const char *key, const struct belgo_blob *blob),
      void *arg, struct belgo_error *err)
{
	BG_AUTO(unref_table) GHashTable *attributes = secret_item_get_attributes(item);
	BG_AUTO(unref_value) SecretValue *value = secret_item_get_secret(item);
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

/* Not one of each() is called before all is known to be readable, so that a second try cannot show anything twice. */
static belgo_rc
list_once(struct bg_keyring *keyring, GList **out, struct belgo_error *err)
{
	BG_AUTO(found_done) struct found found = {0};
	struct belgo_error local = {0};
	belgo_rc rc = find_item(&found, keyring, NULL, &local);

	if (rc == BELGO_ENOTFOUND)
		return BELGO_OK;
	if (rc != BELGO_OK)
		return bg_fail(err, rc, "%s", local.text);
	if (found.locked[0] != NULL)
		BG_TRY(unlock(keyring, (const gchar *const *)found.locked, err));
	return load_items(out, keyring, err);
}

/*
 * A service that was alive at an earlier call and died since (an update, a new login session) is met with a new connection, once.
 * Locked is an answer, not a death; and after a service that hangs, no budget is left for a second try.
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
keyring_put(void *ctx, const char *key, const char *label, const struct belgo_blob *blob, struct belgo_error *err)
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
keyring_list(void *ctx, const char *prefix, int (*each)(void *arg, const char *key, const struct belgo_blob *blob),
	     void *arg, struct belgo_error *err)
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
bg_backend_secret_service(struct bg_backend *out, const struct belgo_store_params *params, struct belgo_error *err)
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
