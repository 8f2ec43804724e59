/* The authorization request as a signed object: RFC 9101. */
#ifndef BG_PROTO_REQUEST_OBJECT_H
#define BG_PROTO_REQUEST_OBJECT_H

#include "base/json.h"
#include "jose/alg.h"
#include "proto/authorize.h"

struct bg_request_object {
	const struct bg_authorize *request;
	const char *jti; /* fresh and not to be guessed */
	int64_t now;
	const struct bg_alg *alg;
	const json_t *key; /* jose/private_key.h */
};
/* *out: the JWT. Ends as bg_authorize_form() and bg_jws_sign(). */
belgo_rc bg_request_object_make(char **out, const struct bg_request_object *in,
				struct belgo_error *err) BG_MUST_USE;

#endif
