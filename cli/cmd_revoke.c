/* revoke: ends an account's tokens at the provider; the account stays, and needs a login. */
#include "commands.h"

struct revoke_args {
	const char *account;
};

static const struct opt opts[] = {{OPT_STRING, "account", 0, offsetof(struct revoke_args, account), "ACCOUNT",
				   "name, e-mail address, provider or issuer", FILL_ACCOUNT},
				  {0}};

static belgo_rc
print(struct ctl *ctl, const char *store, const struct belgo_account *account)
{
	AUTO(json_free_ptr) json_t *value = NULL;
	AUTO(text_free) char *name = NULL;

	if (ctl->globals.json) {
		value = account_json(ctl, account, store);
		out_json(&ctl->out, value);
		return BELGO_OK;
	}
	if ((name = text_shown(account->name)) == NULL)
		ctl->out.failed = 1;
	else
		out_printf(&ctl->out, "%s: revoked at the provider; the account is kept and needs a login\n",
			   name);
	return BELGO_OK;
}

static belgo_rc
run(struct ctl *ctl, const struct line *line, struct belgo_error *err)
{
	const struct revoke_args *args = line->args;
	AUTO(known_account_done) struct known_account known = {0};
	AUTO(belgo_op_free) struct belgo_op *op = NULL;

	TRY(known_account_get(&known, ctl, args->account, err));
	TRY(belgo_revoke_op(&op, known.session.client, known.ref.key, err));
	TRY(drive(ctl, op, NULL, err));
	if (belgo_op_account(op) == NULL)
		return fail_with(err, BELGO_EINTERNAL, "the operation ended without an account");
	return print(ctl, known.ref.store, belgo_op_account(op));
}

const struct command cmd_revoke = {
    .name = "revoke",
    .operands = "",
    .summary = "end an account's tokens at the provider, and keep the account",
    .about =
	"Revokes the refresh token, or the access token where there is none, and forgets both. The account "
	"stays and needs a\n"
	"login. Where the provider could not be told, nothing changes. To be rid of the account too: "
	"oauthctl "
	"logout.",
    .opts = opts,
    .args_size = sizeof(struct revoke_args),
    .run = run};
