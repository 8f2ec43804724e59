/* Token introspection: RFC 7662, and its signed answers: RFC 9701. */
#ifndef BG_PROTO_INTROSPECT_H
#define BG_PROTO_INTROSPECT_H

#include "proto/client_auth.h"
#include "proto/reply.h"
#include "proto/signed_answer.h"

struct bg_introspect {
	const struct bg_metadata *metadata;
	struct bg_client_auth auth;
	const char *token;
	const char *token_type_hint; /* "refresh_token" or "access_token" */
	const json_t *encryption;    /* what was agreed, or NULL */
};
/* A signed answer is asked for where the metadata says that there are any, and no other where it is to be
 * encrypted. */
belgo_rc bg_introspect_request(struct belgo_http_request *out, const struct bg_introspect *in,
			       struct belgo_error *err) BG_MUST_USE;
/* What a signed answer must be like; now and tolerance are the caller's. */
struct bg_signed_answer bg_introspect_signed(const struct belgo_provider *provider,
					     const struct bg_metadata *metadata, const char *client_id,
					     const json_t *encryption);
/* An answer in JSON, or a refusal. BELGO_EDENIED, BELGO_EUNAVAILABLE, BELGO_EPROTO. secrets: as in reply.h.
 */
belgo_rc bg_introspect_response(json_t **out, const struct belgo_provider *provider,
				const struct belgo_http_response *res, const char *const *secrets,
				struct belgo_error *err) BG_MUST_USE;
/* The same of a signed answer's claims, once they are believed. */
belgo_rc bg_introspect_claims(json_t **out, const json_t *claims, struct belgo_error *err) BG_MUST_USE;
/* A server may send the token back, which whoever prints the answer must not print: cuts it out. Only after
 * the answer was judged, for the token is its sender's choice, and what is cut says nothing any more.
 * BELGO_ENOMEM. */
belgo_rc bg_introspect_cut(json_t *answer, const char *token, struct belgo_error *err) BG_MUST_USE;

#endif
