/* The record of a client in the store: "client/<id>", one for all accounts of that client. */
#ifndef BG_FLOW_SECRET_H
#define BG_FLOW_SECRET_H

#include "base/json.h"
#include "flow/account.h"

#define BG_CREDENTIALS_VERSION 1

/*
 * *out: what the record holds, the old values freed. BELGO_ESTORE: damaged; BELGO_EVERSION: of a newer
 * version; BELGO_ENOMEM.
 */
belgo_rc bg_credentials_decode(struct bg_credentials *out, const struct belgo_blob *blob,
			       struct belgo_error *err) BG_MUST_USE;
belgo_rc bg_credentials_encode(char **out, const struct bg_credentials *credentials) BG_MUST_USE;
int bg_credentials_are_empty(const struct bg_credentials *credentials);
/* The members alone, in an object that has others. */
belgo_rc bg_credentials_from_json(struct bg_credentials *out, const json_t *json,
				  struct belgo_error *err) BG_MUST_USE;
belgo_rc bg_credentials_to_json(json_t *json, const struct bg_credentials *credentials) BG_MUST_USE;

#endif
