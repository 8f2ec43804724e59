/* Claims, member by member, for programs and for people: userinfo, introspect, client, verify. */
#include "ctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* @spec RFC 7519 section 4.1; RFC 7591 section 3.2.1; OpenID Connect Core section 2, 5.1 */
static int
is_time(const char *name, const json_t *value)
{
	static const char *const names[] = {"exp",       "iat",        "nbf",
					    "auth_time", "updated_at", "client_secret_expires_at"};

	for (size_t i = 0; i < LEN(names); i++)
		if (strcmp(names[i], name) == 0)
			return json_is_integer(value);
	return 0;
}

/* One line: strings bare, times as people read them too, all else as JSON. */
static char *
claim_text(const char *name, const json_t *value)
{
	char local[64], *text = NULL;

	if (json_is_string(value))
		return text_shown(json_string_value(value));
	if (!is_time(name, value))
		return json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_ENSURE_ASCII);
	time_local(local, sizeof(local), json_integer_value(value));
	return asprintf(&text, "%lld (%s)", (long long)json_integer_value(value), local) < 0 ? NULL : text;
}

void
claims_print_lines(struct out *out, json_t *claims)
{
	const char *name;
	json_t *value;

	json_object_foreach(claims, name, value)
	{
		AUTO(text_free) char *label = text_shown(name), *text = claim_text(name, value);

		if (label == NULL || text == NULL)
			out->failed = 1;
		else
			out_printf(out, "%s: %s\n", label, text);
	}
}

belgo_rc
claims_print(struct ctl *ctl, const char *claims_json, struct belgo_error *err)
{
	AUTO(json_free_ptr) json_t *claims = NULL, *value = NULL;

	if (claims_json == NULL || (claims = json_loads(claims_json, 0, NULL)) == NULL)
		return fail_memory(err);
	if (!ctl->globals.json) {
		claims_print_lines(&ctl->out, claims);
		return BELGO_OK;
	}
	value = json_pack("{s:i, s:O}", "version", 1, "claims", claims);
	out_json(&ctl->out, value);
	return BELGO_OK;
}
