/* Classes of ASCII characters. Not <ctype.h>: its answers change with the host program's locale. */
#ifndef BG_ASCII_H
#define BG_ASCII_H

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

#endif
