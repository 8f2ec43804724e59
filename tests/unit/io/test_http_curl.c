/* The libcurl transport against servers that behave and servers that do not. Everything on loopback. */
#include "harness/test.h"

#include "scripted_server.h"

#include <belgoauth/transport.h>

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SECRET "s3cret-code"
#define OK_HEAD "HTTP/1.1 200 OK\r\n"

/* The C library's, and how often it was asked about a descriptor that is closed, or is another's by now. */
static int strange_descriptors;

int
epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event)
{
	int rc = (int)syscall(SYS_epoll_ctl, epoll, operation, fd, event);

	if (rc != 0)
		strange_descriptors++;
	return rc;
}

struct fixture {
	struct belgo_transport transport;
	struct scripted_server server;
	struct belgo_http_request req;
	struct belgo_http_response res;
	struct belgo_error err;
	char ca_path[64];
};

static char *
text(const char *s)
{
	char *copy = strdup(s);

	assert_non_null(copy);
	return copy;
}

static void
set_url(struct fixture *f, const char *scheme)
{
	char url[128];

	(void)snprintf(url, sizeof(url), "%s://127.0.0.1:%d/token?code=" SECRET, scheme, f->server.port);
	free(f->req.url);
	f->req.url = text(url);
}

static void
begin_fixture(struct fixture *f, const struct script *script, SSL_CTX *tls,
	      const struct belgo_curl_params *params)
{
	server_start(&f->server, script, tls);
	assert_int_equal(belgo_transport_curl_new(&f->transport, params, &f->err), BELGO_OK);
	f->req.method = "GET";
	f->req.what = "token endpoint";
	f->req.max_body = 1000;
	f->req.timeout_ms = 4000;
	set_url(f, tls != NULL ? "https" : "http");
}

static void
end_fixture(struct fixture *f)
{
	belgo_transport_done(&f->transport);
	server_stop(&f->server);
	belgo_http_request_done(&f->req);
	belgo_http_response_done(&f->res);
	assert_null(strstr(f->err.text, SECRET));
}

/* Drives a call to its end as a program with a poll loop would. */
static belgo_rc
drive(struct fixture *f, struct belgo_http_call *call)
{
	int done = 0;

	while (!done) {
		struct pollfd ready = {.fd = f->transport.fd(call), .events = POLLIN};

		assert_int_equal(poll(&ready, 1, 8000), 1);
		assert_int_equal(f->transport.dispatch(call, &done, &f->err), BELGO_OK);
	}
	return f->transport.finish(call, &f->res, &f->err);
}

static belgo_rc
fetch(struct fixture *f)
{
	struct belgo_http_call *call = NULL;
	belgo_rc rc;

	belgo_http_response_done(&f->res);
	f->err = (struct belgo_error){0};
	if ((rc = f->transport.begin(f->transport.ctx, &call, &f->req, &f->err)) != BELGO_OK) {
		assert_null(call);
		return rc;
	}
	return drive(f, call);
}

static void
test_http_curl__gives_status_headers_and_body(void **state)
{
	struct fixture f = {0};
	const struct script script = {
	    .reply = "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json \r\nWARNING: "
		     "one\r\nwarning: two\r\n"
		     "X-Folded: a\r\n\t b\r\nContent-Length: 2\r\n\r\n{}",
	};

	(void)state;
	begin_fixture(&f, &script, NULL, NULL);
	assert_int_equal(fetch(&f), BELGO_OK);
	assert_int_equal(f.res.status, 400);
	assert_int_equal(f.res.n_headers, 5);
	assert_string_equal(f.res.headers[1].name, "warning");
	assert_string_equal(f.res.headers[2].value, "two");
	assert_string_equal(belgo_http_response_header(&f.res, "content-TYPE"), "application/json");
	assert_string_equal(belgo_http_response_header(&f.res, "x-folded"), "a b");
	assert_null(belgo_http_response_header(&f.res, "location"));
	assert_int_equal(f.res.body_len, 2);
	assert_string_equal(f.res.body, "{}");
	assert_true(f.res.received_at > 1700000000);
	end_fixture(&f);
}

/* @spec RFC 9700 section 4.12: a redirect that was followed would send the code or token elsewhere. */
static void
test_http_curl__does_not_follow_redirects(void **state)
{
	static const int statuses[] = {301, 302, 303, 307, 308};

	(void)state;
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		struct fixture f = {0};
		char reply[128];

		(void)snprintf(reply, sizeof(reply),
			       "HTTP/1.1 %d Moved\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n",
			       statuses[i]);
		begin_fixture(&f, &(struct script){.reply = reply, .keep_alive = 1}, NULL, NULL);
		assert_int_equal(fetch(&f), BELGO_OK);
		assert_int_equal(f.res.status, statuses[i]);
		assert_string_equal(f.res.body, "");
		end_fixture(&f);
		assert_int_equal(f.server.requests, 1);
	}
}

static void
test_http_curl__sends_what_it_is_given_and_nothing_more(void **state)
{
	struct fixture f = {0};
	const struct script script = {
	    .reply = OK_HEAD "Set-Cookie: session=1; Path=/\r\nContent-Length: 0\r\n\r\n",
	    .keep_alive = 1,
	};
	const struct belgo_curl_params params = {.user_agent = "program/1"};

	(void)state;
	begin_fixture(&f, &script, NULL, &params);
	f.req.method = "POST";
	f.req.body = text("grant_type=x");
	f.req.body_len = strlen(f.req.body);
	f.req.headers = calloc(2, sizeof(*f.req.headers));
	f.req.n_headers = 2;
	f.req.headers[0] = (struct belgo_http_header){text("Accept"), text("application/json")};
	f.req.headers[1] = (struct belgo_http_header){text("X-Empty"), text("")};
	assert_int_equal(fetch(&f), BELGO_OK);
	assert_int_equal(fetch(&f), BELGO_OK);
	end_fixture(&f);
	assert_int_equal(f.server.requests, 2);
	assert_non_null(strstr(f.server.last_request, "POST /token?code=" SECRET " HTTP/1.1\r\n"));
	assert_non_null(strstr(f.server.last_request, "\r\nAccept: application/json\r\n"));
	assert_non_null(strstr(f.server.last_request, "\r\nX-Empty:\r\n"));
	assert_non_null(strstr(f.server.last_request, "\r\nUser-Agent: program/1\r\n"));
	assert_non_null(strstr(f.server.last_request, "\r\n\r\ngrant_type=x"));
	assert_null(strcasestr(f.server.last_request, "\r\ncookie:"));
	assert_null(strcasestr(f.server.last_request, "\r\nexpect:"));
	assert_null(strcasestr(f.server.last_request, "\r\naccept-encoding:"));
	assert_null(strcasestr(f.server.last_request, "\r\nauthorization:"));
}

static void
test_http_curl__speaks_every_method_that_registration_needs(void **state)
{
	static const struct {
		const char *name, *body, *want;
	} rows[] = {
	    {"GET", NULL, "GET /"},
	    {"POST", NULL, "POST /"},
	    {"PUT", "{}", "PUT /"},
	    {"DELETE", NULL, "DELETE /"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fixture f = {0};

		begin_fixture(&f, &(struct script){.reply = "HTTP/1.1 204 No Content\r\n\r\n"}, NULL, NULL);
		f.req.method = rows[i].name;
		f.req.body = rows[i].body != NULL ? text(rows[i].body) : NULL;
		f.req.body_len = rows[i].body != NULL ? strlen(rows[i].body) : 0;
		assert_row(rows[i].name, fetch(&f) == BELGO_OK);
		assert_row(rows[i].name, f.res.status == 204);
		end_fixture(&f);
		assert_row(rows[i].name,
			   strncmp(f.server.last_request, rows[i].want, strlen(rows[i].want)) == 0);
	}
}

#define KILOBYTE_64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define HEADER_1K "X-A: " KILOBYTE_64 KILOBYTE_64 KILOBYTE_64 KILOBYTE_64 "\r\n"

/* Each answer, and what becomes of it. max_body is 1000. */
static const struct {
	const char *name;
	struct script script;
	belgo_rc want;
	const char *text; /* in the error's text */
} answers[] = {
    {"body at the ceiling",
     {.reply = OK_HEAD "Content-Length: 1000\r\n\r\n", .filler = "0123456789", .fill = 100},
     BELGO_OK,
     ""},
    {"two lengths that differ",
     {.reply = OK_HEAD "Content-Length: 5\r\nContent-Length: 2\r\n\r\nokabc"},
     BELGO_EPROTO,
     "malformed head"},
    {"one length, twice",
     {.reply = OK_HEAD "Content-Length: 2\r\nContent-Length: 2\r\n\r\nok"},
     BELGO_OK,
     ""},
    {"announced body beyond the ceiling",
     {.reply = OK_HEAD "Content-Length: 1001\r\n\r\n", .filler = "0123456789", .fill = 101},
     BELGO_EPROTO,
     "more than 1000 bytes"},
    {"body beyond the ceiling until the end",
     {.reply = OK_HEAD "\r\n", .filler = "0123456789", .fill = 101},
     BELGO_EPROTO,
     "more than 1000 bytes"},
    {"endless chunks",
     {.reply = OK_HEAD "Transfer-Encoding: chunked\r\n\r\n", .filler = "5\r\nabcde\r\n", .fill = 100000},
     BELGO_EPROTO,
     "more than 1000 bytes"},
    {"headers below the ceiling",
     {.reply = OK_HEAD, .filler = HEADER_1K, .fill = 240, .ending = "Content-Length: 0\r\n\r\n"},
     BELGO_OK,
     ""},
    {"headers beyond the ceiling",
     {.reply = OK_HEAD, .filler = HEADER_1K, .fill = 260, .ending = "Content-Length: 0\r\n\r\n"},
     BELGO_EPROTO,
     "head that is too large"},
    {"one endless header line",
     {.reply = OK_HEAD "X: ", .filler = KILOBYTE_64, .fill = 4000},
     BELGO_EPROTO,
     "head that is too large"},
    {"a flood of cookies",
     {.reply = OK_HEAD, .filler = "Set-Cookie: a=b\r\n", .fill = 10000},
     BELGO_EPROTO,
     "head that is too large"},
    {"some interim answers",
     {.filler = "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n",
      .fill = 5,
      .ending = OK_HEAD "Content-Length: 0\r\n\r\n"},
     BELGO_OK,
     ""},
    {"a flood of interim answers",
     {.filler = "HTTP/1.1 103 Early Hints\r\n\r\n", .fill = 10000},
     BELGO_EPROTO,
     "head that is too large"},
    {"a flood of trailers",
     {.reply = OK_HEAD "Transfer-Encoding: chunked\r\nTrailer: X-A\r\n\r\n0\r\n",
      .filler = HEADER_1K,
      .fill = 300},
     BELGO_EPROTO,
     "head that is too large"},
    {"no status line", {.reply = "hello\r\n\r\n"}, BELGO_EPROTO, "not HTTP"},
    {"a status that is no number", {.reply = "HTTP/1.1 abc OK\r\n\r\n"}, BELGO_EPROTO, ""},
    {"a header without a colon",
     {.reply = OK_HEAD "nonsense\r\nContent-Length: 0\r\n\r\n"},
     BELGO_EPROTO,
     ""},
    {"a continuation of nothing", {.reply = OK_HEAD " x\r\nContent-Length: 0\r\n\r\n"}, BELGO_EPROTO, ""},
    {"no answer at all", {.reply = ""}, BELGO_EUNAVAILABLE, "without an answer"},
    {"cut in the head", {.reply = OK_HEAD "Content-Le"}, BELGO_EUNAVAILABLE, ""},
    {"cut in the body",
     {.reply = OK_HEAD "Content-Length: 10\r\n\r\nabc"},
     BELGO_EUNAVAILABLE,
     "before the answer was"},
    {"cut in the chunks",
     {.reply = OK_HEAD "Transfer-Encoding: chunked\r\n\r\n5\r\nab"},
     BELGO_EUNAVAILABLE,
     ""},
};

static void
test_http_curl__judges_the_shape_of_an_answer(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		struct fixture f = {0};
		belgo_rc rc;

		begin_fixture(&f, &answers[i].script, NULL, NULL);
		rc = fetch(&f);
		if (rc != answers[i].want || strstr(f.err.text, answers[i].text) == NULL)
			fail_msg("row \"%s\": %s: %s", answers[i].name, belgo_rc_code(rc), f.err.text);
		assert_row(answers[i].name,
			   rc == BELGO_OK || strstr(f.err.text, "token endpoint: ") == f.err.text);
		assert_row(answers[i].name, (f.res.body != NULL) == (rc == BELGO_OK));
		end_fixture(&f);
	}
}

static void
test_http_curl__keeps_the_headers_of_the_last_block_only(void **state)
{
	struct fixture f = {0};
	const struct script script = {
	    .reply = "HTTP/1.1 103 Early Hints\r\nWWW-Authenticate: x\r\n\r\n" OK_HEAD
		     "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nContent-Type: application/json\r\n"
		     "HTTP/1.1: 500\r\nDate: y\r\n\r\n",
	};

	(void)state;
	begin_fixture(&f, &script, NULL, NULL);
	assert_int_equal(fetch(&f), BELGO_OK);
	assert_int_equal(f.res.status, 200);
	assert_int_equal(f.res.n_headers, 1);
	assert_string_equal(f.res.headers[0].name, "transfer-encoding");
	assert_string_equal(f.res.body, "ab");
	end_fixture(&f);
}

static void
test_http_curl__does_not_decode_what_it_did_not_ask_for(void **state)
{
	struct fixture f = {0};
	const struct script script = {.reply = OK_HEAD
				      "Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\n\x1f\x8b\x08zz"};

	(void)state;
	begin_fixture(&f, &script, NULL, NULL);
	assert_int_equal(fetch(&f), BELGO_OK);
	assert_int_equal(f.res.body_len, 5);
	assert_memory_equal(f.res.body, "\x1f\x8b\x08zz", 5);
	end_fixture(&f);
}

static void
test_http_curl__gives_up_when_the_time_is_over(void **state)
{
	static const struct {
		const char *name;
		struct script script;
	} rows[] = {
	    {"silence", {.hold = 1}},
	    {"stall after the head", {.reply = OK_HEAD "Content-Length: 9\r\n\r\n", .hold = 1}},
	    {"a byte now and then",
	     {.reply = OK_HEAD "Content-Length: 900\r\n\r\n", .filler = "x", .fill = 900, .drip_ms = 50}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fixture f = {0};

		begin_fixture(&f, &rows[i].script, NULL, NULL);
		f.req.timeout_ms = 250;
		assert_row(rows[i].name, fetch(&f) == BELGO_EUNAVAILABLE);
		assert_row(rows[i].name, strstr(f.err.text, "did not answer in time") != NULL);
		end_fixture(&f);
	}
}

#define LATE .filler = "", .fill = 1, .drip_ms = 2000
#define LATE_ROWS 3

/* For a second, in which every request goes out and no answer comes yet. */
static void
turn_all(struct fixture *f, struct belgo_http_call **call)
{
	for (int turn = 0; turn < 100; turn++) {
		struct fixture *one = &f[turn % LATE_ROWS];
		struct pollfd ready = {.fd = one->transport.fd(call[turn % LATE_ROWS]), .events = POLLIN};
		int done = 0;

		if (poll(&ready, 1, 10) == 1)
			assert_int_equal(one->transport.dispatch(call[turn % LATE_ROWS], &done, &one->err),
					 BELGO_OK);
		assert_false(done);
	}
}

/* ^Z while the answer comes: it was in time, this program was not. Half an answer is late all the same. */
static void
test_http_curl__takes_the_answer_that_came_while_the_program_was_stopped(void **state)
{
	static const struct {
		const char *name;
		struct script script;
		belgo_rc want;
	} rows[LATE_ROWS] = {
	    {"whole", {LATE, .ending = OK_HEAD "Content-Length: 2\r\n\r\nok", .hold = 1}, BELGO_OK},
	    {"half", {LATE, .ending = OK_HEAD "Content-Length: 9\r\n\r\nok", .hold = 1}, BELGO_EUNAVAILABLE},
	    {"nothing", {LATE, .hold = 1}, BELGO_EUNAVAILABLE},
	};
	struct fixture f[LATE_ROWS] = {0};
	struct belgo_http_call *call[LATE_ROWS] = {0};
	struct timespec stopped = {.tv_sec = 6}; /* the four seconds of a request are over, and one more */

	(void)state;
	for (size_t i = 0; i < LATE_ROWS; i++) {
		begin_fixture(&f[i], &rows[i].script, NULL, NULL);
		assert_int_equal(f[i].transport.begin(f[i].transport.ctx, &call[i], &f[i].req, &f[i].err),
				 BELGO_OK);
	}
	turn_all(f, call);
	(void)nanosleep(&stopped, NULL);
	for (size_t i = 0; i < LATE_ROWS; i++) {
		assert_row(rows[i].name, drive(&f[i], call[i]) == rows[i].want);
		end_fixture(&f[i]);
	}
}

static void
test_http_curl__waits_for_a_server_that_thinks(void **state)
{
	struct fixture f = {0};
	const struct script script = {
	    .filler = "", .fill = 3, .drip_ms = 100, .ending = OK_HEAD "Content-Length: 0\r\n\r\n"};

	(void)state;
	begin_fixture(&f, &script, NULL, NULL);
	assert_int_equal(fetch(&f), BELGO_OK);
	end_fixture(&f);
}

static void
test_http_curl__names_host_and_port_that_refused(void **state)
{
	struct fixture f = {0};
	char where[64];

	(void)state;
	begin_fixture(&f, &(struct script){0}, NULL, NULL);
	(void)snprintf(where, sizeof(where), "could not connect to 127.0.0.1:%d", f.server.port);
	server_stop(&f.server);
	assert_int_equal(fetch(&f), BELGO_EUNAVAILABLE);
	assert_non_null(strstr(f.err.text, where));
	server_start(&f.server, &(struct script){0}, NULL);
	assert_false(f.err.request_sent);
	end_fixture(&f);
}

static void
test_http_curl__refuses_targets_before_anything_is_sent(void **state)
{
	static const char *const urls[] = {
	    "http://idp.example/token",
	    "http://127.0.0.1.idp.example/token",
	    "http://user:pw@127.0.0.1:PORT/token",
	    "http://127.0.0.1:PORT/token#fragment",
	    "ftp://127.0.0.1:PORT/token",
	    "file:///etc/passwd",
	    "http://127.0.0.1:PORT/to ken",
	    "http://127.0.0.1:PORT/\r\nHost: x",
	    "",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		struct fixture f = {0};
		const char *slot;
		char url[128];

		begin_fixture(&f, &(struct script){.reply = OK_HEAD "\r\n"}, NULL, NULL);
		if ((slot = strstr(urls[i], "PORT")) != NULL)
			(void)snprintf(url, sizeof(url), "%.*s%d%s", (int)(slot - urls[i]), urls[i],
				       f.server.port, slot + strlen("PORT"));
		else
			(void)snprintf(url, sizeof(url), "%s", urls[i]);
		free(f.req.url);
		f.req.url = text(url);
		assert_row(urls[i], fetch(&f) == BELGO_EINVAL);
		end_fixture(&f);
		assert_row(urls[i], f.server.connections == 0);
	}
}

static void
test_http_curl__refuses_a_header_that_would_make_two(void **state)
{
	static const struct {
		const char *name, *value;
	} rows[] = {
	    {"Authorization", "Bearer a\r\nX-Other: b"},
	    {"DPoP", "a\nb"},
	    {"X: Y", "a"},
	    {"", "a"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fixture f = {0};

		begin_fixture(&f, &(struct script){.reply = OK_HEAD "\r\n"}, NULL, NULL);
		f.req.headers = calloc(1, sizeof(*f.req.headers));
		f.req.n_headers = 1;
		f.req.headers[0] = (struct belgo_http_header){text(rows[i].name), text(rows[i].value)};
		assert_row(rows[i].name, fetch(&f) == BELGO_EINVAL);
		end_fixture(&f);
		assert_row(rows[i].name, f.server.connections == 0);
	}
}

static void
test_http_curl__reuses_a_connection(void **state)
{
	struct fixture f = {0};
	const struct script script = {.reply = OK_HEAD "Content-Length: 2\r\n\r\nok", .keep_alive = 1};

	(void)state;
	begin_fixture(&f, &script, NULL, NULL);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(fetch(&f), BELGO_OK);
		assert_string_equal(f.res.body, "ok");
	}
	end_fixture(&f);
	assert_int_equal(f.server.connections, 1);
	assert_int_equal(f.server.requests, 3);
}

/* A body may hold a code or a refresh token; asking for a document again harms nobody.
 * @spec RFC 9110 section 9.2.2 */
static void
test_http_curl__never_sends_a_body_twice(void **state)
{
	static const char body[] = "grant_type=authorization_code&code=once";
	const struct script script = {
	    .reply = OK_HEAD "Content-Length: 2\r\n\r\nok", .keep_alive = 1, .answers = 1};

	(void)state;
	for (int posts = 0; posts < 2; posts++) {
		struct fixture f = {0};

		begin_fixture(&f, &script, NULL, NULL);
		assert_int_equal(fetch(&f), BELGO_OK);
		f.req.method = posts ? "POST" : "GET";
		f.req.body = posts ? strdup(body) : NULL;
		f.req.body_len = posts ? strlen(body) : 0;
		assert_int_equal(fetch(&f), BELGO_EUNAVAILABLE);
		assert_non_null(strstr(f.err.text, "closed the connection without an answer"));
		assert_true(f.err.request_sent);
		free(f.req.body);
		f.req.body = NULL;
		end_fixture(&f);
		assert_int_equal(f.server.requests, posts ? 2 : 3);
	}
}

static void
test_http_curl__can_be_cancelled_at_any_time(void **state)
{
	struct fixture f = {0};
	const struct script script = {.reply = OK_HEAD "Content-Length: 10\r\n\r\nabc", .hold = 1};

	(void)state;
	strange_descriptors = 0;
	for (int turns = 0; turns < 6; turns++) {
		struct belgo_http_call *call = NULL;
		int done = 0;

		f = (struct fixture){0};
		begin_fixture(&f, &script, NULL, NULL);
		assert_int_equal(f.transport.begin(f.transport.ctx, &call, &f.req, &f.err), BELGO_OK);
		for (int i = 0; i < turns; i++) {
			struct pollfd ready = {.fd = f.transport.fd(call), .events = POLLIN};

			(void)poll(&ready, 1, 20);
			assert_int_equal(f.transport.dispatch(call, &done, &f.err), BELGO_OK);
			assert_false(done);
		}
		f.transport.cancel(call);
		/* The transport is as good as before. */
		f.req.timeout_ms = 200;
		assert_int_equal(fetch(&f), BELGO_EUNAVAILABLE);
		end_fixture(&f);
	}
	/* Nothing was done to a number that another thread may have been given since. */
	assert_int_equal(strange_descriptors, 0);
}

static int
is_internet_socket(int fd)
{
	int family = 0;
	socklen_t len = sizeof(family);

	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &len) == 0 && family == AF_INET;
}

/* Connected sockets of this process, and how many of them a program that it starts would have too. */
static int
count_sockets(int *inherited)
{
	DIR *dir = opendir("/proc/self/fd");
	const struct dirent *entry;
	int n = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		int fd = (int)strtol(entry->d_name, NULL, 10);

		if (!is_internet_socket(fd))
			continue;
		n++;
		*inherited += (fcntl(fd, F_GETFD) & FD_CLOEXEC) == 0;
	}
	(void)closedir(dir);
	return n;
}

static int
count_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	assert_non_null(dir);
	while (readdir(dir) != NULL)
		n++;
	(void)closedir(dir);
	return n;
}

/* A program that has run out of descriptors is told so, loses none, and is served when it has some again. */
static void
test_http_curl__outlives_a_want_of_descriptors(void **state)
{
	const struct script script = {.reply = OK_HEAD "Content-Length: 2\r\n\r\nok"};
	struct rlimit limit, few;
	struct fixture f = {0};
	int failed = 0, first, before;

	(void)state;
	begin_fixture(&f, &script, NULL, NULL);
	assert_int_equal(fetch(&f), BELGO_OK); /* libcurl and its lane are there */
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	before = count_descriptors();
	first = dup(0);
	(void)close(first);
	for (int more = 0; more < 8; more++) {
		struct belgo_http_call *call = NULL;
		belgo_rc rc;

		few = (struct rlimit){.rlim_cur = (rlim_t)(first + more), .rlim_max = limit.rlim_max};
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
		rc = f.transport.begin(f.transport.ctx, &call, &f.req, &f.err);
		for (int done = 0; rc == BELGO_OK && !done;) {
			struct pollfd ready = {.fd = f.transport.fd(call), .events = POLLIN};

			(void)poll(&ready, 1, 100);
			rc = f.transport.dispatch(call, &done, &f.err);
		}
		if (call != NULL)
			f.transport.cancel(call);
		failed += rc != BELGO_OK;
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
		assert_int_equal(fetch(&f), BELGO_OK);
		for (int i = 0; i < 500 && count_descriptors() > before; i++) /* the server has some too */
			(void)poll(NULL, 0, 10);
		assert_int_equal(count_descriptors(), before);
	}
	assert_true(failed > 0);
	end_fixture(&f);
}

static void
test_http_curl__keeps_its_connections_from_programs_that_are_started(void **state)
{
	struct fixture f = {0};
	struct belgo_http_call *call = NULL;
	int done = 0, inherited = 0, others;

	(void)state;
	begin_fixture(&f, &(struct script){.hold = 1}, NULL, NULL);
	others = count_sockets(&inherited);
	inherited = 0;
	assert_int_equal(f.transport.begin(f.transport.ctx, &call, &f.req, &f.err), BELGO_OK);
	while (count_sockets(&inherited) == others)
		assert_int_equal(f.transport.dispatch(call, &done, &f.err), BELGO_OK);
	assert_int_equal(inherited, 0);
	f.transport.cancel(call);
	end_fixture(&f);
}

static void
test_http_curl__will_not_finish_what_has_not_ended(void **state)
{
	struct fixture f = {0};
	struct belgo_http_call *call = NULL;

	(void)state;
	begin_fixture(&f, &(struct script){.hold = 1}, NULL, NULL);
	assert_int_equal(f.transport.begin(f.transport.ctx, &call, &f.req, &f.err), BELGO_OK);
	assert_int_equal(f.transport.finish(call, &f.res, &f.err), BELGO_EINTERNAL);
	assert_null(f.res.body);
	end_fixture(&f);
}

static void
test_http_curl__never_sends_loopback_through_a_proxy(void **state)
{
	struct fixture f = {0};
	const struct script script = {.reply = OK_HEAD "Content-Length: 0\r\n\r\n"};
	const struct belgo_curl_params params = {.proxy = "http://127.0.0.1:1"};

	(void)state;
	begin_fixture(&f, &script, NULL, &params);
	assert_int_equal(fetch(&f), BELGO_OK);
	end_fixture(&f);
	assert_non_null(strstr(f.server.last_request, "GET /token"));
}

static void
test_http_curl__sends_other_hosts_through_the_proxy(void **state)
{
	struct fixture f = {0};
	struct scripted_server proxy;
	const struct script refuse = {.reply = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"};
	struct belgo_curl_params params = {0};
	char address[64];

	(void)state;
	server_start(&proxy, &refuse, NULL);
	(void)snprintf(address, sizeof(address), "http://127.0.0.1:%d", proxy.port);
	params.proxy = address;
	begin_fixture(&f, &refuse, NULL, &params);
	free(f.req.url);
	f.req.url = text("https://idp.invalid/token?code=" SECRET);
	assert_int_equal(fetch(&f), BELGO_EUNAVAILABLE);
	assert_string_equal(f.err.text,
			    "token endpoint: the proxy did not connect to idp.invalid:443 (HTTP 403)");
	end_fixture(&f);
	server_stop(&proxy);
	assert_int_equal(proxy.requests, 1);
	assert_non_null(strstr(proxy.last_request, "CONNECT idp.invalid:443 HTTP/1.1\r\n"));
	assert_null(strstr(proxy.last_request, SECRET));
}

/* The proxy variables of the environment are the command line's business; the library reads none. */
static void
test_http_curl__does_not_read_the_proxy_from_the_environment(void **state)
{
	struct fixture f = {0};
	struct scripted_server proxy;
	const struct script script = {.reply = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"};
	char address[64];

	(void)state;
	server_start(&proxy, &script, NULL);
	(void)snprintf(address, sizeof(address), "http://127.0.0.1:%d", proxy.port);
	assert_int_equal(setenv("https_proxy", address, 1), 0);
	assert_int_equal(setenv("ALL_PROXY", address, 1), 0);
	begin_fixture(&f, &script, NULL, NULL);
	free(f.req.url);
	f.req.url = text("https://idp.invalid/token");
	f.req.timeout_ms = 500;
	assert_int_equal(fetch(&f), BELGO_EUNAVAILABLE);
	assert_int_equal(unsetenv("https_proxy"), 0);
	assert_int_equal(unsetenv("ALL_PROXY"), 0);
	end_fixture(&f);
	server_stop(&proxy);
	assert_int_equal(proxy.connections, 0);
}

/* Every certificate that is not good ends the exchange before a byte of the request is sent. */
static void
test_http_curl__verifies_the_certificate(void **state)
{
	static const struct {
		const char *name;
		enum cert_kind kind;
		belgo_rc want;
		const char *text;
	} rows[] = {
	    {"good", CERT_GOOD, BELGO_OK, ""},
	    {"self-signed", CERT_SELF_SIGNED, BELGO_ETLS,
	     "127.0.0.1 is not trusted: its certificate is self-signed"},
	    {"other host", CERT_OTHER_HOST, BELGO_ETLS, "its certificate is for another host"},
	    {"expired", CERT_EXPIRED, BELGO_ETLS, "its certificate has expired"},
	    {"not yet valid", CERT_NOT_YET_VALID, BELGO_ETLS, "its certificate is not valid yet"},
	    {"other authority", CERT_OTHER_AUTHORITY, BELGO_ETLS,
	     "its certificate is signed by an authority that is not trusted here"},
	    {"forged", CERT_FORGED, BELGO_ETLS, "no trusted connection to 127.0.0.1"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fixture f = {.ca_path = "/tmp/belgo-ca-XXXXXX"};
		int fd = mkstemp(f.ca_path);
		const struct belgo_curl_params params = {.ca_file = f.ca_path};
		belgo_rc rc;

		assert_true(fd >= 0);
		begin_fixture(&f, &(struct script){.reply = OK_HEAD "Content-Length: 0\r\n\r\n"},
			      server_tls(rows[i].kind, f.ca_path), &params);
		rc = fetch(&f);
		if (rc != rows[i].want || strstr(f.err.text, rows[i].text) == NULL)
			fail_msg("row \"%s\": %s: %s", rows[i].name, belgo_rc_code(rc), f.err.text);
		end_fixture(&f);
		assert_row(rows[i].name, f.server.connections == 1);
		assert_row(rows[i].name, f.server.requests == (rows[i].want == BELGO_OK));
		(void)close(fd);
		(void)unlink(f.ca_path);
	}
}

static void
test_http_curl__trusts_the_named_file_alone(void **state)
{
	struct fixture f = {.ca_path = "/tmp/belgo-ca-XXXXXX"};
	int fd = mkstemp(f.ca_path);
	const struct belgo_curl_params missing = {.ca_file = "/nonexistent/ca.pem"};

	(void)state;
	assert_true(fd >= 0);
	/* Without a file the system's authorities count, and ours is none of them. */
	begin_fixture(&f, &(struct script){.reply = OK_HEAD "\r\n"}, server_tls(CERT_GOOD, f.ca_path), NULL);
	assert_int_equal(fetch(&f), BELGO_ETLS);
	belgo_transport_done(&f.transport);
	assert_int_equal(belgo_transport_curl_new(&f.transport, &missing, NULL), BELGO_OK);
	assert_int_equal(fetch(&f), BELGO_ETLS);
	assert_non_null(strstr(f.err.text, "trusted certificates could not be read"));
	end_fixture(&f);
	assert_int_equal(f.server.requests, 0);
	(void)close(fd);
	(void)unlink(f.ca_path);
}

/* @spec RFC 9325 section 3.1.1 */
static void
test_http_curl__refuses_old_versions_of_tls(void **state)
{
	struct fixture f = {.ca_path = "/tmp/belgo-ca-XXXXXX"};
	int fd = mkstemp(f.ca_path);
	const struct belgo_curl_params params = {.ca_file = f.ca_path};
	SSL_CTX *tls = server_tls(CERT_GOOD, f.ca_path);

	(void)state;
	assert_true(fd >= 0);
	SSL_CTX_set_security_level(tls, 0);
	assert_int_equal(SSL_CTX_set_min_proto_version(tls, TLS1_1_VERSION), 1);
	assert_int_equal(SSL_CTX_set_max_proto_version(tls, TLS1_1_VERSION), 1);
	begin_fixture(&f, &(struct script){.reply = OK_HEAD "\r\n"}, tls, &params);
	assert_int_equal(fetch(&f), BELGO_ETLS);
	end_fixture(&f);
	assert_int_equal(f.server.requests, 0);
	(void)close(fd);
	(void)unlink(f.ca_path);
}

static void *
fetch_often(void *user)
{
	struct fixture *shared = user, own = {.transport = shared->transport, .req = shared->req};
	size_t good = 0;

	for (int i = 0; i < 5; i++)
		good += fetch(&own) == BELGO_OK && own.res.status == 200;
	belgo_http_response_done(&own.res);
	return good == 5 ? user : NULL;
}

static void
test_http_curl__serves_threads_at_once(void **state)
{
	struct fixture f = {0};
	pthread_t threads[6];
	const struct script script = {.reply = OK_HEAD "Connection: close\r\nContent-Length: 2\r\n\r\nok"};

	(void)state;
	begin_fixture(&f, &script, NULL, NULL);
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, fetch_often, &f), 0);
	for (size_t i = 0; i < 6; i++) {
		void *good = NULL;

		assert_int_equal(pthread_join(threads[i], &good), 0);
		assert_ptr_equal(good, &f);
	}
	end_fixture(&f);
	assert_int_equal(f.server.requests, 30);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_http_curl__gives_status_headers_and_body),
	    cmocka_unit_test(test_http_curl__does_not_follow_redirects),
	    cmocka_unit_test(test_http_curl__sends_what_it_is_given_and_nothing_more),
	    cmocka_unit_test(test_http_curl__speaks_every_method_that_registration_needs),
	    cmocka_unit_test(test_http_curl__judges_the_shape_of_an_answer),
	    cmocka_unit_test(test_http_curl__keeps_the_headers_of_the_last_block_only),
	    cmocka_unit_test(test_http_curl__does_not_decode_what_it_did_not_ask_for),
	    cmocka_unit_test(test_http_curl__gives_up_when_the_time_is_over),
	    cmocka_unit_test(test_http_curl__takes_the_answer_that_came_while_the_program_was_stopped),
	    cmocka_unit_test(test_http_curl__waits_for_a_server_that_thinks),
	    cmocka_unit_test(test_http_curl__names_host_and_port_that_refused),
	    cmocka_unit_test(test_http_curl__refuses_targets_before_anything_is_sent),
	    cmocka_unit_test(test_http_curl__refuses_a_header_that_would_make_two),
	    cmocka_unit_test(test_http_curl__reuses_a_connection),
	    cmocka_unit_test(test_http_curl__never_sends_a_body_twice),
	    cmocka_unit_test(test_http_curl__can_be_cancelled_at_any_time),
	    cmocka_unit_test(test_http_curl__outlives_a_want_of_descriptors),
	    cmocka_unit_test(test_http_curl__keeps_its_connections_from_programs_that_are_started),
	    cmocka_unit_test(test_http_curl__will_not_finish_what_has_not_ended),
	    cmocka_unit_test(test_http_curl__never_sends_loopback_through_a_proxy),
	    cmocka_unit_test(test_http_curl__sends_other_hosts_through_the_proxy),
	    cmocka_unit_test(test_http_curl__does_not_read_the_proxy_from_the_environment),
	    cmocka_unit_test(test_http_curl__verifies_the_certificate),
	    cmocka_unit_test(test_http_curl__trusts_the_named_file_alone),
	    cmocka_unit_test(test_http_curl__refuses_old_versions_of_tls),
	    cmocka_unit_test(test_http_curl__serves_threads_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
