/* Client authentication at the token endpoint and its kin: RFC 6749 section 2.3.1, OpenID Connect Core section 9. */
#ifndef BG_PROTO_CLIENT_AUTH_H
#define BG_PROTO_CLIENT_AUTH_H

#include "base/buf.h"
#include "proto/discovery.h"

enum bg_auth_method { BG_AUTH_NONE, BG_AUTH_BASIC, BG_AUTH_POST };

struct bg_client_auth {
	enum bg_auth_method method;
	const char *client_id;
	const char *client_secret;	/* NULL with NONE */
};

/* By its registered name ("client_secret_basic"); BELGO_EINVAL for another. */
belgo_rc bg_auth_method_parse(enum bg_auth_method *out, const char *name, struct belgo_error *err) BG_MUST_USE;
/*
 * The method where a secret is at hand or not: asked (may be NULL), else the preset's, else client_secret_basic if listed or nothing is listed,
 * else client_secret_post; none without a secret. BELGO_EINVAL: asked for a secret's method without a secret; BELGO_EPROTO: nothing fits.
 */
belgo_rc bg_auth_method_choose(enum bg_auth_method *out, const struct belgo_provider *provider,
    const struct bg_metadata *metadata, const char *asked, const char *client_secret, struct belgo_error *err) BG_MUST_USE;
/* Adds what the method wants to the form and the headers. One method per request. On failure both are fit for freeing only. */
belgo_rc bg_client_auth_apply(struct belgo_http_request *req, struct bg_buf *form, const struct bg_client_auth *auth)
    BG_MUST_USE;

#endif
