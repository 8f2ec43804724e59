/* Claims for programs that have no JSON library: one member of a JSON object. Judges nothing about the
 * claims. */
#include <belgoauth/claims.h>

#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"

#include <string.h>

static belgo_rc
parse(json_t **out, const char *claims, const char *name, struct belgo_error *err)
{
	if (claims == NULL || name == NULL)
		return bg_fail(err, BELGO_EPROTO, "claims: there are none");
	return bg_json_object(out, claims, strlen(claims), BG_MAX_RECORD, BG_JSON_NUMBERS_STRICT, "claims",
			      err);
}

belgo_rc
belgo_claims_string(char **out, const char *claims, const char *name, struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *object = NULL;
	const char *text;
	char *copy;

	BG_TRY(parse(&object, claims, name, err));
	if ((text = json_string_value(json_object_get(object, name))) == NULL)
		return bg_fail(err, BELGO_ENOTFOUND, "claims: there is no string \"%s\"", name);
	if ((copy = bg_strdup(text)) == NULL)
		return bg_fail(err, BELGO_ENOMEM, "claims: out of memory");
	*out = copy;
	return BELGO_OK;
}

belgo_rc
belgo_claims_integer(int64_t *out, const char *claims, const char *name, struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *object = NULL;
	const json_t *value;

	BG_TRY(parse(&object, claims, name, err));
	value = json_object_get(object, name);
	if (!json_is_integer(value))
		return bg_fail(err, BELGO_ENOTFOUND, "claims: there is no integer \"%s\"", name);
	*out = json_integer_value(value);
	return BELGO_OK;
}
