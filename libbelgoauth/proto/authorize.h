/* The authorization request: RFC 6749 section 4.1.1, OpenID Connect Core 3.1.2.1, RFC 7636, RFC
 * 8707. */
#ifndef BG_PROTO_AUTHORIZE_H
#define BG_PROTO_AUTHORIZE_H

#include "base/buf.h"
#include "proto/discovery.h"

#include <belgoauth/client.h>

struct bg_authorize {
	const struct belgo_provider *provider;
	const struct bg_metadata *metadata;
	const char *client_id;
	const char *redirect_uri;
	const char *scope; /* NULL: none is sent */
	const char *state;
	const char *nonce; /* NULL: not an OpenID request */
	const char *code_verifier;
	const char *dpop_jkt; /* the thumbprint of the key that the tokens will be bound to; NULL: none */
	const char *response_mode; /* NULL: not sent */
	const char *prompt;
	const char *login_hint;
	const char *hd;
	const char *access_type;
	const char *claims;
	const char *acr_values;            /* blank separated */
	const char *authorization_details; /* a JSON array, RFC 9396 */
	int64_t max_age;                   /* -1: not sent */
	const char *const *resources;
	size_t n_resources;
	const struct belgo_param *extra; /* win over the preset's; none may name a protocol parameter */
	size_t n_extra;
	const char *request;     /* the same as a signed object stands for all of it (RFC 9101); NULL: none */
	const char *request_uri; /* what was pushed stands for all of it (RFC 9126); NULL: nothing was */
};
/*
 * The request's parameters, all but client_id, which client authentication may bring along. form is empty,
 * with a ceiling; on failure it is fit for freeing only.
 * BELGO_EINVAL: an extra parameter that would replace one of ours (client_id, redirect_uri, response_type,
 * state, nonce, code_challenge...), claims that are no JSON object, a resource that is no absolute URI or has
 * a fragment. An extra parameter with the value "" is left out, the preset's of that name with it.
 */
belgo_rc bg_authorize_form(struct bg_buf *form, const struct bg_authorize *in,
			   struct belgo_error *err) BG_MUST_USE;
/* Where the browser is sent: the endpoint with client_id and those parameters, or with client_id and
 * request_uri, or request, alone. Ends as bg_authorize_form(). */
belgo_rc bg_authorize_url(char **out, const struct bg_authorize *in, struct belgo_error *err) BG_MUST_USE;

/* A parameter that this library sets by itself, or that has no place in a URL: neither a preset nor a caller
 * may add it. */
int bg_authorize_param_is_reserved(const char *name);
/*
 * The caller's further parameters of a request `what`: each with a printable name that is not the library's,
 * and a value in UTF-8, and none of them twice. BELGO_EINVAL.
 */
belgo_rc bg_further_params_check(const struct belgo_param *extra, size_t n, const char *what,
				 struct belgo_error *err) BG_MUST_USE;
/* Adds them, all but those with the value "". */
belgo_rc bg_further_params_add(struct bg_buf *form, const struct belgo_param *extra, size_t n) BG_MUST_USE;

/*
 * The scope to ask for. params' scope, mode and openid_mode; `had`: what the account was granted (ADD); the
 * preset's default, or for a bare issuer `openid profile email offline_access` cut to scopes_supported.
 * openid is added for OIDC unless NEVER. For a protected resource nothing is added but offline_access, where
 * the server lists it. *out may be "".
 */
struct bg_scope_request {
	const struct belgo_provider *provider;
	const struct bg_metadata *metadata;
	const char *scope;
	enum belgo_scope_mode mode;
	enum belgo_openid_mode openid_mode;
	const char *had;
	int protected_resource;
};
belgo_rc bg_authorize_scope(char **out, const struct bg_scope_request *in) BG_MUST_USE;

#endif
