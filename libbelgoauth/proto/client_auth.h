/*
 * Client authentication at the token endpoint and its kin: RFC 6749 section 2.3.1, OpenID Connect Core
 * section 9, RFC 7523, RFC 8705.
 */
#ifndef BG_PROTO_CLIENT_AUTH_H
#define BG_PROTO_CLIENT_AUTH_H

#include "base/buf.h"
#include "base/json.h"
#include "jose/alg.h"
#include "proto/discovery.h"

enum bg_auth_method {
	BG_AUTH_NONE,
	BG_AUTH_BASIC,
	BG_AUTH_POST,
	BG_AUTH_SECRET_JWT,
	BG_AUTH_PRIVATE_KEY_JWT,
	BG_AUTH_TLS,
	BG_AUTH_SELF_SIGNED_TLS
};

#define BG_JTI_SIZE 44
/* What is borrowed must last until the request is made. */
struct bg_client_auth {
	enum bg_auth_method method;
	const char *client_id;
	const char *client_secret; /* NULL: none */
	const char *private_key;   /* a JWK, as bg_private_key_read() makes it; NULL: none */
	const char
	    *certificate; /* PEM with its private key, as bg_certificate_check() takes it; NULL: none */
	int is_fapi;      /* assertions are signed with what FAPI 2.0 allows */
	int basic_is_raw; /* chosen: id and secret are joined as they are */
	/* the two that sign; chosen */
	const struct bg_alg *alg;
	const char *audience;
	/* the two that sign; of this one request */
	char jti[BG_JTI_SIZE];
	int64_t now;
};

/* By its registered name ("client_secret_basic"); BELGO_EINVAL for another. */
belgo_rc bg_auth_method_parse(enum bg_auth_method *out, const char *name,
			      struct belgo_error *err) BG_MUST_USE;
const char *bg_auth_method_name(enum bg_auth_method method);
/* Does it say more than the client id, and does the client have what it takes? */
int bg_auth_method_is_possible(enum bg_auth_method method, const struct bg_client_auth *auth);
/* Does the client prove itself in the TLS handshake? Then bg_metadata_use_mtls() comes before the request. */
int bg_auth_method_is_tls(enum bg_auth_method method);
/* Does the method send an assertion, so that jti and now are needed? */
int bg_auth_method_signs(enum bg_auth_method method);

/*
 * Fills method, alg and audience for the credentials in auth: asked (may be NULL), else the preset's method
 * if the client has what it takes. Else by metadata: tls_client_auth and self_signed_tls_client_auth for a
 * client with a certificate, private_key_jwt for one with a key; client_secret_basic if listed or nothing is
 * listed, client_secret_post, client_secret_jwt for one with a secret; none without either. The algorithm is
 * the first that fits the key or secret and stands in token_endpoint_auth_signing_alg_values_supported, if
 * that is there. BELGO_EINVAL: asked for what the client has not, or is_fapi and the key signs with nothing
 * that is allowed; BELGO_EPROTO: nothing fits.
 */
belgo_rc bg_client_auth_choose(struct bg_client_auth *auth, const struct belgo_provider *provider,
			       const struct bg_metadata *metadata, const char *asked,
			       struct belgo_error *err) BG_MUST_USE;
/* For whom a client's assertions are: the issuer, or what the provider wants in its place. */
const char *bg_assertion_audience(const struct belgo_provider *provider, const struct bg_metadata *metadata);
/* *out: the key that auth->method signs with, of the secret or of the private key. BELGO_EINVAL,
 * BELGO_ENOMEM. */
belgo_rc bg_client_auth_key(json_t **out, const struct bg_client_auth *auth,
			    struct belgo_error *err) BG_MUST_USE;
/* Adds what the method wants to the form and the headers. One method per request. On failure both are fit for
 * freeing only. */
belgo_rc bg_client_auth_apply(struct belgo_http_request *req, struct bg_buf *form,
			      const struct bg_client_auth *auth, struct belgo_error *err) BG_MUST_USE;

#endif
