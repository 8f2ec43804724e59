/*
 * herd: lets one command loose N times at once, and says what became of all of them. Knows nothing of the
 *command.
 *
 *	herd N DIR COMMAND...
 *
 * Each child waits at a gate until the last one has been made. DIR/out.I and DIR/err.I hold what it wrote. On
 *stdout: ok=COUNT failed=COUNT status=FIRST_FAILURE wall_ms=N maxrss_kib=LARGEST
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define HERD_MAX 1000

static void
die(const char *what)
{
	fprintf(stderr, "herd: %s: %s\n", what, strerrordesc_np(errno));
	exit(2);
}

static void
redirect(const char *dir, const char *name, int i, int onto)
{
	char path[1024];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s.%d", dir, name, i);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || dup2(fd, onto) < 0)
		die(path);
}

static void
child(int i, const char *dir, const int gate[2], char **command)
{
	char byte;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)close(gate[1]);
	while (read(gate[0], &byte, 1) < 0 && errno == EINTR)
		continue;
	(void)close(gate[0]);
	redirect(dir, "out", i, STDOUT_FILENO);
	redirect(dir, "err", i, STDERR_FILENO);
	(void)execvp(command[0], command);
	die(command[0]);
}

static long
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int
main(int argc, char **argv)
{
	int n = argc > 3 ? (int)strtol(argv[1], NULL, 10) : 0, ok = 0, first = 0, gate[2];
	long began, maxrss = 0;

	if (n < 1 || n > HERD_MAX) {
		fprintf(stderr, "usage: herd N DIR COMMAND...\n");
		return 2;
	}
	if (pipe2(gate, O_CLOEXEC) < 0)
		die("pipe");
	for (int i = 0; i < n; i++) {
		pid_t pid = fork();

		if (pid < 0)
			die("fork");
		if (pid == 0)
			child(i, argv[2], gate, argv + 3);
	}
	began = now_ms();
	(void)close(gate[1]);
	for (int i = 0; i < n; i++) {
		struct rusage usage;
		int status = 0, code;

		if (wait4(-1, &status, 0, &usage) < 0)
			die("wait4");
		code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		ok += code == 0;
		first = first == 0 ? code : first;
		maxrss = usage.ru_maxrss > maxrss ? usage.ru_maxrss : maxrss;
	}
	printf("ok=%d failed=%d status=%d wall_ms=%ld maxrss_kib=%ld\n", ok, n - ok, first, now_ms() - began,
	       maxrss);
	return ok == n ? 0 : 1;
}
