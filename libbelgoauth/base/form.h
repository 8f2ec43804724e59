/* application/x-www-form-urlencoded: RFC 6749 appendix B, strict when decoding. */
#ifndef BG_FORM_H
#define BG_FORM_H

#include "base/buf.h"

/* Adds name=value, with '&' where something stands already. A NULL value adds nothing. */
belgo_rc bg_form_add(struct bg_buf *form, const char *name, const char *value) BG_MUST_USE;
/* One of that name for each value. */
belgo_rc bg_form_add_each(struct bg_buf *form, const char *name, const char *const *values,
			  size_t n) BG_MUST_USE;
/* Only the encoded text, for HTTP Basic (RFC 6749 section 2.3.1). */
belgo_rc bg_form_encode(struct bg_buf *out, const char *text) BG_MUST_USE;

struct bg_form_param {
	char *name;
	char *value;
};
struct bg_form {
	struct bg_form_param *params;
	size_t n;
};

/*
 * BELGO_EPROTO for a bad %-triplet, an encoded NUL, bytes that are not UTF-8, raw controls, blanks or
 * non-ASCII, more than BG_MAX_FORM bytes or BG_MAX_FORM_PARAMS parameters. A parameter without '=' has the
 * value "". An empty text has none.
 */
belgo_rc bg_form_parse(struct bg_form *out, const char *text, size_t len) BG_MUST_USE;
void bg_form_done(struct bg_form *form);
/* The first value of that name, case-sensitive, or NULL; *count (may be NULL): how often it stands there. */
const char *bg_form_get(const struct bg_form *form, const char *name, size_t *count);

#endif
