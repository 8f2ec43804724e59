/* What stands around a record in every store: format version, sequence number, recovery key. */
#ifndef BG_IO_ENVELOPE_H
#define BG_IO_ENVELOPE_H

#include "io/seal.h"

struct bg_envelope {
	int64_t seq; /* 1 at the first put, one more at each later one */
	unsigned char
	    recovery_key[BG_SEAL_KEY]; /* random; made at the first put, kept while the record lives */
	struct belgo_blob payload;
};
void bg_envelope_done(struct bg_envelope *envelope);

/* One line of text, then the payload: "belgoauth-record 1 SEQ KEY". BELGO_ENOMEM, BELGO_EINVAL past
 * BG_MAX_RECORD. */
belgo_rc bg_envelope_write(struct belgo_blob *out, int64_t seq, const unsigned char key[BG_SEAL_KEY],
			   const void *data, size_t len, struct belgo_error *err) BG_MUST_USE;
/*
 * BELGO_EVERSION for a later version; BELGO_ESTORE for anything else that is not one; BELGO_ENOMEM. what
 * names the record.
 */
belgo_rc bg_envelope_read(struct bg_envelope *out, const struct belgo_blob *blob, const char *what,
			  struct belgo_error *err) BG_MUST_USE;

#endif
