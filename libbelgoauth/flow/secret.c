/* What a client proves itself with, its secret, its private key or its certificate, and what it opens answers
 * with: looked up for an exchange. */
#include "flow/secret.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "flow/registration.h"
#include "proto/encryption.h"

#define WHAT "client credentials"

struct look {
	struct bg_credentials *out;
	const char *issuer;
	char *client_id;
	char key[BG_KEY_SIZE];
	struct bg_registration *registration;
};

static void
look_free(void *frame)
{
	struct look *f = frame;

	bg_str_free(&f->client_id);
	bg_registration_free(&f->registration);
	free(f);
}

void
bg_credentials_done(struct bg_credentials *credentials)
{
	bg_str_free(&credentials->secret);
	bg_str_free(&credentials->private_key);
	bg_str_free(&credentials->certificate);
	bg_json_free(&credentials->encryption);
	bg_str_free(&credentials->token_endpoint_auth_method);
}

static belgo_rc
damaged(struct belgo_error *err)
{
	return bg_fail(err, BELGO_ESTORE,
		       "the client's secret or key in the store is damaged; remove it and set it again");
}

/* PEM has lines, and the other getters take no line feed. */
static belgo_rc
take_certificate(char **out, const json_t *json)
{
	const json_t *value = json_object_get(json, "certificate");

	if (value == NULL)
		return BELGO_OK;
	return json_is_string(value) ? bg_str_set(out, json_string_value(value)) : BELGO_EPROTO;
}

static belgo_rc
take_encryption(json_t **out, const json_t *json)
{
	json_t *value = json_object_get(json, "encryption");

	if (value == NULL)
		return BELGO_OK;
	BG_TRY(bg_encryption_check(value));
	*out = json_incref(value);
	return BELGO_OK;
}

/* Has the client nothing to prove itself with? */
static int
is_unproved(const struct bg_credentials *c)
{
	return c->secret == NULL && c->private_key == NULL && c->certificate == NULL;
}

int
bg_credentials_are_empty(const struct bg_credentials *credentials)
{
	return is_unproved(credentials) && credentials->encryption == NULL;
}

belgo_rc
bg_credentials_from_json(struct bg_credentials *out, const json_t *json, struct belgo_error *err)
{
	BG_AUTO(bg_credentials_done) struct bg_credentials got = {0};
	belgo_rc rc;

	if ((rc = bg_json_str_dup(&got.secret, json, "client_secret", BG_OPTIONAL, WHAT, NULL)) ||
	    (rc = bg_json_str_dup(&got.private_key, json, "private_key", BG_OPTIONAL, WHAT, NULL)) ||
	    (rc = take_certificate(&got.certificate, json)) || (rc = take_encryption(&got.encryption, json)))
		return rc == BELGO_ENOMEM ? bg_fail(err, rc, "out of memory") : damaged(err);
	if (bg_credentials_are_empty(&got))
		return damaged(err);
	bg_credentials_done(out);
	*out = got;
	got = (struct bg_credentials){0};
	return BELGO_OK;
}

belgo_rc
bg_credentials_decode(struct bg_credentials *out, const struct belgo_blob *blob, struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *json = NULL;
	int64_t version = 0;
	belgo_rc rc;

	if ((rc = bg_json_object(&json, (const char *)blob->data, blob->len, BG_MAX_RECORD,
				 BG_JSON_NUMBERS_STRICT, WHAT, NULL)) ||
	    (rc = bg_json_number(&version, json, "version", BG_REQUIRED, WHAT, NULL)))
		return rc == BELGO_ENOMEM ? bg_fail(err, rc, "out of memory") : damaged(err);
	if (version > BG_CREDENTIALS_VERSION)
		return bg_fail(
		    err, BELGO_EVERSION,
		    "the client's secret or key was stored by a newer version; it is left as it is");
	return bg_credentials_from_json(out, json, err);
}

belgo_rc
bg_credentials_to_json(json_t *json, const struct bg_credentials *credentials)
{
	BG_TRY(bg_json_set_str(json, "client_secret", credentials->secret));
	BG_TRY(bg_json_set_str(json, "private_key", credentials->private_key));
	if (credentials->encryption != NULL &&
	    json_object_set(json, "encryption", credentials->encryption) != 0)
		return BELGO_ENOMEM;
	return bg_json_set_str(json, "certificate", credentials->certificate);
}

belgo_rc
bg_credentials_encode(char **out, const struct bg_credentials *credentials)
{
	BG_AUTO(bg_json_free) json_t *json = json_object();

	if (json == NULL)
		return BELGO_ENOMEM;
	BG_TRY(bg_json_set_int(json, "version", BG_CREDENTIALS_VERSION));
	BG_TRY(bg_credentials_to_json(json, credentials));
	return bg_json_dump(out, json);
}

/* The one client that was registered at the issuer need not be this one. */
static belgo_rc
registration_found(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct look *f = frame;
	struct bg_registration *r = f->registration;

	(void)op;
	if (awaited == BELGO_ENOTFOUND) {
		bg_error_reset(err);
		return BELGO_OK;
	}
	BG_TRY(awaited);
	if (strcmp(r->client_id, f->client_id) != 0)
		return BELGO_OK;
	f->out->secret = BG_TAKE(r->client_secret);
	f->out->private_key = BG_TAKE(r->private_key);
	f->out->token_endpoint_auth_method = BG_TAKE(r->token_endpoint_auth_method);
	return BELGO_OK;
}

/* A secret that is known already stands in place of all that proves the client. */
static belgo_rc
found(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct look *f = frame;
	BG_AUTO(bg_credentials_done) struct bg_credentials stored = {0};
	int is_proved = f->out->secret != NULL;

	if (awaited == BELGO_OK) {
		awaited = bg_credentials_decode(&stored, &op->job.blob, err);
		belgo_blob_done(&op->job.blob);
		BG_TRY(awaited);
	}
	if (awaited != BELGO_ENOTFOUND)
		BG_TRY(awaited);
	bg_error_reset(err);
	f->out->encryption = BG_TAKE(stored.encryption);
	if (is_proved)
		return BELGO_OK;
	if (is_unproved(&stored))
		return bg_registration_load(op, &f->registration, f->issuer, registration_found, err);
	f->out->secret = BG_TAKE(stored.secret);
	f->out->private_key = BG_TAKE(stored.private_key);
	f->out->certificate = BG_TAKE(stored.certificate);
	return BELGO_OK;
}

static belgo_rc
look_up(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct look *f = frame;

	(void)awaited;
	if (op->client->params.store == NULL && f->out->secret != NULL)
		return BELGO_OK;
	return bg_op_store(op, BG_STORE_GET, f->key, found, err);
}

static belgo_rc
ask_program(const struct belgo_client_params *params, char **out, const struct belgo_provider *provider,
	    const char *client_id, struct belgo_error *err)
{
	belgo_rc rc;

	if (params->find_secret == NULL)
		return BELGO_OK;
	rc = params->find_secret(params->callback_arg, provider->id, provider->issuer, client_id, out, err);
	if (rc == BELGO_ENOTFOUND)
		bg_error_reset(err);
	return rc == BELGO_ENOTFOUND ? BELGO_OK : rc;
}

belgo_rc
bg_client_credentials(struct belgo_op *op, struct bg_credentials *out, const struct belgo_provider *provider,
		      const char *client_id, const char *secret, bg_step_fn *next, struct belgo_error *err)
{
	struct look *f = bg_calloc(1, sizeof(*f));
	char id[BG_ID_SIZE];
	belgo_rc rc;

	if (f == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	bg_credentials_done(out);
	if ((rc = secret != NULL
		      ? bg_str_set(&out->secret, secret)
		      : ask_program(&op->client->params, &out->secret, provider, client_id, err)) ||
	    (rc = bg_client_key(id, provider->issuer, client_id)) ||
	    (rc = bg_str_set(&f->client_id, client_id))) {
		look_free(f);
		return bg_fail(err, rc, "the client secret could not be looked up");
	}
	f->out = out;
	f->issuer = provider->issuer;
	bg_store_key(f->key, "client", id);
	return bg_op_call(op, look_up, f, look_free, next, err);
}
