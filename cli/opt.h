/*
 * Commands and options as tables. One table drives parsing, usage, --help and the completions, and the values
 * land in a struct of the command's own, so that a command is run(&args) to a test.
 */
#ifndef CLI_OPT_H
#define CLI_OPT_H

#include "cli.h"

#include <stdint.h>

enum opt_kind {
	OPT_FLAG,     /* int */
	OPT_STRING,   /* const char *, borrowed from argv */
	OPT_WORDS,    /* struct words: repeats, or holds blanks */
	OPT_REPEAT,   /* struct words: repeats, blanks belong to the value */
	OPT_DURATION, /* int64_t, seconds; -1 where not given */
	OPT_PORTS,    /* struct words, each a port number; commas separate too */
	OPT_REFUSED,  /* never accepted; help says what to use */
};

/* How completion fills in a value. */
enum opt_fill { FILL_NONE, FILL_ACCOUNT, FILL_PROVIDER, FILL_FILE, FILL_VERB };

struct opt {
	enum opt_kind kind;
	const char *name; /* NULL ends a table */
	char short_name;
	size_t offset;
	const char *value; /* its name in usage; NULL for flags */
	const char *help;
	enum opt_fill fill;
};

struct words {
	char **items;
	size_t n;
};

struct globals {
	int json, quiet, verbose, no_input, version, help;
	const char *store, *config;
};
extern const struct opt opt_globals[];

struct ctl;
struct line;

struct command {
	const char *name;
	const char *operands;
	const char *summary; /* one line, lower case, no full stop */
	const char *about;   /* paragraphs for --help, or NULL */
	const struct opt *opts;
	size_t args_size;
	int min, max; /* operands */
	int verbatim; /* all from the first operand on are operands */
	enum opt_fill fill;
	int hidden;
	const struct command *const *sub; /* its own verbs, NULL-terminated */
	belgo_rc (*run)(struct ctl *ctl, const struct line *line, struct belgo_error *err);
};

/* A parsed line. */
struct line {
	const struct command *group;   /* "provider" of `provider set`, else NULL */
	const struct command *command; /* NULL: none was given */
	void *args;                    /* the command's own struct */
	const char **operands;
	size_t n;
};

/*
 * On failure, BELGO_EINVAL with a sentence, *out and *globals hold what was understood so far, for the hint
 * and for
 * --json; line_done() either way.
 */
belgo_rc opt_parse(struct line *out, struct globals *globals, const struct command *const *commands, int argc,
		   char *const *argv, struct belgo_error *err);
void line_done(struct line *line);

/* The command or subcommand of that name, or NULL. */
const struct command *command_find(const struct command *const *table, const char *name);
/* The nearest name in the table, or NULL where none is near. */
const char *command_nearest(const struct command *const *table, const char *name);
/* BELGO_EINVAL: there is no such command, perhaps another was meant. "GROUPWHAT" is what it was taken for. */
belgo_rc command_unknown(const char *group, const char *what, const struct command *const *table,
			 const char *name, struct belgo_error *err);

/* Usage and the options of one command, and the list of all; malloc'd text or NULL. */
char *opt_help(const struct command *group, const struct command *command);
char *opt_overview(const struct command *const *commands);

/* Joins words with blanks; malloc'd, "" for none, NULL without memory. */
char *words_join(const struct words *words);

#endif
