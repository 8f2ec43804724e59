/*
 * Asking a provider what it makes of a token, and judging the form of its answer. Whether a signed answer is
 * the provider's is judged before it comes here.
 */
#include "proto/introspect.h"

#include "base/error.h"
#include "base/form.h"
#include "base/limits.h"
#include "base/mem.h"

#include <string.h>

#define WHAT "introspection endpoint"
#define SIGNED "application/token-introspection+jwt"
#define CUT "[...]"

/* @spec RFC 7662 section 2.1; RFC 9701 section 4 */
belgo_rc
bg_introspect_request(struct belgo_http_request *out, const struct bg_introspect *in, struct belgo_error *err)
{
	BG_AUTO(bg_buf_free) struct bg_buf form = BG_BUF(BG_MAX_FORM);
	BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};
	const char *accept = bg_encryption_covers(in->encryption, BG_ENCRYPTED_INTROSPECTION) ? SIGNED
			     : in->metadata->introspection_signing_alg_values_supported != NULL
				 ? SIGNED ", application/json;q=0.9"
				 : "application/json";
	const char *endpoint = in->metadata->endpoints.introspection;
	belgo_rc rc;

	if (endpoint == NULL)
		return bg_fail(err, BELGO_EPROTO, "the provider's metadata names no introspection endpoint");
	if ((rc = bg_request_begin_for(&req, "POST", endpoint, accept, WHAT)) ||
	    (rc = bg_form_add(&form, "token", in->token)) ||
	    (rc = bg_form_add(&form, "token_type_hint", in->token_type_hint)) ||
	    (rc = bg_client_auth_apply(&req, &form, &in->auth, err)) ||
	    (rc = bg_request_take_form(&req, &form)))
		return bg_fail(err, rc, "request for introspection: %s", belgo_rc_str(rc));
	*out = req;
	req = (struct belgo_http_request){0};
	return BELGO_OK;
}

/* @spec RFC 9701 section 5 */
struct bg_signed_answer
bg_introspect_signed(const struct belgo_provider *provider, const struct bg_metadata *metadata,
		     const char *client_id, const json_t *encryption)
{
	return (struct bg_signed_answer){.what = "the introspection answer",
					 .media_type = SIGNED,
					 .typ = BG_JWS_TYP_INTROSPECTION,
					 .iat = BG_ANSWER_IAT_FRESH,
					 .provider = provider,
					 .metadata = metadata,
					 .algs = metadata->introspection_signing_alg_values_supported,
					 .client_id = client_id,
					 .encryption = encryption,
					 .which = BG_ENCRYPTED_INTROSPECTION};
}

static belgo_rc
check_audience(const json_t *answer, struct belgo_error *err)
{
	const json_t *list;

	if (json_is_string(json_object_get(answer, "aud")))
		return BELGO_OK;
	return bg_json_strings(&list, answer, "aud", BG_OPTIONAL, WHAT, err);
}

/* Members that are there are of their type; `active` is there. @spec RFC 7662 section 2.2 */
static belgo_rc
check_members(const json_t *answer, struct belgo_error *err)
{
	static const char *const texts[] = {"scope", "client_id", "username", "token_type",
					    "sub",   "iss",       "jti"};
	static const char *const times[] = {"exp", "iat", "nbf"};
	const char *text;
	int64_t number;

	if (!json_is_boolean(json_object_get(answer, "active")))
		return bg_fail(err, BELGO_EPROTO, WHAT ": \"active\" is neither true nor false");
	for (size_t i = 0; i < BG_LEN(texts); i++)
		BG_TRY(bg_json_str(&text, answer, texts[i], BG_OPTIONAL, WHAT, err));
	for (size_t i = 0; i < BG_LEN(times); i++)
		BG_TRY(bg_json_number(&number, answer, times[i], BG_OPTIONAL, WHAT, err));
	return check_audience(answer, err);
}

static belgo_rc
cut_token(json_t *value, const char *token)
{
	const char *name;
	json_t *member;
	void *next;
	size_t i;

	if (json_is_string(value) && strstr(json_string_value(value), token) != NULL)
		return json_string_set(value, CUT) == 0 ? BELGO_OK : BELGO_ENOMEM;
	json_array_foreach(value, i, member) BG_TRY(cut_token(member, token));
	json_object_foreach_safe(value, next, name, member)
	{
		if (strstr(name, token) != NULL)
			(void)json_object_del(value, name);
		else
			BG_TRY(cut_token(member, token));
	}
	return BELGO_OK;
}

belgo_rc
bg_introspect_cut(json_t *answer, const char *token, struct belgo_error *err)
{
	return cut_token(answer, token) == BELGO_OK ? BELGO_OK
						    : bg_fail(err, BELGO_ENOMEM, WHAT ": out of memory");
}

static belgo_rc
judge(json_t **out, json_t *answer, struct belgo_error *err)
{
	BG_TRY(check_members(answer, err));
	*out = json_incref(answer);
	return BELGO_OK;
}

/* @spec RFC 7662 section 2.2, 2.3 */
belgo_rc
bg_introspect_response(json_t **out, const struct belgo_provider *provider,
		       const struct belgo_http_response *res, const char *const *secrets,
		       struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *answer = NULL;

	BG_TRY(bg_reply_check_available(res, WHAT, err));
	if (res->status >= 400)
		return bg_reply_refused(provider, res, WHAT, secrets, err);
	if (res->status != 200)
		return bg_reply_unexpected(res, WHAT, err);
	BG_TRY(bg_reply_json(&answer, res, BG_MAX_REPLY, BG_JSON_NUMBERS_STRICT, WHAT, err));
	return judge(out, answer, err);
}

/* @spec RFC 9701 section 5 (token_introspection) */
belgo_rc
bg_introspect_claims(json_t **out, const json_t *claims, struct belgo_error *err)
{
	json_t *answer = json_object_get(claims, "token_introspection");

	if (!json_is_object(answer))
		return bg_fail(err, BELGO_EPROTO,
			       "the introspection answer has no token_introspection object");
	return judge(out, answer, err);
}
