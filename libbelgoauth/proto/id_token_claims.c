/*
 * The claims of an ID token, each judged by itself: whom it is for, when, for which login and which tokens,
 * and at refresh whether it continues the first one. Personal data is not judged here.
 */
#include "proto/id_token_claims.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"

#include <inttypes.h>
#include <string.h>

#define WHAT "the ID token"
/* A login is minutes old at most, for the browser is; what is older was kept by somebody. */
#define LOGIN_MAX_AGE_S 600

static int
is_ours(const struct bg_id_token_expect *expect, const char *client_id)
{
	for (const char *const *id = expect->client_ids; *id != NULL; id++)
		if (bg_str_equal(*id, client_id))
			return 1;
	return 0;
}

/* The i-th audience, NULL past the last or where it is no string. `aud` is a string or an array of strings.
 */
static const char *
audience_at(const json_t *aud, size_t i)
{
	if (json_is_array(aud))
		return json_string_value(json_array_get(aud, i));
	return i == 0 ? json_string_value(aud) : NULL;
}

static size_t
audience_count(const json_t *aud)
{
	return json_is_array(aud) ? json_array_size(aud) : 1;
}

/*
 * There is no list of other parties that are trusted with our tokens, so every audience must be a client id
 * of ours.
 * @spec OpenID Connect Core section 3.1.3.7 (3)
 */
static belgo_rc
check_audience(const json_t *claims, const struct bg_id_token_expect *expect, struct belgo_error *err)
{
	const json_t *aud = json_object_get(claims, "aud");

	if (aud == NULL || audience_count(aud) == 0)
		return bg_fail(err, BELGO_ECLAIM, "the ID token names no audience (aud)");
	for (size_t i = 0; i < audience_count(aud); i++) {
		const char *member = audience_at(aud, i);

		if (member == NULL)
			return bg_fail(err, BELGO_EPROTO,
				       "the ID token has an audience (aud) that is no string");
		if (!is_ours(expect, member))
			return bg_fail(err, BELGO_ECLAIM,
				       "the ID token is for another audience (aud) than this client");
	}
	return BELGO_OK;
}

/* @spec OpenID Connect Core section 3.1.3.7 (4) and (5) */
static belgo_rc
check_authorized_party(const json_t *claims, const struct bg_id_token_expect *expect, struct belgo_error *err)
{
	const char *azp;

	BG_TRY(bg_json_str(&azp, claims, "azp", BG_OPTIONAL, WHAT, err));
	if (azp == NULL && audience_count(json_object_get(claims, "aud")) > 1)
		return bg_fail(err, BELGO_ECLAIM,
			       "the ID token has several audiences and no authorized party (azp)");
	if (azp != NULL && !is_ours(expect, azp))
		return bg_fail(err, BELGO_ECLAIM,
			       "the ID token is for another authorized party (azp) than this client");
	return BELGO_OK;
}

/* @spec OpenID Connect Core section 2 (sub: at most 255 ASCII characters) */
static belgo_rc
check_subject(const json_t *claims, struct belgo_error *err)
{
	const char *sub;

	BG_TRY(bg_json_str(&sub, claims, "sub", BG_REQUIRED, WHAT, err));
	if (strlen(sub) > BG_MAX_SUBJECT)
		return bg_fail(err, BELGO_ECLAIM, "the ID token's subject (sub) is longer than %d bytes",
			       BG_MAX_SUBJECT);
	return BELGO_OK;
}

/* Says by how much a time is off and, where it was measured, that it is this clock which is wrong. */
static belgo_rc
fail_time(const char *complaint, int64_t seconds, const char *tail, const struct bg_id_token_expect *expect,
	  const int64_t *clock_skew, struct belgo_error *err)
{
	if (clock_skew == NULL || (*clock_skew <= expect->tolerance && *clock_skew >= -expect->tolerance))
		return bg_fail(err, BELGO_ECLAIM, "the ID token %s %" PRId64 " s %s", complaint, seconds,
			       tail);
	if (err != NULL && err->rc == BELGO_OK) {
		err->clock_skew = *clock_skew;
		err->has_clock_skew = 1;
	}
	return bg_fail(err, BELGO_ECLAIM,
		       "the ID token %s %" PRId64 " s %s; this computer's clock is %" PRId64
		       " s %s the provider's",
		       complaint, seconds, tail, *clock_skew < 0 ? -*clock_skew : *clock_skew,
		       *clock_skew < 0 ? "behind" : "ahead of");
}

/* @spec OpenID Connect Core section 3.1.3.7 (9); RFC 7519 section 4.1.4 */
static belgo_rc
check_expiry(const json_t *claims, const struct bg_id_token_expect *expect, const int64_t *clock_skew,
	     struct belgo_error *err)
{
	int64_t exp = 0;

	BG_TRY(bg_json_number(&exp, claims, "exp", BG_REQUIRED, WHAT, err));
	if (exp <= expect->now - expect->tolerance)
		return fail_time("expired (exp)", expect->now - exp, "ago", expect, clock_skew, err);
	if (exp - expect->now > BG_MAX_LIFETIME_S)
		return fail_time("expires (exp) only", exp - expect->now, "from now", expect, clock_skew,
				 err);
	return BELGO_OK;
}

/* @spec OpenID Connect Core section 3.1.3.7 (10); RFC 7519 section 4.1.6 */
static belgo_rc
check_issued_at(const json_t *claims, const struct bg_id_token_expect *expect, const int64_t *clock_skew,
		struct belgo_error *err)
{
	int64_t iat = 0;

	BG_TRY(bg_json_number(&iat, claims, "iat", BG_REQUIRED, WHAT, err));
	if (iat > expect->now + expect->tolerance)
		return fail_time("was issued (iat)", iat - expect->now, "in the future", expect, clock_skew,
				 err);
	if (expect->use != BG_ID_TOKEN_REFRESH && iat < expect->now - LOGIN_MAX_AGE_S - expect->tolerance)
		return fail_time("for a fresh login was issued (iat)", expect->now - iat, "ago", expect,
				 clock_skew, err);
	return BELGO_OK;
}

/* @spec RFC 7519 section 4.1.5 */
static belgo_rc
check_not_before(const json_t *claims, const struct bg_id_token_expect *expect, const int64_t *clock_skew,
		 struct belgo_error *err)
{
	int64_t nbf = expect->now;

	BG_TRY(bg_json_number(&nbf, claims, "nbf", BG_OPTIONAL, WHAT, err));
	if (nbf > expect->now + expect->tolerance)
		return fail_time("is not valid (nbf) until", nbf - expect->now, "from now", expect,
				 clock_skew, err);
	return BELGO_OK;
}

/* *out: what the login asked of that claim, where it is essential; else NULL. Only that is a demand, any
 * other a wish. A new reference. @spec OpenID Connect Core section 5.5.1 */
static belgo_rc
find_demand(json_t **out, const struct bg_id_token_expect *expect, const char *name, struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *asked = NULL;
	json_t *demand;

	*out = NULL;
	if (expect->claims == NULL)
		return BELGO_OK;
	BG_TRY(bg_json_object(&asked, expect->claims, strlen(expect->claims), BG_MAX_URL,
			      BG_JSON_NUMBERS_STRICT, "claims", err));
	demand = json_object_get(json_object_get(asked, "id_token"), name);
	if (json_is_true(json_object_get(demand, "essential")))
		*out = json_incref(demand);
	return BELGO_OK;
}

/* @spec OpenID Connect Core section 3.1.3.7 (13) */
static belgo_rc
check_auth_time(const json_t *claims, const struct bg_id_token_expect *expect, const int64_t *clock_skew,
		struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *demand = NULL;
	int64_t at = 0;

	BG_TRY(find_demand(&demand, expect, "auth_time", err));
	if (demand == NULL && expect->max_age < 0)
		return BELGO_OK;
	BG_TRY(bg_json_number(&at, claims, "auth_time", BG_REQUIRED, WHAT, err));
	if (at > expect->now + expect->tolerance)
		return fail_time("says that the user signed in (auth_time)", at - expect->now,
				 "in the future", expect, clock_skew, err);
	if (expect->max_age >= 0 && expect->now - at - expect->tolerance > expect->max_age)
		return fail_time("says that the user signed in (auth_time)", expect->now - at,
				 "ago, which is too long", expect, clock_skew, err);
	return BELGO_OK;
}

/* @spec OpenID Connect Core section 3.1.3.7 (11); at refresh section 12.2 (it should not be there, else the
 * original) */
static belgo_rc
check_nonce(const json_t *claims, const struct bg_id_token_expect *expect, struct belgo_error *err)
{
	const json_t *nonce = json_object_get(claims, "nonce");

	if (expect->use == BG_ID_TOKEN_MOVED)
		return BELGO_OK;
	if (nonce == NULL && (expect->nonce == NULL || expect->use == BG_ID_TOKEN_REFRESH))
		return BELGO_OK;
	if (nonce == NULL)
		return bg_fail(err, BELGO_ECLAIM, "the ID token has no nonce, but one was sent");
	if (expect->nonce == NULL)
		return bg_fail(err, BELGO_ECLAIM, "the ID token has a nonce, but none was sent");
	if (!bg_str_equal_secret(json_string_value(nonce), expect->nonce))
		return bg_fail(err, BELGO_ECLAIM, "the ID token's nonce is not the one of this login");
	return BELGO_OK;
}

/*
 * One of at_hash, c_hash and s_hash (FAPI 1.0's), where both it and what it covers are there.
 * @spec OpenID Connect Core sections 3.1.3.8 and 3.3.2.11
 */
static belgo_rc
check_hash(const json_t *claims, const char *name, const struct bg_alg *alg, const char *covered,
	   const char *what, struct belgo_error *err)
{
	BG_AUTO(bg_str_free) char *want = NULL;
	const char *found;

	BG_TRY(bg_json_str(&found, claims, name, BG_OPTIONAL, WHAT, err));
	if (found == NULL || covered == NULL)
		return BELGO_OK;
	if (bg_jws_half_hash(&want, alg, covered) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "the ID token's %s: out of memory", name);
	if (!bg_str_equal_secret(found, want))
		return bg_fail(err, BELGO_ECLAIM, "the ID token belongs to another %s (%s)", what, name);
	return BELGO_OK;
}

/* @spec OpenID Connect Core section 5.5.1: one value, one of several, or any */
static int
is_wanted(const json_t *wanted, const char *found)
{
	const json_t *value = json_object_get(wanted, "value"), *values = json_object_get(wanted, "values");

	if (value != NULL)
		return bg_str_equal(json_string_value(value), found);
	return values == NULL || bg_json_strings_has(values, found);
}

/* @spec OpenID Connect Core section 5.5.1.1 */
static belgo_rc
check_authentication_context(const json_t *claims, const struct bg_id_token_expect *expect,
			     struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *demand = NULL;
	const char *acr;

	BG_TRY(find_demand(&demand, expect, "acr", err));
	if (demand == NULL)
		return BELGO_OK;
	BG_TRY(bg_json_str(&acr, claims, "acr", BG_OPTIONAL, WHAT, err));
	if (acr != NULL && is_wanted(demand, acr))
		return BELGO_OK;
	return bg_fail(err, BELGO_ECLAIM,
		       "the ID token does not say that the user signed in as it was demanded (acr)");
}

static int
has_audience(const json_t *aud, const char *member)
{
	for (size_t i = 0; i < audience_count(aud); i++)
		if (bg_str_equal(audience_at(aud, i), member))
			return 1;
	return 0;
}

static int
is_subset(const json_t *a, const json_t *b)
{
	for (size_t i = 0; i < audience_count(a); i++)
		if (!has_audience(b, audience_at(a, i)))
			return 0;
	return 1;
}

static belgo_rc
check_prior_times(const json_t *claims, const json_t *prior, struct belgo_error *err)
{
	int64_t iat = 0, prior_iat = INT64_MIN;
	int64_t at = 0, prior_at = 0;

	BG_TRY(bg_json_number(&iat, claims, "iat", BG_REQUIRED, WHAT, err));
	BG_TRY(bg_json_number(&prior_iat, prior, "iat", BG_OPTIONAL, "the stored ID token", err));
	if (iat < prior_iat)
		return bg_fail(err, BELGO_ECLAIM,
			       "the ID token was issued (iat) %" PRId64 " s before the one it replaces",
			       prior_iat - iat);
	if (json_object_get(claims, "auth_time") == NULL || json_object_get(prior, "auth_time") == NULL)
		return BELGO_OK;
	BG_TRY(bg_json_number(&at, claims, "auth_time", BG_REQUIRED, WHAT, err));
	BG_TRY(bg_json_number(&prior_at, prior, "auth_time", BG_REQUIRED, "the stored ID token", err));
	if (at != prior_at)
		return bg_fail(
		    err, BELGO_ECLAIM,
		    "the ID token has another time of sign-in (auth_time) than the one it replaces");
	return BELGO_OK;
}

static belgo_rc
check_prior_claims(const json_t *claims, const json_t *prior, struct belgo_error *err)
{
	const json_t *aud = json_object_get(claims, "aud");
	const json_t *prior_aud = json_object_get(prior, "aud");

	if (!is_subset(aud, prior_aud) || !is_subset(prior_aud, aud))
		return bg_fail(err, BELGO_ECLAIM,
			       "the ID token has another audience (aud) than the one it replaces");
	if (!bg_str_equal(json_string_value(json_object_get(claims, "azp")),
			  json_string_value(json_object_get(prior, "azp"))))
		return bg_fail(err, BELGO_ECLAIM,
			       "the ID token has another authorized party (azp) than the one it replaces");
	return check_prior_times(claims, prior, err);
}

/* @spec OpenID Connect Core section 12.2 */
static belgo_rc
check_continues(const json_t *claims, const struct bg_id_token_expect *expect, struct belgo_error *err)
{
	if (expect->use != BG_ID_TOKEN_REFRESH)
		return BELGO_OK;
	if (!bg_str_equal(json_string_value(json_object_get(claims, "iss")), expect->prior_issuer))
		return bg_fail(err, BELGO_EISSUER,
			       "the ID token is of another issuer (iss) than the one it replaces");
	if (!bg_str_equal(json_string_value(json_object_get(claims, "sub")), expect->prior_subject))
		return bg_fail(err, BELGO_ECLAIM,
			       "the ID token is of another subject (sub) than the one it replaces");
	return expect->prior_claims != NULL ? check_prior_claims(claims, expect->prior_claims, err)
					    : BELGO_OK;
}

belgo_rc
bg_id_token_check_claims(const json_t *claims, const struct bg_alg *alg,
			 const struct bg_id_token_expect *expect, const int64_t *clock_skew,
			 struct belgo_error *err)
{
	BG_TRY(check_audience(claims, expect, err));
	BG_TRY(check_authorized_party(claims, expect, err));
	BG_TRY(check_subject(claims, err));
	BG_TRY(check_continues(claims, expect, err));
	BG_TRY(check_nonce(claims, expect, err));
	BG_TRY(check_expiry(claims, expect, clock_skew, err));
	BG_TRY(check_issued_at(claims, expect, clock_skew, err));
	BG_TRY(check_not_before(claims, expect, clock_skew, err));
	BG_TRY(check_auth_time(claims, expect, clock_skew, err));
	BG_TRY(check_authentication_context(claims, expect, err));
	BG_TRY(check_hash(claims, "at_hash", alg, expect->access_token, "access token", err));
	BG_TRY(check_hash(claims, "c_hash", alg, expect->code, "code", err));
	return check_hash(claims, "s_hash", alg, expect->state, "login", err);
}
