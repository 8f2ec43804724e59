/* What is sent for the next token set of an account. */
#ifndef BG_FLOW_REFRESH_REQUEST_H
#define BG_FLOW_REFRESH_REQUEST_H

#include "flow/further.h"
#include "proto/client_auth.h"

/* Borrows everything. */
struct bg_renewal_ask {
	const struct bg_record *record;
	const struct bg_selection *selection; /* of a further access token; NULL: the account's own */
	const char *scope; /* the part of the account's that its refresh token has; NULL: all of it */
	const struct belgo_provider *provider;
	const struct bg_metadata *metadata;
	const struct bg_client_auth *auth;
	const char *jti; /* of an assertion about a subject */
	int64_t now;
};
/* By the account's refresh token, or as its client. BELGO_ENOMEM, and what makes a request impossible. */
belgo_rc bg_renewal_request(struct belgo_http_request *req, const struct bg_renewal_ask *in,
			    struct belgo_error *err) BG_MUST_USE;

#endif
