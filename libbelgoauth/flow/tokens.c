/*
 * A valid access token, refreshed on demand: good enough, it is handed out; else the account's lock is taken,
 * and held from the last look at the store until refresh.c has stored what the refresh brought.
 */
#include "flow/tokens.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/account.h"
#include "flow/refresh.h"

struct tokens {
	char account_key[BG_ID_SIZE];
	int64_t min_valid;
	enum belgo_refresh_mode mode;
	int64_t began_at_ms;
	struct bg_selection selection; /* nothing in it: the account's own access token */
	struct bg_renewal renewal;     /* with the record */
};

static void
tokens_free(void *frame)
{
	struct tokens *t = frame;

	bg_selection_done(&t->selection);
	bg_record_free(&t->renewal.record);
	free(t);
}

static bg_step_fn loaded, locked, reread, renewed;

/*
 * Another machine wrote it whose clock is ahead of this one, or this clock was put back: then its times mean
 * nothing here.
 */
static int
is_from_the_future(const struct belgo_op *op, int64_t refreshed_at_ms)
{
	return refreshed_at_ms > bg_op_now_ms(op) + op->client->params.clock_tolerance * INT64_C(1000);
}

/* The token in question, and when it came; NULL: the account has none such. */
static const struct belgo_token *
find(const struct tokens *t, int64_t *refreshed_at_ms)
{
	const struct bg_record *r = t->renewal.record;
	const struct bg_further *further;

	if (t->renewal.selection == NULL) {
		*refreshed_at_ms = r->refreshed_at_ms;
		return r->token;
	}
	if ((further = bg_further_find(r, &t->selection)) == NULL)
		return NULL;
	*refreshed_at_ms = further->refreshed_at_ms;
	return further->token;
}

/*
 * Good enough to hand out? Valid for long enough; or the fruit of a refresh that ended after this call began,
 * which is as fresh as a token of that provider can be.
 */
static int
is_usable(const struct belgo_op *op, const struct tokens *t)
{
	const struct bg_record *r = t->renewal.record;
	int64_t refreshed_at_ms = 0, left;
	const struct belgo_token *token = find(t, &refreshed_at_ms);
	int unknown;

	if (token == NULL || token->access_token == NULL || r->pending ||
	    (is_from_the_future(op, refreshed_at_ms) && bg_record_is_renewable(r)))
		return 0;
	left = token->expires_at - bg_op_now(op);
	unknown = token->expires_at == 0;
	if (refreshed_at_ms >= t->began_at_ms && (unknown || left > 0))
		return 1;
	return t->mode == BELGO_REFRESH_ON_DEMAND && (unknown || left >= t->min_valid);
}

/* The access-token cache knows accounts, not selections: only the account's own token may lie there. */
static belgo_rc
hand_out(struct belgo_op *op, const struct tokens *t, struct belgo_error *err)
{
	const struct bg_record *r = t->renewal.record;
	int64_t refreshed_at_ms;
	const struct belgo_token *token = find(t, &refreshed_at_ms);

	if (t->renewal.selection == NULL)
		bg_account_cache(op, r);
	bg_op_unlock(op);
	if (token == NULL)
		return bg_fail(err, BELGO_EPROTO, "the further access token of %s is too long to be kept",
			       r->account->name);
	if (bg_str_set(&op->dpop_key, r->dpop_key) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	return bg_account_result(op, r->account, token, err);
}

static belgo_rc
begin(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct tokens *t = frame;

	(void)awaited;
	if (t->began_at_ms == 0)
		t->began_at_ms = bg_op_now_ms(op);
	return bg_account_load(op, &t->renewal.record, t->account_key, loaded, err);
}

static belgo_rc
loaded(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct tokens *t = frame;
	char key[BG_KEY_SIZE];

	BG_TRY(awaited);
	if (is_usable(op, t))
		return hand_out(op, t, err);
	bg_store_key(key, "account", t->account_key);
	return bg_op_lock(op, key, locked, err);
}

static belgo_rc
locked(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct tokens *t = frame;

	BG_TRY(awaited);
	return bg_account_load(op, &t->renewal.record, t->account_key, reread, err);
}

/* Whoever held the lock before may have done the work. */
static belgo_rc
reread(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct tokens *t = frame;

	BG_TRY(awaited);
	if (is_usable(op, t))
		return hand_out(op, t, err);
	return bg_renew(op, &t->renewal, renewed, err);
}

static belgo_rc
renewed(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct tokens *t = frame;

	BG_TRY(awaited);
	return t->renewal.look_again ? reread(op, t, BELGO_OK, err) : hand_out(op, t, err);
}

static belgo_rc
new_frame(struct tokens **out, const struct belgo_token_params *params, struct belgo_error *err)
{
	struct tokens *t = bg_calloc(1, sizeof(*t));
	belgo_rc rc;

	if (t == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	(void)snprintf(t->account_key, sizeof(t->account_key), "%s", params->account_key);
	t->min_valid = params->min_valid;
	t->mode = params->mode;
	t->began_at_ms = params->began_at_ms;
	if ((rc = bg_selection_make(&t->selection, params->scope, params->resources, params->n_resources,
				    err)) != BELGO_OK) {
		tokens_free(t);
		return rc;
	}
	if (!bg_selection_is_empty(&t->selection))
		t->renewal.selection = &t->selection;
	*out = t;
	return BELGO_OK;
}

belgo_rc
bg_tokens(struct belgo_op *op, const struct belgo_token_params *params, bg_step_fn *next,
	  struct belgo_error *err)
{
	struct tokens *t;

	BG_TRY(new_frame(&t, params, err));
	return bg_op_call(op, begin, t, tokens_free, next, err);
}

belgo_rc
belgo_token_op(struct belgo_op **out, struct belgo_client *client, const struct belgo_token_params *params,
	       struct belgo_error *err)
{
	struct tokens *t;

	BG_TRY(bg_check_account_key(params->account_key, err));
	if (params->min_valid < 0)
		return bg_fail(err, BELGO_EINVAL, "the min_valid of a token is not negative");
	BG_TRY(new_frame(&t, params, err));
	return bg_op_new(out, client, begin, t, tokens_free, err);
}
