/*
 * Runs a program and writes down its memory as it is at its very end, when there is nothing more that it
 *could wipe: each mapping that it may write to is a file in DIRECTORY. Ends with the program's status.
 *
 *	exitdump DIRECTORY COMMAND [ARGUMENT...]
 *
 * What the kernel shows of a process is opened when the program begins, before it closes itself to others.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

struct shown {
	int mem;
	FILE *maps;
};

static int
open_shown(struct shown *shown, pid_t pid)
{
	char path[64];

	if (shown->maps != NULL) {
		(void)fclose(shown->maps);
		(void)close(shown->mem);
	}
	snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
	shown->mem = open(path, O_RDONLY | O_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	shown->maps = fopen(path, "re");
	return shown->mem >= 0 && shown->maps != NULL ? 0 : -1;
}

/* A page that cannot be read was never written to. */
static void
copy(FILE *out, int mem, uintptr_t begin, uintptr_t end)
{
	static char page[4096];

	for (; begin < end; begin += sizeof(page))
		if (pread(mem, page, sizeof(page), (off_t)begin) == (ssize_t)sizeof(page))
			(void)!fwrite(page, 1, sizeof(page), out);
}

/* Returns how many mappings there were, -1 where one could not be written down. */
static int
dump(const struct shown *shown, const char *dir)
{
	char line[512], path[1024];
	int n = 0;

	while (fgets(line, sizeof(line), shown->maps) != NULL) {
		uintptr_t begin, end;
		char perms[5] = "", name[256] = "";
		const char *slash;
		FILE *out;
		int failed;

		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s %*s %*s %*s %255s", &begin, &end, perms,
			   name) < 3)
			return -1;
		if (strncmp(perms, "rw", 2) != 0)
			continue;
		slash = strrchr(name, '/');
		snprintf(path, sizeof(path), "%s/%03d-%s", dir, n++, slash != NULL ? slash + 1 : name);
		if ((out = fopen(path, "we")) == NULL)
			return -1;
		copy(out, shown->mem, begin, end);
		failed = ferror(out);
		if (fclose(out) != 0 || failed)
			return -1;
	}
	return n;
}

/* The program's status; 125 where it could not be looked at. */
static int
trace(pid_t pid, const char *dir)
{
	struct shown shown = {.mem = -1};
	int status, n = 0, signal = 0;

	for (;;) {
		if (ptrace(PTRACE_CONT, pid, NULL, (void *)(uintptr_t)signal) != 0 ||
		    waitpid(pid, &status, 0) != pid)
			return 125;
		if (WIFEXITED(status))
			return n > 0 ? WEXITSTATUS(status) : 125;
		if (WIFSIGNALED(status))
			return 128 + WTERMSIG(status);
		signal = 0;
		if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXEC << 8)) {
			if (open_shown(&shown, pid) != 0)
				return 125;
		} else if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXIT << 8)) {
			n = shown.maps != NULL ? dump(&shown, dir) : -1;
		} else {
			signal = WSTOPSIG(status);
		}
	}
}

int
main(int argc, char **argv)
{
	const long options = PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL;
	int status;
	pid_t pid;

	if (argc < 3 || (pid = fork()) < 0)
		return 125;
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0 || raise(SIGSTOP) != 0)
			_exit(125);
		execv(argv[2], argv + 2);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)options) != 0)
		return 125;
	return trace(pid, argv[1]);
}
