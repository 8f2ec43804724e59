/* import --from: one account of another tool. */
#ifndef CLI_IMPORT_FROM_H
#define CLI_IMPORT_FROM_H

#include "ctl.h"

struct import_from {
	const char *tool;
	const char *file; /* "-": standard input */
	const char *account;
	/* Over what the file says; NULL: as it says. */
	const char *provider, *client_id, *client_secret_file;
	int replace;
};
/* Spends the refresh token in the file, stores the account and prints its name. */
belgo_rc import_from(struct ctl *ctl, const struct import_from *from, const char *store,
		     struct belgo_error *err);

#endif
