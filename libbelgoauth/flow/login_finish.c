/* From the redirect, or the tokens of a device code, to the stored account: exchange, validation, identity,
 * name, store, and the page that says so. */
#include "flow/login.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "flow/userinfo.h"
#include "proto/userinfo.h"

static bg_step_fn exchanged, userinfo_replied, locked, reread, stored, held_gone, displaced_gone;

void
bg_login_failure_page(struct belgo_op *op, const struct belgo_error *err)
{
	struct belgo_page page = {
	    .title = "Sign-in failed", .message = err->text, .hint = "Nothing was stored."};
	char detail[sizeof(err->text) + sizeof(err->oauth_error) + sizeof(err->oauth_error_description) + 8];

	if (!op->page_due)
		return;
	op->page_due = 0;
	if (err->rc == BELGO_ECANCELLED)
		page.title = "Sign-in cancelled";
	if (err->oauth_error[0] != '\0') {
		(void)snprintf(detail, sizeof(detail), "%s (%s%s%s)", err->text, err->oauth_error,
			       err->oauth_error_description[0] == '\0' ? "" : ": ",
			       err->oauth_error_description);
		page.message = detail;
	}
	op->client->params.listener->answer(op->session, &page);
}

/* Every way out of this file that is not success goes through here, so that the browser hears of it. */
static belgo_rc
failed(struct belgo_op *op, belgo_rc rc, struct belgo_error *err)
{
	(void)bg_fail(err, rc, "%s", belgo_rc_str(rc));
	bg_login_failure_page(op, err);
	return rc;
}

/* Where the refresh token alone is bound, no dpop_jkt binds the code to the key: the proof names the code. */
static belgo_rc
proof_id(char **out, const struct bg_login *l, struct belgo_error *err)
{
	if (l->provider->dpop_binds != BG_DPOP_BINDS_REFRESH_TOKEN)
		return BELGO_OK;
	return bg_dpop_hash(out, l->code) == BELGO_OK ? BELGO_OK
						      : bg_fail(err, BELGO_ENOMEM, "out of memory");
}

/* @spec RFC 6749 section 4.1.3; RFC 7636 section 4.5: sent once, and again only for a better proof */
static belgo_rc
send_code(struct belgo_op *op, struct bg_login *l, struct belgo_error *err)
{
	struct belgo_http_request req = {0};
	BG_AUTO(bg_str_free) char *jti = NULL;
	struct bg_code_exchange in = {.provider = l->provider,
				      .metadata = l->metadata,
				      .auth = l->auth,
				      .code = l->code,
				      .redirect_uri = l->redirect_uri,
				      .code_verifier = l->code_verifier,
				      .resources = l->wish.p.resources,
				      .n_resources = l->wish.p.n_resources};

	BG_TRY(bg_auth_stamp(op, &in.auth, err));
	BG_TRY(proof_id(&jti, l, err));
	BG_TRY(bg_code_request(&req, &in, err));
	return bg_token_send(op, &req, &l->dpop, jti, exchanged, err);
}

belgo_rc
bg_login_exchange(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct bg_login *l = frame;
	belgo_rc rc = awaited == BELGO_OK ? send_code(op, l, err) : awaited;

	return rc == BELGO_OK ? BELGO_OK : failed(op, rc, err);
}

static belgo_rc
expect_id_token(struct bg_login *l, enum bg_id_token_use use, struct belgo_error *err)
{
	size_t n_more = l->wish.p.n_extra_client_ids;

	if ((l->client_ids = bg_calloc(n_more + 2, sizeof(*l->client_ids))) == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	l->client_ids[0] = l->wish.p.client_id;
	for (size_t i = 0; i < n_more; i++)
		l->client_ids[i + 1] = l->wish.p.extra_client_ids[i];
	l->expect = (struct bg_id_token_expect){.provider = l->provider,
						.metadata = l->metadata,
						.use = use,
						.client_ids = l->client_ids,
						.client_secret = l->credentials.secret,
						.encryption = l->credentials.encryption,
						.nonce = l->nonce,
						.access_token = l->token->access_token,
						.code = l->code,
						.state = l->state,
						.now = l->came_at,
						.max_age = l->wish.p.max_age,
						.hd = l->wish.p.hd,
						.claims = l->wish.p.claims,
						.is_fapi = l->wish.p.profile == BELGO_PROFILE_FAPI2};
	return BELGO_OK;
}

belgo_rc
bg_login_verify(struct belgo_op *op, struct bg_login *l, enum bg_id_token_use use, bg_step_fn *next,
		struct belgo_error *err)
{
	BG_TRY(expect_id_token(l, use, err));
	return bg_verify_id_token(op, &l->verdict, l->token->id_token, &l->expect, next, err);
}

static belgo_rc identify(struct belgo_op *op, struct bg_login *l, struct belgo_error *err);

/* @spec OpenID Connect Core section 3.1.3.3: an OpenID answer has an ID token */
belgo_rc
bg_login_accept(struct belgo_op *op, struct bg_login *l, struct belgo_error *err)
{
	belgo_http_response_done(&op->response);
	if (!l->is_openid) {
		bg_str_free(
		    &l->token->id_token); /* not asked for: nothing says what would have to be in it */
		return identify(op, l, err);
	}
	if (l->token->id_token == NULL)
		return bg_fail(err, BELGO_EPROTO,
			       "the token endpoint of %s sent no ID token although openid was asked for",
			       l->metadata->issuer);
	return bg_login_verify(op, l, BG_ID_TOKEN_LOGIN, bg_login_identify, err);
}

static belgo_rc
judge_reply(struct belgo_op *op, struct bg_login *l, struct belgo_error *err)
{
	const char *secrets[] = {l->code, l->code_verifier, l->credentials.secret, NULL};

	BG_TRY(bg_token_response(&l->token, l->provider, BG_GRANT_CODE, l->token_type, &op->response,
				 bg_op_now(op), secrets, err));
	return bg_login_accept(op, l, err);
}

static belgo_rc
exchanged(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct bg_login *l = frame;
	belgo_rc rc = awaited;

	if (rc == BELGO_OK)
		rc = bg_token_again(op, &l->dpop) ? send_code(op, l, err) : judge_reply(op, l, err);

	return rc == BELGO_OK ? BELGO_OK : failed(op, rc, err);
}

belgo_rc
bg_login_identify(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct bg_login *l = frame;
	belgo_rc rc = awaited;

	if (rc == BELGO_OK) {
		bg_verdict_take_id_token(&l->verdict, l->token);
		rc = identify(op, l, err);
	}

	return rc == BELGO_OK ? BELGO_OK : failed(op, rc, err);
}

static belgo_rc settle(struct belgo_op *op, struct bg_login *l, struct belgo_error *err);

/*
 * A pair that was handed in need not belong together: where no at_hash says so, the token must at least be
 * this user's.
 * @spec OpenID Connect Core section 3.2.2.9
 */
static int
is_access_token_unproved(const struct bg_login *l)
{
	return l->expect.use == BG_ID_TOKEN_HANDED_IN && l->token->access_token != NULL &&
	       json_object_get(l->verdict.claims, "at_hash") == NULL;
}

/* Userinfo is asked where the ID token does not say who this is to a person, or where there is none. */
static int
may_ask_userinfo(const struct bg_login *l)
{
	return l->token->access_token != NULL && l->way->grant == NULL &&
	       bg_userinfo_is_there(l->provider, l->metadata) &&
	       json_object_get(l->verdict.claims, "email") == NULL &&
	       (bg_login_resource(l) == NULL || l->is_openid); /* else that token is for the resource alone */
}

static belgo_rc
identify(struct belgo_op *op, struct bg_login *l, struct belgo_error *err)
{
	struct bg_userinfo in = {.provider = l->provider,
				 .metadata = l->metadata,
				 .client_id = l->wish.p.client_id,
				 .token = l->token,
				 .dpop = &l->dpop,
				 .certificate =
				     bg_auth_method_is_tls(l->auth.method) ? l->auth.certificate : NULL,
				 .encryption = l->credentials.encryption,
				 .subject = json_string_value(json_object_get(l->verdict.claims, "sub")),
				 .is_fapi = l->wish.p.profile == BELGO_PROFILE_FAPI2};

	if (is_access_token_unproved(l) && !bg_userinfo_is_there(l->provider, l->metadata))
		return bg_fail(err, BELGO_ECLAIM,
			       "nothing says that the access token is this user's: the ID token has no "
			       "at_hash, and %s has no userinfo endpoint",
			       l->metadata->issuer);
	if (!is_access_token_unproved(l) && !may_ask_userinfo(l))
		return settle(op, l, err);
	return bg_userinfo(op, &l->userinfo, &in, userinfo_replied, err);
}

/* It says nothing, which is not the same as saying what is not believed. */
static int
is_silence(belgo_rc rc)
{
	return rc == BELGO_EDENIED || rc == BELGO_ELOGIN || rc == BELGO_EUNAVAILABLE;
}

static belgo_rc
userinfo_replied(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct bg_login *l = frame;
	belgo_rc rc = awaited;

	/* the ID token says enough, or nobody need say it; nothing of this answer is kept */
	if (rc != BELGO_OK && ((l->verdict.claims != NULL && !is_access_token_unproved(l)) ||
			       (bg_login_may_be_nobodys(l) && is_silence(rc)))) {
		bg_op_warn(op, "the userinfo endpoint was of no use: %s", err->text);
		bg_error_reset(err);
		rc = BELGO_OK;
	}
	if (rc == BELGO_OK)
		rc = settle(op, l, err);
	return rc == BELGO_OK ? BELGO_OK : failed(op, rc, err);
}

/* Without an access token, of an ID token that was handed in, nothing is put. */
static belgo_rc
settle(struct belgo_op *op, struct bg_login *l, struct belgo_error *err)
{
	char key[BG_KEY_SIZE];

	BG_TRY(bg_login_compose(op, l, err));
	if (l->record->token->access_token == NULL) {
		BG_TRY(bg_login_settle(op, l, NULL, err));
		belgo_token_free(&op->token);
		return BELGO_OK;
	}
	op->critical = 1;
	bg_store_key(key, "account", l->record->account->key);
	return bg_op_lock(op, key, locked, err);
}

static belgo_rc
locked(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct bg_login *l = frame;
	char key[BG_KEY_SIZE];

	if (awaited != BELGO_OK)
		return failed(op, awaited, err);
	bg_store_key(key, "account", l->record->account->key);
	return bg_op_store(op, BG_STORE_GET, key, reread, err);
}

/* The record that lies there, or NULL where it cannot be read. Tokens that somebody with another key can
 * still open are given up only if that was asked for. */
static belgo_rc
decode(struct bg_record **out, const struct belgo_op *op, const struct bg_login *l, struct belgo_error *err)
{
	const struct bg_token_keys *keys = &op->client->token_keys;
	char key[BG_KEY_SIZE];

	bg_store_key(key, "account", l->record->account->key);
	if (l->wish.p.replace != BELGO_REPLACE_ANY_USER)
		BG_TRY(bg_record_check_keys(&op->job.blob, key, keys, err));
	return bg_record_decode(out, &op->job.blob, key, keys, NULL) == BELGO_ENOMEM
		   ? bg_fail(err, BELGO_ENOMEM, "out of memory")
		   : BELGO_OK;
}

/* Read under the lock, so that the store knows which record this one follows. All that can fail comes before
 * the put: after it nothing is left but to say so. */
static belgo_rc
reread(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct bg_login *l = frame;
	BG_AUTO(bg_record_free) struct bg_record *before = NULL;
	belgo_rc rc = awaited == BELGO_ENOTFOUND ? BELGO_OK : awaited;

	if (awaited == BELGO_OK)
		rc = decode(&before, op, l, err);
	belgo_blob_done(&op->job.blob);
	if (rc != BELGO_OK)
		return failed(op, rc, err);
	bg_error_reset(err);
	if ((rc = bg_login_settle(op, l, before, err)) == BELGO_OK)
		rc = bg_account_write(op, BG_STORE_PUT, l->record, stored, err);
	return rc == BELGO_OK ? BELGO_OK : failed(op, rc, err);
}

static void
warn_of_gaps(struct belgo_op *op, const struct bg_login *l)
{
	const struct belgo_token *t = l->record->token;
	const char *acr = json_string_value(json_object_get(l->verdict.claims, "acr"));

	if (l->missing[0] != '\0')
		bg_op_warn(op, "not granted: %s", l->missing);
	if (l->beyond[0] != '\0')
		bg_op_warn(op, "%s granted more than was asked for: %s", l->metadata->issuer, l->beyond);
	if (l->nobody != NULL)
		bg_op_warn(op, "%s does not say whose account this is", l->metadata->issuer);
	if (t->refresh_token == NULL && t->expires_at != 0 && l->way->grant == NULL &&
	    l->expect.use != BG_ID_TOKEN_HANDED_IN)
		bg_op_warn(op, "%s sent no refresh token%s: this login ends with its access token",
			   l->metadata->issuer,
			   bg_scope_has(l->missing, "offline_access") ? " and dropped offline_access" : "");
	if (l->wish.p.authorization_details != NULL && t->authorization_details == NULL)
		bg_op_warn(op, "%s does not say which authorization details it granted", l->metadata->issuer);
	if (l->wish.p.acr_values != NULL && !bg_scope_has(l->wish.p.acr_values, acr != NULL ? acr : ""))
		bg_op_warn(op, "%s does not say that the user signed in as was asked (acr_values)",
			   l->metadata->issuer);
	if (op->job.in_recovery)
		bg_op_warn(
		    op,
		    "the store could not be written; the account is kept in a recovery record until it can");
}

static const char *
describe_store(const char *uri)
{
	return bg_str_equal(uri, "keyring")  ? "the system keyring"
	       : bg_str_begins(uri, "file:") ? "the encrypted file store"
					     : "memory only";
}

static void
success_page(struct belgo_op *op, const struct bg_login *l)
{
	const struct belgo_account *a = l->record->account;
	struct belgo_page page = {.ok = 1,
				  .title = "Signed in",
				  .account = a->name,
				  .scopes_granted = a->scope,
				  .scopes_refused = l->missing[0] == '\0' ? NULL : l->missing,
				  .stored_in = describe_store(op->client->params.store->uri)};

	if (!op->page_due)
		return;
	op->page_due = 0;
	op->client->params.listener->answer(op->session, &page);
}

static belgo_rc
remove_displaced(struct belgo_op *op, struct bg_login *l, struct belgo_error *err)
{
	belgo_rc rc;

	if (l->displaced == NULL)
		return BELGO_OK;
	rc = bg_account_remove(op, l->displaced, displaced_gone, err);
	return rc == BELGO_OK ? BELGO_OK : displaced_gone(op, l, rc, err);
}

static belgo_rc
stored(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct bg_login *l = frame;
	const struct belgo_client_params *params = &op->client->params;
	belgo_rc rc;

	if (awaited != BELGO_OK)
		return failed(op, awaited, err);
	op->critical = l->displaced != NULL; /* it would go on under the same name */
	if (params->on_tokens_changed != NULL)
		params->on_tokens_changed(params->callback_arg, l->record->account, l->record->token);
	bg_account_cache(op, l->record);
	bg_op_unlock(op);
	warn_of_gaps(op, l);
	success_page(op, l);
	if (!l->is_held)
		return remove_displaced(op, l, err);
	rc = bg_op_store(op, BG_STORE_REMOVE, l->held_key, held_gone, err);
	return rc == BELGO_OK ? BELGO_OK : held_gone(op, l, rc, err);
}

static belgo_rc
held_gone(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	if (awaited != BELGO_OK)
		bg_op_warn(op, "what came for the refresh token could not be removed from the store: %s",
			   err->text);
	bg_error_reset(err);
	return remove_displaced(op, frame, err);
}

static belgo_rc
displaced_gone(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	(void)frame;
	op->critical = 0;
	if (awaited != BELGO_OK)
		bg_op_warn(op, "the account that had this name before could not be removed: %s", err->text);
	bg_error_reset(err);
	return BELGO_OK;
}
