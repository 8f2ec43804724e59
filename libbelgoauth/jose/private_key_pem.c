/* Private keys between libcrypto and JWK: PEM is read, fresh keys are made. Nothing is ever asked on a
 * terminal. */
#include "jose/private_key.h"

#include "base/base64url.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "jose/evp.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <stdlib.h>
#include <string.h>

#define NUMBER_MAX 1024 /* bytes: RSA of 8192 bits */
#define RAW_MAX 57      /* bytes: Ed448 */

struct number {
	const char *member;
	const char *param;
};

static belgo_rc
set_number(json_t *jwk, const char *member, const EVP_PKEY *pkey, const char *param, size_t len)
{
	BG_AUTO(bg_bn_free) BIGNUM *number = NULL;
	unsigned char bytes[NUMBER_MAX];
	belgo_rc rc;

	if (EVP_PKEY_get_bn_param(pkey, param, &number) != 1)
		return BELGO_EINVAL;
	if (len == 0)
		len = (size_t)BN_num_bytes(number);
	if (len > sizeof(bytes) || BN_bn2binpad(number, bytes, (int)len) < 0)
		return BELGO_EINVAL;
	rc = bg_json_set_bytes(jwk, member, bytes, len);
	bg_wipe(bytes, len);
	return rc;
}

static belgo_rc
from_rsa(json_t *jwk, const EVP_PKEY *pkey)
{
	static const struct number numbers[] = {
	    {"n", OSSL_PKEY_PARAM_RSA_N},          {"e", OSSL_PKEY_PARAM_RSA_E},
	    {"d", OSSL_PKEY_PARAM_RSA_D},          {"p", OSSL_PKEY_PARAM_RSA_FACTOR1},
	    {"q", OSSL_PKEY_PARAM_RSA_FACTOR2},    {"dp", OSSL_PKEY_PARAM_RSA_EXPONENT1},
	    {"dq", OSSL_PKEY_PARAM_RSA_EXPONENT2}, {"qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1},
	};
	BG_AUTO(bg_bn_free) BIGNUM *third = NULL;

	if (EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_FACTOR3, &third) == 1)
		return BELGO_EINVAL;
	BG_TRY(bg_json_set_str(jwk, "kty", "RSA"));
	for (size_t i = 0; i < BG_LEN(numbers); i++)
		BG_TRY(set_number(jwk, numbers[i].member, pkey, numbers[i].param, 0));
	return BELGO_OK;
}

static belgo_rc
from_ec(json_t *jwk, const EVP_PKEY *pkey)
{
	static const struct {
		const char *group;
		const char *crv;
	} curves[] = {{"prime256v1", "P-256"}, {"secp384r1", "P-384"}, {"secp521r1", "P-521"}};
	size_t len = ((size_t)EVP_PKEY_get_bits(pkey) + 7) / 8;
	const char *crv = NULL;
	char group[32];

	if (EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof(group), NULL) != 1)
		return BELGO_EINVAL;
	for (size_t i = 0; i < BG_LEN(curves); i++)
		if (bg_str_equal(group, curves[i].group))
			crv = curves[i].crv;
	if (crv == NULL)
		return BELGO_EINVAL;
	BG_TRY(bg_json_set_str(jwk, "kty", "EC"));
	BG_TRY(bg_json_set_str(jwk, "crv", crv));
	BG_TRY(set_number(jwk, "x", pkey, OSSL_PKEY_PARAM_EC_PUB_X, len));
	BG_TRY(set_number(jwk, "y", pkey, OSSL_PKEY_PARAM_EC_PUB_Y, len));
	return set_number(jwk, "d", pkey, OSSL_PKEY_PARAM_PRIV_KEY, len);
}

static belgo_rc
from_octets(json_t *jwk, const EVP_PKEY *pkey, const char *crv)
{
	unsigned char raw[RAW_MAX];
	size_t len = sizeof(raw);
	belgo_rc rc;

	BG_TRY(bg_json_set_str(jwk, "kty", "OKP"));
	BG_TRY(bg_json_set_str(jwk, "crv", crv));
	if (EVP_PKEY_get_raw_public_key(pkey, raw, &len) != 1)
		return BELGO_EINVAL;
	BG_TRY(bg_json_set_bytes(jwk, "x", raw, len));
	len = sizeof(raw);
	if (EVP_PKEY_get_raw_private_key(pkey, raw, &len) != 1)
		return BELGO_EINVAL;
	rc = bg_json_set_bytes(jwk, "d", raw, len);
	bg_wipe(raw, sizeof(raw));
	return rc;
}

static belgo_rc
from_pkey(json_t **out, const EVP_PKEY *pkey)
{
	BG_AUTO(bg_json_free) json_t *jwk = json_object();
	belgo_rc rc = BELGO_EINVAL;

	if (jwk == NULL)
		return BELGO_ENOMEM;
	if (EVP_PKEY_is_a(pkey, "RSA"))
		rc = from_rsa(jwk, pkey);
	else if (EVP_PKEY_is_a(pkey, "EC"))
		rc = from_ec(jwk, pkey);
	else if (EVP_PKEY_is_a(pkey, "ED25519"))
		rc = from_octets(jwk, pkey, "Ed25519");
	else if (EVP_PKEY_is_a(pkey, "ED448"))
		rc = from_octets(jwk, pkey, "Ed448");
	else if (EVP_PKEY_is_a(pkey, "X25519"))
		rc = from_octets(jwk, pkey, "X25519");
	if (rc == BELGO_OK)
		*out = BG_TAKE(jwk);
	return rc;
}

/* libcrypto would ask the terminal, which is not the library's. */
static int
no_passphrase(char *buf, int size, int is_writing, void *asked)
{
	(void)buf;
	(void)size;
	(void)is_writing;
	*(int *)asked = 1;
	return -1;
}

static belgo_rc
read_pem(json_t **out, const char *text, size_t len, struct belgo_error *err)
{
	BG_AUTO(bg_bio_free) BIO *bio = len <= BG_MAX_PRIVATE_KEY ? BIO_new_mem_buf(text, (int)len) : NULL;
	BG_AUTO(bg_pkey_free) EVP_PKEY *pkey = NULL;
	int asked = 0;
	belgo_rc rc;

	if (bio != NULL)
		pkey = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, &asked);
	if (pkey == NULL)
		return bg_fail(err, BELGO_EINVAL,
			       asked
				   ? "the client's key is encrypted: decrypt it first, the store will seal it"
				   : "the client's key is neither a JWK nor a private key in PEM");
	rc = from_pkey(out, pkey);
	if (rc == BELGO_ENOMEM)
		return bg_fail(err, rc, "out of memory");
	return rc == BELGO_OK
		   ? rc
		   : bg_fail(err, BELGO_EINVAL,
			     "the client's key is none of RSA, P-256, P-384, P-521, Ed25519, Ed448, X25519");
}

belgo_rc
bg_private_key_from_pem(json_t **out, const char *text, size_t len, struct belgo_error *err)
{
	belgo_rc rc;

	ERR_set_mark();
	rc = read_pem(out, text, len, err);
	ERR_pop_to_mark();
	return rc;
}

/* libcrypto draws the key as it draws the nonce of each signature: from its own generator. */
static EVP_PKEY *
draw(const char *alg)
{
	return bg_str_equal(alg, "EdDSA") ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")
					  : EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
}

belgo_rc
bg_private_key_make(json_t **out, const char *alg, struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *jwk = NULL;
	BG_AUTO(bg_pkey_free) EVP_PKEY *pkey = NULL;

	if (!bg_str_equal(alg, "ES256") && !bg_str_equal(alg, "EdDSA"))
		return bg_fail(err, BELGO_EINVAL, "a client's key can be made for ES256 and EdDSA only");
	ERR_set_mark();
	pkey = draw(alg);
	ERR_pop_to_mark();
	if (pkey == NULL || from_pkey(&jwk, pkey) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	*out = BG_TAKE(jwk);
	return BELGO_OK;
}
