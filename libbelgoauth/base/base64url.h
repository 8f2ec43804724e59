/* base64url without padding, strict: RFC 4648 section 5, RFC 7515 section 2. */
#ifndef BG_BASE64URL_H
#define BG_BASE64URL_H

#include "base/guard.h"

/* *out: NUL-terminated. BELGO_ENOMEM. */
belgo_rc bg_base64url_encode(char **out, const void *data, size_t len) BG_MUST_USE;
/*
 * *out: malloc'd bytes with a NUL after the last. BELGO_EPROTO for padding, any byte outside the alphabet, a
 * length of 1 mod 4, and trailing bits that are not zero; "" decodes to no bytes. BELGO_ENOMEM.
 */
belgo_rc bg_base64url_decode(unsigned char **out, size_t *out_len, const char *text, size_t len) BG_MUST_USE;
/* Standard base64 with padding, for HTTP Basic only: RFC 4648 section 4. */
belgo_rc bg_base64_encode(char **out, const void *data, size_t len) BG_MUST_USE;

#endif
