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
 * A copy with its tenant (or base host) put in place. tenant NULL: the preset's default.
 * @return BELGO_OK; BELGO_EINVAL (this provider takes none, or the name is malformed); BELGO_ENOMEM.
 */
BELGO_EXPORT belgo_rc belgo_provider_with_tenant(struct belgo_provider **out,
						 const struct belgo_provider *provider, const char *tenant,
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
/* The whole provider as one JSON object; *out malloc'd. @return BELGO_OK or BELGO_ENOMEM. */
BELGO_EXPORT belgo_rc belgo_provider_to_json(char **out, const struct belgo_provider *provider,
					     struct belgo_error *err);

#ifdef __cplusplus
}
#endif
#endif
