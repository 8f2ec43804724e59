/*
 * The values of a preset: identifiers, scopes, dates, algorithms, URLs. Each check refuses by the member's
 * name. Reading the JSON is preset.c's.
 */
#include "proto/preset_shape.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/url.h"
#include "jose/alg.h"
#include "proto/authorize.h"

#include <string.h>

#define MAX_ID 64

int
bg_preset_knows(const char *member)
{
	static const char *const shaped[] = {"redirect_ports", "authorize_params", "tenant"};

	for (const struct bg_member *m = bg_provider_members; m->name != NULL; m++)
		if (strcmp(m->name, member) == 0)
			return 1;
	for (const struct bg_endpoint_member *m = bg_endpoint_members; m->name != NULL; m++)
		if (strcmp(m->name, member) == 0)
			return 1;
	for (size_t i = 0; i < BG_LEN(shaped); i++)
		if (strcmp(shaped[i], member) == 0)
			return 1;
	return bg_str_begins(member, "x-");
}

belgo_rc
bg_preset_check_param(const char *name, const json_t *value, const char *source, struct belgo_error *err)
{
	const char *why = NULL;

	if (name[0] == '\0' || !bg_text_is_nqchar(name))
		why = "has no printable name";
	else if (bg_authorize_param_is_reserved(name))
		why = "is set by the library itself";
	else if (!json_is_string(value) || bg_text_has_control(json_string_value(value)))
		why = "is no string of printable characters";
	if (why == NULL)
		return BELGO_OK;
	return bg_fail(err, BELGO_EINVAL, "%s: member \"authorize_params\": \"%s\" %s", source, name, why);
}

static int
is_id(const char *text)
{
	size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return text[0] >= 'a' && text[0] <= 'z' && text[n] == '\0' && n <= MAX_ID;
}

/* @spec RFC 6749 section 3.3 */
static int
is_scope(const char *text)
{
	return bg_text_is_vschar(text) && strpbrk(text, "\"\\") == NULL && strstr(text, "  ") == NULL &&
	       text[0] != ' ' && text[strlen(text) - 1] != ' ';
}

/* A tenant, whatever it will be, has no braces. */
static int
is_redirect_path(const char *text, const struct belgo_provider *p)
{
	BG_AUTO(bg_url_done) struct bg_url url = {0};
	BG_AUTO(bg_str_free) char *uri = bg_strf("http://127.0.0.1%s", text);
	char *hole = uri;

	while (hole != NULL && belgo_provider_takes_tenant(p) &&
	       (hole = strstr(hole, BG_TENANT_PLACEHOLDER)) != NULL)
		hole[0] = hole[strlen(BG_TENANT_PLACEHOLDER) - 1] = '-';
	return uri != NULL && (text[0] == '\0' || text[0] == '/') && bg_url_parse(&url, uri) == BELGO_OK &&
	       url.query == NULL && url.fragment == NULL;
}

/* As ISO 8601 has it; that a day exists is not checked. */
static int
is_date(const char *text)
{
	static const char shape[] = "dddd-dd-dd";

	for (size_t i = 0; i < sizeof(shape); i++) {
		int is_digit = text[i] >= '0' && text[i] <= '9';

		if (shape[i] == 'd' ? !is_digit : text[i] != shape[i])
			return 0;
	}
	return 1;
}

static int
are_algs(char *const *list)
{
	for (; *list != NULL; list++)
		if (bg_alg_find(*list) == NULL)
			return 0;
	return 1;
}

belgo_rc
bg_preset_check(const struct belgo_provider *p, const char *source, struct belgo_error *err)
{
	const struct {
		const char *member;
		int is_bad;
		const char *why;
	} checks[] = {
	    {"id", p->id == NULL, "is missing"},
	    {"id", p->id != NULL && !is_id(p->id), "is not made of a-z, 0-9 and -, beginning with a letter"},
	    {"issuer", p->issuer == NULL, "is missing"},
	    {"scope", p->scope != NULL && !is_scope(p->scope),
	     "is no list of scopes with one blank between them"},
	    {"client_id", p->client_id != NULL && !bg_text_is_vschar(p->client_id),
	     "has a character no client id has"},
	    {"redirect_path",
	     p->redirect_path != NULL && p->issuer != NULL && !is_redirect_path(p->redirect_path, p),
	     "is no path that begins with a slash"},
	    {"id_token_algs", p->id_token_algs != NULL && !are_algs(p->id_token_algs),
	     "names an unknown algorithm"},
	    {"subject_claim", p->subject_claim != NULL && p->kind == BG_KIND_OIDC,
	     "stands beside kind \"oidc\", where \"sub\" is the user"},
	    {"subject_claim", p->subject_claim != NULL && !bg_text_is_nqchar(p->subject_claim),
	     "is no name of a claim"},
	    {"verified_on", p->verified_on != NULL && !is_date(p->verified_on), "is no date as 2026-11-21"},
	};

	for (size_t i = 0; i < BG_LEN(checks); i++)
		if (checks[i].is_bad)
			return bg_fail(err, BELGO_EINVAL, "%s: member \"%s\" %s", source, checks[i].member,
				       checks[i].why);
	return BELGO_OK;
}

/* The URL checks speak of peers and of arguments; here it is the preset that is wrong. why: their own
 * sentence, which names the member. */
static belgo_rc
refuse_url(belgo_rc rc, const struct belgo_error *why, const char *source, struct belgo_error *err)
{
	if (rc == BELGO_OK)
		return BELGO_OK;
	if (rc == BELGO_ENOMEM)
		return bg_fail(err, rc, "%s: out of memory", source);
	return bg_fail(err, BELGO_EINVAL, "%s: member %s", source, why->text);
}

static belgo_rc
check_urls(const struct belgo_provider *p, const char *source, struct belgo_error *err)
{
	struct belgo_error why = {0};

	BG_TRY(refuse_url(bg_url_check_issuer(p->issuer, "issuer", &why), &why, source, err));
	for (const struct bg_endpoint_member *m = bg_endpoint_members; m->name != NULL; m++) {
		const char *url = bg_endpoint_value(&p->endpoints, m);

		if (url != NULL)
			BG_TRY(refuse_url(bg_url_check_endpoint(url, p->issuer, m->name, &why), &why, source,
					  err));
	}
	if (p->photo_endpoint == NULL)
		return BELGO_OK;
	return refuse_url(bg_url_check_endpoint(p->photo_endpoint, p->issuer, "photo_endpoint", &why), &why,
			  source, err);
}

static belgo_rc
check_without_discovery(const struct belgo_provider *p, const char *source, struct belgo_error *err)
{
	const char *missing = NULL;

	if (p->endpoints.authorization == NULL)
		missing = "authorization_endpoint";
	else if (p->endpoints.token == NULL)
		missing = "token_endpoint";
	else if (p->kind == BG_KIND_OIDC && p->endpoints.jwks_uri == NULL)
		missing = "jwks_uri";
	if (p->discovery != BG_DISCOVERY_NONE || missing == NULL)
		return BELGO_OK;
	return bg_fail(err, BELGO_EINVAL, "%s: member \"%s\" is missing, and discovery is \"none\"", source,
		       missing);
}

belgo_rc
bg_provider_settle(struct belgo_provider *p, const char *source, struct belgo_error *err)
{
	const struct bg_hooks *hooks = p->hooks;

	BG_TRY(check_urls(p, source, err));
	BG_TRY(check_without_discovery(p, source, err));
	if (p->strategy != NULL && (hooks = bg_hooks_find(p->strategy, p->issuer)) == NULL)
		return bg_fail(err, BELGO_EINVAL,
			       "%s: member \"strategy\": there is no \"%s\" for the issuer's host", source,
			       p->strategy);
	p->hooks = hooks;
	return BELGO_OK;
}
