/*
 * Taking an absolute http or https URL to pieces. What a browser or libcurl would read otherwise than it
 * stands there (odd numeric hosts, percent signs in a host, upper-case schemes) is refused. Policy is in
 * url_check.c.
 */
#include "base/url.h"

#include "base/ascii.h"
#include "base/limits.h"
#include "base/mem.h"

#include <arpa/inet.h>
#include <string.h>

#define MAX_HOST 253
#define MAX_LABEL 63
#define USERINFO_EXTRA "-._~!$&'()*+,;=:"
#define PCHAR_EXTRA USERINFO_EXTRA "@"

/* @spec RFC 3986 section 2 */
static int
consists_of(const char *s, size_t len, const char *extra)
{
	for (size_t i = 0; i < len; i++) {
		if (bg_is_alnum(s[i]) || (s[i] != '\0' && strchr(extra, s[i]) != NULL))
			continue;
		if (s[i] != '%' || len - i < 3 || bg_hex_value(s[i + 1]) < 0 || bg_hex_value(s[i + 2]) < 0)
			return 0;
		i += 2;
	}
	return 1;
}

/* Would a resolver take this label for a number? Then the whole host is an IPv4 address or nothing. */
static int
is_number(const char *label)
{
	const char *digits = "0123456789";

	if (label[0] == '0' && (label[1] == 'x' || label[1] == 'X')) {
		digits = "0123456789abcdefABCDEF";
		label += 2;
	}
	return label[strspn(label, digits)] == '\0';
}

static int
is_canonical_ipv4(const char *host)
{
	struct in_addr addr;
	char text[INET_ADDRSTRLEN];

	return inet_pton(AF_INET, host, &addr) == 1 &&
	       inet_ntop(AF_INET, &addr, text, sizeof(text)) != NULL && strcmp(host, text) == 0;
}

/* @spec RFC 3986 section 3.2.2, RFC 1123 section 2.1 */
static int
is_host_name(const char *host)
{
	const char *label = host;
	size_t len;

	if (strlen(host) > MAX_HOST || !consists_of(host, strlen(host), "-._") || strchr(host, '%') != NULL)
		return 0;
	for (;;) {
		len = strcspn(label, ".");
		if (len == 0 || len > MAX_LABEL)
			return 0;
		if (label[len] == '\0')
			break;
		label += len + 1;
	}
	return !is_number(label) || is_canonical_ipv4(host);
}

static int
is_ipv6(const char *host)
{
	struct in6_addr addr;

	return inet_pton(AF_INET6, host, &addr) == 1;
}

static belgo_rc
copy(char **out, const char *s, size_t len)
{
	return (*out = bg_strndup(s, len)) == NULL ? BELGO_ENOMEM : BELGO_OK;
}

/* @spec RFC 3986 section 3.2.3 */
static belgo_rc
parse_port(struct bg_url *url, const char *s, size_t len)
{
	if (len == 0 || len > 5 || s[0] == '0')
		return BELGO_EINVAL;
	for (size_t i = 0; i < len; i++) {
		if (!bg_is_digit(s[i]))
			return BELGO_EINVAL;
		url->port = (i == 0 ? 0 : url->port * 10) + (s[i] - '0');
	}
	url->has_port = 1;
	return url->port <= 65535 ? BELGO_OK : BELGO_EINVAL;
}

static belgo_rc
parse_host(struct bg_url *url, const char *s, size_t len)
{
	const char *close = memchr(s, ']', len);
	const char *end, *stop = s + len;

	if (len > 0 && s[0] == '[' && close != NULL) {
		url->is_ipv6 = 1;
		BG_TRY(copy(&url->host, s + 1, (size_t)(close - s) - 1));
		end = close + 1;
	} else {
		end = memchr(s, ':', len);
		end = (end == NULL) ? stop : end;
		BG_TRY(copy(&url->host, s, (size_t)(end - s)));
	}
	if (!(url->is_ipv6 ? is_ipv6(url->host) : is_host_name(url->host)))
		return BELGO_EINVAL;
	if (end == stop)
		return BELGO_OK;
	return (*end == ':') ? parse_port(url, end + 1, (size_t)(stop - end) - 1) : BELGO_EINVAL;
}

/* @spec RFC 3986 section 3.2 */
static belgo_rc
parse_authority(struct bg_url *url, const char *s, size_t len)
{
	const char *at = memchr(s, '@', len);

	if (at != NULL) {
		if (!consists_of(s, (size_t)(at - s), USERINFO_EXTRA))
			return BELGO_EINVAL;
		url->has_userinfo = 1;
		len -= (size_t)(at - s) + 1;
		s = at + 1;
	}
	return parse_host(url, s, len);
}

/* The part of *s up to one of stop, *s then standing at what ended it. */
static belgo_rc
parse_part(char **out, const char **s, const char *stop, const char *extra)
{
	size_t len = strcspn(*s, stop);

	if (!consists_of(*s, len, extra))
		return BELGO_EINVAL;
	BG_TRY(copy(out, *s, len));
	*s += len;
	return BELGO_OK;
}

/* @spec RFC 3986 section 3 */
static belgo_rc
parse_rest(struct bg_url *url, const char *s)
{
	BG_TRY(parse_part(&url->path, &s, "?#", PCHAR_EXTRA "/"));
	if (*s == '?') {
		s++;
		BG_TRY(parse_part(&url->query, &s, "#", PCHAR_EXTRA "/?"));
	}
	if (*s == '#') {
		s++;
		BG_TRY(parse_part(&url->fragment, &s, "", PCHAR_EXTRA "/?"));
	}
	return BELGO_OK;
}

belgo_rc
bg_url_parse(struct bg_url *out, const char *text)
{
	BG_AUTO(bg_url_done) struct bg_url url = {0};
	size_t len;

	if (text == NULL || strlen(text) > BG_MAX_URL)
		return BELGO_EINVAL;
	if (bg_str_begins(text, "https://"))
		url.scheme = BG_HTTPS;
	else if (bg_str_begins(text, "http://"))
		url.scheme = BG_HTTP;
	else
		return BELGO_EINVAL;
	url.port = (url.scheme == BG_HTTPS) ? 443 : 80;
	text = strstr(text, "//") + 2;
	len = strcspn(text, "/?#");
	BG_TRY(parse_authority(&url, text, len));
	BG_TRY(parse_rest(&url, text + len));

	*out = url;
	url = (struct bg_url){0};
	return BELGO_OK;
}

void
bg_url_done(struct bg_url *url)
{
	bg_str_free(&url->host);
	bg_str_free(&url->path);
	bg_str_free(&url->query);
	bg_str_free(&url->fragment);
	*url = (struct bg_url){0};
}

char *
bg_url_with_query(const char *text, const char *query)
{
	const char *mark = strchr(text, '?');
	const char *joint = (mark == NULL) ? "?" : (mark[1] == '\0') ? "" : "&";

	return (*query == '\0') ? bg_strdup(text) : bg_strf("%s%s%s", text, joint, query);
}
