/*
 * logout: revokes at the provider where that can be done, removes here in any case, and says what happened
 * where.
 */
#include "commands.h"

#include <stdlib.h>
#include <string.h>

struct logout_args {
	int all;
};

static const struct opt opts[] = {
    {OPT_FLAG, "all", 0, offsetof(struct logout_args, all), NULL, "every account", FILL_NONE}, {0}};

static const char *
store_words(const char *store)
{
	if (strcmp(store, "keyring") == 0)
		return "the system keyring";
	return strncmp(store, "file:", 5) == 0 ? "the encrypted file store" : "the store";
}

static void
say(struct ctl *ctl, const struct account_ref *ref, const json_t *result)
{
	const char *revoked = json_string_value(json_object_get(result, "revoked"));
	const char *detail = json_string_value(json_object_get(result, "detail"));
	AUTO(text_free) char *name = text_shown(ref->name), *shown = text_shown(detail != NULL ? detail : "");
	const char *there = "it could not be revoked at the provider";

	if (name == NULL || shown == NULL) {
		ctl->out.failed = 1;
		return;
	}
	if (revoked != NULL && strcmp(revoked, "yes") == 0)
		there = "revoked at the provider";
	else if (revoked != NULL && strcmp(revoked, "unsupported") == 0)
		there = "the provider offers no revocation";
	out_printf(&ctl->out, "%s: removed from %s; %s%s%s%s\n", name, store_words(ref->store), there,
		   shown[0] != '\0' ? " (" : "", shown, shown[0] != '\0' ? ")" : "");
}

static belgo_rc
drop_default(struct ctl *ctl, const char *name)
{
	const char *usual = config_string(&ctl->config, "default_account");

	if (usual == NULL || strcmp(usual, name) != 0)
		return BELGO_OK;
	return config_change(&ctl->config, config_set_default, NULL, NULL);
}

static belgo_rc
leave(struct ctl *ctl, struct belgo_client *client, const struct account_ref *ref, json_t *results,
      struct belgo_error *err)
{
	AUTO(belgo_op_free) struct belgo_op *op = NULL;
	AUTO(json_free_ptr) json_t *result = NULL;

	facts_account(ctl, ref->name, ref->provider, ref->issuer);
	TRY(belgo_logout_op(&op, client, ref->key, err));
	TRY(account_missing(ctl, ref, drive(ctl, op, NULL, err)));
	if (belgo_op_json(op) != NULL)
		result = json_loads(belgo_op_json(op), 0, NULL);
	if (drop_default(ctl, ref->name) != BELGO_OK)
		warn(ctl, "the configuration still names %s as the default", ref->name);
	index_forget(ctl, ref->key, ref->store);
	say(ctl, ref, result);
	return json_array_append_new(results, json_pack("{s:i, s:o, s:b, s:O?, s:O?}", "version", 1, "name",
							json_text(ref->name), "removed", 1, "revoked",
							json_object_get(result, "revoked"), "detail",
							json_object_get(result, "detail"))) == 0
		   ? BELGO_OK
		   : fail_memory(err);
}

/* One that cannot be removed does not keep the others from it; the first failure is what is reported. */
static belgo_rc
leave_all(struct ctl *ctl, json_t *results, struct belgo_error *err)
{
	AUTO(account_list_done) struct account_list list = {0};
	belgo_rc rc = BELGO_OK;
	size_t i, s;

	TRY(account_list(&list, ctl, err));
	for (s = 0; s < list.n_shelves; s++)
		for (i = 0; i < list.n && rc != BELGO_EINTR; i++) {
			const struct belgo_account *account = list.rows[i].account;
			const struct account_ref ref = {.name = account->name,
							.key = account->key,
							.store = list.shelves[s].uri,
							.provider = account->provider,
							.issuer = account->issuer};
			belgo_rc one = BELGO_OK;

			if (strcmp(list.rows[i].store, ref.store) == 0)
				one = leave(ctl, list.shelves[s].session.client, &ref, results, err);
			rc = rc == BELGO_OK || one == BELGO_EINTR ? one : rc;
		}
	return rc;
}

static belgo_rc
leave_one(struct ctl *ctl, const char *wanted, json_t *results, struct belgo_error *err)
{
	AUTO(account_ref_done) struct account_ref ref = {0};
	AUTO(session_close) struct session session = {0};

	TRY(account_find(&ref, ctl, wanted, err));
	TRY(session_open(&session, ctl, ref.store, err));
	return leave(ctl, session.client, &ref, results, err);
}

static belgo_rc
run(struct ctl *ctl, const struct line *line, struct belgo_error *err)
{
	const struct logout_args *args = line->args;
	AUTO(json_free_ptr) json_t *results = json_array();

	if (args->all && line->n > 0)
		return fail_with(err, BELGO_EINVAL, "logout takes an account or --all, not both");
	TRY(args->all ? leave_all(ctl, results, err) : leave_one(ctl, line_operand(line, 0), results, err));
	if (!ctl->globals.json)
		return BELGO_OK;
	out_done(&ctl->out);
	out_json(&ctl->out, args->all ? results : json_array_get(results, 0));
	return BELGO_OK;
}

const struct command cmd_logout = {.name = "logout",
				   .operands = "[ACCOUNT]",
				   .summary = "revoke an account's tokens and remove it",
				   .about = "Revokes where the provider can, always removes here, and says "
					    "what happened where. The exit status is 0 once\n"
					    "the account is gone from the store, whatever the provider said.",
				   .opts = opts,
				   .args_size = sizeof(struct logout_args),
				   .max = 1,
				   .fill = FILL_ACCOUNT,
				   .run = run};
