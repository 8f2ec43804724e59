/* What other tools keep in files of a public format: one account of theirs. */
#ifndef CLI_IMPORT_FOREIGN_H
#define CLI_IMPORT_FOREIGN_H

#include "cli.h"

/* All malloc'd; NULL where the file does not say, or says nothing. */
struct foreign_account {
	char *provider; /* an id or an issuer */
	char *client_id;
	char *client_secret;
	char *refresh_token;
	char *scope;
};

/*
 * format: "gcloud" (application_default_credentials.json of a user), "oidc-agent" (an account configuration
 * as `oidc-gen -p` prints it), "mutt_oauth2" (the token file of mutt_oauth2.py, decrypted) or
 * "git-credential" (what `git credential fill` prints). The first two name provider and client, or it fails:
 * BELGO_EPROTO; BELGO_ELOGIN where there is no refresh token, BELGO_EINVAL for an unknown format. What the
 * file says is not believed by this, only read.
 */
belgo_rc foreign_account_read(struct foreign_account *out, const char *format, const char *text, size_t len,
			      struct belgo_error *err);
void foreign_account_done(struct foreign_account *account);

#endif
