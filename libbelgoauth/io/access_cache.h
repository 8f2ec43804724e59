/*
 * Live access tokens in the Linux kernel's user keyring. Needs the C library and nothing else, so that a
 * program which only wants a token at hand need load neither libbelgoauth nor what that loads.
 */
#ifndef BG_IO_ACCESS_CACHE_H
#define BG_IO_ACCESS_CACHE_H

#include <stddef.h>
#include <stdint.h>

/* The most that one entry may hold: an ordinary user has 20 000 bytes for all keys together. */
#define BG_ACCESS_CACHE_MAX (16 * 1024)

struct bg_access_cached {
	int64_t expires_at; /* POSIX seconds; 0: unknown */
	const char *token_type;
	const char *access_token;
};

/*
 * buf: the entry of id (64 lower-case hexadecimal digits), with a NUL after *len bytes. 0, or -1 where there
 * is none that can be read or it does not fit; buf then holds nothing of it.
 */
int bg_access_cache_get(const char *id, char *buf, size_t size, size_t *len);
/*
 * Takes an entry apart, in place: "EXPIRES_AT\nTOKEN_TYPE\nACCESS_TOKEN". The strings are borrowed from buf.
 * 0, or -1 for anything else; *out is untouched then.
 */
int bg_access_cache_parse(struct bg_access_cached *out, char *buf, size_t len);

#endif
