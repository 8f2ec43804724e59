/* Keys and tokens for tests, see the header. */
#include "harness/test.h"
#include "harness/jose_make.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>

#define KEYS_OF_A_KIND 4

static const struct kind {
	const char *name;
	const char *type;  /* of OpenSSL */
	const char *group; /* EC */
	const char *crv;   /* of the JWK */
	unsigned bits;     /* RSA */
} kinds[] = {
    {"RSA-512", "RSA", NULL, NULL, 512},
    {"RSA-1024", "RSA", NULL, NULL, 1024},
    {"RSA-2040", "RSA", NULL, NULL, 2040},
    {"RSA-2048", "RSA", NULL, NULL, 2048},
    {"RSA-3072", "RSA", NULL, NULL, 3072},
    {"P-256", "EC", "prime256v1", "P-256", 0},
    {"P-384", "EC", "secp384r1", "P-384", 0},
    {"P-521", "EC", "secp521r1", "P-521", 0},
    {"secp256k1", "EC", "secp256k1", "secp256k1", 0},
    {"Ed25519", "ED25519", NULL, "Ed25519", 0},
    {"Ed448", "ED448", NULL, "Ed448", 0},
    {"X25519", "X25519", NULL, "X25519", 0},
};
#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

static EVP_PKEY *made[N_KINDS][KEYS_OF_A_KIND];

static EVP_PKEY *
make_key(const struct kind *kind)
{
	if (kind->bits != 0)
		return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)kind->bits);
	if (kind->group != NULL)
		return EVP_PKEY_Q_keygen(NULL, NULL, "EC", kind->group);
	return EVP_PKEY_Q_keygen(NULL, NULL, kind->type);
}

EVP_PKEY *
jose_key(const char *name, int i)
{
	for (size_t k = 0; k < N_KINDS; k++) {
		if (strcmp(kinds[k].name, name) != 0)
			continue;
		assert_in_range(i, 0, KEYS_OF_A_KIND - 1);
		if (made[k][i] == NULL)
			made[k][i] = make_key(&kinds[k]);
		assert_non_null(made[k][i]);
		return made[k][i];
	}
	fail_msg("no kind of key is called %s", name);
	return NULL;
}

static const struct kind *
kind_of(EVP_PKEY *key)
{
	for (size_t k = 0; k < N_KINDS; k++)
		for (int i = 0; i < KEYS_OF_A_KIND; i++)
			if (made[k][i] == key)
				return &kinds[k];
	fail_msg("the key was not made by jose_key()");
	return NULL;
}

static char *format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static char *
format(const char *fmt, ...)
{
	va_list args;
	char *text = NULL;

	va_start(args, fmt);
	assert_true(vasprintf(&text, fmt, args) >= 0);
	va_end(args);
	return text;
}

char *
jose_b64(const void *data, size_t len)
{
	char *text = malloc(len / 3 * 4 + 5);

	assert_non_null(text);
	text[EVP_EncodeBlock((unsigned char *)text, data, (int)len)] = '\0';
	for (char *c = text; *c != '\0'; c++) {
		if (*c == '+')
			*c = '-';
		else if (*c == '/')
			*c = '_';
		else if (*c == '=')
			*c-- = '\0';
	}
	return text;
}

char *
jose_b64_text(const char *text)
{
	return jose_b64(text, strlen(text));
}

static char *
number_of(EVP_PKEY *key, const char *param, size_t len)
{
	unsigned char bytes[2048];
	BIGNUM *bn = NULL;
	int n;

	assert_int_equal(EVP_PKEY_get_bn_param(key, param, &bn), 1);
	n = len != 0 ? (int)len : BN_num_bytes(bn);
	assert_int_equal(BN_bn2binpad(bn, bytes, n), n);
	BN_free(bn);
	return jose_b64(bytes, (size_t)n);
}

char *
jose_jwk_number(EVP_PKEY *key, const char *name)
{
	const struct kind *kind = kind_of(key);
	size_t field = ((size_t)EVP_PKEY_get_bits(key) + 7) / 8;
	unsigned char raw[64];
	size_t len = sizeof(raw);

	if (kind->bits != 0)
		return number_of(key, *name == 'n' ? OSSL_PKEY_PARAM_RSA_N : OSSL_PKEY_PARAM_RSA_E, 0);
	if (kind->group != NULL)
		return number_of(key, *name == 'x' ? OSSL_PKEY_PARAM_EC_PUB_X : OSSL_PKEY_PARAM_EC_PUB_Y,
				 field);
	assert_int_equal(EVP_PKEY_get_raw_public_key(key, raw, &len), 1);
	return jose_b64(raw, len);
}

char *
jose_jwk(EVP_PKEY *key, const char *more)
{
	const struct kind *kind = kind_of(key);
	const char *comma = more != NULL ? "," : "";
	char *a = jose_jwk_number(key, kind->bits != 0 ? "n" : "x");
	char *b = kind->bits != 0       ? jose_jwk_number(key, "e")
		  : kind->group != NULL ? jose_jwk_number(key, "y")
					: NULL;
	char *jwk;

	more = more != NULL ? more : "";
	if (kind->bits != 0)
		jwk = format("{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"%s\"%s%s}", a, b, comma, more);
	else if (kind->group != NULL)
		jwk = format("{\"kty\":\"EC\",\"crv\":\"%s\",\"x\":\"%s\",\"y\":\"%s\"%s%s}", kind->crv, a, b,
			     comma, more);
	else
		jwk = format("{\"kty\":\"OKP\",\"crv\":\"%s\",\"x\":\"%s\"%s%s}", kind->crv, a, comma, more);
	free(a);
	free(b);
	return jwk;
}

char *
jose_jwks(char *jwk, ...)
{
	va_list args;
	char *list = format("{\"keys\":[%s", jwk);

	free(jwk);
	va_start(args, jwk);
	while ((jwk = va_arg(args, char *)) != NULL) {
		char *longer = format("%s,%s", list, jwk);

		free(jwk);
		free(list);
		list = longer;
	}
	va_end(args);
	jwk = format("%s]}", list);
	free(list);
	return jwk;
}

static const EVP_MD *
md_of(const char *alg)
{
	const char *bits = alg + 2;

	if (strcmp(bits, "256") == 0)
		return EVP_sha256();
	return strcmp(bits, "384") == 0 ? EVP_sha384() : EVP_sha512();
}

static unsigned char *
raw_of_der(size_t *len, const unsigned char *der, size_t der_len, size_t field)
{
	const unsigned char *at = der;
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &at, (long)der_len);
	unsigned char *raw = malloc(2 * field);

	assert_non_null(sig);
	assert_non_null(raw);
	assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, (int)field), (int)field);
	assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + field, (int)field), (int)field);
	ECDSA_SIG_free(sig);
	*len = 2 * field;
	return raw;
}

unsigned char *
jose_signature(size_t *len, EVP_PKEY *key, const char *alg, const char *input)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx = NULL;
	unsigned char *sig;

	assert_int_equal(
	    EVP_DigestSignInit(ctx, &pctx, alg[0] == 'E' && alg[1] == 'd' ? NULL : md_of(alg), NULL, key), 1);
	if (alg[0] == 'P') {
		assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING), 1);
		assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, RSA_PSS_SALTLEN_DIGEST), 1);
	}
	*len = (size_t)EVP_PKEY_get_size(key);
	sig = malloc(*len);
	assert_non_null(sig);
	assert_int_equal(EVP_DigestSign(ctx, sig, len, (const unsigned char *)input, strlen(input)), 1);
	EVP_MD_CTX_free(ctx);
	if (alg[0] == 'E' && alg[1] == 'S') {
		unsigned char *der = sig;

		sig = raw_of_der(len, der, *len, ((size_t)EVP_PKEY_get_bits(key) + 7) / 8);
		free(der);
	}
	return sig;
}

static char *
signing_input(const char *header, const char *payload)
{
	char *h = jose_b64_text(header);
	char *p = jose_b64_text(payload);
	char *input = format("%s.%s", h, p);

	free(h);
	free(p);
	return input;
}

char *
jose_compact(const char *header, const char *payload, const void *signature, size_t signature_len)
{
	char *input = signing_input(header, payload);
	char *sig = jose_b64(signature, signature_len);
	char *compact = format("%s.%s", input, sig);

	free(input);
	free(sig);
	return compact;
}

char *
jose_sign(EVP_PKEY *key, const char *alg, const char *header, const char *payload)
{
	char *input = signing_input(header, payload);
	size_t len;
	unsigned char *sig = jose_signature(&len, key, alg, input);
	char *compact = jose_compact(header, payload, sig, len);

	free(input);
	free(sig);
	return compact;
}

char *
jose_hmac(const char *alg, const void *secret, size_t secret_len, const char *header, const char *payload)
{
	char *input = signing_input(header, payload);
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned int len = 0;

	assert_non_null(HMAC(md_of(alg), secret, (int)secret_len, (const unsigned char *)input, strlen(input),
			     mac, &len));
	free(input);
	return jose_compact(header, payload, mac, len);
}

char *
jose_half_hash(const char *alg, const char *text)
{
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned int len = 0;

	assert_int_equal(EVP_Digest(text, strlen(text), md, &len, md_of(alg), NULL), 1);
	return jose_b64(md, len / 2);
}
