/*
 * Looks at JSON text before jansson does, for what jansson would recurse on, lets pass or refuses for want of
 * range. It is no parser: what it lets pass, jansson still has to accept.
 */
#include "base/json_scan.h"

#include "base/ascii.h"
#include "base/limits.h"
#include "base/text.h"

#include <string.h>

#define MAX_EXPONENT 308            /* of a double; from there on a number counts as too large */
#define EXPONENT_LIMIT 1000000000LL /* beyond what the digits of any document can shift back */

struct scan {
	const char *text;
	size_t len;
	size_t at;
	char *defused;
	unsigned depth;
};

static char
peek(const struct scan *s)
{
	return (s->at < s->len) ? s->text[s->at] : '\0';
}

/* The four digits at s->at, or -1. */
static int
hex4(const struct scan *s)
{
	int value = 0;

	if (s->len - s->at < 4)
		return -1;
	for (size_t i = 0; i < 4; i++) {
		int digit = bg_hex_value(s->text[s->at + i]);

		if (digit < 0)
			return -1;
		value = value << 4 | digit;
	}
	return value;
}

/* Behind `\u`. @spec RFC 8259 section 7, RFC 7493 section 2.1 */
static const char *
unicode_escape(struct scan *s)
{
	int unit = hex4(s);

	if (unit < 0)
		return "a malformed escape";
	if (unit == 0)
		return "a NUL in a string";
	s->at += 4;
	if (unit < 0xd800 || unit > 0xdfff)
		return NULL;
	if (unit > 0xdbff || s->len - s->at < 6 || s->text[s->at] != '\\' || s->text[s->at + 1] != 'u')
		return "a lone surrogate";
	s->at += 2;
	unit = hex4(s);
	if (unit < 0xdc00 || unit > 0xdfff)
		return "a lone surrogate";
	s->at += 4;
	return NULL;
}

static const char *
skip_string(struct scan *s)
{
	const char *fault;

	for (s->at++; s->at < s->len;) {
		char c = s->text[s->at++];

		if (c == '"')
			return NULL;
		if ((unsigned char)c < 0x20)
			return "a control character in a string";
		if (c != '\\')
			continue;
		if (peek(s) != 'u') {
			s->at++;
			continue;
		}
		s->at++;
		if ((fault = unicode_escape(s)) != NULL)
			return fault;
	}
	return "an unfinished string";
}

struct number {
	const char *digits; /* of the integer part */
	size_t n_digits;
	const char *fraction;
	size_t n_fraction;
	long long exponent; /* as written; beyond EXPONENT_LIMIT: EXPONENT_LIMIT */
	int negative, is_real;
};

static size_t
skip_digits(struct scan *s)
{
	size_t begin = s->at;

	while (bg_is_digit(peek(s)))
		s->at++;
	return s->at - begin;
}

static int
take_exponent(struct number *n, struct scan *s)
{
	int minus = (peek(s) == '-');
	size_t begin;

	if (minus || peek(s) == '+')
		s->at++;
	begin = s->at;
	if (skip_digits(s) == 0)
		return 0;
	for (size_t i = begin; i < s->at && n->exponent < EXPONENT_LIMIT; i++)
		n->exponent = n->exponent * 10 + (s->text[i] - '0');
	n->exponent = (n->exponent > EXPONENT_LIMIT) ? EXPONENT_LIMIT : n->exponent;
	n->exponent = minus ? -n->exponent : n->exponent;
	return 1;
}

/* @spec RFC 8259 section 6 */
static int
take_number(struct number *n, struct scan *s)
{
	n->negative = (peek(s) == '-');
	s->at += (size_t)n->negative;
	n->digits = s->text + s->at;
	n->n_digits = skip_digits(s);
	if (n->n_digits == 0 || (n->n_digits > 1 && n->digits[0] == '0'))
		return 0;
	if (peek(s) == '.') {
		s->at++;
		n->is_real = 1;
		n->fraction = s->text + s->at;
		if ((n->n_fraction = skip_digits(s)) == 0)
			return 0;
	}
	if (peek(s) != 'e' && peek(s) != 'E')
		return 1;
	s->at++;
	n->is_real = 1;
	return take_exponent(n, s);
}

static int
fits_int64(const struct number *n)
{
	const char *limit = n->negative ? "9223372036854775808" : "9223372036854775807";
	size_t len = strlen(limit);

	return n->n_digits < len || (n->n_digits == len && memcmp(n->digits, limit, len) <= 0);
}

/* By the place of the first digit that counts: strtod() would follow the host program's locale. */
static int
fits_double(const struct number *n)
{
	long long place = (long long)n->n_digits - 1;

	if (n->digits[0] == '0') {
		size_t zeros = 0;

		while (zeros < n->n_fraction && n->fraction[zeros] == '0')
			zeros++;
		if (zeros == n->n_fraction)
			return 1;
		place = -(long long)zeros - 1;
	}
	return place + n->exponent < MAX_EXPONENT;
}

static const char *
judge_number(struct scan *s)
{
	struct number n = {0};
	size_t begin = s->at;

	if (!take_number(&n, s))
		return "a malformed number";
	if (n.is_real ? fits_double(&n) : fits_int64(&n))
		return NULL;
	if (s->defused == NULL)
		return "a number that is too large";
	/* No number so large has fewer than four characters. */
	memset(s->defused + begin, ' ', s->at - begin);
	memcpy(s->defused + begin, "null", 4);
	return NULL;
}

static const char *
judge_next(struct scan *s)
{
	char c = peek(s);

	if (c == '"')
		return skip_string(s);
	if (c == '-' || bg_is_digit(c))
		return judge_number(s);
	s->at++;
	if (c == '{' || c == '[')
		return (++s->depth > BG_MAX_JSON_DEPTH) ? "too deep" : NULL;
	if (c == '}' || c == ']')
		return (s->depth-- == 0) ? "a bracket too many" : NULL;
	if ((unsigned char)c < 0x20 && c != '\t' && c != '\n' && c != '\r')
		return "a control character";
	return NULL;
}

const char *
bg_json_scan(const char *text, size_t len, char *defused)
{
	struct scan s = {.text = text, .len = len, .defused = defused};
	const char *fault = NULL;

	if (!bg_text_is_utf8(text, len))
		return "invalid UTF-8";
	while (s.at < len && (peek(&s) == ' ' || peek(&s) == '\t' || peek(&s) == '\n' || peek(&s) == '\r'))
		s.at++;
	if (peek(&s) != '{') /* a byte order mark too */
		return "not an object";
	while (s.at < len && fault == NULL)
		fault = judge_next(&s);
	return fault;
}
