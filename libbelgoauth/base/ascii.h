/* Classes of ASCII characters. Not <ctype.h>: its answers change with the host program's locale. */
#ifndef BG_ASCII_H
#define BG_ASCII_H

#include <stddef.h>

static inline int
bg_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline int
bg_is_alnum(char c)
{
	return bg_is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The value of a hexadecimal digit, or -1. */
static inline int
bg_hex_value(char c)
{
	if (bg_is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static inline char
bg_to_lower(char c)
{
	return (c >= 'A' && c <= 'Z') ? (char)(c - 'A' + 'a') : c;
}

/* Are the len bytes at s this text, upper and lower case being one? */
static inline int
bg_equals_nocase(const char *s, size_t len, const char *text)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\0' || bg_to_lower(s[i]) != bg_to_lower(text[i]))
			return 0;
	}
	return text[len] == '\0';
}

#endif
