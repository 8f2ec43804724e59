/*
 * One run of oauthctl: what main() sets up and every verb is handed. Also the two things that a verb does
 * with the library: opening a session on a store, and driving an operation to its end.
 */
#ifndef CLI_CTL_H
#define CLI_CTL_H

#include "config.h"
#include "hint.h"
#include "index.h"
#include "opt.h"
#include "output.h"

#include <belgoauth/bundle.h>
#include <belgoauth/client.h>
#include <belgoauth/registration.h>

#include <sys/resource.h>

/* What was typed for a store, so that a verb that opens it twice asks once. */
struct passphrase {
	const struct ctl *ctl;
	char *uri;
	char *text;  /* NULL: not typed yet */
	int typed;   /* so often */
	int is_over; /* the user would not say it */
	struct passphrase *next;
};

struct ctl {
	struct globals globals;
	struct config config;
	struct out out;
	struct facts facts;
	char hint[HINT_MAX]; /* set where a verb knows better than the table */
	const char *ca_file;
	struct belgo_transport transport;
	struct belgo_cache cache;
	struct belgo_access_cache access_cache;
	struct belgo_log log;
	int has_transport, has_cache;
	int colour;               /* on stderr */
	struct rlimit core_limit; /* as it was; exec gives it back */
	struct passphrase *passphrases;
};

/* report.c: stderr. */

/* A line of progress, unless -q. */
void note(const struct ctl *ctl, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A line that begins with "warning:", unless -q. */
void warn(const struct ctl *ctl, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The error, what the provider said, the hint; or the one JSON line. */
void report(const struct ctl *ctl, const struct belgo_error *err);
void hint_set(struct ctl *ctl, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Remembers which account or provider the verb is about, for the hint. */
void facts_account(struct ctl *ctl, const char *name, const char *provider, const char *issuer);

/* session.c: a client on one store. */

struct session {
	struct belgo_store *store;
	struct belgo_client *client;
	struct token_keys *token_keys; /* the client borrows them; NULL: none */
};
/* uri: as in the index, or a user's own words. */
belgo_rc session_open(struct session *out, struct ctl *ctl, const char *uri, struct belgo_error *err);
void session_close(struct session *session);
/* The secret that tokens were got with serves their refreshes too, and is kept beside them. NULL: there is
 * none. */
belgo_rc session_keep_secret(const struct session *session, struct ctl *ctl, const char *issuer,
			     const char *client_id, const char *secret, struct belgo_error *err);
void passphrases_free(struct ctl *ctl);
/* --store or OAUTHCTL_STORE, as the index would name it; malloc'd, or NULL where neither is given. */
char *store_named(const struct ctl *ctl);
/* Where a new login goes: that, else the configuration's, else the keyring. malloc'd or NULL. */
char *store_for_login(const struct ctl *ctl);

/* drive.c: operations. */

/* What else happens while an operation runs; members may be NULL. */
struct drive {
	void (*tick)(void *arg);  /* at least every second */
	void (*input)(void *arg); /* fd has something */
	void *arg;
	int input_fd; /* -1: none; input() may set it so */
};
/* To the end: SIGINT, SIGTERM and SIGHUP cancel it. Warnings of a successful operation are printed. */
belgo_rc drive(struct ctl *ctl, struct belgo_op *op, struct drive *hooks, struct belgo_error *err);

/* provider_find.c: presets. */

struct found_provider {
	struct belgo_provider *provider;
	char *source; /* a file, "built-in" or "issuer" */
};
/*
 * An id: the user's preset, else the installed one, else the built-in. An issuer URL: the preset for it, else
 * a bare provider. tenant NULL: the configuration's, where the provider takes one. BELGO_ENOTFOUND suggests
 * what is near.
 */
belgo_rc provider_find(struct found_provider *out, struct ctl *ctl, const char *id_or_issuer,
		       const char *tenant, struct belgo_error *err);
/* The same with its tenant not yet put in place. */
belgo_rc provider_find_open(struct found_provider *out, struct ctl *ctl, const char *id_or_issuer,
			    struct belgo_error *err);
void found_provider_done(struct found_provider *found);
/* All of them by id; a broken file of the user's is warned about. */
struct provider_list {
	struct found_provider *items;
	size_t n;
};
belgo_rc provider_list(struct provider_list *out, struct ctl *ctl, struct belgo_error *err);
void provider_list_done(struct provider_list *list);
/* $OAUTHCTL_<PROVIDER>_CLIENT_ID and the like; NULL where it is not set. Borrowed from the environment. */
const char *provider_variable(const char *id, const char *suffix);
/* The client id in force: flag, environment, configuration, preset (malloc'd), or NULL. */
char *provider_client_id(const struct ctl *ctl, const struct belgo_provider *provider, const char *flag);

/* account_find.c: which account, and in which store. */

struct account_ref {
	char *name, *key, *store, *provider, *issuer;
};
/*
 * wanted: a name, e-mail address, provider id or issuer; NULL: $OAUTHCTL_ACCOUNT, else the default, else the
 * only one. From the index, which is rebuilt where it does not know. BELGO_ENOTFOUND; BELGO_EAMBIGUOUS names
 * the candidates.
 */
belgo_rc account_find(struct account_ref *out, struct ctl *ctl, const char *wanted, struct belgo_error *err);
void account_ref_done(struct account_ref *ref);

/* accounts.c: every account of every store in question, by name; the index is brought up to date. */
struct account_shelf {
	struct session session;
	struct belgo_op *op; /* its accounts are borrowed from here */
	char *uri;
};
struct account_list {
	struct account_shelf *shelves;
	size_t n_shelves;
	struct unread_store {
		char *uri;
		struct belgo_error cause;
		int has_accounts; /* by the index */
	} * unread;
	size_t n_unread;
	struct account_row {
		const struct belgo_account *account;
		const char *store;
	} * rows;
	size_t n;
};
belgo_rc account_list(struct account_list *out, struct ctl *ctl, struct belgo_error *err);
void account_list_done(struct account_list *list);

/* index_update.c: the index after a change; it is a hint, so nothing fails. */

/* As it is; an unreadable one is empty. index_done() afterwards. */
void index_load(struct index *out);
/* What was listed stands for all of its stores. */
void index_replace(struct ctl *ctl, const struct account_list *list);
void index_put(struct ctl *ctl, const struct belgo_account *account, const char *store);
void index_forget(struct ctl *ctl, const char *key, const char *store);
/* After the configuration changed, or where the index was taken from another one. */
void index_restamp(struct ctl *ctl);

/* account_text.c: an account for programs and for people. */

json_t *account_json(const struct ctl *ctl, const struct belgo_account *account, const char *store);
json_t *json_scopes(const char *scope);
json_t *json_text(const char *text); /* null for NULL */
json_t *json_time(int64_t at);       /* null for 0 */
/* "54 min left", "expired", "unknown"; size 64 is enough. */
void time_left(char *out, size_t size, int64_t at, int64_t now);
/* "2026-11-21 14:03:12 CET"; size 64 is enough. */
void time_local(char *out, size_t size, int64_t at);
int64_t time_now(void);

/* claims_text.c: one JSON object of a provider's, one member a line, or whole with --json. */
belgo_rc claims_print(struct ctl *ctl, const char *claims_json, struct belgo_error *err);
/* One member a line. */
void claims_print_lines(struct out *out, json_t *claims);

#endif
