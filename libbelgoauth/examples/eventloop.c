/*
 * A login and a question to the provider on a program's own poll() loop, without a thread and without a call
 * that blocks: eventloop ISSUER CLIENT_ID. The loop watches the terminal besides: a line typed there calls
 * the operation off.
 */
#include <belgoauth/belgoauth.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

static void
show(void *arg, const struct belgo_login_prompt *prompt)
{
	(void)arg;
	fprintf(stderr, "Sign in at %s\nor press Enter to call it off.\n", prompt->url);
	(void)belgo_browser_open(prompt->url, NULL, NULL);
}

/* What else the program does. @return what to watch from now on: -1 once the terminal is closed. */
static int
heed_terminal(struct belgo_op *op)
{
	char line[256];
	ssize_t n = read(STDIN_FILENO, line, sizeof(line));

	if (n > 0)
		belgo_op_cancel(op);
	return n > 0 ? STDIN_FILENO : -1;
}

/* Here stands the loop that the program has anyway; the operation is one descriptor more in it. */
static belgo_rc
turn(struct belgo_op *op, struct belgo_error *err)
{
	struct pollfd watched[] = {
	    {.fd = belgo_op_fd(op, err), .events = POLLIN},
	    {.fd = STDIN_FILENO, .events = POLLIN},
	};
	int n;

	if (watched[0].fd < 0)
		return err->rc;
	while (belgo_op_dispatch(op) == BELGO_OP_RUNNING) {
		n = poll(watched, 2, -1);
		if (n < 0 && errno != EINTR)
			belgo_op_cancel(op);
		if (n > 0 && watched[1].revents != 0)
			watched[1].fd = heed_terminal(op);
	}
	return belgo_op_result(op, err);
}

/* *out is what userinfo answered, borrowed from *op, which the caller frees. */
static belgo_rc
ask(const char **out, struct belgo_op **op, struct belgo_client *client,
    const struct belgo_login_params *login, struct belgo_error *err)
{
	struct belgo_op *signing_in = NULL;
	belgo_rc rc;

	rc = belgo_login_op(&signing_in, client, login, err);
	if (rc == BELGO_OK)
		rc = turn(signing_in, err);
	if (rc == BELGO_OK)
		rc = belgo_userinfo_op(op, client, belgo_op_account(signing_in)->key, err);
	if (rc == BELGO_OK)
		rc = turn(*op, err);
	if (rc == BELGO_OK)
		*out = belgo_op_json(*op);
	belgo_op_free(&signing_in);
	return rc;
}

int
main(int argc, char **argv)
{
	struct belgo_error err = {0};
	struct belgo_store *store = NULL;
	struct belgo_provider *provider = NULL;
	struct belgo_client *client = NULL;
	struct belgo_op *op = NULL;
	struct belgo_login_params login = {.on_prompt = show};
	const char *claims = NULL;

	if (argc != 3) {
		fprintf(stderr, "usage: eventloop ISSUER CLIENT_ID\n");
		return 2;
	}
	login.client_id = argv[2];
	if (!belgo_store_open(&store, &(struct belgo_store_params){.uri = "memory"}, &err) &&
	    !belgo_client_new(&client, &(struct belgo_client_params){.store = store}, &err) &&
	    !belgo_provider_from_issuer(&provider, argv[1], &err)) {
		login.provider = provider;
		if (!ask(&claims, &op, client, &login, &err))
			printf("%s\n", claims);
	}
	if (err.rc != BELGO_OK)
		fprintf(stderr, "eventloop: %s\n", err.text);
	belgo_op_free(&op);
	belgo_provider_free(&provider);
	belgo_client_free(&client);
	belgo_store_free(&store);
	return belgo_rc_exit(err.rc);
}
