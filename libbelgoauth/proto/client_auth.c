/* How a client says who it is to a token-like endpoint, and which way is chosen. Secrets come from the
 * caller. */
#include "proto/client_auth.h"

#include "base/base64url.h"
#include "base/error.h"
#include "base/form.h"
#include "base/limits.h"
#include "base/mem.h"
#include "jose/private_key.h"
#include "proto/assertion.h"
#include "proto/reply.h"

#include <string.h>

static const struct method {
	const char *name;
	enum bg_auth_method method;
} methods[] = {
    {"none", BG_AUTH_NONE},
    {"client_secret_basic", BG_AUTH_BASIC},
    {"client_secret_post", BG_AUTH_POST},
    {"client_secret_jwt", BG_AUTH_SECRET_JWT},
    {"private_key_jwt", BG_AUTH_PRIVATE_KEY_JWT},
    {"tls_client_auth", BG_AUTH_TLS},
    {"self_signed_tls_client_auth", BG_AUTH_SELF_SIGNED_TLS},
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
	    "client authentication: \"%s\" is not one of none, client_secret_basic, client_secret_post, "
	    "client_secret_jwt, private_key_jwt, tls_client_auth, self_signed_tls_client_auth",
	    name != NULL ? name : "");
}

const char *
bg_auth_method_name(enum bg_auth_method method)
{
	for (size_t i = 0; i < BG_LEN(methods); i++)
		if (methods[i].method == method)
			return methods[i].name;
	return NULL;
}

int
bg_auth_method_signs(enum bg_auth_method method)
{
	return method == BG_AUTH_SECRET_JWT || method == BG_AUTH_PRIVATE_KEY_JWT;
}

int
bg_auth_method_is_tls(enum bg_auth_method method)
{
	return method == BG_AUTH_TLS || method == BG_AUTH_SELF_SIGNED_TLS;
}

/* Many servers decode nothing: there a preset says so. @spec RFC 7617 section 2 */
static belgo_rc
join_raw(struct bg_buf *pair, const struct bg_client_auth *auth)
{
	if (strchr(auth->client_id, ':') != NULL)
		return BELGO_EINVAL;
	return bg_buf_addf(pair, "%s:%s", auth->client_id, auth->client_secret);
}

/* @spec RFC 6749 section 2.3.1: both are form-encoded before they are joined */
static belgo_rc
join_encoded(struct bg_buf *pair, const struct bg_client_auth *auth)
{
	BG_TRY(bg_form_encode(pair, auth->client_id));
	BG_TRY(bg_buf_add_char(pair, ':'));
	return bg_form_encode(pair, auth->client_secret);
}

static belgo_rc
add_basic(struct belgo_http_request *req, const struct bg_client_auth *auth)
{
	BG_AUTO(bg_buf_free) struct bg_buf pair = BG_BUF(BG_MAX_FORM);
	BG_AUTO(bg_str_free) char *encoded = NULL;
	BG_AUTO(bg_str_free) char *value = NULL;

	BG_TRY((auth->basic_is_raw ? join_raw : join_encoded)(&pair, auth));
	BG_TRY(bg_base64_encode(&encoded, pair.data, pair.len));
	if ((value = bg_strf("Basic %s", encoded)) == NULL)
		return BELGO_ENOMEM;
	return bg_request_header(req, "Authorization", value);
}

belgo_rc
bg_client_auth_key(json_t **out, const struct bg_client_auth *auth, struct belgo_error *err)
{
	belgo_rc rc;

	if (auth->method == BG_AUTH_PRIVATE_KEY_JWT)
		return bg_json_object(out, auth->private_key, strlen(auth->private_key), BG_MAX_PRIVATE_KEY,
				      BG_JSON_NUMBERS_STRICT, "the client's key", err);
	rc = bg_secret_key(out, auth->client_secret);
	return rc == BELGO_OK ? rc : bg_fail(err, rc, "out of memory");
}

/* @spec RFC 7521 section 4.2; RFC 7523 section 2.2 */
static belgo_rc
add_assertion(struct bg_buf *form, const struct bg_client_auth *auth, struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *key = NULL;
	BG_AUTO(bg_str_free) char *assertion = NULL;
	struct bg_assertion in = {.client_id = auth->client_id,
				  .audience = auth->audience,
				  .jti = auth->jti,
				  .now = auth->now,
				  .alg = auth->alg};

	BG_TRY(bg_client_auth_key(&key, auth, err));
	in.key = key;
	BG_TRY(bg_assertion_make(&assertion, &in, err));
	BG_TRY(bg_form_add(form, "client_assertion_type",
			   "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"));
	return bg_form_add(form, "client_assertion", assertion);
}

/* @spec RFC 6749 section 2.3: one method per request; section 3.2.1: client_id where there is no
 * authentication */
belgo_rc
bg_client_auth_apply(struct belgo_http_request *req, struct bg_buf *form, const struct bg_client_auth *auth,
		     struct belgo_error *err)
{
	if (auth->client_id == NULL ||
	    (auth->method != BG_AUTH_NONE && !bg_auth_method_is_possible(auth->method, auth)))
		return BELGO_EINVAL;
	if (auth->method == BG_AUTH_BASIC)
		return add_basic(req, auth);
	BG_TRY(bg_form_add(form, "client_id", auth->client_id)); /* @spec RFC 8705 section 2 */
	if (bg_auth_method_is_tls(auth->method))
		return bg_str_set(&req->client_certificate, auth->certificate);
	if (bg_auth_method_signs(auth->method))
		return add_assertion(form, auth, err);
	return auth->method == BG_AUTH_POST ? bg_form_add(form, "client_secret", auth->client_secret)
					    : BELGO_OK;
}
