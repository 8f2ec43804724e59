/* From the wish to the redirect: metadata, client, store, scope; then, for a login in the browser, listener,
 * authorization URL, and the wait for it. */
#include "flow/login.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/url.h"
#include "flow/discover.h"
#include "proto/authorize.h"
#include "proto/pkce.h"

#define TIMEOUT_DEFAULT_S 300

static bg_step_fn discovered, secret_ready, listed, probed, waited;

static void
login_free(void *frame)
{
	struct bg_login *l = frame;

	bg_login_wish_done(&l->wish);
	bg_metadata_free(&l->metadata);
	bg_credentials_done(&l->credentials);
	for (size_t i = 0; i < l->n_accounts; i++)
		bg_record_free(&l->accounts[i]);
	free(l->accounts);
	bg_str_free(&l->scope);
	bg_str_free(&l->state);
	bg_str_free(&l->nonce);
	bg_str_free(&l->code_verifier);
	bg_str_free(&l->redirect_uri);
	bg_str_free(&l->code);
	bg_device_done(&l->device);
	free(l->client_ids);
	bg_record_free(&l->record);
	belgo_token_free(&l->token);
	bg_json_free(&l->verdict.claims);
	bg_json_free(&l->userinfo);
	bg_str_free(&l->missing);
	bg_str_free(&l->displaced);
	free(l);
}

static belgo_rc
begin(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct bg_login *l = frame;

	(void)awaited;
	if (l->wish.p.client_id == NULL)
		l->wish.p.client_id = l->provider->client_id;
	if (l->wish.p.client_id == NULL)
		return bg_fail(err, BELGO_ENOCLIENT, "no client id is known for %s",
			       l->provider->id != NULL ? l->provider->id : l->provider->issuer);
	return bg_discover(op, &l->metadata, l->provider, BG_CACHED_IS_FINE, discovered, err);
}

static belgo_rc
discovered(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct bg_login *l = frame;

	BG_TRY(awaited);
	BG_TRY(l->way->check(l->metadata, l->provider, err));
	if (l->wish.p.client_secret == NULL)
		return bg_client_credentials(op, &l->credentials, l->provider, l->wish.p.client_id,
					     secret_ready, err);
	if (bg_str_set(&l->credentials.secret, l->wish.p.client_secret) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	return secret_ready(op, l, BELGO_OK, err);
}

static belgo_rc
secret_ready(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct bg_login *l = frame;

	BG_TRY(awaited);
	l->auth = (struct bg_client_auth){.client_id = l->wish.p.client_id,
					  .client_secret = l->credentials.secret,
					  .private_key = l->credentials.private_key};
	BG_TRY(bg_client_auth_choose(&l->auth, l->provider, l->metadata, l->wish.p.token_endpoint_auth_method,
				     err));
	return bg_op_store(op, BG_STORE_LIST, "account/", listed, err);
}

/* A record that cannot be read is no reason not to log in; it keeps its place. What ails the store itself
 * shows at the probe. */
static belgo_rc
listed(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct bg_login *l = frame;
	size_t at = 0;

	if (awaited != BELGO_ESTORE && awaited != BELGO_EVERSION)
		BG_TRY(awaited);
	bg_error_reset(err);
	if ((l->accounts = bg_calloc(op->job.n_items + 1, sizeof(struct bg_record *))) == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	for (;;) {
		BG_TRY(bg_account_next(op, &l->accounts[l->n_accounts], &at, BG_UNREADABLE_SKIP, err));
		if (l->accounts[l->n_accounts] == NULL)
			break;
		l->n_accounts++;
	}
	bg_store_job_done(&op->job);
	return bg_op_store(op, BG_STORE_PROBE, NULL, probed, err);
}

const struct bg_record *
bg_login_account_named(const struct bg_login *login, const char *name)
{
	for (size_t i = 0; i < login->n_accounts; i++)
		if (bg_str_equal(login->accounts[i]->account->name, name))
			return login->accounts[i];
	return NULL;
}

const struct bg_record *
bg_login_account_keyed(const struct bg_login *login, const char *key)
{
	for (size_t i = 0; i < login->n_accounts; i++)
		if (bg_str_equal(login->accounts[i]->account->key, key))
			return login->accounts[i];
	return NULL;
}

static belgo_rc
check_existing(const struct bg_login *l, struct belgo_error *err)
{
	if (l->wish.p.account_name == NULL || bg_login_account_named(l, l->wish.p.account_name) != NULL)
		return BELGO_OK;
	if (l->wish.p.existing == BELGO_EXISTING_ONLY || l->wish.p.scope_mode == BELGO_SCOPE_ADD)
		return bg_fail(err, BELGO_ENOTFOUND, "there is no account %s to renew",
			       l->wish.p.account_name);
	return BELGO_OK;
}

/* The account whose scopes are added to: the named one, else the provider's only one through this client. */
static const struct bg_record *
account_to_widen(const struct bg_login *l)
{
	const struct bg_record *only = NULL;

	if (l->wish.p.account_name != NULL)
		return bg_login_account_named(l, l->wish.p.account_name);
	for (size_t i = 0; i < l->n_accounts; i++) {
		const struct belgo_account *a = l->accounts[i]->account;

		if (!bg_str_equal(a->metadata_issuer, l->provider->issuer) ||
		    !bg_str_equal(a->client_id, l->wish.p.client_id))
			continue;
		if (only != NULL)
			return NULL;
		only = l->accounts[i];
	}
	return only;
}

static belgo_rc
choose_scope(struct bg_login *l, struct belgo_error *err)
{
	struct bg_scope_request in = {.provider = l->provider,
				      .metadata = l->metadata,
				      .scope = l->wish.p.scope,
				      .mode = l->wish.p.scope_mode,
				      .openid_mode = l->wish.p.openid_mode};

	if (in.mode == BELGO_SCOPE_ADD) {
		const struct bg_record *r = account_to_widen(l);

		if (r == NULL)
			return bg_fail(err, BELGO_EAMBIGUOUS,
				       "scopes can only be added to one account: name it");
		in.had = r->account->scope;
	}
	if (bg_authorize_scope(&l->scope, &in) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	l->is_openid = l->provider->kind == BG_KIND_OIDC && bg_scope_has(l->scope, "openid");
	return BELGO_OK;
}

static belgo_rc
probed(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct bg_login *l = frame;

	BG_TRY(awaited);
	BG_TRY(check_existing(l, err));
	BG_TRY(choose_scope(l, err));
	return l->way->ask(op, l, BELGO_OK, err);
}

/* @spec RFC 7636 section 7.1; OpenID Connect Core section 15.5.2 */
static belgo_rc
make_secrets(const struct belgo_op *op, struct bg_login *l, struct belgo_error *err)
{
	const struct belgo_system *system = op->client->params.system;
	char **outs[] = {&l->state, &l->code_verifier, &l->nonce};
	size_t n = l->is_openid ? 3 : 2;
	unsigned char random[BG_RANDOM_LEN];

	for (size_t i = 0; i < n; i++) {
		belgo_rc rc = system->random(system->ctx, random, sizeof(random), err);

		if (rc == BELGO_OK && (rc = bg_random_text(outs[i], random)) != BELGO_OK)
			(void)bg_fail(err, rc, "out of memory");
		bg_wipe(random, sizeof(random));
		BG_TRY(rc);
	}
	return BELGO_OK;
}

static const char *
first_of(const char *a, const char *b, const char *c)
{
	return a != NULL ? a : b != NULL ? b : c;
}

static enum belgo_response_mode
response_mode(const struct bg_login *l)
{
	if (l->wish.p.response_mode_set)
		return l->wish.p.response_mode;
	return bg_str_equal(l->provider->response_mode, "form_post") ? BELGO_RESPONSE_FORM_POST
								     : BELGO_RESPONSE_QUERY;
}

static belgo_rc
listen_for_redirect(struct belgo_op *op, struct bg_login *l, struct belgo_error *err)
{
	const struct belgo_listener *listener = op->client->params.listener;
	int own = l->wish.p.n_ports > 0;
	struct belgo_listen_params in = {
	    .host = first_of(l->wish.p.redirect_host, l->provider->redirect_host, "127.0.0.1"),
	    .path = first_of(l->wish.p.redirect_path, l->provider->redirect_path, "/callback"),
	    .ports = own ? l->wish.p.ports : l->provider->redirect_ports,
	    .n_ports = own ? l->wish.p.n_ports : l->provider->n_redirect_ports,
	    .mode = response_mode(l),
	};

	return listener->open(listener->ctx, &op->session, &in, &l->redirect_uri, err);
}

static belgo_rc
authorization_url(char **out, const struct bg_login *l, struct belgo_error *err)
{
	const struct belgo_login_params *p = &l->wish.p;
	struct bg_authorize in = {.provider = l->provider,
				  .metadata = l->metadata,
				  .client_id = p->client_id,
				  .redirect_uri = l->redirect_uri,
				  .scope = l->scope[0] == '\0' ? NULL : l->scope,
				  .state = l->state,
				  .nonce = l->nonce,
				  .code_verifier = l->code_verifier,
				  .prompt = p->prompt,
				  .login_hint = p->login_hint,
				  .hd = p->hd,
				  .access_type = p->access_type,
				  .claims = p->claims,
				  .max_age = p->max_age,
				  .resources = p->resources,
				  .n_resources = p->n_resources,
				  .extra = p->extra,
				  .n_extra = p->n_extra};

	if (response_mode(l) == BELGO_RESPONSE_FORM_POST)
		in.response_mode = "form_post";
	else if (p->response_mode_set || l->provider->response_mode != NULL)
		in.response_mode = "query";
	return bg_authorize_url(out, &in, err);
}

static void
show(struct belgo_op *op, const struct bg_login *l, const char *url, int timeout_s)
{
	struct belgo_login_prompt prompt = {
	    .url = url, .redirect_uri = l->redirect_uri, .deadline = bg_op_now(op) + timeout_s};
	struct bg_url redirect = {0};

	if (bg_url_parse(&redirect, l->redirect_uri) == BELGO_OK)
		prompt.port = redirect.port;
	bg_url_done(&redirect);
	l->wish.p.on_prompt(l->wish.p.prompt_arg, &prompt);
}

/* The rest of the frame reads what this leaves: code, or why there is none. */
static int
judge(struct belgo_op *op, void *frame, const char *params, size_t len, struct belgo_error *err)
{
	struct bg_login *l = frame;
	struct bg_redirect_expect expect = {
	    .provider = l->provider, .metadata = l->metadata, .state = l->state};

	(void)op;
	bg_error_init(&l->refusal);
	switch (bg_redirect_judge(&l->code, &l->refused, &expect, params, len, &l->refusal)) {
	case BG_REDIRECT_IGNORE:
		if (err != NULL && err->rc == BELGO_OK)
			*err = l->refusal;
		return 0;
	case BG_REDIRECT_CODE:
		l->refused = BELGO_OK;
		return 1;
	case BG_REDIRECT_REFUSED:
		return 1;
	}
	return 0;
}

/* The key set is fetched while the user is in the browser, so that only the token request is left for
 * afterwards. */
static belgo_rc
ask_browser(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct bg_login *l = frame;
	BG_AUTO(bg_str_free) char *url = NULL;
	struct belgo_http_request req = {0};
	int timeout_s = l->wish.p.timeout_s == 0 ? TIMEOUT_DEFAULT_S : l->wish.p.timeout_s;

	BG_TRY(awaited);
	BG_TRY(make_secrets(op, l, err));
	BG_TRY(listen_for_redirect(op, l, err));
	BG_TRY(authorization_url(&url, l, err));
	show(op, l, url, timeout_s);
	l->deadline = bg_op_mono_ms(op) + timeout_s * 1000LL;
	if (l->nonce != NULL && bg_prefetch_request(op, &req, l->metadata->endpoints.jwks_uri) == BELGO_OK)
		bg_op_send_beside(op, &req);
	return bg_op_await_redirect(op, judge, l->deadline, waited);
}

static belgo_rc
waited(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct bg_login *l = frame;

	if (op->came & BG_WANT_HTTP) {
		if (awaited == BELGO_OK)
			bg_prefetch_keep(op, l->metadata->endpoints.jwks_uri);
		bg_error_reset(err);
		return bg_op_await_redirect(op, judge, l->deadline, waited);
	}
	BG_TRY(awaited);
	if (op->came & BG_WANT_TIMER)
		return bg_fail(
		    err, BELGO_ETIMEDOUT,
		    "no answer came from the browser in time; some providers show their errors only there");
	if (l->refused == BELGO_OK)
		return bg_login_exchange(op, l, BELGO_OK, err);
	*err = l->refusal;
	bg_login_failure_page(op, err);
	return l->refused;
}

static belgo_rc
check_params(const struct belgo_login_params *p, struct belgo_error *err)
{
	if (p->provider == NULL || p->on_prompt == NULL)
		return bg_fail(err, BELGO_EINVAL, "a login needs a provider and a prompt callback");
	if (p->account_name != NULL && !belgo_account_name_is_valid(p->account_name))
		return bg_fail(err, BELGO_EINVAL,
			       "an account's name is printable, without blank and slash, of 1 to 128 bytes");
	if (p->timeout_s < 0 || (p->max_age_set && p->max_age < 0))
		return bg_fail(err, BELGO_EINVAL, "a login's timeout and max_age are not negative");
	return BELGO_OK;
}

belgo_rc
bg_login_op_new(struct belgo_op **out, struct belgo_client *client, const struct belgo_login_params *params,
		const struct bg_login_way *way, struct belgo_error *err)
{
	struct bg_login *l;
	belgo_rc rc;

	BG_TRY(check_params(params, err));
	if ((l = bg_calloc(1, sizeof(*l))) == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	l->way = way;
	l->provider = params->provider;
	if ((rc = bg_login_wish_copy(&l->wish, params, err)) != BELGO_OK) {
		login_free(l);
		return rc;
	}
	return bg_op_new(out, client, begin, l, login_free, err);
}

belgo_rc
belgo_login_op(struct belgo_op **out, struct belgo_client *client, const struct belgo_login_params *params,
	       struct belgo_error *err)
{
	static const struct bg_login_way by_browser = {bg_metadata_check_login, ask_browser};

	return bg_login_op_new(out, client, params, &by_browser, err);
}
