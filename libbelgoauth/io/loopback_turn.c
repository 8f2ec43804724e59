/*
 * The turn of the loopback listener: accepts, reads, judges the form, answers what is no redirect, and queues
 * what may be one. Never waits. Opening, and the answer that ends a login, are in loopback.c.
 */
#include "io/loopback.h"

#include "base/error.h"
#include "base/mem.h"
#include "io/page.h"

#include <belgoauth/env.h>

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define ACCEPTS_A_TURN 64
/* Where descriptors have run out: how long until the next try. */
#define ACCEPT_PAUSE_MS 100
/* What epoll says of a descriptor that is no connection. Connections are named by their index. */
#define TAG_TIMER 1000
#define TAG_SOCKET 1001

int64_t
bg_redirect_now(void)
{
	return belgo_system_default()->mono_ms(NULL);
}

/* What epoll is to tell of a connection. A waiting one is taken out: its hang-up would be reported without
 * end. */
static void
watch(struct belgo_listener_session *s, const struct bg_conn *conn)
{
	struct epoll_event event = {.data.u64 = (uint64_t)(conn - s->conns)};

	if (conn->state == BG_CONN_WAITING) {
		(void)epoll_ctl(s->epoll, EPOLL_CTL_DEL, conn->fd, NULL);
		return;
	}
	event.events = conn->state == BG_CONN_SENDING ? EPOLLOUT : EPOLLIN;
	if (epoll_ctl(s->epoll, EPOLL_CTL_MOD, conn->fd, &event) != 0)
		(void)epoll_ctl(s->epoll, EPOLL_CTL_ADD, conn->fd, &event);
}

void
bg_redirect_drop(struct belgo_listener_session *s, struct bg_conn *conn)
{
	if (s->candidate == conn)
		s->candidate = NULL;
	bg_conn_close(conn);
}

static void
push(struct belgo_listener_session *s, struct bg_conn *conn)
{
	if (bg_conn_send(conn) == BG_CONN_GONE)
		bg_redirect_drop(s, conn);
	else
		watch(s, conn);
}

/* Without memory for a page the connection is closed without one. */
void
bg_redirect_answer_with(struct belgo_listener_session *s, struct bg_conn *conn, int status,
			const struct belgo_page *page)
{
	BG_AUTO(bg_buf_free) struct bg_buf reply = BG_BUF(2 * BG_MAX_PAGE);
	const char *allow = s->rules.mode == BELGO_RESPONSE_FORM_POST ? "POST" : "GET";

	if (bg_redirect_reply(&reply, status, allow, page) != BELGO_OK) {
		bg_redirect_drop(s, conn);
		return;
	}
	bg_conn_answer(conn, &reply, bg_redirect_now());
}

void
bg_redirect_turn_away(struct belgo_listener_session *s, struct bg_conn *conn, int status, const char *message)
{
	const struct belgo_page page = {
	    .title = "This is not the answer that is waited for",
	    .message = message,
	    .hint = "The sign-in goes on waiting in the program that began it.",
	};

	bg_redirect_answer_with(s, conn, status, message != NULL ? &page : NULL);
	if (conn->state != BG_CONN_FREE)
		push(s, conn);
}

static void
judge(struct belgo_listener_session *s, struct bg_conn *conn)
{
	struct bg_loopback_verdict verdict;
	size_t body_len;
	const char *body = bg_conn_body(conn, &body_len);

	bg_loopback_judge(&verdict, &s->rules, &conn->req, body, body_len);
	if (verdict.status != 0) {
		bg_redirect_turn_away(s, conn, verdict.status, verdict.message);
		return;
	}
	conn->params = verdict.params;
	conn->state = BG_CONN_WAITING;
	watch(s, conn);
}

static void
serve(struct belgo_listener_session *s, struct bg_conn *conn)
{
	int status = 400;

	if (conn->state == BG_CONN_SENDING || conn->state == BG_CONN_LINGERING) {
		push(s, conn);
		return;
	}
	if (conn->state != BG_CONN_READING)
		return;
	switch (bg_conn_read(conn, &status)) {
	case BG_CONN_MORE:
		break;
	case BG_CONN_GONE:
		bg_redirect_drop(s, conn);
		break;
	case BG_CONN_BAD:
		bg_redirect_turn_away(s, conn, status, bg_redirect_status_message(status));
		break;
	case BG_CONN_REQUEST:
		judge(s, conn);
		break;
	}
}

/* The oldest connection in one of two states, or NULL. */
static struct bg_conn *
oldest(struct belgo_listener_session *s, enum bg_conn_state a, enum bg_conn_state b)
{
	struct bg_conn *found = NULL;

	for (size_t i = 0; i < BG_REDIRECT_CONNS; i++) {
		struct bg_conn *conn = &s->conns[i];

		if ((conn->state == a || conn->state == b) && (found == NULL || conn->serial < found->serial))
			found = conn;
	}
	return found;
}

/*
 * A place for a newcomer. When all are taken, whoever has been sending a request the longest gives way, so
 * that idle connections, however many, never keep the true redirect out.
 */
static struct bg_conn *
make_place(struct belgo_listener_session *s)
{
	struct bg_conn *place = oldest(s, BG_CONN_FREE, BG_CONN_FREE);

	if (place == NULL)
		place = oldest(s, BG_CONN_READING, BG_CONN_READING);
	if (place == NULL)
		place = oldest(s, BG_CONN_LINGERING, BG_CONN_SENDING);
	if (place != NULL)
		bg_redirect_drop(s, place);
	return place;
}

static void
watch_sockets(struct belgo_listener_session *s, int on)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = TAG_SOCKET};

	for (size_t i = 0; i < s->sockets.n; i++)
		(void)epoll_ctl(s->epoll, on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, s->sockets.fd[i], &event);
}

/* A connection that cannot be accepted stays in the queue and would make the descriptor readable without end.
 */
static void
pause_accepting(struct belgo_listener_session *s)
{
	watch_sockets(s, 0);
	s->paused_until = bg_redirect_now() + ACCEPT_PAUSE_MS;
}

static void
accept_from(struct belgo_listener_session *s, int listener)
{
	for (int i = 0; i < ACCEPTS_A_TURN; i++) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		struct bg_conn *conn;

		if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM))
			pause_accepting(s);
		if (fd < 0)
			return;
		if ((conn = make_place(s)) == NULL) {
			(void)close(fd);
			continue;
		}
		bg_conn_begin(conn, fd, ++s->serial, bg_redirect_now());
		watch(s, conn);
		serve(s, conn); /* most often the request is there already */
	}
}

static void
expire(struct belgo_listener_session *s)
{
	int64_t now = bg_redirect_now();

	for (size_t i = 0; i < BG_REDIRECT_CONNS; i++) {
		struct bg_conn *conn = &s->conns[i];

		if (conn->state != BG_CONN_FREE && conn->state != BG_CONN_WAITING && conn->deadline <= now)
			bg_redirect_drop(s, conn);
	}
	if (s->paused_until != 0 && s->paused_until <= now) {
		s->paused_until = 0;
		watch_sockets(s, 1);
	}
}

/* The next thing to happen without a descriptor's doing: a deadline, the end of a pause, a candidate in the
 * queue. */
void
bg_redirect_arm(struct belgo_listener_session *s)
{
	struct itimerspec when = {0};
	int64_t next = s->paused_until != 0 ? s->paused_until : INT64_MAX;

	for (size_t i = 0; i < BG_REDIRECT_CONNS; i++) {
		const struct bg_conn *conn = &s->conns[i];

		if (conn->state == BG_CONN_WAITING && s->candidate == NULL)
			next = 1;
		else if (conn->state != BG_CONN_FREE && conn->state != BG_CONN_WAITING &&
			 conn->deadline < next)
			next = conn->deadline;
	}
	if (next != INT64_MAX) {
		when.it_value.tv_sec = next / 1000;
		when.it_value.tv_nsec = next % 1000 * 1000000;
	}
	(void)timerfd_settime(s->timer, TFD_TIMER_ABSTIME, &when, NULL);
}

static void
drain_timer(const struct belgo_listener_session *s)
{
	uint64_t ticks;

	/* Nothing there to read is no failure: the deadlines are looked at in every turn. */
	if (read(s->timer, &ticks, sizeof(ticks)) < 0)
		return;
}

static void
take_candidate(struct belgo_listener_session *s, char **params)
{
	if (s->candidate != NULL || (s->candidate = oldest(s, BG_CONN_WAITING, BG_CONN_WAITING)) == NULL)
		return;
	*params = BG_TAKE(s->candidate->params);
}

belgo_rc
bg_redirect_turn(struct belgo_listener_session *s, char **params, struct belgo_error *err)
{
	struct epoll_event events[BG_REDIRECT_CONNS + 4];
	int n = epoll_wait(s->epoll, events, (int)BG_LEN(events), 0), newcomers = 0;

	*params = NULL;
	if (n < 0 && errno != EINTR)
		return bg_fail(err, BELGO_EINTERNAL, "the loopback listener's descriptor failed");
	for (int i = 0; i < n; i++) {
		uint64_t tag = events[i].data.u64;

		if (tag < BG_REDIRECT_CONNS)
			serve(s, &s->conns[tag]);
		else if (tag == TAG_TIMER)
			drain_timer(s);
		else
			newcomers = 1;
	}
	expire(s);
	for (size_t i = 0; newcomers && i < s->sockets.n; i++)
		accept_from(s, s->sockets.fd[i]);
	take_candidate(s, params);
	bg_redirect_arm(s);
	return BELGO_OK;
}

belgo_rc
bg_redirect_watch(struct belgo_listener_session *s)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = TAG_TIMER};

	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	s->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (s->epoll < 0 || s->timer < 0 || epoll_ctl(s->epoll, EPOLL_CTL_ADD, s->timer, &event) != 0)
		return BELGO_EINTERNAL;
	event.data.u64 = TAG_SOCKET;
	for (size_t i = 0; i < s->sockets.n; i++)
		if (epoll_ctl(s->epoll, EPOLL_CTL_ADD, s->sockets.fd[i], &event) != 0)
			return BELGO_EINTERNAL;
	return BELGO_OK;
}
