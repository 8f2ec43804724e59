/*
 * The loopback listener as struct belgo_listener: opening, the answer that ends it, closing. What happens in
 * between is loopback_turn.c.
 */
#include "io/loopback.h"

#include "base/error.h"
#include "base/mem.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

/* How long the page that ends a login may take. */
#define SEND_NOW_MS 500

static void
loopback_reject(struct belgo_listener_session *s, const char *why)
{
	struct bg_conn *conn = BG_TAKE(s->candidate);

	if (conn == NULL)
		return;
	bg_redirect_turn_away(s, conn, 400, why != NULL ? why : bg_redirect_status_message(400));
	bg_redirect_arm(s);
}

static void
stop_listening(struct belgo_listener_session *s)
{
	bg_loopback_unbind(&s->sockets);
	for (size_t i = 0; i < BG_REDIRECT_CONNS; i++)
		if (&s->conns[i] != s->candidate)
			bg_redirect_drop(s, &s->conns[i]);
}

/*
 * The program may end right after this, so the page is sent here and now: within a moment as a rule, because
 * it fits into the socket's buffer and a browser closes at once. An event loop waits for it meanwhile.
 */
static void
send_now(struct bg_conn *conn)
{
	const int64_t deadline = bg_redirect_now() + SEND_NOW_MS;
	int64_t left;

	while (bg_conn_send(conn) == BG_CONN_MORE && (left = deadline - bg_redirect_now()) > 0) {
		struct pollfd ready = {
		    .fd = conn->fd,
		    .events = conn->state == BG_CONN_SENDING ? POLLOUT : POLLIN,
		};

		if (poll(&ready, 1, (int)left) < 0 && errno != EINTR)
			return;
	}
}

static void
loopback_answer(struct belgo_listener_session *s, const struct belgo_page *page)
{
	struct bg_conn *conn = s->candidate;

	stop_listening(s);
	if (conn == NULL)
		return;
	bg_redirect_answer_with(s, conn, page->ok ? 200 : 400, page);
	if (conn->state == BG_CONN_SENDING)
		send_now(conn);
	bg_redirect_drop(s, conn);
	bg_redirect_arm(s);
}

static int
loopback_fd(const struct belgo_listener_session *s)
{
	return s->epoll;
}

static void
loopback_close(struct belgo_listener_session *s)
{
	if (s == NULL)
		return;
	s->candidate = NULL;
	stop_listening(s);
	if (s->epoll >= 0)
		(void)close(s->epoll);
	if (s->timer >= 0)
		(void)close(s->timer);
	bg_str_free(&s->rules.authority);
	bg_str_free(&s->rules.origin);
	bg_str_free(&s->rules.path);
	free(s);
}

static void
close_session(struct belgo_listener_session **s)
{
	loopback_close(*s);
}

static belgo_rc
make_rules(struct bg_loopback_rules *rules, const struct belgo_listen_params *params, int port)
{
	const char *path = params->path != NULL && *params->path != '\0' ? params->path : "/";

	rules->mode = params->mode;
	rules->port = port;
	rules->authority = bg_strf("%s:%d", params->host, port);
	rules->origin = bg_strf("http://%s:%d", params->host, port);
	rules->path = bg_strdup(path);
	return rules->authority != NULL && rules->origin != NULL && rules->path != NULL ? BELGO_OK
											: BELGO_ENOMEM;
}

static belgo_rc
loopback_open(void *ctx, struct belgo_listener_session **out, const struct belgo_listen_params *params,
	      char **redirect_uri, struct belgo_error *err)
{
	BG_AUTO(close_session) struct belgo_listener_session *s = bg_calloc(1, sizeof(*s));
	char *uri;

	(void)ctx;
	if (s == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	s->epoll = s->timer = -1;
	BG_TRY(bg_loopback_bind(&s->sockets, params, err));
	if (bg_redirect_watch(s) != BELGO_OK)
		return bg_fail(err, BELGO_EINTERNAL, "the loopback listener got no descriptor to wait on");
	if (make_rules(&s->rules, params, s->sockets.port) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	uri = bg_strf("%s%s", s->rules.origin, params->path != NULL ? params->path : "");
	if (uri == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	*redirect_uri = uri;
	*out = BG_TAKE(s);
	return BELGO_OK;
}

const struct belgo_listener *
belgo_listener_loopback(void)
{
	static const struct belgo_listener loopback = {
	    .open = loopback_open,
	    .fd = loopback_fd,
	    .dispatch = bg_redirect_turn,
	    .reject = loopback_reject,
	    .answer = loopback_answer,
	    .close = loopback_close,
	};

	return &loopback;
}
