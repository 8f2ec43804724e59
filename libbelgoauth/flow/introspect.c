/*
 * What the provider makes of an account's stored token, as it is: nothing is refreshed, nothing is written.
 */
#include "proto/introspect.h"

#include <stdlib.h>
#include <string.h>

#include "flow/account.h"
#include "flow/discover.h"
#include "flow/verify.h"

struct introspect {
	char account_key[BG_ID_SIZE];
	enum belgo_token_kind kind;
	struct bg_record *record;
	struct belgo_provider *provider;
	struct bg_metadata *metadata;
	struct bg_credentials credentials;
	const char *token; /* the record's */
	struct bg_signed_answer expect;
	struct bg_verdict verdict;
};

static void
introspect_free(void *frame)
{
	struct introspect *f = frame;

	bg_record_free(&f->record);
	belgo_provider_free(&f->provider);
	bg_metadata_free(&f->metadata);
	bg_credentials_done(&f->credentials);
	bg_json_free(&f->verdict.claims);
	free(f);
}

static bg_step_fn loaded, discovered, credentials_ready, replied, verified;

static belgo_rc
begin(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct introspect *f = frame;

	(void)awaited;
	return bg_account_load(op, &f->record, f->account_key, loaded, err);
}

static belgo_rc
loaded(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct introspect *f = frame;
	int is_refresh = f->kind == BELGO_REFRESH_TOKEN;

	BG_TRY(awaited);
	f->token = is_refresh ? f->record->token->refresh_token : f->record->token->access_token;
	if (f->token == NULL)
		return bg_fail(err, BELGO_ELOGIN, "the account %s needs a login: it has no %s",
			       f->record->account->name, is_refresh ? "refresh token" : "access token");
	BG_TRY(bg_client_provider(&f->provider, op->client, f->record->account, err));
	return bg_discover(op, &f->metadata, f->provider, BG_CACHED_IS_FINE, discovered, err);
}

static belgo_rc
discovered(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct introspect *f = frame;

	BG_TRY(awaited);
	if (f->metadata->endpoints.introspection == NULL)
		return bg_fail(err, BELGO_ENOTFOUND, "%s offers no introspection of tokens",
			       f->metadata->issuer);
	return bg_client_credentials(op, &f->credentials, f->provider, f->record->account->client_id, NULL,
				     credentials_ready, err);
}

/* @spec RFC 7662 section 2.1 */
static belgo_rc
credentials_ready(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct introspect *f = frame;
	struct belgo_http_request req = {0};
	struct bg_introspect in = {.metadata = f->metadata,
				   .token = f->token,
				   .encryption = f->credentials.encryption,
				   .token_type_hint =
				       f->kind == BELGO_REFRESH_TOKEN ? "refresh_token" : "access_token"};

	BG_TRY(awaited);
	BG_TRY(bg_account_auth(op, &in.auth, BG_AUTH_AT_INTROSPECTION, f->record, f->provider, f->metadata,
			       &f->credentials, err));
	BG_TRY(bg_introspect_request(&req, &in, err));
	return bg_op_send(op, &req, replied);
}

static belgo_rc
finish(struct belgo_op *op, const json_t *answer, struct belgo_error *err)
{
	return bg_json_dump(&op->json, answer) == BELGO_OK ? BELGO_OK
							   : bg_fail(err, BELGO_ENOMEM, "out of memory");
}

static belgo_rc
replied(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct introspect *f = frame;
	BG_AUTO(bg_json_free) json_t *answer = NULL;
	const char *secrets[] = {f->token, f->credentials.secret, NULL};

	BG_TRY(awaited);
	f->expect = bg_introspect_signed(f->provider, f->metadata, f->record->account->client_id,
					 f->credentials.encryption);
	if (bg_signed_answer_is(&op->response, &f->expect))
		return bg_verify_answer(op, &f->verdict, &f->expect, verified, err);
	BG_TRY(bg_introspect_response(&answer, f->provider, &op->response, secrets, err));
	return finish(op, answer, err);
}

static belgo_rc
verified(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct introspect *f = frame;
	BG_AUTO(bg_json_free) json_t *answer = NULL;

	BG_TRY(awaited);
	BG_TRY(bg_introspect_claims(&answer, f->verdict.claims, f->token, err));
	return finish(op, answer, err);
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
