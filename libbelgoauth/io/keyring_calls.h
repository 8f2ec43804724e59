/* The calls of the Secret Service that a store needs, one function each. Judges nothing; see
 * store_secret_service.c for that. */
#ifndef BG_IO_KEYRING_CALLS_H
#define BG_IO_KEYRING_CALLS_H

#include "io/keyring.h"

/* Paths of items, each list ended by NULL; both NULL before a search. */
struct bg_keyring_found {
	gchar **unlocked;
	gchar **locked;
};
void bg_keyring_found_done(struct bg_keyring_found *found);
/* For BG_AUTO over what libsecret hands out. */
void bg_keyring_value_free(SecretValue **value);
void bg_keyring_table_free(GHashTable **table);

/* The items of key; all of ours where key is NULL. Has no side effect. */
belgo_rc bg_keyring_search(struct bg_keyring_found *out, struct bg_keyring *keyring, const char *key,
			   struct belgo_error *err) BG_MUST_USE;
/* BELGO_ELOCKED where the user may not be asked, says no, or cannot be reached. */
belgo_rc bg_keyring_unlock(struct bg_keyring *keyring, const gchar *const *paths,
			   struct belgo_error *err) BG_MUST_USE;
/* *out: the path of the default collection, or NULL where there is none; g_free(). */
belgo_rc bg_keyring_collection(gchar **out, struct bg_keyring *keyring, struct belgo_error *err) BG_MUST_USE;
belgo_rc bg_keyring_is_locked(gboolean *out, struct bg_keyring *keyring, const gchar *path,
			      struct belgo_error *err) BG_MUST_USE;
belgo_rc bg_keyring_secret(struct belgo_blob *out, struct bg_keyring *keyring, const gchar *path,
			   struct belgo_error *err) BG_MUST_USE;
/* Makes or replaces the item of key in the default collection. */
belgo_rc bg_keyring_create(struct bg_keyring *keyring, const char *key, const char *label,
			   const struct belgo_blob *blob, struct belgo_error *err) BG_MUST_USE;
/* BELGO_ELOCKED where the service keeps the item without saying why. */
belgo_rc bg_keyring_delete(struct bg_keyring *keyring, const gchar *path,
			   struct belgo_error *err) BG_MUST_USE;
/* All items of ours with attributes and, where unlocked, secrets: SecretItem, the caller's. */
belgo_rc bg_keyring_items(GList **out, struct bg_keyring *keyring, struct belgo_error *err) BG_MUST_USE;

#endif
