/*
 * base64url, and base64 for HTTP Basic. One text for one sequence of bytes: whatever another encoder would
 * not have written is refused, so that a signed text has no second spelling.
 */
#include "base/base64url.h"

#include "base/ascii.h"
#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>

static const char std_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

enum padding { UNPADDED, PADDED };

static belgo_rc
encode(char **out, const unsigned char *in, size_t len, const char *alphabet, enum padding padding)
{
	char *text, *p;

	if (len > SIZE_MAX / 2 || (text = p = malloc((len + 2) / 3 * 4 + 1)) == NULL)
		return BELGO_ENOMEM;
	for (; len > 0; in += 3, len -= 3) {
		uint32_t v = (uint32_t)in[0] << 16;

		v |= (len > 1) ? (uint32_t)in[1] << 8 : 0;
		v |= (len > 2) ? (uint32_t)in[2] : 0;
		*p++ = alphabet[v >> 18];
		*p++ = alphabet[v >> 12 & 63];
		if (len > 1 || padding == PADDED)
			*p++ = (len > 1) ? alphabet[v >> 6 & 63] : '=';
		if (len > 2 || padding == PADDED)
			*p++ = (len > 2) ? alphabet[v & 63] : '=';
		if (len < 3)
			break;
	}
	*p = '\0';
	*out = text;
	return BELGO_OK;
}

/* @spec RFC 7515 section 2 */
belgo_rc
bg_base64url_encode(char **out, const void *data, size_t len)
{
	return encode(out, data, len, url_alphabet, UNPADDED);
}

/* @spec RFC 4648 section 4 */
belgo_rc
bg_base64_encode(char **out, const void *data, size_t len)
{
	return encode(out, data, len, std_alphabet, PADDED);
}

static int
value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (bg_is_digit(c))
		return c - '0' + 52;
	if (c == '-')
		return 62;
	return (c == '_') ? 63 : -1;
}

/* @spec RFC 4648 section 3.5, RFC 7515 section 2 */
static belgo_rc
decode(unsigned char *to, const char *text, size_t len)
{
	uint32_t bits = 0;
	unsigned held = 0;

	for (size_t i = 0; i < len; i++) {
		int v = value_of(text[i]);

		if (v < 0)
			return BELGO_EPROTO;
		bits = (bits << 6 | (uint32_t)v) & 0xfff;
		held += 6;
		if (held >= 8) {
			held -= 8;
			*to++ = (unsigned char)(bits >> held);
		}
	}
	return (bits & ((1U << held) - 1)) == 0 ? BELGO_OK : BELGO_EPROTO;
}

belgo_rc
bg_base64url_decode(unsigned char **out, size_t *out_len, const char *text, size_t len)
{
	size_t n = len / 4 * 3 + (len % 4 * 3) / 4;
	unsigned char *bytes;
	belgo_rc rc;

	if (len % 4 == 1)
		return BELGO_EPROTO;
	if ((bytes = bg_calloc(n + 1, 1)) == NULL)
		return BELGO_ENOMEM;
	if ((rc = decode(bytes, text, len)) != BELGO_OK) {
		bg_wipe(bytes, n);
		free(bytes);
		return rc;
	}
	*out = bytes;
	*out_len = n;
	return BELGO_OK;
}
