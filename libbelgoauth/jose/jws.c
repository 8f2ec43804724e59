/*
 * Compact JWS: taken apart (here), keys chosen (jwk.c), signatures verified (here) with libcrypto's EVP
 * alone. What a payload means is proto's.
 */
#include "jose/jws.h"

#include "base/base64url.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "jose/compact.h"
#include "jose/jwk_key.h"
#include "jose/evp.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>

#include <stdlib.h>
#include <string.h>

#define ES_MAX_LEN 66

enum { HEADER, PAYLOAD, SIGNATURE, N_SEGMENTS };

void
bg_jws_done(struct bg_jws *jws)
{
	bg_json_free(&jws->header);
	bg_json_free(&jws->payload);
	bg_str_free(&jws->kid);
	bg_str_free(&jws->signing_input);
	if (jws->signature != NULL)
		bg_wipe(jws->signature, jws->signature_len);
	free(jws->signature);
	*jws = (struct bg_jws){0};
}

/* @spec RFC 7515 section 7.1 */
static belgo_rc
split(struct bg_segment seg[N_SEGMENTS], const char *compact, size_t max, const char *what,
      struct belgo_error *err)
{
	size_t n;

	if (strnlen(compact, max + 1) > max)
		return bg_fail(err, BELGO_EPROTO, "%s is longer than %zu bytes", what, max);
	n = bg_compact_split(seg, N_SEGMENTS, compact);
	if (n == 5)
		return bg_fail(err, BELGO_EPROTO, "%s is encrypted (JWE), which was not agreed", what);
	if (n != N_SEGMENTS)
		return bg_fail(err, BELGO_EPROTO, "%s is no JWT: it does not have three segments", what);
	return BELGO_OK;
}

static belgo_rc
check_filled(const struct bg_segment seg[N_SEGMENTS], const char *what, struct belgo_error *err)
{
	for (size_t n = 0; n < N_SEGMENTS; n++)
		if (seg[n].len == 0)
			return bg_fail(err, BELGO_EPROTO, "%s has an empty segment", what);
	return BELGO_OK;
}

/*
 * Extensions that would change what the signature covers or what the payload is. No crit is understood, so
 * any is refused.
 * @spec RFC 7515 section 4.1.11; RFC 7797 section 6; RFC 8725 section 3.10
 */
static belgo_rc
check_extensions(const json_t *header, const char *what, struct belgo_error *err)
{
	static const char *const refused[] = {"crit", "b64", "zip", "cty", "enc"};

	return bg_compact_refuse(header, refused, BG_LEN(refused), what, err);
}

static belgo_rc
check_typ(const json_t *header, enum bg_jws_typ want, const char *what, struct belgo_error *err)
{
	static const char *const names[] = {
	    [BG_JWS_TYP_JWT] = "JWT",
	    [BG_JWS_TYP_AT_JWT] = "at+jwt",
	    [BG_JWS_TYP_INTROSPECTION] = "token-introspection+jwt",
	};
	const char *typ;

	BG_TRY(bg_json_str(&typ, header, "typ", BG_OPTIONAL, what, err));
	if (want == BG_JWS_TYP_OWN)
		return BELGO_OK;
	if (typ == NULL ? want != BG_JWS_TYP_JWT : !bg_compact_is_type(typ, names[want]))
		return bg_fail(err, BELGO_EPROTO, "%s is not of the type %s", what, names[want]);
	return BELGO_OK;
}

/* @spec RFC 7515 section 4.1.1; RFC 8725 sections 3.1 and 3.2 */
static belgo_rc
find_alg(const struct bg_alg **out, const json_t *header, const char *what, struct belgo_error *err)
{
	const struct bg_alg *alg = bg_alg_find(json_string_value(json_object_get(header, "alg")));

	if (alg == NULL)
		return bg_fail(err, BELGO_ESIGNATURE, "%s has no signature algorithm that is supported",
			       what);
	*out = alg;
	return BELGO_OK;
}

/* An opaque text, only ever compared. @spec RFC 7515 section 4.1.4 */
static belgo_rc
copy_kid(char **out, const json_t *header, const char *what, struct belgo_error *err)
{
	BG_TRY(bg_json_str_dup(out, header, "kid", BG_OPTIONAL, what, err));
	if (*out != NULL && strlen(*out) > BG_MAX_KID)
		return bg_fail(err, BELGO_EPROTO, "%s has a kid of more than %d bytes", what, BG_MAX_KID);
	return BELGO_OK;
}

belgo_rc
bg_jws_peek(json_t **payload, const char *compact, size_t max, const char *what, struct belgo_error *err)
{
	struct bg_segment seg[N_SEGMENTS];

	BG_TRY(split(seg, compact, max, what, err));
	return bg_compact_object(payload, &seg[PAYLOAD], max, what, err);
}

belgo_rc
bg_jws_parse(struct bg_jws *out, const char *compact, enum bg_jws_typ typ, size_t max, const char *what,
	     struct belgo_error *err)
{
	BG_AUTO(bg_jws_done) struct bg_jws jws = {0};
	struct bg_segment seg[N_SEGMENTS];

	BG_TRY(split(seg, compact, max, what, err));
	BG_TRY(check_filled(seg, what, err));
	BG_TRY(bg_compact_object(&jws.header, &seg[HEADER], BG_MAX_JOSE_HEADER, what, err));
	BG_TRY(check_extensions(jws.header, what, err));
	BG_TRY(check_typ(jws.header, typ, what, err));
	BG_TRY(find_alg(&jws.alg, jws.header, what, err));
	BG_TRY(copy_kid(&jws.kid, jws.header, what, err));
	BG_TRY(bg_compact_object(&jws.payload, &seg[PAYLOAD], max, what, err));
	BG_TRY(bg_compact_decode(&jws.signature, &jws.signature_len, &seg[SIGNATURE], what, err));
	jws.signing_input_len = seg[HEADER].len + 1 + seg[PAYLOAD].len;
	if ((jws.signing_input = bg_strndup(compact, jws.signing_input_len)) == NULL)
		return bg_fail(err, BELGO_ENOMEM, "%s: out of memory", what);
	*out = jws;
	jws = (struct bg_jws){0};
	return BELGO_OK;
}

static const EVP_MD *
md_of(enum bg_hash hash)
{
	switch (hash) {
	case BG_SHA256:
		return EVP_sha256();
	case BG_SHA384:
		return EVP_sha384();
	case BG_SHA512:
		break;
	}
	return EVP_sha512();
}

static void
sig_free(ECDSA_SIG **sig)
{
	ECDSA_SIG_free(*sig);
}

/* The salt is as long as the hash, and MGF1 uses the same one. @spec RFC 7518 section 3.5 */
static int
set_padding(EVP_PKEY_CTX *ctx, const struct bg_alg *alg)
{
	if (alg->family == BG_ALG_RSA_PKCS1)
		return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1;
	if (alg->family == BG_ALG_RSA_PSS)
		return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
		       EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) == 1 &&
		       EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, md_of(alg->hash)) == 1;
	return 1;
}

static int
evp_verify(const struct bg_jws *jws, EVP_PKEY *pkey, const unsigned char *signature, size_t len)
{
	BG_AUTO(bg_md_ctx_free) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	const EVP_MD *md = jws->alg->family == BG_ALG_EDDSA ? NULL : md_of(jws->alg->hash);
	EVP_PKEY_CTX *pctx;

	return ctx != NULL && EVP_DigestVerifyInit(ctx, &pctx, md, NULL, pkey) == 1 &&
	       set_padding(pctx, jws->alg) &&
	       EVP_DigestVerify(ctx, signature, len, (const unsigned char *)jws->signing_input,
				jws->signing_input_len) == 1;
}

static int
is_in_range(const BIGNUM *number, const BIGNUM *order)
{
	return !BN_is_zero(number) && BN_ucmp(number, order) < 0;
}

/*
 * R and S side by side, as DER, for libcrypto. A zero is what CVE-2022-21449 was about.
 * @spec RFC 7518 section 3.4
 */
static int
ecdsa_verify(const struct bg_jws *jws, EVP_PKEY *pkey)
{
	BG_AUTO(bg_bn_free) BIGNUM *order = NULL;
	BG_AUTO(bg_bn_free) BIGNUM *r = BN_bin2bn(jws->signature, (int)(jws->signature_len / 2), NULL);
	BG_AUTO(bg_bn_free)
	BIGNUM *s = BN_bin2bn(jws->signature + jws->signature_len / 2, (int)(jws->signature_len / 2), NULL);
	BG_AUTO(sig_free) ECDSA_SIG *sig = ECDSA_SIG_new();
	unsigned char der[2 * ES_MAX_LEN + 16];
	unsigned char *end = der;
	int len;

	if (r == NULL || s == NULL || sig == NULL ||
	    EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_EC_ORDER, &order) != 1)
		return 0;
	if (!is_in_range(r, order) || !is_in_range(s, order) || ECDSA_SIG_set0(sig, r, s) != 1)
		return 0;
	r = s = NULL; /* sig's now */
	len = i2d_ECDSA_SIG(sig, &end);
	return len > 0 && evp_verify(jws, pkey, der, (size_t)len);
}

static int
verify(const struct bg_jws *jws, EVP_PKEY *pkey)
{
	size_t want = jws->alg->signature_len;

	/* For RSA the modulus's length: no shorter, no longer, no zeros before it. @spec RFC 8017
	 * section 8.2.2 */
	if (want == 0)
		want = (size_t)EVP_PKEY_get_size(pkey);
	if (jws->signature_len != want)
		return 0;
	if (jws->alg->family == BG_ALG_ECDSA)
		return ecdsa_verify(jws, pkey);
	return evp_verify(jws, pkey, jws->signature, jws->signature_len);
}

/* A wrong signature costs the refresh token that came with it, so want of memory must not look like one. */
static belgo_rc
judge(const struct bg_jws *jws, EVP_PKEY *pkey)
{
	if (verify(jws, pkey))
		return BELGO_OK;
	if (!bg_crypto_has_memory())
		return BELGO_ENOMEM;
	return verify(jws, pkey) ? BELGO_OK : BELGO_ESIGNATURE;
}

belgo_rc
bg_jws_verify(const struct bg_jws *jws, const struct bg_jwk *key, struct belgo_error *err)
{
	belgo_rc rc;

	/* A key is chosen for one algorithm and never serves another. @spec RFC 8725 section 3.1 */
	if (!bg_alg_is_asymmetric(jws->alg) || bg_jwk_alg(key) != jws->alg)
		return bg_fail(err, BELGO_ESIGNATURE, "the key is not for the token's algorithm %s",
			       jws->alg->name);
	/* What fails in here must not stand in the error queue of the program, where its own TLS would find
	 * it. */
	ERR_set_mark();
	rc = judge(jws, bg_jwk_pkey(key));
	ERR_pop_to_mark();
	if (rc == BELGO_ENOMEM)
		return bg_fail(err, rc, "the token's signature: out of memory");
	return rc == BELGO_OK ? BELGO_OK
			      : bg_fail(err, rc, "the token's signature (%s) is wrong", jws->alg->name);
}

belgo_rc
bg_jws_verify_hmac(const struct bg_jws *jws, const char *secret, struct belgo_error *err)
{
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned int mac_len = 0;
	int right;

	if (jws->alg->family != BG_ALG_HMAC)
		return bg_fail(err, BELGO_ESIGNATURE, "the token's algorithm %s is not for a client secret",
			       jws->alg->name);
	/* @spec RFC 7518 section 3.2 (a key of the hash's size or larger) */
	if (secret == NULL || strlen(secret) < jws->alg->signature_len)
		return bg_fail(err, BELGO_ESIGNATURE,
			       "the client secret is too short for %s: it takes %zu bytes", jws->alg->name,
			       jws->alg->signature_len);
	if (HMAC(md_of(jws->alg->hash), secret, (int)strlen(secret),
		 (const unsigned char *)jws->signing_input, jws->signing_input_len, mac, &mac_len) == NULL)
		return bg_fail(err, BELGO_EINTERNAL, "the token's signature: libcrypto failed");
	right = bg_mem_equal(mac, mac_len, jws->signature, jws->signature_len);
	bg_wipe(mac, sizeof(mac));
	return right ? BELGO_OK
		     : bg_fail(err, BELGO_ESIGNATURE, "the token's signature (%s) is wrong", jws->alg->name);
}

belgo_rc
bg_jws_half_hash(char **out, const struct bg_alg *alg, const char *text)
{
	unsigned char hash[BG_HASH_MAX];
	size_t len;

	BG_TRY(bg_digest(hash, &len, alg->hash, text, strlen(text)));
	return bg_base64url_encode(out, hash, len / 2);
}
