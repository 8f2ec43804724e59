/* The userinfo endpoint of an account, with a token that is refreshed on demand and once more on a 401. */
#include "proto/userinfo.h"

#include <belgoauth/claims.h>

#include <stdlib.h>
#include <string.h>

#include "flow/account.h"
#include "flow/discover.h"
#include "flow/dpop.h"
#include "flow/tokens.h"

#define MIN_VALID 60

struct userinfo {
	char account_key[BG_ID_SIZE];
	struct belgo_provider *provider;
	struct bg_metadata *metadata;
	char *subject; /* the ID token's, NULL: there was none */
	struct bg_dpop dpop;
	int refreshed;
};

static void
userinfo_free(void *frame)
{
	struct userinfo *f = frame;

	belgo_provider_free(&f->provider);
	bg_metadata_free(&f->metadata);
	bg_str_free(&f->subject);
	bg_dpop_done(&f->dpop);
	free(f);
}

static bg_step_fn token_ready, discovered, replied, token_renewed;

static belgo_rc
begin(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct userinfo *f = frame;
	struct belgo_token_params params = {.account_key = f->account_key, .min_valid = MIN_VALID};

	(void)awaited;
	return bg_tokens(op, &params, token_ready, err);
}

static belgo_rc
token_ready(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct userinfo *f = frame;

	BG_TRY(awaited);
	if (op->account->claims != NULL)
		BG_TRY(belgo_claims_string(&f->subject, op->account->claims, "sub", err));
	BG_TRY(bg_client_provider(&f->provider, op->client, op->account, err));
	return bg_discover(op, &f->metadata, f->provider, BG_CACHED_IS_FINE, discovered, err);
}

/* @spec OpenID Connect Core section 5.3.1; RFC 6750 section 2.1 */
static belgo_rc
ask(struct belgo_op *op, struct userinfo *f, struct belgo_error *err)
{
	struct belgo_http_request req = {0};

	BG_TRY(bg_dpop_load(&f->dpop, op->dpop_key, err));
	BG_TRY(bg_userinfo_request(&req, f->metadata->endpoints.userinfo, op->token, err));
	return bg_resource_send(op, &req, &f->dpop, op->token, replied, err);
}

static belgo_rc
discovered(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct userinfo *f = frame;

	BG_TRY(awaited);
	if (f->metadata->endpoints.userinfo == NULL)
		return bg_fail(err, BELGO_ENOTFOUND, "%s has no userinfo endpoint", f->metadata->issuer);
	return ask(op, f, err);
}

/* @spec RFC 6750 section 3.1: one refresh for a refused token, and no more */
static belgo_rc
replied(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct userinfo *f = frame;
	BG_AUTO(bg_json_free) json_t *claims = NULL;
	struct belgo_token_params params = {.account_key = f->account_key, .mode = BELGO_REFRESH_NOW};
	const char *secrets[] = {op->token->access_token, NULL};
	belgo_rc rc;

	BG_TRY(awaited);
	if (bg_resource_again(op, &f->dpop))
		return ask(op, f, err);
	rc = bg_userinfo_response(&claims, f->provider, &op->response, f->subject, secrets, err);
	if (rc == BELGO_ELOGIN && !f->refreshed && op->token->refresh_token != NULL) {
		bg_error_reset(err);
		f->refreshed = 1;
		return bg_tokens(op, &params, token_renewed, err);
	}
	BG_TRY(rc);
	if (bg_json_dump(&op->json, claims) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	return BELGO_OK;
}

static belgo_rc
token_renewed(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	BG_TRY(awaited);
	return ask(op, frame, err);
}

belgo_rc
belgo_userinfo_op(struct belgo_op **out, struct belgo_client *client, const char *account_key,
		  struct belgo_error *err)
{
	struct userinfo *f;

	BG_TRY(bg_check_account_key(account_key, err));
	if ((f = bg_calloc(1, sizeof(*f))) == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	memcpy(f->account_key, account_key, sizeof(f->account_key));
	return bg_op_new(out, client, begin, f, userinfo_free, err);
}
