/*
 * What the Microsoft identity platform does that a preset cannot say: an issuer that names the tenant of
 * whoever signs in, users who are known by tid and oid, e-mail addresses that prove nothing, scopes under two
 * names. Errors stand in microsoft_errors.c.
 */
#include "strategy.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"

#include <string.h>
#include <strings.h>

#define HTTPS "https://"
#define VERSION "/v2.0"

/* The tenant of personal accounts. */
static const char consumers[] = "9188040d-6c67-4c5b-b112-36a304b66dad";

static const char *const hosts[] = {
    "login.microsoftonline.com",
    "login.microsoftonline.us",
    "login.partner.microsoftonline.cn",
    NULL,
};

/* The issuer's spelling is lower case; another one is another string, and so another issuer. */
static int
is_guid(const char *text)
{
	return text != NULL && bg_text_is_guid(text) && strpbrk(text, "ABCDEF") == NULL;
}

/* What stands between "https://HOST/" and "/v2.0"; NULL where issuer has another form or stands on another
 * host. */
static char *
tenant_on(const char *host, const char *issuer)
{
	size_t host_len = strlen(host), len = strlen(issuer), head = strlen(HTTPS) + host_len + 1;

	if (len <= head + strlen(VERSION) || !bg_str_begins(issuer, HTTPS) ||
	    strncmp(issuer + strlen(HTTPS), host, host_len) != 0 || issuer[head - 1] != '/' ||
	    strcmp(issuer + len - strlen(VERSION), VERSION) != 0)
		return NULL;
	return bg_strndup(issuer + head, len - head - strlen(VERSION));
}

static const char *
host_of(const char *issuer)
{
	for (size_t i = 0; hosts[i] != NULL; i++) {
		BG_AUTO(bg_str_free) char *tenant = tenant_on(hosts[i], issuer);

		if (tenant != NULL)
			return hosts[i];
	}
	return NULL;
}

struct authority {
	const char *host;
	char *tenant; /* as configured: a GUID, a domain name, or one of the three words */
};

static void
authority_done(struct authority *a)
{
	bg_str_free(&a->tenant);
}

static int
serves_many(const char *tenant)
{
	return strcmp(tenant, "common") == 0 || strcmp(tenant, "organizations") == 0;
}

/* The one tenant that this authority stands for, where its name says so; NULL for several, and for a domain
 * name. */
static const char *
fixed_tenant(const struct authority *a)
{
	if (strcmp(a->tenant, "consumers") == 0)
		return consumers;
	return is_guid(a->tenant) ? a->tenant : NULL;
}

/* The literal template: only this spelling, and only on the host that is compiled in and configured (M10). */
static int
is_template(const struct authority *a, const char *issuer)
{
	BG_AUTO(bg_str_free) char *tenant = tenant_on(a->host, issuer);

	return tenant != NULL && strcmp(tenant, "{tenantid}") == 0;
}

static int
is_issuer_of(const struct authority *a, const char *issuer, const char *tid)
{
	BG_AUTO(bg_str_free) char *tenant = tenant_on(a->host, issuer);

	return tenant != NULL && is_guid(tenant) && (tid == NULL || strcmp(tenant, tid) == 0);
}

static belgo_rc
refuse(struct belgo_error *err, const char *where, const char *why)
{
	return bg_fail(err, BELGO_EISSUER, "%s: %s", where, why);
}

static belgo_rc
match_metadata(const struct authority *a, const struct bg_issuer_check *in, struct belgo_error *err)
{
	if (serves_many(a->tenant) ? is_template(a, in->found) : is_issuer_of(a, in->found, fixed_tenant(a)))
		return BELGO_OK;
	return refuse(err, "metadata", "the issuer is not the one of the tenant that is configured");
}

/* No `iss` is sent there today. One that came would name the user's own tenant. */
static belgo_rc
match_redirect(const struct authority *a, const struct bg_issuer_check *in, struct belgo_error *err)
{
	if (is_template(a, in->expected) ? is_issuer_of(a, in->found, NULL)
					 : strcmp(in->found, in->expected) == 0)
		return BELGO_OK;
	return refuse(err, "authorization response", "the issuer is not the one that was asked");
}

static belgo_rc
check_tenant(const struct authority *a, const char *tid, struct belgo_error *err)
{
	const char *fixed = fixed_tenant(a);

	if (fixed != NULL && strcmp(tid, fixed) != 0)
		return refuse(err, "ID token",
			      "claim \"tid\" is another tenant than the one that is configured");
	if (strcmp(a->tenant, "organizations") == 0 && strcmp(tid, consumers) == 0)
		return refuse(err, "ID token",
			      "claim \"tid\" is the one of personal accounts, and only those of "
			      "organizations are asked for");
	return BELGO_OK;
}

/*
 * @spec OpenID Connect Core section 3.1.3.7 (2), with the issuer that the user's tenant has; the key's own
 * issuer where the set names one
 */
static belgo_rc
match_id_token(const struct authority *a, const struct bg_issuer_check *in, struct belgo_error *err)
{
	const char *tid = json_string_value(json_object_get(in->claims, "tid"));

	if (!is_guid(tid))
		return refuse(err, "ID token", "claim \"tid\" is missing or no tenant's id");
	if (!is_issuer_of(a, in->found, tid))
		return refuse(err, "ID token", "the issuer is not the one of the tenant in claim \"tid\"");
	if (!is_template(a, in->expected) && strcmp(in->found, in->expected) != 0)
		return refuse(err, "ID token", "the issuer is not the one that the metadata names");
	if (in->key_issuer != NULL && !is_template(a, in->key_issuer) &&
	    strcmp(in->key_issuer, in->found) != 0)
		return refuse(err, "ID token", "the key that signed it belongs to another issuer");
	return check_tenant(a, tid, err);
}

static belgo_rc
match_issuer(int *handled, const struct belgo_provider *provider, const struct bg_issuer_check *in,
	     struct belgo_error *err)
{
	BG_AUTO(authority_done) struct authority a = {.host = host_of(provider->issuer)};
	belgo_rc rc = BELGO_EINTERNAL;

	if (a.host == NULL || (a.tenant = tenant_on(a.host, provider->issuer)) == NULL)
		return refuse(err, "configuration", "the issuer is not of the form https://HOST/TENANT/v2.0");
	switch (in->place) {
	case BG_ISSUER_IN_METADATA:
		rc = match_metadata(&a, in, err);
		break;
	case BG_ISSUER_IN_REDIRECT:
		rc = match_redirect(&a, in, err);
		break;
	case BG_ISSUER_IN_ID_TOKEN:
	case BG_ISSUER_IN_ACCESS_TOKEN:
		rc = match_id_token(&a, in, err);
		break;
	}
	*handled = rc == BELGO_OK;
	return rc;
}

/* For display: what is no clean text is left out. */
static belgo_rc
copy_text(char **out, const json_t *claims, const char *name)
{
	const char *text = json_string_value(json_object_get(claims, name));

	return text == NULL || text[0] == '\0' || bg_text_has_control(text) ? BELGO_OK
									    : bg_str_set(out, text);
}

/* Addresses are what a tenant's administrator typed; xms_edov says that the domain's owner was checked. */
static enum belgo_verified
email_verified(const json_t *claims)
{
	const json_t *edov = json_object_get(claims, "xms_edov");
	const char *text = json_string_value(edov), *tid = json_string_value(json_object_get(claims, "tid"));

	if (json_is_true(edov) || (text != NULL && strcmp(text, "1") == 0))
		return BELGO_VERIFIED_YES;
	return tid != NULL && strcmp(tid, consumers) == 0 ? BELGO_VERIFIED_YES : BELGO_VERIFIED_UNKNOWN;
}

/* `sub` is another one for each client; tid and oid together name the user. */
static belgo_rc
copy_subject(struct bg_profile *profile, const json_t *claims)
{
	const char *tid = json_string_value(json_object_get(claims, "tid"));
	const char *oid = json_string_value(json_object_get(claims, "oid"));

	if (!is_guid(tid) || !is_guid(oid))
		return BELGO_OK;
	return (profile->subject = bg_strf("%s.%s", tid, oid)) == NULL ? BELGO_ENOMEM : BELGO_OK;
}

static belgo_rc
fill_profile(struct bg_profile *profile, const json_t *claims)
{
	BG_TRY(copy_subject(profile, claims));
	BG_TRY(copy_text(&profile->name, claims, "name"));
	BG_TRY(copy_text(&profile->picture, claims, "picture"));
	BG_TRY(copy_text(&profile->email, claims, "email"));
	if (profile->email != NULL) {
		profile->email_verified = email_verified(claims);
		return BELGO_OK;
	}
	return copy_text(&profile->email, claims, "preferred_username");
}

static belgo_rc
map_profile(struct bg_profile *out, const struct belgo_provider *provider, const json_t *claims,
	    struct belgo_error *err)
{
	BG_AUTO(bg_profile_done) struct bg_profile profile = {0};
	belgo_rc rc = fill_profile(&profile, claims);

	(void)provider;
	if (rc != BELGO_OK)
		return bg_fail(err, rc, "profile: %s", belgo_rc_str(rc));
	*out = profile;
	profile = (struct bg_profile){0};
	return BELGO_OK;
}

/* A scope without a resource is Graph's: "User.Read" is "https://graph.microsoft.com/User.Read". */
static const char *
without_graph(const char *scope)
{
	static const char *const graphs[] = {
	    "https://graph.microsoft.com/",
	    "https://graph.microsoft.us/",
	    "https://dod-graph.microsoft.us/",
	    "https://microsoftgraph.chinacloudapi.cn/",
	};

	for (size_t i = 0; i < BG_LEN(graphs); i++)
		if (strncasecmp(scope, graphs[i], strlen(graphs[i])) == 0)
			return scope + strlen(graphs[i]);
	return scope;
}

/* offline_access is never echoed; whether it was granted shows in the refresh token. */
static int
scope_is_granted(const char *asked, const char *granted)
{
	const char *wanted = without_graph(asked);

	if (strcmp(asked, "offline_access") == 0)
		return 1;
	while (granted != NULL && *(granted += strspn(granted, " ")) != '\0') {
		size_t len = strcspn(granted, " ");
		const char *word = without_graph(granted);
		size_t word_len = len - (size_t)(word - granted);

		if (strlen(wanted) == word_len && strncasecmp(wanted, word, word_len) == 0)
			return 1;
		granted += len;
	}
	return 0;
}

static const struct bg_hooks hooks = {
    .match_issuer = match_issuer,
    .map_profile = map_profile,
    .map_error = bg_microsoft_map_error,
    .scope_is_granted = scope_is_granted,
};
const struct bg_strategy bg_strategy_microsoft = {"microsoft", &hooks, hosts};
