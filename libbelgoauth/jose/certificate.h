/* The certificate that a client shows in TLS, with its private key: RFC 8705. */
#ifndef BG_JOSE_CERTIFICATE_H
#define BG_JOSE_CERTIFICATE_H

#include "base/json.h"

/*
 * Is pem a certificate, then perhaps the rest of its chain, and the private key of the first one, without a
 * passphrase, in any order? *out: {"subject","x5t#S256","not_after"}, what people are shown of it; not_after
 * in POSIX seconds. BELGO_EINVAL, BELGO_ENOMEM.
 */
belgo_rc bg_certificate_check(json_t **out, const char *pem, size_t len, struct belgo_error *err) BG_MUST_USE;

#endif
