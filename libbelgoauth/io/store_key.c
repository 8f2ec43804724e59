/*
 * The key of a file store. params.json holds how it is derived and a check value, so that a wrong passphrase
 * is told from a damaged record: {"version":1,"kdf":"scrypt"|"none","n","salt","check"}. Nothing in it is
 * secret, and nothing in it can make the derivation weaker or costlier than the bounds below.
 */
#include "io/store_key.h"

#include "base/base64url.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/scrypt.h"

#include <belgoauth/env.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* 64 MiB for a new store, which a small machine can still spare. */
enum { SCRYPT_N = 1 << 16 };
/* How often one who types a passphrase may. */
enum { MAX_TRIES = 3 };

static const char params_name[] = "params.json";

struct bg_store_key {
	char *key_file;
	char *passphrase_file;
	belgo_rc (*ask)(void *arg, enum belgo_ask why, char **out, struct belgo_error *err);
	void *ask_arg;
	int known;
	unsigned char key[BG_SEAL_KEY];
};

/* How the key is made from what the user has. */
struct derivation {
	int64_t n; /* 0: the key file is the key */
	unsigned char salt[BG_SCRYPT_SALT];
	char check[BG_ID_SIZE];
};

belgo_rc
bg_store_key_new(struct bg_store_key **out, const struct belgo_store_params *params, struct belgo_error *err)
{
	BG_AUTO(bg_store_key_free) struct bg_store_key *key = bg_calloc(1, sizeof(*key));

	if (key == NULL || bg_str_set(&key->key_file, params->key_file) != BELGO_OK ||
	    bg_str_set(&key->passphrase_file, params->passphrase_file) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	key->ask = params->ask_passphrase;
	key->ask_arg = params->ask_arg;
	*out = BG_TAKE(key);
	return BELGO_OK;
}

void
bg_store_key_free(struct bg_store_key **key)
{
	if (*key == NULL)
		return;
	bg_wipe((*key)->key, sizeof((*key)->key));
	bg_str_free(&(*key)->key_file);
	bg_str_free(&(*key)->passphrase_file);
	bg_free(key);
}

/*
 * Links are followed here, for a key file is the user's to place. Read access for the group is refused unless
 * root owns the file: a service manager hands credentials over by access list, which shows as the group's
 * bits.
 */
static belgo_rc
check_secret_file(int fd, const char *path, struct belgo_error *err)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return bg_fail(err, BELGO_ESTORE, "%s: %s", path, bg_errno_text(errno));
	if (!S_ISREG(st.st_mode))
		return bg_fail(err, BELGO_ESTORE, "%s is not a regular file", path);
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return bg_fail(err, BELGO_ESTORE, "%s belongs to another user", path);
	if ((st.st_mode & 037) != 0 || ((st.st_mode & 040) != 0 && st.st_uid != 0))
		return bg_fail(err, BELGO_ESTORE,
			       "%s can be read by other users (mode %03o); it must have mode 600 or 400",
			       path, (unsigned)st.st_mode & 0777);
	return BELGO_OK;
}

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

/* At most size - 1 bytes and a NUL; a longer file is BELGO_ESTORE. */
static belgo_rc
read_secret_file(char *out, size_t size, size_t *out_len, const char *path, struct belgo_error *err)
{
	BG_AUTO(close_fd) int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	size_t len = 0;
	ssize_t got = 1;

	if (fd < 0)
		return bg_fail(err, BELGO_ESTORE, "%s: %s", path, bg_errno_text(errno));
	BG_TRY(check_secret_file(fd, path, err));
	while (len < size && got != 0) {
		got = read(fd, out + len, size - len);
		if (got < 0 && errno != EINTR)
			return bg_fail(err, BELGO_ESTORE, "%s: %s", path, bg_errno_text(errno));
		len += got > 0 ? (size_t)got : 0;
	}
	if (len >= size)
		return bg_fail(err, BELGO_ESTORE, "%s is too long to be a key or passphrase", path);
	out[len] = '\0';
	*out_len = len;
	return BELGO_OK;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static int
from_hex(unsigned char out[BG_SEAL_KEY], const char *text)
{
	for (size_t i = 0; i < BG_SEAL_KEY; i++) {
		int high = hex_digit(text[2 * i]), low = high < 0 ? -1 : hex_digit(text[2 * i + 1]);

		if (low < 0)
			return 0;
		out[i] = (unsigned char)(high << 4 | low);
	}
	return 1;
}

static belgo_rc
parse_key_file(unsigned char out[BG_SEAL_KEY], const char *text, size_t len, const char *path,
	       struct belgo_error *err)
{
	const size_t digits = 2 * (size_t)BG_SEAL_KEY;

	if (len == BG_SEAL_KEY) {
		memcpy(out, text, BG_SEAL_KEY);
		return BELGO_OK;
	}
	if ((len == digits || (len == digits + 1 && text[digits] == '\n')) && from_hex(out, text))
		return BELGO_OK;
	return bg_fail(err, BELGO_ESTORE, "%s holds no key: 32 bytes or 64 hexadecimal digits are wanted",
		       path);
}

static belgo_rc
key_from_file(unsigned char out[BG_SEAL_KEY], const char *path, struct belgo_error *err)
{
	char text[2 * BG_SEAL_KEY + 3];
	size_t len = 0;
	belgo_rc rc = read_secret_file(text, sizeof(text), &len, path, err);

	if (rc == BELGO_OK)
		rc = parse_key_file(out, text, len, path, err);
	bg_wipe(text, sizeof(text));
	return rc;
}

static belgo_rc
passphrase_from_file(char **out, const char *path, struct belgo_error *err)
{
	char text[BG_MAX_PASSPHRASE + 2];
	size_t len = 0;
	belgo_rc rc = read_secret_file(text, sizeof(text), &len, path, err);

	if (rc == BELGO_OK && strlen(text) != len)
		rc = bg_fail(err, BELGO_ESTORE, "%s holds a NUL byte", path);
	if (rc == BELGO_OK && len > 0 && text[len - 1] == '\n')
		text[len - 1] = '\0';
	if (rc == BELGO_OK && (*out = bg_strdup(text)) == NULL)
		rc = bg_fail(err, BELGO_ENOMEM, "out of memory");
	bg_wipe(text, sizeof(text));
	return rc;
}

static belgo_rc
key_from_passphrase(unsigned char out[BG_SEAL_KEY], struct bg_store_key *key, const struct derivation *how,
		    enum belgo_ask why, struct belgo_error *err)
{
	BG_AUTO(bg_str_free) char *passphrase = NULL;

	if (key->passphrase_file != NULL)
		BG_TRY(passphrase_from_file(&passphrase, key->passphrase_file, err));
	else
		BG_TRY(key->ask(key->ask_arg, why, &passphrase, err));
	if (passphrase == NULL || passphrase[0] == '\0')
		return bg_fail(err, BELGO_ESTORE, "the passphrase of the file store is empty");
	if (bg_scrypt(out, passphrase, how->salt, how->n) != BELGO_OK)
		return bg_fail(err, BELGO_EINTERNAL, "libcrypto could not derive the key of the file store");
	return BELGO_OK;
}

/* A hash that only the right key gives; the key has 256 bits or scrypt behind it. */
static belgo_rc
check_value(char out[BG_ID_SIZE], const unsigned char key[BG_SEAL_KEY], struct belgo_error *err)
{
	unsigned char text[sizeof("belgoauth store key") - 1 + BG_SEAL_KEY], hash[BG_HASH_MAX];
	BG_AUTO(bg_str_free) char *encoded = NULL;
	size_t len = 0;
	belgo_rc rc;

	memcpy(text, "belgoauth store key", sizeof(text) - BG_SEAL_KEY);
	memcpy(text + sizeof(text) - BG_SEAL_KEY, key, BG_SEAL_KEY);
	if ((rc = bg_digest(hash, &len, BG_SHA256, text, sizeof(text))) == BELGO_OK)
		rc = bg_base64url_encode(&encoded, hash, len);
	bg_wipe(text, sizeof(text));
	if (rc != BELGO_OK)
		return bg_fail(err, rc, "the key of the file store: %s", belgo_rc_str(rc));
	memcpy(out, encoded, strlen(encoded) + 1);
	return BELGO_OK;
}

static belgo_rc
read_salt(struct derivation *how, const json_t *json, const char *what, struct belgo_error *err)
{
	const char *text = NULL;
	unsigned char *salt = NULL;
	size_t len = 0;
	belgo_rc rc;

	BG_TRY(bg_json_str(&text, json, "salt", BG_REQUIRED, what, err));
	BG_TRY(bg_json_number(&how->n, json, "n", BG_REQUIRED, what, err));
	if ((rc = bg_base64url_decode(&salt, &len, text, strlen(text))) == BELGO_ENOMEM)
		return bg_fail(err, rc, "out of memory");
	if (rc == BELGO_OK && len == BG_SCRYPT_SALT)
		memcpy(how->salt, salt, BG_SCRYPT_SALT);
	bg_free(&salt);
	if (rc != BELGO_OK || len != BG_SCRYPT_SALT || !bg_scrypt_is_bounded(how->n))
		return bg_fail(err, BELGO_EPROTO, "%s: salt or n is out of bounds", what);
	return BELGO_OK;
}

static belgo_rc
read_members(struct derivation *how, const json_t *json, const char *what, struct belgo_error *err)
{
	const char *kdf = NULL, *check = NULL;
	int64_t version = 0;

	BG_TRY(bg_json_number(&version, json, "version", BG_REQUIRED, what, err));
	if (version > 1)
		return bg_fail(err, BELGO_EVERSION, "%s was written by a newer version", what);
	BG_TRY(bg_json_str(&kdf, json, "kdf", BG_REQUIRED, what, err));
	BG_TRY(bg_json_str(&check, json, "check", BG_REQUIRED, what, err));
	if (version != 1 || strlen(check) >= sizeof(how->check) ||
	    (!bg_str_equal(kdf, "scrypt") && !bg_str_equal(kdf, "none")))
		return bg_fail(err, BELGO_EPROTO, "%s is damaged", what);
	memcpy(how->check, check, strlen(check) + 1);
	return bg_str_equal(kdf, "none") ? BELGO_OK : read_salt(how, json, what, err);
}

/* BELGO_ENOTFOUND leaves err alone. */
static belgo_rc
read_derivation(struct derivation *how, const struct bg_dir *dir, struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *json = NULL;
	BG_AUTO(belgo_blob_done) struct belgo_blob blob = {0};
	BG_AUTO(bg_str_free) char *what = bg_strf("%s/%s", dir->path, params_name);
	struct belgo_error local = {0};
	struct derivation read = {0};
	belgo_rc rc;

	if (what == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	if ((rc = bg_file_read(&blob, dir, params_name, 4096, &local)) == BELGO_ENOTFOUND)
		return rc;
	if (rc == BELGO_OK)
		rc = bg_json_object(&json, (const char *)blob.data, blob.len, 4096, BG_JSON_NUMBERS_STRICT,
				    what, &local);
	if (rc == BELGO_OK)
		rc = read_members(&read, json, what, &local);
	if (rc != BELGO_OK)
		return bg_fail(err, rc == BELGO_EPROTO ? BELGO_ESTORE : rc, "%s", local.text);
	*how = read;
	return BELGO_OK;
}

static belgo_rc
dump_derivation(char **out, const struct derivation *how, struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *json = json_object();
	BG_AUTO(bg_str_free) char *salt = NULL;
	belgo_rc rc;

	if (json == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	if ((rc = bg_json_set_int(json, "version", 1)) ||
	    (rc = bg_json_set_str(json, "kdf", how->n == 0 ? "none" : "scrypt")) ||
	    (how->n != 0 &&
	     ((rc = bg_base64url_encode(&salt, how->salt, BG_SCRYPT_SALT)) ||
	      (rc = bg_json_set_int(json, "n", how->n)) || (rc = bg_json_set_str(json, "salt", salt)))) ||
	    (rc = bg_json_set_str(json, "check", how->check)) || (rc = bg_json_dump(out, json)))
		return bg_fail(err, rc, "out of memory");
	return BELGO_OK;
}

/* BELGO_EBUSY where another process was faster. */
static belgo_rc
write_derivation(const struct bg_dir *dir, const struct derivation *how, struct belgo_error *err)
{
	BG_AUTO(bg_temp_done) struct bg_temp temp = BG_TEMP_NONE;
	BG_AUTO(bg_str_free) char *text = NULL;

	BG_TRY(dump_derivation(&text, how, err));
	BG_TRY(bg_temp_reserve(&temp, dir, params_name, strlen(text), err));
	return bg_temp_commit(&temp, params_name, text, strlen(text), BG_COMMIT_FRESH, err);
}

static belgo_rc
derive(unsigned char out[BG_SEAL_KEY], struct bg_store_key *key, const struct derivation *how,
       enum belgo_ask why, struct belgo_error *err)
{
	if (key->key_file != NULL && how->n != 0)
		return bg_fail(err, BELGO_ESTORE,
			       "the file store was made with a passphrase, not with the key in %s",
			       key->key_file);
	if (key->key_file == NULL && how->n == 0)
		return bg_fail(err, BELGO_ESTORE,
			       "the file store was made with a key file, not with a passphrase");
	return key->key_file != NULL ? key_from_file(out, key->key_file, err)
				     : key_from_passphrase(out, key, how, why, err);
}

/* The first key a store sees becomes its key. */
static belgo_rc
begin_store(unsigned char out[BG_SEAL_KEY], struct bg_store_key *key, const struct bg_dir *dir,
	    struct belgo_error *err)
{
	const struct belgo_system *sys = belgo_system_default();
	struct derivation how = {.n = key->key_file == NULL ? SCRYPT_N : 0};

	BG_TRY(sys->random(sys->ctx, how.salt, BG_SCRYPT_SALT, err));
	BG_TRY(derive(out, key, &how, BELGO_ASK_NEW, err));
	BG_TRY(check_value(how.check, out, err));
	return write_derivation(dir, &how, err);
}

static belgo_rc
open_store(unsigned char out[BG_SEAL_KEY], struct bg_store_key *key, const struct derivation *how,
	   const struct bg_dir *dir, struct belgo_error *err)
{
	const int is_typed = key->key_file == NULL && key->passphrase_file == NULL;
	char check[BG_ID_SIZE];

	for (int tries = is_typed ? MAX_TRIES : 1; tries > 0; tries--) {
		BG_TRY(derive(out, key, how, tries == MAX_TRIES ? BELGO_ASK_OPEN : BELGO_ASK_AGAIN, err));
		BG_TRY(check_value(check, out, err));
		if (bg_str_equal_secret(check, how->check))
			return BELGO_OK;
	}
	return key->key_file != NULL
		   ? bg_fail(err, BELGO_ESTORE,
			     "the key in %s is not the one that the store %s was made with", key->key_file,
			     dir->path)
		   : bg_fail(err, BELGO_ESTORE,
			     "the passphrase is not the one that the store %s was made with", dir->path);
}

static belgo_rc
find_key(unsigned char out[BG_SEAL_KEY], struct bg_store_key *key, const struct bg_dir *dir,
	 enum bg_dir_make make, struct belgo_error *err)
{
	struct belgo_error local = {0};
	struct derivation how = {0};
	belgo_rc rc = read_derivation(&how, dir, err);

	if (rc == BELGO_ENOTFOUND && make == BG_DIR_MAKE) {
		rc = begin_store(out, key, dir, &local);
		if (rc != BELGO_EBUSY)
			return rc == BELGO_OK ? rc : bg_fail(err, rc, "%s", local.text);
		rc = read_derivation(&how, dir, err);
	}
	if (rc == BELGO_ENOTFOUND)
		return bg_fail(err, BELGO_ESTORE,
			       "%s/%s is missing: the records there cannot be opened without it", dir->path,
			       params_name);
	return rc == BELGO_OK ? open_store(out, key, &how, dir, err) : rc;
}

belgo_rc
bg_store_key_get(const unsigned char **out, struct bg_store_key *key, const struct bg_dir *dir,
		 enum bg_dir_make make, struct belgo_error *err)
{
	unsigned char found[BG_SEAL_KEY];
	belgo_rc rc;

	if (!key->known) {
		if (key->key_file == NULL && key->passphrase_file == NULL && key->ask == NULL)
			return bg_fail(
			    err, BELGO_ENOSTORE,
			    "the file store needs a key file or a passphrase, and was given neither");
		rc = find_key(found, key, dir, make, err);
		if (rc == BELGO_OK)
			memcpy(key->key, found, sizeof(found));
		bg_wipe(found, sizeof(found));
		if (rc != BELGO_OK)
			return rc;
		key->known = 1;
	}
	*out = key->key;
	return BELGO_OK;
}
