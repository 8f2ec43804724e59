/*
 * A sealed file, oauthctl-export(5): a JSON object that says how it was sealed, and the ciphertext. What is
 * in it is not known here.
 */
#ifndef BG_JOSE_SEALED_H
#define BG_JOSE_SEALED_H

#include "base/aead.h"
#include "base/json.h"
#include "base/scrypt.h"

/* Who may open it: one of the two. Random bytes are the caller's. */
struct bg_sealing {
	const char *passphrase;
	const char *recipient; /* a public key, JWK or PEM */
	unsigned char salt[BG_SCRYPT_SALT];
	unsigned char nonce[BG_AEAD_NONCE];
};
/*
 * *out: the file's text. Takes as long as scrypt with a passphrase: about half a second. BELGO_EINVAL: not
 * one of the two, or the recipient's key is none; BELGO_EINTERNAL, BELGO_ENOMEM.
 */
belgo_rc bg_sealed_write(char **out, const struct bg_sealing *how, const char *text,
			 struct belgo_error *err) BG_MUST_USE;

/* What the file may be opened with; NULL: not at hand. */
struct bg_opening {
	const char *passphrase;
	const char *private_key;
};
/*
 * *out: the text that was sealed. BELGO_EPROTO: no such file, damaged, altered, or another passphrase;
 * BELGO_EVERSION: of a later version; BELGO_EINVAL: what it needs is not at hand, or is another key;
 * BELGO_EINTERNAL, BELGO_ENOMEM. No byte of the text is handed out before all of it was authenticated.
 */
belgo_rc bg_sealed_read(char **out, size_t *out_len, const struct bg_opening *how, const char *file,
			size_t len, struct belgo_error *err) BG_MUST_USE;

#endif
