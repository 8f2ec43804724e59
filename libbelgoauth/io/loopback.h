/*
 * What the files of the loopback listener share. loopback.c: a session from open to close; loopback_turn.c:
 * its event loop; loopback_bind.c: the sockets and the redirect URI; loopback_conn.c: the bytes of one
 * connection; loopback_judge.c: is this request a redirect?; loopback_reply.c: answers as bytes.
 */
#ifndef BG_LOOPBACK_H
#define BG_LOOPBACK_H

#include "base/buf.h"
#include "base/http1.h"

#include <belgoauth/listener.h>

/* Of a request, from accept to its last byte. */
#define BG_REDIRECT_READ_MS 5000
/* Of an answer, from its first byte until the browser has closed. */
#define BG_REDIRECT_SEND_MS 2000

struct bg_loopback_sockets {
	int fd[2];
	size_t n;
	int port;
};

/*
 * Binds and listens on the addresses of host, on one port for all of them. BELGO_EINVAL for the parameters;
 * BELGO_EUNAVAILABLE where no port can be had, the text naming those that were tried.
 */
belgo_rc bg_loopback_bind(struct bg_loopback_sockets *out, const struct belgo_listen_params *params,
			  struct belgo_error *err) BG_MUST_USE;
void bg_loopback_unbind(struct bg_loopback_sockets *sockets);

/* What a redirect to this listener looks like. */
struct bg_loopback_rules {
	char *authority; /* what Host must say: "127.0.0.1:8080" */
	char *origin;    /* the only Origin that a GET may come from */
	char *path;      /* "/" for none */
	enum belgo_response_mode mode;
	int port;
};

/* status 0: a candidate, with its parameters. Otherwise the answer; every text is a literal. */
struct bg_loopback_verdict {
	int status;
	char *params;
	const char *message; /* NULL: no body */
};

void bg_loopback_judge(struct bg_loopback_verdict *out, const struct bg_loopback_rules *rules,
		       const struct bg_http1_request *req, const char *body, size_t body_len);
/* What a page says about a request that is no HTTP as it should be. */
const char *bg_redirect_status_message(int status);

/* A whole answer, with the connection's end announced. allow: the method for status 405. page NULL: no body.
 */
belgo_rc bg_redirect_reply(struct bg_buf *out, int status, const char *allow,
			   const struct belgo_page *page) BG_MUST_USE;

enum bg_conn_state {
	BG_CONN_FREE,
	BG_CONN_READING,
	BG_CONN_WAITING, /* a candidate, judged or in the queue */
	BG_CONN_SENDING,
	BG_CONN_LINGERING, /* all sent; closing now could take the answer back */
};

struct bg_conn {
	enum bg_conn_state state;
	int fd;
	uint64_t serial;  /* by order of arrival */
	int64_t deadline; /* monotonic milliseconds; not while WAITING */
	struct bg_buf in;
	struct bg_http1_request req;
	size_t head_len; /* 0: the head is not complete yet */
	struct bg_buf out;
	size_t sent;
	char *params; /* of a candidate in the queue */
};

enum bg_conn_event {
	BG_CONN_MORE,    /* wait for the descriptor */
	BG_CONN_REQUEST, /* head and body stand complete */
	BG_CONN_BAD,     /* answer with *status */
	BG_CONN_GONE,    /* nothing more to do but close */
};

void bg_conn_begin(struct bg_conn *conn, int fd, uint64_t serial, int64_t now);
/* Reads what is there; *status is for BG_CONN_BAD. */
enum bg_conn_event bg_conn_read(struct bg_conn *conn, int *status);
/* The first byte of the body, and its length. */
const char *bg_conn_body(const struct bg_conn *conn, size_t *len);
/* Takes the bytes of an answer and goes over to SENDING. */
void bg_conn_answer(struct bg_conn *conn, struct bg_buf *reply, int64_t now);
/* Sends, then lingers: BG_CONN_MORE or BG_CONN_GONE. */
enum bg_conn_event bg_conn_send(struct bg_conn *conn);
void bg_conn_close(struct bg_conn *conn);

#define BG_REDIRECT_CONNS 32

/* One bound listener. */
struct belgo_listener_session {
	int epoll;
	int timer;
	struct bg_loopback_sockets sockets;
	int64_t paused_until; /* 0: accepting */
	struct bg_loopback_rules rules;
	uint64_t serial;
	struct bg_conn *candidate; /* under judgement */
	struct bg_conn conns[BG_REDIRECT_CONNS];
};

int64_t bg_redirect_now(void);
/* Makes the epoll descriptor and the timer, and puts the listening sockets in. BELGO_EINTERNAL. */
belgo_rc bg_redirect_watch(struct belgo_listener_session *s) BG_MUST_USE;
/* Everything that stands ready, once; *params as struct belgo_listener's dispatch(). */
belgo_rc bg_redirect_turn(struct belgo_listener_session *s, char **params,
			  struct belgo_error *err) BG_MUST_USE;
/* Sets the timer to the next thing that happens without a descriptor's doing. */
void bg_redirect_arm(struct belgo_listener_session *s);
/* Closes a connection, the candidate's too. */
void bg_redirect_drop(struct belgo_listener_session *s, struct bg_conn *conn);
/* Makes the answer; the connection is SENDING then, or FREE where there was no memory for it. */
void bg_redirect_answer_with(struct belgo_listener_session *s, struct bg_conn *conn, int status,
			     const struct belgo_page *page);
/* The page for what is no redirect, sent as the browser takes it. message NULL: no page. */
void bg_redirect_turn_away(struct belgo_listener_session *s, struct bg_conn *conn, int status,
			   const char *message);

#endif
