/*
 * Sealing bytes with AES-256-GCM: what comes back is what was put in, for the same context, or an error. Does
 * not know where keys come from or where the bytes go.
 */
#ifndef BG_IO_SEAL_H
#define BG_IO_SEAL_H

#include "base/guard.h"

#include <belgoauth/store.h>

#define BG_SEAL_KEY 32
/* What sealing adds: magic and version (8), nonce (12), tag (16). */
#define BG_SEAL_OVERHEAD 36

/*
 * context: what the bytes are and where they belong, bound to them; a sealed file that was moved to another
 * name does not open. BELGO_ENOMEM, BELGO_EINTERNAL.
 */
belgo_rc bg_seal(struct belgo_blob *out, const unsigned char key[BG_SEAL_KEY], const char *context,
		 const void *data, size_t len, struct belgo_error *err) BG_MUST_USE;
/*
 * BELGO_ESTORE: not sealed, cut, altered, another key or context; BELGO_EVERSION: a later format;
 * BELGO_ENOMEM, BELGO_EINTERNAL. what names the sealed thing.
 */
belgo_rc bg_unseal(struct belgo_blob *out, const unsigned char key[BG_SEAL_KEY], const char *context,
		   const struct belgo_blob *sealed, const char *what, struct belgo_error *err) BG_MUST_USE;

#endif
