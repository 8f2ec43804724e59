/* What a protected resource demands of another login: RFC 9470, and the scopes of RFC 6750 section 3.1. */
#ifndef BG_PROTO_STEP_UP_H
#define BG_PROTO_STEP_UP_H

#include "base/guard.h"

#include <belgoauth/error.h>

struct bg_step_up {
	char *acr_values; /* blank separated, or NULL */
	char *scope;      /* blank separated, or NULL */
	int64_t max_age;  /* seconds; -1: any */
};
/*
 * value: a WWW-Authenticate field's, of the scheme Bearer or DPoP; the field's name may stand before it.
 * BELGO_EINVAL: it demands nothing that a login could mend, or in words that no request could carry;
 * BELGO_ENOMEM.
 */
belgo_rc bg_step_up_read(struct bg_step_up *out, const char *value, struct belgo_error *err) BG_MUST_USE;
void bg_step_up_done(struct bg_step_up *step_up);

#endif
