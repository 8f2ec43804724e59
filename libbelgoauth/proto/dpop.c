/* Proofs of possession, made and asked for. Clock, random text, key and nonce are the caller's. */
#include "proto/dpop.h"

#include "base/base64url.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/url.h"
#include "jose/private_key.h"
#include "jose/sign.h"
#include "jose/thumbprint.h"
#include "proto/challenge.h"
#include "proto/discovery.h"
#include "proto/reply.h"

#include <string.h>
#include <strings.h>

#define WHAT "proof of possession"

/* @spec RFC 9110 section 9.1: case-sensitive, and of those that exist all are letters and hyphens */
static int
is_method(const char *text)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-";

	return *text != '\0' && text[strspn(text, letters)] == '\0';
}

/* @spec RFC 9449 section 4.2 (htu) */
static belgo_rc
without_query(char **out, const char *text)
{
	BG_AUTO(bg_url_done) struct bg_url url = {0};

	BG_TRY(bg_url_parse(&url, text));
	if (url.has_userinfo)
		return BELGO_EINVAL;
	*out = bg_strndup(text, strcspn(text, "?#"));
	return *out != NULL ? BELGO_OK : BELGO_ENOMEM;
}

belgo_rc
bg_dpop_hash(char **out, const char *text)
{
	unsigned char hash[BG_HASH_MAX];
	size_t len = 0;

	BG_TRY(bg_digest(hash, &len, BG_SHA256, text, strlen(text)));
	return bg_base64url_encode(out, hash, len);
}

/* @spec RFC 9449 section 4.2 (ath) */
static belgo_rc
set_token_hash(json_t *claims, const char *access_token)
{
	BG_AUTO(bg_str_free) char *text = NULL;

	if (access_token == NULL)
		return BELGO_OK;
	BG_TRY(bg_dpop_hash(&text, access_token));
	return bg_json_set_str(claims, "ath", text);
}

static belgo_rc
make_claims(json_t **out, const struct bg_dpop_proof *in)
{
	BG_AUTO(bg_json_free) json_t *claims = json_object();
	BG_AUTO(bg_str_free) char *url = NULL;

	if (claims == NULL)
		return BELGO_ENOMEM;
	BG_TRY(without_query(&url, in->url));
	BG_TRY(bg_json_set_str(claims, "jti", in->jti));
	BG_TRY(bg_json_set_str(claims, "htm", in->method));
	BG_TRY(bg_json_set_str(claims, "htu", url));
	BG_TRY(bg_json_set_int(claims, "iat", in->now));
	BG_TRY(set_token_hash(claims, in->access_token));
	BG_TRY(bg_json_set_str(claims, "nonce", in->nonce));
	*out = BG_TAKE(claims);
	return BELGO_OK;
}

/* The public half and no more: what else a key says of itself, a server need not know. */
static belgo_rc
make_header(json_t **out, const json_t *key)
{
	BG_AUTO(bg_json_free) json_t *header = json_object();
	json_t *half = NULL;

	if (header == NULL)
		return BELGO_ENOMEM;
	BG_TRY(bg_json_set_str(header, "typ", "dpop+jwt"));
	BG_TRY(bg_jwk_required_members(&half, key));
	if (json_object_set_new(header, "jwk", half) != 0)
		return BELGO_ENOMEM;
	*out = BG_TAKE(header);
	return BELGO_OK;
}

belgo_rc
bg_dpop_proof_make(char **out, const struct bg_dpop_proof *in, struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *claims = NULL;
	BG_AUTO(bg_json_free) json_t *header = NULL;
	const struct bg_alg *alg = in->key != NULL ? bg_private_key_alg(in->key, NULL) : NULL;
	belgo_rc rc;

	if (alg == NULL || !bg_alg_is_asymmetric(alg) || in->jti == NULL || *in->jti == '\0')
		return bg_fail(err, BELGO_EINVAL, WHAT ": there is no key that signs, or no jti");
	if (in->method == NULL || !is_method(in->method))
		return bg_fail(err, BELGO_EINVAL, WHAT ": no request has such a method");
	if (in->url == NULL || (rc = make_claims(&claims, in)) == BELGO_EINVAL)
		return bg_fail(err, BELGO_EINVAL, WHAT ": the URL is no http or https URL");
	if (rc != BELGO_OK || (rc = make_header(&header, in->key)) != BELGO_OK)
		return bg_fail(err, rc, WHAT ": %s", belgo_rc_str(rc));
	return bg_jws_sign(out, alg, header, claims, in->key, err);
}

/* @spec RFC 9449 section 5.1 (dpop_signing_alg_values_supported) */
const char *
bg_dpop_alg(char *const *supported)
{
	static const char *const names[] = {"ES256", "EdDSA"};

	for (size_t i = 0; i < BG_LEN(names); i++)
		if (supported == NULL || bg_list_has(supported, names[i]))
			return names[i];
	return NULL;
}

/* @spec RFC 9449 section 8.1: nonce = 1*NQCHAR */
int
bg_dpop_nonce_is_valid(const char *nonce)
{
	return *nonce != '\0' && strlen(nonce) <= BG_MAX_DPOP_NONCE && bg_text_is_nqchar(nonce) &&
	       strpbrk(nonce, "\"\\") == NULL;
}

/* Of two, either may be the one that somebody in between has put in. @spec RFC 9110 section 5.3 */
const char *
bg_dpop_nonce(const struct belgo_http_response *res)
{
	const char *nonce = NULL;

	for (size_t i = 0; i < res->n_headers; i++) {
		if (strcasecmp(res->headers[i].name, "dpop-nonce") != 0)
			continue;
		if (nonce != NULL)
			return NULL;
		nonce = res->headers[i].value;
	}
	return nonce != NULL && bg_dpop_nonce_is_valid(nonce) ? nonce : NULL;
}

static enum bg_dpop_complaint
complaint_of(const char *error, const struct belgo_http_response *res)
{
	if (bg_str_equal(error, "use_dpop_nonce"))
		return bg_dpop_nonce(res) != NULL ? BG_DPOP_WANTS_NONCE : BG_DPOP_FINE;
	return bg_str_equal(error, "invalid_dpop_proof") ? BG_DPOP_BAD_PROOF : BG_DPOP_FINE;
}

belgo_rc
bg_dpop_token_complaint(enum bg_dpop_complaint *out, const struct belgo_http_response *res)
{
	BG_AUTO(bg_json_free) json_t *reply = NULL;
	belgo_rc rc;

	*out = BG_DPOP_FINE;
	if (res->status != 400 && res->status != 401)
		return BELGO_OK;
	rc = bg_reply_json(&reply, res, BG_MAX_REPLY, BG_JSON_NUMBERS_DEFUSE, WHAT, NULL);
	if (rc == BELGO_OK)
		*out = complaint_of(json_string_value(json_object_get(reply, "error")), res);
	return rc == BELGO_ENOMEM ? rc : BELGO_OK;
}

belgo_rc
bg_dpop_resource_complaint(enum bg_dpop_complaint *out, const struct belgo_http_response *res)
{
	BG_AUTO(bg_challenge_done) struct bg_challenge challenge = {0};

	*out = BG_DPOP_FINE;
	if (res->status != 401)
		return BELGO_OK;
	BG_TRY(bg_challenge_dpop(&challenge, res));
	*out = complaint_of(challenge.error, res);
	return BELGO_OK;
}
