/* What GitHub does that a preset cannot say: the scopes of a token reply have commas between them. */
#include "strategy.h"

#include "base/error.h"
#include "base/mem.h"

#include <string.h>

/* RFC 6749 section 3.3 wants blanks. No scope has a comma in its name. */
static belgo_rc
fix_token_reply(const struct belgo_provider *provider, json_t *reply, struct belgo_error *err)
{
	const char *scope = json_string_value(json_object_get(reply, "scope"));
	BG_AUTO(bg_str_free) char *mended = NULL;

	(void)provider;
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

static const struct bg_hooks hooks = {.fix_token_reply = fix_token_reply};
static const char *const hosts[] = {"github.com", NULL};
const struct bg_strategy bg_strategy_github = {"github", &hooks, hosts};
