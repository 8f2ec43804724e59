/* The JSON gate: what every document from outside goes through, and typed getters. RFC 8259, I-JSON where it
 * is stricter. */
#ifndef BG_JSON_H
#define BG_JSON_H

#include "base/guard.h"

#include <jansson.h>

void bg_json_free(json_t **json);

/* What the gate does with a number that jansson cannot hold (1e999, 2^64). */
enum bg_json_numbers {
	BG_JSON_NUMBERS_STRICT, /* the document is malformed */
	BG_JSON_NUMBERS_DEFUSE, /* the number becomes null before parsing: token replies */
};

/*
 * Parses one JSON object of at most max bytes: BELGO_EPROTO for anything else at the top, trailing bytes, a
 * byte order mark, invalid UTF-8, NUL or lone surrogates in strings, duplicate members anywhere, more than
 * BG_MAX_JSON_DEPTH levels. `what` names the document. BELGO_ENOMEM; where memory fails inside jansson's
 * lexer it can only say that a token is invalid: BELGO_EPROTO.
 */
belgo_rc bg_json_object(json_t **out, const char *text, size_t len, size_t max, enum bg_json_numbers numbers,
			const char *what, struct belgo_error *err) BG_MUST_USE;

enum bg_presence { BG_REQUIRED, BG_OPTIONAL };

/*
 * Borrowed string member. Optional and absent: *out NULL. BELGO_EPROTO for a member of another type (null
 * too), for an empty string where required, for control characters. `what` names the document.
 */
belgo_rc bg_json_str(const char **out, const json_t *object, const char *name, enum bg_presence presence,
		     const char *what, struct belgo_error *err) BG_MUST_USE;
/* The same, copied. */
belgo_rc bg_json_str_dup(char **out, const json_t *object, const char *name, enum bg_presence presence,
			 const char *what, struct belgo_error *err) BG_MUST_USE;
/* NumericDate or any number, fractions floored. Optional and absent: *out unchanged. BELGO_EPROTO for any
 * other type, or beyond +-2^53. */
belgo_rc bg_json_number(int64_t *out, const json_t *object, const char *name, enum bg_presence presence,
			const char *what, struct belgo_error *err) BG_MUST_USE;
/* Borrowed array of strings, checked element by element. Optional and absent: *out NULL. */
belgo_rc bg_json_strings(const json_t **out, const json_t *object, const char *name,
			 enum bg_presence presence, const char *what, struct belgo_error *err) BG_MUST_USE;
/* Is text an element of the array of strings? NULL array: no. */
int bg_json_strings_has(const json_t *array, const char *text);

/* Sets a member; a NULL value sets nothing. BELGO_ENOMEM; BELGO_EINVAL for a value that is not UTF-8. */
belgo_rc bg_json_set_str(json_t *object, const char *name, const char *value) BG_MUST_USE;
/* As base64url. BELGO_ENOMEM. */
belgo_rc bg_json_set_bytes(json_t *object, const char *name, const unsigned char *bytes,
			   size_t len) BG_MUST_USE;
belgo_rc bg_json_set_int(json_t *object, const char *name, int64_t value) BG_MUST_USE;
/* *out: the document as compact text, wiped-heap string. BELGO_ENOMEM. */
belgo_rc bg_json_dump(char **out, const json_t *json) BG_MUST_USE;

#endif
