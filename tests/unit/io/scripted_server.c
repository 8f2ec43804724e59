/* See scripted_server.h. The thread never fails the test: it ends the connection, and the test sees that. */
#include "harness/test.h"

#include "scripted_server.h"

#include <netinet/in.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE_MS 5000

/* One connection, plain or TLS. */
struct link {
	int fd;
	int stop;
	SSL *tls;
};

/* Waits for the peer, or for the end of the test. */
static int
is_ready(const struct link *link, short events)
{
	struct pollfd fds[] = {{.fd = link->fd, .events = events}, {.fd = link->stop, .events = POLLIN}};

	return poll(fds, 2, PATIENCE_MS) > 0 && (fds[1].revents & POLLIN) == 0;
}

static ssize_t
link_read(const struct link *link, char *buf, size_t len)
{
	if (link->tls != NULL)
		return SSL_has_pending(link->tls) || is_ready(link, POLLIN)
			   ? SSL_read(link->tls, buf, (int)len)
			   : -1;
	return is_ready(link, POLLIN) ? recv(link->fd, buf, len, 0) : -1;
}

static int
link_write(const struct link *link, const char *data)
{
	size_t left = data != NULL ? strlen(data) : 0;

	while (left > 0) {
		ssize_t n;

		if (!is_ready(link, POLLOUT))
			return 0;
		n = link->tls != NULL ? SSL_write(link->tls, data, (int)left)
				      : send(link->fd, data, left, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n <= 0)
			return 0;
		data += n;
		left -= (size_t)n;
	}
	return 1;
}

static size_t
body_length(const char *head)
{
	const char *field = strcasestr(head, "\r\ncontent-length:");

	return field != NULL ? (size_t)strtoul(field + strlen("\r\ncontent-length:"), NULL, 10) : 0;
}

/* 1: a whole request stands in last_request. */
static int
read_request(struct scripted_server *server, const struct link *link)
{
	char *in = server->last_request;
	size_t len = 0;

	for (;;) {
		const char *end;
		ssize_t n = link_read(link, in + len, sizeof(server->last_request) - 1 - len);

		if (n <= 0)
			return 0;
		len += (size_t)n;
		in[len] = '\0';
		end = strstr(in, "\r\n\r\n");
		if (end != NULL && len >= (size_t)(end - in) + 4 + body_length(in))
			return 1;
	}
}

static int
play(const struct script *script, const struct link *link)
{
	char rest[256];

	if (!link_write(link, script->reply))
		return 0;
	for (size_t i = 0; i < script->fill; i++) {
		if (!link_write(link, script->filler))
			return 0;
		if (script->drip_ms > 0)
			(void)poll(&(struct pollfd){.fd = link->stop, .events = POLLIN}, 1, script->drip_ms);
	}
	if (!link_write(link, script->ending))
		return 0;
	while (script->hold && link_read(link, rest, sizeof(rest)) > 0)
		;
	return script->keep_alive;
}

static void
serve(struct scripted_server *server, int fd)
{
	struct link link = {.fd = fd, .stop = server->stop};

	server->connections++;
	if (server->tls != NULL) {
		struct timeval patience = {.tv_sec = PATIENCE_MS / 1000};

		(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
		link.tls = SSL_new(server->tls);
		(void)SSL_set_fd(link.tls, fd);
		if (SSL_accept(link.tls) != 1) {
			SSL_free(link.tls);
			return;
		}
	}
	while (read_request(server, &link)) {
		server->requests++;
		if (server->script.answers > 0 && server->requests > server->script.answers)
			break;
		if (!play(&server->script, &link))
			break;
	}
	if (link.tls != NULL)
		(void)SSL_shutdown(link.tls);
	SSL_free(link.tls);
}

static void *
run(void *user)
{
	struct scripted_server *server = user;
	struct link listener = {.fd = server->listener, .stop = server->stop};
	sigset_t pipe;

	/* In this thread only: that the client raises none is part of what is tested. */
	(void)sigemptyset(&pipe);
	(void)sigaddset(&pipe, SIGPIPE);
	(void)pthread_sigmask(SIG_BLOCK, &pipe, NULL);
	for (;;) {
		struct pollfd fds[] = {{.fd = listener.fd, .events = POLLIN},
				       {.fd = listener.stop, .events = POLLIN}};
		int fd;

		if (poll(fds, 2, 12 * PATIENCE_MS) <= 0 || (fds[1].revents & POLLIN))
			return NULL;
		if ((fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC)) < 0) {
			if (errno == EMFILE) /* a test that takes all descriptors away, for a moment */
				continue;
			return NULL;
		}
		serve(server, fd);
		(void)shutdown(fd, SHUT_WR);
		(void)close(fd);
	}
}

void
server_start(struct scripted_server *server, const struct script *script, SSL_CTX *tls)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);

	*server = (struct scripted_server){.script = *script, .tls = tls};
	server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	server->stop = eventfd(0, EFD_CLOEXEC);
	assert_true(server->listener >= 0 && server->stop >= 0);
	assert_int_equal(bind(server->listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(server->listener, 64), 0);
	assert_int_equal(getsockname(server->listener, (struct sockaddr *)&address, &len), 0);
	server->port = ntohs(address.sin_port);
	assert_int_equal(pthread_create(&server->thread, NULL, run, server), 0);
}

void
server_stop(struct scripted_server *server)
{
	uint64_t one = 1;

	assert_int_equal(write(server->stop, &one, sizeof(one)), sizeof(one));
	assert_int_equal(pthread_join(server->thread, NULL), 0);
	(void)close(server->listener);
	(void)close(server->stop);
	SSL_CTX_free(server->tls);
	server->tls = NULL;
}
