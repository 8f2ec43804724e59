/*
 * Encrypted tokens for tests, made with libcrypto alone, as jose_make.h makes signed ones. The pieces can be
 * made wrong one by one, with all others right.
 */
#ifndef HARNESS_JWE_MAKE_H
#define HARNESS_JWE_MAKE_H

#include "harness/jose_make.h"

struct jose_jwe {
	const char
	    *kind; /* of the recipient's key, jose_key(kind, 0); the token's own is jose_key(kind, 3) */
	const char *alg, *enc; /* how it is done, and what the header says */
	const char *plain;
	size_t plain_len; /* 0: plain's */
	/* What the header says in place of that, or besides: JSON text, each NULL for what is right. */
	const char *says_alg, *says_enc, *says_epk;
	const char *more;        /* further members, "\"zip\":\"DEF\"" */
	const char *apu, *apv;   /* bytes, as text */
	const char *peer_kind;   /* another curve for the token's own key, whatever is agreed then */
	const void *content_key; /* of content_key_len bytes; NULL: one of the right length */
	size_t content_key_len;
};

/* All that follow: malloc'd strings, the caller's. */
char *jose_encrypt(const struct jose_jwe *how);
/* The token with segment i (0: the header) in place of its own: bytes, or text as it is. */
char *jose_with_segment(const char *compact, int i, const void *bytes, size_t len);
char *jose_with_text(const char *compact, int i, const char *text);
/* A segment's bytes, malloc'd. */
unsigned char *jose_segment_bytes(size_t *len, const char *compact, int i);

#endif
