/*
 * The client and its operations.
 *
 * Threads: a client may be used by any number of threads at once, and so may providers and results. An
 * operation belongs to one thread at a time; belgo_op_cancel() may come from any. After fork() the child must
 * not use operations that were begun before. The library installs no signal handler, reads no environment
 * variable, writes to no standard stream and calls neither setlocale() nor atexit().
 */
#ifndef BELGOAUTH_CLIENT_H
#define BELGOAUTH_CLIENT_H

#include <belgoauth/env.h>
#include <belgoauth/error.h>
#include <belgoauth/listener.h>
#include <belgoauth/op.h>
#include <belgoauth/provider.h>
#include <belgoauth/store.h>
#include <belgoauth/token.h>
#include <belgoauth/transport.h>

#ifdef __cplusplus
extern "C" {
#endif

struct belgo_client;

/* A key over the tokens in the store, beside what the store itself does: 32 random bytes. */
struct belgo_token_key {
	unsigned char bytes[32];
};

/* The seams of a client. NULL members: the built-in. All are borrowed and must outlive the client. */
struct belgo_client_params {
	struct belgo_store *store;               /* required for everything about accounts */
	const struct belgo_transport *transport; /* NULL: libcurl with its defaults */
	const struct belgo_system *system;
	const struct belgo_cache *cache;               /* NULL: memory only */
	const struct belgo_access_cache *access_cache; /* NULL: none */
	const struct belgo_listener *listener;         /* NULL: loopback */
	const struct belgo_log *log;                   /* NULL: silent */
	/*
	 * The provider of that id, for accounts that were logged in through it; *out is the caller's to free.
	 * NULL: the built-in ones.
	 */
	belgo_rc (*find_provider)(void *arg, const char *id, struct belgo_provider **out,
				  struct belgo_error *err);
	void *find_arg;
	/*
	 * A client secret that is not in the store, by issuer and client_id; *out malloc'd and wiped by the
	 * library, or BELGO_ENOTFOUND. Asked before the store. May be NULL.
	 */
	belgo_rc (*find_secret)(void *arg, const char *provider_id, const char *issuer, const char *client_id,
				char **out, struct belgo_error *err);
	/* Called inside the account's lock, after a login, a refresh or an import has stored a new token set
	 * and before anybody sees it; both are borrowed for the call. May be NULL. */
	void (*on_tokens_changed)(void *arg, const struct belgo_account *account,
				  const struct belgo_token *token);
	void *callback_arg;  /* of find_secret and on_tokens_changed */
	int clock_tolerance; /* seconds, 0: 60; at most 300 */
	int lock_timeout_ms; /* 0: 45 000 */
	/*
	 * Access, refresh and ID tokens are encrypted (AES-256-GCM) before the store sees them, under the
	 * first of these keys; any of them opens what it encrypted. An account whose tokens are encrypted
	 * under another is BELGO_ESTORE and stays as it is. None: as they are.
	 */
	const struct belgo_token_key *token_keys;
	size_t n_token_keys;
};

BELGO_EXPORT belgo_rc belgo_client_new(struct belgo_client **out, const struct belgo_client_params *params,
				       struct belgo_error *err);
/* Every operation made from it must be gone. */
BELGO_EXPORT void belgo_client_free(struct belgo_client **client);

/* One name and value; for extra parameters. */
struct belgo_param {
	const char *name;
	const char *value;
};

/* What stands at the authorization URL once it is known. */
struct belgo_login_prompt {
	const char *url;          /* for the browser; of a device login, verification_uri */
	const char *redirect_uri; /* NULL in a device login */
	int port;
	int64_t deadline; /* POSIX seconds */
	/* Of a device login only, else NULL. */
	const char *user_code;
	const char *verification_uri;
	const char *verification_uri_complete; /* has the code in it; may be NULL */
	int64_t
	    url_expires_in; /* seconds in which url must be opened, of a pushed request; 0: until deadline */
};

enum belgo_scope_mode { BELGO_SCOPE_REPLACE, BELGO_SCOPE_ADD };
enum belgo_openid_mode { BELGO_OPENID_AUTO, BELGO_OPENID_NEVER };
enum belgo_replace_mode { BELGO_REPLACE_SAME_USER, BELGO_REPLACE_ANY_USER };
/* Tokens bound to a key that stays with the account (DPoP, RFC 9449). PRESET: as the preset says, which is
 * mostly no, or as the account is that is named and renewed. */
enum belgo_dpop_mode { BELGO_DPOP_PRESET, BELGO_DPOP_OFF, BELGO_DPOP_ON };
enum belgo_existing_mode { BELGO_EXISTING_ANY, BELGO_EXISTING_ONLY };
enum belgo_par_mode { BELGO_PAR_AUTO, BELGO_PAR_ALWAYS };
/* A signed authorization request (JAR, RFC 9101). AUTO: where the provider requires it. */
enum belgo_jar_mode { BELGO_JAR_AUTO, BELGO_JAR_ALWAYS };
/* What a login must live up to. PRESET: what the preset says, which is mostly nothing. */
enum belgo_security_profile { BELGO_PROFILE_PRESET, BELGO_PROFILE_FAPI2 };

/* Whether the provider must say who the user is. */
enum belgo_identity_mode { BELGO_IDENTITY_REQUIRED, BELGO_IDENTITY_OPTIONAL };

/* A login. NULL and 0: the provider's preset, then the default. */
struct belgo_login_params {
	const struct belgo_provider *provider; /* required; borrowed until the operation is freed */
	const char *client_id;                 /* NULL: the preset's, else the one registered in the store */
	const char *const *extra_client_ids;   /* further accepted values of `aud` and `azp` */
	size_t n_extra_client_ids;
	const char *client_secret; /* NULL: find_secret, then the store */
	/* "none", "client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt",
	 * "tls_client_auth", "self_signed_tls_client_auth" */
	const char *token_endpoint_auth_method;
	const char *account_name; /* NULL: PROVIDER:EMAIL, or PROVIDER:KEY where strangers sign in */
	const char *scope;        /* blank separated */
	enum belgo_scope_mode scope_mode;
	enum belgo_openid_mode openid_mode;
	const char *const *resources; /* RFC 8707 */
	size_t n_resources;
	const char *prompt;
	const char *login_hint;
	const char *hd; /* sent, and then compared with the claim */
	const char *access_type;
	const char *claims; /* a JSON object, OpenID Connect Core 5.5 */
	int64_t max_age;    /* seconds; sent only with max_age_set */
	int max_age_set;
	const struct belgo_param *extra; /* further authorization parameters */
	size_t n_extra;
	enum belgo_response_mode response_mode; /* signed: a plain answer, or one that is not true, ends it */
	int response_mode_set;
	const char *redirect_host;
	const char *redirect_path;
	const int *ports;
	size_t n_ports;
	int timeout_s; /* 0: 300 */
	enum belgo_replace_mode replace;
	enum belgo_existing_mode existing;
	/* Called once, as soon as the URL is known; opens the browser, prints. Must not block. Required. */
	void (*on_prompt)(void *arg, const struct belgo_login_prompt *prompt);
	void *prompt_arg;
	enum belgo_par_mode par; /* RFC 9126; AUTO: where the provider or its preset requires it */
	/*
	 * Not 0: the tokens are for the one in `resources`, as belgo_resource_discover_op() found it, and the
	 * login is held to what MCP demands. Metadata must name the challenge method S256; only `scope` is
	 * asked for, and offline_access where the server lists it; a server need not say who signed in: then
	 * the account stands for the resource.
	 */
	int protected_resource;
	enum belgo_dpop_mode dpop; /* ON: a token that is bound to nothing is refused with BELGO_EPROTO */
	const char *authorization_details; /* a JSON array of objects, each with a `type`, RFC 9396 */
	const char *acr_values; /* how to sign in, blank separated, the best first: a wish, not a demand */
	/*
	 * What a protected resource answered in WWW-Authenticate to the account's token (RFC 9470, RFC 6750):
	 * acr_values, max_age and scope are taken from it, the scope added to what the account was granted.
	 * BELGO_EINVAL where it demands nothing of the kind, or beside acr_values, max_age or scopes that
	 * replace.
	 */
	const char *challenge;
	/*
	 * belgo_client_login_op() only: for whom the client asks, by an assertion that it signs with its key
	 * (RFC 7523 section 2.1); NULL: for itself.
	 */
	const char *jwt_bearer_subject;
	enum belgo_jar_mode jar; /* needs the client's private key: BELGO_ENOCLIENT without */
	/*
	 * FAPI2: the FAPI 2.0 Security Profile, for a login by code. The request is pushed and the tokens are
	 * bound to a key or certificate; before the user is asked, BELGO_EPROTO where the provider does not
	 * do what the profile demands, BELGO_EINVAL where the client or the preset does not; the same holds
	 * before the account's refresh token is sent.
	 */
	enum belgo_security_profile profile;
	const char *refresh_token; /* belgo_refresh_token_login_op() only: required there */
	/*
	 * belgo_refresh_token_login_op() only. OPTIONAL: where there is no ID token and the userinfo endpoint
	 * is missing, refuses or does not answer, the account is stored as nobody's, with a warning.
	 */
	enum belgo_identity_mode identity;
};

/*
 * Each of the following makes an operation; nothing is sent or read before it is driven. Parameters are
 * copied but for what is said to be borrowed. On success *out is the caller's. They return BELGO_OK,
 * BELGO_EINVAL or BELGO_ENOMEM; what an operation itself may end with stands at each.
 */

/*
 * Signs a user in and stores the account. Result: belgo_op_account(), belgo_op_warning().
 * Ends with BELGO_ENOCLIENT, BELGO_ENOTFOUND (no metadata), BELGO_EINVAL (profile, challenge, a client id
 * that is a URL), BELGO_EUNAVAILABLE, BELGO_ETLS, BELGO_EBUSY, BELGO_EDENIED, BELGO_EPROTO, BELGO_EISSUER,
 * BELGO_ESIGNATURE, BELGO_ECLAIM, BELGO_EACCOUNT, BELGO_ESTORE and its kin, BELGO_EVERSION, BELGO_ECANCELLED,
 * BELGO_ETIMEDOUT, BELGO_EINTR.
 */
BELGO_EXPORT belgo_rc belgo_login_op(struct belgo_op **out, struct belgo_client *client,
				     const struct belgo_login_params *params, struct belgo_error *err);
/*
 * The same without a browser on this machine (RFC 8628): the user opens the prompt's verification_uri on any
 * device and types user_code there, while the operation asks the provider for the tokens, until the code
 * expires or timeout_s (0: no other limit) have passed. Listener and redirect members are not used; prompt,
 * login_hint, access_type, claims, acr_values, max_age, challenge, par and jar are refused with BELGO_EINVAL,
 * for no request could carry them. Ends as belgo_login_op() does; BELGO_ENOTFOUND also where the provider
 * offers no device authorization.
 */
BELGO_EXPORT belgo_rc belgo_device_login_op(struct belgo_op **out, struct belgo_client *client,
					    const struct belgo_login_params *params, struct belgo_error *err);

/*
 * The same for the client itself, without any user (RFC 6749 section 4.4): the account's subject is the
 * client_id, it has no refresh token, and belgo_token_op() asks for another access token whenever one is due.
 * The client needs a secret or a key: BELGO_ENOCLIENT. Scopes are sent as given, none by default; on_prompt
 * may be NULL; scopes to be added and all that is for a user or a browser is refused with BELGO_EINVAL. Ends
 * as belgo_login_op() does. With jwt_bearer_subject the client needs a key, the account's subject is that
 * one, and an assertion about it goes along with every request for an access token.
 */
BELGO_EXPORT belgo_rc belgo_client_login_op(struct belgo_op **out, struct belgo_client *client,
					    const struct belgo_login_params *params, struct belgo_error *err);

/*
 * The same by a refresh token that another program was given (RFC 6749 section 6), to the client_id and
 * client_secret that are named beside it. It is spent once; what came for it says who the user is, by an ID
 * token or at the userinfo endpoint, or nothing is stored but with BELGO_IDENTITY_OPTIONAL: then the account
 * is nobody's, with a subject that was made up for it. account_name is required, and one that an account has
 * already is refused with BELGO_EACCOUNT before the token is sent, but for BELGO_REPLACE_ANY_USER. scope:
 * what the other program was granted, NULL where that is not known. DPoP and all that is for an authorization
 * request is refused with BELGO_EINVAL. Ends as belgo_login_op() does, and with BELGO_ELOGIN where the
 * provider no longer takes the refresh token.
 */
BELGO_EXPORT belgo_rc belgo_refresh_token_login_op(struct belgo_op **out, struct belgo_client *client,
						   const struct belgo_login_params *params,
						   struct belgo_error *err);

/* An ID token that another component obtained: a button in a page, the sign-in of a phone. */
struct belgo_id_token_params {
	const char *id_token; /* required; whoever brings it need not be trusted */
	/* That the program gave the component, and forgets once it was used; NULL: none, and then a token
	 * with one is refused. */
	const char *nonce;
	const char *access_token;  /* that came with it; NULL: nothing is stored */
	const char *refresh_token; /* the same; it must be client_id's own */
	int64_t expires_at;        /* of the access token, POSIX seconds; 0: unknown */
};
/*
 * Signs a user in by such a token. It must be for client_id or one of extra_client_ids, signed by a key of
 * the provider, ten minutes old at most, and meet nonce, hd and max_age; an access token must be the one of
 * its at_hash, or without that one with which the userinfo endpoint names the same user. Without an access
 * token nothing is stored, no store is needed, and the account is only told; with one it is stored as at any
 * login, scope being what the component was granted. What is for an authorization request is refused with
 * BELGO_EINVAL, and so is account_name where nothing is stored. Result: belgo_op_account(),
 * belgo_op_warning(); for belgo_link_decide() it is a login with by_id_token. Ends as belgo_login_op() does,
 * and with BELGO_ELOGIN where the userinfo endpoint does not take the access token.
 */
BELGO_EXPORT belgo_rc belgo_id_token_login_op(struct belgo_op **out, struct belgo_client *client,
					      const struct belgo_login_params *params,
					      const struct belgo_id_token_params *token,
					      struct belgo_error *err);

enum belgo_refresh_mode { BELGO_REFRESH_ON_DEMAND, BELGO_REFRESH_NOW };

struct belgo_token_params {
	const char *account_key; /* required: struct belgo_account, key */
	int64_t min_valid;       /* seconds */
	enum belgo_refresh_mode mode;
	int64_t began_at_ms; /* POSIX ms at which the caller's call began; a refresh that ended later counts.
				0: now */
	/*
	 * A further access token, for these scopes (blank separated) or these resources (RFC 8707) alone;
	 * what is not named is as at the login. Neither: the account's own.
	 */
	const char *scope;
	const char *const *resources;
	size_t n_resources;
};
/*
 * A token set whose access token is valid for min_valid seconds, refreshed first where it is not. Exactly one
 * refresh happens for all processes and threads; the new set is stored before it is handed out. A further
 * access token is got by the account's refresh token, kept in its record, 16 at most, and leaves the
 * account's own access token as it is; the result then has neither refresh token nor ID token, and a warning
 * names scopes that were asked for and not granted.
 * Result: belgo_op_token(), belgo_op_account(). Ends with BELGO_ENOTFOUND, BELGO_ELOGIN, BELGO_EUNAVAILABLE,
 * BELGO_ETLS, BELGO_EBUSY, BELGO_EDENIED, BELGO_EPROTO, BELGO_EISSUER, BELGO_ESIGNATURE, BELGO_ECLAIM,
 * BELGO_ESTORE and its kin, BELGO_EINTR.
 */
BELGO_EXPORT belgo_rc belgo_token_op(struct belgo_op **out, struct belgo_client *client,
				     const struct belgo_token_params *params, struct belgo_error *err);

/* A request that the caller is going to send with an account's access token. */
struct belgo_proof_params {
	const char *method; /* "GET" */
	const char *url;    /* as it will be sent; query and fragment are left out of the proof */
	const char
	    *nonce; /* the server's last DPoP-Nonce; NULL: what this client has seen of it, if anything */
};
/*
 * A token set as belgo_token_op() gives it, and the proof (DPoP, RFC 9449) without which the server at url
 * takes its access token for stolen; each proof serves one request. Result: belgo_op_token(),
 * belgo_op_account(), and in belgo_op_json() {"dpop":PROOF}. Ends as belgo_token_op(), and with
 * BELGO_ENOTFOUND where the token is bound to no key, BELGO_EINVAL where no request has such a method or URL.
 */
BELGO_EXPORT belgo_rc belgo_proof_op(struct belgo_op **out, struct belgo_client *client,
				     const struct belgo_token_params *token,
				     const struct belgo_proof_params *request, struct belgo_error *err);

/* All accounts of the store, by name. Result: belgo_op_accounts(). Ends with BELGO_ESTORE and its kin. */
BELGO_EXPORT belgo_rc belgo_accounts_op(struct belgo_op **out, struct belgo_client *client,
					struct belgo_error *err);
/* One account by key, without network. Result: belgo_op_account(). Ends with BELGO_ENOTFOUND, BELGO_ESTORE
 * and its kin. */
BELGO_EXPORT belgo_rc belgo_account_op(struct belgo_op **out, struct belgo_client *client,
				       const char *account_key, struct belgo_error *err);
/* Another name. Result: belgo_op_account(). Ends with BELGO_EINVAL (another account has it), BELGO_ENOTFOUND,
 * BELGO_EBUSY, BELGO_ESTORE and its kin. */
BELGO_EXPORT belgo_rc belgo_rename_op(struct belgo_op **out, struct belgo_client *client,
				      const char *account_key, const char *name, struct belgo_error *err);
/*
 * Revokes at the provider where metadata names an endpoint, and removes the account whatever the provider
 * says; what it said is in belgo_op_json(): {"revoked":"yes"|"no"|"unsupported","detail":TEXT or null}. Ends
 * with BELGO_ENOTFOUND, BELGO_EBUSY, BELGO_ESTORE and its kin.
 */
BELGO_EXPORT belgo_rc belgo_logout_op(struct belgo_op **out, struct belgo_client *client,
				      const char *account_key, struct belgo_error *err);

struct belgo_end_session_params {
	const char *account_key;
	/* Where the provider shall send the browser then, as it was registered; NULL: nowhere. */
	const char *post_logout_redirect_uri;
};
/*
 * Where the user's browser ends the session at the provider (OpenID Connect RP-Initiated Logout); the account
 * is left as it is. Result: belgo_op_json(), {"url":URL,"state":TEXT}, state null without a redirect URI,
 * else what must come back with it. The URL holds an ID token: it is the browser's, and no log's. Ends with
 * BELGO_ENOTFOUND (also where the provider offers none), BELGO_EINVAL, BELGO_EUNAVAILABLE, BELGO_ETLS,
 * BELGO_EPROTO, BELGO_EISSUER, BELGO_ESTORE and its kin, BELGO_EINTR.
 */
BELGO_EXPORT belgo_rc belgo_end_session_op(struct belgo_op **out, struct belgo_client *client,
					   const struct belgo_end_session_params *params,
					   struct belgo_error *err);

/*
 * Revokes at the provider and keeps the account, which then has no tokens and needs a login. Whatever it ends
 * with but BELGO_OK and BELGO_ESTORE and its kin, the account is as it was. Result: belgo_op_account(). Ends
 * with BELGO_ENOTFOUND (also where the provider offers no revocation), BELGO_EUNAVAILABLE (it may still be
 * valid: try again), BELGO_ETLS, BELGO_EBUSY, BELGO_EDENIED, BELGO_EPROTO, BELGO_EISSUER, BELGO_ESTORE and
 * its kin, BELGO_EINTR.
 */
BELGO_EXPORT belgo_rc belgo_revoke_op(struct belgo_op **out, struct belgo_client *client,
				      const char *account_key, struct belgo_error *err);

enum belgo_token_kind { BELGO_ACCESS_TOKEN, BELGO_REFRESH_TOKEN, BELGO_ID_TOKEN };
/*
 * What the provider makes of the account's stored token (RFC 7662), which is sent as it is, never refreshed
 * first. A signed answer (RFC 9701) is believed only once it is verified. kind: not the ID token. Result:
 * belgo_op_json(), which has a boolean `active`; a token that the provider repeats in it is cut out. Ends
 * with BELGO_ENOTFOUND (no account, or no such endpoint), BELGO_ELOGIN (no such token), BELGO_EUNAVAILABLE,
 * BELGO_ETLS, BELGO_EDENIED, BELGO_EPROTO, BELGO_EISSUER, BELGO_ESIGNATURE, BELGO_ECLAIM, BELGO_ESTORE and
 * its kin, BELGO_EINTR.
 */
BELGO_EXPORT belgo_rc belgo_introspect_op(struct belgo_op **out, struct belgo_client *client,
					  const char *account_key, enum belgo_token_kind kind,
					  struct belgo_error *err);

/* A token of an account for another token (RFC 8693). NULL and 0: not sent. */
struct belgo_token_exchange_params {
	const char *account_key; /* whose token the subject_token is; required */
	enum belgo_token_kind subject_token_type;
	/* "access_token", "refresh_token", "id_token", "jwt", "saml1", "saml2" or a URI; NULL: as the
	 * provider likes */
	const char *requested_token_type;
	const char *const *audiences; /* names that the provider knows */
	size_t n_audiences;
	const char *const *resources; /* absolute URIs */
	size_t n_resources;
	const char *scope; /* blank separated */
	/* Who acts for the subject, by his access token; of the same issuer, for no other is shown it. */
	const char *actor_account_key;
};
/*
 * Has the provider issue a token for a token of the account, which is refreshed first where it is due, and
 * once more where the provider may have refused it for its age. The subject's and the actor's accounts stay
 * what they are, and nothing of the answer is stored: the token is the caller's alone, is bound to no key
 * (DPoP), and was judged by nobody. Result: belgo_op_account(), the subject's; belgo_op_token(), with the
 * issued token, of whichever type, as access_token, and neither refresh token nor ID token;
 * belgo_op_json(), {"issued_token_type":URI}; belgo_op_warning() names scopes that were not granted. Ends as
 * belgo_token_op(), with BELGO_ELOGIN also where the account has no such token, BELGO_EDENIED where the
 * provider refuses, BELGO_EPROTO where another type was issued than was asked for, BELGO_EINVAL where the
 * actor's account is of another issuer.
 */
BELGO_EXPORT belgo_rc belgo_token_exchange_op(struct belgo_op **out, struct belgo_client *client,
					      const struct belgo_token_exchange_params *params,
					      struct belgo_error *err);

/*
 * The userinfo endpoint's claims, `sub` compared with the account's; a 401 is answered by one refresh.
 * Result: belgo_op_json(). Ends as belgo_token_op(), and with BELGO_ENOTFOUND where there is no endpoint.
 */
BELGO_EXPORT belgo_rc belgo_userinfo_op(struct belgo_op **out, struct belgo_client *client,
					const char *account_key, struct belgo_error *err);
/*
 * The user's picture, where the provider keeps it behind the access token. Result: belgo_op_data(). Ends as
 * belgo_userinfo_op(), with BELGO_ENOTFOUND where the provider has no such endpoint or the user no picture.
 */
BELGO_EXPORT belgo_rc belgo_photo_op(struct belgo_op **out, struct belgo_client *client,
				     const char *account_key, struct belgo_error *err);
/* A fresh look at the provider's metadata, past every cache. Result: belgo_op_json(). */
BELGO_EXPORT belgo_rc belgo_discover_op(struct belgo_op **out, struct belgo_client *client,
					const struct belgo_provider *provider, struct belgo_error *err);
/* The metadata that a login would use: from the caches while they are fresh. Result: belgo_op_json(). */
BELGO_EXPORT belgo_rc belgo_metadata_op(struct belgo_op **out, struct belgo_client *client,
					const struct belgo_provider *provider, struct belgo_error *err);

/*
 * Which authorization servers guard a protected resource (RFC 9728; an MCP server, for one), found by asking
 * it without a token. url: https, or http on loopback. Nothing is stored. Result: belgo_op_json(),
 * {"resource","authorization_servers":[],"scope"}: what to ask tokens for, the issuers, of which the caller
 * chooses one (belgo_provider_from_authorization_server()), and the scopes that the resource wants (absent
 * where it does not say); for a login with protected_resource set. "dpop_bound_access_tokens_required" is
 * there, and true, where nothing but a login with BELGO_DPOP_ON brings tokens that it takes. "assumed" is
 * there, and true, where the resource wants a token and says nothing: then its origin stands in for an
 * issuer, see belgo_provider_from_resource(). Ends with BELGO_ENOTFOUND (no protected resource),
 * BELGO_EUNAVAILABLE, BELGO_ETLS, BELGO_EPROTO, BELGO_EISSUER (metadata of another resource), BELGO_EINTR.
 */
BELGO_EXPORT belgo_rc belgo_resource_discover_op(struct belgo_op **out, struct belgo_client *client,
						 const char *url, struct belgo_error *err);

/* How an access token says what it is: RFC 9068, or a JWT of a server that sets no type "at+jwt". */
enum belgo_access_token_profile { BELGO_ACCESS_TOKEN_RFC9068, BELGO_ACCESS_TOKEN_PLAIN_JWT };
/* Bits: which proofs of possession the caller checks itself for a token that is bound. */
enum belgo_binding {
	BELGO_BINDING_NONE = 0,
	BELGO_BINDING_DPOP = 1,        /* RFC 9449: the proof's key is that of cnf.jkt */
	BELGO_BINDING_CERTIFICATE = 2, /* RFC 8705: the TLS client's certificate is that of cnf.x5t#S256 */
};
struct belgo_access_token_params {
	const struct belgo_provider *provider; /* the issuer; required; borrowed until op is freed */
	const char *token;                     /* as the client sent it; required */
	const char *const *audiences;          /* names of this resource server, at least one; see below */
	size_t n_audiences;
	const char *const *client_ids; /* whose tokens are accepted; none: any client's */
	size_t n_client_ids;
	const char *scope; /* words that must all be granted; NULL: none */
	enum belgo_access_token_profile profile;
	/* Algorithms that may have signed it, by their exact names ("PS256"); none: any with a public key.
	 * Not beside introspect_as. */
	const char *const *algs;
	size_t n_algs;
	unsigned checked_bindings; /* enum belgo_binding; a token bound otherwise is refused */
	const char *jwks;          /* the issuer's keys, a JWK Set as JSON: then nobody is asked */
	const char *jwks_uri;      /* where they lie: then no metadata is asked for; not beside jwks */
	/*
	 * The client id of this resource server at the issuer: then the issuer is asked what it makes of the
	 * token (RFC 7662), which may be of any kind; not beside jwks and jwks_uri, and profile does not
	 * matter. audiences may be none then: it is left to the issuer, which knows who asks, whether the
	 * token is for this server, and the issuer must say that it is an access token (token_type).
	 */
	const char *introspect_as;
	const char *client_secret; /* of that client; NULL: find_secret, then the store */
	const char
	    *token_endpoint_auth_method; /* of that client; NULL: as it was registered, or by metadata */
};
/*
 * For a resource server: is this access token the issuer's, for this server, valid now? No account is needed,
 * and no store unless introspect_as wants one. Result: belgo_op_json(), the claims, or the issuer's answer
 * without the token. Ends with BELGO_EPROTO, BELGO_ESIGNATURE, BELGO_EISSUER, BELGO_ECLAIM (the token is
 * refused, or what its issuer publishes or answers cannot be believed, and nobody is let in; where only scope
 * is missing, the error's oauth_error is "insufficient_scope"), BELGO_ENOTFOUND (no metadata, no
 * introspection), BELGO_EDENIED (the issuer does not let introspect_as ask), BELGO_EINVAL (it has nothing to
 * prove itself with), BELGO_ESTORE and its kin (its credentials), BELGO_EUNAVAILABLE, BELGO_ETLS (nothing is
 * known of the token), BELGO_EINTR.
 */
BELGO_EXPORT belgo_rc belgo_access_token_verify_op(struct belgo_op **out, struct belgo_client *client,
						   const struct belgo_access_token_params *params,
						   struct belgo_error *err);

/* Whether name may be an account's: printable, no blank, no slash, 1 to 128 bytes. */
BELGO_EXPORT int belgo_account_name_is_valid(const char *name);

#ifdef __cplusplus
}
#endif
#endif
