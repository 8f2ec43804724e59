/* The file of the token keys: read whole, judged strictly, wiped. */
#include "token_keys.h"

#include "file.h"

#include <stdlib.h>
#include <string.h>

#define KEY_SIZE sizeof(struct belgo_token_key)
#define LINE_SIZE (2 * KEY_SIZE + 1)
#define FILE_MAX (TOKEN_KEYS_MAX * LINE_SIZE)

static int
hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *at = c != '\0' ? strchr(digits, c) : NULL;

	return at != NULL ? (int)(at - digits) % 16 : -1;
}

/* text ends with a NUL, which is no digit. */
static int
parse_line(struct belgo_token_key *out, const char *text)
{
	for (size_t i = 0; i < KEY_SIZE; i++) {
		int high = hex_digit(text[2 * i]), low = high < 0 ? -1 : hex_digit(text[2 * i + 1]);

		if (low < 0)
			return 0;
		out->bytes[i] = (unsigned char)(high << 4 | low);
	}
	return text[LINE_SIZE - 1] == '\n' || text[LINE_SIZE - 1] == '\0';
}

static int
parse(struct token_keys *out, const char *text, size_t len)
{
	out->n = 0;
	if (len == KEY_SIZE) {
		memcpy(out->keys[out->n++].bytes, text, KEY_SIZE);
		return 1;
	}
	for (size_t at = 0; at < len; at += LINE_SIZE)
		if (out->n == TOKEN_KEYS_MAX || !parse_line(&out->keys[out->n++], text + at))
			return 0;
	return out->n > 0;
}

belgo_rc
token_keys_read(struct token_keys *out, const char *path, struct belgo_error *err)
{
	struct belgo_error cause = {0};
	char *text = NULL;
	size_t len = 0;
	belgo_rc rc;
	int ok;

	rc = file_read_private(&text, &len, path, FILE_MAX, &cause);
	if (rc != BELGO_OK)
		return fail_with(err, rc == BELGO_ENOMEM ? rc : BELGO_ESTORE, "the token keys: %s",
				 cause.text);
	ok = parse(out, text, len);
	explicit_bzero(text, len); /* raw bytes may have a NUL in them */
	free(text);
	if (!ok)
		return fail_with(err, BELGO_ESTORE,
				 "%s holds no token keys: 32 bytes or lines of 64 hexadecimal digits, at "
				 "most %d, are wanted",
				 path, TOKEN_KEYS_MAX);
	return BELGO_OK;
}

void
token_keys_free(struct token_keys **keys)
{
	if (*keys != NULL)
		explicit_bzero(*keys, sizeof(**keys));
	free(*keys);
	*keys = NULL;
}
