/* Which way of saying who it is a client takes, and by which algorithm it signs where it does. */
#include "proto/client_auth.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "jose/private_key.h"
#include "proto/fapi.h"

static int
has_secret(const struct bg_client_auth *auth)
{
	return auth->client_secret != NULL && *auth->client_secret != '\0';
}

int
bg_auth_method_is_possible(enum bg_auth_method method, const struct bg_client_auth *auth)
{
	switch (method) {
	case BG_AUTH_BASIC:
	case BG_AUTH_POST:
	case BG_AUTH_SECRET_JWT:
		return has_secret(auth);
	case BG_AUTH_PRIVATE_KEY_JWT:
		return auth->private_key != NULL;
	case BG_AUTH_TLS:
	case BG_AUTH_SELF_SIGNED_TLS:
		return auth->certificate != NULL;
	case BG_AUTH_NONE:
		break;
	}
	return 0;
}

/*
 * Nothing listed means client_secret_basic. What signs is preferred where it was set up: a key serves nothing
 * else.
 * @spec RFC 8414 section 2 (token_endpoint_auth_methods_supported)
 */
static belgo_rc
choose_listed(enum bg_auth_method *out, const struct bg_client_auth *auth, char *const *listed,
	      struct belgo_error *err)
{
	static const enum bg_auth_method order[] = {
	    BG_AUTH_TLS,  BG_AUTH_SELF_SIGNED_TLS, BG_AUTH_PRIVATE_KEY_JWT, BG_AUTH_BASIC,
	    BG_AUTH_POST, BG_AUTH_SECRET_JWT};

	for (size_t i = 0; i < BG_LEN(order); i++) {
		int is_listed = listed != NULL ? bg_list_has(listed, bg_auth_method_name(order[i]))
					       : order[i] == BG_AUTH_BASIC;

		if (is_listed && bg_auth_method_is_possible(order[i], auth)) {
			*out = order[i];
			return BELGO_OK;
		}
	}
	return bg_fail(err, BELGO_EPROTO, "client authentication: the provider lists no way to use a %s",
		       has_secret(auth) ? "client secret that is known here"
		       : auth->private_key != NULL
			   ? "client's key: name private_key_jwt if it takes one all the same"
			   : "client's certificate: name tls_client_auth if it takes one all the same");
}

static const char *
what_it_takes(enum bg_auth_method method)
{
	if (bg_auth_method_is_tls(method))
		return "client certificate";
	return method == BG_AUTH_PRIVATE_KEY_JWT ? "private key" : "client secret";
}

static belgo_rc
choose_method(enum bg_auth_method *out, const struct bg_client_auth *auth,
	      const struct belgo_provider *provider, const struct bg_metadata *metadata, const char *asked,
	      struct belgo_error *err)
{
	enum bg_auth_method method = BG_AUTH_NONE;

	if (asked != NULL) {
		BG_TRY(bg_auth_method_parse(&method, asked, err));
		if (method != BG_AUTH_NONE && !bg_auth_method_is_possible(method, auth))
			return bg_fail(err, BELGO_EINVAL, "client authentication: %s needs a %s", asked,
				       what_it_takes(method));
		*out = method;
		return BELGO_OK;
	}
	*out = BG_AUTH_NONE;
	if (!has_secret(auth) && auth->private_key == NULL && auth->certificate == NULL)
		return BELGO_OK;
	if (provider->token_endpoint_auth_method != NULL) {
		BG_TRY(bg_auth_method_parse(&method, provider->token_endpoint_auth_method, err));
		if (method == BG_AUTH_NONE || bg_auth_method_is_possible(method, auth)) {
			*out = method;
			return BELGO_OK;
		}
	}
	return choose_listed(out, auth, metadata->token_endpoint_auth_methods_supported, err);
}

/* @spec RFC 8414 section 2 (token_endpoint_auth_signing_alg_values_supported); FAPI 2.0 Security Profile
 * section 5.4.1, which has no method but private_key_jwt */
static belgo_rc
choose_alg(struct bg_client_auth *auth, const struct bg_metadata *metadata, struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *key = NULL;
	char *const *listed = metadata->token_endpoint_auth_signing_alg_values_supported;
	int is_fapi = auth->is_fapi && auth->method == BG_AUTH_PRIVATE_KEY_JWT;

	BG_TRY(bg_client_auth_key(&key, auth, err));
	auth->alg = is_fapi ? bg_fapi_alg(key, listed) : bg_private_key_alg(key, listed);
	if (auth->alg != NULL)
		return BELGO_OK;
	if (is_fapi)
		return bg_fail(err, BELGO_EINVAL,
			       "FAPI 2.0: the client's key signs assertions by none of " BG_FAPI_ALGS
			       " that %s takes",
			       metadata->issuer);
	return auth->method == BG_AUTH_SECRET_JWT
		   ? bg_fail(err, BELGO_EINVAL,
			     "client authentication: the client secret is too short for any algorithm that "
			     "the provider takes")
		   : bg_fail(err, BELGO_EPROTO,
			     "client authentication: the provider takes no signature that the client's key "
			     "can make");
}

const char *
bg_assertion_audience(const struct belgo_provider *provider, const struct bg_metadata *metadata)
{
	return provider->assertion_audience == BG_AUDIENCE_TOKEN_ENDPOINT ? metadata->endpoints.token
									  : metadata->issuer;
}

belgo_rc
bg_client_auth_choose(struct bg_client_auth *auth, const struct belgo_provider *provider,
		      const struct bg_metadata *metadata, const char *asked, struct belgo_error *err)
{
	struct bg_client_auth chosen = *auth;

	BG_TRY(choose_method(&chosen.method, auth, provider, metadata, asked, err));
	chosen.basic_is_raw = provider->basic_encoding == BG_BASIC_RAW;
	if (bg_auth_method_signs(chosen.method)) {
		chosen.audience = bg_assertion_audience(provider, metadata);
		BG_TRY(choose_alg(&chosen, metadata, err));
	}
	*auth = chosen;
	return BELGO_OK;
}
