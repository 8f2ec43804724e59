/*
 * Recovery records: a copy of what is about to be stored, sealed and durable, beside a store that may fail.
 * Knows files and sequence numbers, not stores.
 */
#ifndef BG_IO_RECOVERY_H
#define BG_IO_RECOVERY_H

#include "io/envelope.h"

struct bg_recovery;

/* Below state_dir/recovery; identity keeps the records of two stores apart. Creates nothing yet.
 * BELGO_ENOMEM. */
belgo_rc bg_recovery_new(struct bg_recovery **out, const char *state_dir, const char *identity,
			 struct belgo_error *err) BG_MUST_USE;
void bg_recovery_free(struct bg_recovery **recovery);

/* Makes room on the disk for the next write of key. BELGO_ESTORE naming the path. */
belgo_rc bg_recovery_reserve(struct bg_recovery *recovery, const char *key,
			     struct belgo_error *err) BG_MUST_USE;
/* Gives up the room that nothing was written to. */
void bg_recovery_release(struct bg_recovery *recovery, const char *key);
/* Replaces the record of key by data, to follow the stored record. Durable when it returns BELGO_OK. */
belgo_rc bg_recovery_write(struct bg_recovery *recovery, const char *key, const struct bg_envelope *stored,
			   const void *data, size_t len, struct belgo_error *err) BG_MUST_USE;
/*
 * What follows the stored record, BELGO_ENOTFOUND where nothing does. A record that the stored one has
 * overtaken is left to the next put(). One that the stored record's key does not open is left alone: it
 * belongs to another record of that key (an older one restored from a backup, say), and the next write
 * replaces it. A file that cannot be read is BELGO_ESTORE and one of a later version BELGO_EVERSION: going on
 * with the old record could spend a refresh token that was rotated.
 */
belgo_rc bg_recovery_read(struct bg_recovery *recovery, const char *key, const struct bg_envelope *stored,
			  struct belgo_blob *out, struct belgo_error *err) BG_MUST_USE;
/* BELGO_OK where there is none, too. */
belgo_rc bg_recovery_drop(struct bg_recovery *recovery, const char *key, struct belgo_error *err) BG_MUST_USE;

#endif
