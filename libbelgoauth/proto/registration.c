/*
 * Registering a client and looking after it: what a native client says of itself, and the requests that carry
 * it. What the provider made of it is judged in registration_reply.c.
 */
#include "proto/registration.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/url.h"
#include "jose/private_key.h"
#include "proto/device.h"
#include "proto/reply.h"

#include <stdlib.h>
#include <string.h>

#define WHAT "client registration"

static const char *const usual_grants[] = {"authorization_code", "refresh_token", BG_GRANT_DEVICE_CODE};

void
bg_registration_free(struct bg_registration **registration)
{
	struct bg_registration *r = BG_TAKE(*registration);

	if (r == NULL)
		return;
	bg_str_free(&r->issuer);
	bg_str_free(&r->client_id);
	bg_str_free(&r->client_secret);
	bg_str_free(&r->token_endpoint_auth_method);
	bg_str_free(&r->private_key);
	bg_str_free(&r->registration_client_uri);
	bg_str_free(&r->registration_access_token);
	bg_json_free(&r->metadata);
	free(r);
}

/* @spec RFC 7591 section 3.2.1 (client_secret_expires_at) */
int
bg_registration_is_live(const struct bg_registration *registration, int64_t now)
{
	return registration->client_secret_expires_at == 0 || now < registration->client_secret_expires_at;
}

/* A certificate's names are agreed upon with the people who run the provider. */
static belgo_rc
parse_method(enum bg_auth_method *out, const char *name, struct belgo_error *err)
{
	enum bg_auth_method method;

	BG_TRY(bg_auth_method_parse(&method, name, err));
	if (bg_auth_method_is_tls(method))
		return bg_fail(err, BELGO_EINVAL, WHAT ": a client with a certificate is registered by hand");
	*out = method;
	return BELGO_OK;
}

/* A client on the user's machine keeps no secret from the user, so it is best off without one. */
belgo_rc
bg_registration_method(enum bg_auth_method *out, const struct bg_registration_wish *wish,
		       struct belgo_error *err)
{
	static const enum bg_auth_method order[] = {BG_AUTH_NONE, BG_AUTH_BASIC, BG_AUTH_POST,
						    BG_AUTH_PRIVATE_KEY_JWT, BG_AUTH_SECRET_JWT};
	char *const *listed = wish->metadata->token_endpoint_auth_methods_supported;

	if (wish->token_endpoint_auth_method != NULL)
		return parse_method(out, wish->token_endpoint_auth_method, err);
	for (size_t i = 0; i < BG_LEN(order); i++) {
		if (listed == NULL || bg_list_has(listed, bg_auth_method_name(order[i]))) {
			*out = order[i];
			return BELGO_OK;
		}
	}
	return bg_fail(err, BELGO_EPROTO, WHAT ": the provider lists no client authentication known here");
}

static belgo_rc
set_strings(json_t *object, const char *name, const char *const *list, size_t n)
{
	json_t *array = json_array();

	for (size_t i = 0; array != NULL && i < n; i++)
		if (json_array_append_new(array, json_string(list[i])) != 0) {
			json_decref(array);
			return BELGO_ENOMEM;
		}
	return json_object_set_new(object, name, array) == 0 ? BELGO_OK : BELGO_ENOMEM;
}

/* @spec RFC 8252 section 7.3 */
belgo_rc
bg_registration_check_redirect(const char *text, struct belgo_error *err)
{
	BG_AUTO(bg_url_done) struct bg_url url = {0};
	belgo_rc rc = bg_url_parse(&url, text);

	if (rc == BELGO_ENOMEM)
		return bg_fail(err, rc, "out of memory");
	if (rc != BELGO_OK || url.scheme != BG_HTTP || !bg_url_is_loopback(&url) || url.has_userinfo ||
	    url.fragment != NULL || url.path[0] == '\0')
		return bg_fail(err, BELGO_EINVAL,
			       WHAT ": a redirect URI is http://127.0.0.1/PATH, http://[::1]/PATH or "
				    "http://localhost/PATH, with or without a port");
	return BELGO_OK;
}

static belgo_rc
add_key(json_t *out, const char *private_key, struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *key = NULL;
	BG_AUTO(bg_json_free) json_t *set = NULL;

	if (private_key == NULL)
		return BELGO_OK;
	BG_TRY(bg_json_object(&key, private_key, strlen(private_key), BG_MAX_PRIVATE_KEY,
			      BG_JSON_NUMBERS_STRICT, "the client's key", err));
	if (bg_private_key_public_set(&set, key, BG_KEY_SIGNS) != BELGO_OK ||
	    json_object_set(out, "jwks", set) != 0)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	return BELGO_OK;
}

/* What the wish names; the rest stays as it is. @spec RFC 7591 section 2, 2.3 */
static belgo_rc
put_wish(json_t *out, const struct bg_registration_wish *wish, struct belgo_error *err)
{
	const struct {
		const char *name, *value;
	} strings[] = {{"client_name", wish->client_name},
		       {"scope", wish->scope},
		       {"token_endpoint_auth_method", wish->token_endpoint_auth_method},
		       {"software_statement", wish->software_statement}};

	for (size_t i = 0; i < wish->n_redirect_uris; i++)
		BG_TRY(bg_registration_check_redirect(wish->redirect_uris[i], err));
	for (size_t i = 0; i < BG_LEN(strings); i++) {
		belgo_rc rc = bg_json_set_str(out, strings[i].name, strings[i].value);

		if (rc != BELGO_OK)
			return bg_fail(err, rc, WHAT ": %s: %s", strings[i].name, belgo_rc_str(rc));
	}
	if ((wish->n_redirect_uris > 0 &&
	     set_strings(out, "redirect_uris", wish->redirect_uris, wish->n_redirect_uris)) ||
	    (wish->n_grant_types > 0 &&
	     set_strings(out, "grant_types", wish->grant_types, wish->n_grant_types)))
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	return add_key(out, wish->private_key, err);
}

static int
is_offered(const struct bg_metadata *metadata, const char *grant)
{
	if (strcmp(grant, BG_GRANT_DEVICE_CODE) == 0 && metadata->endpoints.device_authorization == NULL)
		return 0;
	return metadata->grant_types_supported == NULL || bg_list_has(metadata->grant_types_supported, grant);
}

static belgo_rc
put_usual_grants(json_t *out, const struct bg_metadata *metadata)
{
	const char *offered[BG_LEN(usual_grants)];
	size_t n = 0;

	for (size_t i = 0; i < BG_LEN(usual_grants); i++)
		if (i == 0 || is_offered(metadata, usual_grants[i]))
			offered[n++] = usual_grants[i];
	return set_strings(out, "grant_types", offered, n);
}

/* A response type belongs to the grant that begins with a redirect, and to no other. @spec RFC 7591
 * section 2.1
 */
static belgo_rc
put_response_types(json_t *out, struct belgo_error *err)
{
	static const char *const code[] = {"code"};
	int is_code = bg_json_strings_has(json_object_get(out, "grant_types"), "authorization_code");

	if (is_code && json_array_size(json_object_get(out, "redirect_uris")) == 0)
		return bg_fail(err, BELGO_EINVAL,
			       WHAT ": a client that is sent authorization codes needs a redirect URI");
	return set_strings(out, "response_types", code, is_code ? 1 : 0) == BELGO_OK
		   ? BELGO_OK
		   : bg_fail(err, BELGO_ENOMEM, "out of memory");
}

/* RS256 is what a client gets that says nothing; a provider that lacks it must be told another.
 * @spec OpenID Connect Dynamic Client Registration 1.0 section 2 */
static const char *
id_token_alg(const struct bg_registration_wish *wish)
{
	char *const *list = wish->metadata->id_token_signing_alg_values_supported;

	if (wish->provider->kind != BG_KIND_OIDC || list == NULL || bg_list_has(list, "RS256"))
		return NULL;
	for (; *list != NULL; list++) {
		const struct bg_alg *alg = bg_alg_find(*list);

		if (alg != NULL && bg_alg_is_asymmetric(alg))
			return *list;
	}
	return NULL;
}

/* @spec RFC 7591 section 2; OpenID Connect Dynamic Client Registration 1.0 section 2 (application_type) */
belgo_rc
bg_registration_metadata(json_t **out, const struct bg_registration_wish *wish, struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *json = json_object();
	enum bg_auth_method method;

	BG_TRY(bg_registration_method(&method, wish, err));
	if (json == NULL || bg_json_set_str(json, "application_type", "native") ||
	    bg_json_set_str(json, "token_endpoint_auth_method", bg_auth_method_name(method)) ||
	    bg_json_set_str(json, "id_token_signed_response_alg", id_token_alg(wish)) ||
	    put_usual_grants(json, wish->metadata))
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	BG_TRY(put_wish(json, wish, err));
	BG_TRY(put_response_types(json, err));
	if (method == BG_AUTH_PRIVATE_KEY_JWT && wish->private_key == NULL)
		return bg_fail(err, BELGO_EINVAL, WHAT ": private_key_jwt needs a private key");
	*out = BG_TAKE(json);
	return BELGO_OK;
}

/* @spec RFC 7592 section 2.2: all of it, and the client id; what the provider sets alone stays out */
belgo_rc
bg_registration_change(json_t **out, const struct bg_registration *registration,
		       const struct bg_registration_wish *wish, struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *json = json_object();
	enum bg_auth_method method = BG_AUTH_NONE;

	if (json == NULL || json_object_update(json, registration->metadata) != 0 ||
	    bg_json_set_str(json, "client_id", registration->client_id))
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	if (wish->token_endpoint_auth_method != NULL)
		BG_TRY(bg_auth_method_parse(&method, wish->token_endpoint_auth_method, err));
	if (method == BG_AUTH_PRIVATE_KEY_JWT && registration->private_key == NULL)
		return bg_fail(err, BELGO_EINVAL,
			       WHAT ": the client has no key for private_key_jwt; register another");
	BG_TRY(put_wish(json, wish, err));
	if (wish->n_grant_types > 0)
		BG_TRY(put_response_types(json, err));
	*out = BG_TAKE(json);
	return BELGO_OK;
}

static belgo_rc
make_request(struct belgo_http_request *out, const char *method, const char *url, const char *token,
	     const json_t *body, struct belgo_error *err)
{
	BG_AUTO(belgo_http_request_done) struct belgo_http_request req = {0};
	belgo_rc rc = bg_request_begin(&req, method, url, WHAT);

	if (rc == BELGO_OK && token != NULL && (rc = bg_request_bearer(&req, token)) == BELGO_EINVAL)
		return bg_fail(err, rc, WHAT ": the access token fits in no header");
	if (rc == BELGO_OK && body != NULL)
		rc = bg_request_put_json(&req, body);
	if (rc != BELGO_OK)
		return bg_fail(err, rc, WHAT ": %s", belgo_rc_str(rc));
	*out = req;
	req = (struct belgo_http_request){0};
	return BELGO_OK;
}

/* @spec RFC 7591 section 3, 3.1 */
belgo_rc
bg_registration_request(struct belgo_http_request *out, const struct bg_registration_wish *wish,
			const json_t *client_metadata, struct belgo_error *err)
{
	const char *endpoint = wish->metadata->endpoints.registration;

	if (endpoint == NULL)
		return bg_fail(
		    err, BELGO_ENOTFOUND,
		    "%s does not register clients by itself: its metadata name no registration_endpoint",
		    wish->metadata->issuer);
	return make_request(out, "POST", endpoint, wish->initial_access_token, client_metadata, err);
}

/* @spec RFC 7592 section 2.1, 2.2, 2.3 */
belgo_rc
bg_registration_manage_request(struct belgo_http_request *out, const char *method,
			       const struct bg_registration *registration, const json_t *client_metadata,
			       struct belgo_error *err)
{
	if (registration->registration_client_uri == NULL)
		return bg_fail(err, BELGO_ENOTFOUND, "%s gave no means of managing the client",
			       registration->issuer);
	return make_request(out, method, registration->registration_client_uri,
			    registration->registration_access_token, client_metadata, err);
}
