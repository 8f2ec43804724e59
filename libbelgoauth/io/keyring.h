/*
 * A connection to the Secret Service in which nothing waits longer than its budget. Answers for the bus, the
 * private main context, time and prompts; what is asked of the service stands in keyring_calls.c.
 */
#ifndef BG_IO_KEYRING_H
#define BG_IO_KEYRING_H

/* Searching without side effects (a look-up would unlock, hence prompt) is in the part that libsecret calls
 * unstable. */
#define SECRET_WITH_UNSTABLE 1
#define SECRET_API_SUBJECT_TO_CHANGE 1
#include <libsecret/secret.h>

#include "base/guard.h"

#include <belgoauth/store.h>

struct bg_keyring;

/* Connects to nothing. budget_ms 0: 3000. BELGO_ENOMEM. */
belgo_rc bg_keyring_new(struct bg_keyring **out, int budget_ms, enum belgo_prompt prompt,
			struct belgo_error *err) BG_MUST_USE;
void bg_keyring_free(struct bg_keyring **keyring);
int bg_keyring_may_prompt(const struct bg_keyring *keyring);

/*
 * *out: the service, borrowed until bg_keyring_disconnect(). BELGO_ENOSTORE without a session bus that
 * answers, BELGO_ESTORE where the budget ends.
 */
belgo_rc bg_keyring_service(SecretService **out, struct bg_keyring *keyring,
			    struct belgo_error *err) BG_MUST_USE;
/* For when the service has died: the next call begins anew. */
void bg_keyring_disconnect(struct bg_keyring *keyring);
/* Did the service stand before the current call, so that it may have died meanwhile? */
int bg_keyring_is_old(const struct bg_keyring *keyring);
void bg_keyring_touch(struct bg_keyring *keyring);

/* One asynchronous call: bg_keyring_begin(), hand bg_keyring_done and &wait to libsecret, bg_keyring_await().
 */
struct bg_keyring_wait {
	struct bg_keyring *keyring;
	GAsyncResult *result;
	GSource *timer;
	gint64 began_us;
	gint64 prompt_us;
};
/* BELGO_ESTORE at once where the budget is spent; after BELGO_OK bg_keyring_await() must follow.
 * *cancellable: borrowed. */
belgo_rc bg_keyring_begin(struct bg_keyring_wait *wait, struct bg_keyring *keyring,
			  GCancellable **cancellable, struct belgo_error *err) BG_MUST_USE;
void bg_keyring_done(GObject *source, GAsyncResult *result, gpointer wait);
/* The result, the caller's to unref after the call was finished with it. */
GAsyncResult *bg_keyring_await(struct bg_keyring_wait *wait);

/*
 * Takes the GError of a call into err: BELGO_ELOCKED, BELGO_ENOSTORE (no service, no default collection),
 * BELGO_ESTORE. NULL: the call answered nothing of use, BELGO_ESTORE.
 */
belgo_rc bg_keyring_fail(struct bg_keyring *keyring, GError *error, struct belgo_error *err);

#endif
