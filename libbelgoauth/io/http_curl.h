/*
 * What the files of the libcurl transport share. http_curl.c: the transport and its calls; http_curl_lane.c:
 * one event machine; http_curl_options.c: what curl is told; http_curl_reply.c: what comes back;
 * http_curl_error.c: why not.
 */
#ifndef BG_HTTP_CURL_H
#define BG_HTTP_CURL_H

#include "base/buf.h"
#include "io/curl_load.h"

#include <belgoauth/transport.h>

/*
 * A multi handle with its live connections, and the epoll descriptor in which its sockets and its timer
 * stand. Used by one call at a time, then kept for the next.
 */
struct bg_lane {
	const struct bg_curl *curl;
	CURLM *multi;
	int epoll;
	int timer;
	int is_spent; /* of no more use: a socket of it could not be watched */
	struct bg_lane *next;
};

belgo_rc bg_lane_new(struct bg_lane **out, const struct bg_curl *curl, struct belgo_error *err) BG_MUST_USE;
void bg_lane_free(struct bg_lane **lane);
/* Gives curl every event that stands ready; never waits. *done: the (only) transfer ended, with *result. */
belgo_rc bg_lane_dispatch(struct bg_lane *lane, int *done, CURLcode *result,
			  struct belgo_error *err) BG_MUST_USE;
/* Whether a socket has something to read; a timer that went off is not meant. */
int bg_lane_is_readable(const struct bg_lane *lane);

/* Why our own callbacks ended a transfer. */
enum bg_reply_fault {
	BG_REPLY_FINE,
	BG_REPLY_HEADERS_TOO_LARGE,
	BG_REPLY_BODY_TOO_LARGE,
	BG_REPLY_MALFORMED,
	BG_REPLY_NOMEM,
};

/* The answer while it comes in. */
struct bg_reply {
	struct belgo_http_header *headers; /* of the last block of the head */
	size_t n_headers;
	size_t cap_headers;
	size_t header_bytes; /* of all blocks, trailers too */
	struct bg_buf body;
	int block_status;  /* of the block that is being read; 0: none yet */
	int head_complete; /* what comes in lines now are trailers */
	enum bg_reply_fault fault;
};

/* CURLOPT_HEADERFUNCTION: one line. Returns 0 on a fault, 1 otherwise. */
int bg_reply_header_line(struct bg_reply *reply, const char *line, size_t len);
/* CURLOPT_WRITEFUNCTION. The same. */
int bg_reply_body(struct bg_reply *reply, const char *data, size_t len);
void bg_reply_done(struct bg_reply *reply);

struct bg_curl_transport;

struct belgo_http_call {
	struct bg_curl_transport *transport;
	const struct bg_curl *curl;
	struct bg_lane *lane;
	CURL *easy;
	const struct belgo_http_request *req;
	char *host; /* for error texts and the loopback rule */
	int port;
	int is_loopback;
	long timeout_ms; /* of the whole exchange */
	int64_t began_ms;
	struct curl_slist *lines; /* request header lines, nodes and text our own */
	size_t n_lines;
	char *certificates; /* of req->client_certificate, which has their key too */
	struct bg_reply reply;
	size_t body_sent; /* of req->body, handed to curl */
	int done;
	CURLcode result;
};

/* The transport's settings, as struct belgo_curl_params; never NULL but for ca_file. */
struct bg_curl_settings {
	char *ca_file;
	char *proxy;
	char *no_proxy;
	char *user_agent;
};

/* Tells call->easy everything. BELGO_ENOMEM; BELGO_EINTERNAL where curl refuses an option; BELGO_EINVAL for
 * the request. */
belgo_rc bg_curl_configure(struct belgo_http_call *call, const struct bg_curl_settings *settings,
			   struct belgo_error *err) BG_MUST_USE;

/* The rc and the sentence for a transfer that gave no answer. */
belgo_rc bg_curl_failure(const struct belgo_http_call *call, struct belgo_error *err);

#endif
