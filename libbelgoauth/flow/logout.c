/*
 * Logging out: the provider is told where it can be told, and the account goes from the store whatever it
 * says.
 */
#include "flow/account.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "flow/revoke.h"

struct logout {
	char account_key[BG_ID_SIZE];
	struct bg_record *record; /* NULL: damaged, and only to be removed */
	struct bg_no_revocation none;
	const char *revoked; /* "yes", "no", "unsupported" */
	char *detail;
};

static void
logout_free(void *frame)
{
	struct logout *f = frame;

	bg_record_free(&f->record);
	bg_str_free(&f->none.note);
	bg_str_free(&f->detail);
	free(f);
}

static bg_step_fn loaded, revoked, removed;

static belgo_rc
begin(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct logout *f = frame;

	(void)awaited;
	return bg_account_load_locked(op, &f->record, f->account_key, loaded, err);
}

static belgo_rc
remove_account(struct belgo_op *op, const struct logout *f, struct belgo_error *err)
{
	char key[BG_KEY_SIZE];

	bg_error_reset(err);
	bg_store_key(key, "account", f->account_key);
	return bg_op_store(op, BG_STORE_REMOVE, key, removed, err);
}

/* Notes why the provider could not be told, and goes on. */
static belgo_rc
give_up_revoking(struct belgo_op *op, struct logout *f, const char *why, struct belgo_error *err)
{
	belgo_rc rc = bg_str_set(&f->detail, why);

	f->revoked = "no";
	bg_error_reset(err); /* why may be its text */
	if (rc != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	return remove_account(op, f, err);
}

static belgo_rc
loaded(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct logout *f = frame;

	if (awaited == BELGO_ESTORE) { /* nobody can use a damaged record, but everybody may be rid of it */
		char cache_id[BG_ID_SIZE];

		if (bg_cache_id(cache_id, op->client, f->account_key) == BELGO_OK)
			bg_account_uncache(op, cache_id);
		return give_up_revoking(op, f, err->text, err);
	}
	BG_TRY(awaited);
	bg_account_uncache(op, f->record->account->cache_id);
	return bg_revoke(op, &f->none, f->record, revoked, err);
}

static belgo_rc
revoked(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct logout *f = frame;

	if (f->none.unsupported) {
		f->revoked = "unsupported";
		f->detail = BG_TAKE(f->none.note);
		return awaited == BELGO_ENOMEM ? awaited : remove_account(op, f, err);
	}
	if (awaited != BELGO_OK)
		return give_up_revoking(op, f, err->text, err);
	f->revoked = "yes";
	return remove_account(op, f, err);
}

static belgo_rc
removed(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct logout *f = frame;
	BG_AUTO(bg_json_free) json_t *json = NULL;

	BG_TRY(awaited);
	bg_op_unlock(op);
	if ((json = json_object()) == NULL || bg_json_set_str(json, "revoked", f->revoked) ||
	    json_object_set_new(json, "detail", f->detail == NULL ? json_null() : json_string(f->detail)) !=
		0 ||
	    bg_json_dump(&op->json, json))
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	if (f->record != NULL)
		op->account = BG_TAKE(f->record->account);
	return BELGO_OK;
}

belgo_rc
belgo_logout_op(struct belgo_op **out, struct belgo_client *client, const char *account_key,
		struct belgo_error *err)
{
	struct logout *f;

	BG_TRY(bg_check_account_key(account_key, err));
	if ((f = bg_calloc(1, sizeof(*f))) == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	memcpy(f->account_key, account_key, sizeof(f->account_key));
	f->revoked = "no";
	return bg_op_new(out, client, begin, f, logout_free, err);
}
