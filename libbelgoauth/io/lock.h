/* One lock for each key: tried, never waited for. Between processes by file, within one also by table. */
#ifndef BG_IO_LOCK_H
#define BG_IO_LOCK_H

#include "base/guard.h"

#include <belgoauth/store.h>

/*
 * Tries state_dir/lock/<key>.lock. BELGO_EBUSY where another thread or process holds it, *holder then its
 * process id (0: unknown) and err left alone, for that is an answer; BELGO_ESTORE; BELGO_ENOMEM.
 */
belgo_rc bg_lock_try(struct belgo_lock **out, long *holder, const char *state_dir, const char *key,
		     struct belgo_error *err) BG_MUST_USE;

/* The same for a store that no other process can see. */
struct bg_lock_table;
belgo_rc bg_lock_table_new(struct bg_lock_table **out) BG_MUST_USE;
void bg_lock_table_free(struct bg_lock_table **table);
belgo_rc bg_lock_table_try(struct belgo_lock **out, long *holder, struct bg_lock_table *table,
			   const char *key, struct belgo_error *err) BG_MUST_USE;

/* What it locks. Borrowed. */
const char *bg_lock_key(const struct belgo_lock *lock);
void bg_lock_free(struct belgo_lock **lock);

#endif
