/* Taken apart and decoded, and no more: what a segment means is jws.c's and jwe.c's. */
#include "jose/compact.h"

#include "base/base64url.h"
#include "base/error.h"
#include "base/mem.h"

#include <string.h>
#include <strings.h>

size_t
bg_compact_split(struct bg_segment *seg, size_t max, const char *compact)
{
	size_t n = 0;

	for (const char *at = compact; at != NULL; n++) {
		const char *dot = strchr(at, '.');

		if (n < max)
			seg[n] = (struct bg_segment){at, dot != NULL ? (size_t)(dot - at) : strlen(at)};
		at = dot != NULL ? dot + 1 : NULL;
	}
	return n;
}

belgo_rc
bg_compact_decode(unsigned char **out, size_t *out_len, const struct bg_segment *seg, const char *what,
		  struct belgo_error *err)
{
	belgo_rc rc = bg_base64url_decode(out, out_len, seg->text, seg->len);

	return rc == BELGO_OK ? rc : bg_fail(err, rc, "%s is not base64url", what);
}

belgo_rc
bg_compact_object(json_t **out, const struct bg_segment *seg, size_t max, const char *what,
		  struct belgo_error *err)
{
	BG_AUTO(bg_bytes_done) struct bg_bytes bytes = {0};

	BG_TRY(bg_compact_decode(&bytes.data, &bytes.len, seg, what, err));
	return bg_json_object(out, (const char *)bytes.data, bytes.len, max, BG_JSON_NUMBERS_STRICT, what,
			      err);
}

belgo_rc
bg_compact_refuse(const json_t *header, const char *const *names, size_t n, const char *what,
		  struct belgo_error *err)
{
	for (size_t i = 0; i < n; i++)
		if (json_object_get(header, names[i]) != NULL)
			return bg_fail(err, BELGO_EPROTO,
				       "%s has the header parameter \"%s\", which is not supported", what,
				       names[i]);
	return BELGO_OK;
}

/* @spec RFC 7515 section 4.1.9, 4.1.10; RFC 8725 section 3.11 */
int
bg_compact_is_type(const char *type, const char *want)
{
	static const char prefix[] = "application/";

	if (strncasecmp(type, prefix, sizeof(prefix) - 1) == 0)
		type += sizeof(prefix) - 1;
	return strcasecmp(type, want) == 0;
}
