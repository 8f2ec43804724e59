/* Telling a provider that a token is done with. That the account goes whatever comes back is the flow's
 * decision. */
#include "proto/revoke.h"

#include "base/error.h"
#include "base/form.h"
#include "base/limits.h"
#include "base/mem.h"

#define WHAT "revocation endpoint"

belgo_rc
bg_revoke_request(struct belgo_http_request *out, const struct bg_revoke *in, struct belgo_error *err)
{
	BG_AUTO(bg_buf_free) struct bg_buf form = BG_BUF(BG_MAX_FORM);
	BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};
	belgo_rc rc;

	if (in->endpoint == NULL)
		return bg_fail(err, BELGO_EPROTO, "the provider's metadata names no revocation endpoint");
	if ((rc = bg_request_begin(&req, "POST", in->endpoint, WHAT)) ||
	    (rc = bg_form_add(&form, "token", in->token)) ||
	    (rc = bg_form_add(&form, "token_type_hint", in->token_type_hint)) ||
	    (rc = bg_client_auth_apply(&req, &form, &in->auth, err)) ||
	    (rc = bg_request_take_form(&req, &form)))
		return bg_fail(err, rc, "request to revoke: %s", belgo_rc_str(rc));
	*out = req;
	req = (struct belgo_http_request){0};
	return BELGO_OK;
}

/* A body with 200 means nothing (RFC 7009 section 2.2), so none is read. */
belgo_rc
bg_revoke_response(const struct belgo_provider *provider, const struct belgo_http_response *res,
		   const char *const *secrets, struct belgo_error *err)
{
	struct belgo_error why;
	belgo_rc rc;

	BG_TRY(bg_reply_check_available(res, WHAT, err));
	if (res->status == 200)
		return BELGO_OK;
	if (res->status < 400)
		return bg_reply_unexpected(res, WHAT, err);
	bg_error_init(&why);
	rc = bg_reply_refused(provider, res, WHAT, secrets, &why);
	if (res->status == 400 && bg_str_equal(why.oauth_error, "invalid_token"))
		return BELGO_OK;
	if (err != NULL && err->rc == BELGO_OK)
		*err = why;
	return rc;
}
