/* Where the browser comes back to. Which issuer it comes from must show there, unless the answer says it. */
#ifndef BG_PROTO_REDIRECT_URI_H
#define BG_PROTO_REDIRECT_URI_H

#include "proto/discovery.h"

/* Must the authorization response say `iss`? @spec RFC 9207 section 2.4 */
int bg_iss_is_promised(const struct belgo_provider *provider, const struct bg_metadata *metadata);
/*
 * The path of the redirect URI where neither the caller nor a registration names one: the preset's, else
 * /callback where `iss` is promised, else that of belgo_redirect_path(). BELGO_ENOMEM.
 * @spec RFC 9700 section 2.1, 4.4.2; RFC 8252 section 8.10
 */
belgo_rc bg_redirect_path(char **out, const struct belgo_provider *provider, int iss_is_promised,
			  struct belgo_error *err) BG_MUST_USE;

#endif
