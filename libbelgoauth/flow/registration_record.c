/* The record of a registered client in the store: "registration/<id of the issuer>", read and written. */
#include "flow/registration.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"

#define WHAT "registered client"

static const struct {
	const char *name;
	size_t offset;
	enum bg_presence presence;
	int is_secret;
} strings[] = {
#define MEMBER(name) #name, offsetof(struct bg_registration, name)
    {MEMBER(issuer), BG_REQUIRED, 0},
    {MEMBER(client_id), BG_REQUIRED, 0},
    {MEMBER(client_secret), BG_OPTIONAL, 1},
    {MEMBER(token_endpoint_auth_method), BG_OPTIONAL, 0},
    {MEMBER(private_key), BG_OPTIONAL, 1},
    {MEMBER(registration_client_uri), BG_OPTIONAL, 0},
    {MEMBER(registration_access_token), BG_OPTIONAL, 1},
#undef MEMBER
};

static char **
string_at(struct bg_registration *r, size_t i)
{
	return (char **)(void *)((char *)r + strings[i].offset);
}

static const char *
string_in(const struct bg_registration *r, size_t i)
{
	return *(char *const *)(const void *)((const char *)r + strings[i].offset);
}

belgo_rc
bg_registration_key(char out[BG_KEY_SIZE], const char *issuer, struct belgo_error *err)
{
	const char *parts[] = {"registration", issuer};
	char id[BG_ID_SIZE];

	if (bg_digest_id(id, parts, BG_LEN(parts)) != BELGO_OK)
		return bg_fail(err, BELGO_EINTERNAL, "no digest could be made");
	bg_store_key(out, "registration", id);
	return BELGO_OK;
}

enum side { SIDE_STORE, SIDE_PUBLIC };

static belgo_rc
to_json(json_t **out, const struct bg_registration *r, enum side side)
{
	BG_AUTO(bg_json_free) json_t *json = json_object();

	if (json == NULL || bg_json_set_int(json, "version", BG_REGISTRATION_VERSION))
		return BELGO_ENOMEM;
	for (size_t i = 0; i < BG_LEN(strings); i++)
		if (side == SIDE_STORE || !strings[i].is_secret)
			BG_TRY(bg_json_set_str(json, strings[i].name, string_in(r, i)));
	BG_TRY(bg_json_set_int(json, "client_secret_expires_at", r->client_secret_expires_at));
	if (json_object_set(json, "metadata", r->metadata) != 0)
		return BELGO_ENOMEM;
	*out = BG_TAKE(json);
	return BELGO_OK;
}

/* As text, wiped-heap. */
static belgo_rc
encode(char **out, const struct bg_registration *registration)
{
	BG_AUTO(bg_json_free) json_t *json = NULL;

	BG_TRY(to_json(&json, registration, SIDE_STORE));
	return bg_json_dump(out, json);
}

belgo_rc
bg_registration_public(json_t **out, const struct bg_registration *registration)
{
	return to_json(out, registration, SIDE_PUBLIC);
}

belgo_rc
bg_registration_result(struct belgo_op *op, const struct bg_registration *registration,
		       struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *json = NULL;

	if (bg_registration_public(&json, registration) || bg_json_dump(&op->json, json))
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	return BELGO_OK;
}

static belgo_rc
from_json(struct bg_registration **out, const json_t *json, struct belgo_error *err)
{
	BG_AUTO(bg_registration_free) struct bg_registration *r = bg_calloc(1, sizeof(*r));
	json_t *metadata = json_object_get(json, "metadata");

	if (r == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	for (size_t i = 0; i < BG_LEN(strings); i++)
		BG_TRY(
		    bg_json_str_dup(string_at(r, i), json, strings[i].name, strings[i].presence, WHAT, err));
	BG_TRY(bg_json_number(&r->client_secret_expires_at, json, "client_secret_expires_at", BG_REQUIRED,
			      WHAT, err));
	if (!json_is_object(metadata))
		return bg_fail(err, BELGO_ESTORE, "no metadata");
	r->metadata = json_incref(metadata);
	bg_registration_free(out);
	*out = BG_TAKE(r);
	return BELGO_OK;
}

belgo_rc
bg_registration_decode(struct bg_registration **out, const struct belgo_blob *blob, struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *json = NULL;
	int64_t version = 0;
	belgo_rc rc;

	if ((rc = bg_json_object(&json, (const char *)blob->data, blob->len, BG_MAX_RECORD,
				 BG_JSON_NUMBERS_STRICT, WHAT, NULL)) == BELGO_OK &&
	    (rc = bg_json_number(&version, json, "version", BG_REQUIRED, WHAT, NULL)) == BELGO_OK) {
		if (version > BG_REGISTRATION_VERSION)
			return bg_fail(err, BELGO_EVERSION,
				       "the client was registered by a newer version; it is left as it is");
		rc = from_json(out, json, NULL);
	}
	if (rc == BELGO_OK)
		return BELGO_OK;
	return rc == BELGO_ENOMEM
		   ? bg_fail(err, rc, "out of memory")
		   : bg_fail(err, BELGO_ESTORE,
			     "the registered client in the store is damaged; register it again");
}

belgo_rc
bg_registration_write(struct belgo_op *op, const struct bg_registration *registration, bg_step_fn *next,
		      struct belgo_error *err)
{
	BG_AUTO(bg_str_free) char *text = NULL;
	BG_AUTO(bg_str_free) char *label = bg_strf("OAuth client registered at %s", registration->issuer);
	char key[BG_KEY_SIZE];

	if (label == NULL || encode(&text, registration) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	BG_TRY(bg_registration_key(key, registration->issuer, err));
	return bg_op_store_data(op, BG_STORE_PUT, key, label, text, next, err);
}

struct load {
	struct bg_registration **out;
	const char *issuer;
};

static belgo_rc
loaded(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	const struct load *f = frame;

	if (awaited == BELGO_ENOTFOUND) {
		bg_error_reset(err);
		return bg_fail(err, BELGO_ENOTFOUND, "no client is registered at %s", f->issuer);
	}
	BG_TRY(awaited);
	awaited = bg_registration_decode(f->out, &op->job.blob, err);
	belgo_blob_done(&op->job.blob);
	if (awaited == BELGO_OK && !bg_str_equal((*f->out)->issuer, f->issuer)) {
		bg_registration_free(f->out);
		return bg_fail(err, BELGO_ESTORE, "the registered client in the store is another issuer's");
	}
	return awaited;
}

static belgo_rc
load_begin(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	const struct load *f = frame;
	char key[BG_KEY_SIZE];

	(void)awaited;
	BG_TRY(bg_registration_key(key, f->issuer, err));
	return bg_op_store(op, BG_STORE_GET, key, loaded, err);
}

belgo_rc
bg_registration_load(struct belgo_op *op, struct bg_registration **out, const char *issuer, bg_step_fn *next,
		     struct belgo_error *err)
{
	struct load *f = bg_calloc(1, sizeof(*f));

	if (f != NULL)
		*f = (struct load){.out = out, .issuer = issuer};
	return bg_op_call(op, load_begin, f, free, next, err);
}
