/* The token endpoint: code exchange, refresh, and the reply they share. RFC 6749 sections 4.1.3, 5, 6; RFC
 * 7636 4.5; RFC 8707. */
#ifndef BG_PROTO_TOKEN_H
#define BG_PROTO_TOKEN_H

#include "base/buf.h"
#include "proto/client_auth.h"

#include <belgoauth/token.h>

/* A grant's own members stand in the form already; the client's authentication comes last. BELGO_EPROTO: the
 * metadata names no token endpoint. */
belgo_rc bg_token_request_finish(struct belgo_http_request *out, const struct bg_metadata *metadata,
				 const struct bg_client_auth *auth, struct bg_buf *form, const char *what,
				 struct belgo_error *err) BG_MUST_USE;

struct bg_code_exchange {
	const struct belgo_provider *provider;
	const struct bg_metadata *metadata;
	struct bg_client_auth auth;
	const char *code;
	const char *redirect_uri;
	const char *code_verifier;
	const char *const *resources;
	size_t n_resources;
};
/* @spec RFC 6749 section 4.1.3; RFC 7636 section 4.5 */
belgo_rc bg_code_request(struct belgo_http_request *out, const struct bg_code_exchange *in,
			 struct belgo_error *err) BG_MUST_USE;

struct bg_refresh {
	const struct belgo_provider *provider;
	const struct bg_metadata *metadata;
	struct bg_client_auth auth;
	const char *refresh_token;
	const char *scope;          /* sent only where the provider wants it */
	const char *selected_scope; /* sent in any case, in place of scope; NULL: none */
	const char *redirect_uri;   /* NULL: not sent */
	const char *const *resources;
	size_t n_resources;
};
/* @spec RFC 6749 section 6 */
belgo_rc bg_refresh_request(struct belgo_http_request *out, const struct bg_refresh *in,
			    struct belgo_error *err) BG_MUST_USE;

#define BG_GRANT_JWT_BEARER "urn:ietf:params:oauth:grant-type:jwt-bearer"
struct bg_client_grant {
	const struct belgo_provider *provider;
	const struct bg_metadata *metadata;
	struct bg_client_auth auth;
	const char *scope; /* NULL and "": not sent */
	const char *const *resources;
	size_t n_resources;
	/* By an assertion about this subject, signed with auth.private_key; NULL: by credentials alone. */
	const char *subject;
	const char *jti; /* of the assertion, as `now` is */
	int64_t now;
};
/*
 * BELGO_ENOCLIENT for a client that proves nothing, and with a subject for one without a key.
 * @spec RFC 6749 section 4.4.2; RFC 7523 section 2.1
 */
belgo_rc bg_client_grant_request(struct belgo_http_request *out, const struct bg_client_grant *in,
				 struct belgo_error *err) BG_MUST_USE;

enum bg_grant { BG_GRANT_CODE, BG_GRANT_DEVICE, BG_GRANT_EXCHANGE, BG_GRANT_REFRESH, BG_GRANT_CLIENT };
/* Which type of access token was asked for; nothing else is taken. ISSUED: Bearer, or N_A of what is no
 * access token (RFC 8693). */
enum bg_token_type { BG_TOKEN_BEARER, BG_TOKEN_DPOP, BG_TOKEN_ISSUED };
/* Is it bound to a key, so that no request may carry it without a proof? */
int bg_token_is_bound(const struct belgo_token *token);
/* Adds the header Authorization. BELGO_EINVAL: no header can hold the token; BELGO_ENOMEM. */
belgo_rc bg_token_authorize(struct belgo_http_request *req, const struct belgo_token *token) BG_MUST_USE;

/*
 * The refresh token of a reply with status 200 that was refused for something else; NULL where it has none
 * that could be sent, or memory is short. The one that was spent for it may be dead by now.
 */
char *bg_token_response_refresh_token(const struct belgo_provider *provider,
				      const struct belgo_http_response *res);

/*
 * Judges a reply by itself: access_token and token_type (that of `type`, any case) present and printable,
 * expiries computed from `now`, empty refresh_token as absent. Refused answers: BELGO_EDENIED, at refresh
 * invalid_grant (and what the provider maps to it) BELGO_ELOGIN. secrets: as in reply.h. t->id_token is NOT
 * validated yet.
 * @spec RFC 6749 section 5.1, 5.2
 */
belgo_rc bg_token_response(struct belgo_token **out, const struct belgo_provider *provider,
			   enum bg_grant grant, enum bg_token_type type,
			   const struct belgo_http_response *res, int64_t now, const char *const *secrets,
			   struct belgo_error *err) BG_MUST_USE;

/*
 * What an account holds after a refresh: refresh_token, scope, authorization_details, id_token and token_type
 * fall back to the old ones where the reply has none; the access token's expiry never does, and the refresh
 * token's only together with the refresh token itself. BELGO_ENOMEM.
 */
belgo_rc bg_token_merge(struct belgo_token *fresh, const struct belgo_token *old) BG_MUST_USE;

/* Scopes asked for and not granted, "" where all were; granted NULL counts as all (RFC 6749 section 5.1). */
belgo_rc bg_token_scope_missing(char **out, const struct belgo_provider *provider, const char *asked,
				const char *granted) BG_MUST_USE;
/* Scopes granted and not asked for, "" where there are none; where none was asked for the server chose. */
belgo_rc bg_token_scope_beyond(char **out, const struct belgo_provider *provider, const char *asked,
			       const char *granted) BG_MUST_USE;

#endif
