/* What a client signs: by our own verification and by libcrypto's, and what must never sign. */
#include "unit/jose/verify.h"

#include "base/mem.h"
#include "jose/private_key.h"
#include "jose/sign.h"

#include <pthread.h>

#define S16 "0123456789abcdef"
#define S31 S16 "0123456789abcde"
#define S32 S16 S16
#define S48 S32 S16
#define S64 S32 S32

/* *out: malloc'd by the library. jwk: text; taken. The key is handed over as it is, past
 * bg_private_key_read(). */
static belgo_rc
sign(char **out, const char *alg, char *jwk)
{
	json_t *key = json_loads(jwk, 0, NULL),
	       *header = json_loads("{\"typ\":\"JWT\",\"kid\":\"k1\"}", 0, NULL);
	json_t *payload = json_loads(PAYLOAD, 0, NULL);
	struct belgo_error err = {0};
	belgo_rc rc = bg_jws_sign(out, bg_alg_find(alg), header, payload, key, &err);

	assert_int_equal(err.rc, rc);
	assert_true((rc == BELGO_OK) == (*out != NULL));
	assert_int_equal(ERR_peek_error(), 0); /* nothing is left for the program's own TLS to find */
	json_decref(payload);
	json_decref(header);
	json_decref(key);
	free(jwk);
	return rc;
}

static void
check_header(const char *name, const char *compact, const char *alg)
{
	char *text = jose_segment(compact, 0), *payload = jose_segment(compact, 1);
	json_t *header = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

	assert_row(name, json_object_size(header) == 3);
	assert_string_equal(json_string_value(json_object_get(header, "alg")), alg);
	assert_string_equal(json_string_value(json_object_get(header, "typ")), "JWT");
	assert_string_equal(json_string_value(json_object_get(header, "kid")), "k1");
	assert_string_equal(payload, PAYLOAD);
	json_decref(header);
	free(payload);
	free(text);
}

/* @spec RFC 7518 section 3.1; RFC 8037 section 3.1; RFC 9864 section 2.2 */
static void
test_sign__every_algorithm_is_verified_by_ours_and_by_libcrypto(void **state)
{
	static const struct {
		const char *alg;
		const char *kind;
	} rows[] = {
	    {"RS256", "RSA-2048"}, {"RS384", "RSA-2048"},  {"RS512", "RSA-3072"}, {"PS256", "RSA-2048"},
	    {"PS384", "RSA-2048"}, {"PS512", "RSA-3072"},  {"ES256", "P-256"},    {"ES384", "P-384"},
	    {"ES512", "P-521"},    {"Ed25519", "Ed25519"}, {"EdDSA", "Ed25519"},  {"EdDSA", "Ed448"},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		EVP_PKEY *key = jose_key(rows[i].kind, 0), *other = jose_key(rows[i].kind, 1);
		char *compact = NULL;

		assert_row(rows[i].alg, sign(&compact, rows[i].alg, jose_private_jwk(key, NULL)) == BELGO_OK);
		check_header(rows[i].alg, compact, rows[i].alg);
		assert_row(rows[i].alg, verify_rc(compact, key, rows[i].alg) == BELGO_OK);
		assert_row(rows[i].alg, jose_is_signed(key, rows[i].alg, compact));
		assert_row(rows[i].alg, verify_rc(compact, other, rows[i].alg) == BELGO_ESIGNATURE);
		assert_row(rows[i].alg, !jose_is_signed(other, rows[i].alg, compact));
		bg_str_free(&compact);
	}
}

static char *
octets(const char *secret)
{
	char *k = jose_b64_text(secret);
	char *jwk = format("{\"kty\":\"oct\",\"k\":\"%s\"}", k);

	free(k);
	return jwk;
}

static belgo_rc
verify_hmac(const char *compact, const char *secret)
{
	BG_AUTO(bg_jws_done) struct bg_jws jws = {0};

	BG_TRY(bg_jws_parse(&jws, compact, BG_JWS_TYP_JWT, BG_MAX_JWT, "the token", NULL));
	return bg_jws_verify_hmac(&jws, secret, NULL);
}

/* @spec RFC 7518 section 3.2 */
static void
test_sign__client_secret_signs_where_it_is_as_long_as_the_hash(void **state)
{
	static const struct {
		const char *alg;
		const char *secret;
		belgo_rc want;
	} rows[] = {
	    {"HS256", S32, BELGO_OK},         {"HS256", S64, BELGO_OK},     {"HS384", S48, BELGO_OK},
	    {"HS512", S64, BELGO_OK},         {"HS256", S31, BELGO_EINVAL}, {"HS384", S32, BELGO_EINVAL},
	    {"HS512", S31 S32, BELGO_EINVAL}, {"HS256", "", BELGO_EINVAL},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		const char *secret = rows[i].secret;
		char *compact = NULL;

		assert_row(rows[i].alg, sign(&compact, rows[i].alg, octets(secret)) == rows[i].want);
		if (rows[i].want != BELGO_OK)
			continue;
		check_header(rows[i].alg, compact, rows[i].alg);
		assert_row(rows[i].alg, verify_hmac(compact, secret) == BELGO_OK);
		assert_row(rows[i].alg, jose_is_hmac(rows[i].alg, secret, strlen(secret), compact));
		assert_row(rows[i].alg, verify_hmac(compact, S32 S48) == BELGO_ESIGNATURE);
		bg_str_free(&compact);
	}
}

/* cjose 0.6.2.1 signs in the first, the third and the two weak ones. @spec RFC 7518 sections 3.3 and 3.4; RFC
 * 8725 section 3.1 */
static void
test_sign__refuses_a_key_that_does_not_fit_or_is_weak(void **state)
{
	static const struct {
		const char *alg;
		const char *kind;
		const char *more;
	} rows[] = {
	    {"ES256", "P-521", NULL},
	    {"ES256", "P-384", NULL},
	    {"ES512", "P-256", NULL},
	    {"ES256", "RSA-2048", NULL},
	    {"RS256", "P-256", NULL},
	    {"PS256", "Ed25519", NULL},
	    {"EdDSA", "P-256", NULL},
	    {"Ed25519", "Ed448", NULL},
	    {"HS256", "RSA-2048", NULL},
	    {"HS256", "P-256", "\"k\":\"" S64 "\""},
	    {"RS256", "RSA-1024", NULL},
	    {"PS256", "RSA-2040", NULL},
	    {"RS256", "RSA-2048", "\"alg\":\"PS256\""},
	    {"ES256", "P-256", "\"alg\":\"ECDH-ES\""},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		char *compact = NULL;

		assert_row(rows[i].kind,
			   sign(&compact, rows[i].alg,
				jose_private_jwk(jose_key(rows[i].kind, 0), rows[i].more)) == BELGO_EINVAL);
	}
}

static char *
with_member(char *jwk, const char *name, const char *value)
{
	json_t *key = json_loads(jwk, 0, NULL);
	char *text;

	assert_int_equal(value != NULL ? json_object_set_new(key, name, json_string(value))
				       : json_object_del(key, name),
			 0);
	text = json_dumps(key, JSON_COMPACT);
	json_decref(key);
	free(jwk);
	return text;
}

/* The public half of the one and the private half of the other. */
static char *
mixed(const char *kind)
{
	char *other = jose_private_jwk(jose_key(kind, 1), NULL);
	json_t *key = json_loads(other, 0, NULL);
	char *jwk = jose_private_jwk(jose_key(kind, 0), NULL);

	jwk = with_member(jwk, "d", json_string_value(json_object_get(key, "d")));
	json_decref(key);
	free(other);
	return jwk;
}

static void
test_sign__refuses_a_key_whose_halves_do_not_belong_together(void **state)
{
	static const struct {
		const char *alg;
		const char *kind;
	} rows[] = {{"ES256", "P-256"}, {"ES512", "P-521"}, {"EdDSA", "Ed25519"}, {"EdDSA", "Ed448"}};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		EVP_PKEY *key = jose_key(rows[i].kind, 0);
		char *compact = NULL;

		assert_row(rows[i].alg, sign(&compact, rows[i].alg, mixed(rows[i].kind)) == BELGO_EINVAL);
		assert_row(rows[i].alg, sign(&compact, rows[i].alg, jose_jwk(key, NULL)) == BELGO_EINVAL);
		assert_row(rows[i].alg,
			   sign(&compact, rows[i].alg,
				with_member(jose_private_jwk(key, NULL), "d", "AAAA")) == BELGO_EINVAL);
	}
}

/* One wrong number of the Chinese remainder, and the signature would give away the primes. */
static void
test_sign__no_faulty_rsa_signature_gets_out(void **state)
{
	static const char *const names[] = {"dp", "dq", "qi"};
	char *other = jose_private_jwk(jose_key("RSA-2048", 1), NULL);
	json_t *key = json_loads(other, 0, NULL);

	(void)state;
	for (size_t i = 0; i < BG_LEN(names); i++) {
		char *jwk = with_member(jose_private_jwk(jose_key("RSA-2048", 0), NULL), names[i],
					json_string_value(json_object_get(key, names[i])));
		char *compact = NULL;
		/* libcrypto checks by itself and then signs without the remainder, or it fails: both are well
		 */
		belgo_rc rc = sign(&compact, "RS256", jwk);

		assert_row(names[i],
			   rc == BELGO_EINVAL ||
			       (rc == BELGO_OK && jose_is_signed(jose_key("RSA-2048", 0), "RS256", compact)));
		bg_str_free(&compact);
	}
	json_decref(key);
	free(other);
}

#define THREADS 4

static void *
sign_often(void *arg)
{
	json_t *key = json_loads(arg, 0, NULL), *payload = json_loads(PAYLOAD, 0, NULL);
	size_t wrong = 0;

	for (int i = 0; i < 20; i++) {
		char *compact = NULL;

		wrong += bg_jws_sign(&compact, bg_alg_find("ES256"), NULL, payload, key, NULL) != BELGO_OK;
		bg_str_free(&compact);
	}
	json_decref(payload);
	json_decref(key);
	return (void *)wrong;
}

/* Runs first: the threads meet where libcjose is loaded. */
static void
test_sign__threads_sign_at_once(void **state)
{
	pthread_t threads[THREADS];
	char *jwk = jose_private_jwk(jose_key("P-256", 0), NULL);

	(void)state;
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, sign_often, jwk), 0);
	for (size_t i = 0; i < THREADS; i++) {
		void *wrong = jwk;

		assert_int_equal(pthread_join(threads[i], &wrong), 0);
		assert_null(wrong);
	}
	free(jwk);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sign__threads_sign_at_once),
	    cmocka_unit_test(test_sign__every_algorithm_is_verified_by_ours_and_by_libcrypto),
	    cmocka_unit_test(test_sign__client_secret_signs_where_it_is_as_long_as_the_hash),
	    cmocka_unit_test(test_sign__refuses_a_key_that_does_not_fit_or_is_weak),
	    cmocka_unit_test(test_sign__refuses_a_key_whose_halves_do_not_belong_together),
	    cmocka_unit_test(test_sign__no_faulty_rsa_signature_gets_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
