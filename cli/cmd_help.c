/* help: the overview, a verb's own page, or a topic. */
#include "commands.h"

#include "help_topics.h"

#include <string.h>

static belgo_rc
print_text(struct ctl *ctl, char *text, struct belgo_error *err)
{
	AUTO(text_free) char *owned = text;

	if (owned == NULL)
		return fail_memory(err);
	out_add(&ctl->out, owned, strlen(owned));
	return BELGO_OK;
}

static belgo_rc
of_command(struct ctl *ctl, const struct command *command, const char *sub, struct belgo_error *err)
{
	const struct command *found;

	if (sub == NULL)
		return print_text(ctl, opt_help(NULL, command), err);
	if (command->sub == NULL)
		return fail_with(err, BELGO_EINVAL, "%s has no verbs of its own", command->name);
	if ((found = command_find(command->sub, sub)) == NULL)
		return command_unknown(command->name, " verb", command->sub, sub, err);
	return print_text(ctl, opt_help(command, found), err);
}

static belgo_rc
run(struct ctl *ctl, const struct line *line, struct belgo_error *err)
{
	const char *wanted = line_operand(line, 0);
	const struct help_topic *topic;
	const struct command *command;

	if (wanted == NULL)
		return print_text(ctl, opt_overview(commands), err);
	if ((command = command_find(commands, wanted)) != NULL && !command->hidden)
		return of_command(ctl, command, line_operand(line, 1), err);
	for (topic = help_topics; topic->name != NULL; topic++)
		if (strcmp(topic->name, wanted) == 0) {
			out_add(&ctl->out, topic->text, strlen(topic->text));
			return BELGO_OK;
		}
	return command_unknown("", "verb or topic", commands, wanted, err);
}

const struct command cmd_help = {.name = "help",
				 .operands = "[VERB | environment | exit-codes | headless | providers]",
				 .summary = "explain a verb or a topic",
				 .max = 2,
				 .fill = FILL_VERB,
				 .run = run};
