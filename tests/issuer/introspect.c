/* What is known of a token, for the client that it was given to or the server that it is shown to. */
#include "issuer.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

static json_t *
describe(const struct issuer *issuer, const struct ticket *ticket)
{
	json_t *answer = json_object();

	json_object_set_new(answer, "active", json_true());
	json_object_set_new(answer, "scope", json_string(ticket->scope));
	json_object_set_new(answer, "client_id", json_string(ticket->grant->client_id));
	json_object_set_new(answer, "username", json_string(ticket->grant->user));
	json_object_set_new(answer, "sub", json_string(ticket->grant->subject));
	json_object_set_new(answer, "iss", json_string(issuer->base));
	if (ticket->kind == TICKET_ACCESS)
		json_object_set_new(answer, "token_type",
				    json_string(ticket->grant->jkt != NULL ? "DPoP" : "Bearer"));
	if (ticket->grant->jkt != NULL) /* @spec RFC 9449 section 6.2 */
		json_object_set_new(answer, "cnf", json_pack("{s:s}", "jkt", ticket->grant->jkt));
	if (ticket->resources != NULL)
		json_object_set(answer, "aud", ticket->resources);
	if (ticket->expires != 0)
		json_object_set_new(answer, "exp", json_integer(ticket->expires));
	return answer;
}

/* @spec RFC 9701 section 5 */
static void
reply_signed(const struct issuer *issuer, struct reply *reply, const char *client_id, json_t *answer)
{
	json_t *claims = json_pack("{s:s, s:s, s:I, s:o}", "iss", issuer->base, "aud", client_id, "iat",
				   (json_int_t)time(NULL), "token_introspection", answer);
	char *jwt = jwt_sign(&issuer->key[issuer->opt.alg], "token-introspection+jwt", claims);

	reply_text(reply, 200, "application/token-introspection+jwt", jwe_for(issuer, client_id, jwt));
	free(jwt);
}

/* @spec RFC 7662 section 4: what is not this client's to know is not active */
static int
may_know(const struct issuer *issuer, const struct ticket *ticket, const char *client_id)
{
	const char *server = issuer->opt.resource_server;

	return strcmp(ticket->grant->client_id, client_id) == 0 ||
	       (server != NULL && strcmp(server, client_id) == 0 && ticket->kind == TICKET_ACCESS);
}

/* @spec RFC 7662 section 2.1, 2.2 */
void
endpoint_introspect(struct issuer *issuer, struct request *req, struct reply *reply)
{
	const char *value = params_get(&req->form, "token");
	char *client_id = clients_authenticate(issuer, req, reply);
	const struct ticket *ticket;
	json_t *answer;

	if (client_id == NULL)
		return;
	if (value == NULL) {
		reply_error(reply, 400, "invalid_request", "token is missing");
		free(client_id);
		return;
	}
	if ((ticket = tickets_find(issuer, TICKET_ACCESS, value)) == NULL)
		ticket = tickets_find(issuer, TICKET_REFRESH, value);
	if (ticket != NULL && tickets_is_live(ticket) && may_know(issuer, ticket, client_id))
		answer = describe(issuer, ticket);
	else
		answer = json_pack("{s:b}", "active", 0);
	if (issuer->opt.sign_answers)
		reply_signed(issuer, reply, client_id, answer);
	else
		reply_json(reply, 200, answer);
	free(client_id);
}
