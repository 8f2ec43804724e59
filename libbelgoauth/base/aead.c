/* Both directions walk the same steps, so that what one binds the other checks. */
#include "base/aead.h"

#include "base/mem.h"

#include <limits.h>
#include <openssl/evp.h>
#include <string.h>

enum direction { OPEN, SEAL };

static void
cipher_free(EVP_CIPHER_CTX **ctx)
{
	EVP_CIPHER_CTX_free(*ctx);
}

static const EVP_CIPHER *
cipher_of(size_t key_len)
{
	switch (key_len) {
	case 16:
		return EVP_aes_128_gcm();
	case 24:
		return EVP_aes_192_gcm();
	case 0:
	case BG_AEAD_KEY:
		return EVP_aes_256_gcm();
	default:
		return NULL;
	}
}

/* The same steps in both directions; 1 where libcrypto did them all. */
static int
start(EVP_CIPHER_CTX *ctx, const struct bg_aead *how, enum direction direction)
{
	const EVP_CIPHER *cipher = cipher_of(how->key_len);
	int n;

	if (ctx == NULL || cipher == NULL ||
	    EVP_CipherInit_ex2(ctx, cipher, how->key, how->nonce, direction == SEAL, NULL) != 1)
		return 0;
	for (size_t i = 0; i < BG_LEN(how->aad); i++)
		if (how->aad[i].len > INT_MAX ||
		    (how->aad[i].len > 0 &&
		     EVP_CipherUpdate(ctx, NULL, &n, how->aad[i].data, (int)how->aad[i].len) != 1))
			return 0;
	return 1;
}

belgo_rc
bg_aead_seal(unsigned char *out, const struct bg_aead *how, const void *data, size_t len)
{
	BG_AUTO(cipher_free) EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n = 0;

	if (len > INT_MAX - BG_AEAD_TAG)
		return BELGO_EINVAL;
	if (!start(ctx, how, SEAL) || EVP_CipherUpdate(ctx, out, &n, data, (int)len) != 1 ||
	    EVP_CipherFinal_ex(ctx, out + len, &n) != 1 ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, BG_AEAD_TAG, out + len) != 1)
		return BELGO_EINTERNAL;
	return BELGO_OK;
}

belgo_rc
bg_aead_open(unsigned char *out, const struct bg_aead *how, const void *data, size_t len)
{
	BG_AUTO(cipher_free) EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	unsigned char tag[BG_AEAD_TAG], rest[BG_AEAD_TAG];
	int n = 0;

	if (len < BG_AEAD_TAG || len > INT_MAX)
		return BELGO_EPROTO;
	len -= BG_AEAD_TAG;
	memcpy(tag, (const unsigned char *)data + len, BG_AEAD_TAG);
	if (!start(ctx, how, OPEN) || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, BG_AEAD_TAG, tag) != 1)
		return BELGO_EINTERNAL;
	if (EVP_CipherUpdate(ctx, out, &n, data, (int)len) == 1 && EVP_CipherFinal_ex(ctx, rest, &n) == 1)
		return BELGO_OK;
	bg_wipe(out, len);
	return BELGO_EPROTO;
}
