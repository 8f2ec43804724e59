/* A login in the browser, from the scope to the code: listener, authorization request, signed, pushed or in
 * the URL, and the wait for the redirect. What comes before is login.c's, what after login_answer.c's. */
#include "flow/login.h"

#include <string.h>

#include "base/url.h"
#include "jose/private_key.h"
#include "proto/authorize.h"
#include "proto/fapi.h"
#include "proto/redirect_uri.h"
#include "proto/request_object.h"

#define TIMEOUT_DEFAULT_S 300

static bg_step_fn pushed, send_user, waited;

/* @spec RFC 7636 section 7.1; OpenID Connect Core section 15.5.2 */
static belgo_rc
make_secrets(const struct belgo_op *op, struct bg_login *l, struct belgo_error *err)
{
	char **outs[] = {&l->state, &l->code_verifier, &l->nonce};
	size_t n = l->is_openid ? 3 : 2;

	for (size_t i = 0; i < n; i++)
		BG_TRY(bg_op_random_text(op, outs[i], err));
	return BELGO_OK;
}

static const char *
redirect_host(const struct bg_login *l)
{
	if (l->wish.p.redirect_host != NULL)
		return l->wish.p.redirect_host;
	if (l->redirect.host != NULL)
		return l->redirect.is_ipv6 ? "[::1]" : l->redirect.host;
	return l->provider->redirect_host != NULL ? l->provider->redirect_host : "127.0.0.1";
}

static belgo_rc
choose_path(struct bg_login *l, struct belgo_error *err)
{
	const char *path = l->wish.p.redirect_path;

	if (path == NULL && l->redirect.path != NULL && l->redirect.path[0] != '\0')
		path = l->redirect.path;
	if (path == NULL)
		return bg_redirect_path(&l->redirect_path, l->provider,
					bg_iss_is_promised(l->provider, l->metadata), err);
	return bg_str_set(&l->redirect_path, path) == BELGO_OK ? BELGO_OK
							       : bg_fail(err, BELGO_ENOMEM, "out of memory");
}

/* The caller's, else the one that the client was registered for, else the preset's. */
static void
choose_ports(struct belgo_listen_params *out, const struct bg_login *l)
{
	if (l->wish.p.n_ports > 0) {
		out->ports = l->wish.p.ports;
		out->n_ports = l->wish.p.n_ports;
	} else if (l->redirect.has_port) {
		out->ports = &l->redirect.port;
		out->n_ports = 1;
	} else {
		out->ports = l->provider->redirect_ports;
		out->n_ports = l->provider->n_redirect_ports;
	}
}

static belgo_rc
listen_for_redirect(struct belgo_op *op, struct bg_login *l, struct belgo_error *err)
{
	const struct belgo_listener *listener = op->client->params.listener;
	const char *mode = bg_login_response_mode(&l->wish.p);
	struct belgo_listen_params in = {
	    .host = redirect_host(l),
	    .mode = bg_str_equal(mode, "form_post") || bg_str_equal(mode, "form_post.jwt")
			? BELGO_RESPONSE_FORM_POST
			: BELGO_RESPONSE_QUERY,
	};

	BG_TRY(choose_path(l, err));
	in.path = l->redirect_path;
	choose_ports(&in, l);
	BG_TRY(listener->open(listener->ctx, &op->session, &in, &l->redirect_uri, err));
	op->redirect_uri = l->redirect_uri;
	return BELGO_OK;
}

static struct bg_authorize
authorization_request(const struct bg_login *l)
{
	const struct belgo_login_params *p = &l->wish.p;

	return (struct bg_authorize){.provider = l->provider,
				     .metadata = l->metadata,
				     .client_id = p->client_id,
				     .redirect_uri = l->redirect_uri,
				     .scope = l->scope[0] == '\0' ? NULL : l->scope,
				     .state = l->state,
				     .nonce = l->nonce,
				     .code_verifier = l->code_verifier,
				     .dpop_jkt = l->dpop_jkt,
				     .response_mode = bg_login_response_mode(p),
				     .prompt = p->prompt,
				     .login_hint = p->login_hint,
				     .hd = p->hd,
				     .access_type = p->access_type,
				     .claims = p->claims,
				     .acr_values = p->acr_values,
				     .authorization_details = p->authorization_details,
				     .max_age = p->max_age,
				     .resources = p->resources,
				     .n_resources = p->n_resources,
				     .extra = p->extra,
				     .n_extra = p->n_extra,
				     .request = l->request,
				     .request_uri = l->pushed.request_uri};
}

static void
show(struct belgo_op *op, const struct bg_login *l, const char *url, int timeout_s)
{
	struct belgo_login_prompt prompt = {
	    .url = url,
	    .redirect_uri = l->redirect_uri,
	    .deadline = bg_op_now(op) + timeout_s,
	    .url_expires_in = l->pushed.expires_in,
	};
	struct bg_url redirect = {0};

	if (bg_url_parse(&redirect, l->redirect_uri) == BELGO_OK)
		prompt.port = redirect.port;
	bg_url_done(&redirect);
	l->wish.p.on_prompt(l->wish.p.prompt_arg, &prompt);
}

static int
judge(struct belgo_op *op, void *frame, const char *params, size_t len, struct belgo_error *err)
{
	struct bg_login *l = frame;

	(void)op;
	if (bg_login_judge(l, params, len) != BG_REDIRECT_IGNORE)
		return 1;
	if (err != NULL && err->rc == BELGO_OK)
		*err = l->refusal;
	return 0;
}

belgo_rc
bg_login_url(char **out, const struct bg_login *l, struct belgo_error *err)
{
	struct bg_authorize in = authorization_request(l);

	return bg_authorize_url(out, &in, err);
}

int
bg_login_timeout_s(const struct bg_login *l)
{
	return l->wish.p.timeout_s == 0 ? TIMEOUT_DEFAULT_S : l->wish.p.timeout_s;
}

/* The key set is fetched while the user is in the browser, so that only the token request is left for
 * afterwards. */
static belgo_rc
send_user(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct bg_login *l = frame;
	BG_AUTO(bg_str_free) char *url = NULL;
	struct belgo_http_request req = {0};
	int timeout_s = bg_login_timeout_s(l);

	BG_TRY(awaited);
	BG_TRY(bg_login_url(&url, l, err));
	show(op, l, url, timeout_s);
	l->deadline = bg_op_mono_ms(op) + timeout_s * 1000LL;
	if ((l->nonce != NULL || bg_jarm_is_mode(bg_login_response_mode(&l->wish.p))) &&
	    bg_prefetch_request(op, &req, l->metadata->endpoints.jwks_uri) == BELGO_OK)
		bg_op_send_beside(op, &req);
	return bg_op_await_redirect(op, judge, l->deadline, waited);
}

/* @spec RFC 9101 section 10.5 (require_signed_request_object) */
static int
is_signed(const struct bg_login *l)
{
	return l->wish.p.jar == BELGO_JAR_ALWAYS || l->metadata->require_signed_request_object;
}

/* @spec RFC 9101 section 10.5 (request_object_signing_alg_values_supported); FAPI 2.0 Security Profile
 * section 5.4.1 */
static belgo_rc
choose_alg(const struct bg_alg **out, const struct bg_login *l, const json_t *key, struct belgo_error *err)
{
	char *const *listed = l->metadata->request_object_signing_alg_values_supported;
	int is_fapi = l->wish.p.profile == BELGO_PROFILE_FAPI2;

	if (is_fapi && bg_fapi_alg(key, NULL) == NULL)
		return bg_fail(err, BELGO_EINVAL,
			       "FAPI 2.0: the client's key signs requests by none of " BG_FAPI_ALGS);
	*out = is_fapi ? bg_fapi_alg(key, listed) : bg_private_key_alg(key, listed);
	return *out != NULL ? BELGO_OK
			    : bg_fail(err, BELGO_EPROTO,
				      "%s takes no signature of a request that the client's key can make",
				      l->metadata->issuer);
}

/* @spec RFC 9101 section 4 */
static belgo_rc
sign_request(const struct belgo_op *op, struct bg_login *l, struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *key = NULL;
	BG_AUTO(bg_str_free) char *jti = NULL;
	const struct bg_authorize request = authorization_request(l);
	struct bg_request_object in = {.request = &request, .now = bg_op_now(op)};
	const char *text = l->credentials.private_key;

	if (text == NULL)
		return bg_fail(err, BELGO_ENOCLIENT,
			       "a signed request to %s needs the client's private key, and none is known",
			       l->metadata->issuer);
	BG_TRY(bg_json_object(&key, text, strlen(text), BG_MAX_PRIVATE_KEY, BG_JSON_NUMBERS_STRICT,
			      "the client's key", err));
	BG_TRY(bg_op_random_text(op, &jti, err));
	in.jti = jti;
	in.key = key;
	BG_TRY(choose_alg(&in.alg, l, key, err));
	return bg_request_object_make(&l->request, &in, err);
}

/* @spec RFC 9126 section 2.1 */
static belgo_rc
push(struct belgo_op *op, struct bg_login *l, struct belgo_error *err)
{
	struct bg_authorize in = authorization_request(l);
	struct bg_client_auth auth = l->auth;
	struct belgo_http_request req = {0};

	BG_TRY(bg_auth_stamp(op, &auth, err));
	BG_TRY(bg_par_request(&req, &in, &auth, err));
	return bg_op_send(op, &req, pushed);
}

static belgo_rc
pushed(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct bg_login *l = frame;
	const char *secrets[] = {l->state, l->code_verifier, l->credentials.secret, NULL};

	BG_TRY(awaited);
	BG_TRY(bg_par_response(&l->pushed, l->provider, &op->response, secrets, err));
	belgo_http_response_done(&op->response);
	return l->way->send(op, l, BELGO_OK, err);
}

belgo_rc
bg_login_authorize(struct belgo_op *op, struct bg_login *l, struct belgo_error *err)
{
	const char *mode = bg_login_response_mode(&l->wish.p);

	if (bg_login_resource(l) != NULL)
		BG_TRY(bg_metadata_check_pkce(l->metadata, l->provider, err));
	if (bg_jarm_is_mode(mode))
		BG_TRY(bg_jarm_check_offered(mode, l->metadata, err));
	BG_TRY(make_secrets(op, l, err));
	if (is_signed(l))
		BG_TRY(sign_request(op, l, err));
	if (l->wish.p.par == BELGO_PAR_ALWAYS || bg_par_is_required(l->provider, l->metadata))
		return push(op, l, err);
	return l->way->send(op, l, BELGO_OK, err);
}

static belgo_rc
ask_browser(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct bg_login *l = frame;

	BG_TRY(awaited);
	BG_TRY(listen_for_redirect(op, l, err));
	return bg_login_authorize(op, l, err);
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
	return bg_login_answered(op, l, err);
}

belgo_rc
belgo_login_op(struct belgo_op **out, struct belgo_client *client, const struct belgo_login_params *params,
	       struct belgo_error *err)
{
	static const struct bg_login_way by_browser = {
	    .check = bg_metadata_check_login, .ask = ask_browser, .send = send_user, .is_by_code = 1};

	return bg_login_op_new(out, client, params, &by_browser, err);
}
