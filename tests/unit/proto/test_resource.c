/* The metadata of a protected resource: where they lie, and which may be believed. */
#include "base/mem.h"
#include "harness/failalloc.h"
#include "proto/discovery.h"
#include "proto/resource.h"
#include "unit/proto/answer.h"

#define MCP "https://api.example/mcp"
#define WELL_KNOWN "https://api.example/.well-known/oauth-protected-resource"
#define SERVERS "\"authorization_servers\":[\"https://op.example\"]"
#define GOOD "{\"resource\":\"" MCP "\"," SERVERS "}"

/* @spec RFC 9728 section 1.2 */
static void
test_resource__url_is_one_that_a_token_may_go_to(void **state)
{
	static const struct {
		const char *url;
		belgo_rc want;
	} rows[] = {
	    {MCP, BELGO_OK},
	    {"https://api.example/mcp?tenant=1", BELGO_OK},
	    {"http://127.0.0.1:8080/mcp", BELGO_OK},
	    {"http://api.example/mcp", BELGO_EINVAL},
	    {"https://ada@api.example/mcp", BELGO_EINVAL},
	    {"https://api.example/mcp#tools", BELGO_EINVAL},
	    {"api.example/mcp", BELGO_EINVAL},
	    {"ftp://api.example/", BELGO_EINVAL},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++)
		assert_row(rows[i].url, bg_resource_check(rows[i].url, NULL) == rows[i].want);
}

/* @spec RFC 9728 section 3.1 */
static void
test_resource__metadata_lie_where_announced_or_at_a_well_known_address(void **state)
{
	static const struct {
		const char *url, *announced, *want[2];
	} rows[] = {
	    {MCP,
	     NULL,
	     {"https://api.example/.well-known/oauth-protected-resource/mcp",
	      "https://api.example/.well-known/oauth-protected-resource"}},
	    {"https://api.example/a/b/?t=1",
	     NULL,
	     {"https://api.example/.well-known/oauth-protected-resource/a/b?t=1",
	      "https://api.example/.well-known/oauth-protected-resource"}},
	    {"https://api.example/", NULL, {"https://api.example/.well-known/oauth-protected-resource"}},
	    {"https://api.example", NULL, {"https://api.example/.well-known/oauth-protected-resource"}},
	    {"http://[::1]:81/m",
	     NULL,
	     {"http://[::1]:81/.well-known/oauth-protected-resource/m",
	      "http://[::1]:81/.well-known/oauth-protected-resource"}},
	    {MCP, "https://docs.example/prm", {"https://docs.example/prm"}},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		size_t n = rows[i].want[1] != NULL ? 2 : 1;

		for (size_t k = 0; k < n; k++) {
			BG_AUTO(bg_str_free) char *url = NULL;

			assert_row(rows[i].url, bg_resource_metadata_url(&url, rows[i].url, rows[i].announced,
									 k, NULL) == BELGO_OK);
			assert_string_equal(url, rows[i].want[k]);
		}
		assert_row(rows[i].url, bg_resource_metadata_url(NULL, rows[i].url, rows[i].announced, n,
								 NULL) == BELGO_ENOTFOUND);
	}
}

/* A resource may not send us to the machines around us. */
static void
test_resource__announced_address_is_judged_before_it_is_followed(void **state)
{
	static const char *const rows[] = {
	    "http://api.example/prm",     "http://127.0.0.1/prm",
	    "https://10.0.0.1/prm",       "https://localhost/prm",
	    "https://api.example:25/prm", "https://a:b@api.example/prm",
	    "file:///etc/passwd",         "https://api.example/prm#x",
	    "javascript:alert(1)",        "",
	};
	char *url = NULL;

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++)
		assert_row(rows[i], bg_resource_metadata_url(&url, MCP, rows[i], 0, NULL) == BELGO_EPROTO &&
					url == NULL);
}

/* @spec RFC 6750 section 3 */
static void
test_resource__scope_of_a_challenge_is_one_that_a_request_can_hold(void **state)
{
	static const char *const bad[] = {"a\x01", "a\x1b[31m", "a\xc3\xa9", "a\tb",
					  "a\"b",  "a\\b",      "a\r\nb"};

	(void)state;
	assert_int_equal(bg_resource_check_scope(NULL, MCP, NULL), BELGO_OK);
	assert_int_equal(bg_resource_check_scope("mcp.read https://api.example/#all", MCP, NULL), BELGO_OK);
	for (size_t i = 0; i < BG_LEN(bad); i++)
		assert_row(bad[i], bg_resource_check_scope(bad[i], MCP, NULL) == BELGO_EPROTO);
}

/* @spec RFC 9728 section 2, 3.2, 3.3 */
static void
test_resource__document_is_believed_only_of_this_resource(void **state)
{
	static const struct {
		const char *name, *url;
		int status;
		const char *type, *body;
		belgo_rc want;
	} rows[] = {
	    {"its own", MCP, 200, JSON_TYPE, GOOD, BELGO_OK},
	    {"without the slash that the URL has", MCP "/", 200, JSON_TYPE, GOOD, BELGO_OK},
	    {"with a slash that the URL has not", MCP, 200, JSON_TYPE,
	     "{\"resource\":\"" MCP "/\"," SERVERS "}", BELGO_OK},
	    {"of the whole origin", MCP, 200, JSON_TYPE, "{\"resource\":\"https://api.example\"," SERVERS "}",
	     BELGO_EISSUER},
	    {"host in upper case", MCP, 200, JSON_TYPE,
	     "{\"resource\":\"https://API.example/mcp\"," SERVERS "}", BELGO_OK},
	    {"another path", MCP, 200, JSON_TYPE, "{\"resource\":\"https://api.example/other\"," SERVERS "}",
	     BELGO_EISSUER},
	    {"a longer path", MCP, 200, JSON_TYPE, "{\"resource\":\"" MCP "/admin\"," SERVERS "}",
	     BELGO_EISSUER},
	    {"half a segment", MCP, 200, JSON_TYPE, "{\"resource\":\"https://api.example/mc\"," SERVERS "}",
	     BELGO_EISSUER},
	    {"another host", MCP, 200, JSON_TYPE, "{\"resource\":\"https://evil.example/mcp\"," SERVERS "}",
	     BELGO_EISSUER},
	    {"another port", MCP, 200, JSON_TYPE,
	     "{\"resource\":\"https://api.example:444/mcp\"," SERVERS "}", BELGO_EISSUER},
	    {"another scheme", MCP, 200, JSON_TYPE, "{\"resource\":\"http://api.example/mcp\"," SERVERS "}",
	     BELGO_EISSUER},
	    {"another query", MCP "?t=1", 200, JSON_TYPE, "{\"resource\":\"" MCP "?t=2\"," SERVERS "}",
	     BELGO_EISSUER},
	    {"a fragment", MCP, 200, JSON_TYPE, "{\"resource\":\"" MCP "#x\"," SERVERS "}", BELGO_EISSUER},
	    {"no URL", MCP, 200, JSON_TYPE, "{\"resource\":\"mcp\"," SERVERS "}", BELGO_EPROTO},
	    {"no resource", MCP, 200, JSON_TYPE, "{" SERVERS "}", BELGO_EPROTO},
	    {"no servers", MCP, 200, JSON_TYPE, "{\"resource\":\"" MCP "\"}", BELGO_EPROTO},
	    {"an empty list", MCP, 200, JSON_TYPE, "{\"resource\":\"" MCP "\",\"authorization_servers\":[]}",
	     BELGO_EPROTO},
	    {"a server without TLS", MCP, 200, JSON_TYPE,
	     "{\"resource\":\"" MCP "\",\"authorization_servers\":[\"http://op.example\"]}", BELGO_EPROTO},
	    {"a server on this machine", MCP, 200, JSON_TYPE,
	     "{\"resource\":\"" MCP "\",\"authorization_servers\":[\"http://127.0.0.1:9\"]}", BELGO_EPROTO},
	    {"one bad server beside a good one", MCP, 200, JSON_TYPE,
	     "{\"resource\":\"" MCP
	     "\",\"authorization_servers\":[\"https://op.example\",\"https://op.example/?x\"]}",
	     BELGO_EPROTO},
	    {"a server that is no text", MCP, 200, JSON_TYPE,
	     "{\"resource\":\"" MCP "\",\"authorization_servers\":[1]}", BELGO_EPROTO},
	    {"tokens in the header", MCP, 200, JSON_TYPE,
	     "{\"resource\":\"" MCP "\"," SERVERS ",\"bearer_methods_supported\":[\"query\",\"header\"]}",
	     BELGO_OK},
	    {"tokens in the query only", MCP, 200, JSON_TYPE,
	     "{\"resource\":\"" MCP "\"," SERVERS ",\"bearer_methods_supported\":[\"query\"]}", BELGO_EPROTO},
	    {"a scope with a blank", MCP, 200, JSON_TYPE,
	     "{\"resource\":\"" MCP "\"," SERVERS ",\"scopes_supported\":[\"a b\"]}", BELGO_EPROTO},
	    {"not found", MCP, 404, JSON_TYPE, "{}", BELGO_ENOTFOUND},
	    {"asks for a token", MCP, 401, JSON_TYPE, "{}", BELGO_ENOTFOUND},
	    {"too many", MCP, 429, JSON_TYPE, "{}", BELGO_EUNAVAILABLE},
	    {"down", MCP, 503, JSON_TYPE, GOOD, BELGO_EUNAVAILABLE},
	    {"elsewhere", MCP, 302, JSON_TYPE, GOOD, BELGO_EPROTO},
	    {"created", MCP, 201, JSON_TYPE, GOOD, BELGO_EPROTO},
	    {"a page", MCP, 200, "text/html", GOOD, BELGO_EPROTO},
	    {"twice the same member", MCP, 200, JSON_TYPE,
	     "{\"resource\":\"" MCP "\",\"resource\":\"" MCP "\"," SERVERS "}", BELGO_EPROTO},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(belgo_http_response_done)
		struct belgo_http_response res = answer(rows[i].status, rows[i].type, rows[i].body);
		BG_AUTO(bg_resource_done) struct bg_resource r = {0};
		struct belgo_error err = {0};
		belgo_rc rc = bg_resource_metadata_response(&r, rows[i].url, WELL_KNOWN "/mcp", &res, &err);

		assert_row(rows[i].name, rc == rows[i].want && (rc == BELGO_OK || err.rc == rc));
		assert_row(rows[i].name, (rc == BELGO_OK) == (r.resource != NULL));
	}
}

/* What lies below one path of a host does not speak for the others. @spec RFC 9728 section 3.3 */
static void
test_resource__a_part_of_the_origin_is_described_at_its_own_well_known_address(void **state)
{
	static const struct {
		const char *name, *url, *resource, *place;
		belgo_rc want;
	} rows[] = {
	    {"the origin, from its root", MCP, "https://api.example", WELL_KNOWN, BELGO_OK},
	    {"with a slash", MCP, "https://api.example/", WELL_KNOWN, BELGO_OK},
	    {"host in upper case", MCP, "https://API.example/", WELL_KNOWN, BELGO_OK},
	    {"the URL itself, with its default port", MCP, "https://api.example:443/mcp",
	     "https://docs.example/prm", BELGO_OK},
	    {"the URL itself, without its query", MCP "?x=1", MCP, "https://docs.example/prm", BELGO_OK},
	    {"the URL itself, with another query", MCP "?x=1", MCP "?x=2", "https://docs.example/prm",
	     BELGO_EISSUER},
	    {"the URL itself, its path in upper case", MCP, "https://api.example/MCP",
	     "https://docs.example/prm", BELGO_EISSUER},
	    {"the folder, from its place", MCP "/a", MCP, WELL_KNOWN "/mcp", BELGO_OK},
	    {"the URL itself, from anywhere", MCP "/a", MCP "/a", "https://docs.example/prm", BELGO_OK},
	    {"the URL itself, from the root", MCP "/a", MCP "/a/", WELL_KNOWN, BELGO_OK},
	    {"the origin, from a folder", MCP, "https://api.example/", WELL_KNOWN "/mcp", BELGO_EISSUER},
	    {"the origin, from the tenant's own document", MCP "/a", "https://api.example/", MCP "/a/prm",
	     BELGO_EISSUER},
	    {"a folder, from the root", MCP "/a", MCP, WELL_KNOWN, BELGO_EISSUER},
	    {"a folder, from its brother", MCP "/a", MCP, WELL_KNOWN "/mcpx", BELGO_EISSUER},
	    {"a folder, from another host", MCP "/a", MCP,
	     "https://evil.example/.well-known/oauth-protected-resource/mcp", BELGO_EISSUER},
	    {"a folder, with a query", MCP "/a", MCP, WELL_KNOWN "/mcp?x=1", BELGO_EISSUER},
	    {"the well-known address of a tenant", MCP "/a", "https://api.example/",
	     MCP "/.well-known/oauth-protected-resource", BELGO_EISSUER},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(bg_str_free)
		char *body = bg_strf("{\"resource\":\"%s\"," SERVERS "}", rows[i].resource);
		BG_AUTO(belgo_http_response_done)
		struct belgo_http_response res = answer(200, JSON_TYPE, body);
		BG_AUTO(bg_resource_done) struct bg_resource r = {0};

		assert_row(rows[i].name, bg_resource_metadata_response(&r, rows[i].url, rows[i].place, &res,
								       NULL) == rows[i].want);
	}
}

static void
test_resource__public_form_has_the_documents_resource_and_the_challenges_scope(void **state)
{
	BG_AUTO(belgo_http_response_done)
	struct belgo_http_response res = answer(
	    200, JSON_TYPE, "{\"resource\":\"" MCP "\"," SERVERS ",\"scopes_supported\":[\"a\",\"b\"]}");
	BG_AUTO(bg_resource_done) struct bg_resource r = {0};
	BG_AUTO(bg_str_free) char *challenged = NULL, *silent = NULL;

	(void)state;
	assert_int_equal(bg_resource_metadata_response(&r, MCP "/", WELL_KNOWN "/mcp", &res, NULL), BELGO_OK);
	assert_int_equal(bg_resource_json(&challenged, &r, "b", NULL), BELGO_OK);
	assert_int_equal(bg_resource_json(&silent, &r, NULL, NULL), BELGO_OK);
	assert_string_equal(challenged, "{" SERVERS ",\"resource\":\"" MCP "\",\"scope\":\"b\"}");
	assert_string_equal(silent, "{" SERVERS ",\"resource\":\"" MCP "\",\"scope\":\"a b\"}");
}

static void
test_resource__without_metadata_its_origin_is_the_authorization_server(void **state)
{
	BG_AUTO(bg_resource_done) struct bg_resource r = {0};

	(void)state;
	assert_int_equal(bg_resource_assume(&r, "https://api.example:8443/mcp?x=1", NULL), BELGO_OK);
	assert_string_equal(r.authorization_servers[0], "https://api.example:8443");
	assert_null(r.authorization_servers[1]);
	assert_string_equal(r.resource, "https://api.example:8443/mcp?x=1");
	assert_null(r.scope);
	assert_true(r.is_assumed);
}

/* @spec MCP 2025-03-26 */
static void
test_resource__silent_origin_is_a_provider_with_fixed_paths(void **state)
{
	static const struct {
		const char *resource, *issuer; /* NULL: refused */
	} rows[] = {
	    {"https://api.example:8443/v1/mcp?x=1", "https://api.example:8443"},
	    {"https://api.example", "https://api.example"},
	    {"http://127.0.0.1:8080/mcp", "http://127.0.0.1:8080"},
	    {"http://api.example/mcp", NULL},
	    {"https://user@api.example/mcp", NULL},
	    {"https://api.example/mcp#x", NULL},
	    {"api.example/mcp", NULL},
	    {NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(belgo_provider_free) struct belgo_provider *provider = NULL;
		BG_AUTO(bg_metadata_free) struct bg_metadata *m = NULL;
		BG_AUTO(bg_str_free) char *token = NULL;

		assert_row(rows[i].resource,
			   belgo_provider_from_resource(&provider, rows[i].resource, NULL) ==
			       (rows[i].issuer != NULL ? BELGO_OK : BELGO_EINVAL));
		if (rows[i].issuer == NULL)
			continue;
		assert_string_equal(provider->issuer, rows[i].issuer);
		assert_int_equal(bg_metadata_assume(&m, provider, NULL), BELGO_OK);
		assert_string_equal(m->issuer, rows[i].issuer);
		token = bg_strf("%s/token", rows[i].issuer);
		assert_string_equal(m->endpoints.token, token);
		assert_null(m->endpoints.revocation);
		assert_int_equal(bg_metadata_check_pkce(m, provider, NULL), BELGO_OK);
		assert_true(m->at_fixed_paths);
	}
}

static void
test_resource__lies_at_its_own_origin_alone(void **state)
{
	static const struct {
		const char *resource, *issuer;
		int want;
	} rows[] = {
	    {"https://api.example/mcp", "https://api.example", 1},
	    {"https://api.example", "https://api.example", 1},
	    {"https://api.example?x", "https://api.example", 1},
	    {"https://api.example:8443/mcp", "https://api.example", 0},
	    {"https://api.example.org/mcp", "https://api.example", 0},
	    {"https://api.example/mcp", "https://api.example.org", 0},
	    {"http://api.example/mcp", "https://api.example", 0},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++)
		assert_row(rows[i].resource,
			   bg_resource_is_at(rows[i].resource, rows[i].issuer) == rows[i].want);
}

static belgo_rc
everything(const struct belgo_http_response *res)
{
	BG_AUTO(belgo_http_request_done) struct belgo_http_request probe = {0};
	BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};
	BG_AUTO(bg_resource_done) struct bg_resource found = {0};
	BG_AUTO(bg_resource_done) struct bg_resource assumed = {0};
	BG_AUTO(belgo_provider_free) struct belgo_provider *provider = NULL;
	BG_AUTO(bg_metadata_free) struct bg_metadata *metadata = NULL;
	BG_AUTO(bg_str_free) char *url = NULL, *json = NULL;

	BG_TRY(bg_resource_check(MCP, NULL));
	BG_TRY(bg_resource_probe_request(&probe, MCP, NULL));
	BG_TRY(bg_resource_metadata_url(&url, MCP, NULL, 0, NULL));
	BG_TRY(bg_resource_metadata_request(&req, url, NULL));
	BG_TRY(bg_resource_metadata_response(&found, MCP, url, res, NULL));
	BG_TRY(bg_resource_assume(&assumed, MCP, NULL));
	BG_TRY(belgo_provider_from_resource(&provider, MCP, NULL));
	BG_TRY(bg_metadata_assume(&metadata, provider, NULL));
	return bg_resource_json(&json, &found, NULL, NULL);
}

static void
test_resource__reports_lack_of_memory(void **state)
{
	BG_AUTO(belgo_http_response_done)
	struct belgo_http_response res =
	    answer(200, JSON_TYPE, "{\"resource\":\"" MCP "\"," SERVERS ",\"scopes_supported\":[\"a\"]}");

	(void)state;
	FAILALLOC_EACH(everything(&res));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_resource__url_is_one_that_a_token_may_go_to),
	    cmocka_unit_test(test_resource__metadata_lie_where_announced_or_at_a_well_known_address),
	    cmocka_unit_test(test_resource__announced_address_is_judged_before_it_is_followed),
	    cmocka_unit_test(test_resource__scope_of_a_challenge_is_one_that_a_request_can_hold),
	    cmocka_unit_test(test_resource__document_is_believed_only_of_this_resource),
	    cmocka_unit_test(test_resource__a_part_of_the_origin_is_described_at_its_own_well_known_address),
	    cmocka_unit_test(test_resource__public_form_has_the_documents_resource_and_the_challenges_scope),
	    cmocka_unit_test(test_resource__without_metadata_its_origin_is_the_authorization_server),
	    cmocka_unit_test(test_resource__silent_origin_is_a_provider_with_fixed_paths),
	    cmocka_unit_test(test_resource__lies_at_its_own_origin_alone),
	    cmocka_unit_test(test_resource__reports_lack_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
