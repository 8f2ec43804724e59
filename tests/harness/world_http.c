/* The network of the scripted world: answers by URL, and what was asked. */
#include "harness/world_parts.h"

#include <sys/eventfd.h>
#include <unistd.h>

struct belgo_http_call {
	struct world *world;
	const struct belgo_http_request *req;
	int fd;
};

static char *
header_lines(const struct belgo_http_request *req)
{
	struct bg_buf lines = BG_BUF(65536);

	for (size_t i = 0; i < req->n_headers; i++) {
		assert_int_equal(bg_buf_add_str(&lines, req->headers[i].name), BELGO_OK);
		assert_int_equal(bg_buf_add_str(&lines, ": "), BELGO_OK);
		assert_int_equal(bg_buf_add_str(&lines, req->headers[i].value), BELGO_OK);
		assert_int_equal(bg_buf_add_char(&lines, '\n'), BELGO_OK);
	}
	return bg_buf_take(&lines);
}

static belgo_rc
http_begin(void *ctx, struct belgo_http_call **out, const struct belgo_http_request *req,
	   struct belgo_error *err)
{
	WORLD_OWN_MEMORY;
	struct world *w = ctx;
	struct world_sent *sent = &w->sent[w->n_sent++];
	char line[512];

	(void)err;
	assert_true(w->n_sent <= WORLD_MAX_SENT);
	*out = calloc(1, sizeof(**out));
	**out = (struct belgo_http_call){
	    .world = w, .req = req, .fd = eventfd(w->http_held ? 0 : 1, EFD_CLOEXEC)};
	if (w->http_held)
		w->call = *out;
	(void)snprintf(line, sizeof(line), "%s %s", req->method, req->url);
	world_note(w, line);
	*sent = (struct world_sent){
	    strdup(req->url), req->body == NULL ? NULL : strndup(req->body, req->body_len), header_lines(req),
	    req->client_certificate == NULL ? NULL : strdup(req->client_certificate)};
	return BELGO_OK;
}

static int
http_fd(const struct belgo_http_call *call)
{
	return call->fd;
}

static belgo_rc
http_dispatch(struct belgo_http_call *call, int *done, struct belgo_error *err)
{
	(void)err;
	*done = call->world->call != call;
	return BELGO_OK;
}

static void
call_free(struct belgo_http_call *call)
{
	if (call->world->call == call)
		call->world->call = NULL;
	(void)close(call->fd);
	free(call);
}

static void
http_cancel(struct belgo_http_call *call)
{
	world_note(call->world, "cancel");
	call_free(call);
}

static struct world_route *
find_route(struct world *w, const char *url)
{
	for (size_t i = 0; i < w->n_routes; i++)
		if (strcmp(w->routes[i].url, url) == 0 && (w->routes[i].sticky || !w->routes[i].used))
			return &w->routes[i];
	return NULL;
}

/* "content-type" of the script stands in place of the usual one. */
static void
fill_response(struct belgo_http_response *out, const struct world_route *r, int64_t now)
{
	static const struct world_route nothing_there = {.status = 404, .body = (char *)(uintptr_t) "{}"};
	int has_type = 0;

	if (r == NULL)
		r = &nothing_there;
	*out = (struct belgo_http_response){.status = r->status, .body = strdup(r->body), .received_at = now};
	out->body_len = strlen(out->body);
	out->headers = calloc(WORLD_MAX_HEADERS + 1, sizeof(*out->headers));
	for (; out->n_headers < r->n_headers; out->n_headers++) {
		const struct belgo_http_header *h = &r->headers[out->n_headers];

		has_type |= strcmp(h->name, "content-type") == 0;
		out->headers[out->n_headers] = (struct belgo_http_header){strdup(h->name), strdup(h->value)};
	}
	if (!has_type)
		out->headers[out->n_headers++] =
		    (struct belgo_http_header){strdup("content-type"), strdup("application/json")};
}

static belgo_rc
http_finish(struct belgo_http_call *call, struct belgo_http_response *out, struct belgo_error *err)
{
	WORLD_OWN_MEMORY;
	struct world *w = call->world;
	struct world_route *r = find_route(w, call->req->url);
	belgo_rc rc = r == NULL ? BELGO_OK : r->rc;

	if (rc == BELGO_OK)
		fill_response(out, r, w->now_ms / 1000);
	else
		(void)bg_fail(err, rc, "no answer from the scripted world");
	if (rc != BELGO_OK)
		err->request_sent = r->broken_off;
	if (r != NULL)
		r->used = 1;
	call_free(call);
	return rc;
}

void
world_http_init(struct world *w)
{
	w->transport = (struct belgo_transport){.ctx = w,
						.begin = http_begin,
						.fd = http_fd,
						.dispatch = http_dispatch,
						.finish = http_finish,
						.cancel = http_cancel};
}

void
world_http_done(struct world *w)
{
	for (size_t i = 0; i < w->n_routes; i++) {
		free(w->routes[i].url);
		free(w->routes[i].body);
		for (size_t h = 0; h < w->routes[i].n_headers; h++) {
			free(w->routes[i].headers[h].name);
			free(w->routes[i].headers[h].value);
		}
	}
	for (size_t i = 0; i < w->n_sent; i++) {
		free(w->sent[i].url);
		free(w->sent[i].body);
		free(w->sent[i].headers);
		free(w->sent[i].certificate);
	}
}

void
world_hold_http(struct world *w, int held)
{
	w->http_held = held;
	if (!held && w->call != NULL) {
		assert_int_equal(eventfd_write(w->call->fd, 1), 0);
		w->call = NULL;
	}
}

static struct world_route *
add_route(struct world *w, const char *url, int status, const char *body)
{
	struct world_route *r = &w->routes[w->n_routes++];

	assert_true(w->n_routes <= WORLD_MAX_ROUTES);
	*r = (struct world_route){.url = strdup(url), .status = status, .body = strdup(body)};
	return r;
}

void
world_answer(struct world *w, const char *url, int status, const char *body)
{
	(void)add_route(w, url, status, body);
}

void
world_answer_always(struct world *w, const char *url, int status, const char *body)
{
	add_route(w, url, status, body)->sticky = 1;
}

void
world_no_answer(struct world *w, const char *url, belgo_rc rc)
{
	add_route(w, url, 0, "")->rc = rc;
}

void
world_breaks_off(struct world *w, const char *url)
{
	world_no_answer(w, url, BELGO_EUNAVAILABLE);
	w->routes[w->n_routes - 1].broken_off = 1;
}

void
world_answer_header(struct world *w, const char *name, const char *value)
{
	struct world_route *r = &w->routes[w->n_routes - 1];

	assert_true(r->n_headers < WORLD_MAX_HEADERS);
	r->headers[r->n_headers++] = (struct belgo_http_header){strdup(name), strdup(value)};
}

void
world_forget_answers(struct world *w, const char *url)
{
	for (size_t i = 0; i < w->n_routes; i++)
		if (strcmp(w->routes[i].url, url) == 0) {
			w->routes[i].sticky = 0;
			w->routes[i].used = 1;
		}
}

static const struct world_sent *
last_sent(const struct world *w, const char *url)
{
	for (size_t i = w->n_sent; i-- > 0;)
		if (strcmp(w->sent[i].url, url) == 0)
			return &w->sent[i];
	return NULL;
}

const char *
world_sent(const struct world *w, const char *url)
{
	const struct world_sent *sent = last_sent(w, url);

	return sent == NULL ? NULL : sent->body;
}

const char *
world_sent_headers(const struct world *w, const char *url)
{
	const struct world_sent *sent = last_sent(w, url);

	return sent == NULL ? NULL : sent->headers;
}

const char *
world_sent_certificate(const struct world *w, const char *url)
{
	const struct world_sent *sent = last_sent(w, url);

	return sent == NULL ? NULL : sent->certificate;
}
