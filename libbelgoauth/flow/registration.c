/*
 * Registering a client: what is asked for, and the durable record of what came of it. Looking after the
 * client later is registration_manage.c's.
 */
#include "flow/registration.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "flow/discover.h"
#include "jose/private_key.h"
#include "proto/authorize.h"

struct look {
	struct bg_registration **out;
	const char *issuer;
};

static belgo_rc
found(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	const struct look *f = frame;

	BG_TRY(awaited);
	if (bg_registration_is_live(*f->out, bg_op_now(op)))
		return BELGO_OK;
	bg_registration_free(f->out);
	return bg_fail(err, BELGO_ENOTFOUND, "the client registered at %s has expired", f->issuer);
}

static belgo_rc
look(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	const struct look *f = frame;

	(void)awaited;
	return bg_registration_load(op, f->out, f->issuer, found, err);
}

belgo_rc
bg_registered(struct belgo_op *op, struct bg_registration **out, const char *issuer, bg_step_fn *next,
	      struct belgo_error *err)
{
	struct look *f = bg_calloc(1, sizeof(*f));

	if (f != NULL)
		*f = (struct look){.out = out, .issuer = issuer};
	return bg_op_call(op, look, f, free, next, err);
}

struct registering {
	struct bg_registration **out;
	struct bg_registration_wish wish;
	const char *redirect_uris[1];
	char *redirect_uri; /* the first three: where the caller named none */
	char *scope;
	char *private_key;
	json_t *asked;
	struct bg_registration *got;
};

static void
registering_free(void *frame)
{
	struct registering *f = frame;

	bg_str_free(&f->redirect_uri);
	bg_str_free(&f->scope);
	bg_str_free(&f->private_key);
	bg_json_free(&f->asked);
	bg_registration_free(&f->got);
	free(f);
}

static bg_step_fn locked, probed, replied, kept;

/* Where a login of this provider listens; the port is chosen then, and no part of it (RFC 8252 section 7.3).
 */
static belgo_rc
default_redirect(struct registering *f, struct belgo_error *err)
{
	const struct belgo_provider *p = f->wish.provider;
	BG_AUTO(bg_str_free) char *own = NULL;

	if (f->wish.n_redirect_uris > 0)
		return BELGO_OK;
	BG_TRY(belgo_redirect_path(&own, p->issuer, err));
	f->redirect_uri = bg_strf("http://%s%s", p->redirect_host != NULL ? p->redirect_host : "127.0.0.1",
				  p->redirect_path != NULL ? p->redirect_path : own);
	f->redirect_uris[0] = f->redirect_uri;
	f->wish.redirect_uris = f->redirect_uris;
	f->wish.n_redirect_uris = 1;
	return f->redirect_uri != NULL ? BELGO_OK : bg_fail(err, BELGO_ENOMEM, "out of memory");
}

/* All that a login may ask for, since a server may refuse what the client was not registered for. */
static belgo_rc
default_scope(struct registering *f)
{
	const struct bg_scope_request in = {.provider = f->wish.provider, .metadata = f->wish.metadata};

	if (f->wish.scope != NULL)
		return BELGO_OK;
	BG_TRY(bg_authorize_scope(&f->scope, &in));
	f->wish.scope = f->scope[0] != '\0' ? f->scope : NULL;
	return BELGO_OK;
}

static belgo_rc
default_key(struct registering *f, struct belgo_error *err)
{
	BG_AUTO(bg_json_free) json_t *key = NULL;
	enum bg_auth_method method;

	BG_TRY(bg_registration_method(&method, &f->wish, err));
	if (method != BG_AUTH_PRIVATE_KEY_JWT || f->wish.private_key != NULL)
		return BELGO_OK;
	BG_TRY(bg_private_key_generate(&key, "ES256", err));
	if (bg_json_dump(&f->private_key, key) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	f->wish.private_key = f->private_key;
	return BELGO_OK;
}

static belgo_rc
begin(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct registering *f = frame;
	char key[BG_KEY_SIZE];

	(void)awaited;
	BG_TRY(default_redirect(f, err));
	if (default_scope(f) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	BG_TRY(default_key(f, err));
	BG_TRY(bg_registration_metadata(&f->asked, &f->wish, err));
	BG_TRY(bg_registration_key(key, f->wish.provider->issuer, err));
	return bg_op_lock(op, key, locked, err);
}

static belgo_rc
locked(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	const struct registering *f = frame;
	char key[BG_KEY_SIZE];

	BG_TRY(awaited);
	BG_TRY(bg_registration_key(key, f->wish.provider->issuer, err));
	return bg_op_store(op, BG_STORE_PROBE, key, probed, err);
}

static belgo_rc
probed(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	const struct registering *f = frame;
	struct belgo_http_request req = {0};

	if (awaited == BELGO_OK)
		awaited = bg_registration_request(&req, &f->wish, f->asked, err);
	if (awaited != BELGO_OK) {
		bg_op_unlock(op);
		return awaited;
	}
	op->critical = 1;
	return bg_op_send(op, &req, replied);
}

static belgo_rc
leave(struct belgo_op *op, belgo_rc rc)
{
	op->critical = 0;
	bg_op_unlock(op);
	return rc;
}

static belgo_rc
judge(struct belgo_op *op, struct registering *f, struct belgo_error *err)
{
	const char *secrets[] = {f->wish.initial_access_token, f->wish.software_statement, NULL};
	const struct bg_registration_expect expect = {
	    .provider = f->wish.provider,
	    .endpoint = f->wish.metadata->endpoints.registration,
	    .asked = f->asked,
	    .private_key = f->wish.private_key,
	    .secrets = secrets[0] != NULL ? secrets : secrets + 1,
	};

	return bg_registration_response(&f->got, &expect, &op->response, err);
}

static belgo_rc
replied(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct registering *f = frame;

	if (awaited == BELGO_OK)
		awaited = judge(op, f, err);
	if (awaited == BELGO_OK)
		awaited = bg_registration_write(op, f->got, kept, err);
	return awaited == BELGO_OK ? BELGO_OK : leave(op, awaited);
}

/* Servers change silently what they do not like. @spec RFC 7591 section 3.2.1 */
static belgo_rc
warn_of_less(struct belgo_op *op, const struct registering *f, struct belgo_error *err)
{
	const json_t *asked = json_object_get(f->asked, "grant_types"),
		     *got = json_object_get(f->got->metadata, "grant_types");
	const char *scope = json_string_value(json_object_get(f->got->metadata, "scope"));
	BG_AUTO(bg_str_free) char *missing = NULL;

	for (size_t i = 0; got != NULL && i < json_array_size(asked); i++) {
		const char *grant = json_string_value(json_array_get(asked, i));

		if (!bg_json_strings_has(got, grant))
			bg_op_warn(op, "the client was registered without the grant %s", grant);
	}
	if (scope == NULL)
		return BELGO_OK;
	if (bg_scope_minus(&missing, f->wish.scope, scope) != BELGO_OK)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	if (missing[0] != '\0')
		bg_op_warn(op, "the client was registered without the scope %s", missing);
	return BELGO_OK;
}

static belgo_rc
kept(struct belgo_op *op, void *frame, belgo_rc awaited, struct belgo_error *err)
{
	struct registering *f = frame;

	(void)leave(op, awaited);
	BG_TRY(awaited);
	BG_TRY(warn_of_less(op, f, err));
	bg_registration_free(f->out);
	*f->out = BG_TAKE(f->got);
	return BELGO_OK;
}

belgo_rc
bg_register(struct belgo_op *op, struct bg_registration **out, const struct bg_registration_wish *wish,
	    bg_step_fn *next, struct belgo_error *err)
{
	struct registering *f = bg_calloc(1, sizeof(*f));

	if (f != NULL)
		*f = (struct registering){.out = out, .wish = *wish};
	return bg_op_call(op, begin, f, registering_free, next, err);
}
