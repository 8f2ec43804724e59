/*
 * The JSON gate: what it lets through is one object without a NUL, not too deep, and comes out of writing and
 * reading as the same; the lenient mode lets through at least what the strict one does.
 */
#include "fuzz.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"

#include <stdlib.h>

static void
check_string(const char *text, size_t len)
{
	HOLDS(strlen(text) == len && bg_text_is_utf8(text, len));
}

/* depth: how many levels are left. */
static void
check_value(const json_t *value, int depth)
{
	const char *name;
	const json_t *member;
	size_t i;

	HOLDS(depth >= 0);
	if (json_is_string(value))
		check_string(json_string_value(value), json_string_length(value));
	for (i = 0; (member = json_array_get(value, i)) != NULL; i++)
		check_value(member, depth - 1);
	json_object_foreach((json_t *)(uintptr_t)value, name, member)
	{
		check_string(name, strlen(name));
		check_value(member, depth - 1);
	}
}

/* Every getter on every member, and one that is not there. */
static void
check_member(const json_t *object, const char *name)
{
	const char *text = NULL;
	const json_t *list = NULL;
	int64_t number = 7;
	struct belgo_error err = {0};
	belgo_rc rc = bg_json_str(&text, object, name, BG_REQUIRED, "document", &err);

	HOLDS((rc == BELGO_OK) == (text != NULL));
	HOLDS(text == NULL || (*text != '\0' && !bg_text_has_control(text)));
	if (rc != BELGO_OK)
		fuzz_check_error(rc, &err, NULL);
	if (bg_json_number(&number, object, name, BG_REQUIRED, "document", NULL) == BELGO_OK)
		HOLDS(number <= 9007199254740992 && number >= -9007199254740992 &&
		      json_is_number(json_object_get(object, name)));
	else
		HOLDS(number == 7);
	if (bg_json_strings(&list, object, name, BG_REQUIRED, "document", NULL) == BELGO_OK)
		HOLDS(json_is_array(list) && !bg_json_strings_has(list, "\n"));
	else
		HOLDS(list == NULL);
}

static void
check_document(json_t *doc)
{
	BG_AUTO(bg_str_free) char *text = NULL;
	BG_AUTO(bg_json_free) json_t *again = NULL;
	const char *name;
	const json_t *member;

	HOLDS(json_is_object(doc));
	check_value(doc, BG_MAX_JSON_DEPTH);
	json_object_foreach(doc, name, member) check_member(doc, name);
	check_member(doc, "absent\n");
	HOLDS(bg_json_dump(&text, doc) == BELGO_OK);
	HOLDS(bg_json_object(&again, text, strlen(text), SIZE_MAX, BG_JSON_NUMBERS_STRICT, "document",
			     NULL) == BELGO_OK);
	HOLDS(json_equal(doc, again));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BG_AUTO(fuzz_free) char *text = fuzz_bytes(data, size);
	BG_AUTO(bg_json_free) json_t *strict = NULL;
	BG_AUTO(bg_json_free) json_t *defused = NULL;
	struct belgo_error err = {0};
	belgo_rc rc =
	    bg_json_object(&strict, text, size, BG_MAX_REPLY, BG_JSON_NUMBERS_STRICT, "document", &err);
	belgo_rc lenient =
	    bg_json_object(&defused, text, size, BG_MAX_REPLY, BG_JSON_NUMBERS_DEFUSE, "document", NULL);

	HOLDS((rc == BELGO_OK) == (strict != NULL) && (lenient == BELGO_OK) == (defused != NULL));
	if (rc != BELGO_OK)
		fuzz_check_error(rc, &err, NULL);
	else
		HOLDS(lenient == BELGO_OK && json_equal(strict, defused));
	if (strict != NULL)
		check_document(strict);
	if (defused != NULL)
		check_document(defused);
	return 0;
}
