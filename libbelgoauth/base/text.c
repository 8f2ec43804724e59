/* Small questions about text from outside. Every answer is the same in every locale. */
#include "base/text.h"

#include "base/ascii.h"

#include <belgoauth/env.h>

#include <string.h>

/* Lead bytes with the range of the first continuation byte: what RFC 3629 section 4 writes as a grammar. */
static const struct lead {
	unsigned char first, last;
	unsigned char low, high;
	size_t more;
} leads[] = {
    {0xc2, 0xdf, 0x80, 0xbf, 1}, {0xe0, 0xe0, 0xa0, 0xbf, 2}, {0xe1, 0xec, 0x80, 0xbf, 2},
    {0xed, 0xed, 0x80, 0x9f, 2}, {0xee, 0xef, 0x80, 0xbf, 2}, {0xf0, 0xf0, 0x90, 0xbf, 3},
    {0xf1, 0xf3, 0x80, 0xbf, 3}, {0xf4, 0xf4, 0x80, 0x8f, 3},
};

/* Length of the multi-byte character at p, or 0. */
static size_t
multibyte(const unsigned char *p, size_t len)
{
	const struct lead *l = leads;

	while (l < leads + BG_LEN(leads) && (p[0] < l->first || p[0] > l->last))
		l++;
	if (l == leads + BG_LEN(leads) || len <= l->more || p[1] < l->low || p[1] > l->high)
		return 0;
	for (size_t i = 2; i <= l->more; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	}
	return l->more + 1;
}

/* @spec RFC 3629 section 4 */
int
bg_text_is_utf8(const char *text, size_t len)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t n;

	for (size_t i = 0; i < len; i += n) {
		n = (p[i] < 0x80) ? 1 : multibyte(p + i, len - i);
		if (n == 0)
			return 0;
	}
	return 1;
}

static int
is_within(const char *text, unsigned char low, unsigned char high)
{
	if (text == NULL)
		return 0;
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text < low || (unsigned char)*text > high)
			return 0;
	}
	return 1;
}

/* @spec RFC 6749 appendix A */
int
bg_text_is_vschar(const char *text)
{
	return is_within(text, 0x20, 0x7e);
}

int
bg_text_is_nqchar(const char *text)
{
	return is_within(text, 0x21, 0x7e);
}

int
bg_text_has_control(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	for (; p != NULL && *p != '\0'; p++) {
		if (*p < 0x20 || *p == 0x7f || (p[0] == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f))
			return 1;
	}
	return 0;
}

/* @spec RFC 9562 section 4 */
int
bg_text_is_guid(const char *text)
{
	static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

	if (text == NULL || strlen(text) != sizeof(shape) - 1)
		return 0;
	for (size_t i = 0; i < sizeof(shape) - 1; i++) {
		if (shape[i] == '-' ? text[i] != '-' : bg_hex_value(text[i]) < 0)
			return 0;
	}
	return 1;
}

belgo_rc
bg_text_to_int(int64_t *out, const char *text)
{
	int64_t value = 0;

	if (text == NULL || *text == '\0')
		return BELGO_EINVAL;
	for (; *text != '\0'; text++) {
		if (!bg_is_digit(*text) || __builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, *text - '0', &value))
			return BELGO_EINVAL;
	}
	*out = value;
	return BELGO_OK;
}

void
belgo_text_printable(char *out, size_t size, const char *text)
{
	size_t n = 0;

	if (size == 0)
		return;
	for (; text != NULL && *text != '\0' && n < size - 1; text++)
		out[n++] = (*text >= 0x20 && *text < 0x7f) ? *text : '?';
	out[n] = '\0';
}
