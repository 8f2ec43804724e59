/* Reading and writing one account's record, and the client secret that belongs to it. */
#ifndef BG_FLOW_ACCOUNT_H
#define BG_FLOW_ACCOUNT_H

#include "flow/op.h"
#include "flow/record.h"
#include "proto/client_auth.h"

/* *out: the caller's; an old value is freed first. BELGO_ENOTFOUND. */
belgo_rc bg_account_load(struct belgo_op *op, struct bg_record **out, const char *account_key,
			 bg_step_fn *next, struct belgo_error *err) BG_MUST_USE;
/* The same once its lock is held. */
belgo_rc bg_account_load_locked(struct belgo_op *op, struct bg_record **out, const char *account_key,
				bg_step_fn *next, struct belgo_error *err) BG_MUST_USE;
/*
 * The next record of a listing that can be read, from *at on, or NULL past the last. What cannot be read is
 * passed over, or warned of; BELGO_ENOMEM alone ends it, for then nobody knows what was there.
 */
enum bg_unreadable { BG_UNREADABLE_SKIP, BG_UNREADABLE_WARN };
belgo_rc bg_account_next(struct belgo_op *op, struct bg_record **out, size_t *at,
			 enum bg_unreadable unreadable, struct belgo_error *err) BG_MUST_USE;
/*
 * The new token set takes the place of the old one, which lends it what it does not say; its ID token, where
 * one came, is still to be judged. Takes token. BELGO_ENOMEM: record is fit for freeing only.
 */
belgo_rc bg_record_renew(struct bg_record *record, struct belgo_token *token, int64_t now_ms) BG_MUST_USE;
/*
 * A login that brought no refresh token does not end the one that the account has, unless that is bound to
 * another key than the tokens that came: moves it from old to record, with all that goes with it.
 * BELGO_ENOMEM: both are fit for freeing only.
 */
belgo_rc bg_record_keep_refresh_token(struct bg_record *record, struct bg_record *old) BG_MUST_USE;
/* *out: the part of the account's scope that its refresh token has; untouched where that is all of it.
 * BELGO_ENOMEM. */
belgo_rc bg_record_refresh_scope(char **out, const struct bg_record *record) BG_MUST_USE;
/* PUT or STAGE. record is not needed any more when this returns. */
belgo_rc bg_account_write(struct belgo_op *op, enum bg_store_verb verb, const struct bg_record *record,
			  bg_step_fn *next, struct belgo_error *err) BG_MUST_USE;
/*
 * An account gives way to another, which is stored already: its record is removed under its own lock, for
 * another process may be refreshing it. Whoever holds that for long is not waited for: two accounts of one
 * name would be worse. next gets what the store says.
 */
belgo_rc bg_account_remove(struct belgo_op *op, const char *account_key, bg_step_fn *next,
			   struct belgo_error *err) BG_MUST_USE;
/* Whose it is, for people. */
const char *bg_account_user(const struct belgo_account *account);
/* The access-token cache follows the record. */
void bg_account_cache(struct belgo_op *op, const struct bg_record *record);
void bg_account_uncache(struct belgo_op *op, const char *cache_id);
/* The operation's results, copied. */
belgo_rc bg_account_result(struct belgo_op *op, const struct belgo_account *account,
			   const struct belgo_token *token, struct belgo_error *err) BG_MUST_USE;

/* What a client proves itself with, and what it opens answers with; NULL where it has none. */
struct bg_credentials {
	char *secret;
	char *private_key;                /* a JWK */
	char *certificate;                /* PEM, with its private key */
	json_t *encryption;               /* proto/encryption.h */
	char *token_endpoint_auth_method; /* that the client was registered for; NULL: not known */
};
void bg_credentials_done(struct bg_credentials *credentials);
/* *out: the old values are freed first. What proves the client is the secret given (NULL: none) or that of
 * the program, else what was set for the client in the store, and failing that what was registered at the
 * issuer. What it opens answers with is the store's. */
belgo_rc bg_client_credentials(struct belgo_op *op, struct bg_credentials *out,
			       const struct belgo_provider *provider, const char *client_id,
			       const char *secret, bg_step_fn *next, struct belgo_error *err) BG_MUST_USE;

enum bg_auth_place { BG_AUTH_AT_TOKEN, BG_AUTH_AT_REVOCATION, BG_AUTH_AT_INTROSPECTION };
struct bg_auth_wish {
	enum bg_auth_place place;
	const char *client_id;
	const char *named; /* the method that the caller wants for this request alone; NULL: as follows */
	const char *token_endpoint_auth_method; /* where the credentials say none; NULL: none either */
	int is_fapi;                            /* it is held to what FAPI 2.0 allows */
	const struct belgo_provider *provider;
	struct bg_metadata *metadata;
	const struct bg_credentials *credentials;
};
/* A client's authentication, from its method and what is at hand, for a request that is made now at that
 * endpoint. Borrows everything. BELGO_EINVAL, BELGO_EPROTO. */
belgo_rc bg_client_auth(struct belgo_op *op, struct bg_client_auth *out, const struct bg_auth_wish *wish,
			struct belgo_error *err) BG_MUST_USE;
/* The same of a record's client, with the record's own method. A record that is held to a profile is held to
 * it at the token endpoint, and its client's assertions are everywhere. */
belgo_rc bg_account_auth(struct belgo_op *op, struct bg_client_auth *out, enum bg_auth_place place,
			 const struct bg_record *record, const struct belgo_provider *provider,
			 struct bg_metadata *metadata, const struct bg_credentials *credentials,
			 struct belgo_error *err) BG_MUST_USE;
/*
 * *out: what the client shows wherever it uses the account's access token, because that is how it got the
 * token; NULL: nothing. metadata then names the endpoints for it. Borrowed from the credentials.
 */
belgo_rc bg_account_certificate(const char **out, const struct bg_record *record,
				const struct belgo_provider *provider, struct bg_metadata *metadata,
				const struct bg_credentials *credentials,
				struct belgo_error *err) BG_MUST_USE;
/* A fresh jti and the time, where the method signs: once for each request. */
belgo_rc bg_auth_stamp(struct belgo_op *op, struct bg_client_auth *auth, struct belgo_error *err) BG_MUST_USE;

#endif
