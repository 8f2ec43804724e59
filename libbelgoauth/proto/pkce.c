/* Texts made of random bytes, and the S256 challenge. Where the bytes come from is the caller's business. */
#include "proto/pkce.h"

#include "base/ascii.h"
#include "base/base64url.h"
#include "base/digest.h"

#include <string.h>

belgo_rc
bg_random_text(char **out, const unsigned char random[BG_RANDOM_LEN])
{
	return bg_base64url_encode(out, random, BG_RANDOM_LEN);
}

/* @spec RFC 7636 section 4.1 */
static int
is_verifier(const char *text)
{
	size_t len = strlen(text);

	if (len < 43 || len > 128)
		return 0;
	for (; *text != '\0'; text++) {
		if (!bg_is_alnum(*text) && strchr("-._~", *text) == NULL)
			return 0;
	}
	return 1;
}

belgo_rc
bg_pkce_challenge(char **out, const char *code_verifier)
{
	unsigned char hash[BG_HASH_MAX];
	size_t len;

	if (!is_verifier(code_verifier))
		return BELGO_EINVAL;
	BG_TRY(bg_digest(hash, &len, BG_SHA256, code_verifier, strlen(code_verifier)));
	return bg_base64url_encode(out, hash, len);
}
