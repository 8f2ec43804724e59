/* Accounts carried from one store to another in a sealed file. */
#ifndef BELGOAUTH_BUNDLE_H
#define BELGOAUTH_BUNDLE_H

#include <belgoauth/client.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Who may open a sealed file: exactly one of passphrase and recipient. */
struct belgo_export_params {
	const char *const *account_keys;
	size_t n_account_keys; /* at least one */
	const char *passphrase;
	const char *recipient;  /* a public key of X25519 or P-256: JWK or PEM */
	int with_client_secret; /* what the accounts' clients prove themselves with goes along */
};
/*
 * Accounts as one sealed file, oauthctl-export(5). Result: belgo_op_json(), the file's text. With a
 * passphrase its last step computes for about half a second. A refresh token that the provider replaces at
 * each use works at one place only. Ends with BELGO_ENOTFOUND, BELGO_EBUSY, BELGO_EINVAL (the recipient's
 * key), BELGO_ESTORE and its kin, and with_client_secret as find_provider and find_secret do.
 */
BELGO_EXPORT belgo_rc belgo_export_op(struct belgo_op **out, struct belgo_client *client,
				      const struct belgo_export_params *params, struct belgo_error *err);

enum belgo_import_mode { BELGO_IMPORT_NEW, BELGO_IMPORT_REPLACE };

/* A sealed file, and what it opens with; nothing is kept. */
struct belgo_import_params {
	const char *file; /* its text */
	size_t len;
	const char *passphrase;      /* NULL: none at hand */
	const char *private_key;     /* JWK or PEM; NULL: none at hand */
	enum belgo_import_mode mode; /* may accounts, names and client secrets that are here be replaced */
};
/*
 * Stores the accounts of a sealed file, all or none. Makes the operation only for a file that opens and is
 * sound as a whole, which with a passphrase takes about half a second: else BELGO_EPROTO (no such file,
 * changed, or another passphrase), BELGO_EVERSION (of a newer version), BELGO_EINVAL (what it opens with is
 * not at hand, or another key). Result: belgo_op_accounts(). Ends with BELGO_EACCOUNT (an account, a name or
 * a client's secret is here already), BELGO_ENOTFOUND and BELGO_EISSUER (an account's provider is not known
 * here, or is another one), BELGO_EBUSY, BELGO_ESTORE and its kin; then nothing has changed, or a warning
 * says what could not be taken back.
 */
BELGO_EXPORT belgo_rc belgo_import_op(struct belgo_op **out, struct belgo_client *client,
				      const struct belgo_import_params *params, struct belgo_error *err);

#ifdef __cplusplus
}
#endif
#endif
