/*
 * What a provider makes of a token, and of an account's stored one as it is: nothing is refreshed, nothing is
 * written.
 */
#include "flow/introspect.h"

#include <stdlib.h>
#include <string.h>

#include "flow/account.h"
#include "flow/discover.h"
#include "flow/verify.h"
#include "proto/introspect.h"

struct asking {
	json_t **out;
	struct bg_introspection in;
	struct bg_credentials credentials;
	struct bg_signed_answer expect;
	struct bg_verdict verdict;
};

static void
asking_free(void *frame)
{
	struct asking *f = frame;

	bg_credentials_done(&f->credentials);
	bg_json_free(&f->verdict.claims);
	free(f);
}

static bg_step_fn credentials_ready, replied, verified;

static belgo_rc
ask(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct asking *f = frame;

	(void)awaited;
	if (f->in.metadata->endpoints.introspection == NULL)
		return bg_fail(err, BELGO_ENOTFOUND, "%s offers no introspection of tokens",
			       f->in.metadata->issuer);
	return bg_client_credentials(op, &f->credentials, f->in.provider, f->in.client_id,
				     f->in.client_secret, credentials_ready, err);
}

/* @spec RFC 7662 section 2.1 */
static belgo_rc
credentials_ready(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct asking *f = frame;
	struct belgo_http_request req = {0};
	const struct bg_auth_wish wish = {.place = BG_AUTH_AT_INTROSPECTION,
					  .client_id = f->in.client_id,
					  .named = f->in.named_auth_method,
					  .token_endpoint_auth_method = f->in.token_endpoint_auth_method,
					  .is_fapi = f->in.is_fapi,
					  .provider = f->in.provider,
					  .metadata = f->in.metadata,
					  .credentials = &f->credentials};
	struct bg_introspect request = {.metadata = f->in.metadata,
					.token = f->in.token,
					.token_type_hint = f->in.token_type_hint,
					.encryption = f->credentials.encryption};

	BG_TRY(awaited);
	BG_TRY(bg_client_auth(op, &request.auth, &wish, err));
	BG_TRY(bg_introspect_request(&req, &request, err));
	return bg_op_send(op, &req, replied);
}

static belgo_rc
replied(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct asking *f = frame;
	const char *secrets[] = {f->in.token, f->credentials.secret, NULL};

	BG_TRY(awaited);
	f->expect =
	    bg_introspect_signed(f->in.provider, f->in.metadata, f->in.client_id, f->credentials.encryption);
	f->expect.is_fapi = f->in.is_fapi;
	if (bg_signed_answer_is(&op->response, &f->expect))
		return bg_verify_answer(op, &f->verdict, &f->expect, verified, err);
	return bg_introspect_response(f->out, f->in.provider, &op->response, secrets, err);
}

static belgo_rc
verified(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct asking *f = frame;

	(void)op;
	BG_TRY(awaited);
	return bg_introspect_claims(f->out, f->verdict.claims, err);
}

belgo_rc
bg_introspect(struct belgo_op *op, json_t **out, const struct bg_introspection *in, bg_step_fn *next,
	      struct belgo_error *err)
{
	struct asking *f = bg_calloc(1, sizeof(*f));

	if (f != NULL)
		*f = (struct asking){.out = out, .in = *in};
	return bg_op_call(op, ask, f, asking_free, next, err);
}

/* The operation: an account's token. */
struct introspect {
	char account_key[BG_ID_SIZE];
	enum belgo_token_kind kind;
	struct bg_record *record;
	struct belgo_provider *provider;
	struct bg_metadata *metadata;
	json_t *answer;
};

static void
introspect_free(void *frame)
{
	struct introspect *f = frame;

	bg_record_free(&f->record);
	belgo_provider_free(&f->provider);
	bg_metadata_free(&f->metadata);
	bg_json_free(&f->answer);
	free(f);
}

static bg_step_fn loaded, discovered, answered;

static belgo_rc
begin(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct introspect *f = frame;

	(void)awaited;
	return bg_account_load(op, &f->record, f->account_key, loaded, err);
}

static const char *
token_of(const struct introspect *f)
{
	const struct belgo_token *token = f->record->token;

	return f->kind == BELGO_REFRESH_TOKEN ? token->refresh_token : token->access_token;
}

static belgo_rc
loaded(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct introspect *f = frame;

	BG_TRY(awaited);
	if (token_of(f) == NULL && f->kind == BELGO_REFRESH_TOKEN && bg_record_is_clients(f->record))
		return bg_fail(err, BELGO_EINVAL,
			       "the account %s is its client's own: it has no refresh token",
			       f->record->account->name);
	if (token_of(f) == NULL)
		return bg_fail(err, BELGO_ELOGIN, "the account %s needs a login: it has no %s",
			       f->record->account->name,
			       f->kind == BELGO_REFRESH_TOKEN ? "refresh token" : "access token");
	BG_TRY(bg_client_provider(&f->provider, op->client, f->record->account, err));
	return bg_discover(op, &f->metadata, f->provider, BG_CACHED_IS_FINE, discovered, err);
}

static belgo_rc
discovered(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct introspect *f = frame;

	BG_TRY(awaited);
	return bg_introspect(
	    op, &f->answer,
	    &(struct bg_introspection){.provider = f->provider,
				       .metadata = f->metadata,
				       .client_id = f->record->account->client_id,
				       .token_endpoint_auth_method = f->record->token_endpoint_auth_method,
				       .is_fapi = bg_record_is_fapi(f->record),
				       .token = token_of(f),
				       .token_type_hint =
					   f->kind == BELGO_REFRESH_TOKEN ? "refresh_token" : "access_token"},
	    answered, err);
}

static belgo_rc
answered(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct introspect *f = frame;

	BG_TRY(awaited);
	BG_TRY(bg_introspect_cut(f->answer, token_of(f), err));
	return bg_json_dump(&op->json, f->answer) == BELGO_OK ? BELGO_OK
							      : bg_fail(err, BELGO_ENOMEM, "out of memory");
}

belgo_rc
belgo_introspect_op(struct belgo_op **out, struct belgo_client *client, const char *account_key,
		    enum belgo_token_kind kind, struct belgo_error *err)
{
	struct introspect *f;

	BG_TRY(bg_check_account_key(account_key, err));
	if (kind != BELGO_ACCESS_TOKEN && kind != BELGO_REFRESH_TOKEN)
		return bg_fail(err, BELGO_EINVAL, "introspection is of an access token or a refresh token");
	if ((f = bg_calloc(1, sizeof(*f))) == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	memcpy(f->account_key, account_key, sizeof(f->account_key));
	f->kind = kind;
	return bg_op_new(out, client, begin, f, introspect_free, err);
}
