/* The signal is blocked, and one that came in the meantime is taken from the thread's queue before
 * unblocking. */
#include "io/sigpipe.h"

#include <errno.h>
#include <time.h>

static sigset_t
only_sigpipe(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGPIPE);
	return set;
}

struct bg_sigpipe
bg_sigpipe_hold(void)
{
	sigset_t set = only_sigpipe(), pending;
	struct bg_sigpipe held = {.was_pending = 0};

	if (sigpending(&pending) == 0)
		held.was_pending = sigismember(&pending, SIGPIPE) == 1;
	(void)pthread_sigmask(SIG_BLOCK, &set, &held.before);
	return held;
}

void
bg_sigpipe_release(struct bg_sigpipe *held)
{
	sigset_t set = only_sigpipe();
	const struct timespec at_once = {0};

	while (!held->was_pending && sigtimedwait(&set, NULL, &at_once) < 0 && errno == EINTR)
		;
	(void)pthread_sigmask(SIG_SETMASK, &held->before, NULL);
}
