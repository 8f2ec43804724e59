/* Catching signals for a while. */
#include "signals.h"

void
signals_catch(struct signals *signals, const int *numbers, void (*handler)(int), int flags)
{
	const struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
	size_t i;

	signals->numbers = numbers;
	for (i = 0; numbers[i] != 0; i++) {
		sigaction(numbers[i], NULL, &signals->before[i]);
		if (signals->before[i].sa_handler != SIG_IGN) /* nohup stays nohup */
			sigaction(numbers[i], &action, NULL);
	}
}

void
signals_release(const struct signals *signals)
{
	size_t i;

	for (i = 0; signals->numbers[i] != 0; i++)
		sigaction(signals->numbers[i], &signals->before[i], NULL);
}
