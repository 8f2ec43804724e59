/*
 * Starts a browser and forgets it: no shell, no waiting, no zombie, nothing inherited that is not meant for
 * it. Which command the user prefers is read from the environment by the caller, not here.
 */
#include <belgoauth/listener.h>

#include "base/error.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/url.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_WORDS 64
#define MAX_COMMAND (64 * 1024)

/* What desktops, WSL and Debian call their opener of choice. */
static const char default_openers[] = "xdg-open:wslview:sensible-browser";

/* The arguments of one command, each of its own memory. */
struct command {
	char *words[MAX_WORDS + 1];
	size_t n;
	int has_url;
};

static void
command_done(struct command *command)
{
	for (size_t i = 0; i < command->n; i++)
		bg_str_free(&command->words[i]);
	command->n = 0;
}

/* A quote or backslash is legal in no URL that we make, and has been too much for more than one opener
 * script. */
static belgo_rc
check_url(const char *url)
{
	BG_AUTO(bg_url_done) struct bg_url parsed = {0};

	if (url == NULL || strpbrk(url, "'\"`\\") != NULL)
		return BELGO_EINVAL;
	return bg_url_parse(&parsed, url);
}

/* One word, its %s replaced by the URL, and %% by %. */
static belgo_rc
add_word(struct command *command, const char *word, size_t len, const char *url)
{
	BG_AUTO(bg_buf_free) struct bg_buf text = BG_BUF(MAX_COMMAND);

	if (command->n == MAX_WORDS)
		return BELGO_EINVAL;
	for (size_t i = 0; i < len; i++) {
		if (word[i] == '%' && i + 1 < len && word[i + 1] == 's') {
			BG_TRY(bg_buf_add_str(&text, url));
			command->has_url = 1;
			i++;
			continue;
		}
		BG_TRY(bg_buf_add_char(&text, word[i]));
		if (word[i] == '%' && i + 1 < len && word[i + 1] == '%')
			i++;
	}
	command->words[command->n] = bg_buf_take(&text);
	return command->words[command->n] != NULL ? (command->n++, BELGO_OK) : BELGO_ENOMEM;
}

/* One entry of the colon list, split at blanks; the URL goes last where no %s asks for it. */
static belgo_rc
make_command(struct command *out, const char *entry, size_t len, const char *url)
{
	const char *end = entry + len;

	while (entry < end) {
		size_t blanks = strspn(entry, " \t"), word;

		if (blanks >= (size_t)(end - entry))
			break;
		entry += blanks;
		word = strcspn(entry, " \t:");
		BG_TRY(add_word(out, entry, word, url));
		entry += word;
	}
	return out->n > 0 && !out->has_url ? add_word(out, "%s", 2, url) : BELGO_OK;
}

static int
is_scrubbed(const char *variable, const struct belgo_browser_params *params)
{
	for (size_t i = 0; params->scrub != NULL && params->scrub[i] != NULL; i++) {
		size_t len = strlen(params->scrub[i]);

		if (params->n_scrub != 0 && i == params->n_scrub)
			break;
		if (strncmp(variable, params->scrub[i], len) == 0 && variable[len] == '=')
			return 1;
	}
	return 0;
}

/* The environment without the names that are kept from the child; pointers into environ. */
static char **
make_environment(const struct belgo_browser_params *params)
{
	size_t n = 0, kept = 0;
	char **list;

	while (environ != NULL && environ[n] != NULL)
		n++;
	if ((list = bg_calloc(n + 1, sizeof(*list))) == NULL)
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (!is_scrubbed(environ[i], params))
			list[kept++] = environ[i];
	return list;
}

/*
 * Standard streams to nowhere; every other descriptor but the one that reports a failed exec is closed. 0, or
 * -1. A host program without standard streams may have that one among the first three: it is moved up first.
 */
static int
detach_descriptors(int *report)
{
	int null = open("/dev/null", O_RDWR), up = fcntl(*report, F_DUPFD_CLOEXEC, 3);

	if (null < 0 || up < 0)
		return -1;
	*report = up;
	for (int fd = 0; fd <= 2; fd++)
		if (dup2(null, fd) < 0)
			return -1;
	if (up > 3)
		(void)close_range(3, (unsigned)up - 1, 0);
	(void)close_range((unsigned)up + 1, ~0U, 0);
	return 0;
}

/* Handlers fall back to the default at exec by themselves, but what the host program ignores would stay
 * ignored. */
static void
reset_signals(void)
{
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		(void)signal(sig, SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* To the parent, which reads an empty pipe as success: so it must not be swallowed. */
static void
say_failure(int report)
{
	int failure = errno;

	while (write(report, &failure, sizeof(failure)) < 0 && errno == EINTR)
		;
}

/* In the grandchild. Never returns. */
__attribute__((noreturn)) static void
become(const struct command *command, char *const *environment, int report)
{
	reset_signals();
	if (detach_descriptors(&report) == 0)
		(void)execvpe(command->words[0], command->words, environment);
	say_failure(report);
	_exit(127);
}

/* The middle process: a session of its own, so that a signal of the terminal does not reach the browser. */
__attribute__((noreturn)) static void
fork_again(const struct command *command, char *const *environment, int report)
{
	pid_t pid;

	(void)setsid();
	if ((pid = fork()) == 0)
		become(command, environment, report);
	if (pid < 0)
		say_failure(report);
	_exit(0);
}

/* What the pipe says: nothing (the program was started and its end closed itself), or an errno. */
static int
read_report(int pipe_fd)
{
	int failure = 0;
	ssize_t n;

	do
		n = read(pipe_fd, &failure, sizeof(failure));
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(failure) ? failure : 0;
}

/* 0, or an errno. Signals are blocked around fork() so that no handler of the host program runs in the child.
 */
static int
start(const struct command *command, char *const *environment)
{
	sigset_t all, before;
	int ends[2], failure;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return errno;
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	if ((pid = fork()) == 0)
		fork_again(command, environment, ends[1]);
	failure = pid < 0 ? errno : 0;
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	(void)close(ends[1]);
	if (pid > 0) {
		failure = read_report(ends[0]);
		/* The middle process is gone by now. A host program that reaps every child may have been
		 * faster. */
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	(void)close(ends[0]);
	return failure;
}

/* BELGO_ENOTFOUND: this entry starts nothing; try the next. */
static belgo_rc
try_entry(const char *entry, size_t len, const char *url, char *const *environment)
{
	BG_AUTO(command_done) struct command command = {0};

	BG_TRY(make_command(&command, entry, len, url));
	if (command.n == 0)
		return BELGO_ENOTFOUND;
	switch (start(&command, environment)) {
	case 0:
		return BELGO_OK;
	case ENOMEM:
	case EAGAIN:
	case EMFILE:
	case ENFILE:
		return BELGO_EINTERNAL;
	default:
		return BELGO_ENOTFOUND;
	}
}

belgo_rc
belgo_browser_open(const char *url, const struct belgo_browser_params *params, struct belgo_error *err)
{
	static const struct belgo_browser_params defaults = {0};
	BG_AUTO(bg_free) char **environment = NULL;
	const char *entry;
	belgo_rc rc;

	if (params == NULL)
		params = &defaults;
	if ((rc = check_url(url)) != BELGO_OK)
		return bg_fail(err, rc, "the URL cannot be given to a browser: %s", belgo_rc_str(rc));
	if ((environment = make_environment(params)) == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	for (entry = params->command != NULL ? params->command : default_openers; *entry != '\0';) {
		size_t len = strcspn(entry, ":");

		if ((rc = try_entry(entry, len, url, environment)) == BELGO_OK)
			return BELGO_OK;
		if (rc != BELGO_ENOTFOUND)
			return bg_fail(err, rc, "the browser could not be started: %s", belgo_rc_str(rc));
		entry += len + (entry[len] == ':');
	}
	return bg_fail(err, BELGO_ENOTFOUND, "no program that opens a browser was found");
}
