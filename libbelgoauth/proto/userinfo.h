/* Userinfo: OpenID Connect Core 5.3, RFC 6750. An answer is JSON, or a JWT that the provider signed. */
#ifndef BG_PROTO_USERINFO_H
#define BG_PROTO_USERINFO_H

#include "proto/reply.h"
#include "proto/signed_answer.h"

#include <belgoauth/token.h>

/* certificate: what the token may be bound to, PEM with its private key; NULL: none is shown. encryption:
 * what was agreed, or NULL. */
belgo_rc bg_userinfo_request(struct belgo_http_request *out, const struct belgo_provider *provider,
			     const struct bg_metadata *metadata, const struct belgo_token *token,
			     const char *certificate, const json_t *encryption,
			     struct belgo_error *err) BG_MUST_USE;
/* What a signed answer must be like; now and tolerance are the caller's. */
struct bg_signed_answer bg_userinfo_signed(const struct belgo_provider *provider,
					   const struct bg_metadata *metadata, const char *client_id,
					   const json_t *encryption);
/*
 * An answer in JSON, or a refusal. subject: the ID token's `sub`; NULL for OAuth-only providers, whose
 * answers have no sub to compare. BELGO_ECLAIM: another or no sub. BELGO_ELOGIN: 401 (the caller refreshes
 * once). BELGO_EDENIED: 403 and the like. secrets: as in reply.h.
 * @spec OpenID Connect Core section 5.3.2, 5.3.4
 */
belgo_rc bg_userinfo_response(json_t **out, const struct belgo_provider *provider,
			      const struct belgo_http_response *res, const char *subject,
			      const char *const *secrets, struct belgo_error *err) BG_MUST_USE;
/* The same of a signed answer's claims, once they are believed. */
belgo_rc bg_userinfo_claims(json_t **out, json_t *claims, const char *subject,
			    struct belgo_error *err) BG_MUST_USE;

/*
 * The profile from claims by OpenID Connect's names (sub else id, or the preset's subject_claim; email,
 * email_verified as boolean or "true"/"false", name, picture else avatar_url), or by the provider's hook.
 * BELGO_ECLAIM: no subject, or one that is empty, longer than BG_MAX_SUBJECT or has control characters. What
 * is for display only and malformed is left out.
 */
belgo_rc bg_profile_map(struct bg_profile *out, const struct belgo_provider *provider, const json_t *claims,
			struct belgo_error *err) BG_MUST_USE;
/*
 * The same, or by the program's hook. is_verified: an ID token is among the claims, and its subject stays.
 * BELGO_ECLAIM: also for a hook that names another one, or none where it must.
 */
belgo_rc bg_profile_identify(struct bg_profile *out, const struct belgo_provider *provider,
			     const json_t *claims, int is_verified, struct belgo_error *err) BG_MUST_USE;

#endif
