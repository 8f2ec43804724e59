/* The driver: exchanges, store calls, locks and redirects as an operation awaits them, on one epoll
 * descriptor. */
#include "run/driver.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

struct bg_driver {
	int epoll_fd;
	int timer_fd;
	int wake_fd; /* cancelled, or the worker has finished */
	/* the exchange under way */
	struct belgo_http_call *call;
	int call_fd;
	unsigned serial;
	/* the store's call under way on the worker */
	pthread_t worker;
	int has_worker;
	atomic_int worker_done;
	belgo_rc worker_rc;
	struct belgo_error worker_error;
	int listening; /* the listener's descriptor is in the epoll set */
};

static int
watch(const struct bg_driver *d, int fd)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.fd = fd};

	return epoll_ctl(d->epoll_fd, EPOLL_CTL_ADD, fd, &ev);
}

static void
unwatch(const struct bg_driver *d, int fd)
{
	(void)epoll_ctl(d->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
}

static void
close_fd(int fd)
{
	if (fd >= 0)
		(void)close(fd);
}

static void
drop_http(struct belgo_op *op)
{
	struct bg_driver *d = op->driver;

	if (d == NULL || d->call == NULL)
		return;
	unwatch(d, d->call_fd);
	op->client->params.transport->cancel(d->call);
	d->call = NULL;
}

static belgo_rc
driver_new(struct belgo_op *op, struct belgo_error *err)
{
	struct bg_driver *d = bg_calloc(1, sizeof(*d));

	if (d == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	d->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	d->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	d->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (d->epoll_fd < 0 || d->timer_fd < 0 || d->wake_fd < 0 || watch(d, d->timer_fd) < 0 ||
	    watch(d, d->wake_fd) < 0) {
		int why = errno;

		close_fd(d->epoll_fd);
		close_fd(d->timer_fd);
		close_fd(d->wake_fd);
		free(d);
		return bg_fail(err, BELGO_EINTERNAL, "no descriptor for the operation: %s",
			       strerrordesc_np(why));
	}
	op->drop_http = drop_http;
	op->driver = d;
	return BELGO_OK;
}

static void
join_worker(struct bg_driver *d)
{
	if (d->has_worker)
		(void)pthread_join(d->worker, NULL);
	d->has_worker = 0;
}

static void
driver_free(struct belgo_op *op)
{
	struct bg_driver *d = op->driver;

	if (d == NULL)
		return;
	drop_http(op);
	join_worker(d);
	close_fd(d->epoll_fd);
	close_fd(d->timer_fd);
	close_fd(d->wake_fd);
	free(d);
	op->driver = NULL;
}

static void
wake(const struct bg_driver *d)
{
	uint64_t one = 1;

	/* an eventfd that cannot take more is already readable */
	while (write(d->wake_fd, &one, sizeof(one)) < 0 && errno == EINTR)
		continue;
}

static void
drain(int fd)
{
	uint64_t count;

	while (read(fd, &count, sizeof(count)) < 0 && errno == EINTR)
		continue;
}

static void *
work(void *arg)
{
	struct belgo_op *op = arg;
	struct bg_driver *d = op->driver;

	d->worker_rc = bg_store_job_run(&op->job, op->client, &d->worker_error);
	atomic_store(&d->worker_done, 1);
	wake(d);
	return NULL;
}

/* Without a thread to be had the call is made here: slow is better than not at all. */
static int
turn_store(struct belgo_op *op, enum bg_store_mode mode)
{
	struct bg_driver *d = op->driver;

	if (!d->has_worker) {
		bg_error_init(&d->worker_error);
		atomic_store(&d->worker_done, 0);
		if (mode == BG_STORE_WORKER && pthread_create(&d->worker, NULL, work, op) == 0) {
			d->has_worker = 1;
			return 0;
		}
		(void)work(op);
	} else if (!atomic_load(&d->worker_done)) {
		return 0;
	}
	join_worker(d);
	if (d->worker_rc != BELGO_OK && op->error.rc == BELGO_OK)
		op->error = d->worker_error;
	bg_op_resume(op, BG_WANT_STORE, d->worker_rc);
	return 1;
}

static belgo_rc
begin_http(struct belgo_op *op)
{
	const struct belgo_transport *transport = op->client->params.transport;
	struct bg_driver *d = op->driver;

	BG_TRY(transport->begin(transport->ctx, &d->call, &op->request, &op->error));
	d->serial = op->http_serial;
	d->call_fd = transport->fd(d->call);
	if (watch(d, d->call_fd) < 0) {
		transport->cancel(d->call);
		d->call = NULL;
		return bg_fail(&op->error, BELGO_EINTERNAL, "no descriptor for the exchange");
	}
	return BELGO_OK;
}

static int
turn_http(struct belgo_op *op)
{
	const struct belgo_transport *transport = op->client->params.transport;
	struct bg_driver *d = op->driver;
	int done = 0;
	belgo_rc rc = BELGO_OK;

	if (d->call != NULL && d->serial != op->http_serial)
		drop_http(op);
	if (d->call == NULL)
		rc = begin_http(op);
	if (rc == BELGO_OK)
		rc = transport->dispatch(d->call, &done, &op->error);
	if (rc == BELGO_OK && !done)
		return 0;
	if (rc == BELGO_OK) {
		unwatch(d, d->call_fd);
		rc = transport->finish(d->call, &op->response, &op->error);
		d->call = NULL;
	} else {
		drop_http(op);
	}
	bg_op_resume(op, BG_WANT_HTTP, rc);
	return 1;
}

static int
turn_redirect(struct belgo_op *op)
{
	const struct belgo_listener *listener = op->client->params.listener;
	BG_AUTO(bg_str_free) char *params = NULL;
	struct belgo_error why;
	belgo_rc rc;

	bg_error_init(&why);
	if ((rc = listener->dispatch(op->session, &params, &op->error)) != BELGO_OK) {
		bg_op_resume(op, BG_WANT_REDIRECT, rc);
		return 1;
	}
	if (params == NULL)
		return 0;
	op->page_due = 1;
	if (bg_op_redirected(op, params, strlen(params), &why))
		return 1;
	op->page_due = 0;
	bg_log(op->client->params.log, BELGO_LOG_INFO, "ignored a request to the redirect address: %s",
	       why.text);
	listener->reject(op->session, why.text);
	return 1;
}

static int
turn_timer(struct belgo_op *op)
{
	if (bg_op_mono_ms(op) < op->wake_at)
		return 0;
	bg_op_resume(op, BG_WANT_TIMER, BELGO_OK);
	return 1;
}

/* One thing that came, or 0 where nothing did. */
static int
turn_once(struct belgo_op *op, enum bg_store_mode mode)
{
	if (op->status != BELGO_OP_RUNNING)
		return 0;
	if (atomic_load(&op->cancelled) && !op->critical && !op->driver->has_worker) {
		bg_op_abort(op, BELGO_EINTR);
		return 0;
	}
	if ((op->want & BG_WANT_STORE) && turn_store(op, mode))
		return 1;
	if ((op->want & BG_WANT_HTTP) && turn_http(op))
		return 1;
	if ((op->want & BG_WANT_REDIRECT) && turn_redirect(op))
		return 1;
	return (op->want & BG_WANT_TIMER) && turn_timer(op);
}

/* Only while a redirect is awaited: a browser that asks for an icon meanwhile must not keep us awake. */
static void
follow_listener(struct belgo_op *op)
{
	struct bg_driver *d = op->driver;
	int wanted = op->status == BELGO_OP_RUNNING && (op->want & BG_WANT_REDIRECT);

	if (op->session == NULL || wanted == d->listening)
		return;
	if (wanted)
		wanted = watch(d, op->client->params.listener->fd(op->session)) == 0;
	else
		unwatch(d, op->client->params.listener->fd(op->session));
	d->listening = wanted;
}

/* The clock of the seam may be a test's; only the difference counts. */
static void
arm_timer(struct belgo_op *op)
{
	struct itimerspec when = {0};
	int64_t left = op->wake_at - bg_op_mono_ms(op);

	if (op->status == BELGO_OP_RUNNING && (op->want & BG_WANT_TIMER)) {
		left = left < 1 ? 1 : left;
		when.it_value.tv_sec = left / 1000;
		when.it_value.tv_nsec = left % 1000 * 1000000;
	}
	(void)timerfd_settime(op->driver->timer_fd, 0, &when, NULL);
}

belgo_rc
bg_driver_turn(struct belgo_op *op, enum bg_store_mode mode, struct belgo_error *err)
{
	if (op->driver == NULL)
		BG_TRY(driver_new(op, err));
	drain(op->driver->wake_fd);
	drain(op->driver->timer_fd);
	if (!op->begun)
		bg_op_begin(op);
	while (turn_once(op, mode))
		continue;
	follow_listener(op);
	arm_timer(op);
	if (op->status != BELGO_OP_RUNNING)
		wake(op->driver); /* a loop that asks late still finds it readable */
	return BELGO_OK;
}

void
bg_driver_wait(struct belgo_op *op)
{
	struct pollfd p = {.fd = op->driver->epoll_fd, .events = POLLIN};

	(void)poll(&p, 1, -1); /* EINTR: a turn does no harm */
}

int
belgo_op_fd(struct belgo_op *op, struct belgo_error *err)
{
	if (op->driver == NULL && driver_new(op, err) != BELGO_OK)
		return -1;
	return op->driver->epoll_fd;
}

enum belgo_op_status
belgo_op_dispatch(struct belgo_op *op)
{
	if (op->status == BELGO_OP_RUNNING && bg_driver_turn(op, BG_STORE_WORKER, &op->error) != BELGO_OK)
		bg_op_abort(op, op->error.rc);
	return op->status;
}

void
belgo_op_cancel(struct belgo_op *op)
{
	int saved = errno;
	const struct bg_driver *d;

	atomic_store(&op->cancelled, 1);
	if ((d = op->driver) != NULL)
		wake(d);
	errno = saved;
}

/* Does what stands before the query name the place where the listener waits? Browsers show it without its
 * scheme, and with a slash where it has no path. */
static int
is_place(const char *url, size_t len, const char *redirect_uri)
{
	const char *scheme_end = strstr(redirect_uri, "://");
	const char *bare = scheme_end != NULL ? scheme_end + 3 : redirect_uri;
	const char *uri =
	    strncmp(url, redirect_uri, (size_t)(bare - redirect_uri)) == 0 ? redirect_uri : bare;
	size_t n = strcspn(uri, "?"); /* one of a program's own listener may have a query */

	return strncmp(url, uri, n) == 0 &&
	       (len == n || (len == n + 1 && url[n] == '/' && strchr(bare, '/') == NULL));
}

/* @spec RFC 8252 section 8.10; RFC 9700 section 4.4.2.2: what came back elsewhere is of another issuer */
belgo_rc
belgo_op_redirect(struct belgo_op *op, const char *url, struct belgo_error *err)
{
	const char *query = strchr(url, '?');
	const char *params = query == NULL ? url : query + 1;

	if (op->status != BELGO_OP_RUNNING || !(op->want & BG_WANT_REDIRECT))
		return bg_fail(err, BELGO_EINVAL, "this operation is not waiting for a redirect");
	if (query != NULL && query != url && op->redirect_uri != NULL &&
	    !is_place(url, (size_t)(query - url), op->redirect_uri))
		return bg_fail(err, BELGO_ESTATE, "the URL is not that of this login's redirect URI");
	if (!bg_op_redirected(op, params, strcspn(params, "#"), err))
		return BELGO_ESTATE;
	if (op->driver != NULL)
		wake(op->driver); /* there is more to do now */
	return BELGO_OK;
}

/* What was sent cannot be taken back, and its answer is all there is: waited for, as long as the timeouts of
 * its requests and its store let it last. */
static void
finish_what_matters(struct belgo_op *op)
{
	if (op->status != BELGO_OP_RUNNING || !op->critical)
		return;
	belgo_op_cancel(op);
	(void)belgo_op_run(op, NULL);
}

void
belgo_op_free(struct belgo_op **op)
{
	if (*op == NULL)
		return;
	finish_what_matters(*op);
	driver_free(*op);
	(*op)->drop_http = NULL;
	bg_op_destroy(*op);
	*op = NULL;
}
