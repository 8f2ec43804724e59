/* Client secrets: looked up for an exchange, and kept for all accounts of a client at once. */
#include "flow/account.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"

#define SECRET_VERSION 1

struct secret {
	char **out;
	char key[BG_KEY_SIZE];
};

static belgo_rc
decode(char **out, const struct belgo_blob *blob, struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *json = NULL;
	int64_t version = 0;
	const json_t *secret;

	if (bg_json_object(&json, (const char *)blob->data, blob->len, BG_MAX_RECORD, BG_JSON_NUMBERS_STRICT,
			   "client secret", NULL) != BELGO_OK ||
	    bg_json_number(&version, json, "version", BG_REQUIRED, "client secret", NULL) != BELGO_OK)
		return bg_fail(err, BELGO_ESTORE, "the client secret in the store is damaged; set it again");
	if (version > SECRET_VERSION)
		return bg_fail(err, BELGO_EVERSION,
			       "the client secret was stored by a newer version; it is left as it is");
	secret = json_object_get(json, "client_secret");
	if (!json_is_string(secret))
		return bg_fail(err, BELGO_ESTORE, "the client secret in the store is damaged; set it again");
	return bg_str_set(out, json_string_value(secret)) == BELGO_OK
		   ? BELGO_OK
		   : bg_fail(err, BELGO_ENOMEM, "out of memory");
}

static belgo_rc
found(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct secret *f = frame;

	if (awaited == BELGO_ENOTFOUND) {
		bg_error_reset(err);
		return BELGO_OK;
	}
	BG_TRY(awaited);
	awaited = decode(f->out, &op->job.blob, err);
	belgo_blob_done(&op->job.blob);
	return awaited;
}

static belgo_rc
look_up(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct secret *f = frame;

	(void)awaited;
	return *f->out != NULL ? BELGO_OK : bg_op_store(op, BG_STORE_GET, f->key, found, err);
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
bg_client_secret(struct belgo_op *op, char **out, const struct belgo_provider *provider,
		 const char *client_id, bg_step_fn *next, struct belgo_error *err)
{
	struct secret *f = bg_calloc(1, sizeof(*f));
	char id[BG_ID_SIZE];
	belgo_rc rc;

	if (f == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	bg_str_free(out);
	if ((rc = ask_program(&op->client->params, out, provider, client_id, err)) ||
	    (rc = bg_client_key(id, provider->issuer, client_id))) {
		free(f);
		return bg_fail(err, rc, "the client secret could not be looked up");
	}
	f->out = out;
	bg_store_key(f->key, "client", id);
	return bg_op_call(op, look_up, f, free, next, err);
}

struct keep {
	char *secret; /* NULL: remove */
	char *label;
	char key[BG_KEY_SIZE];
};

static void
keep_free(void *frame)
{
	struct keep *f = frame;

	bg_str_free(&f->secret);
	bg_str_free(&f->label);
	free(f);
}

static belgo_rc
kept(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	const struct keep *f = frame;

	(void)op;
	if (awaited == BELGO_ENOTFOUND && f->secret == NULL) {
		bg_error_reset(err);
		return BELGO_OK;
	}
	return awaited;
}

static belgo_rc
put_secret(struct belgo_op *op, struct keep *f, struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *json = json_object();
	BG_AUTO(bg_str_free) char *text = NULL;

	if (json == NULL || bg_json_set_int(json, "version", SECRET_VERSION) ||
	    bg_json_set_str(json, "client_secret", f->secret) || bg_json_dump(&text, json))
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	return bg_op_store_data(op, BG_STORE_PUT, f->key, f->label, text, kept, err);
}

static belgo_rc
keep_locked(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct keep *f = frame;

	BG_TRY(awaited);
	return f->secret == NULL ? bg_op_store(op, BG_STORE_REMOVE, f->key, kept, err)
				 : put_secret(op, f, err);
}

static belgo_rc
keep_begin(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct keep *f = frame;

	(void)awaited;
	return bg_op_lock(op, f->key, keep_locked, err);
}

belgo_rc
belgo_client_secret_op(struct belgo_op **out, struct belgo_client *client, const char *issuer,
		       const char *client_id, const char *secret, struct belgo_error *err)
{
	struct keep *f;
	char id[BG_ID_SIZE];

	if (issuer == NULL || client_id == NULL)
		return bg_fail(err, BELGO_EINVAL, "a client secret belongs to an issuer and a client id");
	if ((f = bg_calloc(1, sizeof(*f))) == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	if (bg_client_key(id, issuer, client_id) || bg_str_set(&f->secret, secret) ||
	    (f->label = bg_strf("OAuth client secret for %s", issuer)) == NULL) {
		keep_free(f);
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	}
	bg_store_key(f->key, "client", id);
	return bg_op_new(out, client, keep_begin, f, keep_free, err);
}
