/* A record as the JSON that the store gets, both ways. What is read was written by whoever had the store. */
#include "flow/record_members.h"

#include <limits.h>
#include <string.h>

#include "base/json.h"
#include "flow/further.h"
#include "proto/token.h"

#define RECORD_VERSION 1

static belgo_rc
encode_list(json_t *object, const char *name, char *const *list)
{
	json_t *array;

	if (list == NULL)
		return BELGO_OK;
	if ((array = json_array()) == NULL)
		return BELGO_ENOMEM;
	for (size_t i = 0; list[i] != NULL; i++)
		if (json_array_append_new(array, json_string(list[i])) != 0) {
			json_decref(array);
			return BELGO_ENOMEM;
		}
	return json_object_set_new(object, name, array) == 0 ? BELGO_OK : BELGO_ENOMEM;
}

static belgo_rc
encode_texts(json_t *object, const void *from, const struct bg_text_member *members)
{
	for (const struct bg_text_member *m = members; m->name != NULL; m++)
		BG_TRY(bg_json_set_str(object, m->name, bg_text_in(from, m)));
	return BELGO_OK;
}

static belgo_rc
encode_account(json_t *object, const struct belgo_account *a)
{
	BG_TRY(encode_texts(object, a, bg_account_texts));
	BG_TRY(bg_json_set_int(object, "email_verified", a->email_verified));
	BG_TRY(bg_json_set_int(object, "created_at", a->created_at));
	BG_TRY(bg_json_set_int(object, "at_fixed_paths", a->at_fixed_paths));
	return bg_json_set_int(object, "needs_login", a->needs_login);
}

static belgo_rc
encode_token(json_t *object, const struct belgo_token *t)
{
	BG_TRY(encode_texts(object, t, bg_token_texts));
	BG_TRY(bg_json_set_int(object, "expires_at", t->expires_at));
	BG_TRY(bg_json_set_int(object, "refresh_expires_at", t->refresh_expires_at));
	return bg_json_set_int(object, "obtained_at", t->obtained_at);
}

static belgo_rc
encode_further(json_t *list, const struct bg_further *f)
{
	json_t *object = json_object(), *token = json_object();

	if (json_array_append_new(list, object) != 0) { /* it took the object, even so */
		json_decref(token);
		return BELGO_ENOMEM;
	}
	if (json_object_set_new(object, "token", token) != 0)
		return BELGO_ENOMEM;
	BG_TRY(encode_token(token, f->token));
	BG_TRY(bg_json_set_str(object, "scope", f->selection.scope));
	BG_TRY(encode_list(object, "resources", f->selection.resources));
	return bg_json_set_int(object, "refreshed_at_ms", f->refreshed_at_ms);
}

static belgo_rc
encode_all_further(json_t *json, const struct bg_record *r)
{
	json_t *list;

	if (r->n_further == 0)
		return BELGO_OK;
	if (json_object_set_new(json, "further", list = json_array()) != 0)
		return BELGO_ENOMEM;
	for (size_t i = 0; i < r->n_further; i++)
		BG_TRY(encode_further(list, r->further[i]));
	return BELGO_OK;
}

static belgo_rc
encode_login(json_t *object, const struct bg_record *r)
{
	BG_TRY(encode_texts(object, r, bg_record_texts));
	BG_TRY(encode_list(object, "resources", r->resources));
	return encode_list(object, "client_ids", r->client_ids);
}

belgo_rc
bg_record_to_json(json_t **out, const struct bg_record *record)
{
	BG_AUTO(bg_json_free) json_t *json = json_object();
	json_t *account = json_object(), *token = json_object(), *login = json_object();
	int lost = 0;

	/* each set takes its object even when it fails */
	lost |= json_object_set_new(json, "account", account);
	lost |= json_object_set_new(json, "token", token);
	lost |= json_object_set_new(json, "login", login);
	if (json == NULL || lost)
		return BELGO_ENOMEM;
	BG_TRY(bg_json_set_int(json, "version", RECORD_VERSION));
	BG_TRY(encode_account(account, record->account));
	BG_TRY(encode_token(token, record->token));
	BG_TRY(encode_login(login, record));
	BG_TRY(encode_all_further(json, record));
	BG_TRY(bg_json_set_int(json, "refreshed_at_ms", record->refreshed_at_ms));
	BG_TRY(bg_json_set_int(json, "pending", record->pending));
	*out = BG_TAKE(json);
	return BELGO_OK;
}

belgo_rc
bg_record_encode(char **out, const struct bg_record *record, const struct bg_token_keys *keys)
{
	BG_AUTO(bg_json_free) json_t *json = NULL;

	BG_TRY(bg_record_to_json(&json, record));
	BG_TRY(bg_tokens_seal(json, record->account->key, keys));
	return bg_json_dump(out, json);
}

static belgo_rc
decode_list(char ***out, const json_t *object, const char *name)
{
	BG_AUTO(bg_strv_free) char **copy = NULL;
	const json_t *array = NULL;
	size_t n;

	BG_TRY(bg_json_strings(&array, object, name, BG_OPTIONAL, "record", NULL));
	if (array == NULL)
		return BELGO_OK;
	n = json_array_size(array);
	if ((copy = bg_calloc(n + 1, sizeof(*copy))) == NULL)
		return BELGO_ENOMEM;
	for (size_t i = 0; i < n; i++)
		if ((copy[i] = bg_strdup(json_string_value(json_array_get(array, i)))) == NULL)
			return BELGO_ENOMEM;
	*out = BG_TAKE(copy);
	return BELGO_OK;
}

static belgo_rc
decode_int(int *out, const json_t *object, const char *name)
{
	int64_t value = 0;

	BG_TRY(bg_json_number(&value, object, name, BG_OPTIONAL, "record", NULL));
	if (value < INT_MIN || value > INT_MAX) /* cut to an int it would be another value */
		return BELGO_EPROTO;
	*out = (int)value;
	return BELGO_OK;
}

/* Not bg_json_str: what a provider once sent as a name may hold what a protocol member may not. */
static belgo_rc
decode_string(char **out, const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	if (value == NULL)
		return BELGO_OK;
	return json_is_string(value) ? bg_str_set(out, json_string_value(value)) : BELGO_EPROTO;
}

static belgo_rc
decode_texts(void *to, const json_t *object, const struct bg_text_member *members)
{
	for (const struct bg_text_member *m = members; m->name != NULL; m++)
		BG_TRY(decode_string(bg_text_at(to, m), object, m->name));
	return BELGO_OK;
}

static belgo_rc
decode_account(struct belgo_account *a, const json_t *object)
{
	int verified = 0;

	BG_TRY(decode_texts(a, object, bg_account_texts));
	BG_TRY(decode_int(&verified, object, "email_verified"));
	if (verified < BELGO_VERIFIED_UNKNOWN || verified > BELGO_VERIFIED_YES)
		return BELGO_EPROTO;
	a->email_verified = (enum belgo_verified)verified;
	BG_TRY(decode_int(&a->at_fixed_paths, object, "at_fixed_paths"));
	BG_TRY(decode_int(&a->needs_login, object, "needs_login"));
	return bg_json_number(&a->created_at, object, "created_at", BG_OPTIONAL, "record", NULL);
}

static belgo_rc
decode_token(struct belgo_token *t, const json_t *object)
{
	BG_TRY(decode_texts(t, object, bg_token_texts));
	BG_TRY(bg_json_number(&t->expires_at, object, "expires_at", BG_OPTIONAL, "record", NULL));
	BG_TRY(bg_json_number(&t->refresh_expires_at, object, "refresh_expires_at", BG_OPTIONAL, "record",
			      NULL));
	return bg_json_number(&t->obtained_at, object, "obtained_at", BG_OPTIONAL, "record", NULL);
}

static belgo_rc
decode_further(struct bg_record *r, const json_t *object)
{
	struct bg_further *f = bg_calloc(1, sizeof(*f));

	if (f == NULL)
		return BELGO_ENOMEM;
	r->further[r->n_further++] = f;
	if ((f->token = bg_calloc(1, sizeof(*f->token))) == NULL)
		return BELGO_ENOMEM;
	BG_TRY(decode_token(f->token, json_object_get(object, "token")));
	BG_TRY(decode_string(&f->selection.scope, object, "scope"));
	BG_TRY(decode_list(&f->selection.resources, object, "resources"));
	BG_TRY(bg_json_number(&f->refreshed_at_ms, object, "refreshed_at_ms", BG_OPTIONAL, "record", NULL));
	return f->token->access_token != NULL && f->token->token_type != NULL ? BELGO_OK : BELGO_EPROTO;
}

static belgo_rc
decode_all_further(struct bg_record *r, const json_t *json)
{
	const json_t *list = json_object_get(json, "further"), *object;
	size_t i;

	if (list != NULL && (!json_is_array(list) || json_array_size(list) > BG_MAX_FURTHER))
		return BELGO_EPROTO;
	json_array_foreach(list, i, object)
	{
		BG_TRY(decode_further(r, object));
	}
	return BELGO_OK;
}

static belgo_rc
decode_members(struct bg_record *r, const json_t *json)
{
	const json_t *login = json_object_get(json, "login");

	BG_TRY(decode_account(r->account, json_object_get(json, "account")));
	BG_TRY(decode_token(r->token, json_object_get(json, "token")));
	BG_TRY(decode_texts(r, login, bg_record_texts));
	if (r->profile != NULL && !bg_record_is_fapi(r)) /* nobody here could hold it to that */
		return BELGO_EPROTO;
	BG_TRY(decode_list(&r->resources, login, "resources"));
	BG_TRY(decode_list(&r->client_ids, login, "client_ids"));
	BG_TRY(decode_all_further(r, json));
	BG_TRY(bg_json_number(&r->refreshed_at_ms, json, "refreshed_at_ms", BG_OPTIONAL, "record", NULL));
	return decode_int(&r->pending, json, "pending");
}

/* The account's key within the store's. */
static const char *
account_of(const char *key)
{
	const char *slash = strchr(key, '/');

	return slash != NULL ? slash + 1 : "";
}

/* A record that was laid under another's key would be handed out as the other's, and written to its own. */
static int
is_complete(const struct bg_record *r, const char *key)
{
	const struct belgo_account *a = r->account;

	return bg_str_equal(account_of(key), a->key) && a->name != NULL && a->issuer != NULL &&
	       a->metadata_issuer != NULL && a->client_id != NULL && a->subject != NULL &&
	       (a->resource != NULL || !a->at_fixed_paths) &&
	       (r->token->access_token != NULL || a->needs_login) && r->token->token_type != NULL;
}

belgo_rc
bg_record_check_whose(const struct bg_record *record)
{
	const struct belgo_account *a = record->account;
	char own[BG_ID_SIZE];

	/* of libcrypto, whose other failure there is none */
	if (bg_account_key(own, a->issuer, a->client_id, a->subject, a->resource) != BELGO_OK)
		return BELGO_ENOMEM;
	return bg_str_equal(own, a->key) ? BELGO_OK : BELGO_EPROTO;
}

belgo_rc
bg_record_from_json(struct bg_record **out, const json_t *json, const char *key, struct belgo_error *err)
{
	BG_AUTO(bg_record_free) struct bg_record *r = bg_record_new();
	int64_t version = 0;
	belgo_rc rc = BELGO_OK;

	if (r == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	if (!json_is_object(json))
		rc = BELGO_EPROTO;
	if (rc == BELGO_OK)
		rc = bg_json_number(&version, json, "version", BG_REQUIRED, "record", NULL);
	if (rc == BELGO_OK && version > RECORD_VERSION)
		return bg_fail(err, BELGO_EVERSION,
			       "the record %s was written by a newer version; it is left as it is", key);
	if (rc == BELGO_OK && (rc = decode_members(r, json)) == BELGO_OK)
		rc = bg_record_settle(r);
	if (rc == BELGO_ENOMEM)
		return bg_fail(err, rc, "out of memory");
	if (rc != BELGO_OK || !is_complete(r, key))
		return bg_fail(err, BELGO_ESTORE,
			       "the record %s in the store is damaged; it is left as it is", key);
	*out = BG_TAKE(r);
	return BELGO_OK;
}

static belgo_rc
parse(json_t **out, const struct belgo_blob *blob)
{
	return bg_json_object(out, (const char *)blob->data, blob->len, BG_MAX_RECORD, BG_JSON_NUMBERS_STRICT,
			      "record", NULL);
}

/* How a newer version seals its tokens is not known here. */
static int
is_newer(const json_t *json)
{
	return json_integer_value(json_object_get(json, "version")) > RECORD_VERSION;
}

belgo_rc
bg_record_decode(struct bg_record **out, const struct belgo_blob *blob, const char *key,
		 const struct bg_token_keys *keys, struct belgo_error *err)
{
	BG_AUTO(bg_record_free) struct bg_record *r = NULL;
	BG_AUTO(bg_json_free) json_t *json = NULL;
	belgo_rc rc = BELGO_OK;

	if (parse(&json, blob) == BELGO_ENOMEM)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	if (!is_newer(json))
		BG_TRY(bg_tokens_open(json, account_of(key), keys, err));
	BG_TRY(bg_record_from_json(&r, json, key, err));
	if (keys != NULL && keys->n > 0) /* whoever wrote the store may have no key of the tokens */
		rc = bg_record_check_whose(r);
	if (rc != BELGO_OK)
		return rc == BELGO_ENOMEM
			   ? bg_fail(err, rc, "out of memory")
			   : bg_fail(
				 err, BELGO_ESTORE,
				 "the record %s was altered: it is another user's or client's; it is left "
				 "as it is",
				 key);
	*out = BG_TAKE(r);
	return BELGO_OK;
}

belgo_rc
bg_record_check_keys(const struct belgo_blob *blob, const char *key, const struct bg_token_keys *keys,
		     struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *json = NULL;

	if (parse(&json, blob) == BELGO_ENOMEM)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	return is_newer(json) ? BELGO_OK : bg_tokens_check_keys(json, account_of(key), keys, err);
}
