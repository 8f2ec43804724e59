/*
 * Keys and tokens for tests, made with libcrypto alone: nothing of the library under test is used, so a
 * mistake in it cannot agree with itself. Failures end the test.
 */
#ifndef HARNESS_JOSE_MAKE_H
#define HARNESS_JOSE_MAKE_H

#include <openssl/evp.h>

#include <stddef.h>

/*
 * The i-th key (0 to 3) of a kind: "RSA-1024", "RSA-2048" and so on, "P-256", "P-384", "P-521", "secp256k1",
 * "Ed25519", "Ed448", "X25519". Made at first use, kept for the life of the process.
 */
EVP_PKEY *jose_key(const char *kind, int i);

/* All that follow: malloc'd strings, the caller's. */

/* base64url without padding. */
char *jose_b64(const void *data, size_t len);
char *jose_b64_text(const char *text);
/* The public JWK; more: further members as JSON text without braces ("\"kid\":\"1\""), or NULL. */
char *jose_jwk(EVP_PKEY *key, const char *more);
/* The private JWK, and the key as PEM: structure "PrivateKeyInfo" (PKCS#8) or "type-specific" (PKCS#1, SEC
 * 1); passphrase may be NULL. */
char *jose_private_jwk(EVP_PKEY *key, const char *more);
char *jose_pem(EVP_PKEY *key, const char *structure, const char *passphrase);
/* One coordinate or number of it ("n", "e", "x", "y"), base64url. */
char *jose_jwk_number(EVP_PKEY *key, const char *name);
/* A JWK Set of the given JWKs; frees them. NULL ends the list. */
char *jose_jwks(char *jwk, ...) __attribute__((sentinel));

/* header and payload: JSON text, taken as it is. alg says how to sign, whatever the header says. */
char *jose_sign(EVP_PKEY *key, const char *alg, const char *header, const char *payload);
/* HS256, HS384 and HS512 with any bytes. */
char *jose_hmac(const char *alg, const void *secret, size_t secret_len, const char *header,
		const char *payload);
/* header.payload with any bytes for a signature. */
char *jose_compact(const char *header, const char *payload, const void *signature, size_t signature_len);

/* One segment of a compact JWS (0: the header), decoded. */
char *jose_segment(const char *compact, int i);
/* Is the signature that of key, or of the secret, under alg? libcrypto's word alone. */
int jose_is_signed(EVP_PKEY *key, const char *alg, const char *compact);
int jose_is_hmac(const char *alg, const void *secret, size_t secret_len, const char *compact);

/* The signature alone, as JWS wants it. */
unsigned char *jose_signature(size_t *len, EVP_PKEY *key, const char *alg, const char *input);
/* at_hash and its kin: the left half of alg's hash. */
char *jose_half_hash(const char *alg, const char *text);

#endif
