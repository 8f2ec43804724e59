/* Token sets and accounts: the results of operations, as plain values owned by the operation or the caller.
 */
#ifndef BELGOAUTH_TOKEN_H
#define BELGOAUTH_TOKEN_H

#include <belgoauth/error.h>

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Tri-state: what a provider said of an e-mail address. */
enum belgo_verified { BELGO_VERIFIED_UNKNOWN, BELGO_VERIFIED_NO, BELGO_VERIFIED_YES };

/*
 * One token set. Allocated by the library only; members are only ever appended. Times are POSIX seconds, 0:
 * unknown. Everything in it is wiped when it is freed.
 */
struct belgo_token {
	char *access_token;  /* never NULL in a result */
	char *token_type;    /* as received, "Bearer" */
	char *refresh_token; /* NULL: none */
	char *id_token;      /* the last one that was validated, or NULL */
	char *scope;         /* granted, blank separated, or NULL: unknown */
	int64_t expires_at;
	int64_t refresh_expires_at;
	int64_t obtained_at;
	char *authorization_details; /* granted, a JSON array (RFC 9396), or NULL */
};

/*
 * One account: one user at one issuer through one client. Allocated by the library only; members are only
 * ever appended. Strings are UTF-8, NULL where unknown.
 */
struct belgo_account {
	/* 64 hexadecimal digits: SHA-256 over issuer, client_id and subject, and the resource where the login
	 * was for a protected resource */
	char *key;
	char *cache_id;        /* 64 hexadecimal digits: the access-token cache's name for it */
	char *name;            /* what people call it, unique in the store */
	char *provider;        /* provider id, or NULL for a bare issuer */
	char *tenant;          /* as given at login, or NULL */
	char *issuer;          /* validated `iss`, or the provider's issuer where there is no ID token */
	char *metadata_issuer; /* the issuer whose metadata is used; differs for multi-tenant providers */
	char *client_id;
	char *subject; /* `sub`, or what the provider uses in its place; the resource, where nobody said */
	char *email;   /* for display only; never a key */
	char *display_name;
	char *picture;
	enum belgo_verified email_verified;
	char *scope; /* granted */
	char *scope_requested;
	char *claims; /* JSON object: the validated ID token's claims, or NULL */
	int64_t access_expires_at;
	int64_t refresh_expires_at;
	int64_t refreshed_at; /* when the stored token set came, POSIX seconds */
	int64_t created_at;
	int has_refresh_token;
	int needs_login; /* the provider said that the refresh token is dead */
	/*
	 * Access tokens beside the account's own, each for scopes and resources of its own, NULL: none. A
	 * JSON array of {"scope": TEXT where some were asked for, "resources": [URI], "granted": TEXT where
	 * known, "expires_at": POSIX seconds, 0: unknown}.
	 */
	char *further;
	char *resource;              /* the protected resource that the login was for, or NULL */
	char *authorization_details; /* granted, a JSON array (RFC 9396), or NULL */
	/*
	 * "client_credentials": the account is the client itself;
	 * "urn:ietf:params:oauth:grant-type:jwt-bearer": the client asks for the subject; "refresh_token":
	 * taken over by one, and nobody says whose it is; NULL: a user's login
	 */
	char *grant;
	int at_fixed_paths; /* its provider published no metadata: belgo_provider_from_resource() */
};

struct belgo_account_list {
	struct belgo_account **items;
	size_t n;
};

BELGO_EXPORT void belgo_token_free(struct belgo_token **token);
BELGO_EXPORT void belgo_account_free(struct belgo_account **account);
BELGO_EXPORT void belgo_account_list_free(struct belgo_account_list **list);

#ifdef __cplusplus
}
#endif
#endif
