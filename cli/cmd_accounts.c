/* accounts: every account as a table or as JSON; the index is rebuilt on the way. */
#include "commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define N_COLUMNS 5

struct cells {
	char *text[N_COLUMNS];
};

static void
cells_free(struct cells *rows, size_t n)
{
	size_t i, c;

	for (i = 0; i < n; i++)
		for (c = 0; c < N_COLUMNS; c++)
			free(rows[i].text[c]);
	free(rows);
}

static char *
name_cell(const struct ctl *ctl, const struct belgo_account *account)
{
	const char *usual = config_string(&ctl->config, "default_account");
	AUTO(text_free) char *shown = text_shown(account->name != NULL ? account->name : "");
	char *cell = NULL;

	if (shown == NULL ||
	    asprintf(&cell, "%s%s", shown,
		     usual != NULL && account->name != NULL && strcmp(usual, account->name) == 0 ? " *"
												 : "") < 0)
		return NULL;
	return cell;
}

static char *
access_cell(const struct belgo_account *account, int64_t now)
{
	char left[64];

	time_left(left, sizeof(left), account->access_expires_at, now);
	return strdup(left);
}

static char *
refresh_cell(const struct belgo_account *account, int64_t now)
{
	char left[64];

	if (account->needs_login)
		return strdup("login needed");
	if (!account->has_refresh_token)
		return strdup(account->grant != NULL ? "not needed" : "none");
	if (account->refresh_expires_at <= 0)
		return strdup("no end known");
	time_left(left, sizeof(left), account->refresh_expires_at, now);
	return strdup(left);
}

static int
fill(struct cells *row, const struct ctl *ctl, const struct belgo_account *account, int64_t now)
{
	const char *provider = account->provider != NULL ? account->provider : account->issuer;
	size_t c;

	row->text[0] = name_cell(ctl, account);
	row->text[1] = text_shown(provider != NULL ? provider : "");
	row->text[2] = access_cell(account, now);
	row->text[3] = refresh_cell(account, now);
	row->text[4] = text_shown(account->scope != NULL ? account->scope : "");
	for (c = 0; c < N_COLUMNS; c++)
		if (row->text[c] == NULL)
			return -1;
	return 0;
}

static void
print_row(struct out *out, const struct cells *row, const int *widths)
{
	size_t c;

	for (c = 0; c < N_COLUMNS - 1; c++)
		out_printf(out, "%s%*s", row->text[c], widths[c] - text_width(row->text[c]) + 2, "");
	out_printf(out, "%s\n", row->text[N_COLUMNS - 1]);
}

static void
print_table(struct ctl *ctl, const struct cells *rows, size_t n)
{
	char head[N_COLUMNS][16] = {"NAME", "PROVIDER", "ACCESS TOKEN", "REFRESH TOKEN", "SCOPES"};
	const struct cells titles = {.text = {head[0], head[1], head[2], head[3], head[4]}};
	int widths[N_COLUMNS], bold = colour_wanted(STDOUT_FILENO);
	size_t i, c;

	for (c = 0; c < N_COLUMNS; c++) {
		widths[c] = text_width(head[c]);
		for (i = 0; i < n; i++)
			if (text_width(rows[i].text[c]) > widths[c])
				widths[c] = text_width(rows[i].text[c]);
	}
	out_printf(&ctl->out, "%s", bold ? "\033[1m" : "");
	print_row(&ctl->out, &titles, widths);
	out_printf(&ctl->out, "%s", bold ? "\033[0m" : "");
	for (i = 0; i < n; i++)
		print_row(&ctl->out, &rows[i], widths);
}

static belgo_rc
print_text(struct ctl *ctl, const struct account_list *list, struct belgo_error *err)
{
	struct cells *rows;
	int64_t now = time_now();
	size_t i;
	int failed = 0;

	if (list->n == 0) {
		note(ctl, "There is no account yet. Run: oauthctl login PROVIDER");
		return BELGO_OK;
	}
	if ((rows = calloc(list->n, sizeof(*rows))) == NULL)
		return fail_memory(err);
	for (i = 0; i < list->n; i++)
		failed |= fill(&rows[i], ctl, list->rows[i].account, now);
	if (!failed)
		print_table(ctl, rows, list->n);
	cells_free(rows, list->n);
	return failed ? fail_memory(err) : BELGO_OK;
}

static belgo_rc
run(struct ctl *ctl, const struct line *line, struct belgo_error *err)
{
	AUTO(account_list_done) struct account_list list = {0};
	AUTO(json_free_ptr) json_t *array = NULL;
	size_t i;

	(void)line;
	TRY(account_list(&list, ctl, err));
	if (!ctl->globals.json)
		return print_text(ctl, &list, err);
	array = json_array();
	for (i = 0; i < list.n; i++)
		if (json_array_append_new(array,
					  account_json(ctl, list.rows[i].account, list.rows[i].store)) != 0)
			return fail_memory(err);
	out_json(&ctl->out, array);
	return BELGO_OK;
}

const struct command cmd_accounts = {
    .name = "accounts",
    .operands = "",
    .summary = "list the accounts",
    .about = "Without --store, of the usual store and of every other one that was used before. An asterisk "
	     "marks the\n"
	     "default account. Rebuilds the index that completion and the quick path of `token` use.",
    .run = run};
