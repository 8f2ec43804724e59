/* What every file of the command line shares: the idioms of cleanup, and failing with a sentence. */
#ifndef CLI_H
#define CLI_H

#include <belgoauth/error.h>

#include <stddef.h>

#define AUTO(free_fn) __attribute__((cleanup(free_fn)))
#define TAKE(p)                                                                                              \
	({                                                                                                   \
		__typeof__(p) t_ = (p);                                                                      \
		(p) = NULL;                                                                                  \
		t_;                                                                                          \
	})
#define TRY(expr)                                                                                            \
	do {                                                                                                 \
		belgo_rc rc_ = (expr);                                                                       \
		if (rc_ != BELGO_OK)                                                                         \
			return rc_;                                                                          \
	} while (0)
#define LEN(array) (sizeof(array) / sizeof((array)[0]))

/* Fills err with one sentence; the first cause wins. @return rc */
belgo_rc fail_with(struct belgo_error *err, belgo_rc rc, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
belgo_rc fail_memory(struct belgo_error *err);

/* Wipes the string, frees it and forgets it; for AUTO. */
void text_free(char **text);
void fd_close(int *fd);

#endif
