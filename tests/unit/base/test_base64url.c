/* base64url: one spelling for one sequence of bytes. */
#include "base/base64url.h"

#include "base/mem.h"
#include "harness/test.h"

static const struct {
	const char *bytes;
	size_t len;
	const char *url, *std;
} pairs[] = {
    /* RFC 4648 section 10 */
    {"", 0, "", ""},
    {"f", 1, "Zg", "Zg=="},
    {"fo", 2, "Zm8", "Zm8="},
    {"foo", 3, "Zm9v", "Zm9v"},
    {"foob", 4, "Zm9vYg", "Zm9vYg=="},
    {"fooba", 5, "Zm9vYmE", "Zm9vYmE="},
    {"foobar", 6, "Zm9vYmFy", "Zm9vYmFy"},
    {"\xfb\xff\xbf", 3, "-_-_", "+/+/"},
    {"\x00\x00", 2, "AAA", "AAA="},
    /* RFC 7515 appendix C */
    {"\x03\xec\xff\xe0\xc1", 5, "A-z_4ME", "A+z/4ME="},
};

/* @spec RFC 7515 section 2, RFC 4648 section 4 */
static void
test_base64url__encodes_and_decodes_the_vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < BG_LEN(pairs); i++) {
		char *url = NULL, *std = NULL;
		unsigned char *bytes = NULL;
		size_t len = 99;

		assert_int_equal(bg_base64url_encode(&url, pairs[i].bytes, pairs[i].len), BELGO_OK);
		assert_string_equal(url, pairs[i].url);
		assert_int_equal(bg_base64_encode(&std, pairs[i].bytes, pairs[i].len), BELGO_OK);
		assert_string_equal(std, pairs[i].std);
		assert_int_equal(bg_base64url_decode(&bytes, &len, url, strlen(url)), BELGO_OK);
		assert_int_equal(len, pairs[i].len);
		assert_memory_equal(bytes, pairs[i].bytes, len);
		assert_int_equal(bytes[len], 0);
		bg_str_free(&url);
		bg_str_free(&std);
		bg_free(&bytes);
	}
}

static void
test_base64url__every_byte_survives(void **state)
{
	unsigned char all[256], *back = NULL;
	char *text = NULL;
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (unsigned char)i;
	assert_int_equal(bg_base64url_encode(&text, all, sizeof(all)), BELGO_OK);
	assert_int_equal(bg_base64url_decode(&back, &len, text, strlen(text)), BELGO_OK);
	assert_int_equal(len, sizeof(all));
	assert_memory_equal(back, all, len);
	bg_str_free(&text);
	bg_free(&back);
}

/* @spec RFC 4648 section 3.5, RFC 7515 section 2 */
static void
test_base64url__rejects_every_other_spelling(void **state)
{
	static const struct {
		const char *name, *text;
		size_t len;
	} rows[] = {
	    {"padding", "Zg==", 4},
	    {"one pad", "Zm8=", 4},
	    {"plus", "+_-_", 4},
	    {"slash", "-/-_", 4},
	    {"blank", "Zm 9v", 5},
	    {"newline", "Zm9v\n", 5},
	    {"leading blank", " Zm9", 4},
	    {"1 mod 4", "Zm9vY", 5},
	    {"one character", "Z", 1},
	    {"trailing bits of two", "Zh", 2},
	    {"trailing bits of three", "Zm9", 3},
	    {"NUL inside", "Zm\0v", 4},
	    {"non-ASCII", "Zm\xc3\xa9", 4},
	    {"dot", "Zm.v", 4},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		unsigned char *bytes = NULL;
		size_t len = 99;

		assert_row(rows[i].name,
			   bg_base64url_decode(&bytes, &len, rows[i].text, rows[i].len) == BELGO_EPROTO);
		assert_row(rows[i].name, bytes == NULL && len == 99);
	}
}

static void
test_base64url__a_length_that_overflows_is_no_memory(void **state)
{
	char *out = NULL;

	(void)state;
	assert_int_equal(bg_base64url_encode(&out, "x", SIZE_MAX), BELGO_ENOMEM);
	assert_null(out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_base64url__encodes_and_decodes_the_vectors),
	    cmocka_unit_test(test_base64url__every_byte_survives),
	    cmocka_unit_test(test_base64url__rejects_every_other_spelling),
	    cmocka_unit_test(test_base64url__a_length_that_overflows_is_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
