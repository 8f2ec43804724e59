/*
 * The tokens inside a record, sealed under the program's own keys, whatever the store does. In place of the
 * string stands {"key":ID,"sealed":TEXT}, which no token can be. So is the key that they are bound to. Knows
 * of a record where these are, and what says where they are sent.
 */
#ifndef BG_FLOW_TOKEN_SEAL_H
#define BG_FLOW_TOKEN_SEAL_H

#include "base/json.h"

#include <belgoauth/client.h>

/* The first key seals, any of them opens. None: tokens are written as they are. */
struct bg_token_keys {
	const struct belgo_token_key *keys;
	size_t n;
	const struct belgo_system *system; /* random nonces */
};

/* Bound to each token: account_key, its place in the record, issuer and client, and of a further token the
 * selection. BELGO_ENOMEM, and what random() ends with. */
belgo_rc bg_tokens_seal(json_t *record, const char *account_key,
			const struct bg_token_keys *keys) BG_MUST_USE;
/* What is not sealed stays as it is. BELGO_ESTORE: sealed under another key, or altered; BELGO_ENOMEM. */
belgo_rc bg_tokens_open(json_t *record, const char *account_key, const struct bg_token_keys *keys,
			struct belgo_error *err) BG_MUST_USE;
/* BELGO_ESTORE where a token is sealed under a key that is not among these. */
belgo_rc bg_tokens_check_keys(json_t *record, const char *account_key, const struct bg_token_keys *keys,
			      struct belgo_error *err) BG_MUST_USE;

#endif
