/* Token exchange: a token that is at hand, for another one. RFC 8693. */
#ifndef BG_PROTO_TOKEN_EXCHANGE_H
#define BG_PROTO_TOKEN_EXCHANGE_H

#include "proto/token.h"

#define BG_GRANT_TOKEN_EXCHANGE "urn:ietf:params:oauth:grant-type:token-exchange"
#define BG_TYPE_ACCESS_TOKEN "urn:ietf:params:oauth:token-type:access_token"

/*
 * *out, borrowed: the URI of "access_token", "refresh_token", "id_token", "jwt", "saml1" or "saml2"; an
 * absolute URI is its own; NULL stays NULL. BELGO_EINVAL: it is neither.
 * @spec RFC 8693 section 3
 */
belgo_rc bg_token_type_uri(const char **out, const char *name, struct belgo_error *err) BG_MUST_USE;

/* Token types are URIs. */
struct bg_token_exchange {
	const struct bg_metadata *metadata;
	struct bg_client_auth auth;
	const char *subject_token;
	const char *subject_token_type;
	const char *actor_token;          /* an access token; NULL: nobody acts for the subject */
	const char *requested_token_type; /* NULL: as the server likes */
	const char *scope;                /* NULL: not sent */
	const char *const *resources;
	size_t n_resources;
	const char *const *audiences;
	size_t n_audiences;
};
/* @spec RFC 8693 section 2.1 */
belgo_rc bg_exchange_request(struct belgo_http_request *out, const struct bg_token_exchange *in,
			     struct belgo_error *err) BG_MUST_USE;

/*
 * The token, of whichever type, as an access token without refresh token and ID token; *issued_token_type is
 * the caller's. BELGO_EPROTO where the server does not say what it issued, or it is not what was asked for.
 * Otherwise as bg_token_response().
 * @spec RFC 8693 section 2.2.1
 */
belgo_rc bg_exchange_response(struct belgo_token **out, char **issued_token_type,
			      const struct belgo_provider *provider, const struct bg_token_exchange *in,
			      const struct belgo_http_response *res, int64_t now, const char *const *secrets,
			      struct belgo_error *err) BG_MUST_USE;
/*
 * Is the subject's token what was refused, as far as that can be told? What is not acceptable is
 * invalid_request by the specification, and invalid_grant or a bare 401 at many servers.
 * @spec RFC 8693 section 2.2.2
 */
int bg_exchange_may_be_stale(const struct belgo_error *why);

#endif
