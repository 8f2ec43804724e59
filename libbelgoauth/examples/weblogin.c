/*
 * A web program that signs its users in: weblogin ISSUER CLIENT_ID. It says where it listens, and ends with
 * its standard input. "/" tells who you are, "/login" sends your browser to the provider, "/callback" takes
 * it back. One poll() loop serves all visitors: nothing blocks.
 */
#define _GNU_SOURCE 1
#include <arpa/inet.h>
#include <belgoauth/belgoauth.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

enum { MAX_VISITS = 16, MAX_USERS = 64 };

/* A user of this program: a login, and the session of whoever signed in with it last. */
struct user {
	char login[65], session[65], name[256];
};

/* One request, and the operation that its answer waits for. */
struct visit {
	int fd; /* -1: there is none */
	char request[16384];
	size_t len;
	struct belgo_op *op;
};

struct program {
	struct belgo_client *client;
	struct belgo_login_params login; /* these two are the same when a login begins and when it ends */
	struct belgo_web_params web;
	unsigned char key[BELGO_WEB_KEY];
	char redirect[64];
	struct user users[MAX_USERS];
	struct visit visits[MAX_VISITS];
};

/* Text is plain, so that nobody's name is taken for HTML. */
#define TEXT "\r\nContent-Type: text/plain; charset=utf-8\r\nX-Content-Type-Options: nosniff"
#define END "\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
/* Of such names no other host can set a cookie. They want https; curl and most browsers
 * take loopback for that. */
#define LOGIN "__Host-login"
#define SESSION "__Host-session"
#define FOR_US_ALONE "; Path=/; Secure; HttpOnly; SameSite=Lax"

static void __attribute__((format(printf, 2, 3))) reply(struct visit *v, const char *answer, ...)
{
	va_list ap;

	va_start(ap, answer);
	vdprintf(v->fd, answer, ap);
	va_end(ap);
	belgo_op_free(&v->op);
	close(v->fd);
	v->fd = -1;
	v->len = 0;
}

/* The value of a cookie, malloc'd; NULL: there is none. The request ends with an empty line. */
static char *
cookie(const char *request, const char *name)
{
	const size_t len = strlen(name);
	const char *at = strcasestr(request, "\r\nCookie:");

	for (at = at != NULL ? at + 9 : "\r"; *at != '\r'; at += strcspn(at, ";\r")) {
		at += strspn(at, " ;");
		if (strncmp(at, name, len) == 0 && at[len] == '=')
			return strndup(at + len + 1, strcspn(at + len + 1, "; \r"));
	}
	return NULL;
}

/* By an account's key, made of issuer and subject; an e-mail address names nobody. "": a free place. */
static struct user *
find_user(struct program *p, const char *login)
{
	for (int i = 0; i < MAX_USERS; i++)
		if (strcmp(p->users[i].login, login) == 0)
			return &p->users[i];
	return NULL;
}

/* The provider has said who it is, and the policy says what that means here: { 0 } lets everybody sign up.
 * The session is a new one, so that nobody can have prepared it. */
static void
sign_in(struct program *p, struct visit *v)
{
	const struct belgo_account *account = belgo_op_account(v->op);
	struct user *u = find_user(p, account->key);
	const struct belgo_link_user owner = {.id = account->key};
	const struct belgo_link_facts facts = {.account = account, .owner = u != NULL ? &owner : NULL};
	const struct belgo_link_decision decision = belgo_link_decide(&(struct belgo_link_policy){0}, &facts);
	unsigned char random[32];

	if (decision.verdict == BELGO_LINK_CREATED)
		u = find_user(p, "");
	if (decision.verdict == BELGO_LINK_REFUSED) {
		reply(v, "HTTP/1.1 403 Forbidden" TEXT END "%s\n", belgo_link_reason_str(decision.reason));
	} else if (u == NULL || getrandom(random, sizeof(random), 0) != sizeof(random)) {
		reply(v, "HTTP/1.1 503 Service Unavailable" TEXT END "There is no room for you.\n");
	} else {
		snprintf(u->login, sizeof(u->login), "%s", account->key);
		snprintf(u->name, sizeof(u->name), "%s", account->email ? account->email : account->subject);
		for (size_t i = 0; i < sizeof(random); i++)
			snprintf(u->session + 2 * i, 3, "%02x", random[i]);
		reply(v,
		      "HTTP/1.1 303 See Other\r\nLocation: /\r\n"
		      "Set-Cookie: " LOGIN "=; Max-Age=0" FOR_US_ALONE "\r\n"
		      "Set-Cookie: " SESSION "=%s" FOR_US_ALONE END,
		      u->session);
	}
}

/* Drives the operation, if it could be made, as far as it goes without blocking. The cookie of a login that
 * has begun binds it to this browser. */
static void
go_on(struct program *p, struct visit *v, struct belgo_error *err)
{
	const struct belgo_web_login *begun;

	if (err->rc == BELGO_OK && belgo_op_fd(v->op, err) >= 0) {
		if (belgo_op_dispatch(v->op) == BELGO_OP_RUNNING)
			return;
		(void)belgo_op_result(v->op, err);
	}
	if (err->rc != BELGO_OK)
		reply(v, "HTTP/1.1 403 Forbidden" TEXT END "%s\n", err->text);
	else if (belgo_op_account(v->op) != NULL)
		sign_in(p, v);
	else if ((begun = belgo_op_web_login(v->op)) != NULL)
		reply(v,
		      "HTTP/1.1 303 See Other\r\nLocation: %s\r\n"
		      "Set-Cookie: " LOGIN "=%s; Max-Age=300" FOR_US_ALONE END,
		      begun->url, begun->pending);
}

static void
say_who(struct program *p, struct visit *v)
{
	char *session = cookie(v->request, SESSION);
	const char *name = "nobody: go to /login";

	for (int i = 0; session != NULL && session[0] != '\0' && i < MAX_USERS; i++)
		if (strcmp(p->users[i].session, session) == 0)
			name = p->users[i].name;
	free(session);
	reply(v, "HTTP/1.1 200 OK" TEXT END "You are %s\n", name);
}

/* Serves the request once it is there whole. A server in earnest also limits the time that it may take. */
static void
hear(struct program *p, struct visit *v)
{
	ssize_t n = read(v->fd, v->request + v->len, sizeof(v->request) - 1 - v->len);
	struct belgo_error err = {0};
	char path[16] = "";

	v->len += n > 0 ? (size_t)n : 0;
	v->request[v->len] = '\0';
	if (n > 0 && strstr(v->request, "\r\n\r\n") == NULL)
		return;
	(void)sscanf(n > 0 ? v->request : "", "GET %15[^? \r]", path);
	if (strcmp(path, "/") == 0) {
		say_who(p, v);
	} else if (strcmp(path, "/login") == 0) {
		(void)belgo_web_login_begin_op(&v->op, p->client, &p->login, &p->web, &err);
		go_on(p, v, &err);
	} else if (strcmp(path, "/callback") == 0) {
		const char *query = v->request + strcspn(v->request, "?\r") + 1;
		char *pending = cookie(v->request, LOGIN);
		const struct belgo_web_answer answer = {query, strcspn(query, " \r\n"), pending};

		(void)belgo_web_login_finish_op(&v->op, p->client, &p->login, &p->web, &answer, &err);
		free(pending);
		go_on(p, v, &err);
	} else {
		reply(v, "HTTP/1.1 404 Not Found" TEXT END);
	}
}

/* A visitor is one descriptor: the browser's, then the operation's. 0: standard input has ended. */
static int
turn(struct program *p, int listener)
{
	struct pollfd watched[2 + MAX_VISITS] = {{STDIN_FILENO, POLLIN, 0}, {-1, POLLIN, 0}};
	struct visit *unused = NULL;

	for (int i = 0; i < MAX_VISITS; i++) {
		struct visit *v = &p->visits[i];

		unused = v->fd < 0 ? v : unused;
		watched[2 + i] = (struct pollfd){v->op != NULL ? belgo_op_fd(v->op, NULL) : v->fd, POLLIN, 0};
	}
	watched[1].fd = unused != NULL ? listener : -1;
	if (poll(watched, 2 + MAX_VISITS, -1) < 0)
		return 1;
	for (int i = 0; i < MAX_VISITS; i++)
		if (watched[2 + i].revents != 0 && p->visits[i].op != NULL)
			go_on(p, &p->visits[i], &(struct belgo_error){0});
		else if (watched[2 + i].revents != 0)
			hear(p, &p->visits[i]);
	if (watched[1].revents != 0)
		unused->fd = accept(listener, NULL, NULL);
	return watched[0].revents == 0;
}

int
main(int argc, char **argv)
{
	static struct program p;
	struct belgo_error err = {0};
	struct belgo_store *store = NULL;
	struct belgo_provider *provider = NULL;
	struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(here);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	if (argc != 3) {
		fprintf(stderr, "usage: weblogin ISSUER CLIENT_ID\n");
		return 2;
	}
	if (bind(listener, (struct sockaddr *)&here, len) != 0 || listen(listener, MAX_VISITS) != 0 ||
	    getsockname(listener, (struct sockaddr *)&here, &len) != 0 ||
	    getrandom(p.key, sizeof(p.key), 0) != sizeof(p.key)) {
		perror("weblogin");
		return 1;
	}
	signal(SIGPIPE, SIG_IGN); /* a browser may be gone before its answer */
	for (int i = 0; i < MAX_VISITS; i++)
		p.visits[i].fd = -1;
	snprintf(p.redirect, sizeof(p.redirect), "http://127.0.0.1:%d/callback", ntohs(here.sin_port));
	p.web = (struct belgo_web_params){.key = p.key, .redirect_uri = p.redirect};
	p.login.client_id = argv[2];
	if (!belgo_store_open(&store, &(struct belgo_store_params){.uri = "memory"}, &err) &&
	    !belgo_client_new(&p.client, &(struct belgo_client_params){.store = store}, &err) &&
	    !belgo_provider_from_issuer(&provider, argv[1], &err)) {
		p.login.provider = provider;
		fprintf(stderr, "Serving http://127.0.0.1:%d/\n", ntohs(here.sin_port));
		while (turn(&p, listener))
			;
	}
	if (err.rc != BELGO_OK)
		fprintf(stderr, "weblogin: %s\n", err.text);
	for (struct visit *v = p.visits; v < p.visits + MAX_VISITS; v++)
		belgo_op_free(&v->op);
	belgo_provider_free(&provider);
	belgo_client_free(&p.client);
	belgo_store_free(&store);
	return belgo_rc_exit(err.rc);
}
