/*
 * The gate before decryption: segments, header and lengths, each as the client has agreed; and decryption as
 * one path that ends in one way, whatever was wrong.
 */
#include "jose/jwe.h"

#include "base/base64url.h"
#include "base/error.h"
#include "base/limits.h"
#include "jose/compact.h"
#include "jose/decryption_key.h"
#include "jose/evp.h"
#include "jose/jwk_key.h"

#include <openssl/err.h>

#include <string.h>

#define CBC_BLOCK 16
#define WRAP_MORE 8

enum { HEADER, KEY, IV, TEXT, TAG, N_SEGMENTS };

static void
jwe_done(struct bg_jwe *jwe)
{
	bg_pkey_free(&jwe->own);
	bg_pkey_free(&jwe->peer);
	bg_bytes_done(&jwe->apu);
	bg_bytes_done(&jwe->apv);
	bg_bytes_done(&jwe->key);
	bg_bytes_done(&jwe->iv);
	bg_bytes_done(&jwe->text);
	bg_bytes_done(&jwe->tag);
}

/* Whoever takes what is merely signed where encryption was agreed lets everybody choose.
 * @spec RFC 7516 section 7.1 */
static belgo_rc
split(struct bg_segment seg[N_SEGMENTS], const char *compact, const char *what, struct belgo_error *err)
{
	size_t n = bg_compact_split(seg, N_SEGMENTS, compact);

	if (n == 3)
		return bg_fail(err, BELGO_ESIGNATURE, "%s is not encrypted, though that was agreed", what);
	if (n != N_SEGMENTS)
		return bg_fail(err, BELGO_EPROTO, "%s is no JWE: it does not have five segments", what);
	return BELGO_OK;
}

/*
 * What would change what is decrypted, or how dear that is. No crit is understood, so any is refused.
 * @spec RFC 7516 section 4.1.13; RFC 8725 section 3.6
 */
static belgo_rc
check_extensions(const json_t *header, const char *what, struct belgo_error *err)
{
	static const char *const refused[] = {"crit", "zip", "p2c", "p2s", "b64"};

	return bg_compact_refuse(header, refused, BG_LEN(refused), what, err);
}

/* What is within is a JWT, whether that is said or not. @spec RFC 7519 section 5.2 */
static belgo_rc
check_content_type(const json_t *header, const char *what, struct belgo_error *err)
{
	const char *cty = NULL;

	BG_TRY(bg_json_str(&cty, header, "cty", BG_OPTIONAL, what, err));
	return cty == NULL || bg_compact_is_type(cty, "JWT")
		   ? BELGO_OK
		   : bg_fail(err, BELGO_EPROTO, "%s holds no JWT by its cty", what);
}

/* @spec RFC 7516 section 4.1.1, 4.1.2; RFC 8725 sections 3.1 and 3.2 */
static belgo_rc
check_algorithms(const json_t *header, const struct bg_jwe_agreed *agreed, const char *what,
		 struct belgo_error *err)
{
	const char *alg = json_string_value(json_object_get(header, "alg"));
	const char *enc = json_string_value(json_object_get(header, "enc"));

	if (bg_str_equal(alg, agreed->alg->name) && bg_str_equal(enc, agreed->enc->name))
		return BELGO_OK;
	return bg_fail(err, BELGO_ESIGNATURE, "%s is not encrypted with %s and %s, as was agreed", what,
		       agreed->alg->name, agreed->enc->name);
}

/* @spec RFC 7518 section 4.6.1.2, 4.6.1.3 */
static belgo_rc
take_party(struct bg_bytes *out, const json_t *header, const char *name, const char *what,
	   struct belgo_error *err)
{
	const char *text = NULL;
	belgo_rc rc;

	BG_TRY(bg_json_str(&text, header, name, BG_OPTIONAL, what, err));
	if (text == NULL)
		return BELGO_OK;
	rc = bg_base64url_decode(&out->data, &out->len, text, strlen(text));
	return rc == BELGO_OK ? rc : bg_fail(err, rc, "%s has an \"%s\" that is not base64url", what, name);
}

/* @spec RFC 7518 section 4.6.1.1, 6.2.1 */
static belgo_rc
take_peer(struct bg_jwe *jwe, const json_t *header, const char *what, struct belgo_error *err)
{
	const json_t *epk = json_object_get(header, "epk"), *own = jwe->agreed->key;
	belgo_rc rc = BELGO_ESIGNATURE;

	if (json_is_object(epk) && json_equal(json_object_get(epk, "kty"), json_object_get(own, "kty")) &&
	    json_equal(json_object_get(epk, "crv"), json_object_get(own, "crv")))
		rc = bg_peer_key_load(&jwe->peer, epk);
	if (rc == BELGO_ENOMEM)
		return bg_fail(err, rc, "%s: out of memory", what);
	if (rc != BELGO_OK)
		return bg_fail(err, rc, "%s has no sound public key (epk) of the curve of the client's key",
			       what);
	BG_TRY(take_party(&jwe->apu, header, "apu", what, err));
	return take_party(&jwe->apv, header, "apv", what, err);
}

static belgo_rc
take_header(struct bg_jwe *jwe, const struct bg_segment *seg, const char *what, struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *header = NULL;

	BG_TRY(bg_compact_object(&header, seg, BG_MAX_JOSE_HEADER, what, err));
	BG_TRY(check_extensions(header, what, err));
	BG_TRY(check_algorithms(header, jwe->agreed, what, err));
	BG_TRY(check_content_type(header, what, err));
	jwe->aad = seg->text;
	jwe->aad_len = seg->len;
	return jwe->agreed->alg->family == BG_JWE_ECDH_ES ? take_peer(jwe, header, what, err) : BELGO_OK;
}

static size_t
key_len(const struct bg_jwe *jwe)
{
	const struct bg_jwe_alg *alg = jwe->agreed->alg;

	if (alg->family == BG_JWE_RSA_OAEP)
		return (size_t)EVP_PKEY_get_size(jwe->own);
	return alg->wrap_len == 0 ? 0 : jwe->agreed->enc->key_len + WRAP_MORE;
}

/* Exactly what the algorithms make. Tags that were cut, keys that are too long and text that fills no block
 * are what other libraries fell over.
 * @spec RFC 7516 section 5.2; RFC 7518 sections 4.6, 5.2.2.1, 5.3 */
static belgo_rc
check_lengths(const struct bg_jwe *jwe, const char *what, struct belgo_error *err)
{
	const struct bg_jwe_enc *enc = jwe->agreed->enc;

	if (jwe->key.len == key_len(jwe) && jwe->iv.len == enc->iv_len && jwe->tag.len == enc->tag_len &&
	    jwe->text.len > 0 && (!enc->is_cbc || jwe->text.len % CBC_BLOCK == 0))
		return BELGO_OK;
	return bg_fail(err, BELGO_EPROTO, "%s has a segment of a length that %s and %s never give", what,
		       jwe->agreed->alg->name, enc->name);
}

static belgo_rc
take_segments(struct bg_jwe *jwe, const struct bg_segment seg[N_SEGMENTS], const char *what,
	      struct belgo_error *err)
{
	struct bg_bytes *const parts[] = {
	    [KEY] = &jwe->key, [IV] = &jwe->iv, [TEXT] = &jwe->text, [TAG] = &jwe->tag};

	for (size_t i = KEY; i < N_SEGMENTS; i++)
		BG_TRY(bg_compact_decode(&parts[i]->data, &parts[i]->len, &seg[i], what, err));
	return check_lengths(jwe, what, err);
}

/*
 * One path and one end: where the key is not to be had, the text is tried with zeros, and refused even if it
 * opens.
 * @spec RFC 7516 section 11.5
 */
static belgo_rc
decrypt(unsigned char *out, size_t *len, const struct bg_jwe *jwe)
{
	unsigned char key[BG_JWE_KEY_MAX] = {0};
	belgo_rc found = bg_jwe_find_key(key, jwe), opened;

	if (found != BELGO_OK)
		bg_wipe(key, sizeof(key));
	opened = bg_jwe_open(out, len, jwe, key);
	bg_wipe(key, sizeof(key));
	return found != BELGO_OK ? found : opened;
}

/* As with a signature, what cannot be decrypted costs the refresh token that came with it: want of memory
 * must not look like that. */
static belgo_rc
judge(unsigned char *out, size_t *len, const struct bg_jwe *jwe)
{
	belgo_rc rc;

	ERR_set_mark();
	rc = decrypt(out, len, jwe);
	if (rc == BELGO_ESIGNATURE)
		rc = bg_crypto_has_memory() ? decrypt(out, len, jwe) : BELGO_ENOMEM;
	ERR_pop_to_mark();
	return rc;
}

/* The text is a string, to be read as any other token. */
static belgo_rc
finish(char **out, const struct bg_jwe *jwe, const char *what, struct belgo_error *err)
{
	BG_AUTO(bg_bytes_done) struct bg_bytes clear = {bg_calloc(1, jwe->text.len), jwe->text.len};
	size_t len = 0;
	belgo_rc rc = clear.data != NULL ? judge(clear.data, &len, jwe) : BELGO_ENOMEM;

	if (rc == BELGO_ESIGNATURE)
		return bg_fail(err, rc, "%s does not decrypt with the client's key", what);
	if (rc == BELGO_OK && memchr(clear.data, '\0', len) != NULL)
		return bg_fail(err, BELGO_EPROTO, "%s holds no JWT: it has a NUL byte in it", what);
	if (rc != BELGO_OK || (*out = bg_strndup((const char *)clear.data, len)) == NULL)
		return bg_fail(err, BELGO_ENOMEM, "%s: out of memory", what);
	return BELGO_OK;
}

belgo_rc
bg_jwe_decrypt(char **out, const char *compact, const struct bg_jwe_agreed *agreed, size_t max,
	       const char *what, struct belgo_error *err)
{
	BG_AUTO(jwe_done) struct bg_jwe jwe = {.agreed = agreed};
	struct bg_segment seg[N_SEGMENTS];
	belgo_rc rc;

	if (strnlen(compact, max + 1) > max)
		return bg_fail(err, BELGO_EPROTO, "%s is longer than %zu bytes", what, max);
	BG_TRY(split(seg, compact, what, err));
	BG_TRY(take_header(&jwe, &seg[HEADER], what, err));
	if ((rc = bg_decryption_key_load(&jwe.own, agreed->key)) != BELGO_OK)
		return bg_fail(err, rc,
			       rc == BELGO_ENOMEM ? "%s: out of memory"
						  : "%s: the client's decryption key is damaged",
			       what);
	BG_TRY(take_segments(&jwe, seg, what, err));
	return finish(out, &jwe, what, err);
}
