/* HTTP: takes requests from libmicrohttpd, finds the endpoint, sends and logs the answer. */
#include "issuer.h"

#include "text.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#define BODY_MAX 65536

struct route {
	const char *method;
	const char *path;
	void (*endpoint)(struct issuer *issuer, struct request *req, struct reply *reply);
};

static const struct route routes[] = {
    {"GET", "/.well-known/openid-configuration", endpoint_metadata},
    {"GET", "/.well-known/oauth-authorization-server", endpoint_metadata},
    {"GET", "/jwks", endpoint_jwks},
    {"GET", "/authorize", endpoint_authorize},
    {"POST", "/par", endpoint_par},
    {"POST", "/register", endpoint_register},
    {"GET", "/register/", endpoint_registration},
    {"PUT", "/register/", endpoint_registration},
    {"DELETE", "/register/", endpoint_registration},
    {"POST", "/decide", endpoint_decide},
    {"POST", "/token", endpoint_token},
    {"POST", "/device_authorization", endpoint_device_authorization},
    {"GET", "/device", endpoint_device},
    {"POST", "/revoke", endpoint_revoke},
    {"POST", "/introspect", endpoint_introspect},
    {"GET", "/userinfo", endpoint_userinfo},
    {"POST", "/userinfo", endpoint_userinfo},
    {"GET", "/end-session", endpoint_end_session},
    {"POST", "/end-session", endpoint_end_session},
};

void
reply_header(struct reply *reply, const char *name, const char *value)
{
	if (reply->n_headers == REPLY_HEADERS_MAX)
		die("too many headers in an answer");
	reply->header[reply->n_headers].name = name;
	reply->header[reply->n_headers++].value = text_copy(value);
}

void
reply_text(struct reply *reply, unsigned status, const char *type, char *body)
{
	reply->status = status;
	reply->body = body;
	reply_header(reply, "Content-Type", type);
	reply_header(reply, "Cache-Control", "no-store");
}

void
reply_json(struct reply *reply, unsigned status, json_t *body)
{
	char *text = json_dumps(body, JSON_COMPACT);

	if (text == NULL)
		die("out of memory");
	json_decref(body);
	reply_text(reply, status, "application/json", text);
}

void
reply_error(struct reply *reply, unsigned status, const char *error, const char *description)
{
	reply_json(reply, status, json_pack("{s:s, s:s}", "error", error, "error_description", description));
	reply->outcome = error;
}

static void
reply_done(struct reply *reply)
{
	for (size_t i = 0; i < reply->n_headers; i++)
		free(reply->header[i].value);
	free(reply->body);
}

/* A path that ends in a slash stands for whatever goes on behind it. */
static int
is_route(const struct route *route, const char *path)
{
	size_t len = strlen(route->path);

	return route->path[len - 1] == '/' ? strncmp(route->path, path, len) == 0
					   : strcmp(route->path, path) == 0;
}

static void
dispatch(struct issuer *issuer, struct request *req, struct reply *reply)
{
	int path_exists = 0;

	if (req->too_large) {
		reply_error(reply, 413, "invalid_request", "the body is too large");
		return;
	}
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		if (!is_route(&routes[i], req->path))
			continue;
		path_exists = 1;
		if (strcmp(routes[i].method, req->method) == 0) {
			routes[i].endpoint(issuer, req, reply);
			return;
		}
	}
	reply_text(reply, path_exists ? 405 : 404, "text/plain; charset=utf-8",
		   text_copy(path_exists ? "method not allowed\n" : "not found\n"));
}

/* Only what is public goes here: no parameter but the grant type, and that only where it is a plain word. */
static void
log_line(const struct issuer *issuer, const struct request *req, const struct reply *reply)
{
	const char *grant_type = params_get(&req->form, "grant_type");
	struct timespec now;

	if (issuer->log == NULL)
		return;
	if (grant_type == NULL || strspn(grant_type, "abcdefghijklmnopqrstuvwxyz_:-") != strlen(grant_type))
		grant_type = "-";
	clock_gettime(CLOCK_REALTIME, &now);
	fprintf(issuer->log, "%lld.%03ld %s %s %s %u %s\n", (long long)now.tv_sec, now.tv_nsec / 1000000,
		req->method, req->path, grant_type, reply->status,
		reply->outcome != NULL ? reply->outcome : "ok");
	fflush(issuer->log);
}

/* What the log must not have: "form NAME VALUE", "authorization VALUE" and "reply JSON", one a line. */
static void
log_wire(const struct issuer *issuer, const struct request *req, const struct reply *reply)
{
	if (issuer->wire == NULL)
		return;
	if (req->authorization != NULL)
		fprintf(issuer->wire, "authorization %s\n", req->authorization);
	for (size_t i = 0; i < req->form.n; i++)
		fprintf(issuer->wire, "form %s %s\n", req->form.item[i].name, req->form.item[i].value);
	if (reply->body[0] == '{')
		fprintf(issuer->wire, "reply %s\n", reply->body);
	fflush(issuer->wire);
}

static enum MHD_Result
send_reply(struct MHD_Connection *connection, const struct reply *reply)
{
	struct MHD_Response *response =
	    MHD_create_response_from_buffer(strlen(reply->body), reply->body, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result result;

	if (response == NULL)
		return MHD_NO;
	for (size_t i = 0; i < reply->n_headers; i++)
		MHD_add_response_header(response, reply->header[i].name, reply->header[i].value);
	result = MHD_queue_response(connection, reply->status, response);
	MHD_destroy_response(response);
	return result;
}

/* For a minute at most: the server cannot be stopped meanwhile. */
static void
hold(const char *path)
{
	const struct timespec pause = {.tv_nsec = 20000000};

	for (int i = 0; i < 3000 && access(path, F_OK) == 0; i++)
		nanosleep(&pause, NULL);
}

static enum MHD_Result
add_query(void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct request *req = arg;
	struct params *p = &req->query;

	(void)kind;
	if (p->n == PARAMS_MAX) {
		req->malformed = 1;
		return MHD_NO;
	}
	p->item[p->n].name = text_copy(name);
	p->item[p->n++].value = text_copy(value != NULL ? value : "");
	return MHD_YES;
}

static void
read_request(struct request *req, struct MHD_Connection *connection)
{
	const char *type = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Type");
	static const char form[] = "application/x-www-form-urlencoded";

	MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, add_query, req);
	req->authorization = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Authorization");
	req->dpop = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "DPoP");
	req->content_type = type;
	if (type != NULL && strncasecmp(type, form, sizeof(form) - 1) == 0 && req->body != NULL &&
	    (strlen(req->body) != req->body_len || params_decode(&req->form, req->body) != 0))
		req->malformed = 1;
}

static enum MHD_Result
answer(struct issuer *issuer, struct MHD_Connection *connection, struct request *req)
{
	struct reply reply = {0};
	enum MHD_Result result;

	read_request(req, connection);
	pthread_mutex_lock(&issuer->lock);
	dispatch(issuer, req, &reply);
	log_line(issuer, req, &reply);
	log_wire(issuer, req, &reply);
	pthread_mutex_unlock(&issuer->lock);
	/* After the tokens were made: whoever is killed meanwhile has lost a rotated token. */
	if (issuer->opt.hold_path != NULL && strcmp(req->path, "/token") == 0)
		hold(issuer->opt.hold_path);
	result = send_reply(connection, &reply);
	reply_done(&reply);
	return result;
}

static void
take_body(struct request *req, const char *data, size_t len)
{
	char *longer;

	if (len > BODY_MAX - req->body_len) {
		req->too_large = 1;
		return;
	}
	longer = must_alloc(req->body_len + len + 1);
	if (req->body != NULL)
		memcpy(longer, req->body, req->body_len);
	memcpy(longer + req->body_len, data, len);
	free(req->body);
	req->body = longer;
	req->body_len += len;
}

/* libmicrohttpd calls it at the headers, for each piece of the body, and once more at the end. */
static enum MHD_Result
on_request(void *arg, struct MHD_Connection *connection, const char *url, const char *method,
	   const char *version, const char *data, size_t *data_len, void **state)
{
	struct request *req = *state;

	(void)version;
	if (req == NULL) {
		req = must_alloc(sizeof(*req));
		req->path = url;
		req->method = method;
		*state = req;
		return MHD_YES;
	}
	if (*data_len > 0) {
		take_body(req, data, *data_len);
		*data_len = 0;
		return MHD_YES;
	}
	return answer(arg, connection, req);
}

static void
on_completed(void *arg, struct MHD_Connection *connection, void **state, enum MHD_RequestTerminationCode why)
{
	struct request *req = *state;

	(void)arg;
	(void)connection;
	(void)why;
	if (req == NULL)
		return;
	params_done(&req->query);
	params_done(&req->form);
	free(req->body);
	free(req->jkt);
	free(req);
	*state = NULL;
}

static char *
read_file(const char *path)
{
	FILE *f = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;

	if (f == NULL || getdelim(&text, &size, '\0', f) < 0)
		die("%s: cannot be read", path);
	fclose(f);
	return text;
}

/* A thread a connection, so that an answer that is held back holds nobody else up. */
struct MHD_Daemon *
server_start(struct issuer *issuer)
{
	unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL;
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons((uint16_t)issuer->opt.port),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int tls = issuer->opt.tls_cert != NULL;
	char *cert = tls ? read_file(issuer->opt.tls_cert) : NULL,
	     *key = tls ? read_file(issuer->opt.tls_key) : NULL;
	struct MHD_OptionItem secure[] = {{MHD_OPTION_HTTPS_MEM_CERT, 0, cert},
					  {MHD_OPTION_HTTPS_MEM_KEY, 0, key},
					  {MHD_OPTION_END, 0, NULL}};
	struct MHD_Daemon *daemon;
	const union MHD_DaemonInfo *info;

	/* Requests that come before the issuer knows its own name wait for it. */
	pthread_mutex_lock(&issuer->lock);
	daemon = MHD_start_daemon(flags | (tls ? (unsigned)MHD_USE_TLS : 0), 0, NULL, NULL, on_request,
				  issuer, MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_NOTIFY_COMPLETED,
				  on_completed, NULL, MHD_OPTION_CONNECTION_TIMEOUT, 30U, MHD_OPTION_ARRAY,
				  tls ? secure : secure + 2, MHD_OPTION_END);
	free(cert);
	free(key);
	if (daemon == NULL)
		die("cannot listen on 127.0.0.1 port %d", issuer->opt.port);
	info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT);
	issuer->base = text_format("%s://127.0.0.1:%u", tls ? "https" : "http", (unsigned)info->port);
	pthread_mutex_unlock(&issuer->lock);
	return daemon;
}
