/* Registering a client as an operation of its own: parameters, metadata, and what the program is told. */
#include "flow/registration.h"

#include <stdlib.h>
#include <string.h>

#include "flow/discover.h"

void
bg_registration_params_done(struct bg_registration_params *params)
{
	for (size_t i = 0; i < BG_LEN(params->strings); i++)
		bg_str_free(&params->strings[i]);
	bg_strv_free(&params->redirect_uris);
	bg_strv_free(&params->grant_types);
	params->wish = (struct bg_registration_wish){0};
}

static belgo_rc
copy_all(struct bg_registration_params *out, const struct belgo_client_register_params *in)
{
	const char *const from[] = {in->client_name, in->scope, in->token_endpoint_auth_method,
				    in->initial_access_token, in->software_statement};

	_Static_assert(BG_LEN(from) == BG_LEN(out->strings), "room for every string");
	for (size_t i = 0; i < BG_LEN(from); i++)
		BG_TRY(bg_str_set(&out->strings[i], from[i]));
	BG_TRY(bg_strv_dup(&out->redirect_uris, in->redirect_uris, in->n_redirect_uris));
	return bg_strv_dup(&out->grant_types, in->grant_types, in->n_grant_types);
}

belgo_rc
bg_registration_params_copy(struct bg_registration_params *out, const struct belgo_client_register_params *in,
			    struct belgo_error *err)
{
	if (in->provider == NULL)
		return bg_fail(err, BELGO_EINVAL, "a client is registered at a provider: name it");
	if (in->jwks != NULL || in->jwks_uri != NULL)
		return bg_fail(err, BELGO_EINVAL, "the key of a client that is registered is made for it");
	BG_TRY(bg_check_list(in->redirect_uris, in->n_redirect_uris, "the redirect URIs", err));
	BG_TRY(bg_check_list(in->grant_types, in->n_grant_types, "the grant types", err));
	if (copy_all(out, in) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	out->wish = (struct bg_registration_wish){
	    .provider = in->provider,
	    .client_name = out->strings[0],
	    .scope = out->strings[1],
	    .token_endpoint_auth_method = out->strings[2],
	    .initial_access_token = out->strings[3],
	    .software_statement = out->strings[4],
	    .redirect_uris = (const char *const *)out->redirect_uris,
	    .n_redirect_uris = in->n_redirect_uris,
	    .grant_types = (const char *const *)out->grant_types,
	    .n_grant_types = in->n_grant_types,
	};
	return BELGO_OK;
}

struct register_op {
	struct bg_registration_params params;
	struct bg_metadata *metadata;
	struct bg_registration *got;
};

static void
register_op_free(void *frame)
{
	struct register_op *f = frame;

	bg_registration_params_done(&f->params);
	bg_metadata_free(&f->metadata);
	bg_registration_free(&f->got);
	free(f);
}

static belgo_rc
registered(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	const struct register_op *f = frame;

	/* nobody had said that there would be anything */
	if (awaited == BELGO_EDENIED && f->metadata->at_fixed_paths && err->http_status == 404) {
		bg_error_reset(err);
		return bg_fail(err, BELGO_ENOTFOUND, "%s does not register clients by itself",
			       f->metadata->issuer);
	}
	BG_TRY(awaited);
	return bg_registration_result(op, f->got, err);
}

static belgo_rc
discovered(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct register_op *f = frame;

	BG_TRY(awaited);
	f->params.wish.metadata = f->metadata;
	return bg_register(op, &f->got, &f->params.wish, registered, err);
}

static belgo_rc
begin(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct register_op *f = frame;

	(void)awaited;
	return bg_discover(op, &f->metadata, f->params.wish.provider, BG_CACHED_IS_FINE, discovered, err);
}

belgo_rc
belgo_client_register_op(struct belgo_op **out, struct belgo_client *client,
			 const struct belgo_client_register_params *params, struct belgo_error *err)
{
	struct register_op *f;
	belgo_rc rc;

	if (params->client_name == NULL || params->client_name[0] == '\0')
		return bg_fail(err, BELGO_EINVAL, "a client that is to be registered needs a name");
	if ((f = bg_calloc(1, sizeof(*f))) == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	if ((rc = bg_registration_params_copy(&f->params, params, err)) != BELGO_OK) {
		register_op_free(f);
		return rc;
	}
	return bg_op_new(out, client, begin, f, register_op_free, err);
}
