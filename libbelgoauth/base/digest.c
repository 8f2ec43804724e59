/* SHA-2 by libcrypto. Answers for one unambiguous encoding of lists; knows no keys. */
#include "base/digest.h"

#include "base/mem.h"

#include <openssl/evp.h>

#include <string.h>

static void
free_ctx(EVP_MD_CTX **ctx)
{
	EVP_MD_CTX_free(*ctx);
}

belgo_rc
bg_digest(unsigned char out[BG_HASH_MAX], size_t *out_len, enum bg_hash hash, const void *data, size_t len)
{
	const EVP_MD *md = (hash == BG_SHA256)   ? EVP_sha256()
			   : (hash == BG_SHA384) ? EVP_sha384()
						 : EVP_sha512();
	unsigned n = 0;

	if (EVP_Digest(data, len, out, &n, md, NULL) != 1)
		return BELGO_EINTERNAL;
	*out_len = n;
	return BELGO_OK;
}

/* The length that no string has stands for NULL. */
static int
add_part(EVP_MD_CTX *ctx, const char *part)
{
	uint64_t len = (part == NULL) ? UINT64_MAX : strlen(part);
	unsigned char prefix[8];

	for (unsigned i = 0; i < sizeof(prefix); i++)
		prefix[i] = (unsigned char)(len >> (56 - 8 * i));
	return EVP_DigestUpdate(ctx, prefix, sizeof(prefix)) == 1 &&
	       (part == NULL || EVP_DigestUpdate(ctx, part, (size_t)len) == 1);
}

belgo_rc
bg_digest_id(char out[BG_ID_SIZE], const char *const *parts, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	BG_AUTO(free_ctx) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char md[BG_HASH_MAX];
	unsigned md_len = 0;

	if (ctx == NULL)
		return BELGO_ENOMEM;
	if (EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1)
		return BELGO_EINTERNAL;
	for (size_t i = 0; i < n; i++) {
		if (!add_part(ctx, parts[i]))
			return BELGO_EINTERNAL;
	}
	if (EVP_DigestFinal_ex(ctx, md, &md_len) != 1)
		return BELGO_EINTERNAL;
	for (unsigned i = 0; i < md_len; i++) {
		out[2 * i] = digits[md[i] >> 4];
		out[2 * i + 1] = digits[md[i] & 15];
	}
	out[BG_ID_SIZE - 1] = '\0';
	return BELGO_OK;
}
