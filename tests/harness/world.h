/*
 * A client with every seam scripted: answers by URL, a store in memory whose calls can be made to fail, a
 * clock that stands still until it is moved, a listener that is handed its redirects. All that happens is
 * written to a journal, in order, so that a test can say what came before what.
 */
#ifndef HARNESS_WORLD_H
#define HARNESS_WORLD_H

#include "flow/op.h"
#include "harness/test.h"

#include <belgoauth/belgoauth.h>

#define WORLD_ISSUER "https://op.example"
#define WORLD_METADATA WORLD_ISSUER "/.well-known/openid-configuration"
#define WORLD_TOKEN WORLD_ISSUER "/token"
#define WORLD_USERINFO WORLD_ISSUER "/me"
#define WORLD_REVOKE WORLD_ISSUER "/revoke"
#define WORLD_JWKS WORLD_ISSUER "/jwks"
#define WORLD_CLIENT "client-1"
#define WORLD_NOW 1800000000LL
/* What every secret of a test has in it: it may stand in no log, error or page. */
#define WORLD_SECRET "S3CRET"
#define WORLD_NO_ENTROPY 0xff

struct world;

struct world *world_new(void);
/* No operation may be left, and no lock. */
void world_free(struct world **world);
struct belgo_client *world_client(struct world *world);
/* What the client was made of; a change counts from world_restart() on, which is also another process. */
struct belgo_client_params *world_params(struct world *world);
void world_restart(struct world *world);
/* The provider of WORLD_ISSUER, by discovery; borrowed. */
const struct belgo_provider *world_provider(struct world *world);

/* The next request whose URL is `url` gets this; all later ones too with _always. Without one: 404. */
void world_answer(struct world *world, const char *url, int status, const char *body);
void world_answer_always(struct world *world, const char *url, int status, const char *body);
/* No answer at all, but this. */
void world_no_answer(struct world *world, const char *url, belgo_rc rc);
/* The same after the request had gone out. */
void world_breaks_off(struct world *world, const char *url);
/* A header of the answer that was scripted last. */
void world_answer_header(struct world *world, const char *name, const char *value);
void world_forget_answers(struct world *world, const char *url);
/* Requests that begin from now on get no answer until this is called with 0. */
void world_hold_http(struct world *world, int held);
/* Metadata with all endpoints above; more: further members ("\"a\":1,"). Takes the place of what was
 * scripted. */
void world_metadata(struct world *world, const char *more);
/* The set with the one key that world_id_token signs with, "k1". */
void world_jwks(struct world *world);
/* A set with the i-th RSA key (0: that one) under a kid. malloc'd. */
char *world_key_set(int key, const char *kid);
/* Signed with RS256 by that key; payload: JSON text. malloc'd. */
char *world_id_token(const char *payload);

/* The last request sent to url: its body or NULL; its headers, "name: value" one a line; the client's
 * certificate or NULL. */
const char *world_sent(const struct world *world, const char *url);
const char *world_sent_headers(const struct world *world, const char *url);
const char *world_sent_certificate(const struct world *world, const char *url);
/* "GET https://...", "POST ...", "cancel", "get", "put", "stage", "page ok", ... one a line. */
const char *world_journal(const struct world *world);
void world_journal_clear(struct world *world);
/* Does the first `first` stand in the journal before the first `second`, and do both stand there? */
int world_came_before(const struct world *world, const char *first, const char *second);
size_t world_count(const struct world *world, const char *entry);
/* All that went to the log. */
const char *world_log(const struct world *world);

void world_advance(struct world *world, int64_t seconds);
/* From now on a second passes whenever somebody looks at the clock that pauses are measured with. */
void world_let_time_pass(struct world *world);
int64_t world_now_ms(const struct world *world);
/* What the n-th random text from now on (state, nonce, ...) will be: 32 bytes in base64url. malloc'd. */
char *world_foretell(const struct world *world, int n);
/* random() fails from now on. */
void world_spend_entropy(struct world *world);

/* For what a store may lack, or say of itself. */
struct belgo_store *world_store(struct world *world);
/* The next calls of that verb fail so; times 0: every one. LIST has handed out its records before. */
void world_store_fails(struct world *world, enum bg_store_verb verb, belgo_rc rc, int times);
/* Runs once, just before the next call of that verb: another process at work. */
void world_store_before(struct world *world, enum bg_store_verb verb,
			void (*fn)(struct world *world, void *arg), void *arg);
/* The raw value under a key, or NULL; what is staged beside it; and setting them behind the client's back. */
const char *world_store_value(const struct world *world, const char *key);
const char *world_store_staged(const struct world *world, const char *key);
void world_store_set(struct world *world, const char *key, const char *value); /* NULL: removed */
void world_store_set_staged(struct world *world, const char *key, const char *value);
/* Process `holder` holds every lock until this is called with 0; -1: somebody does. */
void world_hold_locks(struct world *world, int holder);
int world_locks_taken(const struct world *world);
/* What the access-token cache holds, or NULL. */
const char *world_cached_token(const struct world *world);
/* The cache of documents, by URL. */
const char *world_document(const struct world *world, const char *url);
void world_document_set(struct world *world, const char *url, const char *value);

/* Hands a redirect to the listener; "{state}" in it is replaced by the state of the authorization URL. */
void world_redirect(struct world *world, const char *params);
/* open() and dispatch() fail from now on. */
void world_break_listener(struct world *world);
/* What open() was asked for; its pointers live as long as the login. */
const struct belgo_listen_params *world_listening(const struct world *world);
/* The last page that was answered: its title, or ""; and how many candidates were rejected. */
const char *world_page_title(const struct world *world);
const char *world_page_message(const struct world *world);
const char *world_page_stored_in(const struct world *world);
int world_rejections(const struct world *world);
/* For belgo_login_params: records the URL. arg: the world. */
void world_on_prompt(void *arg, const struct belgo_login_prompt *prompt);
const char *world_url(const struct world *world);
/* One parameter of the authorization URL, decoded, or NULL. Borrowed until the next call. */
const char *world_url_param(struct world *world, const char *name);

/*
 * Runs op to its end; *err (may be NULL) as it ended. An error always says what the return code says.
 * world_run() frees op too; world_drive() hangs it on its descriptor instead, and moves the clock when idle.
 */
belgo_rc world_finish(struct belgo_op *op, struct belgo_error *err);
belgo_rc world_run(struct belgo_op *op, struct belgo_error *err);
/* The same until an entry stands in the journal, at which it still runs. */
void world_drive_until(struct world *world, struct belgo_op *op, const char *entry);
belgo_rc world_drive(struct world *world, struct belgo_op *op, struct belgo_error *err);

#endif
