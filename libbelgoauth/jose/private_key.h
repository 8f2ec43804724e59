/*
 * The keys a client signs with, and what they have in common with those it decrypts with
 * (decryption_key.h): read from JWK or PEM into one canonical JWK, proved by a signature, and their
 * public half. In memory a key is a JWK object that has exactly the members of its type: RFC 7517, RFC 7518,
 * RFC 8037.
 */
#ifndef BG_JOSE_PRIVATE_KEY_H
#define BG_JOSE_PRIVATE_KEY_H

#include "base/json.h"
#include "jose/alg.h"

enum bg_key_use { BG_KEY_SIGNS, BG_KEY_DECRYPTS };

/*
 * *out: the caller's. text: a JWK, or PEM (PKCS#8, PKCS#1, SEC 1, unencrypted). Of a JWK's other members kid,
 * alg, x5t and x5t#S256 are kept. The key has signed once when this returns. BELGO_EINVAL: no private key,
 * encrypted, of a type or use that does not sign here, weak, or with halves that do not belong together;
 * BELGO_EINTERNAL and BELGO_ENOMEM as bg_jws_sign().
 */
belgo_rc bg_private_key_read(json_t **out, const char *text, size_t len, struct belgo_error *err) BG_MUST_USE;
/* *out: a fresh key for alg, "ES256" or "EdDSA" (Ed25519), with its thumbprint for a kid; it has signed once
 * too. BELGO_EINVAL: another alg. */
belgo_rc bg_private_key_generate(json_t **out, const char *alg, struct belgo_error *err) BG_MUST_USE;
/* *out: an octet key of the bytes of a client secret. BELGO_ENOMEM. */
belgo_rc bg_secret_key(json_t **out, const char *secret) BG_MUST_USE;

/* *out: {"keys":[the public half]}, to be registered. BELGO_EINVAL for an octet key; BELGO_ENOMEM. */
belgo_rc bg_private_key_public_set(json_t **out, const json_t *key, enum bg_key_use use) BG_MUST_USE;
/* May the key sign under alg? By kty, crv, its own alg and, of an octet key, its length. */
int bg_private_key_fits(const json_t *key, const struct bg_alg *alg);
/* The first algorithm that fits, of a NULL-terminated list of names (NULL: any), or NULL. */
const struct bg_alg *bg_private_key_alg(const json_t *key, char *const *allowed);

/* For decryption_key.c: read and canonical, but neither judged nor proved. BELGO_EINVAL, BELGO_ENOMEM. */
belgo_rc bg_private_key_take(json_t **out, const char *text, size_t len, enum bg_key_use use,
			     struct belgo_error *err) BG_MUST_USE;
/* A fresh key for "ES256" (P-256) or "EdDSA"; PEM as a JWK of its numbers. BELGO_EINVAL, BELGO_ENOMEM. */
belgo_rc bg_private_key_make(json_t **out, const char *alg, struct belgo_error *err) BG_MUST_USE;
belgo_rc bg_private_key_from_pem(json_t **out, const char *text, size_t len,
				 struct belgo_error *err) BG_MUST_USE;

#endif
