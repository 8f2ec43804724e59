/*
 * Clients that were registered dynamically, as a part of other operations. The store keeps one an issuer, as
 * "registration/<id of the issuer>"; nothing of it ever goes to another issuer.
 */
#ifndef BG_FLOW_REGISTRATION_H
#define BG_FLOW_REGISTRATION_H

#include "flow/op.h"
#include "proto/registration.h"

#define BG_REGISTRATION_VERSION 1

/* "registration/<id>" */
belgo_rc bg_registration_key(char out[BG_KEY_SIZE], const char *issuer, struct belgo_error *err) BG_MUST_USE;
/* *out: an old value freed first. BELGO_ESTORE: damaged; BELGO_EVERSION: of a newer version; BELGO_ENOMEM. */
belgo_rc bg_registration_decode(struct bg_registration **out, const struct belgo_blob *blob,
				struct belgo_error *err) BG_MUST_USE;
/* *out: what people and programs may see of it, one JSON object without a secret. BELGO_ENOMEM. */
belgo_rc bg_registration_public(json_t **out, const struct bg_registration *registration) BG_MUST_USE;
/* The operation's result: the same. */
belgo_rc bg_registration_result(struct belgo_op *op, const struct bg_registration *registration,
				struct belgo_error *err) BG_MUST_USE;
/* Puts it in its place. */
belgo_rc bg_registration_write(struct belgo_op *op, const struct bg_registration *registration,
			       bg_step_fn *next, struct belgo_error *err) BG_MUST_USE;
/* *out: the one that lies there, live or not; an old value freed first. BELGO_ENOTFOUND. */
belgo_rc bg_registration_load(struct belgo_op *op, struct bg_registration **out, const char *issuer,
			      bg_step_fn *next, struct belgo_error *err) BG_MUST_USE;
/* A caller's parameters, copied; provider and metadata are borrowed. */
struct bg_registration_params {
	struct bg_registration_wish wish; /* every other pointer in it points below */
	char *strings[5];
	char **redirect_uris;
	char **grant_types;
};
belgo_rc bg_registration_params_copy(struct bg_registration_params *out,
				     const struct belgo_client_register_params *in,
				     struct belgo_error *err) BG_MUST_USE;
void bg_registration_params_done(struct bg_registration_params *params);

/*
 * *out: the client registered at that issuer, an old value freed first. BELGO_ENOTFOUND: there is none, or
 * its secret has expired.
 */
belgo_rc bg_registered(struct belgo_op *op, struct bg_registration **out, const char *issuer,
		       bg_step_fn *next, struct belgo_error *err) BG_MUST_USE;

/*
 * Registers a native client at the metadata's registration_endpoint and stores it in place of the issuer's
 * old one; *out is it, an old value freed first. wish and what it borrows last until `next` runs. Holds the
 * operation's lock meanwhile: none may be held. BELGO_ENOTFOUND: there is no registration_endpoint.
 * BELGO_EDENIED, BELGO_EUNAVAILABLE, BELGO_EPROTO (also where the provider registered something else than
 * was asked for, which is not used), BELGO_ESTORE and its kin, before anything is sent where the store cannot
 * be written.
 */
belgo_rc bg_register(struct belgo_op *op, struct bg_registration **out,
		     const struct bg_registration_wish *wish, bg_step_fn *next,
		     struct belgo_error *err) BG_MUST_USE;

#endif
