/* Making a client: seams put in place, and the names under which things are stored. */
#include "flow/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/documents.h"
#include "flow/dpop.h"
#include "flow/spent.h"
#include "proto/provider_members.h"

#define TOLERANCE_DEFAULT 60
#define TOLERANCE_MAX 300
#define LOCK_TIMEOUT_MS 45000

/* What a program's own seams must have; the rest may be NULL. */
static belgo_rc
check_seams(const struct belgo_client_params *params, struct belgo_error *err)
{
	const struct belgo_transport *t = params->transport;
	const struct belgo_store *s = params->store;

	if (s != NULL &&
	    (s->get == NULL || s->put == NULL || s->remove == NULL || s->list == NULL || s->identity == NULL))
		return bg_fail(err, BELGO_EINVAL, "a store has get, put, remove, list and identity");
	if (s != NULL && (s->lock == NULL) != (s->unlock == NULL))
		return bg_fail(err, BELGO_EINVAL, "a store has both lock and unlock, or neither");
	if (t != NULL && (t->begin == NULL || t->fd == NULL || t->dispatch == NULL || t->finish == NULL ||
			  t->cancel == NULL))
		return bg_fail(err, BELGO_EINVAL, "a transport has begin, fd, dispatch, finish and cancel");
	return BELGO_OK;
}

belgo_rc
belgo_client_new(struct belgo_client **out, const struct belgo_client_params *params, struct belgo_error *err)
{
	BG_AUTO(belgo_client_free) struct belgo_client *client = NULL;

	BG_TRY(check_seams(params, err));
	if (params->clock_tolerance < 0 || params->clock_tolerance > TOLERANCE_MAX)
		return bg_fail(err, BELGO_EINVAL, "the clock tolerance must lie between 0 and %d seconds",
			       TOLERANCE_MAX);
	if (params->lock_timeout_ms < 0)
		return bg_fail(err, BELGO_EINVAL, "the timeout of a lock is not negative");
	if (params->n_token_keys > 0 && params->token_keys == NULL)
		return bg_fail(err, BELGO_EINVAL, "there are no token keys where some are announced");
	if ((client = bg_calloc(1, sizeof(*client))) == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	(void)pthread_mutex_init(&client->store_mutex, NULL);
	client->params = *params;
	if ((client->documents = bg_documents_new()) == NULL ||
	    (client->dpop = bg_dpop_memory_new()) == NULL || (client->spent = bg_spent_new()) == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	if (client->params.system == NULL)
		client->params.system = belgo_system_default();
	client->token_keys = (struct bg_token_keys){
	    .keys = params->token_keys, .n = params->n_token_keys, .system = client->params.system};
	if (client->params.listener == NULL)
		client->params.listener = belgo_listener_loopback();
	if (client->params.clock_tolerance == 0)
		client->params.clock_tolerance = TOLERANCE_DEFAULT;
	if (client->params.lock_timeout_ms == 0)
		client->params.lock_timeout_ms = LOCK_TIMEOUT_MS;
	if (client->params.transport == NULL) {
		BG_TRY(belgo_transport_curl_new(&client->own_transport, NULL, err));
		client->params.transport = &client->own_transport;
	}
	*out = BG_TAKE(client);
	return BELGO_OK;
}

void
belgo_client_free(struct belgo_client **client)
{
	if (*client == NULL)
		return;
	belgo_transport_done(&(*client)->own_transport);
	bg_documents_free(&(*client)->documents);
	bg_dpop_memory_free(&(*client)->dpop);
	bg_spent_free(&(*client)->spent);
	(void)pthread_mutex_destroy(&(*client)->store_mutex);
	free(*client);
	*client = NULL;
}

belgo_rc
bg_check_account_key(const char *account_key, struct belgo_error *err)
{
	if (account_key == NULL || strlen(account_key) != BG_ID_SIZE - 1 ||
	    strspn(account_key, "0123456789abcdef") != BG_ID_SIZE - 1)
		return bg_fail(err, BELGO_EINVAL, "an account's key has 64 hexadecimal digits");
	return BELGO_OK;
}

belgo_rc
bg_check_list(const char *const *list, size_t n, const char *what, struct belgo_error *err)
{
	for (size_t i = 0; i < n; i++)
		if (list == NULL || list[i] == NULL)
			return bg_fail(err, BELGO_EINVAL, "%s: number %zu is NULL", what, i + 1);
	return BELGO_OK;
}

void
bg_store_key(char out[BG_KEY_SIZE], const char *kind, const char *id)
{
	(void)snprintf(out, BG_KEY_SIZE, "%s/%s", kind, id);
}

belgo_rc
bg_account_key(char out[BG_ID_SIZE], const char *issuer, const char *client_id, const char *subject,
	       const char *resource)
{
	const char *parts[] = {"account", issuer, client_id, subject, resource};

	return bg_digest_id(out, parts, BG_LEN(parts) - (resource == NULL));
}

belgo_rc
bg_client_key(char out[BG_ID_SIZE], const char *issuer, const char *client_id)
{
	const char *parts[] = {"client", issuer, client_id};

	return bg_digest_id(out, parts, BG_LEN(parts));
}

belgo_rc
bg_cache_id(char out[BG_ID_SIZE], const struct belgo_client *client, const char *account_key)
{
	const char *parts[] = {"access", client->params.store->identity, account_key};

	return bg_digest_id(out, parts, BG_LEN(parts));
}

/* The tenant is put in place where the provider takes one; a copy serves where it does not. */
static belgo_rc
settle_tenant(struct belgo_provider **out, const struct belgo_provider *provider, const char *tenant,
	      struct belgo_error *err)
{
	if (tenant != NULL || belgo_provider_takes_tenant(provider))
		return belgo_provider_with_tenant(out, provider, tenant, err);
	return bg_provider_dup(out, provider) == BELGO_OK ? BELGO_OK
							  : bg_fail(err, BELGO_ENOMEM, "out of memory");
}

static belgo_rc
find_builtin(struct belgo_provider **out, const char *id, const char *tenant, struct belgo_error *err)
{
	const struct belgo_provider *builtin = belgo_provider_builtin(id);

	if (builtin == NULL)
		return bg_fail(err, BELGO_ENOTFOUND, "there is no provider %s", id);
	return settle_tenant(out, builtin, tenant, err);
}

static belgo_rc
find_by_id(struct belgo_provider **out, const struct belgo_client *client,
	   const struct belgo_account *account, struct belgo_error *err)
{
	BG_AUTO(belgo_provider_free) struct belgo_provider *found = NULL;

	if (client->params.find_provider == NULL)
		return find_builtin(out, account->provider, account->tenant, err);
	BG_TRY(client->params.find_provider(client->params.find_arg, account->provider, &found, err));
	return settle_tenant(out, found, account->tenant, err);
}

/* Its metadata lie where its login found them. */
static belgo_rc
find_by_issuer(struct belgo_provider **out, const struct belgo_account *account, struct belgo_error *err)
{
	return (account->resource != NULL ? belgo_provider_from_authorization_server
					  : belgo_provider_from_issuer)(out, account->metadata_issuer, err);
}

/*
 * A preset is found by its id alone, and may have been changed or put before another of that id. The refresh
 * token and the client secret go to the issuer that the user signed in at, and to no other.
 */
belgo_rc
bg_client_provider(struct belgo_provider **out, const struct belgo_client *client,
		   const struct belgo_account *account, struct belgo_error *err)
{
	BG_AUTO(belgo_provider_free) struct belgo_provider *provider = NULL;

	if (account->provider == NULL && !account->at_fixed_paths)
		return find_by_issuer(out, account, err);
	if (account->at_fixed_paths)
		BG_TRY(belgo_provider_from_resource(&provider, account->resource, err));
	else
		BG_TRY(find_by_id(&provider, client, account, err));
	if (!bg_str_equal(provider->issuer, account->metadata_issuer))
		return bg_fail(err, BELGO_EISSUER,
			       "the provider %s is now %s, but this account signed in at %s: its tokens are "
			       "not sent there",
			       account->at_fixed_paths ? account->resource : account->provider,
			       provider->issuer, account->metadata_issuer);
	*out = BG_TAKE(provider);
	return BELGO_OK;
}
