/*
 * Is this ID token, or this signed answer, true? Has flow/keys.h find the provider's key for it, and
 * proto/id_token.h or proto/signed_answer.h judge it.
 */
#ifndef BG_FLOW_VERIFY_H
#define BG_FLOW_VERIFY_H

#include "flow/keys.h"
#include "proto/id_token.h"
#include "proto/signed_answer.h"

struct bg_verdict {
	json_t *claims;   /* NULL: refused, or not judged at all */
	char *id_token;   /* what was within, where an ID token came encrypted; else NULL */
	int keys_missing; /* not judged: the provider's keys were not to be had */
};

void bg_verdict_done(struct bg_verdict *verdict);
/* What is kept of an encrypted ID token, and sent as a hint, is the signed one within.
 * @spec OpenID Connect Core section 3.1.2.1 */
void bg_verdict_take_id_token(struct bg_verdict *verdict, struct belgo_token *token);

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
/* The same of a JWT that came otherwise. */
belgo_rc bg_verify_jwt_answer(struct belgo_op *op, struct bg_verdict *out, const char *jwt,
			      const struct bg_signed_answer *expect, bg_step_fn *next,
			      struct belgo_error *err) BG_MUST_USE;

#endif
