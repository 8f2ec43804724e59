/*
 * Registering a client at a provider, and looking after the registration: RFC 7591, RFC 7592, OpenID Connect
 * Dynamic Client Registration 1.0.
 */
#ifndef BG_PROTO_REGISTRATION_H
#define BG_PROTO_REGISTRATION_H

#include "base/json.h"
#include "proto/discovery.h"

#define BG_MAX_SOFTWARE_STATEMENT BG_MAX_JWT

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
};

/* A client as its provider registered it. */
struct bg_registration {
	char *issuer;
	char *client_id;
	char *client_secret;              /* NULL: none */
	int64_t client_secret_expires_at; /* POSIX seconds, 0: never */
	char *token_endpoint_auth_method; /* NULL: not said, metadata decide */
	char *private_key;                /* a JWK; NULL: none */
	/* Where the registration is managed, and the token for it; both NULL where the provider offers it
	 * not. */
	char *registration_client_uri;
	char *registration_access_token;
	char **redirect_uris; /* NULL-terminated; NULL: none */
	json_t *metadata; /* all that the provider said, without the three secrets and what goes with them */
};
void bg_registration_free(struct bg_registration **registration);
/* Can it be used at that time, POSIX seconds? */
int bg_registration_is_live(const struct bg_registration *registration, int64_t now);

#endif
