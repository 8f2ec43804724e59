/* Decrypting tokens in tests. */
#ifndef UNIT_JOSE_DECRYPT_H
#define UNIT_JOSE_DECRYPT_H

#include "harness/test.h"
#include "harness/jwe_make.h"

#include "base/limits.h"
#include "base/mem.h"
#include "jose/decryption_key.h"
#include "jose/jwe.h"

#define INNER "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln"

/* The key of jose_key(kind, 0) as the client has it. */
static inline json_t *
own_key(const char *kind)
{
	char *text = jose_private_jwk(jose_key(kind, 0), NULL);
	json_t *key = NULL;

	assert_int_equal(bg_decryption_key_read(&key, text, strlen(text), NULL), BELGO_OK);
	free(text);
	return key;
}

/* *out: the caller's, may be NULL. */
static inline belgo_rc
decrypt_as(char **out, const char *compact, const json_t *key, const char *alg, const char *enc)
{
	const struct bg_jwe_agreed agreed = {bg_jwe_alg_find(alg), bg_jwe_enc_find(enc), key};
	struct belgo_error err = {0};
	char *clear = NULL;
	belgo_rc rc;

	assert_non_null(agreed.alg);
	assert_non_null(agreed.enc);
	rc = bg_jwe_decrypt(&clear, compact, &agreed, BG_MAX_JWT, "the token", &err);
	assert_int_equal(err.rc, rc);
	assert_true((rc == BELGO_OK) == (clear != NULL));
	if (out != NULL)
		*out = BG_TAKE(clear);
	bg_str_free(&clear);
	return rc;
}

static inline belgo_rc
decrypt_rc(const char *compact, const struct jose_jwe *how)
{
	BG_AUTO(bg_json_free) json_t *key = own_key(how->kind);

	return decrypt_as(NULL, compact, key, how->alg, how->enc);
}

#endif
