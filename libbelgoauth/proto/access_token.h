/*
 * An access token as the resource server sees it that it is shown to: a JWT of RFC 9068, one of the kind that
 * servers issued before it, or a token of any kind with what its issuer says of it. The key is the caller's
 * to find, the issuer the caller's to ask, a proof of possession the caller's to check.
 */
#ifndef BG_PROTO_ACCESS_TOKEN_H
#define BG_PROTO_ACCESS_TOKEN_H

#include "jose/jws.h"
#include "proto/provider.h"

#include <belgoauth/client.h>

struct bg_access_token_expect {
	const struct belgo_provider *provider;
	const char *issuer; /* the metadata's */
	enum belgo_access_token_profile profile;
	char *const *algs;         /* that may have signed it; NULL: any that a published key verifies */
	char *const *audiences;    /* one of them must be in aud; NULL-terminated; NULL for an answer: any */
	char *const *client_ids;   /* NULL: any client's */
	const char *scope;         /* all of these words must be granted; NULL: none */
	unsigned checked_bindings; /* enum belgo_binding */
	int64_t now;
	int64_t tolerance; /* seconds */
	int is_answer;     /* the claims are what the issuer answered: it need not say when the token ends */
};

/*
 * @spec RFC 9068 section 4; RFC 8725 section 3
 * Takes it apart: typ by profile, an algorithm that is allowed and that a published key verifies.
 * BELGO_EPROTO, BELGO_ESIGNATURE, BELGO_ENOMEM.
 */
belgo_rc bg_access_token_parse(struct bg_jws *out, const char *token,
			       const struct bg_access_token_expect *expect,
			       struct belgo_error *err) BG_MUST_USE;
/*
 * Signature and claims. *claims: the payload, a new reference, the caller's. BELGO_ESIGNATURE,
 * BELGO_EISSUER, BELGO_ECLAIM, BELGO_EPROTO (a claim of a wrong type); where nothing but scope is missing,
 * BELGO_ECLAIM with oauth_error "insufficient_scope".
 */
belgo_rc bg_access_token_validate(json_t **claims, const struct bg_jws *jws, const struct bg_jwk *key,
				  const struct bg_access_token_expect *expect,
				  struct belgo_error *err) BG_MUST_USE;
/*
 * @spec RFC 7662 section 2.2; RFC 9449 section 6.2; RFC 8705 section 3.2
 * What the issuer answered, its form being judged (introspect.h): is that an access token, active, and one
 * for us? expect->is_answer is set. The same errors.
 */
belgo_rc bg_access_token_check_answer(const json_t *answer, const struct bg_access_token_expect *expect,
				      struct belgo_error *err) BG_MUST_USE;
/* The claims alone, where signature and issuer are settled; the same errors. */
belgo_rc bg_access_token_check_claims(const json_t *claims, const struct bg_access_token_expect *expect,
				      struct belgo_error *err) BG_MUST_USE;

#endif
