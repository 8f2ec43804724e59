/* Where metadata lies, how it is asked for, what the status of an answer means. */
#include "base/limits.h"
#include "base/mem.h"
#include "harness/json_text.h"
#include "harness/test.h"
#include "proto/discovery.h"

#include <belgoauth/transport.h>

#include <strings.h>

#define ISSUER "https://op.example"

static struct belgo_provider *
provider(const char *issuer, enum bg_kind kind, enum bg_discovery discovery)
{
	struct belgo_provider *p = NULL;

	assert_int_equal(belgo_provider_from_issuer(&p, issuer, NULL), BELGO_OK);
	p->kind = kind;
	p->discovery = discovery;
	return p;
}

/* @spec RFC 8414 section 3.1; OpenID Connect Discovery 1.0 section 4, 4.1 */
static void
test_discovery__candidates_stand_in_order(void **state)
{
#define OPENID "/.well-known/openid-configuration"
#define RFC8414 "/.well-known/oauth-authorization-server"
	static const struct {
		const char *name, *issuer;
		enum bg_kind kind;
		enum bg_discovery discovery;
		const char *want[4];
	} rows[] = {
	    {"oidc with path",
	     ISSUER "/a/b",
	     BG_KIND_OIDC,
	     BG_DISCOVERY_BOTH,
	     {ISSUER "/a/b" OPENID, ISSUER RFC8414 "/a/b", ISSUER OPENID "/a/b"}},
	    {"oauth2 with path",
	     ISSUER "/a/b",
	     BG_KIND_OAUTH2,
	     BG_DISCOVERY_BOTH,
	     {ISSUER RFC8414 "/a/b", ISSUER OPENID "/a/b", ISSUER "/a/b" OPENID}},
	    {"oidc without path", ISSUER, BG_KIND_OIDC, BG_DISCOVERY_BOTH, {ISSUER OPENID, ISSUER RFC8414}},
	    {"oauth2 without path",
	     ISSUER,
	     BG_KIND_OAUTH2,
	     BG_DISCOVERY_BOTH,
	     {ISSUER RFC8414, ISSUER OPENID}},
	    {"a final slash is left out",
	     ISSUER "/",
	     BG_KIND_OIDC,
	     BG_DISCOVERY_BOTH,
	     {ISSUER OPENID, ISSUER RFC8414}},
	    {"a final slash of a path",
	     ISSUER "/a/",
	     BG_KIND_OIDC,
	     BG_DISCOVERY_BOTH,
	     {ISSUER "/a" OPENID, ISSUER RFC8414 "/a", ISSUER OPENID "/a"}},
	    {"port and loopback",
	     "http://127.0.0.1:8080/a",
	     BG_KIND_OIDC,
	     BG_DISCOVERY_RFC8414,
	     {"http://127.0.0.1:8080" RFC8414 "/a"}},
	    {"oidc only",
	     ISSUER "/a",
	     BG_KIND_OIDC,
	     BG_DISCOVERY_OIDC,
	     {ISSUER "/a" OPENID, ISSUER OPENID "/a"}},
	    {"rfc8414 only", ISSUER "/a", BG_KIND_OIDC, BG_DISCOVERY_RFC8414, {ISSUER RFC8414 "/a"}},
	    {"none", ISSUER "/a", BG_KIND_OIDC, BG_DISCOVERY_NONE, {NULL}},
	    {"a percent sign stays",
	     ISSUER "/%7Ea%25s",
	     BG_KIND_OIDC,
	     BG_DISCOVERY_RFC8414,
	     {ISSUER RFC8414 "/%7Ea%25s"}},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(belgo_provider_free)
		struct belgo_provider *p = provider(rows[i].issuer, rows[i].kind, rows[i].discovery);
		size_t n = 0;

		for (; rows[i].want[n] != NULL; n++) {
			BG_AUTO(bg_str_free) char *url = NULL;

			assert_row(rows[i].name, bg_discovery_url(&url, p, n, NULL) == BELGO_OK);
			assert_row(rows[i].name, strcmp(url, rows[i].want[n]) == 0);
		}
		for (; n < 5; n++) {
			char *url = NULL;

			assert_row(rows[i].name,
				   bg_discovery_url(&url, p, n, NULL) == BELGO_ENOTFOUND && url == NULL);
		}
	}
}

/* @spec MCP 2025-11-25 */
static void
test_discovery__server_of_a_resource_begins_with_oauth(void **state)
{
	static const char *const rows[][4] = {
	    {ISSUER "/a", ISSUER RFC8414 "/a", ISSUER OPENID "/a", ISSUER "/a" OPENID},
	    {ISSUER, ISSUER RFC8414, ISSUER OPENID, NULL},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(belgo_provider_free) struct belgo_provider *p = NULL;

		assert_int_equal(belgo_provider_from_authorization_server(&p, rows[i][0], NULL), BELGO_OK);
		for (size_t n = 0; n < 3; n++) {
			BG_AUTO(bg_str_free) char *url = NULL;
			belgo_rc want = rows[i][n + 1] != NULL ? BELGO_OK : BELGO_ENOTFOUND;

			assert_row(rows[i][0], bg_discovery_url(&url, p, n, NULL) == want);
			assert_row(rows[i][0], bg_str_equal(url, rows[i][n + 1]));
		}
	}
}

static void
test_discovery__a_tenant_must_be_in_place(void **state)
{
	static const char many[] = JSON({"id" : "x", "issuer" : "https://op.example/{tenant}"});
	BG_AUTO(belgo_provider_free) struct belgo_provider *p = NULL;
	char *url = NULL;

	(void)state;
	assert_int_equal(belgo_provider_from_json(&p, many, strlen(many), NULL, NULL), BELGO_OK);
	assert_int_equal(bg_discovery_url(&url, p, 0, NULL), BELGO_EINVAL);
	assert_null(url);
}

static const char *
header(const struct belgo_http_request *req, const char *name)
{
	for (size_t i = 0; i < req->n_headers; i++)
		if (strcasecmp(req->headers[i].name, name) == 0)
			return req->headers[i].value;
	return NULL;
}

/* @spec RFC 9110 section 13.1.2, 13.1.3 */
static void
test_discovery__request_is_a_capped_get_with_validators(void **state)
{
	BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};

	(void)state;
	assert_int_equal(
	    bg_discovery_request(&req, ISSUER OPENID, "\"v1\"", "Sat, 21 Nov 2026 00:00:00 GMT", NULL),
	    BELGO_OK);
	assert_string_equal(req.method, "GET");
	assert_string_equal(req.url, ISSUER OPENID);
	assert_string_equal(header(&req, "Accept"), "application/json");
	assert_string_equal(header(&req, "If-None-Match"), "\"v1\"");
	assert_string_equal(header(&req, "If-Modified-Since"), "Sat, 21 Nov 2026 00:00:00 GMT");
	assert_null(header(&req, "Authorization"));
	assert_int_equal(req.max_body, BG_MAX_METADATA);
	assert_int_equal(req.timeout_ms, BG_TIMEOUT_METADATA_MS);
	assert_null(req.body);
}

static void
test_discovery__a_validator_that_breaks_the_line_is_not_sent(void **state)
{
	BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};

	(void)state;
	assert_int_equal(bg_discovery_request(&req, ISSUER OPENID, "\"a\"\r\nX: y", "", NULL), BELGO_OK);
	assert_null(header(&req, "If-None-Match"));
	assert_null(header(&req, "If-Modified-Since"));
	assert_null(header(&req, "X"));
}

#define GOOD JSON({"issuer" : "https://op.example", "token_endpoint" : "https://op.example/t"})

/* M03, M04, M06. @spec RFC 8414 section 3.2; OpenID Connect Discovery 1.0 section 4.2 */
static void
test_discovery__answer_is_judged_status_first_M03_M04(void **state)
{
	static char json_type[] = "application/json", html[] = "text/html",
		    utf8[] = "application/json; charset=UTF-8";
	static char problem[] = "application/problem+json";
	static const struct {
		const char *name;
		int status;
		char *type;
		const char *body;
		belgo_rc want;
	} rows[] = {
	    {"200", 200, json_type, GOOD, BELGO_OK},
	    {"200 with charset", 200, utf8, GOOD, BELGO_OK},
	    {"M03 301", 301, json_type, GOOD, BELGO_EPROTO},
	    {"M03 307", 307, json_type, GOOD, BELGO_EPROTO},
	    {"M04 404", 404, html, "<p>", BELGO_ENOTFOUND},
	    {"M04 401", 401, json_type, GOOD, BELGO_ENOTFOUND},
	    {"M04 410", 410, NULL, "", BELGO_ENOTFOUND},
	    {"M04 429", 429, json_type, "{}", BELGO_EUNAVAILABLE},
	    {"M04 500", 500, json_type, GOOD, BELGO_EUNAVAILABLE},
	    {"M04 503", 503, html, "", BELGO_EUNAVAILABLE},
	    {"M04 201", 201, json_type, GOOD, BELGO_EPROTO},
	    {"M04 204", 204, NULL, "", BELGO_EPROTO},
	    {"M04 html", 200, html, "<html>", BELGO_EPROTO},
	    {"M04 json as html", 200, html, GOOD, BELGO_EPROTO},
	    {"M04 another json", 200, problem, GOOD, BELGO_EPROTO},
	    {"M04 no type", 200, NULL, GOOD, BELGO_EPROTO},
	    {"M04 empty", 200, json_type, "", BELGO_EPROTO},
	    {"M04 byte order mark", 200, json_type, "\xef\xbb\xbf" GOOD, BELGO_EPROTO},
	    {"M04 trailing garbage", 200, json_type, GOOD "x", BELGO_EPROTO},
	    {"M04 two values", 200, json_type, GOOD GOOD, BELGO_EPROTO},
	    {"M04 comment", 200, json_type, "/**/" GOOD, BELGO_EPROTO},
	    {"M04 NaN", 200, json_type, "{\"issuer\":NaN}", BELGO_EPROTO},
	    {"M01 another issuer", 200, json_type, "{\"issuer\":\"https://evil.example\"}", BELGO_EISSUER},
	};
	BG_AUTO(belgo_provider_free)
	struct belgo_provider *p = provider(ISSUER, BG_KIND_OIDC, BG_DISCOVERY_BOTH);
	static char name[] = "content-type";

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(bg_metadata_free) struct bg_metadata *m = NULL;
		BG_AUTO(bg_str_free) char *body = bg_strdup(rows[i].body);
		struct belgo_http_header type = {.name = name, .value = rows[i].type};
		struct belgo_http_response res = {.status = rows[i].status,
						  .headers = &type,
						  .n_headers = rows[i].type != NULL ? 1 : 0,
						  .body = body,
						  .body_len = strlen(body)};
		struct belgo_error err = {0};
		belgo_rc rc = bg_discovery_response(&m, p, &res, &err);

		assert_row(rows[i].name, rc == rows[i].want && err.rc == rows[i].want);
		assert_row(rows[i].name, (m != NULL) == (rc == BELGO_OK));
		assert_row(rows[i].name, rc == BELGO_OK || err.http_status == rows[i].status);
		assert_row(rows[i].name, rc != BELGO_OK || strcmp(m->json, rows[i].body) == 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_discovery__candidates_stand_in_order),
	    cmocka_unit_test(test_discovery__server_of_a_resource_begins_with_oauth),
	    cmocka_unit_test(test_discovery__a_tenant_must_be_in_place),
	    cmocka_unit_test(test_discovery__request_is_a_capped_get_with_validators),
	    cmocka_unit_test(test_discovery__a_validator_that_breaks_the_line_is_not_sent),
	    cmocka_unit_test(test_discovery__answer_is_judged_status_first_M03_M04),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
