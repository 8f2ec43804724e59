/* The file of the token keys: what is read, in which order, and what is refused. */
#include "scratch_dir.h"

#include "token_keys.h"

#include <sys/stat.h>

#define ONES "0101010101010101010101010101010101010101010101010101010101010101"
#define TWOS "abABabABabABabABabABabABabABabABabABabABabABabABabABabABabABabAB"
#define FOUR ONES "\n" ONES "\n" ONES "\n" ONES "\n"

static belgo_rc
read_keys(struct token_keys *out, const char *text, mode_t mode, struct belgo_error *err)
{
	const char *path = scratch_path("token-keys");

	*err = (struct belgo_error){0};
	unlink(path);
	scratch_write(path, text);
	assert_int_equal(chmod(path, mode), 0);
	return token_keys_read(out, path, err);
}

static void
test_token_keys__file_is_read_in_its_order_or_refused(void **state)
{
	static const struct {
		const char *name, *text;
		size_t n; /* 0: refused */
		int first;
	} rows[] = {
	    {"32 bytes", "0123456789abcdef0123456789abcdef", 1, '0'},
	    {"31 bytes", "0123456789abcdef0123456789abcde", 0, 0},
	    {"33 bytes", "0123456789abcdef0123456789abcdef\n", 0, 0},
	    {"one line", ONES "\n", 1, 1},
	    {"one line without an end", ONES, 1, 1},
	    {"two lines", TWOS "\n" ONES "\n", 2, 0xab},
	    {"two lines, the last without an end", ONES "\n" TWOS, 2, 1},
	    {"two lines in one", ONES TWOS, 0, 0},
	    {"an empty line between", ONES "\n\n" TWOS "\n", 0, 0},
	    {"a line that is too short", ONES "\n01\n", 0, 0},
	    {"a digit that is none", "g" ONES "\n", 0, 0},
	    {"carriage returns", ONES "\r\n", 0, 0},
	    {"sixteen", FOUR FOUR FOUR FOUR, 16, 1},
	    {"seventeen", FOUR FOUR FOUR FOUR ONES "\n", 0, 0},
	    {"nothing", "", 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct token_keys keys = {0};
		struct belgo_error err;
		belgo_rc rc = read_keys(&keys, rows[i].text, 0600, &err);

		assert_row(rows[i].name, rc == (rows[i].n > 0 ? BELGO_OK : BELGO_ESTORE));
		assert_row(rows[i].name, rc != BELGO_OK || keys.n == rows[i].n);
		assert_row(rows[i].name, rc != BELGO_OK || keys.keys[0].bytes[0] == rows[i].first);
	}
}

static void
test_token_keys__file_must_be_there_and_the_users_alone(void **state)
{
	struct token_keys keys;
	struct belgo_error err;

	(void)state;
	assert_int_equal(read_keys(&keys, ONES, 0400, &err), BELGO_OK);
	assert_int_equal(read_keys(&keys, ONES, 0604, &err), BELGO_ESTORE);
	assert_non_null(strstr(err.text, "mode 604"));
	err = (struct belgo_error){0};
	assert_int_equal(token_keys_read(&keys, "/nonexistent/keys", &err), BELGO_ESTORE);
	assert_non_null(strstr(err.text, "/nonexistent/keys"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_token_keys__file_is_read_in_its_order_or_refused),
	    cmocka_unit_test(test_token_keys__file_must_be_there_and_the_users_alone),
	};

	return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
