/*
 * Clock, entropy, cache and log: what an operation takes from the machine besides network and store.
 * Every seam has a built-in; a program replaces one by filling the struct.
 */
#ifndef BELGOAUTH_ENV_H
#define BELGOAUTH_ENV_H

#include <belgoauth/error.h>

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Clock and entropy. random() fills all of buf with unpredictable bytes or fails. */
struct belgo_system {
	void *ctx;
	int64_t (*wall_ms)(void *ctx); /* POSIX milliseconds */
	int64_t (*mono_ms)(void *ctx); /* milliseconds that never go back */
	belgo_rc (*random)(void *ctx, void *buf, size_t len, struct belgo_error *err);
};
BELGO_EXPORT const struct belgo_system *belgo_system_default(void);

/*
 * A cache of public documents (metadata, key sets). Losing it loses nothing, so no member reports an error:
 * get() answers BELGO_ENOTFOUND for anything that it cannot hand out whole. The value of get() is
 * malloc'd and the caller's.
 */
struct belgo_cache {
	void *ctx;
	belgo_rc (*get)(void *ctx, const char *key, char **out, size_t *out_len);
	void (*put)(void *ctx, const char *key, const char *value, size_t len);
	void (*remove)(void *ctx, const char *key);
	void (*free)(void *ctx);
};
/* Files below dir, made at the first put with mode 0700. @return BELGO_OK, BELGO_ENOMEM, BELGO_EINVAL. */
BELGO_EXPORT belgo_rc belgo_cache_disk_new(struct belgo_cache *out, const char *dir, struct belgo_error *err);
BELGO_EXPORT void belgo_cache_done(struct belgo_cache *cache);

/*
 * A cache of live access tokens by account, shared by processes; never holds a refresh token. Failures are
 * silent. id is 64 hexadecimal digits. expires_at: POSIX seconds, 0: unknown (kept for an hour).
 */
struct belgo_access_cache {
	void *ctx;
	void (*put)(void *ctx, const char *id, const char *token_type, const char *access_token,
		    int64_t expires_at, int64_t now);
	void (*purge)(void *ctx, const char *id);
};
/* The Linux kernel's user keyring; see oauthctl(1), "The access-token cache". */
BELGO_EXPORT const struct belgo_access_cache *belgo_access_cache_kernel(void);

/* Where the log goes. text holds names of steps, endpoints and fields, never a secret's value; no newline. */
enum belgo_log_level { BELGO_LOG_DEBUG, BELGO_LOG_INFO, BELGO_LOG_WARNING };
struct belgo_log {
	void *ctx;
	void (*write)(void *ctx, enum belgo_log_level level, const char *text);
};

/*
 * out: text as printable ASCII (%x20-7E), everything else as '?', at most size - 1 bytes, always terminated.
 * For whatever comes from the wire and goes to a terminal. NULL text gives "".
 */
BELGO_EXPORT void belgo_text_printable(char *out, size_t size, const char *text);
/* Overwrites the string in a way that the compiler keeps, then frees. NULL is fine. */
BELGO_EXPORT void belgo_secret_free(char *secret);

#ifdef __cplusplus
}
#endif
#endif
