/* What may be used once and was: ids, until they would have expired anyway, the last BG_MAX_SPENT of them.
 * Any thread may ask. */
#ifndef BG_FLOW_SPENT_H
#define BG_FLOW_SPENT_H

#include "base/digest.h"

#define BG_MAX_SPENT 4096

/* NULL where there is no memory. */
struct bg_spent *bg_spent_new(void) BG_MUST_USE;
void bg_spent_free(struct bg_spent **spent);
/* BELGO_ESTATE: it was spent before. */
belgo_rc bg_spend(struct bg_spent *spent, const char *id, int64_t expires_at, int64_t now,
		  struct belgo_error *err) BG_MUST_USE;

#endif
