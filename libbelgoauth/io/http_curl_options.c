/*
 * Everything that libcurl is told for one request. Each setting that an environment variable or a default of
 * the build could change is set here by name, so that a request does the same on every machine.
 */
#include "io/http_curl.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/pem.h"

#include <openssl/ssl.h>

#include <string.h>

#define CONNECT_TIMEOUT_MS 10000L
#define STALL_BYTES_PER_S 30L
#define STALL_S 10L

/* A run of options for one handle: after the first refusal the others are skipped. */
struct run {
	const struct bg_curl *curl;
	CURL *easy;
	CURLcode code;
};

static void
set_long(struct run *run, CURLoption option, long value)
{
	if (run->code == CURLE_OK)
		run->code = run->curl->easy_setopt(run->easy, option, value);
}

static void
set_ptr(struct run *run, CURLoption option, const void *value)
{
	if (run->code == CURLE_OK)
		run->code = run->curl->easy_setopt(run->easy, option, value);
}

/*
 * A server may think for long before it answers, but once it has begun it must go on. Set only now, so that a
 * slow token endpoint is not cut off in the middle of rotating a refresh token.
 */
static void
expect_progress(const struct belgo_http_call *call)
{
	(void)call->curl->easy_setopt(call->easy, CURLOPT_LOW_SPEED_LIMIT, STALL_BYTES_PER_S);
	(void)call->curl->easy_setopt(call->easy, CURLOPT_LOW_SPEED_TIME, STALL_S);
}

/* Both callbacks: a count other than the one given ends the transfer. */
static size_t
on_header(char *line, size_t size, size_t n, void *user)
{
	struct belgo_http_call *call = user;

	if (call->reply.header_bytes == 0)
		expect_progress(call);
	return bg_reply_header_line(&call->reply, line, size * n) ? size * n : 0;
}

static size_t
on_body(char *data, size_t size, size_t n, void *user)
{
	struct belgo_http_call *call = user;

	int fine = bg_reply_body(&call->reply, data, size * n);

	/* libcurl's receive buffer, which it frees as it is. These bytes it has read, and now they are read.
	 */
	bg_wipe(data, size * n);
	return fine ? size * n : 0;
}

/* CURLOPT_OPENSOCKETFUNCTION. curl's own would be inherited by every program that this one starts. */
static curl_socket_t
on_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
	int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);

	(void)user;
	(void)purpose;
	return fd >= 0 ? fd : CURL_SOCKET_BAD;
}

/* CURLOPT_SSL_CTX_FUNCTION. OpenSSL would leave the last decrypted record, which holds tokens, in its buffer.
 */
static CURLcode
on_tls(CURL *easy, void *ctx, void *user)
{
	const struct belgo_http_call *call = user;

	(void)easy;
	(void)call->curl->ssl_ctx_set_options(ctx, SSL_OP_CLEANSE_PLAINTEXT);
	return CURLE_OK;
}

/*
 * libcurl sends a request again, POST too, where a kept connection ends without an answer. A code or a
 * refresh token that comes a second time is theft in the eyes of the server, which then revokes everything. A
 * body that is read from here cannot be rewound, so the second try fails where a byte of it has gone out
 * already.
 * @spec RFC 9110 section 9.2.2
 */
static size_t
on_read(char *out, size_t size, size_t n, void *user)
{
	struct belgo_http_call *call = user;
	size_t left = call->req->body_len - call->body_sent, len = size * n < left ? size * n : left;

	memcpy(out, call->req->body + call->body_sent, len);
	call->body_sent += len;
	return len;
}

static void
set_protocol(struct run *run, const struct belgo_http_call *call)
{
	set_ptr(run, CURLOPT_URL, call->req->url);
	set_ptr(run, CURLOPT_PROTOCOLS_STR, call->is_loopback ? "http,https" : "https");
	set_long(run, CURLOPT_FOLLOWLOCATION, 0);
	set_long(run, CURLOPT_DISALLOW_USERNAME_IN_URL, 1);
	set_long(run, CURLOPT_NETRC, CURL_NETRC_IGNORED);
	set_long(run, CURLOPT_HTTP09_ALLOWED, 0);
	/* One exchange at a time on a connection: HTTP/2 would add a parser to attack and gain nothing. */
	set_long(run, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
	/* NULL: nothing is asked for and nothing is decoded, so a body cannot grow after it was counted. */
	set_ptr(run, CURLOPT_ACCEPT_ENCODING, NULL);
	set_long(run, CURLOPT_HTTP_CONTENT_DECODING, 0);
	set_long(run, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1);
}

static void
set_limits(struct run *run, const struct belgo_http_call *call)
{
	const struct belgo_http_request *req = call->req;

	set_long(run, CURLOPT_TIMEOUT_MS, call->timeout_ms);
	set_long(run, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
	set_long(run, CURLOPT_NOSIGNAL, 1);
	set_long(run, CURLOPT_NOPROGRESS, 1);
	set_long(run, CURLOPT_TCP_NODELAY, 1);
	/* What Content-Length announces is refused before a byte of it; 0 would mean no ceiling. */
	if (run->code == CURLE_OK && req->max_body > 0)
		run->code =
		    run->curl->easy_setopt(run->easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)req->max_body);
#if LIBCURL_VERSION_NUM >= 0x075700
	/* Cancelling must not wait for a resolver's thread. An older library at run time does not know it: no
	 * harm. */
	(void)run->curl->easy_setopt(run->easy, CURLOPT_QUICK_EXIT, 1L);
#endif
}

/*
 * The hashed directory where there is one: parsing a whole bundle is most of what a refresh costs.
 * A file that the caller named is trusted in place of everything else.
 */
static void
set_trust(struct run *run, const char *ca_file)
{
	const char *ca_dir = run->curl->ca_dir;

	set_long(run, CURLOPT_SSL_VERIFYPEER, 1);
	set_long(run, CURLOPT_SSL_VERIFYHOST, 2);
	set_long(run, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
	set_long(run, CURLOPT_PROXY_SSL_VERIFYPEER, 1);
	set_long(run, CURLOPT_PROXY_SSL_VERIFYHOST, 2);
	set_long(run, CURLOPT_PROXY_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
	if (ca_file == NULL && ca_dir == NULL)
		return;
	set_ptr(run, CURLOPT_CAINFO, ca_file);
	set_ptr(run, CURLOPT_CAPATH, ca_file != NULL ? NULL : ca_dir);
	set_ptr(run, CURLOPT_PROXY_CAINFO, ca_file);
	set_ptr(run, CURLOPT_PROXY_CAPATH, ca_file != NULL ? NULL : ca_dir);
}

static void
set_blob(struct run *run, CURLoption option, char *pem)
{
	struct curl_blob blob = {.data = pem, .len = strlen(pem), .flags = CURL_BLOB_NOCOPY};

	set_ptr(run, option, &blob);
}

/*
 * libcurl keeps a copy of the certificate with its connection and frees it as it is, so it gets that without
 * the key. Of the key it makes none.
 * @spec RFC 8705 section 2
 */
static belgo_rc
set_certificate(struct run *run, struct belgo_http_call *call, struct belgo_error *err)
{
	char *pem = call->req->client_certificate;

	if (pem == NULL)
		return BELGO_OK;
	if (bg_pem_certificates(&call->certificates, pem) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	set_blob(run, CURLOPT_SSLCERT_BLOB, call->certificates);
	set_blob(run, CURLOPT_SSLKEY_BLOB, pem);
	return BELGO_OK;
}

/* Always by name: left out, libcurl would read http_proxy, no_proxy and their like from the environment. */
static void
set_proxy(struct run *run, const struct belgo_http_call *call, const struct bg_curl_settings *settings)
{
	set_ptr(run, CURLOPT_PROXY, call->is_loopback ? "" : settings->proxy);
	set_ptr(run, CURLOPT_NOPROXY, settings->no_proxy);
}

/* An absent body must be named: without one libcurl would read standard input. */
static void
set_body(struct run *run, struct belgo_http_call *call)
{
	const struct belgo_http_request *req = call->req;

	if (req->body == NULL && strcmp(req->method, "POST") != 0) {
		set_long(run, CURLOPT_HTTPGET, 1);
	} else if (req->body == NULL || req->body_len == 0) {
		set_long(run, CURLOPT_POST, 1);
		set_ptr(run, CURLOPT_POSTFIELDS, "");
	} else {
		set_long(run, CURLOPT_POST, 1);
		set_ptr(run, CURLOPT_READDATA, call);
		if (run->code == CURLE_OK)
			run->code = run->curl->easy_setopt(run->easy, CURLOPT_READFUNCTION, on_read);
		if (run->code == CURLE_OK)
			run->code = run->curl->easy_setopt(run->easy, CURLOPT_POSTFIELDSIZE_LARGE,
							   (curl_off_t)req->body_len);
	}
	/* PUT and DELETE of RFC 7592 too; the word alone, the rest follows from the body. */
	set_ptr(run, CURLOPT_CUSTOMREQUEST, req->method);
}

static int
is_header_text(const char *text, int is_name)
{
	for (const char *c = text; *c != '\0'; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f || (is_name && (*c == ':' || *c == ' ')))
			return 0;
	return !is_name || *text != '\0';
}

static belgo_rc
add_line(struct belgo_http_call *call, char *line, struct belgo_error *err)
{
	struct curl_slist *node = &call->lines[call->n_lines];

	if (line == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	node->data = line;
	node->next = NULL;
	if (call->n_lines > 0)
		call->lines[call->n_lines - 1].next = node;
	call->n_lines++;
	return BELGO_OK;
}

/* The list is built by hand so that the text is ours to wipe; libcurl only reads it. */
static belgo_rc
make_lines(struct belgo_http_call *call, struct belgo_error *err)
{
	const struct belgo_http_request *req = call->req;

	if ((call->lines = bg_calloc(req->n_headers + 1, sizeof(*call->lines))) == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	for (size_t i = 0; i < req->n_headers; i++) {
		const struct belgo_http_header *h = &req->headers[i];

		if (!is_header_text(h->name, 1) || !is_header_text(h->value, 0))
			return bg_fail(err, BELGO_EINVAL, "%s: a request header holds a control character",
				       req->what);
		/* libcurl sends "Name:" only for "Name;". */
		BG_TRY(add_line(
		    call, *h->value != '\0' ? bg_strf("%s: %s", h->name, h->value) : bg_strf("%s;", h->name),
		    err));
	}
	/* No "Expect: 100-continue": a second round trip, and servers that never answer it. */
	return add_line(call, bg_strdup("Expect:"), err);
}

belgo_rc
bg_curl_configure(struct belgo_http_call *call, const struct bg_curl_settings *settings,
		  struct belgo_error *err)
{
	struct run run = {.curl = call->curl, .easy = call->easy, .code = CURLE_OK};

	BG_TRY(make_lines(call, err));
	set_protocol(&run, call);
	set_limits(&run, call);
	set_trust(&run, settings->ca_file);
	BG_TRY(set_certificate(&run, call, err));
	set_proxy(&run, call, settings);
	set_body(&run, call);
	set_ptr(&run, CURLOPT_HTTPHEADER, call->lines);
	set_ptr(&run, CURLOPT_USERAGENT, settings->user_agent);
	set_ptr(&run, CURLOPT_HEADERDATA, call);
	set_ptr(&run, CURLOPT_WRITEDATA, call);
	set_ptr(&run, CURLOPT_SSL_CTX_DATA, call);
	if (run.code == CURLE_OK)
		run.code = call->curl->easy_setopt(call->easy, CURLOPT_HEADERFUNCTION, on_header);
	if (run.code == CURLE_OK)
		run.code = call->curl->easy_setopt(call->easy, CURLOPT_WRITEFUNCTION, on_body);
	if (run.code == CURLE_OK)
		run.code = call->curl->easy_setopt(call->easy, CURLOPT_OPENSOCKETFUNCTION, on_socket);
	if (run.code == CURLE_OK && call->curl->ssl_ctx_set_options != NULL)
		run.code = call->curl->easy_setopt(call->easy, CURLOPT_SSL_CTX_FUNCTION, on_tls);
	if (run.code == CURLE_OUT_OF_MEMORY)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	if (run.code != CURLE_OK)
		return bg_fail(err, BELGO_EINTERNAL, "%s: libcurl refused a setting: %s", call->req->what,
			       call->curl->easy_strerror(run.code));
	return BELGO_OK;
}
