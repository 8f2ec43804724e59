/* What a place to keep records must do. It sees whole envelopes as bytes and judges none of them. */
#ifndef BG_IO_BACKEND_H
#define BG_IO_BACKEND_H

#include "base/guard.h"

#include <belgoauth/store.h>

/*
 * The members mean what those of struct belgo_store mean, on raw bytes. list() goes on past a record that it
 * cannot read and answers its error at the end; a non-zero return of each() ends the walk and is no error.
 */
struct bg_backend {
	void *ctx;
	belgo_rc (*get)(void *ctx, const char *key, struct belgo_blob *out, struct belgo_error *err);
	belgo_rc (*put)(void *ctx, const char *key, const char *label, const struct belgo_blob *blob,
			struct belgo_error *err);
	belgo_rc (*remove)(void *ctx, const char *key, struct belgo_error *err);
	belgo_rc (*list)(void *ctx, const char *prefix,
			 int (*each)(void *arg, const char *key, const struct belgo_blob *blob), void *arg,
			 struct belgo_error *err);
	belgo_rc (*probe)(void *ctx, const char *key, struct belgo_error *err);
	void (*free)(void *ctx);
};

/* Each borrows params for the call and connects to nothing. BELGO_ENOMEM, BELGO_EINTERNAL. */
belgo_rc bg_backend_memory(struct bg_backend *out, struct belgo_error *err) BG_MUST_USE;
belgo_rc bg_backend_file(struct bg_backend *out, const char *dir, const struct belgo_store_params *params,
			 struct belgo_error *err) BG_MUST_USE;
belgo_rc bg_backend_secret_service(struct bg_backend *out, const struct belgo_store_params *params,
				   struct belgo_error *err) BG_MUST_USE;

/*
 * A store over a backend: envelopes, sequence numbers, recovery records, locks. state_dir NULL: nothing
 * outside this process, hence no recovery. The backend is taken, whatever the outcome. BELGO_ENOMEM.
 */
belgo_rc bg_record_store(struct belgo_store **out, struct bg_backend backend, const char *state_dir,
			 const char *uri, const char *identity, struct belgo_error *err) BG_MUST_USE;

/* "account/" or another lower-case word and a slash, then 64 lower-case hexadecimal digits. */
#define BG_KEY_SIZE 96
int bg_store_key_is_valid(const char *key);
/* The key as a file name: '-' for '/'. out holds BG_KEY_SIZE bytes; key is valid. */
void bg_store_key_file_name(char out[BG_KEY_SIZE], const char *key);

#endif
