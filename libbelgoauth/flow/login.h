/* A login under way. login.c begins it, client_login.c asks for a client's own tokens, refresh_token_login.c
 * for those of a refresh token that another program was given, id_token_login.c judges an ID token that was
 * handed in, login_browser.c leads it to the redirect,
 * login_answer.c judges that, device_login.c to the tokens by a device code,
 * login_finish.c all of them to the stored account, and login_identity.c says which account that is. */
#ifndef BG_FLOW_LOGIN_H
#define BG_FLOW_LOGIN_H

#include "base/url.h"
#include "flow/account.h"
#include "flow/dpop.h"
#include "flow/registration.h"
#include "flow/verify.h"
#include "proto/device.h"
#include "proto/par.h"
#include "proto/jarm.h"
#include "proto/step_up.h"
#include "proto/token.h"

/* What was asked for: the caller's parameters, copied. */
struct bg_login_wish {
	struct belgo_login_params p; /* every pointer in it points below, but for provider and callbacks */
	char *strings[17];
	size_t n_strings;
	char **resources;
	char **extra_client_ids;
	struct belgo_param *extra;
	int *ports;
	struct bg_step_up step_up; /* what the challenge demands */
};
belgo_rc bg_login_wish_copy(struct bg_login_wish *out, const struct belgo_login_params *in,
			    struct belgo_error *err) BG_MUST_USE;
void bg_login_wish_done(struct bg_login_wish *wish);

struct bg_login;

/* What differs between the ways to sign in. */
struct bg_login_way {
	/* Do metadata allow it? */
	belgo_rc (*check)(const struct bg_metadata *metadata, const struct belgo_provider *provider,
			  struct belgo_error *err);
	/* The step that comes when client, store and scope are known: it asks the user. */
	bg_step_fn *ask;
	const char *grant; /* of struct belgo_account; NULL: a user signs in */
	/* Comes before all else, and ends with bg_login_begin; NULL: nothing. */
	bg_step_fn *first;
	/* The step that comes when the authorization request is made, and pushed where it must be. */
	bg_step_fn *send;
	/* May the answer be used that brought login->code? Asked before the code is sent; NULL: it may. */
	belgo_rc (*spend)(struct belgo_op *op, const struct bg_login *login, struct belgo_error *err);
	int is_by_code;           /* by a browser that is redirected */
	int has_no_prompt;        /* on_prompt is never called */
	int spends_refresh_token; /* the caller's */
	int is_for_strangers;     /* who may be many: called by their keys, and not all of them are listed */
};

struct bg_web;

struct bg_login {
	const struct bg_login_way *way;
	struct bg_login_wish wish;
	const struct belgo_provider *provider;
	struct belgo_provider *of_resource; /* the same as a protected resource named it; NULL: none did */
	struct bg_metadata *metadata;       /* the snapshot that this login keeps */
	struct bg_client_auth auth;
	struct bg_credentials credentials;
	struct bg_registration *registration; /* of the client, where it was registered by this library */
	struct bg_url redirect;               /* what it was registered for */
	struct bg_record **accounts;          /* all that the store holds, where names must be known */
	size_t n_accounts;
	char *scope;
	int is_openid; /* an ID token is asked for */
	char *state;
	char *nonce; /* NULL: none was sent */
	struct bg_dpop dpop;
	char *dpop_jkt;                /* NULL: the code is not bound to its key */
	enum bg_token_type token_type; /* the one asked for */
	char *code_verifier;
	char *redirect_path; /* of a login in the browser */
	char *redirect_uri;
	char *request;           /* the authorization request as a signed object, where it is one */
	struct bg_pushed pushed; /* the authorization request, where it was pushed */
	int64_t deadline;        /* monotonic ms */
	struct bg_web *web;      /* of a web login, else NULL */
	/* the redirect */
	char *response;                  /* a JWT that says that it is ours; NULL: it came plain */
	struct bg_signed_answer signing; /* what is expected of it */
	struct bg_verdict signed_verdict;
	char *code;
	belgo_rc refused;
	struct belgo_error refusal;
	/* the device code */
	struct bg_device device;
	/* the refresh token that another program was given */
	char held_key[BG_KEY_SIZE]; /* where what came for it waits for the account to be stored */
	struct bg_record *held;     /* what an earlier login left there, or NULL */
	int is_held;
	int64_t came_at; /* by the provider's clock where this one is off; 0: now */
	/* what came of it */
	struct bg_id_token_expect expect;
	const char **client_ids;
	struct bg_record *record; /* to be stored */
	struct belgo_token *token;
	struct bg_verdict verdict;
	json_t *userinfo;
	char *missing;   /* scopes asked for and not granted */
	char *beyond;    /* scopes granted and not asked for */
	char *displaced; /* key of the account that loses its name */
	char *nobody;    /* the subject of an account of which nobody says whose it is */
};

/* The operation of a login that way. */
belgo_rc bg_login_op_new(struct belgo_op **out, struct belgo_client *client,
			 const struct belgo_login_params *params, const struct bg_login_way *way,
			 struct belgo_error *err) BG_MUST_USE;
/* Do they ask for what only a request to the provider could carry? For ways that make none. */
int bg_login_has_request(const struct belgo_login_params *params);
/* For a way that needs no endpoint but the token endpoint. */
belgo_rc bg_login_check_token_endpoint(const struct bg_metadata *metadata,
				       const struct belgo_provider *provider,
				       struct belgo_error *err) BG_MUST_USE;
bg_step_fn bg_login_begin;
/* Makes state, verifier and nonce, pushes the request where it must be, and goes on at way->send. */
belgo_rc bg_login_authorize(struct belgo_op *op, struct bg_login *login, struct belgo_error *err) BG_MUST_USE;
/* *out: where the browser is sent. */
belgo_rc bg_login_url(char **out, const struct bg_login *login, struct belgo_error *err) BG_MUST_USE;
int bg_login_timeout_s(const struct bg_login *login);
/* The word for how the answer comes; NULL: the default, which is not sent. */
const char *bg_login_response_mode(const struct belgo_login_params *params);
/* Judges what the browser brought, as far as it can be without keys; bg_login_answered() reads what this
 * leaves: code or response, or refused and why. */
enum bg_redirect_verdict bg_login_judge(struct bg_login *login, const char *params, size_t len);
/* Goes on from there: verifies a signed answer, then exchanges the code. */
belgo_rc bg_login_answered(struct belgo_op *op, struct bg_login *login, struct belgo_error *err) BG_MUST_USE;
/* The step that exchanges the code. */
bg_step_fn bg_login_exchange;
/* Goes on from login->token, as it came, to the stored account. */
belgo_rc bg_login_accept(struct belgo_op *op, struct bg_login *login, struct belgo_error *err) BG_MUST_USE;
/* login->record, from what the login has brought, all but its name. BELGO_EPROTO, BELGO_ECLAIM, BELGO_ENOMEM.
 */
belgo_rc bg_login_compose(struct belgo_op *op, struct bg_login *login, struct belgo_error *err) BG_MUST_USE;
/* Its name, and what it keeps of the record that lies under its key, NULL: none; also login->displaced,
 * login->missing, login->beyond and the operation's result. BELGO_EACCOUNT, BELGO_ENOMEM. */
belgo_rc bg_login_settle(struct belgo_op *op, struct bg_login *login, struct bg_record *before,
			 struct belgo_error *err) BG_MUST_USE;
/* Has login->token's ID token judged; then `next`. */
belgo_rc bg_login_verify(struct belgo_op *op, struct bg_login *login, enum bg_id_token_use use,
			 bg_step_fn *next, struct belgo_error *err) BG_MUST_USE;
/* Goes on from there. */
bg_step_fn bg_login_identify;
/* No ID token says who the user is, and the caller can do without. */
int bg_login_may_be_nobodys(const struct bg_login *login);
/* The record of that name, or NULL. */
const struct bg_record *bg_login_account_named(const struct bg_login *login, const char *name);
/* The protected resource that this login is for, or NULL. */
const char *bg_login_resource(const struct bg_login *login);
/* Answers the browser, if it waits, with what has become of the login. */
void bg_login_failure_page(struct belgo_op *op, const struct belgo_error *err);

/* web_login.c's */
void bg_web_free(struct bg_web **web);

#endif
