/*
 * The development issuer: what its files share. One mutex guards all state; a request is judged with it
 * held and answered without it.
 */
#ifndef ISSUER_H
#define ISSUER_H

#include "params.h"

#include <jansson.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#define ISSUER_SCOPES "openid profile email offline_access api.read api.write"
#define ISSUER_ACRS "gold silver"
#define ISSUER_RESPONSE_MODES "query form_post jwt query.jwt form_post.jwt"
#define ISSUER_DETAILS "api_access payment_initiation" /* types of authorization_details */

/* What the client ids begin with that this server gives; nobody else has one. */
#define REGISTERED_PREFIX "registered-"

struct evp_pkey_st;
struct seen;

enum { KEY_RS256, KEY_ES256, KEY_EDDSA, KEY_COUNT };

struct key {
	const char *alg;
	char *kid;
	struct evp_pkey_st *pkey;
};

struct options {
	int port;
	int access_ttl;
	int first_ttl;   /* of the access token that a code is exchanged for */
	int refresh_ttl; /* 0: does not end */
	int lifetime;
	int rotate;
	int alg;          /* which key signs ID tokens */
	int sign_answers; /* of userinfo and introspection */
	int device_interval;
	int device_ttl;
	int dpop_nonce; /* proofs must carry a nonce */
	int require_par;
	int device_slow_down;             /* how many requests of each device are told to slow down */
	const char *initial_access_token; /* NULL: whoever wants may register */
	const char *auto_approve;         /* a user's name: no page is shown */
	const char *resource_server;      /* a client that may ask about everybody's access tokens, or NULL */
	int auto_deny;                    /* the user says no without a page */
	const char *grant;                /* scopes that are granted without a page; NULL: all */
	const char *pairwise;             /* the salt of pairwise subjects; NULL: they are public */
	const char *log_path;
	const char *wire_path;
	const char *hold_path;
	const char *tls_cert;
	const char *tls_key;
};

/* A confidential client, or one that was registered. Every other client_id is a public native client. */
struct client {
	struct client *next;
	char *id;
	char *secret;             /* NULL: public */
	char *registration_token; /* NULL: not registered dynamically, and so are the next two */
	json_t *metadata;
	time_t issued_at;
	const char *jwks_path; /* of its public keys, read when they are needed; NULL: it has none */
};

/* What a user allowed a client to do; all codes and tokens that came of it hang on it and die with it. */
struct grant {
	struct grant *next;
	char *client_id;
	char *user;
	char *subject;
	char *scope;
	char *nonce;
	char *redirect_uri;
	char *code_challenge;
	char *jkt;     /* the thumbprint of the key that all of it is bound to; NULL: none */
	char *details; /* authorization_details, or NULL */
	char *acr;     /* how the user signed in: as was asked, if it can be had; or NULL */
	time_t auth_time;
	int revoked;
};

enum ticket_kind { TICKET_CODE, TICKET_ACCESS, TICKET_REFRESH, TICKET_ID };

struct ticket {
	struct ticket *next;
	enum ticket_kind kind;
	char *value;
	char *scope;
	struct grant *grant;
	time_t expires; /* 0: never */
	int used;
	json_t *resources; /* for which alone it is good, this server being none; NULL: for this server */
};

enum device_state { DEVICE_WAITING, DEVICE_APPROVED, DEVICE_DENIED, DEVICE_USED };

/* A device that asks for tokens, while its user goes to the page elsewhere. */
struct device {
	struct device *next;
	char *code;
	char *user_code;
	char *client_id;
	char *scope;
	struct grant *grant; /* once approved */
	enum device_state state;
	int interval;
	int n_asked;
	time_t asked_at;
	time_t expires;
};

/* An authorization request whose page the user has not answered yet. */
struct pending {
	struct pending *next;
	char *id;
	struct params params;
	struct device *device; /* NULL: to be redirected */
	time_t expires;
};

/* A pushed authorization request that no browser has brought yet. */
struct pushed {
	struct pushed *next;
	char *uri;
	struct params params;
	time_t expires;
};

struct issuer {
	struct options opt;
	char *base; /* the issuer identifier */
	struct key key[KEY_COUNT];
	struct client *clients;
	struct grant *grants;
	struct ticket *tickets;
	struct pending *pending;
	struct pushed *pushed;
	struct device *devices;
	struct seen *seen; /* proofs */
	char *dpop_nonce;
	FILE *log;
	FILE *wire; /* NULL, or where secrets are written for tests that look for them elsewhere */
	pthread_mutex_t lock;
};

struct request {
	const char *method;
	const char *path;
	const char *authorization; /* the header, or NULL */
	const char *dpop;          /* the header, or NULL */
	char *jkt;                 /* the thumbprint of the key that a good proof was made with, or NULL */
	const char *content_type;
	struct params query;
	struct params form; /* of a form-encoded body */
	int malformed;
	int too_large;
	char *body;
	size_t body_len;
};

#define REPLY_HEADERS_MAX 8

struct reply {
	unsigned status;
	char *body;
	const char *outcome; /* for the log: a literal, such as an OAuth error code */
	size_t n_headers;
	struct {
		const char *name;
		char *value;
	} header[REPLY_HEADERS_MAX];
};

/* server.c */
struct MHD_Daemon;
struct MHD_Daemon *server_start(struct issuer *issuer);
void reply_header(struct reply *reply, const char *name, const char *value);
void reply_json(struct reply *reply, unsigned status, json_t *body);
void reply_text(struct reply *reply, unsigned status, const char *type, char *body);
/* An error as RFC 6749 section 5.2 wants it. error: a literal. */
void reply_error(struct reply *reply, unsigned status, const char *error, const char *description);

/* keys.c */
void keys_generate(struct issuer *issuer);
void keys_done(struct issuer *issuer);
json_t *keys_jwks(const struct issuer *issuer);
/* The raw JWS signature; malloc'd. */
unsigned char *keys_sign(const struct key *key, const char *input, size_t *len);

/* jwt.c */
char *jwt_sign(const struct key *key, const char *type, json_t *claims);
/* RFC 9068; takes audience. actor: who acts for the subject, NULL: nobody. */
char *jwt_access_token(const struct issuer *issuer, const struct grant *grant, const struct grant *actor,
		       const char *scope, json_t *audience, int ttl);
char *jwt_id_token(const struct issuer *issuer, const struct grant *grant, const char *scope,
		   const char *nonce, const char *access_token);
/* The answer to an authorization request as JARM wants it; fields: its parameters. */
char *jwt_response(const struct issuer *issuer, const char *client_id, const struct params *fields);
/* Sets the claims about the user that scope allows. */
void jwt_user_claims(json_t *claims, const struct grant *grant, const char *scope);

/* jwe.c */
/* The JWT encrypted to the client, malloc'd; or as it is, where the client has no key for that. */
char *jwe_for(const struct issuer *issuer, const char *client_id, const char *jwt);

/* clients.c */
void clients_add(struct issuer *issuer, const char *id_and_secret);
/* ID:FILE, a public client that has keys. */
void clients_add_key(struct issuer *issuer, const char *id_and_path);
void clients_done(struct issuer *issuer);
/* Its first key for that use, "sig" or "enc", read anew each time; the caller's, or NULL. */
json_t *clients_key(const struct issuer *issuer, const char *id, const char *use);
/* The client_id of an authenticated client, malloc'd; or NULL, with *reply filled. */
char *clients_authenticate(const struct issuer *issuer, const struct request *req, struct reply *reply);
/* Has it a secret? */
int clients_is_confidential(const struct issuer *issuer, const char *id);
/* NULL: it is a public native client, unless clients_is_gone(). */
struct client *clients_find(const struct issuer *issuer, const char *id);
int clients_is_gone(const struct issuer *issuer, const char *id);
/* Has it, and so may it use, that grant or response type? Clients that were not registered may everything. */
int clients_may(const struct issuer *issuer, const char *id, const char *member, const char *value);
/* A loopback address, any port; and of a registered client one of its own. id NULL: of whichever. */
int clients_redirect_allowed(const struct issuer *issuer, const char *id, const char *redirect_uri);
void client_free(struct client *client);

/* grants.c */
/* What a user who is shown no page grants of the scopes that were asked for; malloc'd. */
char *grants_auto_scope(const struct issuer *issuer, const char *requested);
struct grant *grants_new(struct issuer *issuer, const struct params *request, const char *user,
			 const char *scope);
struct ticket *tickets_new(struct issuer *issuer, enum ticket_kind kind, struct grant *grant,
			   const char *scope, int ttl);
struct ticket *tickets_find(struct issuer *issuer, enum ticket_kind kind, const char *value);
/* Ends all that was granted to the client. */
void grants_revoke(struct issuer *issuer, const char *client_id);
/* May it be used now? */
int tickets_is_live(const struct ticket *ticket);
/* The page's request, taken out of the waiting list; or NULL. */
struct pending *pending_take(struct issuer *issuer, const char *id);
struct pending *pending_new(struct issuer *issuer, struct params *take);
void pending_free(struct pending *pending);
void grants_done(struct issuer *issuer);

/* device.c */
/* The user's answer; user NULL: no. */
void device_decide(struct issuer *issuer, struct reply *reply, struct device *device, const char *user,
		   const char *scope);
void token_by_device(struct issuer *issuer, const struct request *req, struct reply *reply,
		     const char *client_id);
void devices_done(struct issuer *issuer);

/* authorize.c */
struct fault {
	const char *error; /* NULL: none */
	const char *description;
};
/* What is wrong with an authorization request whose redirect_uri can be trusted. */
struct fault authorize_judge(const struct params *request);

/* par.c */
/* The request that was pushed under that URI by that client, taken out; or NULL. */
struct pushed *pushed_take(struct issuer *issuer, const char *request_uri, const char *client_id);
void pushed_free(struct pushed *pushed);
void pushed_done(struct issuer *issuer);

/* dpop.c */
/* The thumbprint of the key, malloc'd; or NULL, with *reply filled. access_token NULL: at the token endpoint.
 */
char *dpop_check(struct issuer *issuer, const struct request *req, const char *access_token,
		 struct reply *reply);
/* May the key of this request use the grant? And: from now on nobody but that key may. 0: *reply is filled.
 */
int dpop_fits(const struct grant *grant, const struct request *req, struct reply *reply);
/* A public key on P-256; or NULL. */
struct evp_pkey_st *p256_key(const json_t *jwk);
/* The claims of a JWS that was signed with that public key by ES256; the caller's, or NULL. */
json_t *es256_claims(const char *text, const json_t *jwk);
/* Was it never seen before? It is now. */
int jti_is_new(struct issuer *issuer, const char *jti);
int dpop_bind(struct grant *grant, const struct request *req, struct reply *reply);
void dpop_done(struct issuer *issuer);

/* resource.c */
/* What the request names as resources, an array, NULL: none; or -1, with *reply filled. */
int resources_of(json_t **out, const struct request *req, struct reply *reply);
/* An access token for them alone. */
struct ticket *resources_ticket(struct issuer *issuer, struct grant *grant, const struct grant *actor,
				const char *scope, json_t *resources, int ttl);
int resources_is_invalid_host(const char *host, size_t len);

/* assertion.c */
/* For whom the client's assertion asks, malloc'd; or NULL, with *reply filled. */
char *assertion_subject(struct issuer *issuer, const struct request *req, struct reply *reply,
			const char *client_id);

/* exchange.c */
void token_by_exchange(struct issuer *issuer, const struct request *req, struct reply *reply,
		       const char *client_id);

/* token.c */
/* The first tokens of a grant. */
void token_issue(struct issuer *issuer, struct reply *reply, struct grant *grant, const char *scope);

/* redirect.c */
void redirect_code(const struct issuer *issuer, struct reply *reply, const struct params *request,
		   const char *code);
void redirect_error(const struct issuer *issuer, struct reply *reply, const struct params *request,
		    const char *error, const char *description);

/* pages.c */
void page_consent(const struct issuer *issuer, struct reply *reply, const struct pending *pending);
void page_error(struct reply *reply, const char *outcome, const char *sentence);
void page_form_post(struct reply *reply, const char *action, const struct params *fields);
void page_signed_out(struct reply *reply);
/* Where a user types the code of a device. fault: NULL, or a sentence about the last one. */
void page_device(struct reply *reply, const char *fault);
void page_device_done(struct reply *reply, int is_approved);

/* the endpoints, one function each */
void endpoint_metadata(struct issuer *issuer, struct request *req, struct reply *reply);
void endpoint_jwks(struct issuer *issuer, struct request *req, struct reply *reply);
void endpoint_authorize(struct issuer *issuer, struct request *req, struct reply *reply);
void endpoint_par(struct issuer *issuer, struct request *req, struct reply *reply);
void endpoint_register(struct issuer *issuer, struct request *req, struct reply *reply);
void endpoint_registration(struct issuer *issuer, struct request *req, struct reply *reply);
void endpoint_decide(struct issuer *issuer, struct request *req, struct reply *reply);
void endpoint_token(struct issuer *issuer, struct request *req, struct reply *reply);
void endpoint_revoke(struct issuer *issuer, struct request *req, struct reply *reply);
void endpoint_introspect(struct issuer *issuer, struct request *req, struct reply *reply);
void endpoint_userinfo(struct issuer *issuer, struct request *req, struct reply *reply);
void endpoint_device_authorization(struct issuer *issuer, struct request *req, struct reply *reply);
void endpoint_device(struct issuer *issuer, struct request *req, struct reply *reply);
void endpoint_end_session(struct issuer *issuer, struct request *req, struct reply *reply);

/* options.c */
void options_parse(struct issuer *issuer, int argc, char **argv);

#endif
