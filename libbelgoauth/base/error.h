/* Filling a struct belgo_error. The first cause wins. Texts name fields, accounts and issuers, never values
 * that could be secret. */
#ifndef BG_ERROR_H
#define BG_ERROR_H

#include "base/guard.h"

/*
 * Sets rc and text where err is not NULL and not set yet; returns rc, so that `return bg_fail(...)` is one
 * line. The text is made printable.
 */
belgo_rc bg_fail(struct belgo_error *err, belgo_rc rc, const char *fmt, ...) BG_PRINTF(3, 4);

/* { 0 } but for the members whose "unknown" is not zero. */
void bg_error_init(struct belgo_error *err);
/* Forgets what was recorded; for a caller that goes on after a failure. */
void bg_error_reset(struct belgo_error *err);

/*
 * The OAuth members from the wire, made printable and cut: description to %x20-7E and 200 bytes, uri only if
 * it is https. NULL: absent. They are kept beside a text that is set before or after.
 */
void bg_error_set_oauth(struct belgo_error *err, const char *code, const char *description, const char *uri);

#endif
