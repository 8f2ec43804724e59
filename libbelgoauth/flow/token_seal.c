/* One walk over the tokens of a record and the key they are bound to; sealing, opening and looking for keys
 * are what is done at each. */
#include "flow/token_seal.h"

#include <stdio.h>
#include <string.h>

#include "base/aead.h"
#include "base/base64url.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/mem.h"

#define KEY_ID_BYTES 8
#define KEY_ID_LEN 11 /* in base64url */
#define ADDED (BG_AEAD_NONCE + BG_AEAD_TAG)

struct work {
	const char *account_key;
	const json_t *record;
	const struct bg_token_keys *keys;
	struct belgo_error *err;
	char place[40];          /* as "further/3/access_token" */
	const json_t *selection; /* what it was asked for, of a further token; else NULL */
};

typedef belgo_rc at_token_fn(json_t *token, const char *name, const struct work *work);

static belgo_rc
at_tokens_of(json_t *token, const char *where, at_token_fn *act, struct work *work)
{
	static const char *const names[] = {"access_token", "refresh_token", "id_token"};

	for (size_t i = 0; i < BG_LEN(names); i++) {
		(void)snprintf(work->place, sizeof(work->place), "%s/%s", where, names[i]);
		BG_TRY(act(token, names[i], work));
	}
	return BELGO_OK;
}

static belgo_rc
at_each(json_t *record, at_token_fn *act, struct work *work)
{
	json_t *further;
	char where[24];
	size_t i;

	BG_TRY(at_tokens_of(json_object_get(record, "token"), "token", act, work));
	json_array_foreach(json_object_get(record, "further"), i, further)
	{
		(void)snprintf(where, sizeof(where), "further/%u", (unsigned)i);
		work->selection = further;
		BG_TRY(at_tokens_of(json_object_get(further, "token"), where, act, work));
	}
	work->selection = NULL;
	(void)snprintf(work->place, sizeof(work->place), "login/dpop_key");
	return act(json_object_get(record, "login"), "dpop_key", work);
}

/* A name that tells keys apart and says nothing of a key that is random. */
static belgo_rc
key_id(char **out, const struct belgo_token_key *key)
{
	unsigned char hash[BG_HASH_MAX];
	size_t len;

	BG_TRY(bg_digest(hash, &len, BG_SHA256, key->bytes, sizeof(key->bytes)));
	return bg_base64url_encode(out, hash, KEY_ID_BYTES);
}

static belgo_rc
add(json_t *list, json_t *value)
{
	return json_array_append(list, value != NULL ? value : json_null()) == 0 ? BELGO_OK : BELGO_ENOMEM;
}

/* Sealed tokens must not open in another account or in another's place, nor be sent where their account was
 * not signed in, nor pass for tokens of another selection. */
static belgo_rc
bound_text(char **out, const struct work *work)
{
	const json_t *account = json_object_get(work->record, "account");
	BG_AUTO(bg_json_free) json_t *all = json_pack("[s, s]", work->account_key, work->place);

	BG_TRY(add(all, json_object_get(account, "metadata_issuer")));
	BG_TRY(add(all, json_object_get(account, "client_id")));
	BG_TRY(add(all, json_object_get(work->selection, "scope")));
	BG_TRY(add(all, json_object_get(work->selection, "resources")));
	return bg_json_dump(out, all);
}

/* *out: nonce, ciphertext and tag. */
static belgo_rc
seal_text(char **out, const char *text, const struct work *work)
{
	const struct belgo_system *system = work->keys->system;
	const size_t len = strlen(text);
	BG_AUTO(bg_free) unsigned char *sealed = bg_calloc(1, len + ADDED);
	BG_AUTO(bg_str_free) char *bound = NULL;
	struct bg_aead how = {.key = work->keys->keys[0].bytes, .nonce = sealed};

	if (sealed == NULL)
		return BELGO_ENOMEM;
	BG_TRY(bound_text(&bound, work));
	how.aad[0].data = bound;
	how.aad[0].len = strlen(bound);
	BG_TRY(system->random(system->ctx, sealed, BG_AEAD_NONCE, NULL));
	BG_TRY(bg_aead_seal(sealed + BG_AEAD_NONCE, &how, text, len));
	return bg_base64url_encode(out, sealed, len + ADDED);
}

static belgo_rc
seal(json_t *token, const char *name, const struct work *work)
{
	const char *text = json_string_value(json_object_get(token, name));
	BG_AUTO(bg_str_free) char *id = NULL;
	BG_AUTO(bg_str_free) char *sealed = NULL;

	if (text == NULL)
		return BELGO_OK;
	BG_TRY(key_id(&id, &work->keys->keys[0]));
	BG_TRY(seal_text(&sealed, text, work));
	return json_object_set_new(token, name, json_pack("{s:s, s:s}", "key", id, "sealed", sealed)) == 0
		   ? BELGO_OK
		   : BELGO_ENOMEM;
}

static belgo_rc
altered(const struct work *work)
{
	return bg_fail(work->err, BELGO_ESTORE,
		       "the %s of the record account/%s was altered after it was encrypted; the record is "
		       "left as it is",
		       work->place, work->account_key);
}

/* *out: NULL where the token is not sealed. */
static belgo_rc
find_key(const struct belgo_token_key **out, const json_t *value, const struct work *work)
{
	const char *wanted = NULL;

	*out = NULL;
	if (!json_is_object(value))
		return BELGO_OK;
	if (bg_json_str(&wanted, value, "key", BG_REQUIRED, "record", NULL) != BELGO_OK ||
	    strlen(wanted) != KEY_ID_LEN)
		return altered(work);
	for (size_t i = 0; i < work->keys->n; i++) {
		BG_AUTO(bg_str_free) char *id = NULL;

		if (key_id(&id, &work->keys->keys[i]) != BELGO_OK)
			return bg_fail(work->err, BELGO_ENOMEM, "out of memory");
		if (bg_str_equal(id, wanted)) {
			*out = &work->keys->keys[i];
			return BELGO_OK;
		}
	}
	return bg_fail(work->err, BELGO_ESTORE,
		       "the tokens of the record account/%s are encrypted under the token key %s, which is "
		       "not at hand; the record is left as it is",
		       work->account_key, wanted);
}

static belgo_rc
look_for_key(json_t *token, const char *name, const struct work *work)
{
	const struct belgo_token_key *key;

	return find_key(&key, json_object_get(token, name), work);
}

static belgo_rc
open_text(json_t **out, const char *text, const struct belgo_token_key *key, const struct work *work)
{
	BG_AUTO(bg_free) unsigned char *sealed = NULL;
	BG_AUTO(bg_str_free) char *plain = NULL;
	BG_AUTO(bg_str_free) char *bound = NULL;
	struct bg_aead how = {.key = key->bytes};
	size_t len = 0;

	BG_TRY(bg_base64url_decode(&sealed, &len, text, strlen(text)));
	if (len < ADDED)
		return BELGO_EPROTO;
	if ((plain = bg_calloc(1, len - ADDED + 1)) == NULL)
		return BELGO_ENOMEM;
	BG_TRY(bound_text(&bound, work));
	how.nonce = sealed;
	how.aad[0].data = bound;
	how.aad[0].len = strlen(bound);
	BG_TRY(bg_aead_open((unsigned char *)plain, &how, sealed + BG_AEAD_NONCE, len - BG_AEAD_NONCE));
	return (*out = json_string(plain)) != NULL ? BELGO_OK : BELGO_ENOMEM;
}

static belgo_rc
open_token(json_t *token, const char *name, const struct work *work)
{
	const json_t *value = json_object_get(token, name);
	const struct belgo_token_key *key = NULL;
	const char *text = NULL;
	json_t *plain = NULL;
	belgo_rc rc;

	BG_TRY(find_key(&key, value, work));
	if (key == NULL)
		return BELGO_OK;
	if ((rc = bg_json_str(&text, value, "sealed", BG_REQUIRED, "record", NULL)) == BELGO_OK)
		rc = open_text(&plain, text, key, work);
	if (rc == BELGO_EPROTO)
		return altered(work);
	if (rc != BELGO_OK || json_object_set_new(token, name, plain) != 0)
		return bg_fail(work->err, BELGO_ENOMEM, "out of memory");
	return BELGO_OK;
}

belgo_rc
bg_tokens_seal(json_t *record, const char *account_key, const struct bg_token_keys *keys)
{
	struct work work = {.account_key = account_key, .record = record, .keys = keys};

	return keys->n == 0 ? BELGO_OK : at_each(record, seal, &work);
}

belgo_rc
bg_tokens_open(json_t *record, const char *account_key, const struct bg_token_keys *keys,
	       struct belgo_error *err)
{
	struct work work = {.account_key = account_key, .record = record, .keys = keys, .err = err};

	return at_each(record, open_token, &work);
}

belgo_rc
bg_tokens_check_keys(json_t *record, const char *account_key, const struct bg_token_keys *keys,
		     struct belgo_error *err)
{
	struct work work = {.account_key = account_key, .record = record, .keys = keys, .err = err};

	return at_each(record, look_for_key, &work);
}
