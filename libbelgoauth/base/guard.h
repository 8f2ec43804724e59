/* The idioms of this library: scope-bound cleanup, moving out of a variable, passing an error on. */
#ifndef BG_GUARD_H
#define BG_GUARD_H

#include <belgoauth/error.h>

#include <stddef.h>

#define BG_AUTO(free_fn) __attribute__((cleanup(free_fn)))
#define BG_TAKE(p)                                                                                           \
	({                                                                                                   \
		__typeof__(p) t_ = (p);                                                                      \
		(p) = NULL;                                                                                  \
		t_;                                                                                          \
	})
#define BG_TRY(expr)                                                                                         \
	do {                                                                                                 \
		belgo_rc rc_ = (expr);                                                                       \
		if (rc_ != BELGO_OK)                                                                         \
			return rc_;                                                                          \
	} while (0)
#define BG_LEN(array) (sizeof(array) / sizeof((array)[0]))
#define BG_MUST_USE __attribute__((warn_unused_result))
#define BG_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

#endif
