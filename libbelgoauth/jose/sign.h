/*
 * Compact JWS of our own: what a client signs to say who it is. Only keys and payloads that are ours come
 * here; a token that was received goes to jws.h and never reaches what signs here.
 */
#ifndef BG_JOSE_SIGN_H
#define BG_JOSE_SIGN_H

#include "base/json.h"
#include "jose/alg.h"

/*
 * *out: the JWS. header: further header parameters ("typ", "kid"); may be NULL. key: a JWK as
 * bg_private_key_read() or bg_secret_key() make them. What an asymmetric key has signed is verified with its
 * public half before it is handed out, so neither a key whose halves differ nor a fault while signing gets
 * past. BELGO_EINVAL: the key does not fit alg, is weak (RSA below 2048 bits, a secret shorter than the
 * hash), or has no sound private half. BELGO_EINTERNAL: libcjose cannot be loaded. BELGO_ENOMEM.
 * @spec RFC 7515 section 5.1
 */
belgo_rc bg_jws_sign(char **out, const struct bg_alg *alg, const json_t *header, const json_t *payload,
		     const json_t *key, struct belgo_error *err) BG_MUST_USE;

#endif
