/* jose/jws.h: taking apart and verifying under every algorithm; each accepting row has its rejecting twins.
 */
#include "harness/test.h"
#include "harness/jose_make.h"
#include "unit/jose/verify.h"

#include "base/limits.h"

#include <openssl/err.h>

static const struct {
	const char *alg;
	const char *kind;
	const char *other_alg; /* of the same type of key */
} signers[] = {
    {"RS256", "RSA-2048", "PS256"},  {"RS384", "RSA-2048", "RS256"}, {"RS512", "RSA-3072", "RS384"},
    {"PS256", "RSA-2048", "RS256"},  {"PS384", "RSA-3072", "PS256"}, {"PS512", "RSA-2048", "RS512"},
    {"ES256", "P-256", NULL},        {"ES384", "P-384", NULL},       {"ES512", "P-521", NULL},
    {"EdDSA", "Ed25519", "Ed25519"}, {"EdDSA", "Ed448", NULL},       {"Ed25519", "Ed25519", "EdDSA"},
};

static char *
header_of(const char *alg)
{
	return format("{\"alg\":\"%s\"}", alg);
}

/* @spec RFC 7515 section 5.2; RFC 7518 sections 3.3 to 3.5; RFC 8037 section 3.1 */
static void
test_jws_verify__accepts_every_algorithm_under_the_right_key_only(void **state)
{
	(void)state;
	for (size_t i = 0; i < BG_LEN(signers); i++) {
		char *header = header_of(signers[i].alg);
		char *token = jose_sign(jose_key(signers[i].kind, 0), signers[i].alg, header, PAYLOAD);

		assert_row(signers[i].alg,
			   verify_rc(token, jose_key(signers[i].kind, 0), signers[i].alg) == BELGO_OK);
		assert_row(signers[i].alg, verify_rc(token, jose_key(signers[i].kind, 1), signers[i].alg) ==
					       BELGO_ESIGNATURE);
		free(token);
		free(header);
	}
}

/* J05: one key, one algorithm. */
static void
test_jws_verify__refuses_a_key_that_was_chosen_for_another_algorithm(void **state)
{
	(void)state;
	for (size_t i = 0; i < BG_LEN(signers); i++) {
		EVP_PKEY *key = jose_key(signers[i].kind, 0);
		char *header = header_of(signers[i].alg);
		char *token = jose_sign(key, signers[i].alg, header, PAYLOAD);

		if (signers[i].other_alg != NULL)
			assert_row(signers[i].alg,
				   verify_rc(token, key, signers[i].other_alg) == BELGO_ESIGNATURE);
		free(token);
		free(header);
	}
}

/* J05: the header names one algorithm, the signature was made with another. */
static void
test_jws_verify__refuses_a_signature_of_another_algorithm(void **state)
{
	static const struct {
		const char *claimed;
		const char *used;
		const char *kind;
	} rows[] = {
	    {"PS256", "RS256", "RSA-2048"}, {"RS256", "PS256", "RSA-2048"}, {"RS256", "RS512", "RSA-2048"},
	    {"PS512", "PS256", "RSA-2048"}, {"ES256", "ES384", "P-256"},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		char *header = header_of(rows[i].claimed);
		char *token = jose_sign(jose_key(rows[i].kind, 0), rows[i].used, header, PAYLOAD);

		assert_row(rows[i].claimed,
			   verify_rc(token, jose_key(rows[i].kind, 0), rows[i].claimed) == BELGO_ESIGNATURE);
		free(token);
		free(header);
	}
}

/* B10: any changed bit of the signature, the payload or the header. */
static void
test_jws_verify__refuses_whatever_was_changed(void **state)
{
	(void)state;
	for (size_t i = 0; i < BG_LEN(signers); i++) {
		EVP_PKEY *key = jose_key(signers[i].kind, 0);
		char *header = header_of(signers[i].alg);
		char *other_header = format("{ \"alg\":\"%s\"}", signers[i].alg);
		char *good = jose_compact(header, PAYLOAD, "", 0); /* "header.payload." */
		unsigned char *sig;
		size_t len;

		good[strlen(good) - 1] = '\0';
		sig = jose_signature(&len, key, signers[i].alg, good);
		assert_row(signers[i].alg,
			   raw_rc(header, PAYLOAD, sig, len, key, signers[i].alg) == BELGO_OK);
		assert_row(signers[i].alg, raw_rc(header, "{\"sub\":\"b\"}", sig, len, key, signers[i].alg) ==
					       BELGO_ESIGNATURE);
		assert_row(signers[i].alg,
			   raw_rc(other_header, PAYLOAD, sig, len, key, signers[i].alg) == BELGO_ESIGNATURE);
		for (size_t at = 0; at < len; at += len / 2 - 1) {
			sig[at] ^= 1;
			assert_row(signers[i].alg, raw_rc(header, PAYLOAD, sig, len, key, signers[i].alg) ==
						       BELGO_ESIGNATURE);
			sig[at] ^= 1;
		}
		free(sig);
		free(good);
		free(other_header);
		free(header);
	}
}

/* J12, J13: a byte less, a byte more, zeros before it, one byte only. */
static void
test_jws_verify__refuses_signatures_of_another_length(void **state)
{
	(void)state;
	for (size_t i = 0; i < BG_LEN(signers); i++) {
		EVP_PKEY *key = jose_key(signers[i].kind, 0);
		char *header = header_of(signers[i].alg);
		char *input = jose_compact(header, PAYLOAD, "", 0);
		unsigned char longer[1024] = {0};
		unsigned char *sig;
		size_t len;

		input[strlen(input) - 1] = '\0';
		sig = jose_signature(&len, key, signers[i].alg, input);
		memcpy(longer + 1, sig, len);
		assert_row(signers[i].alg,
			   raw_rc(header, PAYLOAD, sig, len - 1, key, signers[i].alg) == BELGO_ESIGNATURE);
		assert_row(signers[i].alg, raw_rc(header, PAYLOAD, sig + 1, len - 1, key, signers[i].alg) ==
					       BELGO_ESIGNATURE);
		assert_row(signers[i].alg,
			   raw_rc(header, PAYLOAD, longer, len + 1, key, signers[i].alg) == BELGO_ESIGNATURE);
		assert_row(signers[i].alg, raw_rc(header, PAYLOAD, longer + 1, len + 1, key,
						  signers[i].alg) == BELGO_ESIGNATURE);
		assert_row(signers[i].alg,
			   raw_rc(header, PAYLOAD, sig, 1, key, signers[i].alg) == BELGO_ESIGNATURE);
		free(sig);
		free(input);
		free(header);
	}
}

static void
test_jws_verify__leaves_no_trace_in_the_error_queue(void **state)
{
	char *token = jose_sign(jose_key("P-256", 0), "ES256", "{\"alg\":\"ES256\"}", PAYLOAD);

	(void)state;
	ERR_raise(ERR_LIB_USER, 7); /* the program's own stays */
	assert_int_equal(verify_rc(token, jose_key("P-256", 1), "ES256"), BELGO_ESIGNATURE);
	assert_int_equal(ERR_GET_REASON(ERR_get_error()), 7);
	assert_int_equal(ERR_get_error(), 0);
	free(token);
}

#define SECRET_64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static belgo_rc
hmac_rc(const char *token, const char *secret)
{
	struct bg_jws jws = {0};
	struct belgo_error err = {0};
	belgo_rc rc;

	assert_int_equal(bg_jws_parse(&jws, token, BG_JWS_TYP_JWT, BG_MAX_JWT, "the token", NULL), BELGO_OK);
	rc = bg_jws_verify_hmac(&jws, secret, &err);
	assert_int_equal(err.rc, rc);
	assert_true(secret == NULL || *secret == '\0' || strstr(err.text, secret) == NULL);
	bg_jws_done(&jws);
	return rc;
}

/* @spec RFC 7518 section 3.2 */
static void
test_jws_verify_hmac__wants_a_secret_as_long_as_the_hash(void **state)
{
	static const struct {
		const char *alg;
		size_t len;
	} rows[] = {{"HS256", 32}, {"HS384", 48}, {"HS512", 64}};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		char *header = header_of(rows[i].alg);
		char *enough = format("%.*s", (int)rows[i].len, SECRET_64);
		char *short_one = format("%.*s", (int)rows[i].len - 1, SECRET_64);
		char *token = jose_hmac(rows[i].alg, enough, strlen(enough), header, PAYLOAD);
		char *weak = jose_hmac(rows[i].alg, short_one, strlen(short_one), header, PAYLOAD);
		const char *sig = strrchr(token, '.') + 1;
		char *cut = format("%.*s", (int)(sig - token) + ((int)strlen(sig) - 1) / 4 * 4,
				   token); /* whole bytes */

		assert_row(rows[i].alg, hmac_rc(token, enough) == BELGO_OK);
		assert_row(rows[i].alg, hmac_rc(weak, short_one) == BELGO_ESIGNATURE);
		assert_row(rows[i].alg, hmac_rc(token, SECRET_64 "x") == BELGO_ESIGNATURE);
		assert_row(rows[i].alg, hmac_rc(token, "") == BELGO_ESIGNATURE);
		assert_row(rows[i].alg, hmac_rc(token, NULL) == BELGO_ESIGNATURE);
		assert_row(rows[i].alg, hmac_rc(cut, enough) == BELGO_ESIGNATURE);
		free(cut);
		free(weak);
		free(token);
		free(short_one);
		free(enough);
		free(header);
	}
}

static void
test_jws_verify_hmac__is_for_hmac_only(void **state)
{
	char *token = jose_sign(jose_key("RSA-2048", 0), "RS256", "{\"alg\":\"RS256\"}", PAYLOAD);

	(void)state;
	assert_int_equal(hmac_rc(token, SECRET_64), BELGO_ESIGNATURE);
	free(token);
}

/* The example of OpenID Connect Core appendix A.3 (at_hash) and A.4 (c_hash); the others by an independent
 * hash. */
static void
test_jws_half_hash__is_the_left_half_of_the_algorithms_hash(void **state)
{
	static const char access_token[] = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
	static const char *const algs[] = {"RS256", "PS384", "ES512", "EdDSA", "Ed25519", "HS384"};
	char *hash = NULL;

	(void)state;
	assert_int_equal(bg_jws_half_hash(&hash, bg_alg_find("RS256"), access_token), BELGO_OK);
	assert_string_equal(hash, "77QmUPtjPfzWtF2AnpK9RQ");
	free(hash);
	hash = NULL;
	assert_int_equal(bg_jws_half_hash(&hash, bg_alg_find("RS256"),
					  "Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk"),
			 BELGO_OK);
	assert_string_equal(hash, "LDktKdoQak3Pk0cnXxCltA");
	free(hash);
	for (size_t i = 0; i < BG_LEN(algs); i++) {
		char *want = jose_half_hash(algs[i], access_token);

		assert_int_equal(bg_jws_half_hash(&hash, bg_alg_find(algs[i]), access_token), BELGO_OK);
		assert_row(algs[i], strcmp(hash, want) == 0);
		free(hash);
		free(want);
	}
}

/* What a parsed token holds. */
static void
test_jws_parse__hands_over_header_payload_and_kid(void **state)
{
	char *token = jose_sign(jose_key("P-256", 0), "ES256",
				"{\"alg\":\"ES256\",\"kid\":\"k1\",\"typ\":\"JWT\"}", PAYLOAD);
	struct bg_jws jws = {0};

	(void)state;
	assert_int_equal(bg_jws_parse(&jws, token, BG_JWS_TYP_JWT, BG_MAX_JWT, "the token", NULL), BELGO_OK);
	assert_string_equal(jws.kid, "k1");
	assert_ptr_equal(jws.alg, bg_alg_find("ES256"));
	assert_string_equal(json_string_value(json_object_get(jws.payload, "sub")), "a");
	assert_string_equal(json_string_value(json_object_get(jws.header, "typ")), "JWT");
	assert_int_equal(jws.signature_len, 64);
	assert_int_equal(strncmp(token, jws.signing_input, jws.signing_input_len), 0);
	assert_int_equal(token[jws.signing_input_len], '.');
	bg_jws_done(&jws);
	assert_null(jws.payload);
	bg_jws_done(&jws);
	free(token);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_jws_verify__accepts_every_algorithm_under_the_right_key_only),
	    cmocka_unit_test(test_jws_verify__refuses_a_key_that_was_chosen_for_another_algorithm),
	    cmocka_unit_test(test_jws_verify__refuses_a_signature_of_another_algorithm),
	    cmocka_unit_test(test_jws_verify__refuses_whatever_was_changed),
	    cmocka_unit_test(test_jws_verify__refuses_signatures_of_another_length),
	    cmocka_unit_test(test_jws_verify__leaves_no_trace_in_the_error_queue),
	    cmocka_unit_test(test_jws_verify_hmac__wants_a_secret_as_long_as_the_hash),
	    cmocka_unit_test(test_jws_verify_hmac__is_for_hmac_only),
	    cmocka_unit_test(test_jws_half_hash__is_the_left_half_of_the_algorithms_hash),
	    cmocka_unit_test(test_jws_parse__hands_over_header_payload_and_kid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
