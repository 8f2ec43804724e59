/*
 * Compact JWE: taken apart strictly, and decrypted with one key under the algorithms that were agreed.
 * Nothing in the header is trusted: it must name these algorithms; jwk, jku, x5u, x5c and kid are never
 * looked at, any crit and zip are refused. RFC 7516, RFC 8725. This library encrypts nothing to anybody.
 */
#ifndef BG_JOSE_JWE_H
#define BG_JOSE_JWE_H

#include "base/json.h"
#include "base/mem.h"
#include "jose/jwe_alg.h"

struct bg_jwe_agreed {
	const struct bg_jwe_alg *alg;
	const struct bg_jwe_enc *enc;
	const json_t *key; /* as bg_decryption_key_read() makes it; it fits alg */
};

/*
 * @spec RFC 7516 section 5.2; RFC 8725 section 3
 * *out: the JWT within, the caller's, wiped when freed; nothing of it is judged. compact: at most max bytes.
 * `what` names it. BELGO_EPROTO: malformed. BELGO_ESIGNATURE: not encrypted, or otherwise than agreed, or
 * not for this key, or altered; which of the last two, nobody is told. BELGO_EINVAL: the key is damaged.
 * BELGO_ENOMEM.
 */
belgo_rc bg_jwe_decrypt(char **out, const char *compact, const struct bg_jwe_agreed *agreed, size_t max,
			const char *what, struct belgo_error *err) BG_MUST_USE;

/* For jwe.c, what it took apart. All of it has the length that alg and enc ask for. */
struct bg_jwe {
	const struct bg_jwe_agreed *agreed;
	struct evp_pkey_st *own;
	struct evp_pkey_st *peer; /* ECDH-ES: the token's epk; else NULL */
	struct bg_bytes apu, apv; /* ECDH-ES */
	const char *aad;          /* the header as it came */
	size_t aad_len;
	struct bg_bytes key, iv, text, tag;
};
/* BELGO_ESIGNATURE: libcrypto refused, for whatever reason; BELGO_ENOMEM: of ours. */
belgo_rc bg_jwe_find_key(unsigned char key[BG_JWE_KEY_MAX], const struct bg_jwe *jwe) BG_MUST_USE;
/* out holds text.len bytes, zeroed where this fails; *len: how many of them it is. */
belgo_rc bg_jwe_open(unsigned char *out, size_t *len, const struct bg_jwe *jwe,
		     const unsigned char key[BG_JWE_KEY_MAX]) BG_MUST_USE;

#endif
