/*
 * The authorization response as a JWT (JARM, the JWT Secured Authorization Response Mode for OAuth 2.0):
 * whose it is, by what can be read before its signature is verified; and what a verified one says. Rows F16
 * of the hostile list.
 */
#ifndef BG_PROTO_JARM_H
#define BG_PROTO_JARM_H

#include "proto/redirect.h"
#include "proto/signed_answer.h"

/* Is the answer signed in that response_mode? NULL: no. */
int bg_jarm_is_mode(const char *response_mode);
/* BELGO_EPROTO where the metadata rule it out. */
belgo_rc bg_jarm_check_offered(const char *response_mode, const struct bg_metadata *metadata,
			       struct belgo_error *err) BG_MUST_USE;
/*
 * params: the raw query or form body. SIGNED: *response is a JWT that says that it is ours. IGNORE for:
 * undecodable, neither such a JWT nor our state beside it. Ours, but without a JWT, or with several: REFUSED
 * with BELGO_EPROTO.
 */
enum bg_redirect_verdict bg_jarm_judge(char **response, belgo_rc *rc, const char *state, const char *params,
				       size_t len, struct belgo_error *err);
/* *out: the state that an answer brings, as bg_redirect_state(): verified it is none. BELGO_EPROTO,
 * BELGO_ESTATE, BELGO_ENOMEM. */
belgo_rc bg_jarm_state(char **out, const char *params, size_t len, struct belgo_error *err) BG_MUST_USE;
/* How that JWT is to be verified; time and tolerance are left out. Borrows from expect. */
struct bg_signed_answer bg_jarm_expect(const struct bg_redirect_expect *expect, const char *client_id);
/* *code: what the verified claims say, judged as a plain response with these parameters is. Errors as
 * bg_redirect_judge(); BELGO_EPROTO also where it would ignore them. */
belgo_rc bg_jarm_code(char **code, const struct bg_redirect_expect *expect, const json_t *claims,
		      struct belgo_error *err) BG_MUST_USE;

#endif
