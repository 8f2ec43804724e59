/* The form of authorization_details. What a type means is between its author and the provider. */
#include "proto/details.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"

#include <string.h>

#define NAME "authorization_details"

/* NULL, or what is wrong with value. @spec RFC 9396 section 2 */
static const char *
fault_of(const json_t *value)
{
	const json_t *detail;
	size_t i;

	if (!json_is_array(value))
		return "is no JSON array";
	for (i = 0; (detail = json_array_get(value, i)) != NULL; i++) {
		if (!json_is_object(detail))
			return "holds something else than objects";
		if (json_string_length(json_object_get(detail, "type")) == 0)
			return "holds an object without a type";
	}
	return NULL;
}

/* @spec RFC 9396 section 10 */
static belgo_rc
check_types(const json_t *value, const struct bg_metadata *metadata, struct belgo_error *err)
{
	char *const *known = metadata->authorization_details_types_supported;
	const json_t *detail;
	size_t i;

	for (i = 0; known != NULL && (detail = json_array_get(value, i)) != NULL; i++)
		if (!bg_list_has(known, json_string_value(json_object_get(detail, "type"))))
			return bg_fail(err, BELGO_EINVAL,
				       NAME ": %s does not list the type of object %zu as supported",
				       metadata->issuer, i + 1);
	return BELGO_OK;
}

/* The gate takes objects alone, so the text stands in one; another member beside it was written to break out.
 */
static belgo_rc
parse(json_t **out, const char *text)
{
	BG_AUTO(bg_str_free) char *object = bg_strf("{\"" NAME "\":%s}", text);
	BG_AUTO(bg_json_free) json_t *json = NULL;

	if (object == NULL)
		return BELGO_ENOMEM;
	BG_TRY(bg_json_object(&json, object, strlen(object), BG_MAX_URL, BG_JSON_NUMBERS_STRICT, NAME, NULL));
	if (json_object_size(json) != 1)
		return BELGO_EPROTO;
	*out = json_incref(json_object_get(json, NAME));
	return BELGO_OK;
}

belgo_rc
bg_details_check(const char *text, const struct bg_metadata *metadata, struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *value = NULL;
	const char *fault = NULL;
	belgo_rc rc;

	if (text == NULL)
		return BELGO_OK;
	rc = parse(&value, text);
	if (rc == BELGO_ENOMEM)
		return bg_fail(err, rc, NAME ": out of memory");
	if (rc == BELGO_OK && (fault = fault_of(value)) == NULL && json_array_size(value) == 0)
		fault = "asks for nothing";
	if (rc != BELGO_OK || fault != NULL)
		return bg_fail(err, BELGO_EINVAL, NAME ": it %s",
			       fault != NULL ? fault : "is not valid JSON");
	return check_types(value, metadata, err);
}

/* @spec RFC 9396 section 7 */
belgo_rc
bg_details_read(char **out, const json_t *reply, const char *what, struct belgo_error *err)
{
	BG_AUTO(bg_str_free) char *text = NULL;
	const json_t *value = json_object_get(reply, NAME);
	const char *fault;

	if (value == NULL)
		return BELGO_OK;
	if ((fault = fault_of(value)) != NULL)
		return bg_fail(err, BELGO_EPROTO, "%s: \"" NAME "\" %s", what, fault);
	if (bg_json_dump(&text, value) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "%s: out of memory", what);
	if (strlen(text) > BG_MAX_DETAILS)
		return bg_fail(err, BELGO_EPROTO, "%s: \"" NAME "\" is longer than %d bytes", what,
			       BG_MAX_DETAILS);
	bg_str_free(out);
	*out = BG_TAKE(text);
	return BELGO_OK;
}
