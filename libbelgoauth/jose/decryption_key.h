/* The keys a client decrypts with: RSA, P-256, P-384, P-521, X25519. In memory a JWK, as private_key.h says.
 */
#ifndef BG_JOSE_DECRYPTION_KEY_H
#define BG_JOSE_DECRYPTION_KEY_H

#include "jose/private_key.h"

#include <openssl/evp.h>

/* *out: the caller's. text: JWK or PEM, as bg_private_key_read() takes them. BELGO_EINVAL: no private key,
 * not for decryption, weak, or with halves that do not belong together; BELGO_ENOMEM. */
belgo_rc bg_decryption_key_read(json_t **out, const char *text, size_t len,
				struct belgo_error *err) BG_MUST_USE;
/* *out: a fresh one, P-256, with its thumbprint for a kid. BELGO_ENOMEM. */
belgo_rc bg_decryption_key_generate(json_t **out, struct belgo_error *err) BG_MUST_USE;

/* For jwe.c: such a key, ready. BELGO_EINVAL: its numbers are none; BELGO_ENOMEM. */
belgo_rc bg_decryption_key_load(EVP_PKEY **out, const json_t *key) BG_MUST_USE;
/* A peer's public key, judged like a provider's, and a JWK of public members alone. BELGO_ESIGNATURE,
 * BELGO_ENOMEM. */
belgo_rc bg_peer_key_load(EVP_PKEY **out, const json_t *jwk) BG_MUST_USE;

#endif
