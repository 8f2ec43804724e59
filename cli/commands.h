/* The verbs. Each cmd_*.c defines its own; commands.c puts them in the order of the overview. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "ctl.h"

extern const struct command cmd_login, cmd_token, cmd_exchange, cmd_header, cmd_dpop, cmd_exec, cmd_accounts,
    cmd_show, cmd_whoami, cmd_userinfo, cmd_introspect, cmd_verify, cmd_refresh, cmd_rename, cmd_default,
    cmd_revoke, cmd_logout, cmd_export, cmd_import, cmd_provider, cmd_client, cmd_help, cmd_complete;
extern const struct command cmd_provider_check, cmd_provider_list, cmd_provider_show, cmd_provider_discover,
    cmd_provider_set, cmd_provider_remove;

/* NULL-terminated. */
extern const struct command *const commands[];

/* The first operand, or NULL. */
const char *line_operand(const struct line *line, size_t i);

/* What token, header, dpop and exec have in common: a live access token of the account, in *op. */
struct token_wish {
	const char *account;
	int64_t min_valid; /* seconds; -1: the default */
	enum belgo_refresh_mode mode;
	struct words scope, resource; /* of a further access token; none: the account's own */
};
struct live_token {
	struct session session;
	struct belgo_op *op;
	struct account_ref ref;
};
belgo_rc live_token_get(struct live_token *out, struct ctl *ctl, const struct token_wish *wish,
			struct belgo_error *err);
/* Another operation in *op: the token as it is now, and a proof for that request in its JSON. */
belgo_rc live_token_prove(struct live_token *live, struct ctl *ctl, const struct token_wish *wish,
			  const struct belgo_proof_params *request, struct belgo_error *err);
void live_token_done(struct live_token *live);
/* A token on stdout, for programs and by itself. */
json_t *token_json(const struct belgo_token *token);
void token_print(struct ctl *ctl, const struct belgo_token *token, int no_newline);

/* Opens the account's store and asks for the account without network: show, whoami. */
struct known_account {
	struct session session;
	struct belgo_op *op;
	struct account_ref ref;
};
belgo_rc known_account_get(struct known_account *out, struct ctl *ctl, const char *wanted,
			   struct belgo_error *err);
void known_account_done(struct known_account *known);

/* cmd_default.c: where `from` is the default account, `to` is it from now on. */
belgo_rc default_follow(struct ctl *ctl, const char *from, const char *to, struct belgo_error *err);

/* Drops an account that its store does not have from the index: the hint was wrong. @return rc */
belgo_rc account_missing(struct ctl *ctl, const struct account_ref *ref, belgo_rc rc);

#endif
