/* What is in a sealed file, oauthctl-export(5): accounts as they lie in a store, and perhaps what their
 * clients prove themselves with. Pure. */
#ifndef BG_FLOW_BUNDLE_H
#define BG_FLOW_BUNDLE_H

#include "flow/account.h"

struct bg_bundle_client {
	char *issuer; /* the provider's, by which its credentials are stored */
	char *client_id;
	struct bg_credentials credentials;
};
struct bg_bundle {
	struct bg_record **records;
	size_t n_records;
	struct bg_bundle_client *clients;
	size_t n_clients;
};
void bg_bundle_done(struct bg_bundle *bundle);

belgo_rc bg_bundle_encode(char **out, const struct bg_bundle *bundle) BG_MUST_USE;
/*
 * Whole or not at all: each key follows from issuer, client, subject and resource, each name is one, no two
 * accounts share either, no record waits for its judgement, each client is once there and an account's, a
 * private key signs, and a certificate has its key. BELGO_EPROTO; BELGO_EVERSION; BELGO_ENOMEM.
 */
belgo_rc bg_bundle_decode(struct bg_bundle *out, const char *text, size_t len,
			  struct belgo_error *err) BG_MUST_USE;

#endif
