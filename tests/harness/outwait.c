/*
 * outwait: runs a command and ends with its status, but not before every process that it left behind has
 * ended: a browser, which nobody else waits for.
 *
 *	outwait COMMAND...
 */
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
	int status = 0, code = 127;
	pid_t child, ended;

	if (argc < 2 || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0 || (child = fork()) < 0) {
		fprintf(stderr, "usage: outwait COMMAND...\n");
		return 127;
	}
	if (child == 0) {
		(void)execvp(argv[1], argv + 1);
		_exit(127);
	}
	while ((ended = wait(&status)) > 0)
		if (ended == child)
			code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return code;
}
