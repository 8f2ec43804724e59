/* The authorization response, judged: RFC 6749 sections 4.1.2 and 4.1.2.1, RFC 9207, rows A01 to A10 of the
 * hostile list. */
#ifndef BG_PROTO_REDIRECT_H
#define BG_PROTO_REDIRECT_H

#include "base/form.h"
#include "proto/discovery.h"

struct bg_redirect_expect {
	const struct belgo_provider *provider;
	const struct bg_metadata *metadata; /* the snapshot taken when the URL was made */
	const char *state;
};

enum bg_redirect_verdict {
	BG_REDIRECT_IGNORE,  /* not ours: answer 400 and go on waiting; err says why, in words without its
				values */
	BG_REDIRECT_CODE,    /* *code is set */
	BG_REDIRECT_REFUSED, /* the provider says no, or the answer is broken: the login ends; rc in *rc */
	BG_REDIRECT_SIGNED,  /* ours, in a JWT that nobody has verified yet (jarm.h) */
};

/*
 * params: the raw query or form body. IGNORE for: undecodable, no state or a wrong one, neither code nor
 * error. With the right state: repeated code, state, iss or error; code and error together; a bad code; an
 * issuer that is wrong, or absent though advertised: REFUSED with BELGO_EPROTO or BELGO_EISSUER (then without
 * the provider's texts); error: REFUSED with BELGO_ECANCELLED for access_denied, else BELGO_EDENIED.
 */
enum bg_redirect_verdict bg_redirect_judge(char **code, belgo_rc *rc, const struct bg_redirect_expect *expect,
					   const char *params, size_t len, struct belgo_error *err);
/* The same of what stands there decoded. */
enum bg_redirect_verdict bg_redirect_judge_form(char **code, belgo_rc *rc,
						const struct bg_redirect_expect *expect,
						const struct bg_form *form, struct belgo_error *err);
/* The parameters. BELGO_EPROTO: undecodable. BELGO_ENOMEM. */
belgo_rc bg_redirect_parse(struct bg_form *out, const char *params, size_t len,
			   struct belgo_error *err) BG_MUST_USE;
/* Is one of its states that one? */
int bg_redirect_holds_state(const struct bg_form *form, const char *state);

/*
 * *out: the state that an answer brings, for whoever must first find what it belongs to. BELGO_EPROTO and
 * BELGO_ESTATE: an answer that no login would heed, whatever its state.
 */
belgo_rc bg_redirect_state(char **out, const char *params, size_t len, struct belgo_error *err) BG_MUST_USE;

#endif
