/* rename: another name for an account; the default follows it. */
#include "commands.h"

#include <string.h>

static belgo_rc
check_free(struct ctl *ctl, const struct account_ref *ref, const char *name, struct belgo_error *err)
{
	AUTO(account_list_done) struct account_list list = {0};
	size_t i;

	TRY(account_list(&list, ctl, err));
	for (i = 0; i < list.n; i++)
		if (list.rows[i].account->name != NULL && strcmp(list.rows[i].account->name, name) == 0 &&
		    (strcmp(list.rows[i].account->key, ref->key) != 0 ||
		     strcmp(list.rows[i].store, ref->store) != 0))
			return fail_with(err, BELGO_EINVAL, "another account is already called \"%s\"", name);
	return BELGO_OK;
}

static belgo_rc
rename_account(struct ctl *ctl, const struct account_ref *ref, const char *name, struct belgo_error *err)
{
	AUTO(session_close) struct session session = {0};
	AUTO(belgo_op_free) struct belgo_op *op = NULL;
	AUTO(json_free_ptr) json_t *value = NULL;

	TRY(session_open(&session, ctl, ref->store, err));
	TRY(belgo_rename_op(&op, session.client, ref->key, name, err));
	TRY(account_missing(ctl, ref, drive(ctl, op, NULL, err)));
	TRY(default_follow(ctl, ref->name, name, err));
	if (belgo_op_account(op) != NULL)
		index_put(ctl, belgo_op_account(op), ref->store);
	if (!ctl->globals.json) {
		out_printf(&ctl->out, "%s\n", name);
		return BELGO_OK;
	}
	value = account_json(ctl, belgo_op_account(op), ref->store);
	out_json(&ctl->out, value);
	return BELGO_OK;
}

static belgo_rc
run(struct ctl *ctl, const struct line *line, struct belgo_error *err)
{
	const char *name = line->operands[line->n - 1];
	AUTO(account_ref_done) struct account_ref ref = {0};

	if (!belgo_account_name_is_valid(name))
		return fail_with(
		    err, BELGO_EINVAL,
		    "the new name must be printable, without blanks and slashes, and at most 128 bytes long");
	TRY(account_find(&ref, ctl, line->n > 1 ? line->operands[0] : NULL, err));
	TRY(check_free(ctl, &ref, name, err));
	return rename_account(ctl, &ref, name, err);
}

const struct command cmd_rename = {.name = "rename",
				   .operands = "[ACCOUNT] NAME",
				   .summary = "give an account another name",
				   .about =
				       "Prints the new name. Where the account was the default, it stays so.",
				   .min = 1,
				   .max = 2,
				   .fill = FILL_ACCOUNT,
				   .run = run};
