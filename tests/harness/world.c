#include "harness/world.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include "base/form.h"
#include "harness/jose_make.h"

#define MAX_ROUTES 32
#define MAX_ITEMS 16

struct route {
	char *url;
	int status;
	char *body;
	char *header_name, *header_value;
	belgo_rc rc;
	int sticky;
	int used;
};

struct item {
	char *key;
	char *value;
	char *staged;
};

struct sent {
	char *url;
	char *body;
};

struct world {
	struct belgo_client *client;
	struct belgo_provider *provider;
	struct belgo_transport transport;
	struct belgo_system system;
	struct belgo_store store;
	struct belgo_access_cache access_cache;
	struct belgo_listener listener;
	int64_t now_ms;
	int64_t mono_ms;
	unsigned char random;
	struct route routes[MAX_ROUTES];
	size_t n_routes;
	struct sent sent[64];
	size_t n_sent;
	struct bg_buf journal;
	struct item items[MAX_ITEMS];
	struct { belgo_rc rc; int times; int forever; void (*fn)(struct world *, void *); void *arg; } verbs[8];
	int locks_held;
	char *cached;
	char *redirects[8];
	size_t n_redirects, next_redirect;
	char *url;
	struct bg_form url_form;
	char title[64], message[512];
	int rejections;
	int listener_fd;
};

struct belgo_http_call {
	struct world *world;
	const struct belgo_http_request *req;
	int fd;
};
struct belgo_listener_session {
	struct world *world;
};

static void
note(struct world *w, const char *text)
{
	assert_int_equal(bg_buf_add_str(&w->journal, text), BELGO_OK);
	assert_int_equal(bg_buf_add_char(&w->journal, '\n'), BELGO_OK);
}

static belgo_rc
http_begin(void *ctx, struct belgo_http_call **out, const struct belgo_http_request *req, struct belgo_error *err)
{
	struct world *w = ctx;
	char line[512];

	(void)err;
	*out = calloc(1, sizeof(**out));
	**out = (struct belgo_http_call){ .world = w, .req = req, .fd = eventfd(1, EFD_CLOEXEC) };
	(void)snprintf(line, sizeof(line), "%s %s", req->method, req->url);
	note(w, line);
	w->sent[w->n_sent].url = strdup(req->url);
	w->sent[w->n_sent++].body = req->body == NULL ? NULL : strndup(req->body, req->body_len);
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
	(void)call;
	(void)err;
	*done = 1;
	return BELGO_OK;
}

static void
http_cancel(struct belgo_http_call *call)
{
	(void)close(call->fd);
	free(call);
}

static struct route *
find_route(struct world *w, const char *url)
{
	for (size_t i = 0; i < w->n_routes; i++)
		if (strcmp(w->routes[i].url, url) == 0 && (w->routes[i].sticky || !w->routes[i].used))
			return &w->routes[i];
	return NULL;
}

static void
add_header(struct belgo_http_response *res, const char *name, const char *value)
{
	res->headers = realloc(res->headers, (res->n_headers + 1) * sizeof(*res->headers));
	res->headers[res->n_headers++] = (struct belgo_http_header){ strdup(name), strdup(value) };
}

static belgo_rc
http_finish(struct belgo_http_call *call, struct belgo_http_response *out, struct belgo_error *err)
{
	struct world *w = call->world;
	struct route *r = find_route(w, call->req->url);
	belgo_rc rc = r == NULL ? BELGO_OK : r->rc;

	if (rc == BELGO_OK) {
		*out = (struct belgo_http_response){ .status = r == NULL ? 404 : r->status,
			.body = strdup(r == NULL ? "{}" : r->body), .received_at = w->now_ms / 1000 };
		out->body_len = strlen(out->body);
		add_header(out, "content-type", "application/json");
		if (r != NULL && r->header_name != NULL)
			add_header(out, r->header_name, r->header_value);
	} else {
		(void)bg_fail(err, rc, "no answer from the scripted world");
	}
	if (r != NULL)
		r->used = 1;
	http_cancel(call);
	return rc;
}

static int64_t
wall_ms(void *ctx)
{
	return ((struct world *)ctx)->now_ms;
}

/* Moves on with every look, so that whoever waits for it does not wait for ever. */
static int64_t
mono_ms(void *ctx)
{
	return ++((struct world *)ctx)->mono_ms;
}

static belgo_rc
fill_random(void *ctx, void *buf, size_t len, struct belgo_error *err)
{
	struct world *w = ctx;

	(void)err;
	memset(buf, ++w->random, len);
	return BELGO_OK;
}

static struct item *
find_item(const struct world *w, const char *key)
{
	for (size_t i = 0; i < MAX_ITEMS; i++)
		if (w->items[i].key != NULL && strcmp(w->items[i].key, key) == 0)
			return (struct item *)(uintptr_t)&w->items[i];
	return NULL;
}

static belgo_rc
store_call(struct world *w, enum bg_store_verb verb, const char *name, struct belgo_error *err)
{
	void (*fn)(struct world *, void *) = w->verbs[verb].fn;

	note(w, name);
	w->verbs[verb].fn = NULL;
	if (fn != NULL)
		fn(w, w->verbs[verb].arg);
	if (w->verbs[verb].rc == BELGO_OK || (!w->verbs[verb].forever && w->verbs[verb].times-- <= 0))
		return BELGO_OK;
	return bg_fail(err, w->verbs[verb].rc, "the scripted store fails");
}

static belgo_rc
store_get(void *ctx, const char *key, struct belgo_blob *out, struct belgo_error *err)
{
	struct world *w = ctx;
	const struct item *item;
	const char *value;

	BG_TRY(store_call(w, BG_STORE_GET, "get", err));
	if ((item = find_item(w, key)) == NULL)
		return bg_fail(err, BELGO_ENOTFOUND, "nothing there");
	value = item->staged != NULL ? item->staged : item->value;
	out->data = (unsigned char *)strdup(value);
	out->len = strlen(value);
	return BELGO_OK;
}

void
world_store_set(struct world *w, const char *key, const char *value)
{
	struct item *item = find_item(w, key);

	for (size_t i = 0; item == NULL && i < MAX_ITEMS; i++)
		if (w->items[i].key == NULL) {
			item = &w->items[i];
			item->key = strdup(key);
		}
	assert_non_null(item);
	free(item->value);
	free(item->staged);
	item->staged = NULL;
	item->value = strdup(value);
}

static belgo_rc
store_put(void *ctx, const char *key, const char *label, const void *data, size_t len, struct belgo_error *err)
{
	struct world *w = ctx;
	char *text;

	(void)label;
	BG_TRY(store_call(w, BG_STORE_PUT, "put", err));
	text = strndup(data, len);
	world_store_set(w, key, text);
	free(text);
	return BELGO_OK;
}

static void
item_done(struct item *item)
{
	free(item->key);
	free(item->value);
	free(item->staged);
	*item = (struct item){ 0 };
}

static belgo_rc
store_remove(void *ctx, const char *key, struct belgo_error *err)
{
	struct world *w = ctx;
	struct item *item;

	BG_TRY(store_call(w, BG_STORE_REMOVE, "remove", err));
	if ((item = find_item(w, key)) == NULL)
		return bg_fail(err, BELGO_ENOTFOUND, "nothing there");
	item_done(item);
	return BELGO_OK;
}

static belgo_rc
store_list(void *ctx, const char *prefix, int (*each)(void *, const char *, const struct belgo_blob *), void *arg,
    struct belgo_error *err)
{
	struct world *w = ctx;

	BG_TRY(store_call(w, BG_STORE_LIST, "list", err));
	for (size_t i = 0; i < MAX_ITEMS; i++) {
		struct belgo_blob blob;

		if (w->items[i].key == NULL || strncmp(w->items[i].key, prefix, strlen(prefix)) != 0)
			continue;
		blob.data = (unsigned char *)w->items[i].value;
		blob.len = strlen(w->items[i].value);
		if (each(arg, w->items[i].key, &blob) != 0)
			break;
	}
	return BELGO_OK;
}

static belgo_rc
store_probe(void *ctx, const char *key, struct belgo_error *err)
{
	(void)key;
	return store_call(ctx, BG_STORE_PROBE, "probe", err);
}

static belgo_rc
store_stage(void *ctx, const char *key, const void *data, size_t len, struct belgo_error *err)
{
	struct world *w = ctx;
	struct item *item;

	BG_TRY(store_call(w, BG_STORE_STAGE, "stage", err));
	item = find_item(w, key);
	assert_non_null(item);
	free(item->staged);
	item->staged = strndup(data, len);
	return BELGO_OK;
}

static belgo_rc
store_unstage(void *ctx, const char *key, struct belgo_error *err)
{
	struct world *w = ctx;
	struct item *item;

	BG_TRY(store_call(w, BG_STORE_UNSTAGE, "unstage", err));
	item = find_item(w, key);
	assert_non_null(item);
	free(item->staged);
	item->staged = NULL;
	return BELGO_OK;
}

static belgo_rc
store_lock(void *ctx, const char *key, struct belgo_lock **out, long *holder, struct belgo_error *err)
{
	struct world *w = ctx;

	(void)key;
	BG_TRY(store_call(w, BG_STORE_LOCK, "lock", err));
	if (w->locks_held) {
		*holder = 4711;
		return BELGO_EBUSY;
	}
	*out = (struct belgo_lock *)w;
	return BELGO_OK;
}

static void
store_unlock(void *ctx, struct belgo_lock *lock)
{
	(void)lock;
	note(ctx, "unlock");
}

static void
cache_put(void *ctx, const char *id, const char *type, const char *token, int64_t expires_at, int64_t now)
{
	struct world *w = ctx;

	(void)id;
	(void)type;
	(void)expires_at;
	(void)now;
	free(w->cached);
	w->cached = strdup(token);
}

static void
cache_purge(void *ctx, const char *id)
{
	struct world *w = ctx;

	(void)id;
	free(w->cached);
	w->cached = NULL;
}

static belgo_rc
listener_open(void *ctx, struct belgo_listener_session **out, const struct belgo_listen_params *params,
    char **redirect_uri, struct belgo_error *err)
{
	struct world *w = ctx;
	char uri[256];

	(void)err;
	note(w, "listen");
	(void)snprintf(uri, sizeof(uri), "http://%s:40000%s", params->host, params->path);
	*redirect_uri = strdup(uri);
	*out = calloc(1, sizeof(**out));
	(*out)->world = w;
	return BELGO_OK;
}

static int
listener_fd(const struct belgo_listener_session *session)
{
	return session->world->listener_fd;
}

/* A scripted redirect with the login's own state put in. */
static char *
fill_state(struct world *w, const char *params)
{
	const char *at = strstr(params, "{state}");
	char *out = NULL;

	if (at == NULL)
		return strdup(params);
	assert_true(asprintf(&out, "%.*s%s%s", (int)(at - params), params, world_url_param(w, "state"), at + 7) > 0);
	return out;
}

static belgo_rc
listener_dispatch(struct belgo_listener_session *session, char **params, struct belgo_error *err)
{
	struct world *w = session->world;

	(void)err;
	if (w->next_redirect < w->n_redirects)
		*params = fill_state(w, w->redirects[w->next_redirect++]);
	return BELGO_OK;
}

static void
listener_reject(struct belgo_listener_session *session, const char *why)
{
	(void)why;
	session->world->rejections++;
	note(session->world, "reject");
}

static void
listener_answer(struct belgo_listener_session *session, const struct belgo_page *page)
{
	struct world *w = session->world;

	(void)snprintf(w->title, sizeof(w->title), "%s", page->title);
	(void)snprintf(w->message, sizeof(w->message), "%s", page->message == NULL ? "" : page->message);
	note(w, page->ok ? "page ok" : "page failed");
}

static void
listener_close(struct belgo_listener_session *session)
{
	note(session->world, "close");
	free(session);
}

struct world *
world_new(void)
{
	struct world *w = calloc(1, sizeof(*w));
	struct belgo_client_params params;

	*w = (struct world){ .now_ms = WORLD_NOW * 1000, .mono_ms = 1000, .journal = BG_BUF(65536) };
	w->listener_fd = eventfd(1, EFD_CLOEXEC);
	w->transport = (struct belgo_transport){ .ctx = w, .begin = http_begin, .fd = http_fd, .dispatch = http_dispatch,
		.finish = http_finish, .cancel = http_cancel };
	w->system = (struct belgo_system){ .ctx = w, .wall_ms = wall_ms, .mono_ms = mono_ms, .random = fill_random };
	w->store = (struct belgo_store){ .ctx = w, .get = store_get, .put = store_put, .remove = store_remove,
		.list = store_list, .probe = store_probe, .stage = store_stage, .unstage = store_unstage, .lock = store_lock,
		.unlock = store_unlock, .uri = (char *)(uintptr_t)"memory", .identity = (char *)(uintptr_t)"world" };
	w->access_cache = (struct belgo_access_cache){ .ctx = w, .put = cache_put, .purge = cache_purge };
	w->listener = (struct belgo_listener){ .ctx = w, .open = listener_open, .fd = listener_fd,
		.dispatch = listener_dispatch, .reject = listener_reject, .answer = listener_answer, .close = listener_close };
	params = (struct belgo_client_params){ .store = &w->store, .transport = &w->transport, .system = &w->system,
		.access_cache = &w->access_cache, .listener = &w->listener, .lock_timeout_ms = 60 };
	assert_int_equal(belgo_client_new(&w->client, &params, NULL), BELGO_OK);
	assert_int_equal(belgo_provider_from_issuer(&w->provider, WORLD_ISSUER, NULL), BELGO_OK);
	return w;
}

void
world_free(struct world **world)
{
	struct world *w = *world;

	belgo_client_free(&w->client);
	belgo_provider_free(&w->provider);
	for (size_t i = 0; i < w->n_routes; i++) {
		free(w->routes[i].url);
		free(w->routes[i].body);
		free(w->routes[i].header_name);
		free(w->routes[i].header_value);
	}
	for (size_t i = 0; i < w->n_sent; i++) {
		free(w->sent[i].url);
		free(w->sent[i].body);
	}
	for (size_t i = 0; i < MAX_ITEMS; i++)
		item_done(&w->items[i]);
	for (size_t i = 0; i < w->n_redirects; i++)
		free(w->redirects[i]);
	bg_buf_free(&w->journal);
	bg_form_done(&w->url_form);
	free(w->cached);
	free(w->url);
	(void)close(w->listener_fd);
	free(w);
	*world = NULL;
}

struct belgo_client *
world_client(struct world *w)
{
	return w->client;
}

const struct belgo_provider *
world_provider(struct world *w)
{
	return w->provider;
}

static struct route *
add_route(struct world *w, const char *url, int status, const char *body)
{
	struct route *r = &w->routes[w->n_routes++];

	assert_true(w->n_routes <= MAX_ROUTES);
	*r = (struct route){ .url = strdup(url), .status = status, .body = strdup(body) };
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
world_answer_header(struct world *w, const char *name, const char *value)
{
	struct route *r = &w->routes[w->n_routes - 1];

	r->header_name = strdup(name);
	r->header_value = strdup(value);
}

void
world_metadata(struct world *w, const char *more)
{
	char body[2048];

	(void)snprintf(body, sizeof(body),
	    "{%s\"issuer\":\"" WORLD_ISSUER "\",\"authorization_endpoint\":\"" WORLD_ISSUER "/auth\","
	    "\"token_endpoint\":\"" WORLD_ISSUER "/token\",\"userinfo_endpoint\":\"" WORLD_ISSUER "/me\","
	    "\"revocation_endpoint\":\"" WORLD_ISSUER "/revoke\",\"jwks_uri\":\"" WORLD_ISSUER "/jwks\","
	    "\"response_types_supported\":[\"code\"],\"code_challenge_methods_supported\":[\"S256\"],"
	    "\"scopes_supported\":[\"openid\",\"email\",\"profile\",\"offline_access\"]}", more);
	world_answer_always(w, WORLD_ISSUER "/.well-known/openid-configuration", 200, body);
}

void
world_jwks(struct world *w)
{
	char *set = jose_jwks(jose_jwk(jose_key("RSA-2048", 0), "\"kid\":\"k1\",\"use\":\"sig\""), (char *)NULL);

	world_answer_always(w, WORLD_ISSUER "/jwks", 200, set);
	free(set);
}

char *
world_id_token(const char *payload)
{
	return jose_sign(jose_key("RSA-2048", 0), "RS256", "{\"alg\":\"RS256\",\"kid\":\"k1\"}", payload);
}

const char *
world_sent(const struct world *w, const char *url)
{
	for (size_t i = w->n_sent; i-- > 0;)
		if (strcmp(w->sent[i].url, url) == 0)
			return w->sent[i].body;
	return NULL;
}

const char *
world_journal(const struct world *w)
{
	return w->journal.data == NULL ? "" : w->journal.data;
}

void
world_journal_clear(struct world *w)
{
	bg_buf_free(&w->journal);
}

static const char *
find_line(const char *journal, const char *entry)
{
	size_t len = strlen(entry);

	for (const char *at = journal; (at = strstr(at, entry)) != NULL; at++)
		if ((at == journal || at[-1] == '\n') && at[len] == '\n')
			return at;
	return NULL;
}

int
world_came_before(const struct world *w, const char *first, const char *second)
{
	const char *a = find_line(world_journal(w), first), *b = find_line(world_journal(w), second);

	return a != NULL && b != NULL && a < b;
}

size_t
world_count(const struct world *w, const char *entry)
{
	size_t n = 0;

	for (const char *at = world_journal(w); (at = find_line(at, entry)) != NULL; at++)
		n++;
	return n;
}

void
world_advance(struct world *w, int64_t seconds)
{
	w->now_ms += seconds * 1000;
	w->mono_ms += seconds * 1000;
}

int64_t
world_now_ms(const struct world *w)
{
	return w->now_ms;
}

void
world_store_fails(struct world *w, enum bg_store_verb verb, belgo_rc rc, int times)
{
	w->verbs[verb].rc = rc;
	w->verbs[verb].times = times;
	w->verbs[verb].forever = times == 0;
}

void
world_store_before(struct world *w, enum bg_store_verb verb, void (*fn)(struct world *, void *), void *arg)
{
	w->verbs[verb].fn = fn;
	w->verbs[verb].arg = arg;
}

const char *
world_store_value(const struct world *w, const char *key)
{
	const struct item *item = find_item(w, key);

	return item == NULL ? NULL : item->value;
}

void
world_hold_locks(struct world *w, int held)
{
	w->locks_held = held;
}

const char *
world_cached_token(const struct world *w)
{
	return w->cached;
}

void
world_redirect(struct world *w, const char *params)
{
	assert_true(w->n_redirects < BG_LEN(w->redirects));
	w->redirects[w->n_redirects++] = strdup(params);
}

const char *
world_page_title(const struct world *w)
{
	return w->title;
}

const char *
world_page_message(const struct world *w)
{
	return w->message;
}

int
world_rejections(const struct world *w)
{
	return w->rejections;
}

void
world_on_prompt(void *arg, const struct belgo_login_prompt *prompt)
{
	struct world *w = arg;

	free(w->url);
	w->url = strdup(prompt->url);
	note(w, "prompt");
}

const char *
world_url(const struct world *w)
{
	return w->url;
}

const char *
world_url_param(struct world *w, const char *name)
{
	const char *query = strchr(w->url, '?');

	assert_non_null(query);
	bg_form_done(&w->url_form);
	assert_int_equal(bg_form_parse(&w->url_form, query + 1, strlen(query + 1)), BELGO_OK);
	return bg_form_get(&w->url_form, name, NULL);
}

belgo_rc
world_run(struct belgo_op *op, struct belgo_error *err)
{
	belgo_rc rc = belgo_op_run(op, err);

	belgo_op_free(&op);
	return rc;
}
