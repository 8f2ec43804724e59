/* A web login between its two calls: what the answer will be judged by, sealed so that a browser can keep it.
 */
#ifndef BG_PROTO_PENDING_H
#define BG_PROTO_PENDING_H

#include "base/aead.h"

struct bg_pending {
	char *state;
	char *nonce; /* NULL: not an OpenID request */
	char *code_verifier;
	char *scope;
	char *dpop_key; /* a JWK; NULL: the tokens are bound to nothing */
	char *payload;  /* the program's; NULL: none */
	int64_t expires_at;
};
void bg_pending_done(struct bg_pending *pending);

/* How it is sealed: binding is bound to it and not in it. */
struct bg_pending_seal {
	const unsigned char *key; /* BG_AEAD_KEY bytes */
	const char *binding;
};

/* *out: base64url, at most BG_MAX_PENDING bytes: BELGO_EINVAL past that. nonce: BG_AEAD_NONCE fresh random
 * bytes. */
belgo_rc bg_pending_seal(char **out, const struct bg_pending *pending, const struct bg_pending_seal *how,
			 const unsigned char *nonce, struct belgo_error *err) BG_MUST_USE;
/* BELGO_ESTATE: cut, altered, sealed by another key or for another binding, or expired. */
belgo_rc bg_pending_open(struct bg_pending *out, const char *text, const struct bg_pending_seal *how,
			 int64_t now, struct belgo_error *err) BG_MUST_USE;

#endif
