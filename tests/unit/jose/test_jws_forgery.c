/* jose/jws.h against forged signatures: rows J03, J06 and J12 to J14 of the hostile list. */
#include "harness/test.h"
#include "harness/jose_make.h"
#include "unit/jose/verify.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/encoder.h>
#include <openssl/rsa.h>

static char *
encode_key(EVP_PKEY *key, const char *form, const char *structure, size_t *len)
{
	OSSL_ENCODER_CTX *ctx =
	    OSSL_ENCODER_CTX_new_for_pkey(key, EVP_PKEY_PUBLIC_KEY, form, structure, NULL);
	unsigned char *data = NULL;
	char *text;

	assert_int_equal(OSSL_ENCODER_to_data(ctx, &data, len), 1);
	text = calloc(1, *len + 1);
	assert_non_null(text);
	memcpy(text, data, *len);
	OPENSSL_free(data);
	OSSL_ENCODER_CTX_free(ctx);
	return text;
}

/* Each line's end replaced, the last one's left out where eol is NULL. */
static char *
with_line_ends(const char *pem, const char *eol)
{
	char *out = calloc(1, strlen(pem) * 2 + 1);
	char *at = out;

	assert_non_null(out);
	for (const char *c = pem; *c != '\0'; c++) {
		if (*c != '\n')
			*at++ = *c;
		else if (eol != NULL)
			at = stpcpy(at, eol);
		else if (c[1] != '\0')
			*at++ = '\n';
	}
	return out;
}

/* The text between the first and the last line, without line ends. */
static char *
base64_body(const char *pem)
{
	const char *from = strchr(pem, '\n') + 1;
	char *out = calloc(1, strlen(pem) + 1);
	char *at = out;

	assert_non_null(out);
	for (const char *c = from; strncmp(c, "-----END", 8) != 0; c++)
		if (*c != '\n')
			*at++ = *c;
	return out;
}

/* HS256 with those bytes, against the RSA key, against the set, and against the client's real secret. */
static void
check_confusion(const char *name, EVP_PKEY *pkey, const void *bytes, size_t len)
{
	static const char real_secret[] = "the-real-client-secret-of-32-bytes-or-more";
	char *token = jose_hmac("HS256", bytes, len, "{\"alg\":\"HS256\",\"kid\":\"1\"}", PAYLOAD);
	char *text = jose_jwks(jose_jwk(pkey, "\"kid\":\"1\""), NULL);
	struct bg_jwks *set = NULL;
	struct bg_jwk *key = NULL, *for_hmac = NULL;
	struct bg_jws jws = {0};

	assert_int_equal(bg_jwks_parse(&set, text, strlen(text), NULL), BELGO_OK);
	assert_int_equal(bg_jwks_select(&key, set, bg_alg_find("RS256"), "1", NULL), BELGO_OK);
	assert_int_equal(bg_jws_parse(&jws, token, BG_JWS_TYP_JWT, 65536, "the token", NULL), BELGO_OK);
	assert_row(name, bg_jwks_select(&for_hmac, set, jws.alg, "1", NULL) == BELGO_ENOTFOUND);
	assert_row(name, bg_jws_verify(&jws, key, NULL) == BELGO_ESIGNATURE);
	assert_row(name, bg_jws_verify_hmac(&jws, real_secret, NULL) == BELGO_ESIGNATURE);
	assert_row(name, bg_jws_verify_hmac(&jws, "", NULL) == BELGO_ESIGNATURE);
	assert_row(name, bg_jws_verify_hmac(&jws, NULL, NULL) == BELGO_ESIGNATURE);
	bg_jws_done(&jws);
	bg_jwk_free(&key);
	bg_jwks_free(&set);
	free(text);
	free(token);
}

/* J03: every form in which somebody ever took a public key for a secret, and no secret at all. */
static void
test_jws_verify__refuses_hmac_keyed_with_the_public_key(void **state)
{
	static const char *const structures[] = {"SubjectPublicKeyInfo", "type-specific"};
	static const char *const numbers[] = {"n", "e"};
	EVP_PKEY *pkey = jose_key("RSA-2048", 0);
	char *jwk = jose_jwk(pkey, "\"kid\":\"1\"");

	(void)state;
	for (size_t i = 0; i < BG_LEN(structures); i++) {
		size_t len, der_len;
		char *pem = encode_key(pkey, "PEM", structures[i], &len);
		char *der = encode_key(pkey, "DER", structures[i], &der_len);
		char *cut = with_line_ends(pem, NULL), *crlf = with_line_ends(pem, "\r\n"),
		     *body = base64_body(pem);

		check_confusion("PEM", pkey, pem, strlen(pem));
		check_confusion("PEM without the last newline", pkey, cut, strlen(cut));
		check_confusion("PEM with CR LF", pkey, crlf, strlen(crlf));
		check_confusion("base64 body", pkey, body, strlen(body));
		check_confusion("DER", pkey, der, der_len);
		free(body);
		free(crlf);
		free(cut);
		free(der);
		free(pem);
	}
	for (size_t i = 0; i < BG_LEN(numbers); i++) {
		char *number = jose_jwk_number(pkey, numbers[i]);

		check_confusion(numbers[i], pkey, number, strlen(number));
		free(number);
	}
	check_confusion("JWK", pkey, jwk, strlen(jwk));
	check_confusion("kid", pkey, "1", 1);
	check_confusion("nothing", pkey, "", 0);
	free(jwk);
}

/* J06: keys that the token brings along, or points at, decide nothing. */
static void
test_jws_verify__looks_at_no_key_of_the_header(void **state)
{
	static const char *const pointers[] = {
	    "\"jku\":\"https://good.example@evil.example/keys\"",
	    "\"jku\":\"http://evil.example/keys\"",
	    "\"jku\":\"https://good.example/redirect?to=https://evil.example\"",
	    "\"x5u\":\"file:///etc/passwd\"",
	    "\"x5c\":[\"MIIB\"]",
	    "\"x5t\":\"AAAA\"",
	    "\"x5t#S256\":7",
	    "\"jwk\":\"no key at all\"",
	};
	char *jwk = jose_jwk(jose_key("P-256", 1), NULL);
	char *header = format("{\"alg\":\"ES256\",\"jwk\":%s}", jwk);
	char *token = jose_sign(jose_key("P-256", 1), "ES256", header, PAYLOAD);

	(void)state;
	assert_int_equal(verify_rc(token, jose_key("P-256", 0), "ES256"), BELGO_ESIGNATURE);
	for (size_t i = 0; i < BG_LEN(pointers); i++) {
		char *pointing = format("{\"alg\":\"ES256\",%s}", pointers[i]);
		char *forged = jose_sign(jose_key("P-256", 1), "ES256", pointing, PAYLOAD);
		char *sound = jose_sign(jose_key("P-256", 0), "ES256", pointing, PAYLOAD);

		assert_row(pointers[i], verify_rc(forged, jose_key("P-256", 0), "ES256") == BELGO_ESIGNATURE);
		assert_row(pointers[i], verify_rc(sound, jose_key("P-256", 0), "ES256") == BELGO_OK);
		free(sound);
		free(forged);
		free(pointing);
	}
	free(token);
	free(header);
	free(jwk);
}

#define ES256_HEADER "{\"alg\":\"ES256\"}"
/* base64url of that and of PAYLOAD */
#define ES256_INPUT "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIiwiaWF0IjoxNzAwMDAwMDAwfQ"

static belgo_rc
ecdsa_rc(const BIGNUM *r, const BIGNUM *s)
{
	unsigned char sig[64];

	assert_int_equal(BN_bn2binpad(r, sig, 32), 32);
	assert_int_equal(BN_bn2binpad(s, sig + 32, 32), 32);
	return raw_rc(ES256_HEADER, PAYLOAD, sig, sizeof(sig), jose_key("P-256", 0), "ES256");
}

/* J12 */
static void
test_jws_verify__holds_r_and_s_between_one_and_the_order(void **state)
{
	EVP_PKEY *pkey = jose_key("P-256", 0);
	BIGNUM *n = NULL, *zero = BN_new(), *high = BN_new(), *above = BN_new();
	BIGNUM *r, *s;
	unsigned char *sig;
	size_t len;

	(void)state;
	assert_int_equal(EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_EC_ORDER, &n), 1);
	sig = jose_signature(&len, pkey, "ES256", ES256_INPUT);
	r = BN_bin2bn(sig, 32, NULL);
	s = BN_bin2bn(sig + 32, 32, NULL);
	assert_int_equal(BN_sub(high, n, s), 1);
	assert_int_equal(BN_add_word(BN_copy(above, n), 1), 1);

	assert_int_equal(ecdsa_rc(r, s), BELGO_OK);
	assert_int_equal(ecdsa_rc(r, high), BELGO_OK); /* both halves are valid, RFC 7518 asks for no low s */
	assert_int_equal(ecdsa_rc(zero, zero), BELGO_ESIGNATURE);
	assert_int_equal(ecdsa_rc(zero, s), BELGO_ESIGNATURE);
	assert_int_equal(ecdsa_rc(r, zero), BELGO_ESIGNATURE);
	assert_int_equal(ecdsa_rc(n, s), BELGO_ESIGNATURE);
	assert_int_equal(ecdsa_rc(r, n), BELGO_ESIGNATURE);
	assert_int_equal(ecdsa_rc(r, above), BELGO_ESIGNATURE);
	assert_int_equal(ecdsa_rc(above, above), BELGO_ESIGNATURE);
	assert_int_equal(ecdsa_rc(s, r), BELGO_ESIGNATURE);
	free(sig);
	BN_free(s);
	BN_free(r);
	BN_free(above);
	BN_free(high);
	BN_free(zero);
	BN_free(n);
}

/* J12: what EVP signs is DER; what JWS wants is not. */
static void
test_jws_verify__refuses_ecdsa_signatures_in_der(void **state)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char der[128];
	size_t len = sizeof(der);

	(void)state;
	assert_int_equal(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, jose_key("P-256", 0)), 1);
	assert_int_equal(
	    EVP_DigestSign(ctx, der, &len, (const unsigned char *)ES256_INPUT, strlen(ES256_INPUT)), 1);
	EVP_MD_CTX_free(ctx);
	assert_int_equal(raw_rc(ES256_HEADER, PAYLOAD, der, len, jose_key("P-256", 0), "ES256"),
			 BELGO_ESIGNATURE);
}

#define RS256_HEADER "{\"alg\":\"RS256\"}"
#define PS256_HEADER "{\"alg\":\"PS256\"}"

static char *
input_of(const char *header)
{
	char *input = jose_compact(header, PAYLOAD, "", 0);

	input[strlen(input) - 1] = '\0';
	return input;
}

/* What stands before the hash; the NULL of the parameters left out in the second, SHA-1 in the third. */
static const unsigned char info_sha256[] = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
					    0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};
static const unsigned char info_no_null[] = {0x30, 0x2f, 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48,
					     0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x04, 0x20};
static const unsigned char info_sha1[] = {0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e,
					  0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14};

/* 00 01 FF.. 00 info hash; ff: how many FF there are, the rest is garbage behind the hash. */
static void
encode_message(unsigned char em[256], size_t ff, const unsigned char *info, size_t info_len, const EVP_MD *md)
{
	char *input = input_of(RS256_HEADER);
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	assert_int_equal(EVP_Digest(input, strlen(input), hash, &len, md, NULL), 1);
	memset(em, 0, 256);
	em[1] = 1;
	if (ff == 0)
		ff = 256 - 3 - info_len - len;
	memset(em + 2, 0xff, ff);
	memcpy(em + 3 + ff, info, info_len);
	memcpy(em + 3 + ff + info_len, hash, len);
	free(input);
}

static belgo_rc
encoded_rc(const unsigned char em[256])
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(jose_key("RSA-2048", 0), NULL);
	unsigned char sig[256];
	size_t len = sizeof(sig);

	assert_int_equal(EVP_PKEY_sign_init(ctx), 1);
	assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING), 1);
	assert_int_equal(EVP_PKEY_sign(ctx, sig, &len, em, 256), 1);
	EVP_PKEY_CTX_free(ctx);
	return raw_rc(RS256_HEADER, PAYLOAD, sig, len, jose_key("RSA-2048", 0), "RS256");
}

/* J13 @spec RFC 8017 section 9.2 */
static void
test_jws_verify__wants_the_one_encoding_of_pkcs1(void **state)
{
	unsigned char em[256];

	(void)state;
	encode_message(em, 0, info_sha256, sizeof(info_sha256), EVP_sha256());
	assert_int_equal(encoded_rc(em), BELGO_OK);
	em[1] = 2;
	assert_int_equal(encoded_rc(em), BELGO_ESIGNATURE);
	encode_message(em, 0, info_no_null, sizeof(info_no_null), EVP_sha256());
	assert_int_equal(encoded_rc(em), BELGO_ESIGNATURE);
	encode_message(em, 0, info_sha1, sizeof(info_sha1), EVP_sha1());
	assert_int_equal(encoded_rc(em), BELGO_ESIGNATURE);
	encode_message(em, 8, info_sha256, sizeof(info_sha256), EVP_sha256());
	assert_int_equal(encoded_rc(em), BELGO_ESIGNATURE);
}

/* The least root whose cube is not below number. */
static BIGNUM *
cube_root_up(const BIGNUM *number)
{
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *root = BN_new(), *cube = BN_new();

	for (int bit = BN_num_bits(number) / 3 + 1; bit >= 0; bit--) {
		assert_int_equal(BN_set_bit(root, bit), 1);
		assert_int_equal(BN_sqr(cube, root, ctx), 1);
		assert_int_equal(BN_mul(cube, cube, root, ctx), 1);
		if (BN_cmp(cube, number) >= 0)
			assert_int_equal(BN_clear_bit(root, bit), 1);
	}
	assert_int_equal(BN_add_word(root, 1), 1);
	BN_free(cube);
	BN_CTX_free(ctx);
	return root;
}

/* J13: Bleichenbacher's forgery of 2006: with e = 3 a cube root needs no private key, where garbage behind
 * the hash is let pass. */
static void
test_jws_verify__refuses_the_cube_root_forgery(void **state)
{
	char *n = jose_jwk_number(jose_key("RSA-2048", 0), "n");
	char *text = format("{\"keys\":[{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"Aw\"}]}", n);
	unsigned char em[256], sig[256], cube_bytes[256];
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *number, *root, *cube = BN_new();
	struct bg_jwks *set = NULL;
	struct bg_jwk *key = NULL;
	struct bg_jws jws = {0};
	char *token;

	(void)state;
	encode_message(em, 8, info_sha256, sizeof(info_sha256), EVP_sha256());
	number = BN_bin2bn(em, sizeof(em), NULL);
	root = cube_root_up(number);
	assert_int_equal(BN_sqr(cube, root, ctx), 1);
	assert_int_equal(BN_mul(cube, cube, root, ctx), 1);
	assert_int_equal(BN_bn2binpad(cube, cube_bytes, 256), 256);
	assert_memory_equal(cube_bytes, em, 3 + 8 + sizeof(info_sha256) + 32); /* the forgery is one */
	assert_int_equal(BN_bn2binpad(root, sig, 256), 256);

	token = jose_compact(RS256_HEADER, PAYLOAD, sig, sizeof(sig));
	assert_int_equal(bg_jwks_parse(&set, text, strlen(text), NULL), BELGO_OK);
	assert_int_equal(bg_jwks_select(&key, set, bg_alg_find("RS256"), NULL, NULL), BELGO_OK);
	assert_int_equal(bg_jws_parse(&jws, token, BG_JWS_TYP_JWT, 65536, "the token", NULL), BELGO_OK);
	assert_int_equal(bg_jws_verify(&jws, key, NULL), BELGO_ESIGNATURE);
	bg_jws_done(&jws);
	bg_jwk_free(&key);
	bg_jwks_free(&set);
	BN_free(cube);
	BN_free(root);
	BN_free(number);
	BN_CTX_free(ctx);
	free(token);
	free(text);
	free(n);
}

static belgo_rc
pss_rc(int salt_len, const EVP_MD *mgf1)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx;
	char *input = input_of(PS256_HEADER);
	unsigned char sig[256];
	size_t len = sizeof(sig);

	assert_int_equal(EVP_DigestSignInit(ctx, &pctx, EVP_sha256(), NULL, jose_key("RSA-2048", 0)), 1);
	assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING), 1);
	assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, salt_len), 1);
	assert_int_equal(EVP_PKEY_CTX_set_rsa_mgf1_md(pctx, mgf1), 1);
	assert_int_equal(EVP_DigestSign(ctx, sig, &len, (const unsigned char *)input, strlen(input)), 1);
	EVP_MD_CTX_free(ctx);
	free(input);
	return raw_rc(PS256_HEADER, PAYLOAD, sig, len, jose_key("RSA-2048", 0), "PS256");
}

/* @spec RFC 7518 section 3.5 */
static void
test_jws_verify__wants_a_pss_salt_of_the_hashs_length_and_the_same_mgf1(void **state)
{
	(void)state;
	assert_int_equal(pss_rc(32, EVP_sha256()), BELGO_OK);
	assert_int_equal(pss_rc(0, EVP_sha256()), BELGO_ESIGNATURE);
	assert_int_equal(pss_rc(20, EVP_sha256()), BELGO_ESIGNATURE);
	assert_int_equal(pss_rc(64, EVP_sha256()), BELGO_ESIGNATURE);
	assert_int_equal(pss_rc(32, EVP_sha1()), BELGO_ESIGNATURE);
	assert_int_equal(pss_rc(32, EVP_sha512()), BELGO_ESIGNATURE);
}

/* J14: S + L verifies by the equation, and must not. @spec RFC 8032 section 5.1.7 */
static void
test_jws_verify__refuses_eddsa_signatures_with_s_above_the_order(void **state)
{
	static const unsigned char order[32] = {
	    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
	    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};
	char *input = input_of("{\"alg\":\"EdDSA\"}");
	unsigned char *sig;
	unsigned carry = 0;
	size_t len;

	(void)state;
	sig = jose_signature(&len, jose_key("Ed25519", 0), "EdDSA", input);
	assert_int_equal(raw_rc("{\"alg\":\"EdDSA\"}", PAYLOAD, sig, len, jose_key("Ed25519", 0), "EdDSA"),
			 BELGO_OK);
	for (size_t i = 0; i < sizeof(order); i++) {
		carry += (unsigned)sig[32 + i] + order[i];
		sig[32 + i] = (unsigned char)(carry & 0xff);
		carry >>= 8;
	}
	assert_int_equal(carry, 0);
	assert_int_equal(raw_rc("{\"alg\":\"EdDSA\"}", PAYLOAD, sig, len, jose_key("Ed25519", 0), "EdDSA"),
			 BELGO_ESIGNATURE);
	free(sig);
	free(input);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_jws_verify__refuses_hmac_keyed_with_the_public_key),
	    cmocka_unit_test(test_jws_verify__looks_at_no_key_of_the_header),
	    cmocka_unit_test(test_jws_verify__holds_r_and_s_between_one_and_the_order),
	    cmocka_unit_test(test_jws_verify__refuses_ecdsa_signatures_in_der),
	    cmocka_unit_test(test_jws_verify__wants_the_one_encoding_of_pkcs1),
	    cmocka_unit_test(test_jws_verify__refuses_the_cube_root_forgery),
	    cmocka_unit_test(test_jws_verify__wants_a_pss_salt_of_the_hashs_length_and_the_same_mgf1),
	    cmocka_unit_test(test_jws_verify__refuses_eddsa_signatures_with_s_above_the_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
