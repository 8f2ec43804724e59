/* Parsing and verifying tokens in tests. */
#ifndef UNIT_JOSE_VERIFY_H
#define UNIT_JOSE_VERIFY_H

#include "unit/jose/select.h"

#include "jose/jws.h"

#define PAYLOAD "{\"sub\":\"a\",\"iat\":1700000000}"

static inline belgo_rc
parse_rc(const char *token)
{
	struct bg_jws jws = {0};
	struct belgo_error err = {0};
	belgo_rc rc = bg_jws_parse(&jws, token, BG_JWS_TYP_JWT, BG_MAX_JWT, "the token", &err);

	assert_int_equal(err.rc, rc);
	assert_true((rc == BELGO_OK) == (jws.header != NULL));
	bg_jws_done(&jws);
	return rc;
}

/* Parse and verify with key, chosen for the algorithm alg. */
static inline belgo_rc
verify_rc(const char *token, EVP_PKEY *pkey, const char *alg)
{
	char *text = jose_jwks(jose_jwk(pkey, NULL), NULL);
	struct bg_jwks *set = NULL;
	struct bg_jwk *key = NULL;
	struct bg_jws jws = {0};
	struct belgo_error err = {0};
	belgo_rc rc;

	assert_int_equal(bg_jwks_parse(&set, text, strlen(text), NULL), BELGO_OK);
	assert_int_equal(bg_jwks_select(&key, set, bg_alg_find(alg), NULL, NULL), BELGO_OK);
	rc = bg_jws_parse(&jws, token, BG_JWS_TYP_JWT, BG_MAX_JWT, "the token", &err);
	if (rc == BELGO_OK)
		rc = bg_jws_verify(&jws, key, &err);
	assert_int_equal(err.rc, rc);
	bg_jws_done(&jws);
	bg_jwk_free(&key);
	bg_jwks_free(&set);
	free(text);
	return rc;
}

/* The same of a token that is put together from its parts. */
static inline belgo_rc
raw_rc(const char *header, const char *payload, const void *sig, size_t len, EVP_PKEY *pkey, const char *alg)
{
	char *token = jose_compact(header, payload, sig, len);
	belgo_rc rc = verify_rc(token, pkey, alg);

	free(token);
	return rc;
}

#endif
