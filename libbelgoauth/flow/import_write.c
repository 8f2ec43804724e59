/*
 * All records of an import or none: each is read again under its lock and written; if one cannot be, those
 * before it are put back as they were.
 */
#include "flow/import.h"

#include "flow/secret.h"

#include <stdlib.h>

static bg_step_fn probed, locked, reread, stored, undo_locked, undo_reread, undone, displaced_gone;

static struct bg_import_item *
current(const struct bg_import *f)
{
	return &f->items[f->at];
}

static belgo_rc
make_result(struct bg_import *f)
{
	const struct bg_bundle *b = &f->bundle;

	if ((f->result = bg_calloc(1, sizeof(*f->result))) == NULL ||
	    (f->result->items = bg_calloc(b->n_records + 1, sizeof(struct belgo_account *))) == NULL)
		return BELGO_ENOMEM;
	for (; f->result->n < b->n_records; f->result->n++)
		if ((f->result->items[f->result->n] = bg_account_dup(b->records[f->result->n]->account)) ==
		    NULL)
			return BELGO_ENOMEM;
	return BELGO_OK;
}

belgo_rc
bg_import_write(struct belgo_op *op, struct bg_import *f, struct belgo_error *err)
{
	if (make_result(f) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	f->at = 0;
	return bg_op_store(op, BG_STORE_PROBE, current(f)->key, probed, err);
}

static belgo_rc remove_displaced(struct belgo_op *op, struct bg_import *f, struct belgo_error *err);

static belgo_rc
next(struct belgo_op *op, struct bg_import *f, struct belgo_error *err)
{
	if (f->at < f->n_items)
		return bg_op_lock(op, current(f)->key, locked, err);
	f->at = 0;
	return remove_displaced(op, f, err);
}

static belgo_rc undo(struct belgo_op *op, struct bg_import *f, struct belgo_error *err);

/* From the first write on, what fails is taken back first. */
static belgo_rc
failed(struct belgo_op *op, struct bg_import *f, belgo_rc rc, struct belgo_error *err)
{
	(void)bg_fail(err, rc, "%s", belgo_rc_str(rc));
	f->cause = *err;
	bg_error_reset(err);
	return undo(op, f, err);
}

static belgo_rc
probed(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	BG_TRY(awaited);
	op->critical = 1; /* a cancel in between would leave half of it */
	return next(op, frame, err);
}

static belgo_rc
locked(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct bg_import *f = frame;
	belgo_rc rc =
	    awaited == BELGO_OK ? bg_op_store(op, BG_STORE_GET, current(f)->key, reread, err) : awaited;

	return rc == BELGO_OK ? rc : failed(op, f, rc, err);
}

static char *
label_of(const struct bg_import_item *item)
{
	return item->record != NULL ? bg_strf("OAuth tokens of %s", item->record->account->name)
				    : bg_strf("OAuth client secret for %s", item->client->issuer);
}

static belgo_rc
put(struct belgo_op *op, const struct bg_import_item *item, const char *text, bg_step_fn *after,
    struct belgo_error *err)
{
	BG_AUTO(bg_str_free) char *label = label_of(item);

	if (label == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	return bg_op_store_data(op, BG_STORE_PUT, item->key, label, text, after, err);
}

static belgo_rc
put_new(struct belgo_op *op, const struct bg_import_item *item, struct belgo_error *err)
{
	BG_AUTO(bg_str_free) char *text = NULL;

	if (item->record != NULL)
		return bg_account_write(op, BG_STORE_PUT, item->record, stored, err);
	if (bg_credentials_encode(&text, bg_credentials_are_empty(&item->merged) ? &item->client->credentials
										 : &item->merged) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	return put(op, item, text, stored, err);
}

/* Judged again: another process may have been here since. */
static belgo_rc
reread(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct bg_import *f = frame;
	struct bg_import_item *item = current(f);
	belgo_rc rc = bg_import_judge(op, f, item, awaited, err);

	if (rc == BELGO_OK)
		rc = put_new(op, item, err);
	return rc == BELGO_OK ? rc : failed(op, f, rc, err);
}

static belgo_rc
stored(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	const struct belgo_client_params *params = &op->client->params;
	struct bg_import *f = frame;
	const struct bg_record *record = current(f)->record;

	if (awaited != BELGO_OK)
		return failed(op, f, awaited, err);
	if (op->job.in_recovery)
		bg_op_warn(op, "the store could not be written; %s is kept in a recovery record until it can",
			   record != NULL ? record->account->name : "a client's secret");
	if (record != NULL) {
		bg_account_uncache(op, record->account->cache_id);
		if (params->on_tokens_changed != NULL)
			params->on_tokens_changed(params->callback_arg, record->account, record->token);
	}
	current(f)->is_written = 1;
	bg_op_unlock(op);
	f->at++;
	return next(op, f, err);
}

static belgo_rc
undo(struct belgo_op *op, struct bg_import *f, struct belgo_error *err)
{
	bg_op_unlock(op);
	while (f->at > 0 && (f->at == f->n_items || !current(f)->is_written))
		f->at--;
	if (f->at < f->n_items && current(f)->is_written)
		return bg_op_lock(op, current(f)->key, undo_locked, err);
	*err = f->cause;
	return f->cause.rc;
}

static belgo_rc
not_undone(struct belgo_op *op, struct bg_import *f, struct belgo_error *err)
{
	const struct bg_import_item *item = current(f);

	bg_op_warn(op, "%s stays as it is in the file, for the store did not take it back: %s",
		   item->record != NULL ? item->record->account->name : "a client's secret", err->text);
	bg_error_reset(err);
	current(f)->is_written = 0;
	return undo(op, f, err);
}

static belgo_rc
undo_locked(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct bg_import *f = frame;
	belgo_rc rc =
	    awaited == BELGO_OK ? bg_op_store(op, BG_STORE_GET, current(f)->key, undo_reread, err) : awaited;

	return rc == BELGO_OK ? rc : not_undone(op, f, err);
}

static belgo_rc
undo_reread(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct bg_import *f = frame;
	const struct bg_import_item *item = current(f);
	BG_AUTO(bg_str_free) char *old = NULL;
	belgo_rc rc = awaited;

	belgo_blob_done(&op->job.blob);
	/* What a store gave has a length, and need not have a NUL. */
	if (item->old.data != NULL && (old = bg_strndup((const char *)item->old.data, item->old.len)) == NULL)
		rc = bg_fail(err, BELGO_ENOMEM, "out of memory");
	if (rc == BELGO_OK)
		rc = old == NULL ? bg_op_store(op, BG_STORE_REMOVE, item->key, undone, err)
				 : put(op, item, old, undone, err);
	return rc == BELGO_OK ? rc : not_undone(op, f, err);
}

static belgo_rc
undone(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct bg_import *f = frame;

	if (awaited != BELGO_OK)
		return not_undone(op, f, err);
	current(f)->is_written = 0;
	return undo(op, f, err);
}

/* Whose name was taken over goes last, when nothing can fail any more but this. */
static belgo_rc
remove_displaced(struct belgo_op *op, struct bg_import *f, struct belgo_error *err)
{
	if (f->at < f->n_displaced)
		return bg_account_remove(op, f->displaced[f->at], displaced_gone, err);
	op->accounts = BG_TAKE(f->result);
	return BELGO_OK;
}

static belgo_rc
displaced_gone(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct bg_import *f = frame;

	if (awaited != BELGO_OK)
		bg_op_warn(op, "an account that had a name of the file could not be removed: %s", err->text);
	bg_error_reset(err);
	f->at++;
	return remove_displaced(op, f, err);
}
