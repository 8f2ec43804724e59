/*
 * Who had each piece of the heap last. Kept in memory shared with the parent of the process that is watched,
 * so that nobody has to ask the watched one.
 */
#ifndef HEAP_LOG_H
#define HEAP_LOG_H

#include <stddef.h>
#include <stdint.h>

struct heap_event {
	uintptr_t block;
	uintptr_t len;
	uintptr_t caller; /* the instruction after the call */
	int is_free;
};

/* Before fork(). 0: done. */
int heap_log_start(void);
/* Of what the processes did since: the last event of the block that address lies in, or NULL. */
const struct heap_event *heap_log_last(uintptr_t address);
/* Whether the log was long enough. */
int heap_log_is_whole(void);
/* The log itself, which is no memory of the watched program. */
int heap_log_covers(uintptr_t address);

#endif
