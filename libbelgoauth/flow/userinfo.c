/* The userinfo endpoint: one question, its answer judged; and an account's, with a token that is refreshed on
 * demand and once more on a 401. */
#include "flow/userinfo.h"

#include <belgoauth/claims.h>

#include <stdlib.h>
#include <string.h>

#include "flow/account.h"
#include "flow/discover.h"
#include "flow/tokens.h"
#include "flow/verify.h"
#include "proto/program_hooks.h"
#include "proto/userinfo.h"

#define MIN_VALID 60

struct question {
	json_t **out;
	struct bg_userinfo in;
	struct bg_signed_answer expect;
	struct bg_verdict verdict;
};

static void
question_free(void *frame)
{
	struct question *q = frame;

	bg_json_free(&q->verdict.claims);
	free(q);
}

static bg_step_fn answered, verified;

/* @spec OpenID Connect Core section 5.3.1; RFC 6750 section 2.1 */
static belgo_rc
ask(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct question *q = frame;
	struct belgo_http_request req = {0};

	(void)awaited;
	if (q->in.provider->program.get_userinfo != NULL)
		return bg_program_userinfo(q->out, q->in.provider, q->in.token, q->in.subject, err);
	BG_TRY(bg_userinfo_request(&req, q->in.provider, q->in.metadata, q->in.token, q->in.certificate,
				   q->in.encryption, err));
	return bg_resource_send(op, &req, q->in.dpop, q->in.token, answered, err);
}

static belgo_rc
answered(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct question *q = frame;
	const char *secrets[] = {q->in.token->access_token, NULL};

	BG_TRY(awaited);
	if (bg_resource_again(op, q->in.dpop))
		return ask(op, q, BELGO_OK, err);
	q->expect = bg_userinfo_signed(q->in.provider, q->in.metadata, q->in.client_id, q->in.encryption);
	q->expect.is_fapi = q->in.is_fapi;
	if (bg_signed_answer_is(&op->response, &q->expect))
		return bg_verify_answer(op, &q->verdict, &q->expect, verified, err);
	return bg_userinfo_response(q->out, q->in.provider, &op->response, q->in.subject, secrets, err);
}

/* @spec OpenID Connect Core section 5.3.2, 5.3.4 */
static belgo_rc
verified(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct question *q = frame;

	(void)op;
	BG_TRY(awaited);
	return bg_userinfo_claims(q->out, q->verdict.claims, q->in.subject, err);
}

int
bg_userinfo_is_there(const struct belgo_provider *provider, const struct bg_metadata *metadata)
{
	return metadata->endpoints.userinfo != NULL || provider->program.get_userinfo != NULL;
}

belgo_rc
bg_userinfo(struct belgo_op *op, json_t **out, const struct bg_userinfo *in, bg_step_fn *next,
	    struct belgo_error *err)
{
	struct question *q = bg_calloc(1, sizeof(*q));

	if (q != NULL)
		*q = (struct question){.out = out, .in = *in};
	return bg_op_call(op, ask, q, question_free, next, err);
}

/* The operation, on an account. */
struct userinfo {
	char account_key[BG_ID_SIZE];
	struct bg_record *record;
	struct belgo_provider *provider;
	struct bg_metadata *metadata;
	struct bg_credentials credentials;
	const char *certificate; /* the credentials' */
	char *subject;           /* the ID token's, NULL: there was none */
	struct bg_dpop dpop;
	json_t *claims;
	int refreshed;
};

static void
userinfo_free(void *frame)
{
	struct userinfo *f = frame;

	bg_record_free(&f->record);
	belgo_provider_free(&f->provider);
	bg_metadata_free(&f->metadata);
	bg_credentials_done(&f->credentials);
	bg_str_free(&f->subject);
	bg_dpop_done(&f->dpop);
	bg_json_free(&f->claims);
	free(f);
}

static bg_step_fn token_ready, looked, discovered, credentials_ready, replied, token_renewed;

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
	return bg_account_load(op, &f->record, f->account_key, looked, err);
}

static belgo_rc
looked(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct userinfo *f = frame;

	BG_TRY(awaited);
	BG_TRY(bg_client_provider(&f->provider, op->client, op->account, err));
	return bg_discover(op, &f->metadata, f->provider, BG_CACHED_IS_FINE, discovered, err);
}

static belgo_rc
ask_for(struct belgo_op *op, struct userinfo *f, struct belgo_error *err)
{
	struct bg_userinfo in = {.provider = f->provider,
				 .metadata = f->metadata,
				 .client_id = op->account->client_id,
				 .token = op->token,
				 .dpop = &f->dpop,
				 .certificate = f->certificate,
				 .encryption = f->credentials.encryption,
				 .subject = f->subject,
				 .is_fapi = bg_record_is_fapi(f->record)};

	BG_TRY(bg_dpop_load(&f->dpop, op->dpop_key, err));
	return bg_userinfo(op, &f->claims, &in, replied, err);
}

static belgo_rc
discovered(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct userinfo *f = frame;

	BG_TRY(awaited);
	if (!bg_userinfo_is_there(f->provider, f->metadata))
		return bg_fail(err, BELGO_ENOTFOUND, "%s has no userinfo endpoint", f->metadata->issuer);
	return bg_client_credentials(op, &f->credentials, f->provider, op->account->client_id, NULL,
				     credentials_ready, err);
}

static belgo_rc
credentials_ready(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct userinfo *f = frame;

	BG_TRY(awaited);
	BG_TRY(bg_account_certificate(&f->certificate, f->record, f->provider, f->metadata, &f->credentials,
				      err));
	return ask_for(op, f, err);
}

/* @spec RFC 6750 section 3.1: one refresh for a refused token, and no more */
static belgo_rc
replied(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct userinfo *f = frame;
	struct belgo_token_params params = {.account_key = f->account_key, .mode = BELGO_REFRESH_NOW};

	if (awaited == BELGO_ELOGIN && !f->refreshed && op->token->refresh_token != NULL) {
		bg_error_reset(err);
		f->refreshed = 1;
		return bg_tokens(op, &params, token_renewed, err);
	}
	BG_TRY(awaited);
	if (bg_json_dump(&op->json, f->claims) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	return BELGO_OK;
}

static belgo_rc
token_renewed(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	BG_TRY(awaited);
	return ask_for(op, frame, err);
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
