/* What a protected resource says in WWW-Authenticate: RFC 9110 section 11.6.1, RFC 6750 section 3, RFC 9728
 * section 5.1, RFC 9470 section 3. */
#ifndef BG_PROTO_CHALLENGE_H
#define BG_PROTO_CHALLENGE_H

#include "base/guard.h"

#include <belgoauth/transport.h>

/* Members of the challenges of one scheme, each the first of its name; NULL: not said. */
struct bg_challenge {
	char *error;
	char *error_description;
	char *error_uri;
	char *scope;
	char *resource_metadata;
	char *acr_values;
	char *max_age;
};
/*
 * Bearer, in all WWW-Authenticate fields in turn, several challenges in one included, and `Bearer, realm="x"`
 * with its stray comma. What cannot be read is passed over: a challenge is a hint. BELGO_ENOMEM.
 */
belgo_rc bg_challenge_bearer(struct bg_challenge *out, const struct belgo_http_response *res) BG_MUST_USE;
/* The same of the scheme DPoP. */
belgo_rc bg_challenge_dpop(struct bg_challenge *out, const struct belgo_http_response *res) BG_MUST_USE;
/* Where the metadata are and which scope is wanted: as Bearer says it, else as DPoP does. */
belgo_rc bg_challenge_resource(struct bg_challenge *out, const struct belgo_http_response *res) BG_MUST_USE;
/* Whichever of the two says an error, Bearer first. */
belgo_rc bg_challenge_error(struct bg_challenge *out, const struct belgo_http_response *res) BG_MUST_USE;
void bg_challenge_done(struct bg_challenge *challenge);

#endif
