/* What a client signs to say who it is, in place of a secret that travels, or for whom it asks: RFC 7523,
 * OpenID Connect Core section 9. */
#ifndef BG_PROTO_ASSERTION_H
#define BG_PROTO_ASSERTION_H

#include "base/json.h"
#include "jose/alg.h"

struct bg_assertion {
	const char *client_id;
	const char *subject;  /* of an authorization grant; NULL: the client itself */
	const char *audience; /* one string: the issuer, or what the provider wants in its place */
	const char *jti;      /* fresh and not to be guessed */
	int64_t now;
	const struct bg_alg *alg;
	const json_t *key; /* jose/private_key.h */
};

/* *out: the JWT. Ends as bg_jws_sign(); BELGO_EINVAL too where a member is missing. */
belgo_rc bg_assertion_make(char **out, const struct bg_assertion *in, struct belgo_error *err) BG_MUST_USE;
/* *out: its header, with what the key says of itself, by which its public half is found. BELGO_ENOMEM. */
belgo_rc bg_assertion_header(json_t **out, const char *typ, const json_t *key) BG_MUST_USE;

#endif
