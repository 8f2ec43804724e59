/*
 * HTTP as values, and the seam through which an operation sends. The built-in transport is libcurl
 * (belgo_transport_curl_new); a program that brings its own network stack fills a struct belgo_transport.
 */
#ifndef BELGOAUTH_TRANSPORT_H
#define BELGOAUTH_TRANSPORT_H

#include <belgoauth/error.h>

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct belgo_http_header {
	char *name;
	char *value;
};

/* One request. Every pointer is owned by the struct; belgo_http_request_done() wipes and frees. */
struct belgo_http_request {
	const char *method; /* "GET" or "POST"; a literal */
	char *url;
	struct belgo_http_header *headers;
	size_t n_headers;
	char *body; /* NULL: none */
	size_t body_len;
	size_t max_body;  /* ceiling of the decoded answer, bytes */
	int timeout_ms;   /* of the whole exchange */
	const char *what; /* for error texts, a literal: "token endpoint" */
	/* PEM: a certificate, its chain and its private key, to be shown in TLS (RFC 8705); NULL: none. A
	 * transport that cannot must refuse the request. */
	char *client_certificate;
};

/* One answer. Header names are in lower case. */
struct belgo_http_response {
	int status; /* 100 to 999 */
	struct belgo_http_header *headers;
	size_t n_headers;
	char *body; /* NUL after the last byte; never NULL in an answer */
	size_t body_len;
	int64_t received_at; /* POSIX seconds by this machine's clock */
};

BELGO_EXPORT void belgo_http_request_done(struct belgo_http_request *req);
BELGO_EXPORT void belgo_http_response_done(struct belgo_http_response *res);
/* The first header of that name (any case), or NULL. Borrowed. */
BELGO_EXPORT const char *belgo_http_response_header(const struct belgo_http_response *res, const char *name);

struct belgo_http_call; /* one exchange under way; the transport's own */

/*
 * A transport. begin() starts an exchange and must not block; req lives until finish() or cancel().
 * fd() is one pollable descriptor that becomes readable when there is something to do; dispatch() does it and
 * says in *done whether the exchange has ended. finish() hands over the answer, or the reason why there is
 * none: BELGO_EUNAVAILABLE, BELGO_ETLS, BELGO_EPROTO (too large, malformed) or BELGO_ENOMEM; then the call is
 * gone. cancel() ends it without an answer. It must not follow redirects, send cookies, or retry.
 */
struct belgo_transport {
	void *ctx;
	belgo_rc (*begin)(void *ctx, struct belgo_http_call **out, const struct belgo_http_request *req,
			  struct belgo_error *err);
	int (*fd)(const struct belgo_http_call *call);
	belgo_rc (*dispatch)(struct belgo_http_call *call, int *done, struct belgo_error *err);
	belgo_rc (*finish)(struct belgo_http_call *call, struct belgo_http_response *out,
			   struct belgo_error *err);
	void (*cancel)(struct belgo_http_call *call);
	void (*free)(void *ctx); /* may be NULL */
};

/* Settings of the built-in transport. NULL members: the default. Strings are copied. */
struct belgo_curl_params {
	const char *ca_file;    /* PEM bundle trusted in place of the system's */
	const char *proxy;      /* for https requests, as libcurl's CURLOPT_PROXY; NULL: none */
	const char *no_proxy;   /* as CURLOPT_NOPROXY; loopback hosts never go through a proxy */
	const char *user_agent; /* NULL: "libbelgoauth/VERSION" */
};

/*
 * The libcurl transport: https with verified certificates, http for loopback hosts only, no redirects, no
 * cookies, response headers at most 64 KiB, bodies at most max_body. libcurl is loaded at the first begin().
 * @return BELGO_OK, BELGO_ENOMEM, or BELGO_EINVAL.
 */
BELGO_EXPORT belgo_rc belgo_transport_curl_new(struct belgo_transport *out,
					       const struct belgo_curl_params *params,
					       struct belgo_error *err);
BELGO_EXPORT void belgo_transport_done(struct belgo_transport *transport);

#ifdef __cplusplus
}
#endif
#endif
