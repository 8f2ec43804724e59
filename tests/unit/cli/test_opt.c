/* The parser of command lines, with a table of its own. */
#include "harness/test.h"

#include "opt.h"

struct args {
	int flag, refused;
	const char *text;
	struct words list, whole, ports;
	int64_t time;
};

static const struct opt opts[] = {
    {OPT_FLAG, "flag", 'f', offsetof(struct args, flag), NULL, "a flag", FILL_NONE},
    {OPT_STRING, "text", 't', offsetof(struct args, text), "TEXT", "a text", FILL_NONE},
    {OPT_WORDS, "list", 0, offsetof(struct args, list), "WORD…", "words", FILL_NONE},
    {OPT_REPEAT, "whole", 0, offsetof(struct args, whole), "TEXT", "texts", FILL_NONE},
    {OPT_PORTS, "port", 0, offsetof(struct args, ports), "PORT", "ports", FILL_NONE},
    {OPT_DURATION, "time", 0, offsetof(struct args, time), "DURATION", "a time", FILL_NONE},
    {OPT_REFUSED, "secret", 0, offsetof(struct args, refused), NULL, "use a file", FILL_NONE},
    {0}};
static const struct command work = {.name = "work",
				    .operands = "[A [B]]",
				    .summary = "do it",
				    .opts = opts,
				    .args_size = sizeof(struct args),
				    .max = 2};
static const struct command plain = {
    .name = "plain", .operands = "X", .summary = "plain", .min = 1, .max = 1};
static const struct command wrap = {.name = "wrap",
				    .operands = "COMMAND…",
				    .summary = "wrap",
				    .opts = opts,
				    .args_size = sizeof(struct args),
				    .min = 1,
				    .max = -1,
				    .verbatim = 1};
static const struct command inner = {.name = "inner", .operands = "", .summary = "inner"};
static const struct command *const inners[] = {&inner, NULL};
static const struct command group = {.name = "group", .operands = "inner", .summary = "group", .sub = inners};
static const struct command hidden = {.name = "plane", .operands = "", .summary = "hidden", .hidden = 1};
static const struct command *const table[] = {&work, &plain, &wrap, &group, &hidden, NULL};

struct run {
	struct line line;
	struct globals globals;
	struct belgo_error err;
	belgo_rc rc;
};

/* The pieces of text between separators become the arguments; "_" stands for an empty one. */
static void
parse_at(struct run *run, const char *text, const char *separator)
{
	static char copy[256], program[] = "oauthctl";
	char *argv[32] = {program};
	int argc = 1;
	char *word, *rest = copy;

	*run = (struct run){0};
	snprintf(copy, sizeof(copy), "%s", text);
	while ((word = strsep(&rest, separator)) != NULL)
		if (word[0] != '\0')
			argv[argc++] = strcmp(word, "_") == 0 ? word + 1 : word;
	run->rc = opt_parse(&run->line, &run->globals, table, argc, argv, &run->err);
}

static void
parse(struct run *run, const char *text)
{
	parse_at(run, text, " ");
}

static const struct args *
args_of(const struct run *run)
{
	return run->line.args;
}

static void
test_opt__lands_in_the_commands_own_struct(void **state)
{
	struct run run;

	(void)state;
	parse(&run, "work --flag --text=a --time 5m one -t b two");
	assert_int_equal(run.rc, BELGO_OK);
	assert_ptr_equal(run.line.command, &work);
	assert_int_equal(args_of(&run)->flag, 1);
	assert_string_equal(args_of(&run)->text, "b");
	assert_int_equal(args_of(&run)->time, 300);
	assert_int_equal(run.line.n, 2);
	assert_string_equal(run.line.operands[1], "two");
	line_done(&run.line);
}

static void
test_opt__says_of_a_duration_that_it_was_not_given(void **state)
{
	struct run run;

	(void)state;
	parse(&run, "work");
	assert_int_equal(run.rc, BELGO_OK);
	assert_int_equal(args_of(&run)->time, -1);
	assert_null(args_of(&run)->text);
	line_done(&run.line);
}

static void
test_opt__takes_global_options_anywhere(void **state)
{
	static const char *const lines[] = {"--json -q work", "-q work --json", "work x --json y -q",
					    "work -q --json"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct run run;

		parse(&run, lines[i]);
		assert_row(lines[i], run.rc == BELGO_OK && run.globals.json && run.globals.quiet &&
					 !run.globals.verbose);
		line_done(&run.line);
	}
}

static void
test_opt__takes_letters_together(void **state)
{
	struct run run;

	(void)state;
	parse(&run, "work -qvft x");
	assert_int_equal(run.rc, BELGO_OK);
	assert_true(run.globals.quiet && run.globals.verbose && args_of(&run)->flag);
	assert_string_equal(args_of(&run)->text, "x");
	line_done(&run.line);
}

static void
test_opt__splits_lists_and_keeps_whole_what_is_whole(void **state)
{
	struct run run;
	char *joined;

	(void)state;
	parse_at(&run, "work|--list| a  b |--list=c|--whole|x y|--whole|z|--port|80,443|--port=8080", "|");
	assert_int_equal(run.rc, BELGO_OK);
	joined = words_join(&args_of(&run)->list);
	assert_string_equal(joined, "a b c");
	free(joined);
	assert_int_equal(args_of(&run)->whole.n, 2);
	assert_string_equal(args_of(&run)->whole.items[0], "x y");
	assert_int_equal(args_of(&run)->ports.n, 3);
	assert_string_equal(args_of(&run)->ports.items[2], "8080");
	line_done(&run.line);
}

static void
test_opt__ends_options_at_two_dashes_or_at_a_wrapped_command(void **state)
{
	struct run run;

	(void)state;
	parse(&run, "work -- --flag");
	assert_int_equal(run.rc, BELGO_OK);
	assert_int_equal(args_of(&run)->flag, 0);
	assert_string_equal(run.line.operands[0], "--flag");
	line_done(&run.line);
	parse(&run, "wrap -f cmd --flag --json -- x");
	assert_int_equal(run.rc, BELGO_OK);
	assert_int_equal(run.globals.json, 0);
	assert_int_equal(run.line.n, 5);
	assert_string_equal(run.line.operands[3], "--");
	line_done(&run.line);
}

static void
test_opt__finds_the_verbs_of_a_group(void **state)
{
	struct run run;

	(void)state;
	parse(&run, "group --json inner");
	assert_int_equal(run.rc, BELGO_OK);
	assert_ptr_equal(run.line.group, &group);
	assert_ptr_equal(run.line.command, &inner);
	line_done(&run.line);
}

static void
test_opt__names_what_is_wrong(void **state)
{
	static const struct {
		const char *line, *said;
	} rows[] = {{"wrok", "did you mean \"work\""},
		    {"zzzzzzzzz", "there is no verb"},
		    {"--text x work", "global option"},
		    {"work --nope", "work has no option --nope"},
		    {"work -z", "work has no option -z"},
		    {"work --text", "wants a value"},
		    {"work --text _", "is empty"},
		    {"work --flag=1", "takes no value"},
		    {"work --time never", "is no duration"},
		    {"work --port 0", "is no port"},
		    {"work --port 65536", "is no port"},
		    {"work --port 8o", "is no port"},
		    {"work --port _", "wants a number"},
		    {"work a b c", "one word too many"},
		    {"plain", "plain wants X"},
		    {"group", "wants one of its verbs"},
		    {"group outer", "there is no group verb"},
		    {"group x inner", "there is no"},
		    {"work --secret", "use a file"},
		    {"work --secret=x", "use a file"}};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct run run;

		parse(&run, rows[i].line);
		assert_row(rows[i].line,
			   run.rc == BELGO_EINVAL && strstr(run.err.text, rows[i].said) != NULL);
		line_done(&run.line);
	}
}

static void
test_opt__does_not_repeat_a_value_that_may_be_a_secret(void **state)
{
	static const char *const lines[] = {"work --secret=hunter2", "work --scret=hunter2",
					    "--secret=hunter2 work"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct run run;

		parse(&run, lines[i]);
		assert_row(lines[i], run.rc == BELGO_EINVAL && strstr(run.err.text, "hunter2") == NULL);
		line_done(&run.line);
	}
}

static void
test_opt__help_excuses_missing_operands(void **state)
{
	struct run run;

	(void)state;
	parse(&run, "plain --help");
	assert_int_equal(run.rc, BELGO_OK);
	assert_int_equal(run.globals.help, 1);
	line_done(&run.line);
}

static void
test_opt__help_shows_what_the_tables_hold(void **state)
{
	char *text = opt_help(NULL, &work), *all = opt_overview(table);

	(void)state;
	assert_non_null(strstr(text, "Usage: oauthctl work [OPTION]… [A [B]]\n\nDo it.\n"));
	assert_non_null(strstr(text, "  -t, --text TEXT"));
	assert_non_null(strstr(text, "--json"));
	assert_null(strstr(text, "--secret"));
	assert_non_null(strstr(all, "  wrap        wrap\n"));
	assert_null(strstr(all, "plane"));
	free(text);
	free(all);
}

static void
test_opt__suggests_only_what_is_near_and_shown(void **state)
{
	(void)state;
	assert_string_equal(command_nearest(table, "plan"), "plain");
	assert_string_equal(command_nearest(table, "planee"), "plain");
	assert_null(command_nearest(table, "logarithm"));
	assert_null(command_nearest(table, "a-word-that-is-much-longer-than-any-verb-could-be"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_opt__lands_in_the_commands_own_struct),
	    cmocka_unit_test(test_opt__says_of_a_duration_that_it_was_not_given),
	    cmocka_unit_test(test_opt__takes_global_options_anywhere),
	    cmocka_unit_test(test_opt__takes_letters_together),
	    cmocka_unit_test(test_opt__splits_lists_and_keeps_whole_what_is_whole),
	    cmocka_unit_test(test_opt__ends_options_at_two_dashes_or_at_a_wrapped_command),
	    cmocka_unit_test(test_opt__finds_the_verbs_of_a_group),
	    cmocka_unit_test(test_opt__names_what_is_wrong),
	    cmocka_unit_test(test_opt__does_not_repeat_a_value_that_may_be_a_secret),
	    cmocka_unit_test(test_opt__help_excuses_missing_operands),
	    cmocka_unit_test(test_opt__help_shows_what_the_tables_hold),
	    cmocka_unit_test(test_opt__suggests_only_what_is_near_and_shown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
