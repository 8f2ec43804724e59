/* Keys for an agreement: X25519 and P-256, from JWK or PEM, judged before they are used. RFC 7518 section
 * 6.2, RFC 8037 section 2. */
#ifndef BG_JOSE_AGREE_KEY_H
#define BG_JOSE_AGREE_KEY_H

#include "base/json.h"

#include <openssl/evp.h>

enum bg_agree_half { BG_AGREE_PUBLIC, BG_AGREE_PRIVATE };

/* text: a JWK, or PEM without a passphrase; a private key serves as a public one too. BELGO_EINVAL,
 * BELGO_ENOMEM. */
belgo_rc bg_agree_key_read(EVP_PKEY **out, const char *text, enum bg_agree_half half,
			   struct belgo_error *err) BG_MUST_USE;
/* BELGO_EPROTO: not a sound key; BELGO_ENOMEM. jwk may be NULL. */
belgo_rc bg_agree_key_from_jwk(EVP_PKEY **out, const json_t *jwk, enum bg_agree_half half,
			       struct belgo_error *err) BG_MUST_USE;

/* A public key as bytes: X25519's 32, or the uncompressed point of SEC 1. */
#define BG_AGREE_POINT 65
struct bg_agree_point {
	unsigned char bytes[BG_AGREE_POINT];
	size_t len;
};
/* 0: libcrypto failed. */
int bg_agree_point_of(struct bg_agree_point *out, const EVP_PKEY *key);
belgo_rc bg_agree_point_to_jwk(json_t **out, const struct bg_agree_point *point) BG_MUST_USE;

#endif
