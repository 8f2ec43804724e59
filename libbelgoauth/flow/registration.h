/*
 * Clients that were registered dynamically, as a part of other operations. The store keeps one an issuer, as
 * "registration/<id of the issuer>"; nothing of it ever goes to another issuer.
 */
#ifndef BG_FLOW_REGISTRATION_H
#define BG_FLOW_REGISTRATION_H

#include "flow/op.h"
#include "proto/registration.h"

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
