/* The loopback listener over real sockets: what is a redirect, what is not, and that nothing but an answer
 * ends it. */
#include "harness/test.h"

#include "io/loopback.h"

#include <belgoauth/listener.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE_MS 3000

struct fixture {
	const struct belgo_listener *listener;
	struct belgo_listener_session *session;
	char *uri;
	int port;
	char *params; /* of the last candidate */
	struct belgo_error err;
	char reply[64 * 1024];
	int status;
};

static void
open_with(struct fixture *f, const struct belgo_listen_params *params)
{
	f->listener = belgo_listener_loopback();
	assert_int_equal(f->listener->open(f->listener->ctx, &f->session, params, &f->uri, &f->err),
			 BELGO_OK);
	f->port = (int)strtol(strrchr(f->uri, ':') + 1, NULL, 10);
}

static void
open_fixture(struct fixture *f, enum belgo_response_mode mode)
{
	const struct belgo_listen_params params = {.host = "127.0.0.1", .path = "/callback", .mode = mode};

	open_with(f, &params);
}

static void
close_fixture(struct fixture *f)
{
	f->listener->close(f->session);
	free(f->uri);
	free(f->params);
}

static int
connect_to(int family, int port)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET,
				 .sin_port = htons((uint16_t)port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_in6 v6 = {
	    .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port), .sin6_addr = in6addr_loopback};
	const struct sockaddr *address = family == AF_INET ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6;
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && connect(fd, address, family == AF_INET ? sizeof(v4) : sizeof(v6)) == 0)
		return fd;
	if (fd >= 0)
		(void)close(fd);
	return -1;
}

/* Turns of the loop until nothing stands ready, or a candidate. */
static void
pump(struct fixture *f)
{
	struct pollfd ready = {.fd = f->listener->fd(f->session), .events = POLLIN};
	char *params = NULL;

	while (params == NULL && poll(&ready, 1, 2) == 1)
		assert_int_equal(f->listener->dispatch(f->session, &params, &f->err), BELGO_OK);
	if (params != NULL) {
		free(f->params);
		f->params = params;
	}
}

static void
put(int fd, const char *data, size_t len)
{
	/* The listener may answer and close before all of a too large request is sent. */
	if (send(fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return;
}

/* Reads to the end while the listener lives; the status, or 0 for a connection closed without an answer. */
static void
read_reply(struct fixture *f, int fd)
{
	size_t len = 0;

	for (int i = 0; i < PATIENCE_MS / 5; i++) {
		struct pollfd ready = {.fd = fd, .events = POLLIN};
		ssize_t n;

		pump(f);
		if (poll(&ready, 1, 5) != 1)
			continue;
		n = recv(fd, f->reply + len, sizeof(f->reply) - 1 - len, 0);
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	f->reply[len] = '\0';
	f->status = len > 12 ? (int)strtol(f->reply + 9, NULL, 10) : 0;
}

/* One request on a connection of its own. f->params: the candidate, NULL if there is none. */
static int
ask(struct fixture *f, const char *request, size_t len)
{
	int fd = connect_to(AF_INET, f->port);

	assert_true(fd >= 0);
	free(f->params);
	f->params = NULL;
	put(fd, request, len);
	pump(f);
	return fd;
}

/* The request with PORT replaced. */
static size_t
fill_in(const struct fixture *f, char *out, size_t size, const char *request)
{
	size_t len = 0;

	for (const char *c = request; *c != '\0' && len + 8 < size;) {
		if (strncmp(c, "PORT", 4) == 0) {
			len += (size_t)snprintf(out + len, size - len, "%d", f->port);
			c += 4;
		} else {
			out[len++] = *c++;
		}
	}
	out[len] = '\0';
	return len;
}

static int
ask_text(struct fixture *f, const char *request)
{
	char filled[4096];

	return ask(f, filled, fill_in(f, filled, sizeof(filled), request));
}

/* A candidate must come of what was sent, sooner or later. */
static void
await_candidate(struct fixture *f)
{
	for (int i = 0; i < PATIENCE_MS / 2 && f->params == NULL; i++)
		pump(f);
	assert_non_null(f->params);
}

#define HOST "Host: 127.0.0.1:PORT\r\n"
#define GOOD "GET /callback?code=a%20b&state=s HTTP/1.1\r\n" HOST "\r\n"

static const struct belgo_page page = {.ok = 1, .title = "Signed in", .account = "ada@example.org"};

/* The fixture's candidate is answered; the browser has closed its direction, as it does after "Connection:
 * close". */
static void
answer(struct fixture *f, int fd)
{
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	f->listener->answer(f->session, &page);
	read_reply(f, fd);
	(void)close(fd);
}

static void
test_loopback__hands_out_a_redirect_and_answers_it(void **state)
{
	struct fixture f = {0};
	int fd;

	(void)state;
	open_fixture(&f, BELGO_RESPONSE_QUERY);
	fd = ask_text(&f, GOOD);
	await_candidate(&f);
	assert_string_equal(f.params, "code=a%20b&state=s");
	answer(&f, fd);
	assert_int_equal(f.status, 200);
	assert_non_null(strstr(f.reply, "ada@example.org"));
	assert_non_null(strstr(f.reply, "</html>"));
	assert_null(strstr(f.reply, "a%20b"));
	/* Single use: nobody listens there any more. */
	assert_int_equal(connect_to(AF_INET, f.port), -1);
	close_fixture(&f);
}

static void
test_loopback__says_where_it_listens(void **state)
{
	static const struct {
		const char *host, *path, *before, *after;
	} rows[] = {
	    {"127.0.0.1", "/callback", "http://127.0.0.1:", "/callback"},
	    {"localhost", "/", "http://localhost:", "/"},
	    {"[::1]", "/a/b", "http://[::1]:", "/a/b"},
	    {"127.0.0.1", "", "http://127.0.0.1:", ""},
	    {"localhost", NULL, "http://localhost:", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct belgo_listen_params params = {.host = rows[i].host, .path = rows[i].path};
		struct fixture f = {0};
		char want[64];

		open_with(&f, &params);
		(void)snprintf(want, sizeof(want), "%s%d%s", rows[i].before, f.port, rows[i].after);
		assert_string_equal(f.uri, want);
		assert_true(f.port > 1023);
		close_fixture(&f);
	}
}

static void
test_loopback__takes_no_path_for_a_slash(void **state)
{
	const struct belgo_listen_params params = {.host = "127.0.0.1", .path = ""};
	struct fixture f = {0};
	int fd;

	(void)state;
	open_with(&f, &params);
	fd = ask_text(&f, "GET /?code=x HTTP/1.1\r\n" HOST "\r\n");
	await_candidate(&f);
	assert_string_equal(f.params, "code=x");
	(void)close(fd);
	close_fixture(&f);
}

/* What is no redirect, in query mode. status 0: closed without an answer. */
static const struct {
	const char *name, *request;
	int status;
} not_redirects[] = {
    {"another path", "GET /callback2?code=x HTTP/1.1\r\n" HOST "\r\n", 404},
    {"a longer path", "GET /callback/?code=x HTTP/1.1\r\n" HOST "\r\n", 404},
    {"a path that only means the same", "GET /%63allback?code=x HTTP/1.1\r\n" HOST "\r\n", 404},
    {"favicon", "GET /favicon.ico HTTP/1.1\r\n" HOST "\r\n", 404},
    {"robots", "GET /robots.txt HTTP/1.1\r\n" HOST "\r\n", 404},
    {"foreign Host", "GET /callback?code=x HTTP/1.1\r\nHost: evil.example\r\n\r\n", 400},
    {"foreign Host, our port", "GET /callback?code=x HTTP/1.1\r\nHost: evil.example:PORT\r\n\r\n", 400},
    {"Host without a port", "GET /callback?code=x HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 400},
    {"Host by another name", "GET /callback?code=x HTTP/1.1\r\nHost: localhost:PORT\r\n\r\n", 400},
    {"no Host", "GET /callback?code=x HTTP/1.1\r\n\r\n", 400},
    {"two Hosts", "GET /callback?code=x HTTP/1.1\r\n" HOST HOST "\r\n", 400},
    {"absolute form", "GET http://127.0.0.1:PORT/callback?code=x HTTP/1.1\r\n" HOST "\r\n", 400},
    {"foreign Origin", "GET /callback?code=x HTTP/1.1\r\n" HOST "Origin: https://evil.example\r\n\r\n", 400},
    {"opaque Origin", "GET /callback?code=x HTTP/1.1\r\n" HOST "Origin: null\r\n\r\n", 400},
    {"HEAD", "HEAD /callback?code=x HTTP/1.1\r\n" HOST "\r\n", 405},
    {"OPTIONS", "OPTIONS /callback HTTP/1.1\r\n" HOST "Origin: https://evil.example\r\n\r\n", 405},
    {"PUT", "PUT /callback?code=x HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", 405},
    {"TRACE", "TRACE /callback?code=x HTTP/1.1\r\n" HOST "\r\n", 405},
    {"POST in query mode",
     "POST /callback HTTP/1.1\r\n" HOST
     "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 6\r\n\r\ncode=x",
     405},
    {"prefetch", "GET /callback?code=x HTTP/1.1\r\n" HOST "Sec-Purpose: prefetch;prerender\r\n\r\n", 204},
    {"prefetch of old", "GET /callback?code=x HTTP/1.1\r\n" HOST "Purpose: prefetch\r\n\r\n", 204},
    {"answer in the fragment", "GET /callback HTTP/1.1\r\n" HOST "\r\n", 400},
    {"empty query", "GET /callback? HTTP/1.1\r\n" HOST "\r\n", 400},
    {"GET with a body", "GET /callback?code=x HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\nx", 400},
    {"bare LF", "GET /callback?code=x HTTP/1.1\n" HOST "\n", 400},
    {"folded field", "GET /callback?code=x HTTP/1.1\r\n" HOST "A: b\r\n c\r\n\r\n", 400},
    {"blank before the colon", "GET /callback?code=x HTTP/1.1\r\n" HOST "A : b\r\n\r\n", 400},
    {"two blanks", "GET  /callback?code=x HTTP/1.1\r\n" HOST "\r\n", 400},
    {"chunked", "GET /callback?code=x HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n", 400},
    {"two lengths", "GET /callback?code=x HTTP/1.1\r\n" HOST "Content-Length: 0\r\nContent-Length: 0\r\n\r\n",
     400},
    {"HTTP/0.9", "GET /callback?code=x\r\n", 400},
    {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
    {"TLS", "\x16\x03\x01\x02", 400},
};

static void
test_loopback__turns_away_what_is_no_redirect_and_goes_on(void **state)
{
	struct fixture f = {0};
	int fd;

	(void)state;
	open_fixture(&f, BELGO_RESPONSE_QUERY);
	for (size_t i = 0; i < sizeof(not_redirects) / sizeof(not_redirects[0]); i++) {
		fd = ask_text(&f, not_redirects[i].request);
		read_reply(&f, fd);
		assert_row(not_redirects[i].name, f.params == NULL);
		if (f.status != not_redirects[i].status)
			fail_msg("row \"%s\": status %d", not_redirects[i].name, f.status);
		(void)close(fd);
		pump(&f);
	}
	fd = ask_text(&f, GOOD);
	await_candidate(&f);
	(void)close(fd);
	close_fixture(&f);
}

static void
test_loopback__forbids_what_a_browser_could_do_with_its_answers(void **state)
{
	static const char *const wants[] = {
	    "\r\nContent-Security-Policy: default-src 'none'; style-src 'sha256-",
	    "; frame-ancestors 'none'\r\n",
	    "\r\nX-Content-Type-Options: nosniff\r\n",
	    "\r\nReferrer-Policy: no-referrer\r\n",
	    "\r\nCache-Control: no-store\r\n",
	    "\r\nCross-Origin-Opener-Policy: same-origin\r\n",
	    "\r\nConnection: close\r\n",
	};
	static const char *const requests[] = {
	    GOOD,
	    "GET /favicon.ico HTTP/1.1\r\n" HOST "\r\n",
	    "OPTIONS /callback HTTP/1.1\r\n" HOST "Origin: https://evil.example\r\n\r\n",
	    "GET /callback?code=x HTTP/1.1\r\n" HOST "Purpose: prefetch\r\n\r\n",
	};
	struct fixture f = {0};

	(void)state;
	open_fixture(&f, BELGO_RESPONSE_QUERY);
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		int fd = ask_text(&f, requests[i]);

		if (i == 0) {
			await_candidate(&f);
			f.listener->reject(f.session, "<script>alert(1)</script>");
		}
		read_reply(&f, fd);
		for (size_t j = 0; j < sizeof(wants) / sizeof(wants[0]); j++)
			assert_row(wants[j], strstr(f.reply, wants[j]) != NULL);
		assert_null(strcasestr(f.reply, "access-control-"));
		assert_null(strstr(f.reply, "<script>alert"));
		assert_int_equal(strstr(f.reply, "\r\nAllow: GET\r\n") != NULL, f.status == 405);
		(void)close(fd);
	}
	close_fixture(&f);
}

static void
test_loopback__never_shows_what_was_sent(void **state)
{
	struct fixture f = {0};
	int fd;

	(void)state;
	open_fixture(&f, BELGO_RESPONSE_QUERY);
	fd = ask_text(&f, "GET /no?error=MARKER HTTP/1.1\r\n" HOST "Referer: MARKER\r\n\r\n");
	read_reply(&f, fd);
	assert_int_equal(f.status, 404);
	assert_null(strstr(f.reply, "MARKER"));
	(void)close(fd);
	close_fixture(&f);
}

static void
test_loopback__bounds_the_request(void **state)
{
	static const struct {
		const char *name, *before, *filler, *after;
		size_t fill;
		int status; /* 0: a candidate */
	} rows[] = {
	    {"long query", "GET /callback?code=", "xxxxxxxx", " HTTP/1.1\r\n" HOST "\r\n", 1400, 0},
	    {"longer query", "GET /callback?code=", "xxxxxxxx", " HTTP/1.1\r\n" HOST "\r\n", 1600, 414},
	    {"many fields", "GET /callback?code=x HTTP/1.1\r\n" HOST, "A: b\r\n", "\r\n", 90, 0},
	    {"too many fields", "GET /callback?code=x HTTP/1.1\r\n" HOST, "A: b\r\n", "\r\n", 200, 431},
	    {"endless first line", "GET /callback?code=", "xxxxxxxx", "", 3000, 414},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fixture f = {0};
		char request[32768], part[256];
		size_t len;
		int fd;

		open_fixture(&f, BELGO_RESPONSE_QUERY);
		len = fill_in(&f, request, sizeof(request), rows[i].before);
		for (size_t j = 0; j < rows[i].fill; j++)
			len += (size_t)snprintf(request + len, sizeof(request) - len, "%s", rows[i].filler);
		(void)fill_in(&f, part, sizeof(part), rows[i].after);
		len += (size_t)snprintf(request + len, sizeof(request) - len, "%s", part);
		fd = ask(&f, request, len);
		if (rows[i].status == 0)
			await_candidate(&f);
		if (rows[i].status != 0) {
			read_reply(&f, fd);
			assert_row(rows[i].name, f.params == NULL);
			if (f.status != rows[i].status)
				fail_msg("row \"%s\": status %d", rows[i].name, f.status);
		}
		(void)close(fd);
		close_fixture(&f);
	}
}

#define FORM "Content-Type: application/x-www-form-urlencoded\r\n"

/* @spec OAuth 2.0 Form Post Response Mode section 2 */
static void
test_loopback__takes_a_form_in_form_post_mode_only(void **state)
{
	static const struct {
		const char *name, *request;
		int status; /* 0: a candidate */
	} rows[] = {
	    {"form", "POST /callback HTTP/1.1\r\n" HOST FORM "Content-Length: 6\r\n\r\ncode=x", 0},
	    {"form of a foreign origin",
	     "POST /callback HTTP/1.1\r\n" HOST "Origin: https://idp.example\r\n" FORM
	     "Content-Length: 6\r\n\r\ncode=x",
	     0},
	    {"form with a charset",
	     "POST /callback HTTP/1.1\r\n" HOST "Content-Type: application/x-www-form-urlencoded; "
	     "charset=utf-8\r\nContent-Length: 6\r\n\r\ncode=x",
	     0},
	    {"GET", "GET /callback?code=x HTTP/1.1\r\n" HOST "\r\n", 405},
	    {"two places", "POST /callback?state=s HTTP/1.1\r\n" HOST FORM "Content-Length: 6\r\n\r\ncode=x",
	     400},
	    {"JSON",
	     "POST /callback HTTP/1.1\r\n" HOST
	     "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
	     415},
	    {"multipart",
	     "POST /callback HTTP/1.1\r\n" HOST
	     "Content-Type: multipart/form-data; boundary=a\r\nContent-Length: 2\r\n\r\n--",
	     415},
	    {"no type", "POST /callback HTTP/1.1\r\n" HOST "Content-Length: 6\r\n\r\ncode=x", 415},
	    {"empty", "POST /callback HTTP/1.1\r\n" HOST FORM "Content-Length: 0\r\n\r\n", 400},
	    {"no length", "POST /callback HTTP/1.1\r\n" HOST FORM "\r\n", 400},
	    {"10 MB", "POST /callback HTTP/1.1\r\n" HOST FORM "Content-Length: 10000000\r\n\r\ncode=x", 413},
	    {"chunked",
	     "POST /callback HTTP/1.1\r\n" HOST FORM
	     "Transfer-Encoding: chunked\r\n\r\n6\r\ncode=x\r\n0\r\n\r\n",
	     400},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fixture f = {0};
		int fd;

		open_fixture(&f, BELGO_RESPONSE_FORM_POST);
		fd = ask_text(&f, rows[i].request);
		if (rows[i].status == 0)
			await_candidate(&f);
		if (f.params != NULL) {
			assert_row(rows[i].name, strcmp(f.params, "code=x") == 0);
		} else {
			read_reply(&f, fd);
			assert_row(rows[i].name, f.params == NULL);
			if (f.status != rows[i].status)
				fail_msg("row \"%s\": status %d", rows[i].name, f.status);
		}
		(void)close(fd);
		close_fixture(&f);
	}
}

static void
test_loopback__refuses_a_form_with_a_nul(void **state)
{
	struct fixture f = {0};
	char request[256];
	size_t len;
	int fd;

	(void)state;
	open_fixture(&f, BELGO_RESPONSE_FORM_POST);
	len = fill_in(&f, request, sizeof(request),
		      "POST /callback HTTP/1.1\r\n" HOST FORM "Content-Length: 6\r\n\r\ncod?=x");
	*strchr(request, '?') = '\0';
	fd = ask(&f, request, len);
	assert_null(f.params);
	read_reply(&f, fd);
	assert_int_equal(f.status, 400);
	(void)close(fd);
	close_fixture(&f);
}

static void
test_loopback__waits_for_a_request_that_comes_in_pieces(void **state)
{
	struct fixture f = {0};
	char request[256];
	size_t len;
	int fd;

	(void)state;
	open_fixture(&f, BELGO_RESPONSE_FORM_POST);
	len = fill_in(&f, request, sizeof(request),
		      "POST /callback HTTP/1.1\r\n" HOST FORM "Content-Length: 6\r\n\r\ncode=x");
	fd = ask(&f, request, 5);
	for (size_t i = 5; i < len; i += 7) {
		assert_null(f.params);
		put(fd, request + i, len - i < 7 ? len - i : 7);
		pump(&f);
	}
	await_candidate(&f);
	assert_string_equal(f.params, "code=x");
	(void)close(fd);
	close_fixture(&f);
}

static void
test_loopback__hands_out_one_candidate_at_a_time(void **state)
{
	struct fixture f = {0};
	struct pollfd ready;
	int first, second;

	(void)state;
	open_fixture(&f, BELGO_RESPONSE_QUERY);
	first = ask_text(&f, "GET /callback?state=wrong HTTP/1.1\r\n" HOST "\r\n");
	await_candidate(&f);
	assert_string_equal(f.params, "state=wrong");
	second = ask_text(&f, GOOD);
	assert_null(f.params);
	f.listener->reject(f.session, "The state is not the one that was sent.");
	/* The program is woken for the one in the queue. */
	ready = (struct pollfd){.fd = f.listener->fd(f.session), .events = POLLIN};
	assert_int_equal(poll(&ready, 1, PATIENCE_MS), 1);
	pump(&f);
	await_candidate(&f);
	assert_string_equal(f.params, "code=a%20b&state=s");
	read_reply(&f, first);
	assert_int_equal(f.status, 400);
	assert_non_null(strstr(f.reply, "The state is not the one that was sent."));
	(void)close(first);
	answer(&f, second);
	assert_int_equal(f.status, 200);
	close_fixture(&f);
}

static void
test_loopback__survives_any_number_of_wrong_redirects(void **state)
{
	struct fixture f = {0};
	int fd;

	(void)state;
	open_fixture(&f, BELGO_RESPONSE_QUERY);
	for (int i = 0; i < 100; i++) {
		fd = ask_text(&f, "GET /callback?state=wrong HTTP/1.1\r\n" HOST "\r\n");
		await_candidate(&f);
		f.listener->reject(f.session, NULL);
		(void)close(fd);
	}
	fd = ask_text(&f, GOOD);
	await_candidate(&f);
	assert_string_equal(f.params, "code=a%20b&state=s");
	answer(&f, fd);
	assert_int_equal(f.status, 200);
	close_fixture(&f);
}

static void
test_loopback__idle_connections_do_not_keep_the_redirect_out(void **state)
{
	struct fixture f = {0};
	int idle[50], fd;

	(void)state;
	open_fixture(&f, BELGO_RESPONSE_QUERY);
	for (size_t i = 0; i < 50; i++) {
		idle[i] = connect_to(AF_INET, f.port);
		assert_true(idle[i] >= 0);
		put(idle[i], "G", 1);
		pump(&f);
	}
	fd = ask_text(&f, GOOD);
	await_candidate(&f);
	answer(&f, fd);
	assert_int_equal(f.status, 200);
	for (size_t i = 0; i < 50; i++)
		(void)close(idle[i]);
	close_fixture(&f);
}

static void
test_loopback__a_slow_request_has_a_deadline(void **state)
{
	struct fixture f = {0};
	struct bg_conn *conn;
	int fd;

	(void)state;
	open_fixture(&f, BELGO_RESPONSE_QUERY);
	fd = ask(&f, "GET /call", 9);
	conn = &f.session->conns[0];
	for (int i = 0; i < PATIENCE_MS / 2 && conn->in.len < 9; i++)
		pump(&f);
	assert_int_equal(conn->state, BG_CONN_READING);
	assert_in_range((uint64_t)(conn->deadline - bg_redirect_now()), 1, BG_REDIRECT_READ_MS);
	/* Each byte that comes leaves the deadline where it is. */
	put(fd, "b", 1);
	pump(&f);
	assert_in_range((uint64_t)(conn->deadline - bg_redirect_now()), 1, BG_REDIRECT_READ_MS);
	conn->deadline = bg_redirect_now() - 1;
	bg_redirect_arm(f.session);
	pump(&f);
	assert_int_equal(conn->state, BG_CONN_FREE);
	read_reply(&f, fd);
	assert_int_equal(f.status, 0);
	(void)close(fd);
	close_fixture(&f);
}

static void
test_loopback__a_browser_that_left_is_no_failure(void **state)
{
	struct fixture f = {0};
	int fd;

	(void)state;
	open_fixture(&f, BELGO_RESPONSE_QUERY);
	fd = ask_text(&f, GOOD);
	await_candidate(&f);
	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){.l_onoff = 1}, sizeof(struct linger));
	(void)close(fd);
	pump(&f);
	f.listener->answer(f.session, &page);
	close_fixture(&f);
}

static void
test_loopback__answers_without_a_candidate_by_closing(void **state)
{
	struct fixture f = {0};

	(void)state;
	open_fixture(&f, BELGO_RESPONSE_QUERY);
	f.listener->reject(f.session, "nothing to reject");
	f.listener->answer(f.session, &page);
	assert_int_equal(connect_to(AF_INET, f.port), -1);
	close_fixture(&f);
}

static void
test_loopback__shares_its_port_with_nobody(void **state)
{
	struct fixture f = {0}, other = {0};
	struct belgo_listen_params params = {.host = "127.0.0.1", .path = "/", .n_ports = 1};
	struct belgo_listener_session *session = NULL;
	char *uri = NULL, want[64];
	int ports[2];

	(void)state;
	open_fixture(&f, BELGO_RESPONSE_QUERY);
	ports[0] = f.port;
	params.ports = ports;
	assert_int_equal(f.listener->open(NULL, &session, &params, &uri, &f.err), BELGO_EUNAVAILABLE);
	(void)snprintf(want, sizeof(want), "port %d on 127.0.0.1: in use", f.port);
	assert_string_equal(f.err.text, want);
	assert_null(session);
	assert_null(uri);

	/* The next of the list is taken instead. */
	open_fixture(&other, BELGO_RESPONSE_QUERY);
	ports[1] = other.port;
	close_fixture(&other);
	other = (struct fixture){0};
	params.n_ports = 2;
	open_with(&other, &params);
	assert_int_equal(other.port, ports[1]);
	f.err = (struct belgo_error){0};
	assert_int_equal(f.listener->open(NULL, &session, &params, &uri, &f.err), BELGO_EUNAVAILABLE);
	(void)snprintf(want, sizeof(want), "tried %d, %d", ports[0], ports[1]);
	assert_non_null(strstr(f.err.text, want));
	close_fixture(&other);
	close_fixture(&f);
}

/* "localhost" may be looked up either way, so both must be ours, or a stranger could receive the code. */
static void
test_loopback__localhost_means_both_families(void **state)
{
	const struct belgo_listen_params v6 = {.host = "[::1]", .path = "/"};
	struct belgo_listen_params localhost = {.host = "localhost", .path = "/"};
	struct belgo_listener_session *session = NULL;
	struct fixture f = {0}, squatter = {0};
	char *uri = NULL;
	int fd, family = AF_INET6;

	(void)state;
	open_with(&f, &localhost);
	do {
		char request[128];

		fd = connect_to(family, f.port);
		assert_true(fd >= 0);
		put(fd, request,
		    fill_in(&f, request, sizeof(request),
			    "GET /?c=1 HTTP/1.1\r\nHost: localhost:PORT\r\n\r\n"));
		pump(&f);
		await_candidate(&f);
		f.listener->reject(f.session, NULL);
		free(f.params);
		f.params = NULL;
		(void)close(fd);
	} while (family == AF_INET6 && (family = AF_INET));

	open_with(&squatter, &v6);
	localhost.ports = &squatter.port;
	localhost.n_ports = 1;
	assert_int_equal(f.listener->open(NULL, &session, &localhost, &uri, &f.err), BELGO_EUNAVAILABLE);
	assert_non_null(strstr(f.err.text, "in use"));
	/* And the half that was had is given back. */
	assert_int_equal(connect_to(AF_INET, squatter.port), -1);
	close_fixture(&squatter);
	close_fixture(&f);
}

static void
test_loopback__refuses_other_addresses_and_paths(void **state)
{
	static const int port_0 = 0, port_big = 65536;
	static const struct {
		const char *name;
		struct belgo_listen_params params;
	} rows[] = {
	    {"any address", {.host = "0.0.0.0", .path = "/"}},
	    {"a name", {.host = "example.org", .path = "/"}},
	    {"IPv6 without brackets", {.host = "::1", .path = "/"}},
	    {"no host", {.path = "/"}},
	    {"relative path", {.host = "127.0.0.1", .path = "callback"}},
	    {"query", {.host = "127.0.0.1", .path = "/a?b"}},
	    {"fragment", {.host = "127.0.0.1", .path = "/a#b"}},
	    {"line break", {.host = "127.0.0.1", .path = "/a\r\nb"}},
	    {"port 0", {.host = "127.0.0.1", .path = "/", .ports = &port_0, .n_ports = 1}},
	    {"port 65536", {.host = "127.0.0.1", .path = "/", .ports = &port_big, .n_ports = 1}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct belgo_listener_session *session = NULL;
		char *uri = NULL;

		assert_row(rows[i].name, belgo_listener_loopback()->open(NULL, &session, &rows[i].params,
									 &uri, NULL) == BELGO_EINVAL);
		assert_row(rows[i].name, session == NULL && uri == NULL);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_loopback__hands_out_a_redirect_and_answers_it),
	    cmocka_unit_test(test_loopback__says_where_it_listens),
	    cmocka_unit_test(test_loopback__takes_no_path_for_a_slash),
	    cmocka_unit_test(test_loopback__turns_away_what_is_no_redirect_and_goes_on),
	    cmocka_unit_test(test_loopback__forbids_what_a_browser_could_do_with_its_answers),
	    cmocka_unit_test(test_loopback__never_shows_what_was_sent),
	    cmocka_unit_test(test_loopback__bounds_the_request),
	    cmocka_unit_test(test_loopback__takes_a_form_in_form_post_mode_only),
	    cmocka_unit_test(test_loopback__refuses_a_form_with_a_nul),
	    cmocka_unit_test(test_loopback__waits_for_a_request_that_comes_in_pieces),
	    cmocka_unit_test(test_loopback__hands_out_one_candidate_at_a_time),
	    cmocka_unit_test(test_loopback__survives_any_number_of_wrong_redirects),
	    cmocka_unit_test(test_loopback__idle_connections_do_not_keep_the_redirect_out),
	    cmocka_unit_test(test_loopback__a_slow_request_has_a_deadline),
	    cmocka_unit_test(test_loopback__a_browser_that_left_is_no_failure),
	    cmocka_unit_test(test_loopback__answers_without_a_candidate_by_closing),
	    cmocka_unit_test(test_loopback__shares_its_port_with_nobody),
	    cmocka_unit_test(test_loopback__localhost_means_both_families),
	    cmocka_unit_test(test_loopback__refuses_other_addresses_and_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
