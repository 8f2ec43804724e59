/* How a client says who it is to a token-like endpoint, and which way is chosen. Secrets come from the
 * caller. */
#include "proto/client_auth.h"

#include "base/base64url.h"
#include "base/error.h"
#include "base/form.h"
#include "base/limits.h"
#include "base/mem.h"
#include "proto/reply.h"

static const struct method {
	const char *name;
	enum bg_auth_method method;
} methods[] = {
    {"none", BG_AUTH_NONE},
    {"client_secret_basic", BG_AUTH_BASIC},
    {"client_secret_post", BG_AUTH_POST},
};

/* @spec OpenID Connect Core section 9; RFC 7591 section 2 */
belgo_rc
bg_auth_method_parse(enum bg_auth_method *out, const char *name, struct belgo_error *err)
{
	for (size_t i = 0; i < BG_LEN(methods); i++) {
		if (bg_str_equal(methods[i].name, name)) {
			*out = methods[i].method;
			return BELGO_OK;
		}
	}
	return bg_fail(
	    err, BELGO_EINVAL,
	    "client authentication: \"%s\" is not one of none, client_secret_basic, client_secret_post",
	    name != NULL ? name : "");
}

/*
 * @spec RFC 8414 section 2 (token_endpoint_auth_methods_supported)
 * Nothing listed means client_secret_basic.
 */
static belgo_rc
choose_listed(enum bg_auth_method *out, char *const *listed, struct belgo_error *err)
{
	if (listed == NULL || bg_list_has(listed, "client_secret_basic"))
		*out = BG_AUTH_BASIC;
	else if (bg_list_has(listed, "client_secret_post"))
		*out = BG_AUTH_POST;
	else
		return bg_fail(
		    err, BELGO_EPROTO,
		    "client authentication: the provider takes a client secret in no way known here");
	return BELGO_OK;
}

belgo_rc
bg_auth_method_choose(enum bg_auth_method *out, const struct belgo_provider *provider,
		      const struct bg_metadata *metadata, const char *asked, const char *client_secret,
		      struct belgo_error *err)
{
	int has_secret = client_secret != NULL && *client_secret != '\0';
	enum bg_auth_method method = BG_AUTH_NONE;

	if (asked != NULL)
		BG_TRY(bg_auth_method_parse(&method, asked, err));
	else if (has_secret && provider->token_endpoint_auth_method != NULL)
		BG_TRY(bg_auth_method_parse(&method, provider->token_endpoint_auth_method, err));
	else if (has_secret)
		BG_TRY(choose_listed(&method, metadata->token_endpoint_auth_methods_supported, err));
	if (method != BG_AUTH_NONE && !has_secret)
		return bg_fail(err, BELGO_EINVAL, "client authentication: %s needs a client secret", asked);
	*out = method;
	return BELGO_OK;
}

/* @spec RFC 6749 section 2.3.1: both are form-encoded before they are joined */
static belgo_rc
add_basic(struct belgo_http_request *req, const struct bg_client_auth *auth)
{
	BG_AUTO(bg_buf_free) struct bg_buf pair = BG_BUF(BG_MAX_FORM);
	BG_AUTO(bg_str_free) char *encoded = NULL;
	BG_AUTO(bg_str_free) char *value = NULL;

	BG_TRY(bg_form_encode(&pair, auth->client_id));
	BG_TRY(bg_buf_add_char(&pair, ':'));
	BG_TRY(bg_form_encode(&pair, auth->client_secret));
	BG_TRY(bg_base64_encode(&encoded, pair.data, pair.len));
	if ((value = bg_strf("Basic %s", encoded)) == NULL)
		return BELGO_ENOMEM;
	return bg_request_header(req, "Authorization", value);
}

/* @spec RFC 6749 section 2.3: one method per request; section 3.2.1: client_id where there is no
 * authentication */
belgo_rc
bg_client_auth_apply(struct belgo_http_request *req, struct bg_buf *form, const struct bg_client_auth *auth)
{
	if (auth->client_id == NULL || (auth->method != BG_AUTH_NONE && auth->client_secret == NULL))
		return BELGO_EINVAL;
	if (auth->method == BG_AUTH_BASIC)
		return add_basic(req, auth);
	BG_TRY(bg_form_add(form, "client_id", auth->client_id));
	return auth->method == BG_AUTH_POST ? bg_form_add(form, "client_secret", auth->client_secret)
					    : BELGO_OK;
}
