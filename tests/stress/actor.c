/*
 * actor: a program that uses libbelgoauth from many threads. Each thread asks once for the access token of
 *the store's only account.
 *
 *	actor MODE STATE_DIR KEY_FILE [N [ISSUER]]
 *
 *	shared	N threads, one client; every other thread drives its operation by the descriptor, the rest
 *block own	N threads, each with a store and a client of its own memory	as shared, on a memory store
 *into which the account is logged in first, at ISSUER
 *	cancel	as shared, but each operation is cancelled from another thread
 *	wait	one, with a lock timeout of N ms; wait_now: it wants a refresh
 *	clock	one refresh by a machine whose clock is N seconds off
 *
 * On stdout, a line for each end that was met: COUNT EXIT TEXT. For BELGO_OK the text is the access token.
 */
#include <belgoauth/belgoauth.h>

#include <poll.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#define THREADS_MAX 64

extern char **environ;

struct setup {
	const char *mode, *state_dir, *key_file, *issuer;
	int n;
};

struct member {
	const struct setup *setup;
	struct belgo_client *client; /* shared, or NULL: own */
	pthread_barrier_t *gate;
	int number;
	char key[65];
	int exit;
	char text[8192];
};

static void
must(belgo_rc rc, const struct belgo_error *err, const char *what)
{
	if (rc == BELGO_OK)
		return;
	fprintf(stderr, "actor: %s: %s\n", what, err->text);
	exit(2);
}

static int
mode_is(const struct setup *setup, const char *mode)
{
	return strcmp(setup->mode, mode) == 0;
}

static int64_t clock_offset_ms;

static int64_t
wall_ms(void *ctx)
{
	const struct belgo_system *real = belgo_system_default();

	(void)ctx;
	return real->wall_ms(real->ctx) + clock_offset_ms;
}

static void
open_client(const struct setup *setup, struct belgo_store **store, struct belgo_client **client)
{
	static struct belgo_system shifted;
	struct belgo_error err = {0};
	struct belgo_store_params store_params = {.uri = mode_is(setup, "memory") ? "memory" : "file",
						  .state_dir = setup->state_dir,
						  .key_file = setup->key_file};
	struct belgo_client_params params = {0};

	must(belgo_store_open(store, &store_params, &err), &err, "store");
	params.store = *store;
	if (strncmp(setup->mode, "wait", 4) == 0)
		params.lock_timeout_ms = setup->n;
	if (mode_is(setup, "clock")) {
		clock_offset_ms = (int64_t)setup->n * 1000;
		shifted = *belgo_system_default();
		shifted.wall_ms = wall_ms;
		params.system = &shifted;
	}
	must(belgo_client_new(client, &params, &err), &err, "client");
}

static void
browse(void *arg, const struct belgo_login_prompt *prompt)
{
	pid_t *browser = arg;
	char curl[] = "curl", options[] = "-sSL", output[] = "-o/dev/null", *url = strdup(prompt->url);
	char *argv[] = {curl, options, output, url, NULL};

	if (url == NULL || posix_spawnp(browser, curl, NULL, NULL, argv, environ) != 0)
		exit(2);
	free(url);
}

static void
log_in(struct belgo_client *client, const char *issuer)
{
	struct belgo_error err = {0};
	struct belgo_provider *provider = NULL;
	struct belgo_login_params params = {
	    .client_id = "demo", .account_name = "ada", .max_age = -1, .timeout_s = 20, .on_prompt = browse};
	struct belgo_op *op = NULL;
	pid_t browser = 0;

	must(belgo_provider_from_issuer(&provider, issuer, &err), &err, "provider");
	params.provider = provider;
	params.prompt_arg = &browser;
	must(belgo_login_op(&op, client, &params, &err), &err, "login");
	must(belgo_op_run(op, &err), &err, "login");
	belgo_op_free(&op);
	belgo_provider_free(&provider);
	(void)waitpid(browser, NULL, 0);
}

static void
find_account(char key[65], struct belgo_client *client)
{
	struct belgo_error err = {0};
	struct belgo_op *op = NULL;
	const struct belgo_account_list *list;

	must(belgo_accounts_op(&op, client, &err), &err, "accounts");
	must(belgo_op_run(op, &err), &err, "accounts");
	list = belgo_op_accounts(op);
	if (list->n != 1) {
		fprintf(stderr, "actor: %zu accounts where one was expected\n", list->n);
		exit(2);
	}
	(void)snprintf(key, 65, "%s", list->items[0]->key);
	belgo_op_free(&op);
}

static belgo_rc
drive(struct belgo_op *op, int by_descriptor, struct belgo_error *err)
{
	struct pollfd p = {.events = POLLIN};

	if (!by_descriptor)
		return belgo_op_run(op, err);
	if ((p.fd = belgo_op_fd(op, err)) < 0)
		return err->rc;
	while (belgo_op_dispatch(op) == BELGO_OP_RUNNING)
		(void)poll(&p, 1, -1);
	return belgo_op_result(op, err);
}

static void *
cancel_soon(void *arg)
{
	struct timespec t = {.tv_nsec = 3000000};

	(void)nanosleep(&t, NULL);
	belgo_op_cancel(arg);
	return NULL;
}

static void *
ask(void *arg)
{
	struct member *m = arg;
	const struct setup *setup = m->setup;
	struct belgo_token_params params = {.account_key = m->key, .min_valid = 60};
	struct belgo_error err = {0};
	struct belgo_store *store = NULL;
	struct belgo_client *own = NULL;
	struct belgo_op *op = NULL;
	pthread_t canceller;
	belgo_rc rc;

	if (mode_is(setup, "clock") || mode_is(setup, "cancel") || mode_is(setup, "wait_now"))
		params.mode = BELGO_REFRESH_NOW;
	if (m->client == NULL)
		open_client(setup, &store, &own);
	(void)pthread_barrier_wait(m->gate);
	must(belgo_token_op(&op, own != NULL ? own : m->client, &params, &err), &err, "token");
	if (mode_is(setup, "cancel") && pthread_create(&canceller, NULL, cancel_soon, op) != 0)
		exit(2);
	rc = drive(op, m->number % 2, &err);
	if (mode_is(setup, "cancel"))
		(void)pthread_join(canceller, NULL);
	m->exit = belgo_rc_exit(rc);
	(void)snprintf(m->text, sizeof(m->text), "%s",
		       rc == BELGO_OK ? belgo_op_token(op)->access_token : err.text);
	belgo_op_free(&op);
	belgo_client_free(&own);
	belgo_store_free(&store);
	return NULL;
}

/* COUNT EXIT TEXT, in the order in which the ends were first met. */
static void
report(const struct member *members, int n)
{
	for (int i = 0; i < n; i++) {
		int count = 0, is_first = 1;

		for (int j = 0; j < n; j++) {
			int same = members[j].exit == members[i].exit &&
				   strcmp(members[j].text, members[i].text) == 0;

			count += same;
			is_first &= !(same && j < i);
		}
		if (is_first)
			printf("%d %d %s\n", count, members[i].exit, members[i].text);
	}
}

int
main(int argc, char **argv)
{
	static struct member members[THREADS_MAX];
	struct setup setup = {0};
	struct belgo_store *store = NULL;
	struct belgo_client *client = NULL;
	static pthread_t thread[THREADS_MAX];
	pthread_barrier_t gate;
	char key[65];
	int n;

	if (argc < 4) {
		fprintf(stderr, "usage: actor MODE STATE_DIR KEY_FILE [N [ISSUER]]\n");
		return 2;
	}
	setup = (struct setup){
	    .mode = argv[1], .state_dir = argv[2], .key_file = argv[3], .issuer = argc > 5 ? argv[5] : NULL};
	setup.n = argc > 4 ? (int)strtol(argv[4], NULL, 10) : 1;
	n = strncmp(setup.mode, "wait", 4) == 0 || mode_is(&setup, "clock") ? 1 : setup.n;
	if (n < 1 || n > THREADS_MAX)
		return 2;
	open_client(&setup, &store, &client);
	if (setup.issuer != NULL)
		log_in(client, setup.issuer);
	find_account(key, client);
	(void)pthread_barrier_init(&gate, NULL, (unsigned)n);
	for (int i = 0; i < n; i++) {
		members[i] = (struct member){.setup = &setup, .gate = &gate, .number = i};
		members[i].client = mode_is(&setup, "own") ? NULL : client;
		memcpy(members[i].key, key, sizeof(key));
		if (pthread_create(&thread[i], NULL, ask, &members[i]) != 0)
			return 2;
	}
	for (int i = 0; i < n; i++)
		(void)pthread_join(thread[i], NULL);
	report(members, n);
	(void)pthread_barrier_destroy(&gate);
	belgo_client_free(&client);
	belgo_store_free(&store);
	return 0;
}
