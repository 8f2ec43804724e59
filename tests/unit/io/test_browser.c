/* Opening a browser: which command is run, with what, and what the child does not get. The browser is a
 * script that tells. */
#include "harness/test.h"

#include <belgoauth/listener.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define URL "https://idp.example/authorize?client_id=a%20b&x=$(pwned);y&z"
#define DESCRIPTOR 57

struct fixture {
	char dir[64];
	char script[96];
	char fifo[96];
	int told; /* the reading end of the fifo */
};

static int
begin(void **state)
{
	static struct fixture f;
	FILE *script;

	f = (struct fixture){.dir = "/tmp/belgo-browser-XXXXXX"};
	assert_non_null(mkdtemp(f.dir));
	(void)snprintf(f.script, sizeof(f.script), "%s/browser", f.dir);
	(void)snprintf(f.fifo, sizeof(f.fifo), "%s/told", f.dir);
	assert_int_equal(mkfifo(f.fifo, 0600), 0);
	assert_true((f.told = open(f.fifo, O_RDWR | O_CLOEXEC)) >= 0);
	assert_non_null(script = fopen(f.script, "w"));
	(void)fprintf(
	    script,
	    "#!/bin/sh\n{\nfor a in \"$@\"; do echo \"arg $a\"; done\n"
	    "echo \"secret ${TEST_CLIENT_SECRET-none} plain ${TEST_PLAIN-none}\"\n"
	    "[ -e /proc/$$/fd/%d ] && echo leaked\n"
	    "grep -E '^Sig(Ign|Blk)' /proc/$$/status | tr -s '\\t' ' '\n"
	    "readlink /proc/$$/fd/0\ncut -d' ' -f6 /proc/$$/stat | sed 's/^/session /'\necho end\n} > %s\n",
	    DESCRIPTOR, f.fifo);
	assert_int_equal(fclose(script), 0);
	assert_int_equal(chmod(f.script, 0700), 0);
	*state = &f;
	return 0;
}

static int
end(void **state)
{
	struct fixture *f = *state;

	(void)close(f->told);
	(void)unlink(f->script);
	(void)unlink(f->fifo);
	return rmdir(f->dir); /* fails where the URL was run as a command */
}

/* What the script told, to its last line. */
static void
listen_to(struct fixture *f, char *out, size_t size)
{
	size_t len = 0;

	while (len + 1 < size) {
		struct pollfd ready = {.fd = f->told, .events = POLLIN};
		ssize_t n;

		assert_int_equal(poll(&ready, 1, 5000), 1);
		n = read(f->told, out + len, size - 1 - len);
		assert_true(n > 0);
		len += (size_t)n;
		out[len] = '\0';
		if (len >= 4 && strcmp(out + len - 4, "end\n") == 0)
			return;
	}
	fail_msg("the script told too much");
}

static void
test_browser__runs_the_command_with_the_url(void **state)
{
	/* "@" stands for the script. */
	static const struct {
		const char *command, *want;
	} rows[] = {
	    {"@", "arg " URL "\n"},
	    {"@ --new-tab", "arg --new-tab\narg " URL "\n"},
	    {"@  -a   %s\t-b", "arg -a\narg " URL "\narg -b\n"},
	    {"@ open(%s)", "arg open(" URL ")\n"},
	    {"@ 100%% ", "arg 100%\narg " URL "\n"},
	    {"/nonexistent/browser:@", "arg " URL "\n"},
	    {"::  :@ -x:/bin/false", "arg -x\narg " URL "\n"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char told[4096], command[256];
		const char *at = strchr(rows[i].command, '@');

		(void)snprintf(command, sizeof(command), "%.*s%s%s", (int)(at - rows[i].command),
			       rows[i].command, f->script, at + 1);
		assert_row(command,
			   belgo_browser_open(URL, &(struct belgo_browser_params){.command = command},
					      NULL) == BELGO_OK);
		listen_to(f, told, sizeof(told));
		if (strncmp(told, rows[i].want, strlen(rows[i].want)) != 0 ||
		    strncmp(told + strlen(rows[i].want), "secret", 6) != 0)
			fail_msg("row \"%s\": %s", command, told);
	}
}

static void
test_browser__keeps_its_own_things_from_the_child(void **state)
{
	struct fixture *f = *state;
	static const char *const scrub[] = {"TEST_CLIENT_SECRET", "TEST_PLAI", NULL};
	const struct belgo_browser_params params = {.command = f->script, .scrub = scrub, .n_scrub = 2};
	char told[4096], session[64];
	int open_fd = dup2(f->told, DESCRIPTOR);
	sigset_t set, before;

	assert_int_equal(open_fd, DESCRIPTOR);
	assert_int_equal(fcntl(open_fd, F_SETFD, 0), 0);
	assert_int_equal(setenv("TEST_CLIENT_SECRET", "hunter2", 1), 0);
	assert_int_equal(setenv("TEST_PLAIN", "yes", 1), 0);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGUSR1);
	(void)sigprocmask(SIG_BLOCK, &set, &before);

	assert_int_equal(belgo_browser_open(URL, &params, NULL), BELGO_OK);
	listen_to(f, told, sizeof(told));
	assert_non_null(strstr(told, "secret none plain yes\n"));
	assert_null(strstr(told, "leaked"));
	assert_non_null(strstr(told, "SigBlk: 0000000000000000\nSigIgn: 0000000000000000\n"));
	assert_non_null(strstr(told, "/dev/null\n"));
	(void)snprintf(session, sizeof(session), "session %d\n", (int)getsid(0));
	assert_null(strstr(told, session));

	/* And the program's own state is as it was. */
	(void)sigprocmask(SIG_SETMASK, &before, &set);
	assert_int_equal(sigismember(&set, SIGUSR1), 1);
	assert_int_equal(sigismember(&set, SIGTERM), 0);
	assert_ptr_equal(signal(SIGPIPE, SIG_DFL), SIG_IGN);
	assert_string_equal(getenv("TEST_CLIENT_SECRET"), "hunter2");
	(void)close(open_fd);
}

static void
test_browser__leaves_no_zombie(void **state)
{
	struct fixture *f = *state;
	char told[4096];

	assert_int_equal(belgo_browser_open(URL, &(struct belgo_browser_params){.command = f->script}, NULL),
			 BELGO_OK);
	listen_to(f, told, sizeof(told));
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void
test_browser__says_when_there_is_none(void **state)
{
	static const char *const commands[] = {"", ":", "   ", "/nonexistent/browser",
					       "no-such-browser-here -x:/dev/null"};

	(void)state;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		const struct belgo_browser_params params = {.command = commands[i]};
		struct belgo_error err = {0};

		assert_row(commands[i], belgo_browser_open(URL, &params, &err) == BELGO_ENOTFOUND);
		assert_row(commands[i], strstr(err.text, "no program that opens a browser") != NULL);
		assert_row(commands[i], waitpid(-1, NULL, WNOHANG) == -1);
	}
}

static void
test_browser__refuses_what_is_no_safe_url(void **state)
{
	static const char *const urls[] = {
	    "",
	    "file:///etc/passwd",
	    "javascript:alert(1)",
	    "HTTPS://idp.example/",
	    "--help",
	    "https://idp.example/\"",
	    "https://idp.example/'",
	    "https://idp.example/`id`",
	    "https://idp.example/\\",
	    "https://idp.example/a b",
	    "https://idp.example/\n",
	    "https://idp.example/\x1b[2J",
	    "https://idp.example/\xc3\xa9",
	    "https://",
	};
	struct fixture *f = *state;
	const struct belgo_browser_params params = {.command = f->script};
	struct pollfd ready = {.fd = f->told, .events = POLLIN};

	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++)
		assert_row(urls[i], belgo_browser_open(urls[i], &params, NULL) == BELGO_EINVAL);
	assert_int_equal(belgo_browser_open(NULL, &params, NULL), BELGO_EINVAL);
	assert_int_equal(poll(&ready, 1, 0), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_browser__runs_the_command_with_the_url, begin, end),
	    cmocka_unit_test_setup_teardown(test_browser__keeps_its_own_things_from_the_child, begin, end),
	    cmocka_unit_test_setup_teardown(test_browser__leaves_no_zombie, begin, end),
	    cmocka_unit_test(test_browser__says_when_there_is_none),
	    cmocka_unit_test_setup_teardown(test_browser__refuses_what_is_no_safe_url, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
