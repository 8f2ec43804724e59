/* base64url: one text for one sequence of bytes, in both directions. */
#include "fuzz.h"

#include "base/base64url.h"
#include "base/mem.h"

#include <stdlib.h>

static void
bytes_free(unsigned char **bytes)
{
	free(*bytes);
}

/* What decodes is the one text that its bytes are encoded to. */
static void
check_text(const char *text, size_t len)
{
	BG_AUTO(bytes_free) unsigned char *bytes = NULL;
	BG_AUTO(bg_str_free) char *again = NULL;
	size_t n = 0;
	belgo_rc rc = bg_base64url_decode(&bytes, &n, text, len);

	if (rc != BELGO_OK) {
		HOLDS(rc == BELGO_EPROTO && bytes == NULL);
		return;
	}
	HOLDS(bytes[n] == '\0' && n == len * 3 / 4);
	HOLDS(bg_base64url_encode(&again, bytes, n) == BELGO_OK);
	HOLDS(strlen(again) == len && memcmp(again, text, len) == 0);
}

static void
check_bytes(const char *data, size_t len)
{
	BG_AUTO(bytes_free) unsigned char *bytes = NULL;
	BG_AUTO(bg_str_free) char *text = NULL;
	BG_AUTO(bg_str_free) char *basic = NULL;
	size_t n = 0;

	HOLDS(bg_base64url_encode(&text, data, len) == BELGO_OK);
	HOLDS(bg_base64url_decode(&bytes, &n, text, strlen(text)) == BELGO_OK);
	HOLDS(n == len && memcmp(bytes, data, len) == 0);
	HOLDS(bg_base64_encode(&basic, data, len) == BELGO_OK && strlen(basic) == (len + 2) / 3 * 4);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BG_AUTO(fuzz_free) char *bytes = fuzz_bytes(data, size);

	check_text(bytes, size);
	check_bytes(bytes, size);
	return 0;
}
