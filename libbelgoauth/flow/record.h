/* An account as it lies in the store: the account, its token set, and what a later validation will ask for.
 * Pure. */
#ifndef BG_FLOW_RECORD_H
#define BG_FLOW_RECORD_H

#include "base/json.h"
#include "flow/client.h"
#include "flow/token_seal.h"

#include <belgoauth/token.h>

/* What an access token is asked for, apart from what the login was for. */
struct bg_selection {
	char *scope;      /* sorted, each once; NULL: the login's */
	char **resources; /* likewise, NULL-terminated; NULL: the login's */
};
void bg_selection_done(struct bg_selection *selection);

/* An access token beside the account's own, got by the same refresh token. */
struct bg_further {
	struct bg_selection selection;
	struct belgo_token *token; /* neither refresh token nor ID token in it */
	int64_t refreshed_at_ms;
};
void bg_further_free(struct bg_further **further);

#define BG_MAX_FURTHER 16

struct bg_record {
	struct belgo_account *account;
	struct belgo_token *token; /* its access token is NULL once it was revoked, and a login is needed */
	char *nonce;               /* of the login; NULL: not an OpenID login */
	char *hd;                  /* asked for at the login */
	char *redirect_uri;
	char *token_endpoint_auth_method; /* that the login was told to use; NULL: what fits is chosen anew */
	char *dpop_key;                   /* a JWK: what the tokens are bound to; NULL: nothing */
	char *profile;           /* what its tokens are held to: BG_PROFILE_NAME_FAPI2; NULL: nothing more */
	char *assertion_subject; /* for whom the client asks by a JWT of its own; NULL: it does not */
	/* Where the refresh token is an earlier login's, as nonce and redirect_uri then are: what that login
	 * was granted, and its claims, which a refreshed ID token continues. Else NULL. */
	char *refresh_scope;
	char *refresh_claims;
	char **resources;  /* NULL-terminated, or NULL */
	char **client_ids; /* accepted besides account->client_id, or NULL */
	int64_t refreshed_at_ms;
	struct bg_further *further[BG_MAX_FURTHER]; /* the least recently obtained first */
	size_t n_further;
	int pending; /* the token set's ID token was not validated yet */
};
void bg_record_free(struct bg_record **record);

#define BG_PROFILE_NAME_FAPI2 "fapi2"
/* Did its login live up to FAPI 2.0? Then so does whatever follows. */
int bg_record_is_fapi(const struct bg_record *record);

#define BG_GRANT_NAME_CLIENT "client_credentials"
#define BG_GRANT_NAME_REFRESH "refresh_token"
/* The account of a client itself, or of whom it vouches for: whenever it needs a token, it asks for one. */
int bg_record_is_clients(const struct bg_record *record);
/* Can its access token be replaced without a login? */
int bg_record_is_renewable(const struct bg_record *record);

/* An empty record with an empty account and an empty token set. NULL where there is no memory. */
struct bg_record *bg_record_new(void) BG_MUST_USE;
/* key: the store's, "account/..."; the record must be that account's. BELGO_EVERSION: written by a newer
 * version. BELGO_ESTORE: not a record, or its tokens cannot be opened. BELGO_ENOMEM. */
belgo_rc bg_record_decode(struct bg_record **out, const struct belgo_blob *blob, const char *key,
			  const struct bg_token_keys *keys, struct belgo_error *err) BG_MUST_USE;
belgo_rc bg_record_encode(char **out, const struct bg_record *record,
			  const struct bg_token_keys *keys) BG_MUST_USE;
/* BELGO_ESTORE where the blob's tokens wait for a key that is not at hand; damage is no matter here. */
belgo_rc bg_record_check_keys(const struct belgo_blob *blob, const char *key,
			      const struct bg_token_keys *keys, struct belgo_error *err) BG_MUST_USE;

/*
 * Do issuer, client, subject and resource make the record's key? For those that somebody else may have
 * written: it takes libcrypto, which a valid token of the own store does without. BELGO_EPROTO, BELGO_ENOMEM.
 */
belgo_rc bg_record_check_whose(const struct bg_record *record) BG_MUST_USE;
/* The same with a parsed value, whose tokens are not sealed. */
belgo_rc bg_record_from_json(struct bg_record **out, const json_t *json, const char *key,
			     struct belgo_error *err) BG_MUST_USE;
belgo_rc bg_record_to_json(json_t **out, const struct bg_record *record) BG_MUST_USE;

/* The account with what follows from the tokens: times, flags, a description. BELGO_ENOMEM. */
belgo_rc bg_record_settle(struct bg_record *record) BG_MUST_USE;

struct belgo_account *bg_account_dup(const struct belgo_account *account) BG_MUST_USE;
struct belgo_token *bg_token_dup(const struct belgo_token *token) BG_MUST_USE;

#endif
