/*
 * A provider that serves many tenants: one name, put into issuer and endpoints. Which words are allowed
 * besides GUIDs and domain names is the preset's to say; what an issuer with a tenant must look like in
 * answers is the strategy's.
 */
#include "proto/provider_members.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "proto/discovery.h"

#include <string.h>

#define MAX_DOMAIN 253
#define MAX_LABEL 63
#define MAX_PATH 253
#define UNRESERVED "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"

/* Every placeholder of text is replaced; what *out held is freed. */
static belgo_rc
fill_in(char **out, const char *text, const char *tenant)
{
	BG_AUTO(bg_buf_free) struct bg_buf filled = BG_BUF(BG_MAX_URL);
	const char *hole;
	char *result;

	while ((hole = strstr(text, BG_TENANT_PLACEHOLDER)) != NULL) {
		BG_TRY(bg_buf_add(&filled, text, (size_t)(hole - text)));
		BG_TRY(bg_buf_add_str(&filled, tenant));
		text = hole + strlen(BG_TENANT_PLACEHOLDER);
	}
	BG_TRY(bg_buf_add_str(&filled, text));
	if ((result = bg_buf_take(&filled)) == NULL)
		return BELGO_ENOMEM;
	bg_str_free(out);
	*out = result;
	return BELGO_OK;
}

static int
is_lower_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* One label, up to the next dot or the end; 0 where it is none. @spec RFC 1123 section 2.1 */
static size_t
label_len(const char *text)
{
	size_t n = 0;

	while (is_lower_alnum(text[n]) || text[n] == '-')
		n++;
	return n > 0 && n <= MAX_LABEL && text[0] != '-' && text[n - 1] != '-' ? n : 0;
}

/*
 * At least two labels, lower case: a host has one spelling, and so has the account's key that holds it.
 * Returns what follows it, NULL where it is none.
 */
static const char *
skip_domain(const char *text)
{
	const char *begin = text;
	size_t n, labels = 1;

	for (; (n = label_len(text)) > 0 && text[n] == '.'; text += n + 1)
		labels++;
	return n > 0 && labels >= 2 && (size_t)(text + n - begin) <= MAX_DOMAIN ? text + n : NULL;
}

/*
 * Nothing, or segments of unreserved characters, none of them empty and none of dots alone: the URL that it
 * ends up in names one place. @spec RFC 3986 section 2.3, 3.3
 */
static int
is_path(const char *text)
{
	while (*text == '/') {
		size_t n = strspn(++text, UNRESERVED);

		if (n == 0 || strspn(text, ".") >= n || n > MAX_LABEL)
			return 0;
		text += n;
	}
	return *text == '\0';
}

static int
is_lower_guid(const char *text)
{
	return bg_text_is_guid(text) && strpbrk(text, "ABCDEF") == NULL;
}

int
bg_tenant_is_valid(const struct belgo_provider *provider, const char *tenant)
{
	const char *rest = skip_domain(tenant);

	if (bg_list_has(provider->tenant_words, tenant) || is_lower_guid(tenant))
		return 1;
	return rest != NULL && strlen(rest) <= MAX_PATH && (*rest == '\0' || provider->tenant_path) &&
	       is_path(rest);
}

static belgo_rc
fill_provider(struct belgo_provider *p, const char *tenant)
{
	BG_TRY(bg_str_set(&p->tenant, tenant));
	BG_TRY(fill_in(&p->issuer, p->issuer, tenant));
	if (p->redirect_path != NULL)
		BG_TRY(fill_in(&p->redirect_path, p->redirect_path, tenant));
	for (const struct bg_endpoint_member *m = bg_endpoint_members; m->name != NULL; m++) {
		char **url = bg_endpoint(&p->endpoints, m);

		if (*url != NULL)
			BG_TRY(fill_in(url, *url, tenant));
	}
	return BELGO_OK;
}

belgo_rc
belgo_provider_with_tenant(struct belgo_provider **out, const struct belgo_provider *provider,
			   const char *tenant, struct belgo_error *err)
{
	BG_AUTO(belgo_provider_free) struct belgo_provider *p = NULL;
	const char *name = provider->id != NULL ? provider->id : provider->issuer;
	belgo_rc rc;

	if (!belgo_provider_takes_tenant(provider))
		return bg_fail(err, BELGO_EINVAL, "provider %s takes no tenant", name);
	if (tenant == NULL)
		tenant = provider->tenant_default;
	if (tenant == NULL)
		return bg_fail(err, BELGO_EINVAL, "provider %s needs a tenant, and none is named", name);
	if (!bg_tenant_is_valid(provider, tenant))
		return bg_fail(err, BELGO_EINVAL,
			       "provider %s: the tenant \"%s\" is neither a GUID nor a domain name in lower "
			       "case, nor a word that "
			       "this provider knows",
			       name, tenant);
	if ((rc = bg_provider_dup(&p, provider)) || (rc = fill_provider(p, tenant)))
		return bg_fail(err, rc, "provider %s: %s", name, belgo_rc_str(rc));
	BG_TRY(bg_provider_settle(p, name, err));
	*out = BG_TAKE(p);
	return BELGO_OK;
}
