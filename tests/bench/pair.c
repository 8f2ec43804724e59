/*
 * Measures two commands side by side: A B A B ..., each a whole process from spawn to exit, and prints one
 * row of a table. A machine that is slow for a while is slow for both of a pair, so the median of the
 * pairwise ratios says more than the ratio of two means.
 *
 *	pair NAME PAIRS LIMIT A... -- B...
 *
 * Exit status: 0; 1 where the median is above LIMIT (0: there is none); 2 where a command cannot be run, or
 * fails.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WARM_UP = 5, MAX_PAIRS = 100000 };

extern char **environ;

struct sample {
	double wall_ms, cpu_ms;
};

struct series {
	char **argv;
	double *wall_ms, *cpu_ms;
};

static double
now_ms(void)
{
	struct timespec t = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double
time_ms(const struct timeval *t)
{
	return (double)t->tv_sec * 1e3 + (double)t->tv_usec / 1e3;
}

/* What a command prints goes to /dev/null; what it complains about is seen. */
static int
run(struct sample *out, char **argv)
{
	posix_spawn_file_actions_t actions;
	struct rusage usage;
	double began;
	pid_t pid;
	int status, rc;

	if (posix_spawn_file_actions_init(&actions) != 0 ||
	    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0) != 0)
		return -1;
	began = now_ms();
	rc = posix_spawn(&pid, argv[0], &actions, NULL, argv, environ);
	(void)posix_spawn_file_actions_destroy(&actions);
	if (rc != 0) {
		fprintf(stderr, "pair: %s: %s\n", argv[0], strerror(rc));
		return -1;
	}
	while (wait4(pid, &status, 0, &usage) < 0)
		if (errno != EINTR)
			return -1;
	*out = (struct sample){.wall_ms = now_ms() - began,
			       .cpu_ms = time_ms(&usage.ru_utime) + time_ms(&usage.ru_stime)};
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	fprintf(stderr, "pair: %s ended with status %d\n", argv[0],
		WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	return -1;
}

static int
compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Sorts in place. */
static double
median(double *values, size_t n)
{
	qsort(values, n, sizeof(*values), compare);
	return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

static int
measure(struct series *a, struct series *b, double *ratios, size_t pairs)
{
	struct sample sa, sb;
	size_t i;

	for (i = 0; i < WARM_UP + pairs; i++) {
		if (run(&sa, a->argv) != 0 || run(&sb, b->argv) != 0)
			return -1;
		if (i < WARM_UP)
			continue;
		a->wall_ms[i - WARM_UP] = sa.wall_ms;
		a->cpu_ms[i - WARM_UP] = sa.cpu_ms;
		b->wall_ms[i - WARM_UP] = sb.wall_ms;
		b->cpu_ms[i - WARM_UP] = sb.cpu_ms;
		ratios[i - WARM_UP] = sa.wall_ms / sb.wall_ms;
	}
	return 0;
}

/* Of the ratios the middle eight tenths are shown beside the extremes, which one interruption makes. */
static int
print(const char *name, struct series *a, struct series *b, double *ratios, size_t pairs, double limit)
{
	double ratio = median(ratios, pairs);
	int fits = limit <= 0 || ratio <= limit;

	printf("%-20s %6zu %8.2f %8.2f %8.2f %8.2f %6.2f %6.2f..%-6.2f %6.2f..%-6.2f", name, pairs,
	       median(a->wall_ms, pairs), median(b->wall_ms, pairs), median(a->cpu_ms, pairs),
	       median(b->cpu_ms, pairs), ratio, ratios[pairs / 10], ratios[pairs - 1 - pairs / 10], ratios[0],
	       ratios[pairs - 1]);
	if (limit > 0)
		printf(" %s %.2f", fits ? "<=" : "ABOVE", limit);
	printf("\n");
	return fits ? 0 : 1;
}

static char **
second_command(char **argv)
{
	for (; *argv != NULL; argv++)
		if (strcmp(*argv, "--") == 0) {
			*argv = NULL;
			return argv + 1;
		}
	return NULL;
}

int
main(int argc, char **argv)
{
	struct series a = {0}, b = {0};
	double *memory, limit;
	long pairs;
	int rc = 2;

	if (argc == 2 && strcmp(argv[1], "--heading") == 0) {
		printf("%-20s %6s %8s %8s %8s %8s %6s %-14s %-14s %s\n", "", "pairs", "A ms", "B ms", "A cpu",
		       "B cpu", "A/B", "  8 tenths", "  min..max", "limit");
		return 0;
	}
	a.argv = argc > 4 ? argv + 4 : NULL;
	b.argv = a.argv != NULL ? second_command(a.argv) : NULL;
	pairs = argc > 4 ? strtol(argv[2], NULL, 10) : 0;
	if (b.argv == NULL || *b.argv == NULL || *a.argv == NULL || pairs < 1 || pairs > MAX_PAIRS) {
		fprintf(stderr, "usage: pair NAME PAIRS LIMIT A... -- B...    or: pair --heading\n");
		return 2;
	}
	limit = strtod(argv[3], NULL);
	if ((memory = calloc((size_t)pairs * 5, sizeof(*memory))) == NULL)
		return 2;
	a.wall_ms = memory;
	a.cpu_ms = memory + pairs;
	b.wall_ms = memory + 2 * pairs;
	b.cpu_ms = memory + 3 * pairs;
	if (measure(&a, &b, memory + 4 * pairs, (size_t)pairs) == 0)
		rc = print(argv[1], &a, &b, memory + 4 * pairs, (size_t)pairs, limit);
	free(memory);
	return rc;
}
