/* PEM as text. A block that has no end of its own is dropped: what follows it may be a key. */
#include "base/pem.h"

#include "base/buf.h"
#include "base/mem.h"

#include <string.h>

static const char begins[] = "-----BEGIN ", ends[] = "\n-----END ";

/* OpenSSL reads two labels more as certificates, X509 and TRUSTED; all of them end so. */
static int
is_certificate(const char *block)
{
	static const char tail[] = "CERTIFICATE-----";
	size_t len = strcspn(block, "\r\n"), n = sizeof(tail) - 1;

	return len >= n && memcmp(block + len - n, tail, n) == 0;
}

/* Behind the END line of the block, or NULL where another block begins before it. */
static const char *
end_of(const char *block, const char *next)
{
	const char *end = strstr(block, ends);

	if (end == NULL || (next != NULL && next < end))
		return NULL;
	end++;
	return end + strcspn(end, "\r\n");
}

belgo_rc
bg_pem_certificates(char **out, const char *pem)
{
	BG_AUTO(bg_buf_free) struct bg_buf kept = BG_BUF(strlen(pem) + 1);
	const char *block, *next, *end;

	for (block = strstr(pem, begins); block != NULL; block = next) {
		next = strstr(block + 1, begins);
		end = end_of(block, next);
		if (end == NULL || !is_certificate(block))
			continue;
		BG_TRY(bg_buf_add(&kept, block, (size_t)(end - block)));
		BG_TRY(bg_buf_add_char(&kept, '\n'));
	}
	return (*out = bg_buf_take(&kept)) != NULL ? BELGO_OK : BELGO_ENOMEM;
}
