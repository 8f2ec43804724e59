/*
 * A provider as the exchanges see it: data, and a closed list of nullable hooks. A hook rewrites before
 * validation or answers a question of policy; it can never skip a check. Strategies stand in providers/.
 */
#ifndef BG_PROTO_PROVIDER_H
#define BG_PROTO_PROVIDER_H

#include "base/json.h"

#include <belgoauth/listener.h>
#include <belgoauth/provider.h>

enum bg_kind { BG_KIND_OIDC, BG_KIND_OAUTH2 };
enum bg_discovery { BG_DISCOVERY_BOTH, BG_DISCOVERY_OIDC, BG_DISCOVERY_RFC8414, BG_DISCOVERY_NONE };
enum bg_pkce { BG_PKCE_AUTO, BG_PKCE_ASSUMED };           /* ASSUMED: works although unadvertised */
enum bg_login_default { BG_LOGIN_CODE, BG_LOGIN_DEVICE }; /* how a user signs in who does not say */
enum bg_offline {
	BG_OFFLINE_SCOPE,
	BG_OFFLINE_NONE
}; /* how a refresh token is asked for, besides authorize_params */
enum bg_refresh_scope { BG_REFRESH_SCOPE_OMIT, BG_REFRESH_SCOPE_SEND };
enum bg_userinfo_method { BG_USERINFO_GET, BG_USERINFO_POST_NULL };
enum bg_scope_reply { BG_SCOPE_STRING, BG_SCOPE_ARRAY };
enum bg_basic_encoding { BG_BASIC_FORM, BG_BASIC_RAW }; /* of id and secret in client_secret_basic */
enum bg_assertion_audience {
	BG_AUDIENCE_ISSUER,
	BG_AUDIENCE_TOKEN_ENDPOINT
}; /* `aud` of a client's assertion */

enum bg_security_profile { BG_PROFILE_NONE, BG_PROFILE_FAPI2 }; /* what every login lives up to */

/* What a login with DPoP binds to its key: RFC 9449 section 5. */
enum bg_dpop_binds { BG_DPOP_BINDS_TOKENS, BG_DPOP_BINDS_REFRESH_TOKEN };

struct bg_endpoints {
	char *authorization;
	char *token;
	char *userinfo;
	char *jwks_uri;
	char *revocation;
	char *end_session;
	char *introspection;
	char *device_authorization;
	char *registration;
	char *pushed_authorization_request;
};

struct bg_pair {
	char *name;
	char *value;
};

/* Where an issuer was met; what the right one looks like may differ. */
enum bg_issuer_place {
	BG_ISSUER_IN_METADATA,
	BG_ISSUER_IN_REDIRECT,
	BG_ISSUER_IN_ID_TOKEN,
	BG_ISSUER_IN_ACCESS_TOKEN
};
struct bg_issuer_check {
	enum bg_issuer_place place;
	const char *expected; /* metadata: the configured issuer; else the metadata's */
	const char *found;
	const json_t *claims;   /* ID token and access token only, else NULL */
	const char *key_issuer; /* the verifying key's own `issuer`, or NULL */
};

struct bg_profile {
	char *subject; /* replaces `sub` in the account's key where a provider says so; NULL: `sub` */
	char *email;
	char *name;
	char *picture;
	enum belgo_verified email_verified;
};
void bg_profile_done(struct bg_profile *profile);

struct belgo_provider;
struct bg_hooks {
	/*
	 * The deviation: an issuer that is not one fixed string. Called in place of the comparison, for the
	 * places it wants: *handled 0 leaves the strict comparison to the caller. BELGO_EISSUER refuses.
	 */
	belgo_rc (*match_issuer)(int *handled, const struct belgo_provider *provider,
				 const struct bg_issuer_check *in, struct belgo_error *err);
	/* The deviation: checks on an ID token beyond OpenID Connect (hd). params: what was asked for at
	 * login (hd), or NULL. Called after validation. */
	belgo_rc (*check_claims)(const struct belgo_provider *provider, const json_t *claims, const char *hd,
				 struct belgo_error *err);
	/* The deviation: a token reply that does not look as RFC 6749 says. Rewrites it in place, before it
	 * is judged. */
	belgo_rc (*fix_token_reply)(const struct belgo_provider *provider, json_t *reply,
				    struct belgo_error *err);
	/* The deviation: claims with other names or other meanings. claims: ID token's, or userinfo's where
	 * there is none. */
	belgo_rc (*map_profile)(struct bg_profile *out, const struct belgo_provider *provider,
				const json_t *claims, struct belgo_error *err);
	/* The deviation: error bodies whose meaning lies in numbers. May sharpen err->rc and err->text, fills
	 * provider_code. */
	void (*map_error)(const struct belgo_provider *provider, const json_t *reply,
			  struct belgo_error *err);
	/* Is a scope that was asked for met by what was granted, under another name? */
	int (*scope_is_granted)(const char *asked, const char *granted);
};

struct belgo_provider {
	char *id; /* NULL: a bare issuer */
	char *name;
	enum bg_kind kind;
	char *issuer; /* may hold {tenant} until belgo_provider_with_tenant */
	enum bg_discovery discovery;
	struct bg_endpoints endpoints;    /* manual ones; they win over discovered ones, member by member */
	char *scope;                      /* defaults, blank separated; NULL: what discovery offers */
	char *client_id;                  /* a public one that the preset ships, or NULL */
	char *client_secret;              /* "none", "optional", "required" */
	char *token_endpoint_auth_method; /* with what it takes at hand; NULL: by metadata */
	enum bg_assertion_audience assertion_audience;
	enum bg_basic_encoding basic_encoding;
	enum bg_login_default login;
	enum bg_pkce pkce;
	enum bg_offline offline;
	enum bg_refresh_scope refresh_scope;
	char *redirect_host; /* NULL: 127.0.0.1 */
	char *redirect_path; /* may hold {tenant}; NULL: by what metadata promise, bg_redirect_path() */
	int *redirect_ports;
	size_t n_redirect_ports;
	char *response_mode; /* NULL: query */
	struct bg_pair *authorize_params;
	size_t n_authorize_params;
	char **id_token_algs;     /* NULL-terminated, or NULL: by metadata */
	char *token_type_default; /* where the reply has none; NULL: refuse */
	enum bg_scope_reply scope_reply;
	int dpop; /* bind tokens to a key unless the caller says no */
	enum bg_dpop_binds dpop_binds;
	enum bg_security_profile profile;
	int iss_not_sent;    /* advertises RFC 9207 and does not obey */
	int require_par;     /* the authorization request is pushed (RFC 9126) whatever metadata say */
	char *subject_claim; /* names the user in place of `sub` and `id`; not for OpenID */
	enum bg_userinfo_method userinfo_method;
	char *tenant;          /* put in place, or NULL */
	char *tenant_default;  /* NULL: one must be named */
	char **tenant_words;   /* allowed besides GUIDs and domain names; NULL-terminated, or NULL */
	int tenant_path;       /* a domain name may have a path behind it */
	char *photo_endpoint;  /* the user's picture as bytes, for the access token; NULL: none */
	char *revocation_note; /* said at logout where nothing can be revoked */
	char *setup;
	char *source;
	char *verified_on;
	char *notes;
	int is_of_resource;           /* a protected resource named it */
	int has_fixed_paths;          /* where nothing is published; of a resource's own origin alone */
	char *strategy;               /* the name that hooks were found by, or NULL */
	const struct bg_hooks *hooks; /* never NULL */
	/* The program's own, beside the strategy's: program_hooks.h. */
	struct belgo_provider_hooks program;
};

/* All hooks NULL. */
extern const struct bg_hooks bg_hooks_none;
/*
 * The strategy of that name for that issuer, or NULL. A strategy answers only for issuers on the hosts that
 * are compiled into it, so that no preset can lend a relaxed policy to another host. Defined in providers/.
 */
const struct bg_hooks *bg_hooks_find(const char *name, const char *issuer);

/*
 * The strict comparison, or the hook's. BELGO_EISSUER.
 * @spec OpenID Connect Discovery 1.0 section 4.3; RFC 8414 section 3.3; RFC 9207 section 2.4; OpenID Connect
 * Core section 3.1.3.7
 */
belgo_rc bg_provider_match_issuer(const struct belgo_provider *provider, const struct bg_issuer_check *in,
				  struct belgo_error *err) BG_MUST_USE;

#endif
