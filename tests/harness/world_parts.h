/* The scripted world from the inside: what its parts share. Tests include world.h. */
#ifndef HARNESS_WORLD_PARTS_H
#define HARNESS_WORLD_PARTS_H

#include "harness/world.h"

#include "base/form.h"

#define WORLD_MAX_ROUTES 32
#define WORLD_MAX_SENT 128
#define WORLD_MAX_ITEMS 16
#define WORLD_MAX_HEADERS 4
#define WORLD_MAX_REDIRECTS 8

struct world_route {
	char *url;
	int status;
	char *body;
	struct belgo_http_header headers[WORLD_MAX_HEADERS];
	size_t n_headers;
	belgo_rc rc;
	int broken_off; /* after the request had gone out */
	int sticky;
	int used;
};

struct world_sent {
	char *url;
	char *body;
	char *headers; /* "name: value", one a line */
	char *certificate;
};

struct world_item {
	char *key;
	char *value;
	char *staged;
};

struct world_verb {
	belgo_rc rc;
	int times;
	int forever;
	void (*fn)(struct world *, void *);
	void *arg;
};

struct world {
	struct belgo_client *client;
	struct belgo_client_params params;
	struct belgo_provider *provider;
	struct belgo_transport transport;
	struct belgo_system system;
	struct belgo_store store;
	struct belgo_cache cache;
	struct belgo_access_cache access_cache;
	struct belgo_listener listener;
	struct belgo_log log_seam;
	struct bg_buf journal, log;
	pthread_mutex_t journal_mutex; /* the driver's worker writes to it too */
	/* clock and entropy */
	int64_t now_ms;
	int64_t mono_ms, look_ms;
	unsigned char random;
	/* network */
	struct world_route routes[WORLD_MAX_ROUTES];
	size_t n_routes;
	struct world_sent sent[WORLD_MAX_SENT];
	size_t n_sent;
	int http_held;
	struct belgo_http_call *call; /* the one that is held */
	/* store and caches */
	struct world_item items[WORLD_MAX_ITEMS];
	struct world_item documents[WORLD_MAX_ITEMS];
	struct world_verb verbs[BG_STORE_LOCK + 1];
	int locks_held, locks_taken;
	char *cached;
	/* browser */
	char *redirects[WORLD_MAX_REDIRECTS];
	size_t n_redirects, next_redirect;
	char *url;
	struct bg_form url_form;
	char title[64], message[512], stored_in[64];
	struct belgo_listen_params listening;
	int rejections;
	int listener_fd;
	int listener_broken;
};

/* What the world allocates while it is called must not count as the library's: no-op without failalloc.h. */
int world_pause_failalloc(void);
void world_resume_failalloc(const int *paused);
#define WORLD_OWN_MEMORY                                                                                     \
	__attribute__((cleanup(world_resume_failalloc), unused)) const int paused_ = world_pause_failalloc()

void world_note(struct world *world, const char *text);
void world_item_done(struct world_item *item);

/* Each fills its seam in the world, and empties it. */
void world_http_init(struct world *world);
void world_http_done(struct world *world);
void world_store_init(struct world *world);
void world_store_done(struct world *world);
void world_browser_init(struct world *world);
void world_browser_done(struct world *world);

#endif
