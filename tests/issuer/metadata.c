/* The two discovery documents and the key set. */
#include "issuer.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

static void
set_endpoint(json_t *doc, const struct issuer *issuer, const char *name, const char *path)
{
	char *url = text_format("%s%s", issuer->base, path);

	json_object_set_new(doc, name, json_string(url));
	free(url);
}

static void
set_list(json_t *doc, const char *name, const char *words)
{
	json_t *list = json_array();
	char *copy = text_copy(words), *rest = copy, *word;

	while ((word = strsep(&rest, " ")) != NULL)
		json_array_append_new(list, json_string(word));
	json_object_set_new(doc, name, list);
	free(copy);
}

/* @spec OpenID Connect Discovery section 3; RFC 8414 section 2: one document serves both. */
void
endpoint_metadata(struct issuer *issuer, struct request *req, struct reply *reply)
{
	json_t *doc = json_object();

	(void)req;
	set_endpoint(doc, issuer, "issuer", "");
	set_endpoint(doc, issuer, "authorization_endpoint", "/authorize");
	set_endpoint(doc, issuer, "token_endpoint", "/token");
	set_endpoint(doc, issuer, "device_authorization_endpoint", "/device_authorization");
	set_endpoint(doc, issuer, "pushed_authorization_request_endpoint", "/par");
	set_endpoint(doc, issuer, "registration_endpoint", "/register");
	set_endpoint(doc, issuer, "userinfo_endpoint", "/userinfo");
	set_endpoint(doc, issuer, "revocation_endpoint", "/revoke");
	set_endpoint(doc, issuer, "introspection_endpoint", "/introspect");
	set_endpoint(doc, issuer, "end_session_endpoint", "/end-session");
	set_endpoint(doc, issuer, "jwks_uri", "/jwks");
	set_list(doc, "scopes_supported", ISSUER_SCOPES);
	set_list(doc, "authorization_details_types_supported", ISSUER_DETAILS);
	set_list(doc, "acr_values_supported", ISSUER_ACRS);
	set_list(doc, "response_types_supported", "code");
	set_list(doc, "response_modes_supported", ISSUER_RESPONSE_MODES);
	set_list(doc, "authorization_signing_alg_values_supported", issuer->key[issuer->opt.alg].alg);
	set_list(doc, "grant_types_supported",
		 "authorization_code refresh_token client_credentials "
		 "urn:ietf:params:oauth:grant-type:jwt-bearer "
		 "urn:ietf:params:oauth:grant-type:device_code "
		 "urn:ietf:params:oauth:grant-type:token-exchange");
	set_list(doc, "subject_types_supported", issuer->opt.pairwise != NULL ? "pairwise" : "public");
	set_list(doc, "id_token_signing_alg_values_supported", issuer->key[issuer->opt.alg].alg);
	set_list(doc, "token_endpoint_auth_methods_supported", "none client_secret_basic client_secret_post");
	set_list(doc, "revocation_endpoint_auth_methods_supported",
		 "none client_secret_basic client_secret_post");
	set_list(doc, "introspection_endpoint_auth_methods_supported",
		 "none client_secret_basic client_secret_post");
	if (issuer->opt.sign_answers) {
		set_list(doc, "introspection_signing_alg_values_supported", issuer->key[issuer->opt.alg].alg);
		set_list(doc, "userinfo_signing_alg_values_supported", issuer->key[issuer->opt.alg].alg);
	}
	set_list(doc, "dpop_signing_alg_values_supported", "ES256");
	set_list(doc, "code_challenge_methods_supported", "S256");
	set_list(doc, "claims_supported",
		 "iss sub aud exp iat auth_time nonce at_hash name preferred_username email email_verified");
	json_object_set_new(doc, "authorization_response_iss_parameter_supported", json_true());
	if (issuer->opt.require_par)
		json_object_set_new(doc, "require_pushed_authorization_requests", json_true());
	reply_json(reply, 200, doc);
}

void
endpoint_jwks(struct issuer *issuer, struct request *req, struct reply *reply)
{
	(void)req;
	reply_json(reply, 200, keys_jwks(issuer));
}
