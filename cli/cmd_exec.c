/* exec: a command with the access token in one environment variable. */
#include "commands.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CANNOT_RUN 126 /* as env(1) and the shells have it */
#define NO_SUCH_COMMAND 127

struct exec_args {
	const char *account, *env;
	int64_t min_valid;
	struct words scope, resource;
};

static const struct opt opts[] = {
    {OPT_STRING, "account", 0, offsetof(struct exec_args, account), "ACCOUNT",
     "name, e-mail address, provider or issuer", FILL_ACCOUNT},
    {OPT_STRING, "env", 0, offsetof(struct exec_args, env), "NAME", "the variable (ACCESS_TOKEN)", FILL_NONE},
    {OPT_DURATION, "min-valid", 0, offsetof(struct exec_args, min_valid), "DURATION",
     "refresh unless valid for so long (60s)", FILL_NONE},
    {OPT_WORDS, "scope", 0, offsetof(struct exec_args, scope), "SCOPE…",
     "a further token, for these scopes alone", FILL_NONE},
    {OPT_WORDS, "resource", 0, offsetof(struct exec_args, resource), "URI…",
     "a further token, for these resources alone", FILL_NONE},
    {0}};

static int
is_variable_name(const char *name)
{
	static const char first[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
	const char *p;

	if (name[0] == '\0' || strchr(first, name[0]) == NULL)
		return 0;
	for (p = name; *p != '\0'; p++)
		if (strchr(first, *p) == NULL && (*p < '0' || *p > '9'))
			return 0;
	return 1;
}

/* The child gets what this process was given, not what it made of itself. */
static void
restore(struct ctl *ctl)
{
	struct sigaction usual = {.sa_handler = SIG_DFL};

	/* The pair of sockets by which libcurl wakes itself would be inherited. */
	if (ctl->has_transport)
		belgo_transport_done(&ctl->transport);
	ctl->has_transport = 0;
	sigaction(SIGPIPE, &usual, NULL);
	sigaction(SIGXFSZ, &usual, NULL);
	setrlimit(RLIMIT_CORE, &ctl->core_limit);
}

static belgo_rc
get_token(struct ctl *ctl, const struct exec_args *args, const char *variable, struct belgo_error *err)
{
	const struct token_wish wish = {.account = args->account,
					.min_valid = args->min_valid,
					.scope = args->scope,
					.resource = args->resource};
	AUTO(live_token_done) struct live_token live = {0};

	TRY(live_token_get(&live, ctl, &wish, err));
	if (setenv(variable, belgo_op_token(live.op)->access_token, 1) != 0)
		return fail_memory(err);
	return BELGO_OK;
}

static belgo_rc
run(struct ctl *ctl, const struct line *line, struct belgo_error *err)
{
	const struct exec_args *args = line->args;
	const char *variable = args->env != NULL ? args->env : "ACCESS_TOKEN";
	char **argv;
	int why;

	if (!is_variable_name(variable))
		return fail_with(err, BELGO_EINVAL, "--env: \"%.40s\" is no name of a variable", variable);
	if ((argv = calloc(line->n + 1, sizeof(*argv))) == NULL)
		return fail_memory(err);
	memcpy(argv, line->operands, line->n * sizeof(*argv));
	belgo_rc rc = get_token(ctl, args, variable, err);
	if (rc == BELGO_OK) {
		restore(ctl);
		execvp(argv[0], argv);
		why = errno;
		fail_with(err, BELGO_EINTERNAL, "%.200s cannot be run: %s", argv[0], strerror(why));
		report(ctl, err);
		free(argv);
		_exit(why == ENOENT ? NO_SUCH_COMMAND : CANNOT_RUN);
	}
	free(argv);
	return rc;
}

const struct command cmd_exec = {
    .name = "exec",
    .operands = "[--] COMMAND [ARGUMENT]…",
    .summary = "run a command with an access token in its environment",
    .about = "The command replaces oauthctl, so its exit status is the command's; 127 where there is no such "
	     "command, 126\n"
	     "where it cannot be run. The token is not renewed while the command runs.\n\n"
	     "  oauthctl exec --env GOOGLE_TOKEN -- ./backup.sh",
    .opts = opts,
    .args_size = sizeof(struct exec_args),
    .min = 1,
    .max = -1,
    .verbatim = 1,
    .run = run};
