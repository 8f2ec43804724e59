/*
 * Drives an operation: does what it awaits and tells it what came. Everything waits on one epoll descriptor,
 * which is what a program hangs on its event loop; the blocking driver is a loop over the same thing.
 */
#ifndef BG_RUN_DRIVER_H
#define BG_RUN_DRIVER_H

#include "flow/op.h"

enum bg_store_mode {
	BG_STORE_INLINE, /* on this thread: the caller has said that it may block */
	BG_STORE_WORKER, /* on a thread of its own */
};

/* Does all that can be done now. BELGO_OK or why there is no driver. */
belgo_rc bg_driver_turn(struct belgo_op *op, enum bg_store_mode mode, struct belgo_error *err);
/* Waits until there is something to do again. */
void bg_driver_wait(struct belgo_op *op);

#endif
