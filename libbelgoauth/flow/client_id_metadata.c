/* The document that is published at a client id which is a URL, for the program. */
#include "proto/client_id_metadata.h"

#include <belgoauth/registration.h>

#include "base/error.h"
#include "base/mem.h"

belgo_rc
belgo_client_id_metadata(char **out, const char *client_id, const struct belgo_client_register_params *params,
			 struct belgo_error *err)
{
	const struct bg_registration_wish wish = {.client_name = params->client_name,
						  .redirect_uris = params->redirect_uris,
						  .n_redirect_uris = params->n_redirect_uris,
						  .grant_types = params->grant_types,
						  .n_grant_types = params->n_grant_types,
						  .scope = params->scope,
						  .token_endpoint_auth_method =
						      params->token_endpoint_auth_method,
						  .jwks = params->jwks,
						  .jwks_uri = params->jwks_uri};
	BG_AUTO(bg_json_free) json_t *json = NULL;

	bg_error_reset(err);
	if (params->client_name == NULL || params->client_name[0] == '\0')
		return bg_fail(err, BELGO_EINVAL, "a client that is to be described needs a name");
	BG_TRY(bg_client_id_metadata_document(&json, client_id, &wish, err));
	return bg_json_dump(out, json) == BELGO_OK ? BELGO_OK : bg_fail(err, BELGO_ENOMEM, "out of memory");
}
