/* What GitHub does that a preset cannot say: the scopes of a token reply have commas between them. */
#include "strategy.h"

static belgo_rc
fix_token_reply(const struct belgo_provider *provider, json_t *reply, struct belgo_error *err)
{
	(void)provider;
	return bg_fix_scope_commas(reply, err);
}

static const struct bg_hooks hooks = {.fix_token_reply = fix_token_reply};
static const char *const hosts[] = {"github.com", NULL};
const struct bg_strategy bg_strategy_github = {"github", &hooks, hosts};
