/*
 * Compact JWS: taken apart strictly, verified with one key under one algorithm. Nothing in the header is
 * trusted: jwk, jku, x5u, x5c and x5t are never looked at, any crit is refused. RFC 7515, RFC 8725.
 */
#ifndef BG_JOSE_JWS_H
#define BG_JOSE_JWS_H

#include "jose/jwk.h"

struct bg_jws {
	json_t *header;
	json_t *payload; /* NOT verified until bg_jws_verify succeeds; for key choice only */
	const struct bg_alg *alg;
	char *kid; /* NULL: none */
	char *signing_input;
	size_t signing_input_len;
	unsigned char *signature;
	size_t signature_len;
};

/* Which `typ` a token may carry. */
enum bg_jws_typ {
	BG_JWS_TYP_JWT,           /* absent, "JWT" in any case, or "application/jwt" */
	BG_JWS_TYP_AT_JWT,        /* "at+jwt" or "application/at+jwt" */
	BG_JWS_TYP_INTROSPECTION, /* "token-introspection+jwt" */
	BG_JWS_TYP_OWN,           /* any: who signed it knows what it is */
};

/*
 * @spec RFC 7515 section 5.2; RFC 8725 section 3
 * Three non-empty segments, strict base64url, at most max bytes (BG_MAX_JWT), JSON objects through the gate;
 * refuses crit, b64, zip, cty, an unknown or missing alg, `none`, a kid that is no string or too long,
 * another typ. BELGO_EPROTO, BELGO_ESIGNATURE (alg), BELGO_ENOMEM.
 */
belgo_rc bg_jws_parse(struct bg_jws *out, const char *compact, enum bg_jws_typ typ, size_t max,
		      const char *what, struct belgo_error *err) BG_MUST_USE;
/* *payload of one of which nothing else was looked at: nobody has signed it yet. A new reference.
 * BELGO_EPROTO, BELGO_ENOMEM. */
belgo_rc bg_jws_peek(json_t **payload, const char *compact, size_t max, const char *what,
		     struct belgo_error *err) BG_MUST_USE;
/* BELGO_ESIGNATURE unless the signature is right, BELGO_ENOMEM. HMAC never verifies here. */
belgo_rc bg_jws_verify(const struct bg_jws *jws, const struct bg_jwk *key,
		       struct belgo_error *err) BG_MUST_USE;
/*
 * The same for HS256/384/512 with a client secret of at least the hash's length; for clients registered so,
 * never because a provider advertises it. RFC 7518 section 3.2.
 */
belgo_rc bg_jws_verify_hmac(const struct bg_jws *jws, const char *secret,
			    struct belgo_error *err) BG_MUST_USE;
void bg_jws_done(struct bg_jws *jws);

/* *out: base64url of the left half of alg's hash over text (at_hash, c_hash, s_hash). OpenID Connect
 * Core 3.1.3.6. */
belgo_rc bg_jws_half_hash(char **out, const struct bg_alg *alg, const char *text) BG_MUST_USE;

#endif
