/*
 * Which hosts are local, and which URLs are acceptable as an issuer or as one of its endpoints. Judges the
 * text alone: what a name resolves to is the transport's matter.
 */
#include "base/url.h"

#include "base/ascii.h"
#include "base/error.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <string.h>

/* @spec RFC 6890 section 2.2.2, RFC 5771 section 4 */
static const struct {
	uint32_t net, mask;
} private_ipv4[] = {
    {0x00000000, 0xff000000}, /* 0.0.0.0/8 */
    {0x0a000000, 0xff000000}, /* 10.0.0.0/8 */
    {0x64400000, 0xffc00000}, /* 100.64.0.0/10 */
    {0x7f000000, 0xff000000}, /* 127.0.0.0/8 */
    {0xa9fe0000, 0xffff0000}, /* 169.254.0.0/16 */
    {0xac100000, 0xfff00000}, /* 172.16.0.0/12 */
    {0xc0000000, 0xffffff00}, /* 192.0.0.0/24 */
    {0xc0a80000, 0xffff0000}, /* 192.168.0.0/16 */
    {0xc6120000, 0xfffe0000}, /* 198.18.0.0/15 */
    {0xe0000000, 0xe0000000}, /* 224.0.0.0/4 and 240.0.0.0/4 */
};

static int
ipv4_is_private(const unsigned char b[4])
{
	uint32_t addr = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];

	for (size_t i = 0; i < BG_LEN(private_ipv4); i++) {
		if ((addr & private_ipv4[i].mask) == private_ipv4[i].net)
			return 1;
	}
	return 0;
}

/* @spec RFC 6890 section 2.2.3, RFC 4291 section 2.7 */
static int
ipv6_is_private(const unsigned char b[16])
{
	static const unsigned char zeros[12] = {0};
	static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
	static const unsigned char nat64[12] = {0x00, 0x64, 0xff, 0x9b};

	if (memcmp(b, mapped, sizeof(mapped)) == 0 || memcmp(b, nat64, sizeof(nat64)) == 0)
		return ipv4_is_private(b + 12);
	if (b[0] == 0x20 && b[1] == 0x02) /* 6to4 carries its IPv4 address behind the prefix */
		return ipv4_is_private(b + 2);
	return memcmp(b, zeros, sizeof(zeros)) == 0 || /* ::, ::1 and the abandoned "compatible" addresses */
	       (b[0] & 0xfe) == 0xfc ||                /* unique-local */
	       (b[0] == 0xfe && (b[1] & 0x80) == 0x80) || /* link-local, and the abandoned site-local */
	       b[0] == 0xff;                              /* multicast */
}

int
bg_url_is_loopback(const struct bg_url *url)
{
	static const unsigned char one[16] = {[15] = 1};
	unsigned char addr[16];

	if (url->is_ipv6)
		return inet_pton(AF_INET6, url->host, addr) == 1 && memcmp(addr, one, sizeof(one)) == 0;
	if (inet_pton(AF_INET, url->host, addr) == 1)
		return addr[0] == 127;
	return strcmp(url->host, "localhost") == 0;
}

int
bg_url_is_private_literal(const struct bg_url *url)
{
	unsigned char addr[16];

	if (url->is_ipv6)
		return inet_pton(AF_INET6, url->host, addr) == 1 && ipv6_is_private(addr);
	return inet_pton(AF_INET, url->host, addr) == 1 && ipv4_is_private(addr);
}

/* A name that every machine answers itself. @spec RFC 6761 section 6.3 */
static int
is_localhost_name(const char *host)
{
	size_t len = strlen(host), n = strlen("localhost");

	return len >= n && bg_equals_nocase(host + len - n, n, "localhost") &&
	       (len == n || host[len - n - 1] == '.');
}

static int
is_local(const struct bg_url *url)
{
	return bg_url_is_private_literal(url) || is_localhost_name(url->host);
}

static int
is_foreign_port(int port)
{
	static const int ports[] = {21, 22, 23, 25, 110, 143, 465, 587, 993, 995};

	for (size_t i = 0; i < BG_LEN(ports); i++) {
		if (port == ports[i])
			return 1;
	}
	return 0;
}

/* @spec OpenID Connect Discovery 1.0 section 3, RFC 8414 section 2 */
belgo_rc
bg_url_check_issuer(const char *text, const char *what, struct belgo_error *err)
{
	BG_AUTO(bg_url_done) struct bg_url url = {0};
	belgo_rc rc = bg_url_parse(&url, text);

	if (rc != BELGO_OK)
		return bg_fail(err, rc, "%s: %s", what,
			       rc == BELGO_EINVAL ? "not an absolute URL" : belgo_rc_str(rc));
	if (url.scheme == BG_HTTP && !bg_url_is_loopback(&url))
		return bg_fail(err, BELGO_EINVAL, "%s: must be https", what);
	if (url.has_userinfo)
		return bg_fail(err, BELGO_EINVAL, "%s: must not hold a user name", what);
	if (url.query != NULL || url.fragment != NULL)
		return bg_fail(err, BELGO_EINVAL, "%s: must not have a query or fragment", what);
	return BELGO_OK;
}

/* @spec RFC 8414 section 2, RFC 6749 section 3.1, 3.2 */
static const char *
endpoint_fault(const struct bg_url *url, const struct bg_url *issuer)
{
	/* An issuer that does not parse (a template, say) has no host, and so no privilege. */
	int has_host = issuer->host != NULL;

	if (url->scheme == BG_HTTP && !(bg_url_is_loopback(url) && has_host && bg_url_is_loopback(issuer)))
		return "must be https";
	if (url->has_userinfo)
		return "must not hold a user name";
	if (url->fragment != NULL)
		return "must not have a fragment";
	if (is_local(url) && !(has_host && is_local(issuer)))
		return "is an address of a private network, and the issuer is not";
	if (is_foreign_port(url->port))
		return "is on a port that belongs to another service";
	return NULL;
}

belgo_rc
bg_url_check_endpoint(const char *text, const char *issuer, const char *what, struct belgo_error *err)
{
	BG_AUTO(bg_url_done) struct bg_url url = {0}, base = {0};
	const char *fault;
	belgo_rc rc = bg_url_parse(&url, text);

	if (rc == BELGO_EINVAL)
		return bg_fail(err, BELGO_EPROTO, "%s: not an absolute URL", what);
	if (rc != BELGO_OK || bg_url_parse(&base, issuer) == BELGO_ENOMEM)
		return bg_fail(err, BELGO_ENOMEM, "%s: out of memory", what);
	if ((fault = endpoint_fault(&url, &base)) != NULL)
		return bg_fail(err, BELGO_EPROTO, "%s: %s", what, fault);
	return BELGO_OK;
}

/* @spec RFC 8707 section 2: an absolute URI without a fragment; RFC 3986 section 4.3 */
int
bg_uri_is_absolute(const char *text)
{
	size_t scheme = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");
	int begins_with_letter = (text[0] >= 'a' && text[0] <= 'z') || (text[0] >= 'A' && text[0] <= 'Z');

	return begins_with_letter && text[scheme] == ':' && text[scheme + 1] != '\0' &&
	       bg_text_is_nqchar(text) && strpbrk(text, "#\"<>\\^`{|}") == NULL;
}

/* @spec RFC 6454 section 5 */
belgo_rc
bg_url_same_origin(int *out, const char *a, const char *b)
{
	BG_AUTO(bg_url_done) struct bg_url one = {0}, other = {0};
	belgo_rc rc = bg_url_parse(&one, a);

	if (rc == BELGO_OK)
		rc = bg_url_parse(&other, b);
	if (rc == BELGO_ENOMEM)
		return rc;
	*out = rc == BELGO_OK && one.scheme == other.scheme && one.port == other.port &&
	       bg_equals_nocase(one.host, strlen(one.host), other.host) && !other.has_userinfo;
	return BELGO_OK;
}
