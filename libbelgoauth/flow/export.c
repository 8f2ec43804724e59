/*
 * Accounts of the store in one sealed file. Each is read under its lock, so that no refresh is under way
 * whose answer the file would miss. Nothing is sent and nothing is written.
 */
#include "flow/bundle.h"

#include "flow/secret.h"
#include "jose/sealed.h"

#include <stdlib.h>
#include <string.h>

struct export
{
	char **keys;
	size_t n_keys;
	int with_client_secret;
	struct bg_sealing sealing; /* its strings lie below */
	char *passphrase;
	char *recipient;
	struct bg_record *record;
	struct bg_credentials credentials;
	struct belgo_provider *provider;
	struct bg_bundle bundle;
};

static void
export_free(void *frame)
{
	struct export *f = frame;

	bg_strv_free(&f->keys);
	bg_str_free(&f->passphrase);
	bg_str_free(&f->recipient);
	bg_record_free(&f->record);
	bg_credentials_done(&f->credentials);
	belgo_provider_free(&f->provider);
	bg_bundle_done(&f->bundle);
	free(f);
}

static bg_step_fn locked, loaded, credentials_found;

static belgo_rc
seal(struct belgo_op *op, struct export *f, struct belgo_error *err)
{
	const struct belgo_system *system = op->client->params.system;
	BG_AUTO(bg_str_free) char *text = NULL;

	BG_TRY(system->random(system->ctx, f->sealing.salt, sizeof(f->sealing.salt), err));
	BG_TRY(system->random(system->ctx, f->sealing.nonce, sizeof(f->sealing.nonce), err));
	if (bg_bundle_encode(&text, &f->bundle) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	return bg_sealed_write(&op->json, &f->sealing, text, err);
}

static belgo_rc
next(struct belgo_op *op, struct export *f, struct belgo_error *err)
{
	char key[BG_KEY_SIZE];

	bg_op_unlock(op);
	if (f->bundle.n_records == f->n_keys)
		return seal(op, f, err);
	bg_store_key(key, "account", f->keys[f->bundle.n_records]);
	return bg_op_lock(op, key, locked, err);
}

static belgo_rc
begin(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	(void)awaited;
	return next(op, frame, err);
}

static belgo_rc
locked(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct export *f = frame;

	BG_TRY(awaited);
	return bg_account_load(op, &f->record, f->keys[f->bundle.n_records], loaded, err);
}

static belgo_rc
loaded(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct export *f = frame;
	struct bg_record *record;

	BG_TRY(awaited);
	if (f->record->pending)
		return bg_fail(err, BELGO_EBUSY,
			       "the account %s has a refresh to finish first: ask for a token",
			       f->record->account->name);
	record = f->bundle.records[f->bundle.n_records++] = BG_TAKE(f->record);
	if (!f->with_client_secret)
		return next(op, f, err);
	belgo_provider_free(&f->provider);
	BG_TRY(bg_client_provider(&f->provider, op->client, record->account, err));
	return bg_client_credentials(op, &f->credentials, f->provider, record->account->client_id, NULL,
				     credentials_found, err);
}

static int
has_client(const struct bg_bundle *bundle, const char *issuer, const char *client_id)
{
	for (size_t i = 0; i < bundle->n_clients; i++)
		if (bg_str_equal(bundle->clients[i].issuer, issuer) &&
		    bg_str_equal(bundle->clients[i].client_id, client_id))
			return 1;
	return 0;
}

/* One entry for all accounts of a client; none where it proves itself with nothing. */
static belgo_rc
credentials_found(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct export *f = frame;
	const char *client_id = f->bundle.records[f->bundle.n_records - 1]->account->client_id;
	struct bg_bundle_client *client = &f->bundle.clients[f->bundle.n_clients];

	BG_TRY(awaited);
	if (bg_credentials_are_empty(&f->credentials) ||
	    has_client(&f->bundle, f->provider->issuer, client_id))
		return next(op, f, err);
	f->bundle.n_clients++;
	if (bg_str_set(&client->issuer, f->provider->issuer) || bg_str_set(&client->client_id, client_id))
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	client->credentials = f->credentials;
	f->credentials = (struct bg_credentials){0};
	return next(op, f, err);
}

static belgo_rc
fill(struct export *f, const struct belgo_export_params *params)
{
	size_t n = params->n_account_keys;

	BG_TRY(bg_strv_dup(&f->keys, params->account_keys, n));
	BG_TRY(bg_str_set(&f->passphrase, params->passphrase));
	BG_TRY(bg_str_set(&f->recipient, params->recipient));
	f->bundle.records = bg_calloc(n, sizeof(struct bg_record *));
	f->bundle.clients = bg_calloc(n, sizeof(*f->bundle.clients));
	f->n_keys = n;
	f->with_client_secret = params->with_client_secret;
	f->sealing = (struct bg_sealing){.passphrase = f->passphrase, .recipient = f->recipient};
	return f->bundle.records == NULL || f->bundle.clients == NULL ? BELGO_ENOMEM : BELGO_OK;
}

static belgo_rc
check_params(const struct belgo_export_params *params, struct belgo_error *err)
{
	if (params->n_account_keys == 0 || params->n_account_keys > BG_MAX_EXPORT_ACCOUNTS)
		return bg_fail(err, BELGO_EINVAL, "a sealed file holds 1 to %d accounts",
			       BG_MAX_EXPORT_ACCOUNTS);
	if ((params->passphrase == NULL) == (params->recipient == NULL) ||
	    (params->passphrase != NULL && params->passphrase[0] == '\0'))
		return bg_fail(err, BELGO_EINVAL,
			       "a file is sealed with a passphrase or for a recipient, one of the two");
	for (size_t i = 0; i < params->n_account_keys; i++) {
		BG_TRY(bg_check_account_key(params->account_keys[i], err));
		for (size_t k = 0; k < i; k++)
			if (bg_str_equal(params->account_keys[i], params->account_keys[k]))
				return bg_fail(err, BELGO_EINVAL, "an account is named twice");
	}
	return BELGO_OK;
}

belgo_rc
belgo_export_op(struct belgo_op **out, struct belgo_client *client, const struct belgo_export_params *params,
		struct belgo_error *err)
{
	struct export *f;

	BG_TRY(check_params(params, err));
	if ((f = bg_calloc(1, sizeof(*f))) == NULL || fill(f, params) != BELGO_OK) {
		if (f != NULL)
			export_free(f);
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	}
	return bg_op_new(out, client, begin, f, export_free, err);
}
