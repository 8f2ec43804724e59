/*
 * Which answers a client has had its provider encrypt, how, and the key to open them: agreed when the client
 * was registered, kept with it, and never taken from an answer. OpenID Connect Registration 1.0
 * section 2, RFC 9701 section 6.
 */
#ifndef BG_PROTO_ENCRYPTION_H
#define BG_PROTO_ENCRYPTION_H

#include "base/json.h"

#include <belgoauth/registration.h>

enum bg_encrypted { BG_ENCRYPTED_ID_TOKEN, BG_ENCRYPTED_USERINFO, BG_ENCRYPTED_INTROSPECTION };

/*
 * *out: the agreement, {"key":{},"id_token_encrypted_response_alg":"", and so on}; *public_set: what is to be
 * registered. wish->key NULL: a key is made. BELGO_EINVAL: the key, or an algorithm that is unknown, does not
 * fit the key or is missing; BELGO_EINTERNAL, BELGO_ENOMEM.
 */
belgo_rc bg_encryption_make(json_t **out, json_t **public_set, const struct belgo_client_encryption *wish,
			    struct belgo_error *err) BG_MUST_USE;
/* Is it one? BELGO_EPROTO, BELGO_ENOMEM. */
belgo_rc bg_encryption_check(const json_t *encryption) BG_MUST_USE;
/* Is that answer to come encrypted? encryption: as it was made, or NULL. */
int bg_encryption_covers(const json_t *encryption, enum bg_encrypted which);
/*
 * *out: the signed JWT within; NULL where nothing was agreed for this answer, and it is to be read as it is.
 * Errors as bg_jwe_decrypt(): BELGO_ESIGNATURE also for what is not encrypted though that was agreed.
 */
belgo_rc bg_encryption_open(char **out, const char *compact, const json_t *encryption,
			    enum bg_encrypted which, const char *what, struct belgo_error *err) BG_MUST_USE;

#endif
