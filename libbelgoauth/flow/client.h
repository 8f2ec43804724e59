/* The client from the inside: its seams, resolved, and the documents it remembers. */
#ifndef BG_FLOW_CLIENT_H
#define BG_FLOW_CLIENT_H

#include "base/digest.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/error.h"
#include "flow/token_seal.h"
#include "proto/provider.h"

#include <belgoauth/bundle.h>
#include <belgoauth/client.h>
#include <belgoauth/registration.h>

#include <pthread.h>

struct bg_documents;
struct bg_dpop_memory;
struct bg_spent;

struct belgo_client {
	struct belgo_client_params params;    /* nothing NULL that has a built-in */
	struct belgo_transport own_transport; /* where params brought none */
	struct bg_documents *documents;
	struct bg_dpop_memory *dpop;
	struct bg_spent *spent; /* web logins that are finished */
	struct bg_token_keys token_keys;
	pthread_mutex_t store_mutex; /* a store serves one call at a time */
};

/* BELGO_EINVAL unless it is 64 lower-case hexadecimal digits, as a name in a store may be. */
belgo_rc bg_check_account_key(const char *account_key, struct belgo_error *err) BG_MUST_USE;
/* A caller's list has n elements; what: names it in the error. BELGO_EINVAL. */
belgo_rc bg_check_list(const char *const *list, size_t n, const char *what,
		       struct belgo_error *err) BG_MUST_USE;

#define BG_KEY_SIZE 80
/* kind, a lower-case word, a slash, and an id of 64 hexadecimal digits. */
void bg_store_key(char out[BG_KEY_SIZE], const char *kind, const char *id);
/* resource: of a login for a protected resource, else NULL. */
belgo_rc bg_account_key(char out[BG_ID_SIZE], const char *issuer, const char *client_id, const char *subject,
			const char *resource) BG_MUST_USE;
belgo_rc bg_client_key(char out[BG_ID_SIZE], const char *issuer, const char *client_id) BG_MUST_USE;
belgo_rc bg_cache_id(char out[BG_ID_SIZE], const struct belgo_client *client,
		     const char *account_key) BG_MUST_USE;

/* The provider that an account was logged in through, with its tenant. The caller's to free. */
belgo_rc bg_client_provider(struct belgo_provider **out, const struct belgo_client *client,
			    const struct belgo_account *account, struct belgo_error *err) BG_MUST_USE;

#endif
