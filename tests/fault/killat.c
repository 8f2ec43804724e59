/*
 * Runs a command and kills it, by SIGKILL, as it enters its N-th system call after it connected to a port. N
 *0: lets it run, and only counts. One line goes to the report: what the program had got by then.
 *
 *	killat PORT N REPORT COMMAND...
 *
 * "point N of the whole run: COUNT calls" or "killed at N in call NR", then
 * answered=0|1 (bytes had come back from the port) and durable=0|1 (a file was renamed into place after
 *that), and the counts at which each first was so.
 */
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <linux/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_THREADS 64

struct thread {
	pid_t tid;
	uint64_t nr;
	uint64_t args[6];
};

struct run {
	pid_t pid;
	int port;
	long kill_at;
	long count;
	int fd; /* the connected socket, -1 before */
	long answered_at, durable_at;
	long killed_in;
	int status;
	struct thread threads[MAX_THREADS];
};

static struct thread *
thread_of(struct run *run, pid_t tid)
{
	struct thread *empty = NULL;

	for (size_t i = 0; i < MAX_THREADS; i++) {
		if (run->threads[i].tid == tid)
			return &run->threads[i];
		if (run->threads[i].tid == 0 && empty == NULL)
			empty = &run->threads[i];
	}
	if (empty != NULL)
		empty->tid = tid;
	return empty;
}

/* Family and port are the first four bytes of the address. */
static int
is_connect_to(const struct run *run, pid_t tid, const struct thread *t)
{
	struct sockaddr_in head;
	long word;

	if (t->nr != SYS_connect)
		return 0;
	errno = 0;
	word = ptrace(PTRACE_PEEKDATA, tid, (void *)(uintptr_t)t->args[1], NULL);
	/* oauthctl closes its memory to all but root; the length tells this address from one of D-Bus. */
	if (errno != 0)
		return t->args[2] == sizeof(head);
	memcpy(&head, &word, sizeof(word));
	return head.sin_family == AF_INET && ntohs(head.sin_port) == run->port;
}

static void
entered(struct run *run, pid_t tid, struct thread *t)
{
	if (run->fd < 0 && is_connect_to(run, tid, t))
		run->fd = (int)t->args[0];
	if (run->fd < 0)
		return;
	run->count++;
	if (run->kill_at > 0 && run->count == run->kill_at) {
		run->killed_in = (long)t->nr;
		(void)kill(run->pid, SIGKILL);
	}
}

static void
left(struct run *run, const struct thread *t, int64_t result)
{
	int reads = t->nr == SYS_recvfrom || t->nr == SYS_read || t->nr == SYS_recvmsg;
	int renames = t->nr == SYS_rename || t->nr == SYS_renameat || t->nr == SYS_renameat2;

	if (run->fd < 0)
		return;
	if (reads && (int)t->args[0] == run->fd && result > 0 && run->answered_at == 0)
		run->answered_at = run->count;
	if (renames && result == 0 && run->answered_at != 0 && run->durable_at == 0)
		run->durable_at = run->count;
}

static void
at_syscall(struct run *run, pid_t tid)
{
	struct ptrace_syscall_info info;
	struct thread *t = thread_of(run, tid);

	if (t == NULL || ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof(info), &info) < 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
		t->nr = info.entry.nr;
		memcpy(t->args, info.entry.args, sizeof(t->args));
		entered(run, tid, t);
	} else if (info.op == PTRACE_SYSCALL_INFO_EXIT) {
		left(run, t, info.exit.rval);
	}
}

/* Goes on until the process itself has ended; signals other than our own stops are passed on. */
static void
trace(struct run *run)
{
	for (;;) {
		int status, signal = 0;
		pid_t tid = waitpid(-1, &status, __WALL);

		if (tid < 0)
			return;
		if (WIFEXITED(status) || WIFSIGNALED(status)) {
			if (tid == run->pid) {
				run->status = status;
				return;
			}
			continue;
		}
		if (WSTOPSIG(status) == (SIGTRAP | 0x80))
			at_syscall(run, tid);
		else if (WSTOPSIG(status) != SIGTRAP && WSTOPSIG(status) != SIGSTOP)
			signal = WSTOPSIG(status);
		(void)ptrace(PTRACE_SYSCALL, tid, NULL, (void *)(intptr_t)signal);
	}
}

static pid_t
start(char **argv)
{
	pid_t pid = fork();

	if (pid == 0) {
		(void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		(void)raise(SIGSTOP);
		(void)execv(argv[0], argv);
		_exit(127);
	}
	return pid;
}

int
main(int argc, char **argv)
{
	struct run run = {.fd = -1};
	FILE *report;
	int status;

	if (argc < 5) {
		fprintf(stderr, "usage: killat PORT N REPORT COMMAND...\n");
		return 2;
	}
	run.port = (int)strtol(argv[1], NULL, 10);
	run.kill_at = strtol(argv[2], NULL, 10);
	run.pid = start(argv + 4);
	if (run.pid < 0 || waitpid(run.pid, &status, 0) < 0 ||
	    ptrace(PTRACE_SETOPTIONS, run.pid, NULL,
		   (void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |
			    PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)) < 0) {
		perror("killat");
		return 2;
	}
	(void)ptrace(PTRACE_SYSCALL, run.pid, NULL, NULL);
	trace(&run);
	if ((report = fopen(argv[3], "w")) == NULL) {
		perror(argv[3]);
		return 2;
	}
	fprintf(report, "calls=%ld killed_in=%ld answered=%d durable=%d answered_at=%ld durable_at=%ld\n",
		run.count, run.killed_in, run.answered_at != 0, run.durable_at != 0, run.answered_at,
		run.durable_at);
	(void)fclose(report);
	return WIFEXITED(run.status) ? WEXITSTATUS(run.status) : 137;
}
