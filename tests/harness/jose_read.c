/* What jose_make.h has for the keys that a client signs with: private halves, and libcrypto's judgement of a
 * signature. */
#include "harness/test.h"
#include "harness/jose_make.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/encoder.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

static char *
number(EVP_PKEY *key, const char *param, size_t len)
{
	unsigned char bytes[1024];
	BIGNUM *bn = NULL;
	int n;

	assert_int_equal(EVP_PKEY_get_bn_param(key, param, &bn), 1);
	n = len != 0 ? (int)len : BN_num_bytes(bn);
	assert_int_equal(BN_bn2binpad(bn, bytes, n), n);
	BN_free(bn);
	return jose_b64(bytes, (size_t)n);
}

static void
add(char **more, const char *name, char *value)
{
	char *longer = NULL;

	assert_true(asprintf(&longer, "%s%s\"%s\":\"%s\"", *more != NULL ? *more : "",
			     *more != NULL ? "," : "", name, value) > 0);
	free(*more);
	free(value);
	*more = longer;
}

static char *
edwards_d(EVP_PKEY *key)
{
	unsigned char raw[64];
	size_t len = sizeof(raw);

	assert_int_equal(EVP_PKEY_get_raw_private_key(key, raw, &len), 1);
	return jose_b64(raw, len);
}

char *
jose_private_jwk(EVP_PKEY *key, const char *more)
{
	static const struct {
		const char *name;
		const char *param;
	} rsa[] = {{"d", OSSL_PKEY_PARAM_RSA_D},          {"p", OSSL_PKEY_PARAM_RSA_FACTOR1},
		   {"q", OSSL_PKEY_PARAM_RSA_FACTOR2},    {"dp", OSSL_PKEY_PARAM_RSA_EXPONENT1},
		   {"dq", OSSL_PKEY_PARAM_RSA_EXPONENT2}, {"qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1}};
	char *all = more != NULL ? strdup(more) : NULL;
	char *jwk;

	if (EVP_PKEY_is_a(key, "RSA"))
		for (size_t i = 0; i < sizeof(rsa) / sizeof(rsa[0]); i++)
			add(&all, rsa[i].name, number(key, rsa[i].param, 0));
	else if (EVP_PKEY_is_a(key, "EC"))
		add(&all, "d",
		    number(key, OSSL_PKEY_PARAM_PRIV_KEY, ((size_t)EVP_PKEY_get_bits(key) + 7) / 8));
	else
		add(&all, "d", edwards_d(key));
	jwk = jose_jwk(key, all);
	free(all);
	return jwk;
}

char *
jose_pem(EVP_PKEY *key, const char *structure, const char *passphrase)
{
	OSSL_ENCODER_CTX *ctx =
	    OSSL_ENCODER_CTX_new_for_pkey(key, OSSL_KEYMGMT_SELECT_ALL, "PEM", structure, NULL);
	unsigned char *pem = NULL;
	size_t len = 0;
	char *text;

	assert_non_null(ctx);
	if (passphrase != NULL) {
		assert_int_equal(OSSL_ENCODER_CTX_set_cipher(ctx, "AES-256-CBC", NULL), 1);
		assert_int_equal(OSSL_ENCODER_CTX_set_passphrase(ctx, (const unsigned char *)passphrase,
								 strlen(passphrase)),
				 1);
	}
	assert_int_equal(OSSL_ENCODER_to_data(ctx, &pem, &len), 1);
	text = strndup((const char *)pem, len);
	assert_non_null(text);
	OPENSSL_free(pem);
	OSSL_ENCODER_CTX_free(ctx);
	return text;
}

/* NUL-terminated; *len without the NUL. */
static unsigned char *
unb64(const char *text, size_t text_len, size_t *len)
{
	size_t padded = (text_len + 3) / 4 * 4;
	unsigned char *in = malloc(padded + 1), *out = malloc(padded + 1);
	int n;

	assert_non_null(in);
	assert_non_null(out);
	for (size_t i = 0; i < padded; i++) {
		char c = i < text_len ? text[i] : '=';

		in[i] = (unsigned char)(c == '-' ? '+' : c == '_' ? '/' : c);
	}
	n = EVP_DecodeBlock(out, in, (int)padded);
	assert_true(n >= 0);
	free(in);
	*len = (size_t)n - (padded - text_len);
	out[*len] = '\0';
	return out;
}

char *
jose_segment(const char *compact, int i)
{
	size_t len;

	for (; i > 0; i--) {
		compact = strchr(compact, '.');
		assert_non_null(compact);
		compact++;
	}
	return (char *)unb64(compact, strcspn(compact, "."), &len);
}

static unsigned char *
der_of_raw(const unsigned char *raw, size_t *len)
{
	int half = (int)(*len / 2), n;
	ECDSA_SIG *sig = ECDSA_SIG_new();
	unsigned char *der = NULL;

	assert_int_equal(ECDSA_SIG_set0(sig, BN_bin2bn(raw, half, NULL), BN_bin2bn(raw + half, half, NULL)),
			 1);
	n = i2d_ECDSA_SIG(sig, &der);
	assert_true(n > 0);
	ECDSA_SIG_free(sig);
	*len = (size_t)n;
	return der;
}

static int
verify(EVP_PKEY *key, const char *alg, const void *input, size_t input_len, const unsigned char *sig,
       size_t len)
{
	const char *md = alg[1] == 'd'        ? NULL
			 : strstr(alg, "256") ? "SHA256"
			 : strstr(alg, "384") ? "SHA384"
					      : "SHA512";
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx = NULL;
	int right;

	assert_int_equal(EVP_DigestVerifyInit_ex(ctx, &pctx, md, NULL, NULL, key, NULL), 1);
	if (alg[0] == 'P') {
		assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING), 1);
		assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, RSA_PSS_SALTLEN_DIGEST), 1);
	}
	ERR_set_mark(); /* a wrong one is no error of the library under test */
	right = EVP_DigestVerify(ctx, sig, len, input, input_len) == 1;
	ERR_pop_to_mark();
	EVP_MD_CTX_free(ctx);
	return right;
}

int
jose_is_signed(EVP_PKEY *key, const char *alg, const char *compact)
{
	const char *dot = strrchr(compact, '.');
	unsigned char *sig, *der;
	size_t len;
	int right;

	assert_non_null(dot);
	sig = unb64(dot + 1, strlen(dot + 1), &len);
	if (alg[0] != 'E' || alg[1] != 'S') {
		right = verify(key, alg, compact, (size_t)(dot - compact), sig, len);
	} else if (len != 2 * (((size_t)EVP_PKEY_get_bits(key) + 7) / 8)) {
		right = 0;
	} else {
		der = der_of_raw(sig, &len);
		right = verify(key, alg, compact, (size_t)(dot - compact), der, len);
		OPENSSL_free(der);
	}
	free(sig);
	return right;
}

int
jose_is_hmac(const char *alg, const void *secret, size_t secret_len, const char *compact)
{
	char *header = jose_segment(compact, 0), *payload = jose_segment(compact, 1);
	char *again = jose_hmac(alg, secret, secret_len, header, payload);
	int right = strcmp(again, compact) == 0;

	free(again);
	free(payload);
	free(header);
	return right;
}
