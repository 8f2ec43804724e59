/* The demands of the FAPI 2.0 Security Profile, one function each, in two tables. */
#include "proto/fapi.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/url.h"
#include "jose/private_key.h"
#include "proto/dpop.h"
#include "proto/provider_members.h"

static const char *const algs[] = {"PS256", "ES256", "EdDSA"};
#define ED25519_SIGNATURE 64 /* bytes */

static int
allows_name(const char *name)
{
	for (size_t i = 0; i < BG_LEN(algs); i++)
		if (bg_str_equal(algs[i], name))
			return 1;
	return 0;
}

/* @spec FAPI 2.0 Security Profile section 5.4.1 (EdDSA is Ed25519's) */
int
bg_fapi_allows_signature(const struct bg_jws *jws)
{
	return allows_name(jws->alg->name) &&
	       (jws->alg->family != BG_ALG_EDDSA || jws->signature_len == ED25519_SIGNATURE);
}

static int
is_of_curve(const json_t *key, const char *crv)
{
	return bg_str_equal(json_string_value(json_object_get(key, "crv")), crv);
}

/* @spec FAPI 2.0 Security Profile section 5.4.1 (EdDSA is Ed25519's) */
const struct bg_alg *
bg_fapi_alg(const json_t *key, char *const *allowed)
{
	for (size_t i = 0; i < BG_LEN(algs); i++) {
		const struct bg_alg *alg = bg_alg_find(algs[i]);

		if (bg_private_key_fits(key, alg) && (allowed == NULL || bg_list_has(allowed, alg->name)) &&
		    (alg->family != BG_ALG_EDDSA || is_of_curve(key, "Ed25519")))
			return alg;
	}
	return NULL;
}

static int
lists_one(char *const *list)
{
	for (size_t i = 0; i < BG_LEN(algs); i++)
		if (bg_list_has(list, algs[i]))
			return 1;
	return 0;
}

/* @spec RFC 8705 section 3.3 */
int
bg_fapi_binds_by_certificate(const struct bg_fapi *in)
{
	return bg_auth_method_is_tls(in->auth->method) && in->metadata->certificate_bound_tokens;
}

static int
takes_pushed_requests(const struct bg_fapi *in)
{
	return in->metadata->endpoints.pushed_authorization_request != NULL;
}

static int
names_s256(const struct bg_fapi *in)
{
	return bg_list_has(in->metadata->code_challenge_methods_supported, "S256");
}

static int
names_itself(const struct bg_fapi *in)
{
	return in->metadata->iss_parameter_supported;
}

static int
is_held_to_its_name(const struct bg_fapi *in)
{
	return !in->provider->iss_not_sent;
}

static int
binds_tokens(const struct bg_fapi *in)
{
	char *const *listed = in->metadata->dpop_signing_alg_values_supported;

	return bg_fapi_binds_by_certificate(in) || (listed != NULL && bg_dpop_alg(listed) != NULL);
}

static int
may_bind_tokens(const struct bg_fapi *in)
{
	return bg_fapi_binds_by_certificate(in) || !in->is_without_dpop;
}

static int
binds_access_tokens(const struct bg_fapi *in)
{
	return bg_fapi_binds_by_certificate(in) || in->provider->dpop_binds == BG_DPOP_BINDS_TOKENS;
}

/* @spec FAPI 2.0 Security Profile section 5.3.3.1 */
static int
takes_published_endpoints(const struct bg_fapi *in)
{
	for (const struct bg_endpoint_member *m = bg_endpoint_members; m->name != NULL; m++)
		if (bg_endpoint_value(&in->provider->endpoints, m) != NULL)
			return 0;
	return 1;
}

static int
authenticates_by_key(const struct bg_fapi *in)
{
	return in->auth->method == BG_AUTH_PRIVATE_KEY_JWT || bg_auth_method_is_tls(in->auth->method);
}

static int
signs_for_issuer(const struct bg_fapi *in)
{
	return in->auth->audience == NULL || bg_str_equal(in->auth->audience, in->metadata->issuer);
}

static int
has_strong_id_tokens(const struct bg_fapi *in)
{
	return in->provider->kind != BG_KIND_OIDC || in->provider->id_token_algs != NULL ||
	       lists_one(in->metadata->id_token_signing_alg_values_supported);
}

static int
wants_strong_id_tokens(const struct bg_fapi *in)
{
	char *const *list = in->provider->id_token_algs;

	for (size_t i = 0; list != NULL && list[i] != NULL; i++)
		if (!allows_name(list[i]))
			return 0;
	return 1;
}

struct demand {
	int (*is_met)(const struct bg_fapi *in);
	belgo_rc rc;
	const char *unmet;
};
/* @spec FAPI 2.0 Security Profile section 5.3.2, 5.3.3: of the request that the browser carries */
static const struct demand of_logins[] = {
    {takes_pushed_requests, BELGO_EPROTO, "the provider has no pushed_authorization_request_endpoint"},
    {names_s256, BELGO_EPROTO, "code_challenge_methods_supported has no \"S256\""},
    {names_itself, BELGO_EPROTO, "authorization_response_iss_parameter_supported is not true"},
    {is_held_to_its_name, BELGO_EINVAL, "the preset says iss_not_sent"},
};
/* @spec FAPI 2.0 Security Profile section 5.3.2, 5.3.3, 5.4.1: of each request for tokens */
static const struct demand of_tokens[] = {
    {takes_published_endpoints, BELGO_EINVAL,
     "the preset names endpoints of its own: leave them to the provider's metadata"},
    {authenticates_by_key, BELGO_EINVAL,
     "the client has to authenticate by private_key_jwt, tls_client_auth or self_signed_tls_client_auth"},
    {signs_for_issuer, BELGO_EINVAL, "the preset's assertion_audience is not the issuer"},
    {may_bind_tokens, BELGO_EINVAL, "DPoP is switched off and no certificate binds the tokens"},
    {binds_tokens, BELGO_EPROTO,
     "dpop_signing_alg_values_supported lists neither ES256 nor EdDSA, and no certificate binds the tokens"},
    {binds_access_tokens, BELGO_EINVAL, "the preset's dpop_binds leaves access tokens unbound"},
    {wants_strong_id_tokens, BELGO_EINVAL, "the preset's id_token_algs has others than " BG_FAPI_ALGS},
    {has_strong_id_tokens, BELGO_EPROTO, "id_token_signing_alg_values_supported lists none of " BG_FAPI_ALGS},
};

/* @spec FAPI 2.0 Security Profile section 5.2.1 */
static belgo_rc
check_issuer(const char *issuer, struct belgo_error *err)
{
	BG_AUTO(bg_url_done) struct bg_url url = {0};
	belgo_rc rc = bg_url_parse(&url, issuer);

	if (rc == BELGO_ENOMEM)
		return bg_fail(err, rc, "out of memory");
	if (rc == BELGO_OK && (url.scheme == BG_HTTPS || bg_url_is_loopback(&url)))
		return BELGO_OK;
	return bg_fail(err, BELGO_EPROTO, "FAPI 2.0: the issuer %s is neither https nor on loopback", issuer);
}

static belgo_rc
check_demands(const struct demand *demands, size_t n, const struct bg_fapi *in, struct belgo_error *err)
{
	for (size_t i = 0; i < n; i++)
		if (!demands[i].is_met(in))
			return bg_fail(err, demands[i].rc, "FAPI 2.0: at %s %s", in->metadata->issuer,
				       demands[i].unmet);
	return BELGO_OK;
}

belgo_rc
bg_fapi_check_tokens(const struct bg_fapi *in, struct belgo_error *err)
{
	BG_TRY(check_issuer(in->metadata->issuer, err));
	return check_demands(of_tokens, BG_LEN(of_tokens), in, err);
}

belgo_rc
bg_fapi_check(const struct bg_fapi *in, struct belgo_error *err)
{
	BG_TRY(check_demands(of_logins, BG_LEN(of_logins), in, err));
	return bg_fapi_check_tokens(in, err);
}
