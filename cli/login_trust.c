/*
 * Whether a protected resource may have tokens of a client that the user set up for something else. Who runs
 * a resource names any provider he likes, and any scopes of it. Where that provider does not tell its tokens
 * apart by resource, what comes back is the user's own token, good for everything, and it is sent to the
 * resource; and where the user agreed to the client before, nobody asks again. So the user is asked here.
 */
#include "commands.h"
#include "login.h"

#include <string.h>

/* Is there an account for that resource, of that provider and client? */
static int
has_account(struct ctl *ctl, const struct login_target *target, const char *client_id)
{
	const char *issuer = belgo_provider_issuer(target->found.provider);
	AUTO(index_done) struct index index = {0};
	struct belgo_error ignored = {0};
	int found = 0;

	index_load(&index);
	for (size_t i = 0; i < index.n && !found; i++) {
		AUTO(known_account_done) struct known_account known = {0};
		const struct belgo_account *account;

		if (strcmp(index.accounts[i].issuer, target->resource) != 0 ||
		    known_account_get(&known, ctl, index.accounts[i].name, &ignored) != BELGO_OK)
			continue;
		account = belgo_op_account(known.op);
		found = account->resource != NULL && strcmp(account->resource, target->resource) == 0 &&
			account->metadata_issuer != NULL && strcmp(account->metadata_issuer, issuer) == 0 &&
			account->client_id != NULL && strcmp(account->client_id, client_id) == 0;
	}
	return found;
}

belgo_rc
login_trust(struct ctl *ctl, const struct login_target *target, const char *wanted, const char *client_id,
	    struct belgo_error *err)
{
	if (has_account(ctl, target, client_id))
		return BELGO_OK;
	/* a command that is to be pasted holds what was typed, and nothing of the resource's */
	hint_set(ctl, "If it may have such tokens, name the client: oauthctl login %s --client-id %s", wanted,
		 client_id);
	return fail_with(err, BELGO_EINVAL,
			 "%s wants tokens of %s, where you have the client %s for other things",
			 target->resource, belgo_provider_issuer(target->found.provider), client_id);
}
