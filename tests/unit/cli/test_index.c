/* The index: reading, writing, and which account is meant. */
#include "scratch_dir.h"

#include "index.h"

#include <sys/stat.h>

#define K1 "1111111111111111111111111111111111111111111111111111111111111111"
#define K2 "2222222222222222222222222222222222222222222222222222222222222222"
#define K3 "3333333333333333333333333333333333333333333333333333333333333333"

static const char sample[] =
    "oauthctl-index\t1\n"
    "config\t/c/config.json\t123456789\t42\n"
    "default\thome\n"
    "account\thome\t" K1 "\tc1\tgoogle\thttps://a.example\tada@example.org\tkeyring\ts1\n"
    "account\twork\t" K2 "\tc2\tgoogle\thttps://a.example\tada@example.com\tkeyring\ts2\n"
    "account\tada@example.org\t" K3 "\tc3\t\thttps://b.example\tbob@example.org\tfile:/s\ts3\n";

static void
test_index__reads_what_it_holds(void **state)
{
	struct index index;

	(void)state;
	assert_int_equal(index_parse(&index, strdup(sample)), 0);
	assert_int_equal(index.n, 3);
	assert_string_equal(index.default_name, "home");
	assert_string_equal(index.config_path, "/c/config.json");
	assert_int_equal(index.config.mtime_ns, 123456789);
	assert_int_equal(index.config.size, 42);
	assert_string_equal(index.accounts[2].store, "file:/s");
	assert_string_equal(index.accounts[2].provider, "");
	assert_string_equal(index.accounts[0].subject, "s1");
	index_done(&index);
}

static void
test_index__refuses_another_version_and_no_index(void **state)
{
	static const char *const rows[] = {"", "oauthctl-index\t1", "oauthctl-index\t2\n", "garbage\n", "\n"};
	struct index index;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_row(rows[i], index_parse(&index, strdup(rows[i])) == -1);
}

/* What a provider says of a user names no account of another provider. */
static void
test_index__claim_without_at_sign_is_no_address(void **state)
{
	struct index index;
	size_t first = 9;

	(void)state;
	assert_int_equal(
	    index_parse(&index,
			strdup("oauthctl-index\t1\n"
			       "account\tx\t" K1 "\tc1\t\thttps://e.example\tgoogle\tkeyring\ts\n"
			       "account\ty\t" K2 "\tc2\tgoogle\thttps://a.example\ta@b.c\tkeyring\ts\n")),
	    0);
	assert_int_equal(index_find(&index, "google", NULL, &first, NULL), 1);
	assert_int_equal(first, 1);
	assert_int_equal(index_find(&index, "a@b.c", NULL, &first, NULL), 1);
	index_done(&index);
}

static void
test_index__leaves_out_lines_that_are_not_whole(void **state)
{
	struct index index;

	(void)state;
	assert_int_equal(index_parse(&index, strdup("oauthctl-index\t1\naccount\tx\t" K1
						    "\naccount\ty\tkey\tc\tp\ti\te\tkeyring\ts\n"
						    "unknown\tline\n\n")),
			 0);
	assert_int_equal(index.n, 0);
	assert_string_equal(index.default_name, "");
	index_done(&index);
}

static void
test_index__finds_by_name_then_address_then_provider_then_issuer(void **state)
{
	static const struct {
		const char *wanted, *store;
		size_t n, first;
	} rows[] = {{"home", NULL, 1, 0},
		    {"ada@example.org", NULL, 1, 2},
		    {"ada@example.org", "keyring", 1, 0},
		    {"bob@example.org", NULL, 1, 2},
		    {"google", NULL, 2, 0},
		    {"https://b.example", NULL, 1, 2},
		    {"https://a.example", NULL, 2, 0},
		    {"home", "file:/s", 0, 9},
		    {"hom", NULL, 0, 9},
		    {"HOME", NULL, 0, 9},
		    {"", NULL, 0, 9},
		    {NULL, NULL, 3, 0},
		    {NULL, "file:/s", 1, 2},
		    {NULL, "file:/other", 0, 9}};
	struct index index;
	size_t i;

	(void)state;
	assert_int_equal(index_parse(&index, strdup(sample)), 0);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t first = 9;
		char fits[3];

		assert_row(rows[i].wanted != NULL ? rows[i].wanted : "(none)",
			   index_find(&index, rows[i].wanted, rows[i].store, &first, fits) == rows[i].n &&
			       first == rows[i].first);
	}
	index_done(&index);
}

static void
test_index__is_written_as_it_was_read_and_0600(void **state)
{
	const char *path = scratch_path("deep/down/index");
	struct index index, again;
	struct stat st;

	(void)state;
	assert_int_equal(index_parse(&index, strdup(sample)), 0);
	assert_int_equal(index_write(&index, path, NULL), BELGO_OK);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(index_read(&again, path), 0);
	assert_int_equal(again.n, 3);
	assert_string_equal(again.accounts[1].email, "ada@example.com");
	assert_true(index_stamp_equal(&again.config, &index.config));
	index_done(&index);
	index_done(&again);
}

static void
test_index__a_value_cannot_forge_a_line(void **state)
{
	const char *path = scratch_path("forged");
	struct index_account accounts[] = {{"a", K1, "c", "p", "i", "x\naccount\tevil", "keyring", "s\ts"},
					   {"b\nc", K2, "c", "p", "i", "e", "keyring", "s"}};
	const struct index index = {
	    .accounts = accounts, .n = 2, .default_name = "d\te", .config_path = "/c\n"};
	struct index again;

	(void)state;
	assert_int_equal(index_write(&index, path, NULL), BELGO_OK);
	assert_int_equal(index_read(&again, path), 0);
	assert_int_equal(again.n, 1);
	assert_string_equal(again.accounts[0].email, "");
	assert_string_equal(again.accounts[0].subject, "");
	assert_string_equal(again.default_name, "");
	assert_string_equal(again.config_path, "");
	index_done(&again);
}

static void
test_index__that_others_can_write_or_that_is_a_link_is_none(void **state)
{
	const char *path = scratch_path("open"), *link = scratch_path("link");
	struct index index;

	(void)state;
	scratch_write(path, sample);
	assert_int_equal(chmod(path, 0644), 0);
	assert_int_equal(index_read(&index, path), 0);
	index_done(&index);
	assert_int_equal(symlink(path, link), 0);
	assert_int_equal(index_read(&index, link), -1);
	assert_int_equal(chmod(path, 0664), 0);
	assert_int_equal(index_read(&index, path), -1);
	assert_int_equal(index_read(&index, scratch_path("nothing")), -1);
}

/* Nobody writes into it: opening it must not wait until somebody does. */
static void
test_index__that_is_a_pipe_is_none(void **state)
{
	const char *path = scratch_path("fifo");
	struct index index;

	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(index_read(&index, path), -1);
}

static void
test_index__stamp_tells_a_changed_file(void **state)
{
	const char *path = scratch_path("stamped");
	struct index_stamp none, one, two;

	(void)state;
	index_stamp_of(&none, path);
	scratch_write(path, "x");
	index_stamp_of(&one, path);
	scratch_write(path, "xy");
	index_stamp_of(&two, path);
	assert_false(index_stamp_equal(&none, &one));
	assert_false(index_stamp_equal(&one, &two));
	assert_true(index_stamp_equal(&two, &two));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_index__reads_what_it_holds),
	    cmocka_unit_test(test_index__refuses_another_version_and_no_index),
	    cmocka_unit_test(test_index__claim_without_at_sign_is_no_address),
	    cmocka_unit_test(test_index__leaves_out_lines_that_are_not_whole),
	    cmocka_unit_test(test_index__finds_by_name_then_address_then_provider_then_issuer),
	    cmocka_unit_test(test_index__is_written_as_it_was_read_and_0600),
	    cmocka_unit_test(test_index__a_value_cannot_forge_a_line),
	    cmocka_unit_test(test_index__that_others_can_write_or_that_is_a_link_is_none),
	    cmocka_unit_test(test_index__that_is_a_pipe_is_none),
	    cmocka_unit_test(test_index__stamp_tells_a_changed_file),
	};
	return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
