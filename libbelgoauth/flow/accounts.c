/* What is in the store: all accounts, one account, another name for one. No network. */
#include "flow/account.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define MAX_NAME 128

int
belgo_account_name_is_valid(const char *name)
{
	size_t len = name == NULL ? 0 : strlen(name);

	return len > 0 && len <= MAX_NAME && bg_text_is_utf8(name, len) && !bg_text_has_control(name) &&
	       strpbrk(name, " /") == NULL;
}

static int
by_name(const void *a, const void *b)
{
	const struct belgo_account *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static int
is_partial(const struct belgo_op *op, belgo_rc awaited)
{
	return (awaited == BELGO_ESTORE || awaited == BELGO_EVERSION) && op->job.n_items > 0;
}

/* One record that cannot be read must not hide the others. */
static belgo_rc
listed(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	BG_AUTO(belgo_account_list_free) struct belgo_account_list *list = NULL;
	BG_AUTO(bg_record_free) struct bg_record *record = NULL;
	size_t at = 0;

	(void)frame;
	if (is_partial(op, awaited)) {
		bg_op_warn(op, "%s", err->text);
		bg_error_reset(err);
	} else {
		BG_TRY(awaited);
	}
	if ((list = bg_calloc(1, sizeof(*list))) == NULL ||
	    (list->items = bg_calloc(op->job.n_items + 1, sizeof(struct belgo_account *))) == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	for (;;) {
		BG_TRY(bg_account_next(op, &record, &at, BG_UNREADABLE_WARN, err));
		if (record == NULL)
			break;
		list->items[list->n++] = BG_TAKE(record->account);
	}
	bg_store_job_done(&op->job);
	qsort(list->items, list->n, sizeof(struct belgo_account *), by_name);
	op->accounts = BG_TAKE(list);
	return BELGO_OK;
}

static belgo_rc
list_begin(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	(void)frame;
	(void)awaited;
	return bg_op_store(op, BG_STORE_LIST, "account/", listed, err);
}

belgo_rc
belgo_accounts_op(struct belgo_op **out, struct belgo_client *client, struct belgo_error *err)
{
	return bg_op_new(out, client, list_begin, NULL, free, err);
}

struct one {
	char account_key[BG_ID_SIZE];
	char *name; /* NULL: only look */
	struct bg_record *record;
};

static void
one_free(void *frame)
{
	struct one *f = frame;

	bg_str_free(&f->name);
	bg_record_free(&f->record);
	free(f);
}

static belgo_rc
new_one(struct belgo_op **out, struct belgo_client *client, const char *account_key, const char *name,
	bg_step_fn *first, struct belgo_error *err)
{
	struct one *f;

	BG_TRY(bg_check_account_key(account_key, err));
	if ((f = bg_calloc(1, sizeof(*f))) == NULL || bg_str_set(&f->name, name) != BELGO_OK) {
		free(f);
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	}
	memcpy(f->account_key, account_key, sizeof(f->account_key));
	return bg_op_new(out, client, first, f, one_free, err);
}

static belgo_rc
looked(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct one *f = frame;

	BG_TRY(awaited);
	op->account = BG_TAKE(f->record->account);
	(void)err;
	return BELGO_OK;
}

static belgo_rc
look(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct one *f = frame;

	(void)awaited;
	return bg_account_load(op, &f->record, f->account_key, looked, err);
}

belgo_rc
belgo_account_op(struct belgo_op **out, struct belgo_client *client, const char *account_key,
		 struct belgo_error *err)
{
	return new_one(out, client, account_key, NULL, look, err);
}

static bg_step_fn rename_listed, rename_loaded;

static belgo_rc
rename_begin(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	(void)frame;
	(void)awaited;
	return bg_op_store(op, BG_STORE_LIST, "account/", rename_listed, err);
}

/* Whether another account of the listing has that name. */
static belgo_rc
check_name_is_free(struct belgo_op *op, const struct one *f, struct belgo_error *err)
{
	BG_AUTO(bg_record_free) struct bg_record *record = NULL;
	size_t at = 0;

	do {
		BG_TRY(bg_account_next(op, &record, &at, BG_UNREADABLE_SKIP, err));
		if (record != NULL && bg_str_equal(record->account->name, f->name) &&
		    !bg_str_equal(record->account->key, f->account_key))
			return bg_fail(err, BELGO_EINVAL, "another account is already called %s", f->name);
	} while (record != NULL);
	return BELGO_OK;
}

static belgo_rc
rename_listed(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct one *f = frame;

	if (!is_partial(op, awaited))
		BG_TRY(awaited);
	bg_error_reset(err);
	BG_TRY(check_name_is_free(op, f, err));
	bg_store_job_done(&op->job);
	return bg_account_load_locked(op, &f->record, f->account_key, rename_loaded, err);
}

static belgo_rc
rename_loaded(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct one *f = frame;

	BG_TRY(awaited);
	if (f->record->pending) /* a put would end what may still have to be undone */
		return bg_fail(err, BELGO_EBUSY,
			       "the account %s has a refresh to finish first: ask for a token",
			       f->record->account->name);
	if (bg_str_set(&f->record->account->name, f->name) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	return bg_account_write(op, BG_STORE_PUT, f->record, looked, err);
}

belgo_rc
belgo_rename_op(struct belgo_op **out, struct belgo_client *client, const char *account_key, const char *name,
		struct belgo_error *err)
{
	if (!belgo_account_name_is_valid(name))
		return bg_fail(err, BELGO_EINVAL,
			       "an account's name is printable, without blank and slash, of 1 to 128 bytes");
	return new_one(out, client, account_key, name, rename_begin, err);
}
