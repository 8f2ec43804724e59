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
	for (i = 0; i < list->n_unread; i++)
		free(list->unread[i].uri);
	free(list->unread);
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

static struct unread_store *
unread_store(const struct account_list *list, const char *uri)
{
	size_t i;

	for (i = 0; i < list->n_unread; i++)
		if (strcmp(list->unread[i].uri, uri) == 0)
			return &list->unread[i];
	return NULL;
}

/*
 * A store is opened once: one that hangs, or asks for a passphrase, would do so again. That it cannot be read
 * is no failure here; BELGO_EINTR and BELGO_ENOMEM are.
 */
static belgo_rc
add_store(struct account_list *list, struct ctl *ctl, const char *uri, struct belgo_error *err)
{
	struct belgo_error cause = {.retry_after = -1};
	struct unread_store *unread;
	belgo_rc rc = add_shelf(list, ctl, uri, &cause);

	if (rc == BELGO_OK)
		return BELGO_OK;
	if (rc == BELGO_EINTR || rc == BELGO_ENOMEM)
		return fail_with(err, rc, "%s", cause.text);
	if ((unread = reallocarray(list->unread, list->n_unread + 1, sizeof(*unread))) == NULL)
		return fail_memory(err);
	list->unread = unread;
	unread[list->n_unread] = (struct unread_store){.uri = strdup(uri), .cause = cause};
	if (unread[list->n_unread].uri == NULL)
		return fail_memory(err);
	unread[list->n_unread++].cause.rc = rc;
	return BELGO_OK;
}

/* The stores that the index names, when none was named by the user. */
static belgo_rc
add_indexed(struct account_list *list, struct ctl *ctl, struct belgo_error *err)
{
	AUTO(index_done) struct index index = {0};
	size_t i;

	index_load(&index);
	for (i = 0; i < index.n; i++) {
		const char *uri = index.accounts[i].store;
		struct unread_store *unread;

		if (!has_shelf(list, uri) && unread_store(list, uri) == NULL)
			TRY(add_store(list, ctl, uri, err));
		if ((unread = unread_store(list, uri)) != NULL)
			unread->has_accounts = 1;
	}
	return BELGO_OK;
}

static belgo_rc
add_all(struct account_list *list, struct ctl *ctl, struct belgo_error *err)
{
	AUTO(text_free) char *named = store_named(ctl), *usual = NULL;
	size_t i;

	if (named != NULL)
		return add_shelf(list, ctl, named, err);
	if ((usual = store_for_login(ctl)) == NULL)
		return fail_memory(err);
	TRY(add_store(list, ctl, usual, err));
	TRY(add_indexed(list, ctl, err));
	if (list->n_shelves == 0 && list->n_unread > 0) {
		*err = list->unread[0].cause;
		return err->rc;
	}
	for (i = 0; i < list->n_unread; i++)
		if (list->unread[i].has_accounts)
			warn(ctl, "the accounts in %s are not listed: %s", list->unread[i].uri,
			     list->unread[i].cause.text);
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
