/* The user's picture, with a token that is refreshed on demand and once more on a 401. */
#include "proto/photo.h"

#include <stdlib.h>
#include <string.h>

#include "flow/account.h"
#include "flow/dpop.h"
#include "flow/tokens.h"

#define MIN_VALID 60

struct photo {
	char account_key[BG_ID_SIZE];
	struct bg_record *record;
	struct belgo_provider *provider;
	struct bg_dpop dpop;
	int refreshed;
};

static void
photo_free(void *frame)
{
	struct photo *f = frame;

	bg_record_free(&f->record);
	belgo_provider_free(&f->provider);
	bg_dpop_done(&f->dpop);
	free(f);
}

static bg_step_fn looked, ask, replied;

/* Whether there is anything to ask is known before a token is spent on it. */
static belgo_rc
begin(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct photo *f = frame;

	(void)awaited;
	return bg_account_load(op, &f->record, f->account_key, looked, err);
}

static belgo_rc
looked(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct photo *f = frame;
	struct belgo_token_params params = {.account_key = f->account_key, .min_valid = MIN_VALID};

	BG_TRY(awaited);
	BG_TRY(bg_client_provider(&f->provider, op->client, f->record->account, err));
	if (f->provider->photo_endpoint == NULL)
		return bg_fail(err, BELGO_ENOTFOUND, "%s keeps no photo behind an access token",
			       f->record->account->issuer);
	return bg_tokens(op, &params, ask, err);
}

static belgo_rc
ask(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct photo *f = frame;
	struct belgo_http_request req = {0};

	BG_TRY(awaited);
	BG_TRY(bg_dpop_load(&f->dpop, op->dpop_key, err));
	BG_TRY(bg_photo_request(&req, f->provider, op->token, err));
	return bg_resource_send(op, &req, &f->dpop, op->token, replied, err);
}

/* @spec RFC 6750 section 3.1: one refresh for a refused token, and no more */
static belgo_rc
replied(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct photo *f = frame;
	struct belgo_token_params params = {.account_key = f->account_key, .mode = BELGO_REFRESH_NOW};
	const char *secrets[] = {op->token->access_token, NULL};
	belgo_rc rc;

	BG_TRY(awaited);
	if (bg_resource_again(op, &f->dpop))
		return ask(op, f, BELGO_OK, err);
	rc = bg_photo_response(&op->data_type, f->provider, &op->response, secrets, err);
	if (rc == BELGO_ELOGIN && !f->refreshed && op->token->refresh_token != NULL) {
		bg_error_reset(err);
		f->refreshed = 1;
		return bg_tokens(op, &params, ask, err);
	}
	BG_TRY(rc);
	op->data.data = (unsigned char *)BG_TAKE(op->response.body);
	op->data.len = op->response.body_len;
	op->response.body_len = 0;
	return BELGO_OK;
}

belgo_rc
belgo_photo_op(struct belgo_op **out, struct belgo_client *client, const char *account_key,
	       struct belgo_error *err)
{
	struct photo *f;

	BG_TRY(bg_check_account_key(account_key, err));
	if ((f = bg_calloc(1, sizeof(*f))) == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	memcpy(f->account_key, account_key, sizeof(f->account_key));
	return bg_op_new(out, client, begin, f, photo_free, err);
}
