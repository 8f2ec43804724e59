/*
 * URLs: the pieces make up the text again, nothing is lost or mended; libcurl, which will connect, sees the
 * same host and port; and what passes for an issuer or endpoint is one.
 */
#include "fuzz.h"

#include "base/mem.h"
#include "base/text.h"
#include "base/url.h"

#include <curl/curl.h>
#include <stdlib.h>

static void
check_pieces(const struct bg_url *url, const char *text)
{
	BG_AUTO(bg_str_free) char *port = url->has_port ? bg_strf(":%d", url->port) : bg_strdup("");
	BG_AUTO(bg_str_free)
	char *again = bg_strf("%s://%s%s%s%s%s%s%s%s%s", url->scheme == BG_HTTPS ? "https" : "http",
			      url->is_ipv6 ? "[" : "", url->host, url->is_ipv6 ? "]" : "", port, url->path,
			      url->query != NULL ? "?" : "", url->query != NULL ? url->query : "",
			      url->fragment != NULL ? "#" : "", url->fragment != NULL ? url->fragment : "");

	HOLDS(fuzz_is_printable(text));
	HOLDS(url->port >= 1 && url->port <= 65535);
	HOLDS(url->path[0] == '\0' || url->path[0] == '/');
	if (!url->has_userinfo)
		HOLDS(strcmp(again, text) == 0);
}

static void
curl_url_free(CURLU **handle)
{
	curl_url_cleanup(*handle);
}

static void
curl_text_free(char **text)
{
	curl_free(*text);
}

/* Judging one host and connecting to another is how private addresses are reached. */
static void
check_curl(const struct bg_url *url, const char *text)
{
	BG_AUTO(curl_url_free) CURLU *handle = curl_url();
	BG_AUTO(curl_text_free) char *host = NULL;
	BG_AUTO(curl_text_free) char *port = NULL;
	const char *bare;

	HOLDS(handle != NULL);
	if (curl_url_set(handle, CURLUPART_URL, text, 0) != CURLUE_OK)
		return;
	HOLDS(curl_url_get(handle, CURLUPART_HOST, &host, 0) == CURLUE_OK);
	HOLDS(curl_url_get(handle, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK);
	bare = host + (url->is_ipv6 ? 1 : 0);
	/* curl writes IPv6 addresses its own way, shorter. */
	HOLDS(url->is_ipv6 ? host[0] == '[' : strcmp(bare, url->host) == 0);
	HOLDS(strtol(port, NULL, 10) == url->port);
}

static void
check_policy(const struct bg_url *url, const char *text)
{
	struct belgo_error err = {0};
	belgo_rc rc = bg_url_check_issuer(text, "issuer", &err);

	if (rc == BELGO_OK)
		HOLDS(url->query == NULL && url->fragment == NULL && !url->has_userinfo &&
		      (url->scheme == BG_HTTPS || bg_url_is_loopback(url)));
	else
		fuzz_check_error(rc, &err, NULL);
	if (bg_url_check_endpoint(text, FUZZ_ISSUER, "endpoint", NULL) == BELGO_OK)
		fuzz_check_endpoint(text);
	if (bg_url_check_endpoint(text, "http://127.0.0.1:8080", "endpoint", NULL) == BELGO_OK)
		HOLDS(url->scheme == BG_HTTPS || bg_url_is_loopback(url));
}

static void
check_query(const struct bg_url *url, const char *text)
{
	BG_AUTO(bg_str_free) char *longer = bg_url_with_query(text, "a=b&c=d");
	BG_AUTO(bg_url_done) struct bg_url again = {0};
	size_t len;

	if (url->fragment != NULL || bg_url_parse(&again, longer) != BELGO_OK)
		return;
	len = strlen(again.query);
	HOLDS(strcmp(again.host, url->host) == 0 && strcmp(again.path, url->path) == 0);
	HOLDS(len >= 7 && strcmp(again.query + len - 7, "a=b&c=d") == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BG_AUTO(fuzz_free) char *text = fuzz_text(data, size);
	BG_AUTO(bg_url_done) struct bg_url url = {0};
	belgo_rc rc = bg_url_parse(&url, text);

	if (rc != BELGO_OK) {
		HOLDS(rc == BELGO_EINVAL && url.host == NULL);
		HOLDS(bg_url_check_issuer(text, "issuer", NULL) == BELGO_EINVAL);
		HOLDS(bg_url_check_endpoint(text, FUZZ_ISSUER, "endpoint", NULL) == BELGO_EPROTO);
		return 0;
	}
	check_pieces(&url, text);
	check_curl(&url, text);
	check_policy(&url, text);
	check_query(&url, text);
	return 0;
}
