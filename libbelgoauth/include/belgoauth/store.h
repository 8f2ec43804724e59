/*
 * The store: blobs by key. Three are built in (the Secret Service, sealed files, memory); a program may
 * bring its own. A store is used by one operation at a time; every function may block, and the drivers call
 * it where blocking does no harm.
 */
#ifndef BELGOAUTH_STORE_H
#define BELGOAUTH_STORE_H

#include <belgoauth/error.h>

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes owned by whoever holds the struct; belgo_blob_done() wipes and frees. */
struct belgo_blob {
	unsigned char *data;
	size_t len;
};
BELGO_EXPORT void belgo_blob_done(struct belgo_blob *blob);

struct belgo_lock; /* one held lock; the store's own */

/*
 * key: a lower-case word (account, client, registration, ...), a slash and 64 hexadecimal digits. label: what
 * a keyring viewer shows, no secret.
 *
 * get: BELGO_OK, BELGO_ENOTFOUND, BELGO_ELOCKED, BELGO_ENOSTORE, BELGO_EVERSION, BELGO_ESTORE, BELGO_ENOMEM.
 *
 * put: replaces whole or leaves the old; durable when it returns BELGO_OK, if only beside the store: see
 * in_recovery.
 *
 * remove: gone when it returns BELGO_OK; BELGO_ENOTFOUND where there was nothing.
 *
 * list: calls each() for every key that begins with prefix; a non-zero return ends the walk. Goes on past a
 * record that cannot be read, and answers its error at the end. BELGO_OK where there is none.
 *
 * probe: can a put succeed now? The last chance for a prompt, and the place to reserve disk; key NULL: of any
 * key.
 *
 * stage: keeps data durably beside the old value; the next get() answers it; put() or unstage() ends that.
 *
 * lock: tries once: BELGO_EBUSY where another holds it (holder: its process id, 0 unknown; err is left
 * alone). *out may stay NULL; then nothing is unlocked.
 *
 * All answer the codes of get where they fail. get, put, remove, list and identity are required; the others
 * may be NULL: then nothing is probed, staged or locked, and without locks two processes may both refresh,
 * which loses the login at a provider that rotates.
 */
struct belgo_store {
	void *ctx;
	belgo_rc (*get)(void *ctx, const char *key, struct belgo_blob *out, struct belgo_error *err);
	belgo_rc (*put)(void *ctx, const char *key, const char *label, const void *data, size_t len,
			struct belgo_error *err);
	belgo_rc (*remove)(void *ctx, const char *key, struct belgo_error *err);
	belgo_rc (*list)(void *ctx, const char *prefix,
			 int (*each)(void *arg, const char *key, const struct belgo_blob *blob), void *arg,
			 struct belgo_error *err);
	belgo_rc (*probe)(void *ctx, const char *key, struct belgo_error *err);
	belgo_rc (*stage)(void *ctx, const char *key, const void *data, size_t len, struct belgo_error *err);
	belgo_rc (*unstage)(void *ctx, const char *key, struct belgo_error *err);
	belgo_rc (*lock)(void *ctx, const char *key, struct belgo_lock **out, long *holder,
			 struct belgo_error *err);
	void (*unlock)(void *ctx, struct belgo_lock *lock);
	void (*free)(void *ctx);
	/*
	 * The last put() was kept durably, but only beside the store, which refused it or did not answer;
	 * get() finds it there and the next put() brings it home. 0 after a put() that the store itself took,
	 * or that failed.
	 */
	int in_recovery;
	char *uri;      /* "keyring", "file:/absolute/dir", "memory"; owned */
	char *identity; /* tells this store from every other one of the user's; owned */
};

enum belgo_prompt { BELGO_PROMPT_NEVER, BELGO_PROMPT_ALLOWED };

/* Why a passphrase is asked for. */
enum belgo_ask {
	BELGO_ASK_OPEN,  /* to open a store that there is */
	BELGO_ASK_AGAIN, /* the one before did not open it; asked so at most twice, then the call fails */
	BELGO_ASK_NEW,   /* the store is made with it, so it is worth being typed twice */
};

/* How to open a built-in store. Strings are copied. */
struct belgo_store_params {
	const char *uri;       /* "keyring", "file", "file:DIR", "memory" */
	const char *state_dir; /* absolute; locks, recovery records and the default file store; NULL only for
				  "memory" */
	enum belgo_prompt prompt;    /* may the keyring ask the user to unlock it */
	const char *key_file;        /* file store: 32 raw bytes or 64 hexadecimal digits */
	const char *passphrase_file; /* file store: used where key_file is NULL */
	/*
	 * file store: asked where both are NULL, on whatever thread works at the store; *out malloc'd, wiped
	 * by the store. What it fails with, the call to the store fails with. NULL: no way to ask.
	 */
	belgo_rc (*ask_passphrase)(void *arg, enum belgo_ask why, char **out, struct belgo_error *err);
	void *ask_arg;
	int budget_ms; /* how long the keyring may leave calls unanswered, all together; 0: 3000 */
};

/*
 * Opens a store. Nothing is created or connected before the first call that needs it.
 * @return BELGO_OK, BELGO_EINVAL (unknown uri, relative directory), BELGO_ENOMEM.
 */
BELGO_EXPORT belgo_rc belgo_store_open(struct belgo_store **out, const struct belgo_store_params *params,
				       struct belgo_error *err);
BELGO_EXPORT void belgo_store_free(struct belgo_store **store);

#ifdef __cplusplus
}
#endif
#endif
