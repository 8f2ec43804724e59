/* The authorization endpoint, and the answer of its page. */
#include "issuer.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

#define CODE_TTL 60

static int
is_s256_challenge(const char *s)
{
	return strlen(s) == 43 &&
	       strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == 43;
}

/* @spec RFC 9396 section 2, 5 */
static int
details_are_known(const char *text)
{
	json_t *details = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	int known = json_is_array(details) && json_array_size(details) > 0;

	for (size_t i = 0; known && i < json_array_size(details); i++) {
		const char *type = json_string_value(json_object_get(json_array_get(details, i), "type"));

		known = type != NULL && text_has_word(ISSUER_DETAILS, type);
	}
	json_decref(details);
	return known;
}

struct fault
authorize_judge(const struct params *p)
{
	const char *type = params_get(p, "response_type"), *mode = params_get(p, "response_mode");
	const char *method = params_get(p, "code_challenge_method"),
		   *challenge = params_get(p, "code_challenge");
	const char *scope = params_get(p, "scope"), *details = params_get(p, "authorization_details");
	char *known = text_common_words(scope != NULL ? scope : "", ISSUER_SCOPES);
	int scope_is_known = scope == NULL || strlen(known) == strlen(scope);

	free(known);
	if (params_repeated(p) != NULL)
		return (struct fault){"invalid_request", "a parameter is repeated"};
	if (type == NULL || strcmp(type, "code") != 0)
		return (struct fault){"unsupported_response_type", "response_type must be code"};
	if (mode != NULL && (strchr(mode, ' ') != NULL || !text_has_word(ISSUER_RESPONSE_MODES, mode)))
		return (struct fault){"invalid_request", "response_mode is none of those that are supported"};
	/* @spec RFC 7636 section 4.4.1 */
	if (challenge == NULL || method == NULL || strcmp(method, "S256") != 0 ||
	    !is_s256_challenge(challenge))
		return (struct fault){"invalid_request", "PKCE with S256 is required"};
	if (details != NULL && !details_are_known(details))
		return (struct fault){"invalid_authorization_details",
				      "authorization_details are malformed or of an unknown type"};
	if (!scope_is_known)
		return (struct fault){"invalid_scope", "a scope is not known here"};
	return (struct fault){NULL, NULL};
}

static void
grant_code(struct issuer *issuer, struct reply *reply, const struct params *request, const char *user,
	   const char *scope)
{
	struct grant *grant = grants_new(issuer, request, user, scope);

	redirect_code(issuer, reply, request,
		      tickets_new(issuer, TICKET_CODE, grant, scope, CODE_TTL)->value);
}

static void
approve_unasked(struct issuer *issuer, struct reply *reply, const struct params *request)
{
	const char *requested = params_get(request, "scope");
	char *scope = grants_auto_scope(issuer, requested != NULL ? requested : "");

	grant_code(issuer, reply, request, issuer->opt.auto_approve, scope);
	free(scope);
}

/* @spec RFC 6749 section 4.1.1, 3.1.2.4: without a valid client and redirect_uri nothing is redirected. */
static void
authorize(struct issuer *issuer, struct params *p, struct reply *reply)
{
	const char *uri = params_get(p, "redirect_uri"), *prompt = params_get(p, "prompt");
	const char *id = params_get(p, "client_id");
	struct fault fault;

	if (clients_is_gone(issuer, id)) {
		page_error(reply, "invalid_client", "There is no such client (any more).");
		return;
	}
	if (uri == NULL || !clients_redirect_allowed(issuer, id, uri)) {
		page_error(reply, "invalid_redirect_uri",
			   "redirect_uri must be an http address on 127.0.0.1, [::1] or localhost, and the "
			   "client's own.");
		return;
	}
	if (!clients_may(issuer, id, "response_types", "code"))
		redirect_error(issuer, reply, p, "unauthorized_client", "not registered for codes");
	else if ((fault = authorize_judge(p)).error != NULL)
		redirect_error(issuer, reply, p, fault.error, fault.description);
	else if (issuer->opt.auto_deny)
		redirect_error(issuer, reply, p, "access_denied", "the user said no");
	else if (issuer->opt.auto_approve != NULL)
		approve_unasked(issuer, reply, p);
	else if (prompt != NULL && text_has_word(prompt, "none"))
		redirect_error(issuer, reply, p, "login_required", "nobody is signed in here");
	else
		page_consent(issuer, reply, pending_new(issuer, p));
}

/* @spec RFC 9126 section 4: of a URL with request_uri nothing else counts but client_id. */
void
endpoint_authorize(struct issuer *issuer, struct request *req, struct reply *reply)
{
	const char *client_id = params_get(&req->query, "client_id");
	const char *uri = params_get(&req->query, "request_uri");
	struct pushed *pushed;

	if (req->malformed || client_id == NULL) {
		page_error(reply, "invalid_client", "The request names no client (client_id).");
	} else if (uri == NULL && issuer->opt.require_par) {
		page_error(reply, "invalid_request", "The request must be pushed first (RFC 9126).");
	} else if (uri == NULL) {
		authorize(issuer, &req->query, reply);
	} else if ((pushed = pushed_take(issuer, uri, client_id)) == NULL) {
		page_error(reply, "invalid_request_uri", "request_uri is unknown, used or expired.");
	} else {
		authorize(issuer, &pushed->params, reply);
		pushed_free(pushed);
	}
}

/* The scopes whose box was ticked; openid has none and stays. */
static char *
ticked_scope(const struct params *form, const char *requested)
{
	char *ticked = text_copy("openid"), *scope;

	for (size_t i = 0; i < form->n; i++) {
		char *longer;

		if (strcmp(form->item[i].name, "scope") != 0)
			continue;
		longer = text_format("%s %s", ticked, form->item[i].value);
		free(ticked);
		ticked = longer;
	}
	scope = text_common_words(requested, ticked);
	free(ticked);
	return scope;
}

void
endpoint_decide(struct issuer *issuer, struct request *req, struct reply *reply)
{
	const char *id = params_get(&req->form, "request"), *action = params_get(&req->form, "action");
	const char *user = params_get(&req->form, "login"), *requested;
	struct pending *pending = id != NULL ? pending_take(issuer, id) : NULL;
	char *scope;

	if (pending == NULL) {
		page_error(reply, "stale_page",
			   "This page was answered already, or is too old. Start the login again.");
		return;
	}
	requested = params_get(&pending->params, "scope");
	if (action == NULL || strcmp(action, "approve") != 0) {
		if (pending->device != NULL)
			device_decide(issuer, reply, pending->device, NULL, NULL);
		else
			redirect_error(issuer, reply, &pending->params, "access_denied", "the user said no");
	} else if (user == NULL || strlen(user) > 64 || strpbrk(user, " \t\r\n") != NULL) {
		page_error(reply, "bad_user", "A user's name is 1 to 64 characters without blanks.");
	} else {
		scope = ticked_scope(&req->form, requested != NULL ? requested : "");
		if (pending->device != NULL)
			device_decide(issuer, reply, pending->device, user, scope);
		else
			grant_code(issuer, reply, &pending->params, user, scope);
		free(scope);
	}
	pending_free(pending);
}
