/*
 * The metadata of a protected resource, as an HTTP answer. Whatever they say, tokens are asked for a resource
 * of the same origin, at servers that may be talked to.
 */
#include "fuzz.h"

#include "base/mem.h"
#include "base/url.h"
#include "proto/resource.h"

#include <string.h>
#include <strings.h>

#define RESOURCE "https://api.example/mcp/v1"
#define PLACE "https://api.example/.well-known/oauth-protected-resource/mcp"

static void
check_found(const struct bg_resource *r)
{
	BG_AUTO(bg_url_done) struct bg_url url = {0};
	BG_AUTO(bg_str_free) char *json = NULL;

	HOLDS(bg_url_parse(&url, r->resource) == BELGO_OK);
	HOLDS(url.scheme == BG_HTTPS && url.port == 443 && strcasecmp(url.host, "api.example") == 0);
	HOLDS(url.fragment == NULL && !url.has_userinfo);
	HOLDS(strncmp(url.path, "/mcp", 4) == 0 && strlen(url.path) <= strlen("/mcp/v1/") &&
	      r->authorization_servers[0] != NULL);
	for (char **server = r->authorization_servers; *server != NULL; server++) {
		HOLDS(bg_url_check_issuer(*server, "issuer", NULL) == BELGO_OK);
		fuzz_check_endpoint(*server);
	}
	HOLDS(bg_resource_json(&json, r, NULL, NULL) == BELGO_OK);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BG_AUTO(belgo_http_response_done) struct belgo_http_response res = {0};
	BG_AUTO(bg_resource_done) struct bg_resource resource = {0};
	BG_AUTO(bg_str_free) char *url = NULL;
	BG_AUTO(fuzz_free) char *announced = fuzz_text(data, size);
	struct belgo_error err = {0};
	belgo_rc rc;

	fuzz_answer(&res, data, size);
	rc = bg_resource_metadata_response(&resource, RESOURCE, PLACE, &res, &err);
	if (rc == BELGO_OK)
		check_found(&resource);
	else
		fuzz_check_error(rc, &err, NULL);
	if (bg_resource_metadata_url(&url, RESOURCE, announced, 0, NULL) == BELGO_OK)
		fuzz_check_endpoint(url);
	return 0;
}
