/* Which command mends what went wrong: a table by return code and OAuth error, filled in with what is known.
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
	char store[256];
	int wants_secret; /* the provider's clients have one */
	int has_account;  /* it is in its store: what is not found is the provider's */
};

/* out: one sentence or command, "" where nothing mends it. */
void hint_for(char *out, size_t size, const struct belgo_error *err, const struct facts *facts);

#endif
