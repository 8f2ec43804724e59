/*
 * The table of a provider's members, and what follows from it: freeing and copying. What the values mean, and
 * whether they are right, is judged elsewhere (preset.c).
 */
#include "proto/provider_members.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static const char *const kinds[] = {"oidc", "oauth2", NULL};
static const char *const discoveries[] = {"both", "oidc", "rfc8414", "none", NULL};
static const char *const logins[] = {"code", "device", NULL};
static const char *const pkces[] = {"auto", "assumed", NULL};
static const char *const offlines[] = {"scope", "none", NULL};
static const char *const refresh_scopes[] = {"omit", "send", NULL};
static const char *const secrets[] = {"none", "optional", "required", NULL};
static const char *const auth_methods[] = {"none",
					   "client_secret_basic",
					   "client_secret_post",
					   "client_secret_jwt",
					   "private_key_jwt",
					   "tls_client_auth",
					   "self_signed_tls_client_auth",
					   NULL};
static const char *const audiences[] = {"issuer", "token_endpoint", NULL};
static const char *const basic_encodings[] = {"form", "raw", NULL};
static const char *const dpop_binds[] = {"tokens", "refresh_token", NULL};
static const char *const profiles[] = {"none", "fapi2", NULL};
static const char *const redirect_hosts[] = {"127.0.0.1", "[::1]", "localhost", NULL};
static const char *const response_modes[] = {"query", "form_post", "jwt", "query.jwt", "form_post.jwt", NULL};
static const char *const scope_replies[] = {"string", "array", NULL};
static const char *const userinfo_methods[] = {"get", "post_null", NULL};
static const char *const token_types[] = {"Bearer", NULL};

_Static_assert(sizeof(enum bg_kind) == sizeof(unsigned) && sizeof(enum bg_discovery) == sizeof(unsigned) &&
		   sizeof(int) == sizeof(unsigned),
	       "a choice is read and written as an unsigned");

#define AT(member) offsetof(struct belgo_provider, member)
const struct bg_member bg_provider_members[] = {
    {"id", BG_MEMBER_TEXT, AT(id), NULL},
    {"name", BG_MEMBER_TEXT, AT(name), NULL},
    {"kind", BG_MEMBER_CHOICE, AT(kind), kinds},
    {"issuer", BG_MEMBER_TEXT, AT(issuer), NULL},
    {"strategy", BG_MEMBER_TEXT, AT(strategy), NULL},
    {"discovery", BG_MEMBER_CHOICE, AT(discovery), discoveries},
    {"scope", BG_MEMBER_TEXT, AT(scope), NULL},
    {"client_id", BG_MEMBER_TEXT, AT(client_id), NULL},
    {"client_secret", BG_MEMBER_TEXT, AT(client_secret), secrets},
    {"token_endpoint_auth_method", BG_MEMBER_TEXT, AT(token_endpoint_auth_method), auth_methods},
    {"assertion_audience", BG_MEMBER_CHOICE, AT(assertion_audience), audiences},
    {"basic_encoding", BG_MEMBER_CHOICE, AT(basic_encoding), basic_encodings},
    {"login", BG_MEMBER_CHOICE, AT(login), logins},
    {"pkce", BG_MEMBER_CHOICE, AT(pkce), pkces},
    {"offline", BG_MEMBER_CHOICE, AT(offline), offlines},
    {"refresh_scope", BG_MEMBER_CHOICE, AT(refresh_scope), refresh_scopes},
    {"redirect_host", BG_MEMBER_TEXT, AT(redirect_host), redirect_hosts},
    {"redirect_path", BG_MEMBER_TEXT, AT(redirect_path), NULL},
    {"response_mode", BG_MEMBER_TEXT, AT(response_mode), response_modes},
    {"id_token_algs", BG_MEMBER_LIST, AT(id_token_algs), NULL},
    {"token_type_default", BG_MEMBER_TEXT, AT(token_type_default), token_types},
    {"scope_reply", BG_MEMBER_CHOICE, AT(scope_reply), scope_replies},
    {"dpop", BG_MEMBER_FLAG, AT(dpop), NULL},
    {"dpop_binds", BG_MEMBER_CHOICE, AT(dpop_binds), dpop_binds},
    {"profile", BG_MEMBER_CHOICE, AT(profile), profiles},
    {"iss_not_sent", BG_MEMBER_FLAG, AT(iss_not_sent), NULL},
    {"require_pushed_authorization_requests", BG_MEMBER_FLAG, AT(require_par), NULL},
    {"subject_claim", BG_MEMBER_TEXT, AT(subject_claim), NULL},
    {"userinfo_method", BG_MEMBER_CHOICE, AT(userinfo_method), userinfo_methods},
    {"photo_endpoint", BG_MEMBER_TEXT, AT(photo_endpoint), NULL},
    {"revocation_note", BG_MEMBER_LINES, AT(revocation_note), NULL},
    {"setup", BG_MEMBER_LINES, AT(setup), NULL},
    {"source", BG_MEMBER_LINES, AT(source), NULL},
    {"verified_on", BG_MEMBER_TEXT, AT(verified_on), NULL},
    {"notes", BG_MEMBER_LINES, AT(notes), NULL},
    {NULL, BG_MEMBER_TEXT, 0, NULL},
};
#undef AT

#define AT(member) offsetof(struct bg_endpoints, member)
/* @spec RFC 8414 section 2; OpenID Connect Discovery 1.0 section 3; RFC 9126 section 5 */
const struct bg_endpoint_member bg_endpoint_members[] = {
    {"authorization_endpoint", AT(authorization)},
    {"token_endpoint", AT(token)},
    {"userinfo_endpoint", AT(userinfo)},
    {"jwks_uri", AT(jwks_uri)},
    {"revocation_endpoint", AT(revocation)},
    {"end_session_endpoint", AT(end_session)},
    {"introspection_endpoint", AT(introspection)},
    {"device_authorization_endpoint", AT(device_authorization)},
    {"registration_endpoint", AT(registration)},
    {"pushed_authorization_request_endpoint", AT(pushed_authorization_request)},
    {NULL, 0},
};
#undef AT

static int
is_text(const struct bg_member *member)
{
	return member->type == BG_MEMBER_TEXT || member->type == BG_MEMBER_LINES;
}

char **
bg_member_text(struct belgo_provider *provider, const struct bg_member *member)
{
	return (char **)(void *)((char *)provider + member->offset);
}

const char *
bg_member_text_value(const struct belgo_provider *provider, const struct bg_member *member)
{
	const char *text;

	memcpy(&text, (const char *)provider + member->offset, sizeof(text));
	return text;
}

char ***
bg_member_list(struct belgo_provider *provider, const struct bg_member *member)
{
	return (char ***)(void *)((char *)provider + member->offset);
}

char *const *
bg_member_list_value(const struct belgo_provider *provider, const struct bg_member *member)
{
	char *const *list;

	memcpy(&list, (const char *)provider + member->offset, sizeof(list));
	return list;
}

unsigned
bg_member_choice(const struct belgo_provider *provider, const struct bg_member *member)
{
	unsigned value;

	memcpy(&value, (const char *)provider + member->offset, sizeof(value));
	return value;
}

void
bg_member_choose(struct belgo_provider *provider, const struct bg_member *member, unsigned value)
{
	memcpy((char *)provider + member->offset, &value, sizeof(value));
}

char **
bg_endpoint(struct bg_endpoints *endpoints, const struct bg_endpoint_member *member)
{
	return (char **)(void *)((char *)endpoints + member->offset);
}

const char *
bg_endpoint_value(const struct bg_endpoints *endpoints, const struct bg_endpoint_member *member)
{
	const char *text;

	memcpy(&text, (const char *)endpoints + member->offset, sizeof(text));
	return text;
}

void
bg_endpoints_done(struct bg_endpoints *endpoints)
{
	for (const struct bg_endpoint_member *m = bg_endpoint_members; m->name != NULL; m++)
		bg_str_free(bg_endpoint(endpoints, m));
}

belgo_rc
bg_endpoints_overlay(struct bg_endpoints *out, const struct bg_endpoints *from)
{
	for (const struct bg_endpoint_member *m = bg_endpoint_members; m->name != NULL; m++)
		if (bg_endpoint_value(from, m) != NULL)
			BG_TRY(bg_str_set(bg_endpoint(out, m), bg_endpoint_value(from, m)));
	return BELGO_OK;
}

/* NULL-terminated; NULL for NULL. */
static belgo_rc
dup_list(char ***out, char *const *list)
{
	BG_AUTO(bg_strv_free) char **copy = NULL;
	size_t n = bg_strv_len(list);

	if (list != NULL && (copy = bg_calloc(n + 1, sizeof(*copy))) == NULL)
		return BELGO_ENOMEM;
	for (size_t i = 0; i < n; i++)
		if ((copy[i] = bg_strdup(list[i])) == NULL)
			return BELGO_ENOMEM;
	*out = BG_TAKE(copy);
	return BELGO_OK;
}

static void
free_params(struct belgo_provider *provider)
{
	for (size_t i = 0; i < provider->n_authorize_params; i++) {
		bg_str_free(&provider->authorize_params[i].name);
		bg_str_free(&provider->authorize_params[i].value);
	}
	free(provider->authorize_params);
}

void
belgo_provider_free(struct belgo_provider **provider)
{
	struct belgo_provider *p;

	if (provider == NULL || (p = BG_TAKE(*provider)) == NULL)
		return;
	for (const struct bg_member *m = bg_provider_members; m->name != NULL; m++) {
		if (m->type == BG_MEMBER_LIST)
			bg_strv_free(bg_member_list(p, m));
		else if (is_text(m))
			bg_str_free(bg_member_text(p, m));
	}
	bg_endpoints_done(&p->endpoints);
	free_params(p);
	free(p->redirect_ports);
	bg_str_free(&p->tenant);
	bg_str_free(&p->tenant_default);
	bg_strv_free(&p->tenant_words);
	free(p);
}

static belgo_rc
dup_member(struct belgo_provider *to, const struct belgo_provider *from, const struct bg_member *m)
{
	if (m->type == BG_MEMBER_LIST)
		return dup_list(bg_member_list(to, m), bg_member_list_value(from, m));
	if (is_text(m))
		return bg_str_set(bg_member_text(to, m), bg_member_text_value(from, m));
	bg_member_choose(to, m, bg_member_choice(from, m));
	return BELGO_OK;
}

static belgo_rc
dup_params(struct belgo_provider *to, const struct belgo_provider *from)
{
	if (from->n_authorize_params == 0)
		return BELGO_OK;
	to->authorize_params = bg_calloc(from->n_authorize_params, sizeof(*to->authorize_params));
	if (to->authorize_params == NULL)
		return BELGO_ENOMEM;
	for (size_t i = 0; i < from->n_authorize_params; i++) {
		to->n_authorize_params++;
		BG_TRY(bg_str_set(&to->authorize_params[i].name, from->authorize_params[i].name));
		BG_TRY(bg_str_set(&to->authorize_params[i].value, from->authorize_params[i].value));
	}
	return BELGO_OK;
}

static belgo_rc
dup_ports(struct belgo_provider *to, const struct belgo_provider *from)
{
	if (from->n_redirect_ports == 0)
		return BELGO_OK;
	to->redirect_ports = bg_calloc(from->n_redirect_ports, sizeof(*to->redirect_ports));
	if (to->redirect_ports == NULL)
		return BELGO_ENOMEM;
	memcpy(to->redirect_ports, from->redirect_ports,
	       from->n_redirect_ports * sizeof(*to->redirect_ports));
	to->n_redirect_ports = from->n_redirect_ports;
	return BELGO_OK;
}

belgo_rc
bg_provider_dup(struct belgo_provider **out, const struct belgo_provider *provider)
{
	BG_AUTO(belgo_provider_free) struct belgo_provider *copy = bg_calloc(1, sizeof(*copy));

	if (copy == NULL)
		return BELGO_ENOMEM;
	copy->hooks = provider->hooks;
	copy->program = provider->program;
	copy->is_of_resource = provider->is_of_resource;
	copy->has_fixed_paths = provider->has_fixed_paths;
	for (const struct bg_member *m = bg_provider_members; m->name != NULL; m++)
		BG_TRY(dup_member(copy, provider, m));
	BG_TRY(bg_endpoints_overlay(&copy->endpoints, &provider->endpoints));
	BG_TRY(dup_params(copy, provider));
	BG_TRY(dup_ports(copy, provider));
	BG_TRY(bg_str_set(&copy->tenant, provider->tenant));
	BG_TRY(bg_str_set(&copy->tenant_default, provider->tenant_default));
	BG_TRY(dup_list(&copy->tenant_words, provider->tenant_words));
	copy->tenant_path = provider->tenant_path;
	*out = BG_TAKE(copy);
	return BELGO_OK;
}
