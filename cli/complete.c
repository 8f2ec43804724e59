/*
 * Completion for bash and fish from the command table; zsh has a file of its own. What a shell has to do
 * stands here once, as text; which words there are comes from the table. Accounts are read from the index, so
 * that completing never wakes the keyring.
 */
#include "complete.h"

#include <stdio.h>
#include <string.h>

static const char *
name_of_fill(enum opt_fill fill)
{
	static const char *const names[] = {"nothing", "accounts", "providers", "files", "verbs"};

	return names[fill];
}

static const char bash_head[] =
    "# Completion of oauthctl for bash. Written by `oauthctl __complete bash`: change the tables in cli/ "
    "instead.\n"
    "\n"
    "_oauthctl_accounts() {\n"
    "\tlocal kind name rest index=${XDG_STATE_HOME:-$HOME/.local/state}/oauthctl/index\n"
    "\t[ -r \"$index\" ] || return 0\n"
    "\twhile IFS=$'\\t' read -r kind name rest; do\n"
    "\t\tif [ \"$kind\" = account ]; then printf '%s\\n' \"$name\"; fi\n"
    "\tdone <\"$index\"\n"
    "}\n"
    "\n";

static const char bash_tail[] =
    "# Readline cuts words at colons, and accounts and issuers hold them: the words are cut anew, at blanks "
    "alone.\n"
    "_oauthctl() {\n"
    "\tlocal line=${COMP_LINE:0:COMP_POINT} cur='' verb='' previous='' before='' word kind words i\n"
    "\tlocal -a typed\n"
    "\tread -ra typed <<<\"$line\"\n"
    "\tif [[ $line != *[[:blank:]] ]]; then\n"
    "\t\tcur=${typed[${#typed[@]} - 1]}\n"
    "\t\tunset \"typed[${#typed[@]} - 1]\"\n"
    "\tfi\n"
    "\tfor ((i = 1; i < ${#typed[@]}; i++)); do\n"
    "\t\tword=${typed[i]}\n"
    "\t\tif [[ $word == -* || $(_oauthctl_value \"$verb ${typed[i - 1]}\") != '' ]]; then continue; fi\n"
    "\t\tif [ -z \"$verb\" ]; then verb=$word; elif [ \"$(_oauthctl_operand \"$verb\")\" = subverbs ]; "
    "then\n"
    "\t\t\tverb=\"$verb $word\"\n"
    "\t\tfi\n"
    "\tdone\n"
    "\tif [ ${#typed[@]} -gt 1 ]; then previous=${typed[${#typed[@]} - 1]}; fi\n"
    "\tkind=$(_oauthctl_value \"$verb $previous\")\n"
    "\tif [ -z \"$kind\" ]; then\n"
    "\t\tif [[ $cur == -* ]]; then kind=options; else kind=$(_oauthctl_operand \"$verb\"); fi\n"
    "\tfi\n"
    "\tcase $kind in\n"
    "\taccounts) words=$(_oauthctl_accounts) ;;\n"
    "\tproviders) words=$(oauthctl __complete providers 2>/dev/null) ;;\n"
    "\toptions) words=$(_oauthctl_options \"$verb\") ;;\n"
    "\tverbs) words=$(_oauthctl_verbs '') ;;\n"
    "\tsubverbs) words=$(_oauthctl_verbs \"$verb\") ;;\n"
    "\tfiles) compopt -o default; COMPREPLY=(); return 0 ;;\n"
    "\t*) words= ;;\n"
    "\tesac\n"
    "\tif [[ $cur == *:* && $COMP_WORDBREAKS == *:* ]]; then before=${cur%\"${cur##*:}\"}; fi\n"
    "\tCOMPREPLY=()\n"
    "\t# Neither compgen -W nor the line itself gets a word as it is: both would run $(...) in it.\n"
    "\twhile read -r word; do\n"
    "\t\tif [[ $word == '' || $word != \"$cur\"* ]]; then continue; fi\n"
    "\t\tprintf -v word %q \"${word#\"$before\"}\"\n"
    "\t\tCOMPREPLY+=(\"$word\")\n"
    "\tdone <<<\"${words// /$'\\n'}\"\n"
    "}\n"
    "complete -F _oauthctl oauthctl\n";

/* Calls one() for each command that does the work, with the words that name it. */
void
complete_each(struct out *out, const struct command *const *commands,
	      void (*one)(struct out *out, const char *group, const struct command *command))
{
	const struct command *const *sub;

	for (; *commands != NULL; commands++) {
		if ((*commands)->hidden)
			continue;
		if ((*commands)->sub == NULL)
			one(out, "", *commands);
		for (sub = (*commands)->sub; sub != NULL && *sub != NULL; sub++)
			one(out, (*commands)->name, *sub);
	}
}

static const char *
blank(const char *group)
{
	return group[0] != '\0' ? " " : "";
}

static void
bash_option_words(struct out *out, const struct opt *opt)
{
	const char *gap = "";

	for (; opt != NULL && opt->name != NULL; opt++) {
		if (opt->kind == OPT_REFUSED)
			continue;
		out_printf(out, "%s--%s", gap, opt->name);
		gap = " ";
	}
}

static void
bash_options(struct out *out, const char *group, const struct command *command)
{
	if (command->opts == NULL)
		return;
	out_printf(out, "\t'%s%s%s') printf '%%s\\n' '", group, blank(group), command->name);
	bash_option_words(out, command->opts);
	out_printf(out, "' ;;\n");
}

static void
bash_value_rows(struct out *out, const char *verb, const struct opt *opt)
{
	for (; opt != NULL && opt->name != NULL; opt++)
		if (opt->value != NULL)
			out_printf(out, "\t%s --%s') echo %s ;;\n", verb, opt->name, name_of_fill(opt->fill));
}

static void
bash_values(struct out *out, const char *group, const struct command *command)
{
	char verb[64];

	snprintf(verb, sizeof(verb), "'%s%s%s", group, blank(group), command->name);
	bash_value_rows(out, verb, command->opts);
}

static void
bash_operand(struct out *out, const char *group, const struct command *command)
{
	if (command->fill != FILL_NONE)
		out_printf(out, "\t'%s%s%s') echo %s ;;\n", group, blank(group), command->name,
			   name_of_fill(command->fill));
}

static void
names(struct out *out, const struct command *const *table)
{
	const char *gap = "";

	for (; *table != NULL; table++)
		if (!(*table)->hidden) {
			out_printf(out, "%s%s", gap, (*table)->name);
			gap = " ";
		}
}

static void
bash_verbs(struct out *out, const struct command *const *commands)
{
	out_printf(out, "_oauthctl_verbs() {\n\tcase $1 in\n\t'') printf '%%s\\n' '");
	names(out, commands);
	out_printf(out, "' ;;\n");
	for (; *commands != NULL; commands++)
		if ((*commands)->sub != NULL) {
			out_printf(out, "\t%s) printf '%%s\\n' '", (*commands)->name);
			names(out, (*commands)->sub);
			out_printf(out, "' ;;\n");
		}
	out_printf(out, "\tesac\n}\n\n");
}

void
complete_bash(struct out *out, const struct command *const *commands)
{
	const struct command *const *group;

	out_add(out, bash_head, strlen(bash_head));
	bash_verbs(out, commands);
	out_printf(out, "_oauthctl_options() {\n\tprintf '%%s\\n' '");
	bash_option_words(out, opt_globals);
	out_printf(out, "'\n\tcase $1 in\n");
	complete_each(out, commands, bash_options);
	out_printf(out, "\tesac\n}\n\n# What the value of an option is filled with; nothing is printed for "
			"any other word.\n"
			"_oauthctl_value() {\n\tcase $1 in\n");
	complete_each(out, commands, bash_values);
	bash_value_rows(out, "*'", opt_globals);
	out_printf(out, "\tesac\n}\n\n_oauthctl_operand() {\n\tcase $1 in\n\t'') echo verbs ;;\n");
	for (group = commands; *group != NULL; group++)
		if ((*group)->sub != NULL)
			out_printf(out, "\t%s) echo subverbs ;;\n", (*group)->name);
	complete_each(out, commands, bash_operand);
	out_printf(out, "\tesac\n}\n\n");
	out_add(out, bash_tail, strlen(bash_tail));
}

static const char fish_head[] =
    "# Completion of oauthctl for fish. Written by `oauthctl __complete fish`: change the tables in cli/ "
    "instead.\n"
    "\n"
    "function __oauthctl_accounts\n"
    "\tset -q XDG_STATE_HOME; and set -l state $XDG_STATE_HOME; or set -l state $HOME/.local/state\n"
    "\ttest -r $state/oauthctl/index; or return\n"
    "\tstring match -r '^account\\t.*' <$state/oauthctl/index | cut -f 2\n"
    "end\n"
    "function __oauthctl_providers\n"
    "\toauthctl __complete providers 2>/dev/null\n"
    "end\n"
    "complete -c oauthctl -f\n";

static void
fish_text(struct out *out, const char *text)
{
	out_printf(out, " -d '");
	for (; *text != '\0'; text++)
		out_printf(out, *text == '\'' ? "\\%c" : "%c", *text);
	out_printf(out, "'");
}

static void
fish_fill(struct out *out, enum opt_fill fill)
{
	if (fill == FILL_ACCOUNT)
		out_printf(out, " -a '(__oauthctl_accounts)'");
	else if (fill == FILL_PROVIDER)
		out_printf(out, " -a '(__oauthctl_providers)'");
}

static void
fish_options(struct out *out, const char *when, const struct opt *opt)
{
	for (; opt != NULL && opt->name != NULL; opt++) {
		if (opt->kind == OPT_REFUSED)
			continue;
		out_printf(out, "complete -c oauthctl%s -l %s", when, opt->name);
		if (opt->short_name != 0)
			out_printf(out, " -s %c", opt->short_name);
		if (opt->value != NULL)
			out_printf(out, opt->fill == FILL_FILE ? " -r -F" : " -x");
		fish_fill(out, opt->fill);
		fish_text(out, opt->help);
		out_printf(out, "\n");
	}
}

static void
fish_command(struct out *out, const char *group, const struct command *command)
{
	char when[160];

	if (group[0] != '\0')
		snprintf(when, sizeof(when),
			 " -n '__fish_seen_subcommand_from %s; and __fish_seen_subcommand_from %s'", group,
			 command->name);
	else
		snprintf(when, sizeof(when),
			 " -n '__fish_seen_subcommand_from %s; and not __oauthctl_in_group'", command->name);
	fish_options(out, when, command->opts);
	if (command->fill != FILL_ACCOUNT && command->fill != FILL_PROVIDER)
		return;
	out_printf(out, "complete -c oauthctl%s", when);
	fish_fill(out, command->fill);
	out_printf(out, "\n");
}

static void
fish_verbs(struct out *out, const char *when, const struct command *const *table)
{
	for (; *table != NULL; table++) {
		if ((*table)->hidden)
			continue;
		out_printf(out, "complete -c oauthctl -n '%s' -a %s", when, (*table)->name);
		fish_text(out, (*table)->summary);
		out_printf(out, "\n");
	}
}

static void
fish_group(struct out *out, const struct command *group)
{
	const struct command *const *sub;
	char when[256];
	size_t used = (size_t)snprintf(when, sizeof(when),
				       "__fish_seen_subcommand_from %s; and not __fish_seen_subcommand_from",
				       group->name);

	for (sub = group->sub; *sub != NULL && used < sizeof(when); sub++)
		used += (size_t)snprintf(when + used, sizeof(when) - used, " %s", (*sub)->name);
	fish_verbs(out, when, group->sub);
}

void
complete_fish(struct out *out, const struct command *const *commands)
{
	const struct command *const *group;

	out_add(out, fish_head, strlen(fish_head));
	out_printf(out, "function __oauthctl_in_group\n\t__fish_seen_subcommand_from");
	for (group = commands; *group != NULL; group++)
		if ((*group)->sub != NULL)
			out_printf(out, " %s", (*group)->name);
	out_printf(out, "\nend\n\n");
	fish_options(out, "", opt_globals);
	fish_verbs(out, "__fish_use_subcommand", commands);
	fish_verbs(out, "__fish_seen_subcommand_from help", commands);
	for (group = commands; *group != NULL; group++)
		if ((*group)->sub != NULL)
			fish_group(out, *group);
	complete_each(out, commands, fish_command);
}
