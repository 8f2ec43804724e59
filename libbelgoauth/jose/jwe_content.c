/* The content of a JWE: AES-GCM, or AES-CBC under a MAC that is judged before a byte is decrypted. */
#include "base/aead.h"
#include "jose/evp.h"
#include "jose/jwe.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <string.h>

static void
cipher_free(EVP_CIPHER_CTX **ctx)
{
	EVP_CIPHER_CTX_free(*ctx);
}

static void
mac_free(EVP_MAC **mac)
{
	EVP_MAC_free(*mac);
}

static void
mac_ctx_free(EVP_MAC_CTX **ctx)
{
	EVP_MAC_CTX_free(*ctx);
}

/* @spec RFC 7518 section 5.3 */
static belgo_rc
open_gcm(unsigned char *out, const struct bg_jwe *jwe, const unsigned char *key)
{
	const struct bg_aead how = {.key = key,
				    .key_len = jwe->agreed->enc->key_len,
				    .nonce = jwe->iv.data,
				    .aad = {{jwe->aad, jwe->aad_len}}};
	size_t len = jwe->text.len + jwe->tag.len;
	BG_AUTO(bg_bytes_done) struct bg_bytes sealed = {bg_calloc(1, len), len};

	if (sealed.data == NULL)
		return BELGO_ENOMEM;
	memcpy(sealed.data, jwe->text.data, jwe->text.len);
	memcpy(sealed.data + jwe->text.len, jwe->tag.data, jwe->tag.len);
	return bg_aead_open(out, &how, sealed.data, len) == BELGO_OK ? BELGO_OK : BELGO_ESIGNATURE;
}

/* Over header, IV, text, and the header's length in bits. @spec RFC 7518 section 5.2.2.1 (4), (5) */
static int
make_mac(unsigned char out[EVP_MAX_MD_SIZE], size_t *len, const struct bg_jwe *jwe, const unsigned char *key)
{
	static const char *const names[] = {
	    [BG_SHA256] = "SHA256", [BG_SHA384] = "SHA384", [BG_SHA512] = "SHA512"};
	BG_AUTO(mac_free) EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	BG_AUTO(mac_ctx_free) EVP_MAC_CTX *ctx = mac == NULL ? NULL : EVP_MAC_CTX_new(mac);
	size_t bits = jwe->aad_len * 8;
	const unsigned char al[8] = {
	    0, 0, 0, 0, 0, (unsigned char)(bits >> 16), (unsigned char)(bits >> 8), (unsigned char)bits};
	char digest[8];
	const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
				     OSSL_PARAM_construct_end()};

	(void)snprintf(digest, sizeof(digest), "%s", names[jwe->agreed->enc->hash]);
	return ctx != NULL && EVP_MAC_init(ctx, key, jwe->agreed->enc->key_len / 2, params) == 1 &&
	       EVP_MAC_update(ctx, (const unsigned char *)jwe->aad, jwe->aad_len) == 1 &&
	       EVP_MAC_update(ctx, jwe->iv.data, jwe->iv.len) == 1 &&
	       EVP_MAC_update(ctx, jwe->text.data, jwe->text.len) == 1 &&
	       EVP_MAC_update(ctx, al, sizeof(al)) == 1 && EVP_MAC_final(ctx, out, len, EVP_MAX_MD_SIZE) == 1;
}

static int
decrypt_cbc(unsigned char *out, size_t *len, const struct bg_jwe *jwe, const unsigned char *key)
{
	BG_AUTO(cipher_free) EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	size_t key_len = jwe->agreed->enc->key_len / 2;
	const EVP_CIPHER *cipher = key_len == 16   ? EVP_aes_128_cbc()
				   : key_len == 24 ? EVP_aes_192_cbc()
						   : EVP_aes_256_cbc();
	int n = 0, last = 0;

	if (ctx == NULL || EVP_DecryptInit_ex(ctx, cipher, NULL, key + key_len, jwe->iv.data) != 1 ||
	    EVP_DecryptUpdate(ctx, out, &n, jwe->text.data, (int)jwe->text.len) != 1 ||
	    EVP_DecryptFinal_ex(ctx, out + n, &last) != 1)
		return 0;
	*len = (size_t)n + (size_t)last;
	return 1;
}

/* The first half of the key is the MAC's. @spec RFC 7518 section 5.2.2.2 */
static belgo_rc
open_cbc(unsigned char *out, size_t *len, const struct bg_jwe *jwe, const unsigned char *key)
{
	unsigned char mac[EVP_MAX_MD_SIZE];
	size_t mac_len = 0;
	int is_right;

	is_right = make_mac(mac, &mac_len, jwe, key) && mac_len == 2 * jwe->tag.len &&
		   bg_mem_equal(mac, jwe->tag.len, jwe->tag.data, jwe->tag.len);
	bg_wipe(mac, sizeof(mac));
	return is_right && decrypt_cbc(out, len, jwe, key) ? BELGO_OK : BELGO_ESIGNATURE;
}

belgo_rc
bg_jwe_open(unsigned char *out, size_t *len, const struct bg_jwe *jwe,
	    const unsigned char key[BG_JWE_KEY_MAX])
{
	belgo_rc rc;

	*len = jwe->text.len;
	rc = jwe->agreed->enc->is_cbc ? open_cbc(out, len, jwe, key) : open_gcm(out, jwe, key);
	if (rc != BELGO_OK)
		bg_wipe(out, jwe->text.len);
	return rc;
}
