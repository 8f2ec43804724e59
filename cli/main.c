/* The full program: hardens the process, parses the line, runs the verb, reports. */
#include "commands.h"

#include <fcntl.h>
#include <locale.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* jansson copies tokens; what it frees is wiped. */
static void
wipe_and_free(void *memory)
{
	if (memory != NULL)
		explicit_bzero(memory, malloc_usable_size(memory));
	free(memory);
}

/*
 * A file that is opened as descriptor 1 or 2 would get the answer or the errors written into it. What stands
 * in for a closed descriptor cannot be used the way it is meant, so that an answer nobody gets is no success.
 */
static int
open_standard_streams(void)
{
	int fd;

	do
		fd = open("/dev/null",
			  fcntl(STDIN_FILENO, F_GETFD) < 0 ? O_WRONLY | O_CLOEXEC : O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd < 0)
		return -1;
	close(fd);
	return 0;
}

static void
harden(struct ctl *ctl)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	struct rlimit none = {0};

	sigaction(SIGPIPE, &ignore, NULL);
	/* A limit on the size of files is an error to report, not a death in the middle of a refresh. */
	sigaction(SIGXFSZ, &ignore, NULL);
	json_set_alloc_funcs(malloc, wipe_and_free);
	/* No tokens in core dumps, and no other process of this user reads them from here. */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	getrlimit(RLIMIT_CORE, &ctl->core_limit);
	none.rlim_max = ctl->core_limit.rlim_max;
	setrlimit(RLIMIT_CORE, &none);
}

static int
is_true(const char *value)
{
	return value != NULL && value[0] != '\0' && strcmp(value, "0") != 0;
}

static belgo_rc
print_help(struct ctl *ctl, const struct line *line, struct belgo_error *err)
{
	AUTO(text_free)
	char *text = line->command != NULL ? opt_help(line->group, line->command) : opt_overview(commands);

	if (text == NULL)
		return fail_memory(err);
	out_add(&ctl->out, text, strlen(text));
	return BELGO_OK;
}

static belgo_rc
print_version(struct ctl *ctl)
{
	AUTO(json_free_ptr) json_t *value = NULL;

	if (!ctl->globals.json) {
		out_printf(&ctl->out, "oauthctl %s\n", belgo_version());
		return BELGO_OK;
	}
	value = json_pack("{s:i, s:s}", "version", 1, "oauthctl", belgo_version());
	out_json(&ctl->out, value);
	return BELGO_OK;
}

static void
remember_verb(struct ctl *ctl, const struct line *line)
{
	if (line->command == NULL)
		return;
	ctl->facts.account_is_operand = strncmp(line->command->operands, "[ACCOUNT", strlen("[ACCOUNT")) == 0;
	snprintf(ctl->facts.verb, sizeof(ctl->facts.verb), "%s%s%s",
		 line->group != NULL ? line->group->name : "", line->group != NULL ? " " : "",
		 line->command->name);
}

static belgo_rc
run(struct ctl *ctl, const struct line *line, struct belgo_error *err)
{
	if (ctl->globals.version)
		return print_version(ctl);
	if (ctl->globals.help)
		return print_help(ctl, line, err);
	if (line->command == NULL)
		return fail_with(err, BELGO_EINVAL, "no verb is given");
	if (line->command->hidden || line->command == &cmd_help)
		return line->command->run(ctl, line, err);
	TRY(config_load(&ctl->config, ctl->globals.config, err));
	return line->command->run(ctl, line, err);
}

static belgo_rc
act(struct ctl *ctl, int argc, char **argv, struct belgo_error *err)
{
	AUTO(line_done) struct line line = {0};
	belgo_rc rc = opt_parse(&line, &ctl->globals, commands, argc, argv, err);

	ctl->globals.no_input = ctl->globals.no_input || is_true(getenv("OAUTHCTL_NO_INPUT"));
	remember_verb(ctl, &line);
	if (rc == BELGO_OK)
		rc = run(ctl, &line, err);
	if (rc == BELGO_OK)
		rc = out_commit(&ctl->out, STDOUT_FILENO, err);
	if (rc == BELGO_ENOTFOUND && ctl->config.path != NULL && strcmp(err->subject, ctl->config.path) == 0)
		hint_set(ctl, "Mend the file, or name another with --config; it was left as it is.");
	if (rc == BELGO_ENOTFOUND && line.command != NULL && ctl->config.path == NULL)
		hint_set(ctl, "Set HOME, or name a file with --config.");
	return rc;
}

static void
ctl_done(struct ctl *ctl)
{
	config_done(&ctl->config);
	passphrases_free(ctl);
	out_done(&ctl->out);
	if (ctl->has_transport)
		belgo_transport_done(&ctl->transport);
	if (ctl->has_cache)
		belgo_cache_done(&ctl->cache);
#ifdef BELGOAUTH_SANITIZED
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); /* the leak checker looks in from outside, when all is done */
#endif
}

int
main(int argc, char **argv)
{
	AUTO(ctl_done) struct ctl ctl = {0};
	struct belgo_error err = {.retry_after = -1};
	belgo_rc rc;

	if (open_standard_streams() != 0)
		return belgo_rc_exit(BELGO_EINTERNAL);
	harden(&ctl);
	setlocale(LC_CTYPE, "C.UTF-8");
	ctl.colour = colour_wanted(STDERR_FILENO);
	rc = act(&ctl, argc, argv, &err);
	if (rc == BELGO_OK)
		return 0;
	err.rc = rc;
	report(&ctl, &err);
	return belgo_rc_exit(rc);
}
