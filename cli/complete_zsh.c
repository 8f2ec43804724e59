/* Completion for zsh from the command table, as calls of _arguments. */
#include "complete.h"

#include <stdio.h>
#include <string.h>

static const char head[] =
    "#compdef oauthctl\n"
    "# Completion of oauthctl for zsh. Written by `oauthctl __complete zsh`: change the tables in cli/ "
    "instead.\n"
    "\n"
    "_oauthctl_accounts() {\n"
    "\tlocal kind name rest index=${XDG_STATE_HOME:-$HOME/.local/state}/oauthctl/index\n"
    "\tlocal -a names\n"
    "\t[[ -r $index ]] || return 1\n"
    "\twhile IFS=$'\\t' read -r kind name rest; do\n"
    "\t\t[[ $kind == account ]] && names+=(\"$name\")\n"
    "\tdone <$index\n"
    "\tcompadd -a names\n"
    "}\n"
    "\n"
    "_oauthctl_providers() {\n"
    "\tlocal -a names=(${(f)\"$(oauthctl __complete providers 2>/dev/null)\"})\n"
    "\tcompadd -a names\n"
    "}\n"
    "\n";

static const char tail[] =
    "_oauthctl() {\n"
    "\tlocal state line\n"
    "\t_arguments -C $_oauthctl_globals '1:verb:_oauthctl_verbs' '*::word:->verb'\n"
    "\t[[ $state == verb ]] && (( $+functions[_oauthctl_verb_$line[1]] )) && _oauthctl_verb_$line[1]\n"
    "}\n"
    "\n"
    "_oauthctl \"$@\"\n";

/* In single quotes; brackets and colons have a meaning to _arguments and _describe. */
static void
text(struct out *out, const char *value)
{
	for (; *value != '\0'; value++) {
		if (*value == '\'')
			out_printf(out, "'\\''");
		else
			out_printf(out, strchr("[]:\\", *value) != NULL ? "\\%c" : "%c", *value);
	}
}

static const char *
action(enum opt_fill fill)
{
	switch (fill) {
	case FILL_ACCOUNT:
		return "_oauthctl_accounts";
	case FILL_PROVIDER:
		return "_oauthctl_providers";
	case FILL_FILE:
		return "_files";
	case FILL_VERB:
		return "_oauthctl_verbs";
	default:
		return " ";
	}
}

static void
options(struct out *out, const struct opt *opt)
{
	for (; opt != NULL && opt->name != NULL; opt++) {
		if (opt->kind == OPT_REFUSED)
			continue;
		out_printf(out, " \\\n\t    '%s--%s%s[",
			   opt->kind == OPT_WORDS || opt->kind == OPT_REPEAT ? "*" : "", opt->name,
			   opt->value != NULL ? "=" : "");
		text(out, opt->help);
		out_printf(out, "]");
		if (opt->value != NULL) {
			out_printf(out, ":");
			text(out, opt->value);
			out_printf(out, ":%s", action(opt->fill));
		}
		out_printf(out, "'");
		if (opt->short_name != 0) {
			out_printf(out, " '-%c[", opt->short_name);
			text(out, opt->help);
			out_printf(out, "]'");
		}
	}
}

static void
describe(struct out *out, const char *function, const struct command *const *table)
{
	out_printf(out, "%s() {\n\tlocal -a verbs=(", function);
	for (; *table != NULL; table++) {
		if ((*table)->hidden)
			continue;
		out_printf(out, " \\\n\t    '%s:", (*table)->name);
		text(out, (*table)->summary);
		out_printf(out, "'");
	}
	out_printf(out, ")\n\t_describe verb verbs\n}\n\n");
}

static void
verb(struct out *out, const char *group, const struct command *command)
{
	out_printf(out, "_oauthctl_verb_%s%s%s() {\n\t_arguments $_oauthctl_globals", group,
		   group[0] != '\0' ? "_" : "", command->name);
	options(out, command->opts);
	if (command->verbatim)
		out_printf(out, " \\\n\t    '*::command:_normal'");
	else if (command->max > 0)
		out_printf(out, " \\\n\t    '1:operand:%s'", action(command->fill));
	out_printf(out, "\n}\n\n");
}

static void
group_verb(struct out *out, const struct command *group)
{
	char function[64];

	snprintf(function, sizeof(function), "_oauthctl_verbs_%s", group->name);
	describe(out, function, group->sub);
	out_printf(out,
		   "_oauthctl_verb_%s() {\n\tlocal state line\n"
		   "\t_arguments -C $_oauthctl_globals '1:verb:%s' '*::word:->verb'\n"
		   "\t[[ $state == verb ]] && (( $+functions[_oauthctl_verb_%s_$line[1]] )) && "
		   "_oauthctl_verb_%s_$line[1]\n}\n\n",
		   group->name, function, group->name, group->name);
}

void
complete_zsh(struct out *out, const struct command *const *commands)
{
	const struct command *const *group;

	out_add(out, head, strlen(head));
	out_printf(out, "typeset -ga _oauthctl_globals=(");
	options(out, opt_globals);
	out_printf(out, ")\n\n");
	describe(out, "_oauthctl_verbs", commands);
	complete_each(out, commands, verb);
	for (group = commands; *group != NULL; group++)
		if ((*group)->sub != NULL)
			group_verb(out, *group);
	out_add(out, tail, strlen(tail));
}
