/* Signals that end or stop a program from its terminal, caught for a while. What was ignored stays so. */
#ifndef CTL_SIGNALS_H
#define CTL_SIGNALS_H

#include <signal.h>

enum { SIGNALS_MAX = 5 };

struct signals {
	const int *numbers; /* at most SIGNALS_MAX, ended by 0 */
	struct sigaction before[SIGNALS_MAX];
};

/* flags: of struct sigaction. */
void signals_catch(struct signals *signals, const int *numbers, void (*handler)(int), int flags);
void signals_release(const struct signals *signals);

#endif
