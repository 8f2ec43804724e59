/*
 * A resource server's question: may this access token in? Finds the issuer's key, in the set that it
 * publishes or in the one that the caller has, or asks the issuer itself, and has proto/access_token.h judge.
 */
#include "proto/access_token.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/url.h"
#include "flow/discover.h"
#include "flow/introspect.h"
#include "flow/keys.h"
#include "proto/client_auth.h"
#include "proto/introspect.h"

struct judge {
	const struct belgo_provider *provider;
	struct bg_metadata *metadata;
	struct bg_jws jws;
	struct bg_key_search search;
	struct bg_jwks *keys; /* the caller's own; else NULL */
	struct bg_jwk *key;
	int keys_missing;
	struct bg_access_token_expect expect;
	char **algs;
	char **audiences;
	char **client_ids;
	char *scope;
	char *token;
	char *jwks_uri;
	char *introspect_as; /* NULL: the issuer's keys say it */
	char *client_secret;
	char *token_endpoint_auth_method;
	json_t *answer;
};

static void
judge_free(void *frame)
{
	struct judge *f = frame;

	bg_metadata_free(&f->metadata);
	bg_jws_done(&f->jws);
	bg_jwks_free(&f->keys);
	bg_jwk_free(&f->key);
	bg_strv_free(&f->algs);
	bg_strv_free(&f->audiences);
	bg_strv_free(&f->client_ids);
	bg_str_free(&f->scope);
	bg_str_free(&f->token);
	bg_str_free(&f->jwks_uri);
	bg_str_free(&f->introspect_as);
	bg_str_free(&f->client_secret);
	bg_str_free(&f->token_endpoint_auth_method);
	bg_json_free(&f->answer);
	free(f);
}

static void
set_clock(struct belgo_op *op, struct judge *f)
{
	f->expect.now = bg_op_now(op);
	f->expect.tolerance = op->client->params.clock_tolerance;
}

static belgo_rc
let_in(struct belgo_op *op, const json_t *claims, struct belgo_error *err)
{
	return bg_json_dump(&op->json, claims) == BELGO_OK ? BELGO_OK
							   : bg_fail(err, BELGO_ENOMEM, "out of memory");
}

static belgo_rc
key_found(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct judge *f = frame;
	BG_AUTO(bg_json_free) json_t *claims = NULL;

	BG_TRY(awaited);
	set_clock(op, f);
	BG_TRY(bg_access_token_validate(&claims, &f->jws, f->key, &f->expect, err));
	return let_in(op, claims, err);
}

static belgo_rc
answered(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct judge *f = frame;

	BG_TRY(awaited);
	set_clock(op, f);
	BG_TRY(bg_access_token_check_answer(f->answer, &f->expect, err));
	BG_TRY(bg_introspect_cut(f->answer, f->token, err));
	return let_in(op, f->answer, err);
}

static belgo_rc
ask_issuer(struct belgo_op *op, struct judge *f, struct belgo_error *err)
{
	f->expect.issuer = f->metadata->issuer;
	return bg_introspect(op, &f->answer,
			     &(struct bg_introspection){.provider = f->provider,
							.metadata = f->metadata,
							.client_id = f->introspect_as,
							.client_secret = f->client_secret,
							.named_auth_method = f->token_endpoint_auth_method,
							.token = f->token,
							.token_type_hint = "access_token"},
			     answered, err);
}

static belgo_rc
find_key(struct belgo_op *op, struct judge *f, const char *issuer, const char *jwks_uri,
	 struct belgo_error *err)
{
	f->expect.issuer = issuer;
	f->search = (struct bg_key_search){
	    .jws = &f->jws, .issuer = issuer, .jwks_uri = jwks_uri, .what = "the access token"};
	return bg_find_key(op, &f->key, &f->keys_missing, &f->search, key_found, err);
}

static belgo_rc
discovered(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct judge *f = frame;

	BG_TRY(awaited);
	return f->introspect_as != NULL
		   ? ask_issuer(op, f, err)
		   : find_key(op, f, f->metadata->issuer, f->metadata->endpoints.jwks_uri, err);
}

static belgo_rc
take_own_key(struct belgo_op *op, struct judge *f, struct belgo_error *err)
{
	belgo_rc rc = bg_jwks_select(&f->key, f->keys, f->jws.alg, f->jws.kid, err);

	if (rc == BELGO_ENOTFOUND) {
		bg_error_reset(err);
		return bg_fail(err, BELGO_ESIGNATURE,
			       "the access token is signed with a key that is not in the given key set");
	}
	f->expect.issuer = f->provider->issuer;
	return key_found(op, f, rc, err);
}

/* @spec RFC 6750 section 2.1: what no issuer could have made it is not asked about */
static belgo_rc
check_opaque(const char *token, struct belgo_error *err)
{
	return token[0] != '\0' && strlen(token) <= BG_MAX_JWT && bg_text_is_nqchar(token)
		   ? BELGO_OK
		   : bg_fail(err, BELGO_EPROTO,
			     "the access token is empty, too long or of characters that no token has");
}

/* What is wrong with a token is its sender's fault: the operation ends so, and asks nobody for keys. */
static belgo_rc
begin(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct judge *f = frame;

	(void)awaited;
	if (f->introspect_as != NULL)
		BG_TRY(check_opaque(f->token, err));
	else
		BG_TRY(bg_access_token_parse(&f->jws, f->token, &f->expect, err));
	if (f->keys != NULL)
		return take_own_key(op, f, err);
	if (f->jwks_uri != NULL)
		return find_key(op, f, f->provider->issuer, f->jwks_uri, err);
	return bg_discover(op, &f->metadata, f->provider, BG_CACHED_IS_FINE, discovered, err);
}

/* Keys that the caller names are his to get right: what is wrong with them says nothing of the token. */
static belgo_rc
take_keys(struct judge *f, const struct belgo_access_token_params *params, struct belgo_error *err)
{
	belgo_rc rc = BELGO_OK;

	if (params->introspect_as != NULL && (params->jwks != NULL || params->jwks_uri != NULL))
		return bg_fail(err, BELGO_EINVAL, "the issuer is asked, or its keys are given, not both");
	if (params->jwks != NULL && params->jwks_uri != NULL)
		return bg_fail(err, BELGO_EINVAL, "a key set is given, or where it lies, not both");
	if (params->jwks != NULL)
		rc = bg_jwks_parse(&f->keys, params->jwks, strlen(params->jwks), err);
	else if (params->jwks_uri != NULL)
		rc = bg_url_check_endpoint(params->jwks_uri, params->provider->issuer, "the key set's URL",
					   err);
	if (rc == BELGO_EPROTO && err != NULL)
		err->rc = BELGO_EINVAL;
	return rc == BELGO_EPROTO ? BELGO_EINVAL : rc;
}

static belgo_rc
fill(struct judge *f, const struct belgo_access_token_params *params, struct belgo_error *err)
{
	if (bg_strv_dup(&f->algs, params->algs, params->n_algs) ||
	    bg_strv_dup(&f->audiences, params->audiences, params->n_audiences) ||
	    bg_strv_dup(&f->client_ids, params->client_ids, params->n_client_ids) ||
	    bg_str_set(&f->scope, params->scope) || bg_str_set(&f->token, params->token) ||
	    bg_str_set(&f->jwks_uri, params->jwks_uri) ||
	    bg_str_set(&f->introspect_as, params->introspect_as) ||
	    bg_str_set(&f->client_secret, params->client_secret) ||
	    bg_str_set(&f->token_endpoint_auth_method, params->token_endpoint_auth_method))
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	f->provider = params->provider;
	f->expect = (struct bg_access_token_expect){
	    .provider = params->provider,
	    .profile = params->introspect_as != NULL ? BELGO_ACCESS_TOKEN_PLAIN_JWT : params->profile,
	    .is_answer = params->introspect_as != NULL,
	    .algs = f->algs,
	    .audiences = f->audiences,
	    .client_ids = f->client_ids,
	    .scope = f->scope,
	    .checked_bindings = params->checked_bindings};
	return take_keys(f, params, err);
}

/* One of which nobody could ever make a token is a mistake, not a rule. */
static belgo_rc
check_algs(const struct belgo_access_token_params *params, struct belgo_error *err)
{
	BG_TRY(bg_check_list(params->algs, params->n_algs, "the algorithms", err));
	if (params->n_algs > 0 && params->introspect_as != NULL)
		return bg_fail(err, BELGO_EINVAL,
			       "where the issuer is asked, nobody here looks at a token's algorithm");
	for (size_t i = 0; i < params->n_algs; i++) {
		const struct bg_alg *alg = bg_alg_find(params->algs[i]);

		if (alg == NULL || !bg_alg_is_asymmetric(alg))
			return bg_fail(err, BELGO_EINVAL,
				       "an access token is signed with a public key's algorithm, as PS256 or "
				       "ES256, not with \"%.40s\"",
				       params->algs[i]);
	}
	return BELGO_OK;
}

static belgo_rc
check_params(const struct belgo_access_token_params *params, struct belgo_error *err)
{
	enum bg_auth_method method;

	if (params->provider == NULL || params->token == NULL ||
	    (params->n_audiences == 0 && params->introspect_as == NULL))
		return bg_fail(err, BELGO_EINVAL,
			       "an access token is verified for an issuer and at least one audience");
	BG_TRY(bg_check_list(params->audiences, params->n_audiences, "the audiences", err));
	BG_TRY(bg_check_list(params->client_ids, params->n_client_ids, "the client ids", err));
	BG_TRY(check_algs(params, err));
	if (params->profile != BELGO_ACCESS_TOKEN_RFC9068 && params->profile != BELGO_ACCESS_TOKEN_PLAIN_JWT)
		return bg_fail(err, BELGO_EINVAL, "there is no such profile of access tokens");
	if (params->introspect_as != NULL && params->introspect_as[0] == '\0')
		return bg_fail(err, BELGO_EINVAL, "the client that asks the issuer has an empty id");
	return params->token_endpoint_auth_method == NULL
		   ? BELGO_OK
		   : bg_auth_method_parse(&method, params->token_endpoint_auth_method, err);
}

belgo_rc
belgo_access_token_verify_op(struct belgo_op **out, struct belgo_client *client,
			     const struct belgo_access_token_params *params, struct belgo_error *err)
{
	struct judge *f;
	belgo_rc rc;

	BG_TRY(check_params(params, err));
	if ((f = bg_calloc(1, sizeof(*f))) == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	if ((rc = fill(f, params, err)) != BELGO_OK) {
		judge_free(f);
		return rc;
	}
	return bg_op_new(out, client, begin, f, judge_free, err);
}
