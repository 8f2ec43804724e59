/* Driving an operation by its descriptor, beside signals, the terminal and a clock tick. */
#include "ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* The write end of the signal pipe: the one thing that a handler can reach. */
static volatile int signal_fd = -1;

static const int caught[] = {SIGINT, SIGTERM, SIGHUP};

static void
on_signal(int number)
{
	int saved = errno;
	ssize_t n;

	(void)number;
	n = write(signal_fd, "", 1);
	(void)n; /* a full pipe says the same */
	errno = saved;
}

struct signals {
	int pipe[2];
	struct sigaction before[LEN(caught)];
};

static belgo_rc
signals_catch(struct signals *signals, struct belgo_error *err)
{
	/* One shot: a second ^C kills, should an operation be stuck in a call that blocks. */
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
	size_t i;

	if (pipe2(signals->pipe, O_CLOEXEC | O_NONBLOCK) != 0)
		return fail(err, BELGO_EINTERNAL, "no pipe could be made: %s", strerror(errno));
	signal_fd = signals->pipe[1];
	for (i = 0; i < LEN(caught); i++) {
		sigaction(caught[i], NULL, &signals->before[i]);
		if (signals->before[i].sa_handler != SIG_IGN) /* nohup stays nohup */
			sigaction(caught[i], &action, NULL);
	}
	return BELGO_OK;
}

static void
signals_release(struct signals *signals)
{
	size_t i;

	for (i = 0; i < LEN(caught); i++)
		sigaction(caught[i], &signals->before[i], NULL);
	signal_fd = -1;
	fd_close(&signals->pipe[0]);
	fd_close(&signals->pipe[1]);
}

static void
wait_once(struct belgo_op *op, struct drive *hooks, struct pollfd *fds)
{
	int n;

	fds[2].fd = hooks->input != NULL ? hooks->input_fd : -1;
	n = poll(fds, 3, hooks->tick != NULL ? 1000 : -1);
	if (n < 0)
		return;
	if (fds[1].revents != 0) {
		belgo_op_cancel(op);
		fds[1].fd = -1;
	}
	if (fds[2].fd >= 0 && fds[2].revents != 0)
		hooks->input(hooks->arg);
	if (hooks->tick != NULL)
		hooks->tick(hooks->arg);
}

static belgo_rc
loop(struct belgo_op *op, struct drive *hooks, int signals, struct belgo_error *err)
{
	struct pollfd fds[3] = {{.fd = belgo_op_fd(op, err), .events = POLLIN}, {.fd = signals, .events = POLLIN},
	    {.fd = -1, .events = POLLIN}};

	if (fds[0].fd < 0)
		return err != NULL && err->rc != BELGO_OK ? err->rc :
							    fail(err, BELGO_EINTERNAL, "no descriptor is left");
	while (belgo_op_dispatch(op) == BELGO_OP_RUNNING)
		wait_once(op, hooks, fds);
	return belgo_op_result(op, err);
}

belgo_rc
drive(struct ctl *ctl, struct belgo_op *op, struct drive *hooks, struct belgo_error *err)
{
	struct drive none = {.input_fd = -1};
	struct signals signals;
	const char *warning;
	belgo_rc rc;
	size_t i;

	TRY(signals_catch(&signals, err));
	rc = loop(op, hooks != NULL ? hooks : &none, signals.pipe[0], err);
	signals_release(&signals);
	for (i = 0; rc == BELGO_OK && (warning = belgo_op_warning(op, i)) != NULL; i++)
		warn(ctl, "%s", warning);
	return rc;
}
