/*
 * Each allocation of libc, jansson and libcrypto failing in turn, over choosing a key and verifying, and over
 * decrypting: never a crash or a leak, never a wrong signature that is taken for right, and an error that is
 * set.
 */
#include "harness/test.h"
#include "unit/jose/decrypt.h"

#include "base/limits.h"
#include "jose/jws.h"

#include <openssl/crypto.h>

static long countdown = -1; /* allocations until the one that fails; -1: none does */
static int stays;           /* and all later ones fail too */
static int failed;
static int jansson_failed;
/* With strings of more than 16 bytes jansson's lexer does not survive it: it looks for the quote that it had
 * no room for. */
static int jansson_is_spared;

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
	void *memory = jansson_is_spared ? __real_malloc(size) : __wrap_malloc(size);

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

struct trial {
	const char *name;
	const char *set, *token, *secret;   /* verified */
	const struct bg_jwe_agreed *agreed; /* or decrypted */
	belgo_rc want;                      /* where nothing fails */
};

static belgo_rc
select_and_verify(const struct trial *trial, struct belgo_error *err)
{
	const char *set_text = trial->set, *token = trial->token, *secret = trial->secret;
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

static belgo_rc
attempt(const struct trial *trial, struct belgo_error *err)
{
	char *clear = NULL;
	belgo_rc rc;

	if (trial->agreed == NULL)
		return select_and_verify(trial, err);
	rc = bg_jwe_decrypt(&clear, trial->token, trial->agreed, BG_MAX_JWT, "the token", err);
	assert_row(trial->name, (rc == BELGO_OK) == (clear != NULL));
	free(clear);
	return rc;
}

/*
 * What is right is never called wrong, for that would cost a refresh token; but for jansson, whose lexer
 * drops a byte that it has no room for and says nothing.
 */
static int
fail_one(const struct trial *trial, long nth)
{
	struct belgo_error err = {0};
	belgo_rc rc;

	failed = jansson_failed = 0;
	countdown = nth;
	rc = attempt(trial, &err);
	countdown = -1;
	assert_row(trial->name, err.rc == rc);
	if (rc != trial->want && rc != BELGO_ENOMEM && rc != BELGO_EINTERNAL && !jansson_failed)
		fail_msg("%s: rc %d (%s) where allocation %ld%s fails", trial->name, (int)rc, err.text, nth,
			 stays ? " and each later one" : "");
	assert_row(trial->name, rc == BELGO_OK ? trial->want == BELGO_OK : err.text[0] != '\0');
	if (!failed)
		assert_row(trial->name, rc == trial->want && nth > 20);
	return failed;
}

static void
fail_each(const struct trial *trial)
{
	struct belgo_error err = {0};

	assert_row(trial->name, attempt(trial, &err) == trial->want); /* warms libcrypto's caches */
	for (stays = 0; stays <= 1; stays++)
		for (long nth = 0; fail_one(trial, nth); nth++)
			assert_row(trial->name, nth < 5000);
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
		fail_each(&(struct trial){.name = rows[i].alg, .set = set, .token = good});
		fail_each(&(struct trial){
		    .name = rows[i].alg, .set = set, .token = forged, .want = BELGO_ESIGNATURE});
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
	fail_each(&(struct trial){.name = "HS256", .token = good, .secret = secret});
	fail_each(&(struct trial){.name = "HS256",
				  .token = good,
				  .secret = "another-secret-of-thirty-two-bytes",
				  .want = BELGO_ESIGNATURE});
	free(good);
}

static void
test_jose__decryption_fails_closed_at_every_allocation(void **state)
{
	static const struct jose_jwe rows[] = {
	    {.kind = "RSA-2048", .alg = "RSA-OAEP-256", .enc = "A256GCM", .plain = INNER},
	    {.kind = "P-256", .alg = "ECDH-ES+A256KW", .enc = "A128CBC-HS256", .plain = INNER, .apu = "a"},
	    {.kind = "X25519", .alg = "ECDH-ES", .enc = "A256CBC-HS512", .plain = INNER},
	};

	(void)state;
	jansson_is_spared = 1;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		BG_AUTO(bg_json_free) json_t *key = own_key(rows[i].kind);
		const struct bg_jwe_agreed agreed = {bg_jwe_alg_find(rows[i].alg),
						     bg_jwe_enc_find(rows[i].enc), key};
		unsigned char zeros[32] = {0};
		char *good = jose_encrypt(&rows[i]);
		char *altered = jose_with_segment(good, 4, zeros, agreed.enc->tag_len);

		fail_each(&(struct trial){.name = rows[i].alg, .token = good, .agreed = &agreed});
		fail_each(&(struct trial){
		    .name = rows[i].alg, .token = altered, .agreed = &agreed, .want = BELGO_ESIGNATURE});
		free(altered);
		free(good);
	}
	jansson_is_spared = 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_jose__fails_closed_at_every_allocation),
	    cmocka_unit_test(test_jose__hmac_fails_closed_at_every_allocation),
	    cmocka_unit_test(test_jose__decryption_fails_closed_at_every_allocation),
	};

	if (CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free) != 1)
		return 1;
	json_set_alloc_funcs(json_malloc, free);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
