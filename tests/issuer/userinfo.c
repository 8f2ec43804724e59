/* The userinfo endpoint, which is the one protected resource here. */
#include "issuer.h"

#include "text.h"

#include <string.h>
#include <strings.h>

/* @spec RFC 6750 section 3: without credentials, no error code. */
static void
challenge(struct reply *reply, unsigned status, const char *error, const char *header)
{
	reply_error(reply, status, error, "a valid access token is needed");
	reply_header(reply, "WWW-Authenticate", header);
}

/* Two keys, or none on either side. */
static int
is_same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* @spec OpenID Connect Core section 5.3 */
void
endpoint_userinfo(struct issuer *issuer, struct request *req, struct reply *reply)
{
	char *jwt;
	const char *auth = req->authorization;
	const struct ticket *ticket;
	json_t *claims;
	int is_dpop = auth != NULL && req->dpop != NULL && strncasecmp(auth, "DPoP ", 5) == 0;

	if (!is_dpop && (auth == NULL || strncasecmp(auth, "Bearer ", 7) != 0)) {
		challenge(reply, 401, "invalid_token", "Bearer realm=\"belgo-issuer\"");
		return;
	}
	ticket = tickets_find(issuer, TICKET_ACCESS, auth + (is_dpop ? 5 : 7));
	if (is_dpop && (req->jkt = dpop_check(issuer, req, auth + 5, reply)) == NULL)
		return;
	/* @spec RFC 9449 section 7.1: a bound token is worth nothing without its key, and none is bound twice
	 */
	if (ticket == NULL || !tickets_is_live(ticket) || ticket->resources != NULL ||
	    !is_same(ticket->grant->jkt, req->jkt)) {
		challenge(reply, 401, "invalid_token",
			  "Bearer realm=\"belgo-issuer\", error=\"invalid_token\"");
		return;
	}
	if (!text_has_word(ticket->scope, "openid")) {
		challenge(reply, 403, "insufficient_scope",
			  "Bearer realm=\"belgo-issuer\", error=\"insufficient_scope\", scope=\"openid\"");
		return;
	}
	claims = json_object();
	jwt_user_claims(claims, ticket->grant, ticket->scope);
	if (!issuer->opt.sign_answers) {
		reply_json(reply, 200, claims);
		return;
	}
	/* @spec OpenID Connect Core section 5.3.2 */
	json_object_set_new(claims, "iss", json_string(issuer->base));
	json_object_set_new(claims, "aud", json_string(ticket->grant->client_id));
	jwt = jwt_sign(&issuer->key[issuer->opt.alg], "JWT", claims);
	reply_text(reply, 200, "application/jwt", jwe_for(issuer, ticket->grant->client_id, jwt));
	free(jwt);
}
