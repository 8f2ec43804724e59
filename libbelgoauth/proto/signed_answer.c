/*
 * Whether an answer that came as a JWT is this provider's, for this client, and of now. The order is the ID
 * token's: algorithm, signature, issuer, claims.
 */
#include "proto/signed_answer.h"

#include "base/error.h"
#include "base/http1.h"
#include "base/limits.h"
#include "base/mem.h"
#include "proto/fapi.h"

#include <string.h>

/* It was asked for in the same exchange; what is older was kept by somebody. */
#define MAX_AGE_S 600

static int
has_media_type(const struct belgo_http_response *res, const struct bg_signed_answer *expect)
{
	return bg_http_is_media_type(belgo_http_response_header(res, "content-type"), expect->media_type);
}

int
bg_signed_answer_is(const struct belgo_http_response *res, const struct bg_signed_answer *expect)
{
	return res->status == 200 &&
	       (has_media_type(res, expect) || bg_encryption_covers(expect->encryption, expect->which));
}

/* @spec RFC 8725 section 3.1 */
static int
is_allowed(const struct bg_jws *jws, const struct bg_signed_answer *expect)
{
	const struct bg_alg *alg = jws->alg;
	char *const *advertised = expect->algs;

	if (!bg_alg_is_asymmetric(alg) || (expect->is_fapi && !bg_fapi_allows_signature(jws)))
		return 0;
	return advertised != NULL ? bg_list_has(advertised, alg->name) : bg_str_equal(alg->name, "RS256");
}

belgo_rc
bg_signed_answer_parse(struct bg_jws *out, const struct belgo_http_response *res,
		       const struct bg_signed_answer *expect, struct belgo_error *err)
{
	if (!has_media_type(res, expect)) /* JSON, say, from who hopes that nobody minds */
		return bg_fail(err, BELGO_ESIGNATURE, "%s is not encrypted, though that was agreed",
			       expect->what);
	if (strlen(res->body) != res->body_len)
		return bg_fail(err, BELGO_EPROTO, "%s is no JWT: it has a NUL byte in it", expect->what);
	return bg_signed_answer_parse_jwt(out, res->body, expect, err);
}

belgo_rc
bg_signed_answer_parse_jwt(struct bg_jws *out, const char *jwt, const struct bg_signed_answer *expect,
			   struct belgo_error *err)
{
	BG_AUTO(bg_jws_done) struct bg_jws jws = {0};
	BG_AUTO(bg_str_free) char *clear = NULL;

	BG_TRY(bg_encryption_open(&clear, jwt, expect->encryption, expect->which, expect->what, err));
	BG_TRY(bg_jws_parse(&jws, clear != NULL ? clear : jwt, expect->typ, BG_MAX_JWT, expect->what, err));
	if (!is_allowed(&jws, expect))
		return bg_fail(err, BELGO_ESIGNATURE,
			       "%s is signed with %s, which is not agreed with the provider", expect->what,
			       jws.alg->name);
	*out = jws;
	jws = (struct bg_jws){0};
	return BELGO_OK;
}

static belgo_rc
check_issuer(const json_t *claims, const struct bg_jwk *key, const struct bg_signed_answer *expect,
	     struct belgo_error *err)
{
	struct bg_issuer_check check = {
	    .place = BG_ISSUER_IN_ID_TOKEN,
	    .expected = expect->metadata->issuer,
	    .claims = claims,
	    .key_issuer = bg_jwk_issuer(key),
	};

	BG_TRY(bg_json_str(&check.found, claims, "iss", BG_REQUIRED, expect->what, err));
	return bg_provider_match_issuer(expect->provider, &check, err);
}

static belgo_rc
check_audience(const json_t *claims, const struct bg_signed_answer *expect, struct belgo_error *err)
{
	const json_t *aud = json_object_get(claims, "aud");
	const char *one = json_string_value(aud);

	if (one != NULL ? bg_str_equal(one, expect->client_id) : bg_json_strings_has(aud, expect->client_id))
		return BELGO_OK;
	return bg_fail(err, BELGO_ECLAIM, "%s is for another audience (aud) than this client", expect->what);
}

/* @spec RFC 7519 section 4.1.4, 4.1.5, 4.1.6 */
static belgo_rc
check_times(const json_t *claims, const struct bg_signed_answer *expect, struct belgo_error *err)
{
	int64_t now = expect->now, slack = expect->tolerance;
	int64_t iat = now, nbf = now, exp = now + slack + 1;
	int is_fresh = expect->iat == BG_ANSWER_IAT_FRESH;

	BG_TRY(bg_json_number(&iat, claims, "iat", is_fresh ? BG_REQUIRED : BG_OPTIONAL, expect->what, err));
	BG_TRY(bg_json_number(&nbf, claims, "nbf", BG_OPTIONAL, expect->what, err));
	BG_TRY(bg_json_number(&exp, claims, "exp", expect->needs_exp ? BG_REQUIRED : BG_OPTIONAL,
			      expect->what, err));
	if (iat > now + slack || nbf > now + slack)
		return bg_fail(err, BELGO_ECLAIM, "%s is of the future (%s)", expect->what,
			       iat > now + slack ? "iat" : "nbf");
	if (is_fresh && iat < now - MAX_AGE_S - slack)
		return bg_fail(err, BELGO_ECLAIM, "%s was made (iat) long before it was asked for",
			       expect->what);
	if (exp <= now - slack)
		return bg_fail(err, BELGO_ECLAIM, "%s expired (exp)", expect->what);
	return BELGO_OK;
}

/* @spec OpenID Connect Core section 5.3.2, 5.3.4; RFC 9701 section 5 */
belgo_rc
bg_signed_answer_validate(json_t **claims, const struct bg_jws *jws, const struct bg_jwk *key,
			  const struct bg_signed_answer *expect, struct belgo_error *err)
{
	BG_TRY(bg_jws_verify(jws, key, err));
	BG_TRY(check_issuer(jws->payload, key, expect, err));
	BG_TRY(check_audience(jws->payload, expect, err));
	BG_TRY(check_times(jws->payload, expect, err));
	*claims = json_incref(jws->payload);
	return BELGO_OK;
}
