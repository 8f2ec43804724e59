/*
 * A token of an account for another one, by token exchange. What comes is handed out and forgotten: no store
 * is written but by the refresh that the account's own token may need, which is tokens.c's.
 */
#include "proto/token_exchange.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "flow/account.h"
#include "flow/discover.h"
#include "flow/further.h"
#include "flow/tokens.h"

#define MIN_VALID 60

struct exchange {
	char account_key[BG_ID_SIZE];
	char actor_key[BG_ID_SIZE]; /* "": nobody acts for the subject */
	enum belgo_token_kind kind;
	char *requested_token_type;
	struct bg_selection selection;
	char **audiences;
	struct belgo_token *subject, *actor;
	struct bg_record *record; /* the subject's */
	char *actor_issuer;
	struct belgo_provider *provider;
	struct bg_metadata *metadata;
	struct bg_credentials credentials;
	struct bg_token_exchange in; /* what was sent */
	int is_repeated;
};

static void
exchange_free(void *frame)
{
	struct exchange *f = frame;

	bg_str_free(&f->requested_token_type);
	bg_selection_done(&f->selection);
	bg_strv_free(&f->audiences);
	belgo_token_free(&f->subject);
	belgo_token_free(&f->actor);
	bg_record_free(&f->record);
	bg_str_free(&f->actor_issuer);
	belgo_provider_free(&f->provider);
	bg_metadata_free(&f->metadata);
	bg_credentials_done(&f->credentials);
	free(f);
}

static bg_step_fn actor_ready, subject_ready, loaded, discovered, credentials_ready, replied, renewed;

static belgo_rc
get_subject(struct belgo_op *op, struct exchange *f, struct belgo_error *err)
{
	struct belgo_token_params params = {.account_key = f->account_key, .min_valid = MIN_VALID};

	return bg_tokens(op, &params, subject_ready, err);
}

static belgo_rc
begin(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct exchange *f = frame;
	struct belgo_token_params params = {.account_key = f->actor_key, .min_valid = MIN_VALID};

	(void)awaited;
	return f->actor_key[0] == '\0' ? get_subject(op, f, err) : bg_tokens(op, &params, actor_ready, err);
}

static belgo_rc
actor_ready(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct exchange *f = frame;

	BG_TRY(awaited);
	f->actor = BG_TAKE(op->token);
	if (bg_str_set(&f->actor_issuer, op->account->metadata_issuer) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	return get_subject(op, f, err);
}

static belgo_rc
subject_ready(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct exchange *f = frame;

	BG_TRY(awaited);
	f->subject = BG_TAKE(op->token);
	return bg_account_load(op, &f->record, f->account_key, loaded, err);
}

static belgo_rc
loaded(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct exchange *f = frame;
	const struct belgo_account *account;

	BG_TRY(awaited);
	account = f->record->account;
	if (f->actor != NULL && !bg_str_equal(f->actor_issuer, account->metadata_issuer))
		return bg_fail(
		    err, BELGO_EINVAL,
		    "who acts for %s has his account at another issuer, whose token is not for this one",
		    account->name);
	BG_TRY(bg_client_provider(&f->provider, op->client, account, err));
	return bg_discover(op, &f->metadata, f->provider, BG_CACHED_IS_FINE, discovered, err);
}

static belgo_rc
discovered(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct exchange *f = frame;

	BG_TRY(awaited);
	return bg_client_credentials(op, &f->credentials, f->provider, f->record->account->client_id, NULL,
				     credentials_ready, err);
}

/* The subject's token of that kind; its type, too, as a word. */
static belgo_rc
choose_subject(struct exchange *f, struct belgo_error *err)
{
	const struct {
		const char *type, *name, *token;
	} kinds[] = {[BELGO_ACCESS_TOKEN] = {"access_token", "access token", f->subject->access_token},
		     [BELGO_REFRESH_TOKEN] = {"refresh_token", "refresh token", f->subject->refresh_token},
		     [BELGO_ID_TOKEN] = {"id_token", "ID token", f->subject->id_token}};

	if (kinds[f->kind].token == NULL && bg_record_is_clients(f->record))
		return bg_fail(err, BELGO_EINVAL, "the account %s is its client's own: it has no %s",
			       f->record->account->name, kinds[f->kind].name);
	if (kinds[f->kind].token == NULL)
		return bg_fail(err, BELGO_ELOGIN, "the account %s needs a login: it has no %s",
			       f->record->account->name, kinds[f->kind].name);
	f->in.subject_token = kinds[f->kind].token;
	return bg_token_type_uri(&f->in.subject_token_type, kinds[f->kind].type, err);
}

/* Without a proof of possession, although the account's tokens may be bound: this one is for somebody else.
 * @spec RFC 8693 section 2.1 */
static belgo_rc
ask(struct belgo_op *op, struct exchange *f, struct belgo_error *err)
{
	struct belgo_http_request req = {0};

	f->in = (struct bg_token_exchange){.metadata = f->metadata,
					   .scope = f->selection.scope,
					   .resources = (const char *const *)f->selection.resources,
					   .n_resources = bg_strv_len(f->selection.resources),
					   .audiences = (const char *const *)f->audiences,
					   .n_audiences = bg_strv_len(f->audiences)};
	BG_TRY(choose_subject(f, err));
	if (f->actor != NULL)
		f->in.actor_token = f->actor->access_token;
	BG_TRY(bg_token_type_uri(&f->in.requested_token_type, f->requested_token_type, err));
	BG_TRY(bg_account_auth(op, &f->in.auth, BG_AUTH_AT_TOKEN, f->record, f->provider, f->metadata,
			       &f->credentials, err));
	BG_TRY(bg_exchange_request(&req, &f->in, err));
	return bg_op_send(op, &req, replied);
}

static belgo_rc
credentials_ready(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	BG_TRY(awaited);
	return ask(op, frame, err);
}

static belgo_rc
hand_out(struct belgo_op *op, const struct exchange *f, const struct belgo_token *token, const char *issued,
	 struct belgo_error *err)
{
	BG_AUTO(bg_str_free) char *missing = NULL;
	BG_AUTO(bg_json_free) json_t *said = json_pack("{s:s}", "issued_token_type", issued);

	if (said == NULL || bg_json_dump(&op->json, said) != BELGO_OK ||
	    bg_token_scope_missing(&missing, f->provider, f->selection.scope, token->scope) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	if (missing[0] != '\0')
		bg_op_warn(op, "not granted: %s", missing);
	return bg_account_result(op, f->record->account, token, err);
}

/* One refresh for a token that may have been refused for its age, and no more. */
static belgo_rc
replied(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct exchange *f = frame;
	BG_AUTO(belgo_token_free) struct belgo_token *token = NULL;
	BG_AUTO(bg_str_free) char *issued = NULL;
	struct belgo_token_params params = {.account_key = f->account_key, .mode = BELGO_REFRESH_NOW};
	const char *secrets[4] = {f->in.subject_token};
	size_t n = 1;
	belgo_rc rc;

	BG_TRY(awaited);
	if (f->in.actor_token != NULL)
		secrets[n++] = f->in.actor_token;
	if (f->credentials.secret != NULL)
		secrets[n++] = f->credentials.secret;
	rc = bg_exchange_response(&token, &issued, f->provider, &f->in, &op->response, bg_op_now(op), secrets,
				  err);
	if (rc != BELGO_OK && !f->is_repeated && bg_record_is_renewable(f->record) &&
	    bg_exchange_may_be_stale(err)) {
		bg_error_reset(err);
		belgo_http_response_done(&op->response);
		f->is_repeated = 1;
		return bg_tokens(op, &params, renewed, err);
	}
	BG_TRY(rc);
	return hand_out(op, f, token, issued, err);
}

static belgo_rc
renewed(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct exchange *f = frame;

	BG_TRY(awaited);
	belgo_token_free(&f->subject);
	f->subject = BG_TAKE(op->token);
	return ask(op, f, err);
}

static belgo_rc
check_audiences(const char *const *audiences, size_t n, struct belgo_error *err)
{
	for (size_t i = 0; i < n; i++)
		if (audiences[i] == NULL || audiences[i][0] == '\0' || !bg_text_is_vschar(audiences[i]))
			return bg_fail(err, BELGO_EINVAL, "audience %zu of a token is no printable text",
				       i + 1);
	return BELGO_OK;
}

static belgo_rc
check(const struct belgo_token_exchange_params *params, struct belgo_error *err)
{
	const char *uri;

	BG_TRY(bg_check_account_key(params->account_key, err));
	if (params->actor_account_key != NULL)
		BG_TRY(bg_check_account_key(params->actor_account_key, err));
	if (params->subject_token_type > BELGO_ID_TOKEN)
		return bg_fail(err, BELGO_EINVAL,
			       "the subject token is an access token, a refresh token or an ID token");
	BG_TRY(bg_token_type_uri(&uri, params->requested_token_type, err));
	return check_audiences(params->audiences, params->n_audiences, err);
}

belgo_rc
belgo_token_exchange_op(struct belgo_op **out, struct belgo_client *client,
			const struct belgo_token_exchange_params *params, struct belgo_error *err)
{
	struct exchange *f;
	belgo_rc rc;

	BG_TRY(check(params, err));
	if ((f = bg_calloc(1, sizeof(*f))) == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	memcpy(f->account_key, params->account_key, sizeof(f->account_key));
	if (params->actor_account_key != NULL)
		memcpy(f->actor_key, params->actor_account_key, sizeof(f->actor_key));
	f->kind = params->subject_token_type;
	rc = bg_selection_make(&f->selection, params->scope, params->resources, params->n_resources, err);
	if (rc == BELGO_OK && (bg_str_set(&f->requested_token_type, params->requested_token_type) ||
			       bg_strv_dup(&f->audiences, params->audiences, params->n_audiences)))
		rc = bg_fail(err, BELGO_ENOMEM, "out of memory");
	if (rc != BELGO_OK) {
		exchange_free(f);
		return rc;
	}
	return bg_op_new(out, client, begin, f, exchange_free, err);
}
