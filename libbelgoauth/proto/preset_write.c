/*
 * A provider as a JSON preset, as belgo_provider_from_json() would read it. A tenant that was put in place is
 * told as "x-tenant", for the URLs hold it already.
 */
#include "proto/provider_members.h"

#include "base/error.h"
#include "base/mem.h"

#include <string.h>

static belgo_rc
set_new(json_t *object, const char *name, json_t *value)
{
	return json_object_set_new(object, name, value) == 0 ? BELGO_OK : BELGO_ENOMEM;
}

static belgo_rc
set_strings(json_t *object, const char *name, char *const *list)
{
	json_t *array;

	if (list == NULL)
		return BELGO_OK;
	array = json_array();
	BG_TRY(set_new(object, name, array));
	for (; *list != NULL; list++)
		if (json_array_append_new(array, json_string(*list)) != 0)
			return BELGO_ENOMEM;
	return BELGO_OK;
}

static belgo_rc
set_lines(json_t *object, const char *name, const char *text)
{
	json_t *array;

	if (text == NULL || strchr(text, '\n') == NULL)
		return bg_json_set_str(object, name, text);
	array = json_array();
	BG_TRY(set_new(object, name, array));
	for (;;) {
		size_t n = strcspn(text, "\n");

		if (json_array_append_new(array, json_stringn(text, n)) != 0)
			return BELGO_ENOMEM;
		if (text[n] == '\0')
			return BELGO_OK;
		text += n + 1;
	}
}

static belgo_rc
set_member(json_t *object, const struct belgo_provider *p, const struct bg_member *m)
{
	switch (m->type) {
	case BG_MEMBER_TEXT:
		return bg_json_set_str(object, m->name, bg_member_text_value(p, m));
	case BG_MEMBER_LINES:
		return set_lines(object, m->name, bg_member_text_value(p, m));
	case BG_MEMBER_CHOICE:
		return bg_json_set_str(object, m->name, m->choices[bg_member_choice(p, m)]);
	case BG_MEMBER_FLAG:
		return set_new(object, m->name, json_boolean(bg_member_choice(p, m)));
	case BG_MEMBER_LIST:
		return set_strings(object, m->name, bg_member_list_value(p, m));
	}
	return BELGO_EINTERNAL;
}

static belgo_rc
set_ports(json_t *object, const struct belgo_provider *p)
{
	json_t *array;

	if (p->n_redirect_ports == 0)
		return BELGO_OK;
	array = json_array();
	BG_TRY(set_new(object, "redirect_ports", array));
	for (size_t i = 0; i < p->n_redirect_ports; i++)
		if (json_array_append_new(array, json_integer(p->redirect_ports[i])) != 0)
			return BELGO_ENOMEM;
	return BELGO_OK;
}

static belgo_rc
set_params(json_t *object, const struct belgo_provider *p)
{
	json_t *params;

	if (p->n_authorize_params == 0)
		return BELGO_OK;
	params = json_object();
	BG_TRY(set_new(object, "authorize_params", params));
	for (size_t i = 0; i < p->n_authorize_params; i++)
		BG_TRY(bg_json_set_str(params, p->authorize_params[i].name, p->authorize_params[i].value));
	return BELGO_OK;
}

static belgo_rc
set_tenant(json_t *object, const struct belgo_provider *p)
{
	json_t *tenant;

	if (!belgo_provider_takes_tenant(p))
		return bg_json_set_str(object, "x-tenant", p->tenant);
	if (p->tenant_default == NULL && p->tenant_words == NULL && !p->tenant_path)
		return BELGO_OK;
	tenant = json_object();
	BG_TRY(set_new(object, "tenant", tenant));
	BG_TRY(bg_json_set_str(tenant, "default", p->tenant_default));
	if (p->tenant_path)
		BG_TRY(set_new(tenant, "path", json_true()));
	return set_strings(tenant, "words", p->tenant_words);
}

static belgo_rc
set_all(json_t *object, const struct belgo_provider *p)
{
	for (const struct bg_member *m = bg_provider_members; m->name != NULL; m++)
		BG_TRY(set_member(object, p, m));
	for (const struct bg_endpoint_member *m = bg_endpoint_members; m->name != NULL; m++)
		BG_TRY(bg_json_set_str(object, m->name, bg_endpoint_value(&p->endpoints, m)));
	BG_TRY(set_ports(object, p));
	BG_TRY(set_params(object, p));
	return set_tenant(object, p);
}

belgo_rc
belgo_provider_to_json(char **out, const struct belgo_provider *provider, struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *object = json_object();
	belgo_rc rc = BELGO_ENOMEM;

	if (object == NULL || (rc = set_all(object, provider)) || (rc = bg_json_dump(out, object)))
		return bg_fail(err, rc, "provider as JSON: %s", belgo_rc_str(rc));
	return BELGO_OK;
}
