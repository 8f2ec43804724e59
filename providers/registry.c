/*
 * The built-in providers, each parsed at its first use and then kept for the life of the process, and the
 * strategies by name and host.
 */
#include "strategy.h"

#include "base/mem.h"
#include "base/url.h"

#include <pthread.h>
#include <string.h>

#define MAX_BUILTIN 32

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct belgo_provider *parsed[MAX_BUILTIN]; /* by lock; what stands there once never changes */

static const struct bg_strategy *const strategies[] = {
    &bg_strategy_github,
    &bg_strategy_google,
    &bg_strategy_microsoft,
    &bg_strategy_slack,
};

/* @spec RFC 3986 section 6.2.1: hosts are compared as written, an issuer has one spelling */
static int
answers_for(const struct bg_strategy *strategy, const struct bg_url *issuer)
{
	if (issuer->scheme != BG_HTTPS || issuer->has_port || issuer->has_userinfo)
		return 0;
	for (const char *const *host = strategy->hosts; *host != NULL; host++)
		if (strcmp(*host, issuer->host) == 0)
			return 1;
	return 0;
}

const struct bg_hooks *
bg_hooks_find(const char *name, const char *issuer)
{
	BG_AUTO(bg_url_done) struct bg_url url = {0};

	if (bg_url_parse(&url, issuer) != BELGO_OK)
		return NULL;
	for (size_t i = 0; i < BG_LEN(strategies); i++)
		if (strcmp(strategies[i]->name, name) == 0 && answers_for(strategies[i], &url))
			return strategies[i]->hooks;
	return NULL;
}

/* Out of memory leaves the place empty: the next call tries again. */
const struct belgo_provider *
belgo_provider_builtin_at(size_t i)
{
	const struct belgo_provider *found = NULL;
	const struct bg_embedded *e;

	if (i >= bg_n_embedded || i >= MAX_BUILTIN)
		return NULL;
	e = &bg_embedded[i];
	pthread_mutex_lock(&lock);
	if (parsed[i] != NULL ||
	    belgo_provider_from_json(&parsed[i], (const char *)e->json, e->len, e->id, NULL) == BELGO_OK)
		found = parsed[i];
	pthread_mutex_unlock(&lock);
	return found;
}

const struct belgo_provider *
belgo_provider_builtin(const char *id)
{
	for (size_t i = 0; id != NULL && i < bg_n_embedded; i++)
		if (strcmp(bg_embedded[i].id, id) == 0)
			return belgo_provider_builtin_at(i);
	return NULL;
}
