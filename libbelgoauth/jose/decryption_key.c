/*
 * Private keys into libcrypto. The public half passes the rules that a provider's keys are held to
 * (jwk_key.c); the private numbers are put beside it.
 */
#include "jose/decryption_key.h"

#include "base/base64url.h"
#include "base/error.h"
#include "base/mem.h"
#include "jose/agree_key.h"
#include "jose/evp.h"
#include "jose/jwk_key.h"
#include "jose/thumbprint.h"

#include <openssl/core_names.h>
#include <openssl/err.h>

#include <string.h>

#define WHAT "the client's decryption key"
#define NUMBER_MAX 1024 /* bytes: RSA of 8192 bits */

struct number {
	const char *member;
	const char *param;
};

static const struct number rsa[] = {
    {"d", OSSL_PKEY_PARAM_RSA_D},
    {"p", OSSL_PKEY_PARAM_RSA_FACTOR1},
    {"q", OSSL_PKEY_PARAM_RSA_FACTOR2},
    {"dp", OSSL_PKEY_PARAM_RSA_EXPONENT1},
    {"dq", OSSL_PKEY_PARAM_RSA_EXPONENT2},
    {"qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1},
    {NULL, NULL},
};
static const struct number ec[] = {{"d", OSSL_PKEY_PARAM_PRIV_KEY}, {NULL, NULL}};

/* In libcrypto's own keeping for secrets, which wipes what is copied of it too. */
static belgo_rc
secret_number(BIGNUM **out, const json_t *jwk, const char *name)
{
	BG_AUTO(bg_bytes_done) struct bg_bytes octets = {0};
	BG_AUTO(bg_bn_free) BIGNUM *number = NULL;
	const json_t *member = json_object_get(jwk, name);

	if (!json_is_string(member))
		return BELGO_EINVAL;
	BG_TRY(bg_base64url_decode(&octets.data, &octets.len, json_string_value(member),
				   json_string_length(member)));
	if (octets.len == 0 || octets.len > NUMBER_MAX)
		return BELGO_EINVAL;
	if ((number = BN_secure_new()) == NULL || BN_bin2bn(octets.data, (int)octets.len, number) == NULL)
		return BELGO_ENOMEM;
	*out = BG_TAKE(number);
	return BELGO_OK;
}

#define NUMBERS_MAX 6
struct secrets {
	BIGNUM *numbers[NUMBERS_MAX]; /* borrowed by the builder until it is done */
};

static void
secrets_done(struct secrets *secrets)
{
	for (size_t i = 0; i < NUMBERS_MAX; i++)
		bg_bn_free(&secrets->numbers[i]);
}

static belgo_rc
secret_params(OSSL_PARAM **out, const json_t *jwk, const struct number *numbers)
{
	BG_AUTO(secrets_done) struct secrets secrets = {0};
	BG_AUTO(bg_bld_free) OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();

	for (size_t i = 0; numbers[i].member != NULL; i++) {
		BG_TRY(secret_number(&secrets.numbers[i], jwk, numbers[i].member));
		if (bld == NULL || OSSL_PARAM_BLD_push_BN(bld, numbers[i].param, secrets.numbers[i]) != 1)
			return BELGO_ENOMEM;
	}
	*out = OSSL_PARAM_BLD_to_param(bld);
	return *out != NULL ? BELGO_OK : BELGO_ENOMEM;
}

/* Both halves of it. */
static belgo_rc
add_secrets(EVP_PKEY **out, const EVP_PKEY *half, const json_t *jwk, const struct number *numbers)
{
	BG_AUTO(bg_ossl_params_free) OSSL_PARAM *secrets = NULL;
	BG_AUTO(bg_ossl_params_free) OSSL_PARAM *shown = NULL;
	BG_AUTO(bg_ossl_merged_free) OSSL_PARAM *all = NULL;
	BG_AUTO(bg_pkey_ctx_free) EVP_PKEY_CTX *ctx = NULL;
	BG_AUTO(bg_pkey_free) EVP_PKEY *whole = NULL;
	const char *type = numbers == rsa ? "RSA" : "EC";

	BG_TRY(secret_params(&secrets, jwk, numbers));
	if (EVP_PKEY_todata(half, EVP_PKEY_PUBLIC_KEY, &shown) != 1 ||
	    (all = OSSL_PARAM_merge(shown, secrets)) == NULL ||
	    (ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL)) == NULL || EVP_PKEY_fromdata_init(ctx) != 1)
		return BELGO_ENOMEM;
	if (EVP_PKEY_fromdata(ctx, &whole, EVP_PKEY_KEYPAIR, all) != 1)
		return BELGO_EINVAL;
	/* For want of memory libcrypto makes a key that does not know its size, and calls that a success. */
	if (EVP_PKEY_get_size(whole) != EVP_PKEY_get_size(half))
		return BELGO_ENOMEM;
	*out = BG_TAKE(whole);
	return BELGO_OK;
}

static belgo_rc
load(EVP_PKEY **out, const json_t *key)
{
	const char *kty = json_string_value(json_object_get(key, "kty"));
	int is_rsa = bg_str_equal(kty, "RSA");
	BG_AUTO(bg_pkey_free) EVP_PKEY *half = NULL;
	belgo_rc rc;

	if (bg_str_equal(kty, "OKP"))
		rc = bg_agree_key_from_jwk(out, key, BG_AGREE_PRIVATE, NULL);
	else if ((rc = bg_jwk_key_load(&half, key, is_rsa ? BG_KTY_RSA : BG_KTY_EC)) == BELGO_OK)
		rc = add_secrets(out, half, key, is_rsa ? rsa : ec);
	return rc == BELGO_OK || rc == BELGO_ENOMEM ? rc : BELGO_EINVAL;
}

belgo_rc
bg_decryption_key_load(EVP_PKEY **out, const json_t *key)
{
	belgo_rc rc;

	ERR_set_mark();
	rc = load(out, key);
	if (rc == BELGO_EINVAL)
		rc = bg_crypto_has_memory() ? load(out, key) : BELGO_ENOMEM;
	ERR_pop_to_mark();
	return rc;
}

/* @spec RFC 7518 section 4.6.1.1 (only public key parameters) */
static belgo_rc
load_peer(EVP_PKEY **out, const json_t *jwk)
{
	const char *kty = json_string_value(json_object_get(jwk, "kty"));
	belgo_rc rc;

	if (json_object_get(jwk, "d") != NULL)
		return BELGO_ESIGNATURE;
	if (!bg_str_equal(kty, "OKP"))
		return bg_str_equal(kty, "EC") ? bg_jwk_key_load(out, jwk, BG_KTY_EC) : BELGO_ESIGNATURE;
	rc = bg_agree_key_from_jwk(out, jwk, BG_AGREE_PUBLIC, NULL);
	return rc == BELGO_EPROTO ? BELGO_ESIGNATURE : rc;
}

belgo_rc
bg_peer_key_load(EVP_PKEY **out, const json_t *jwk)
{
	belgo_rc rc;

	ERR_set_mark();
	rc = load_peer(out, jwk);
	if (rc == BELGO_ESIGNATURE)
		rc = bg_crypto_has_memory() ? load_peer(out, jwk) : BELGO_ENOMEM;
	ERR_pop_to_mark();
	return rc;
}

/* An X25519 key was found whole when it was loaded. */
static int
halves_belong_together(EVP_PKEY *pkey)
{
	BG_AUTO(bg_pkey_ctx_free) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);

	return EVP_PKEY_is_a(pkey, "X25519") || (ctx != NULL && EVP_PKEY_pairwise_check(ctx) == 1);
}

static belgo_rc
check(const json_t *key, struct belgo_error *err)
{
	BG_AUTO(bg_pkey_free) EVP_PKEY *pkey = NULL;
	belgo_rc rc;
	int is_sound;

	if ((rc = bg_decryption_key_load(&pkey, key)) == BELGO_OK) {
		ERR_set_mark();
		is_sound = halves_belong_together(pkey);
		if (!is_sound)
			rc = bg_crypto_has_memory() ? BELGO_EINVAL : BELGO_ENOMEM;
		ERR_pop_to_mark();
	}
	if (rc == BELGO_ENOMEM)
		return bg_fail(err, rc, "out of memory");
	return rc == BELGO_OK ? rc
			      : bg_fail(err, rc,
					WHAT " is no sound one of RSA (2048 bits or more), P-256, P-384, "
					     "P-521 or X25519");
}

belgo_rc
bg_decryption_key_read(json_t **out, const char *text, size_t len, struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *key = NULL;

	BG_TRY(bg_private_key_take(&key, text, len, BG_KEY_DECRYPTS, err));
	BG_TRY(check(key, err));
	*out = BG_TAKE(key);
	return BELGO_OK;
}

belgo_rc
bg_decryption_key_generate(json_t **out, struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *key = NULL;
	BG_AUTO(bg_str_free) char *thumbprint = NULL;

	BG_TRY(bg_private_key_make(&key, "ES256", err)); /* P-256, for whatever it is used */
	if (bg_jwk_thumbprint(&thumbprint, key) || bg_json_set_str(key, "kid", thumbprint))
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	*out = BG_TAKE(key);
	return BELGO_OK;
}
