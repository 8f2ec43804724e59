/* A token reply with commas between its scopes, which more than one provider writes. */
#include "strategy.h"

#include "base/error.h"
#include "base/mem.h"

#include <string.h>

/* RFC 6749 section 3.3 wants blanks. No scope of theirs has a comma in its name. */
belgo_rc
bg_fix_scope_commas(json_t *reply, struct belgo_error *err)
{
	const char *scope = json_string_value(json_object_get(reply, "scope"));
	BG_AUTO(bg_str_free) char *mended = NULL;

	if (scope == NULL || strchr(scope, ',') == NULL)
		return BELGO_OK;
	if ((mended = bg_strdup(scope)) == NULL)
		return bg_fail(err, BELGO_ENOMEM, "token endpoint: out of memory");
	for (char *c = mended; *c != '\0'; c++)
		if (*c == ',')
			*c = ' ';
	if (json_object_set_new(reply, "scope", json_string(mended)) != 0)
		return bg_fail(err, BELGO_ENOMEM, "token endpoint: out of memory");
	return BELGO_OK;
}
