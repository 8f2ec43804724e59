/*
 * Token exchange (RFC 8693): a client's token for another one, of any type that this server issues, with no
 * more scope than it has. What comes of it dies with what it came of.
 */
#include "issuer.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

#define TYPE_PREFIX "urn:ietf:params:oauth:token-type:"

/* Behind the prefix; or "". */
static const char *
short_type(const char *type)
{
	size_t len = strlen(TYPE_PREFIX);

	return type != NULL && strncmp(type, TYPE_PREFIX, len) == 0 ? type + len : "";
}

/* @spec RFC 8693 section 2.2.2: a token that will not do is invalid_request */
static struct ticket *
token_of(struct issuer *issuer, const struct request *req, struct reply *reply, const char *role,
	 const char *client_id)
{
	static const struct {
		const char *type;
		enum ticket_kind kind;
	} kinds[] = {
	    {"access_token", TICKET_ACCESS}, {"refresh_token", TICKET_REFRESH}, {"id_token", TICKET_ID}};
	char *name = text_format("%s_token", role), *type_name = text_format("%s_token_type", role);
	const char *value = params_get(&req->form, name);
	const char *type = short_type(params_get(&req->form, type_name));
	struct ticket *ticket = NULL;

	for (size_t i = 0; value != NULL && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].type, type) == 0)
			ticket = tickets_find(issuer, kinds[i].kind, value);
	free(name);
	free(type_name);
	/* Whoever acts may have come by another client. */
	if (ticket != NULL && tickets_is_live(ticket) &&
	    (strcmp(role, "actor") == 0 ||
	     (strcmp(ticket->grant->client_id, client_id) == 0 && dpop_fits(ticket->grant, req, reply))))
		return ticket;
	if (reply->status == 0)
		reply_error(reply, 400, "invalid_request",
			    "a token or its type is missing, unknown, used, revoked or expired");
	return NULL;
}

/* Resources and audiences together, NULL: none; or -1, with *reply filled. */
static int
audience_of(json_t **out, const struct request *req, struct reply *reply)
{
	json_t *list;

	if (resources_of(&list, req, reply) != 0)
		return -1;
	for (size_t i = 0; i < req->form.n; i++) {
		const char *value = req->form.item[i].value;

		if (strcmp(req->form.item[i].name, "audience") != 0)
			continue;
		if (resources_is_invalid_host(value, strlen(value))) {
			json_decref(list);
			reply_error(reply, 400, "invalid_target", "there is no such audience");
			return -1;
		}
		if (list == NULL)
			list = json_array();
		json_array_append_new(list, json_string(value));
	}
	*out = list;
	return 0;
}

static void
answer(const struct issuer *issuer, struct reply *reply, const char *token, const char *type,
       const char *scope)
{
	char *uri = text_format(TYPE_PREFIX "%s", type);
	int is_access = strcmp(type, "access_token") == 0;

	reply_json(reply, 200,
		   json_pack("{s:s, s:s, s:s, s:i, s:s}", "access_token", token, "issued_token_type", uri,
			     "token_type", is_access ? "Bearer" : "N_A", "expires_in", issuer->opt.access_ttl,
			     "scope", scope));
	reply_header(reply, "Pragma", "no-cache");
	free(uri);
}

/* Takes audience. @spec RFC 8693 section 2.2.1 */
static void
issue(struct issuer *issuer, struct reply *reply, const char *type, struct ticket *subject,
      const struct ticket *actor, const char *scope, json_t *audience)
{
	int ttl = issuer->opt.access_ttl;
	const struct grant *acting = actor != NULL ? actor->grant : NULL;
	int is_jwt = strcmp(type, "jwt") == 0;

	if (is_jwt && audience == NULL)
		audience = json_pack("[s]", issuer->base);
	if (is_jwt || (strcmp(type, "access_token") == 0 && audience != NULL)) {
		answer(issuer, reply,
		       resources_ticket(issuer, subject->grant, acting, scope, audience, ttl)->value, type,
		       scope);
		return;
	}
	json_decref(audience);
	if (strcmp(type, "access_token") == 0) {
		answer(issuer, reply, tickets_new(issuer, TICKET_ACCESS, subject->grant, scope, ttl)->value,
		       type, scope);
	} else if (strcmp(type, "refresh_token") == 0) {
		answer(issuer, reply, tickets_new(issuer, TICKET_REFRESH, subject->grant, scope, 0)->value,
		       type, scope);
	} else if (strcmp(type, "id_token") == 0) {
		char *id_token = jwt_id_token(issuer, subject->grant, scope, NULL, subject->value);

		answer(issuer, reply, id_token, type, scope);
		free(id_token);
	} else {
		reply_error(reply, 400, "invalid_request", "no token of that type is issued here");
	}
}

/* @spec RFC 8693 section 2.1 */
void
token_by_exchange(struct issuer *issuer, const struct request *req, struct reply *reply,
		  const char *client_id)
{
	const char *wanted = params_get(&req->form, "scope");
	const char *type = params_get(&req->form, "requested_token_type");
	struct ticket *subject = token_of(issuer, req, reply, "subject", client_id), *actor = NULL;
	json_t *audience;
	char *scope;

	if (subject == NULL)
		return;
	if ((params_get(&req->form, "actor_token") != NULL ||
	     params_get(&req->form, "actor_token_type") != NULL) &&
	    (actor = token_of(issuer, req, reply, "actor", client_id)) == NULL)
		return;
	scope = text_common_words(wanted != NULL ? wanted : subject->scope, subject->scope);
	if (wanted != NULL && strlen(scope) != strlen(wanted))
		reply_error(reply, 400, "invalid_scope", "more than the subject token has");
	else if (audience_of(&audience, req, reply) == 0)
		issue(issuer, reply, type != NULL ? short_type(type) : "access_token", subject, actor, scope,
		      audience);
	free(scope);
}
