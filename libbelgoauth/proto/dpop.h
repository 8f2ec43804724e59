/*
 * A proof that the sender of a request holds a key, and what a server says about such proofs: RFC 9449. Whose
 * key it is, and which nonce was given when, is flow/dpop.h's.
 */
#ifndef BG_PROTO_DPOP_H
#define BG_PROTO_DPOP_H

#include "base/json.h"
#include "jose/alg.h"

#include <belgoauth/transport.h>

struct bg_dpop_proof {
	const json_t *key; /* jose/private_key.h; its public half goes into the proof */
	const char *method;
	const char *url; /* of the request; what follows its path is left out */
	const char *jti; /* fresh and not to be guessed */
	int64_t now;
	const char *access_token; /* that goes along; NULL: none */
	const char *nonce;        /* the server's; NULL: none was given */
};
/*
 * *out: the JWT for the header DPoP, under the key's algorithm. BELGO_EINVAL: a member is missing, a method
 * or a URL that no request could have, a key that does not sign; else as bg_jws_sign().
 * @spec RFC 9449 section 4.2
 */
belgo_rc bg_dpop_proof_make(char **out, const struct bg_dpop_proof *in, struct belgo_error *err) BG_MUST_USE;

/* *out: base64url of SHA-256 over text: how a proof names a token, and to some providers a code.
 * BELGO_ENOMEM. */
belgo_rc bg_dpop_hash(char **out, const char *text) BG_MUST_USE;

/*
 * The algorithm a fresh key is made for: "ES256", or "EdDSA" where the provider takes that alone. supported:
 * dpop_signing_alg_values_supported, NULL: not said. NULL: the provider takes neither.
 */
const char *bg_dpop_alg(char *const *supported);

/* The nonce that came with an answer, borrowed; NULL: none, more than one, or one that no proof could carry.
 * @spec RFC 9449 section 8.1 */
const char *bg_dpop_nonce(const struct belgo_http_response *res);

/* @spec RFC 9449 section 8.1 */
int bg_dpop_nonce_is_valid(const char *nonce);

/* What an answer of a server that was sent a proof asks for. */
enum bg_dpop_complaint {
	BG_DPOP_FINE,
	BG_DPOP_WANTS_NONCE, /* use_dpop_nonce, and a nonce came along */
	BG_DPOP_BAD_PROOF,   /* invalid_dpop_proof: it may be the time */
};
/* At the token endpoint. BELGO_ENOMEM. @spec RFC 9449 section 8 */
belgo_rc bg_dpop_token_complaint(enum bg_dpop_complaint *out,
				 const struct belgo_http_response *res) BG_MUST_USE;
/* At a protected resource. BELGO_ENOMEM. @spec RFC 9449 section 9 */
belgo_rc bg_dpop_resource_complaint(enum bg_dpop_complaint *out,
				    const struct belgo_http_response *res) BG_MUST_USE;

#endif
