/* The error object: the first cause stays, and nothing unprintable gets in. */
#include "base/error.h"

#include "harness/test.h"

static void
test_error__first_cause_wins(void **state)
{
	struct belgo_error err = {0};

	(void)state;
	assert_int_equal(bg_fail(&err, BELGO_EPROTO, "%s: %d", "first", 1), BELGO_EPROTO);
	assert_int_equal(bg_fail(&err, BELGO_EIO, "second"), BELGO_EIO);
	assert_int_equal(err.rc, BELGO_EPROTO);
	assert_string_equal(err.text, "first: 1");
}

static void
test_error__takes_a_new_cause_after_reset(void **state)
{
	struct belgo_error err = {0};

	(void)state;
	(void)bg_fail(&err, BELGO_EPROTO, "first");
	bg_error_reset(&err);
	assert_int_equal(err.rc, BELGO_OK);
	assert_int_equal(err.retry_after, -1);
	assert_string_equal(err.text, "");
	(void)bg_fail(&err, BELGO_EIO, "second");
	assert_string_equal(err.text, "second");
}

static void
test_error__wait_is_unknown_where_no_answer_said_one(void **state)
{
	struct belgo_error bare = {0}, answered = {.http_status = 503};

	(void)state;
	(void)bg_fail(&bare, BELGO_EIO, "no answer");
	assert_int_equal(bare.retry_after, -1);
	(void)bg_fail(&answered, BELGO_EUNAVAILABLE, "an answer that says: at once");
	assert_int_equal(answered.retry_after, 0);
}

static void
test_error__null_object_still_gives_the_code(void **state)
{
	(void)state;
	assert_int_equal(bg_fail(NULL, BELGO_ESTORE, "nobody listens"), BELGO_ESTORE);
	bg_error_init(NULL);
	bg_error_set_oauth(NULL, "a", "b", "https://c");
}

static void
test_error__text_is_made_printable_and_cut(void **state)
{
	struct belgo_error err = {0};
	char text[1000];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	text[0] = '\033';
	text[1] = '\n';
	(void)bg_fail(&err, BELGO_EIO, "%s", text);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	assert_memory_equal(err.text, "??x", 3);
}

/* @spec RFC 6749 section 5.2 */
static void
test_error__oauth_members_are_printable_and_cut(void **state)
{
	struct belgo_error err = {0};
	char description[1000];

	(void)state;
	memset(description, 'd', sizeof(description) - 1);
	description[sizeof(description) - 1] = '\0';
	bg_error_set_oauth(&err, "inv\033alid", description, "https://op.example/why");
	assert_string_equal(err.oauth_error, "inv?alid");
	assert_int_equal(strlen(err.oauth_error_description), 200);
	assert_string_equal(err.oauth_error_uri, "https://op.example/why");
}

static void
test_error__oauth_members_stand_beside_the_cause(void **state)
{
	struct belgo_error err = {0};

	(void)state;
	(void)bg_fail(&err, BELGO_EDENIED, "refused");
	bg_error_set_oauth(&err, "access_denied", NULL, NULL);
	assert_string_equal(err.text, "refused");
	assert_string_equal(err.oauth_error, "access_denied");
	assert_string_equal(err.oauth_error_description, "");
}

static void
test_error__drops_an_error_uri_that_is_not_https(void **state)
{
	char longest[300] = "https://op.example/";
	const char *const uris[] = {"http://op.example/",
				    "javascript:alert(1)",
				    "file:///etc/passwd",
				    "https://op.example/\033[2J",
				    "https://op.example/a b",
				    "HTTPS://op.example/",
				    longest,
				    ""};
	struct belgo_error err = {0};

	(void)state;
	memset(longest + strlen(longest), 'a', sizeof(longest) - strlen("https://op.example/") - 1);
	for (size_t i = 0; i < BG_LEN(uris); i++) {
		bg_error_set_oauth(&err, "x", NULL, "https://op.example/");
		bg_error_set_oauth(&err, "x", NULL, uris[i]);
		assert_row(uris[i], err.oauth_error_uri[0] == '\0');
	}
}

static void
test_error__every_code_has_its_words(void **state)
{
	(void)state;
#define CHECK(name, exit, code, text)                                                                        \
	assert_string_equal(belgo_rc_code(name), code);                                                      \
	assert_string_equal(belgo_rc_str(name), text);                                                       \
	assert_int_equal(belgo_rc_exit(name), exit);
	BELGO_RC_LIST(CHECK)
#undef CHECK
}

static void
test_error__an_unknown_code_is_internal(void **state)
{
	(void)state;
	assert_string_equal(belgo_rc_code((belgo_rc)12345), "internal");
	assert_string_equal(belgo_rc_code((belgo_rc)-1), "internal");
	assert_int_equal(belgo_rc_exit((belgo_rc)12345), 1);
	assert_string_equal(belgo_rc_str((belgo_rc)12345), belgo_rc_str(BELGO_EINTERNAL));
}

static void
test_error__version_has_three_numbers(void **state)
{
	int a, b, c, end = 0;

	(void)state;
	assert_int_equal(sscanf(belgo_version(), "%d.%d.%d%n", &a, &b, &c, &end), 3);
	assert_int_equal(end, strlen(belgo_version()));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_error__first_cause_wins),
	    cmocka_unit_test(test_error__takes_a_new_cause_after_reset),
	    cmocka_unit_test(test_error__wait_is_unknown_where_no_answer_said_one),
	    cmocka_unit_test(test_error__null_object_still_gives_the_code),
	    cmocka_unit_test(test_error__text_is_made_printable_and_cut),
	    cmocka_unit_test(test_error__oauth_members_are_printable_and_cut),
	    cmocka_unit_test(test_error__oauth_members_stand_beside_the_cause),
	    cmocka_unit_test(test_error__drops_an_error_uri_that_is_not_https),
	    cmocka_unit_test(test_error__every_code_has_its_words),
	    cmocka_unit_test(test_error__an_unknown_code_is_internal),
	    cmocka_unit_test(test_error__version_has_three_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
