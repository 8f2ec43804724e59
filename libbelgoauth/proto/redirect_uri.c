/*
 * The redirect URI of a provider, by which its answers are told from those of any other. A server that passes
 * a login on to another one is sent that one's code only where both are answered at one place and neither
 * says who it is.
 */
#include "proto/redirect_uri.h"

#include "base/digest.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"

#include <belgoauth/registration.h>

#include <string.h>

int
bg_iss_is_promised(const struct belgo_provider *provider, const struct bg_metadata *metadata)
{
	return metadata->iss_parameter_supported && !provider->iss_not_sent;
}

/* @spec RFC 9700 section 4.4.2.2 */
belgo_rc
belgo_redirect_path(char **out, const char *issuer, struct belgo_error *err)
{
	const char *parts[] = {"redirect", issuer};
	char id[BG_ID_SIZE];

	if (issuer == NULL)
		return bg_fail(err, BELGO_EINVAL, "a redirect path needs an issuer");
	if (bg_digest_id(id, parts, BG_LEN(parts)) != BELGO_OK)
		return bg_fail(err, BELGO_EINTERNAL, "no digest could be made");
	*out = bg_strf("/callback/%.16s", id);
	return *out != NULL ? BELGO_OK : bg_fail(err, BELGO_ENOMEM, "out of memory");
}

belgo_rc
bg_redirect_path(char **out, const struct belgo_provider *provider, int iss_is_promised,
		 struct belgo_error *err)
{
	const char *path = provider->redirect_path;

	if (path == NULL && !iss_is_promised)
		return belgo_redirect_path(out, provider->issuer, err);
	*out = bg_strdup(path != NULL ? path : "/callback");
	return *out != NULL ? BELGO_OK : bg_fail(err, BELGO_ENOMEM, "out of memory");
}

static belgo_rc
reads_promise(int *out, const struct belgo_provider *provider, const char *text, struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *doc = NULL;

	*out = 0;
	if (text == NULL)
		return BELGO_OK;
	BG_TRY(bg_json_object(&doc, text, strlen(text), BG_MAX_METADATA, BG_JSON_NUMBERS_STRICT,
			      "provider metadata", err));
	*out = !provider->iss_not_sent &&
	       json_is_true(json_object_get(doc, "authorization_response_iss_parameter_supported"));
	return BELGO_OK;
}

belgo_rc
belgo_provider_redirect_uri(char **out, const struct belgo_provider *provider, const char *metadata,
			    struct belgo_error *err)
{
	BG_AUTO(bg_str_free) char *path = NULL;
	const char *host = provider->redirect_host != NULL ? provider->redirect_host : "127.0.0.1";
	char port[16] = "";
	int iss_is_promised;

	BG_TRY(reads_promise(&iss_is_promised, provider, metadata, err));
	BG_TRY(bg_redirect_path(&path, provider, iss_is_promised, err));
	if (provider->n_redirect_ports > 0)
		(void)snprintf(port, sizeof(port), ":%d", provider->redirect_ports[0]);
	*out = bg_strf("http://%s%s%s", host, port, path);
	return *out != NULL ? BELGO_OK : bg_fail(err, BELGO_ENOMEM, "out of memory");
}
