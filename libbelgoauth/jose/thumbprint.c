/* A key's required members and their hash. What a private key is, private_key.c knows. */
#include "jose/thumbprint.h"

#include "base/base64url.h"
#include "base/digest.h"
#include "base/mem.h"

#include <string.h>

/* @spec RFC 7638 section 3.2; RFC 8037 section 2: in lexicographic order, which jansson keeps */
static const struct {
	const char *kty;
	const char *members[5];
} required[] = {
    {"EC", {"crv", "kty", "x", "y"}},
    {"OKP", {"crv", "kty", "x"}},
    {"RSA", {"e", "kty", "n"}},
};

static const char *const *
members_of(const json_t *key)
{
	const char *kty = json_string_value(json_object_get(key, "kty"));

	for (size_t i = 0; i < BG_LEN(required); i++)
		if (bg_str_equal(required[i].kty, kty))
			return required[i].members;
	return NULL;
}

belgo_rc
bg_jwk_required_members(json_t **out, const json_t *key)
{
	BG_AUTO(bg_json_free) json_t *half = json_object();
	const char *const *names = members_of(key);

	if (names == NULL)
		return BELGO_EINVAL;
	if (half == NULL)
		return BELGO_ENOMEM;
	for (; *names != NULL; names++) {
		const char *value = json_string_value(json_object_get(key, *names));

		if (value == NULL)
			return BELGO_EINVAL;
		BG_TRY(bg_json_set_str(half, *names, value));
	}
	*out = BG_TAKE(half);
	return BELGO_OK;
}

/* @spec RFC 7638 section 3 */
belgo_rc
bg_jwk_thumbprint(char **out, const json_t *key)
{
	BG_AUTO(bg_json_free) json_t *half = NULL;
	BG_AUTO(bg_str_free) char *text = NULL;
	unsigned char hash[BG_HASH_MAX];
	size_t len = 0;

	BG_TRY(bg_jwk_required_members(&half, key));
	BG_TRY(bg_json_dump(&text, half));
	BG_TRY(bg_digest(hash, &len, BG_SHA256, text, strlen(text)));
	return bg_base64url_encode(out, hash, len);
}
