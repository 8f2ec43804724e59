/* The device authorization grant: the codes that a user takes to another machine, and the asking until they
 * are used. RFC 8628. */
#ifndef BG_PROTO_DEVICE_H
#define BG_PROTO_DEVICE_H

#include "proto/token.h"

#include <belgoauth/client.h>

struct bg_device_authorize {
	const struct belgo_provider *provider;
	const struct bg_metadata *metadata;
	struct bg_client_auth auth;
	const char *scope;                 /* NULL: not sent */
	const char *authorization_details; /* a JSON array, RFC 9396; NULL: not sent */
	const char *const *resources;
	size_t n_resources;
	const struct belgo_param *extra;
	size_t n_extra;
};
/* @spec RFC 8628 section 3.1 */
belgo_rc bg_device_request(struct belgo_http_request *out, const struct bg_device_authorize *in,
			   struct belgo_error *err) BG_MUST_USE;

#define BG_GRANT_DEVICE_CODE "urn:ietf:params:oauth:grant-type:device_code"

struct bg_device {
	char *device_code;
	char *user_code;
	char *verification_uri;
	char *verification_uri_complete; /* NULL: none that leads to the same place */
	int64_t expires_in;              /* seconds */
	int64_t interval;                /* seconds between two requests for the token */
};
void bg_device_done(struct bg_device *device);
/*
 * Judges the answer; what is in it will be shown to a user and typed into a browser. Refused: BELGO_EDENIED.
 * secrets: as in reply.h.
 * @spec RFC 8628 section 3.2
 */
belgo_rc bg_device_response(struct bg_device *out, const struct belgo_provider *provider,
			    const struct belgo_http_response *res, const char *const *secrets,
			    struct belgo_error *err) BG_MUST_USE;

struct bg_device_exchange {
	const struct bg_metadata *metadata;
	struct bg_client_auth auth;
	const char *device_code;
	const char *const *resources;
	size_t n_resources;
};
/* @spec RFC 8628 section 3.4 */
belgo_rc bg_device_token_request(struct belgo_http_request *out, const struct bg_device_exchange *in,
				 struct belgo_error *err) BG_MUST_USE;
/*
 * BELGO_OK with *out NULL: not yet; ask again after *interval seconds, which may have grown.
 * BELGO_ECANCELLED: the user said no. BELGO_ETIMEDOUT: the codes are too old. Otherwise as
 * bg_token_response().
 * @spec RFC 8628 section 3.5
 */
belgo_rc bg_device_token_response(struct belgo_token **out, int64_t *interval,
				  const struct belgo_provider *provider, enum bg_token_type type,
				  const struct belgo_http_response *res, int64_t now,
				  const char *const *secrets, struct belgo_error *err) BG_MUST_USE;
/* The interval after a request that brought no answer: never less than before. @spec RFC 8628 section 3.5 */
int64_t bg_device_backoff(int64_t interval);

#endif
