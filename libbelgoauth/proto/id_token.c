/*
 * ID tokens: which algorithm may sign, and the order of the checks: algorithm, signature, issuer, claims, the
 * provider's own. Each claim by itself is id_token_claims.c's; finding the key is the caller's.
 */
#include "proto/id_token.h"

#include "base/error.h"
#include "base/mem.h"
#include "proto/fapi.h"
#include "proto/id_token_claims.h"

/*
 * HMAC only where the provider's preset names it: one that is merely advertised would let whoever knows the
 * client secret, which native clients ship, sign for the provider.
 */
static int
is_allowed(const struct bg_alg *alg, const struct bg_id_token_expect *expect)
{
	char *const *advertised = expect->metadata->id_token_signing_alg_values_supported;

	if (expect->use == BG_ID_TOKEN_HANDED_IN && !bg_alg_is_asymmetric(alg))
		return 0;
	if (expect->provider->id_token_algs != NULL)
		return bg_list_has(expect->provider->id_token_algs, alg->name);
	if (!bg_alg_is_asymmetric(alg))
		return 0;
	return advertised != NULL ? bg_list_has(advertised, alg->name) : bg_str_equal(alg->name, "RS256");
}

/* @spec OpenID Connect Core section 3.1.3.7 (7); RFC 8725 section 3.1 */
belgo_rc
bg_id_token_check_alg(const struct bg_jws *jws, const struct bg_id_token_expect *expect,
		      struct belgo_error *err)
{
	if (!is_allowed(jws->alg, expect) || (expect->is_fapi && !bg_fapi_allows_signature(jws)))
		return bg_fail(err, BELGO_ESIGNATURE,
			       "the ID token is signed with %s, which is not agreed with the provider",
			       jws->alg->name);
	return BELGO_OK;
}

/* @spec OpenID Connect Core section 3.1.3.7 (6) and (8) */
static belgo_rc
check_signature(const struct bg_jws *jws, const struct bg_jwk *key, const struct bg_id_token_expect *expect,
		struct belgo_error *err)
{
	if (key != NULL)
		return bg_jws_verify(jws, key, err);
	return bg_jws_verify_hmac(jws, expect->client_secret, err);
}

/* @spec OpenID Connect Core section 3.1.3.7 (2) */
static belgo_rc
check_issuer(const json_t *claims, const struct bg_jwk *key, const struct bg_id_token_expect *expect,
	     struct belgo_error *err)
{
	struct bg_issuer_check check = {
	    .place = BG_ISSUER_IN_ID_TOKEN,
	    .expected = expect->metadata->issuer,
	    .claims = claims,
	    .key_issuer = key != NULL ? bg_jwk_issuer(key) : NULL,
	};

	BG_TRY(bg_json_str(&check.found, claims, "iss", BG_REQUIRED, "the ID token", err));
	return bg_provider_match_issuer(expect->provider, &check, err);
}

/* The domain asked for at login must come back; "*" is any. A hint in the request alone binds nobody. */
static belgo_rc
check_hosted_domain(const json_t *claims, const char *want, struct belgo_error *err)
{
	const char *hd;

	BG_TRY(bg_json_str(&hd, claims, "hd", BG_OPTIONAL, "the ID token", err));
	if (hd == NULL || *hd == '\0')
		return bg_fail(err, BELGO_ECLAIM, "the ID token names no domain (hd), but one was asked for");
	if (!bg_str_equal(want, "*") && !bg_str_equal(want, hd))
		return bg_fail(err, BELGO_ECLAIM,
			       "the ID token is for another domain (hd) than was asked for");
	return BELGO_OK;
}

static belgo_rc
check_by_provider(const json_t *claims, const struct bg_id_token_expect *expect, struct belgo_error *err)
{
	const struct bg_hooks *hooks = expect->provider->hooks;

	if (hooks->check_claims != NULL)
		return hooks->check_claims(expect->provider, claims, expect->hd, err);
	return expect->hd != NULL ? check_hosted_domain(claims, expect->hd, err) : BELGO_OK;
}

belgo_rc
bg_id_token_validate(json_t **claims, const struct bg_jws *jws, const struct bg_jwk *key,
		     const struct bg_id_token_expect *expect, const int64_t *clock_skew,
		     struct belgo_error *err)
{
	BG_TRY(bg_id_token_check_alg(jws, expect, err));
	BG_TRY(check_signature(jws, key, expect, err));
	BG_TRY(check_issuer(jws->payload, key, expect, err));
	BG_TRY(bg_id_token_check_claims(jws->payload, jws->alg, expect, clock_skew, err));
	BG_TRY(check_by_provider(jws->payload, expect, err));
	*claims = json_incref(jws->payload);
	return BELGO_OK;
}
