/* The head of an HTTP/1.x request, as strictly as a listener for one redirect can afford: RFC 9112. */
#ifndef BG_HTTP1_H
#define BG_HTTP1_H

#include "base/guard.h"

struct bg_http1_field {
	char *name;  /* lower case */
	char *value; /* without surrounding blanks */
};
struct bg_http1_request {
	char *method;
	char *target; /* origin-form, as sent */
	struct bg_http1_field *fields;
	size_t n_fields;
	size_t content_length; /* 0 where none is said */
};

enum bg_http1_verdict {
	BG_HTTP1_MORE,    /* no complete head yet */
	BG_HTTP1_REQUEST, /* *head_len bytes are the head */
	BG_HTTP1_BAD,     /* answer *status and close */
};

/*
 * Accepts only: METHOD SP origin-form SP HTTP/1.0|1.1 CRLF, field lines `token:` ... CRLF, an empty line;
 * exactly one Host; at most one valid Content-Length; no Transfer-Encoding; no bare CR, LF, NUL or folding.
 * *status is 400, 405 (a method other than GET and POST), 413, 414, 431 or 505. Ceilings: base/limits.h. *out
 * is untouched unless the verdict is REQUEST. Out of memory: BG_HTTP1_BAD with 503.
 */
enum bg_http1_verdict bg_http1_parse(struct bg_http1_request *out, size_t *head_len, int *status,
				     const char *data, size_t len);
void bg_http1_done(struct bg_http1_request *req);
/* The value of the first field of that (lower-case) name, or NULL. */
const char *bg_http1_field(const struct bg_http1_request *req, const char *name);

/* Seconds since the epoch of an HTTP date (IMF-fixdate and the two obsolete forms), or -1. RFC 9110
 * section 5.6.7. */
int64_t bg_http_date(const char *text);
/* Cache-Control's max-age in seconds; 0 for no-store and no-cache; -1 where none is said or it is garbage.
 * RFC 9111 5.2. */
int64_t bg_http_max_age(const char *cache_control);
/* Is it this media type, parameters aside (only charset=utf-8 allowed)? "application/json". Any case. */
int bg_http_is_media_type(const char *content_type, const char *want);

#endif
