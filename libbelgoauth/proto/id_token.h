/* ID-token validation: OpenID Connect Core 3.1.3.7, 3.1.3.8 and 12.2, RFC 8725. */
#ifndef BG_PROTO_ID_TOKEN_H
#define BG_PROTO_ID_TOKEN_H

#include "jose/jws.h"
#include "proto/discovery.h"

/* HANDED_IN: it came from the browser or a device, not from the token endpoint; so HMAC proves nothing, for
 * the secret may be in the hands of whoever brought it. MOVED: of a refresh, the first that is seen here of a
 * login elsewhere; nobody here knows the nonce of that. */
enum bg_id_token_use { BG_ID_TOKEN_LOGIN, BG_ID_TOKEN_REFRESH, BG_ID_TOKEN_HANDED_IN, BG_ID_TOKEN_MOVED };

struct bg_id_token_expect {
	const struct belgo_provider *provider;
	const struct bg_metadata *metadata;
	enum bg_id_token_use use;
	const char *const
	    *client_ids; /* the first is ours on the wire; all are accepted in aud and azp; NULL-terminated */
	const char *client_secret; /* for clients registered for HS*; else NULL */
	const json_t *encryption;  /* what was agreed, encryption.h; NULL: that it comes signed alone */
	const char *nonce;         /* NULL: none was sent; then one in the token is refused */
	const char *access_token;  /* for at_hash */
	const char *code;          /* for c_hash; NULL at refresh */
	const char *state;         /* for s_hash; NULL: there was no redirect */
	int64_t max_age;           /* -1: not asked */
	const char *hd;            /* asked for at login, or NULL */
	const char *claims;        /* the login's claims parameter, for what is essential; or NULL */
	int is_fapi;               /* only what FAPI 2.0 allows may have signed */
	int64_t now;
	int64_t tolerance; /* seconds */
	/* REFRESH: what the first token said (Core 12.2) */
	const char *prior_issuer;
	const char *prior_subject;
	const json_t *prior_claims; /* for aud, azp, iat, auth_time; NULL: unknown */
};

/* What the caller must do before validation: parse (jws.h), choose a key by header; then: */

/*
 * @spec OpenID Connect Core section 3.1.3.7
 * May this algorithm sign? The provider's id_token_algs, else those advertised among the asymmetric ones,
 * else RS256. HANDED_IN: an asymmetric one, always. BELGO_ESIGNATURE.
 */
belgo_rc bg_id_token_check_alg(const struct bg_jws *jws, const struct bg_id_token_expect *expect,
			       struct belgo_error *err) BG_MUST_USE;
/*
 * Signature with key (NULL: HMAC with client_secret) and all claims. *claims: the payload, a new reference,
 * the caller's. BELGO_ESIGNATURE, BELGO_EISSUER, BELGO_ECLAIM, BELGO_EPROTO. A time that fails though the
 * clock was measured to be off says so: skew as in reply.h, NULL unknown.
 */
belgo_rc bg_id_token_validate(json_t **claims, const struct bg_jws *jws, const struct bg_jwk *key,
			      const struct bg_id_token_expect *expect, const int64_t *clock_skew,
			      struct belgo_error *err) BG_MUST_USE;

#endif
