/* A client that signs in as itself (RFC 6749 section 4.4), or for a subject that it vouches for (RFC 7523
 * section 2.1): no user is asked.
 * What comes before is login.c's, what after login_finish.c's; refresh.c asks again. */
#include "flow/login.h"

static bg_step_fn answered;

static belgo_rc
ask(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct bg_login *l = frame;
	struct belgo_http_request req = {0};
	BG_AUTO(bg_str_free) char *jti = NULL;
	struct bg_client_grant in = {.provider = l->provider,
				     .metadata = l->metadata,
				     .auth = l->auth,
				     .scope = l->scope,
				     .resources = l->wish.p.resources,
				     .n_resources = l->wish.p.n_resources,
				     .subject = l->wish.p.jwt_bearer_subject,
				     .now = bg_op_now(op)};

	BG_TRY(awaited);
	BG_TRY(bg_auth_stamp(op, &in.auth, err));
	if (in.subject != NULL)
		BG_TRY(bg_op_random_text(op, &jti, err));
	in.jti = jti;
	BG_TRY(bg_client_grant_request(&req, &in, err));
	return bg_token_send(op, &req, &l->dpop, NULL, answered, err);
}

static belgo_rc
answered(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct bg_login *l = frame;
	const char *secrets[] = {l->credentials.secret, NULL};

	BG_TRY(awaited);
	if (bg_token_again(op, &l->dpop))
		return ask(op, l, BELGO_OK, err);
	BG_TRY(bg_token_response(&l->token, l->provider, BG_GRANT_CLIENT, l->token_type, &op->response,
				 bg_op_now(op), secrets, err));
	bg_str_free(&l->token->refresh_token); /* @spec RFC 6749 section 4.4.3: it has no use for one */
	return bg_login_accept(op, l, err);
}

belgo_rc
belgo_client_login_op(struct belgo_op **out, struct belgo_client *client,
		      const struct belgo_login_params *params, struct belgo_error *err)
{
	static const struct bg_login_way as_itself = {.check = bg_login_check_token_endpoint,
						      .ask = ask,
						      .grant = BG_GRANT_NAME_CLIENT,
						      .has_no_prompt = 1};
	static const struct bg_login_way by_assertion = {.check = bg_login_check_token_endpoint,
							 .ask = ask,
							 .grant = BG_GRANT_JWT_BEARER,
							 .has_no_prompt = 1};

	if (bg_login_has_request(params) || params->hd != NULL || params->max_age_set)
		return bg_fail(
		    err, BELGO_EINVAL,
		    "a client that signs in as itself has no request for scopes to be added, prompt, "
		    "login_hint, hd, access_type, claims, acr_values, max_age, challenge, par, jar, "
		    "authorization_details and further parameters");
	return bg_login_op_new(out, client, params,
			       params->jwt_bearer_subject != NULL ? &by_assertion : &as_itself, err);
}
