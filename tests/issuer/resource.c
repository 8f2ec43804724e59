/* Access tokens for resources of the client's choice (RFC 8707): JWTs that are good there and nowhere else.
 */
#include "issuer.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

int
resources_is_invalid_host(const char *host, size_t len)
{
	return len >= 8 && strncmp(host + len - 8, ".invalid", 8) == 0;
}

/* Any absolute URI without a fragment is a resource, but for hosts under .invalid. */
static int
is_known(const char *uri)
{
	const char *colon = strchr(uri, ':'), *host = strstr(uri, "://");
	size_t len = host != NULL ? strcspn(host + 3, ":/?") : 0;

	if (colon == NULL || colon == uri || strchr(uri, '#') != NULL)
		return 0;
	return !resources_is_invalid_host(host + 3, len);
}

/* @spec RFC 8707 section 2, 2.2 */
int
resources_of(json_t **out, const struct request *req, struct reply *reply)
{
	json_t *list = json_array();

	*out = NULL;
	for (size_t i = 0; i < req->form.n; i++) {
		if (strcmp(req->form.item[i].name, "resource") != 0)
			continue;
		if (!is_known(req->form.item[i].value)) {
			json_decref(list);
			reply_error(reply, 400, "invalid_target", "there is no such resource");
			return -1;
		}
		json_array_append_new(list, json_string(req->form.item[i].value));
	}
	if (json_array_size(list) > 0)
		*out = json_incref(list);
	json_decref(list);
	return 0;
}

struct ticket *
resources_ticket(struct issuer *issuer, struct grant *grant, const struct grant *actor, const char *scope,
		 json_t *resources, int ttl)
{
	struct ticket *ticket = tickets_new(issuer, TICKET_ACCESS, grant, scope, ttl);

	free(ticket->value);
	ticket->resources = json_incref(resources);
	ticket->value = jwt_access_token(issuer, grant, actor, scope, resources, ttl);
	return ticket;
}
