/* Revocation at the provider: for a logout, and by itself, when the account stays and needs a login. */
#include "flow/revoke.h"

#include <stdlib.h>
#include <string.h>

#include "flow/account.h"
#include "flow/discover.h"
#include "proto/revoke.h"

struct revoke {
	struct bg_no_revocation *out;
	const struct bg_record *record;
	struct belgo_provider *provider;
	struct bg_metadata *metadata;
	struct bg_credentials credentials;
};

static void
revoke_free(void *frame)
{
	struct revoke *f = frame;

	belgo_provider_free(&f->provider);
	bg_metadata_free(&f->metadata);
	bg_credentials_done(&f->credentials);
	free(f);
}

static bg_step_fn discovered, credentials_ready, replied;

static belgo_rc
begin(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct revoke *f = frame;

	(void)awaited;
	if (f->record->token->refresh_token == NULL && f->record->token->access_token == NULL)
		return BELGO_OK;
	BG_TRY(bg_client_provider(&f->provider, op->client, f->record->account, err));
	return bg_discover(op, &f->metadata, f->provider, BG_CACHED_IS_FINE, discovered, err);
}

static belgo_rc
discovered(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct revoke *f = frame;

	BG_TRY(awaited);
	if (f->metadata->endpoints.revocation == NULL) {
		f->out->unsupported = 1;
		if (bg_str_set(&f->out->note, f->provider->revocation_note) != BELGO_OK)
			return bg_fail(err, BELGO_ENOMEM, "out of memory");
		return bg_fail(err, BELGO_ENOTFOUND, "%s offers no revocation of tokens",
			       f->metadata->issuer);
	}
	return bg_client_credentials(op, &f->credentials, f->provider, f->record->account->client_id, NULL,
				     credentials_ready, err);
}

/* @spec RFC 7009 section 2.1 */
static belgo_rc
credentials_ready(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct revoke *f = frame;
	const struct belgo_token *t = f->record->token;
	struct belgo_http_request req = {0};
	struct bg_revoke in = {.provider = f->provider,
			       .token = t->refresh_token != NULL ? t->refresh_token : t->access_token,
			       .token_type_hint =
				   t->refresh_token != NULL ? "refresh_token" : "access_token"};

	BG_TRY(awaited);
	BG_TRY(bg_account_auth(op, &in.auth, BG_AUTH_AT_REVOCATION, f->record, f->provider, f->metadata,
			       &f->credentials, err));
	in.endpoint = f->metadata->endpoints.revocation;
	BG_TRY(bg_revoke_request(&req, &in, err));
	return bg_op_send(op, &req, replied);
}

/* @spec RFC 7009 section 2.2, 2.2.1 */
static belgo_rc
replied(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct revoke *f = frame;
	const char *secrets[4] = {NULL};
	const char *const known[] = {f->record->token->access_token, f->record->token->refresh_token,
				     f->credentials.secret};
	size_t n = 0;

	BG_TRY(awaited);
	for (size_t i = 0; i < BG_LEN(known); i++)
		if (known[i] != NULL)
			secrets[n++] = known[i];
	return bg_revoke_response(f->provider, &op->response, secrets, err);
}

belgo_rc
bg_revoke(struct belgo_op *op, struct bg_no_revocation *out, const struct bg_record *record, bg_step_fn *next,
	  struct belgo_error *err)
{
	struct revoke *f = bg_calloc(1, sizeof(*f));

	if (f != NULL)
		*f = (struct revoke){.out = out, .record = record};
	return bg_op_call(op, begin, f, revoke_free, next, err);
}

/* The operation: the account stays, without tokens. */
struct revocation {
	char account_key[BG_ID_SIZE];
	struct bg_record *record;
	struct bg_no_revocation none;
};

static void
revocation_free(void *frame)
{
	struct revocation *f = frame;

	bg_record_free(&f->record);
	bg_str_free(&f->none.note);
	free(f);
}

static bg_step_fn loaded, probed, revoked, stored;

static belgo_rc
revocation_begin(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct revocation *f = frame;

	(void)awaited;
	return bg_account_load_locked(op, &f->record, f->account_key, loaded, err);
}

static belgo_rc
loaded(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct revocation *f = frame;

	char key[BG_KEY_SIZE];

	BG_TRY(awaited);
	bg_store_key(key, "account", f->account_key);
	return bg_op_store(op, BG_STORE_PROBE, key, probed, err);
}

/* What is revoked and not forgotten would be handed out still. */
static belgo_rc
probed(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct revocation *f = frame;

	BG_TRY(awaited);
	return bg_revoke(op, &f->none, f->record, revoked, err);
}

/* What is left is who the user is, and the ID token, which opens nothing; one that was never judged goes. */
static belgo_rc
drop_tokens(struct bg_record *record, struct belgo_error *err)
{
	struct belgo_token *t = record->token;

	bg_str_free(&t->access_token);
	bg_str_free(&t->refresh_token);
	if (record->pending)
		bg_str_free(&t->id_token);
	t->expires_at = t->refresh_expires_at = 0;
	record->pending = 0;
	record->account->needs_login = 1;
	while (record->n_further > 0)
		bg_further_free(&record->further[--record->n_further]);
	return bg_record_settle(record) == BELGO_OK ? BELGO_OK : bg_fail(err, BELGO_ENOMEM, "out of memory");
}

static belgo_rc
revoked(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct revocation *f = frame;

	BG_TRY(awaited);
	bg_account_uncache(op, f->record->account->cache_id); /* even if the store then fails */
	BG_TRY(drop_tokens(f->record, err));
	return bg_account_write(op, BG_STORE_PUT, f->record, stored, err);
}

static belgo_rc
stored(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct revocation *f = frame;

	(void)err;
	BG_TRY(awaited);
	bg_account_uncache(
	    op, f->record->account->cache_id); /* whoever read the old record may have put it back */
	bg_op_unlock(op);
	op->account = BG_TAKE(f->record->account);
	return BELGO_OK;
}

belgo_rc
belgo_revoke_op(struct belgo_op **out, struct belgo_client *client, const char *account_key,
		struct belgo_error *err)
{
	struct revocation *f;

	BG_TRY(bg_check_account_key(account_key, err));
	if ((f = bg_calloc(1, sizeof(*f))) == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	memcpy(f->account_key, account_key, sizeof(f->account_key));
	return bg_op_new(out, client, revocation_begin, f, revocation_free, err);
}
