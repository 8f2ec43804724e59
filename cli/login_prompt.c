/* The start of a login: the URL, the browser, and what to do where there is none. */
#include "login.h"

#include "browser.h"
#include "terminal.h"

#include <stdio.h>
#include <string.h>

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
	const char *command = browser_command(args->browser);
	AUTO(text_free) char *name = text_shown(provider_name);

	(void)ctl;
	fprintf(stderr, "To sign in at %s, open this URL in a browser:\n\n  %s\n\n",
		name != NULL ? name : "the provider", prompt->url);
	if (prompt->url_expires_in > 0)
		fprintf(stderr, "It can be opened for %lld s only.\n\n", (long long)prompt->url_expires_in);
	if (!browser_has_desktop() || terminal_is_remote())
		say_how_from_elsewhere(prompt, may_paste);
	if (!args->no_browser && browser_is_there(command))
		(void)browser_open(command, prompt->url);
}
