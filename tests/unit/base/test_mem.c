/* Memory: copies, comparison, and that what dies is wiped. */
#include "base/mem.h"

#include "harness/test.h"

#include <belgoauth/env.h>
#include <belgoauth/store.h>

static void
test_mem__wipe_clears_every_byte(void **state)
{
	unsigned char secret[16], zeros[16] = {0};

	(void)state;
	memset(secret, 0xa5, sizeof(secret));
	bg_wipe(secret, 15);
	assert_memory_equal(secret, zeros, 15);
	assert_int_equal(secret[15], 0xa5);
	bg_wipe(NULL, 10);
}

static void
test_mem__calloc_of_nothing_is_not_null(void **state)
{
	void *none = bg_calloc(0, 8);

	(void)state;
	assert_non_null(none);
	bg_free(&none);
	assert_null(none);
}

static void
test_mem__copies_are_equal_and_apart(void **state)
{
	const char *text = "secret";
	char *all = bg_strdup(text), *part = bg_strndup(text, 3), *made = bg_strf("%s-%d", text, 7);

	(void)state;
	assert_string_equal(all, text);
	assert_ptr_not_equal(all, text);
	assert_string_equal(part, "sec");
	assert_string_equal(made, "secret-7");
	assert_null(bg_strdup(NULL));
	assert_null(bg_strndup(NULL, 3));
	bg_str_free(&all);
	bg_str_free(&part);
	bg_str_free(&made);
	assert_null(all);
	bg_str_free(&all);
	bg_str_free(NULL);
}

static void
test_mem__str_set_replaces_even_by_its_own_part(void **state)
{
	char *s = NULL;

	(void)state;
	assert_int_equal(bg_str_set(&s, "abcdef"), BELGO_OK);
	assert_int_equal(bg_str_set(&s, s + 2), BELGO_OK);
	assert_string_equal(s, "cdef");
	assert_int_equal(bg_str_set(&s, NULL), BELGO_OK);
	assert_null(s);
}

static void
test_mem__lists_and_blobs_are_freed_whole(void **state)
{
	char **list = bg_calloc(3, sizeof(*list)), **none = NULL;
	struct belgo_blob blob = {.data = bg_calloc(4, 1), .len = 4};

	(void)state;
	list[0] = bg_strdup("a");
	list[1] = bg_strdup("b");
	bg_strv_free(&list);
	assert_null(list);
	bg_strv_free(&none);
	bg_strv_free(NULL);
	belgo_blob_done(&blob);
	assert_null(blob.data);
	assert_int_equal(blob.len, 0);
	belgo_blob_done(&blob);
	belgo_blob_done(NULL);
	belgo_secret_free(bg_strdup("x"));
	belgo_secret_free(NULL);
}

static void
test_mem__equality_judges_length_and_bytes(void **state)
{
	static const struct {
		const char *name, *a, *b;
		int plain, secret;
	} rows[] = {
	    {"same", "abc", "abc", 1, 1},         {"both empty", "", "", 1, 1},
	    {"last differs", "abc", "abd", 0, 0}, {"prefix", "abc", "abcd", 0, 0},
	    {"empty and not", "", "a", 0, 0},     {"null and empty", NULL, "", 0, 0},
	    {"empty and null", "", NULL, 0, 0},   {"both null", NULL, NULL, 1, 0},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		assert_row(rows[i].name, bg_str_equal(rows[i].a, rows[i].b) == rows[i].plain);
		assert_row(rows[i].name, bg_str_equal_secret(rows[i].a, rows[i].b) == rows[i].secret);
	}
	assert_true(bg_mem_equal("a\0b", 3, "a\0b", 3));
	assert_false(bg_mem_equal("a\0b", 3, "a\0c", 3));
	assert_false(bg_mem_equal("a\0b", 3, "a\0b", 2));
	assert_false(bg_mem_equal(NULL, 0, NULL, 0));
}

static void
test_mem__begins_judges_the_prefix(void **state)
{
	(void)state;
	assert_true(bg_str_begins("https://x", "https://"));
	assert_true(bg_str_begins("x", ""));
	assert_false(bg_str_begins("http", "https"));
	assert_false(bg_str_begins(NULL, "x"));
	assert_false(bg_str_begins("x", NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_mem__wipe_clears_every_byte),
	    cmocka_unit_test(test_mem__calloc_of_nothing_is_not_null),
	    cmocka_unit_test(test_mem__copies_are_equal_and_apart),
	    cmocka_unit_test(test_mem__str_set_replaces_even_by_its_own_part),
	    cmocka_unit_test(test_mem__lists_and_blobs_are_freed_whole),
	    cmocka_unit_test(test_mem__equality_judges_length_and_bytes),
	    cmocka_unit_test(test_mem__begins_judges_the_prefix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
