/* What every login begins with: metadata, client, store, scope. Then it is asked of the user, in the browser
 * (login_browser.c) or by a device code (device_login.c), or of nobody (client_login.c,
 * refresh_token_login.c, id_token_login.c). */
#include "flow/login.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "flow/discover.h"
#include "jose/private_key.h"
#include "jose/thumbprint.h"
#include "proto/authorize.h"
#include "proto/client_id_metadata.h"
#include "proto/fapi.h"
#include "proto/provider_members.h"
#include "proto/resource.h"

static bg_step_fn client_known, discovered, secret_ready, listed, probed;

static void
login_free(void *frame)
{
	struct bg_login *l = frame;

	bg_login_wish_done(&l->wish);
	belgo_provider_free(&l->of_resource);
	bg_metadata_free(&l->metadata);
	bg_credentials_done(&l->credentials);
	bg_registration_free(&l->registration);
	bg_url_done(&l->redirect);
	for (size_t i = 0; i < l->n_accounts; i++)
		bg_record_free(&l->accounts[i]);
	free(l->accounts);
	bg_str_free(&l->scope);
	bg_str_free(&l->state);
	bg_str_free(&l->nonce);
	bg_dpop_done(&l->dpop);
	bg_str_free(&l->dpop_jkt);
	bg_str_free(&l->code_verifier);
	bg_str_free(&l->redirect_path);
	bg_str_free(&l->redirect_uri);
	bg_str_free(&l->request);
	bg_pushed_done(&l->pushed);
	bg_str_free(&l->response);
	bg_json_free(&l->signed_verdict.claims);
	bg_str_free(&l->code);
	bg_device_done(&l->device);
	bg_record_free(&l->held);
	free(l->client_ids);
	bg_record_free(&l->record);
	belgo_token_free(&l->token);
	bg_verdict_done(&l->verdict);
	bg_json_free(&l->userinfo);
	bg_str_free(&l->missing);
	bg_str_free(&l->beyond);
	bg_str_free(&l->displaced);
	bg_str_free(&l->nobody);
	bg_web_free(&l->web);
	free(l);
}

belgo_rc
bg_login_begin(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct bg_login *l = frame;

	(void)awaited;
	if (l->wish.p.client_id == NULL)
		l->wish.p.client_id = l->provider->client_id;
	return bg_registered(op, &l->registration, l->provider->issuer, client_known, err);
}

/* Many servers compare redirect URIs as they stand, so the login listens where the client was registered. */
static belgo_rc
use_registration(struct bg_login *l, struct belgo_error *err)
{
	const json_t *uris = json_object_get(l->registration->metadata, "redirect_uris");
	const char *uri = json_string_value(json_array_get(uris, 0));

	if (l->wish.p.client_id == NULL)
		l->wish.p.client_id = l->registration->client_id;
	if (!bg_str_equal(l->wish.p.client_id, l->registration->client_id))
		return BELGO_OK;
	return bg_url_parse(&l->redirect, uri) != BELGO_ENOMEM ? BELGO_OK
							       : bg_fail(err, BELGO_ENOMEM, "out of memory");
}

belgo_rc
bg_login_check_token_endpoint(const struct bg_metadata *metadata, const struct belgo_provider *provider,
			      struct belgo_error *err)
{
	(void)provider;
	if (metadata->endpoints.token == NULL)
		return bg_fail(err, BELGO_EPROTO, "the metadata of %s has no token_endpoint",
			       metadata->issuer);
	return BELGO_OK;
}

static belgo_rc
client_known(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct bg_login *l = frame;
	const char *name = l->provider->id != NULL ? l->provider->id : l->provider->issuer;
	struct belgo_error why = *err;

	if (awaited == BELGO_OK) {
		BG_TRY(use_registration(l, err));
	} else if (l->wish.p.client_id == NULL) {
		if (awaited != BELGO_ENOTFOUND)
			return awaited;
		bg_error_reset(err);
		return bg_fail(err, BELGO_ENOCLIENT, "no client id is known for %s, and %s", name, why.text);
	} else if (awaited != BELGO_ENOTFOUND && awaited != BELGO_ESTORE && awaited != BELGO_EVERSION) {
		return awaited;
	}
	bg_error_reset(err);
	return bg_discover(op, &l->metadata, l->provider, BG_CACHED_IS_FINE, discovered, err);
}

static belgo_rc
discovered(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct bg_login *l = frame;

	BG_TRY(awaited);
	if (l->metadata->at_fixed_paths)
		bg_op_warn(op, "%s publishes nothing: its endpoints were assumed, as MCP 2025-03-26 has them",
			   l->metadata->issuer);
	BG_TRY(l->way->check(l->metadata, l->provider, err));
	return bg_client_credentials(op, &l->credentials, l->provider, l->wish.p.client_id,
				     l->wish.p.client_secret, secret_ready, err);
}

/* A URL that was registered here, or has a secret, is a client id like any other. */
static belgo_rc
check_client_id(const struct bg_login *l, struct belgo_error *err)
{
	const char *id = l->wish.p.client_id;

	if (l->credentials.secret != NULL ||
	    (l->registration != NULL && bg_str_equal(id, l->registration->client_id)))
		return BELGO_OK;
	return bg_client_id_metadata_offered(id, l->metadata, err);
}

/* The tokens are bound to a key unless the certificate does that already. */
static belgo_rc
take_profile(struct bg_login *l, struct belgo_error *err)
{
	const struct bg_fapi in = {.provider = l->provider,
				   .metadata = l->metadata,
				   .auth = &l->auth,
				   .is_without_dpop = l->wish.p.dpop == BELGO_DPOP_OFF};

	if (l->wish.p.profile != BELGO_PROFILE_FAPI2)
		return BELGO_OK;
	BG_TRY(bg_fapi_check(&in, err));
	if (!bg_fapi_binds_by_certificate(&in))
		l->wish.p.dpop = BELGO_DPOP_ON;
	return BELGO_OK;
}

/* A name that is given must be free, and scopes may be for the one account that is there. */
static int
needs_all_accounts(const struct bg_login *l)
{
	return !l->way->is_for_strangers || l->wish.p.account_name != NULL ||
	       l->wish.p.scope_mode == BELGO_SCOPE_ADD;
}

static belgo_rc
secret_ready(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct bg_login *l = frame;

	BG_TRY(awaited);
	BG_TRY(check_client_id(l, err));
	l->auth = (struct bg_client_auth){.client_id = l->wish.p.client_id,
					  .client_secret = l->credentials.secret,
					  .private_key = l->credentials.private_key,
					  .certificate = l->credentials.certificate,
					  .is_fapi = l->wish.p.profile == BELGO_PROFILE_FAPI2};
	BG_TRY(bg_client_auth_choose(&l->auth, l->provider, l->metadata,
				     l->wish.p.token_endpoint_auth_method != NULL
					 ? l->wish.p.token_endpoint_auth_method
					 : l->credentials.token_endpoint_auth_method,
				     err));
	BG_TRY(take_profile(l, err));
	if (bg_auth_method_is_tls(l->auth.method) && bg_metadata_use_mtls(l->metadata) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	return needs_all_accounts(l) ? bg_op_store(op, BG_STORE_LIST, "account/", listed, err)
				     : bg_op_store(op, BG_STORE_PROBE, NULL, probed, err);
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

const char *
bg_login_resource(const struct bg_login *login)
{
	return login->wish.p.protected_resource ? login->wish.p.resources[0] : NULL;
}

static int
is_of_this_client(const struct bg_login *l, const struct bg_record *record)
{
	const struct belgo_account *a = record->account;

	return bg_str_equal(a->metadata_issuer, l->provider->issuer) &&
	       bg_str_equal(a->client_id, l->wish.p.client_id) &&
	       bg_str_equal(a->resource, bg_login_resource(l));
}

/* The account whose scopes are added to: the named one, else the provider's only one through this client (and
 * for this protected resource). */
static belgo_rc
account_to_widen(const struct bg_record **out, const struct bg_login *l, struct belgo_error *err)
{
	const struct bg_record *only = NULL;

	if (l->wish.p.account_name != NULL)
		only = bg_login_account_named(l, l->wish.p.account_name);
	for (size_t i = 0; l->wish.p.account_name == NULL && i < l->n_accounts; i++) {
		if (!is_of_this_client(l, l->accounts[i]))
			continue;
		if (only != NULL)
			return bg_fail(err, BELGO_EAMBIGUOUS,
				       "scopes can only be added to one account: name it");
		only = l->accounts[i];
	}
	if (only == NULL)
		return bg_fail(
		    err, BELGO_ENOTFOUND,
		    "there is no account yet to which scopes could be added: sign in without that first");
	*out = only;
	return BELGO_OK;
}

static belgo_rc
choose_scope(struct bg_login *l, struct belgo_error *err)
{
	struct bg_scope_request in = {.provider = l->provider,
				      .metadata = l->metadata,
				      .scope = l->wish.p.scope,
				      .mode = l->wish.p.scope_mode,
				      .openid_mode = l->wish.p.openid_mode,
				      .protected_resource = l->wish.p.protected_resource};

	if (in.mode == BELGO_SCOPE_ADD) {
		const struct bg_record *widened = NULL;

		BG_TRY(account_to_widen(&widened, l, err));
		in.had = widened->account->scope;
	}
	if (bg_authorize_scope(&l->scope, &in) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	l->is_openid = l->provider->kind == BG_KIND_OIDC && !l->metadata->at_fixed_paths &&
		       bg_scope_has(l->scope, "openid");
	return BELGO_OK;
}

/* Who renews an account keeps it as it was: nobody should lose the binding by not asking for it again. */
static int
wants_dpop(const struct bg_login *l)
{
	const struct bg_record *named = bg_login_account_named(l, l->wish.p.account_name);

	if (l->wish.p.dpop == BELGO_DPOP_PRESET)
		return l->provider->dpop || (named != NULL && named->dpop_key != NULL);
	return l->wish.p.dpop == BELGO_DPOP_ON;
}

/* An account keeps its key, or else a login that brings no refresh token would end the one that is bound to
 * it. What cannot be read or is not taken any more gives way to a fresh one. */
static belgo_rc
take_key(struct bg_login *l, struct belgo_error *err)
{
	const struct bg_record *named = bg_login_account_named(l, l->wish.p.account_name);
	char *const *algs = l->metadata->dpop_signing_alg_values_supported;

	if (named != NULL && named->dpop_key != NULL && is_of_this_client(l, named)) {
		belgo_rc rc = bg_dpop_load(&l->dpop, named->dpop_key, NULL);

		if (rc == BELGO_ENOMEM)
			return bg_fail(err, rc, "out of memory");
		if (rc == BELGO_OK && bg_private_key_alg(l->dpop.key, algs) != NULL)
			return BELGO_OK;
	}
	return bg_dpop_generate(&l->dpop, algs, err);
}

static belgo_rc
choose_dpop(struct bg_login *l, struct belgo_error *err)
{
	if (!wants_dpop(l))
		return BELGO_OK;
	BG_TRY(take_key(l, err));
	if (l->provider->dpop_binds == BG_DPOP_BINDS_REFRESH_TOKEN)
		return BELGO_OK;
	l->token_type = BG_TOKEN_DPOP;
	return bg_jwk_thumbprint(&l->dpop_jkt, l->dpop.key) == BELGO_OK
		   ? BELGO_OK
		   : bg_fail(err, BELGO_ENOMEM, "out of memory");
}

/* The usual scopes are a user's. */
static belgo_rc
take_scope(struct bg_login *l, struct belgo_error *err)
{
	if (bg_str_set(&l->scope, l->wish.p.scope != NULL ? l->wish.p.scope : "") != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	return BELGO_OK;
}

static belgo_rc
probed(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct bg_login *l = frame;

	BG_TRY(awaited);
	BG_TRY(check_existing(l, err));
	BG_TRY((l->way->grant != NULL ? take_scope : choose_scope)(l, err));
	BG_TRY(choose_dpop(l, err));
	return l->way->ask(op, l, BELGO_OK, err);
}

int
bg_login_has_request(const struct belgo_login_params *p)
{
	return p->scope_mode == BELGO_SCOPE_ADD || p->prompt != NULL || p->login_hint != NULL ||
	       p->access_type != NULL || p->claims != NULL || p->acr_values != NULL || p->challenge != NULL ||
	       p->n_extra > 0 || p->par != BELGO_PAR_AUTO || p->jar != BELGO_JAR_AUTO ||
	       p->authorization_details != NULL;
}

static int
wants_fapi(const struct belgo_login_params *p)
{
	return p->profile == BELGO_PROFILE_FAPI2 || p->provider->profile == BG_PROFILE_FAPI2;
}

static belgo_rc
check_params(const struct belgo_login_params *p, const struct bg_login_way *way, struct belgo_error *err)
{
	if (p->provider == NULL || (p->on_prompt == NULL && !way->has_no_prompt))
		return bg_fail(err, BELGO_EINVAL, "a login needs a provider and a prompt callback");
	if (p->jwt_bearer_subject != NULL &&
	    (way->grant == NULL || p->jwt_bearer_subject[0] == '\0' ||
	     strlen(p->jwt_bearer_subject) > BG_MAX_SUBJECT || !bg_text_is_vschar(p->jwt_bearer_subject)))
		return bg_fail(err, BELGO_EINVAL,
			       "the subject of an assertion is printable, of 1 to %d bytes, and for a client "
			       "that signs in by itself",
			       BG_MAX_SUBJECT);
	if ((p->refresh_token != NULL) != way->spends_refresh_token)
		return bg_fail(err, BELGO_EINVAL,
			       "a refresh token is for the login by a refresh token, which needs one");
	if (p->identity != BELGO_IDENTITY_REQUIRED && !way->spends_refresh_token)
		return bg_fail(err, BELGO_EINVAL,
			       "only a login by a refresh token goes without knowing who the user is");
	if (p->protected_resource && p->n_resources != 1)
		return bg_fail(err, BELGO_EINVAL, "a login for a protected resource is for exactly one");
	if (p->provider->has_fixed_paths &&
	    !(p->protected_resource && bg_resource_is_at(p->resources[0], p->provider->issuer)))
		return bg_fail(err, BELGO_EINVAL,
			       "the provider at a protected resource's origin is for that resource alone");
	if (p->account_name != NULL && !belgo_account_name_is_valid(p->account_name))
		return bg_fail(err, BELGO_EINVAL,
			       "an account's name is printable, without blank and slash, of 1 to 128 bytes");
	if (wants_fapi(p) && !way->is_by_code)
		return bg_fail(err, BELGO_EINVAL, "the FAPI 2.0 profile is for logins by code in a browser");
	if (p->response_mode_set && bg_login_response_mode(p) == NULL)
		return bg_fail(err, BELGO_EINVAL, "there is no such response mode");
	if (p->profile != BELGO_PROFILE_PRESET && p->profile != BELGO_PROFILE_FAPI2)
		return bg_fail(err, BELGO_EINVAL, "there is no such security profile");
	if (p->client_id != NULL && p->client_id[0] == '\0')
		return bg_fail(err, BELGO_EINVAL, "the client id is empty");
	if (p->timeout_s < 0 || (p->max_age_set && p->max_age < 0))
		return bg_fail(err, BELGO_EINVAL, "a login's timeout and max_age are not negative");
	return BELGO_OK;
}

/* An issuer without a preset is looked up as the resource's own. */
static belgo_rc
take_provider(struct bg_login *l, const struct belgo_login_params *params, struct belgo_error *err)
{
	l->provider = params->provider;
	if (!params->protected_resource || l->provider->id != NULL || l->provider->is_of_resource)
		return BELGO_OK;
	if (bg_provider_dup(&l->of_resource, l->provider) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	l->of_resource->is_of_resource = 1;
	l->provider = l->of_resource;
	return BELGO_OK;
}

belgo_rc
bg_login_op_new(struct belgo_op **out, struct belgo_client *client, const struct belgo_login_params *params,
		const struct bg_login_way *way, struct belgo_error *err)
{
	struct bg_login *l;
	belgo_rc rc;

	BG_TRY(check_params(params, way, err));
	if ((l = bg_calloc(1, sizeof(*l))) == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	l->way = way;
	if ((rc = take_provider(l, params, err)) || (rc = bg_login_wish_copy(&l->wish, params, err))) {
		login_free(l);
		return rc;
	}
	if (wants_fapi(params)) {
		l->wish.p.profile = BELGO_PROFILE_FAPI2;
		l->wish.p.par = BELGO_PAR_ALWAYS;
	}
	return bg_op_new(out, client, way->first != NULL ? way->first : bg_login_begin, l, login_free, err);
}
