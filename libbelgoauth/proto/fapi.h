/*
 * What the FAPI 2.0 Security Profile demands of a login by code, judged before the user is asked, and of what
 * its tokens are renewed by. That the request is then pushed and the tokens are bound is the flow's.
 */
#ifndef BG_PROTO_FAPI_H
#define BG_PROTO_FAPI_H

#include "jose/jws.h"
#include "proto/client_auth.h"

#define BG_FAPI_ALGS "PS256, ES256 and EdDSA"

struct bg_fapi {
	const struct belgo_provider *provider;
	const struct bg_metadata *metadata;
	const struct bg_client_auth *auth; /* chosen, is_fapi being set */
	int is_without_dpop;               /* the caller wants no DPoP */
};
/* Names the first demand that is not met: BELGO_EPROTO of the provider, BELGO_EINVAL of the client or the
 * preset; BELGO_ENOMEM. */
belgo_rc bg_fapi_check(const struct bg_fapi *in, struct belgo_error *err) BG_MUST_USE;
/* The same of a login that was: what a later request for tokens has to live up to. */
belgo_rc bg_fapi_check_tokens(const struct bg_fapi *in, struct belgo_error *err) BG_MUST_USE;
/* Is it the client's certificate that the tokens are bound to? Else it must be a key (DPoP). */
int bg_fapi_binds_by_certificate(const struct bg_fapi *in);
int bg_fapi_allows_signature(const struct bg_jws *jws);
/* What the key may sign with, of a NULL-terminated list of names (NULL: any), or NULL. */
const struct bg_alg *bg_fapi_alg(const json_t *key, char *const *allowed);

#endif
