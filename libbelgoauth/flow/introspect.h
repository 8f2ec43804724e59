/* Asking a provider, as one of its clients, what it makes of a token. */
#ifndef BG_FLOW_INTROSPECT_H
#define BG_FLOW_INTROSPECT_H

#include "base/json.h"
#include "flow/op.h"
#include "proto/discovery.h"

struct bg_introspection {
	const struct belgo_provider *provider;
	struct bg_metadata *metadata;
	const char *client_id;         /* who asks */
	const char *client_secret;     /* NULL: what the store has of that client */
	const char *named_auth_method; /* for this request; NULL: the next, unless it is not listed */
	const char *token_endpoint_auth_method; /* NULL: as the client was registered, or by metadata */
	int is_fapi; /* what is signed, by either side, is held to what FAPI 2.0 allows */
	const char *token;
	const char *token_type_hint; /* "refresh_token" or "access_token" */
};
/*
 * Everything that in points to outlives the frame. *out: the answer, the caller's, from which the token is
 * still to be cut; where it came signed it is the provider's and for this client. BELGO_ENOTFOUND: there is
 * no such endpoint; BELGO_EDENIED: the client may not ask; those of proto/introspect.h and flow/verify.h.
 * @spec RFC 7662 section 2; RFC 9701
 */
belgo_rc bg_introspect(struct belgo_op *op, json_t **out, const struct bg_introspection *in, bg_step_fn *next,
		       struct belgo_error *err) BG_MUST_USE;

#endif
