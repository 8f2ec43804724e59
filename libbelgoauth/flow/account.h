/* Reading and writing one account's record, and the client secret that belongs to it. */
#ifndef BG_FLOW_ACCOUNT_H
#define BG_FLOW_ACCOUNT_H

#include "flow/op.h"
#include "flow/record.h"
#include "proto/client_auth.h"

/* *out: the caller's; an old value is freed first. BELGO_ENOTFOUND. */
belgo_rc bg_account_load(struct belgo_op *op, struct bg_record **out, const char *account_key,
			 bg_step_fn *next, struct belgo_error *err) BG_MUST_USE;
/*
 * The next record of a listing that can be read, from *at on, or NULL past the last. What cannot be read is
 * passed over, or warned of; BELGO_ENOMEM alone ends it, for then nobody knows what was there.
 */
enum bg_unreadable { BG_UNREADABLE_SKIP, BG_UNREADABLE_WARN };
belgo_rc bg_account_next(struct belgo_op *op, struct bg_record **out, size_t *at,
			 enum bg_unreadable unreadable, struct belgo_error *err) BG_MUST_USE;
/* PUT or STAGE. record is not needed any more when this returns. */
belgo_rc bg_account_write(struct belgo_op *op, enum bg_store_verb verb, const struct bg_record *record,
			  bg_step_fn *next, struct belgo_error *err) BG_MUST_USE;
/* The access-token cache follows the record. */
void bg_account_cache(struct belgo_op *op, const struct bg_record *record);
void bg_account_uncache(struct belgo_op *op, const char *cache_id);
/* The operation's results, copied from the record. */
belgo_rc bg_account_result(struct belgo_op *op, const struct bg_record *record,
			   struct belgo_error *err) BG_MUST_USE;

/* *out: the client's secret or NULL where it has none; the program is asked first, then the store. */
belgo_rc bg_client_secret(struct belgo_op *op, char **out, const struct belgo_provider *provider,
			  const char *client_id, bg_step_fn *next, struct belgo_error *err) BG_MUST_USE;

/* One record's client authentication, from its own method and the secret at hand. Borrows everything. */
belgo_rc bg_account_auth(struct bg_client_auth *out, const struct bg_record *record,
			 const struct belgo_provider *provider, const struct bg_metadata *metadata,
			 const char *secret, struct belgo_error *err) BG_MUST_USE;

#endif
