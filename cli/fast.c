/*
 * oauthctl as it is called most often: `token` and `header` for an account whose access token lies in the
 * kernel's keyring. Answers these from libc alone; whatever else is asked, and whenever it is in doubt, the
 * full program takes over with the same arguments. Every rule about accounts, stores and options is the full
 * program's: here they are only recognized.
 */
#include "duration.h"
#include "index.h"
#include "path.h"

#include "io/access_cache.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define MIN_VALID_S 60
#define CANNOT_RUN 1

enum verb { VERB_NONE, VERB_TOKEN, VERB_HEADER };

struct request {
	enum verb verb;
	const char *account, *store, *config;
	int64_t min_valid;
	int no_newline;
};

/* Relative to the directory of this program: as configured for installation, and as it stands in the build.
 */
static const char *const full_programs[] = {OAUTHCTL_MAIN, "../libexec/oauthctl/oauthctl-main"};

static void
run_full_program(char **argv)
{
	char exe[PATH_MAX / 2], *path, *slash;
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	size_t i;

	if (n > 0) {
		exe[n] = '\0';
		if ((slash = strrchr(exe, '/')) != NULL)
			slash[1] = '\0';
		for (i = 0; i < sizeof(full_programs) / sizeof(full_programs[0]); i++)
			if (asprintf(&path, "%s%s", exe, full_programs[i]) >= 0) {
				execv(path, argv);
				free(path);
			}
	}
	dprintf(
	    STDERR_FILENO,
	    "oauthctl: the full program cannot be run: %s\n"
	    "oauthctl is not installed completely: oauthctl-main belongs into libexec/oauthctl beside bin.\n",
	    strerror(errno));
}

/* --name VALUE or --name=VALUE: the value, having gone past it; NULL: another option, or no value. */
static const char *
value_of(const char *name, char **argv, int *i)
{
	const char *arg = argv[*i];
	size_t len = strlen(name);

	if (strncmp(arg, name, len) != 0)
		return NULL;
	if (arg[len] == '=')
		return arg[len + 1] != '\0' ? arg + len + 1 : NULL;
	if (arg[len] != '\0' || argv[*i + 1] == NULL || argv[*i + 1][0] == '\0')
		return NULL;
	return argv[++*i];
}

/* @return 0, or -1 where the full program must look. */
static int
take_option(struct request *request, char **argv, int *i)
{
	const char *arg = argv[*i], *value;

	if (strcmp(arg, "-q") == 0 || strcmp(arg, "--quiet") == 0 || strcmp(arg, "--no-input") == 0)
		return 0;
	if ((value = value_of("--store", argv, i)) != NULL) {
		request->store = value;
		return 0;
	}
	if ((value = value_of("--config", argv, i)) != NULL) {
		request->config = value;
		return 0;
	}
	if (request->verb == VERB_NONE)
		return -1; /* a verb's own options follow it */
	if ((value = value_of("--account", argv, i)) != NULL) {
		request->account = value;
		return 0;
	}
	if ((value = value_of("--min-valid", argv, i)) != NULL)
		return duration_parse(&request->min_valid, value);
	if (request->verb == VERB_TOKEN && (strcmp(arg, "-n") == 0 || strcmp(arg, "--no-newline") == 0)) {
		request->no_newline = 1;
		return 0;
	}
	return -1;
}

static int
read_line(struct request *request, char **argv)
{
	int i;

	for (i = 1; argv[i] != NULL; i++) {
		if (argv[i][0] == '-') {
			if (take_option(request, argv, &i) != 0)
				return -1;
			continue;
		}
		if (request->verb != VERB_NONE)
			return -1;
		if (strcmp(argv[i], "token") == 0)
			request->verb = VERB_TOKEN;
		else if (strcmp(argv[i], "header") == 0)
			request->verb = VERB_HEADER;
		else
			return -1;
	}
	return request->verb == VERB_NONE ? -1 : 0;
}

/* The index speaks for the configuration that it was written with, and for no other. */
static int
is_current(const struct index *index, const struct request *request)
{
	char *path = path_config_file(request->config);
	struct index_stamp now;
	int same = 0;

	if (path != NULL && strcmp(path, index->config_path) == 0) {
		index_stamp_of(&now, path);
		same = index_stamp_equal(&now, &index->config);
	}
	free(path);
	return same;
}

static const struct index_account *
choose(const struct index *index, const struct request *request, const char *store)
{
	const char *wanted = request->account != NULL ? request->account : env_get("OAUTHCTL_ACCOUNT");
	size_t first = 0, n;

	if (!is_current(index, request))
		return NULL;
	if (wanted == NULL && index->default_name[0] != '\0')
		wanted = index->default_name;
	n = index_find(index, wanted, store, &first, NULL);
	return n == 1 ? &index->accounts[first] : NULL;
}

/* @return 0 with the entry in buf, or -1. */
static int
look_up(struct bg_access_cached *out, char *buf, size_t size, const struct request *request)
{
	const char *named = request->store != NULL ? request->store : env_get("OAUTHCTL_STORE");
	char *path = path_state("index"), *store = named != NULL ? path_store_uri(named) : NULL;
	const struct index_account *account = NULL;
	struct index index = {0};
	size_t len = 0;
	int rc = -1;

	if (path != NULL && (named == NULL || store != NULL) && index_read(&index, path) == 0)
		account = choose(&index, request, store);
	if (account != NULL && bg_access_cache_get(account->cache_id, buf, size, &len) == 0)
		rc = bg_access_cache_parse(out, buf, len);
	index_done(&index);
	free(path);
	free(store);
	return rc;
}

static int
is_usable(const struct bg_access_cached *entry, const struct request *request)
{
	struct timespec now;

	if (clock_gettime(CLOCK_REALTIME, &now) != 0 || entry->access_token[0] == '\0')
		return 0;
	if (request->verb == VERB_HEADER && strcasecmp(entry->token_type, "Bearer") != 0)
		return 0;
	return entry->expires_at == 0 || entry->expires_at - request->min_valid >= now.tv_sec;
}

/*
 * What precedes the token is put before it in the same buffer, and all goes out in one write where the pipe
 * takes it.
 */
static int
print(const struct bg_access_cached *entry, const struct request *request)
{
	const char *before = request->verb == VERB_HEADER ? "Authorization: Bearer " : "";
	char *line = NULL;
	int done,
	    len = asprintf(&line, "%s%s%s", before, entry->access_token, request->no_newline ? "" : "\n");
	ssize_t n = 0;

	if (len < 0)
		return -1;
	for (done = 0; done < len && n >= 0; done += (int)n)
		if ((n = write(STDOUT_FILENO, line + done, (size_t)(len - done))) < 0 && errno == EINTR)
			n = 0;
	explicit_bzero(line, (size_t)len);
	free(line);
	return n < 0 ? -1 : 0;
}

/* @return 0 once it is printed, 1 where it cannot be written, -1 where the full program must answer. */
static int
answer(char **argv)
{
	struct request request = {.min_valid = MIN_VALID_S};
	struct bg_access_cached entry;
	const char *cache = env_get("OAUTHCTL_ACCESS_CACHE");
	char *buf;
	int rc = -1;

	if ((cache != NULL && strcmp(cache, "off") == 0) || read_line(&request, argv) != 0 ||
	    (buf = malloc(BG_ACCESS_CACHE_MAX + 1)) == NULL)
		return -1;
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (look_up(&entry, buf, BG_ACCESS_CACHE_MAX + 1, &request) == 0 && is_usable(&entry, &request))
		rc = print(&entry, &request) == 0 ? 0 : 1;
	explicit_bzero(buf, BG_ACCESS_CACHE_MAX + 1);
	free(buf);
#ifdef BELGOAUTH_SANITIZED
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); /* the leak checker looks in from outside, when all is done */
#endif
	return rc;
}

int
main(int argc, char **argv)
{
	int rc = argc > 1 ? answer(argv) : -1;

	if (rc == 0)
		return 0;
	if (rc > 0) {
		dprintf(STDERR_FILENO, "oauthctl: standard output cannot be written: %s\n", strerror(errno));
		return 1;
	}
	run_full_program(argv);
	return CANNOT_RUN;
}
