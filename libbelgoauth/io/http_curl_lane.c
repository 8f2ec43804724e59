/*
 * One event machine: a multi handle whose sockets and timer stand in one epoll descriptor, so that a program
 * polls a single number. Knows nothing of requests and answers.
 */
#include "io/http_curl.h"

#include "base/error.h"
#include "base/mem.h"
#include "io/sigpipe.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

/*
 * One of curl's sockets as epoll has it: under a number of our own. curl closes a socket before it says that
 * it is done with it, and by then its number may be that of another thread's file.
 */
struct watched {
	int epoll;
	int fd; /* -1: none */
};

static void
watched_free(struct watched **watched)
{
	struct watched *dead = *watched;

	*watched = NULL;
	if (dead == NULL)
		return;
	if (dead->fd >= 0) {
		/* Closing it would not take it out: curl may keep the connection, and with it the socket. */
		(void)epoll_ctl(dead->epoll, EPOLL_CTL_DEL, dead->fd, NULL);
		(void)close(dead->fd);
	}
	free(dead);
}

static int
begin_watching(const struct bg_lane *lane, curl_socket_t sock, struct epoll_event *event)
{
	BG_AUTO(watched_free) struct watched *watched = bg_calloc(1, sizeof(*watched));

	if (watched == NULL)
		return -1;
	watched->epoll = lane->epoll;
	watched->fd = fcntl(sock, F_DUPFD_CLOEXEC, 0);
	if (watched->fd < 0 || epoll_ctl(lane->epoll, EPOLL_CTL_ADD, watched->fd, event) != 0 ||
	    lane->curl->multi_assign(lane->multi, sock, watched) != CURLM_OK)
		return -1;
	(void)BG_TAKE(watched);
	return 0;
}

/*
 * CURLMOPT_SOCKETFUNCTION. The socket pointer is what stands for the socket in epoll. After a failure curl
 * forgets to take back what it had counted, and would never again say that it is done with a socket of that
 * number.
 */
static int
watch_socket(CURL *easy, curl_socket_t sock, int what, void *user, void *known)
{
	struct bg_lane *lane = user;
	struct watched *watched = known;
	struct epoll_event event = {.data.fd = sock};

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		watched_free(&watched);
		return 0;
	}
	event.events = ((what & CURL_POLL_IN) ? (uint32_t)EPOLLIN : 0) |
		       ((what & CURL_POLL_OUT) ? (uint32_t)EPOLLOUT : 0);
	if ((watched == NULL ? begin_watching(lane, sock, &event)
			     : epoll_ctl(lane->epoll, EPOLL_CTL_MOD, watched->fd, &event)) == 0)
		return 0;
	lane->is_spent = 1;
	return -1;
}

/* CURLMOPT_TIMERFUNCTION. -1: no timer; 0: at once, which timerfd would take for "off". */
static int
arm_timer(CURLM *multi, long timeout_ms, void *user)
{
	const struct bg_lane *lane = user;
	struct itimerspec when = {0};

	(void)multi;
	if (timeout_ms > 0) {
		when.it_value.tv_sec = timeout_ms / 1000;
		when.it_value.tv_nsec = timeout_ms % 1000 * 1000000;
	} else if (timeout_ms == 0) {
		when.it_value.tv_nsec = 1;
	}
	return timerfd_settime(lane->timer, 0, &when, NULL) == 0 ? 0 : -1;
}

static belgo_rc
init_lane(struct bg_lane *lane)
{
	const struct bg_curl *curl = lane->curl;
	struct epoll_event event = {.events = EPOLLIN};

	lane->epoll = epoll_create1(EPOLL_CLOEXEC);
	lane->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (lane->epoll < 0 || lane->timer < 0)
		return BELGO_EINTERNAL;
	event.data.fd = lane->timer;
	if (epoll_ctl(lane->epoll, EPOLL_CTL_ADD, lane->timer, &event) != 0)
		return BELGO_EINTERNAL;
	lane->multi = curl->multi_init();
	if (lane->multi == NULL)
		return BELGO_ENOMEM;
	if (curl->multi_setopt(lane->multi, CURLMOPT_SOCKETFUNCTION, watch_socket) != CURLM_OK ||
	    curl->multi_setopt(lane->multi, CURLMOPT_SOCKETDATA, lane) != CURLM_OK ||
	    curl->multi_setopt(lane->multi, CURLMOPT_TIMERFUNCTION, arm_timer) != CURLM_OK ||
	    curl->multi_setopt(lane->multi, CURLMOPT_TIMERDATA, lane) != CURLM_OK)
		return BELGO_EINTERNAL;
	return BELGO_OK;
}

belgo_rc
bg_lane_new(struct bg_lane **out, const struct bg_curl *curl, struct belgo_error *err)
{
	BG_AUTO(bg_lane_free) struct bg_lane *lane = bg_calloc(1, sizeof(*lane));
	belgo_rc rc;

	if (lane == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	lane->curl = curl;
	lane->epoll = lane->timer = -1;
	if ((rc = init_lane(lane)) != BELGO_OK)
		return bg_fail(err, rc, "no event machine for a request: %s", belgo_rc_str(rc));
	*out = BG_TAKE(lane);
	return BELGO_OK;
}

void
bg_lane_free(struct bg_lane **lane)
{
	BG_AUTO(bg_sigpipe_release) struct bg_sigpipe quiet __attribute__((unused)) = bg_sigpipe_hold();
	struct bg_lane *dead = *lane;

	*lane = NULL;
	if (dead == NULL)
		return;
	/* First: it still calls back for the connections that it closes. */
	if (dead->multi != NULL)
		(void)dead->curl->multi_cleanup(dead->multi);
	if (dead->epoll >= 0)
		(void)close(dead->epoll);
	if (dead->timer >= 0)
		(void)close(dead->timer);
	free(dead);
}

int
bg_lane_is_readable(const struct bg_lane *lane)
{
	struct epoll_event events[8];
	int n = epoll_wait(lane->epoll, events, (int)BG_LEN(events), 0);

	for (int i = 0; i < n; i++)
		if (events[i].data.fd != lane->timer && (events[i].events & EPOLLIN))
			return 1;
	return 0;
}

static CURLMcode
feed_event(struct bg_lane *lane, const struct epoll_event *event)
{
	int running, what = 0;
	uint64_t ticks;

	if (event->data.fd == lane->timer) {
		if (read(lane->timer, &ticks, sizeof(ticks)) < 0)
			return CURLM_OK; /* armed anew since it went off */
		return lane->curl->multi_socket_action(lane->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	}
	if (event->events & EPOLLIN)
		what |= CURL_CSELECT_IN;
	if (event->events & EPOLLOUT)
		what |= CURL_CSELECT_OUT;
	if (event->events & (EPOLLERR | EPOLLHUP))
		what |= CURL_CSELECT_ERR;
	return lane->curl->multi_socket_action(lane->multi, event->data.fd, what, &running);
}

belgo_rc
bg_lane_dispatch(struct bg_lane *lane, int *done, CURLcode *result, struct belgo_error *err)
{
	BG_AUTO(bg_sigpipe_release) struct bg_sigpipe quiet __attribute__((unused)) = bg_sigpipe_hold();
	struct epoll_event events[8];
	int n = epoll_wait(lane->epoll, events, (int)BG_LEN(events), 0), left;
	const CURLMsg *msg;

	for (int i = 0; i < n; i++)
		if (feed_event(lane, &events[i]) != CURLM_OK)
			return bg_fail(err, BELGO_EINTERNAL, "libcurl failed to drive a request");
	while ((msg = lane->curl->multi_info_read(lane->multi, &left)) != NULL) {
		if (msg->msg != CURLMSG_DONE)
			continue;
		*result = msg->data.result;
		*done = 1;
	}
	return BELGO_OK;
}
