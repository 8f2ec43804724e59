/* refresh: a new token set now, without showing it. */
#include "commands.h"

static belgo_rc
run(struct ctl *ctl, const struct line *line, struct belgo_error *err)
{
	const struct token_wish wish = {
	    .account = line_operand(line, 0), .min_valid = -1, .mode = BELGO_REFRESH_NOW};
	AUTO(live_token_done) struct live_token live = {0};
	AUTO(json_free_ptr) json_t *value = NULL;
	const struct belgo_account *account;
	char left[64], local[64];

	TRY(live_token_get(&live, ctl, &wish, err));
	account = belgo_op_account(live.op);
	if (account == NULL)
		return fail_with(err, BELGO_EINTERNAL, "the operation ended without an account");
	if (ctl->globals.json) {
		value = account_json(ctl, account, live.ref.store);
		out_json(&ctl->out, value);
		return BELGO_OK;
	}
	if (account->access_expires_at <= 0) {
		out_printf(&ctl->out, "%s: refreshed\n", live.ref.name);
		return BELGO_OK;
	}
	time_local(local, sizeof(local), account->access_expires_at);
	time_left(left, sizeof(left), account->access_expires_at, time_now());
	out_printf(&ctl->out, "%s: refreshed; valid until %s (%s)\n", live.ref.name, local, left);
	return BELGO_OK;
}

const struct command cmd_refresh = {.name = "refresh",
				    .operands = "[ACCOUNT]",
				    .summary = "renew an account's tokens now",
				    .about =
					"Prints until when the new access token is valid, not the token. "
					"`oauthctl token` refreshes by itself; this\n"
					"is for a timer that keeps a refresh token from dying of disuse.",
				    .max = 1,
				    .fill = FILL_ACCOUNT,
				    .run = run};
