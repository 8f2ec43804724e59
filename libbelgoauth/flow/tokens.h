/* A valid token set of an account, as a part of other operations. */
#ifndef BG_FLOW_TOKENS_H
#define BG_FLOW_TOKENS_H

#include "flow/op.h"

/* The result stands in op->token and op->account when `next` runs. No lock may be held. */
belgo_rc bg_tokens(struct belgo_op *op, const struct belgo_token_params *params, bg_step_fn *next,
		   struct belgo_error *err) BG_MUST_USE;

#endif
