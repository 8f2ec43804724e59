/* introspect: what the provider makes of an account's token, which is not shown. */
#include "commands.h"

struct introspect_args {
	const char *account;
	int refresh_token;
};

static const struct opt opts[] = {{OPT_STRING, "account", 0, offsetof(struct introspect_args, account),
				   "ACCOUNT", "name, e-mail address, provider or issuer", FILL_ACCOUNT},
				  {OPT_FLAG, "refresh-token", 0,
				   offsetof(struct introspect_args, refresh_token), NULL,
				   "ask about the refresh token, not the access token", FILL_NONE},
				  {0}};

static belgo_rc
run(struct ctl *ctl, const struct line *line, struct belgo_error *err)
{
	const struct introspect_args *args = line->args;
	AUTO(known_account_done) struct known_account known = {0};
	AUTO(belgo_op_free) struct belgo_op *op = NULL;

	TRY(known_account_get(&known, ctl, args->account, err));
	TRY(belgo_introspect_op(&op, known.session.client, known.ref.key,
				args->refresh_token ? BELGO_REFRESH_TOKEN : BELGO_ACCESS_TOKEN, err));
	TRY(drive(ctl, op, NULL, err));
	return claims_print(ctl, belgo_op_json(op), err);
}

const struct command cmd_introspect = {
    .name = "introspect",
    .operands = "",
    .summary = "ask the provider what it makes of a token",
    .about =
	"Asks about the stored access token, as it is: nothing is refreshed. Prints the answer and never "
	"the token. A token that\n"
	"is no longer good is an answer too (active: false), and the exit status is 0.",
    .opts = opts,
    .args_size = sizeof(struct introspect_args),
    .run = run};
