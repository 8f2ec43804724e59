/*
 * Proofs on their way: which server has given which nonce, how far its clock is from ours, and the one time
 * that a request is made anew. Nonces live as long as the client, for a few servers; which one is forgotten
 * costs a round trip.
 */
#include "flow/dpop.h"

#include <stdlib.h>
#include <string.h>

#include "jose/private_key.h"
#include "proto/dpop.h"
#include "proto/pkce.h"
#include "proto/reply.h"
#include "proto/token.h"

#define MAX_SERVERS 16

/* An origin in one of its roles: one that is both has nonces for each. @spec RFC 9449 section 9 */
struct server {
	char *name;
	char *nonce;
	int64_t skew; /* seconds this clock is ahead of it, as far as that matters */
};

struct bg_dpop_memory {
	pthread_mutex_t mutex;
	struct server servers[MAX_SERVERS];
	size_t next; /* the one to be forgotten */
};

enum role { ROLE_AUTHORIZATION, ROLE_RESOURCE };

struct bg_dpop_memory *
bg_dpop_memory_new(void)
{
	struct bg_dpop_memory *memory = bg_calloc(1, sizeof(*memory));

	if (memory != NULL)
		(void)pthread_mutex_init(&memory->mutex, NULL);
	return memory;
}

void
bg_dpop_memory_free(struct bg_dpop_memory **memory)
{
	struct bg_dpop_memory *m = *memory;

	if (m == NULL)
		return;
	for (size_t i = 0; i < MAX_SERVERS; i++) {
		bg_str_free(&m->servers[i].name);
		bg_str_free(&m->servers[i].nonce);
	}
	(void)pthread_mutex_destroy(&m->mutex);
	free(m);
	*memory = NULL;
}

/* The origin ends where the path begins: behind "https://". */
static char *
server_name(const char *url, enum role role)
{
	const char *host = strstr(url, "://");
	size_t len = host == NULL ? strlen(url) : (size_t)(host - url) + 3 + strcspn(host + 3, "/?#");

	return bg_strf("%s %.*s", role == ROLE_RESOURCE ? "resource" : "token", (int)len, url);
}

/* With the mutex held; NULL: not known. */
static struct server *
find(struct bg_dpop_memory *memory, const char *name)
{
	for (size_t i = 0; i < MAX_SERVERS; i++)
		if (memory->servers[i].name != NULL && strcmp(memory->servers[i].name, name) == 0)
			return &memory->servers[i];
	return NULL;
}

static belgo_rc
recall(const struct belgo_op *op, const char *name, char **nonce, int64_t *skew)
{
	struct bg_dpop_memory *memory = op->client->dpop;
	const struct server *server;
	belgo_rc rc = BELGO_OK;

	(void)pthread_mutex_lock(&memory->mutex);
	if ((server = find(memory, name)) != NULL) {
		*skew = server->skew;
		rc = bg_str_set(nonce, server->nonce);
	}
	(void)pthread_mutex_unlock(&memory->mutex);
	return rc;
}

/* What cannot be remembered for lack of memory is asked for again. */
static belgo_rc
remember(struct bg_dpop_memory *memory, const char *name, const char *nonce, const int64_t *skew)
{
	struct server *server = find(memory, name);

	if (server == NULL) {
		server = &memory->servers[memory->next];
		BG_TRY(bg_str_set(&server->name, name));
		bg_str_free(&server->nonce);
		server->skew = 0;
		memory->next = (memory->next + 1) % MAX_SERVERS;
	}
	if (skew != NULL)
		server->skew = *skew;
	return nonce != NULL ? bg_str_set(&server->nonce, nonce) : BELGO_OK;
}

void
bg_dpop_done(struct bg_dpop *dpop)
{
	bg_json_free(&dpop->key);
}

belgo_rc
bg_dpop_load(struct bg_dpop *dpop, const char *jwk, struct belgo_error *err)
{
	belgo_rc rc;

	bg_json_free(&dpop->key);
	if (jwk == NULL)
		return BELGO_OK;
	rc = bg_json_object(&dpop->key, jwk, strlen(jwk), BG_MAX_PRIVATE_KEY, BG_JSON_NUMBERS_STRICT,
			    "stored key", NULL);
	if (rc == BELGO_ENOMEM)
		return bg_fail(err, rc, "out of memory");
	return rc == BELGO_OK
		   ? rc
		   : bg_fail(err, BELGO_ESTORE, "the key that the account's tokens are bound to is damaged");
}

belgo_rc
bg_dpop_generate(struct bg_dpop *dpop, char *const *supported, struct belgo_error *err)
{
	const char *alg = bg_dpop_alg(supported);

	if (alg == NULL)
		return bg_fail(err, BELGO_EPROTO,
			       "the provider takes proofs of possession neither by ES256 nor by EdDSA");
	bg_json_free(&dpop->key);
	return bg_private_key_generate(&dpop->key, alg, err);
}

/* in: without key, time and what it leaves out. */
static belgo_rc
prove(char **out, struct belgo_op *op, const struct bg_dpop *dpop, struct bg_dpop_proof in, enum role role,
      struct belgo_error *err)
{
	BG_AUTO(bg_str_free) char *name = server_name(in.url, role);
	BG_AUTO(bg_str_free) char *nonce = NULL;
	BG_AUTO(bg_str_free) char *jti = NULL;
	int64_t skew = 0;

	if (name == NULL || recall(op, name, &nonce, &skew) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	if (in.jti == NULL)
		BG_TRY(bg_op_random_text(op, &jti, err));
	in.key = dpop->key;
	in.now = bg_op_now(op) - skew;
	if (in.jti == NULL)
		in.jti = jti;
	if (in.nonce == NULL)
		in.nonce = nonce;
	return bg_dpop_proof_make(out, &in, err);
}

belgo_rc
bg_resource_proof(char **out, struct belgo_op *op, const struct bg_dpop *dpop, const struct bg_dpop_proof *in,
		  struct belgo_error *err)
{
	return prove(out, op, dpop, *in, ROLE_RESOURCE, err);
}

/* @spec RFC 9449 section 4.1: one header, one proof */
static belgo_rc
add_proof(struct belgo_op *op, struct belgo_http_request *req, const struct bg_dpop *dpop,
	  const struct bg_dpop_proof *in, enum role role, struct belgo_error *err)
{
	BG_AUTO(bg_str_free) char *proof = NULL;

	if (dpop->key == NULL)
		return BELGO_OK;
	BG_TRY(prove(&proof, op, dpop, *in, role, err));
	return bg_request_header(req, "DPoP", proof) == BELGO_OK
		   ? BELGO_OK
		   : bg_fail(err, BELGO_ENOMEM, "out of memory");
}

/* @spec RFC 9449 section 5 */
belgo_rc
bg_token_send(struct belgo_op *op, struct belgo_http_request *req, const struct bg_dpop *dpop,
	      const char *jti, bg_step_fn *next, struct belgo_error *err)
{
	const struct bg_dpop_proof in = {.method = req->method, .url = req->url, .jti = jti};
	belgo_rc rc = add_proof(op, req, dpop, &in, ROLE_AUTHORIZATION, err);

	if (rc != BELGO_OK) {
		belgo_http_request_done(req);
		return rc;
	}
	return bg_op_send(op, req, next);
}

/* @spec RFC 9449 section 7.1 */
belgo_rc
bg_resource_send(struct belgo_op *op, struct belgo_http_request *req, const struct bg_dpop *dpop,
		 const struct belgo_token *token, bg_step_fn *next, struct belgo_error *err)
{
	const struct bg_dpop_proof in = {
	    .method = req->method, .url = req->url, .access_token = token->access_token};
	belgo_rc rc = BELGO_OK;

	if (bg_token_is_bound(token))
		rc = add_proof(op, req, dpop, &in, ROLE_RESOURCE, err);
	if (rc != BELGO_OK) {
		belgo_http_request_done(req);
		return rc;
	}
	return bg_op_send(op, req, next);
}

/* A clock that is off by less than what everybody allows for is no reason for a refusal. */
static int
has_skew(const struct belgo_op *op, int64_t *skew)
{
	int tolerance = op->client->params.clock_tolerance;

	return bg_reply_clock_skew(skew, &op->response) && (*skew > tolerance || *skew < -tolerance);
}

static int
again(struct belgo_op *op, struct bg_dpop *dpop, enum bg_dpop_complaint complaint, enum role role)
{
	BG_AUTO(bg_str_free) char *name = server_name(op->request.url, role);
	struct bg_dpop_memory *memory = op->client->dpop;
	int64_t skew = 0;
	int is_skewed = complaint != BG_DPOP_FINE && has_skew(op, &skew);
	belgo_rc rc = BELGO_ENOMEM;

	(void)pthread_mutex_lock(&memory->mutex);
	if (name != NULL)
		rc = remember(memory, name, bg_dpop_nonce(&op->response), is_skewed ? &skew : NULL);
	(void)pthread_mutex_unlock(&memory->mutex);
	if (rc != BELGO_OK || complaint == BG_DPOP_FINE || dpop->is_repeated ||
	    (complaint == BG_DPOP_BAD_PROOF && !is_skewed)) {
		dpop->is_repeated = 0;
		return 0;
	}
	belgo_http_response_done(&op->response);
	dpop->is_repeated = 1;
	return 1;
}

int
bg_token_again(struct belgo_op *op, struct bg_dpop *dpop)
{
	enum bg_dpop_complaint complaint;

	return dpop->key != NULL && bg_dpop_token_complaint(&complaint, &op->response) == BELGO_OK &&
	       again(op, dpop, complaint, ROLE_AUTHORIZATION);
}

int
bg_resource_again(struct belgo_op *op, struct bg_dpop *dpop)
{
	enum bg_dpop_complaint complaint;

	return dpop->key != NULL && bg_dpop_resource_complaint(&complaint, &op->response) == BELGO_OK &&
	       again(op, dpop, complaint, ROLE_RESOURCE);
}
