/* The table of verbs, in the order of the overview. */
#include "commands.h"

const struct command *const commands[] = {
    &cmd_login,    &cmd_token,    &cmd_header, &cmd_dpop,     &cmd_exec,       &cmd_exchange,
    &cmd_accounts, &cmd_show,     &cmd_whoami, &cmd_userinfo, &cmd_introspect, &cmd_refresh,
    &cmd_rename,   &cmd_default,  &cmd_revoke, &cmd_logout,   &cmd_export,     &cmd_import,
    &cmd_verify,   &cmd_provider, &cmd_client, &cmd_help,     &cmd_complete,   NULL};

const char *
line_operand(const struct line *line, size_t i)
{
	return i < line->n ? line->operands[i] : NULL;
}
