/* SHA-2, for challenges, hashes of tokens and names of keys. */
#ifndef BG_DIGEST_H
#define BG_DIGEST_H

#include "base/guard.h"

enum bg_hash { BG_SHA256, BG_SHA384, BG_SHA512 };
#define BG_HASH_MAX 64

/* out holds BG_HASH_MAX bytes; *out_len is 32, 48 or 64. BELGO_EINTERNAL where libcrypto fails. */
belgo_rc bg_digest(unsigned char out[BG_HASH_MAX], size_t *out_len, enum bg_hash hash, const void *data,
		   size_t len) BG_MUST_USE;
/*
 * out: 64 lower-case hexadecimal digits and a NUL: SHA-256 over the n strings, each preceded by its length as
 * 8 bytes, so that no two lists collide. NULL counts as a string of its own, other than "".
 */
#define BG_ID_SIZE 65
belgo_rc bg_digest_id(char out[BG_ID_SIZE], const char *const *parts, size_t n) BG_MUST_USE;

#endif
