/*
 * The additional data is the file's object without its ciphertext, as compact JSON in the order of its
 * members: nothing that says how it was sealed can be changed.
 */
#include "jose/sealed.h"

#include "base/base64url.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "jose/agree.h"

#include <stdlib.h>
#include <string.h>

#define FORMAT "oauthctl-export"
#define VERSION 1
#define WHAT "the sealed file"
#define MEMBERS 5     /* format, version, kdf or recipient, nonce, ciphertext */
#define KDF_MEMBERS 5 /* name, n, r, p, salt */

_Static_assert(BG_SCRYPT_KEY == BG_AEAD_KEY && BG_AGREE_KEY == BG_AEAD_KEY, "either gives the cipher's key");

struct key {
	unsigned char bytes[BG_AEAD_KEY];
};

static void
key_wipe(struct key *key)
{
	bg_wipe(key, sizeof(*key));
}

static belgo_rc
member_bytes(struct bg_bytes *out, const json_t *json, const char *name, struct belgo_error *err)
{
	const char *text = NULL;
	belgo_rc rc;

	BG_TRY(bg_json_str(&text, json, name, BG_REQUIRED, WHAT, err));
	rc = bg_base64url_decode(&out->data, &out->len, text, strlen(text));
	return rc == BELGO_OK ? rc : bg_fail(err, rc, WHAT ": %s is not base64url", name);
}

/* The same, of a fixed length. */
static belgo_rc
member_exactly(unsigned char *out, size_t len, const json_t *json, const char *name, struct belgo_error *err)
{
	BG_AUTO(bg_bytes_done) struct bg_bytes bytes = {0};

	BG_TRY(member_bytes(&bytes, json, name, err));
	if (bytes.len != len)
		return bg_fail(err, BELGO_EPROTO, WHAT ": %s is not of %zu bytes", name, len);
	memcpy(out, bytes.data, len);
	return BELGO_OK;
}

static belgo_rc
cannot_derive(belgo_rc rc, struct belgo_error *err)
{
	return rc == BELGO_EINVAL ? bg_fail(err, rc, "the passphrase is empty")
				  : bg_fail(err, rc, "libcrypto could not derive a key of the passphrase");
}

static belgo_rc
describe_kdf(json_t *header, const struct bg_sealing *how)
{
	json_t *kdf = json_object();

	if (json_object_set_new(header, "kdf", kdf) != 0)
		return BELGO_ENOMEM;
	BG_TRY(bg_json_set_str(kdf, "name", "scrypt"));
	BG_TRY(bg_json_set_int(kdf, "n", BG_SCRYPT_N_MAX));
	BG_TRY(bg_json_set_int(kdf, "r", BG_SCRYPT_R));
	BG_TRY(bg_json_set_int(kdf, "p", BG_SCRYPT_P));
	return bg_json_set_bytes(kdf, "salt", how->salt, BG_SCRYPT_SALT);
}

static belgo_rc
new_key(struct key *key, json_t *header, const struct bg_sealing *how, struct belgo_error *err)
{
	json_t *recipient = NULL;
	belgo_rc rc;

	if (how->recipient != NULL) {
		BG_TRY(bg_agree_begin(&recipient, key->bytes, how->recipient, err));
		return json_object_set_new(header, "recipient", recipient) == 0
			   ? BELGO_OK
			   : bg_fail(err, BELGO_ENOMEM, "out of memory");
	}
	if ((rc = bg_scrypt(key->bytes, how->passphrase, how->salt, BG_SCRYPT_N_MAX)) != BELGO_OK)
		return cannot_derive(rc, err);
	return describe_kdf(header, how) == BELGO_OK ? BELGO_OK : bg_fail(err, BELGO_ENOMEM, "out of memory");
}

static belgo_rc
encrypt(json_t *header, const struct key *key, const struct bg_sealing *how, const char *text)
{
	BG_AUTO(bg_bytes_done) struct bg_bytes sealed = {0};
	BG_AUTO(bg_str_free) char *aad = NULL;
	size_t len = strlen(text);

	BG_TRY(bg_json_dump(&aad, header));
	const struct bg_aead aead = {
	    .key = key->bytes, .nonce = how->nonce, .aad = {{aad, strlen(aad)}, {NULL, 0}}};
	if ((sealed.data = bg_calloc(len + BG_AEAD_TAG, 1)) == NULL)
		return BELGO_ENOMEM;
	sealed.len = len + BG_AEAD_TAG;
	BG_TRY(bg_aead_seal(sealed.data, &aead, text, len));
	return bg_json_set_bytes(header, "ciphertext", sealed.data, sealed.len);
}

belgo_rc
bg_sealed_write(char **out, const struct bg_sealing *how, const char *text, struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *file = json_object();
	BG_AUTO(key_wipe) struct key key;
	belgo_rc rc;

	if ((how->passphrase == NULL) == (how->recipient == NULL))
		return bg_fail(err, BELGO_EINVAL,
			       "a file is sealed with a passphrase or for a recipient, one of the two");
	if (strlen(text) > BG_MAX_EXPORT)
		return bg_fail(err, BELGO_EINVAL, "there is more to be sealed than one file may hold");
	if (file == NULL || bg_json_set_str(file, "format", FORMAT) ||
	    bg_json_set_int(file, "version", VERSION))
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	BG_TRY(new_key(&key, file, how, err));
	if ((rc = bg_json_set_bytes(file, "nonce", how->nonce, BG_AEAD_NONCE)) ||
	    (rc = encrypt(file, &key, how, text)) || (rc = bg_json_dump(out, file)))
		return bg_fail(err, rc, WHAT ": %s", belgo_rc_str(rc));
	return BELGO_OK;
}

/* The bounds come before the work: no file makes this machine spend more than one of ours. */
static belgo_rc
key_by_passphrase(struct key *key, const json_t *kdf, const char *passphrase, struct belgo_error *err)
{
	unsigned char salt[BG_SCRYPT_SALT];
	const char *name = NULL;
	int64_t n = 0, r = 0, p = 0;
	belgo_rc rc;

	BG_TRY(bg_json_str(&name, kdf, "name", BG_REQUIRED, WHAT, err));
	BG_TRY(bg_json_number(&n, kdf, "n", BG_REQUIRED, WHAT, err));
	BG_TRY(bg_json_number(&r, kdf, "r", BG_REQUIRED, WHAT, err));
	BG_TRY(bg_json_number(&p, kdf, "p", BG_REQUIRED, WHAT, err));
	BG_TRY(member_exactly(salt, sizeof(salt), kdf, "salt", err));
	if (!bg_str_equal(name, "scrypt") || json_object_size(kdf) != KDF_MEMBERS || r != BG_SCRYPT_R ||
	    p != BG_SCRYPT_P || !bg_scrypt_is_bounded(n))
		return bg_fail(err, BELGO_EPROTO, WHAT ": the parameters of its kdf are out of bounds");
	if (passphrase == NULL)
		return bg_fail(err, BELGO_EINVAL, WHAT " opens with a passphrase, and none is given");
	rc = bg_scrypt(key->bytes, passphrase, salt, n);
	return rc == BELGO_OK ? rc : cannot_derive(rc, err);
}

static belgo_rc
find_key(struct key *key, const json_t *file, const struct bg_opening *how, struct belgo_error *err)
{
	const json_t *kdf = json_object_get(file, "kdf"), *recipient = json_object_get(file, "recipient");

	if (json_is_object(kdf))
		return key_by_passphrase(key, kdf, how->passphrase, err);
	if (!json_is_object(recipient))
		return bg_fail(err, BELGO_EPROTO, WHAT " has neither kdf nor recipient");
	if (how->private_key == NULL)
		return bg_fail(err, BELGO_EINVAL, WHAT " opens with a private key, and none is given");
	return bg_agree_finish(key->bytes, recipient, how->private_key, err);
}

static belgo_rc
check_format(const json_t *file, struct belgo_error *err)
{
	const char *format = json_string_value(json_object_get(file, "format"));
	int64_t version = 0;

	if (!bg_str_equal(format, FORMAT))
		return bg_fail(err, BELGO_EPROTO, WHAT " is not one of oauthctl's");
	BG_TRY(bg_json_number(&version, file, "version", BG_REQUIRED, WHAT, err));
	if (version > VERSION)
		return bg_fail(err, BELGO_EVERSION, WHAT " was written by a newer version");
	if (version != VERSION || json_object_size(file) != MEMBERS)
		return bg_fail(err, BELGO_EPROTO, WHAT " has members that it should not have");
	return BELGO_OK;
}

static belgo_rc
decrypt(struct bg_bytes *out, const struct key *key, const unsigned char *nonce, const json_t *header,
	const struct bg_bytes *sealed, struct belgo_error *err)
{
	BG_AUTO(bg_str_free) char *aad = NULL;
	belgo_rc rc;

	if (sealed->len < BG_AEAD_TAG || sealed->len > BG_MAX_EXPORT + BG_AEAD_TAG)
		return bg_fail(err, BELGO_EPROTO, WHAT " is cut short, or too long");
	if (bg_json_dump(&aad, header) != BELGO_OK || (out->data = bg_calloc(sealed->len, 1)) == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	out->len = sealed->len - BG_AEAD_TAG;
	const struct bg_aead aead = {
	    .key = key->bytes, .nonce = nonce, .aad = {{aad, strlen(aad)}, {NULL, 0}}};
	if ((rc = bg_aead_open(out->data, &aead, sealed->data, sealed->len)) == BELGO_OK)
		return BELGO_OK;
	if (rc != BELGO_EPROTO)
		return bg_fail(err, rc, "libcrypto could not open the sealed file");
	return bg_fail(err, rc, "%s",
		       json_object_get(header, "kdf") != NULL ? WHAT
			   " does not open: the passphrase is another one, or the file was changed"
							      : WHAT " does not open: it was changed");
}

belgo_rc
bg_sealed_read(char **out, size_t *out_len, const struct bg_opening *how, const char *text, size_t len,
	       struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *file = NULL;
	BG_AUTO(bg_bytes_done) struct bg_bytes sealed = {0};
	BG_AUTO(bg_bytes_done) struct bg_bytes plain = {0};
	BG_AUTO(key_wipe) struct key key;
	unsigned char nonce[BG_AEAD_NONCE];

	BG_TRY(bg_json_object(&file, text, len, BG_MAX_EXPORT_FILE, BG_JSON_NUMBERS_STRICT, WHAT, err));
	BG_TRY(check_format(file, err));
	BG_TRY(member_exactly(nonce, sizeof(nonce), file, "nonce", err));
	BG_TRY(member_bytes(&sealed, file, "ciphertext", err));
	BG_TRY(find_key(&key, file, how, err));
	(void)json_object_del(file, "ciphertext");
	BG_TRY(decrypt(&plain, &key, nonce, file, &sealed, err));
	*out_len = plain.len;
	*out = (char *)BG_TAKE(plain.data); /* one zero byte or more follow it */
	return BELGO_OK;
}
