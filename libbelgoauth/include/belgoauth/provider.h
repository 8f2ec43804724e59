/* Providers: data and policy for one authorization server, by id or for any issuer. */
#ifndef BELGOAUTH_PROVIDER_H
#define BELGOAUTH_PROVIDER_H

#include <belgoauth/error.h>
#include <belgoauth/token.h>

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct belgo_provider; /* immutable once made; may be shared between threads */

/* The built-in provider of that id, or NULL. Borrowed for the life of the process. */
BELGO_EXPORT const struct belgo_provider *belgo_provider_builtin(const char *id);
/* The i-th built-in provider, or NULL past the last. */
BELGO_EXPORT const struct belgo_provider *belgo_provider_builtin_at(size_t i);

/*
 * A provider from a preset, belgoauth-preset(5). `source` names it in errors (a file name).
 * @return BELGO_OK; BELGO_EINVAL (not a valid preset: text says which member); BELGO_ENOMEM.
 */
BELGO_EXPORT belgo_rc belgo_provider_from_json(struct belgo_provider **out, const char *json, size_t len,
					       const char *source, struct belgo_error *err);
/* A provider for any issuer, by discovery alone. issuer: https, or http on loopback. @return as above. */
BELGO_EXPORT belgo_rc belgo_provider_from_issuer(struct belgo_provider **out, const char *issuer,
						 struct belgo_error *err);
/*
 * The same for an issuer that a protected resource named, by belgo_resource_discover_op(): what RFC 8414 says
 * of it is looked for before what OpenID says, as MCP wants it. @return as above.
 */
BELGO_EXPORT belgo_rc belgo_provider_from_authorization_server(struct belgo_provider **out,
							       const char *issuer, struct belgo_error *err);
/*
 * The authorization server of a protected resource that describes nothing, by belgo_resource_discover_op()
 * ("assumed"): its issuer is the origin of that URL. Where that publishes no metadata either, its endpoints
 * are /authorize, /token and /register there (MCP 2025-03-26). It is for logins with protected_resource set
 * for a resource of that origin alone. @return as above.
 */
BELGO_EXPORT belgo_rc belgo_provider_from_resource(struct belgo_provider **out, const char *resource,
						   struct belgo_error *err);
/*
 * A copy with its tenant (or base host) put in place. tenant NULL: the preset's default.
 * @return BELGO_OK; BELGO_EINVAL (this provider takes none, or the name is malformed); BELGO_ENOMEM.
 */
BELGO_EXPORT belgo_rc belgo_provider_with_tenant(struct belgo_provider **out,
						 const struct belgo_provider *provider, const char *tenant,
						 struct belgo_error *err);
/* Who signed in, as a program reads it from claims. Every string is malloc'd; the library wipes and frees it.
 * NULL: unknown. */
struct belgo_profile {
	char *subject;
	char *email;
	char *name;
	char *picture;
	enum belgo_verified email_verified;
};

/* A request to the token endpoint to which a program may add; of one call of fix_token_request. */
struct belgo_token_request;
/*
 * Adds a form parameter. @return BELGO_OK; BELGO_EINVAL (a parameter that stands there already, or that is
 * the library's to set); BELGO_ENOMEM. What was refused here ends the request, whatever the hook returns.
 */
BELGO_EXPORT belgo_rc belgo_token_request_add_param(struct belgo_token_request *request, const char *name,
						    const char *value, struct belgo_error *err);
/* Adds a header field: the same. Those of authentication, of the message and of its connection are the
 * library's. */
BELGO_EXPORT belgo_rc belgo_token_request_add_header(struct belgo_token_request *request, const char *name,
						     const char *value, struct belgo_error *err);

/*
 * What a program does for a provider that differs in ways no preset can say. Any member may be NULL. A hook
 * rewrites what is judged afterwards, or answers a question of policy; it skips no check. It is called on the
 * thread that drives the operation and must not block for long. Whatever it sets *out to is malloc'd, and the
 * library's to wipe and free even if it fails. A hook that fails ends the step with what it returns; it may
 * say why in err.
 */
struct belgo_provider_hooks {
	void *arg; /* of every hook; borrowed, outlives every copy of the provider */
	/* Before a code (grant_type "authorization_code") or a refresh token ("refresh_token") is sent; anew
	 * for each request. */
	belgo_rc (*fix_token_request)(void *arg, struct belgo_token_request *request, const char *grant_type,
				      struct belgo_error *err);
	/* A successful token reply of any grant, a JSON object: *out is the one that is judged in its place,
	 * or left NULL. */
	belgo_rc (*fix_token_reply)(void *arg, char **out, const char *reply, struct belgo_error *err);
	/*
	 * In place of the userinfo endpoint: *out is a JSON object of claims, whose `sub` must be the ID
	 * token's where there is one. BELGO_ELOGIN: the access token was refused. Not asked for a token that
	 * is bound to a key.
	 */
	belgo_rc (*get_userinfo)(void *arg, char **out, const char *access_token, struct belgo_error *err);
	/*
	 * A profile from claims, a JSON object: the ID token's over those of userinfo. Without an ID token it
	 * must name a subject; with one the subject is settled, and may be repeated or left NULL.
	 */
	belgo_rc (*map_profile)(void *arg, struct belgo_profile *out, const char *claims,
				struct belgo_error *err);
};
/*
 * A copy with these hooks, which are copied, in place of any that it had. Accounts find their hooks again by
 * the provider's id, so find_provider of the client returns such a copy too. @return BELGO_OK; BELGO_EINVAL
 * (hooks is NULL, or the provider has no id); BELGO_ENOMEM.
 */
BELGO_EXPORT belgo_rc belgo_provider_with_hooks(struct belgo_provider **out,
						const struct belgo_provider *provider,
						const struct belgo_provider_hooks *hooks,
						struct belgo_error *err);
BELGO_EXPORT void belgo_provider_free(struct belgo_provider **provider);

/* Getters; strings are borrowed, NULL where there is none. */
BELGO_EXPORT const char *belgo_provider_id(const struct belgo_provider *provider);
BELGO_EXPORT const char *belgo_provider_name(const struct belgo_provider *provider);
BELGO_EXPORT const char *belgo_provider_issuer(const struct belgo_provider *provider);
BELGO_EXPORT const char *belgo_provider_scope(const struct belgo_provider *provider);
BELGO_EXPORT const char *belgo_provider_verified_on(const struct belgo_provider *provider);
/* How a client is registered there, plain text of several lines, or NULL. */
BELGO_EXPORT const char *belgo_provider_setup(const struct belgo_provider *provider);
BELGO_EXPORT int belgo_provider_takes_tenant(const struct belgo_provider *provider);
/* The login by device code is the one that works there best: belgo_device_login_op(). */
BELGO_EXPORT int belgo_provider_prefers_device(const struct belgo_provider *provider);
/* "none", "optional" or "required". */
BELGO_EXPORT const char *belgo_provider_client_secret(const struct belgo_provider *provider);
/*
 * The redirect URI to register where a login is to find its own way back: http on loopback, with the port
 * where the provider wants a certain one. metadata: belgo_op_json() of belgo_metadata_op(), or NULL. Its path
 * is the preset's; else /callback where the metadata promise `iss` (RFC 9207), and that of
 * belgo_redirect_path() where they do not. *out: free(). @return BELGO_OK; BELGO_EPROTO (metadata is no JSON
 * object); BELGO_ENOMEM.
 */
BELGO_EXPORT belgo_rc belgo_provider_redirect_uri(char **out, const struct belgo_provider *provider,
						  const char *metadata, struct belgo_error *err);
/* The whole provider as one JSON object; *out malloc'd. @return BELGO_OK or BELGO_ENOMEM. */
BELGO_EXPORT belgo_rc belgo_provider_to_json(char **out, const struct belgo_provider *provider,
					     struct belgo_error *err);

#ifdef __cplusplus
}
#endif
#endif
