/*
 * Pushed authorization requests: the request, and what may be believed of its answer. Whether one is made is
 * the flow's question; none is ever replaced by a plain one where it fails.
 */
#include "proto/par.h"

#include "base/error.h"
#include "base/form.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "proto/reply.h"

#include <string.h>

#define WHAT "pushed authorization request endpoint"

/* It stands in a URL that people copy. @spec RFC 9101 section 5.2.2 (512 of them, which servers exceed) */
#define MAX_REQUEST_URI 2048
#define MAX_LIFETIME_S 3600

/* @spec RFC 9126 section 5, section 6 */
int
bg_par_is_required(const struct belgo_provider *provider, const struct bg_metadata *metadata)
{
	return provider->require_par || metadata->require_par;
}

/* @spec RFC 9126 section 2.1: client_id once, whether authentication brings it or not */
static belgo_rc
authenticate(struct belgo_http_request *req, struct bg_buf *form, const struct bg_client_auth *auth,
	     struct belgo_error *err)
{
	if (auth->method == BG_AUTH_BASIC)
		BG_TRY(bg_form_add(form, "client_id", auth->client_id));
	return bg_client_auth_apply(req, form, auth, err);
}

belgo_rc
bg_par_request(struct belgo_http_request *out, const struct bg_authorize *in,
	       const struct bg_client_auth *auth, struct belgo_error *err)
{
	BG_AUTO(bg_buf_free) struct bg_buf form = BG_BUF(BG_MAX_FORM);
	BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};
	const char *endpoint = in->metadata->endpoints.pushed_authorization_request;
	belgo_rc rc;

	if (endpoint == NULL)
		return bg_fail(err, BELGO_EPROTO,
			       "the authorization request must be pushed, but the metadata of %s name no "
			       "pushed_authorization_request_endpoint",
			       in->metadata->issuer);
	if (in->request == NULL) /* @spec RFC 9126 section 3: else nothing else stands beside it */
		BG_TRY(bg_authorize_form(&form, in, err));
	if ((rc = bg_form_add(&form, "request", in->request)) ||
	    (rc = bg_request_begin(&req, "POST", endpoint, WHAT)) ||
	    (rc = authenticate(&req, &form, auth, err)) || (rc = bg_request_take_form(&req, &form)))
		return bg_fail(err, rc, "request to the " WHAT ": %s", belgo_rc_str(rc));
	*out = req;
	req = (struct belgo_http_request){0};
	return BELGO_OK;
}

void
bg_pushed_done(struct bg_pushed *pushed)
{
	bg_str_free(&pushed->request_uri);
}

/* @spec RFC 9126 section 2.2 */
static belgo_rc
read_request_uri(char **out, const json_t *reply, struct belgo_error *err)
{
	const char *text;

	BG_TRY(bg_json_str(&text, reply, "request_uri", BG_REQUIRED, WHAT, err));
	if (!bg_text_is_nqchar(text) || strlen(text) > MAX_REQUEST_URI)
		return bg_fail(err, BELGO_EPROTO,
			       WHAT ": \"request_uri\" is not printable, or longer than %d bytes",
			       MAX_REQUEST_URI);
	return bg_str_set(out, text) == BELGO_OK ? BELGO_OK
						 : bg_fail(err, BELGO_ENOMEM, WHAT ": out of memory");
}

/* @spec RFC 9126 section 2.2: a positive integer */
static belgo_rc
read_expires_in(int64_t *out, const json_t *reply, struct belgo_error *err)
{
	int64_t seconds = 0;

	BG_TRY(bg_json_number(&seconds, reply, "expires_in", BG_REQUIRED, WHAT, err));
	if (seconds < 1)
		return bg_fail(err, BELGO_EPROTO, WHAT ": \"expires_in\" is not positive");
	*out = seconds < MAX_LIFETIME_S ? seconds : MAX_LIFETIME_S;
	return BELGO_OK;
}

/* @spec RFC 9126 section 2.2 (201, and nothing else), section 2.3 */
belgo_rc
bg_par_response(struct bg_pushed *out, const struct belgo_provider *provider,
		const struct belgo_http_response *res, const char *const *secrets, struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *reply = NULL;
	BG_AUTO(bg_pushed_done) struct bg_pushed pushed = {0};

	BG_TRY(bg_reply_check_available(res, WHAT, err));
	if (res->status >= 400)
		return bg_reply_refused(provider, res, WHAT, secrets, err);
	if (res->status != 201)
		return bg_reply_unexpected(res, WHAT, err);
	BG_TRY(bg_reply_json(&reply, res, BG_MAX_REPLY, BG_JSON_NUMBERS_STRICT, WHAT, err));
	BG_TRY(read_request_uri(&pushed.request_uri, reply, err));
	BG_TRY(read_expires_in(&pushed.expires_in, reply, err));
	*out = pushed;
	pushed.request_uri = NULL;
	return BELGO_OK;
}
