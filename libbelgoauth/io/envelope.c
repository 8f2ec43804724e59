/*
 * The envelope of a record. A line of text, not JSON: it must be read before anything is known about the
 * payload, and by versions that do not exist yet, who need only find their version number.
 */
#include "io/envelope.h"

#include "base/base64url.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "io/file.h"

#include <string.h>

static const char magic[] = "belgoauth-record ";

void
bg_envelope_done(struct bg_envelope *envelope)
{
	belgo_blob_done(&envelope->payload);
	bg_wipe(envelope->recovery_key, sizeof(envelope->recovery_key));
}

belgo_rc
bg_envelope_write(struct belgo_blob *out, int64_t seq, const unsigned char key[BG_SEAL_KEY], const void *data,
		  size_t len, struct belgo_error *err)
{
	BG_AUTO(bg_buf_free) struct bg_buf buf = BG_BUF(BG_MAX_RECORD);
	BG_AUTO(bg_str_free) char *key_text = NULL;
	belgo_rc rc;

	if ((rc = bg_base64url_encode(&key_text, key, BG_SEAL_KEY)) ||
	    (rc = bg_buf_addf(&buf, "%s1 %lld %s\n", magic, (long long)seq, key_text)) ||
	    (rc = bg_buf_add(&buf, data, len)))
		return bg_fail(err, rc, "a record could not be made: %s",
			       rc == BELGO_EINVAL ? "it is too large" : belgo_rc_str(rc));
	if ((rc = bg_blob_set(out, buf.data, buf.len)) != BELGO_OK)
		return bg_fail(err, rc, "out of memory");
	return BELGO_OK;
}

/* Digits and the one byte that ends them, from *at on; -1 where that is not what stands there, or it is 0. */
static int64_t
take_number(const struct belgo_blob *blob, size_t *at, char end)
{
	int64_t number = 0;
	size_t i = *at;

	for (; i < blob->len && i < *at + 16 && blob->data[i] >= '0' && blob->data[i] <= '9'; i++)
		number = number * 10 + (blob->data[i] - '0');
	if (i == *at || i >= blob->len || blob->data[i] != (unsigned char)end || number == 0)
		return -1;
	*at = i + 1;
	return number;
}

static belgo_rc
take_key(struct bg_envelope *envelope, const struct belgo_blob *blob, size_t *at)
{
	const size_t text_len = 43; /* 32 bytes in base64url */
	unsigned char *key = NULL;
	size_t len = 0;

	if (blob->len - *at < text_len + 1 || blob->data[*at + text_len] != '\n')
		return BELGO_EPROTO;
	BG_TRY(bg_base64url_decode(&key, &len, (const char *)blob->data + *at, text_len));
	memcpy(envelope->recovery_key, key, BG_SEAL_KEY);
	bg_wipe(key, len);
	bg_free(&key);
	*at += text_len + 1;
	return BELGO_OK;
}

belgo_rc
bg_envelope_read(struct bg_envelope *out, const struct belgo_blob *blob, const char *what,
		 struct belgo_error *err)
{
	BG_AUTO(bg_envelope_done) struct bg_envelope envelope = {0};
	size_t at = sizeof(magic) - 1;
	int64_t version;
	belgo_rc rc;

	if (blob->len < at || memcmp(blob->data, magic, at) != 0 ||
	    (version = take_number(blob, &at, ' ')) < 1)
		return bg_fail(err, BELGO_ESTORE, "%s is damaged, or not a record of this program", what);
	if (version > 1)
		return bg_fail(err, BELGO_EVERSION, "%s was written by a newer version (format %lld)", what,
			       (long long)version);
	if ((envelope.seq = take_number(blob, &at, ' ')) < 1 ||
	    (rc = take_key(&envelope, blob, &at)) == BELGO_EPROTO)
		return bg_fail(err, BELGO_ESTORE, "%s is damaged: its first line is not whole", what);
	if (rc != BELGO_OK ||
	    (rc = bg_blob_set(&envelope.payload, blob->data + at, blob->len - at)) != BELGO_OK)
		return bg_fail(err, rc, "out of memory");
	*out = envelope;
	envelope.payload = (struct belgo_blob){0};
	return BELGO_OK;
}
