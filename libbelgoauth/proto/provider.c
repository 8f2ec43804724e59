/*
 * A provider in use: the questions that programs and exchanges ask of it. How one is made from JSON is
 * preset.c's, how a tenant is put in place tenant.c's. No company is known here; what is special about one
 * comes through its hooks.
 */
#include "proto/provider_members.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/url.h"

#include <string.h>

const struct bg_hooks bg_hooks_none = {0};

void
bg_profile_done(struct bg_profile *profile)
{
	bg_str_free(&profile->subject);
	bg_str_free(&profile->email);
	bg_str_free(&profile->name);
	bg_str_free(&profile->picture);
	profile->email_verified = BELGO_VERIFIED_UNKNOWN;
}

static const char *
place_name(enum bg_issuer_place place)
{
	switch (place) {
	case BG_ISSUER_IN_METADATA:
		return "metadata";
	case BG_ISSUER_IN_REDIRECT:
		return "authorization response";
	case BG_ISSUER_IN_ID_TOKEN:
		return "ID token";
	case BG_ISSUER_IN_ACCESS_TOKEN:
		return "access token";
	}
	return "answer";
}

/* The one near miss that people make with their own fingers. */
static int
differs_by_slash(const char *a, const char *b)
{
	size_t a_len = strlen(a), b_len = strlen(b);
	size_t shorter = a_len < b_len ? a_len : b_len;

	return a_len + b_len == 2 * shorter + 1 && strncmp(a, b, shorter) == 0 &&
	       (a_len > b_len ? a : b)[shorter] == '/';
}

belgo_rc
bg_provider_match_issuer(const struct belgo_provider *provider, const struct bg_issuer_check *in,
			 struct belgo_error *err)
{
	int handled = 0;

	if (in->found == NULL || in->expected == NULL)
		return bg_fail(err, BELGO_EISSUER, "%s: the issuer is missing", place_name(in->place));
	if (provider->hooks->match_issuer != NULL)
		BG_TRY(provider->hooks->match_issuer(&handled, provider, in, err));
	if (handled || strcmp(in->expected, in->found) == 0)
		return BELGO_OK;
	return bg_fail(err, BELGO_EISSUER, "%s: the issuer is \"%s\" where \"%s\" is expected%s",
		       place_name(in->place), in->found, in->expected,
		       differs_by_slash(in->expected, in->found) ? "; they differ by a slash, and that counts"
								 : "");
}

/* @spec OpenID Connect Discovery 1.0 section 3; RFC 8414 section 2 */
belgo_rc
belgo_provider_from_issuer(struct belgo_provider **out, const char *issuer, struct belgo_error *err)
{
	BG_AUTO(belgo_provider_free) struct belgo_provider *p = NULL;
	BG_AUTO(bg_url_done) struct bg_url url = {0};

	if (issuer == NULL)
		return bg_fail(err, BELGO_EINVAL, "the issuer is missing");
	BG_TRY(bg_url_check_issuer(issuer, "issuer", err));
	if ((p = bg_calloc(1, sizeof(*p))) == NULL || bg_url_parse(&url, issuer) != BELGO_OK ||
	    bg_str_set(&p->issuer, issuer) != BELGO_OK || bg_str_set(&p->name, url.host) != BELGO_OK ||
	    bg_str_set(&p->client_secret, "optional") != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "issuer: out of memory");
	p->hooks = &bg_hooks_none;
	*out = BG_TAKE(p);
	return BELGO_OK;
}

/* @spec RFC 9728 section 3.2 (authorization_servers); MCP 2025-11-25 */
belgo_rc
belgo_provider_from_authorization_server(struct belgo_provider **out, const char *issuer,
					 struct belgo_error *err)
{
	BG_TRY(belgo_provider_from_issuer(out, issuer, err));
	(*out)->is_of_resource = 1;
	return BELGO_OK;
}

const char *
belgo_provider_id(const struct belgo_provider *provider)
{
	return provider->id;
}

const char *
belgo_provider_name(const struct belgo_provider *provider)
{
	return provider->name;
}

const char *
belgo_provider_issuer(const struct belgo_provider *provider)
{
	return provider->issuer;
}

const char *
belgo_provider_scope(const struct belgo_provider *provider)
{
	return provider->scope;
}

const char *
belgo_provider_verified_on(const struct belgo_provider *provider)
{
	return provider->verified_on;
}

const char *
belgo_provider_setup(const struct belgo_provider *provider)
{
	return provider->setup;
}

const char *
belgo_provider_client_secret(const struct belgo_provider *provider)
{
	return provider->client_secret;
}

/* A copy with its tenant in place takes no other. */
int
belgo_provider_takes_tenant(const struct belgo_provider *provider)
{
	return strstr(provider->issuer, BG_TENANT_PLACEHOLDER) != NULL;
}

int
belgo_provider_prefers_device(const struct belgo_provider *provider)
{
	return provider->login == BG_LOGIN_DEVICE;
}
