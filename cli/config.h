/*
 * config.json, oauthctl-config(5): clients by provider, the default account, the chosen store; never a
 * secret.
 */
#ifndef CLI_CONFIG_H
#define CLI_CONFIG_H

#include "index.h"
#include "output.h"

struct config {
	char *path;
	json_t *root;             /* an object, empty where there is no file */
	struct index_stamp stamp; /* of the file that root was read from */
};

/* What a provider's entry says; NULL where it says nothing. Borrowed. */
struct config_client {
	const char *client_id;
	const char *token_endpoint_auth_method;
	const char *tenant;
};

/*
 * A missing file is an empty configuration. BELGO_ENOTFOUND (exit 3) names file and line where it is no valid
 * one; config->path is set even then.
 */
belgo_rc config_load(struct config *config, const char *flag, struct belgo_error *err);
void config_done(struct config *config);

/* Whether a client can show itself to a provider in that way. */
int config_method_is_known(const char *token_endpoint_auth_method);

const char *config_string(const struct config *config, const char *member);
/*
 * Seconds that the keyring may leave calls unanswered: variable, else the configuration's, else 0 for the
 * library's. BELGO_EINVAL where variable is none.
 */
belgo_rc config_keyring_timeout(int *out, const struct config *config, const char *variable,
				struct belgo_error *err);
/* The entry under the provider's id, else under its issuer; either may be NULL. */
struct config_client config_client(const struct config *config, const char *id, const char *issuer);

/*
 * Reads the file anew under a lock, lets change() alter the object, and writes it; members it does not know
 * stay. The new configuration is in *config.
 */
belgo_rc config_change(struct config *config,
		       belgo_rc (*change)(json_t *root, const void *arg, struct belgo_error *err),
		       const void *arg, struct belgo_error *err);

/* Changes for config_change(): arg is the new default account, NULL for none. */
belgo_rc config_set_default(json_t *root, const void *name, struct belgo_error *err);
/* arg is a struct config_entry: members that are NULL stay as they are. */
struct config_entry {
	const char *provider;
	struct config_client client;
};
belgo_rc config_set_client(json_t *root, const void *entry, struct belgo_error *err);
/* arg is the provider. BELGO_ENOTFOUND where it has no entry. */
belgo_rc config_remove_client(json_t *root, const void *provider, struct belgo_error *err);

#endif
