/*
 * Where a provider's metadata lies, how it is asked for, and what the answer's status means. The document
 * itself is judged in metadata.c.
 */
#include "proto/discovery.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/url.h"
#include "proto/metadata.h"
#include "proto/reply.h"

#include <string.h>

#define WHAT "provider metadata"
#define RFC8414 "/.well-known/oauth-authorization-server"
#define OPENID "/.well-known/openid-configuration"

enum form { INSERTED, APPENDED };
struct candidate {
	const char *well_known;
	enum form form;
	enum bg_discovery only; /* the setting, besides BOTH, that keeps it */
};

static const struct candidate oauth2_order[] = {
    {RFC8414, INSERTED, BG_DISCOVERY_RFC8414},
    {OPENID, INSERTED, BG_DISCOVERY_OIDC},
    {OPENID, APPENDED, BG_DISCOVERY_OIDC},
};
static const struct candidate oidc_order[] = {
    {OPENID, APPENDED, BG_DISCOVERY_OIDC},
    {RFC8414, INSERTED, BG_DISCOVERY_RFC8414},
    {OPENID, INSERTED, BG_DISCOVERY_OIDC},
};
_Static_assert(BG_LEN(oauth2_order) == BG_LEN(oidc_order), "the orders differ in order only");

/* Bytes of the path without its one final slash. @spec RFC 8414 section 3.1 */
static size_t
path_len(const struct bg_url *url)
{
	size_t len = strlen(url->path);

	return len > 0 && url->path[len - 1] == '/' ? len - 1 : len;
}

/* @spec MCP 2025-11-25: the order for a server that a protected resource named */
int
bg_discovery_begins_with_oauth(const struct belgo_provider *provider)
{
	return provider->kind == BG_KIND_OAUTH2 || provider->is_of_resource;
}

/* Without a path both forms are one URL, which is tried once: where the order has it first. */
static int
is_candidate(const struct candidate *c, const struct belgo_provider *provider, const struct bg_url *url)
{
	int appended_is_first = !bg_discovery_begins_with_oauth(provider);

	if (provider->discovery == BG_DISCOVERY_NONE ||
	    (provider->discovery != BG_DISCOVERY_BOTH && provider->discovery != c->only))
		return 0;
	if (path_len(url) > 0 || strcmp(c->well_known, RFC8414) == 0)
		return 1;
	return appended_is_first ? c->form == APPENDED : c->form == INSERTED;
}

/* @spec RFC 8414 section 3.1; OpenID Connect Discovery 1.0 section 4.1 */
static char *
candidate_url(const struct candidate *c, const char *issuer, const struct bg_url *url)
{
	size_t path = path_len(url), origin = strlen(issuer) - strlen(url->path);
	BG_AUTO(bg_str_free) char *before = NULL;

	if (c->form == INSERTED) {
		if ((before = bg_strndup(issuer, origin)) == NULL)
			return NULL;
		return bg_strf("%s%s%.*s", before, c->well_known, (int)path, url->path);
	}
	if ((before = bg_strndup(issuer, origin + path)) == NULL)
		return NULL;
	return bg_strf("%s%s", before, c->well_known);
}

belgo_rc
bg_discovery_url(char **out, const struct belgo_provider *provider, size_t i, struct belgo_error *err)
{
	const struct candidate *order = bg_discovery_begins_with_oauth(provider) ? oauth2_order : oidc_order;
	BG_AUTO(bg_url_done) struct bg_url url = {0};
	char *result;

	BG_TRY(bg_url_check_issuer(provider->issuer, "issuer", err));
	if (bg_url_parse(&url, provider->issuer) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "issuer: out of memory");
	for (size_t c = 0; c < BG_LEN(oidc_order); c++) {
		if (!is_candidate(&order[c], provider, &url) || i-- > 0)
			continue;
		if ((result = candidate_url(&order[c], provider->issuer, &url)) == NULL)
			return bg_fail(err, BELGO_ENOMEM, "discovery: out of memory");
		*out = result;
		return BELGO_OK;
	}
	return bg_fail(err, BELGO_ENOTFOUND, "there is no provider metadata at %s", provider->issuer);
}

/* A validator that came over the network and was kept: what would break a header line is not sent back. */
static belgo_rc
add_validator(struct belgo_http_request *req, const char *name, const char *value)
{
	if (value == NULL || value[0] == '\0' || !bg_text_is_vschar(value))
		return BELGO_OK;
	return bg_request_header(req, name, value);
}

/* @spec RFC 8414 section 3.1; RFC 9110 section 13.1.2, 13.1.3 */
belgo_rc
bg_discovery_request(struct belgo_http_request *out, const char *url, const char *etag,
		     const char *last_modified, struct belgo_error *err)
{
	BG_AUTO(belgo_http_request_done)
	struct belgo_http_request req = {
	    .method = "GET",
	    .max_body = BG_MAX_METADATA,
	    .timeout_ms = BG_TIMEOUT_METADATA_MS,
	    .what = WHAT,
	};
	belgo_rc rc;

	if ((rc = bg_str_set(&req.url, url)) ||
	    (rc = bg_request_header(&req, "Accept", "application/json")) ||
	    (rc = add_validator(&req, "If-None-Match", etag)) ||
	    (rc = add_validator(&req, "If-Modified-Since", last_modified)))
		return bg_fail(err, rc, "request for " WHAT ": %s", belgo_rc_str(rc));
	*out = req;
	req = (struct belgo_http_request){0};
	return BELGO_OK;
}

/* @spec RFC 8414 section 3.2; OpenID Connect Discovery 1.0 section 4.2 */
belgo_rc
bg_discovery_response(struct bg_metadata **out, const struct belgo_provider *provider,
		      const struct belgo_http_response *res, struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *doc = NULL;

	BG_TRY(bg_reply_check_available(res, WHAT, err));
	if (err != NULL && err->rc == BELGO_OK)
		err->http_status = res->status;
	if (res->status >= 400 && res->status < 500)
		return bg_fail(err, BELGO_ENOTFOUND, WHAT " of %s: HTTP %d", provider->issuer, res->status);
	if (res->status != 200)
		return bg_fail(err, BELGO_EPROTO, WHAT " of %s: HTTP %d where only 200 is believed",
			       provider->issuer, res->status);
	BG_TRY(bg_reply_json(&doc, res, BG_MAX_METADATA, BG_JSON_NUMBERS_STRICT, WHAT, err));
	return bg_metadata_judge(out, provider, doc, res->body, res->body_len, err);
}
