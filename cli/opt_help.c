/* Usage, --help and the nearest word, from the tables. */
#include "opt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORD_MAX_LEN 24

static size_t
min3(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

/* Levenshtein's distance, of short words only. */
static size_t
distance(const char *a, const char *b)
{
	size_t row[WORD_MAX_LEN + 1], la = strlen(a), lb = strlen(b), i, j;

	if (la > WORD_MAX_LEN || lb > WORD_MAX_LEN)
		return WORD_MAX_LEN;
	for (j = 0; j <= lb; j++)
		row[j] = j;
	for (i = 1; i <= la; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (j = 1; j <= lb; j++) {
			size_t above = row[j];

			row[j] = min3(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[lb];
}

const char *
command_nearest(const struct command *const *table, const char *name)
{
	size_t best = strlen(name) / 3 + 1, d;
	const char *near = NULL;

	for (; *table != NULL; table++) {
		if ((*table)->hidden || (d = distance(name, (*table)->name)) > best ||
		    (near != NULL && d == best))
			continue;
		near = (*table)->name;
		best = d;
	}
	return near;
}

/* Characters, not bytes: "SCOPE…". */
static int
columns(const char *text)
{
	int n = 0;

	for (; *text != '\0'; text++)
		n += (*text & 0xc0) != 0x80;
	return n;
}

static void
print_option(FILE *file, const struct opt *opt)
{
	char left[48], letter[8] = "    ";

	if (opt->kind == OPT_REFUSED)
		return;
	if (opt->short_name != 0)
		snprintf(letter, sizeof(letter), "-%c, ", opt->short_name);
	snprintf(left, sizeof(left), "%s--%s%s%s", letter, opt->name, opt->value != NULL ? " " : "",
		 opt->value != NULL ? opt->value : "");
	if (columns(left) > 28)
		fprintf(file, "  %s\n%32s%s\n", left, "", opt->help);
	else
		fprintf(file, "  %s%*s%s\n", left, 30 - columns(left), "", opt->help);
}

static void
print_commands(FILE *file, const struct command *const *table)
{
	for (; *table != NULL; table++)
		if (!(*table)->hidden)
			fprintf(file, "  %-10s  %s\n", (*table)->name, (*table)->summary);
}

static void
print_help(FILE *file, const struct command *group, const struct command *command)
{
	const struct opt *opt;

	fprintf(file, "Usage: oauthctl %s%s%s%s%s%s\n\n%c%s.\n", group != NULL ? group->name : "",
		group != NULL ? " " : "", command->name, command->opts != NULL ? " [OPTION]…" : "",
		command->operands[0] != '\0' ? " " : "", command->operands, command->summary[0] & ~0x20,
		command->summary + 1);
	if (command->about != NULL)
		fprintf(file, "\n%s\n", command->about);
	if (command->sub != NULL) {
		fputs("\nVerbs:\n", file);
		print_commands(file, command->sub);
	}
	if (command->opts != NULL) {
		fputs("\nOptions:\n", file);
		for (opt = command->opts; opt->name != NULL; opt++)
			print_option(file, opt);
	}
	fputs("\nGlobal options, anywhere on the line:\n", file);
	for (opt = opt_globals; opt->name != NULL; opt++)
		print_option(file, opt);
}

static char *
finish(FILE *file, char **text)
{
	if (fclose(file) == 0)
		return *text;
	free(*text);
	return NULL;
}

char *
opt_help(const struct command *group, const struct command *command)
{
	char *text = NULL;
	size_t len = 0;
	FILE *file = open_memstream(&text, &len);

	if (file == NULL)
		return NULL;
	print_help(file, group, command);
	return finish(file, &text);
}

char *
opt_overview(const struct command *const *commands)
{
	char *text = NULL;
	size_t len = 0;
	const struct opt *opt;
	FILE *file = open_memstream(&text, &len);

	if (file == NULL)
		return NULL;
	fputs("Usage: oauthctl VERB [OPTION]… [OPERAND]…\n\n"
	      "Signs you in at OAuth 2 and OpenID Connect providers, keeps the tokens safe, and hands out "
	      "fresh\n"
	      "access tokens.\n\nVerbs:\n",
	      file);
	print_commands(file, commands);
	fputs("\nGlobal options, anywhere on the line:\n", file);
	for (opt = opt_globals; opt->name != NULL; opt++)
		print_option(file, opt);
	fputs(
	    "\nMore: oauthctl help VERB, and oauthctl help environment | exit-codes | headless | providers\n"
	    "First steps: oauthctl help providers, then oauthctl login PROVIDER\n",
	    file);
	return finish(file, &text);
}
