/*
 * Client ID metadata documents: which URL may be a client id, who takes one, and what stands there.
 * Publishing it is the user's business, fetching it the provider's.
 */
#include "proto/client_id_metadata.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/url.h"
#include "jose/jwk.h"

#include <string.h>
#include <strings.h>

#define WHAT "client id"

static int
is_dot(const char **p)
{
	size_t len = **p == '.' ? 1 : strncasecmp(*p, "%2e", 3) == 0 ? 3 : 0;

	*p += len;
	return len > 0;
}

/* "." or "..", however they are written: servers and proxies take them out of a URL. */
static int
has_dot_segment(const char *path)
{
	for (const char *p = strchr(path, '/'); p != NULL; p = strchr(p, '/')) {
		p++;
		if (is_dot(&p)) {
			(void)is_dot(&p);
			if (*p == '/' || *p == '\0')
				return 1;
		}
	}
	return 0;
}

/* @spec draft-ietf-oauth-client-id-metadata-document section 3 */
belgo_rc
bg_client_id_metadata_check(const char *client_id, struct belgo_error *err)
{
	BG_AUTO(bg_url_done) struct bg_url url = {0};
	belgo_rc rc = bg_url_parse(&url, client_id);

	if (rc == BELGO_ENOMEM)
		return bg_fail(err, rc, "out of memory");
	if (rc != BELGO_OK || url.scheme != BG_HTTPS)
		return bg_fail(err, BELGO_EINVAL, WHAT ": not an https URL");
	if (url.path[0] == '\0' || url.path[1] == '\0')
		return bg_fail(err, BELGO_EINVAL, WHAT ": the URL has no path");
	if (has_dot_segment(url.path))
		return bg_fail(err, BELGO_EINVAL, WHAT ": the URL has a dot segment");
	if (url.query != NULL || url.fragment != NULL || url.has_userinfo)
		return bg_fail(err, BELGO_EINVAL, WHAT ": the URL has a query, fragment or user name");
	return BELGO_OK;
}

/* @spec draft-ietf-oauth-client-id-metadata-document section 6 */
belgo_rc
bg_client_id_metadata_offered(const char *client_id, const struct bg_metadata *metadata,
			      struct belgo_error *err)
{
	belgo_rc rc;

	if (metadata->json == NULL || metadata->client_id_metadata_document_supported)
		return BELGO_OK;
	if ((rc = bg_client_id_metadata_check(client_id, NULL)) == BELGO_ENOMEM)
		return bg_fail(err, rc, "out of memory");
	return rc != BELGO_OK ? BELGO_OK
			      : bg_fail(err, BELGO_EINVAL,
					"%s takes no URL for a client id: its metadata do not say "
					"client_id_metadata_document_supported",
					metadata->issuer);
}

/* @spec draft-ietf-oauth-client-id-metadata-document section 4.1: no method by a shared secret */
static belgo_rc
choose_method(const char **out, const struct bg_registration_wish *wish, struct belgo_error *err)
{
	const char *wanted = wish->token_endpoint_auth_method;
	int has_keys = wish->jwks != NULL || wish->jwks_uri != NULL;
	const char *method = has_keys ? "private_key_jwt" : "none";

	if (wish->jwks != NULL && wish->jwks_uri != NULL) /* @spec RFC 7591 section 2 */
		return bg_fail(err, BELGO_EINVAL, WHAT ": the document has its keys in it, or elsewhere");
	if (wanted != NULL && strcmp(wanted, method) != 0)
		return bg_fail(
		    err, BELGO_EINVAL,
		    has_keys ? WHAT ": a client that publishes keys authenticates by private_key_jwt"
			     : WHAT ": what is published has no secret in it: the client authenticates by "
				    "none, or by private_key_jwt with the keys that it publishes");
	*out = method;
	return BELGO_OK;
}

static int
is_public_key(const json_t *key)
{
	const char *kty = json_string_value(json_object_get(key, "kty"));

	return kty != NULL && strcmp(kty, "oct") != 0 && !bg_jwk_is_private(key);
}

static belgo_rc
read_keys(json_t **out, const char *text, struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *set = NULL;
	const json_t *keys, *key;
	size_t i;

	if (bg_json_object(&set, text, strlen(text), BG_MAX_JWKS, BG_JSON_NUMBERS_STRICT, "the client's keys",
			   NULL) == BELGO_ENOMEM)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	keys = json_object_get(set, "keys");
	if (json_array_size(keys) == 0)
		return bg_fail(err, BELGO_EINVAL, "the client's keys: no JWK Set");
	json_array_foreach(keys, i, key)
	{
		if (!is_public_key(key))
			return bg_fail(err, BELGO_EINVAL,
				       "the client's keys: one is not public, and what is published here is");
	}
	*out = BG_TAKE(set);
	return BELGO_OK;
}

static belgo_rc
check_keys_url(const char *text, struct belgo_error *err)
{
	BG_AUTO(bg_url_done) struct bg_url url = {0};
	belgo_rc rc = bg_url_parse(&url, text);

	if (rc == BELGO_ENOMEM)
		return bg_fail(err, rc, "out of memory");
	return rc == BELGO_OK && url.scheme == BG_HTTPS && !url.has_userinfo && url.fragment == NULL
		   ? BELGO_OK
		   : bg_fail(err, BELGO_EINVAL, "the client's keys: not at an https URL");
}

/* @spec RFC 7591 section 2 (jwks, jwks_uri) */
static belgo_rc
put_keys(json_t *json, const struct bg_registration_wish *wish, struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *set = NULL;

	if (wish->jwks_uri != NULL)
		BG_TRY(check_keys_url(wish->jwks_uri, err));
	if (wish->jwks != NULL)
		BG_TRY(read_keys(&set, wish->jwks, err));
	if (bg_json_set_str(json, "jwks_uri", wish->jwks_uri) != BELGO_OK ||
	    (set != NULL && json_object_set(json, "jwks", set) != 0))
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	return BELGO_OK;
}

/* @spec draft-ietf-oauth-client-id-metadata-document section 4, 4.1 */
belgo_rc
bg_client_id_metadata_document(json_t **out, const char *client_id, const struct bg_registration_wish *wish,
			       struct belgo_error *err)
{
	/* It is for every provider, so nothing that one of them offers counts. */
	const struct belgo_provider provider = {0};
	const struct bg_metadata metadata = {0};
	BG_AUTO(bg_json_free) json_t *json = NULL;
	struct bg_registration_wish all = *wish;
	const char *method = NULL;

	all.provider = &provider;
	all.metadata = &metadata;
	all.token_endpoint_auth_method = "none";
	BG_TRY(bg_client_id_metadata_check(client_id, err));
	BG_TRY(choose_method(&method, wish, err));
	BG_TRY(bg_registration_metadata(&json, &all, err));
	BG_TRY(put_keys(json, wish, err));
	if (bg_json_set_str(json, "client_id", client_id) != BELGO_OK ||
	    bg_json_set_str(json, "token_endpoint_auth_method", method) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	*out = BG_TAKE(json);
	return BELGO_OK;
}
