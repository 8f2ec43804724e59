/* The start of a login: the URL, the browser, and what to do where there is none. */
#include "login.h"

#include "terminal.h"

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

static const char *
browser_command(const struct login_args *args)
{
	const char *variable = getenv("BROWSER");

	if (args->browser != NULL)
		return args->browser;
	return variable != NULL && variable[0] != '\0' ? variable : NULL;
}

/* WSL opens the browser of the Windows around it, which needs no display. */
static int
has_desktop(void)
{
	return terminal_has_display() || getenv("WSL_DISTRO_NAME") != NULL;
}

static void
open_browser(const char *command, const char *url)
{
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
	for (i = 0; i < n; i++) {
		union {
			const char *name;
			char *owned;
		} item = {.name = names[i]};
		free(item.owned);
	}
	free(names);
}

/* The listener's address as the far end of an SSH tunnel. */
static const char *
tunnel_end(const struct belgo_login_prompt *prompt)
{
	return prompt->redirect_uri != NULL && strstr(prompt->redirect_uri, "://[::1]") != NULL ? "[::1]"
												: "127.0.0.1";
}

static void
say_how_from_elsewhere(const struct belgo_login_prompt *prompt, int may_paste)
{
	char target[320];

	terminal_ssh_target(target, sizeof(target));
	fprintf(stderr,
		"If the browser runs on another machine, begin there with\n\n  ssh -N -L %d:%s:%d %s\n\n",
		prompt->port, tunnel_end(prompt), prompt->port, target);
	if (may_paste)
		fputs("or let the browser end on a page that does not load, and paste that page's URL "
		      "here.\n\n",
		      stderr);
}

void
login_prompt(const struct ctl *ctl, const struct login_args *args, const char *provider_name,
	     const struct belgo_login_prompt *prompt, int may_paste)
{
	const char *command = browser_command(args);
	AUTO(text_free) char *name = text_shown(provider_name);

	(void)ctl;
	fprintf(stderr, "To sign in at %s, open this URL in a browser:\n\n  %s\n\n",
		name != NULL ? name : "the provider", prompt->url);
	if (prompt->url_expires_in > 0)
		fprintf(stderr, "It can be opened for %lld s only.\n\n", (long long)prompt->url_expires_in);
	if (!has_desktop() || terminal_is_remote())
		say_how_from_elsewhere(prompt, may_paste);
	if (!args->no_browser && (command != NULL || has_desktop()))
		open_browser(command, prompt->url);
}
