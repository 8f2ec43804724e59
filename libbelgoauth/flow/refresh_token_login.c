/*
 * A login by a refresh token that another program was given: no user is asked. It may be good for one use, so
 * all that can fail without it comes first, and what came for it is held in the store until the account is:
 * whoever begins anew with the same refresh token goes on from there. What comes before is login.c's, what
 * after login_finish.c's.
 */
#include <stdlib.h>

#include "base/digest.h"
#include "base/text.h"
#include "flow/login.h"

static bg_step_fn locked, found, prepared, probed, answered, held, verified, dropped;

/* What was sent names what came for it; an account of it has that for its subject. */
static belgo_rc
make_key(char subject[BG_ID_SIZE], char id[BG_ID_SIZE], const struct bg_login *l)
{
	const char *parts[] = {"moved", l->provider->issuer, l->wish.p.client_id, l->wish.p.refresh_token};

	BG_TRY(bg_digest_id(subject, parts, BG_LEN(parts)));
	return bg_account_key(id, l->provider->issuer, l->wish.p.client_id, subject, NULL);
}

/* What the other program was granted, as far as it is known; the preset's usual scopes are none of that. */
static belgo_rc
ask(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct bg_login *l = frame;
	const struct belgo_login_params *p = &l->wish.p;
	char subject[BG_ID_SIZE], id[BG_ID_SIZE];

	BG_TRY(awaited);
	if (p->replace != BELGO_REPLACE_ANY_USER && bg_login_account_named(l, p->account_name) != NULL)
		return bg_fail(err, BELGO_EACCOUNT, "the account %s exists here already", p->account_name);
	if (bg_str_set(&l->scope, p->scope != NULL ? p->scope : "") != BELGO_OK ||
	    make_key(subject, id, l) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	bg_store_key(l->held_key, "moved", id);
	return bg_op_lock(op, l->held_key, locked, err);
}

static belgo_rc
locked(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	const struct bg_login *l = frame;

	BG_TRY(awaited);
	return bg_op_store(op, BG_STORE_GET, l->held_key, found, err);
}

static belgo_rc
found(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct bg_login *l = frame;

	if (awaited == BELGO_ENOTFOUND) {
		bg_error_reset(err);
	} else {
		BG_TRY(awaited);
		BG_TRY(bg_record_decode(&l->held, &op->job.blob, l->held_key, &op->client->token_keys, err));
		belgo_blob_done(&op->job.blob);
		l->is_held = 1;
	}
	if (l->provider->kind != BG_KIND_OIDC || l->metadata->endpoints.jwks_uri == NULL)
		return prepared(op, l, BELGO_OK, err);
	return bg_prefetch_keys(op, l->metadata->endpoints.jwks_uri, prepared, err);
}

static belgo_rc judge(struct belgo_op *op, struct bg_login *l, struct belgo_error *err);

/* An access token that is over says nothing any more at userinfo: then what is held is refreshed. */
static belgo_rc
prepared(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct bg_login *l = frame;
	const struct belgo_token *t = l->held != NULL ? l->held->token : NULL;

	BG_TRY(awaited);
	if (t == NULL || (t->expires_at != 0 && t->expires_at <= bg_op_now(op)))
		return bg_op_store(op, BG_STORE_PROBE, l->held_key, probed, err);
	l->came_at = l->held->refreshed_at_ms / 1000;
	l->token = BG_TAKE(l->held->token);
	return judge(op, l, err);
}

static const char *
refresh_token_of(const struct bg_login *l)
{
	return l->held != NULL ? l->held->token->refresh_token : l->wish.p.refresh_token;
}

/* From here on nothing cancels it before the answer is held. @spec RFC 6749 section 6 */
static belgo_rc
probed(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct bg_login *l = frame;
	struct belgo_http_request req = {0};
	struct bg_refresh in = {.provider = l->provider,
				.metadata = l->metadata,
				.auth = l->auth,
				.refresh_token = refresh_token_of(l),
				.scope = l->scope[0] != '\0' ? l->scope : NULL,
				.resources = l->wish.p.resources,
				.n_resources = l->wish.p.n_resources};

	BG_TRY(awaited);
	BG_TRY(bg_auth_stamp(op, &in.auth, err));
	BG_TRY(bg_refresh_request(&req, &in, err));
	op->critical = 1;
	return bg_token_send(op, &req, &l->dpop, NULL, answered, err);
}

/* Ends with why nothing is to be held any longer. */
static belgo_rc
drop(struct belgo_op *op, struct bg_login *l, belgo_rc why, struct belgo_error *err)
{
	belgo_rc rc;

	l->refused = why;
	if (!l->is_held)
		return why;
	rc = bg_op_store(op, BG_STORE_REMOVE, l->held_key, dropped, err);
	return rc == BELGO_OK ? BELGO_OK : dropped(op, l, rc, err);
}

static belgo_rc
dropped(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	const struct bg_login *l = frame;

	(void)op;
	(void)awaited;
	(void)err; /* says already what was wrong with it */
	return l->refused;
}

static belgo_rc
hold(struct belgo_op *op, const struct bg_login *l, struct belgo_error *err)
{
	BG_AUTO(bg_record_free) struct bg_record *r = bg_record_new();
	BG_AUTO(bg_str_free) char *text = NULL;
	char subject[BG_ID_SIZE], id[BG_ID_SIZE];

	if (r == NULL || make_key(subject, id, l) != BELGO_OK || bg_str_set(&r->account->key, id) ||
	    bg_str_set(&r->account->name, l->wish.p.account_name) ||
	    bg_str_set(&r->account->issuer, l->provider->issuer) ||
	    bg_str_set(&r->account->metadata_issuer, l->provider->issuer) ||
	    bg_str_set(&r->account->client_id, l->wish.p.client_id) ||
	    bg_str_set(&r->account->subject, subject))
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	belgo_token_free(&r->token);
	r->token = bg_token_dup(l->token);
	r->refreshed_at_ms = l->came_at * 1000;
	if (r->token == NULL || bg_record_encode(&text, r, &op->client->token_keys) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	return bg_op_store_data(op, BG_STORE_PUT, l->held_key, "OAuth tokens that are being taken over", text,
				held, err);
}

/* As at a refresh, the Date of a token endpoint that TLS has shown to be the issuer's stands over a clock
 * that is wrong here. */
static int64_t
now_there(const struct belgo_op *op)
{
	const int64_t tolerance = op->client->params.clock_tolerance, skew = op->clock_skew;

	return bg_op_now(op) - (op->has_clock_skew && (skew > tolerance || skew < -tolerance) ? skew : 0);
}

/* @spec RFC 6749 section 6: without a new refresh token the old one stays */
static belgo_rc
answered(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct bg_login *l = frame;
	const char *sent = refresh_token_of(l);
	const char *secrets[] = {sent, l->credentials.secret, NULL};
	belgo_rc rc = awaited;

	if (rc != BELGO_OK) {
		if (err->request_sent)
			bg_op_warn(op,
				   "the refresh token may have reached %s; if it was replaced there, it is "
				   "lost",
				   l->metadata->issuer);
		return rc;
	}
	rc = bg_token_response(&l->token, l->provider, BG_GRANT_REFRESH, l->token_type, &op->response,
			       bg_op_now(op), secrets, err);
	if (rc == BELGO_ELOGIN)
		return drop(op, l, rc, err);
	BG_TRY(rc);
	if (l->token->refresh_token == NULL && bg_str_set(&l->token->refresh_token, sent) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	belgo_http_response_done(&op->response);
	l->came_at = now_there(op);
	rc = hold(op, l, err);
	return rc == BELGO_OK ? BELGO_OK : held(op, l, rc, err);
}

/* Where it could not be kept, the account is the next try to. */
static belgo_rc
held(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct bg_login *l = frame;

	l->is_held |= awaited == BELGO_OK;
	if (awaited == BELGO_OK)
		op->critical = 0;
	bg_error_reset(err);
	return judge(op, l, err);
}

/* An ID token need not come with a refresh, but one that came is validated: it is a login's first here. What
 * is wrong at first sight, such as its algorithm, ends as what is found wrong with a key.
 * @spec OpenID Connect Core section 12.2 */
static belgo_rc
judge(struct belgo_op *op, struct bg_login *l, struct belgo_error *err)
{
	belgo_rc rc;

	bg_op_unlock(op);
	if (l->provider->kind != BG_KIND_OIDC || l->token->id_token == NULL) {
		bg_str_free(&l->token->id_token);
		return bg_login_identify(op, l, BELGO_OK, err);
	}
	l->is_openid = 1;
	rc = bg_login_verify(op, l, BG_ID_TOKEN_MOVED, verified, err);
	return rc == BELGO_OK ? BELGO_OK : verified(op, l, rc, err);
}

/* What could not be judged stays, and the next login judges it. */
static belgo_rc
verified(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct bg_login *l = frame;

	if (awaited == BELGO_OK)
		return bg_login_identify(op, l, awaited, err);
	if (l->verdict.keys_missing || awaited == BELGO_ENOMEM || awaited == BELGO_EINTERNAL)
		return awaited;
	return drop(op, l, awaited, err);
}

belgo_rc
belgo_refresh_token_login_op(struct belgo_op **out, struct belgo_client *client,
			     const struct belgo_login_params *params, struct belgo_error *err)
{
	static const struct bg_login_way by_refresh_token = {.check = bg_login_check_token_endpoint,
							     .ask = ask,
							     .has_no_prompt = 1,
							     .spends_refresh_token = 1};
	struct belgo_login_params own = *params;

	if (params->account_name == NULL)
		return bg_fail(err, BELGO_EINVAL, "a login by a refresh token needs the account's name");
	if (params->refresh_token == NULL || params->refresh_token[0] == '\0' ||
	    !bg_text_is_vschar(params->refresh_token))
		return bg_fail(err, BELGO_EINVAL, "a refresh token is printable and not empty");
	if (bg_login_has_request(params) || params->hd != NULL || params->max_age_set ||
	    params->protected_resource || params->dpop == BELGO_DPOP_ON)
		return bg_fail(err, BELGO_EINVAL,
			       "a login by a refresh token has no request for scopes to be added, prompt, "
			       "login_hint, hd, access_type, claims, acr_values, max_age, challenge, par, "
			       "jar, authorization_details, dpop, a protected resource and further "
			       "parameters");
	own.dpop = BELGO_DPOP_OFF; /* the token was bound to no key of ours */
	return bg_login_op_new(out, client, &own, &by_refresh_token, err);
}
