/* Durations from text and to text. No locale, no allocation. */
#include "duration.h"

#include <stdio.h>

static int64_t
unit_seconds(char unit)
{
	switch (unit) {
	case '\0':
	case 's':
		return 1;
	case 'm':
		return 60;
	case 'h':
		return 3600;
	case 'd':
		return 86400;
	default:
		return 0;
	}
}

int
duration_parse(int64_t *seconds, const char *text)
{
	const char *p = text;
	int64_t n = 0, unit;

	for (; *p >= '0' && *p <= '9'; p++) {
		n = n * 10 + (*p - '0');
		if (n > DURATION_MAX_S)
			return -1;
	}
	unit = unit_seconds(*p);
	if (p == text || unit == 0 || (*p != '\0' && p[1] != '\0') || n > DURATION_MAX_S / unit)
		return -1;
	*seconds = n * unit;
	return 0;
}

void
duration_text(char *out, size_t size, int64_t seconds)
{
	int64_t d = seconds / 86400, h = seconds / 3600 % 24, m = seconds / 60 % 60;

	if (d > 0 && h > 0)
		snprintf(out, size, "%lld d %lld h", (long long)d, (long long)h);
	else if (d > 0)
		snprintf(out, size, "%lld d", (long long)d);
	else if (h > 0 && m > 0)
		snprintf(out, size, "%lld h %lld min", (long long)h, (long long)m);
	else if (h > 0)
		snprintf(out, size, "%lld h", (long long)h);
	else if (m > 0)
		snprintf(out, size, "%lld min", (long long)m);
	else
		snprintf(out, size, "%lld s", (long long)seconds);
}
