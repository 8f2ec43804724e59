/* jose/jwk_key.h through the choice of a key: rows K07 to K10 of the hostile list. */
#include "harness/test.h"
#include "harness/jose_make.h"
#include "unit/jose/select.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>

static char *
rsa_set(const char *n, const char *e)
{
	return format("{\"keys\":[{\"kty\":\"RSA\",\"n\":%s,\"e\":%s}]}", n, e);
}

/* K07; the accepting twins stand among them. @spec RFC 7518 sections 3.3 and 6.3.1 */
static void
test_jwks_select__takes_only_sound_exponents(void **state)
{
	static const struct {
		const char *name;
		const char *e;
		belgo_rc want;
	} rows[] = {
	    {"65537", "\"AQAB\"", BELGO_OK},
	    {"3", "\"Aw\"", BELGO_OK},
	    {"2^32-1", "\"_____w\"", BELGO_OK},
	    {"K07 e=0", "\"AA\"", BELGO_ENOTFOUND},
	    {"K07 e=1", "\"AQ\"", BELGO_ENOTFOUND},
	    {"K07 e=2", "\"Ag\"", BELGO_ENOTFOUND},
	    {"K07 e=65536", "\"AQAA\"", BELGO_ENOTFOUND},
	    {"K07 e=2^32", "\"AQAAAAA\"", BELGO_ENOTFOUND},
	    {"K07 e=2^32+1", "\"AQAAAAE\"", BELGO_ENOTFOUND},
	    {"K07 e of 16 bytes", "\"_____________________w\"", BELGO_ENOTFOUND},
	    {"K07 leading zero", "\"AAEAAQ\"", BELGO_ENOTFOUND},
	    {"K07 empty", "\"\"", BELGO_ENOTFOUND},
	    {"K07 padding", "\"Aw==\"", BELGO_ENOTFOUND},
	    {"K07 trailing bits", "\"Ax\"", BELGO_ENOTFOUND},
	    {"K07 blank", "\"AQAB \"", BELGO_ENOTFOUND},
	    {"K07 standard alphabet", "\"/+AB\"", BELGO_ENOTFOUND},
	    {"K07 negative-looking", "\"=AQAB\"", BELGO_ENOTFOUND},
	    {"K07 number", "65537", BELGO_ENOTFOUND},
	    {"K07 negative", "-3", BELGO_ENOTFOUND},
	    {"K07 null", "null", BELGO_ENOTFOUND},
	};
	char *n = jose_jwk_number(jose_key("RSA-2048", 0), "n");
	char *quoted = format("\"%s\"", n);

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++)
		assert_row(rows[i].name,
			   select_key(rsa_set(quoted, rows[i].e), "RS256", NULL, NULL) == rows[i].want);
	free(quoted);
	free(n);
}

static BIGNUM *
modulus(void)
{
	BIGNUM *n = NULL;

	assert_int_equal(EVP_PKEY_get_bn_param(jose_key("RSA-2048", 0), OSSL_PKEY_PARAM_RSA_N, &n), 1);
	return n;
}

static belgo_rc
select_modulus(const BIGNUM *n, size_t zeros)
{
	unsigned char bytes[4096] = {0};
	size_t len = zeros + (size_t)BN_num_bytes(n);
	char *text, *quoted;
	belgo_rc rc;

	assert_true(len <= sizeof(bytes));
	(void)BN_bn2bin(n, bytes + zeros);
	text = jose_b64(bytes, len);
	quoted = format("\"%s\"", text);
	rc = select_key(rsa_set(quoted, "\"AQAB\""), "PS256", NULL, NULL);
	free(quoted);
	free(text);
	return rc;
}

/* n to that power: as many times its bits, and libcrypto finds nothing wrong with it. */
static belgo_rc
select_power(int power)
{
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *n = modulus();
	BIGNUM *product = BN_dup(n);
	belgo_rc rc;

	for (int i = 1; i < power; i++)
		assert_int_equal(BN_mul(product, product, n, ctx), 1);
	rc = select_modulus(product, 0);
	BN_free(product);
	BN_free(n);
	BN_CTX_free(ctx);
	return rc;
}

/* K07 */
static void
test_jwks_select__takes_moduli_of_2048_to_8192_bits_only(void **state)
{
	(void)state;
	assert_int_equal(select_key(set_of("RSA-512", NULL), "RS256", NULL, NULL), BELGO_ENOTFOUND);
	assert_int_equal(select_key(set_of("RSA-1024", NULL), "RS256", NULL, NULL), BELGO_ENOTFOUND);
	assert_int_equal(select_key(set_of("RSA-2040", NULL), "RS256", NULL, NULL), BELGO_ENOTFOUND);
	assert_int_equal(select_power(1), BELGO_OK);
	assert_int_equal(select_power(4), BELGO_OK);
	assert_int_equal(select_power(5), BELGO_ENOTFOUND);
	assert_int_equal(select_power(9), BELGO_ENOTFOUND);
}

/* K07 */
static void
test_jwks_select__skips_malformed_moduli(void **state)
{
	static const char *const rows[] = {"\"\"", "\"AQAB\"", "null", "7", "-7", "\"====\"", "[]"};
	BIGNUM *n = modulus();

	(void)state;
	assert_int_equal(select_modulus(n, 0), BELGO_OK);
	assert_int_equal(select_modulus(n, 1), BELGO_ENOTFOUND);
	assert_int_equal(BN_sub_word(n, 1), 1);
	assert_int_equal(select_modulus(n, 0), BELGO_ENOTFOUND);
	BN_free(n);
	for (size_t i = 0; i < BG_LEN(rows); i++)
		assert_row(rows[i],
			   select_key(rsa_set(rows[i], "\"AQAB\""), "RS256", NULL, NULL) == BELGO_ENOTFOUND);
	assert_int_equal(select_key(format("{\"keys\":[{\"kty\":\"RSA\"}]}"), "RS256", NULL, NULL),
			 BELGO_ENOTFOUND);
}

static int
libcrypto_takes(const BIGNUM *n)
{
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *maker = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	EVP_PKEY_CTX *checker;
	EVP_PKEY *pkey = NULL;
	OSSL_PARAM *params;
	BIGNUM *e = BN_new();
	int sound;

	assert_int_equal(BN_set_word(e, 65537), 1);
	assert_int_equal(OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, n), 1);
	assert_int_equal(OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, e), 1);
	params = OSSL_PARAM_BLD_to_param(bld);
	assert_int_equal(EVP_PKEY_fromdata_init(maker), 1);
	assert_int_equal(EVP_PKEY_fromdata(maker, &pkey, EVP_PKEY_PUBLIC_KEY, params), 1);
	checker = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
	sound = EVP_PKEY_public_check(checker) == 1;
	ERR_clear_error();
	EVP_PKEY_CTX_free(checker);
	EVP_PKEY_CTX_free(maker);
	EVP_PKEY_free(pkey);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	BN_free(e);
	return sound;
}

/* n = k*M + (65537^a mod M) with M the product of the primes up to 167, as those smart cards made it, or with
 * base in place of 65537. */
static BIGNUM *
modulus_like_roca(unsigned base)
{
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *n = BN_new(), *m = BN_new(), *a = BN_new(), *k = BN_new();

	assert_int_equal(BN_one(m), 1);
	for (unsigned p = 2; p <= 167; p++) {
		unsigned d = 2;

		while (d < p && p % d != 0)
			d++;
		if (d == p)
			assert_int_equal(BN_mul_word(m, p), 1);
	}
	do {
		assert_int_equal(BN_set_word(a, base), 1);
		/* 1 modulo the small primes: else a power of another base can well be one of 65537 too */
		assert_int_equal(BN_rand(k, 100, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY), 1);
		assert_int_equal(BN_mul_word(k, 2 * 3 * 5 * 7 * 11 * 13), 1);
		assert_int_equal(BN_add_word(k, 1), 1);
		assert_int_equal(BN_mod_exp(a, a, k, m, ctx), 1);
		assert_int_equal(BN_rand(k, 2050 - BN_num_bits(m), BN_RAND_TOP_TWO, BN_RAND_BOTTOM_ANY), 1);
		assert_int_equal(BN_mul(n, k, m, ctx), 1);
		assert_int_equal(BN_add(n, n, a), 1);
	} while (!libcrypto_takes(n));
	BN_free(k);
	BN_free(a);
	BN_free(m);
	BN_CTX_free(ctx);
	return n;
}

/* K07: a test of primality on 2^4423 - 1 costs 0.2 s, and a hostile set can hold a hundred such moduli: none
 * is made. */
static void
test_jwks_select__does_not_ask_whether_a_modulus_is_prime(void **state)
{
	BIGNUM *n = BN_new();

	(void)state;
	assert_int_equal(BN_set_bit(n, 4423), 1);
	assert_int_equal(BN_sub_word(n, 1), 1);
	assert_int_equal(select_modulus(n, 0), BELGO_OK);
	BN_free(n);
}

/* K10, CVE-2017-15361 */
static void
test_jwks_select__skips_moduli_of_vulnerable_smart_cards(void **state)
{
	BIGNUM *weak = modulus_like_roca(65537);
	BIGNUM *sound = modulus_like_roca(65539);

	(void)state;
	assert_int_equal(select_modulus(weak, 0), BELGO_ENOTFOUND);
	assert_int_equal(select_modulus(sound, 0), BELGO_OK);
	BN_free(weak);
	BN_free(sound);
}

static char *
ec_set(const char *crv, const char *x, const char *y)
{
	return format("{\"keys\":[{\"kty\":\"EC\",\"crv\":\"%s\",\"x\":\"%s\",\"y\":\"%s\"}]}", crv, x, y);
}

/* K08 */
static void
test_jwks_select__skips_points_that_are_not_on_their_curve(void **state)
{
	static const char zero[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
	static const char ones[] = "__________________________________________8"; /* above the prime */
	char *x = jose_jwk_number(jose_key("P-256", 0), "x");
	char *y = jose_jwk_number(jose_key("P-256", 0), "y");
	char *longer = format("A%s", x); /* 44 characters: 33 bytes */
	char *shorter = format("%.42s", x);
	char *padded = format("%s=", x);
	const struct {
		const char *name;
		const char *crv;
		const char *x;
		const char *y;
		belgo_rc want;
	} rows[] = {
	    {"as made", "P-256", x, y, BELGO_OK},
	    {"K08 x and y exchanged", "P-256", y, x, BELGO_ENOTFOUND},
	    {"K08 (0,0)", "P-256", zero, zero, BELGO_ENOTFOUND},
	    {"K08 (x,0)", "P-256", x, zero, BELGO_ENOTFOUND},
	    {"K08 above the prime", "P-256", ones, y, BELGO_ENOTFOUND},
	    {"K08 x too short", "P-256", shorter, y, BELGO_ENOTFOUND},
	    {"K08 x too long", "P-256", longer, y, BELGO_ENOTFOUND},
	    {"K08 y too long", "P-256", x, longer, BELGO_ENOTFOUND},
	    {"K08 x empty", "P-256", "", y, BELGO_ENOTFOUND},
	    {"K08 padding", "P-256", padded, y, BELGO_ENOTFOUND},
	    {"K08 another curve's name", "P-384", x, y, BELGO_ENOTFOUND},
	    {"K08 secp256k1", "secp256k1", x, y, BELGO_ENOTFOUND},
	    {"K08 unknown curve", "brainpoolP256r1", x, y, BELGO_ENOTFOUND},
	    {"K08 curve in another case", "p-256", x, y, BELGO_ENOTFOUND},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++) {
		assert_row(rows[i].name, select_key(ec_set(rows[i].crv, rows[i].x, rows[i].y), "ES256", NULL,
						    NULL) == rows[i].want);
		assert_row(rows[i].name, select_key(ec_set(rows[i].crv, rows[i].x, rows[i].y), "ES384", NULL,
						    NULL) == BELGO_ENOTFOUND);
	}
	assert_int_equal(select_key(format("{\"keys\":[{\"kty\":\"EC\",\"x\":\"%s\",\"y\":\"%s\"}]}", x, y),
				    "ES256", NULL, NULL),
			 BELGO_ENOTFOUND);
	free(padded);
	free(shorter);
	free(longer);
	free(y);
	free(x);
}

static belgo_rc
select_okp(const char *crv, const char *hex)
{
	unsigned char bytes[64];
	size_t len = strlen(hex) / 2;
	char *x;
	belgo_rc rc;

	for (size_t i = 0; i < len; i++) {
		unsigned byte;

		assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
		bytes[i] = (unsigned char)byte;
	}
	x = jose_b64(bytes, len);
	rc = select_key(format("{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"%s\",\"x\":\"%s\"}]}", crv, x), "EdDSA",
			NULL, NULL);
	free(x);
	return rc;
}

#define FF8 "ffffffffffffffff"
#define FF28 FF8 FF8 FF8 "ffffffff"
#define Z24 "000000000000000000000000000000000000000000000000"
#define Z28 Z24 "00000000"

/* K09 */
static void
test_jwks_select__skips_edwards_points_of_small_order_and_wrong_form(void **state)
{
	static const struct {
		const char *name;
		const char *crv;
		const char *hex;
		belgo_rc want;
	} rows[] = {
	    /* RFC 8032 section 7.1 test 1, section 7.4 "Blank" */
	    {"a good point", "Ed25519", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
	     BELGO_OK},
	    {"a good point of Ed448", "Ed448",
	     "5fd7449b59b461fd2ce787ec616ad46a1da1342485a70e1f8a0ea75d80e96778edf124769b46c7061bd6783df1e50f6"
	     "cd1"
	     "fa1abeafe8256180",
	     BELGO_OK},
	    {"K09 31 bytes", "Ed25519", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f70751",
	     BELGO_ENOTFOUND},
	    {"K09 33 bytes", "Ed25519", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a00",
	     BELGO_ENOTFOUND},
	    {"K09 Ed25519 bytes as Ed448", "Ed448",
	     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", BELGO_ENOTFOUND},
	    {"K09 X25519", "X25519", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
	     BELGO_ENOTFOUND},
	    {"K09 order 1", "Ed25519", "01000000" Z28, BELGO_ENOTFOUND},
	    {"K09 order 1, sign", "Ed25519",
	     "0100000000000000000000000000000000000000000000000000000000000080", BELGO_ENOTFOUND},
	    {"K09 order 2", "Ed25519", "ecffffff" FF8 FF8 FF8 "ffffff7f", BELGO_ENOTFOUND},
	    {"K09 order 2, sign", "Ed25519", "ecffffff" FF28, BELGO_ENOTFOUND},
	    {"K09 order 4", "Ed25519", "00000000" Z28, BELGO_ENOTFOUND},
	    {"K09 order 4, sign", "Ed25519",
	     "0000000000000000000000000000000000000000000000000000000000000080", BELGO_ENOTFOUND},
	    {"K09 order 8", "Ed25519", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
	     BELGO_ENOTFOUND},
	    {"K09 order 8, sign", "Ed25519",
	     "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85", BELGO_ENOTFOUND},
	    {"K09 order 8, other", "Ed25519",
	     "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a", BELGO_ENOTFOUND},
	    {"K09 order 8, other, sign", "Ed25519",
	     "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa", BELGO_ENOTFOUND},
	    {"K09 p for 0", "Ed25519", "edffffff" FF8 FF8 FF8 "ffffff7f", BELGO_ENOTFOUND},
	    {"K09 p for 0, sign", "Ed25519", "edffffff" FF28, BELGO_ENOTFOUND},
	    {"K09 p+1 for 1", "Ed25519", "eeffffff" FF8 FF8 FF8 "ffffff7f", BELGO_ENOTFOUND},
	    {"K09 p+1 for 1, sign", "Ed25519", "eeffffff" FF28, BELGO_ENOTFOUND},
	    {"K09 2^255-1", "Ed25519", "ffffffff" FF28, BELGO_ENOTFOUND},
	    {"K09 Ed448 order 1", "Ed448", "01000000" Z28 Z24 "00", BELGO_ENOTFOUND},
	    {"K09 Ed448 order 4", "Ed448", Z28 Z28 "00", BELGO_ENOTFOUND},
	    {"K09 Ed448 order 4, sign", "Ed448", Z28 Z28 "80", BELGO_ENOTFOUND},
	    {"K09 Ed448 order 2", "Ed448", "feffffff" FF8 FF8 FF8 "feffffff" FF8 FF8 FF8 "00",
	     BELGO_ENOTFOUND},
	    {"K09 Ed448 p for 0", "Ed448", FF28 "feffffff" FF8 FF8 FF8 "00", BELGO_ENOTFOUND},
	    {"K09 Ed448 above p", "Ed448", FF28 FF28 "00", BELGO_ENOTFOUND},
	    {"K09 Ed448 beyond the field", "Ed448", Z28 Z28 "01", BELGO_ENOTFOUND},
	};

	(void)state;
	for (size_t i = 0; i < BG_LEN(rows); i++)
		assert_row(rows[i].name, select_okp(rows[i].crv, rows[i].hex) == rows[i].want);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_jwks_select__takes_only_sound_exponents),
	    cmocka_unit_test(test_jwks_select__takes_moduli_of_2048_to_8192_bits_only),
	    cmocka_unit_test(test_jwks_select__skips_malformed_moduli),
	    cmocka_unit_test(test_jwks_select__does_not_ask_whether_a_modulus_is_prime),
	    cmocka_unit_test(test_jwks_select__skips_moduli_of_vulnerable_smart_cards),
	    cmocka_unit_test(test_jwks_select__skips_points_that_are_not_on_their_curve),
	    cmocka_unit_test(test_jwks_select__skips_edwards_points_of_small_order_and_wrong_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
