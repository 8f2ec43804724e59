/* What guards a protected resource (an API, an MCP server): RFC 9728. Where that is written, and whether it
 * may be believed. */
#ifndef BG_PROTO_RESOURCE_H
#define BG_PROTO_RESOURCE_H

#include "base/json.h"

#include <belgoauth/transport.h>

struct bg_resource {
	char *resource;               /* what tokens are asked for (RFC 8707) */
	char **authorization_servers; /* issuers, NULL-terminated, at least one */
	char *scope;                  /* all of scopes_supported, blank separated, or NULL */
	int wants_bound_tokens;       /* dpop_bound_access_tokens_required */
	int is_assumed;               /* nobody said so */
};
void bg_resource_done(struct bg_resource *resource);

/* May url be a protected resource? https, or http on loopback; no user name, no fragment. BELGO_EINVAL. */
belgo_rc bg_resource_check(const char *url, struct belgo_error *err) BG_MUST_USE;

/* A request without any token, whose answer should be a challenge. */
belgo_rc bg_resource_probe_request(struct belgo_http_request *out, const char *url,
				   struct belgo_error *err) BG_MUST_USE;
/*
 * The i-th place of the metadata, or BELGO_ENOTFOUND past the last: where the challenge said (announced,
 * then nowhere else), else the well-known address with the resource's path, else that without. BELGO_EPROTO
 * for an announced address that nobody should be sent to.
 * @spec RFC 9728 section 3.1, 5.1
 */
belgo_rc bg_resource_metadata_url(char **out, const char *url, const char *announced, size_t i,
				  struct belgo_error *err) BG_MUST_USE;
belgo_rc bg_resource_metadata_request(struct belgo_http_request *out, const char *metadata_url,
				      struct belgo_error *err) BG_MUST_USE;
/*
 * metadata_url: where the answer came from, on which depends how much it may speak for. BELGO_ENOTFOUND: a
 * 4xx other than 429: try the next place. BELGO_EUNAVAILABLE. BELGO_EPROTO: not a sound document.
 * BELGO_EISSUER: the document of another resource.
 * @spec RFC 9728 section 3.2, 3.3
 */
belgo_rc bg_resource_metadata_response(struct bg_resource *out, const char *url, const char *metadata_url,
				       const struct belgo_http_response *res,
				       struct belgo_error *err) BG_MUST_USE;
/*
 * Where there is no such metadata: the resource's own origin is its authorization server, as MCP had it
 * before protected resources described themselves.
 */
belgo_rc bg_resource_assume(struct bg_resource *out, const char *url, struct belgo_error *err) BG_MUST_USE;
/* Is that issuer the very origin of the resource? */
int bg_resource_is_at(const char *resource, const char *issuer);
/* May the scope of a resource's challenge stand in a request? NULL is none. BELGO_EPROTO. @spec RFC 6750
 * section 3 */
belgo_rc bg_resource_check_scope(const char *scope, const char *url, struct belgo_error *err) BG_MUST_USE;
/* The public form of it: {"resource","authorization_servers":[],"scope",
 * "dpop_bound_access_tokens_required","assumed"}. scope: the challenge's,
 * or NULL. */
belgo_rc bg_resource_json(char **out, const struct bg_resource *resource, const char *scope,
			  struct belgo_error *err) BG_MUST_USE;

#endif
