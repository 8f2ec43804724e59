/* PEM as text: which of its blocks go where. What is in them is not looked at. */
#ifndef BG_PEM_H
#define BG_PEM_H

#include "base/guard.h"

/*
 * *out: the certificates of a PEM file, in their order, and nothing else of it: no private key, no text
 * between the blocks. "" where it has none. BELGO_ENOMEM.
 * @spec RFC 7468 section 2, 5
 */
belgo_rc bg_pem_certificates(char **out, const char *pem) BG_MUST_USE;

#endif
