/* The compact serialisation, which JWS and JWE share: segments between dots, each of them base64url. RFC 7515
 * section 7.1, RFC 7516 section 7.1. */
#ifndef BG_JOSE_COMPACT_H
#define BG_JOSE_COMPACT_H

#include "base/json.h"

struct bg_segment {
	const char *text;
	size_t len;
};

/* How many segments there are; the first max of them in seg. */
size_t bg_compact_split(struct bg_segment *seg, size_t max, const char *compact);
/* *out: the caller's, wiped and freed. BELGO_EPROTO, BELGO_ENOMEM. `what` names the token. */
belgo_rc bg_compact_decode(unsigned char **out, size_t *out_len, const struct bg_segment *seg,
			   const char *what, struct belgo_error *err) BG_MUST_USE;
/* The same of a JSON object of at most max bytes, through the gate. */
belgo_rc bg_compact_object(json_t **out, const struct bg_segment *seg, size_t max, const char *what,
			   struct belgo_error *err) BG_MUST_USE;
/* BELGO_EPROTO where the header has one of the n names, whatever its value. */
belgo_rc bg_compact_refuse(const json_t *header, const char *const *names, size_t n, const char *what,
			   struct belgo_error *err) BG_MUST_USE;
/* Media types are compared in any case, and "application/" may be left out. */
int bg_compact_is_type(const char *type, const char *want);

#endif
