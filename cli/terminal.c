/* Asking the terminal and the environment of the desktop. */
#include "terminal.h"

#include "path.h"
#include "signals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define SECRET_MAX 1025

int
terminal_has_display(void)
{
	return env_get("DISPLAY") != NULL || env_get("WAYLAND_DISPLAY") != NULL;
}

int
terminal_is_attended(void)
{
	return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

int
terminal_is_remote(void)
{
	return env_get("SSH_CONNECTION") != NULL;
}

/* The third word of SSH_CONNECTION is the address by which this machine was reached. */
static void
this_host(char *out, size_t size)
{
	const char *connection = getenv("SSH_CONNECTION");
	char address[64];

	if (connection != NULL && sscanf(connection, "%*s %*s %63s", address) == 1)
		snprintf(out, size, "%s", address);
	else if (gethostname(out, size) != 0)
		snprintf(out, size, "HOST");
	out[size - 1] = '\0';
}

void
terminal_ssh_target(char *out, size_t size)
{
	const struct passwd *user = getpwuid(geteuid());
	char host[256];

	this_host(host, sizeof(host));
	snprintf(out, size, "%.60s%s%s", user != NULL ? user->pw_name : "", user != NULL ? "@" : "", host);
}

/* The signal that came while a secret was typed; 0: none. */
static volatile sig_atomic_t interruption;

/* With these the terminal would be left as it is while a secret is typed. */
static const int interruptions[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, 0};

static void
on_interruption(int number)
{
	interruption = number;
}

/* Whether there is something to read before a signal comes. That may be delivered to another thread. */
static int
is_ready(int fd)
{
	struct pollfd ready = {.fd = fd, .events = POLLIN};

	while (interruption == 0)
		if (poll(&ready, 1, 100) > 0)
			return 1;
	return 0;
}

static belgo_rc
read_line(char *line, size_t size, int fd, struct belgo_error *err)
{
	size_t len = 0;
	ssize_t n = 1;

	while (len < size && n != 0) {
		if (!is_ready(fd))
			return fail_with(err, BELGO_EINTR, "interrupted at the passphrase");
		if ((n = read(fd, line + len, 1)) < 0 && errno != EINTR)
			return fail_with(err, BELGO_EIO, "the terminal cannot be read: %s", strerror(errno));
		if (n > 0 && line[len] == '\n')
			break;
		len += n > 0 ? 1 : 0;
	}
	if (len == size)
		return fail_with(err, BELGO_EINVAL, "the passphrase is longer than %zu bytes", size - 1);
	line[len] = '\0';
	return len > 0 ? BELGO_OK : fail_with(err, BELGO_ELOCKED, "no passphrase was given");
}

/* The terminal is as it was afterwards, however that ends. */
static belgo_rc
read_unseen(char *line, size_t size, int fd, const char *question, struct belgo_error *err)
{
	struct termios shown, hidden;
	struct signals signals;
	belgo_rc rc;

	if (fd < 0 || tcgetattr(fd, &shown) != 0)
		return fail_with(err, BELGO_ELOCKED, "there is no terminal to ask for a passphrase");
	signals_catch(&signals, interruptions, on_interruption, 0);
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	tcsetattr(fd, TCSAFLUSH, &hidden);
	dprintf(fd, "%s", question);
	rc = read_line(line, size, fd, err);
	tcsetattr(fd, TCSAFLUSH, &shown);
	dprintf(fd, "\n");
	signals_release(&signals);
	return rc;
}

/* What a signal would have done to the program it does when the terminal is as before; stopped, it asks
 * again. */
static belgo_rc
ask_once(char **out, const char *question, struct belgo_error *err)
{
	AUTO(fd_close) int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	char line[SECRET_MAX];
	belgo_rc rc;

	do {
		struct belgo_error why = {.retry_after = -1};

		interruption = 0;
		rc = read_unseen(line, sizeof(line), fd, question, &why);
		if (rc == BELGO_OK && (*out = strdup(line)) == NULL)
			rc = fail_memory(&why);
		explicit_bzero(line, sizeof(line));
		if (interruption != 0)
			raise(interruption); /* on this thread: another would stop, and this one ask again */
		if (rc != BELGO_OK && interruption != SIGTSTP)
			return fail_with(err, rc, "%s", why.text);
	} while (rc != BELGO_OK);
	return rc;
}

belgo_rc
terminal_ask_secret(char **out, const char *question, int is_new, struct belgo_error *err)
{
	AUTO(text_free) char *first = NULL, *second = NULL;

	TRY(ask_once(&first, question, err));
	if (is_new) {
		TRY(ask_once(&second, "The same again: ", err));
		if (strcmp(first, second) != 0)
			return fail_with(err, BELGO_EINVAL, "the two passphrases differ; nothing was done");
	}
	*out = TAKE(first);
	return BELGO_OK;
}

belgo_rc
terminal_ask_passphrase(char **out, int no_input, const char *question, int is_new, struct belgo_error *err)
{
	struct belgo_error cause = {0};
	belgo_rc rc;

	if (no_input)
		return fail_with(err, BELGO_EINVAL,
				 "a passphrase is needed, and --no-input forbids to ask for it");
	if ((rc = terminal_ask_secret(out, question, is_new, &cause)) == BELGO_ELOCKED)
		rc = BELGO_EINVAL;
	return rc == BELGO_OK ? rc : fail_with(err, rc, "%s", cause.text);
}
