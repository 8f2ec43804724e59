/*
 * Taking accounts out of a sealed file: the file is opened and judged when the operation is made, then judged
 * against the store, name by name and record by record, before the first of them is written.
 */
#include "flow/import.h"

#include "flow/secret.h"
#include "jose/sealed.h"

#include <stdlib.h>
#include <string.h>

static void
import_free(void *frame)
{
	struct bg_import *f = frame;

	for (size_t i = 0; i < f->n_items; i++) {
		belgo_blob_done(&f->items[i].old);
		bg_credentials_done(&f->items[i].merged);
	}
	free(f->items);
	bg_bundle_done(&f->bundle);
	bg_strv_free(&f->displaced);
	belgo_account_list_free(&f->result);
	free(f);
}

static bg_step_fn listed, looked;

static int
is_in_file(const struct bg_import *f, const char *account_key)
{
	for (size_t i = 0; i < f->bundle.n_records; i++)
		if (bg_str_equal(f->bundle.records[i]->account->key, account_key))
			return 1;
	return 0;
}

/* Somebody has this name already: it is given up only if that was asked for, as at a login. */
static belgo_rc
displace(struct bg_import *f, const struct belgo_account *other, const struct belgo_account *own,
	 struct belgo_error *err)
{
	if (f->mode != BELGO_IMPORT_REPLACE)
		return bg_fail(err, BELGO_EACCOUNT, "the account %s is %s here, and %s in the file",
			       other->name, bg_account_user(other), bg_account_user(own));
	f->displaced[f->n_displaced] = bg_strdup(other->key);
	return f->displaced[f->n_displaced++] != NULL ? BELGO_OK
						      : bg_fail(err, BELGO_ENOMEM, "out of memory");
}

static belgo_rc
check_name(struct bg_import *f, const struct belgo_account *other, struct belgo_error *err)
{
	if (is_in_file(f, other->key))
		return BELGO_OK;
	for (size_t i = 0; i < f->bundle.n_records; i++)
		if (bg_str_equal(f->bundle.records[i]->account->name, other->name))
			return displace(f, other, f->bundle.records[i]->account, err);
	return BELGO_OK;
}

/* A refresh will ask for the provider by its id: it must be known here, and still be the same issuer. */
static belgo_rc
check_providers(struct belgo_op *op, const struct bg_import *f, struct belgo_error *err)
{
	for (size_t i = 0; i < f->bundle.n_records; i++) {
		struct belgo_account *a = f->bundle.records[i]->account;
		BG_AUTO(belgo_provider_free) struct belgo_provider *provider = NULL;
		struct belgo_error why = {0};
		char cache_id[BG_ID_SIZE];
		belgo_rc rc;

		if ((rc = bg_client_provider(&provider, op->client, a, &why)) != BELGO_OK)
			return bg_fail(err, rc == BELGO_EINVAL ? BELGO_EPROTO : rc, "%s", why.text);
		BG_TRY(bg_cache_id(cache_id, op->client, a->key));
		if (bg_str_set(&a->cache_id, cache_id) != BELGO_OK)
			return bg_fail(err, BELGO_ENOMEM, "out of memory");
	}
	return BELGO_OK;
}

static belgo_rc
begin(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	const struct bg_import *f = frame;

	(void)awaited;
	if (op->client->params.store == NULL)
		return bg_fail(err, BELGO_EINVAL, "this client has no store");
	BG_TRY(check_providers(op, f, err));
	return bg_op_store(op, BG_STORE_LIST, "account/", listed, err);
}

static belgo_rc
look(struct belgo_op *op, struct bg_import *f, struct belgo_error *err)
{
	if (f->at == f->n_items)
		return bg_import_write(op, f, err);
	return bg_op_store(op, BG_STORE_GET, f->items[f->at].key, looked, err);
}

/* A record of another account that cannot be read has a name that nobody can tell. */
static belgo_rc
listed(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct bg_import *f = frame;
	BG_AUTO(bg_record_free) struct bg_record *record = NULL;
	size_t at = 0;

	if (awaited != BELGO_ESTORE && awaited != BELGO_EVERSION)
		BG_TRY(awaited);
	if (op->job.n_items == 0)
		BG_TRY(awaited);
	bg_error_reset(err);
	if ((f->displaced = bg_calloc(op->job.n_items + 1, sizeof(char *))) == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	do {
		BG_TRY(bg_account_next(op, &record, &at, BG_UNREADABLE_SKIP, err));
		if (record != NULL)
			BG_TRY(check_name(f, record->account, err));
	} while (record != NULL);
	bg_store_job_done(&op->job);
	return look(op, f, err);
}

static belgo_rc
judge_account(const struct belgo_op *op, const struct bg_import *f, const struct bg_import_item *item,
	      struct belgo_error *err)
{
	BG_AUTO(bg_record_free) struct bg_record *old = NULL;

	if (f->mode != BELGO_IMPORT_REPLACE)
		return bg_fail(err, BELGO_EACCOUNT, "the account %s exists here already",
			       item->record->account->name);
	/* What cannot be read is not written over. */
	return bg_record_decode(&old, &item->old, item->key, &op->client->token_keys, err);
}

/* *differs: the file has what is not here, or is another here. */
static belgo_rc
merge(struct bg_credentials *out, int *differs, const struct bg_credentials *here,
      const struct bg_credentials *in_file)
{
	BG_AUTO(bg_json_free) json_t *merged = json_object();
	BG_AUTO(bg_json_free) json_t *taken = json_object();
	const char *name;
	const json_t *value;

	if (merged == NULL || taken == NULL)
		return BELGO_ENOMEM;
	BG_TRY(bg_credentials_to_json(merged, here));
	BG_TRY(bg_credentials_to_json(taken, in_file));
	json_object_foreach(taken, name, value)
	{
		*differs |= !json_equal(json_object_get(merged, name), value);
	}
	return json_object_update(merged, taken) == 0 ? bg_credentials_from_json(out, merged, NULL)
						      : BELGO_ENOMEM;
}

/* What the file lacks stays as it is here. */
static belgo_rc
judge_client(const struct bg_import *f, struct bg_import_item *item, struct belgo_error *err)
{
	BG_AUTO(bg_credentials_done) struct bg_credentials old = {0};
	int differs = 0;

	BG_TRY(bg_credentials_decode(&old, &item->old, err));
	if (merge(&item->merged, &differs, &old, &item->client->credentials) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	if (f->mode == BELGO_IMPORT_REPLACE || !differs)
		return BELGO_OK;
	return bg_fail(err, BELGO_EACCOUNT,
		       "the client %s at %s has another secret, key or certificate here than in the file",
		       item->client->client_id, item->client->issuer);
}

belgo_rc
bg_import_judge(struct belgo_op *op, struct bg_import *f, struct bg_import_item *item, belgo_rc awaited,
		struct belgo_error *err)
{
	belgo_blob_done(&item->old);
	bg_credentials_done(&item->merged);
	if (awaited == BELGO_ENOTFOUND) {
		bg_error_reset(err);
		return BELGO_OK;
	}
	BG_TRY(awaited);
	item->old = op->job.blob;
	op->job.blob = (struct belgo_blob){0};
	return item->record != NULL ? judge_account(op, f, item, err) : judge_client(f, item, err);
}

static belgo_rc
looked(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct bg_import *f = frame;

	BG_TRY(bg_import_judge(op, f, &f->items[f->at], awaited, err));
	f->at++;
	return look(op, f, err);
}

/* Clients first: an account whose client has lost its secret could not be refreshed. */
static belgo_rc
make_items(struct bg_import *f)
{
	const struct bg_bundle *b = &f->bundle;

	if ((f->items = bg_calloc(b->n_clients + b->n_records, sizeof(*f->items))) == NULL)
		return BELGO_ENOMEM;
	for (size_t i = 0; i < b->n_clients; i++) {
		struct bg_import_item *item = &f->items[f->n_items++];
		char id[BG_ID_SIZE];

		BG_TRY(bg_client_key(id, b->clients[i].issuer, b->clients[i].client_id));
		bg_store_key(item->key, "client", id);
		item->client = &b->clients[i];
	}
	for (size_t i = 0; i < b->n_records; i++) {
		struct bg_import_item *item = &f->items[f->n_items++];

		bg_store_key(item->key, "account", b->records[i]->account->key);
		item->record = b->records[i];
	}
	return BELGO_OK;
}

static belgo_rc
open_file(struct bg_bundle *out, const struct belgo_import_params *params, struct belgo_error *err)
{
	const struct bg_opening how = {.passphrase = params->passphrase, .private_key = params->private_key};
	BG_AUTO(bg_str_free) char *text = NULL;
	size_t len = 0;

	if (params->file == NULL)
		return bg_fail(err, BELGO_EINVAL, "there is no file to import");
	BG_TRY(bg_sealed_read(&text, &len, &how, params->file, params->len, err));
	return bg_bundle_decode(out, text, len, err);
}

belgo_rc
belgo_import_op(struct belgo_op **out, struct belgo_client *client, const struct belgo_import_params *params,
		struct belgo_error *err)
{
	BG_AUTO(bg_bundle_done) struct bg_bundle bundle = {0};
	struct bg_import *f;

	BG_TRY(open_file(&bundle, params, err));
	if ((f = bg_calloc(1, sizeof(*f))) == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	f->mode = params->mode;
	f->bundle = bundle;
	bundle = (struct bg_bundle){0};
	if (make_items(f) != BELGO_OK) {
		import_free(f);
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	}
	return bg_op_new(out, client, begin, f, import_free, err);
}
