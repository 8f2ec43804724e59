/* Token revocation: RFC 7009. */
#ifndef BG_PROTO_REVOKE_H
#define BG_PROTO_REVOKE_H

#include "proto/client_auth.h"
#include "proto/reply.h"

struct bg_revoke {
	const struct belgo_provider *provider;
	const char *endpoint;
	struct bg_client_auth auth;
	const char *token;
	const char *token_type_hint; /* "refresh_token" or "access_token" */
};
/* @spec RFC 7009 section 2.1 */
belgo_rc bg_revoke_request(struct belgo_http_request *out, const struct bg_revoke *in,
			   struct belgo_error *err) BG_MUST_USE;
/* BELGO_OK: 200, and 400 invalid_token (gone already). BELGO_EUNAVAILABLE, BELGO_EDENIED. @spec RFC 7009
 * section 2.2 */
belgo_rc bg_revoke_response(const struct belgo_provider *provider, const struct belgo_http_response *res,
			    const char *const *secrets, struct belgo_error *err) BG_MUST_USE;

#endif
