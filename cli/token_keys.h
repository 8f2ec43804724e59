/* The keys over the tokens in the store: which file holds them, and what stands in it. */
#ifndef CLI_TOKEN_KEYS_H
#define CLI_TOKEN_KEYS_H

#include "cli.h"

#include <belgoauth/client.h>

#define TOKEN_KEYS_MAX 16

struct token_keys {
	struct belgo_token_key keys[TOKEN_KEYS_MAX];
	size_t n;
};
/*
 * 32 bytes, or lines of 64 hexadecimal digits of which the first is the key to write under. BELGO_ESTORE:
 * the file is not there, holds anything else, or can be read by other users. BELGO_ENOMEM.
 */
belgo_rc token_keys_read(struct token_keys *out, const char *path, struct belgo_error *err);
/* Wipes and frees. */
void token_keys_free(struct token_keys **keys);

#endif
