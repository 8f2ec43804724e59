/* A growing byte buffer with a ceiling from birth. One that was not initialised has ceiling 0 and refuses to
 * grow. */
#ifndef BG_BUF_H
#define BG_BUF_H

#include "base/guard.h"

struct bg_buf {
	char *data; /* NUL after the last byte once anything was added */
	size_t len;
	size_t cap;
	size_t max; /* ceiling of len */
};

#define BG_BUF(max_len) ((struct bg_buf){.max = (max_len)})

/* BELGO_ENOMEM, or BELGO_EINVAL past the ceiling; the buffer is unchanged then. */
belgo_rc bg_buf_add(struct bg_buf *buf, const void *data, size_t len) BG_MUST_USE;
belgo_rc bg_buf_add_str(struct bg_buf *buf, const char *s) BG_MUST_USE;
belgo_rc bg_buf_add_char(struct bg_buf *buf, char c) BG_MUST_USE;
belgo_rc bg_buf_addf(struct bg_buf *buf, const char *fmt, ...) BG_PRINTF(2, 3) BG_MUST_USE;
/* The string, the caller's to free with bg_str_free; the buffer is empty after. NULL where nothing was ever
 * added and no memory for "". */
char *bg_buf_take(struct bg_buf *buf) BG_MUST_USE;
/* Wipes and frees; keeps the ceiling. */
void bg_buf_free(struct bg_buf *buf);

#endif
