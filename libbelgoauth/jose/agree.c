/* The agreement itself. What makes a key of JWK and PEM is agree_key.c's. */
#include "jose/agree.h"

#include "base/base64url.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/mem.h"
#include "jose/agree_key.h"
#include "jose/evp.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <string.h>

#define INFO "oauthctl-export 1"
#define SHARED 32 /* bytes, on either curve */

static void
kdf_free(EVP_KDF **kdf)
{
	EVP_KDF_free(*kdf);
}

static void
kdf_ctx_free(EVP_KDF_CTX **ctx)
{
	EVP_KDF_CTX_free(*ctx);
}

/* libcrypto refuses a peer that is not on the curve, and a secret of zeros. @spec RFC 7748 section 6.1 */
int
bg_agree_secret(unsigned char out[BG_AGREE_SECRET], size_t *len, EVP_PKEY *own, EVP_PKEY *peer)
{
	BG_AUTO(bg_pkey_ctx_free) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, own, NULL);

	*len = BG_AGREE_SECRET;
	return ctx != NULL && EVP_PKEY_derive_init(ctx) == 1 && EVP_PKEY_derive_set_peer(ctx, peer) == 1 &&
	       EVP_PKEY_derive(ctx, out, len) == 1;
}

/* Both public keys are bound: a secret that was made for another pair gives another key. */
static size_t
make_info(unsigned char out[sizeof(INFO) + 2 * BG_AGREE_POINT], const struct bg_agree_point *epk,
	  const struct bg_agree_point *recipient)
{
	memcpy(out, INFO, sizeof(INFO)); /* with its NUL */
	memcpy(out + sizeof(INFO), epk->bytes, epk->len);
	memcpy(out + sizeof(INFO) + epk->len, recipient->bytes, recipient->len);
	return sizeof(INFO) + epk->len + recipient->len;
}

/* @spec RFC 5869 section 2 */
static int
expand(unsigned char key[BG_AGREE_KEY], unsigned char secret[SHARED], const struct bg_agree_point *epk,
       const struct bg_agree_point *recipient)
{
	BG_AUTO(kdf_free) EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	BG_AUTO(kdf_ctx_free) EVP_KDF_CTX *ctx = kdf == NULL ? NULL : EVP_KDF_CTX_new(kdf);
	unsigned char info[sizeof(INFO) + 2 * BG_AGREE_POINT];
	size_t info_len = make_info(info, epk, recipient);
	char digest[] = "SHA256";
	const OSSL_PARAM params[] = {
	    OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
	    OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, secret, SHARED),
	    OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info, info_len),
	    OSSL_PARAM_construct_end(),
	};

	return ctx != NULL && EVP_KDF_derive(ctx, key, BG_AGREE_KEY, params) == 1;
}

static int
agree(unsigned char key[BG_AGREE_KEY], EVP_PKEY *own, EVP_PKEY *peer, const struct bg_agree_point *epk,
      const struct bg_agree_point *recipient)
{
	unsigned char secret[BG_AGREE_SECRET];
	size_t len = 0;
	int agreed =
	    bg_agree_secret(secret, &len, own, peer) && len == SHARED && expand(key, secret, epk, recipient);

	bg_wipe(secret, sizeof(secret));
	return agreed;
}

/* Says which key may open it: the hash of its public half. */
static belgo_rc
key_id(char **out, const struct bg_agree_point *point)
{
	unsigned char hash[BG_HASH_MAX];
	size_t len = 0;

	BG_TRY(bg_digest(hash, &len, BG_SHA256, point->bytes, point->len));
	return bg_base64url_encode(out, hash, len);
}

static belgo_rc
describe(json_t **out, const struct bg_agree_point *epk, const struct bg_agree_point *recipient)
{
	BG_AUTO(bg_json_free) json_t *json = json_object();
	BG_AUTO(bg_str_free) char *kid = NULL;
	json_t *jwk = NULL;

	BG_TRY(key_id(&kid, recipient));
	BG_TRY(bg_agree_point_to_jwk(&jwk, epk));
	if (json == NULL || bg_json_set_str(json, "alg", BG_AGREE_ALG) || bg_json_set_str(json, "kid", kid)) {
		bg_json_free(&jwk);
		return BELGO_ENOMEM;
	}
	if (json_object_set_new(json, "epk", jwk) != 0)
		return BELGO_ENOMEM;
	*out = BG_TAKE(json);
	return BELGO_OK;
}

static belgo_rc
begin(json_t **recipient, unsigned char key[BG_AGREE_KEY], const char *public_key, struct belgo_error *err)
{
	BG_AUTO(bg_pkey_free) EVP_PKEY *theirs = NULL;
	BG_AUTO(bg_pkey_free) EVP_PKEY *fresh = NULL;
	struct bg_agree_point their_point, fresh_point;
	belgo_rc rc;

	BG_TRY(bg_agree_key_read(&theirs, public_key, BG_AGREE_PUBLIC, err));
	/* libcrypto draws the key, as it draws those that a client signs with. */
	fresh = EVP_PKEY_is_a(theirs, "X25519") ? EVP_PKEY_Q_keygen(NULL, NULL, "X25519")
						: EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	if (fresh == NULL || !bg_agree_point_of(&their_point, theirs) ||
	    !bg_agree_point_of(&fresh_point, fresh))
		return bg_fail(err, BELGO_EINTERNAL, "libcrypto could not make a key for the recipient");
	if (!agree(key, fresh, theirs, &fresh_point, &their_point))
		return bg_fail(err, BELGO_EINVAL, "nothing can be sealed for the recipient's key");
	if ((rc = describe(recipient, &fresh_point, &their_point)) != BELGO_OK)
		return bg_fail(err, rc, "the recipient's key: %s", belgo_rc_str(rc));
	return BELGO_OK;
}

belgo_rc
bg_agree_begin(json_t **recipient, unsigned char key[BG_AGREE_KEY], const char *public_key,
	       struct belgo_error *err)
{
	belgo_rc rc;

	ERR_set_mark();
	rc = begin(recipient, key, public_key, err);
	ERR_pop_to_mark();
	return rc;
}

static belgo_rc
check_recipient(const json_t *recipient, const char **kid, struct belgo_error *err)
{
	const char *alg = NULL;

	BG_TRY(bg_json_str(&alg, recipient, "alg", BG_REQUIRED, "the recipient", err));
	BG_TRY(bg_json_str(kid, recipient, "kid", BG_REQUIRED, "the recipient", err));
	if (json_object_size(recipient) != 3 || !bg_str_equal(alg, BG_AGREE_ALG))
		return bg_fail(err, BELGO_EPROTO,
			       "the sealed file names a recipient in a way that is unknown");
	return BELGO_OK;
}

static belgo_rc
finish(unsigned char key[BG_AGREE_KEY], const json_t *recipient, const char *private_key,
       struct belgo_error *err)
{
	BG_AUTO(bg_pkey_free) EVP_PKEY *own = NULL;
	BG_AUTO(bg_pkey_free) EVP_PKEY *peer = NULL;
	BG_AUTO(bg_str_free) char *own_id = NULL;
	struct bg_agree_point own_point, peer_point;
	const char *kid = NULL;

	BG_TRY(check_recipient(recipient, &kid, err));
	BG_TRY(bg_agree_key_read(&own, private_key, BG_AGREE_PRIVATE, err));
	if (!bg_agree_point_of(&own_point, own))
		return bg_fail(err, BELGO_EINTERNAL, "libcrypto could not tell the key's public half");
	if (key_id(&own_id, &own_point) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	if (!bg_str_equal(kid, own_id))
		return bg_fail(err, BELGO_EINVAL, "the file was sealed for another key");
	BG_TRY(bg_agree_key_from_jwk(&peer, json_object_get(recipient, "epk"), BG_AGREE_PUBLIC, err));
	if (!bg_agree_point_of(&peer_point, peer) || !agree(key, own, peer, &peer_point, &own_point))
		return bg_fail(err, BELGO_EPROTO, "the sealed file holds a key that fits no recipient");
	return BELGO_OK;
}

belgo_rc
bg_agree_finish(unsigned char key[BG_AGREE_KEY], const json_t *recipient, const char *private_key,
		struct belgo_error *err)
{
	belgo_rc rc;

	ERR_set_mark();
	rc = finish(key, recipient, private_key, err);
	ERR_pop_to_mark();
	return rc;
}
