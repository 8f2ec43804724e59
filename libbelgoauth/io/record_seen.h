/*
 * Records as last seen, without their payload: the recovery key has to be in our hands before the store
 * fails. One for each key, since several accounts may be refreshed at once.
 */
#ifndef BG_RECORD_SEEN_H
#define BG_RECORD_SEEN_H

#include "io/envelope.h"

struct bg_seen {
	char *key;
	struct bg_envelope record; /* seq 0: the store was asked and has none */
	struct belgo_blob
	    set_aside; /* the recovery record that a staged one stands in front of; data NULL: none */
	struct bg_seen *next;
};

/* NULL where key has not been seen. */
struct bg_seen *bg_seen_find(struct bg_seen *list, const char *key);
/* Takes over number and recovery key of envelope; what was set aside stays. BELGO_ENOMEM. */
belgo_rc bg_seen_remember(struct bg_seen **list, const char *key, const struct bg_envelope *envelope,
			  struct belgo_error *err) BG_MUST_USE;
/* key may be the entry's own. */
void bg_seen_forget(struct bg_seen **list, const char *key);

#endif
