/*
 * The key of a JWE's content: RSA-OAEP, or an agreement with the token's own key, which gives that key or
 * unwraps it.
 */
#include "base/buf.h"
#include "jose/agree.h"
#include "jose/evp.h"
#include "jose/jwe.h"

#include <openssl/rsa.h>

#include <string.h>

#define RSA_MAX_LEN 1024 /* bytes: 8192 bits */
#define WRAP_MORE 8      /* bytes that RFC 3394 adds */
#define HASH_LEN 32      /* SHA-256 */
#define ROUND_MAX (16 * 1024)

static void
cipher_free(EVP_CIPHER_CTX **ctx)
{
	EVP_CIPHER_CTX_free(*ctx);
}

static const EVP_MD *
oaep_md(const struct bg_jwe_alg *alg)
{
	if (alg->is_sha1)
		return EVP_sha1();
	return alg->hash == BG_SHA256 ? EVP_sha256() : alg->hash == BG_SHA384 ? EVP_sha384() : EVP_sha512();
}

/* The label is empty, and MGF1 uses the same hash. @spec RFC 7518 section 4.3 */
static belgo_rc
decrypt_oaep(unsigned char key[BG_JWE_KEY_MAX], const struct bg_jwe *jwe)
{
	BG_AUTO(bg_pkey_ctx_free) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, jwe->own, NULL);
	const EVP_MD *md = oaep_md(jwe->agreed->alg);
	size_t want = jwe->agreed->enc->key_len;
	unsigned char clear[RSA_MAX_LEN];
	size_t len = sizeof(clear);
	int is_right;

	is_right = ctx != NULL && EVP_PKEY_decrypt_init(ctx) == 1 &&
		   EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) == 1 &&
		   EVP_PKEY_CTX_set_rsa_oaep_md(ctx, md) == 1 && EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, md) == 1 &&
		   EVP_PKEY_decrypt(ctx, clear, &len, jwe->key.data, jwe->key.len) == 1 && len == want;
	if (is_right)
		memcpy(key, clear, want);
	bg_wipe(clear, sizeof(clear));
	return is_right ? BELGO_OK : BELGO_ESIGNATURE;
}

static belgo_rc
add_count(struct bg_buf *to, size_t n)
{
	const unsigned char count[] = {(unsigned char)(n >> 24), (unsigned char)(n >> 16),
				       (unsigned char)(n >> 8), (unsigned char)n};

	return bg_buf_add(to, count, sizeof(count));
}

static belgo_rc
add_counted(struct bg_buf *to, const void *data, size_t len)
{
	BG_TRY(add_count(to, len));
	return bg_buf_add(to, data, len);
}

/*
 * One round of the Concat KDF. What the agreed key is for is bound to it, so that it is no good for anything
 * else.
 * @spec RFC 7518 section 4.6.2; NIST SP 800-56A section 5.8.1
 */
static belgo_rc
hash_round(unsigned char out[BG_HASH_MAX], size_t round, const struct bg_bytes *secret,
	   const struct bg_jwe *jwe, size_t key_len)
{
	const char *alg = jwe->agreed->alg->wrap_len == 0 ? jwe->agreed->enc->name : jwe->agreed->alg->name;
	BG_AUTO(bg_buf_free) struct bg_buf in = BG_BUF(ROUND_MAX);
	size_t len = 0;

	BG_TRY(add_count(&in, round));
	BG_TRY(bg_buf_add(&in, secret->data, secret->len));
	BG_TRY(add_counted(&in, alg, strlen(alg)));
	BG_TRY(add_counted(&in, jwe->apu.data, jwe->apu.len));
	BG_TRY(add_counted(&in, jwe->apv.data, jwe->apv.len));
	BG_TRY(add_count(&in, key_len * 8));
	return bg_digest(out, &len, BG_SHA256, in.data, in.len);
}

/* By hand: libcrypto 3.0 has this KDF too ("SSKDF"), and crashes there where memory is wanting. */
static belgo_rc
agree(unsigned char key[BG_JWE_KEY_MAX], size_t key_len, const struct bg_jwe *jwe)
{
	unsigned char secret[BG_AGREE_SECRET], hash[BG_HASH_MAX] = {0};
	struct bg_bytes shared = {secret, 0};
	belgo_rc rc = bg_agree_secret(secret, &shared.len, jwe->own, jwe->peer) ? BELGO_OK : BELGO_ESIGNATURE;

	for (size_t done = 0; rc == BELGO_OK && done < key_len; done += HASH_LEN) {
		size_t rest = key_len - done;

		rc = hash_round(hash, done / HASH_LEN + 1, &shared, jwe, key_len);
		memcpy(key + done, hash, rest < HASH_LEN ? rest : HASH_LEN);
	}
	bg_wipe(secret, sizeof(secret));
	bg_wipe(hash, sizeof(hash));
	return rc == BELGO_OK || rc == BELGO_ENOMEM ? rc : BELGO_ESIGNATURE;
}

/* @spec RFC 7518 section 4.4; RFC 3394 section 2.2.2 */
static belgo_rc
unwrap(unsigned char key[BG_JWE_KEY_MAX], const struct bg_jwe *jwe, const unsigned char *with)
{
	BG_AUTO(cipher_free) EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	size_t with_len = jwe->agreed->alg->wrap_len;
	const EVP_CIPHER *cipher = with_len == 16   ? EVP_aes_128_wrap()
				   : with_len == 24 ? EVP_aes_192_wrap()
						    : EVP_aes_256_wrap();
	unsigned char clear[BG_JWE_KEY_MAX + WRAP_MORE];
	int n = 0, is_right;

	if (ctx != NULL)
		EVP_CIPHER_CTX_set_flags(ctx, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
	is_right = ctx != NULL && EVP_DecryptInit_ex(ctx, cipher, NULL, with, NULL) == 1 &&
		   EVP_DecryptUpdate(ctx, clear, &n, jwe->key.data, (int)jwe->key.len) == 1 &&
		   (size_t)n == jwe->agreed->enc->key_len;
	if (is_right)
		memcpy(key, clear, (size_t)n);
	bg_wipe(clear, sizeof(clear));
	return is_right ? BELGO_OK : BELGO_ESIGNATURE;
}

belgo_rc
bg_jwe_find_key(unsigned char key[BG_JWE_KEY_MAX], const struct bg_jwe *jwe)
{
	const struct bg_jwe_alg *alg = jwe->agreed->alg;
	unsigned char with[BG_JWE_KEY_MAX];
	belgo_rc rc;

	if (alg->family == BG_JWE_RSA_OAEP)
		return decrypt_oaep(key, jwe);
	if (alg->wrap_len == 0)
		return agree(key, jwe->agreed->enc->key_len, jwe);
	if ((rc = agree(with, alg->wrap_len, jwe)) == BELGO_OK)
		rc = unwrap(key, jwe, with);
	bg_wipe(with, sizeof(with));
	return rc;
}
