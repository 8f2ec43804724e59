/*
 * The request to end a session, which is a URL for the user's browser: the session is a cookie's, and nobody
 * else has that. What becomes of it there, the provider and its user say.
 */
#include "proto/end_session.h"

#include "base/error.h"
#include "base/form.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/url.h"

#include <string.h>

#define WHAT "request to end the session"

static belgo_rc
add_params(struct bg_buf *query, const struct bg_end_session *in)
{
	belgo_rc rc;

	if ((rc = bg_form_add(query, "id_token_hint", in->id_token_hint)) ||
	    (rc = bg_form_add(query, "logout_hint", in->logout_hint)) ||
	    (rc = bg_form_add(query, "client_id", in->client_id)) || in->post_logout_redirect_uri == NULL)
		return rc;
	if ((rc = bg_form_add(query, "post_logout_redirect_uri", in->post_logout_redirect_uri)))
		return rc;
	return bg_form_add(query, "state", in->state);
}

/* @spec OpenID Connect RP-Initiated Logout 1.0 section 2 */
belgo_rc
bg_end_session_url(char **out, const struct bg_end_session *in, struct belgo_error *err)
{
	BG_AUTO(bg_buf_free) struct bg_buf query = BG_BUF(BG_MAX_URL);
	const char *endpoint = in->metadata->endpoints.end_session;
	belgo_rc rc;
	char *url;

	if (endpoint == NULL)
		return bg_fail(err, BELGO_EPROTO, "the provider's metadata names no end_session_endpoint");
	if (in->post_logout_redirect_uri != NULL && !bg_uri_is_absolute(in->post_logout_redirect_uri))
		return bg_fail(err, BELGO_EINVAL, "post_logout_redirect_uri is no absolute URI");
	rc = add_params(&query, in);
	if (rc == BELGO_EINVAL || (rc == BELGO_OK && strlen(endpoint) + 1 + query.len > BG_MAX_URL))
		return bg_fail(err, BELGO_EINVAL, WHAT ": longer than %d bytes", BG_MAX_URL);
	if (rc != BELGO_OK || (url = bg_url_with_query(endpoint, query.data)) == NULL)
		return bg_fail(err, BELGO_ENOMEM, WHAT ": out of memory");
	*out = url;
	return BELGO_OK;
}
