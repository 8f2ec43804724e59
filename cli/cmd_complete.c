/*
 * __complete: hidden. `bash`, `zsh` and `fish` print the scripts in completions/; `providers` prints the ids,
 * for those scripts. The names of accounts they read from the index themselves.
 */
#include "commands.h"

#include "complete.h"

#include <string.h>

static belgo_rc
print_providers(struct ctl *ctl, struct belgo_error *err)
{
	AUTO(provider_list_done) struct provider_list list = {0};
	size_t i;

	ctl->globals.quiet = 1;
	TRY(provider_list(&list, ctl, err));
	for (i = 0; i < list.n; i++)
		out_printf(&ctl->out, "%s\n", belgo_provider_id(list.items[i].provider));
	return BELGO_OK;
}

static belgo_rc
run(struct ctl *ctl, const struct line *line, struct belgo_error *err)
{
	const char *what = line->operands[0];

	if (strcmp(what, "providers") == 0)
		return print_providers(ctl, err);
	if (strcmp(what, "bash") == 0)
		complete_bash(&ctl->out, commands);
	else if (strcmp(what, "zsh") == 0)
		complete_zsh(&ctl->out, commands);
	else if (strcmp(what, "fish") == 0)
		complete_fish(&ctl->out, commands);
	else
		return fail_with(err, BELGO_EINVAL, "there are completions for bash, zsh and fish only");
	return BELGO_OK;
}

const struct command cmd_complete = {.name = "__complete",
				     .operands = "bash | zsh | fish | providers",
				     .summary = "print a completion script",
				     .min = 1,
				     .max = 1,
				     .hidden = 1,
				     .run = run};
