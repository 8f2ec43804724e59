/* libcurl as a table of functions, loaded at first need: a program that finds a live token never pays for it.
 */
#ifndef BG_CURL_LOAD_H
#define BG_CURL_LOAD_H

#include "base/guard.h"

#include <curl/curl.h>
#include <openssl/types.h>

#include <stdint.h>

/* X(name without "curl_"). */
#define BG_CURL_FUNCTIONS(X)                                                                                 \
	X(global_init)                                                                                       \
	X(version_info)                                                                                      \
	X(easy_init)                                                                                         \
	X(easy_setopt)                                                                                       \
	X(easy_getinfo)                                                                                      \
	X(easy_strerror)                                                                                     \
	X(easy_cleanup)                                                                                      \
	X(multi_init)                                                                                        \
	X(multi_setopt)                                                                                      \
	X(multi_assign)                                                                                      \
	X(multi_add_handle)                                                                                  \
	X(multi_remove_handle)                                                                               \
	X(multi_socket_action)                                                                               \
	X(multi_info_read)                                                                                   \
	X(multi_cleanup)

struct bg_curl {
#define BG_CURL_MEMBER(name) __typeof__(&curl_##name) name;
	BG_CURL_FUNCTIONS(BG_CURL_MEMBER)
#undef BG_CURL_MEMBER
	const char *ca_dir; /* a directory of hashed certificates; NULL: none, use the built-in bundle */
	uint64_t (*ssl_ctx_set_options)(SSL_CTX *ctx, uint64_t options); /* NULL: its TLS is not OpenSSL 3 */
};

/*
 * *out: the table, loaded and initialised once in the life of the process; any thread may call.
 * BELGO_EINTERNAL where libcurl is missing, too old or does not start.
 */
belgo_rc bg_curl_load(const struct bg_curl **out, struct belgo_error *err) BG_MUST_USE;

#endif
