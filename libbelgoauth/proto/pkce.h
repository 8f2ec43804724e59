/* PKCE, S256 only: RFC 7636. And the other values that are made of fresh random bytes. */
#ifndef BG_PROTO_PKCE_H
#define BG_PROTO_PKCE_H

#include "base/guard.h"

#define BG_RANDOM_LEN 32
/* 43 characters from 32 random bytes: code_verifier, state, nonce. @spec RFC 7636 section 4.1 */
belgo_rc bg_random_text(char **out, const unsigned char random[BG_RANDOM_LEN]) BG_MUST_USE;
/* @spec RFC 7636 section 4.2 */
belgo_rc bg_pkce_challenge(char **out, const char *code_verifier) BG_MUST_USE;

#endif
