/*
 * Lets each allocation of a call fail in turn: count them, then fail the first, the second, ... The call must
 * then report it, leak nothing (LeakSanitizer looks) and crash nowhere.
 *
 * The linker does the wrapping (belgo_failalloc() in harness/failalloc.cmake: --wrap of malloc, calloc,
 * realloc, strdup), so it reaches every object linked into the test program, and no shared library;
 * AddressSanitizer, which replaces malloc() itself, stands behind it undisturbed. jansson's allocations count
 * too while a call is under way: its allocator is set here, in the test process only. Allocations of other
 * threads do not count.
 */
#ifndef HARNESS_FAILALLOC_H
#define HARNESS_FAILALLOC_H

#include "harness/test.h"

#include <belgoauth/error.h>

/* Counts from now on; the fail_at-th allocation fails (0: none), and where `on` is not 0 all later ones too.
 */
void failalloc_begin(size_t fail_at, int on);
/* Ends that. @return how many allocations were asked for. */
size_t failalloc_end(void);
/*
 * jansson's allocations count no more: its lexer drops a byte that it has no room for, and then asserts that
 * what stands behind a backslash is an escape. For calls that parse documents with escapes in them.
 */
void failalloc_spare_jansson(int spare);
/* For a stand-in that the library calls: what it allocates in between does not count. */
int failalloc_pause(void);
void failalloc_resume(int was);
/* Did an allocation fail between the last begin and end, and was the first of them one of jansson's? */
int failalloc_has_failed(void);
int failalloc_was_jansson(void);

/* What each failing run must come to. */
enum failalloc_outcome {
	/* never BELGO_OK, but where only one allocation of jansson's failed and it was asked again;
	 * BELGO_ENOMEM unless jansson failed, which cannot always say so */
	FAILALLOC_REPORTS,
	FAILALLOC_MAY_GO_ON, /* any: for calls that may do without what they could not get */
};
/* Judges one run; fails the test. Returns 0 once a run had nothing left to fail. */
int failalloc_judge(belgo_rc rc, size_t run, int on, enum failalloc_outcome outcome, const char *call);

/*
 * call: an expression of type belgo_rc that makes, uses and frees all it needs, so that it can be run again.
 * It must succeed undisturbed. Each allocation fails once alone and once with all that come after it.
 */
#define FAILALLOC_EACH_(call, outcome)                                                                       \
	do {                                                                                                 \
		belgo_rc rc_;                                                                                \
		failalloc_begin(0, 0);                                                                       \
		rc_ = (call);                                                                                \
		if (failalloc_end() == 0 || rc_ != BELGO_OK)                                                 \
			fail_msg("%s: rc %d undisturbed, or it allocates nothing", #call, (int)rc_);         \
		for (int on_ = 0; on_ <= 1; on_++) {                                                         \
			size_t run_ = 0;                                                                     \
			do {                                                                                 \
				failalloc_begin(++run_, on_);                                                \
				rc_ = (call);                                                                \
				(void)failalloc_end();                                                       \
			} while (failalloc_judge(rc_, run_, on_, (outcome), #call));                         \
		}                                                                                            \
	} while (0)
#define FAILALLOC_EACH(call) FAILALLOC_EACH_(call, FAILALLOC_REPORTS)
#define FAILALLOC_EACH_TOLERANT(call) FAILALLOC_EACH_(call, FAILALLOC_MAY_GO_ON)

#endif
