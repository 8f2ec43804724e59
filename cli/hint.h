/*
 * Which command mends what went wrong: a table by return code and OAuth error, filled in with what is known.
 * In a template, {login} is what `login` takes for the same login again, and {client} what `provider set`
 * takes for the same client; the other names are those of the facts.
 */
#ifndef CLI_HINT_H
#define CLI_HINT_H

#include <belgoauth/error.h>

#include <stddef.h>

#define HINT_MAX 640

/* What the failing verb was about; "" where unknown. */
struct facts {
	char verb[32];
	char account[160];
	char provider[320];  /* id or issuer, as `login` takes it */
	char client_id[160]; /* where it was named on the line, and so must be again */
	char tenant[256];    /* the account's, or as it was named on the line */
	char store[256];
	int wants_secret;       /* the provider's clients have one */
	int account_is_operand; /* the verb takes the account as a word, and not by --account */
	/* Templates of a verb that knows what it looks for; NULL: an account, and a client altogether. */
	const char *not_found, *no_client;
	const char *login_option; /* how the login was, which it must be again; NULL: in a browser */
};

#define HINT_ACCOUNTS "See which accounts there are: oauthctl accounts"
#define HINT_PUBLISHED "See what the provider publishes: oauthctl provider discover {provider}"

/* out: one sentence or command, "" where nothing mends it. */
void hint_for(char *out, size_t size, const struct belgo_error *err, const struct facts *facts);

#endif
