/*
 * A client with every seam scripted: answers by URL, a store in memory whose calls can be made to fail, a clock
 * that stands still until it is moved, a listener that is handed its redirects. All that happens is written to a
 * journal, in order, so that a test can say what came before what.
 */
#ifndef HARNESS_WORLD_H
#define HARNESS_WORLD_H

#include "flow/op.h"
#include "harness/test.h"

#include <belgoauth/belgoauth.h>

#define WORLD_ISSUER "https://op.example"
#define WORLD_CLIENT "client-1"
#define WORLD_NOW 1800000000LL

struct world;

struct world *world_new(void);
void world_free(struct world **world);
struct belgo_client *world_client(struct world *world);
/* The provider of WORLD_ISSUER, by discovery; borrowed. */
const struct belgo_provider *world_provider(struct world *world);

/* The next request whose URL is `url` gets this; kept for all later ones where sticky. rc other than OK: no answer at all. */
void world_answer(struct world *world, const char *url, int status, const char *body);
void world_answer_always(struct world *world, const char *url, int status, const char *body);
void world_no_answer(struct world *world, const char *url, belgo_rc rc);
/* A header of the answer that was scripted last. */
void world_answer_header(struct world *world, const char *name, const char *value);
/* Metadata at WORLD_ISSUER with token, userinfo, revocation endpoints and jwks_uri below it; more: further members ("\"a\":1,"). */
void world_metadata(struct world *world, const char *more);
/* The set with the one key that world_id_token signs with. */
void world_jwks(struct world *world);
/* Signed with RS256 by that key; payload: JSON text. malloc'd. */
char *world_id_token(const char *payload);

/* The body of the last request sent to url, or NULL. */
const char *world_sent(const struct world *world, const char *url);
/* "GET https://...", "POST ...", "get", "put", "stage", ... one a line. */
const char *world_journal(const struct world *world);
void world_journal_clear(struct world *world);
/* Does `first` stand in the journal before `second`, and both stand there? */
int world_came_before(const struct world *world, const char *first, const char *second);
size_t world_count(const struct world *world, const char *entry);

void world_advance(struct world *world, int64_t seconds);
int64_t world_now_ms(const struct world *world);

/* The next call of that verb fails so; times 0: every one. */
void world_store_fails(struct world *world, enum bg_store_verb verb, belgo_rc rc, int times);
/* Runs once, just before the next call of that verb: another process at work. */
void world_store_before(struct world *world, enum bg_store_verb verb, void (*fn)(struct world *world, void *arg),
    void *arg);
/* The raw value under a key, or NULL; and setting it behind the client's back. */
const char *world_store_value(const struct world *world, const char *key);
void world_store_set(struct world *world, const char *key, const char *value);
/* Somebody else holds every lock until this is called with 0. */
void world_hold_locks(struct world *world, int held);
/* What the access-token cache holds, or NULL. */
const char *world_cached_token(const struct world *world);

/* Hands a redirect to the listener; state: "{state}" in params is replaced by the one in the authorization URL. */
void world_redirect(struct world *world, const char *params);
/* The last page that was answered: its title, or "" ; and how many candidates were rejected. */
const char *world_page_title(const struct world *world);
const char *world_page_message(const struct world *world);
int world_rejections(const struct world *world);
/* For belgo_login_params: records the URL. arg: the world. */
void world_on_prompt(void *arg, const struct belgo_login_prompt *prompt);
const char *world_url(const struct world *world);
/* One parameter of the authorization URL, decoded, or NULL. Borrowed until the next call. */
const char *world_url_param(struct world *world, const char *name);

/* Runs op to its end and frees it; *err (may be NULL) as it ended. */
belgo_rc world_run(struct belgo_op *op, struct belgo_error *err);

#endif
