/*
 * Provider metadata as a well-known URL answers it. A document that is believed is of this very issuer, names
 * only endpoints that may be called, and makes an authorization URL that leads to its endpoint.
 */
#include "fuzz.h"

#include "base/mem.h"
#include "base/url.h"
#include "proto/authorize.h"
#include "proto/provider_members.h"

#include <stdlib.h>

static void
check_metadata(const struct bg_metadata *m)
{
	HOLDS(strcmp(m->issuer, FUZZ_ISSUER) == 0);
	for (const struct bg_endpoint_member *e = bg_endpoint_members; e->name != NULL; e++)
		if (bg_endpoint_value(&m->endpoints, e) != NULL)
			fuzz_check_endpoint(bg_endpoint_value(&m->endpoints, e));
}

/* What is kept for people, and in the cache, is the document that was judged. */
static void
check_kept(const struct bg_metadata *m)
{
	BG_AUTO(bg_metadata_free) struct bg_metadata *again = NULL;

	HOLDS(bg_metadata_parse(&again, fuzz_provider(), m->json, strlen(m->json), NULL) == BELGO_OK);
	HOLDS(strcmp(again->json, m->json) == 0);
	HOLDS(bg_str_equal(again->endpoints.token, m->endpoints.token));
	HOLDS(again->iss_parameter_supported == m->iss_parameter_supported);
}

static void
check_login(const struct bg_metadata *m)
{
	const struct belgo_provider *provider = fuzz_provider();
	BG_AUTO(bg_str_free) char *scope = NULL;
	BG_AUTO(bg_str_free) char *text = NULL;
	BG_AUTO(bg_url_done) struct bg_url url = {0};
	const struct bg_scope_request wish = {.provider = provider, .metadata = m};
	struct bg_authorize in = {.provider = provider,
				  .metadata = m,
				  .client_id = "client & id",
				  .redirect_uri = "http://127.0.0.1:8080/callback",
				  .state = "state",
				  .nonce = "nonce",
				  .code_verifier = "01234567890123456789012345678901234567890123",
				  .max_age = -1};
	struct belgo_error err = {0};
	belgo_rc rc = bg_metadata_check_login(m, provider, &err);

	if (rc != BELGO_OK) {
		fuzz_check_error(rc, &err, NULL);
		return;
	}
	HOLDS(bg_authorize_scope(&scope, &wish) == BELGO_OK);
	in.scope = scope;
	if (bg_authorize_url(&text, &in, NULL) != BELGO_OK)
		return;
	HOLDS(bg_str_begins(text, m->endpoints.authorization));
	HOLDS(bg_url_parse(&url, text) == BELGO_OK && url.fragment == NULL);
	HOLDS(strstr(url.query, "state=state") != NULL &&
	      strstr(url.query, "code_challenge_method=S256") != NULL);
	HOLDS(strstr(url.query, "client_id=client+%26+id") != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BG_AUTO(belgo_http_response_done) struct belgo_http_response res = {0};
	BG_AUTO(bg_metadata_free) struct bg_metadata *m = NULL;
	struct belgo_error err = {0};
	belgo_rc rc;

	fuzz_answer(&res, data, size);
	rc = bg_discovery_response(&m, fuzz_provider(), &res, &err);
	HOLDS((rc == BELGO_OK) == (m != NULL));
	if (rc != BELGO_OK) {
		fuzz_check_error(rc, &err, NULL);
		return 0;
	}
	HOLDS(res.status == 200);
	check_metadata(m);
	check_kept(m);
	check_login(m);
	return 0;
}
