/* The spending of a refresh token, for whoever holds the account's lock. */
#ifndef BG_FLOW_REFRESH_H
#define BG_FLOW_REFRESH_H

#include "flow/further.h"
#include "flow/op.h"

struct bg_renewal {
	struct bg_record *record;             /* in: as it lies in the store; out: as it lies there then */
	const struct bg_selection *selection; /* of a further access token; NULL: the account's own */
	int adopted;                          /* in, out: what another wrote was taken once */
	int look_again; /* out: it is another's, or what an earlier call left, and may be too old */
};
/*
 * One refresh, in the order that loses nothing: what it needs is fetched, the store is probed, the refresh
 * token is sent, the answer is stored. *inout lives until `next` has run; after a failure it may have lost
 * its record.
 */
belgo_rc bg_renew(struct belgo_op *op, struct bg_renewal *inout, bg_step_fn *next,
		  struct belgo_error *err) BG_MUST_USE;

#endif
