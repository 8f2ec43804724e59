/*
 * The metadata of a protected resource: where they lie, how they are asked for, and what they must look like
 * before anybody is sent to the authorization server that they name. Everything in them comes from a server
 * that the user may never have met before.
 */
#include "proto/resource.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/url.h"
#include "proto/reply.h"

#include <string.h>
#include <strings.h>

#define WHAT "protected resource metadata"
#define WELL_KNOWN "/.well-known/oauth-protected-resource"

void
bg_resource_done(struct bg_resource *resource)
{
	bg_str_free(&resource->resource);
	bg_strv_free(&resource->authorization_servers);
	bg_str_free(&resource->scope);
}

/* @spec RFC 9728 section 1.2; RFC 8707 section 2 */
belgo_rc
bg_resource_check(const char *url, struct belgo_error *err)
{
	BG_AUTO(bg_url_done) struct bg_url parsed = {0};
	belgo_rc rc = bg_url_parse(&parsed, url);

	if (rc != BELGO_OK)
		return bg_fail(err, rc, "protected resource: %s",
			       rc == BELGO_EINVAL ? "not an absolute URL" : belgo_rc_str(rc));
	if (parsed.scheme == BG_HTTP && !bg_url_is_loopback(&parsed))
		return bg_fail(err, BELGO_EINVAL, "protected resource: must be https");
	if (parsed.has_userinfo || parsed.fragment != NULL)
		return bg_fail(err, BELGO_EINVAL,
			       "protected resource: must hold no user name and no fragment");
	return BELGO_OK;
}

static belgo_rc
get(struct belgo_http_request *out, const char *url, const char *what, struct belgo_error *err)
{
	belgo_rc rc = bg_request_begin(out, "GET", url, what);

	if (rc != BELGO_OK)
		return bg_fail(err, rc, "request for %s: %s", what, belgo_rc_str(rc));
	out->max_body = BG_MAX_METADATA;
	out->timeout_ms = BG_TIMEOUT_METADATA_MS;
	return BELGO_OK;
}

belgo_rc
bg_resource_probe_request(struct belgo_http_request *out, const char *url, struct belgo_error *err)
{
	return get(out, url, "the protected resource", err);
}

belgo_rc
bg_resource_metadata_request(struct belgo_http_request *out, const char *metadata_url,
			     struct belgo_error *err)
{
	return get(out, metadata_url, WHAT, err);
}

/* Scheme, host and port as they stand in url; *rest is what follows. */
static char *
origin_of(const char *url, const char **rest)
{
	const char *host = strstr(url, "://") + 3;
	size_t len = (size_t)(host - url) + strcspn(host, "/?");

	*rest = url + len;
	return bg_strndup(url, len);
}

/* A terminating slash of the path is not part of what is inserted. @spec RFC 9728 section 3.1 */
static char *
well_known_with_path(const char *origin, const char *rest)
{
	size_t path = strcspn(rest, "?");

	return bg_strf("%s" WELL_KNOWN "%.*s%s", origin,
		       (int)(path > 0 && rest[path - 1] == '/' ? path - 1 : path), rest, rest + path);
}

belgo_rc
bg_resource_metadata_url(char **out, const char *url, const char *announced, size_t i,
			 struct belgo_error *err)
{
	BG_AUTO(bg_str_free) char *origin = NULL;
	const char *rest;
	int has_path;

	if (announced != NULL && i == 0)
		BG_TRY(bg_url_check_endpoint(announced, url, "resource_metadata", err));
	if ((origin = origin_of(url, &rest)) == NULL)
		return bg_fail(err, BELGO_ENOMEM, WHAT ": out of memory");
	has_path = *rest != '\0' && strcmp(rest, "/") != 0;
	if (i > (announced == NULL && has_path ? 1u : 0u))
		return bg_fail(err, BELGO_ENOTFOUND, "%s publishes no metadata as a protected resource", url);
	if (announced != NULL)
		*out = bg_strdup(announced);
	else if (i == 0 && has_path)
		*out = well_known_with_path(origin, rest);
	else
		*out = bg_strf("%s" WELL_KNOWN, origin);
	return *out != NULL ? BELGO_OK : bg_fail(err, BELGO_ENOMEM, WHAT ": out of memory");
}

static size_t
len_without_slash(const char *path)
{
	size_t len = strlen(path);

	return len > 0 && path[len - 1] == '/' ? len - 1 : len;
}

/* Is prefix the whole of path, but for a final slash, or does it end where a segment of path ends? */
static int
is_path_prefix(const char *prefix, const char *path)
{
	size_t len = len_without_slash(prefix);

	return strncmp(prefix, path, len) == 0 && (path[len] == '\0' || path[len] == '/');
}

static int
is_same_origin(const struct bg_url *a, const struct bg_url *b)
{
	return a->scheme == b->scheme && a->port == b->port && strcasecmp(a->host, b->host) == 0;
}

/* Is that where the owner of all that the resource covers would put its metadata? */
static int
is_well_known_place(const struct bg_url *place, const struct bg_url *resource)
{
	const size_t skip = strlen(WELL_KNOWN), len = len_without_slash(resource->path);

	return is_same_origin(place, resource) && strncmp(place->path, WELL_KNOWN, skip) == 0 &&
	       strncmp(place->path + skip, resource->path, len) == 0 && place->path[skip + len] == '\0' &&
	       bg_str_equal(place->query, resource->query);
}

/*
 * The document may speak of the very URL, with or without its final slash. Of a part of the origin that the
 * URL lies in it may speak from that part's own well-known address alone: one tenant of a host gets no token
 * for all of them by pointing to a document below its own path.
 * @spec RFC 9728 section 3.3, which wants the same string; on purpose not held to are a final slash, the case
 * of scheme and host, a default port, a query that the document leaves out, and such a wider resource.
 */
static int
covers(const struct bg_url *resource, const struct bg_url *url, const struct bg_url *place)
{
	if (!is_same_origin(resource, url) || !is_path_prefix(resource->path, url->path) ||
	    (resource->query != NULL && !bg_str_equal(resource->query, url->query)))
		return 0;
	return len_without_slash(resource->path) == len_without_slash(url->path) ||
	       is_well_known_place(place, resource);
}

static belgo_rc
take_resource(struct bg_resource *r, const json_t *doc, const char *url, const char *metadata_url,
	      struct belgo_error *err)
{
	BG_AUTO(bg_url_done) struct bg_url asked = {0};
	BG_AUTO(bg_url_done) struct bg_url found = {0};
	BG_AUTO(bg_url_done) struct bg_url place = {0};
	const char *text;
	belgo_rc rc;

	BG_TRY(bg_json_str(&text, doc, "resource", BG_REQUIRED, WHAT, err));
	if ((rc = bg_url_parse(&asked, url)) || (rc = bg_url_parse(&place, metadata_url)) ||
	    (rc = bg_url_parse(&found, text)))
		return bg_fail(err, rc == BELGO_EINVAL ? BELGO_EPROTO : rc,
			       WHAT ": member \"resource\" is not a URL");
	if (found.has_userinfo || found.fragment != NULL || !covers(&found, &asked, &place))
		return bg_fail(err, BELGO_EISSUER, WHAT " of %s is that of another resource: %s", url, text);
	return bg_str_set(&r->resource, text) == BELGO_OK
		   ? BELGO_OK
		   : bg_fail(err, BELGO_ENOMEM, WHAT ": out of memory");
}

/* A document with one bad server is not trusted. @spec RFC 9728 section 2 */
static belgo_rc
take_servers(struct bg_resource *r, const json_t *doc, const char *url, struct belgo_error *err)
{
	const json_t *list;
	const json_t *item;
	size_t i;

	BG_TRY(bg_json_strings(&list, doc, "authorization_servers", BG_OPTIONAL, WHAT, err));
	if (json_array_size(list) == 0)
		return bg_fail(err, BELGO_EPROTO, WHAT " of %s names no authorization server", url);
	r->authorization_servers = bg_calloc(json_array_size(list) + 1, sizeof(char *));
	if (r->authorization_servers == NULL)
		return bg_fail(err, BELGO_ENOMEM, WHAT ": out of memory");
	json_array_foreach(list, i, item)
	{
		const char *issuer = json_string_value(item);
		belgo_rc rc = bg_url_check_issuer(issuer, "authorization_servers", NULL);

		if (rc != BELGO_OK)
			return bg_fail(err, rc == BELGO_EINVAL ? BELGO_EPROTO : rc,
				       WHAT " of %s: an authorization server is no issuer", url);
		BG_TRY(bg_url_check_endpoint(issuer, url, "authorization_servers", err));
		if ((r->authorization_servers[i] = bg_strdup(issuer)) == NULL)
			return bg_fail(err, BELGO_ENOMEM, WHAT ": out of memory");
	}
	return BELGO_OK;
}

static belgo_rc
take_scope(struct bg_resource *r, const json_t *doc, struct belgo_error *err)
{
	BG_AUTO(bg_buf_free) struct bg_buf scope = BG_BUF(BG_MAX_URL);
	const json_t *list;
	const json_t *item;
	size_t i;

	BG_TRY(bg_json_strings(&list, doc, "scopes_supported", BG_OPTIONAL, WHAT, err));
	json_array_foreach(list, i, item)
	{
		const char *word = json_string_value(item);
		belgo_rc rc;

		if (*word == '\0' || !bg_text_is_nqchar(word))
			return bg_fail(err, BELGO_EPROTO, WHAT ": member \"scopes_supported\" has no scope");
		if ((rc = bg_buf_addf(&scope, "%s%s", i > 0 ? " " : "", word)) != BELGO_OK)
			return bg_fail(err, rc == BELGO_EINVAL ? BELGO_EPROTO : rc,
				       WHAT ": member \"scopes_supported\" is too long");
	}
	if (scope.len > 0 && (r->scope = bg_buf_take(&scope)) == NULL)
		return bg_fail(err, BELGO_ENOMEM, WHAT ": out of memory");
	return BELGO_OK;
}

/* A token of ours travels in a header and nowhere else. @spec RFC 9728 section 2; RFC 6750 section 2 */
static belgo_rc
check_methods(const json_t *doc, const char *url, struct belgo_error *err)
{
	const json_t *list;

	BG_TRY(bg_json_strings(&list, doc, "bearer_methods_supported", BG_OPTIONAL, WHAT, err));
	if (json_array_size(list) == 0 || bg_json_strings_has(list, "header"))
		return BELGO_OK;
	return bg_fail(err, BELGO_EPROTO, "%s takes no token in a header, and nothing else is safe", url);
}

/* @spec RFC 9728 section 2 */
static belgo_rc
take_binding(struct bg_resource *r, const json_t *doc, struct belgo_error *err)
{
	const json_t *value = json_object_get(doc, "dpop_bound_access_tokens_required");

	if (value != NULL && !json_is_null(value) && !json_is_boolean(value))
		return bg_fail(err, BELGO_EPROTO,
			       WHAT
			       ": member \"dpop_bound_access_tokens_required\" is neither true nor false");
	r->wants_bound_tokens = json_is_true(value);
	return BELGO_OK;
}

belgo_rc
bg_resource_metadata_response(struct bg_resource *out, const char *url, const char *metadata_url,
			      const struct belgo_http_response *res, struct belgo_error *err)
{
	BG_AUTO(bg_resource_done) struct bg_resource r = {0};
	BG_AUTO(bg_json_free) json_t *doc = NULL;

	BG_TRY(bg_reply_check_available(res, WHAT, err));
	if (res->status >= 400 && res->status < 500)
		return bg_fail(err, BELGO_ENOTFOUND, WHAT " of %s: HTTP %d", url, res->status);
	if (res->status != 200)
		return bg_reply_unexpected(res, WHAT, err);
	BG_TRY(bg_reply_json(&doc, res, BG_MAX_METADATA, BG_JSON_NUMBERS_STRICT, WHAT, err));
	BG_TRY(take_resource(&r, doc, url, metadata_url, err));
	BG_TRY(take_servers(&r, doc, url, err));
	BG_TRY(take_scope(&r, doc, err));
	BG_TRY(take_binding(&r, doc, err));
	BG_TRY(check_methods(doc, url, err));
	*out = r;
	r = (struct bg_resource){0};
	return BELGO_OK;
}

belgo_rc
bg_resource_assume(struct bg_resource *out, const char *url, struct belgo_error *err)
{
	BG_AUTO(bg_resource_done) struct bg_resource r = {0};
	const char *rest;

	if ((r.authorization_servers = bg_calloc(2, sizeof(char *))) == NULL ||
	    (r.authorization_servers[0] = origin_of(url, &rest)) == NULL ||
	    bg_str_set(&r.resource, url) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, WHAT ": out of memory");
	r.is_assumed = 1;
	*out = r;
	r = (struct bg_resource){0};
	return BELGO_OK;
}

int
bg_resource_is_at(const char *resource, const char *issuer)
{
	size_t len = strlen(issuer);

	return strncmp(resource, issuer, len) == 0 && strchr("/?", resource[len]) != NULL;
}

/* @spec MCP 2025-03-26: the authorization base URL is the server's without its path */
belgo_rc
belgo_provider_from_resource(struct belgo_provider **out, const char *resource, struct belgo_error *err)
{
	BG_AUTO(belgo_provider_free) struct belgo_provider *provider = NULL;
	BG_AUTO(bg_str_free) char *origin = NULL;
	const char *rest;

	if (resource == NULL)
		return bg_fail(err, BELGO_EINVAL, "the protected resource is missing");
	BG_TRY(bg_resource_check(resource, err));
	if ((origin = origin_of(resource, &rest)) == NULL)
		return bg_fail(err, BELGO_ENOMEM, "protected resource: out of memory");
	BG_TRY(belgo_provider_from_authorization_server(&provider, origin, err));
	provider->has_fixed_paths = 1;
	*out = BG_TAKE(provider);
	return BELGO_OK;
}

belgo_rc
bg_resource_check_scope(const char *scope, const char *url, struct belgo_error *err)
{
	if (scope == NULL || (bg_text_is_vschar(scope) && strpbrk(scope, "\"\\") == NULL))
		return BELGO_OK;
	return bg_fail(err, BELGO_EPROTO, "the challenge of %s: \"scope\" is no list of scopes", url);
}

belgo_rc
bg_resource_json(char **out, const struct bg_resource *resource, const char *scope, struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *doc = json_object();
	json_t *servers = json_array();

	if (json_object_set_new(doc, "authorization_servers", servers) != 0)
		return bg_fail(err, BELGO_ENOMEM, WHAT ": out of memory");
	for (char **s = resource->authorization_servers; *s != NULL; s++)
		if (json_array_append_new(servers, json_string(*s)) != 0)
			return bg_fail(err, BELGO_ENOMEM, WHAT ": out of memory");
	if (bg_json_set_str(doc, "resource", resource->resource) != BELGO_OK ||
	    bg_json_set_str(doc, "scope", scope != NULL ? scope : resource->scope) != BELGO_OK ||
	    (resource->wants_bound_tokens &&
	     json_object_set_new(doc, "dpop_bound_access_tokens_required", json_true()) != 0) ||
	    (resource->is_assumed && json_object_set_new(doc, "assumed", json_true()) != 0) ||
	    bg_json_dump(out, doc) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, WHAT ": out of memory");
	return BELGO_OK;
}
