/*
 * The metadata document: what it must look like before any of it is believed, and whether a login by code is
 * possible with it. Where it lies and how it is fetched is discovery.c's.
 */
#include "proto/discovery.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/url.h"
#include "jose/alg.h"
#include "proto/metadata.h"
#include "proto/provider_members.h"

#include <stdlib.h>
#include <string.h>

#define WHAT "provider metadata"

/* A list or a flag. */
struct member {
	const char *name;
	size_t offset;
};

#define AT(member) offsetof(struct bg_metadata, member)
static const struct member lists[] = {
    {"scopes_supported", AT(scopes_supported)},
    {"response_types_supported", AT(response_types_supported)},
    {"response_modes_supported", AT(response_modes_supported)},
    {"grant_types_supported", AT(grant_types_supported)},
    {"token_endpoint_auth_methods_supported", AT(token_endpoint_auth_methods_supported)},
    {"token_endpoint_auth_signing_alg_values_supported",
     AT(token_endpoint_auth_signing_alg_values_supported)},
    {"code_challenge_methods_supported", AT(code_challenge_methods_supported)},
    {"id_token_signing_alg_values_supported", AT(id_token_signing_alg_values_supported)},
    {"prompt_values_supported", AT(prompt_values_supported)},
    {"authorization_details_types_supported", AT(authorization_details_types_supported)},
    {"request_object_signing_alg_values_supported", AT(request_object_signing_alg_values_supported)},
    {"dpop_signing_alg_values_supported", AT(dpop_signing_alg_values_supported)},
    {"authorization_signing_alg_values_supported", AT(authorization_signing_alg_values_supported)},
    {"userinfo_signing_alg_values_supported", AT(userinfo_signing_alg_values_supported)},
    {"introspection_signing_alg_values_supported", AT(introspection_signing_alg_values_supported)},
    {"introspection_endpoint_auth_methods_supported", AT(introspection_endpoint_auth_methods_supported)},
    {"introspection_endpoint_auth_signing_alg_values_supported",
     AT(introspection_endpoint_auth_signing_alg_values_supported)},
    {"revocation_endpoint_auth_methods_supported", AT(revocation_endpoint_auth_methods_supported)},
    {"revocation_endpoint_auth_signing_alg_values_supported",
     AT(revocation_endpoint_auth_signing_alg_values_supported)},
};
/* @spec RFC 9207 section 3; RFC 9126 section 5; RFC 9101 section 10.5; RFC 8705 section 3.3: what is absent
 * is false */
static const struct member flags[] = {
    {"authorization_response_iss_parameter_supported", AT(iss_parameter_supported)},
    {"require_pushed_authorization_requests", AT(require_par)},
    {"client_id_metadata_document_supported", AT(client_id_metadata_document_supported)},
    {"require_signed_request_object", AT(require_signed_request_object)},
    {"tls_client_certificate_bound_access_tokens", AT(certificate_bound_tokens)},
};
#undef AT

static char ***
list_at(struct bg_metadata *metadata, const struct member *m)
{
	return (char ***)(void *)((char *)metadata + m->offset);
}

void
bg_metadata_free(struct bg_metadata **metadata)
{
	struct bg_metadata *m;

	if (metadata == NULL || (m = BG_TAKE(*metadata)) == NULL)
		return;
	bg_str_free(&m->issuer);
	bg_endpoints_done(&m->endpoints);
	bg_endpoints_done(&m->mtls_endpoint_aliases);
	for (size_t i = 0; i < BG_LEN(lists); i++)
		bg_strv_free(list_at(m, &lists[i]));
	bg_str_free(&m->json);
	free(m);
}

int
bg_list_has(char *const *list, const char *word)
{
	for (; list != NULL && *list != NULL; list++)
		if (strcmp(*list, word) == 0)
			return 1;
	return 0;
}

static belgo_rc
read_list(char ***out, const json_t *doc, const char *name, struct belgo_error *err)
{
	BG_AUTO(bg_strv_free) char **list = NULL;
	const json_t *words;
	size_t i;
	json_t *word;

	BG_TRY(bg_json_strings(&words, doc, name, BG_OPTIONAL, WHAT, err));
	if (words == NULL)
		return BELGO_OK;
	if ((list = bg_calloc(json_array_size(words) + 1, sizeof(*list))) == NULL)
		return bg_fail(err, BELGO_ENOMEM, WHAT ": out of memory");
	json_array_foreach(words, i, word) if ((list[i] = bg_strdup(json_string_value(word))) ==
					       NULL) return bg_fail(err, BELGO_ENOMEM,
								    WHAT ": out of memory");
	*out = BG_TAKE(list);
	return BELGO_OK;
}

/* Every endpoint that is named must be sound, those too that nobody is going to use: a document with one bad
 * URL is not trusted (M02). */
static belgo_rc
read_endpoints(struct bg_endpoints *out, const json_t *doc, const struct belgo_provider *provider,
	       struct belgo_error *err)
{
	for (const struct bg_endpoint_member *e = bg_endpoint_members; e->name != NULL; e++) {
		const char *url;

		BG_TRY(bg_json_str(&url, doc, e->name, BG_OPTIONAL, WHAT, err));
		if (url == NULL)
			continue;
		BG_TRY(bg_url_check_endpoint(url, provider->issuer, e->name, err));
		if (bg_str_set(bg_endpoint(out, e), url) != BELGO_OK)
			return bg_fail(err, BELGO_ENOMEM, WHAT ": out of memory");
	}
	return BELGO_OK;
}

/* Where the client does not go itself, with its certificate: the user's browser does, or anybody. An alias
 * there would send the user or whoever wants the keys to a host that asks for a certificate. */
static void
drop_indirect(struct bg_endpoints *aliases)
{
	bg_str_free(&aliases->authorization);
	bg_str_free(&aliases->end_session);
	bg_str_free(&aliases->jwks_uri);
}

/* @spec RFC 8705 section 5 */
static belgo_rc
read_aliases(struct bg_metadata *m, const json_t *doc, const struct belgo_provider *provider,
	     struct belgo_error *err)
{
	static const char name[] = "mtls_endpoint_aliases";
	const json_t *aliases = json_object_get(doc, name);

	if (aliases == NULL)
		return BELGO_OK;
	if (!json_is_object(aliases))
		return bg_fail(err, BELGO_EPROTO, WHAT ": member \"%s\" is no object", name);
	BG_TRY(read_endpoints(&m->mtls_endpoint_aliases, aliases, provider, err));
	drop_indirect(&m->mtls_endpoint_aliases);
	return BELGO_OK;
}

belgo_rc
bg_metadata_use_mtls(struct bg_metadata *metadata)
{
	return bg_endpoints_overlay(&metadata->endpoints, &metadata->mtls_endpoint_aliases);
}

static belgo_rc
read_flag(struct bg_metadata *m, const json_t *doc, const struct member *flag, struct belgo_error *err)
{
	const json_t *value = json_object_get(doc, flag->name);

	if (value != NULL && !json_is_boolean(value))
		return bg_fail(err, BELGO_EPROTO, WHAT ": member \"%s\" is neither true nor false",
			       flag->name);
	*(int *)(void *)((char *)m + flag->offset) = json_is_true(value);
	return BELGO_OK;
}

/* @spec OpenID Connect Discovery 1.0 section 4.3; RFC 8414 section 3.3 */
static belgo_rc
check_issuer(const struct belgo_provider *provider, const char *issuer, struct belgo_error *err)
{
	return bg_provider_match_issuer(provider,
					&(struct bg_issuer_check){.place = BG_ISSUER_IN_METADATA,
								  .expected = provider->issuer,
								  .found = issuer},
					err);
}

/* @spec RFC 8414 section 2, 3.2, 3.3; OpenID Connect Discovery 1.0 section 3, 4.2, 4.3 */
belgo_rc
bg_metadata_judge(struct bg_metadata **out, const struct belgo_provider *provider, const json_t *doc,
		  const char *json, size_t len, struct belgo_error *err)
{
	BG_AUTO(bg_metadata_free) struct bg_metadata *m = bg_calloc(1, sizeof(*m));
	const char *issuer;

	if (m == NULL)
		return bg_fail(err, BELGO_ENOMEM, WHAT ": out of memory");
	BG_TRY(bg_json_str(&issuer, doc, "issuer", BG_REQUIRED, WHAT, err));
	BG_TRY(check_issuer(provider, issuer, err));
	BG_TRY(read_endpoints(&m->endpoints, doc, provider, err));
	BG_TRY(read_aliases(m, doc, provider, err));
	for (size_t i = 0; i < BG_LEN(lists); i++)
		BG_TRY(read_list(list_at(m, &lists[i]), doc, lists[i].name, err));
	for (size_t i = 0; i < BG_LEN(flags); i++)
		BG_TRY(read_flag(m, doc, &flags[i], err));
	if (bg_str_set(&m->issuer, issuer) || bg_endpoints_overlay(&m->endpoints, &provider->endpoints) ||
	    (m->json = bg_strndup(json, len)) == NULL)
		return bg_fail(err, BELGO_ENOMEM, WHAT ": out of memory");
	*out = BG_TAKE(m);
	return BELGO_OK;
}

belgo_rc
bg_metadata_parse(struct bg_metadata **out, const struct belgo_provider *provider, const char *json,
		  size_t len, struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *doc = NULL;

	BG_TRY(bg_json_object(&doc, json, len, BG_MAX_METADATA, BG_JSON_NUMBERS_STRICT, WHAT, err));
	return bg_metadata_judge(out, provider, doc, json, len, err);
}

belgo_rc
bg_metadata_manual(struct bg_metadata **out, const struct belgo_provider *provider, struct belgo_error *err)
{
	BG_AUTO(bg_metadata_free) struct bg_metadata *m = NULL;

	if (provider->endpoints.authorization == NULL || provider->endpoints.token == NULL)
		return bg_fail(err, BELGO_EINVAL, "provider %s: without discovery it needs %s",
			       provider->id != NULL ? provider->id : provider->issuer,
			       provider->endpoints.token == NULL ? "a token_endpoint"
								 : "an authorization_endpoint");
	if ((m = bg_calloc(1, sizeof(*m))) == NULL || bg_str_set(&m->issuer, provider->issuer) ||
	    bg_endpoints_overlay(&m->endpoints, &provider->endpoints))
		return bg_fail(err, BELGO_ENOMEM, WHAT ": out of memory");
	*out = BG_TAKE(m);
	return BELGO_OK;
}

belgo_rc
bg_metadata_assume(struct bg_metadata **out, const struct belgo_provider *provider, struct belgo_error *err)
{
	static const char *const s256 = "S256";
	BG_AUTO(bg_metadata_free) struct bg_metadata *m = bg_calloc(1, sizeof(*m));

	if (m == NULL || bg_str_set(&m->issuer, provider->issuer) ||
	    (m->endpoints.authorization = bg_strf("%s/authorize", provider->issuer)) == NULL ||
	    (m->endpoints.token = bg_strf("%s/token", provider->issuer)) == NULL ||
	    (m->endpoints.registration = bg_strf("%s/register", provider->issuer)) == NULL ||
	    bg_strv_dup(&m->code_challenge_methods_supported, &s256, 1))
		return bg_fail(err, BELGO_ENOMEM, WHAT ": out of memory");
	m->at_fixed_paths = 1;
	*out = BG_TAKE(m);
	return BELGO_OK;
}

static int
has_asymmetric_alg(char *const *list)
{
	for (; *list != NULL; list++) {
		const struct bg_alg *alg = bg_alg_find(*list);

		if (alg != NULL && bg_alg_is_asymmetric(alg))
			return 1;
	}
	return 0;
}

static int
id_token_algs_are_unusable(const struct bg_metadata *m, const struct belgo_provider *provider)
{
	return provider->kind == BG_KIND_OIDC && provider->id_token_algs == NULL &&
	       m->id_token_signing_alg_values_supported != NULL &&
	       !has_asymmetric_alg(m->id_token_signing_alg_values_supported);
}

static const char *
token_fault(const struct bg_metadata *m, const struct belgo_provider *provider)
{
	if (m->endpoints.token == NULL)
		return "there is no token_endpoint";
	if (id_token_algs_are_unusable(m, provider))
		return "id_token_signing_alg_values_supported has no algorithm with a public key";
	return NULL;
}

/* @spec RFC 8628 section 4 */
belgo_rc
bg_metadata_check_device(const struct bg_metadata *m, const struct belgo_provider *provider,
			 struct belgo_error *err)
{
	const char *why = token_fault(m, provider);

	if (m->endpoints.device_authorization == NULL)
		return bg_fail(err, BELGO_ENOTFOUND,
			       "%s offers no sign-in by device code: " WHAT
			       " names no device_authorization_endpoint",
			       m->issuer);
	return why == NULL ? BELGO_OK : bg_fail(err, BELGO_EPROTO, WHAT " of %s: %s", m->issuer, why);
}

belgo_rc
bg_metadata_check_pkce(const struct bg_metadata *m, const struct belgo_provider *provider,
		       struct belgo_error *err)
{
	if (provider->pkce == BG_PKCE_ASSUMED || bg_list_has(m->code_challenge_methods_supported, "S256"))
		return BELGO_OK;
	return bg_fail(err, BELGO_EPROTO,
		       WHAT " of %s: code_challenge_methods_supported has no \"S256\", which a login for a "
			    "protected resource needs",
		       m->issuer);
}

/* @spec RFC 7636 section 4.2; RFC 8414 section 2 */
belgo_rc
bg_metadata_check_login(const struct bg_metadata *m, const struct belgo_provider *provider,
			struct belgo_error *err)
{
	const char *why = token_fault(m, provider);

	if (m->endpoints.authorization == NULL)
		why = "there is no authorization_endpoint";
	else if (m->response_types_supported != NULL && !bg_list_has(m->response_types_supported, "code"))
		why = "response_types_supported has no \"code\"";
	else if (m->code_challenge_methods_supported != NULL &&
		 !bg_list_has(m->code_challenge_methods_supported, "S256"))
		why = "code_challenge_methods_supported has no \"S256\", and nothing weaker is used";
	if (why == NULL)
		return BELGO_OK;
	return bg_fail(err, BELGO_EPROTO, WHAT " of %s: %s", m->issuer, why);
}
