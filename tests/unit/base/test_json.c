/* The JSON gate and its getters. */
#include "base/json.h"

#include "base/limits.h"
#include "base/mem.h"
#include "harness/test.h"

#include <malloc.h>
#include <stdlib.h>

#define MAX 4096

static belgo_rc
gate(json_t **out, const char *text, size_t len, struct belgo_error *err)
{
	return bg_json_object(out, text, len, MAX, BG_JSON_NUMBERS_STRICT, "document", err);
}

/* @spec RFC 8259, RFC 7493 section 2.1 */
static void
test_json__accepts_objects(void **state)
{
	static const char *const rows[] = {
	    "{}",
	    " \t\r\n{ \"a\" : [ 1, -2.5e3, true, false, null, \"\", {} ] } \n",
	    "{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\"}",
	    "{\"a\":\"\xf0\x9f\x98\x80[{\"}",
	    "{\"a\":{\"b\":1},\"b\":{\"a\":1}}",
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		json_t *json = NULL;

		assert_row(rows[i], gate(&json, rows[i], strlen(rows[i]), NULL) == BELGO_OK);
		assert_row(rows[i], json_is_object(json));
		bg_json_free(&json);
		assert_null(json);
	}
}

/* @spec RFC 8259 section 2, 4, 7, 8.1, RFC 7493 section 2.1, 2.3 */
static void
test_json__rejects_everything_else(void **state)
{
	static const struct {
		const char *name, *text;
		size_t len;
	} rows[] = {
#define ROW(name, text) {name, text, sizeof(text) - 1}
	    ROW("nothing", ""),
	    ROW("blanks", "  "),
	    ROW("array", "[]"),
	    ROW("string", "\"a\""),
	    ROW("number", "1"),
	    ROW("null", "null"),
	    ROW("byte order mark", "\xef\xbb\xbf{}"),
	    ROW("UTF-16", "{\0}\0"),
	    ROW("trailing bytes", "{} x"),
	    ROW("trailing NUL", "{}\0"),
	    ROW("two values", "{}{}"),
	    ROW("truncated", "{\"a\":"),
	    ROW("open string", "{\"a"),
	    ROW("open escape", "{\"a\\"),
	    ROW("open unicode escape", "{\"a\\u00"),
	    ROW("comment", "{/**/}"),
	    ROW("trailing comma", "{\"a\":1,}"),
	    ROW("single quotes", "{'a':1}"),
	    ROW("NaN", "{\"a\":NaN}"),
	    ROW("Infinity", "{\"a\":-Infinity}"),
	    ROW("duplicate", "{\"a\":1,\"a\":1}"),
	    ROW("duplicate by escape", "{\"a\":1,\"\\u0061\":1}"),
	    ROW("duplicate deep down", "{\"x\":[{\"a\":1,\"a\":2}]}"),
	    ROW("NUL by escape", "{\"a\":\"x\\u0000y\"}"),
	    ROW("NUL in a name", "{\"a\\u0000\":1}"),
	    ROW("raw NUL", "{\"a\":\"\0\"}"),
	    ROW("raw newline", "{\"a\":\"\n\"}"),
	    ROW("control outside", "{\x01}"),
	    ROW("form feed", "{\f}"),
	    ROW("lone high", "{\"a\":\"\\ud800\"}"),
	    ROW("lone low", "{\"a\":\"\\udc00\"}"),
	    ROW("high and letter", "{\"a\":\"\\ud800x\"}"),
	    ROW("high and other escape", "{\"a\":\"\\ud800\\n12345\"}"),
	    ROW("two high", "{\"a\":\"\\ud800\\ud800\"}"),
	    ROW("high and garbage", "{\"a\":\"\\ud800\\uzzzz\"}"),
	    ROW("bad escape", "{\"a\":\"\\x\"}"),
	    ROW("bad unicode escape", "{\"a\":\"\\u00g0\"}"),
	    ROW("not UTF-8", "{\"a\":\"\xff\"}"),
	    ROW("overlong", "{\"a\":\"\xc0\xaf\"}"),
	    ROW("surrogate in UTF-8", "{\"a\":\"\xed\xa0\x80\"}"),
	    ROW("bracket too many", "{}}"),
	    ROW("crossed brackets", "{\"a\":[}]"),
	    ROW("leading zero", "{\"a\":01}"),
	    ROW("plus", "{\"a\":+1}"),
	    ROW("bare point", "{\"a\":1.}"),
	    ROW("no integer", "{\"a\":.5}"),
	    ROW("bare exponent", "{\"a\":1e}"),
	    ROW("bare minus", "{\"a\":-}"),
	    ROW("hexadecimal", "{\"a\":0x10}"),
	    ROW("two numbers", "{\"a\":1 2}"),
#undef ROW
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct belgo_error err = {0};
		json_t *json = NULL;

		assert_row(rows[i].name, gate(&json, rows[i].text, rows[i].len, &err) == BELGO_EPROTO);
		assert_row(rows[i].name, json == NULL && err.rc == BELGO_EPROTO);
		assert_row(rows[i].name, bg_str_begins(err.text, "document: "));
	}
}

static void
test_json__takes_just_its_depth(void **state)
{
	static const char open[] = "{\"a\":";
	char text[BG_MAX_JSON_DEPTH * 8];
	json_t *json = NULL;

	(void)state;
	for (unsigned depth = BG_MAX_JSON_DEPTH; depth <= BG_MAX_JSON_DEPTH + 1; depth++) {
		size_t n = strlen(open);

		memcpy(text, open, n);
		memset(text + n, '[', depth - 1);
		memset(text + n + depth - 1, ']', depth - 1);
		text[n + 2 * (depth - 1)] = '}';
		assert_int_equal(gate(&json, text, n + 2 * depth - 1, NULL),
				 depth == BG_MAX_JSON_DEPTH ? BELGO_OK : BELGO_EPROTO);
		bg_json_free(&json);
	}
}

static void
test_json__takes_just_its_size(void **state)
{
	static char text[MAX + 1];
	json_t *json = NULL;

	(void)state;
	memset(text, ' ', sizeof(text));
	memcpy(text, "{}", 2);
	assert_int_equal(gate(&json, text, MAX, NULL), BELGO_OK);
	bg_json_free(&json);
	assert_int_equal(gate(&json, text, MAX + 1, NULL), BELGO_EPROTO);
}

static void
test_json__errors_never_quote_the_document(void **state)
{
	static const char *const rows[] = {"{\"a\": s3cr3t}", "{\"s3cr3t\":1,\"s3cr3t\":2}",
					   "{\"a\":\"s3cr3t\"", "{\"a\":\"s3cr3t\\ud800\"}",
					   "{\"a\":\"s3cr3t\"} s3cr3t"};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		struct belgo_error err = {0};
		json_t *json = NULL;

		assert_row(rows[i], gate(&json, rows[i], strlen(rows[i]), &err) == BELGO_EPROTO);
		assert_row(rows[i], err.text[0] != '\0' && strstr(err.text, "s3cr3t") == NULL);
	}
}

static json_t *
fixture(void)
{
	static const char text[] =
	    "{\"s\":\"text\",\"empty\":\"\",\"n\":7,\"null\":null,\"esc\":\"a\\u001bb\",\"c1\":\"\\u0085\","
	    "\"list\":[\"a\",\"b\"],\"none\":[],\"mixed\":[\"a\",1],\"ctl\":[\"\\n\"],\"nested\":[[\"a\"]]}";
	json_t *json = NULL;

	assert_int_equal(gate(&json, text, strlen(text), NULL), BELGO_OK);
	return json;
}

static void
test_json__str_judges_type_and_presence(void **state)
{
	static const struct {
		const char *name;
		enum bg_presence presence;
		belgo_rc rc;
		const char *want;
	} rows[] = {
	    {"s", BG_REQUIRED, BELGO_OK, "text"},      {"s", BG_OPTIONAL, BELGO_OK, "text"},
	    {"empty", BG_OPTIONAL, BELGO_OK, ""},      {"empty", BG_REQUIRED, BELGO_EPROTO, NULL},
	    {"absent", BG_OPTIONAL, BELGO_OK, NULL},   {"absent", BG_REQUIRED, BELGO_EPROTO, NULL},
	    {"n", BG_OPTIONAL, BELGO_EPROTO, NULL},    {"null", BG_OPTIONAL, BELGO_EPROTO, NULL},
	    {"list", BG_OPTIONAL, BELGO_EPROTO, NULL}, {"esc", BG_OPTIONAL, BELGO_EPROTO, NULL},
	    {"c1", BG_OPTIONAL, BELGO_EPROTO, NULL},
	};
	json_t *json = fixture();

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		const char *borrowed = "before", *untouched = borrowed;
		char *copy = NULL;
		struct belgo_error err = {0};

		assert_row(rows[i].name, bg_json_str(&borrowed, json, rows[i].name, rows[i].presence, "doc",
						     &err) == rows[i].rc);
		assert_row(rows[i].name, err.rc == rows[i].rc);
		assert_row(rows[i].name, bg_json_str_dup(&copy, json, rows[i].name, rows[i].presence, "doc",
							 NULL) == rows[i].rc);
		if (rows[i].rc == BELGO_OK)
			assert_row(rows[i].name, bg_str_equal(borrowed, rows[i].want));
		else
			assert_row(rows[i].name,
				   borrowed == untouched && strstr(err.text, rows[i].name) != NULL);
		assert_row(rows[i].name, bg_str_equal(copy, rows[i].want));
		bg_str_free(&copy);
	}
	bg_json_free(&json);
}

static void
test_json__strings_judges_every_element(void **state)
{
	static const struct {
		const char *name;
		enum bg_presence presence;
		belgo_rc rc;
		size_t n;
	} rows[] = {
	    {"list", BG_REQUIRED, BELGO_OK, 2},       {"none", BG_REQUIRED, BELGO_OK, 0},
	    {"absent", BG_OPTIONAL, BELGO_OK, 0},     {"absent", BG_REQUIRED, BELGO_EPROTO, 0},
	    {"s", BG_OPTIONAL, BELGO_EPROTO, 0},      {"null", BG_OPTIONAL, BELGO_EPROTO, 0},
	    {"mixed", BG_OPTIONAL, BELGO_EPROTO, 0},  {"ctl", BG_OPTIONAL, BELGO_EPROTO, 0},
	    {"nested", BG_OPTIONAL, BELGO_EPROTO, 0},
	};
	json_t *json = fixture();

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		const json_t *array = NULL;

		assert_row(rows[i].name, bg_json_strings(&array, json, rows[i].name, rows[i].presence, "doc",
							 NULL) == rows[i].rc);
		assert_row(rows[i].name, json_array_size(array) == rows[i].n);
	}
	assert_true(bg_json_strings_has(json_object_get(json, "list"), "b"));
	assert_false(bg_json_strings_has(json_object_get(json, "list"), "B"));
	assert_false(bg_json_strings_has(json_object_get(json, "mixed"), NULL));
	assert_false(bg_json_strings_has(NULL, "a"));
	bg_json_free(&json);
}

static void
test_json__writes_what_it_reads(void **state)
{
	json_t *json = json_object();
	char *text = NULL;

	(void)state;
	assert_int_equal(bg_json_set_str(json, "b", "caf\xc3\xa9\n"), BELGO_OK);
	assert_int_equal(bg_json_set_str(json, "gone", NULL), BELGO_OK);
	assert_int_equal(bg_json_set_int(json, "a", INT64_MIN), BELGO_OK);
	assert_int_equal(bg_json_set_str(json, "bad", "\xff"), BELGO_EINVAL);
	assert_int_equal(bg_json_set_bytes(json, "c", (const unsigned char *)"\xff\xfe\x00", 3), BELGO_OK);
	assert_int_equal(bg_json_dump(&text, json), BELGO_OK);
	assert_string_equal(text, "{\"b\":\"caf\xc3\xa9\\n\",\"a\":-9223372036854775808,\"c\":\"__4A\"}");
	bg_str_free(&text);
	bg_json_free(&json);
	assert_int_equal(bg_json_dump(&text, NULL), BELGO_ENOMEM);
	assert_null(text);
}

/* Counts what is freed with the secret still in it. */
static int left;

static void
free_and_look(void *block)
{
	if (block != NULL && memmem(block, malloc_usable_size(block), "hunter2-hunter2", 15) != NULL)
		left++;
	free(block);
}

static json_t *
holding_secret(void)
{
	return json_pack("{s:s, s:[s, {s:s}]}", "a", "hunter2-hunter2", "b", "hunter2-hunter2", "c",
			 "hunter2-hunter2");
}

static void
test_json__wipes_what_it_frees(void **state)
{
	json_t *json, *kept;

	(void)state;
	json_set_alloc_funcs(malloc, free_and_look);
	left = 0;
	json = holding_secret();
	json_decref(json);
	assert_int_equal(left, 3); /* jansson alone does not */
	left = 0;
	json = holding_secret();
	bg_json_free(&json);
	assert_int_equal(left, 0);

	/* What another one holds too stays as it is. */
	json = holding_secret();
	kept = json_incref(json_object_get(json, "b"));
	bg_json_free(&json);
	assert_string_equal(json_string_value(json_array_get(kept, 0)), "hunter2-hunter2");
	bg_json_free(&kept);
	assert_int_equal(left, 0);
	bg_json_free(&kept);
	json_set_alloc_funcs(malloc, free);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_json__accepts_objects),
	    cmocka_unit_test(test_json__rejects_everything_else),
	    cmocka_unit_test(test_json__takes_just_its_depth),
	    cmocka_unit_test(test_json__takes_just_its_size),
	    cmocka_unit_test(test_json__errors_never_quote_the_document),
	    cmocka_unit_test(test_json__str_judges_type_and_presence),
	    cmocka_unit_test(test_json__strings_judges_every_element),
	    cmocka_unit_test(test_json__writes_what_it_reads),
	    cmocka_unit_test(test_json__wipes_what_it_frees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
