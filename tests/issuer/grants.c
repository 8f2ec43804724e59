/* What was granted, and the codes and tokens that stand for it. Kept in memory, gone with the process. */
#include "issuer.h"

#include "text.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#define PENDING_TTL 600

/*
 * The same user gets the same subject at every start, so that accounts outlive the issuer. A pairwise one is
 * for one client: every redirect URI here is on this machine, so its host makes no sector.
 * @spec OpenID Connect Core section 8.1
 */
static char *
subject_of(const struct issuer *issuer, const char *user, const char *client_id)
{
	unsigned char hash[32];
	char *text, *subject;

	if (issuer->opt.pairwise != NULL)
		text = text_format("%s\n%s\n%s", issuer->opt.pairwise, client_id, user);
	else
		text = text_format("belgo-issuer %s", user);

	if (EVP_Digest(text, strlen(text), hash, NULL, EVP_sha256(), NULL) != 1)
		die("cannot hash");
	free(text);
	subject = text_base64url(hash, 15);
	return subject;
}

/* @spec OpenID Connect Core section 3.1.2.1: in order of preference; a wish that cannot be met is none */
static char *
first_acr(const char *wanted)
{
	char *known = text_common_words(wanted != NULL ? wanted : "", ISSUER_ACRS), *first = NULL;

	if (*known != '\0')
		first = text_format("%.*s", (int)strcspn(known, " "), known);
	free(known);
	return first;
}

char *
grants_auto_scope(const struct issuer *issuer, const char *requested)
{
	return issuer->opt.grant != NULL ? text_common_words(requested, issuer->opt.grant)
					 : text_copy(requested);
}

struct grant *
grants_new(struct issuer *issuer, const struct params *request, const char *user, const char *scope)
{
	struct grant *grant = must_alloc(sizeof(*grant));

	*grant = (struct grant){
	    .next = issuer->grants,
	    .client_id = text_copy(params_get(request, "client_id")),
	    .user = text_copy(user),
	    .subject = subject_of(issuer, user, params_get(request, "client_id")),
	    .scope = text_copy(scope),
	    .nonce = text_copy(params_get(request, "nonce")),
	    .redirect_uri = text_copy(params_get(request, "redirect_uri")),
	    .code_challenge = text_copy(params_get(request, "code_challenge")),
	    .jkt = text_copy(params_get(request, "dpop_jkt")),
	    .details = text_copy(params_get(request, "authorization_details")),
	    .acr = first_acr(params_get(request, "acr_values")),
	    .auth_time = time(NULL),
	};
	issuer->grants = grant;
	return grant;
}

struct ticket *
tickets_new(struct issuer *issuer, enum ticket_kind kind, struct grant *grant, const char *scope, int ttl)
{
	struct ticket *ticket = must_alloc(sizeof(*ticket));

	*ticket = (struct ticket){
	    .next = issuer->tickets,
	    .kind = kind,
	    .value = text_token(),
	    .scope = text_copy(scope),
	    .grant = grant,
	    .expires = ttl > 0 ? time(NULL) + ttl : 0,
	};
	issuer->tickets = ticket;
	return ticket;
}

struct ticket *
tickets_find(struct issuer *issuer, enum ticket_kind kind, const char *value)
{
	for (struct ticket *t = issuer->tickets; t != NULL; t = t->next)
		if (t->kind == kind && strcmp(t->value, value) == 0)
			return t;
	return NULL;
}

void
grants_revoke(struct issuer *issuer, const char *client_id)
{
	for (struct grant *g = issuer->grants; g != NULL; g = g->next)
		if (strcmp(g->client_id, client_id) == 0)
			g->revoked = 1;
}

int
tickets_is_live(const struct ticket *ticket)
{
	return !ticket->used && !ticket->grant->revoked &&
	       (ticket->expires == 0 || time(NULL) < ticket->expires);
}

struct pending *
pending_new(struct issuer *issuer, struct params *take)
{
	struct pending *pending = must_alloc(sizeof(*pending));

	pending->id = text_token();
	pending->params = *take;
	take->n = 0;
	pending->expires = time(NULL) + PENDING_TTL;
	pending->next = issuer->pending;
	issuer->pending = pending;
	return pending;
}

struct pending *
pending_take(struct issuer *issuer, const char *id)
{
	for (struct pending **at = &issuer->pending; *at != NULL; at = &(*at)->next) {
		struct pending *found = *at;

		if (!text_equal(found->id, id))
			continue;
		*at = found->next;
		if (time(NULL) < found->expires)
			return found;
		pending_free(found);
		return NULL;
	}
	return NULL;
}

void
pending_free(struct pending *pending)
{
	params_done(&pending->params);
	free(pending->id);
	free(pending);
}

static void
grant_free(struct grant *grant)
{
	free(grant->client_id);
	free(grant->user);
	free(grant->subject);
	free(grant->scope);
	free(grant->nonce);
	free(grant->redirect_uri);
	free(grant->code_challenge);
	free(grant->jkt);
	free(grant->details);
	free(grant->acr);
	free(grant);
}

void
grants_done(struct issuer *issuer)
{
	devices_done(issuer);
	dpop_done(issuer);
	pushed_done(issuer);
	while (issuer->pending != NULL) {
		struct pending *p = issuer->pending;

		issuer->pending = p->next;
		pending_free(p);
	}
	while (issuer->tickets != NULL) {
		struct ticket *t = issuer->tickets;

		issuer->tickets = t->next;
		free(t->value);
		free(t->scope);
		free(t);
	}
	while (issuer->grants != NULL) {
		struct grant *g = issuer->grants;

		issuer->grants = g->next;
		grant_free(g);
	}
}
