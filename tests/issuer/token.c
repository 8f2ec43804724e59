/* The token endpoint: authorization_code and refresh_token; the device code is device.c's, token exchange
 * exchange.c's. */
#include "issuer.h"

#include "text.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

/* @spec RFC 7636 section 4.6 */
static int
verifier_fits(const char *verifier, const char *challenge)
{
	unsigned char hash[32];
	size_t len = verifier != NULL ? strlen(verifier) : 0;
	char *expected;
	int fits;

	if (len < 43 || len > 128 || EVP_Digest(verifier, len, hash, NULL, EVP_sha256(), NULL) != 1)
		return 0;
	expected = text_base64url(hash, sizeof(hash));
	fits = text_equal(expected, challenge);
	free(expected);
	return fits;
}

/* @spec RFC 6749 section 5.1 */
static void
issue(struct issuer *issuer, struct reply *reply, const struct ticket *access, const struct ticket *refresh,
      const char *nonce, int ttl)
{
	const char *scope = access->scope;
	json_t *answer = json_object();

	json_object_set_new(answer, "access_token", json_string(access->value));
	json_object_set_new(answer, "token_type",
			    json_string(access->grant->jkt != NULL ? "DPoP" : "Bearer"));
	json_object_set_new(answer, "expires_in", json_integer(ttl));
	json_object_set_new(answer, "scope", json_string(scope));
	if (access->grant->details != NULL) /* @spec RFC 9396 section 7 */
		json_object_set_new(answer, "authorization_details",
				    json_loads(access->grant->details, 0, NULL));
	if (refresh != NULL)
		json_object_set_new(answer, "refresh_token", json_string(refresh->value));
	if (refresh != NULL && issuer->opt.refresh_ttl > 0)
		json_object_set_new(answer, "refresh_token_expires_in",
				    json_integer(issuer->opt.refresh_ttl));
	if (text_has_word(scope, "openid")) {
		struct ticket *id = tickets_new(issuer, TICKET_ID, access->grant, scope, 600);
		char *sent;

		free(id->value);
		id->value = jwt_id_token(issuer, access->grant, scope, nonce, access->value);
		sent = jwe_for(issuer, access->grant->client_id, id->value);
		json_object_set_new(answer, "id_token", json_string(sent));
		free(sent);
	}
	reply_json(reply, 200, answer);
	reply_header(reply, "Pragma", "no-cache");
}

/* @spec OpenID Connect Core section 11: a refresh token only for offline_access; plain OAuth has no such
 * scope. */
static int
wants_refresh_token(const char *scope)
{
	return text_has_word(scope, "offline_access") || !text_has_word(scope, "openid");
}

void
token_issue(struct issuer *issuer, struct reply *reply, struct grant *grant, const char *scope)
{
	const struct ticket *refresh = NULL;

	if (wants_refresh_token(scope))
		refresh = tickets_new(issuer, TICKET_REFRESH, grant, scope, issuer->opt.refresh_ttl);
	issue(issuer, reply, tickets_new(issuer, TICKET_ACCESS, grant, scope, issuer->opt.first_ttl), refresh,
	      grant->nonce, issuer->opt.first_ttl);
}

/* @spec RFC 6749 section 4.1.3, 4.1.2 (a code used twice ends all that came of it) */
static void
by_code(struct issuer *issuer, const struct request *req, struct reply *reply, const char *client_id)
{
	const char *value = params_get(&req->form, "code"), *uri = params_get(&req->form, "redirect_uri");
	struct ticket *code = value != NULL ? tickets_find(issuer, TICKET_CODE, value) : NULL;

	if (value == NULL) {
		reply_error(reply, 400, "invalid_request", "code is missing");
		return;
	}
	if (code != NULL && code->used)
		code->grant->revoked = 1;
	if (code == NULL || !tickets_is_live(code) || strcmp(code->grant->client_id, client_id) != 0) {
		reply_error(reply, 400, "invalid_grant", "the code is unknown, used or expired");
		return;
	}
	if (!dpop_bind(code->grant, req, reply))
		return;
	code->used = 1;
	if (uri == NULL || strcmp(uri, code->grant->redirect_uri) != 0) {
		reply_error(reply, 400, "invalid_grant",
			    "redirect_uri differs from the authorization request");
	} else if (!verifier_fits(params_get(&req->form, "code_verifier"), code->grant->code_challenge)) {
		reply_error(reply, 400, "invalid_grant", "code_verifier does not fit the challenge");
	} else {
		token_issue(issuer, reply, code->grant, code->scope);
	}
}

/* The answer to a refresh token that was found good. */
static void
renew(struct issuer *issuer, struct reply *reply, struct ticket *old, const char *scope, json_t *resources)
{
	int ttl = issuer->opt.access_ttl;
	const struct ticket *next = NULL, *access;

	if (issuer->opt.rotate) {
		old->used = 1;
		next = tickets_new(issuer, TICKET_REFRESH, old->grant, old->scope, issuer->opt.refresh_ttl);
	}
	access = resources != NULL ? resources_ticket(issuer, old->grant, NULL, scope, resources, ttl)
				   : tickets_new(issuer, TICKET_ACCESS, old->grant, scope, ttl);
	issue(issuer, reply, access, next, NULL, ttl);
}

/* @spec RFC 6749 section 6; RFC 9700 section 4.14.2 (rotation; a token that comes back ends its family) */
static void
by_refresh_token(struct issuer *issuer, const struct request *req, struct reply *reply, const char *client_id)
{
	const char *value = params_get(&req->form, "refresh_token"),
		   *wanted = params_get(&req->form, "scope");
	struct ticket *old = value != NULL ? tickets_find(issuer, TICKET_REFRESH, value) : NULL;
	json_t *resources;
	char *scope;

	if (value == NULL) {
		reply_error(reply, 400, "invalid_request", "refresh_token is missing");
		return;
	}
	if (old != NULL && old->used)
		old->grant->revoked = 1;
	if (old == NULL || !tickets_is_live(old) || strcmp(old->grant->client_id, client_id) != 0) {
		reply_error(reply, 400, "invalid_grant",
			    "the refresh token is unknown, used, revoked or expired");
		return;
	}
	if (!dpop_fits(old->grant, req, reply))
		return;
	scope = text_common_words(wanted != NULL ? wanted : old->scope, old->scope);
	if (wanted != NULL && strlen(scope) != strlen(wanted))
		reply_error(reply, 400, "invalid_scope", "more than the user granted");
	else if (resources_of(&resources, req, reply) == 0)
		renew(issuer, reply, old, scope, resources);
	free(scope);
}

/* A client's own tokens, or those of whom it vouches for. */
static void
without_user(struct issuer *issuer, const struct request *req, struct reply *reply, const char *client_id,
	     const char *subject)
{
	const char *wanted = params_get(&req->form, "scope");
	char *scope = text_common_words(wanted != NULL ? wanted : "api.read", "api.read api.write");
	json_t *resources;

	if (wanted != NULL && strlen(scope) != strlen(wanted)) {
		reply_error(reply, 400, "invalid_scope", "not a client's");
	} else if (resources_of(&resources, req, reply) == 0) {
		struct grant *grant = grants_new(issuer, &req->form, subject, scope);
		int ttl = issuer->opt.access_ttl;

		free(grant->client_id);
		free(grant->subject);
		grant->client_id = text_copy(client_id);
		grant->subject = text_copy(subject);
		issue(issuer, reply,
		      resources != NULL ? resources_ticket(issuer, grant, NULL, scope, resources, ttl)
					: tickets_new(issuer, TICKET_ACCESS, grant, scope, ttl),
		      NULL, NULL, ttl);
	}
	free(scope);
}

/* @spec RFC 6749 section 4.4 */
static void
by_client(struct issuer *issuer, const struct request *req, struct reply *reply, const char *client_id)
{
	if (clients_is_confidential(issuer, client_id))
		without_user(issuer, req, reply, client_id, client_id);
	else
		reply_error(reply, 400, "unauthorized_client", "a public client is nobody by itself");
}

/* @spec RFC 7523 section 2.1 */
static void
by_assertion(struct issuer *issuer, const struct request *req, struct reply *reply, const char *client_id)
{
	char *subject = assertion_subject(issuer, req, reply, client_id);

	if (subject != NULL)
		without_user(issuer, req, reply, client_id, subject);
	free(subject);
}

void
endpoint_token(struct issuer *issuer, struct request *req, struct reply *reply)
{
	const char *type = params_get(&req->form, "grant_type");
	char *client_id;

	if (req->malformed || params_repeated(&req->form) != NULL) {
		reply_error(reply, 400, "invalid_request",
			    "the form is malformed or a parameter is repeated");
		return;
	}
	if (req->dpop != NULL && (req->jkt = dpop_check(issuer, req, NULL, reply)) == NULL)
		return;
	if ((client_id = clients_authenticate(issuer, req, reply)) == NULL)
		return;
	if (type != NULL && !clients_may(issuer, client_id, "grant_types", type))
		reply_error(reply, 400, "unauthorized_client",
			    "the client was not registered for this grant");
	else if (type != NULL && strcmp(type, "authorization_code") == 0)
		by_code(issuer, req, reply, client_id);
	else if (type != NULL && strcmp(type, "refresh_token") == 0)
		by_refresh_token(issuer, req, reply, client_id);
	else if (type != NULL && strcmp(type, "client_credentials") == 0)
		by_client(issuer, req, reply, client_id);
	else if (type != NULL && strcmp(type, "urn:ietf:params:oauth:grant-type:jwt-bearer") == 0)
		by_assertion(issuer, req, reply, client_id);
	else if (type != NULL && strcmp(type, "urn:ietf:params:oauth:grant-type:device_code") == 0)
		token_by_device(issuer, req, reply, client_id);
	else if (type != NULL && strcmp(type, "urn:ietf:params:oauth:grant-type:token-exchange") == 0)
		token_by_exchange(issuer, req, reply, client_id);
	else
		reply_error(reply, 400, "unsupported_grant_type", "see grant_types_supported");
	free(client_id);
}

/* @spec RFC 7009 section 2.1, 2.2 */
void
endpoint_revoke(struct issuer *issuer, struct request *req, struct reply *reply)
{
	const char *value = params_get(&req->form, "token");
	char *client_id = clients_authenticate(issuer, req, reply);
	struct ticket *ticket;

	if (client_id == NULL)
		return;
	if (value == NULL) {
		reply_error(reply, 400, "invalid_request", "token is missing");
		free(client_id);
		return;
	}
	reply_text(reply, 200, "text/plain; charset=utf-8", text_copy(""));
	reply->outcome = "unknown";
	if ((ticket = tickets_find(issuer, TICKET_REFRESH, value)) == NULL)
		ticket = tickets_find(issuer, TICKET_ACCESS, value);
	if (ticket != NULL && strcmp(ticket->grant->client_id, client_id) == 0) {
		ticket->used = 1;
		if (ticket->kind == TICKET_REFRESH)
			ticket->grant->revoked = 1;
		reply->outcome = "revoked";
	}
	free(client_id);
}
