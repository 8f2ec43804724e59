/* The claims of an ID token whose signature and issuer are settled; only id_token.c calls this. */
#ifndef BG_PROTO_ID_TOKEN_CLAIMS_H
#define BG_PROTO_ID_TOKEN_CLAIMS_H

#include "proto/id_token.h"

/* alg: what the token was signed with. BELGO_ECLAIM, BELGO_EPROTO (wrong type), BELGO_EISSUER (not the prior
 * one), BELGO_ENOMEM. */
belgo_rc bg_id_token_check_claims(const json_t *claims, const struct bg_alg *alg,
				  const struct bg_id_token_expect *expect, const int64_t *clock_skew,
				  struct belgo_error *err) BG_MUST_USE;

#endif
