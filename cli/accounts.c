/* All accounts of all stores in question. */
#include "ctl.h"

#include <stdlib.h>
#include <string.h>

static const char *
text(const char *value)
{
	return value != NULL ? value : "";
}

void
account_list_done(struct account_list *list)
{
	size_t i;

	for (i = 0; i < list->n_shelves; i++) {
		belgo_op_free(&list->shelves[i].op);
		session_close(&list->shelves[i].session);
		free(list->shelves[i].uri);
	}
	free(list->shelves);
	free(list->rows);
	*list = (struct account_list){0};
}

static int
has_shelf(const struct account_list *list, const char *uri)
{
	size_t i;

	for (i = 0; i < list->n_shelves; i++)
		if (strcmp(list->shelves[i].uri, uri) == 0)
			return 1;
	return 0;
}

static void
shelf_done(struct account_shelf *shelf)
{
	belgo_op_free(&shelf->op);
	session_close(&shelf->session);
	free(shelf->uri);
	shelf->uri = NULL;
}

static belgo_rc
add_rows(struct account_list *list, const struct account_shelf *shelf, struct belgo_error *err)
{
	const struct belgo_account_list *found = belgo_op_accounts(shelf->op);
	struct account_row *rows;
	size_t i;

	if (found == NULL || found->n == 0)
		return BELGO_OK;
	if ((rows = reallocarray(list->rows, list->n + found->n, sizeof(*rows))) == NULL)
		return fail_memory(err);
	list->rows = rows;
	for (i = 0; i < found->n; i++)
		rows[list->n++] = (struct account_row){.account = found->items[i], .store = shelf->uri};
	return BELGO_OK;
}

static belgo_rc
add_shelf(struct account_list *list, struct ctl *ctl, const char *uri, struct belgo_error *err)
{
	AUTO(shelf_done) struct account_shelf shelf = {.uri = strdup(uri)};
	struct account_shelf *shelves;

	if (shelf.uri == NULL)
		return fail_memory(err);
	TRY(session_open(&shelf.session, ctl, uri, err));
	TRY(belgo_accounts_op(&shelf.op, shelf.session.client, err));
	TRY(drive(ctl, shelf.op, NULL, err));
	shelves = reallocarray(list->shelves, list->n_shelves + 1, sizeof(*shelves));
	if (shelves == NULL)
		return fail_memory(err);
	list->shelves = shelves;
	TRY(add_rows(list, &shelf, err));
	shelves[list->n_shelves++] = shelf;
	shelf = (struct account_shelf){0};
	return BELGO_OK;
}

static int
by_name(const void *a, const void *b)
{
	const struct account_row *x = a, *y = b;
	int order = strcmp(text(x->account->name), text(y->account->name));

	return order != 0 ? order : strcmp(x->store, y->store);
}

/*
 * The stores that the index names, when none was named by the user; one that fails is only worth a warning
 * there.
 */
static belgo_rc
add_indexed(struct account_list *list, struct ctl *ctl, size_t *failed)
{
	AUTO(index_done) struct index index = {0};
	size_t i;

	index_load(&index);
	for (i = 0; i < index.n; i++) {
		struct belgo_error cause = {0};
		belgo_rc rc;

		if (has_shelf(list, index.accounts[i].store))
			continue;
		rc = add_shelf(list, ctl, index.accounts[i].store, &cause);
		if (rc == BELGO_EINTR || rc == BELGO_ENOMEM)
			return rc;
		if (rc != BELGO_OK && (*failed)++ == 0)
			warn(ctl, "the accounts in %s are not listed: %s", index.accounts[i].store,
			     cause.text);
	}
	return BELGO_OK;
}

static belgo_rc
add_all(struct account_list *list, struct ctl *ctl, struct belgo_error *err)
{
	AUTO(text_free) char *named = store_named(ctl), *usual = NULL;
	struct belgo_error cause = {0};
	size_t failed = 0;
	belgo_rc rc;

	if (named != NULL)
		return add_shelf(list, ctl, named, err);
	if ((usual = store_for_login(ctl)) == NULL)
		return fail_memory(err);
	rc = add_shelf(list, ctl, usual, &cause);
	if (rc == BELGO_EINTR || rc == BELGO_ENOMEM)
		return fail_with(err, rc, "%s", cause.text);
	if (add_indexed(list, ctl, &failed) != BELGO_OK)
		return fail_with(err, BELGO_EINTR, "interrupted");
	if (rc != BELGO_OK && list->n_shelves == 0) {
		*err = cause;
		return rc;
	}
	return BELGO_OK;
}

belgo_rc
account_list(struct account_list *out, struct ctl *ctl, struct belgo_error *err)
{
	AUTO(account_list_done) struct account_list list = {0};

	TRY(add_all(&list, ctl, err));
	if (list.n > 0)
		qsort(list.rows, list.n, sizeof(*list.rows), by_name);
	index_replace(ctl, &list);
	*out = list;
	list = (struct account_list){0};
	return BELGO_OK;
}
