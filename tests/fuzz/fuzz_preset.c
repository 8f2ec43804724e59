/*
 * Provider presets, which people write: what is accepted can be written out and read back the same, its
 * endpoints may be called, and no preset gets a strategy for a host that is not the strategy's.
 */
#include "fuzz.h"

#include "base/mem.h"
#include "base/url.h"
#include "proto/provider_members.h"

#include <stdlib.h>

static void
check_same(const struct belgo_provider *provider)
{
	BG_AUTO(bg_str_free) char *text = NULL;
	BG_AUTO(bg_str_free) char *again = NULL;
	BG_AUTO(belgo_provider_free) struct belgo_provider *copy = NULL;

	HOLDS(belgo_provider_to_json(&text, provider, NULL) == BELGO_OK);
	HOLDS(belgo_provider_from_json(&copy, text, strlen(text), "copy", NULL) == BELGO_OK);
	HOLDS(belgo_provider_to_json(&again, copy, NULL) == BELGO_OK);
	HOLDS(strcmp(text, again) == 0);
}

static void
check_settled(const struct belgo_provider *p)
{
	HOLDS(p->hooks != NULL);
	HOLDS(bg_url_check_issuer(p->issuer, "issuer", NULL) == BELGO_OK);
	for (const struct bg_endpoint_member *e = bg_endpoint_members; e->name != NULL; e++) {
		const char *url = bg_endpoint_value(&p->endpoints, e);

		HOLDS(url == NULL || bg_url_check_endpoint(url, p->issuer, e->name, NULL) == BELGO_OK);
	}
	if (p->hooks != &bg_hooks_none)
		HOLDS(p->strategy != NULL && bg_str_begins(p->issuer, "https://"));
}

static void
check_tenant(const struct belgo_provider *provider, const char *tenant)
{
	BG_AUTO(belgo_provider_free) struct belgo_provider *filled = NULL;
	struct belgo_error err = {0};
	belgo_rc rc = belgo_provider_with_tenant(&filled, provider, tenant, &err);

	if (rc != BELGO_OK) {
		HOLDS(rc == BELGO_EINVAL && filled == NULL);
		fuzz_check_error(rc, &err, NULL);
		return;
	}
	HOLDS(strstr(filled->issuer, BG_TENANT_PLACEHOLDER) == NULL);
	check_settled(filled);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BG_AUTO(fuzz_free) char *text = fuzz_bytes(data, size);
	BG_AUTO(belgo_provider_free) struct belgo_provider *provider = NULL;
	struct belgo_error err = {0};
	belgo_rc rc = belgo_provider_from_json(&provider, text, size, "preset.json", &err);

	HOLDS((rc == BELGO_OK) == (provider != NULL));
	if (rc != BELGO_OK) {
		HOLDS(rc == BELGO_EINVAL);
		fuzz_check_error(rc, &err, NULL);
		return 0;
	}
	check_same(provider);
	if (!belgo_provider_takes_tenant(provider)) {
		check_settled(provider);
		return 0;
	}
	check_tenant(provider, NULL);
	check_tenant(provider, "example.com");
	check_tenant(provider, "a/../b");
	return 0;
}
