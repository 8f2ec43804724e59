/* Rich authorization requests: what a client asks for beyond scopes, and what it was granted. RFC 9396. */
#ifndef BG_PROTO_DETAILS_H
#define BG_PROTO_DETAILS_H

#include "base/json.h"
#include "proto/discovery.h"

/*
 * Is text, of the caller, what an authorization_details parameter may be? A JSON array of objects, each with
 * a `type`, which the provider knows, where it says which it does. NULL is. BELGO_EINVAL, BELGO_ENOMEM.
 */
belgo_rc bg_details_check(const char *text, const struct bg_metadata *metadata,
			  struct belgo_error *err) BG_MUST_USE;
/*
 * *out: the member authorization_details of an answer as JSON text, left alone where there is none.
 * BELGO_EPROTO: no array of objects with a `type`, or larger than BG_MAX_DETAILS; BELGO_ENOMEM.
 */
belgo_rc bg_details_read(char **out, const json_t *reply, const char *what,
			 struct belgo_error *err) BG_MUST_USE;

#endif
