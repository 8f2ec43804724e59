/* One JWK's numbers made into a key of libcrypto, or refused. RFC 7518 section 6, RFC 8037 section 2. */
#ifndef BG_JOSE_JWK_KEY_H
#define BG_JOSE_JWK_KEY_H

#include "base/json.h"
#include "jose/alg.h"

#include <openssl/evp.h>

/*
 * *out: the caller's, EVP_PKEY_free(). BELGO_ESIGNATURE: the numbers are malformed or weak. BELGO_ENOMEM.
 */
belgo_rc bg_jwk_key_load(EVP_PKEY **out, const json_t *jwk, enum bg_kty kty) BG_MUST_USE;
/*
 * libcrypto answers alike where something is wrong and where it lacked memory to find out. Whoever is about
 * to condemn something by its word asks a second time, if there is memory for that.
 */
int bg_crypto_has_memory(void);

#endif
