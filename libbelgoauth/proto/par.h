/* The authorization request, pushed to the provider before the browser is sent there: RFC 9126. */
#ifndef BG_PROTO_PAR_H
#define BG_PROTO_PAR_H

#include "proto/authorize.h"
#include "proto/client_auth.h"

/* Must it be pushed, whether anybody asks for that or not? */
int bg_par_is_required(const struct belgo_provider *provider, const struct bg_metadata *metadata);

/*
 * The client authenticates as at the token endpoint. BELGO_EPROTO: metadata names no endpoint for it; else
 * ends as bg_authorize_form().
 */
belgo_rc bg_par_request(struct belgo_http_request *out, const struct bg_authorize *in,
			const struct bg_client_auth *auth, struct belgo_error *err) BG_MUST_USE;

struct bg_pushed {
	char *request_uri;
	int64_t expires_in; /* seconds, 1 to 3600 */
};
void bg_pushed_done(struct bg_pushed *pushed);
/* BELGO_EUNAVAILABLE, BELGO_EDENIED, BELGO_EPROTO, BELGO_ENOMEM. secrets: as in reply.h. */
belgo_rc bg_par_response(struct bg_pushed *out, const struct belgo_provider *provider,
			 const struct belgo_http_response *res, const char *const *secrets,
			 struct belgo_error *err) BG_MUST_USE;

#endif
