/*
 * The userinfo endpoint: asking with the access token in a header, and believing the answer only if it is
 * about the user of the ID token. What the claims mean to people is profile.c's.
 */
#include "proto/userinfo.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "proto/challenge.h"
#include "proto/token.h"

#include <string.h>

#define WHAT "userinfo endpoint"
#define SIGNED "application/jwt"

/* An API of calls, not resources, is called with JSON's null for its arguments. */
static belgo_rc
begin(struct belgo_http_request *req, const struct belgo_provider *provider, const char *endpoint,
      const char *accept)
{
	if (provider->userinfo_method == BG_USERINFO_GET)
		return bg_request_begin_for(req, "GET", endpoint, accept, WHAT);
	BG_TRY(bg_request_begin_for(req, "POST", endpoint, accept, WHAT));
	return bg_request_put_json(req, json_null());
}

/* Which of the two comes was agreed when the client was registered, so both are welcome.
 * @spec OpenID Connect Core section 5.3.1; RFC 6750 section 2.1; RFC 8705 section 3 */
belgo_rc
bg_userinfo_request(struct belgo_http_request *out, const struct belgo_provider *provider,
		    const struct bg_metadata *metadata, const struct belgo_token *token,
		    const char *certificate, const json_t *encryption, struct belgo_error *err)
{
	BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};
	const char *endpoint = metadata->endpoints.userinfo;
	const char *accept = bg_encryption_covers(encryption, BG_ENCRYPTED_USERINFO) ? SIGNED
			     : metadata->userinfo_signing_alg_values_supported != NULL
				 ? "application/json, " SIGNED ";q=0.9"
				 : "application/json";
	belgo_rc rc;

	if (endpoint == NULL)
		return bg_fail(err, BELGO_EPROTO, "the provider's metadata names no userinfo endpoint");
	if ((rc = begin(&req, provider, endpoint, accept)) || (rc = bg_token_authorize(&req, token)) ||
	    (rc = bg_str_set(&req.client_certificate, certificate)))
		return bg_fail(err, rc, "request for userinfo: %s",
			       rc == BELGO_EINVAL ? "the access token fits in no header" : belgo_rc_str(rc));
	*out = req;
	req = (struct belgo_http_request){0};
	return BELGO_OK;
}

/* @spec OpenID Connect Core section 5.3.2 */
struct bg_signed_answer
bg_userinfo_signed(const struct belgo_provider *provider, const struct bg_metadata *metadata,
		   const char *client_id, const json_t *encryption)
{
	return (struct bg_signed_answer){.what = "the userinfo answer",
					 .media_type = SIGNED,
					 .typ = BG_JWS_TYP_JWT,
					 .iat = BG_ANSWER_IAT_OPTIONAL,
					 .provider = provider,
					 .metadata = metadata,
					 .algs = metadata->userinfo_signing_alg_values_supported,
					 .client_id = client_id,
					 .encryption = encryption,
					 .which = BG_ENCRYPTED_USERINFO};
}

/* The header's words where the body had none. */
static belgo_rc
add_challenge(struct belgo_error *why, const struct belgo_http_response *res, const char *const *secrets)
{
	BG_AUTO(bg_challenge_done) struct bg_challenge challenge = {0};

	if (why->rc != BELGO_EDENIED || why->oauth_error[0] != '\0')
		return BELGO_OK;
	BG_TRY(bg_challenge_error(&challenge, res));
	if (challenge.error == NULL)
		return BELGO_OK;
	BG_TRY(bg_reply_set_oauth(why, challenge.error, challenge.error_description, challenge.error_uri,
				  secrets));
	why->rc = BELGO_OK;
	(void)bg_fail(why, BELGO_EDENIED, WHAT ": refused with \"%s\"", why->oauth_error);
	return BELGO_OK;
}

/* Then another access token would be refused as well. @spec RFC 9449 sections 7.1 and 9 */
static int
is_about_proof(const char *error)
{
	return strcmp(error, "use_dpop_nonce") == 0 || strcmp(error, "invalid_dpop_proof") == 0;
}

/* @spec OpenID Connect Core section 5.3.3; RFC 6750 section 3.1 */
static belgo_rc
refused(const struct belgo_provider *provider, const struct belgo_http_response *res,
	const char *const *secrets, struct belgo_error *err)
{
	struct belgo_error why;
	belgo_rc rc;

	bg_error_init(&why);
	rc = bg_reply_refused(provider, res, WHAT, secrets, &why);
	if (rc == BELGO_ENOMEM || add_challenge(&why, res, secrets) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, WHAT ": out of memory");
	if (res->status == 401 && !is_about_proof(why.oauth_error)) {
		why.rc = BELGO_OK;
		rc = bg_fail(&why, BELGO_ELOGIN, WHAT ": the access token is not accepted (HTTP 401)");
	}
	if (err != NULL && err->rc == BELGO_OK) {
		memcpy(why.subject, err->subject, sizeof(why.subject));
		*err = why;
	}
	return rc;
}

/*
 * @spec OpenID Connect Core section 5.3.2
 * Byte for byte; without this, an answer about somebody else would pass.
 */
static belgo_rc
check_subject(const json_t *claims, const char *subject, struct belgo_error *err)
{
	const char *found = json_string_value(json_object_get(claims, "sub"));

	if (subject == NULL)
		return BELGO_OK;
	if (found == NULL)
		return bg_fail(err, BELGO_ECLAIM, WHAT ": \"sub\" is missing or not a string");
	if (strcmp(found, subject) != 0)
		return bg_fail(err, BELGO_ECLAIM, WHAT ": \"sub\" is not the ID token's");
	return BELGO_OK;
}

belgo_rc
bg_userinfo_claims(json_t **out, json_t *claims, const char *subject, struct belgo_error *err)
{
	BG_TRY(check_subject(claims, subject, err));
	*out = json_incref(claims);
	return BELGO_OK;
}

/* Some APIs refuse with status 200; claims have no `error` beside a `sub`. */
static int
is_error(const json_t *claims)
{
	const json_t *error = json_object_get(claims, "error");

	return json_object_get(claims, "sub") == NULL && (json_is_string(error) || json_is_object(error));
}

belgo_rc
bg_userinfo_response(json_t **out, const struct belgo_provider *provider,
		     const struct belgo_http_response *res, const char *subject, const char *const *secrets,
		     struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *claims = NULL;

	BG_TRY(bg_reply_check_available(res, WHAT, err));
	if (res->status >= 400)
		return refused(provider, res, secrets, err);
	if (res->status != 200)
		return bg_reply_unexpected(res, WHAT, err);
	BG_TRY(bg_reply_json(&claims, res, BG_MAX_REPLY, BG_JSON_NUMBERS_STRICT, WHAT, err));
	if (is_error(claims))
		return refused(provider, res, secrets, err);
	return bg_userinfo_claims(out, claims, subject, err);
}
