/*
 * Registering a client at a provider, and looking after the registration: RFC 7591, RFC 7592, OpenID Connect
 * Dynamic Client Registration 1.0.
 */
#ifndef BG_PROTO_REGISTRATION_H
#define BG_PROTO_REGISTRATION_H

#include "base/json.h"
#include "proto/client_auth.h"
#include "proto/discovery.h"

/* What a native client says of itself. Borrows everything; NULL and 0 are the defaults. */
struct bg_registration_wish {
	const struct belgo_provider *provider; /* required */
	const struct bg_metadata *metadata;    /* required */
	const char *client_name;               /* required */
	const char *const *redirect_uris;      /* loopback; at least one where a code is to be redirected */
	size_t n_redirect_uris;
	/* 0: authorization_code, refresh_token and device_code, as far as the provider offers them */
	const char *const *grant_types;
	size_t n_grant_types;
	const char *scope; /* blank separated; NULL or "": not said */
	/* NULL: none, where the provider takes it or lists nothing, else the first of its list that this
	 * library knows */
	const char *token_endpoint_auth_method;
	const char *private_key; /* a JWK: its public half goes along; required for private_key_jwt */
	const char *initial_access_token; /* NULL: registration is open */
	const char *software_statement;   /* a JWT; NULL: none */
	/* of a document alone: the client's public keys, or where they are published; NULL: it has none */
	const char *jwks;
	const char *jwks_uri;
};

/* A client as its provider registered it. */
struct bg_registration {
	char *issuer;
	char *client_id;
	char *client_secret;              /* NULL: none */
	int64_t client_secret_expires_at; /* POSIX seconds, 0: never */
	char *token_endpoint_auth_method; /* NULL: not said, the provider's metadata decide */
	char *private_key;                /* a JWK; NULL: none */
	/* Where the registration is managed, and the token for it; both NULL where the provider offers it
	 * not.
	 */
	char *registration_client_uri;
	char *registration_access_token;
	/* All that the provider said of the client, "redirect_uris" in any case; without the members above
	 * that are secret or change by themselves. */
	json_t *metadata;
};
void bg_registration_free(struct bg_registration **registration);
/* Can it be used at that time, POSIX seconds? */
int bg_registration_is_live(const struct bg_registration *registration, int64_t now);

/*
 * The method that is asked for: the wish's, else none where the provider lists it or lists nothing, else the
 * first of the provider's that takes least. BELGO_EINVAL: unknown; BELGO_EPROTO: none of the provider's is
 * known here.
 */
belgo_rc bg_registration_method(enum bg_auth_method *out, const struct bg_registration_wish *wish,
				struct belgo_error *err) BG_MUST_USE;
/* Can nobody but this machine receive what is redirected there? BELGO_EINVAL if not. */
belgo_rc bg_registration_check_redirect(const char *text, struct belgo_error *err) BG_MUST_USE;
/* *out: the client metadata to be sent. BELGO_EINVAL for a wish that no native client can have. */
belgo_rc bg_registration_metadata(json_t **out, const struct bg_registration_wish *wish,
				  struct belgo_error *err) BG_MUST_USE;
/* *out: the same of a client that is registered, with what the wish names changed; provider, metadata and
 * both tokens are not looked at. */
belgo_rc bg_registration_change(json_t **out, const struct bg_registration *registration,
				const struct bg_registration_wish *wish, struct belgo_error *err) BG_MUST_USE;

/* metadata of `provider`: BELGO_ENOTFOUND where it has no registration_endpoint. */
belgo_rc bg_registration_request(struct belgo_http_request *out, const struct bg_registration_wish *wish,
				 const json_t *client_metadata, struct belgo_error *err) BG_MUST_USE;
/* method: "GET", "PUT" with client metadata, "DELETE". BELGO_ENOTFOUND where the registration cannot be
 * managed. */
belgo_rc bg_registration_manage_request(struct belgo_http_request *out, const char *method,
					const struct bg_registration *registration,
					const json_t *client_metadata, struct belgo_error *err) BG_MUST_USE;

/* What an answer is judged by. Borrows everything. */
struct bg_registration_expect {
	const struct belgo_provider *provider;
	const char *endpoint;              /* that was asked; the management lives at its origin */
	const json_t *asked;               /* what was sent, or NULL */
	const struct bg_registration *old; /* NULL: it is a new client */
	const char *private_key;           /* that was registered along, or NULL */
	const char *const *secrets;        /* cut out of what the provider says */
};
/*
 * *out: the caller's. BELGO_EPROTO also where the provider registered less than a login needs, or more
 * redirect URIs than were asked for. BELGO_EDENIED, BELGO_EUNAVAILABLE.
 */
belgo_rc bg_registration_response(struct bg_registration **out, const struct bg_registration_expect *expect,
				  const struct belgo_http_response *res, struct belgo_error *err) BG_MUST_USE;
/*
 * *out: the registration_access_token that the answer puts in place of the old one, or NULL. It counts
 * whatever else the answer says: the old one is dead. BELGO_ENOMEM.
 */
belgo_rc bg_registration_rotated(char **out, const struct bg_registration *old,
				 const struct belgo_http_response *res, struct belgo_error *err) BG_MUST_USE;
belgo_rc bg_registration_delete_response(const struct bg_registration_expect *expect,
					 const struct belgo_http_response *res,
					 struct belgo_error *err) BG_MUST_USE;

#endif
