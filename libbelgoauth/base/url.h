/* Absolute http and https URLs, strictly: RFC 3986 with nothing that a browser would repair. */
#ifndef BG_URL_H
#define BG_URL_H

#include "base/guard.h"

enum bg_scheme { BG_HTTP, BG_HTTPS };

struct bg_url {
	enum bg_scheme scheme;
	char *host; /* without brackets; as written */
	int port;   /* the scheme's where none is written */
	int has_port;
	int is_ipv6;    /* host is an IPv6 literal */
	char *path;     /* "" or begins with '/'; still percent-encoded */
	char *query;    /* without '?', NULL: none */
	char *fragment; /* without '#', NULL: none */
	int has_userinfo;
};

/*
 * BELGO_EINVAL for: another scheme or a scheme in upper case, no host, a port outside 1..65535, any byte
 * outside the URI alphabet (blanks, controls, backslash, non-ASCII), a bad %-triplet, more than BG_MAX_URL
 * bytes; a host that is no plain name, no IPv6 literal and no IPv4 address in its one canonical form (127.1,
 * 0x7f.1, 2130706433, an empty label, a percent sign). Userinfo is parsed and flagged, for the caller to
 * refuse. BELGO_ENOMEM.
 */
belgo_rc bg_url_parse(struct bg_url *out, const char *text) BG_MUST_USE;
void bg_url_done(struct bg_url *url);

/* 127.0.0.0/8 in dotted form, ::1, or "localhost". */
int bg_url_is_loopback(const struct bg_url *url);
/* An IP literal that no public server has: loopback, private, link-local, unique-local, unspecified,
 * multicast, mapped forms of these. */
int bg_url_is_private_literal(const struct bg_url *url);

/*
 * Is text acceptable as an issuer (OpenID Connect Discovery 3, RFC 8414 section 2)? https, or http on a
 * loopback host; no userinfo, query or fragment. BELGO_EINVAL if not, with err set, `what` naming it.
 */
belgo_rc bg_url_check_issuer(const char *text, const char *what, struct belgo_error *err) BG_MUST_USE;
/*
 * Is text acceptable as an endpoint of issuer? https; http only on loopback and only for a loopback issuer;
 * no userinfo, no fragment; no private IP literal or name under localhost unless the issuer's host is such
 * too; not a port of another well-known service (21 22 23 25 110 143 465 587 993 995). BELGO_EPROTO if not.
 */
belgo_rc bg_url_check_endpoint(const char *text, const char *issuer, const char *what,
			       struct belgo_error *err) BG_MUST_USE;

/* Any URI of RFC 3986 section 4.3, of whatever scheme, in its own characters: no fragment. */
int bg_uri_is_absolute(const char *text);

/* *out: have both the same scheme, host and port, and b no user name? 0 for what is no URL. BELGO_ENOMEM. */
belgo_rc bg_url_same_origin(int *out, const char *a, const char *b) BG_MUST_USE;

/* text with the form-encoded query appended by '?' or '&'. NULL where there is no memory. */
char *bg_url_with_query(const char *text, const char *query) BG_MUST_USE;

#endif
