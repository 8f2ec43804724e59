/*
 * The strategies: what data cannot say about a provider. Each is one file, one table of hooks, and the hosts
 * that it may answer for; the hosts are compiled in, so that no preset can lend a relaxed rule to another
 * one.
 */
#ifndef PROVIDERS_STRATEGY_H
#define PROVIDERS_STRATEGY_H

#include "proto/provider.h"

struct bg_strategy {
	const char *name;
	const struct bg_hooks *hooks;
	const char *const *hosts; /* NULL-terminated, lower case */
};

extern const struct bg_strategy bg_strategy_github;
extern const struct bg_strategy bg_strategy_google;
extern const struct bg_strategy bg_strategy_microsoft;
extern const struct bg_strategy bg_strategy_slack;

/* Blanks for the commas between the scopes of a token reply; for hook fix_token_reply. */
belgo_rc bg_fix_scope_commas(json_t *reply, struct belgo_error *err) BG_MUST_USE;

/* Errors of one strategy stand in a file of their own, for there are many. Hook map_error. */
void bg_microsoft_map_error(const struct belgo_provider *provider, const json_t *reply,
			    struct belgo_error *err);

/* A preset as it is built in; made by embed.cmake. id is the file's name without ".json". */
struct bg_embedded {
	const char *id;
	const unsigned char *json;
	size_t len;
};
extern const struct bg_embedded bg_embedded[];
extern const size_t bg_n_embedded;

#endif
