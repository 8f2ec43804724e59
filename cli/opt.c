/* Parsing a command line by its tables. */
#include "opt.h"

#include "duration.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct opt opt_globals[] = {
    {OPT_FLAG, "json", 0, offsetof(struct globals, json), NULL, "print JSON, errors too", FILL_NONE},
    {OPT_FLAG, "quiet", 'q', offsetof(struct globals, quiet), NULL, "no progress, no warnings", FILL_NONE},
    {OPT_FLAG, "verbose", 'v', offsetof(struct globals, verbose), NULL,
     "log each step and request, secrets masked", FILL_NONE},
    {OPT_FLAG, "no-input", 0, offsetof(struct globals, no_input), NULL, "never ask, never read the terminal",
     FILL_NONE},
    {OPT_STRING, "store", 0, offsetof(struct globals, store), "URI", "keyring, file, file:DIR or memory",
     FILL_NONE},
    {OPT_STRING, "config", 0, offsetof(struct globals, config), "FILE", "another configuration file",
     FILL_FILE},
    {OPT_FLAG, "version", 0, offsetof(struct globals, version), NULL, "print the version", FILL_NONE},
    {OPT_FLAG, "help", 'h', offsetof(struct globals, help), NULL, "print this help", FILL_NONE},
    {0}};

/* What the parser knows while it walks along the line. */
struct walk {
	struct line *line;
	struct globals *globals;
	const struct command *const *commands;
	char *const *argv;
	int argc, next;
	int ended; /* options are over */
};

const struct command *
command_find(const struct command *const *table, const char *name)
{
	for (; *table != NULL; table++)
		if (strcmp((*table)->name, name) == 0)
			return *table;
	return NULL;
}

static belgo_rc
words_add(struct words *words, const char *text, size_t len, struct belgo_error *err)
{
	char **items = reallocarray(words->items, words->n + 1, sizeof(*items));

	if (items == NULL)
		return fail_memory(err);
	words->items = items;
	if ((items[words->n] = strndup(text, len)) == NULL)
		return fail_memory(err);
	words->n++;
	return BELGO_OK;
}

static belgo_rc
words_split(struct words *words, const char *text, const char *separators, struct belgo_error *err)
{
	size_t len;

	for (text += strspn(text, separators); *text != '\0'; text += len, text += strspn(text, separators)) {
		len = strcspn(text, separators);
		TRY(words_add(words, text, len, err));
	}
	return BELGO_OK;
}

char *
words_join(const struct words *words)
{
	char *text = NULL;
	size_t len = 0, i;
	FILE *file = open_memstream(&text, &len);

	if (file == NULL)
		return NULL;
	for (i = 0; i < words->n; i++)
		fprintf(file, "%s%s", i > 0 ? " " : "", words->items[i]);
	if (fclose(file) == 0)
		return text;
	free(text);
	return NULL;
}

static int
is_port(const char *text)
{
	char *end;
	long port = strtol(text, &end, 10);

	return text[0] >= '0' && text[0] <= '9' && *end == '\0' && port >= 1 && port <= 65535;
}

static belgo_rc
add_ports(struct words *ports, const char *value, struct belgo_error *err)
{
	size_t i = ports->n;

	TRY(words_split(ports, value, ", ", err));
	if (i == ports->n)
		return fail_with(err, BELGO_EINVAL, "--port wants a number from 1 to 65535");
	for (; i < ports->n; i++)
		if (!is_port(ports->items[i]))
			return fail_with(err, BELGO_EINVAL, "--port: \"%.20s\" is no port from 1 to 65535",
					 ports->items[i]);
	return BELGO_OK;
}

static belgo_rc
take_value(void *base, const struct opt *opt, const char *value, struct belgo_error *err)
{
	char *field = (char *)base + opt->offset;

	switch (opt->kind) {
	case OPT_STRING:
		if (value[0] == '\0')
			return fail_with(err, BELGO_EINVAL, "--%s is empty", opt->name);
		memcpy(field, &value, sizeof(value));
		return BELGO_OK;
	case OPT_WORDS:
		return words_split((struct words *)(void *)field, value, " \t\n", err);
	case OPT_REPEAT:
		return words_add((struct words *)(void *)field, value, strlen(value), err);
	case OPT_PORTS:
		return add_ports((struct words *)(void *)field, value, err);
	case OPT_DURATION:
		if (duration_parse((int64_t *)(void *)field, value) != 0)
			return fail_with(err, BELGO_EINVAL,
					 "--%s: \"%.20s\" is no duration; write 90, 90s, 5m, 2h or 1d",
					 opt->name, value);
		return BELGO_OK;
	default:
		return fail_with(err, BELGO_EINVAL, "--%s takes no value", opt->name);
	}
}

static belgo_rc
take_option(struct walk *walk, void *base, const struct opt *opt, const char *value, struct belgo_error *err)
{
	int one = 1;

	if (opt->kind == OPT_REFUSED)
		return fail_with(err, BELGO_EINVAL, "--%s is refused: %s", opt->name, opt->help);
	if (opt->kind == OPT_FLAG && value == NULL) {
		memcpy((char *)base + opt->offset, &one, sizeof(one));
		return BELGO_OK;
	}
	if (value == NULL) {
		if (walk->next == walk->argc)
			return fail_with(err, BELGO_EINVAL, "--%s wants a value: %s", opt->name, opt->value);
		value = walk->argv[walk->next++];
	}
	return take_value(base, opt, value, err);
}

static const struct opt *
find_long(const struct opt *table, const char *name, size_t len)
{
	for (; table != NULL && table->name != NULL; table++)
		if (strlen(table->name) == len && memcmp(table->name, name, len) == 0)
			return table;
	return NULL;
}

static const struct opt *
find_short(const struct opt *table, char name)
{
	for (; table != NULL && table->name != NULL; table++)
		if (table->short_name == name)
			return table;
	return NULL;
}

static belgo_rc
unknown(const struct walk *walk, const char *option, struct belgo_error *err)
{
	const struct command *command = walk->line->command;
	int len = (int)strcspn(option, "="); /* a value after it may be a secret */

	if (command == NULL)
		return fail_with(err, BELGO_EINVAL,
				 "there is no global option %.*s; a verb's own options follow the verb", len,
				 option);
	return fail_with(err, BELGO_EINVAL, "%s has no option %.*s", command->name, len, option);
}

static belgo_rc
long_option(struct walk *walk, const char *arg, struct belgo_error *err)
{
	const char *name = arg + 2, *equals = strchr(name, '=');
	size_t len = equals != NULL ? (size_t)(equals - name) : strlen(name);
	const char *value = equals != NULL ? equals + 1 : NULL;
	const struct command *command = walk->line->command;
	const struct opt *opt = command != NULL ? find_long(command->opts, name, len) : NULL;

	if (opt != NULL)
		return take_option(walk, walk->line->args, opt, value, err);
	if ((opt = find_long(opt_globals, name, len)) != NULL)
		return take_option(walk, walk->globals, opt, value, err);
	return unknown(walk, arg, err);
}

static belgo_rc
short_options(struct walk *walk, const char *arg, struct belgo_error *err)
{
	const struct command *command = walk->line->command;
	const struct opt *opt;
	const char *p;
	char shown[3] = "-?";

	for (p = arg + 1; *p != '\0'; p++) {
		void *base = walk->line->args;

		if (command == NULL || (opt = find_short(command->opts, *p)) == NULL) {
			opt = find_short(opt_globals, *p);
			base = walk->globals;
		}
		shown[1] = *p;
		if (opt == NULL)
			return unknown(walk, shown, err);
		TRY(take_option(walk, base, opt, NULL, err));
	}
	return BELGO_OK;
}

static belgo_rc
begin_command(struct line *line, const struct command *command, struct belgo_error *err)
{
	const struct opt *opt;
	int64_t unset = -1;

	line->command = command;
	if (command->args_size == 0)
		return BELGO_OK;
	if ((line->args = calloc(1, command->args_size)) == NULL)
		return fail_memory(err);
	for (opt = command->opts; opt != NULL && opt->name != NULL; opt++)
		if (opt->kind == OPT_DURATION)
			memcpy((char *)line->args + opt->offset, &unset, sizeof(unset));
	return BELGO_OK;
}

belgo_rc
command_unknown(const char *group, const char *what, const struct command *const *table, const char *name,
		struct belgo_error *err)
{
	const char *near = command_nearest(table, name);

	if (near == NULL)
		return fail_with(err, BELGO_EINVAL, "there is no %s%s \"%.40s\"", group, what, name);
	return fail_with(err, BELGO_EINVAL, "there is no %s%s \"%.40s\"; did you mean \"%s\"?", group, what,
			 name, near);
}

static belgo_rc
operand(struct walk *walk, const char *arg, struct belgo_error *err)
{
	struct line *line = walk->line;
	const struct command *found;

	if (line->command == NULL) {
		if ((found = command_find(walk->commands, arg)) == NULL)
			return command_unknown("", "verb", walk->commands, arg, err);
		return begin_command(line, found, err);
	}
	if (line->command->sub != NULL) {
		if ((found = command_find(line->command->sub, arg)) == NULL)
			return command_unknown(line->command->name, " verb", line->command->sub, arg, err);
		line->group = line->command;
		return begin_command(line, found, err);
	}
	if (line->command->verbatim)
		walk->ended = 1;
	line->operands[line->n++] = arg;
	return BELGO_OK;
}

static belgo_rc
check_operands(const struct line *line, const struct globals *globals, struct belgo_error *err)
{
	const struct command *command = line->command;

	if (command == NULL || globals->help || globals->version)
		return BELGO_OK;
	if (command->sub != NULL)
		return fail_with(err, BELGO_EINVAL, "%s wants one of its verbs: %s", command->name,
				 command->operands);
	if (line->n < (size_t)command->min)
		return fail_with(err, BELGO_EINVAL, "%s wants %s", command->name, command->operands);
	if (command->max >= 0 && line->n > (size_t)command->max)
		return fail_with(err, BELGO_EINVAL, "%s: \"%.40s\" is one word too many", command->name,
				 line->operands[command->max]);
	return BELGO_OK;
}

belgo_rc
opt_parse(struct line *out, struct globals *globals, const struct command *const *commands, int argc,
	  char *const *argv, struct belgo_error *err)
{
	struct walk walk = {
	    .line = out, .globals = globals, .commands = commands, .argv = argv, .argc = argc, .next = 1};

	*out = (struct line){0};
	if ((out->operands = calloc((size_t)argc + 1, sizeof(*out->operands))) == NULL)
		return fail_memory(err);
	while (walk.next < argc) {
		const char *arg = argv[walk.next++];

		if (walk.ended || arg[0] != '-' || arg[1] == '\0')
			TRY(operand(&walk, arg, err));
		else if (strcmp(arg, "--") == 0)
			walk.ended = 1;
		else if (arg[1] == '-')
			TRY(long_option(&walk, arg, err));
		else
			TRY(short_options(&walk, arg, err));
	}
	return check_operands(out, globals, err);
}

static void
words_done(struct words *words)
{
	size_t i;

	for (i = 0; i < words->n; i++)
		free(words->items[i]);
	free(words->items);
}

void
line_done(struct line *line)
{
	const struct opt *opt = line->command != NULL ? line->command->opts : NULL;

	for (; line->args != NULL && opt != NULL && opt->name != NULL; opt++)
		if (opt->kind == OPT_WORDS || opt->kind == OPT_REPEAT || opt->kind == OPT_PORTS)
			words_done((struct words *)(void *)((char *)line->args + opt->offset));
	free(line->args);
	free(line->operands);
	*line = (struct line){0};
}
