/* Telling the provider that an account's tokens are done with; what becomes of the account is the caller's.
 */
#ifndef BG_FLOW_REVOKE_H
#define BG_FLOW_REVOKE_H

#include "flow/op.h"
#include "flow/record.h"

/* Why it could not even be tried; all zero where it could. */
struct bg_no_revocation {
	int unsupported; /* the provider offers none */
	char *note;      /* what its preset says of that, or NULL */
};

/*
 * Revokes the record's refresh token, else its access token; that neither is left is as good as done. The
 * record and *out outlive the frame; out->note is the caller's. BELGO_ENOTFOUND where it is unsupported, else
 * what kept it from being done.
 */
belgo_rc bg_revoke(struct belgo_op *op, struct bg_no_revocation *out, const struct bg_record *record,
		   bg_step_fn *next, struct belgo_error *err) BG_MUST_USE;

#endif
