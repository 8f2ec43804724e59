/* Durations as people write them: 90, 90s, 5m, 2h, 1d. libc only: the fast path reads them too. */
#ifndef CLI_DURATION_H
#define CLI_DURATION_H

#include <stddef.h>
#include <stdint.h>

#define DURATION_MAX_S (3650LL * 86400) /* ten years: more is a typing mistake */

/* @return 0, or -1 where text is no duration or a longer one than DURATION_MAX_S. */
int duration_parse(int64_t *seconds, const char *text);

/* "3 d 4 h", "54 min", "12 s": the two largest units that count. size: 32 is enough. */
void duration_text(char *out, size_t size, int64_t seconds);

#endif
