/*
 * Driving an operation: a login by its descriptor, beside the terminal and a clock tick; any other one to its
 * end. A signal cancels it, which takes effect where nothing can be lost.
 */
#include "ctl.h"

#include "signals.h"

#include <poll.h>
#include <string.h>

/* What a handler can reach; belgo_op_cancel() may be called from one. */
static struct belgo_op *volatile running;

static const int caught[] = {SIGINT, SIGTERM, SIGHUP, 0};

static void
on_signal(int number)
{
	struct belgo_op *op = running;

	(void)number;
	if (op != NULL)
		belgo_op_cancel(op);
}

static void
wait_once(struct drive *hooks, struct pollfd *fds)
{
	fds[1].fd = hooks->input != NULL ? hooks->input_fd : -1;
	if (poll(fds, 2, hooks->tick != NULL ? 1000 : -1) < 0)
		return;
	if (fds[1].fd >= 0 && fds[1].revents != 0)
		hooks->input(hooks->arg);
	if (hooks->tick != NULL)
		hooks->tick(hooks->arg);
}

static belgo_rc
loop(struct belgo_op *op, struct drive *hooks, struct belgo_error *err)
{
	struct pollfd fds[2] = {{.fd = belgo_op_fd(op, err), .events = POLLIN}, {.fd = -1, .events = POLLIN}};

	if (fds[0].fd < 0)
		return err != NULL && err->rc != BELGO_OK
			   ? err->rc
			   : fail_with(err, BELGO_EINTERNAL, "no descriptor is left");
	while (belgo_op_dispatch(op) == BELGO_OP_RUNNING)
		wait_once(hooks, fds);
	return belgo_op_result(op, err);
}

/* A login that is due is made in the way of the one before. */
static void
remember_login(struct ctl *ctl, const struct belgo_account *account)
{
	if (account == NULL || account->grant == NULL || strcmp(account->name, ctl->facts.account) != 0)
		return;
	if (account->tenant != NULL)
		snprintf(ctl->facts.tenant, sizeof(ctl->facts.tenant), "%s", account->tenant);
	if (strcmp(account->grant, "client_credentials") == 0)
		ctl->facts.login_option = "--client-credentials";
	else if (strcmp(account->grant, "urn:ietf:params:oauth:grant-type:jwt-bearer") == 0)
		ctl->facts.login_option = "--jwt-bearer-subject SUBJECT";
}

belgo_rc
drive(struct ctl *ctl, struct belgo_op *op, struct drive *hooks, struct belgo_error *err)
{
	struct signals signals;
	const char *warning;
	belgo_rc rc;
	size_t i;

	running = op;
	/* One shot: a second ^C kills, should an operation be stuck in a call that blocks. */
	signals_catch(&signals, caught, on_signal, (int)SA_RESETHAND);
	rc = hooks != NULL ? loop(op, hooks, err) : belgo_op_run(op, err);
	signals_release(&signals);
	running = NULL;
	if (rc == BELGO_ELOGIN)
		remember_login(ctl, belgo_op_account(op));
	for (i = 0; (warning = belgo_op_warning(op, i)) != NULL; i++)
		warn(ctl, "%s", warning);
	return rc;
}
