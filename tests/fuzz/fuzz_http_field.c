/* Dates, Cache-Control and Content-Type: whatever stands there, the answer is one that can be counted with.
 */
#include "fuzz.h"

#include "base/http1.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* A date that is understood is the second of POSIX time that libc knows by it. */
static void
check_date(const char *text)
{
	int64_t seconds = bg_http_date(text);
	time_t when = (time_t)seconds;
	char again[64];
	struct tm tm;

	HOLDS(seconds >= -1 && seconds <= 253402300800); /* the year 9999, and a leap second */
	if (seconds < 0)
		return;
	HOLDS(gmtime_r(&when, &tm) != NULL);
	HOLDS(strftime(again, sizeof(again), "%a, %d %b %Y %H:%M:%S GMT", &tm) > 0);
	if (tm.tm_year + 1900 <= 9999)
		HOLDS(bg_http_date(again) == seconds);
	/* Some other week day, or a second of 60: libc writes another text for the same time. */
	if (strlen(text) == 29 && strstr(text, ":60") == NULL)
		HOLDS(strcmp(again + 4, text + 4) == 0);
}

static void
check_media_type(const char *text)
{
	BG_AUTO(fuzz_free) char *longer = NULL;

	if (!bg_http_is_media_type(text, "application/json"))
		return;
	HOLDS(!bg_http_is_media_type(text, "text/html"));
	HOLDS(strcasestr(text, "application/json") != NULL);
	HOLDS(asprintf(&longer, "text/html, %s", text) > 0);
	HOLDS(!bg_http_is_media_type(longer, "application/json"));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BG_AUTO(fuzz_free) char *text = fuzz_text(data, size);
	int64_t age = bg_http_max_age(text);

	HOLDS(age >= -1 && age <= INT64_C(1) << 31);
	HOLDS(age <= 0 || strcasestr(text, "max-age") != NULL);
	check_date(text);
	check_media_type(text);
	return 0;
}
