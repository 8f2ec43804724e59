/* Lists of words. */
#include "base/mem.h"
#include "base/text.h"
#include "harness/test.h"

/* @spec RFC 6749 section 3.3 */
static void
test_scope__has_compares_whole_words(void **state)
{
	static const struct {
		const char *scopes, *scope;
		int want;
	} rows[] = {
	    {"openid email", "openid", 1},
	    {"openid email", "email", 1},
	    {"  openid  email ", "email", 1},
	    {"openid email", "mail", 0},
	    {"openid email", "openi", 0},
	    {"openid", "OpenID", 0},
	    {"openid email", "", 0},
	    {"openid email", "openid email", 0},
	    {"", "openid", 0},
	    {NULL, "openid", 0},
	    {"openid", NULL, 0},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++)
		assert_row(rows[i].scopes == NULL ? "NULL" : rows[i].scopes,
			   bg_scope_has(rows[i].scopes, rows[i].scope) == rows[i].want);
}

static void
test_scope__union_and_minus_keep_the_order(void **state)
{
	static const struct {
		const char *a, *b, *sum, *rest;
	} rows[] = {
	    {"b a", "c a d", "b a c d", "b"},
	    {"b  a b", " a ", "b a", "b b"},
	    {"", "", "", ""},
	    {NULL, NULL, "", ""},
	    {NULL, "x y", "x y", ""},
	    {"x y", NULL, "x y", "x y"},
	    {"x", "x", "x", ""},
	    {"ab abc a", "abc", "ab abc a", "ab a"},
	    {"A a", "a", "A a", "A"},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		char *sum = NULL, *rest = NULL;

		assert_int_equal(bg_scope_union(&sum, rows[i].a, rows[i].b), BELGO_OK);
		assert_int_equal(bg_scope_minus(&rest, rows[i].a, rows[i].b), BELGO_OK);
		assert_string_equal(sum, rows[i].sum);
		assert_string_equal(rest, rows[i].rest);
		bg_str_free(&sum);
		bg_str_free(&rest);
	}
}

/* Quadratic code would need minutes for this. */
static void
test_scope__sorted_has_each_word_once(void **state)
{
	static const struct {
		const char *list, *want;
	} rows[] = {{"", ""},      {"  ", ""}, {"b a", "a b"}, {" b  a b ", "a b"}, {"ab a abc", "a ab abc"},
		    {"a B", "B a"}};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		char *sorted = NULL;

		assert_int_equal(bg_scope_sorted(&sorted, rows[i].list), BELGO_OK);
		assert_row(rows[i].list, strcmp(sorted, rows[i].want) == 0);
		bg_str_free(&sorted);
	}
}

static void
test_scope__a_megabyte_of_words_is_no_matter(void **state)
{
	const size_t n = 150000;
	char *text = bg_calloc(n, 8), *sum = NULL, *rest = NULL;
	size_t len = 0;

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < n; i++)
		len += (size_t)snprintf(text + len, n * 8 - len, "%zu ", i);
	text[len - 1] = '\0';
	assert_int_equal(bg_scope_union(&sum, text, text), BELGO_OK);
	assert_string_equal(sum, text);
	assert_int_equal(bg_scope_minus(&rest, text, text), BELGO_OK);
	assert_string_equal(rest, "");
	bg_str_free(&text);
	bg_str_free(&sum);
	bg_str_free(&rest);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_scope__has_compares_whole_words),
	    cmocka_unit_test(test_scope__union_and_minus_keep_the_order),
	    cmocka_unit_test(test_scope__sorted_has_each_word_once),
	    cmocka_unit_test(test_scope__a_megabyte_of_words_is_no_matter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
