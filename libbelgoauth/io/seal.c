/*
 * AES-256-GCM with a random nonce of 96 bits: "bgseal", version, reserved 0, nonce, ciphertext, tag. The
 * first eight bytes are bound along with the context.
 */
#include "io/seal.h"

#include "base/error.h"
#include "base/mem.h"

#include <belgoauth/env.h>

#include <limits.h>
#include <openssl/evp.h>
#include <string.h>

enum { HEAD = 8, NONCE = 12, TAG = 16 };
_Static_assert(HEAD + NONCE + TAG == BG_SEAL_OVERHEAD, "the overhead is what the format adds");

static const unsigned char head[HEAD] = {'b', 'g', 's', 'e', 'a', 'l', 1, 0};

static void
cipher_free(EVP_CIPHER_CTX **ctx)
{
	EVP_CIPHER_CTX_free(*ctx);
}

/* The same steps in both directions; 1 where libcrypto did them all. */
static int
start(EVP_CIPHER_CTX *ctx, const unsigned char *key, const unsigned char *nonce, const char *context,
      int encrypt)
{
	int n;

	return ctx != NULL && EVP_CipherInit_ex2(ctx, EVP_aes_256_gcm(), key, nonce, encrypt, NULL) == 1 &&
	       EVP_CipherUpdate(ctx, NULL, &n, head, HEAD) == 1 &&
	       EVP_CipherUpdate(ctx, NULL, &n, (const unsigned char *)context, (int)strlen(context)) == 1;
}

belgo_rc
bg_seal(struct belgo_blob *out, const unsigned char key[BG_SEAL_KEY], const char *context, const void *data,
	size_t len, struct belgo_error *err)
{
	BG_AUTO(belgo_blob_done) struct belgo_blob blob = {0};
	BG_AUTO(cipher_free) EVP_CIPHER_CTX *ctx = NULL;
	const struct belgo_system *sys = belgo_system_default();
	unsigned char *text;
	int n = 0;

	if (len > INT_MAX - BG_SEAL_OVERHEAD)
		return bg_fail(err, BELGO_EINVAL, "a record is too large to be sealed");
	if ((blob.data = bg_calloc(len + BG_SEAL_OVERHEAD + 1, 1)) == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	blob.len = len + BG_SEAL_OVERHEAD;
	memcpy(blob.data, head, HEAD);
	BG_TRY(sys->random(sys->ctx, blob.data + HEAD, NONCE, err));
	text = blob.data + HEAD + NONCE;
	ctx = EVP_CIPHER_CTX_new();
	if (!start(ctx, key, blob.data + HEAD, context, 1) ||
	    EVP_CipherUpdate(ctx, text, &n, data, (int)len) != 1 ||
	    EVP_CipherFinal_ex(ctx, text + len, &n) != 1 ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG, text + len) != 1)
		return bg_fail(err, BELGO_EINTERNAL, "libcrypto could not seal a record");
	*out = blob;
	blob = (struct belgo_blob){0};
	return BELGO_OK;
}

static belgo_rc
check_head(const struct belgo_blob *sealed, const char *what, struct belgo_error *err)
{
	if (sealed->len >= HEAD && memcmp(sealed->data, head, 6) == 0 && sealed->data[6] > head[6])
		return bg_fail(err, BELGO_EVERSION, "%s was written by a newer version", what);
	if (sealed->len < BG_SEAL_OVERHEAD || sealed->len > INT_MAX || memcmp(sealed->data, head, HEAD) != 0)
		return bg_fail(err, BELGO_ESTORE, "%s is damaged, or not a sealed record", what);
	return BELGO_OK;
}

belgo_rc
bg_unseal(struct belgo_blob *out, const unsigned char key[BG_SEAL_KEY], const char *context,
	  const struct belgo_blob *sealed, const char *what, struct belgo_error *err)
{
	BG_AUTO(belgo_blob_done) struct belgo_blob blob = {0};
	BG_AUTO(cipher_free) EVP_CIPHER_CTX *ctx = NULL;
	unsigned char *text, tag[TAG];
	int n = 0;

	BG_TRY(check_head(sealed, what, err));
	blob.len = sealed->len - BG_SEAL_OVERHEAD;
	if ((blob.data = bg_calloc(blob.len + 1, 1)) == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	text = sealed->data + HEAD + NONCE;
	memcpy(tag, text + blob.len, TAG);
	ctx = EVP_CIPHER_CTX_new();
	if (!start(ctx, key, sealed->data + HEAD, context, 0) ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG, tag) != 1)
		return bg_fail(err, BELGO_EINTERNAL, "libcrypto could not open a sealed record");
	if (EVP_CipherUpdate(ctx, blob.data, &n, text, (int)blob.len) != 1 ||
	    EVP_CipherFinal_ex(ctx, blob.data + blob.len, &n) != 1)
		return bg_fail(err, BELGO_ESTORE, "%s is damaged, or was sealed with another key", what);
	*out = blob;
	blob = (struct belgo_blob){0};
	return BELGO_OK;
}
