/*
 * Numbers of public keys: decoded strictly, bounded before libcrypto sees them, refused where weak. Which key
 * is wanted is jwk.c's business.
 */
#include "jose/jwk_key.h"

#include "base/base64url.h"
#include "base/mem.h"
#include "jose/evp.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

#include <stdlib.h>
#include <string.h>

#define RSA_MIN_BITS 2048
#define RSA_MAX_BITS 8192
#define RSA_MAX_E_LEN 4
#define EC_MAX_LEN 66 /* P-521 */
#define ENOUGH 4096   /* more than any one step of libcrypto asks for here */

/* The text's length is judged first: a number of a megabyte is never decoded. */
static belgo_rc
member_bytes(struct bg_bytes *out, const json_t *jwk, const char *name, size_t max)
{
	const json_t *member = json_object_get(jwk, name);
	belgo_rc rc;

	if (!json_is_string(member) || json_string_length(member) > (max * 4 + 2) / 3)
		return BELGO_ESIGNATURE;
	rc =
	    bg_base64url_decode(&out->data, &out->len, json_string_value(member), json_string_length(member));
	return rc == BELGO_EPROTO ? BELGO_ESIGNATURE : rc;
}

/* @spec RFC 7518 section 2 (Base64urlUInt: the minimum number of octets) */
static belgo_rc
member_number(BIGNUM **out, const json_t *jwk, const char *name, size_t max)
{
	BG_AUTO(bg_bytes_done) struct bg_bytes octets = {0};

	BG_TRY(member_bytes(&octets, jwk, name, max));
	if (octets.len == 0 || octets.data[0] == 0)
		return BELGO_ESIGNATURE;
	*out = BN_bin2bn(octets.data, (int)octets.len, NULL);
	return *out != NULL ? BELGO_OK : BELGO_ENOMEM;
}

static int
is_power_of_65537(BN_ULONG residue, BN_ULONG prime)
{
	BN_ULONG power = 1;

	do {
		if (power == residue)
			return 1;
		power = power * 65537 % prime;
	} while (power != 1);
	return 0;
}

/*
 * CVE-2017-15361 (ROCA): such moduli are powers of 65537 modulo every small prime, a sound one is so with a
 * chance below 2^-150. The 38 odd primes below 168 are those that even the shortest vulnerable keys use.
 */
static int
is_roca(const BIGNUM *n)
{
	static const unsigned char primes[] = {
	    3,  5,  7,  11, 13, 17,  19,  23,  29,  31,  37,  41,  43,  47,  53,  59,  61,  67,  71,
	    73, 79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167};

	for (size_t i = 0; i < BG_LEN(primes); i++)
		if (!is_power_of_65537(BN_mod_word(n, primes[i]), primes[i]))
			return 0;
	return 1;
}

/* @spec RFC 7518 section 3.3 (2048 bits or larger) */
static int
is_sound_rsa(const BIGNUM *n, const BIGNUM *e)
{
	int bits = BN_num_bits(n);

	if (bits < RSA_MIN_BITS || bits > RSA_MAX_BITS || !BN_is_odd(n))
		return 0;
	if (!BN_is_odd(e) || BN_is_one(e)) /* and below 2^32 by its length */
		return 0;
	return !is_roca(n);
}

static belgo_rc
from_params(EVP_PKEY **out, const char *type, OSSL_PARAM_BLD *bld)
{
	BG_AUTO(bg_ossl_params_free) OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(bld);
	BG_AUTO(bg_pkey_ctx_free) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);

	if (params == NULL || ctx == NULL)
		return BELGO_ENOMEM;
	if (EVP_PKEY_fromdata_init(ctx) != 1 || EVP_PKEY_fromdata(ctx, out, EVP_PKEY_PUBLIC_KEY, params) != 1)
		return BELGO_ESIGNATURE;
	return BELGO_OK;
}

/*
 * libcrypto's own check of public keys is left out: it tries whether the modulus is prime, 3 ms for a good
 * key and seconds for one that was made to be slow.
 * @spec RFC 7518 section 6.3.1
 */
static belgo_rc
load_rsa(EVP_PKEY **out, const json_t *jwk)
{
	BG_AUTO(bg_pkey_free) EVP_PKEY *pkey = NULL;
	BG_AUTO(bg_bn_free) BIGNUM *n = NULL;
	BG_AUTO(bg_bn_free) BIGNUM *e = NULL;
	BG_AUTO(bg_bld_free) OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();

	BG_TRY(member_number(&n, jwk, "n", RSA_MAX_BITS / 8));
	BG_TRY(member_number(&e, jwk, "e", RSA_MAX_E_LEN));
	if (!is_sound_rsa(n, e))
		return BELGO_ESIGNATURE;
	if (bld == NULL || OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, n) != 1 ||
	    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, e) != 1)
		return BELGO_ENOMEM;
	BG_TRY(from_params(&pkey, "RSA", bld));
	/* For want of memory libcrypto makes a key that does not know its size, and calls that a success. */
	if (EVP_PKEY_get_size(pkey) != BN_num_bytes(n))
		return BELGO_ENOMEM;
	*out = BG_TAKE(pkey);
	return BELGO_OK;
}

struct curve {
	const char *crv;
	const char *group;
	size_t len;
};

static const struct curve *
curve_of(const json_t *jwk)
{
	static const struct curve curves[] = {
	    {"P-256", "prime256v1", 32},
	    {"P-384", "secp384r1", 48},
	    {"P-521", "secp521r1", EC_MAX_LEN},
	};
	const char *crv = json_string_value(json_object_get(jwk, "crv"));

	for (size_t i = 0; i < BG_LEN(curves); i++)
		if (bg_str_equal(crv, curves[i].crv))
			return &curves[i];
	return NULL;
}

/* @spec RFC 7518 section 6.2.1 (coordinates of the field's full length) */
static belgo_rc
uncompressed_point(unsigned char point[1 + 2 * EC_MAX_LEN], const json_t *jwk, size_t len)
{
	static const char *const names[] = {"x", "y"};

	point[0] = 0x04;
	for (size_t i = 0; i < BG_LEN(names); i++) {
		BG_AUTO(bg_bytes_done) struct bg_bytes octets = {0};

		BG_TRY(member_bytes(&octets, jwk, names[i], len));
		if (octets.len != len)
			return BELGO_ESIGNATURE;
		memcpy(point + 1 + i * len, octets.data, len);
	}
	return BELGO_OK;
}

static int
is_sound_ec(EVP_PKEY *pkey)
{
	BG_AUTO(bg_pkey_ctx_free) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);

	return ctx != NULL && EVP_PKEY_public_check(ctx) == 1;
}

static belgo_rc
load_ec(EVP_PKEY **out, const json_t *jwk)
{
	BG_AUTO(bg_pkey_free) EVP_PKEY *pkey = NULL;
	BG_AUTO(bg_bld_free) OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	const struct curve *curve = curve_of(jwk);
	unsigned char point[1 + 2 * EC_MAX_LEN];

	if (curve == NULL)
		return BELGO_ESIGNATURE;
	BG_TRY(uncompressed_point(point, jwk, curve->len));
	if (bld == NULL ||
	    OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME, curve->group, 0) != 1 ||
	    OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY, point, 1 + 2 * curve->len) != 1)
		return BELGO_ENOMEM;
	BG_TRY(from_params(&pkey, "EC", bld));
	if (!is_sound_ec(pkey))
		return BELGO_ESIGNATURE;
	*out = BG_TAKE(pkey);
	return BELGO_OK;
}

#define ED25519_LEN 32
#define ED448_LEN 57

/*
 * The y of every point of order 1, 2, 4 and 8, the sign of x aside: under such a key one signature fits many
 * messages. libcrypto does not look. Encodings of p and above are refused as a whole, see is_above().
 */
static const unsigned char small_25519[][ED25519_LEN] = {
    {0x00},
    {0x01},
    {0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
    {0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
     0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},
    {0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
     0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a},
};
static const unsigned char p_25519[ED25519_LEN] = {
    0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f};

static const unsigned char small_448[][ED448_LEN] = {
    {0x00},
    {0x01},
    {0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00},
};
static const unsigned char p_448[ED448_LEN] = {
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00};

struct edwards {
	const char *crv;
	int type;
	size_t len;
	const unsigned char *small;
	size_t n_small;
	const unsigned char *p;
};

static const struct edwards *
edwards_of(const json_t *jwk)
{
	static const struct edwards curves[] = {
	    {"Ed25519", EVP_PKEY_ED25519, ED25519_LEN, small_25519[0], BG_LEN(small_25519), p_25519},
	    {"Ed448", EVP_PKEY_ED448, ED448_LEN, small_448[0], BG_LEN(small_448), p_448},
	};
	const char *crv = json_string_value(json_object_get(jwk, "crv"));

	for (size_t i = 0; i < BG_LEN(curves); i++)
		if (bg_str_equal(crv, curves[i].crv))
			return &curves[i];
	return NULL;
}

/* a >= b, both little-endian. */
static int
is_not_below(const unsigned char *a, const unsigned char *b, size_t len)
{
	while (len-- > 0)
		if (a[len] != b[len])
			return a[len] > b[len];
	return 1;
}

/* @spec RFC 8032 sections 5.1.3 and 5.2.3 (decoding fails for y >= p) */
static int
is_sound_point(const unsigned char *point, const struct edwards *curve)
{
	unsigned char y[ED448_LEN];

	memcpy(y, point, curve->len);
	y[curve->len - 1] &= 0x7f; /* the sign of x */
	for (size_t i = 0; i < curve->n_small; i++)
		if (memcmp(y, curve->small + i * curve->len, curve->len) == 0)
			return 0;
	return !is_not_below(y, curve->p, curve->len);
}

/* @spec RFC 8037 section 2 */
static belgo_rc
load_okp(EVP_PKEY **out, const json_t *jwk)
{
	BG_AUTO(bg_bytes_done) struct bg_bytes x = {0};
	const struct edwards *curve = edwards_of(jwk);

	if (curve == NULL)
		return BELGO_ESIGNATURE;
	BG_TRY(member_bytes(&x, jwk, "x", curve->len));
	if (x.len != curve->len || !is_sound_point(x.data, curve))
		return BELGO_ESIGNATURE;
	*out = EVP_PKEY_new_raw_public_key(curve->type, NULL, x.data, x.len);
	return *out != NULL ? BELGO_OK : BELGO_ENOMEM;
}

static belgo_rc
load_by_type(EVP_PKEY **out, const json_t *jwk, enum bg_kty kty)
{
	switch (kty) {
	case BG_KTY_RSA:
		return load_rsa(out, jwk);
	case BG_KTY_EC:
		return load_ec(out, jwk);
	case BG_KTY_OKP:
		return load_okp(out, jwk);
	case BG_KTY_NONE:
		break;
	}
	return BELGO_ESIGNATURE;
}

belgo_rc
bg_jwk_key_load(EVP_PKEY **out, const json_t *jwk, enum bg_kty kty)
{
	belgo_rc rc;

	/* What fails in here must not stand in the error queue of the program, where its own TLS would find
	 * it. */
	ERR_set_mark();
	rc = load_by_type(out, jwk, kty);
	if (rc == BELGO_ESIGNATURE)
		rc = bg_crypto_has_memory() ? load_by_type(out, jwk, kty) : BELGO_ENOMEM;
	ERR_pop_to_mark();
	return rc;
}

int
bg_crypto_has_memory(void)
{
	void *some = OPENSSL_malloc(ENOUGH);

	OPENSSL_free(some);
	return some != NULL;
}
