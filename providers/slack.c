/*
 * What Slack does that a preset cannot say: user tokens of a type of their own, perhaps nested, with commas
 * between their scopes; and users who are known by their team and an id within it.
 */
#include "strategy.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"

#include <string.h>

/* Of the token of a user, beside that of a bot or without one. */
static const char *const nested[] = {"access_token", "token_type", "refresh_token", "expires_in", "scope"};

static belgo_rc
no_memory(struct belgo_error *err)
{
	return bg_fail(err, BELGO_ENOMEM, "token endpoint: out of memory");
}

/* All of them or none: a token with the scope of another one would be worse than none. */
static belgo_rc
lift_user_token(json_t *reply, struct belgo_error *err)
{
	json_t *user = json_object_get(reply, "authed_user");

	if (json_object_get(user, "access_token") == NULL)
		return BELGO_OK;
	for (size_t i = 0; i < BG_LEN(nested); i++) {
		json_t *value = json_object_get(user, nested[i]);

		if (value == NULL)
			(void)json_object_del(reply, nested[i]);
		else if (json_object_set(reply, nested[i], value) != 0)
			return no_memory(err);
	}
	return BELGO_OK;
}

/* It is a bearer token by another name; that of a bot ("bot") was not asked for and stays refused. */
static belgo_rc
fix_token_type(json_t *reply, struct belgo_error *err)
{
	const char *type = json_string_value(json_object_get(reply, "token_type"));

	if (type == NULL || strcmp(type, "user") != 0)
		return BELGO_OK;
	return json_object_set_new(reply, "token_type", json_string("Bearer")) == 0 ? BELGO_OK
										    : no_memory(err);
}

static belgo_rc
fix_token_reply(const struct belgo_provider *provider, json_t *reply, struct belgo_error *err)
{
	(void)provider;
	BG_TRY(lift_user_token(reply, err));
	BG_TRY(fix_token_type(reply, err));
	return bg_fix_scope_commas(reply, err);
}

/* Capital letters and digits, as all of their ids. */
static int
is_id(const char *text)
{
	return text != NULL && text[0] != '\0' && strlen(text) <= 64 &&
	       text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")] == '\0';
}

static belgo_rc
map_profile(struct bg_profile *out, const struct belgo_provider *provider, const json_t *claims,
	    struct belgo_error *err)
{
	BG_AUTO(bg_profile_done) struct bg_profile profile = {0};
	const char *team = json_string_value(json_object_get(claims, "team_id"));
	const char *user = json_string_value(json_object_get(claims, "user_id"));
	const char *name = json_string_value(json_object_get(claims, "user"));

	(void)provider;
	if (!is_id(team) || !is_id(user))
		return bg_fail(err, BELGO_ECLAIM,
			       "claims: no \"team_id\" and \"user_id\" that name an account");
	if ((profile.subject = bg_strf("%s.%s", team, user)) == NULL ||
	    (name != NULL && !bg_text_has_control(name) && bg_str_set(&profile.name, name) != BELGO_OK))
		return bg_fail(err, BELGO_ENOMEM, "claims: out of memory");
	*out = profile;
	profile = (struct bg_profile){0};
	return BELGO_OK;
}

static const struct bg_hooks hooks = {.fix_token_reply = fix_token_reply, .map_profile = map_profile};
static const char *const hosts[] = {"slack.com", NULL};
const struct bg_strategy bg_strategy_slack = {"slack", &hooks, hosts};
