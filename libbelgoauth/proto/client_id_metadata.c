/*
 * Client ID metadata documents: which URL may be a client id, who takes one, and what stands there.
 * Publishing it is the user's business, fetching it the provider's.
 */
#include "proto/client_id_metadata.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/url.h"

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

	all.provider = &provider;
	all.metadata = &metadata;
	all.token_endpoint_auth_method = "none";
	BG_TRY(bg_client_id_metadata_check(client_id, err));
	BG_TRY(bg_registration_metadata(&json, &all, err));
	if (bg_json_set_str(json, "client_id", client_id) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	*out = BG_TAKE(json);
	return BELGO_OK;
}
