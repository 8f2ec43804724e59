/*
 * The bytes of one connection: a request comes in under ceilings, an answer goes out and is given the time to
 * arrive. What the request means is not known here.
 */
#include "io/loopback.h"

#include "base/limits.h"
#include "base/mem.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#define CHUNK 2048
/* Reads of one connection in one turn, so that a fast sender does not keep the others waiting. */
#define READS_A_TURN 16

void
bg_conn_begin(struct bg_conn *conn, int fd, uint64_t serial, int64_t now)
{
	*conn = (struct bg_conn){
	    .state = BG_CONN_READING,
	    .fd = fd,
	    .serial = serial,
	    .deadline = now + BG_REDIRECT_READ_MS,
	    .in = BG_BUF(BG_MAX_REQUEST_HEAD + BG_MAX_FORM + CHUNK),
	};
}

void
bg_conn_close(struct bg_conn *conn)
{
	if (conn->state == BG_CONN_FREE)
		return;
	(void)close(conn->fd);
	bg_buf_free(&conn->in);
	bg_buf_free(&conn->out);
	bg_http1_done(&conn->req);
	bg_str_free(&conn->params);
	*conn = (struct bg_conn){.fd = -1};
}

/* recv() with the two answers that mean "not now" and "never again". */
static enum bg_conn_event
receive(const struct bg_conn *conn, char *chunk, size_t *got)
{
	ssize_t n = recv(conn->fd, chunk, CHUNK, 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return BG_CONN_MORE;
	if (n <= 0)
		return BG_CONN_GONE;
	*got = (size_t)n;
	return BG_CONN_REQUEST;
}

static enum bg_conn_event
examine(struct bg_conn *conn, int *status)
{
	if (conn->head_len == 0) {
		switch (bg_http1_parse(&conn->req, &conn->head_len, status, conn->in.data, conn->in.len)) {
		case BG_HTTP1_MORE:
			return BG_CONN_MORE;
		case BG_HTTP1_BAD:
			return BG_CONN_BAD;
		case BG_HTTP1_REQUEST:
			break;
		}
	}
	if (conn->req.content_length > BG_MAX_FORM) {
		*status = 413;
		return BG_CONN_BAD;
	}
	return conn->in.len - conn->head_len >= conn->req.content_length ? BG_CONN_REQUEST : BG_CONN_MORE;
}

enum bg_conn_event
bg_conn_read(struct bg_conn *conn, int *status)
{
	enum bg_conn_event event = BG_CONN_MORE;
	char chunk[CHUNK];
	size_t got = 0;

	for (int i = 0; i < READS_A_TURN && event == BG_CONN_MORE; i++) {
		if ((event = receive(conn, chunk, &got)) != BG_CONN_REQUEST)
			break;
		/* The parser stops below the ceiling, so that only memory can be short here. */
		if (bg_buf_add(&conn->in, chunk, got) != BELGO_OK) {
			*status = 503;
			event = BG_CONN_BAD;
			break;
		}
		event = examine(conn, status);
	}
	bg_wipe(chunk, sizeof(chunk));
	return event;
}

const char *
bg_conn_body(const struct bg_conn *conn, size_t *len)
{
	*len = conn->req.content_length;
	return conn->in.data + conn->head_len;
}

void
bg_conn_answer(struct bg_conn *conn, struct bg_buf *reply, int64_t now)
{
	conn->out = *reply;
	*reply = (struct bg_buf){0};
	conn->sent = 0;
	conn->state = BG_CONN_SENDING;
	conn->deadline = now + BG_REDIRECT_SEND_MS;
}

/*
 * A close() with unread input makes the kernel send a reset, and a reset can overtake the answer. So: end our
 * direction, then read until the browser has ended its own.
 */
static enum bg_conn_event
linger(const struct bg_conn *conn)
{
	enum bg_conn_event event = BG_CONN_REQUEST;
	char chunk[CHUNK];
	size_t got;

	for (int i = 0; i < READS_A_TURN && event == BG_CONN_REQUEST; i++)
		event = receive(conn, chunk, &got);
	bg_wipe(chunk, sizeof(chunk));
	return event == BG_CONN_GONE ? BG_CONN_GONE : BG_CONN_MORE;
}

enum bg_conn_event
bg_conn_send(struct bg_conn *conn)
{
	while (conn->state == BG_CONN_SENDING && conn->sent < conn->out.len) {
		ssize_t n =
		    send(conn->fd, conn->out.data + conn->sent, conn->out.len - conn->sent, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? BG_CONN_MORE : BG_CONN_GONE;
		conn->sent += (size_t)n;
	}
	if (conn->state == BG_CONN_SENDING) {
		conn->state = BG_CONN_LINGERING;
		if (shutdown(conn->fd, SHUT_WR) != 0)
			return BG_CONN_GONE;
	}
	return linger(conn);
}
