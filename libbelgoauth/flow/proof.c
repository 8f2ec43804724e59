/* A proof for one request that the caller sends himself, with the account's live access token. */
#include <stdlib.h>
#include <string.h>

#include "flow/dpop.h"
#include "flow/tokens.h"
#include "proto/token.h"

struct proof {
	struct belgo_token_params token;
	char account_key[BG_ID_SIZE];
	char *scope;
	char **resources;
	char *method;
	char *url;
	char *nonce; /* NULL: the last one that this client was given there */
	struct bg_dpop dpop;
};

static void
proof_free(void *frame)
{
	struct proof *f = frame;

	bg_str_free(&f->scope);
	bg_strv_free(&f->resources);
	bg_str_free(&f->method);
	bg_str_free(&f->url);
	bg_str_free(&f->nonce);
	bg_dpop_done(&f->dpop);
	free(f);
}

static belgo_rc
put_result(struct belgo_op *op, const char *proof)
{
	BG_AUTO(bg_json_free) json_t *json = json_object();

	if (json == NULL)
		return BELGO_ENOMEM;
	BG_TRY(bg_json_set_str(json, "dpop", proof));
	return bg_json_dump(&op->json, json);
}

static belgo_rc
token_ready(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct proof *f = frame;
	BG_AUTO(bg_str_free) char *proof = NULL;

	BG_TRY(awaited);
	if (!bg_token_is_bound(op->token) || op->dpop_key == NULL)
		return bg_fail(err, BELGO_ENOTFOUND,
			       "the access token of %s is bound to no key: no proof goes with it",
			       op->account->name);
	BG_TRY(bg_dpop_load(&f->dpop, op->dpop_key, err));
	BG_TRY(bg_resource_proof(&proof, op, &f->dpop,
				 &(struct bg_dpop_proof){.method = f->method,
							 .url = f->url,
							 .access_token = op->token->access_token,
							 .nonce = f->nonce},
				 err));
	return put_result(op, proof) == BELGO_OK ? BELGO_OK : bg_fail(err, BELGO_ENOMEM, "out of memory");
}

static belgo_rc
begin(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	const struct proof *f = frame;

	(void)awaited;
	return bg_tokens(op, &f->token, token_ready, err);
}

belgo_rc
belgo_proof_op(struct belgo_op **out, struct belgo_client *client, const struct belgo_token_params *token,
	       const struct belgo_proof_params *request, struct belgo_error *err)
{
	struct proof *f;

	BG_TRY(bg_check_account_key(token->account_key, err));
	BG_TRY(bg_check_list(token->resources, token->n_resources, "the resources", err));
	if (token->min_valid < 0 || request->method == NULL || request->url == NULL)
		return bg_fail(err, BELGO_EINVAL,
			       "a proof is for a method and a URL, and min_valid is not negative");
	if (request->nonce != NULL && !bg_dpop_nonce_is_valid(request->nonce))
		return bg_fail(err, BELGO_EINVAL, "no server gives such a nonce");
	if ((f = bg_calloc(1, sizeof(*f))) == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	f->token = *token;
	memcpy(f->account_key, token->account_key, sizeof(f->account_key));
	f->token.account_key = f->account_key;
	if (bg_str_set(&f->scope, token->scope) ||
	    bg_strv_dup(&f->resources, token->resources, token->n_resources) ||
	    bg_str_set(&f->method, request->method) || bg_str_set(&f->url, request->url) ||
	    bg_str_set(&f->nonce, request->nonce)) {
		proof_free(f);
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	}
	f->token.scope = f->scope;
	f->token.resources = (const char *const *)f->resources;
	return bg_op_new(out, client, begin, f, proof_free, err);
}
