/* Small questions about text from outside. */
#ifndef BG_TEXT_H
#define BG_TEXT_H

#include "base/guard.h"

int bg_text_is_utf8(const char *text, size_t len);
/* %x20-7E only; RFC 6749 appendix A VSCHAR with the blank. */
int bg_text_is_vschar(const char *text);
/* %x21-7E only. */
int bg_text_is_nqchar(const char *text);
/* Has a control character (below 0x20, 0x7f, C1 in UTF-8). */
int bg_text_has_control(const char *text);
/* A GUID in its canonical form, lower or upper case. */
int bg_text_is_guid(const char *text);
/* Digits only, to int64; BELGO_EINVAL otherwise or where it does not fit. */
belgo_rc bg_text_to_int(int64_t *out, const char *text) BG_MUST_USE;

/* Is `scope` one of the blank-separated words of `scopes`? NULL has none. */
int bg_scope_has(const char *scopes, const char *scope);
/* *out: words of a, then those of b that are not there yet, each once, in order. NULL counts as "". */
belgo_rc bg_scope_union(char **out, const char *a, const char *b) BG_MUST_USE;
/* *out: the words of list, each once, sorted. */
belgo_rc bg_scope_sorted(char **out, const char *list) BG_MUST_USE;
/* *out: words of a that are not in b; "" where there is none. */
belgo_rc bg_scope_minus(char **out, const char *a, const char *b) BG_MUST_USE;

#endif
