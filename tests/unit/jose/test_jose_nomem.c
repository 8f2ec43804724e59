/*
 * Each allocation of libc, jansson and libcrypto failing in turn, over choosing a key and verifying: never a
 * crash or a leak, never a wrong signature that is taken for right, and an error that is set.
 */
#include "harness/test.h"
#include "harness/jose_make.h"

#include "base/limits.h"
#include "jose/jws.h"

#include <openssl/crypto.h>

static long countdown = -1; /* allocations until the one that fails; -1: none does */
static int stays;           /* and all later ones fail too */
static int failed;
static int jansson_failed;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);

static int
fails_now(void)
{
	if (countdown < 0 || (countdown > 0 && countdown-- > 0))
		return 0;
	if (!stays)
		countdown = -1;
	failed = 1;
	return 1;
}

void *
__wrap_malloc(size_t size)
{
	return fails_now() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return fails_now() ? NULL : __real_calloc(n, size);
}

static void *
json_malloc(size_t size)
{
	void *memory = __wrap_malloc(size);

	jansson_failed |= memory == NULL;
	return memory;
}

static void *
crypto_malloc(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return __wrap_malloc(size);
}

static void *
crypto_realloc(void *p, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return fails_now() ? NULL : realloc(p, size);
}

static void
crypto_free(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	free(p);
}

static belgo_rc
select_and_verify(const char *set_text, const char *token, const char *secret, struct belgo_error *err)
{
	struct bg_jwks *set = NULL;
	struct bg_jwk *key = NULL;
	struct bg_jws jws = {0};
	belgo_rc rc = bg_jws_parse(&jws, token, BG_JWS_TYP_JWT, BG_MAX_JWT, "the token", err);

	if (rc == BELGO_OK && secret != NULL)
		rc = bg_jws_verify_hmac(&jws, secret, err);
	if (rc == BELGO_OK && secret == NULL)
		rc = bg_jwks_parse(&set, set_text, strlen(set_text), err);
	if (rc == BELGO_OK && secret == NULL)
		rc = bg_jwks_select(&key, set, jws.alg, jws.kid, err);
	if (rc == BELGO_OK && secret == NULL)
		rc = bg_jws_verify(&jws, key, err);
	bg_jws_done(&jws);
	bg_jwk_free(&key);
	bg_jwks_free(&set);
	return rc;
}

/*
 * want: what comes of it where nothing fails. What is right is never called wrong either, for that would cost
 * a refresh token; but for jansson, whose lexer drops a byte that it has no room for and says nothing.
 */
static int
fail_one(const char *name, const char *set_text, const char *token, const char *secret, belgo_rc want,
	 long nth)
{
	struct belgo_error err = {0};
	belgo_rc rc;

	failed = jansson_failed = 0;
	countdown = nth;
	rc = select_and_verify(set_text, token, secret, &err);
	countdown = -1;
	assert_row(name, err.rc == rc);
	if (rc != want && rc != BELGO_ENOMEM && rc != BELGO_EINTERNAL && !jansson_failed)
		fail_msg("%s: rc %d (%s) where allocation %ld%s fails", name, (int)rc, err.text, nth,
			 stays ? " and each later one" : "");
	assert_row(name, rc == BELGO_OK ? want == BELGO_OK : err.text[0] != '\0');
	if (!failed)
		assert_row(name, rc == want && nth > 20);
	return failed;
}

static void
fail_each(const char *name, const char *set_text, const char *token, const char *secret, belgo_rc want)
{
	struct belgo_error err = {0};

	assert_row(name,
		   select_and_verify(set_text, token, secret, &err) == want); /* warms libcrypto's caches */
	for (stays = 0; stays <= 1; stays++)
		for (long nth = 0; fail_one(name, set_text, token, secret, want, nth); nth++)
			assert_row(name, nth < 5000);
}

static void
test_jose__fails_closed_at_every_allocation(void **state)
{
	static const struct {
		const char *alg;
		const char *kind;
	} rows[] = {{"RS256", "RSA-2048"}, {"PS256", "RSA-2048"}, {"ES256", "P-256"}, {"EdDSA", "Ed25519"}};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		char header[64];
		char *set =
		    jose_jwks(jose_jwk(jose_key(rows[i].kind, 0), "\"kid\":\"1\",\"issuer\":\"i\""), NULL);
		char *good, *forged;

		(void)snprintf(header, sizeof(header), "{\"alg\":\"%s\",\"kid\":\"1\"}", rows[i].alg);
		good = jose_sign(jose_key(rows[i].kind, 0), rows[i].alg, header, "{\"sub\":\"a\"}");
		forged = jose_sign(jose_key(rows[i].kind, 1), rows[i].alg, header, "{\"sub\":\"a\"}");
		fail_each(rows[i].alg, set, good, NULL, BELGO_OK);
		fail_each(rows[i].alg, set, forged, NULL, BELGO_ESIGNATURE);
		free(forged);
		free(good);
		free(set);
	}
}

static void
test_jose__hmac_fails_closed_at_every_allocation(void **state)
{
	static const char secret[] = "0123456789abcdef0123456789abcdef";
	char *good = jose_hmac("HS256", secret, 32, "{\"alg\":\"HS256\"}", "{\"sub\":\"a\"}");

	(void)state;
	fail_each("HS256", NULL, good, secret, BELGO_OK);
	fail_each("HS256", NULL, good, "another-secret-of-thirty-two-bytes", BELGO_ESIGNATURE);
	free(good);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_jose__fails_closed_at_every_allocation),
	    cmocka_unit_test(test_jose__hmac_fails_closed_at_every_allocation),
	};

	if (CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free) != 1)
		return 1;
	json_set_alloc_funcs(json_malloc, free);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
