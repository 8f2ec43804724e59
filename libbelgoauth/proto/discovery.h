/* Provider metadata: where it lies, and whether it may be believed. OpenID Connect Discovery 1.0, RFC 8414.
 */
#ifndef BG_PROTO_DISCOVERY_H
#define BG_PROTO_DISCOVERY_H

#include "proto/provider.h"

#include <belgoauth/transport.h>

struct bg_metadata {
	char *issuer;
	struct bg_endpoints endpoints;
	struct bg_endpoints mtls_endpoint_aliases;
	char **scopes_supported; /* NULL-terminated, or NULL: not said */
	char **response_types_supported;
	char **response_modes_supported;
	char **grant_types_supported;
	char **token_endpoint_auth_methods_supported;
	char **token_endpoint_auth_signing_alg_values_supported;
	char **code_challenge_methods_supported;
	char **id_token_signing_alg_values_supported;
	char **prompt_values_supported;
	char **authorization_details_types_supported;
	char **dpop_signing_alg_values_supported;
	char **request_object_signing_alg_values_supported;
	char **authorization_signing_alg_values_supported; /* of JARM */
	char **userinfo_signing_alg_values_supported;
	char **introspection_signing_alg_values_supported;
	char **introspection_endpoint_auth_methods_supported;
	char **introspection_endpoint_auth_signing_alg_values_supported;
	char **revocation_endpoint_auth_methods_supported;
	char **revocation_endpoint_auth_signing_alg_values_supported;
	int iss_parameter_supported; /* authorization_response_iss_parameter_supported */
	int require_par;             /* require_pushed_authorization_requests */
	int client_id_metadata_document_supported;
	int require_signed_request_object;
	int certificate_bound_tokens; /* tls_client_certificate_bound_access_tokens */
	int at_fixed_paths;           /* nothing was published */
	char *json;                   /* the document, for people; NULL for manual metadata */
};
void bg_metadata_free(struct bg_metadata **metadata);
/* From now on the endpoints that the client asks itself are those for clients that show a certificate, where
 * there are such. BELGO_ENOMEM. @spec RFC 8705 section 5 */
belgo_rc bg_metadata_use_mtls(struct bg_metadata *metadata) BG_MUST_USE;
/* Membership in a NULL-terminated list; NULL list: 0. */
int bg_list_has(char *const *list, const char *word);

/*
 * The i-th candidate URL for issuer, or BELGO_ENOTFOUND past the last: RFC 8414 inserted, OpenID inserted,
 * OpenID appended (without a path: RFC 8414, OpenID), cut to what the provider's `discovery` says. OIDC kind,
 * unless a protected resource named it: OpenID appended first.
 * @spec RFC 8414 section 3.1; OpenID Connect Discovery 1.0 section 4; MCP 2025-11-25
 */
belgo_rc bg_discovery_url(char **out, const struct belgo_provider *provider, size_t i,
			  struct belgo_error *err) BG_MUST_USE;
/* Does the RFC 8414 document come before those of OpenID? */
int bg_discovery_begins_with_oauth(const struct belgo_provider *provider);
belgo_rc bg_discovery_request(struct belgo_http_request *out, const char *url, const char *etag,
			      const char *last_modified, struct belgo_error *err) BG_MUST_USE;

/*
 * Judges one candidate's answer. BELGO_ENOTFOUND: a 4xx other than 429: try the next candidate.
 * BELGO_EUNAVAILABLE: 5xx, 429, 3xx-less silence. BELGO_EPROTO: anything else than 200 with application/json
 * and a sound document. BELGO_EISSUER: another issuer.
 */
belgo_rc bg_discovery_response(struct bg_metadata **out, const struct belgo_provider *provider,
			       const struct belgo_http_response *res, struct belgo_error *err) BG_MUST_USE;
/* The document alone, as it comes from a cache; the same judgement. */
belgo_rc bg_metadata_parse(struct bg_metadata **out, const struct belgo_provider *provider, const char *json,
			   size_t len, struct belgo_error *err) BG_MUST_USE;
/* Manual endpoints only (discovery "none"). BELGO_EINVAL where authorization or token endpoint is missing. */
belgo_rc bg_metadata_manual(struct bg_metadata **out, const struct belgo_provider *provider,
			    struct belgo_error *err) BG_MUST_USE;
/*
 * Where a protected resource's own origin publishes nothing: /authorize, /token and /register there. PKCE was
 * demanded of such servers, and ID tokens they have none.
 * @spec MCP 2025-03-26
 */
belgo_rc bg_metadata_assume(struct bg_metadata **out, const struct belgo_provider *provider,
			    struct belgo_error *err) BG_MUST_USE;

/* Is there anything that makes a login by code impossible? no authorization or token endpoint, response_types
 * without code, PKCE list without S256, no usable ID-token algorithm. BELGO_EPROTO. */
belgo_rc bg_metadata_check_login(const struct bg_metadata *metadata, const struct belgo_provider *provider,
				 struct belgo_error *err) BG_MUST_USE;
/*
 * For a protected resource S256 must be named, or known to work: a preset that says `pkce: assumed` passes
 * where nothing is listed, which MCP does not know. BELGO_EPROTO.
 * @spec MCP 2026-07-28
 */
belgo_rc bg_metadata_check_pkce(const struct bg_metadata *metadata, const struct belgo_provider *provider,
				struct belgo_error *err) BG_MUST_USE;
/* The same for a login by device code. BELGO_ENOTFOUND: there is no device_authorization_endpoint. */
belgo_rc bg_metadata_check_device(const struct bg_metadata *metadata, const struct belgo_provider *provider,
				  struct belgo_error *err) BG_MUST_USE;

#endif
