/*
 * A login by a refresh token that another program was given: no user is asked. It may be good for one use, so
 * all that can fail without it comes first. What comes before is login.c's, what after login_finish.c's.
 */
#include "base/text.h"
#include "flow/login.h"

static bg_step_fn prepared, answered;

/* What the other program was granted, as far as it is known; the preset's usual scopes are none of that. */
static belgo_rc
ask(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct bg_login *l = frame;
	const struct belgo_login_params *p = &l->wish.p;

	BG_TRY(awaited);
	if (p->replace != BELGO_REPLACE_ANY_USER && bg_login_account_named(l, p->account_name) != NULL)
		return bg_fail(err, BELGO_EACCOUNT, "the account %s exists here already", p->account_name);
	if (bg_str_set(&l->scope, p->scope != NULL ? p->scope : "") != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	if (l->provider->kind != BG_KIND_OIDC || l->metadata->endpoints.jwks_uri == NULL)
		return prepared(op, l, BELGO_OK, err);
	return bg_prefetch_keys(op, l->metadata->endpoints.jwks_uri, prepared, err);
}

/* From here on nothing cancels it before the answer is stored. @spec RFC 6749 section 6 */
static belgo_rc
prepared(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct bg_login *l = frame;
	struct belgo_http_request req = {0};
	struct bg_refresh in = {.provider = l->provider,
				.metadata = l->metadata,
				.auth = l->auth,
				.refresh_token = l->wish.p.refresh_token,
				.scope = l->scope[0] != '\0' ? l->scope : NULL,
				.resources = l->wish.p.resources,
				.n_resources = l->wish.p.n_resources};

	BG_TRY(awaited);
	BG_TRY(bg_auth_stamp(op, &in.auth, err));
	BG_TRY(bg_refresh_request(&req, &in, err));
	op->critical = 1;
	return bg_token_send(op, &req, &l->dpop, NULL, answered, err);
}

/* An ID token need not come with a refresh, but one that came is validated: it is a login's first here.
 * @spec OpenID Connect Core section 12.2; RFC 6749 section 6: without a new refresh token the old one stays
 */
static belgo_rc
answered(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct bg_login *l = frame;
	const char *sent = l->wish.p.refresh_token;
	const char *secrets[] = {sent, l->credentials.secret, NULL};

	BG_TRY(awaited);
	BG_TRY(bg_token_response(&l->token, l->provider, BG_GRANT_REFRESH, l->token_type, &op->response,
				 bg_op_now(op), secrets, err));
	if (l->token->refresh_token == NULL && bg_str_set(&l->token->refresh_token, sent) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	l->is_openid = l->provider->kind == BG_KIND_OIDC && l->token->id_token != NULL;
	return bg_login_accept(op, l, err);
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
