/*
 * While a login waits: a status line with the time left, and a redirect URL pasted on the terminal. The
 * terminal is taken out of its line mode, which cuts at 4096 bytes; so echo and erasing are done here.
 */
#include "login.h"

#include "terminal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TYPED_MAX (32u << 10)
#define ERASE 0x7f
#define BACKSPACE 0x08
#define KILL_LINE 0x15
#define END_OF_FILE 0x04

void
login_watch_clear(struct login_watch *watch)
{
	if (watch->has_line)
		fputs("\r\033[K", stderr);
	watch->has_line = 0;
}

static void
tick(void *arg)
{
	struct login_watch *watch = arg;
	int64_t now = time_now(), left = watch->deadline - now;

	/* What is being typed must not be written over. */
	if (watch->deadline == 0 || watch->ctl->globals.quiet || !isatty(STDERR_FILENO) || watch->len > 0 ||
	    watch->shown_at == now)
		return;
	watch->shown_at = now;
	left = left > 0 ? left : 0;
	fprintf(stderr, "\r\033[KWaiting for the %s, %lld:%02lld left%s",
		watch->by_device ? "code to be entered" : "browser", (long long)(left / 60),
		(long long)(left % 60), watch->may_paste ? "; or paste the URL it ends on: " : " ");
	watch->has_line = 1;
}

static void
submit(struct login_watch *watch)
{
	struct belgo_error err = {0};
	belgo_rc rc;

	fputc('\n', stderr);
	watch->has_line = 0;
	watch->typed[watch->len] = '\0';
	if (watch->len > 0) {
		rc = belgo_op_redirect(watch->op, watch->typed, &err);
		if (rc == BELGO_ESTATE)
			fputs("That is not the URL of this login; it goes on waiting.\n", stderr);
		else if (rc != BELGO_OK)
			fprintf(stderr, "That URL cannot be used: %s.\n", err.text);
	}
	explicit_bzero(watch->typed, watch->len);
	watch->len = 0;
	watch->shown_at = 0;
}

static void
erase(struct login_watch *watch, size_t n)
{
	for (; n > 0 && watch->len > 0; n--) {
		watch->typed[--watch->len] = '\0';
		fputs("\b \b", stderr);
	}
}

static void
take(struct login_watch *watch, char c)
{
	if (c == '\n' || c == '\r')
		submit(watch);
	else if (c == ERASE || c == BACKSPACE)
		erase(watch, 1);
	else if (c == KILL_LINE)
		erase(watch, watch->len);
	else if (c > ' ' && c < ERASE && watch->len < TYPED_MAX) {
		watch->typed[watch->len++] = c;
		fputc(c, stderr);
	}
}

static void
input(void *arg)
{
	struct login_watch *watch = arg;
	char chunk[1024];
	ssize_t n = read(watch->hooks.input_fd, chunk, sizeof(chunk)), i;

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	/* The end of input is not the end of a login. */
	if (n <= 0)
		watch->hooks.input_fd = -1;
	for (i = 0; i < n; i++)
		if (chunk[i] != END_OF_FILE)
			take(watch, chunk[i]);
	explicit_bzero(chunk, sizeof(chunk));
}

static int
enter_paste_mode(struct login_watch *watch)
{
	struct termios mode;

	if (watch->by_device || watch->ctl->globals.no_input || !terminal_is_attended() ||
	    tcgetattr(STDIN_FILENO, &watch->terminal) != 0 || (watch->typed = malloc(TYPED_MAX + 1)) == NULL)
		return 0;
	mode = watch->terminal;
	mode.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	mode.c_cc[VMIN] = 1;
	mode.c_cc[VTIME] = 0;
	/* A background job would be stopped here: it just goes without. */
	return tcgetpgrp(STDIN_FILENO) == getpgrp() && tcsetattr(STDIN_FILENO, TCSANOW, &mode) == 0;
}

void
login_watch_begin(struct login_watch *watch, const struct ctl *ctl, int by_device)
{
	*watch = (struct login_watch){.ctl = ctl, .by_device = by_device};
	watch->hooks = (struct drive){.tick = tick, .input = input, .arg = watch, .input_fd = -1};
}

void
login_watch_start(struct login_watch *watch, int64_t deadline)
{
	watch->deadline = deadline;
	watch->may_paste = enter_paste_mode(watch);
	if (watch->may_paste)
		watch->hooks.input_fd = STDIN_FILENO;
}

void
login_watch_end(struct login_watch *watch)
{
	login_watch_clear(watch);
	if (watch->may_paste)
		tcsetattr(STDIN_FILENO, TCSANOW, &watch->terminal);
	if (watch->typed != NULL)
		explicit_bzero(watch->typed, watch->len);
	free(watch->typed);
	watch->typed = NULL;
	watch->may_paste = 0;
}
