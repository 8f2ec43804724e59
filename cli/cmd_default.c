/* default: which account is meant where none is named. */
#include "commands.h"

#include <string.h>

static belgo_rc
print(struct ctl *ctl, const char *name)
{
	AUTO(json_free_ptr) json_t *value = NULL;

	if (!ctl->globals.json) {
		out_printf(&ctl->out, "%s\n", name);
		return BELGO_OK;
	}
	value = json_pack("{s:i, s:o}", "version", 1, "name", json_text(name));
	out_json(&ctl->out, value);
	return BELGO_OK;
}

belgo_rc
default_follow(struct ctl *ctl, const char *from, const char *to, struct belgo_error *err)
{
	const char *usual = config_string(&ctl->config, "default_account");

	if (usual == NULL || strcmp(usual, from) != 0)
		return BELGO_OK;
	return config_change(&ctl->config, config_set_default, to, err);
}

static belgo_rc
run(struct ctl *ctl, const struct line *line, struct belgo_error *err)
{
	const char *usual = config_string(&ctl->config, "default_account");
	AUTO(account_ref_done) struct account_ref ref = {0};

	if (line->n == 0 && usual != NULL) {
		TRY(account_find(&ref, ctl, usual, err));
		return print(ctl, usual);
	}
	if (line->n == 0) {
		hint_set(ctl, "Run: oauthctl default NAME");
		return fail_with(err, BELGO_ENOTFOUND, "no default account is set");
	}
	TRY(account_find(&ref, ctl, line->operands[0], err));
	TRY(config_change(&ctl->config, config_set_default, ref.name, err));
	index_restamp(ctl);
	return print(ctl, ref.name);
}

const struct command cmd_default = {.name = "default",
				    .operands = "[ACCOUNT]",
				    .summary = "set or print the default account",
				    .about = "The default is meant wherever no account is named. It is kept "
					     "in the configuration, as \"default_account\".",
				    .max = 1,
				    .fill = FILL_ACCOUNT,
				    .run = run};
