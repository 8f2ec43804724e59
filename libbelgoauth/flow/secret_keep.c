/*
 * Keeping a client's secret, its private key, its certificate and what it opens answers with: one record, of
 * which one member changes under the lock and the others stay.
 */
#include "flow/secret.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "jose/certificate.h"
#include "jose/private_key.h"
#include "proto/encryption.h"

enum part { PART_SECRET, PART_KEY, PART_CERTIFICATE, PART_ENCRYPTION };

struct keep {
	enum part part;
	char *value;        /* NULL: remove */
	json_t *encryption; /* in place of value, for that part */
	char *public; /* of a key: the JWK Set to be registered; of a certificate: what is shown of it */
	char *label;
	char key[BG_KEY_SIZE];
};

static void
keep_free(void *frame)
{
	struct keep *f = frame;

	bg_str_free(&f->value);
	bg_json_free(&f->encryption);
	bg_str_free(&f->public);
	bg_str_free(&f->label);
	free(f);
}

static int
is_removal(const struct keep *f)
{
	return f->value == NULL && f->encryption == NULL;
}

static belgo_rc
kept(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct keep *f = frame;

	if (awaited == BELGO_ENOTFOUND && is_removal(f)) {
		bg_error_reset(err);
		return BELGO_OK;
	}
	BG_TRY(awaited);
	op->json = BG_TAKE(f->public);
	return BELGO_OK;
}

static belgo_rc
put_credentials(struct belgo_op *op, const struct keep *f, const struct bg_credentials *credentials,
		struct belgo_error *err)
{
	BG_AUTO(bg_str_free) char *text = NULL;

	if (bg_credentials_encode(&text, credentials) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	return bg_op_store_data(op, BG_STORE_PUT, f->key, f->label, text, kept, err);
}

static belgo_rc
change(struct bg_credentials *credentials, const struct keep *f)
{
	char **parts[] = {[PART_SECRET] = &credentials->secret,
			  [PART_KEY] = &credentials->private_key,
			  [PART_CERTIFICATE] = &credentials->certificate};

	if (f->part != PART_ENCRYPTION)
		return bg_str_set(parts[f->part], f->value);
	bg_json_free(&credentials->encryption);
	credentials->encryption = json_incref(f->encryption);
	return BELGO_OK;
}

/* A record that nobody can read is not written over, for it may hold other parts; it may be removed. */
static belgo_rc
looked(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	BG_AUTO(bg_credentials_done) struct bg_credentials credentials = {0};
	struct keep *f = frame;

	if (awaited == BELGO_OK) {
		awaited = bg_credentials_decode(&credentials, &op->job.blob, err);
		belgo_blob_done(&op->job.blob);
	}
	if (awaited == BELGO_ENOTFOUND || (awaited == BELGO_ESTORE && is_removal(f)))
		bg_error_reset(err);
	else
		BG_TRY(awaited);
	if (change(&credentials, f) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	return bg_credentials_are_empty(&credentials) ? bg_op_store(op, BG_STORE_REMOVE, f->key, kept, err)
						      : put_credentials(op, f, &credentials, err);
}

static belgo_rc
locked(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	const struct keep *f = frame;

	BG_TRY(awaited);
	return bg_op_store(op, BG_STORE_GET, f->key, looked, err);
}

static belgo_rc
begin(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	const struct keep *f = frame;

	(void)awaited;
	return bg_op_lock(op, f->key, locked, err);
}

/* value, public_set: copied; may be NULL. */
static belgo_rc
make_op(struct belgo_op **out, struct belgo_client *client, const char *issuer, const char *client_id,
	const struct keep *wish, struct belgo_error *err)
{
	static const char *const names[] = {[PART_SECRET] = "secret",
					    [PART_KEY] = "key",
					    [PART_CERTIFICATE] = "certificate",
					    [PART_ENCRYPTION] = "encryption"};
	struct keep *f;
	char id[BG_ID_SIZE];

	if (issuer == NULL || client_id == NULL)
		return bg_fail(err, BELGO_EINVAL,
			       "a client's secret or key belongs to an issuer and a client id");
	if ((f = bg_calloc(1, sizeof(*f))) == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	f->part = wish->part;
	f->encryption = json_incref(wish->encryption);
	if (bg_client_key(id, issuer, client_id) || bg_str_set(&f->value, wish->value) ||
	    bg_str_set(&f->public, wish->public) ||
	    (f->label = bg_strf("OAuth client %s for %s", names[f->part], issuer)) == NULL) {
		keep_free(f);
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	}
	bg_store_key(f->key, "client", id);
	return bg_op_new(out, client, begin, f, keep_free, err);
}

belgo_rc
belgo_client_secret_op(struct belgo_op **out, struct belgo_client *client, const char *issuer,
		       const char *client_id, const char *secret, struct belgo_error *err)
{
	BG_AUTO(bg_str_free) char *copy = bg_strdup(secret);
	const struct keep wish = {.part = PART_SECRET, .value = copy};

	if (secret != NULL && copy == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	return make_op(out, client, issuer, client_id, &wish, err);
}

static belgo_rc
keep_key(struct belgo_op **out, struct belgo_client *client, const char *issuer, const char *client_id,
	 const json_t *key, struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *set = NULL;
	BG_AUTO(bg_str_free) char *text = NULL;
	BG_AUTO(bg_str_free) char *public = NULL;

	if (bg_json_dump(&text, key) || bg_private_key_public_set(&set, key, BG_KEY_SIGNS) ||
	    bg_json_dump(&public, set))
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	return make_op(out, client, issuer, client_id,
		       &(struct keep){.part = PART_KEY, .value = text, .public = public}, err);
}

belgo_rc
belgo_client_key_op(struct belgo_op **out, struct belgo_client *client, const char *issuer,
		    const char *client_id, const char *key, struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *json = NULL;

	if (key == NULL)
		return make_op(out, client, issuer, client_id, &(struct keep){.part = PART_KEY}, err);
	BG_TRY(bg_private_key_read(&json, key, strlen(key), err));
	return keep_key(out, client, issuer, client_id, json, err);
}

belgo_rc
belgo_client_key_generate_op(struct belgo_op **out, struct belgo_client *client, const char *issuer,
			     const char *client_id, const char *alg, struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *json = NULL;

	BG_TRY(bg_private_key_generate(&json, alg != NULL ? alg : "ES256", err));
	return keep_key(out, client, issuer, client_id, json, err);
}

belgo_rc
belgo_client_certificate_op(struct belgo_op **out, struct belgo_client *client, const char *issuer,
			    const char *client_id, const char *pem, struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *shown = NULL;
	BG_AUTO(bg_str_free) char *public = NULL;
	BG_AUTO(bg_str_free) char *copy = NULL;

	if (pem == NULL)
		return make_op(out, client, issuer, client_id, &(struct keep){.part = PART_CERTIFICATE}, err);
	BG_TRY(bg_certificate_check(&shown, pem, strlen(pem), err));
	if (bg_str_set(&copy, pem) || bg_json_dump(&public, shown))
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	return make_op(out, client, issuer, client_id,
		       &(struct keep){.part = PART_CERTIFICATE, .value = copy, .public = public}, err);
}

belgo_rc
belgo_client_encryption_op(struct belgo_op **out, struct belgo_client *client, const char *issuer,
			   const char *client_id, const struct belgo_client_encryption *encryption,
			   struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *agreed = NULL;
	BG_AUTO(bg_json_free) json_t *set = NULL;
	BG_AUTO(bg_str_free) char *public = NULL;

	if (encryption == NULL)
		return make_op(out, client, issuer, client_id, &(struct keep){.part = PART_ENCRYPTION}, err);
	BG_TRY(bg_encryption_make(&agreed, &set, encryption, err));
	if (bg_json_dump(&public, set) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	return make_op(out, client, issuer, client_id,
		       &(struct keep){.part = PART_ENCRYPTION, .encryption = agreed, .public = public}, err);
}
