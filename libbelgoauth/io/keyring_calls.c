/*
 * What is asked of the Secret Service: each function is one call, awaited within the budget. None of them
 * asks the user but bg_keyring_unlock() and bg_keyring_create(), and these only where the store was opened
 * so.
 */
#include "io/keyring_calls.h"

#include "base/error.h"
#include "io/file.h"

#include <string.h>

static const char default_label[] = "OAuth tokens";
static const char alias_path[] = "/org/freedesktop/secrets/aliases/default";
static const char content_type[] = "application/octet-stream";

static const SecretSchema schema = {
    .name = "org.belgoauth.Token",
    .flags = SECRET_SCHEMA_NONE,
    .attributes = {{"key", SECRET_SCHEMA_ATTRIBUTE_STRING}, {"kind", SECRET_SCHEMA_ATTRIBUTE_STRING}}};

void
bg_keyring_found_done(struct bg_keyring_found *found)
{
	g_strfreev(found->unlocked);
	g_strfreev(found->locked);
	*found = (struct bg_keyring_found){0};
}

void
bg_keyring_value_free(SecretValue **value)
{
	if (*value != NULL)
		secret_value_unref(*value);
}

void
bg_keyring_table_free(GHashTable **table)
{
	if (*table != NULL)
		g_hash_table_unref(*table);
}

/* NULL key: no attribute but the schema's own. */
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

belgo_rc
bg_keyring_search(struct bg_keyring_found *out, struct bg_keyring *keyring, const char *key,
		  struct belgo_error *err)
{
	BG_AUTO(bg_keyring_table_free) GHashTable *attributes = attributes_new(key);
	struct bg_keyring_wait wait;
	GCancellable *cancellable;
	SecretService *service;
	GAsyncResult *result;
	GError *error = NULL;
	gboolean ok;

	BG_TRY(bg_keyring_service(&service, keyring, err));
	BG_TRY(bg_keyring_begin(&wait, keyring, &cancellable, err));
	secret_service_search_for_dbus_paths(service, &schema, attributes, cancellable, bg_keyring_done,
					     &wait);
	result = bg_keyring_await(&wait);
	ok = secret_service_search_for_dbus_paths_finish(service, result, &out->unlocked, &out->locked,
							 &error);
	g_object_unref(result);
	return ok ? BELGO_OK : bg_keyring_fail(keyring, error, err);
}

/* BELGO_ELOCKED where the user may not be asked, says no, or cannot be reached. */
belgo_rc
bg_keyring_unlock(struct bg_keyring *keyring, const gchar *const *paths, struct belgo_error *err)
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
	secret_service_unlock_dbus_paths(service, (const gchar **)(guintptr)paths, cancellable,
					 bg_keyring_done, &wait);
	result = bg_keyring_await(&wait);
	unlocked = secret_service_unlock_dbus_paths_finish(service, result, NULL, &error);
	g_object_unref(result);
	if (error != NULL)
		return bg_keyring_fail(keyring, error, err);
	return unlocked > 0 ? BELGO_OK
			    : bg_fail(err, BELGO_ELOCKED, "the keyring is locked and was not unlocked");
}

/* *out: the path of the default collection, or NULL where there is none. */
belgo_rc
bg_keyring_collection(gchar **out, struct bg_keyring *keyring, struct belgo_error *err)
{
	struct bg_keyring_wait wait;
	GCancellable *cancellable;
	SecretService *service;
	GAsyncResult *result;
	GError *error = NULL;

	BG_TRY(bg_keyring_service(&service, keyring, err));
	BG_TRY(bg_keyring_begin(&wait, keyring, &cancellable, err));
	secret_service_read_alias_dbus_path(service, SECRET_COLLECTION_DEFAULT, cancellable, bg_keyring_done,
					    &wait);
	result = bg_keyring_await(&wait);
	*out = secret_service_read_alias_dbus_path_finish(service, result, &error);
	g_object_unref(result);
	return error == NULL ? BELGO_OK : bg_keyring_fail(keyring, error, err);
}

belgo_rc
bg_keyring_is_locked(gboolean *out, struct bg_keyring *keyring, const gchar *path, struct belgo_error *err)
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
	g_dbus_connection_call(
	    bus, g_dbus_proxy_get_name(G_DBUS_PROXY(service)), path, "org.freedesktop.DBus.Properties", "Get",
	    g_variant_new("(ss)", "org.freedesktop.Secret.Collection", "Locked"), G_VARIANT_TYPE("(v)"),
	    G_DBUS_CALL_FLAGS_NONE, -1, cancellable, bg_keyring_done, &wait);
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

belgo_rc
bg_keyring_secret(struct belgo_blob *out, struct bg_keyring *keyring, const gchar *path,
		  struct belgo_error *err)
{
	BG_AUTO(bg_keyring_value_free) SecretValue *value = NULL;
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
	return bg_blob_set(out, data, len) == BELGO_OK ? BELGO_OK
						       : bg_fail(err, BELGO_ENOMEM, "out of memory");
}

belgo_rc
bg_keyring_create(struct bg_keyring *keyring, const char *key, const char *label,
		  const struct belgo_blob *blob, struct belgo_error *err)
{
	BG_AUTO(bg_keyring_table_free) GHashTable *attributes = attributes_new(key);
	BG_AUTO(bg_keyring_value_free) SecretValue *value = NULL;
	struct bg_keyring_wait wait;
	GCancellable *cancellable;
	SecretService *service;
	GAsyncResult *result;
	GError *error = NULL;
	gboolean ok;

	BG_TRY(bg_keyring_service(&service, keyring, err));
	value = secret_value_new((const gchar *)blob->data, (gssize)blob->len, content_type);
	BG_TRY(bg_keyring_begin(&wait, keyring, &cancellable, err));
	secret_service_store(service, &schema, attributes, alias_path, label == NULL ? default_label : label,
			     value, cancellable, bg_keyring_done, &wait);
	result = bg_keyring_await(&wait);
	ok = secret_service_store_finish(service, result, &error);
	g_object_unref(result);
	return ok ? BELGO_OK : bg_keyring_fail(keyring, error, err);
}

belgo_rc
bg_keyring_delete(struct bg_keyring *keyring, const gchar *path, struct belgo_error *err)
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
	return gone ? BELGO_OK
		    : bg_fail(err, BELGO_ELOCKED, "the keyring did not let go of the record: it is locked");
}

belgo_rc
bg_keyring_items(GList **out, struct bg_keyring *keyring, struct belgo_error *err)
{
	BG_AUTO(bg_keyring_table_free) GHashTable *attributes = attributes_new(NULL);
	struct bg_keyring_wait wait;
	GCancellable *cancellable;
	SecretService *service;
	GAsyncResult *result;
	GError *error = NULL;

	BG_TRY(bg_keyring_service(&service, keyring, err));
	BG_TRY(bg_keyring_begin(&wait, keyring, &cancellable, err));
	secret_service_search(service, &schema, attributes, SECRET_SEARCH_ALL | SECRET_SEARCH_LOAD_SECRETS,
			      cancellable, bg_keyring_done, &wait);
	result = bg_keyring_await(&wait);
	*out = secret_service_search_finish(service, result, &error);
	g_object_unref(result);
	return error == NULL ? BELGO_OK : bg_keyring_fail(keyring, error, err);
}
