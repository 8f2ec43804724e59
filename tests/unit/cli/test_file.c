/* Small files: atomic writes, ceilings, locks, secrets; and the paths that are made of the environment. */
#include "scratch_dir.h"

#include "file.h"
#include "path.h"

#include <fcntl.h>
#include <sys/stat.h>

static void
test_file__is_replaced_as_a_whole(void **state)
{
	const char *path = scratch_path("a/b/file");
	char *text = NULL;
	struct stat st;
	size_t len = 0;

	(void)state;
	assert_int_equal(file_write(path, "one", 3, NULL), BELGO_OK);
	assert_int_equal(file_write(path, "two!", 4, NULL), BELGO_OK);
	assert_int_equal(file_read(&text, &len, path, 100, NULL), BELGO_OK);
	assert_int_equal(len, 4);
	assert_string_equal(text, "two!");
	text_free(&text);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(stat(scratch_path("a"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
}

/* Dotfiles: what is linked from elsewhere stays linked. */
static void
test_file__own_link_stays_a_link(void **state)
{
	const char *path = scratch_path("kept"), *link = scratch_path("link");
	char *text = NULL;
	struct stat st;
	size_t len = 0;

	(void)state;
	scratch_write(path, "old");
	assert_int_equal(symlink(path, link), 0);
	assert_int_equal(file_write(link, "new", 3, NULL), BELGO_OK);
	assert_int_equal(lstat(link, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(file_read(&text, &len, path, 100, NULL), BELGO_OK);
	assert_string_equal(text, "new");
	text_free(&text);
}

/* In /tmp another user could have laid one to any file of ours. */
static void
test_file__link_of_another_user_is_not_followed(void **state)
{
	const char *path = scratch_path("victim"), *link = scratch_path("trap");
	char *text = NULL;
	struct stat st;
	size_t len = 0;

	(void)state;
	if (geteuid() != 0)
		skip(); /* only root can make such a link */
	scratch_write(path, "old");
	assert_int_equal(symlink(path, link), 0);
	assert_int_equal(lchown(link, 65534, 65534), 0);
	assert_int_equal(file_write(link, "new", 3, NULL), BELGO_OK);
	assert_int_equal(lstat(link, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(file_read(&text, &len, path, 100, NULL), BELGO_OK);
	assert_string_equal(text, "old");
	text_free(&text);
}

static void
test_file__is_not_read_beyond_its_ceiling(void **state)
{
	const char *path = scratch_path("long");
	struct belgo_error err = {0};
	char *text = NULL;
	size_t len = 0;

	(void)state;
	scratch_write(path, "12345");
	assert_int_equal(file_read(&text, &len, path, 5, NULL), BELGO_OK);
	text_free(&text);
	assert_int_equal(file_read(&text, &len, path, 4, &err), BELGO_EINVAL);
	assert_null(text);
	assert_int_equal(file_read(&text, &len, scratch_path("none"), 4, NULL), BELGO_ENOTFOUND);
}

static void
test_file__secret_loses_one_newline_and_no_more(void **state)
{
	static const struct {
		const char *text, *want; /* NULL: refused */
	} rows[] = {{"s", "s"},      {"s\n", "s"},   {"s\r\n", "s"}, {" s ", " s "},
		    {"s\n\n", NULL}, {"a\nb", NULL}, {"", NULL},     {"\n", NULL}};
	const char *path = scratch_path("secret");
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *secret = NULL;
		belgo_rc rc;

		scratch_write(path, rows[i].text);
		rc = secret_from_file(&secret, path, NULL);
		assert_row(rows[i].text, rows[i].want != NULL
					     ? rc == BELGO_OK && strcmp(secret, rows[i].want) == 0
					     : rc == BELGO_EINVAL);
		text_free(&secret);
	}
}

static void
test_file__lock_is_held_once(void **state)
{
	struct belgo_error err = {0};
	int one = -1, two = -1;

	(void)state;
	assert_int_equal(file_lock(&one, "lock/unit", NULL), BELGO_OK);
	assert_int_equal(file_lock(&two, "lock/unit", &err), BELGO_EBUSY);
	fd_close(&one);
	assert_int_equal(file_lock(&two, "lock/unit", NULL), BELGO_OK);
	fd_close(&two);
}

static void
expect_path(char *got, const char *want)
{
	if (want == NULL)
		assert_null(got);
	else
		assert_string_equal(got, want);
	free(got);
}

static void
test_path__follows_xdg_and_ignores_what_is_relative(void **state)
{
	(void)state;
	setenv("HOME", "/h", 1);
	setenv("XDG_CACHE_HOME", "relative", 1);
	expect_path(path_cache("x"), "/h/.cache/oauthctl/x");
	setenv("XDG_CACHE_HOME", "/c", 1);
	expect_path(path_cache(""), "/c/oauthctl");
	unsetenv("XDG_CACHE_HOME");
	unsetenv("HOME");
	expect_path(path_cache(""), NULL);
	setenv("HOME", scratch, 1);
}

static void
test_path__flag_goes_before_environment_before_default(void **state)
{
	(void)state;
	setenv("XDG_CONFIG_HOME", "/c", 1);
	unsetenv("OAUTHCTL_CONFIG");
	expect_path(path_config_file(NULL), "/c/oauthctl/config.json");
	setenv("OAUTHCTL_CONFIG", "/e", 1);
	expect_path(path_config_file(NULL), "/e");
	expect_path(path_config_file("/f"), "/f");
	unsetenv("OAUTHCTL_CONFIG");
}

static void
test_path__names_stores_as_the_library_does(void **state)
{
	(void)state;
	setenv("XDG_STATE_HOME", "/s", 1);
	expect_path(path_store_uri("file"), "file:/s/oauthctl/store");
	expect_path(path_store_uri("file:/x"), "file:/x");
	expect_path(path_store_uri("keyring"), "keyring");
	setenv("XDG_STATE_HOME", scratch, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_file__is_replaced_as_a_whole),
	    cmocka_unit_test(test_file__own_link_stays_a_link),
	    cmocka_unit_test(test_file__link_of_another_user_is_not_followed),
	    cmocka_unit_test(test_file__is_not_read_beyond_its_ceiling),
	    cmocka_unit_test(test_file__secret_loses_one_newline_and_no_more),
	    cmocka_unit_test(test_file__lock_is_held_once),
	    cmocka_unit_test(test_path__follows_xdg_and_ignores_what_is_relative),
	    cmocka_unit_test(test_path__flag_goes_before_environment_before_default),
	    cmocka_unit_test(test_path__names_stores_as_the_library_does),
	};
	return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
