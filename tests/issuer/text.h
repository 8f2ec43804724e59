/*
 * Text for the issuer: formatted, encoded and random strings. Answers for no protocol. Out of memory ends the
 * process, for a development server has nothing better to do.
 */
#ifndef ISSUER_TEXT_H
#define ISSUER_TEXT_H

#include <stddef.h>

/* All results are malloc'd and the caller's. */
char *text_copy(const char *s);
char *text_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *text_base64url(const unsigned char *data, size_t len);
/* NULL where it is malformed; else *len bytes, and a NUL behind them. */
unsigned char *text_unbase64url(const char *text, size_t text_len, size_t *len);
char *text_html(const char *s);
char *text_percent(const char *s);
/* 256 random bits. */
char *text_token(void);

/* Says why on stderr and ends the process. */
void die(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
void *must_alloc(size_t size);

int text_equal(const char *a, const char *b);
/* Is `word` one of the blank separated words of `list`? */
int text_has_word(const char *list, const char *word);
/* The words of `list` that also stand in `allowed`, once each; malloc'd. */
char *text_common_words(const char *list, const char *allowed);

#endif
