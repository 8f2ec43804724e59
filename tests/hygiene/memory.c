/*
 * Whether a program that signed in, refreshed and freed everything still has a secret somewhere in its
 *memory. A child does it and then stands still; this process, which was told the secrets, reads the child's
 *memory.
 *
 *	hygiene_memory [OPTION...] ISSUER
 *
 *	--allow OWNER:SECRET	what is known to remain: OWNER is how the name of a library begins
 *	--wipe-json		jansson's memory is wiped when it is freed, as a program may ask for its whole
 *process
 *	--basic, --form-post	how the client authenticates, how the code comes back; otherwise by form and
 *by query
 *
 * Prints a line for each trace; ends with 1 where one is not allowed, and with 2 where nothing could be
 *shown.
 */
#include "heap_log.h"
#include "scan.h"
#include "signin.h"

#include <getopt.h>
#include <jansson.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_ALLOWED 32
#define LOST "what was freed as it was"

struct plan {
	struct signin how;
	int wipe_json;
	const char *allowed[MAX_ALLOWED];
	size_t n_allowed;
};

struct pipes {
	int told[2]; /* child to parent */
	int go[2];   /* parent to child: closed when it may end */
};

/* What the parent knows when the child stands still. */
static struct secret secrets[MAX_SECRETS];

/* jansson's free() for a program that owns its process, as oauthctl does. */
static void
wipe_and_free(void *memory)
{
	if (memory != NULL)
		explicit_bzero(memory, malloc_usable_size(memory));
	free(memory);
}

static void
tell(void *arg, const char *name, const char *value, size_t len)
{
	char head[48];
	struct iovec parts[] = {
	    {head, (size_t)snprintf(head, sizeof(head), "%-31s%8zu", name, len)},
	    {(void *)(uintptr_t)value, len},
	};

	if (writev(*(const int *)arg, parts, 2) != (ssize_t)(parts[0].iov_len + len))
		_exit(3);
}

/* Shows that the scan sees what is there to be seen: random text, freed as it was. */
static void
lose_a_value(int fd)
{
	char *lost = malloc(64);

	if (lost == NULL || getentropy(lost, 64) != 0)
		_exit(3);
	tell(&fd, LOST, lost, 64);
	free(lost);
}

static _Noreturn void
be_watched(const struct plan *plan, struct pipes *pipes)
{
	char byte;
	int rc;

	close(pipes->told[0]);
	close(pipes->go[1]);
	if (plan->wipe_json)
		json_set_alloc_funcs(malloc, wipe_and_free);
	rc = signin_and_refresh(&plan->how, tell, &pipes->told[1]);
	lose_a_value(pipes->told[1]);
	close(pipes->told[1]);
	if (read(pipes->go[0], &byte, 1) != 0)
		_exit(3);
	_exit(rc == 0 ? 0 : 1);
}

static int
read_all(int fd, char *to, size_t len)
{
	for (size_t got = 0; got < len;) {
		ssize_t n = read(fd, to + got, len - got);

		if (n <= 0)
			return -1;
		got += (size_t)n;
	}
	return 0;
}

static int
is_known(size_t n, const struct secret *secret)
{
	for (size_t i = 0; i < n; i++)
		if (secrets[i].len == secret->len &&
		    memcmp(secrets[i].value, secret->value, secret->len) == 0)
			return 1;
	return 0;
}

/* Until the child has told everything. */
static size_t
listen_to(int fd)
{
	char head[40] = "";
	size_t n = 0;

	while (n < MAX_SECRETS && read_all(fd, head, 39) == 0) {
		struct secret *secret = &secrets[n];

		secret->len = strtoul(head + 31, NULL, 10);
		head[31] = '\0';
		for (size_t i = 31; i > 0 && head[i - 1] == ' '; i--)
			head[i - 1] = '\0';
		snprintf(secret->name, sizeof(secret->name), "%s", head);
		if (secret->len > MAX_SECRET || read_all(fd, secret->value, secret->len) != 0)
			return 0;
		n += !is_known(n, secret);
	}
	/* A token that is a JWT begins as every other one does. */
	for (size_t i = 0; i < n; i++)
		if (secrets[i].len > 200) {
			memmove(secrets[i].value, secrets[i].value + secrets[i].len - 100, 100);
			secrets[i].len = 100;
		}
	return n;
}

static int
is_allowed(const struct plan *plan, const struct trace *trace)
{
	for (size_t i = 0; i < plan->n_allowed; i++) {
		const char *secret = strrchr(plan->allowed[i], ':');

		if (secret != NULL && strcmp(secret + 1, trace->secret) == 0 &&
		    strncmp(plan->allowed[i], trace->owner, (size_t)(secret - plan->allowed[i])) == 0)
			return 1;
	}
	return 0;
}

static int
was_told(size_t n, const char *name, int times)
{
	for (size_t i = 0; i < n; i++)
		times -= strcmp(secrets[i].name, name) == 0;
	if (times > 0)
		printf("never met: %s\n", name);
	return times <= 0;
}

/* A scan that was told of nothing, or sees nothing, shows nothing. */
static int
is_telling(const struct plan *plan, size_t n, const struct traces *traces)
{
	int saw_lost = 0, is_post = strcmp(plan->how.method, "client_secret_post") == 0;

	for (size_t i = 0; i < traces->n; i++)
		saw_lost |= strcmp(traces->list[i].secret, LOST) == 0;
	if (!saw_lost)
		printf("the scan does not find %s\n", LOST);
	return was_told(n, "code", 1) & was_told(n, "code_verifier", 1) &
	       was_told(n, "first refresh token", 1) & was_told(n, "new refresh token", 1) &
	       was_told(n, "access token", 2) & was_told(n, "state", 1) & was_told(n, "nonce", 1) &
	       was_told(n, is_post ? "client secret" : "client secret as Basic", 1) & saw_lost &
	       heap_log_is_whole();
}

static int
judge(const struct plan *plan, size_t n, const struct traces *traces)
{
	int faults = 0;

	printf("%zu secrets, %zu KiB looked at\n", n, traces->bytes / 1024);
	for (size_t i = 0; i < traces->n; i++) {
		const struct trace *trace = &traces->list[i];
		int is_fault = strcmp(trace->secret, LOST) != 0 && !is_allowed(plan, trace);

		faults += is_fault;
		if (strcmp(trace->secret, LOST) != 0)
			printf("%s: %s in %s+0x%zx\n", is_fault ? "FOUND" : "known", trace->secret,
			       trace->owner, trace->offset);
	}
	if (!is_telling(plan, n, traces))
		return 2;
	return faults > 0;
}

/* Not told by the child: it reads the file itself. */
static size_t
add_store_key(const char *path, size_t n)
{
	FILE *file = path != NULL && n < MAX_SECRETS ? fopen(path, "re") : NULL;

	if (file == NULL)
		return n;
	snprintf(secrets[n].name, sizeof(secrets[n].name), "store key");
	secrets[n].len = fread(secrets[n].value, 1, 32, file);
	fclose(file);
	return n + 1;
}

static int
watch(const struct plan *plan)
{
	static struct traces traces;
	struct pipes pipes;
	int status = 0, result = 2;
	size_t n;
	pid_t pid;

	if (heap_log_start() != 0 || pipe(pipes.told) != 0 || pipe(pipes.go) != 0 || (pid = fork()) < 0)
		return 2;
	if (pid == 0)
		be_watched(plan, &pipes);
	close(pipes.told[1]);
	close(pipes.go[0]);
	n = add_store_key(plan->how.key_file, listen_to(pipes.told[0]));
	if (scan(&traces, pid, secrets, n) == 0)
		result = judge(plan, n, &traces);
	else
		perror("memory: the child's memory cannot be read");
	close(pipes.go[1]);
	if (waitpid(pid, &status, 0) != pid || status != 0)
		return 2;
	return result;
}

static int
one_option(struct plan *plan, int c, const char *value)
{
	switch (c) {
	case 'a':
		if (plan->n_allowed == MAX_ALLOWED)
			return -1;
		plan->allowed[plan->n_allowed++] = value;
		return 0;
	case 'j':
		plan->wipe_json = 1;
		return 0;
	case 'b':
		plan->how.method = "client_secret_basic";
		return 0;
	case 'f':
		plan->how.mode = BELGO_RESPONSE_FORM_POST;
		return 0;
	case 'c':
		plan->how.ca_file = value;
		return 0;
	case 'w':
		plan->how.browser = value;
		return 0;
	case 's':
		plan->how.store = value;
		return 0;
	case 'd':
		plan->how.state_dir = value;
		return 0;
	case 'k':
		plan->how.key_file = value;
		return 0;
	default:
		return -1;
	}
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
	    {"allow", required_argument, NULL, 'a'},    {"wipe-json", no_argument, NULL, 'j'},
	    {"basic", no_argument, NULL, 'b'},          {"form-post", no_argument, NULL, 'f'},
	    {"ca-file", required_argument, NULL, 'c'},  {"browser", required_argument, NULL, 'w'},
	    {"store", required_argument, NULL, 's'},    {"state-dir", required_argument, NULL, 'd'},
	    {"key-file", required_argument, NULL, 'k'}, {NULL, 0, NULL, 0},
	};
	/* Constants are no memory that is written to, so the scan does not meet them. */
	struct plan plan = {.how = {.client_id = "app",
				    .secret = "a-client-secret-of-42-characters-7h3Q9vXz0",
				    .method = "client_secret_post",
				    .store = "memory"}};
	int c;

	setvbuf(stdout, NULL, _IOLBF, 0);
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (one_option(&plan, c, optarg) != 0)
			return 2;
	if (argc != optind + 1)
		return 2;
	plan.how.issuer = argv[optind];
	return watch(&plan);
}
