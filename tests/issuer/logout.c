/* The end of a session: nobody stays signed in here, but what a login without offline_access has brought
 * ends, and the browser goes where the client wants it back. */
#include "issuer.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

/* One that the client registered; of a client that did not register, a loopback address. */
static int
may_go_to(const struct issuer *issuer, const char *client_id, const char *uri)
{
	const struct client *client = clients_find(issuer, client_id);
	const json_t *own;

	if (client == NULL || client->metadata == NULL)
		return clients_redirect_allowed(issuer, NULL, uri);
	own = json_object_get(client->metadata, "post_logout_redirect_uris");
	for (size_t i = 0; i < json_array_size(own); i++) {
		const char *one = json_string_value(json_array_get(own, i));

		if (one != NULL && strcmp(one, uri) == 0)
			return 1;
	}
	return 0;
}

static void
send_back(struct reply *reply, const char *uri, const char *state)
{
	char *value = state != NULL ? text_percent(state) : NULL;
	char *url = value != NULL
			? text_format("%s%cstate=%s", uri, strchr(uri, '?') == NULL ? '?' : '&', value)
			: text_copy(uri);

	reply_text(reply, 303, "text/plain; charset=utf-8", text_copy("Back to the application.\n"));
	reply_header(reply, "Location", url);
	free(value);
	free(url);
}

/* An ID token that has expired is a hint all the same. @spec OpenID Connect RP-Initiated Logout 1.0 section
 * 2, 3 */
void
endpoint_end_session(struct issuer *issuer, struct request *req, struct reply *reply)
{
	const struct params *p = strcmp(req->method, "POST") == 0 ? &req->form : &req->query;
	const char *hint = params_get(p, "id_token_hint"), *id = params_get(p, "client_id");
	const char *uri = params_get(p, "post_logout_redirect_uri");
	const struct ticket *ticket = hint != NULL ? tickets_find(issuer, TICKET_ID, hint) : NULL;

	if (req->malformed || params_repeated(p) != NULL || (hint != NULL && ticket == NULL) ||
	    (ticket != NULL && id != NULL && strcmp(ticket->grant->client_id, id) != 0)) {
		page_error(reply, "invalid_request",
			   "The request is of no login here, or of another client's.");
		return;
	}
	if (uri != NULL && (ticket == NULL || !may_go_to(issuer, ticket->grant->client_id, uri))) {
		page_error(reply, "invalid_post_logout_redirect_uri",
			   "post_logout_redirect_uri goes with an id_token_hint, and is the client's own.");
		return;
	}
	if (ticket != NULL && !text_has_word(ticket->grant->scope, "offline_access"))
		ticket->grant->revoked = 1;
	if (uri != NULL)
		send_back(reply, uri, params_get(p, "state"));
	else
		page_signed_out(reply);
}
