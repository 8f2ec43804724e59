/* Fetching a JWK Set: OpenID Connect Discovery 3 (jwks_uri), RFC 7517. */
#ifndef BG_PROTO_JWKS_H
#define BG_PROTO_JWKS_H

#include "jose/jwk.h"
#include "proto/reply.h"

belgo_rc bg_jwks_request(struct belgo_http_request *out, const char *jwks_uri, const char *etag,
			 struct belgo_error *err) BG_MUST_USE;
/* application/json or application/jwk-set+json, 200 only. */
belgo_rc bg_jwks_response(struct bg_jwks **out, const struct belgo_http_response *res,
			  struct belgo_error *err) BG_MUST_USE;

#endif
