/*
 * Answers that a provider signs, and may encrypt, for one client, as a JWT in place of JSON: OpenID Connect
 * Core 5.3.2, RFC 9701. Finding the key is flow/verify.h's, what the claims mean is their exchange's.
 */
#ifndef BG_PROTO_SIGNED_ANSWER_H
#define BG_PROTO_SIGNED_ANSWER_H

#include "jose/jws.h"
#include "proto/discovery.h"
#include "proto/encryption.h"

enum bg_answer_iat { BG_ANSWER_IAT_OPTIONAL, BG_ANSWER_IAT_FRESH };

/* What is expected; everything is borrowed. */
struct bg_signed_answer {
	const char *what;       /* a literal, "the introspection answer" */
	const char *media_type; /* a literal */
	enum bg_jws_typ typ;
	enum bg_answer_iat iat; /* FRESH: it must say when it was made, and that must be now */
	int needs_exp;          /* it must say when it expires */
	int is_fapi;            /* only what FAPI 2.0 allows may have signed */
	const struct belgo_provider *provider;
	const struct bg_metadata *metadata;
	char *const *algs; /* advertised; NULL: RS256 */
	const char *client_id;
	const json_t *encryption; /* what was agreed; NULL: that it comes in the open */
	enum bg_encrypted which;
	int64_t now;
	int64_t tolerance; /* seconds */
};

/* Is this a success in that media type, or one that was to be encrypted? What it says is not looked at. */
int bg_signed_answer_is(const struct belgo_http_response *res, const struct bg_signed_answer *expect);
/* Decrypted where that was agreed, taken apart, its algorithm judged; HMAC never. BELGO_EPROTO,
 * BELGO_ESIGNATURE, BELGO_ENOMEM. */
belgo_rc bg_signed_answer_parse(struct bg_jws *out, const struct belgo_http_response *res,
				const struct bg_signed_answer *expect, struct belgo_error *err) BG_MUST_USE;
/* The same of a JWT that did not come in an HTTP answer. */
belgo_rc bg_signed_answer_parse_jwt(struct bg_jws *out, const char *jwt,
				    const struct bg_signed_answer *expect,
				    struct belgo_error *err) BG_MUST_USE;
/* Signature, iss, aud and times. *claims: the payload, a new reference. BELGO_ESIGNATURE, BELGO_EISSUER,
 * BELGO_ECLAIM, BELGO_EPROTO. */
belgo_rc bg_signed_answer_validate(json_t **claims, const struct bg_jws *jws, const struct bg_jwk *key,
				   const struct bg_signed_answer *expect,
				   struct belgo_error *err) BG_MUST_USE;

#endif
