/* The steps of reading and writing an account's record, and the choice of how its client authenticates. */
#include "flow/account.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "proto/fapi.h"
#include "proto/token.h"

#define ENVELOPE 256 /* bytes that a store puts around a record */
#define REMOVAL_WAIT_MS 5000

struct load {
	struct bg_record **out;
	char key[BG_KEY_SIZE];
};

static bg_step_fn locked;

static belgo_rc
loaded(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct load *f = frame;
	struct bg_record *record = NULL;

	if (awaited == BELGO_ENOTFOUND) {
		bg_error_reset(err);
		return bg_fail(err, BELGO_ENOTFOUND, "the store holds no such account");
	}
	BG_TRY(awaited);
	BG_TRY(bg_record_decode(&record, &op->job.blob, f->key, &op->client->token_keys, err));
	belgo_blob_done(&op->job.blob);
	bg_record_free(f->out);
	*f->out = record;
	return BELGO_OK;
}

static belgo_rc
load_begin(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct load *f = frame;

	(void)awaited;
	return bg_op_store(op, BG_STORE_GET, f->key, loaded, err);
}

static belgo_rc
lock_begin(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct load *f = frame;

	(void)awaited;
	return bg_op_lock(op, f->key, locked, err);
}

static belgo_rc
locked(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	return awaited == BELGO_OK ? load_begin(op, frame, awaited, err) : awaited;
}

static belgo_rc
load(struct belgo_op *op, struct bg_record **out, const char *account_key, bg_step_fn *first,
     bg_step_fn *next, struct belgo_error *err)
{
	struct load *f = bg_calloc(1, sizeof(*f));

	if (f != NULL) {
		f->out = out;
		bg_store_key(f->key, "account", account_key);
	}
	return bg_op_call(op, first, f, free, next, err);
}

belgo_rc
bg_account_load(struct belgo_op *op, struct bg_record **out, const char *account_key, bg_step_fn *next,
		struct belgo_error *err)
{
	return load(op, out, account_key, load_begin, next, err);
}

belgo_rc
bg_account_load_locked(struct belgo_op *op, struct bg_record **out, const char *account_key, bg_step_fn *next,
		       struct belgo_error *err)
{
	return load(op, out, account_key, lock_begin, next, err);
}

/* An ID token that comes with the kept token repeats nonce and auth_time of the login that brought it.
 * @spec OpenID Connect Core section 12.2; RFC 9449 section 5 */
static int
may_keep_refresh_token(const struct bg_record *record, const struct bg_record *old)
{
	const struct belgo_token *had = old->token;

	return record->token->refresh_token == NULL && had->refresh_token != NULL &&
	       !old->account->needs_login && !bg_record_is_clients(record) && !bg_record_is_clients(old) &&
	       (had->refresh_expires_at == 0 || had->refresh_expires_at > record->refreshed_at_ms / 1000) &&
	       bg_str_equal(record->account->metadata_issuer, old->account->metadata_issuer) &&
	       bg_str_equal(record->dpop_key, old->dpop_key) && bg_str_equal(record->profile, old->profile);
}

static void
take(char **to, char **from)
{
	bg_str_free(to);
	*to = BG_TAKE(*from);
}

/* Where both logins were granted the same, nothing is to be said of it. */
static belgo_rc
settle_refresh_scope(struct bg_record *record)
{
	BG_AUTO(bg_str_free) char *more = NULL;
	BG_AUTO(bg_str_free) char *less = NULL;

	BG_TRY(bg_scope_minus(&more, record->account->scope, record->refresh_scope));
	BG_TRY(bg_scope_minus(&less, record->refresh_scope, record->account->scope));
	if (more[0] == '\0' && less[0] == '\0')
		bg_str_free(&record->refresh_scope);
	return BELGO_OK;
}

belgo_rc
bg_record_keep_refresh_token(struct bg_record *record, struct bg_record *old)
{
	if (!may_keep_refresh_token(record, old))
		return BELGO_OK;
	take(&record->token->refresh_token, &old->token->refresh_token);
	record->token->refresh_expires_at = old->token->refresh_expires_at;
	take(&record->nonce, &old->nonce);
	take(&record->redirect_uri, &old->redirect_uri);
	take(&record->refresh_scope, old->refresh_scope != NULL ? &old->refresh_scope : &old->account->scope);
	take(&record->refresh_claims,
	     old->refresh_claims != NULL ? &old->refresh_claims : &old->account->claims);
	BG_TRY(settle_refresh_scope(record));
	return bg_record_settle(record);
}

/* @spec RFC 6749 section 6: what a refresh asks for is no more than the refresh token has */
belgo_rc
bg_record_refresh_scope(char **out, const struct bg_record *record)
{
	const char *scope = record->account->scope;
	BG_AUTO(bg_str_free) char *beyond = NULL;
	BG_AUTO(bg_str_free) char *common = NULL;

	if (record->refresh_scope == NULL)
		return BELGO_OK;
	BG_TRY(bg_scope_minus(&beyond, scope, record->refresh_scope));
	BG_TRY(bg_scope_minus(&common, scope, beyond));
	if (common[0] != '\0')
		*out = BG_TAKE(common);
	return BELGO_OK;
}

belgo_rc
bg_record_renew(struct bg_record *record, struct belgo_token *token, int64_t now_ms)
{
	BG_AUTO(belgo_token_free) struct belgo_token *came = token;

	if (record->account->claims ==
	    NULL) /* no OpenID login: nobody could say whose this would have to be */
		bg_str_free(&came->id_token);
	record->pending = came->id_token != NULL;
	if (came->scope == NULL)
		BG_TRY(bg_record_refresh_scope(&came->scope, record));
	if (bg_token_merge(came, record->token) != BELGO_OK ||
	    (came->scope != NULL && bg_str_set(&record->account->scope, came->scope) != BELGO_OK) ||
	    bg_str_set(&record->account->authorization_details, came->authorization_details) != BELGO_OK)
		return BELGO_ENOMEM;
	belgo_token_free(&record->token);
	record->token = BG_TAKE(came);
	record->refreshed_at_ms = now_ms;
	return bg_record_settle(record);
}

belgo_rc
bg_account_next(struct belgo_op *op, struct bg_record **out, size_t *at, enum bg_unreadable unreadable,
		struct belgo_error *err)
{
	bg_record_free(out);
	while (*out == NULL && *at < op->job.n_items) {
		const struct bg_store_item *item = &op->job.items[(*at)++];
		struct belgo_error why;

		bg_error_init(&why);
		if (bg_record_decode(out, &item->blob, item->key, &op->client->token_keys, &why) ==
		    BELGO_ENOMEM)
			return bg_fail(err, BELGO_ENOMEM, "out of memory");
		if (*out == NULL && unreadable == BG_UNREADABLE_WARN)
			bg_op_warn(op, "%s", why.text);
	}
	return BELGO_OK;
}

belgo_rc
bg_account_write(struct belgo_op *op, enum bg_store_verb verb, const struct bg_record *record,
		 bg_step_fn *next, struct belgo_error *err)
{
	BG_AUTO(bg_str_free) char *text = NULL;
	BG_AUTO(bg_str_free) char *label = bg_strf("OAuth tokens of %s", record->account->name);
	char key[BG_KEY_SIZE];
	belgo_rc rc;

	if (label == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	if ((rc = bg_record_encode(&text, record, &op->client->token_keys)) != BELGO_OK)
		return bg_fail(err, rc, "the record of the account %s: %s", record->account->name,
			       belgo_rc_str(rc));
	if (strlen(text) > BG_MAX_RECORD - ENVELOPE)
		return bg_fail(err, BELGO_EPROTO, "what %s says of the user is too large to be kept",
			       record->account->issuer);
	bg_store_key(key, "account", record->account->key);
	return bg_op_store_data(op, verb, key, label, text, next, err);
}

struct removal {
	char account_key[BG_ID_SIZE];
	char key[BG_KEY_SIZE];
};

static bg_step_fn removal_locked, removed;

static belgo_rc
removal_begin(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct removal *f = frame;

	(void)awaited;
	return bg_op_lock_within(op, f->key, REMOVAL_WAIT_MS, removal_locked, err);
}

static belgo_rc
removal_locked(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct removal *f = frame;

	if (awaited == BELGO_EBUSY)
		bg_error_reset(err);
	else
		BG_TRY(awaited);
	return bg_op_store(op, BG_STORE_REMOVE, f->key, removed, err);
}

static belgo_rc
removed(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	const struct removal *f = frame;
	char cache_id[BG_ID_SIZE];

	(void)err;
	bg_op_unlock(op);
	if (bg_cache_id(cache_id, op->client, f->account_key) == BELGO_OK)
		bg_account_uncache(op, cache_id);
	return awaited;
}

belgo_rc
bg_account_remove(struct belgo_op *op, const char *account_key, bg_step_fn *next, struct belgo_error *err)
{
	struct removal *f = bg_calloc(1, sizeof(*f));

	if (f != NULL) {
		(void)snprintf(f->account_key, sizeof(f->account_key), "%s", account_key);
		bg_store_key(f->key, "account", account_key);
	}
	return bg_op_call(op, removal_begin, f, free, next, err);
}

const char *
bg_account_user(const struct belgo_account *account)
{
	return account->email != NULL ? account->email : account->subject;
}

void
bg_account_cache(struct belgo_op *op, const struct bg_record *record)
{
	const struct belgo_access_cache *cache = op->client->params.access_cache;
	const struct belgo_token *t = record->token;

	if (cache == NULL)
		return;
	/* Who reads that cache has no key to prove. */
	if (bg_token_is_bound(t))
		cache->purge(cache->ctx, record->account->cache_id);
	else
		cache->put(cache->ctx, record->account->cache_id, t->token_type, t->access_token,
			   t->expires_at, bg_op_now(op));
}

void
bg_account_uncache(struct belgo_op *op, const char *cache_id)
{
	const struct belgo_access_cache *cache = op->client->params.access_cache;

	if (cache != NULL)
		cache->purge(cache->ctx, cache_id);
}

belgo_rc
bg_account_result(struct belgo_op *op, const struct belgo_account *account, const struct belgo_token *token,
		  struct belgo_error *err)
{
	BG_AUTO(belgo_account_free) struct belgo_account *account_copy = bg_account_dup(account);
	struct belgo_token *token_copy = bg_token_dup(token);

	if (account_copy == NULL || token_copy == NULL) {
		belgo_token_free(&token_copy);
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	}
	belgo_account_free(&op->account);
	belgo_token_free(&op->token);
	op->account = BG_TAKE(account_copy);
	op->token = token_copy;
	return BELGO_OK;
}

belgo_rc
bg_auth_stamp(struct belgo_op *op, struct bg_client_auth *auth, struct belgo_error *err)
{
	BG_AUTO(bg_str_free) char *jti = NULL;

	if (!bg_auth_method_signs(auth->method))
		return BELGO_OK;
	BG_TRY(bg_op_random_text(op, &jti, err));
	(void)snprintf(auth->jti, sizeof(auth->jti), "%s", jti);
	auth->now = bg_op_now(op);
	return BELGO_OK;
}

/*
 * What an endpoint says of itself stands in place of what the token endpoint says; what it does not say is
 * taken to be alike. A borrowed copy.
 * @spec RFC 8414 section 2
 */
static struct bg_metadata
seen_at(enum bg_auth_place place, const struct bg_metadata *metadata)
{
	struct bg_metadata m = *metadata;
	char **methods = place == BG_AUTH_AT_REVOCATION ? m.revocation_endpoint_auth_methods_supported
							: m.introspection_endpoint_auth_methods_supported;
	char **algs = place == BG_AUTH_AT_REVOCATION
			  ? m.revocation_endpoint_auth_signing_alg_values_supported
			  : m.introspection_endpoint_auth_signing_alg_values_supported;

	if (place != BG_AUTH_AT_TOKEN && methods != NULL)
		m.token_endpoint_auth_methods_supported = methods;
	if (place != BG_AUTH_AT_TOKEN && algs != NULL)
		m.token_endpoint_auth_signing_alg_values_supported = algs;
	return m;
}

/* Does the endpoint have a list of its own in which this method does not stand? */
static int
is_elsewhere(const char *method, const struct bg_metadata *there, const struct bg_metadata *metadata)
{
	char *const *listed = there->token_endpoint_auth_methods_supported;

	return listed != metadata->token_endpoint_auth_methods_supported && method != NULL &&
	       !bg_list_has(listed, method);
}

static belgo_rc
choose(struct bg_client_auth *out, const struct bg_auth_wish *wish, struct belgo_error *err)
{
	const struct bg_metadata there = seen_at(wish->place, wish->metadata);
	const struct bg_credentials *credentials = wish->credentials;
	struct bg_client_auth auth = {.client_id = wish->client_id,
				      .client_secret = credentials->secret,
				      .private_key = credentials->private_key,
				      .certificate = credentials->certificate,
				      .is_fapi = wish->is_fapi};
	const char *asked = credentials->token_endpoint_auth_method != NULL
				? credentials->token_endpoint_auth_method
				: wish->token_endpoint_auth_method;

	if (is_elsewhere(asked, &there, wish->metadata))
		asked = NULL;
	BG_TRY(bg_client_auth_choose(&auth, wish->provider, &there, wish->named != NULL ? wish->named : asked,
				     err));
	if (bg_auth_method_is_tls(auth.method) && bg_metadata_use_mtls(wish->metadata) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	*out = auth;
	return BELGO_OK;
}

belgo_rc
bg_client_auth(struct belgo_op *op, struct bg_client_auth *out, const struct bg_auth_wish *wish,
	       struct belgo_error *err)
{
	struct bg_client_auth auth;

	BG_TRY(choose(&auth, wish, err));
	BG_TRY(bg_auth_stamp(op, &auth, err));
	*out = auth;
	return BELGO_OK;
}

static struct bg_auth_wish
wish_of(enum bg_auth_place place, const struct bg_record *record, const struct belgo_provider *provider,
	struct bg_metadata *metadata, const struct bg_credentials *credentials)
{
	return (struct bg_auth_wish){.place = place,
				     .client_id = record->account->client_id,
				     .token_endpoint_auth_method = record->token_endpoint_auth_method,
				     .is_fapi = bg_record_is_fapi(record),
				     .provider = provider,
				     .metadata = metadata,
				     .credentials = credentials};
}

static belgo_rc
check_profile(const struct bg_record *record, const struct belgo_provider *provider,
	      const struct bg_metadata *metadata, const struct bg_client_auth *auth, struct belgo_error *err)
{
	const struct bg_fapi in = {.provider = provider,
				   .metadata = metadata,
				   .auth = auth,
				   .is_without_dpop = record->dpop_key == NULL};

	return bg_record_is_fapi(record) ? bg_fapi_check_tokens(&in, err) : BELGO_OK;
}

belgo_rc
bg_account_auth(struct belgo_op *op, struct bg_client_auth *out, enum bg_auth_place place,
		const struct bg_record *record, const struct belgo_provider *provider,
		struct bg_metadata *metadata, const struct bg_credentials *credentials,
		struct belgo_error *err)
{
	const struct bg_auth_wish wish = wish_of(place, record, provider, metadata, credentials);
	struct bg_client_auth auth;

	BG_TRY(bg_client_auth(op, &auth, &wish, err));
	if (place == BG_AUTH_AT_TOKEN)
		BG_TRY(check_profile(record, provider, metadata, &auth, err));
	*out = auth;
	return BELGO_OK;
}

/* A client that could not authenticate any more still has its access token.
 * @spec RFC 8705 section 3 */
belgo_rc
bg_account_certificate(const char **out, const struct bg_record *record,
		       const struct belgo_provider *provider, struct bg_metadata *metadata,
		       const struct bg_credentials *credentials, struct belgo_error *err)
{
	const struct bg_auth_wish wish = wish_of(BG_AUTH_AT_TOKEN, record, provider, metadata, credentials);
	struct bg_client_auth auth = {0};
	belgo_rc rc = choose(&auth, &wish, NULL);

	if (rc == BELGO_ENOMEM)
		return bg_fail(err, rc, "out of memory");
	*out = rc == BELGO_OK && bg_auth_method_is_tls(auth.method) ? auth.certificate : NULL;
	return BELGO_OK;
}
