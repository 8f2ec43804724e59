/*
 * A key that the owner of a public key can find again and nobody else: ECDH with a fresh key on X25519 or
 * P-256, then HKDF. Keys come as JWK or PEM.
 */
#ifndef BG_JOSE_AGREE_H
#define BG_JOSE_AGREE_H

#include "base/json.h"

struct evp_pkey_st;

#define BG_AGREE_KEY 32
/* What stands in a sealed file for this way. */
#define BG_AGREE_ALG "ECDH-ES+HKDF-SHA256"

/*
 * For the public key of a recipient. *recipient: {"alg","kid","epk"}, to be sent along; key: what came of it.
 * BELGO_EINVAL: no public key of X25519 or P-256, or not a sound one; BELGO_EINTERNAL, BELGO_ENOMEM.
 */
belgo_rc bg_agree_begin(json_t **recipient, unsigned char key[BG_AGREE_KEY], const char *public_key,
			struct belgo_error *err) BG_MUST_USE;
/*
 * The same key, by the private half. BELGO_EPROTO: recipient is malformed, or its key not a sound one;
 * BELGO_EINVAL: private_key is none, or not the one that it was made for; BELGO_EINTERNAL, BELGO_ENOMEM.
 */
belgo_rc bg_agree_finish(unsigned char key[BG_AGREE_KEY], const json_t *recipient, const char *private_key,
			 struct belgo_error *err) BG_MUST_USE;

/* What comes of two keys of one curve: at most BG_AGREE_SECRET bytes. 0: libcrypto refused. */
#define BG_AGREE_SECRET 66
int bg_agree_secret(unsigned char out[BG_AGREE_SECRET], size_t *len, struct evp_pkey_st *own,
		    struct evp_pkey_st *peer);

#endif
