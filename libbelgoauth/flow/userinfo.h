/* Asking the userinfo endpoint who the owner of an access token is, once: for a login, and by itself. */
#ifndef BG_FLOW_USERINFO_H
#define BG_FLOW_USERINFO_H

#include "flow/dpop.h"

/* Borrowed, and outlives the frame. */
struct bg_userinfo {
	const struct belgo_provider *provider;
	const struct bg_metadata *metadata;
	const char *client_id;
	const struct belgo_token *token;
	struct bg_dpop *dpop;
	const char *certificate;  /* the client's, where it proves itself in TLS; NULL: none is shown */
	const json_t *encryption; /* the client's, or NULL */
	const char *subject;      /* the ID token's, NULL: there was none */
	int is_fapi;              /* a signed answer is held to what FAPI 2.0 allows */
};

/* Can it be asked: is there an endpoint, or a hook of the program in its place? */
int bg_userinfo_is_there(const struct belgo_provider *provider, const struct bg_metadata *metadata);
/* *out: the claims, the caller's, once they are about the subject and a signature is verified. Errors as
 * bg_userinfo_response() and bg_verify_answer(); nothing is refreshed. */
belgo_rc bg_userinfo(struct belgo_op *op, json_t **out, const struct bg_userinfo *in, bg_step_fn *next,
		     struct belgo_error *err) BG_MUST_USE;

#endif
