/* Which scope a login asks for: the caller's, the account's, the preset's, or what a server says it knows. */
#include "proto/authorize.h"

#include "base/mem.h"
#include "base/text.h"

#include <string.h>

/*
 * A preset says what its provider is. A bare issuer may be a plain OAuth server, which need not know openid:
 * then its metadata names neither the scope nor the algorithms that OpenID Connect makes it name.
 * @spec OpenID Connect Discovery 1.0 section 3
 */
static int
speaks_openid(const struct bg_scope_request *in)
{
	if (in->provider->kind != BG_KIND_OIDC)
		return 0;
	return in->provider->id != NULL || in->metadata->id_token_signing_alg_values_supported != NULL ||
	       bg_list_has(in->metadata->scopes_supported, "openid");
}

/* Where the server does not say which scopes it knows, an OpenID provider is believed to know OpenID's. */
static belgo_rc
offered(char **out, const struct bg_scope_request *in)
{
	static const char *const wanted[] = {"openid", "profile", "email", "offline_access"};
	BG_AUTO(bg_str_free) char *scope = bg_strdup("");

	if (scope == NULL)
		return BELGO_ENOMEM;
	for (size_t i = 0; i < BG_LEN(wanted); i++) {
		BG_AUTO(bg_str_free) char *longer = NULL;
		int is_known = in->metadata->scopes_supported != NULL
				   ? bg_list_has(in->metadata->scopes_supported, wanted[i])
				   : speaks_openid(in);

		if (!is_known)
			continue;
		BG_TRY(bg_scope_union(&longer, scope, wanted[i]));
		bg_str_free(&scope);
		scope = BG_TAKE(longer);
	}
	*out = BG_TAKE(scope);
	return BELGO_OK;
}

static belgo_rc
default_scope(char **out, const struct bg_scope_request *in)
{
	if (in->provider->scope == NULL)
		return offered(out, in);
	return (*out = bg_strdup(in->provider->scope)) == NULL ? BELGO_ENOMEM : BELGO_OK;
}

static belgo_rc
requested(char **out, const struct bg_scope_request *in)
{
	BG_AUTO(bg_str_free) char *base = NULL;

	if (in->scope != NULL && in->mode == BELGO_SCOPE_REPLACE)
		return bg_scope_union(out, NULL, in->scope);
	if (in->mode == BELGO_SCOPE_ADD && in->had != NULL)
		return bg_scope_union(out, in->had, in->scope);
	BG_TRY(default_scope(&base, in));
	return bg_scope_union(out, base, in->scope);
}

/* The resource knows what it wants; its authorization server may know nothing else. */
static belgo_rc
for_resource(char **out, const struct bg_scope_request *in)
{
	BG_AUTO(bg_str_free) char *scope = NULL;
	int offers_refresh = bg_list_has(in->metadata->scopes_supported, "offline_access");

	BG_TRY(bg_scope_union(&scope, in->mode == BELGO_SCOPE_ADD ? in->had : NULL, in->scope));
	return bg_scope_union(out, scope, offers_refresh ? "offline_access" : NULL);
}

/* @spec RFC 6749 section 3.3; OpenID Connect Core section 3.1.2.1 */
belgo_rc
bg_authorize_scope(char **out, const struct bg_scope_request *in)
{
	BG_AUTO(bg_str_free) char *scope = NULL;

	if (in->protected_resource)
		return for_resource(out, in);
	BG_TRY(requested(&scope, in));
	if (in->openid_mode == BELGO_OPENID_NEVER)
		return bg_scope_minus(out, scope, "openid");
	return bg_scope_union(out, speaks_openid(in) ? "openid" : NULL, scope);
}
