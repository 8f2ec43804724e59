/*
 * The libcurl transport: struct belgo_transport over one easy handle a call. A call borrows an event machine
 * ("lane") of the transport and gives it back with its live connections. Judges no answer.
 */
#include "io/http_curl.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/url.h"
#include "io/sigpipe.h"

#include <belgoauth/env.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Lanes kept for later. More at once are made at need and closed after use. */
#define MAX_IDLE_LANES 4
/* So late nobody looks at a deadline who was awake when it passed. */
#define STOPPED_MS 1000

struct bg_curl_transport {
	pthread_mutex_t lock; /* of the two below: a transport may serve many threads */
	struct bg_lane *idle;
	size_t n_idle;
	struct bg_curl_settings settings;
};

static belgo_rc
borrow_lane(struct belgo_http_call *call, struct belgo_error *err)
{
	struct bg_curl_transport *transport = call->transport;

	(void)pthread_mutex_lock(&transport->lock);
	if ((call->lane = transport->idle) != NULL) {
		transport->idle = call->lane->next;
		transport->n_idle--;
	}
	(void)pthread_mutex_unlock(&transport->lock);
	return call->lane != NULL ? BELGO_OK : bg_lane_new(&call->lane, call->curl, err);
}

static void
return_lane(struct bg_curl_transport *transport, struct bg_lane *lane)
{
	(void)pthread_mutex_lock(&transport->lock);
	if (transport->n_idle < MAX_IDLE_LANES && !lane->is_spent) {
		lane->next = transport->idle;
		transport->idle = BG_TAKE(lane);
		transport->n_idle++;
	}
	(void)pthread_mutex_unlock(&transport->lock);
	bg_lane_free(&lane);
}

/* The connection of a transfer that had not ended is closed by this. */
static void
detach(struct belgo_http_call *call)
{
	BG_AUTO(bg_sigpipe_release) struct bg_sigpipe quiet __attribute__((unused)) = bg_sigpipe_hold();

	if (call->easy != NULL && call->lane != NULL)
		(void)call->curl->multi_remove_handle(call->lane->multi, call->easy);
	if (call->easy != NULL)
		call->curl->easy_cleanup(call->easy);
}

/* Ends a call in any state, begun or half made. */
static void
call_free(struct belgo_http_call **call)
{
	struct belgo_http_call *dead = *call;

	*call = NULL;
	if (dead == NULL)
		return;
	detach(dead);
	if (dead->lane != NULL)
		return_lane(dead->transport, dead->lane);
	for (size_t i = 0; i < dead->n_lines; i++)
		bg_str_free(&dead->lines[i].data);
	free(dead->lines);
	bg_reply_done(&dead->reply);
	bg_str_free(&dead->host);
	bg_str_free(&dead->certificates);
	free(dead);
}

static int
is_method(const char *method)
{
	static const char *const known[] = {"GET", "POST", "PUT", "DELETE"};

	for (size_t i = 0; i < BG_LEN(known); i++)
		if (strcmp(method, known[i]) == 0)
			return 1;
	return 0;
}

/* https, or http on loopback; nothing else leaves this machine. */
static belgo_rc
check_target(struct belgo_http_call *call, struct belgo_error *err)
{
	BG_AUTO(bg_url_done) struct bg_url url = {0};
	const char *what = call->req->what;
	belgo_rc rc;

	if (!is_method(call->req->method))
		return bg_fail(err, BELGO_EINVAL, "%s: not a request method of this library", what);
	if ((rc = bg_url_parse(&url, call->req->url)) != BELGO_OK)
		return bg_fail(err, rc, "%s: the URL cannot be used: %s", what, belgo_rc_str(rc));
	if (url.has_userinfo || url.fragment != NULL)
		return bg_fail(err, BELGO_EINVAL, "%s: the URL has a user name or a fragment", what);
	call->is_loopback = bg_url_is_loopback(&url);
	if (url.scheme != BG_HTTPS && !call->is_loopback)
		return bg_fail(err, BELGO_EINVAL, "%s: %s is not reached by https", what, url.host);
	call->port = url.port;
	call->host = url.is_ipv6 ? bg_strf("[%s]", url.host) : bg_strdup(url.host);
	return call->host != NULL ? BELGO_OK : bg_fail(err, BELGO_ENOMEM, "out of memory");
}

static int64_t
mono_ms(void)
{
	return belgo_system_default()->mono_ms(NULL);
}

static belgo_rc
begin(void *ctx, struct belgo_http_call **out, const struct belgo_http_request *req, struct belgo_error *err)
{
	BG_AUTO(call_free) struct belgo_http_call *call = bg_calloc(1, sizeof(*call));

	if (call == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	call->transport = ctx;
	call->req = req;
	call->timeout_ms = req->timeout_ms > 0 ? req->timeout_ms : BG_TIMEOUT_TOKEN_MS;
	call->began_ms = mono_ms();
	call->reply.body = BG_BUF(req->max_body);
	BG_TRY(check_target(call, err));
	BG_TRY(bg_curl_load(&call->curl, err));
	if ((call->easy = call->curl->easy_init()) == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	BG_TRY(bg_curl_configure(call, &call->transport->settings, err));
	BG_TRY(borrow_lane(call, err));
	if (call->curl->multi_add_handle(call->lane->multi, call->easy) != CURLM_OK)
		return bg_fail(err, BELGO_ENOMEM, "%s: libcurl could not begin the request", req->what);
	*out = BG_TAKE(call);
	return BELGO_OK;
}

static int
call_fd(const struct belgo_http_call *call)
{
	return call->lane->epoll;
}

/*
 * A process that was stopped while its time ran out (^Z, a debugger, a frozen cgroup) finds an answer in its
 * socket that was in time. libcurl looks at the clock first and would throw it away, and with it a refresh
 * token that was rotated and comes only once. So what lies there is read first; what is not whole then is as
 * late as it looks.
 */
static belgo_rc
read_what_came(struct belgo_http_call *call, int64_t late, struct belgo_error *err)
{
	int64_t end = mono_ms() + STOPPED_MS;

	(void)call->curl->easy_setopt(call->easy, CURLOPT_TIMEOUT_MS,
				      (long)(call->timeout_ms + late + 2 * STOPPED_MS));
	while (!call->done && bg_lane_is_readable(call->lane) && mono_ms() < end)
		BG_TRY(bg_lane_dispatch(call->lane, &call->done, &call->result, err));
	if (!call->done) {
		call->done = 1;
		call->result = CURLE_OPERATION_TIMEDOUT;
	}
	return BELGO_OK;
}

static belgo_rc
dispatch(struct belgo_http_call *call, int *done, struct belgo_error *err)
{
	int64_t late = mono_ms() - call->began_ms - call->timeout_ms;

	if (!call->done && late >= STOPPED_MS && bg_lane_is_readable(call->lane))
		BG_TRY(read_what_came(call, late, err));
	else
		BG_TRY(bg_lane_dispatch(call->lane, &call->done, &call->result, err));
	*done = call->done;
	return BELGO_OK;
}

/* The answer moves out of the call; nothing is copied. */
static belgo_rc
take_response(struct belgo_http_call *call, struct belgo_http_response *out, struct belgo_error *err)
{
	size_t len = call->reply.body.len;
	long status = 0;
	char *body;

	/* libcurl is content with a connection that was closed in the middle of the header fields. */
	if (!call->reply.head_complete)
		return bg_fail(err, BELGO_EUNAVAILABLE,
			       "%s: %s:%d closed the connection before the answer was whole", call->req->what,
			       call->host, call->port);
	if (call->curl->easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status) != CURLE_OK ||
	    status < 100 || status > 999)
		return bg_fail(err, BELGO_EPROTO, "%s: %s answered without a status", call->req->what,
			       call->host);
	if ((body = bg_buf_take(&call->reply.body)) == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	*out = (struct belgo_http_response){
	    .status = (int)status,
	    .n_headers = call->reply.n_headers,
	    .headers = BG_TAKE(call->reply.headers),
	    .body = body,
	    .body_len = len,
	    .received_at = belgo_system_default()->wall_ms(NULL) / 1000,
	};
	call->reply.n_headers = 0;
	return BELGO_OK;
}

static belgo_rc
finish(struct belgo_http_call *ended, struct belgo_http_response *out, struct belgo_error *err)
{
	BG_AUTO(call_free) struct belgo_http_call *call = ended;

	if (!call->done)
		return bg_fail(err, BELGO_EINTERNAL, "%s: the request was finished before it had ended",
			       call->req->what);
	if (call->result != CURLE_OK)
		return bg_curl_failure(call, err);
	return take_response(call, out, err);
}

static void
cancel(struct belgo_http_call *call)
{
	call_free(&call);
}

static void
transport_free(void *ctx)
{
	struct bg_curl_transport *transport = ctx;

	if (transport == NULL)
		return;
	while (transport->idle != NULL) {
		struct bg_lane *lane = transport->idle;

		transport->idle = lane->next;
		bg_lane_free(&lane);
	}
	bg_str_free(&transport->settings.ca_file);
	bg_str_free(&transport->settings.proxy);
	bg_str_free(&transport->settings.no_proxy);
	bg_str_free(&transport->settings.user_agent);
	(void)pthread_mutex_destroy(&transport->lock);
	free(transport);
}

static void
free_transport(struct bg_curl_transport **transport)
{
	transport_free(*transport);
}

static const char *
or_default(const char *text, const char *fallback)
{
	return text != NULL ? text : fallback;
}

belgo_rc
belgo_transport_curl_new(struct belgo_transport *out, const struct belgo_curl_params *params,
			 struct belgo_error *err)
{
	static const struct belgo_curl_params defaults = {0};
	BG_AUTO(free_transport) struct bg_curl_transport *transport = NULL;
	struct bg_curl_settings *settings;

	if (params == NULL)
		params = &defaults;
	if ((transport = bg_calloc(1, sizeof(*transport))) == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	(void)pthread_mutex_init(&transport->lock, NULL);
	settings = &transport->settings;
	if (bg_str_set(&settings->ca_file, params->ca_file) != BELGO_OK ||
	    bg_str_set(&settings->proxy, or_default(params->proxy, "")) != BELGO_OK ||
	    bg_str_set(&settings->no_proxy, or_default(params->no_proxy, "")) != BELGO_OK ||
	    bg_str_set(&settings->user_agent,
		       or_default(params->user_agent, "libbelgoauth/" BELGOAUTH_VERSION)) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");

	*out = (struct belgo_transport){
	    .ctx = BG_TAKE(transport),
	    .begin = begin,
	    .fd = call_fd,
	    .dispatch = dispatch,
	    .finish = finish,
	    .cancel = cancel,
	    .free = transport_free,
	};
	return BELGO_OK;
}
