/*
 * Looking after a registered client: RFC 7592. An answer may bring another registration access token; then
 * the old one is dead, so the new one is stored before anything else of the answer is looked at.
 */
#include "flow/registration.h"

#include <stdlib.h>
#include <string.h>

struct manage {
	const char *method; /* "GET", "PUT", "DELETE" */
	struct bg_registration_params params;
	struct bg_registration *old, *got;
	json_t *asked;
	const char *deleted; /* "yes", "no", "unsupported" */
	char *detail;
};

static void
manage_free(void *frame)
{
	struct manage *f = frame;

	bg_registration_params_done(&f->params);
	bg_registration_free(&f->old);
	bg_registration_free(&f->got);
	bg_json_free(&f->asked);
	bg_str_free(&f->detail);
	free(f);
}

static bg_step_fn locked, loaded, probed, replied, saved, kept, delete_replied, removed;

static belgo_rc
begin(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	const struct manage *f = frame;
	char key[BG_KEY_SIZE];

	(void)awaited;
	BG_TRY(bg_registration_key(key, f->params.wish.provider->issuer, err));
	return bg_op_lock(op, key, locked, err);
}

static belgo_rc
locked(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct manage *f = frame;

	BG_TRY(awaited);
	return bg_registration_load(op, &f->old, f->params.wish.provider->issuer, loaded, err);
}

static belgo_rc
send(struct belgo_op *op, struct manage *f, struct belgo_error *err)
{
	struct belgo_http_request req = {0};

	BG_TRY(bg_registration_manage_request(&req, f->method, f->old, f->asked, err));
	op->critical = 1;
	return bg_op_send(op, &req, strcmp(f->method, "DELETE") == 0 ? delete_replied : replied);
}

static belgo_rc
remove_client(struct belgo_op *op, struct manage *f, const char *deleted, const char *detail,
	      struct belgo_error *err)
{
	char key[BG_KEY_SIZE];
	belgo_rc rc = bg_str_set(&f->detail, detail);

	f->deleted = deleted;
	bg_error_reset(err); /* detail may be its text */
	if (rc != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	BG_TRY(bg_registration_key(key, f->params.wish.provider->issuer, err));
	return bg_op_store(op, BG_STORE_REMOVE, key, removed, err);
}

static belgo_rc
loaded(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct manage *f = frame;
	char key[BG_KEY_SIZE];

	if (strcmp(f->method, "DELETE") == 0 && awaited == BELGO_ESTORE) /* everybody may be rid of it */
		return remove_client(op, f, "no", err->text, err);
	BG_TRY(awaited);
	if (f->old->registration_client_uri == NULL && strcmp(f->method, "GET") == 0)
		return bg_registration_result(op, f->old, err);
	if (f->old->registration_client_uri == NULL && strcmp(f->method, "DELETE") == 0)
		return remove_client(op, f, "unsupported", NULL, err);
	if (strcmp(f->method, "PUT") == 0)
		BG_TRY(bg_registration_change(&f->asked, f->old, &f->params.wish, err));
	if (strcmp(f->method, "DELETE") == 0)
		return send(op, f, err);
	BG_TRY(bg_registration_key(key, f->params.wish.provider->issuer, err));
	return bg_op_store(op, BG_STORE_PROBE, key, probed, err);
}

/* Before the answer may bring another token that must be kept, not after. */
static belgo_rc
probed(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	BG_TRY(awaited);
	return send(op, frame, err);
}

static belgo_rc
judge(struct belgo_op *op, struct manage *f, struct belgo_error *err)
{
	const char *secrets[] = {f->old->registration_access_token, f->old->client_secret, NULL};
	const struct bg_registration_expect expect = {.provider = f->params.wish.provider,
						      .endpoint = f->old->registration_client_uri,
						      .asked = f->asked,
						      .old = f->old,
						      .private_key = f->old->private_key,
						      .secrets = secrets};

	if (strcmp(f->method, "DELETE") == 0)
		return bg_registration_delete_response(&expect, &op->response, err);
	BG_TRY(bg_registration_response(&f->got, &expect, &op->response, err));
	return bg_registration_write(op, f->got, kept, err);
}

/* @spec RFC 7592 section 3: the new token first, whatever else the answer is good for */
static belgo_rc
replied(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct manage *f = frame;
	BG_AUTO(bg_str_free) char *token = NULL;

	if (awaited != BELGO_OK && err->request_sent)
		bg_op_warn(op,
			   "the request may have reached %s, and the registration access token may have "
			   "been replaced by one that was lost",
			   f->params.wish.provider->issuer);
	BG_TRY(awaited);
	BG_TRY(bg_registration_rotated(&token, f->old, &op->response, err));
	if (token == NULL)
		return judge(op, f, err);
	bg_str_free(&f->old->registration_access_token);
	f->old->registration_access_token = BG_TAKE(token);
	return bg_registration_write(op, f->old, saved, err);
}

static belgo_rc
saved(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	BG_TRY(awaited);
	return judge(op, frame, err);
}

static belgo_rc
kept(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	const struct manage *f = frame;

	BG_TRY(awaited);
	return bg_registration_result(op, f->got, err);
}

/* A refusal means that the client is gone, or that nobody here can have it deleted: the record is of no more
 * use. What is only out of reach can be deleted later. */
static belgo_rc
delete_replied(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct manage *f = frame;

	BG_TRY(awaited);
	awaited = judge(op, f, err);
	if (awaited == BELGO_EDENIED)
		return remove_client(op, f, "no", err->text, err);
	BG_TRY(awaited);
	return remove_client(op, f, "yes", NULL, err);
}

static belgo_rc
removed(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	const struct manage *f = frame;
	BG_AUTO(bg_json_free) json_t *json = json_object();

	BG_TRY(awaited);
	if (json == NULL || bg_json_set_str(json, "deleted", f->deleted) ||
	    json_object_set_new(json, "detail", f->detail == NULL ? json_null() : json_string(f->detail)) !=
		0 ||
	    bg_json_dump(&op->json, json))
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	return BELGO_OK;
}

static belgo_rc
manage_op(struct belgo_op **out, struct belgo_client *client, const char *method,
	  const struct belgo_client_register_params *params, struct belgo_error *err)
{
	struct manage *f = bg_calloc(1, sizeof(*f));
	belgo_rc rc;

	if (f == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	f->method = method;
	if ((rc = bg_registration_params_copy(&f->params, params, err)) != BELGO_OK) {
		manage_free(f);
		return rc;
	}
	return bg_op_new(out, client, begin, f, manage_free, err);
}

belgo_rc
belgo_client_show_op(struct belgo_op **out, struct belgo_client *client,
		     const struct belgo_provider *provider, struct belgo_error *err)
{
	const struct belgo_client_register_params params = {.provider = provider};

	return manage_op(out, client, "GET", &params, err);
}

belgo_rc
belgo_client_update_op(struct belgo_op **out, struct belgo_client *client,
		       const struct belgo_client_register_params *params, struct belgo_error *err)
{
	return manage_op(out, client, "PUT", params, err);
}

belgo_rc
belgo_client_delete_op(struct belgo_op **out, struct belgo_client *client,
		       const struct belgo_provider *provider, struct belgo_error *err)
{
	const struct belgo_client_register_params params = {.provider = provider};

	return manage_op(out, client, "DELETE", &params, err);
}

static belgo_rc
add_client(json_t *clients, struct belgo_op *op, const struct bg_store_item *item)
{
	BG_AUTO(bg_registration_free) struct bg_registration *r = NULL;
	json_t *json = NULL;
	struct belgo_error why;
	belgo_rc rc;

	bg_error_init(&why);
	rc = bg_registration_decode(&r, &item->blob, &why);
	if (rc == BELGO_ENOMEM)
		return rc;
	if (rc != BELGO_OK) {
		bg_op_warn(op, "%s", why.text);
		return BELGO_OK;
	}
	BG_TRY(bg_registration_public(&json, r));
	return json_array_append_new(clients, json) == 0 ? BELGO_OK : BELGO_ENOMEM;
}

/* One record that cannot be read must not hide the others. */
static belgo_rc
listed(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *json = json_object();
	json_t *clients = json_array();

	(void)frame;
	if (json == NULL || json_object_set_new(json, "clients", clients) != 0)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	BG_TRY(awaited);
	for (size_t i = 0; i < op->job.n_items; i++)
		if (add_client(clients, op, &op->job.items[i]) != BELGO_OK)
			return bg_fail(err, BELGO_ENOMEM, "out of memory");
	bg_store_job_done(&op->job);
	return bg_json_dump(&op->json, json) == BELGO_OK ? BELGO_OK
							 : bg_fail(err, BELGO_ENOMEM, "out of memory");
}

static belgo_rc
list_begin(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	(void)frame;
	(void)awaited;
	return bg_op_store(op, BG_STORE_LIST, "registration/", listed, err);
}

belgo_rc
belgo_clients_op(struct belgo_op **out, struct belgo_client *client, struct belgo_error *err)
{
	return bg_op_new(out, client, list_begin, NULL, free, err);
}
