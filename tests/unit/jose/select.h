/* Choosing a key of a JWK Set in tests. */
#ifndef UNIT_JOSE_SELECT_H
#define UNIT_JOSE_SELECT_H

#include "harness/test.h"
#include "harness/jose_make.h"

#include "base/error.h"
#include "base/limits.h"
#include "jose/jwk.h"

#include <openssl/err.h>
#include <openssl/evp.h>

static inline char *format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static inline char *
format(const char *fmt, ...)
{
	va_list args;
	char *text = NULL;

	va_start(args, fmt);
	assert_true(vasprintf(&text, fmt, args) >= 0);
	va_end(args);
	return text;
}

/* Frees jwks. On success the numbers of want (may be NULL) must be those chosen. */
static inline belgo_rc
select_key(char *jwks, const char *alg, const char *kid, EVP_PKEY *want)
{
	struct bg_jwks *set = NULL;
	struct bg_jwk *key = NULL;
	struct belgo_error err = {0};
	belgo_rc rc;

	assert_int_equal(bg_jwks_parse(&set, jwks, strlen(jwks), NULL), BELGO_OK);
	rc = bg_jwks_select(&key, set, bg_alg_find(alg), kid, &err);
	assert_int_equal(err.rc, rc);
	assert_true((rc == BELGO_OK) == (key != NULL));
	if (key != NULL) {
		assert_ptr_equal(bg_jwk_alg(key), bg_alg_find(alg));
		assert_true(want == NULL || EVP_PKEY_eq(bg_jwk_pkey(key), want) == 1);
	}
	assert_int_equal(ERR_peek_error(), 0); /* nothing is left for the program's own TLS to find */
	bg_jwk_free(&key);
	bg_jwks_free(&set);
	free(jwks);
	return rc;
}

static inline char *
set_of(const char *kind, const char *more)
{
	return jose_jwks(jose_jwk(jose_key(kind, 0), more), NULL);
}

#endif
