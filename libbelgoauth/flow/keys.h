/*
 * The keys that an issuer publishes: which of them signed a token, from the cached set or a fetched one, with
 * one refetch for an unknown key and a cool-down. What the token says is not judged here.
 */
#ifndef BG_FLOW_KEYS_H
#define BG_FLOW_KEYS_H

#include "flow/op.h"
#include "jose/jws.h"

struct bg_key_search {
	const struct bg_jws *jws; /* its algorithm is asymmetric */
	const char *issuer;       /* for words */
	const char *jwks_uri;     /* NULL: the search fails */
	const char *what;         /* "the ID token" */
};

/*
 * Fills *out (the caller's) before `next` runs. search and everything it points to outlive the frame.
 * *keys_missing: 1 where no key set was to be had, which says nothing of the token. BELGO_ESIGNATURE: no such
 * key, or more than one.
 */
belgo_rc bg_find_key(struct belgo_op *op, struct bg_jwk **out, int *keys_missing,
		     const struct bg_key_search *search, bg_step_fn *next,
		     struct belgo_error *err) BG_MUST_USE;

/*
 * Sees to it that a usable key set is at hand before something is spent whose answer will want it. Its
 * failure is nobody's failure: what is missing is fetched later.
 */
belgo_rc bg_prefetch_keys(struct belgo_op *op, const char *jwks_uri, bg_step_fn *next,
			  struct belgo_error *err) BG_MUST_USE;
/* The same beside a wait for the redirect: a request to send, or BELGO_ENOTFOUND where the cached set is
 * fresh. */
belgo_rc bg_prefetch_request(struct belgo_op *op, struct belgo_http_request *req,
			     const char *jwks_uri) BG_MUST_USE;
/* Keeps what came of it. */
void bg_prefetch_keep(struct belgo_op *op, const char *jwks_uri);

#endif
