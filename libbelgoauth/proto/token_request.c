/* The requests to the token endpoint: for a code, for a refresh token, for a client by itself. */
#include "proto/token.h"

#include "base/error.h"
#include "base/form.h"
#include "base/limits.h"
#include "base/mem.h"
#include "jose/private_key.h"
#include "proto/assertion.h"
#include "proto/program_hooks.h"
#include "proto/reply.h"

#include <string.h>

#define WHAT "token endpoint"

belgo_rc
bg_token_request_finish(struct belgo_http_request *out, const struct bg_metadata *metadata,
			const struct bg_client_auth *auth, struct bg_buf *form, const char *what,
			struct belgo_error *err)
{
	BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};
	belgo_rc rc;

	if (metadata->endpoints.token == NULL)
		return bg_fail(err, BELGO_EPROTO, "the provider's metadata names no token endpoint");
	if ((rc = bg_request_begin(&req, "POST", metadata->endpoints.token, WHAT)) ||
	    (rc = bg_client_auth_apply(&req, form, auth, err)) || (rc = bg_request_take_form(&req, form)))
		return bg_fail(err, rc, "%s: %s", what, belgo_rc_str(rc));
	*out = req;
	req = (struct belgo_http_request){0};
	return BELGO_OK;
}

/* The program adds what it has to before the client's authentication, which then stands on all of it. */
static belgo_rc
finish_with_hook(struct belgo_http_request *out, const struct belgo_provider *provider,
		 const struct bg_metadata *metadata, const struct bg_client_auth *auth, struct bg_buf *form,
		 const char *what, struct belgo_error *err)
{
	BG_AUTO(belgo_http_request_done) struct belgo_http_request added = {0};
	BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};

	BG_TRY(bg_program_fix_request(&added, form, provider, err));
	BG_TRY(bg_token_request_finish(&req, metadata, auth, form, what, err));
	for (size_t i = 0; i < added.n_headers; i++)
		if (bg_request_header(&req, added.headers[i].name, added.headers[i].value) != BELGO_OK)
			return bg_fail(err, BELGO_ENOMEM, "%s: out of memory", what);
	*out = req;
	req = (struct belgo_http_request){0};
	return BELGO_OK;
}

belgo_rc
bg_code_request(struct belgo_http_request *out, const struct bg_code_exchange *in, struct belgo_error *err)
{
	static const char what[] = "request for tokens";
	BG_AUTO(bg_buf_free) struct bg_buf form = BG_BUF(BG_MAX_FORM);
	belgo_rc rc;

	if ((rc = bg_form_add(&form, "grant_type", "authorization_code")) ||
	    (rc = bg_form_add(&form, "code", in->code)) ||
	    (rc = bg_form_add(&form, "redirect_uri", in->redirect_uri)) ||
	    (rc = bg_form_add(&form, "code_verifier", in->code_verifier)) ||
	    (rc = bg_form_add_each(&form, "resource", in->resources, in->n_resources)))
		return bg_fail(err, rc, "%s: %s", what, belgo_rc_str(rc));
	return finish_with_hook(out, in->provider, in->metadata, &in->auth, &form, what, err);
}

belgo_rc
bg_refresh_request(struct belgo_http_request *out, const struct bg_refresh *in, struct belgo_error *err)
{
	static const char what[] = "request for fresh tokens";
	BG_AUTO(bg_buf_free) struct bg_buf form = BG_BUF(BG_MAX_FORM);
	const char *usual = in->provider->refresh_scope == BG_REFRESH_SCOPE_SEND ? in->scope : NULL;
	const char *scope = in->selected_scope != NULL ? in->selected_scope : usual;
	belgo_rc rc;

	if ((rc = bg_form_add(&form, "grant_type", "refresh_token")) ||
	    (rc = bg_form_add(&form, "refresh_token", in->refresh_token)) ||
	    (rc = bg_form_add(&form, "scope", scope)) ||
	    (rc = bg_form_add(&form, "redirect_uri", in->redirect_uri)) ||
	    (rc = bg_form_add_each(&form, "resource", in->resources, in->n_resources)))
		return bg_fail(err, rc, "%s: %s", what, belgo_rc_str(rc));
	return finish_with_hook(out, in->provider, in->metadata, &in->auth, &form, what, err);
}

/* @spec RFC 7523 sections 2.1 and 3 */
static belgo_rc
add_jwt_bearer(struct bg_buf *form, const struct bg_client_grant *in, struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *key = NULL;
	BG_AUTO(bg_str_free) char *assertion = NULL;
	struct bg_assertion claims = {.client_id = in->auth.client_id,
				      .subject = in->subject,
				      .audience = bg_assertion_audience(in->provider, in->metadata),
				      .jti = in->jti,
				      .now = in->now};

	if (in->auth.private_key == NULL)
		return bg_fail(err, BELGO_ENOCLIENT, "the client has no key to sign an assertion with");
	BG_TRY(bg_json_object(&key, in->auth.private_key, strlen(in->auth.private_key), BG_MAX_PRIVATE_KEY,
			      BG_JSON_NUMBERS_STRICT, "the client's key", err));
	claims.key = key;
	claims.alg = bg_private_key_alg(key, NULL);
	BG_TRY(bg_assertion_make(&assertion, &claims, err));
	BG_TRY(bg_form_add(form, "grant_type", BG_GRANT_JWT_BEARER));
	return bg_form_add(form, "assertion", assertion);
}

static belgo_rc
add_client_grant(struct bg_buf *form, const struct bg_client_grant *in, struct belgo_error *err)
{
	if (in->subject != NULL)
		return add_jwt_bearer(form, in, err);
	if (in->auth.method == BG_AUTH_NONE)
		return bg_fail(err, BELGO_ENOCLIENT,
			       "the client has neither a secret nor a key, so it cannot sign in as itself");
	return bg_form_add(form, "grant_type", "client_credentials");
}

/* @spec RFC 6749 section 4.4: for confidential clients alone */
belgo_rc
bg_client_grant_request(struct belgo_http_request *out, const struct bg_client_grant *in,
			struct belgo_error *err)
{
	static const char what[] = "request for a client's own tokens";
	BG_AUTO(bg_buf_free) struct bg_buf form = BG_BUF(BG_MAX_FORM);
	const char *scope = in->scope == NULL || in->scope[0] == '\0' ? NULL : in->scope;
	belgo_rc rc;

	if ((rc = add_client_grant(&form, in, err)) || (rc = bg_form_add(&form, "scope", scope)) ||
	    (rc = bg_form_add_each(&form, "resource", in->resources, in->n_resources)))
		return bg_fail(err, rc, "%s: %s", what, belgo_rc_str(rc));
	return bg_token_request_finish(out, in->metadata, &in->auth, &form, what, err);
}
