/*
 * The grant of token exchange: its request, and what its answer must say more than any other. What the issued
 * token is good for is nobody's to judge here: it is for somebody else.
 */
#include "proto/token_exchange.h"

#include "base/error.h"
#include "base/form.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/url.h"
#include "proto/reply.h"

#include <string.h>
#include <strings.h>

#define WHAT "token endpoint"
#define TYPE(name)                                                                                           \
	{                                                                                                    \
		name, "urn:ietf:params:oauth:token-type:" name                                               \
	}

belgo_rc
bg_token_type_uri(const char **out, const char *name, struct belgo_error *err)
{
	static const struct {
		const char *name, *uri;
	} types[] = {TYPE("access_token"), TYPE("refresh_token"), TYPE("id_token"),
		     TYPE("jwt"),          TYPE("saml1"),         TYPE("saml2")};

	for (size_t i = 0; name != NULL && i < BG_LEN(types); i++) {
		if (strcmp(types[i].name, name) == 0) {
			*out = types[i].uri;
			return BELGO_OK;
		}
	}
	if (name != NULL && !bg_uri_is_absolute(name))
		return bg_fail(err, BELGO_EINVAL, "the type of a token is neither a known word nor a URI");
	*out = name;
	return BELGO_OK;
}

/* @spec RFC 8693 section 2.1: one parameter for each */
static belgo_rc
fill(struct bg_buf *form, const struct bg_token_exchange *in)
{
	BG_TRY(bg_form_add(form, "grant_type", BG_GRANT_TOKEN_EXCHANGE));
	BG_TRY(bg_form_add(form, "subject_token", in->subject_token));
	BG_TRY(bg_form_add(form, "subject_token_type", in->subject_token_type));
	BG_TRY(bg_form_add(form, "actor_token", in->actor_token));
	if (in->actor_token != NULL)
		BG_TRY(bg_form_add(form, "actor_token_type", BG_TYPE_ACCESS_TOKEN));
	BG_TRY(bg_form_add(form, "requested_token_type", in->requested_token_type));
	BG_TRY(bg_form_add_each(form, "audience", in->audiences, in->n_audiences));
	BG_TRY(bg_form_add_each(form, "resource", in->resources, in->n_resources));
	return bg_form_add(form, "scope", in->scope);
}

belgo_rc
bg_exchange_request(struct belgo_http_request *out, const struct bg_token_exchange *in,
		    struct belgo_error *err)
{
	BG_AUTO(bg_buf_free) struct bg_buf form = BG_BUF(BG_MAX_FORM);
	belgo_rc rc = fill(&form, in);

	if (rc != BELGO_OK)
		return bg_fail(err, rc, "request to exchange a token: %s", belgo_rc_str(rc));
	return bg_token_request_finish(out, in->metadata, &in->auth, &form, "request to exchange a token",
				       err);
}

/* A token that is said to be no access token does not open what access tokens open. */
static belgo_rc
check_issued(const char *issued, const struct belgo_token *token, const struct bg_token_exchange *in,
	     struct belgo_error *err)
{
	if (!bg_uri_is_absolute(issued))
		return bg_fail(err, BELGO_EPROTO, WHAT ": \"issued_token_type\" is no URI");
	if (in->requested_token_type != NULL && strcmp(issued, in->requested_token_type) != 0)
		return bg_fail(err, BELGO_EPROTO,
			       WHAT ": \"issued_token_type\" is not the type that was asked for");
	if (strcmp(issued, BG_TYPE_ACCESS_TOKEN) == 0 && strcasecmp(token->token_type, "N_A") == 0)
		return bg_fail(err, BELGO_EPROTO, WHAT ": an access token has the \"token_type\" N_A");
	return BELGO_OK;
}

belgo_rc
bg_exchange_response(struct belgo_token **out, char **issued_token_type,
		     const struct belgo_provider *provider, const struct bg_token_exchange *in,
		     const struct belgo_http_response *res, int64_t now, const char *const *secrets,
		     struct belgo_error *err)
{
	BG_AUTO(belgo_token_free) struct belgo_token *token = NULL;
	BG_AUTO(bg_json_free) json_t *reply = NULL;
	const char *issued;

	BG_TRY(
	    bg_token_response(&token, provider, BG_GRANT_EXCHANGE, BG_TOKEN_ISSUED, res, now, secrets, err));
	BG_TRY(bg_reply_json(&reply, res, BG_MAX_REPLY, BG_JSON_NUMBERS_DEFUSE, WHAT, err));
	BG_TRY(bg_json_str(&issued, reply, "issued_token_type", BG_REQUIRED, WHAT, err));
	BG_TRY(check_issued(issued, token, in, err));
	bg_str_free(&token->refresh_token);
	bg_str_free(&token->id_token);
	token->refresh_expires_at = 0;
	if (bg_str_set(issued_token_type, issued) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, WHAT ": out of memory");
	*out = BG_TAKE(token);
	return BELGO_OK;
}

int
bg_exchange_may_be_stale(const struct belgo_error *why)
{
	static const char *const codes[] = {"invalid_request", "invalid_grant", "invalid_token"};

	if (why->rc != BELGO_EDENIED)
		return 0;
	for (size_t i = 0; i < BG_LEN(codes); i++)
		if (strcmp(why->oauth_error, codes[i]) == 0)
			return 1;
	return why->http_status == 401 && why->oauth_error[0] == '\0';
}
