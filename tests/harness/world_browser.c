/* The listener and the user of the scripted world. */
#include "harness/world_parts.h"

#include <sys/eventfd.h>
#include <unistd.h>

struct belgo_listener_session {
	struct world *world;
};

static belgo_rc
listener_open(void *ctx, struct belgo_listener_session **out, const struct belgo_listen_params *params,
	      char **redirect_uri, struct belgo_error *err)
{
	WORLD_OWN_MEMORY;
	struct world *w = ctx;
	char uri[256];

	world_note(w, "listen");
	if (w->listener_broken)
		return bg_fail(err, BELGO_EIO, "no port is free in the scripted world");
	w->listening = *params;
	(void)snprintf(uri, sizeof(uri), "http://%s:%d%s", params->host,
		       params->n_ports > 0 ? params->ports[0] : 40000, params->path);
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
	assert_true(
	    asprintf(&out, "%.*s%s%s", (int)(at - params), params, world_url_param(w, "state"), at + 7) > 0);
	return out;
}

static belgo_rc
listener_dispatch(struct belgo_listener_session *session, char **params, struct belgo_error *err)
{
	WORLD_OWN_MEMORY;
	struct world *w = session->world;

	if (w->listener_broken)
		return bg_fail(err, BELGO_EIO, "the scripted listener fails");
	if (w->next_redirect < w->n_redirects)
		*params = fill_state(w, w->redirects[w->next_redirect++]);
	return BELGO_OK;
}

static void
listener_reject(struct belgo_listener_session *session, const char *why)
{
	WORLD_OWN_MEMORY;

	assert_non_null(why);
	session->world->rejections++;
	world_note(session->world, "reject");
}

static void
listener_answer(struct belgo_listener_session *session, const struct belgo_page *page)
{
	WORLD_OWN_MEMORY;
	struct world *w = session->world;

	(void)snprintf(w->title, sizeof(w->title), "%s", page->title);
	(void)snprintf(w->message, sizeof(w->message), "%s", page->message == NULL ? "" : page->message);
	(void)snprintf(w->stored_in, sizeof(w->stored_in), "%s",
		       page->stored_in == NULL ? "" : page->stored_in);
	world_note(w, page->ok ? "page ok" : "page failed");
}

static void
listener_close(struct belgo_listener_session *session)
{
	WORLD_OWN_MEMORY;

	world_note(session->world, "close");
	free(session);
}

void
world_browser_init(struct world *w)
{
	w->listener_fd = eventfd(1, EFD_CLOEXEC);
	w->listener = (struct belgo_listener){.ctx = w,
					      .open = listener_open,
					      .fd = listener_fd,
					      .dispatch = listener_dispatch,
					      .reject = listener_reject,
					      .answer = listener_answer,
					      .close = listener_close};
}

void
world_browser_done(struct world *w)
{
	for (size_t i = 0; i < w->n_redirects; i++)
		free(w->redirects[i]);
	bg_form_done(&w->url_form);
	free(w->url);
	(void)close(w->listener_fd);
}

void
world_redirect(struct world *w, const char *params)
{
	assert_true(w->n_redirects < WORLD_MAX_REDIRECTS);
	w->redirects[w->n_redirects++] = strdup(params);
}

void
world_break_listener(struct world *w)
{
	w->listener_broken = 1;
}

const struct belgo_listen_params *
world_listening(const struct world *w)
{
	return &w->listening;
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

const char *
world_page_stored_in(const struct world *w)
{
	return w->stored_in;
}

int
world_rejections(const struct world *w)
{
	return w->rejections;
}

void
world_on_prompt(void *arg, const struct belgo_login_prompt *prompt)
{
	WORLD_OWN_MEMORY;
	struct world *w = arg;

	free(w->url);
	w->url = strdup(prompt->url);
	world_note(w, "prompt");
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
