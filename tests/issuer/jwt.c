/* ID tokens and access tokens: which claims they hold, and their compact serialization. */
#include "issuer.h"

#include "text.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

static char *
encode_json(json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT), *encoded;

	if (text == NULL)
		die("out of memory");
	encoded = text_base64url((const unsigned char *)text, strlen(text));
	free(text);
	json_decref(value);
	return encoded;
}

/* @spec RFC 7515 section 7.1 */
char *
jwt_sign(const struct key *key, const char *type, json_t *claims)
{
	char *header =
	    encode_json(json_pack("{s:s, s:s, s:s}", "alg", key->alg, "kid", key->kid, "typ", type));
	char *payload = encode_json(claims), *input = text_format("%s.%s", header, payload), *sig_text, *jwt;
	size_t sig_len;
	unsigned char *sig = keys_sign(key, input, &sig_len);

	sig_text = text_base64url(sig, sig_len);
	jwt = text_format("%s.%s", input, sig_text);
	free(header);
	free(payload);
	free(input);
	free(sig);
	free(sig_text);
	return jwt;
}

/* @spec OpenID Connect Core section 3.1.3.6: the left half of the hash that belongs to the algorithm. */
static char *
at_hash(const struct key *key, const char *access_token)
{
	const EVP_MD *md = strcmp(key->alg, "EdDSA") == 0 ? EVP_sha512() : EVP_sha256();
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned len;

	if (EVP_Digest(access_token, strlen(access_token), hash, &len, md, NULL) != 1)
		die("cannot hash");
	return text_base64url(hash, len / 2);
}

void
jwt_user_claims(json_t *claims, const struct grant *grant, const char *scope)
{
	const char *at = strchr(grant->user, '@');
	char *email = at != NULL ? text_copy(grant->user) : text_format("%s@example.org", grant->user);
	char *name = text_format("%.*s", (int)strcspn(grant->user, "@"), grant->user);

	json_object_set_new(claims, "sub", json_string(grant->subject));
	if (text_has_word(scope, "email")) {
		json_object_set_new(claims, "email", json_string(email));
		json_object_set_new(claims, "email_verified", json_true());
	}
	if (text_has_word(scope, "profile")) {
		json_object_set_new(claims, "preferred_username", json_string(grant->user));
		name[0] = (char)toupper((unsigned char)name[0]);
		json_object_set_new(claims, "name", json_string(name));
	}
	free(email);
	free(name);
}

/* @spec OpenID Connect Core section 2 */
char *
jwt_id_token(const struct issuer *issuer, const struct grant *grant, const char *scope, const char *nonce,
	     const char *access_token)
{
	const struct key *key = &issuer->key[issuer->opt.alg];
	json_t *claims = json_object();
	char *hash = at_hash(key, access_token);
	time_t now = time(NULL);

	json_object_set_new(claims, "iss", json_string(issuer->base));
	json_object_set_new(claims, "aud", json_string(grant->client_id));
	json_object_set_new(claims, "iat", json_integer(now));
	json_object_set_new(claims, "exp", json_integer(now + 600));
	json_object_set_new(claims, "auth_time", json_integer(grant->auth_time));
	json_object_set_new(claims, "at_hash", json_string(hash));
	if (grant->acr != NULL)
		json_object_set_new(claims, "acr", json_string(grant->acr));
	if (nonce != NULL)
		json_object_set_new(claims, "nonce", json_string(nonce));
	jwt_user_claims(claims, grant, scope);
	free(hash);
	return jwt_sign(key, "JWT", claims);
}

/* @spec RFC 9068 section 2 */
char *
jwt_access_token(const struct issuer *issuer, const struct grant *grant, const struct grant *actor,
		 const char *scope, json_t *audience, int ttl)
{
	char *id = text_token();
	time_t now = time(NULL);
	json_t *claims = json_pack("{s:s, s:s, s:s, s:o, s:s, s:s, s:I, s:I}", "iss", issuer->base, "sub",
				   grant->subject, "client_id", grant->client_id, "aud", audience, "scope",
				   scope, "jti", id, "iat", (json_int_t)now, "exp", (json_int_t)(now + ttl));

	if (actor != NULL) /* @spec RFC 8693 section 4.1 */
		json_object_set_new(claims, "act", json_pack("{s:s}", "sub", actor->subject));
	free(id);
	return jwt_sign(&issuer->key[issuer->opt.alg], "at+jwt", claims);
}

/* @spec JARM section 2.1 */
char *
jwt_response(const struct issuer *issuer, const char *client_id, const struct params *fields)
{
	json_t *claims = json_pack("{s:s, s:s, s:I}", "iss", issuer->base, "aud", client_id, "exp",
				   (json_int_t)time(NULL) + 600);

	for (size_t i = 0; i < fields->n; i++)
		json_object_set_new(claims, fields->item[i].name, json_string(fields->item[i].value));
	return jwt_sign(&issuer->key[issuer->opt.alg], "JWT", claims);
}
