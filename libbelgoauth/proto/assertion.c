/* A client's assertion: its claims and its header. Clock, random text and key are the caller's. */
#include "proto/assertion.h"

#include "base/error.h"
#include "base/mem.h"
#include "jose/sign.h"

/* Long enough for a slow network, too short to be of use to whoever finds it later. */
#define LIFETIME_S 60

/*
 * One audience: a provider that an assertion was not made for must not be able to spend it at another.
 * @spec RFC 7523 section 3; OpenID Connect Core section 9
 */
static belgo_rc
make_claims(json_t **out, const struct bg_assertion *in)
{
	BG_AUTO(bg_json_free) json_t *claims = json_object();

	if (claims == NULL)
		return BELGO_ENOMEM;
	BG_TRY(bg_json_set_str(claims, "iss", in->client_id));
	BG_TRY(bg_json_set_str(claims, "sub", in->subject != NULL ? in->subject : in->client_id));
	BG_TRY(bg_json_set_str(claims, "aud", in->audience));
	BG_TRY(bg_json_set_str(claims, "jti", in->jti));
	BG_TRY(bg_json_set_int(claims, "iat", in->now));
	BG_TRY(bg_json_set_int(claims, "exp", in->now + LIFETIME_S));
	*out = BG_TAKE(claims);
	return BELGO_OK;
}

/*
 * What the key says of itself goes along, by which the provider finds its public half.
 * @spec RFC 7515 sections 4.1.4, 4.1.7, 4.1.8 and 4.1.9
 */
belgo_rc
bg_assertion_header(json_t **out, const char *typ, const json_t *key)
{
	static const char *const names[] = {"kid", "x5t", "x5t#S256"};
	BG_AUTO(bg_json_free) json_t *header = json_object();

	if (header == NULL)
		return BELGO_ENOMEM;
	BG_TRY(bg_json_set_str(header, "typ", typ));
	for (size_t i = 0; i < BG_LEN(names); i++)
		BG_TRY(bg_json_set_str(header, names[i], json_string_value(json_object_get(key, names[i]))));
	*out = BG_TAKE(header);
	return BELGO_OK;
}

belgo_rc
bg_assertion_make(char **out, const struct bg_assertion *in, struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *claims = NULL;
	BG_AUTO(bg_json_free) json_t *header = NULL;
	belgo_rc rc;

	if (in->client_id == NULL || in->audience == NULL || in->jti == NULL || *in->jti == '\0' ||
	    in->alg == NULL || in->key == NULL)
		return bg_fail(err, BELGO_EINVAL, "the client's assertion lacks a claim or a key");
	if ((rc = make_claims(&claims, in)) || (rc = bg_assertion_header(&header, "JWT", in->key)))
		return bg_fail(err, rc, "the client's assertion: %s", belgo_rc_str(rc));
	return bg_jws_sign(out, in->alg, header, claims, in->key, err);
}
