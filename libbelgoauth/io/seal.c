/*
 * AES-256-GCM with a random nonce of 96 bits: "bgseal", version, reserved 0, nonce, ciphertext, tag. The
 * first eight bytes are bound along with the context.
 */
#include "io/seal.h"

#include "base/aead.h"
#include "base/error.h"
#include "base/mem.h"

#include <belgoauth/env.h>

#include <limits.h>
#include <string.h>

enum { HEAD = 8, NONCE = BG_AEAD_NONCE, TAG = BG_AEAD_TAG };
_Static_assert(BG_SEAL_KEY == BG_AEAD_KEY, "one cipher");
_Static_assert(HEAD + NONCE + TAG == BG_SEAL_OVERHEAD, "the overhead is what the format adds");

static const unsigned char head[HEAD] = {'b', 'g', 's', 'e', 'a', 'l', 1, 0};

static struct bg_aead
how_to(const unsigned char *key, const unsigned char *nonce, const char *context)
{
	return (struct bg_aead){
	    .key = key, .nonce = nonce, .aad = {{head, HEAD}, {context, strlen(context)}}};
}

belgo_rc
bg_seal(struct belgo_blob *out, const unsigned char key[BG_SEAL_KEY], const char *context, const void *data,
	size_t len, struct belgo_error *err)
{
	BG_AUTO(belgo_blob_done) struct belgo_blob blob = {0};
	const struct belgo_system *sys = belgo_system_default();
	struct bg_aead how;

	if (len > INT_MAX - BG_SEAL_OVERHEAD)
		return bg_fail(err, BELGO_EINVAL, "a record is too large to be sealed");
	if ((blob.data = bg_calloc(len + BG_SEAL_OVERHEAD + 1, 1)) == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	blob.len = len + BG_SEAL_OVERHEAD;
	memcpy(blob.data, head, HEAD);
	BG_TRY(sys->random(sys->ctx, blob.data + HEAD, NONCE, err));
	how = how_to(key, blob.data + HEAD, context);
	if (bg_aead_seal(blob.data + HEAD + NONCE, &how, data, len) != BELGO_OK)
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
	struct bg_aead how;
	belgo_rc rc;

	BG_TRY(check_head(sealed, what, err));
	blob.len = sealed->len - BG_SEAL_OVERHEAD;
	if ((blob.data = bg_calloc(blob.len + 1, 1)) == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	how = how_to(key, sealed->data + HEAD, context);
	rc = bg_aead_open(blob.data, &how, sealed->data + HEAD + NONCE, blob.len + TAG);
	if (rc == BELGO_EPROTO)
		return bg_fail(err, BELGO_ESTORE, "%s is damaged, or was sealed with another key", what);
	if (rc != BELGO_OK)
		return bg_fail(err, rc, "libcrypto could not open a sealed record");
	*out = blob;
	blob = (struct belgo_blob){0};
	return BELGO_OK;
}
