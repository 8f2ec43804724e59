/* The record of a client in the store: "client/<id>", one for all accounts of that client. */
#ifndef BG_FLOW_SECRET_H
#define BG_FLOW_SECRET_H

#include "flow/account.h"

#define BG_CREDENTIALS_VERSION 1

/*
 * *out: what the record holds, the old values freed. BELGO_ESTORE: damaged; BELGO_EVERSION: of a newer
 * version; BELGO_ENOMEM.
 */
belgo_rc bg_credentials_decode(struct bg_credentials *out, const struct belgo_blob *blob,
			       struct belgo_error *err) BG_MUST_USE;

#endif
