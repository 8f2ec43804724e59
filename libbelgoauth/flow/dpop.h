/*
 * The key that an account's tokens are bound to, at work: every request to the token endpoint, and every one
 * with an access token, goes out through here, with a proof where there is a key. What a proof is,
 * proto/dpop.h knows.
 */
#ifndef BG_FLOW_DPOP_H
#define BG_FLOW_DPOP_H

#include "flow/op.h"

#include "proto/dpop.h"

/* A frame's: zeroed at first. */
struct bg_dpop {
	json_t *key;     /* NULL: nothing is proved */
	int is_repeated; /* the request under way was made anew because the server asked for that */
};
void bg_dpop_done(struct bg_dpop *dpop);
/* The key as it lies in a record, NULL: none. BELGO_ESTORE: damaged; BELGO_ENOMEM. */
belgo_rc bg_dpop_load(struct bg_dpop *dpop, const char *jwk, struct belgo_error *err) BG_MUST_USE;
/* A fresh key; supported: the provider's dpop_signing_alg_values_supported. BELGO_EPROTO: it takes nothing
 * that can be made here. */
belgo_rc bg_dpop_generate(struct bg_dpop *dpop, char *const *supported, struct belgo_error *err) BG_MUST_USE;

/*
 * *out: a proof for a request to a resource; in: without key and time; jti and nonce may be left out too. For
 * whoever sends the request himself.
 */
belgo_rc bg_resource_proof(char **out, struct belgo_op *op, const struct bg_dpop *dpop,
			   const struct bg_dpop_proof *in, struct belgo_error *err) BG_MUST_USE;

/* bg_op_send() of a request to the token endpoint. jti: of the proof; NULL: a random one.
 * req is the transport's, or gone. */
belgo_rc bg_token_send(struct belgo_op *op, struct belgo_http_request *req, const struct bg_dpop *dpop,
		       const char *jti, bg_step_fn *next, struct belgo_error *err) BG_MUST_USE;
/* bg_op_send() of a request that carries that access token, from its own header on. */
belgo_rc bg_resource_send(struct belgo_op *op, struct belgo_http_request *req, const struct bg_dpop *dpop,
			  const struct belgo_token *token, bg_step_fn *next,
			  struct belgo_error *err) BG_MUST_USE;

/*
 * Keeps the nonce of the answer that has come. 1: the server wants another proof, which can be had now, and
 * has done nothing else with the request: make it anew and send it, once.
 * @spec RFC 9449 sections 8, 8.2 and 9
 */
int bg_token_again(struct belgo_op *op, struct bg_dpop *dpop);
int bg_resource_again(struct belgo_op *op, struct bg_dpop *dpop);

/* What a client remembers of the servers it has sent proofs to. NULL where there is no memory. */
struct bg_dpop_memory *bg_dpop_memory_new(void) BG_MUST_USE;
void bg_dpop_memory_free(struct bg_dpop_memory **memory);

#endif
