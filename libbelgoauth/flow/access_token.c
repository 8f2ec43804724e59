/* A resource server's question: may this access token in? Finds the issuer's key and has
 * proto/access_token.h judge. */
#include "proto/access_token.h"

#include <stdlib.h>

#include "flow/discover.h"
#include "flow/keys.h"

struct judge {
	const struct belgo_provider *provider;
	struct bg_metadata *metadata;
	struct bg_jws jws;
	struct bg_key_search search;
	struct bg_jwk *key;
	int keys_missing;
	struct bg_access_token_expect expect;
	char **audiences;
	char **client_ids;
	char *scope;
	char *token;
};

static void
judge_free(void *frame)
{
	struct judge *f = frame;

	bg_metadata_free(&f->metadata);
	bg_jws_done(&f->jws);
	bg_jwk_free(&f->key);
	bg_strv_free(&f->audiences);
	bg_strv_free(&f->client_ids);
	bg_str_free(&f->scope);
	bg_str_free(&f->token);
	free(f);
}

static belgo_rc
key_found(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct judge *f = frame;
	BG_AUTO(bg_json_free) json_t *claims = NULL;

	BG_TRY(awaited);
	f->expect.issuer = f->metadata->issuer;
	f->expect.now = bg_op_now(op);
	f->expect.tolerance = op->client->params.clock_tolerance;
	BG_TRY(bg_access_token_validate(&claims, &f->jws, f->key, &f->expect, err));
	if (bg_json_dump(&op->json, claims) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	return BELGO_OK;
}

static belgo_rc
discovered(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct judge *f = frame;

	BG_TRY(awaited);
	f->search = (struct bg_key_search){.jws = &f->jws,
					   .issuer = f->metadata->issuer,
					   .jwks_uri = f->metadata->endpoints.jwks_uri,
					   .what = "the access token"};
	return bg_find_key(op, &f->key, &f->keys_missing, &f->search, key_found, err);
}

/* What is wrong with a token is its sender's fault: the operation ends so, and asks nobody for keys. */
static belgo_rc
begin(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct judge *f = frame;

	(void)awaited;
	BG_TRY(bg_access_token_parse(&f->jws, f->token, f->expect.profile, err));
	return bg_discover(op, &f->metadata, f->provider, BG_CACHED_IS_FINE, discovered, err);
}

static belgo_rc
fill(struct judge *f, const struct belgo_access_token_params *params, struct belgo_error *err)
{
	if (bg_strv_dup(&f->audiences, params->audiences, params->n_audiences) ||
	    bg_strv_dup(&f->client_ids, params->client_ids, params->n_client_ids) ||
	    bg_str_set(&f->scope, params->scope) || bg_str_set(&f->token, params->token))
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	f->provider = params->provider;
	f->expect = (struct bg_access_token_expect){.provider = params->provider,
						    .profile = params->profile,
						    .audiences = f->audiences,
						    .client_ids = f->client_ids,
						    .scope = f->scope,
						    .checked_bindings = params->checked_bindings};
	return BELGO_OK;
}

belgo_rc
belgo_access_token_verify_op(struct belgo_op **out, struct belgo_client *client,
			     const struct belgo_access_token_params *params, struct belgo_error *err)
{
	struct judge *f;
	belgo_rc rc;

	if (params->provider == NULL || params->token == NULL || params->n_audiences == 0)
		return bg_fail(err, BELGO_EINVAL,
			       "an access token is verified for an issuer and at least one audience");
	if ((f = bg_calloc(1, sizeof(*f))) == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	if ((rc = fill(f, params, err)) != BELGO_OK) {
		judge_free(f);
		return rc;
	}
	return bg_op_new(out, client, begin, f, judge_free, err);
}
