/*
 * A login by an ID token that another component obtained: a button in a page, the sign-in of a phone. Anybody
 * who reaches the program may hand one in, so it is judged before the store is read. What comes after is
 * login_finish.c's, by way of login.c where there is an access token to be kept.
 */
#include <string.h>

#include "base/text.h"
#include "flow/discover.h"
#include "flow/login.h"

static bg_step_fn discovered, verified;

static belgo_rc
begin(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct bg_login *l = frame;

	(void)awaited;
	if (l->wish.p.client_id == NULL)
		l->wish.p.client_id = l->provider->client_id;
	if (l->wish.p.client_id == NULL)
		return bg_fail(err, BELGO_ENOCLIENT,
			       "an ID token of %s must be for a client id, and none is known",
			       l->provider->issuer);
	return bg_discover(op, &l->metadata, l->provider, BG_CACHED_IS_FINE, discovered, err);
}

static belgo_rc
discovered(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	BG_TRY(awaited);
	return bg_login_verify(op, frame, BG_ID_TOKEN_HANDED_IN, verified, err);
}

/* The usual scopes are none of what the component was granted. */
static belgo_rc
take_scope(struct bg_login *l, struct belgo_error *err)
{
	const char *scope = l->wish.p.scope != NULL ? l->wish.p.scope : "";

	l->is_openid = 1;
	return bg_str_set(&l->scope, scope) == BELGO_OK ? BELGO_OK
							: bg_fail(err, BELGO_ENOMEM, "out of memory");
}

static belgo_rc
verified(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct bg_login *l = frame;

	BG_TRY(awaited);
	if (l->token->access_token != NULL) {
		bg_metadata_free(&l->metadata); /* the login brings its own, from the cache */
		return bg_login_begin(op, l, BELGO_OK, err);
	}
	BG_TRY(take_scope(l, err));
	return bg_login_identify(op, l, BELGO_OK, err);
}

static belgo_rc
go_on(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	BG_TRY(awaited);
	BG_TRY(take_scope(frame, err));
	return bg_login_identify(op, frame, BELGO_OK, err);
}

static int
is_token(const char *text)
{
	return text == NULL ||
	       (*text != '\0' && strlen(text) <= BG_MAX_ACCESS_TOKEN && bg_text_is_vschar(text));
}

static belgo_rc
check(const struct belgo_login_params *p, const struct belgo_id_token_params *in, struct belgo_error *err)
{
	if (p->provider == NULL || p->provider->kind != BG_KIND_OIDC)
		return bg_fail(err, BELGO_EINVAL, "an ID token is judged for an OpenID provider");
	if (in->id_token == NULL)
		return bg_fail(err, BELGO_EINVAL, "there is no ID token to sign in by");
	if (!is_token(in->nonce) || !is_token(in->access_token) || !is_token(in->refresh_token))
		return bg_fail(err, BELGO_EINVAL,
			       "nonce and tokens beside an ID token are printable and not empty");
	if (in->access_token == NULL && (in->refresh_token != NULL || in->expires_at != 0))
		return bg_fail(err, BELGO_EINVAL,
			       "a refresh token or an expiry needs the access token that it came with");
	if (in->expires_at < 0)
		return bg_fail(err, BELGO_EINVAL, "an access token's expiry is not negative");
	if (bg_login_has_request(p) || p->protected_resource || p->dpop == BELGO_DPOP_ON)
		return bg_fail(err, BELGO_EINVAL,
			       "a login by an ID token has no request for scopes to be added, prompt, "
			       "login_hint, access_type, claims, acr_values, challenge, par, jar, "
			       "authorization_details, dpop, a protected resource and further parameters");
	if (in->access_token == NULL && (p->account_name != NULL || p->existing == BELGO_EXISTING_ONLY))
		return bg_fail(err, BELGO_EINVAL,
			       "no account is stored without an access token, so none can be named");
	return BELGO_OK;
}

static belgo_rc
take(struct belgo_op *op, const struct belgo_id_token_params *in, const char *scope, struct belgo_error *err)
{
	struct bg_login *l = bg_op_frame(op);
	struct belgo_token *t = l->token = bg_calloc(1, sizeof(*t));

	if (t == NULL || bg_str_set(&l->nonce, in->nonce) || bg_str_set(&t->id_token, in->id_token) ||
	    bg_str_set(&t->access_token, in->access_token) || bg_str_set(&t->token_type, "Bearer") ||
	    bg_str_set(&t->refresh_token, in->refresh_token) || bg_str_set(&t->scope, scope))
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	t->expires_at = in->expires_at;
	t->obtained_at = bg_op_now(op);
	return BELGO_OK;
}

belgo_rc
belgo_id_token_login_op(struct belgo_op **out, struct belgo_client *client,
			const struct belgo_login_params *params, const struct belgo_id_token_params *token,
			struct belgo_error *err)
{
	static const struct bg_login_way by_id_token = {.check = bg_login_check_token_endpoint,
							.ask = go_on,
							.first = begin,
							.has_no_prompt = 1,
							.is_for_strangers = 1};
	BG_AUTO(belgo_op_free) struct belgo_op *op = NULL;
	struct belgo_login_params own = *params;

	BG_TRY(check(params, token, err));
	own.dpop = BELGO_DPOP_OFF; /* the access token was bound to no key of ours */
	BG_TRY(bg_login_op_new(&op, client, &own, &by_id_token, err));
	BG_TRY(take(op, token, params->scope, err));
	*out = BG_TAKE(op);
	return BELGO_OK;
}
