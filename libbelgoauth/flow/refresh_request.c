/* The request of a refresh, from an account's record. When it is sent, and what its answer is good for, is
 * refresh.c's. */
#include "flow/refresh_request.h"

#include "proto/token.h"

/* What the selection does not name is as at the login. @spec RFC 8707 section 2.2 */
static char **
resources_of(const struct bg_renewal_ask *in)
{
	const struct bg_selection *selection = in->selection;

	return selection != NULL && selection->resources != NULL ? selection->resources
								 : in->record->resources;
}

/* NULL: none is named. */
static const char *
selected_scope(const struct bg_renewal_ask *in)
{
	return in->selection != NULL ? in->selection->scope : NULL;
}

/* @spec RFC 6749 section 6 */
static belgo_rc
by_refresh_token(struct belgo_http_request *req, const struct bg_renewal_ask *in, struct belgo_error *err)
{
	const struct bg_record *r = in->record;
	char **resources = resources_of(in);
	const struct bg_refresh refresh = {
	    .provider = in->provider,
	    .metadata = in->metadata,
	    .auth = *in->auth,
	    .refresh_token = r->token->refresh_token,
	    .scope = r->token->scope != NULL ? r->token->scope : r->account->scope_requested,
	    .selected_scope = selected_scope(in) != NULL ? selected_scope(in) : in->scope,
	    .redirect_uri = r->redirect_uri,
	    .resources = (const char *const *)resources,
	    .n_resources = bg_strv_len(resources)};

	return bg_refresh_request(req, &refresh, err);
}

/* @spec RFC 6749 section 4.4.2; RFC 7523 section 2.1 */
static belgo_rc
as_client(struct belgo_http_request *req, const struct bg_renewal_ask *in, struct belgo_error *err)
{
	const struct bg_record *r = in->record;
	char **resources = resources_of(in);
	const struct bg_client_grant grant = {
	    .provider = in->provider,
	    .metadata = in->metadata,
	    .auth = *in->auth,
	    .scope = selected_scope(in) != NULL ? selected_scope(in) : r->account->scope_requested,
	    .resources = (const char *const *)resources,
	    .n_resources = bg_strv_len(resources),
	    .subject = r->assertion_subject,
	    .jti = in->jti,
	    .now = in->now};

	return bg_client_grant_request(req, &grant, err);
}

belgo_rc
bg_renewal_request(struct belgo_http_request *req, const struct bg_renewal_ask *in, struct belgo_error *err)
{
	return bg_record_is_clients(in->record) ? as_client(req, in, err) : by_refresh_token(req, in, err);
}
