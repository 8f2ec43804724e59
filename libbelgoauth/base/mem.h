/* Memory that is wiped when it dies. Nobody judges what is secret: everything is. */
#ifndef BG_MEM_H
#define BG_MEM_H

#include "base/guard.h"

void bg_wipe(void *p, size_t len);

/* NULL where there is no memory. */
void *bg_calloc(size_t n, size_t size) BG_MUST_USE;
/* NULL for NULL, and where there is no memory. */
char *bg_strdup(const char *s) BG_MUST_USE;
char *bg_strndup(const char *s, size_t len) BG_MUST_USE;
/* printf into a fresh string; NULL where there is no memory. */
char *bg_strf(const char *fmt, ...) BG_PRINTF(1, 2) BG_MUST_USE;

/* *out: a copy of s (NULL for NULL), the old value wiped and freed first. BELGO_ENOMEM leaves *out as it was.
 */
belgo_rc bg_str_set(char **out, const char *s) BG_MUST_USE;

/* Wipe and free, set to NULL; a NULL string is fine. Fit for BG_AUTO. */
void bg_str_free(char **s);
void bg_free(void *p_to_pointer); /* void ** in disguise: plain free(), for what holds nothing of its own */

/* Wipe and free a NULL-terminated or counted list of strings. */
void bg_strv_free(char ***list);
/* *out: a NULL-terminated copy of n strings, left as it was for none. BELGO_ENOMEM. */
belgo_rc bg_strv_dup(char ***out, const char *const *list, size_t n) BG_MUST_USE;
/* Of a NULL-terminated list; NULL has none. */
size_t bg_strv_len(char *const *list);

/* Bytes that are owned; wiped when they go. */
struct bg_bytes {
	unsigned char *data;
	size_t len;
};
void bg_bytes_done(struct bg_bytes *bytes);

/* Same length and same bytes, in constant time for equal lengths. NULL equals nothing. */
int bg_mem_equal(const void *a, size_t a_len, const void *b, size_t b_len);
int bg_str_equal_secret(const char *a, const char *b);

/* Plain equality for what is public; NULL equals only NULL. */
int bg_str_equal(const char *a, const char *b);
int bg_str_begins(const char *s, const char *prefix);

#endif
