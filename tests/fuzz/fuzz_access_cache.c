/* An entry of the access-token cache: what is taken apart is exactly what was put together. */
#include "fuzz.h"

#include "io/access_cache.h"

#include <stdio.h>
#include <stdlib.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BG_AUTO(fuzz_free) char *buf = fuzz_text(data, size);
	BG_AUTO(fuzz_free) char *again = NULL;
	struct bg_access_cached cached = {.expires_at = -7};

	if (bg_access_cache_parse(&cached, buf, size) != 0) {
		HOLDS(cached.expires_at == -7 && cached.token_type == NULL && cached.access_token == NULL);
		return 0;
	}
	HOLDS(cached.expires_at >= 0 && *cached.token_type != '\0' && *cached.access_token != '\0');
	HOLDS(fuzz_is_printable(cached.token_type) && fuzz_is_printable(cached.access_token));
	HOLDS(strchr(cached.token_type, ' ') == NULL && strchr(cached.access_token, ' ') == NULL);
	/* Leading zeros of the time are the only thing that is not kept. */
	HOLDS(asprintf(&again, "%lld\n%s\n%s", (long long)cached.expires_at, cached.token_type,
		       cached.access_token) > 0);
	HOLDS(data[0] == '0' || (strlen(again) == size && memcmp(again, data, size) == 0));
	return 0;
}
