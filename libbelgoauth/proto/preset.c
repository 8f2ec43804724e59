/*
 * A provider from its JSON preset, belgoauth-preset(5): strictly, because a misspelt member of a file about
 * security would be a silent gap. Every refusal names the file and the member. What the members are stands in
 * provider_members.c.
 */
#include "proto/provider_members.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "proto/preset_shape.h"

#include <string.h>

#define MAX_PORTS 16
#define MAX_PARAMS 32

/* What is being read: the file's name goes into every refusal. */
struct reader {
	const char *source;
	struct belgo_error *err;
};

#define REFUSE(r, member, why)                                                                               \
	bg_fail((r)->err, BELGO_EINVAL, "%s: member \"%s\" %s", (r)->source, (member), (why))

static belgo_rc
no_memory(const struct reader *r)
{
	return bg_fail(r->err, BELGO_ENOMEM, "%s: out of memory", r->source);
}

static int
choice_index(unsigned *out, const char *const *choices, const char *word)
{
	for (unsigned i = 0; choices[i] != NULL; i++)
		if (strcmp(choices[i], word) == 0) {
			*out = i;
			return 1;
		}
	return 0;
}

static belgo_rc
read_text(struct belgo_provider *p, const json_t *json, const struct bg_member *m, const struct reader *r)
{
	const char *text;
	unsigned ignored;

	BG_TRY(bg_json_str(&text, json, m->name, BG_OPTIONAL, r->source, r->err));
	if (text == NULL)
		return BELGO_OK;
	if (text[0] == '\0' && bg_member_text(p, m) != &p->redirect_path)
		return REFUSE(r, m->name, "is empty");
	if (m->choices != NULL && !choice_index(&ignored, m->choices, text))
		return REFUSE(r, m->name, "is none of the words that are allowed there");
	return bg_str_set(bg_member_text(p, m), text) ? no_memory(r) : BELGO_OK;
}

/* A JSON string holds no line feed that the gate would let through, so text of several lines is an array of
 * them. */
static belgo_rc
read_lines(struct belgo_provider *p, const json_t *json, const struct bg_member *m, const struct reader *r)
{
	const json_t *value = json_object_get(json, m->name), *lines;
	BG_AUTO(bg_buf_free) struct bg_buf text = BG_BUF(BG_MAX_METADATA);
	size_t i;
	json_t *line;

	if (json_is_object(value) && bg_member_text(p, m) == &p->notes)
		return bg_json_dump(&p->notes, value) ? no_memory(r) : BELGO_OK;
	if (!json_is_array(value))
		return read_text(p, json, m, r);
	BG_TRY(bg_json_strings(&lines, json, m->name, BG_REQUIRED, r->source, r->err));
	json_array_foreach(lines, i, line)
	{
		if (bg_text_has_control(json_string_value(line)))
			return REFUSE(r, m->name, "has a control character in a line");
		if ((i > 0 && bg_buf_add_char(&text, '\n')) || bg_buf_add_str(&text, json_string_value(line)))
			return no_memory(r);
	}
	if (text.len == 0)
		return REFUSE(r, m->name, "is empty");
	bg_str_free(bg_member_text(p, m));
	*bg_member_text(p, m) = bg_buf_take(&text);
	return BELGO_OK;
}

static belgo_rc
read_choice(struct belgo_provider *p, const json_t *json, const struct bg_member *m, const struct reader *r)
{
	const char *word;
	unsigned value;

	BG_TRY(bg_json_str(&word, json, m->name, BG_OPTIONAL, r->source, r->err));
	if (word == NULL)
		return BELGO_OK;
	if (!choice_index(&value, m->choices, word))
		return REFUSE(r, m->name, "is none of the words that are allowed there");
	bg_member_choose(p, m, value);
	return BELGO_OK;
}

static belgo_rc
read_flag(struct belgo_provider *p, const json_t *json, const struct bg_member *m, const struct reader *r)
{
	const json_t *value = json_object_get(json, m->name);

	if (value == NULL)
		return BELGO_OK;
	if (!json_is_boolean(value))
		return REFUSE(r, m->name, "is neither true nor false");
	bg_member_choose(p, m, json_is_true(value) ? 1 : 0);
	return BELGO_OK;
}

static belgo_rc
read_list(char ***out, const json_t *json, const char *name, const struct reader *r)
{
	BG_AUTO(bg_strv_free) char **list = NULL;
	const json_t *words;
	size_t i;
	json_t *word;

	BG_TRY(bg_json_strings(&words, json, name, BG_OPTIONAL, r->source, r->err));
	if (words == NULL)
		return BELGO_OK;
	if (json_array_size(words) == 0)
		return REFUSE(r, name, "is an empty list");
	if ((list = bg_calloc(json_array_size(words) + 1, sizeof(*list))) == NULL)
		return no_memory(r);
	json_array_foreach(words, i, word)
	{
		if (!bg_text_is_nqchar(json_string_value(word)) || json_string_length(word) == 0)
			return REFUSE(r, name, "holds a word that is empty or not printable");
		if ((list[i] = bg_strdup(json_string_value(word))) == NULL)
			return no_memory(r);
	}
	*out = BG_TAKE(list);
	return BELGO_OK;
}

static belgo_rc
read_member(struct belgo_provider *p, const json_t *json, const struct bg_member *m, const struct reader *r)
{
	switch (m->type) {
	case BG_MEMBER_TEXT:
		return read_text(p, json, m, r);
	case BG_MEMBER_LINES:
		return read_lines(p, json, m, r);
	case BG_MEMBER_CHOICE:
		return read_choice(p, json, m, r);
	case BG_MEMBER_FLAG:
		return read_flag(p, json, m, r);
	case BG_MEMBER_LIST:
		return read_list(bg_member_list(p, m), json, m->name, r);
	}
	return bg_fail(r->err, BELGO_EINTERNAL, "%s: member \"%s\" has no type", r->source, m->name);
}

static belgo_rc
read_endpoints(struct belgo_provider *p, const json_t *json, const struct reader *r)
{
	for (const struct bg_endpoint_member *m = bg_endpoint_members; m->name != NULL; m++)
		BG_TRY(bg_json_str_dup(bg_endpoint(&p->endpoints, m), json, m->name, BG_OPTIONAL, r->source,
				       r->err));
	return BELGO_OK;
}

static belgo_rc
read_ports(struct belgo_provider *p, const json_t *json, const struct reader *r)
{
	const json_t *ports = json_object_get(json, "redirect_ports");
	size_t i;
	json_t *port;

	if (ports == NULL)
		return BELGO_OK;
	if (!json_is_array(ports) || json_array_size(ports) == 0 || json_array_size(ports) > MAX_PORTS)
		return REFUSE(r, "redirect_ports", "is no list of 1 to 16 ports");
	if ((p->redirect_ports = bg_calloc(json_array_size(ports), sizeof(*p->redirect_ports))) == NULL)
		return no_memory(r);
	json_array_foreach(ports, i, port)
	{
		if (!json_is_integer(port) || json_integer_value(port) < 1 ||
		    json_integer_value(port) > 65535)
			return REFUSE(r, "redirect_ports", "holds something else than a port, 1 to 65535");
		p->redirect_ports[p->n_redirect_ports++] = (int)json_integer_value(port);
	}
	return BELGO_OK;
}

static belgo_rc
read_params(struct belgo_provider *p, json_t *json, const struct reader *r)
{
	json_t *params = json_object_get(json, "authorize_params"), *value;
	const char *name;

	if (params == NULL)
		return BELGO_OK;
	if (!json_is_object(params) || json_object_size(params) > MAX_PARAMS)
		return REFUSE(r, "authorize_params", "is no object of at most 32 parameters");
	if (json_object_size(params) == 0)
		return BELGO_OK;
	if ((p->authorize_params = bg_calloc(json_object_size(params), sizeof(*p->authorize_params))) == NULL)
		return no_memory(r);
	json_object_foreach(params, name, value)
	{
		struct bg_pair *pair = &p->authorize_params[p->n_authorize_params];

		BG_TRY(bg_preset_check_param(name, value, r->source, r->err));
		p->n_authorize_params++;
		if (bg_str_set(&pair->name, name) || bg_str_set(&pair->value, json_string_value(value)))
			return no_memory(r);
	}
	return BELGO_OK;
}

static belgo_rc
read_tenant(struct belgo_provider *p, json_t *json, const struct reader *r)
{
	json_t *tenant = json_object_get(json, "tenant"), *value;
	const char *name;

	if (tenant == NULL)
		return BELGO_OK;
	if (!json_is_object(tenant))
		return REFUSE(r, "tenant", "is no object");
	json_object_foreach(tenant, name, value)
	{
		if (strcmp(name, "default") != 0 && strcmp(name, "words") != 0 && strcmp(name, "path") != 0)
			return bg_fail(r->err, BELGO_EINVAL,
				       "%s: member \"tenant\" has an unknown member \"%s\"", r->source, name);
	}
	if ((value = json_object_get(tenant, "path")) != NULL && !json_is_boolean(value))
		return REFUSE(r, "tenant", "has a path that is neither true nor false");
	p->tenant_path = json_is_true(value);
	BG_TRY(bg_json_str_dup(&p->tenant_default, tenant, "default", BG_OPTIONAL, r->source, r->err));
	BG_TRY(read_list(&p->tenant_words, tenant, "words", r));
	if (p->tenant_default != NULL && !bg_tenant_is_valid(p, p->tenant_default))
		return REFUSE(r, "tenant",
			      "has a default that is no tenant: a GUID, a domain name, or one of its words");
	return BELGO_OK;
}

static belgo_rc
refuse_unknown(json_t *json, const struct reader *r)
{
	const char *name;
	json_t *value;

	json_object_foreach(json, name, value) if (!bg_preset_knows(name)) return REFUSE(
	    r, name, "is unknown (a remark may stand in \"notes\" or \"x-...\")");
	return BELGO_OK;
}

static belgo_rc
set_defaults(struct belgo_provider *p)
{
	if (p->name == NULL)
		BG_TRY(bg_str_set(&p->name, p->id));
	if (p->client_secret == NULL)
		BG_TRY(bg_str_set(&p->client_secret, "optional"));
	return BELGO_OK;
}

/* With a placeholder a copy is judged, filled with the default or with a name that nobody has (RFC 2606). */
static belgo_rc
settle(struct belgo_provider *p, const struct reader *r)
{
	BG_AUTO(belgo_provider_free) struct belgo_provider *sample = NULL;

	if (!belgo_provider_takes_tenant(p))
		return p->tenant_default == NULL && p->tenant_words == NULL && !p->tenant_path
			   ? bg_provider_settle(p, r->source, r->err)
			   : REFUSE(r, "tenant", "stands beside an issuer without {tenant}");
	BG_TRY(belgo_provider_with_tenant(&sample, p, p->tenant_default != NULL ? NULL : "tenant.example",
					  r->err));
	p->hooks = sample->hooks;
	return BELGO_OK;
}

static belgo_rc
read_preset(struct belgo_provider **out, const char *json, size_t len, const struct reader *r)
{
	BG_AUTO(belgo_provider_free) struct belgo_provider *p = NULL;
	BG_AUTO(bg_json_free) json_t *preset = NULL;

	BG_TRY(
	    bg_json_object(&preset, json, len, BG_MAX_METADATA, BG_JSON_NUMBERS_STRICT, r->source, r->err));
	BG_TRY(refuse_unknown(preset, r));
	if ((p = bg_calloc(1, sizeof(*p))) == NULL)
		return no_memory(r);
	p->hooks = &bg_hooks_none;
	for (const struct bg_member *m = bg_provider_members; m->name != NULL; m++)
		BG_TRY(read_member(p, preset, m, r));
	BG_TRY(read_endpoints(p, preset, r));
	BG_TRY(read_ports(p, preset, r));
	BG_TRY(read_params(p, preset, r));
	BG_TRY(read_tenant(p, preset, r));
	BG_TRY(bg_preset_check(p, r->source, r->err));
	if (set_defaults(p) != BELGO_OK)
		return no_memory(r);
	BG_TRY(settle(p, r));
	*out = BG_TAKE(p);
	return BELGO_OK;
}

belgo_rc
belgo_provider_from_json(struct belgo_provider **out, const char *json, size_t len, const char *source,
			 struct belgo_error *err)
{
	int is_first = err != NULL && err->rc == BELGO_OK;
	struct reader r = {.source = source != NULL ? source : "preset", .err = err};
	belgo_rc rc = read_preset(out, json, len, &r);

	/* The JSON gate speaks of peers; here it is the caller's document that is wrong. */
	if (rc != BELGO_EPROTO)
		return rc;
	if (is_first)
		err->rc = BELGO_EINVAL;
	return BELGO_EINVAL;
}
