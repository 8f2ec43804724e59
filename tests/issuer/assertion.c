/* Assertions that a client signs to ask for a subject of its own (RFC 7523), as a server judges them: ES256,
 * once each. */
#include "issuer.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

#define LEEWAY_S 60
#define LIFETIME_MAX_S 600

/* NULL: nothing. @spec RFC 7523 section 3 */
static const char *
fault_of(struct issuer *issuer, const json_t *claims, const char *client_id)
{
	const char *iss = json_string_value(json_object_get(claims, "iss"));
	const char *sub = json_string_value(json_object_get(claims, "sub"));
	const char *aud = json_string_value(json_object_get(claims, "aud"));
	const char *jti = json_string_value(json_object_get(claims, "jti"));
	json_int_t exp = json_integer_value(json_object_get(claims, "exp"));
	json_int_t iat = json_integer_value(json_object_get(claims, "iat"));
	time_t now = time(NULL);

	if (iss == NULL || strcmp(iss, client_id) != 0)
		return "iss is not the client";
	if (sub == NULL || *sub == '\0')
		return "sub is missing";
	if (aud == NULL || strcmp(aud, issuer->base) != 0)
		return "aud is not this issuer";
	if (exp <= now || exp > now + LIFETIME_MAX_S || iat > now + LEEWAY_S || iat < now - LEEWAY_S)
		return "it is not of now";
	if (jti == NULL || !jti_is_new(issuer, jti))
		return "jti is missing or was used before";
	return NULL;
}

char *
assertion_subject(struct issuer *issuer, const struct request *req, struct reply *reply,
		  const char *client_id)
{
	const char *text = params_get(&req->form, "assertion"), *fault = NULL;
	json_t *key = clients_key(issuer, client_id, "sig");
	json_t *claims = text != NULL && key != NULL ? es256_claims(text, key) : NULL;
	char *subject = NULL;

	if (text == NULL)
		reply_error(reply, 400, "invalid_request", "assertion is missing");
	else if (claims == NULL)
		reply_error(reply, 400, "invalid_grant", "the client has no key, or did not sign with it");
	else if ((fault = fault_of(issuer, claims, client_id)) != NULL)
		reply_error(reply, 400, "invalid_grant", fault);
	else
		subject = text_copy(json_string_value(json_object_get(claims, "sub")));
	json_decref(key);
	json_decref(claims);
	return subject;
}
