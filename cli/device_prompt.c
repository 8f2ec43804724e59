/*
 * The start of a login by device code: where to go, the code, and a QR code on a terminal. Opens nothing: the
 * browser that is meant is somewhere else.
 */
#include "login.h"
#include "qr.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The library has seen to it that the URI is ASCII and has no user name. */
void
device_prompt(const struct ctl *ctl, const char *provider_name, const struct belgo_login_prompt *prompt)
{
	AUTO(text_free) char *name = text_shown(provider_name);
	AUTO(text_free) char *code = text_shown(prompt->user_code);
	const char *uri = prompt->verification_uri, *host = strstr(uri, "://");

	if (code == NULL) {
		fputs("The code cannot be shown: out of memory.\n", stderr);
		return;
	}
	host = host != NULL ? host + strlen("://") : uri;
	fprintf(stderr,
		"To sign in at %s, open this page of %.*s on any device:\n\n  %s\n\nand enter the code\n\n"
		"  %s\n\n",
		name != NULL ? name : "the provider", (int)strcspn(host, "/?#"), host, uri, code);
	if (isatty(STDERR_FILENO) && !ctl->globals.json)
		qr_draw(prompt->verification_uri_complete != NULL ? prompt->verification_uri_complete : uri,
			ctl->colour);
}
