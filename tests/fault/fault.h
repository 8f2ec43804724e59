/*
 * Lets each system call of a function fail in turn, as failalloc.h does with allocations: count them, then
 * fail the first, the second, ... The linker does the wrapping (belgo_fault() in CMakeLists.txt), so it
 * reaches what is linked into the test program and no shared library. fsync() only pretends: a test makes
 * thousands.
 */
#ifndef FAULT_FAULT_H
#define FAULT_FAULT_H

#include "harness/test.h"

enum fault_kind {
	FAULT_FAILS,       /* and does nothing, but for close(), which always closes */
	FAULT_FAILS_AFTER, /* after it did its work, as over a network */
	FAULT_IS_SHORT,    /* a read or write of less than was asked for */
};

struct fault {
	const char *name;
	enum fault_kind kind;
	int number; /* errno */
	int stays;  /* all later calls fail too */
};
/* The kinds of failure that are worth a run; ends with a NULL name. */
extern const struct fault faults[];

/* Counts from now on; the at-th call fails (0: none). */
void fault_begin(const struct fault *fault, size_t at);
/* Ends that. @return the name of the first call that failed, NULL where there were not so many. */
const char *fault_end(void);

#endif
