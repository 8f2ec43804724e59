/*
 * The agreement, made and looked into. The cryptography is jose/jwe.h's; whether what comes out is true is
 * judged where every signed JWT is.
 */
#include "proto/encryption.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "jose/decryption_key.h"
#include "jose/evp.h"
#include "jose/jwe.h"

#include <string.h>

#define DEFAULT_ENC "A128CBC-HS256"

/* @spec OpenID Connect Dynamic Client Registration 1.0 section 2; RFC 9701 section 6 */
static const struct {
	const char *alg;
	const char *enc;
} members[] = {
    [BG_ENCRYPTED_ID_TOKEN] = {"id_token_encrypted_response_alg", "id_token_encrypted_response_enc"},
    [BG_ENCRYPTED_USERINFO] = {"userinfo_encrypted_response_alg", "userinfo_encrypted_response_enc"},
    [BG_ENCRYPTED_INTROSPECTION] = {"introspection_encrypted_response_alg",
				    "introspection_encrypted_response_enc"},
};

static const char *
text_of(const json_t *json, const char *name)
{
	return json_string_value(json_object_get(json, name));
}

/* An encryption without an alg is of nothing. */
static belgo_rc
put_agreed(json_t *json, enum bg_encrypted which, const char *alg_name, const char *enc_name,
	   struct belgo_error *err)
{
	const struct bg_jwe_alg *alg = bg_jwe_alg_find(alg_name);
	const struct bg_jwe_enc *enc = bg_jwe_enc_find(enc_name != NULL ? enc_name : DEFAULT_ENC);

	if (alg_name == NULL && enc_name == NULL)
		return BELGO_OK;
	if (alg_name == NULL)
		return bg_fail(err, BELGO_EINVAL, "%s says nothing without %s", members[which].enc,
			       members[which].alg);
	if (alg == NULL)
		return bg_fail(err, BELGO_EINVAL,
			       "%s is RSA-OAEP, RSA-OAEP-256, RSA-OAEP-384, RSA-OAEP-512, ECDH-ES, "
			       "ECDH-ES+A128KW, ECDH-ES+A192KW or ECDH-ES+A256KW",
			       members[which].alg);
	if (enc == NULL)
		return bg_fail(
		    err, BELGO_EINVAL,
		    "%s is A128CBC-HS256, A192CBC-HS384, A256CBC-HS512, A128GCM, A192GCM or A256GCM",
		    members[which].enc);
	if (!bg_jwe_alg_fits(alg, json_object_get(json, "key")))
		return bg_fail(err, BELGO_EINVAL, "%s: the client's decryption key does not fit %s",
			       members[which].alg, alg->name);
	if (bg_json_set_str(json, members[which].alg, alg->name) ||
	    bg_json_set_str(json, members[which].enc, enc->name))
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	return BELGO_OK;
}

static belgo_rc
put_all(json_t *json, const struct belgo_client_encryption *wish, struct belgo_error *err)
{
	BG_TRY(put_agreed(json, BG_ENCRYPTED_ID_TOKEN, wish->id_token_encrypted_response_alg,
			  wish->id_token_encrypted_response_enc, err));
	BG_TRY(put_agreed(json, BG_ENCRYPTED_USERINFO, wish->userinfo_encrypted_response_alg,
			  wish->userinfo_encrypted_response_enc, err));
	BG_TRY(put_agreed(json, BG_ENCRYPTED_INTROSPECTION, wish->introspection_encrypted_response_alg,
			  wish->introspection_encrypted_response_enc, err));
	if (json_object_size(json) == 1)
		return bg_fail(err, BELGO_EINVAL,
			       "a decryption key serves nothing without id_token_encrypted_response_alg, "
			       "userinfo_encrypted_response_alg or introspection_encrypted_response_alg");
	return BELGO_OK;
}

belgo_rc
bg_encryption_make(json_t **out, json_t **public_set, const struct belgo_client_encryption *wish,
		   struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *key = NULL;
	BG_AUTO(bg_json_free) json_t *set = NULL;
	BG_AUTO(bg_json_free) json_t *json = json_object();

	if (wish->key != NULL)
		BG_TRY(bg_decryption_key_read(&key, wish->key, strlen(wish->key), err));
	else
		BG_TRY(bg_decryption_key_generate(&key, err));
	if (json == NULL || json_object_set(json, "key", key) != 0)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	BG_TRY(put_all(json, wish, err));
	if (bg_private_key_public_set(&set, key, BG_KEY_DECRYPTS) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	*out = BG_TAKE(json);
	*public_set = BG_TAKE(set);
	return BELGO_OK;
}

static struct bg_jwe_agreed
agreed_on(const json_t *encryption, enum bg_encrypted which)
{
	return (struct bg_jwe_agreed){.alg = bg_jwe_alg_find(text_of(encryption, members[which].alg)),
				      .enc = bg_jwe_enc_find(text_of(encryption, members[which].enc)),
				      .key = json_object_get(encryption, "key")};
}

int
bg_encryption_covers(const json_t *encryption, enum bg_encrypted which)
{
	return json_object_get(encryption, members[which].alg) != NULL;
}

belgo_rc
bg_encryption_check(const json_t *encryption)
{
	BG_AUTO(bg_pkey_free) EVP_PKEY *pkey = NULL;
	belgo_rc rc = bg_decryption_key_load(&pkey, json_object_get(encryption, "key"));

	if (rc != BELGO_OK)
		return rc == BELGO_ENOMEM ? rc : BELGO_EPROTO;
	for (size_t i = 0; i < BG_LEN(members); i++) {
		const struct bg_jwe_agreed agreed = agreed_on(encryption, (enum bg_encrypted)i);

		if (bg_encryption_covers(encryption, (enum bg_encrypted)i) &&
		    (agreed.alg == NULL || agreed.enc == NULL || !bg_jwe_alg_fits(agreed.alg, agreed.key)))
			return BELGO_EPROTO;
	}
	return BELGO_OK;
}

/* @spec OpenID Connect Core section 3.1.3.7 (1), 5.3.2, 10.2; RFC 9701 section 5 */
belgo_rc
bg_encryption_open(char **out, const char *compact, const json_t *encryption, enum bg_encrypted which,
		   const char *what, struct belgo_error *err)
{
	const struct bg_jwe_agreed agreed = agreed_on(encryption, which);

	if (!bg_encryption_covers(encryption, which)) {
		*out = NULL;
		return BELGO_OK;
	}
	return bg_jwe_decrypt(out, compact, &agreed, BG_MAX_JWT, what, err);
}
