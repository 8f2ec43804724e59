/* The public half of a key by the members that make it that key, and the name that follows from them: RFC
 * 7638. */
#ifndef BG_JOSE_THUMBPRINT_H
#define BG_JOSE_THUMBPRINT_H

#include "base/json.h"

/*
 * *out: the required members of key's public half and nothing else, in the order of their names. key: a
 * public or private JWK of type EC, OKP or RSA. BELGO_EINVAL for another, or where a member is missing;
 * BELGO_ENOMEM.
 */
belgo_rc bg_jwk_required_members(json_t **out, const json_t *key) BG_MUST_USE;
/* *out: base64url of SHA-256 over them. Ends as that does. */
belgo_rc bg_jwk_thumbprint(char **out, const json_t *key) BG_MUST_USE;

#endif
