/* AES-GCM: bytes in, bytes out; with keys of 256 bits, but where a peer chose others. Where keys and nonces
 * come from is the caller's business, and that no nonce comes twice under a key. */
#ifndef BG_AEAD_H
#define BG_AEAD_H

#include "base/guard.h"

#define BG_AEAD_KEY 32
#define BG_AEAD_NONCE 12
#define BG_AEAD_TAG 16

struct bg_aead {
	const unsigned char *key;
	const unsigned char *nonce;
	size_t key_len; /* 16, 24 or 32; 0: BG_AEAD_KEY */
	/* Bound to the bytes, one after the other, and not in them. */
	struct {
		const void *data;
		size_t len;
	} aad[2];
};

/* out: len + BG_AEAD_TAG bytes. BELGO_EINVAL: more than an int can count; BELGO_EINTERNAL. */
belgo_rc bg_aead_seal(unsigned char *out, const struct bg_aead *how, const void *data,
		      size_t len) BG_MUST_USE;
/*
 * out: len - BG_AEAD_TAG bytes, zeroed where they are not to be believed. BELGO_EPROTO: cut, altered, of
 * another key or with other bound bytes; BELGO_EINTERNAL.
 */
belgo_rc bg_aead_open(unsigned char *out, const struct bg_aead *how, const void *data,
		      size_t len) BG_MUST_USE;

#endif
