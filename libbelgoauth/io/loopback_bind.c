/*
 * The listening sockets: loopback addresses only, never shared with another process, one port for both
 * families where the host is "localhost". What is received on them is not known here.
 */
#include "io/loopback.h"

#include "base/error.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 64
/* With any port allowed for "localhost": how often a port that is free in one family only is tried again. */
#define ANY_PORT_TRIES 16

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static socklen_t
make_address(union address *out, int family, int port)
{
	memset(out, 0, sizeof(*out));
	if (family == AF_INET) {
		out->v4.sin_family = AF_INET;
		out->v4.sin_port = htons((uint16_t)port);
		out->v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		return sizeof(out->v4);
	}
	out->v6.sin6_family = AF_INET6;
	out->v6.sin6_port = htons((uint16_t)port);
	out->v6.sin6_addr = in6addr_loopback;
	return sizeof(out->v6);
}

/*
 * Without SO_REUSEPORT nobody else can listen here too; SO_REUSEADDR only forgives connections of a former
 * login that are still in TIME_WAIT.
 */
static int
set_up(int fd, const union address *address, socklen_t len)
{
	const int on = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0)
		return -1;
	if (address->any.sa_family == AF_INET6 &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) != 0)
		return -1;
	if (bind(fd, &address->any, len) != 0)
		return -1;
	return listen(fd, BACKLOG);
}

static int
bound_port(int fd)
{
	union address address;
	socklen_t len = sizeof(address);

	if (getsockname(fd, &address.any, &len) != 0)
		return 0;
	return ntohs(address.any.sa_family == AF_INET ? address.v4.sin_port : address.v6.sin6_port);
}

/* 0, or an errno. *port 0: any; it is filled in. */
static int
listen_on(struct bg_loopback_sockets *sockets, int family, int *port)
{
	union address address;
	socklen_t len = make_address(&address, family, *port);
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), failure;

	if (fd < 0)
		return errno;
	if (set_up(fd, &address, len) != 0 || (*port = bound_port(fd)) == 0) {
		failure = errno;
		(void)close(fd);
		return failure;
	}
	sockets->fd[sockets->n++] = fd;
	sockets->port = *port;
	return 0;
}

/* This machine has no such addresses at all: nobody else can answer there either. */
static int
is_family_missing(int failure)
{
	return failure == EAFNOSUPPORT || failure == EADDRNOTAVAIL || failure == EPROTONOSUPPORT;
}

/* 0, or an errno. "localhost" may reach us by either family, so an in-use port in one of them rules it out.
 */
static int
try_port(struct bg_loopback_sockets *sockets, const char *host, int port)
{
	int wants_v4 = strcmp(host, "[::1]") != 0, wants_v6 = strcmp(host, "127.0.0.1") != 0, failure = 0;

	if (wants_v4)
		failure = listen_on(sockets, AF_INET, &port);
	if (failure != 0 && !(wants_v6 && is_family_missing(failure)))
		return failure;
	if (!wants_v6)
		return 0;
	failure = listen_on(sockets, AF_INET6, &port);
	if (failure == 0 || (sockets->n > 0 && is_family_missing(failure)))
		return 0;
	bg_loopback_unbind(sockets);
	return failure;
}

static belgo_rc
bind_any_port(struct bg_loopback_sockets *out, const char *host, struct belgo_error *err)
{
	int failure = 0;

	for (int i = 0; i < ANY_PORT_TRIES; i++)
		if ((failure = try_port(out, host, 0)) != EADDRINUSE)
			break;
	if (failure == 0)
		return BELGO_OK;
	return bg_fail(err, BELGO_EUNAVAILABLE, "no port could be opened on %s: %s", host,
		       strerrordesc_np(failure));
}

static belgo_rc
say_what_was_tried(const struct belgo_listen_params *params, int failure, struct belgo_error *err)
{
	BG_AUTO(bg_buf_free) struct bg_buf ports = BG_BUF(160);
	const char *why = failure == EADDRINUSE ? "in use" : strerrordesc_np(failure);

	for (size_t i = 0; i < params->n_ports; i++)
		if (bg_buf_addf(&ports, "%s%d", i > 0 ? ", " : "", params->ports[i]) != BELGO_OK)
			break;
	if (params->n_ports == 1)
		return bg_fail(err, BELGO_EUNAVAILABLE, "port %d on %s: %s", params->ports[0], params->host,
			       why);
	return bg_fail(err, BELGO_EUNAVAILABLE, "no port on %s could be opened; tried %s, the last: %s",
		       params->host, ports.data != NULL ? ports.data : "", why);
}

static belgo_rc
check_params(const struct belgo_listen_params *params, struct belgo_error *err)
{
	static const char path_alphabet[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
					    "-._~!$&'()*+,;=:@%/";
	const char *host = params->host, *path = params->path != NULL ? params->path : "";

	if (host == NULL ||
	    (strcmp(host, "127.0.0.1") != 0 && strcmp(host, "[::1]") != 0 && strcmp(host, "localhost") != 0))
		return bg_fail(err, BELGO_EINVAL, "the redirect host must be 127.0.0.1, [::1] or localhost");
	if ((*path != '\0' && *path != '/') || path[strspn(path, path_alphabet)] != '\0')
		return bg_fail(err, BELGO_EINVAL,
			       "the redirect path must begin with / and have neither ? nor #");
	for (size_t i = 0; i < params->n_ports; i++)
		if (params->ports[i] < 1 || params->ports[i] > 65535)
			return bg_fail(err, BELGO_EINVAL, "%d is not a port", params->ports[i]);
	return BELGO_OK;
}

/* @spec RFC 8252 section 7.3, 8.3 */
belgo_rc
bg_loopback_bind(struct bg_loopback_sockets *out, const struct belgo_listen_params *params,
		 struct belgo_error *err)
{
	int failure = 0;

	BG_TRY(check_params(params, err));
	*out = (struct bg_loopback_sockets){0};
	if (params->n_ports == 0)
		return bind_any_port(out, params->host, err);
	for (size_t i = 0; i < params->n_ports; i++)
		if ((failure = try_port(out, params->host, params->ports[i])) == 0)
			return BELGO_OK;
	return say_what_was_tried(params, failure, err);
}

void
bg_loopback_unbind(struct bg_loopback_sockets *sockets)
{
	for (size_t i = 0; i < sockets->n; i++)
		(void)close(sockets->fd[i]);
	sockets->n = 0;
}
