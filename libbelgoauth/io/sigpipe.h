/*
 * Keeps SIGPIPE from the calling thread for the length of a scope. A TLS library writes to sockets without
 * MSG_NOSIGNAL; a peer that hangs up must not end the program that uses this library, and the program's
 * handlers are not ours.
 */
#ifndef BG_SIGPIPE_H
#define BG_SIGPIPE_H

#include "base/guard.h"

#include <signal.h>

struct bg_sigpipe {
	sigset_t before;
	int was_pending; /* then it is somebody else's, and stays */
};

/* Use: BG_AUTO(bg_sigpipe_release) struct bg_sigpipe quiet = bg_sigpipe_hold(); */
struct bg_sigpipe bg_sigpipe_hold(void);
void bg_sigpipe_release(struct bg_sigpipe *held);

#endif
