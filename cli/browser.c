/* The browser is started with nothing of ours in its environment that it has no use for. */
#include "browser.h"

#include "path.h"
#include "terminal.h"

#include <belgoauth/belgoauth.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

/* The names of all client secrets in the environment, NULL-terminated: a browser has no use for them. */
static const char **
secret_names(size_t *n)
{
	size_t count = 0, i;
	const char **names;

	while (environ[count] != NULL)
		count++;
	if ((names = calloc(count + 1, sizeof(*names))) == NULL)
		return NULL;
	for (*n = 0, i = 0; i < count; i++) {
		size_t len = strcspn(environ[i], "=");
		static const char head[] = "OAUTHCTL_", tail[] = "_CLIENT_SECRET";

		if (len > strlen(head) + strlen(tail) && strncmp(environ[i], head, strlen(head)) == 0 &&
		    strncmp(environ[i] + len - strlen(tail), tail, strlen(tail)) == 0 &&
		    (names[*n] = strndup(environ[i], len)) != NULL)
			++*n;
	}
	return names;
}

const char *
browser_command(const char *wanted)
{
	return wanted != NULL ? wanted : env_get("BROWSER");
}

/* WSL opens the browser of the Windows around it, which needs no display. */
int
browser_has_desktop(void)
{
	return terminal_has_display() || getenv("WSL_DISTRO_NAME") != NULL;
}

int
browser_is_there(const char *command)
{
	return command != NULL || browser_has_desktop();
}

int
browser_open(const char *command, const char *url)
{
	int is_open = 0;
	struct belgo_browser_params params = {.command = command};
	struct belgo_error err = {0};
	size_t n = 0, i;
	const char **names = secret_names(&n);

	params.scrub = names;
	params.n_scrub = n;
	if (names == NULL)
		fputs("The browser is not opened: out of memory.\n", stderr);
	else if (belgo_browser_open(url, &params, &err) != BELGO_OK)
		fprintf(stderr, "The browser could not be opened: %s.\n",
			err.text[0] != '\0' ? err.text : belgo_rc_str(err.rc));
	else
		is_open = 1;
	for (i = 0; i < n; i++) {
		union {
			const char *name;
			char *owned;
		} item = {.name = names[i]};
		free(item.owned);
	}
	free(names);
	return is_open;
}
