/* Asking the terminal and the environment of the desktop. */
#include "terminal.h"

#include "path.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define SECRET_MAX 1024

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

static belgo_rc
read_line(char *line, size_t size, int fd, struct belgo_error *err)
{
	size_t len = 0;
	ssize_t n;

	while (len < size - 1 && (n = read(fd, line + len, 1)) != 0) {
		if (n < 0 && errno == EINTR)
			return fail_with(err, BELGO_EINTR, "interrupted at the passphrase");
		if (n < 0)
			return fail_with(err, BELGO_EIO, "the terminal cannot be read: %s", strerror(errno));
		if (line[len] == '\n')
			break;
		len++;
	}
	line[len] = '\0';
	return len > 0 ? BELGO_OK : fail_with(err, BELGO_ELOCKED, "no passphrase was given");
}

belgo_rc
terminal_ask_secret(char **out, const char *question, struct belgo_error *err)
{
	AUTO(fd_close) int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	struct termios shown, hidden;
	char line[SECRET_MAX];
	belgo_rc rc;

	if (fd < 0 || tcgetattr(fd, &shown) != 0)
		return fail_with(err, BELGO_ELOCKED, "there is no terminal to ask for a passphrase");
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	tcsetattr(fd, TCSAFLUSH, &hidden);
	dprintf(fd, "%s", question);
	rc = read_line(line, sizeof(line), fd, err);
	tcsetattr(fd, TCSAFLUSH, &shown);
	dprintf(fd, "\n");
	if (rc == BELGO_OK && (*out = strdup(line)) == NULL)
		rc = fail_memory(err);
	explicit_bzero(line, sizeof(line));
	return rc;
}

belgo_rc
terminal_ask_passphrase(char **out, int no_input, const char *question, struct belgo_error *err)
{
	struct belgo_error cause = {0};
	belgo_rc rc;

	if (no_input)
		return fail_with(err, BELGO_EINVAL,
				 "a passphrase is needed, and --no-input forbids to ask for it");
	if ((rc = terminal_ask_secret(out, question, &cause)) == BELGO_ELOCKED)
		rc = BELGO_EINVAL;
	return rc == BELGO_OK ? rc : fail_with(err, rc, "%s", cause.text);
}
