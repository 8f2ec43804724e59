/* What a program may do for its provider (belgo_provider_with_hooks), as the exchanges call it. Each of these
 * does nothing where the hook is NULL. */
#ifndef BG_PROTO_PROGRAM_HOOKS_H
#define BG_PROTO_PROGRAM_HOOKS_H

#include "base/buf.h"
#include "proto/provider.h"

#include <belgoauth/transport.h>

/* form: a grant's own members, grant_type first; parameters are added to it, and headers to *added, which
 * holds nothing else. */
belgo_rc bg_program_fix_request(struct belgo_http_request *added, struct bg_buf *form,
				const struct belgo_provider *provider, struct belgo_error *err) BG_MUST_USE;
/* Changes reply in place. BELGO_EPROTO: what the hook made of it passes no gate. */
belgo_rc bg_program_fix_reply(json_t *reply, const struct belgo_provider *provider,
			      struct belgo_error *err) BG_MUST_USE;
/* There is a hook. The claims, judged like an endpoint's: BELGO_EPROTO, BELGO_ECLAIM for another user. */
belgo_rc bg_program_userinfo(json_t **out, const struct belgo_provider *provider,
			     const struct belgo_token *token, const char *subject,
			     struct belgo_error *err) BG_MUST_USE;
/* There is a hook. BELGO_EPROTO: no plain text. The subject is not judged. */
belgo_rc bg_program_map_profile(struct bg_profile *out, const struct belgo_provider *provider,
				const json_t *claims, struct belgo_error *err) BG_MUST_USE;

#endif
