/* Each allocation fails in turn while a provider is made, its metadata judged, and its authorization request
 * built. */
#include "base/mem.h"
#include "harness/failalloc.h"
#include "harness/json_text.h"
#include "proto/authorize.h"
#include "proto/provider_members.h"

static const char preset[] = JSON({
	"id" : "many",
	"issuer" : "https://op.example/{tenant}",
	"tenant" : {"default" : "common", "words" : [ "common", "b" ]},
	"token_endpoint" : "https://op.example/{tenant}/t",
	"scope" : "openid offline_access",
	"redirect_ports" : [ 1, 2 ],
	"authorize_params" : {"a" : "b", "c" : "d"},
	"id_token_algs" : ["RS256"],
	"setup" : [ "1", "2" ],
	"notes" : {"a" : 1}
});
static const char document[] = JSON({
	"issuer" : "https://op.example/common",
	"authorization_endpoint" : "https://op.example/a",
	"scopes_supported" : [ "openid", "email" ]
});

static struct belgo_provider *made; /* by jansson, undisturbed */

static belgo_rc
parse_run(void)
{
	BG_AUTO(belgo_provider_free) struct belgo_provider *p = NULL;
	BG_AUTO(belgo_provider_free) struct belgo_provider *bare = NULL;
	BG_AUTO(bg_metadata_free) struct bg_metadata *m = NULL;

	BG_TRY(belgo_provider_from_json(&p, preset, strlen(preset), "preset", NULL));
	BG_TRY(belgo_provider_from_issuer(&bare, "https://op.example/common", NULL));
	return bg_metadata_parse(&m, bare, document, strlen(document), NULL);
}

static belgo_rc
write_run(void)
{
	BG_AUTO(bg_str_free) char *text = NULL;

	return belgo_provider_to_json(&text, made, NULL);
}

static belgo_rc
tenant_run(void)
{
	BG_AUTO(belgo_provider_free) struct belgo_provider *placed = NULL;

	return belgo_provider_with_tenant(&placed, made, "b.example", NULL);
}

static belgo_rc
metadata_run(void)
{
	BG_AUTO(belgo_provider_free) struct belgo_provider *p = NULL;
	BG_AUTO(bg_metadata_free) struct bg_metadata *manual = NULL;

	BG_TRY(belgo_provider_from_issuer(&p, "https://op.example/common", NULL));
	BG_TRY(bg_str_set(&p->endpoints.authorization, "https://op.example/b"));
	BG_TRY(bg_str_set(&p->endpoints.token, "https://op.example/t"));
	return bg_metadata_manual(&manual, p, NULL);
}

static belgo_rc
discovery_run(void)
{
	BG_AUTO(belgo_provider_free) struct belgo_provider *p = NULL;
	BG_AUTO(bg_str_free) char *appended = NULL;
	BG_AUTO(bg_str_free) char *inserted = NULL;
	BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};

	BG_TRY(belgo_provider_from_issuer(&p, "https://op.example/common", NULL));
	BG_TRY(bg_discovery_url(&appended, p, 0, NULL));
	BG_TRY(bg_discovery_url(&inserted, p, 1, NULL));
	return bg_discovery_request(&req, appended, "\"e\"", "yesterday", NULL);
}

static belgo_rc
authorize_run(void)
{
	static const char *const resources[] = {"https://api.example"};
	static char endpoint[] = "https://op.example/a?b=c";
	struct bg_metadata m = {.endpoints.authorization = endpoint};
	BG_AUTO(belgo_provider_free) struct belgo_provider *p = NULL;
	BG_AUTO(bg_str_free) char *scope = NULL;
	BG_AUTO(bg_str_free) char *url = NULL;
	struct bg_authorize in = {
	    .metadata = &m,
	    .client_id = "c",
	    .redirect_uri = "http://127.0.0.1:1/callback",
	    .state = "s",
	    .nonce = "n",
	    .code_verifier = "0123456789012345678901234567890123456789abc",
	    .claims = "{\"userinfo\":{}}",
	    .max_age = 10,
	    .resources = resources,
	    .n_resources = 1,
	};

	BG_TRY(belgo_provider_from_issuer(&p, "https://op.example/common", NULL));
	BG_TRY(bg_authorize_scope(&scope, &(struct bg_scope_request){.provider = p, .metadata = &m}));
	in.provider = p;
	in.scope = scope;
	return bg_authorize_url(&url, &in, NULL);
}

static void
test_provider__reports_each_lack_of_memory(void **state)
{
	(void)state;
	assert_int_equal(belgo_provider_from_json(&made, preset, strlen(preset), "preset", NULL), BELGO_OK);
	/* jansson's lexer does not look whether its buffer grew, so a reader may hear of success. */
	FAILALLOC_EACH_TOLERANT(parse_run());
	FAILALLOC_EACH(write_run());
	FAILALLOC_EACH(tenant_run());
	FAILALLOC_EACH(metadata_run());
	FAILALLOC_EACH(discovery_run());
	FAILALLOC_EACH(authorize_run());
	belgo_provider_free(&made);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_provider__reports_each_lack_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
