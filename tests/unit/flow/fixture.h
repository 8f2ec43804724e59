/*
 * Accounts, replies and logins for the tests of flow/, on top of the scripted world. Every secret in them
 * holds WORLD_SECRET, which must turn up in no log and in no error.
 */
#ifndef FLOW_FIXTURE_H
#define FLOW_FIXTURE_H

#include "harness/world.h"

#include "base/mem.h"
#include "harness/json_text.h"

#define AT1 "at1." WORLD_SECRET
#define AT2 "at2." WORLD_SECRET
#define AT3 "at3." WORLD_SECRET
#define RT1 "rt1." WORLD_SECRET
#define RT2 "rt2." WORLD_SECRET
#define RT3 "rt3." WORLD_SECRET
#define CODE "code." WORLD_SECRET
#define CLIENT_SECRET "cs." WORLD_SECRET

/* A world whose provider publishes metadata and the one key. */
struct world *provider_up(void);

/* One account as it shall lie in the store. NULL: the member is left out. */
struct planted {
	const char *subject; /* NULL: "alice" */
	const char *name;    /* NULL: the subject */
	const char *issuer;  /* NULL: WORLD_ISSUER */
	const char *provider;
	const char *email;
	const char *access_token; /* NULL: AT1 */
	const char *token_type;   /* NULL: "Bearer" */
	const char *refresh_token;
	const char *id_token;
	const char *scope;       /* NULL: "openid email" */
	const char *auth_method; /* NULL: the login was told none */
	const char *grant;
	const char *resource; /* that the login was for */
	const char *account;  /* further members of "account" */
	const char *login;    /* further members of "login", as ",\"hd\":\"x\"" */
	int64_t expires_at;
	int64_t refresh_expires_at;
	int64_t refreshed_at_ms;
	int is_oauth; /* no claims: not an OpenID login */
	int pending;
	int needs_login;
	/* out */
	char key[65];
	char store_key[80];
};
/* Fills the names only. */
void planted_name(struct planted *account);
/* The record as text, malloc'd. */
char *planted_text(struct planted *account);
void plant(struct world *world, struct planted *account);
/* Puts it beside the record that lies there. */
void plant_staged(struct world *world, struct planted *account);
/* An account of "alice" with AT1 and RT1 that expires in `left` seconds, refreshed an hour ago. */
struct planted plant_alice(struct world *world, int64_t left);

/* Claims of an ID token of that subject, as JSON: issued now, for an hour; more: ",\"a\":1" or "". malloc'd.
 */
char *claims_of(const struct world *world, const char *subject, const char *more);
/* The same, signed. */
char *id_token_of(const struct world *world, const char *subject, const char *more);
/* Body of a token reply; NULL members are left out. malloc'd. */
char *token_reply(const char *access_token, const char *refresh_token, const char *id_token,
		  const char *more);
/* Scripts one such reply of the token endpoint. */
void answer_token(struct world *world, const char *access_token, const char *refresh_token, char *id_token);

/* A token of account, driven to its end and freed. out: its access token (malloc'd) or NULL. */
belgo_rc get_token(struct world *world, const struct planted *account, const struct belgo_token_params *more,
		   char **out, struct belgo_error *err);
/* The same for its error alone. */
belgo_rc get_token_rc(struct world *world, const struct planted *account, struct belgo_error *err);
/* Does the record that lies in the store hold that text? */
int stored_has(const struct world *world, const struct planted *account, const char *text);

/* What lies in the store for WORLD_CLIENT: members of its record, as "\"certificate\":\"x\"". */
void plant_client(struct world *world, const char *members);

/* The parameters of a login of WORLD_CLIENT at the world's provider. */
struct belgo_login_params login_params(struct world *world);
/* Scripts the token reply to a login of that subject: its ID token has the nonce that the login will send. */
void answer_login(struct world *world, const char *subject, const char *refresh_token,
		  const char *more_claims, const char *more_reply);
/* The same of another token endpoint. */
void answer_login_at(struct world *world, const char *url, const char *subject, const char *refresh_token,
		     const char *more_claims, const char *more_reply);
/* An operation from the parameters, which are right. */
struct belgo_op *login_of(struct world *world, const struct belgo_login_params *params);

/* Is one of op's warnings one with that text in it? */
int has_warning(const struct belgo_op *op, const char *text);

#endif
