/* Claims as JSON text: read one member without a JSON library in the program. */
#ifndef BELGOAUTH_CLAIMS_H
#define BELGOAUTH_CLAIMS_H

#include <belgoauth/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * *out: the string member `name` of the JSON object `claims`, malloc'd and the caller's.
 * @return BELGO_OK; BELGO_ENOTFOUND where it is absent or no string; BELGO_EPROTO where claims is no JSON
 * object; BELGO_ENOMEM.
 */
BELGO_EXPORT belgo_rc belgo_claims_string(char **out, const char *claims, const char *name,
					  struct belgo_error *err);
/* The same for an integer, in *out. */
BELGO_EXPORT belgo_rc belgo_claims_integer(int64_t *out, const char *claims, const char *name,
					   struct belgo_error *err);

#ifdef __cplusplus
}
#endif
#endif
