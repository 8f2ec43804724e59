/*
 * A refresh under the account's lock. The order is the point: what it needs is fetched first, the store is
 * probed, and only then is the refresh token spent; the answer is durable before anything else is done with
 * it. Whether a refresh is due, and what is handed out of it, is tokens.c's.
 */
#include "flow/refresh.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/account.h"
#include "flow/discover.h"
#include "flow/dpop.h"
#include "flow/refresh_request.h"
#include "flow/verify.h"
#include "proto/token.h"

struct refresh {
	char account_key[BG_ID_SIZE];
	struct bg_renewal *renewal;
	struct bg_record *record; /* as it lies in the store */
	struct bg_record *fresh;  /* as it will */
	struct belgo_provider *provider;
	struct bg_metadata *metadata;
	struct bg_credentials credentials;
	struct bg_dpop dpop;
	enum bg_grant grant;
	char *jti;        /* of the assertion about a subject */
	char *scope;      /* to ask for, where the refresh token has another than the account; else NULL */
	char *sent;       /* the refresh token that was spent; NULL: none was */
	int picked_up;    /* fresh was staged by an earlier call */
	belgo_rc refused; /* why the new ID token is not believed */
	struct belgo_error cause; /* why the reply as a whole is not */
	int64_t skew;             /* seconds this clock was ahead of the provider's when the answer came */
	int skewed;               /* judge by the provider's clock */
	/* of the new ID token */
	struct bg_id_token_expect expect;
	const char **client_ids;
	json_t *prior_claims;
	struct bg_verdict verdict;
};

static void
forget_judgement(struct refresh *t)
{
	free(t->client_ids);
	t->client_ids = NULL;
	bg_json_free(&t->prior_claims);
	bg_verdict_done(&t->verdict);
}

static void
refresh_free(void *frame)
{
	struct refresh *t = frame;

	bg_record_free(&t->record);
	bg_record_free(&t->fresh);
	belgo_provider_free(&t->provider);
	bg_metadata_free(&t->metadata);
	bg_credentials_done(&t->credentials);
	bg_dpop_done(&t->dpop);
	bg_str_free(&t->jti);
	bg_str_free(&t->scope);
	bg_str_free(&t->sent);
	forget_judgement(t);
	free(t);
}

static bg_step_fn discovered, keys_ready, secret_ready, probed, refreshed, reread_after_refusal, marked_dead,
    staged, verified, unstaged, stored, rescued;

/* *record is the answer of this refresh to whoever called it. */
static belgo_rc
hand_back(struct refresh *t, struct bg_record **record, int look_again)
{
	t->renewal->record = BG_TAKE(*record);
	t->renewal->look_again = look_again;
	return BELGO_OK;
}

/* The account is told, for how it is logged in to depends on it. */
static belgo_rc
must_log_in(struct belgo_op *op, const struct refresh *t, const char *why, struct belgo_error *err)
{
	bg_account_uncache(op, t->record->account->cache_id);
	belgo_account_free(&op->account);
	if ((op->account = bg_account_dup(t->record->account)) == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	return bg_fail(err, BELGO_ELOGIN, "the account %s needs a login: %s", t->record->account->name, why);
}

static belgo_rc
begin(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct refresh *t = frame;

	(void)awaited;
	if (t->record->account->needs_login)
		return must_log_in(op, t,
				   t->record->token->access_token == NULL
				       ? "its tokens were revoked"
				       : "its refresh token is no longer accepted",
				   err);
	if (!t->record->pending && !bg_record_is_renewable(t->record))
		return must_log_in(op, t, "it has no refresh token, and its access token does not last", err);
	BG_TRY(bg_client_provider(&t->provider, op->client, t->record->account, err));
	return bg_discover(op, &t->metadata, t->provider, BG_CACHED_IS_FINE, discovered, err);
}

static belgo_rc
discovered(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct refresh *t = frame;

	BG_TRY(awaited);
	if (t->metadata->endpoints.token == NULL)
		return bg_fail(err, BELGO_EPROTO, "the metadata of %s has no token_endpoint",
			       t->metadata->issuer);
	if (t->record->account->claims == NULL)
		return keys_ready(op, t, BELGO_OK, err);
	return bg_prefetch_keys(op, t->metadata->endpoints.jwks_uri, keys_ready, err);
}

static belgo_rc
keys_ready(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct refresh *t = frame;

	BG_TRY(awaited);
	return bg_client_credentials(op, &t->credentials, t->provider, t->record->account->client_id, NULL,
				     secret_ready, err);
}

static belgo_rc judge(struct belgo_op *op, struct refresh *t, struct belgo_error *err);

static belgo_rc
secret_ready(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct refresh *t = frame;
	char key[BG_KEY_SIZE];

	BG_TRY(awaited);
	if (t->record->pending) { /* an earlier call died between the answer and its judgement */
		t->picked_up = 1;
		t->fresh = BG_TAKE(t->record);
		return judge(op, t, err);
	}
	bg_store_key(key, "account", t->account_key);
	return bg_op_store(op, BG_STORE_PROBE, key, probed, err);
}

/* Nothing is lost with the answer to a client. */
static belgo_rc
ask(struct belgo_op *op, struct refresh *t, const struct bg_client_auth *auth, struct belgo_error *err)
{
	const struct bg_renewal_ask in = {.record = t->record,
					  .selection = t->renewal->selection,
					  .scope = t->scope,
					  .provider = t->provider,
					  .metadata = t->metadata,
					  .auth = auth,
					  .jti = t->jti,
					  .now = bg_op_now(op)};
	struct belgo_http_request req = {0};

	BG_TRY(bg_renewal_request(&req, &in, err));
	op->critical = t->grant == BG_GRANT_REFRESH;
	return bg_token_send(op, &req, &t->dpop, NULL, refreshed, err);
}

static belgo_rc
probed(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct refresh *t = frame;
	struct bg_client_auth auth;

	BG_TRY(awaited);
	t->grant = bg_record_is_clients(t->record) ? BG_GRANT_CLIENT : BG_GRANT_REFRESH;
	BG_TRY(bg_account_auth(op, &auth, BG_AUTH_AT_TOKEN, t->record, t->provider, t->metadata,
			       &t->credentials, err));
	if (t->record->assertion_subject != NULL) {
		bg_str_free(&t->jti);
		BG_TRY(bg_op_random_text(op, &t->jti, err));
	}
	bg_str_free(&t->scope);
	if (bg_str_set(&t->sent, t->record->token->refresh_token) != BELGO_OK ||
	    bg_record_refresh_scope(&t->scope, t->record) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	BG_TRY(bg_dpop_load(&t->dpop, t->record->dpop_key, err));
	return ask(op, t, &auth, err);
}

/* What the store will hold: the old record with the new token set in it. */
static belgo_rc
compose(struct belgo_op *op, struct refresh *t, struct belgo_token *token, struct belgo_error *err)
{
	if (bg_record_renew(t->record, token, bg_op_now_ms(op)) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	t->fresh = BG_TAKE(t->record);
	return BELGO_OK;
}

/*
 * The old record with one access token more in it, and the refresh token that came with that. An ID token of
 * this exchange speaks of an access token that nobody will be shown to have signed in with: it is not kept,
 * so it need not be believed.
 */
static belgo_rc
compose_further(struct belgo_op *op, struct refresh *t, struct belgo_token *token, struct belgo_error *err)
{
	const struct bg_selection *selection = t->renewal->selection;
	struct bg_record *old = t->record;
	BG_AUTO(belgo_token_free) struct belgo_token *came = token;
	BG_AUTO(bg_str_free) char *missing = NULL;

	bg_str_free(&came->id_token);
	if (came->refresh_token != NULL) {
		bg_str_free(&old->token->refresh_token);
		old->token->refresh_token = BG_TAKE(came->refresh_token);
		old->token->refresh_expires_at = came->refresh_expires_at;
		came->refresh_expires_at = 0;
	}
	if (selection->scope == NULL && came->scope == NULL && bg_str_set(&came->scope, t->scope) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	if (bg_token_scope_missing(&missing, t->provider, selection->scope, came->scope) != BELGO_OK ||
	    bg_further_keep(old, selection, &came, bg_op_now_ms(op)) != BELGO_OK ||
	    bg_record_settle(old) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	if (missing[0] != '\0')
		bg_op_warn(op, "not granted: %s", missing);
	t->fresh = BG_TAKE(t->record);
	return BELGO_OK;
}

static void
warn_of_loss(struct belgo_op *op, const struct refresh *t)
{
	bg_op_warn(op,
		   "the refresh may have reached %s; if it has replaced the refresh token, %s needs a login",
		   t->metadata->issuer, t->record->account->name);
}

/*
 * A reply that is refused was an answer all the same, and the refresh token that was spent for it may be
 * dead. The one that came with it takes its place; all else of the account stays as it is.
 */
static belgo_rc
rescue(struct belgo_op *op, struct refresh *t, belgo_rc rc, struct belgo_error *err)
{
	struct belgo_token *token = t->record->token;
	BG_AUTO(bg_str_free) char *came = NULL;

	if (t->sent == NULL)
		return rc;
	came = bg_token_response_refresh_token(t->provider, &op->response);
	if (came == NULL &&
	    (op->response.status == 200 || op->response.status == 502 || op->response.status == 504))
		warn_of_loss(op, t);
	belgo_http_response_done(&op->response);
	if (came == NULL || bg_str_equal_secret(came, t->sent))
		return rc;
	t->cause = *err;
	t->cause.rc = rc;
	bg_str_free(&token->refresh_token);
	token->refresh_token = BG_TAKE(came);
	token->refresh_expires_at = 0;
	rc = bg_account_write(op, BG_STORE_PUT, t->record, rescued, err);
	return rc == BELGO_OK ? BELGO_OK : rescued(op, t, rc, err);
}

static belgo_rc
rescued(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct refresh *t = frame;
	const struct belgo_client_params *params = &op->client->params;

	if (awaited != BELGO_OK)
		warn_of_loss(op, t);
	else if (params->on_tokens_changed != NULL)
		params->on_tokens_changed(params->callback_arg, t->record->account, t->record->token);
	*err = t->cause;
	return t->cause.rc;
}

static belgo_rc
refreshed(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct refresh *t = frame;
	const char *secret = t->credentials.secret;
	const char *secrets[] = {t->sent != NULL ? t->sent : secret, secret, NULL};
	struct belgo_token *token = NULL;
	belgo_rc rc = awaited;

	if (rc == BELGO_OK && bg_token_again(op, &t->dpop)) /* it is not spent; the lock stays ours */
		return probed(op, t, BELGO_OK, err);
	if (rc == BELGO_OK)
		rc = bg_token_response(&token, t->provider, t->grant,
				       bg_token_is_bound(t->record->token) ? BG_TOKEN_DPOP : BG_TOKEN_BEARER,
				       &op->response, bg_op_now(op), secrets, err);
	else if (err->request_sent && t->sent != NULL)
		warn_of_loss(op, t);
	if (awaited == BELGO_OK && rc != BELGO_OK && rc != BELGO_ELOGIN)
		return rescue(op, t, rc, err);
	t->skew = op->has_clock_skew ? op->clock_skew : 0;
	belgo_http_response_done(&op->response);
	if (rc == BELGO_ELOGIN)
		return bg_account_load(op, &t->fresh, t->account_key, reread_after_refusal, err);
	BG_TRY(rc);
	if (t->grant == BG_GRANT_CLIENT) /* @spec RFC 6749 section 4.4.3: it has no use for one */
		bg_str_free(&token->refresh_token);
	BG_TRY((t->renewal->selection != NULL ? compose_further : compose)(op, t, token, err));
	if (t->fresh->pending)
		return bg_account_write(op, BG_STORE_STAGE, t->fresh, staged, err);
	return bg_account_write(op, BG_STORE_PUT, t->fresh, stored, err);
}

/* The error says already why. */
static belgo_rc
refused_as_told(struct belgo_op *op, const struct refresh *t)
{
	if (t->renewal->selection == NULL)
		bg_account_uncache(op, t->record->account->cache_id);
	return BELGO_ELOGIN;
}

/*
 * invalid_grant: somebody who does not share our lock (another host on the same store) may have refreshed
 * between our look and the request. If the store has moved on, so do we; else the refresh token is dead and
 * the record says so.
 */
static belgo_rc
reread_after_refusal(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct refresh *t = frame;

	op->critical = 0;
	if (awaited == BELGO_ENOTFOUND)
		return awaited;
	if (awaited != BELGO_OK) /* what cannot be read must not be written over */
		return marked_dead(op, t, awaited, err);
	if (!t->renewal->adopted && !bg_str_equal_secret(t->fresh->token->refresh_token, t->sent)) {
		t->renewal->adopted = 1;
		bg_error_reset(err);
		return hand_back(t, &t->fresh, 1);
	}
	bg_record_free(&t->fresh);
	/* A changed policy may lift it, or it is the selection alone that was refused: no mark. */
	if (!bg_str_equal(err->oauth_error, "invalid_grant") || t->renewal->selection != NULL)
		return refused_as_told(op, t);
	t->record->account->needs_login = 1;
	return bg_account_write(op, BG_STORE_PUT, t->record, marked_dead, err);
}

/* Whether the mark could be kept or not, the answer is the same. What the strategy read from a code says
 * more. */
static belgo_rc
marked_dead(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct refresh *t = frame;

	(void)awaited;
	if (err->provider_code[0] != '\0')
		return refused_as_told(op, t);
	err->rc = BELGO_OK;
	return must_log_in(op, t, "the provider no longer accepts its refresh token", err);
}

static belgo_rc
staged(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct refresh *t = frame;

	if (awaited != BELGO_OK) /* then the put below is the first try to keep it */
		bg_error_reset(err);
	return judge(op, t, err);
}

/* As of the time when it came: what an earlier call left is no worse for having waited.
 * @spec OpenID Connect Core section 12.2 */
static belgo_rc
validate(struct belgo_op *op, struct refresh *t, struct belgo_error *err)
{
	const struct belgo_account *a = t->fresh->account;
	const char *prior = t->fresh->refresh_claims != NULL ? t->fresh->refresh_claims : a->claims;
	size_t n_more = bg_strv_len(t->fresh->client_ids);

	if ((t->client_ids = bg_calloc(n_more + 2, sizeof(*t->client_ids))) == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	t->client_ids[0] = a->client_id;
	for (size_t i = 0; i < n_more; i++)
		t->client_ids[i + 1] = t->fresh->client_ids[i];
	if (prior != NULL)
		BG_TRY(bg_json_object(&t->prior_claims, prior, strlen(prior), BG_MAX_RECORD,
				      BG_JSON_NUMBERS_STRICT, "stored claims", err));
	t->expect = (struct bg_id_token_expect){
	    .provider = t->provider,
	    .metadata = t->metadata,
	    .use = BG_ID_TOKEN_REFRESH,
	    .client_ids = t->client_ids,
	    .client_secret = t->credentials.secret,
	    .encryption = t->credentials.encryption,
	    .nonce = t->fresh->nonce,
	    .access_token = t->fresh->token->access_token,
	    .max_age = -1,
	    .now = t->fresh->refreshed_at_ms / 1000 - (t->skewed ? t->skew : 0),
	    .hd = t->fresh->hd,
	    .prior_issuer = a->issuer,
	    .prior_claims = t->prior_claims,
	    .is_fapi = t->provider->profile == BG_PROFILE_FAPI2 || bg_record_is_fapi(t->fresh)};
	t->expect.prior_subject = json_string_value(json_object_get(t->prior_claims, "sub"));
	return bg_verify_id_token(op, &t->verdict, t->fresh->token->id_token, &t->expect, verified, err);
}

/* The newest claims, over those that only the login's token had (auth_time, nonce). */
static belgo_rc
keep_claims(struct refresh *t, struct belgo_error *err)
{
	BG_AUTO(bg_str_free) char *text = NULL;
	json_t *fresh = t->verdict.claims;
	json_t *claims = t->prior_claims == NULL ? fresh : t->prior_claims;

	if ((claims != fresh && json_object_update(claims, fresh) != 0) || bg_json_dump(&text, claims) ||
	    bg_str_set(&t->fresh->account->claims, text))
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	bg_str_free(&t->fresh->refresh_claims);
	return BELGO_OK;
}

/*
 * A clock that went wrong here must not cost the account: the old refresh token is spent, and the new one
 * would be thrown away with its ID token. The token endpoint is the issuer itself, by TLS, and its Date says
 * what time it is there; every other claim is judged as before.
 */
static int
deserves_their_clock(const struct belgo_op *op, const struct refresh *t, belgo_rc refusal)
{
	int tolerance = op->client->params.clock_tolerance;

	return refusal == BELGO_ECLAIM && !t->skewed && (t->skew > tolerance || t->skew < -tolerance);
}

static belgo_rc
verified(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct refresh *t = frame;
	char key[BG_KEY_SIZE];

	if (deserves_their_clock(op, t, awaited)) {
		t->skewed = 1;
		forget_judgement(t);
		bg_error_reset(err);
		return judge(op, t, err);
	}
	/* not judged: the set stays staged, and the next call judges it */
	if (t->verdict.keys_missing || awaited == BELGO_ENOMEM || awaited == BELGO_EINTERNAL)
		return awaited;
	if (awaited != BELGO_OK) {
		t->refused = awaited;
		bg_store_key(key, "account", t->account_key);
		awaited = bg_op_store(op, BG_STORE_UNSTAGE, key, unstaged, err);
		return awaited == BELGO_OK ? BELGO_OK : unstaged(op, t, awaited, err);
	}
	BG_TRY(keep_claims(t, err));
	bg_verdict_take_id_token(&t->verdict, t->fresh->token);
	t->fresh->pending = 0;
	return bg_account_write(op, BG_STORE_PUT, t->fresh, stored, err);
}

/* What is wrong at first sight, such as its algorithm, ends as what is found wrong with a key. */
static belgo_rc
judge(struct belgo_op *op, struct refresh *t, struct belgo_error *err)
{
	belgo_rc rc = validate(op, t, err);

	return rc == BELGO_OK ? BELGO_OK : verified(op, t, rc, err);
}

static belgo_rc
unstaged(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	const struct refresh *t = frame;

	(void)op;
	(void)awaited;
	(void)err; /* says already why the ID token was refused */
	return t->refused;
}

static belgo_rc
stored(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct refresh *t = frame;
	const struct belgo_client_params *params = &op->client->params;

	(void)err;
	BG_TRY(awaited);
	op->critical = 0;
	if (op->job.in_recovery)
		bg_op_warn(op,
			   "the store could not be written; the new tokens of %s are kept in a recovery "
			   "record until it can",
			   t->fresh->account->name);
	if (params->on_tokens_changed != NULL)
		params->on_tokens_changed(params->callback_arg, t->fresh->account, t->fresh->token);
	return hand_back(t, &t->fresh,
			 t->picked_up); /* what an earlier call had left may be too old by now */
}

belgo_rc
bg_renew(struct belgo_op *op, struct bg_renewal *inout, bg_step_fn *next, struct belgo_error *err)
{
	struct refresh *t = bg_calloc(1, sizeof(*t));

	if (t != NULL) {
		(void)snprintf(t->account_key, sizeof(t->account_key), "%s", inout->record->account->key);
		t->renewal = inout;
		t->record = BG_TAKE(inout->record);
	}
	return bg_op_call(op, begin, t, refresh_free, next, err);
}
