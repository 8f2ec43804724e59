/*
 * The machine's clocks and entropy. The only file of the library that asks what time it is; everything else
 * is given the time as an argument or through struct belgo_system.
 */
#include <belgoauth/env.h>

#include "base/error.h"

#include <errno.h>
#include <sys/random.h>
#include <time.h>

static int64_t
clock_ms(clockid_t clock)
{
	struct timespec now = {0};

	/* These two clocks always exist on Linux, and a valid pointer leaves clock_gettime no way to fail. */
	(void)clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t
wall_ms(void *ctx)
{
	(void)ctx;
	return clock_ms(CLOCK_REALTIME);
}

static int64_t
mono_ms(void *ctx)
{
	(void)ctx;
	return clock_ms(CLOCK_MONOTONIC);
}

/* getrandom() may hand out less than asked for, and may be interrupted, where more than 256 bytes are wanted.
 */
static belgo_rc
random_bytes(void *ctx, void *buf, size_t len, struct belgo_error *err)
{
	unsigned char *at = buf;

	(void)ctx;
	while (len > 0) {
		ssize_t got = getrandom(at, len, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return bg_fail(err, BELGO_EINTERNAL, "the kernel gave no random bytes");
		at += got;
		len -= (size_t)got;
	}
	return BELGO_OK;
}

const struct belgo_system *
belgo_system_default(void)
{
	static const struct belgo_system machine = {
	    .wall_ms = wall_ms,
	    .mono_ms = mono_ms,
	    .random = random_bytes,
	};

	return &machine;
}
