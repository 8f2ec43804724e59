/*
 * The JSON gate and its typed getters. Texts of jansson are never passed on: they quote the document. Values
 * are wiped when they die; what jansson's lexer had on its heap while it read is not in reach.
 */
#include "base/json.h"

#include "base/base64url.h"
#include "base/error.h"
#include "base/json_scan.h"
#include "base/mem.h"
#include "base/text.h"

#include <stdint.h>
#include <string.h>

#define MAX_EXACT 9007199254740992LL /* 2^53: RFC 7493 section 2.2 */

/*
 * Overwrites every string below that dies with json; what somebody else holds too is left alone. jansson has
 * no such function: it frees as it is, and its allocator is the program's to choose.
 */
static void
wipe_strings(json_t *json)
{
	const char *key;
	json_t *value;
	size_t i;

	if (json == NULL || json->refcount != 1)
		return;
	if (json_is_string(json))
		bg_wipe((void *)(uintptr_t)json_string_value(json), json_string_length(json));
	json_object_foreach(json, key, value)
	{
		wipe_strings(value);
	}
	json_array_foreach(json, i, value)
	{
		wipe_strings(value);
	}
}

void
bg_json_free(json_t **json)
{
	wipe_strings(*json);
	json_decref(*json);
	*json = NULL;
}

/*
 * Outside its lexer jansson then says nothing at all; within, that the text is wrong, which it must say
 * twice, with memory to be had: a token refused for that would be lost.
 */
static int
is_for_want_of_memory(const json_error_t *why)
{
	BG_AUTO(bg_json_free) json_t *some = json_object();

	return some == NULL || why->text[0] == '\0' || json_error_code(why) == json_error_out_of_memory;
}

/* @spec RFC 8259 section 4, RFC 7493 section 2.3 */
static belgo_rc
load(json_t **out, const char *text, size_t len, const char *what, struct belgo_error *err)
{
	json_error_t why;

	for (int tries = 0; tries < 2; tries++) {
		json_t *json = json_loadb(text, len, JSON_REJECT_DUPLICATES, &why);

		if (json != NULL) {
			*out = json;
			return BELGO_OK;
		}
		if (is_for_want_of_memory(&why))
			return bg_fail(err, BELGO_ENOMEM, "%s: out of memory", what);
	}
	return bg_fail(err, BELGO_EPROTO, "%s: not valid JSON (line %d, column %d)", what, why.line,
		       why.column);
}

belgo_rc
bg_json_object(json_t **out, const char *text, size_t len, size_t max, enum bg_json_numbers numbers,
	       const char *what, struct belgo_error *err)
{
	BG_AUTO(bg_str_free) char *defused = NULL;
	const char *fault;

	if (len > max)
		return bg_fail(err, BELGO_EPROTO, "%s: larger than %zu bytes", what, max);
	if (numbers == BG_JSON_NUMBERS_DEFUSE && (defused = bg_strndup(text, len)) == NULL)
		return bg_fail(err, BELGO_ENOMEM, "%s: out of memory", what);
	if ((fault = bg_json_scan(text, len, defused)) != NULL)
		return bg_fail(err, BELGO_EPROTO, "%s: not acceptable as JSON: %s", what, fault);
	return load(out, defused != NULL ? defused : text, len, what, err);
}

/* *out: the member, NULL where it is absent and may be. */
static belgo_rc
member(const json_t **out, const json_t *object, const char *name, enum bg_presence presence,
       const char *what, struct belgo_error *err)
{
	const json_t *value = json_object_get(object, name);

	if (value == NULL && presence == BG_REQUIRED)
		return bg_fail(err, BELGO_EPROTO, "%s: \"%s\" is missing", what, name);
	*out = value;
	return BELGO_OK;
}

belgo_rc
bg_json_str(const char **out, const json_t *object, const char *name, enum bg_presence presence,
	    const char *what, struct belgo_error *err)
{
	const json_t *value = NULL;
	const char *text;

	BG_TRY(member(&value, object, name, presence, what, err));
	if (value == NULL) {
		*out = NULL;
		return BELGO_OK;
	}
	if ((text = json_string_value(value)) == NULL)
		return bg_fail(err, BELGO_EPROTO, "%s: \"%s\" is not a string", what, name);
	if (*text == '\0' && presence == BG_REQUIRED)
		return bg_fail(err, BELGO_EPROTO, "%s: \"%s\" is empty", what, name);
	if (bg_text_has_control(text))
		return bg_fail(err, BELGO_EPROTO, "%s: \"%s\" has control characters", what, name);
	*out = text;
	return BELGO_OK;
}

belgo_rc
bg_json_str_dup(char **out, const json_t *object, const char *name, enum bg_presence presence,
		const char *what, struct belgo_error *err)
{
	const char *text;
	char *copy = NULL;

	BG_TRY(bg_json_str(&text, object, name, presence, what, err));
	if (text != NULL && (copy = bg_strdup(text)) == NULL)
		return bg_fail(err, BELGO_ENOMEM, "%s: out of memory", what);
	*out = copy;
	return BELGO_OK;
}

/* Towards minus infinity. Out of range for what is not within +-2^53. */
static belgo_rc
to_int(int64_t *out, const json_t *number)
{
	double d = json_number_value(number);
	int64_t i;

	if (d > (double)MAX_EXACT || d < -(double)MAX_EXACT)
		return BELGO_EPROTO;
	i = json_is_integer(number) ? json_integer_value(number) : (int64_t)d;
	i -= json_is_real(number) && (double)i > d;
	if (i > MAX_EXACT || i < -MAX_EXACT) /* an integer that is only near 2^53 as a double */
		return BELGO_EPROTO;
	*out = i;
	return BELGO_OK;
}

/* @spec RFC 7519 section 2 (NumericDate), RFC 7493 section 2.2 */
belgo_rc
bg_json_number(int64_t *out, const json_t *object, const char *name, enum bg_presence presence,
	       const char *what, struct belgo_error *err)
{
	const json_t *value = NULL;

	BG_TRY(member(&value, object, name, presence, what, err));
	if (value == NULL)
		return BELGO_OK;
	if (!json_is_number(value))
		return bg_fail(err, BELGO_EPROTO, "%s: \"%s\" is not a number", what, name);
	if (to_int(out, value) != BELGO_OK)
		return bg_fail(err, BELGO_EPROTO, "%s: \"%s\" is out of range", what, name);
	return BELGO_OK;
}

belgo_rc
bg_json_strings(const json_t **out, const json_t *object, const char *name, enum bg_presence presence,
		const char *what, struct belgo_error *err)
{
	const json_t *array = NULL;

	BG_TRY(member(&array, object, name, presence, what, err));
	if (array != NULL && !json_is_array(array))
		return bg_fail(err, BELGO_EPROTO, "%s: \"%s\" is not an array", what, name);
	for (size_t i = 0; i < json_array_size(array); i++) {
		const char *text = json_string_value(json_array_get(array, i));

		if (text == NULL || bg_text_has_control(text))
			return bg_fail(err, BELGO_EPROTO, "%s: \"%s\" has an element that is no plain string",
				       what, name);
	}
	*out = array;
	return BELGO_OK;
}

int
bg_json_strings_has(const json_t *array, const char *text)
{
	for (size_t i = 0; i < json_array_size(array); i++) {
		const char *element = json_string_value(json_array_get(array, i));

		if (element != NULL && bg_str_equal(element, text))
			return 1;
	}
	return 0;
}

belgo_rc
bg_json_set_str(json_t *object, const char *name, const char *value)
{
	if (value == NULL)
		return BELGO_OK;
	if (!bg_text_is_utf8(value, strlen(value)))
		return BELGO_EINVAL;
	return json_object_set_new(object, name, json_string(value)) == 0 ? BELGO_OK : BELGO_ENOMEM;
}

belgo_rc
bg_json_set_bytes(json_t *object, const char *name, const unsigned char *bytes, size_t len)
{
	BG_AUTO(bg_str_free) char *text = NULL;

	BG_TRY(bg_base64url_encode(&text, bytes, len));
	return bg_json_set_str(object, name, text);
}

belgo_rc
bg_json_set_int(json_t *object, const char *name, int64_t value)
{
	return json_object_set_new(object, name, json_integer(value)) == 0 ? BELGO_OK : BELGO_ENOMEM;
}

belgo_rc
bg_json_dump(char **out, const json_t *json)
{
	const size_t flags = JSON_COMPACT | JSON_ENCODE_ANY;
	/* Measured, then written: json_dumps() would leave its string on an allocator that may not be ours.
	 */
	size_t len = json_dumpb(json, NULL, 0, flags);
	char *text;

	if (len == 0 || (text = bg_calloc(len + 1, 1)) == NULL)
		return BELGO_ENOMEM;
	if (json_dumpb(json, text, len, flags) != len) {
		bg_str_free(&text);
		return BELGO_ENOMEM;
	}
	*out = text;
	return BELGO_OK;
}
