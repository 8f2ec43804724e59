/* Ending the user's session at the provider, by the browser: OpenID Connect RP-Initiated Logout 1.0. */
#ifndef BG_PROTO_END_SESSION_H
#define BG_PROTO_END_SESSION_H

#include "proto/discovery.h"

struct bg_end_session {
	const struct bg_metadata *metadata;
	const char *client_id;
	const char *id_token_hint;            /* NULL: none is at hand */
	const char *logout_hint;              /* who it is, as at a login; NULL: not known */
	const char *post_logout_redirect_uri; /* as it was registered; NULL: the provider's page is the end */
	const char *state;                    /* goes with that alone */
};
/*
 * Where the browser is sent; it holds the ID token, and so is for the browser alone. BELGO_EINVAL: a redirect
 * URI that is no absolute URI, or more than a URL takes. BELGO_EPROTO: there is no such endpoint.
 */
belgo_rc bg_end_session_url(char **out, const struct bg_end_session *in, struct belgo_error *err) BG_MUST_USE;

#endif
