/* Every number of either curve has 32 bytes, which is all that JWK and libcrypto differ in. */
#include "jose/agree_key.h"

#include "base/base64url.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "jose/evp.h"

#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <string.h>

#define NUMBER 32
#define WHAT "the key"

struct numbers {
	int is_ec;
	unsigned char point[1 + 2 * NUMBER]; /* SEC 1; of X25519 only x, from the second byte on */
	unsigned char d[NUMBER];
};

static void
numbers_wipe(struct numbers *n)
{
	bg_wipe(n, sizeof(*n));
}

static belgo_rc
read_number(unsigned char out[NUMBER], const json_t *jwk, const char *name, struct belgo_error *err)
{
	const char *text = NULL;
	unsigned char *bytes = NULL;
	size_t len = 0;
	belgo_rc rc;

	BG_TRY(bg_json_str(&text, jwk, name, BG_REQUIRED, WHAT, err));
	rc = bg_base64url_decode(&bytes, &len, text, strlen(text));
	if (rc == BELGO_OK && len == NUMBER)
		memcpy(out, bytes, NUMBER);
	if (bytes != NULL)
		bg_wipe(bytes, len);
	bg_free(&bytes);
	if (rc == BELGO_ENOMEM)
		return bg_fail(err, rc, "out of memory");
	return rc == BELGO_OK && len == NUMBER
		   ? BELGO_OK
		   : bg_fail(err, BELGO_EPROTO, WHAT ": \"%s\" is not %d bytes in base64url", name, NUMBER);
}

static belgo_rc
read_numbers(struct numbers *out, const json_t *jwk, enum bg_agree_half half, struct belgo_error *err)
{
	const char *kty = NULL, *crv = NULL;

	BG_TRY(bg_json_str(&kty, jwk, "kty", BG_REQUIRED, WHAT, err));
	BG_TRY(bg_json_str(&crv, jwk, "crv", BG_REQUIRED, WHAT, err));
	out->is_ec = bg_str_equal(kty, "EC") && bg_str_equal(crv, "P-256");
	if (!out->is_ec && !(bg_str_equal(kty, "OKP") && bg_str_equal(crv, "X25519")))
		return bg_fail(err, BELGO_EPROTO, WHAT " is neither of X25519 nor of P-256");
	out->point[0] = POINT_CONVERSION_UNCOMPRESSED;
	BG_TRY(read_number(out->point + 1, jwk, "x", err));
	if (out->is_ec)
		BG_TRY(read_number(out->point + 1 + NUMBER, jwk, "y", err));
	return half == BG_AGREE_PRIVATE ? read_number(out->d, jwk, "d", err) : BELGO_OK;
}

static EVP_PKEY *
make_ec(const struct numbers *n, enum bg_agree_half half)
{
	BG_AUTO(bg_bld_free) OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	BG_AUTO(bg_bn_free) BIGNUM *d = half == BG_AGREE_PRIVATE ? BN_bin2bn(n->d, NUMBER, NULL) : NULL;
	BG_AUTO(bg_ossl_params_free) OSSL_PARAM *params = NULL;
	BG_AUTO(bg_pkey_ctx_free) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	int selection = half == BG_AGREE_PRIVATE ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY;
	EVP_PKEY *key = NULL;

	if (bld == NULL || ctx == NULL ||
	    OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) != 1 ||
	    OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY, n->point, sizeof(n->point)) != 1 ||
	    (half == BG_AGREE_PRIVATE &&
	     (d == NULL || OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_PRIV_KEY, d) != 1)) ||
	    (params = OSSL_PARAM_BLD_to_param(bld)) == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &key, selection, params) != 1)
		return NULL;
	return key;
}

static EVP_PKEY *
make_x25519(const struct numbers *n, enum bg_agree_half half)
{
	return half == BG_AGREE_PRIVATE
		   ? EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, n->d, NUMBER)
		   : EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, n->point + 1, NUMBER);
}

/* On its curve, and the halves belong together. */
static int
is_sound(EVP_PKEY *key, const struct numbers *n, enum bg_agree_half half)
{
	BG_AUTO(bg_pkey_ctx_free) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	struct bg_agree_point point;

	if (ctx == NULL || !bg_agree_point_of(&point, key))
		return 0;
	if (!n->is_ec)
		return memcmp(point.bytes, n->point + 1, NUMBER) == 0;
	return EVP_PKEY_public_check(ctx) == 1 &&
	       (half == BG_AGREE_PUBLIC || EVP_PKEY_pairwise_check(ctx) == 1);
}

belgo_rc
bg_agree_key_from_jwk(EVP_PKEY **out, const json_t *jwk, enum bg_agree_half half, struct belgo_error *err)
{
	BG_AUTO(numbers_wipe) struct numbers n = {0};
	BG_AUTO(bg_pkey_free) EVP_PKEY *key = NULL;

	if (!json_is_object(jwk))
		return bg_fail(err, BELGO_EPROTO, WHAT " is not a JWK");
	BG_TRY(read_numbers(&n, jwk, half, err));
	key = n.is_ec ? make_ec(&n, half) : make_x25519(&n, half);
	if (key == NULL || !is_sound(key, &n, half))
		return bg_fail(err, BELGO_EPROTO, WHAT " has numbers that make no key of its curve");
	*out = BG_TAKE(key);
	return BELGO_OK;
}

/* libcrypto would ask the terminal, which is not the library's. */
static int
no_passphrase(char *buf, int size, int is_writing, void *arg)
{
	(void)buf;
	(void)size;
	(void)is_writing;
	(void)arg;
	return -1;
}

static EVP_PKEY *
read_pem(const char *text, size_t len, enum bg_agree_half half)
{
	BG_AUTO(bg_bio_free) BIO *bio = BIO_new_mem_buf(text, (int)len);

	if (bio == NULL)
		return NULL;
	return half == BG_AGREE_PUBLIC ? PEM_read_bio_PUBKEY(bio, NULL, no_passphrase, NULL)
				       : PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
}

static int
is_p256(const EVP_PKEY *key)
{
	char group[32];

	return EVP_PKEY_is_a(key, "EC") &&
	       EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof(group), NULL) ==
		   1 &&
	       strcmp(group, "prime256v1") == 0;
}

static belgo_rc
from_pem(EVP_PKEY **out, const char *text, size_t len, enum bg_agree_half half, struct belgo_error *err)
{
	BG_AUTO(bg_pkey_free) EVP_PKEY *key = read_pem(text, len, half);
	BG_AUTO(bg_pkey_ctx_free) EVP_PKEY_CTX *ctx = NULL;

	if (key == NULL)
		return bg_fail(err, BELGO_EINVAL, "%s",
			       half == BG_AGREE_PUBLIC
				   ? WHAT " of the recipient is neither a JWK nor a public key in PEM"
				   : WHAT " to open the file with is neither a JWK nor a private key in PEM "
					  "without a passphrase");
	ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	if (!EVP_PKEY_is_a(key, "X25519") &&
	    !(is_p256(key) && ctx != NULL && EVP_PKEY_public_check(ctx) == 1))
		return bg_fail(err, BELGO_EINVAL, WHAT " is neither of X25519 nor of P-256");
	*out = BG_TAKE(key);
	return BELGO_OK;
}

belgo_rc
bg_agree_key_read(EVP_PKEY **out, const char *text, enum bg_agree_half half, struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *jwk = NULL;
	struct belgo_error local = {0};
	size_t len = strlen(text);
	belgo_rc rc;

	if (len > BG_MAX_PRIVATE_KEY)
		return bg_fail(err, BELGO_EINVAL, WHAT " is too long to be one");
	if (text[strspn(text, " \t\r\n")] != '{')
		return from_pem(out, text, len, half, err);
	rc = bg_json_object(&jwk, text, len, BG_MAX_PRIVATE_KEY, BG_JSON_NUMBERS_STRICT, WHAT, &local);
	if (rc == BELGO_OK)
		rc = bg_agree_key_from_jwk(out, jwk, half, &local);
	/* What is wrong with it is the caller's fault, and no peer's. */
	return rc == BELGO_OK ? rc : bg_fail(err, rc == BELGO_ENOMEM ? rc : BELGO_EINVAL, "%s", local.text);
}

int
bg_agree_point_of(struct bg_agree_point *out, const EVP_PKEY *key)
{
	BG_AUTO(bg_bn_free) BIGNUM *x = NULL;
	BG_AUTO(bg_bn_free) BIGNUM *y = NULL;

	if (EVP_PKEY_is_a(key, "X25519")) {
		out->len = NUMBER;
		return EVP_PKEY_get_raw_public_key(key, out->bytes, &out->len) == 1;
	}
	out->len = 1 + 2 * NUMBER;
	out->bytes[0] = POINT_CONVERSION_UNCOMPRESSED;
	return EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_PUB_X, &x) == 1 &&
	       EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_PUB_Y, &y) == 1 &&
	       BN_bn2binpad(x, out->bytes + 1, NUMBER) == NUMBER &&
	       BN_bn2binpad(y, out->bytes + 1 + NUMBER, NUMBER) == NUMBER;
}

belgo_rc
bg_agree_point_to_jwk(json_t **out, const struct bg_agree_point *point)
{
	BG_AUTO(bg_json_free) json_t *jwk = json_object();
	BG_AUTO(bg_str_free) char *x = NULL;
	BG_AUTO(bg_str_free) char *y = NULL;
	int is_ec = point->len > NUMBER;

	BG_TRY(bg_base64url_encode(&x, point->bytes + is_ec, NUMBER));
	if (is_ec)
		BG_TRY(bg_base64url_encode(&y, point->bytes + 1 + NUMBER, NUMBER));
	if (jwk == NULL || bg_json_set_str(jwk, "kty", is_ec ? "EC" : "OKP") ||
	    bg_json_set_str(jwk, "crv", is_ec ? "P-256" : "X25519") || bg_json_set_str(jwk, "x", x) ||
	    bg_json_set_str(jwk, "y", y))
		return BELGO_ENOMEM;
	*out = BG_TAKE(jwk);
	return BELGO_OK;
}
