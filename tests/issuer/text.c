/* Text for the issuer: formatted, encoded and random strings. */
#include "text.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
die(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	fputs("belgo-issuer: ", stderr);
	vfprintf(stderr, format, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(1);
}

void *
must_alloc(size_t size)
{
	void *p = calloc(1, size);

	if (p == NULL)
		die("out of memory");
	return p;
}

char *
text_copy(const char *s)
{
	return s == NULL ? NULL : text_format("%s", s);
}

char *
text_format(const char *format, ...)
{
	va_list ap;
	char *s = NULL;
	int n;

	va_start(ap, format);
	n = vasprintf(&s, format, ap);
	va_end(ap);
	if (n < 0)
		die("out of memory");
	return s;
}

char *
text_base64url(const unsigned char *data, size_t len)
{
	char *s = must_alloc((len + 2) / 3 * 4 + 1);
	int n = EVP_EncodeBlock((unsigned char *)s, data, (int)len);

	while (n > 0 && s[n - 1] == '=')
		s[--n] = '\0';
	for (char *p = s; *p != '\0'; p++)
		*p = *p == '+' ? '-' : *p == '/' ? '_' : *p;
	return s;
}

/* Every byte becomes at most `widest` bytes; write() says which. */
static char *
map_bytes(const char *s, size_t widest, size_t (*map)(char *out, unsigned char c))
{
	char *out = must_alloc(strlen(s) * widest + 1);
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += map(out + n, (unsigned char)*s);
	out[n] = '\0';
	return out;
}

static size_t
html_byte(char *out, unsigned char c)
{
	if (strchr("<>&\"'", c) == NULL) {
		*out = (char)c;
		return 1;
	}
	return (size_t)snprintf(out, 7, "&#%02u;", c);
}

static size_t
percent_byte(char *out, unsigned char c)
{
	if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	    strchr("-._~", c) != NULL) {
		*out = (char)c;
		return 1;
	}
	return (size_t)snprintf(out, 4, "%%%02X", c);
}

static int
base64url_value(char c)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	const char *at = c != '\0' ? strchr(alphabet, c) : NULL;

	return at != NULL ? (int)(at - alphabet) : -1;
}

unsigned char *
text_unbase64url(const char *text, size_t text_len, size_t *len)
{
	unsigned char *bytes = must_alloc(text_len + 1);
	unsigned bits = 0;
	size_t n = 0;

	for (size_t i = 0; i < text_len; i++) {
		int value = base64url_value(text[i]);

		if (value < 0) {
			free(bytes);
			return NULL;
		}
		bits = (bits << 6 | (unsigned)value) & 0xffff;
		if (i % 4 != 0)
			bytes[n++] = (unsigned char)(bits >> (6 - 2 * (i % 4)));
	}
	*len = n;
	return bytes;
}

char *
text_html(const char *s)
{
	return map_bytes(s, 7, html_byte);
}

char *
text_percent(const char *s)
{
	return map_bytes(s, 4, percent_byte);
}

char *
text_token(void)
{
	unsigned char bytes[32];

	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		die("no random bytes");
	return text_base64url(bytes, sizeof(bytes));
}

int
text_equal(const char *a, const char *b)
{
	size_t n;

	if (a == NULL || b == NULL || (n = strlen(a)) != strlen(b))
		return 0;
	return CRYPTO_memcmp(a, b, n) == 0;
}

static int
has_word(const char *list, const char *word, size_t n)
{
	for (const char *p = list; *p != '\0'; p += strcspn(p, " ")) {
		p += strspn(p, " ");
		if (strcspn(p, " ") == n && n > 0 && strncmp(p, word, n) == 0)
			return 1;
	}
	return 0;
}

int
text_has_word(const char *list, const char *word)
{
	return has_word(list, word, strlen(word));
}

char *
text_common_words(const char *list, const char *allowed)
{
	char *out = must_alloc(strlen(list) + 1);
	size_t used = 0, n;

	for (const char *p = list; *p != '\0'; p += n) {
		p += strspn(p, " ");
		n = strcspn(p, " ");
		if (!has_word(allowed, p, n) || has_word(out, p, n))
			continue;
		if (used > 0)
			out[used++] = ' ';
		memcpy(out + used, p, n);
		used += n;
	}
	return out;
}
