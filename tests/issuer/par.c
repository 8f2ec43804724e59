/* Pushed authorization requests (RFC 9126): taken from the client itself, kept until its browser comes. */
#include "issuer.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

#define PUSHED_TTL 60

void
pushed_free(struct pushed *pushed)
{
	params_done(&pushed->params);
	free(pushed->uri);
	free(pushed);
}

void
pushed_done(struct issuer *issuer)
{
	while (issuer->pushed != NULL) {
		struct pushed *p = issuer->pushed;

		issuer->pushed = p->next;
		pushed_free(p);
	}
}

/* @spec RFC 9126 section 4 (good for one use), section 2.2 (bound to the client that pushed it) */
struct pushed *
pushed_take(struct issuer *issuer, const char *request_uri, const char *client_id)
{
	for (struct pushed **p = &issuer->pushed; *p != NULL; p = &(*p)->next) {
		struct pushed *found = *p;

		if (strcmp(found->uri, request_uri) != 0 || time(NULL) >= found->expires ||
		    !text_equal(params_get(&found->params, "client_id"), client_id))
			continue;
		*p = found->next;
		return found;
	}
	return NULL;
}

static const struct pushed *
keep(struct issuer *issuer, const struct params *request)
{
	struct pushed *pushed = must_alloc(sizeof(*pushed));
	char *token = text_token();

	*pushed = (struct pushed){.next = issuer->pushed,
				  .uri = text_format("urn:ietf:params:oauth:request_uri:%s", token),
				  .expires = time(NULL) + PUSHED_TTL};
	free(token);
	for (; pushed->params.n < request->n; pushed->params.n++) {
		pushed->params.item[pushed->params.n].name = text_copy(request->item[pushed->params.n].name);
		pushed->params.item[pushed->params.n].value =
		    text_copy(request->item[pushed->params.n].value);
	}
	issuer->pushed = pushed;
	return pushed;
}

/* @spec RFC 9126 section 2.1, 2.2, 2.3 */
void
endpoint_par(struct issuer *issuer, struct request *req, struct reply *reply)
{
	const char *uri = params_get(&req->form, "redirect_uri");
	struct fault fault = {NULL, NULL};
	char *client_id;

	if (req->malformed || params_get(&req->form, "request_uri") != NULL) {
		reply_error(reply, 400, "invalid_request", "the form is malformed, or has a request_uri");
		return;
	}
	if ((client_id = clients_authenticate(issuer, req, reply)) == NULL)
		return;
	if (params_get(&req->form, "client_id") == NULL)
		fault = (struct fault){"invalid_request", "client_id is missing"};
	else if (uri == NULL || !clients_redirect_allowed(issuer, client_id, uri))
		fault = (struct fault){"invalid_request", "redirect_uri is not of this client"};
	else
		fault = authorize_judge(&req->form);
	free(client_id);
	if (fault.error != NULL)
		reply_error(reply, 400, fault.error, fault.description);
	else
		reply_json(reply, 201,
			   json_pack("{s:s, s:i}", "request_uri", keep(issuer, &req->form)->uri, "expires_in",
				     PUSHED_TTL));
}
