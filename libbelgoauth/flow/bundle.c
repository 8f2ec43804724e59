/* Whoever holds the key can seal what he likes: what was opened is judged as if it had come from anywhere. */
#include "flow/bundle.h"

#include "base/json.h"
#include "flow/secret.h"
#include "jose/certificate.h"
#include "jose/private_key.h"

#include <stdlib.h>
#include <string.h>

#define BUNDLE_VERSION 1
#define WHAT "the sealed file"

void
bg_bundle_done(struct bg_bundle *bundle)
{
	for (size_t i = 0; i < bundle->n_records; i++)
		bg_record_free(&bundle->records[i]);
	for (size_t i = 0; i < bundle->n_clients; i++) {
		bg_str_free(&bundle->clients[i].issuer);
		bg_str_free(&bundle->clients[i].client_id);
		bg_credentials_done(&bundle->clients[i].credentials);
	}
	free(bundle->records);
	free(bundle->clients);
	*bundle = (struct bg_bundle){0};
}

static belgo_rc
append_record(json_t *accounts, const struct bg_record *record)
{
	json_t *json = NULL;

	BG_TRY(bg_record_to_json(&json, record));
	return json_array_append_new(accounts, json) == 0 ? BELGO_OK : BELGO_ENOMEM;
}

static belgo_rc
append_client(json_t *clients, const struct bg_bundle_client *client)
{
	json_t *json = json_object();

	if (json_array_append_new(clients, json) != 0)
		return BELGO_ENOMEM;
	BG_TRY(bg_json_set_str(json, "issuer", client->issuer));
	BG_TRY(bg_json_set_str(json, "client_id", client->client_id));
	return bg_credentials_to_json(json, &client->credentials);
}

belgo_rc
bg_bundle_encode(char **out, const struct bg_bundle *bundle)
{
	BG_AUTO(bg_json_free) json_t *json = json_object();
	json_t *accounts = json_array(), *clients = json_array();
	int lost = 0;

	/* each set takes its array even when it fails */
	lost |= json_object_set_new(json, "accounts", accounts);
	lost |= json_object_set_new(json, "clients", clients);
	if (json == NULL || lost)
		return BELGO_ENOMEM;
	BG_TRY(bg_json_set_int(json, "version", BUNDLE_VERSION));
	for (size_t i = 0; i < bundle->n_records; i++)
		BG_TRY(append_record(accounts, bundle->records[i]));
	for (size_t i = 0; i < bundle->n_clients; i++)
		BG_TRY(append_client(clients, &bundle->clients[i]));
	return bg_json_dump(out, json);
}

static belgo_rc
bad_account(size_t i, const char *why, struct belgo_error *err)
{
	return bg_fail(err, BELGO_EPROTO, WHAT ": account %zu %s", i + 1, why);
}

static belgo_rc
check_record(const struct bg_record *record, size_t i, struct belgo_error *err)
{
	belgo_rc rc = bg_record_check_whose(record);

	if (rc != BELGO_OK)
		return rc == BELGO_ENOMEM ? bg_fail(err, rc, "out of memory")
					  : bad_account(i, "has a key that is not its own", err);
	if (!belgo_account_name_is_valid(record->account->name))
		return bad_account(i, "has no valid name", err);
	return record->pending ? bad_account(i, "has a refresh that was not judged", err) : BELGO_OK;
}

static belgo_rc
check_is_single(const struct bg_bundle *bundle, struct belgo_error *err)
{
	const struct belgo_account *last = bundle->records[bundle->n_records - 1]->account;

	for (size_t i = 0; i + 1 < bundle->n_records; i++)
		if (bg_str_equal(bundle->records[i]->account->key, last->key) ||
		    bg_str_equal(bundle->records[i]->account->name, last->name))
			return bad_account(bundle->n_records - 1, "has the key or the name of another", err);
	return BELGO_OK;
}

static belgo_rc
decode_record(struct bg_bundle *bundle, const json_t *json, struct belgo_error *err)
{
	const char *id = json_string_value(json_object_get(json_object_get(json, "account"), "key"));
	size_t i = bundle->n_records;
	char key[BG_KEY_SIZE];
	belgo_rc rc;

	if (id == NULL || bg_check_account_key(id, NULL) != BELGO_OK)
		return bad_account(i, "has no key", err);
	bg_store_key(key, "account", id);
	rc = bg_record_from_json(&bundle->records[i], json, key, NULL);
	if (rc == BELGO_ENOMEM)
		return bg_fail(err, rc, "out of memory");
	if (rc == BELGO_EVERSION)
		return bg_fail(err, rc, WHAT ": account %zu was written by a newer version", i + 1);
	if (rc != BELGO_OK)
		return bad_account(i, "is no account", err);
	bundle->n_records++;
	BG_TRY(check_record(bundle->records[i], i, err));
	return check_is_single(bundle, err);
}

/* What proves a client is for an account that comes with it: nobody else's is put in place by the way. */
static belgo_rc
check_owner(const struct bg_bundle *bundle, struct belgo_error *err)
{
	const size_t last = bundle->n_clients - 1;
	const struct bg_bundle_client *c = &bundle->clients[last];

	for (size_t i = 0; i < last; i++)
		if (bg_str_equal(bundle->clients[i].issuer, c->issuer) &&
		    bg_str_equal(bundle->clients[i].client_id, c->client_id))
			return bg_fail(err, BELGO_EPROTO, WHAT ": client %zu is there twice", last + 1);
	for (size_t i = 0; i < bundle->n_records; i++)
		if (bg_str_equal(bundle->records[i]->account->metadata_issuer, c->issuer) &&
		    bg_str_equal(bundle->records[i]->account->client_id, c->client_id))
			return BELGO_OK;
	return bg_fail(err, BELGO_EPROTO, WHAT ": client %zu is that of no account in it", last + 1);
}

/* What somebody set here was looked at, and this was not. */
static belgo_rc
check_credentials(const struct bg_credentials *c, struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *key = NULL;
	BG_AUTO(bg_json_free) json_t *shown = NULL;
	belgo_rc rc = BELGO_OK;

	if (c->private_key != NULL)
		rc = bg_private_key_read(&key, c->private_key, strlen(c->private_key), err);
	if (rc == BELGO_OK && c->certificate != NULL)
		rc = bg_certificate_check(&shown, c->certificate, strlen(c->certificate), err);
	if (rc == BELGO_EINVAL && err != NULL)
		err->rc = BELGO_EPROTO;
	return rc == BELGO_EINVAL ? BELGO_EPROTO : rc;
}

static belgo_rc
decode_client(struct bg_bundle *bundle, const json_t *json, struct belgo_error *err)
{
	struct bg_bundle_client *c = &bundle->clients[bundle->n_clients++];
	belgo_rc rc;

	BG_TRY(bg_json_str_dup(&c->issuer, json, "issuer", BG_REQUIRED, WHAT, err));
	BG_TRY(bg_json_str_dup(&c->client_id, json, "client_id", BG_REQUIRED, WHAT, err));
	if ((rc = bg_credentials_from_json(&c->credentials, json, NULL)) != BELGO_OK)
		return rc == BELGO_ENOMEM
			   ? bg_fail(err, rc, "out of memory")
			   : bg_fail(err, BELGO_EPROTO, WHAT ": client %zu has no secret", bundle->n_clients);
	BG_TRY(check_credentials(&c->credentials, err));
	return check_owner(bundle, err);
}

static belgo_rc
decode_all(struct bg_bundle *bundle, const json_t *accounts, const json_t *clients, struct belgo_error *err)
{
	size_t n_accounts = json_array_size(accounts), n_clients = json_array_size(clients);

	if (n_accounts == 0 || n_accounts > BG_MAX_EXPORT_ACCOUNTS || n_clients > n_accounts)
		return bg_fail(err, BELGO_EPROTO, WHAT " holds no accounts, or too many");
	if ((bundle->records = bg_calloc(n_accounts, sizeof(struct bg_record *))) == NULL ||
	    (bundle->clients = bg_calloc(n_clients + 1, sizeof(*bundle->clients))) == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	for (size_t i = 0; i < n_accounts; i++)
		BG_TRY(decode_record(bundle, json_array_get(accounts, i), err));
	for (size_t i = 0; i < n_clients; i++)
		BG_TRY(decode_client(bundle, json_array_get(clients, i), err));
	return BELGO_OK;
}

belgo_rc
bg_bundle_decode(struct bg_bundle *out, const char *text, size_t len, struct belgo_error *err)
{
	BG_AUTO(bg_bundle_done) struct bg_bundle bundle = {0};
	BG_AUTO(bg_json_free) json_t *json = NULL;
	int64_t version = 0;

	BG_TRY(bg_json_object(&json, text, len, BG_MAX_EXPORT, BG_JSON_NUMBERS_STRICT, WHAT, err));
	BG_TRY(bg_json_number(&version, json, "version", BG_REQUIRED, WHAT, err));
	if (version > BUNDLE_VERSION)
		return bg_fail(err, BELGO_EVERSION, WHAT " was written by a newer version");
	BG_TRY(decode_all(&bundle, json_object_get(json, "accounts"), json_object_get(json, "clients"), err));
	*out = bundle;
	bundle = (struct bg_bundle){0};
	return BELGO_OK;
}
