/*
 * Is this ID token, or this signed answer, true? Finds the provider's key for it (cached set, one refetch for
 * an unknown key with a cool-down) and has proto/id_token.h or proto/signed_answer.h judge it.
 */
#ifndef BG_FLOW_VERIFY_H
#define BG_FLOW_VERIFY_H

#include "flow/op.h"
#include "proto/id_token.h"
#include "proto/signed_answer.h"

struct bg_verdict {
	json_t *claims;   /* NULL: refused, or not judged at all */
	int keys_missing; /* not judged: the provider's keys were not to be had */
};

/*
 * Fills *out (its claims are the caller's) before `next` runs. expect and everything it points to outlive the
 * frame; the measured clock skew is filled in here, and `now` where it is 0.
 */
belgo_rc bg_verify_id_token(struct belgo_op *op, struct bg_verdict *out, const char *id_token,
			    const struct bg_id_token_expect *expect, bg_step_fn *next,
			    struct belgo_error *err) BG_MUST_USE;

/* The same of the answer that has just come. Its time and tolerance are filled in here. */
belgo_rc bg_verify_answer(struct belgo_op *op, struct bg_verdict *out, const struct bg_signed_answer *expect,
			  bg_step_fn *next, struct belgo_error *err) BG_MUST_USE;

/*
 * Sees to it that a usable key set is at hand before something is spent whose answer will want it. Its
 * failure is nobody's failure: what is missing is fetched later.
 */
belgo_rc bg_prefetch_keys(struct belgo_op *op, const char *jwks_uri, bg_step_fn *next,
			  struct belgo_error *err) BG_MUST_USE;
/* The same beside a wait for the redirect: a request to send, or BELGO_ENOTFOUND where the cached set is
 * fresh. */
belgo_rc bg_prefetch_request(struct belgo_op *op, struct belgo_http_request *req,
			     const char *jwks_uri) BG_MUST_USE;
/* Keeps what came of it. */
void bg_prefetch_keep(struct belgo_op *op, const char *jwks_uri);

#endif
