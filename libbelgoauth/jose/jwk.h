/*
 * Keys of a JWK Set: parsed one by one, unusable ones skipped, chosen by the rules of RFC 7515 section 4.1.4
 * and RFC 7517. Numbers are parsed only for the keys that a header selects.
 */
#ifndef BG_JOSE_JWK_H
#define BG_JOSE_JWK_H

#include "base/json.h"
#include "jose/alg.h"

struct bg_jwks; /* an immutable set; owns its JSON */
struct bg_jwk;  /* one public key ready to verify with */

/*
 * @spec RFC 7517 section 5
 * BELGO_EPROTO for a document that is no set or holds more than BG_MAX_JWKS_KEYS keys. Keys that cannot be
 * used stay in it unseen.
 */
belgo_rc bg_jwks_parse(struct bg_jwks **out, const char *text, size_t len,
		       struct belgo_error *err) BG_MUST_USE;
void bg_jwks_free(struct bg_jwks **set);
/* Has it a member that is nobody else's business: of a private key, or of a symmetric one? */
int bg_jwk_is_private(const json_t *jwk);
/* Does any key carry this kid? */
int bg_jwks_has_kid(const struct bg_jwks *set, const char *kid);

/*
 * The key for alg and kid (NULL: the header has none). Skipped: another kty or crv, use other than sig,
 * key_ops without verify, alg other than alg, private or symmetric members, weak or malformed numbers (RSA
 * outside 2048..8192 bits, even or ROCA moduli, e even or outside 3..2^32; points off the curve, of wrong
 * length or of small order). With a kid: exactly the keys of that kid. Without: the keys that fit. More than
 * one survivor: BELGO_ESIGNATURE (ambiguous). BELGO_ENOTFOUND: none (the caller may refetch once).
 * BELGO_ENOMEM.
 */
belgo_rc bg_jwks_select(struct bg_jwk **out, const struct bg_jwks *set, const struct bg_alg *alg,
			const char *kid, struct belgo_error *err) BG_MUST_USE;
/* The key's own `issuer` member (multi-tenant providers), or NULL. Borrowed. */
const char *bg_jwk_issuer(const struct bg_jwk *key);
void bg_jwk_free(struct bg_jwk **key);

/* For jws.c: the EVP_PKEY, borrowed, and the one algorithm it was chosen for. */
struct evp_pkey_st *bg_jwk_pkey(const struct bg_jwk *key);
const struct bg_alg *bg_jwk_alg(const struct bg_jwk *key);

#endif
